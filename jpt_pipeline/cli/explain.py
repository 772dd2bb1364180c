"""`jpt explain`: the ground of a number."""

from typing import Annotated, Any

import typer

from jpt_pipeline.cli.screen import Json, Year, console, refuse, say_json
from jpt_pipeline.explain import Explanation, NotExplained, explain
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import NotSealed

RESULTS_TH = {
    "pass": "ผ่าน",
    "fail": "ไม่ผ่าน",
    "incomplete": "คำตอบไม่ครบ",
    "not_applicable": "ไม่เข้าข่าย",
}


def explain_command(
    year: Year,
    area: Annotated[str, typer.Option("--area", help="รหัสพื้นที่ (TH = ประเทศ)")],
    indicator: Annotated[int, typer.Option("--indicator", help="ตัวชี้วัดที่")],
    level: Annotated[str | None, typer.Option("--level", help="ระดับ เมื่อรหัสเดียวกันมีหลายระดับ")] = None,
    result: Annotated[str, typer.Option("--result", help="fail, pass, incomplete, not_applicable หรือ all")] = "fail",
    limit: Annotated[int, typer.Option("--limit", min=1, help="จำนวนครัวเรือนที่แสดงบนจอ")] = 20,
    json_output: Json = False,
) -> None:
    """ที่มาของตัวเลข: กฎ ครัวเรือน (เฉพาะรหัส) ที่อยู่ในไฟล์ที่ส่ง และฉบับเผยแพร่ / the ground of a number.

    Examples:

        jpt explain --year 2561 --area 3801 --indicator 22

        jpt explain --year 2561 --area 38010101 --level village --indicator 6 --result all --json
    """
    try:
        found = explain(Settings(), year, area, indicator, level)
    except (NotExplained, NotSealed) as error:
        refuse(str(error), json_output)
    chosen = [h for h in found.households if result in ("all", h["result"])]
    if json_output:
        say_json(_as_json(found, chosen))
    else:
        _show(found, chosen, limit, result)


def _as_json(found: Explanation, households: list[dict[str, Any]]) -> dict[str, Any]:
    rule = found.indicator.model_dump(
        include={"number", "name_th", "unit", "surveyed", "failed", "pass_if", "not_applicable_if", "complete_if"}
    )
    return {
        "ok": True,
        "instrument": found.instrument.id,
        "provisional": found.instrument.provisional,
        "settings": {name: s.value for name, s in found.instrument.settings.items()},
        "rule": rule | {"confidence": found.indicator.confidence},
        "level": found.level,
        "area_code": found.area_code,
        "figures": found.figures,
        "households": households,
        "releases": found.releases,
    }


def _show(found: Explanation, households: list[dict[str, Any]], limit: int, result: str) -> None:
    out = console()
    item = found.indicator
    out.print(f"[bold]ตัวชี้วัดที่ {item.number}[/] {item.name_th} (หน่วย {item.unit})")
    if found.instrument.provisional:
        out.print("แบบสอบถามฉบับชั่วคราว ยังไม่ยืนยัน (provisional)", style="yellow")
    out.print(f"แบบสอบถาม {found.instrument.id} ความเชื่อมั่นของกฎ: {item.confidence} {item.confidence_note}")
    for title, text in (
        ("ไม่เข้าข่ายเมื่อ", item.not_applicable_if),
        ("ตอบครบเมื่อ", item.complete_if),
        ("ผ่านเมื่อ", item.pass_if),
        ("สำรวจ", item.surveyed),
        ("ไม่ผ่าน", item.failed),
    ):
        out.print(f"  {title}: {text}", markup=False)
    out.print(f"พื้นที่ {found.level} {found.area_code} {found.area_name}")
    for figure in found.figures:
        counts = f"สำรวจ {figure['surveyed_n']:,} ผ่าน {figure['passed_n']:,} ไม่ผ่าน {figure['failed_n']:,}"
        out.print(f"  {figure['stream']}: {counts} (คำตอบไม่ครบ {figure['incomplete_n']:,} ครัวเรือน)")
    shown = households[:limit]
    out.print(
        f"ครัวเรือน {RESULTS_TH.get(result, 'ทั้งหมด')} {len(households):,} (แสดง {len(shown):,}): หมู่บ้าน ครัวเรือน ผล ไฟล์#ระเบียน [ไบต์)"
    )
    for h in shown:
        span = f" [{h['byte_start']}, {h['byte_end']})" if h["byte_start"] is not None else ""
        counts = f"สำรวจ {h['surveyed_n']} ไม่ผ่าน {h['failed_n']}"
        place = f"{h['file_sha256'][:12]}#{h['record_no']}{span}"
        line = f"  {h['village_code']} {h['household_id']} {RESULTS_TH[h['result']]} {counts}  {place}"
        out.print(line, markup=False)
    for release in found.releases:
        figures = "; ".join(
            f"{f['stream']} สำรวจ {f['surveyed_n']:,} ผ่าน {f['passed_n']:,} ไม่ผ่าน {f['failed_n']:,}"
            for f in release["figures"]
        )
        out.print(f"ฉบับเผยแพร่ {release['release']} ข้อมูล ณ {release['as_of']}: {figures}", markup=False)
