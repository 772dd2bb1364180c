"""`jpt sample draw|take|status`: re-interview samples. Put here: arguments and words. Keep out: statistics and rules."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from jpt_pipeline.areas.tree import villages
from jpt_pipeline.certification.confidence import Standing, bound_text, observed_text, standings
from jpt_pipeline.certification.messages import level_th
from jpt_pipeline.certification.situation import NoFigures, gate_rules, load_situation
from jpt_pipeline.certification.state import Area
from jpt_pipeline.cli.screen import Json, Year, console, progress, refuse, say_json
from jpt_pipeline.clock import thai_day, utc_now
from jpt_pipeline.codes import load_codes
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.ledger import SampleDraw, SampleResult, read_entries
from jpt_pipeline.reinterview.draw import Sample, demand_of, draw_sample
from jpt_pipeline.reinterview.houses import house_numbers
from jpt_pipeline.reinterview.sheet import write_sheet
from jpt_pipeline.reinterview.take import Taken, take_form
from jpt_pipeline.rounds import load_round
from jpt_pipeline.sampling.items import load_questions
from jpt_pipeline.sampling.statistics import lower_bound, wilson
from jpt_pipeline.sampling.words import Refused, load_words, verdict_words
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake
from jpt_pipeline.store.session import session

By = Annotated[str | None, typer.Option("--by", help="หน่วยงานที่สั่ง (ไม่ใช่ชื่อบุคคล)")]
OUTCOME_COLOURS = {"pass": "green", "fail": "red", "undecided": "yellow"}

sample_commands = typer.Typer(no_args_is_help=True, help="สัมภาษณ์ซ้ำเพื่อยืนยันความเชื่อมั่น / re-interview samples.")


@sample_commands.command("draw")
def draw_command(
    year: Year,
    level: Annotated[str, typer.Option("--level", help="ระดับของพื้นที่ เช่น province")],
    area: Annotated[str, typer.Option("--area", help="รหัสพื้นที่")],
    out: Annotated[Path, typer.Option("--out", help="แบบสัมภาษณ์ซ้ำ (.xlsx) ที่จะเขียน อ่านได้เฉพาะเจ้าของ")],
    stream: Annotated[str, typer.Option("--stream", help="สายข้อมูล")] = "jpt",
    beacon: Annotated[str | None, typer.Option("--beacon", help="ค่าสาธารณะของวันหลังรับรอง เช่น ผลสลากกินแบ่งรัฐบาล")] = None,
    by: By = None,
    json_output: Json = False,
) -> None:
    """สุ่มครัวเรือนจากตัวเลขที่พื้นที่ย่อยรับรองครบแล้ว และเขียนแบบสัมภาษณ์ซ้ำ

    Draw a re-interview sample from certified figures. The same figures and beacon give the same list; while no form came
    back the same form is written again. The form has no earlier answer, but names houses: keep it for those who need it.

    Examples:

        jpt sample draw --year 2567 --level province --area 38 --beacon "สลาก 16/07/2567 123456" --out sample_38.xlsx
    """
    settings = Settings()
    round_ = load_round(year, settings.definitions)
    instrument = load_instrument(round_.instrument, settings.definitions)
    rules = gate_rules(round_, instrument, load_codes(settings.definitions))
    try:
        with progress(quiet=json_output) as bar:
            task = bar.add_task("สุ่มครัวเรือน", total=3)
            sample = draw_sample(settings, round_, instrument, rules, Area(stream, level, area), beacon, by, utc_now)
            bar.update(task, description="เปิดบ้านเลขที่", advance=1)
            houses = house_numbers(settings, sample.part, stream, sample.lines)
            bar.update(task, description="เขียนแบบ", advance=1)
            names = _names(settings, year)
            write_sheet(out, sample, round_, load_questions(settings.definitions), names, houses)
            bar.advance(task)
    except (Refused, NoFigures) as error:
        refuse("\n".join(error.reasons), json_output)
    _say_drawn(sample, out, json_output)


def _names(settings: Settings, year: int) -> dict[str, str]:
    """Names of villages and districts by code."""
    with session(settings) as connection:
        villages(connection, Lake(settings.lake), year)
        rows = connection.execute(
            "SELECT village_code, village_name, district_code, district_name FROM villages"
        ).fetchall()
    return {row[2]: row[3] for row in rows} | {row[0]: row[1] for row in rows}


def _say_drawn(sample: Sample, out: Path, json_output: bool) -> None:
    entry = sample.entry
    if json_output:
        say_json({"ok": True, "is_new": sample.is_new, "file": str(out), **entry.model_dump(mode="json")})
        return
    told = "[green]สุ่มแล้ว[/]" if sample.is_new else "[yellow]สุ่มไว้แล้ว ออกแบบเดิมซ้ำ[/]"
    console().print(
        f"{told} {escape(entry.sample_id)}: {entry.size_n:,} จาก {entry.households_n:,} ครัวเรือน "
        f"สำรอง {entry.replacements_n:,} ไม่เกิน {entry.village_max_n:,} ต่อหมู่บ้าน "
        f"ตัวเลข {entry.root_sha256[:16]} → {escape(str(out))}"
    )


@sample_commands.command("take")
def take_command(
    file: Annotated[Path, typer.Argument(help="แบบสัมภาษณ์ซ้ำที่กรอกแล้ว (.xlsx)")],
    by: By = None,
    json_output: Json = False,
) -> None:
    """รับแบบสัมภาษณ์ซ้ำที่กรอกแล้ว เทียบกับคำตอบที่รับรอง และบันทึกผล

    Take a filled form, whole or not at all: agreement on the critical items per household, how each item agrees, and the
    verdict. Replacements count in their fixed order only, households not reached are counted.

    Examples:

        jpt sample take sample_38.xlsx
    """
    try:
        taken = take_form(Settings(), file, by, utc_now)
    except Refused as error:
        refuse("\n".join(error.reasons), json_output)
    if json_output:
        say_json(_taken_json(taken))
    else:
        _show_taken(taken)


def _taken_json(taken: Taken) -> dict[str, Any]:
    items = {
        key: {"compared_n": one.compared_n, "differing_n": one.differing_n}
        | {name: _share(getattr(one, name)) for name in ("gross", "net", "inconsistency")}
        for key, one in taken.items.items()
    }
    result = taken.result.model_dump(mode="json")
    return {"ok": True, "is_new": taken.is_new, **result, "items": items, "remarks": taken.remarks}


def _share(value: Any) -> str | None:
    """A share or difference with four decimals."""
    return None if value is None else f"{float(value):.4f}"


def _show_taken(taken: Taken) -> None:
    out, result = console(), taken.result
    for remark in taken.remarks:
        out.print(f"[yellow]{escape(remark)}[/]")
    told = "[green]รับแล้ว[/]" if taken.is_new else "[yellow]เคยรับแล้ว ไม่มีอะไรเปลี่ยน[/]"
    out.print(
        f"{told} {escape(result.sample_id)}: สัมภาษณ์ได้ {result.examined_n:,} ตรงกัน {result.agreed_n:,} "
        f"ไม่พบ {result.not_reached_n:,} ใช้สำรอง {result.replaced_n:,}"
    )
    table = Table("รายการ")
    for heading in ("เทียบ", "ต่าง", "ต่างร้อยละ", "ผลต่างสุทธิ", "ดัชนีความไม่คงที่ (ร้อยละ)"):
        table.add_column(heading, justify="right")
    for key, one in taken.items.items():
        cells = [observed_text(one.gross), "-" if one.net is None else f"{float(one.net):+.3f}"]
        cells.append(observed_text(one.inconsistency))
        table.add_row(escape(taken.titles[key]), f"{one.compared_n:,}", f"{one.differing_n:,}", *cells)
    out.print(table)
    out.print(f"ตรงกันร้อยละ {result.observed} ขอบล่างร้อยละ {result.lower_bound}: {escape(result.verdict)}")


@sample_commands.command("status")
def status_command(
    year: Year,
    area: Annotated[str | None, typer.Option("--area", help="เฉพาะพื้นที่นี้")] = None,
    json_output: Json = False,
) -> None:
    """แสดงผลสัมภาษณ์ซ้ำของพื้นที่: ร้อยละที่ตรงกัน ขอบล่าง และคำตัดสิน

    Both readings of every area that the round asks, and the verdict on its present figures.

    Examples:

        jpt sample status --year 2567
    """
    try:
        found = _standings(year)
    except (Refused, NoFigures) as error:
        refuse("\n".join(error.reasons), json_output)
    shown = [one for one in found if area is None or one.area.area_code == area]
    if json_output:
        say_json({"ok": True, "survey_year": year, "areas": [_standing_json(one, year) for one in shown]})
    else:
        _show_standings(shown)


def _standings(year: int) -> list[Standing]:
    """Standing of every area of the round's level, and of other areas that were sampled."""
    settings = Settings()
    round_ = load_round(year, settings.definitions)
    demand = demand_of(round_)
    entries = read_entries(settings.ledger)
    samples = [one for one in entries if isinstance(one, SampleDraw | SampleResult)]
    sampled = {(one.stream, one.level, one.area_code) for one in samples if one.survey_year == year}
    instrument = load_instrument(round_.instrument, settings.definitions)
    rules = gate_rules(round_, instrument, load_codes(settings.definitions))
    on = thai_day(utc_now())
    with session(settings) as connection:
        situation = load_situation(connection, settings, round_, rules, entries, on, gated=set())
    roots = {
        place: node.root_sha256
        for place, node in sorted(situation.nodes.items())
        if place.level == demand.level or tuple(place) in sampled
    }
    return list(standings(samples, year, roots, demand).values())


def _words(one: Standing) -> str:
    return load_words().verdicts["outdated"] if one.verdict is None and one.outdated_n else verdict_words(one.verdict)


def _standing_json(one: Standing, year: int) -> dict[str, Any]:
    verdict, misses = one.verdict, one.examined_n - one.agreed_n
    demand = demand_of(load_round(year, Settings().definitions))
    simple = lower_bound(misses, one.examined_n, demand.risk)
    return {
        **one.area._asdict(),
        "samples": list(one.sample_ids),
        "households_n": one.lot_n,
        "drawn_n": one.drawn_n,
        "examined_n": one.examined_n,
        "agreed_n": one.agreed_n,
        "not_reached_n": one.not_reached_n,
        "outdated_n": one.outdated_n,
        "design_effect": str(one.design_effect),
        "observed_percent": observed_text(verdict.observed) if verdict else None,
        "lower_bound_percent": bound_text(verdict.lower_bound) if verdict else None,
        "clopper_pearson_percent": bound_text(simple) if verdict else None,
        "wilson_percent": [f"{100 * limit:.2f}" for limit in wilson(one.agreed_n, one.examined_n)]
        if verdict and one.examined_n
        else None,
        "percent_min": demand.percent_min,
        "reading": demand.reading,
        "outcome": verdict.outcome if verdict else None,
        "further_n": verdict.more_n if verdict else None,
        "verdict": _words(one),
    }


def _show_standings(shown: list[Standing]) -> None:
    table = Table("พื้นที่", "สาย")
    for heading in ("สุ่ม", "สัมภาษณ์ได้", "ตรงกัน", "ไม่พบ", "ตรงกันร้อยละ", "ขอบล่างร้อยละ"):
        table.add_column(heading, justify="right")
    table.add_column("คำตัดสิน")
    for one in shown:
        verdict = one.verdict
        readings = [observed_text(verdict.observed), bound_text(verdict.lower_bound)] if verdict else ["-", "-"]
        colour = OUTCOME_COLOURS[verdict.outcome] if verdict else "yellow"
        counts = (one.drawn_n, one.examined_n, one.agreed_n, one.not_reached_n)
        table.add_row(
            f"{level_th(one.area.level)} {one.area.area_code}", one.area.stream, *(f"{n:,}" for n in counts), *readings,
            f"[{colour}]{escape(_words(one))}[/]",
        )  # fmt: skip
    console().print(table)
