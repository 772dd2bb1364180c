"""What a dry run of corrections found, in words and as JSON. Put here: layout. Keep out: the trial (jpt_pipeline.impact)."""

from collections import Counter
from typing import Any

from rich.console import Console
from rich.table import Table

from jpt_pipeline.certification.kept import INDICATORS
from jpt_pipeline.certification.messages import level_th, load_words
from jpt_pipeline.certification.relations import level_names
from jpt_pipeline.cli.screen import console
from jpt_pipeline.impact.models import Impact, Place, Standing

SHOWN = 20


def impact_json(impact: Impact | None) -> dict[str, Any] | None:
    """Everything that the trial found, in a fixed order; areas and figures only."""
    if impact is None:
        return None
    return {
        "parts": [{"survey_year": part.survey_year, "province_code": part.province_code} for part in impact.parts],
        "households": impact.households._asdict(),
        "figures": [
            _place(figure.place) | {name: getattr(figure, name) for name in ("table", "key", "measure", "then", "now")}
            for figure in impact.figures
        ],
        "ranks": [_place(one.place) | dict(zip(one._fields[1:], one[1:], strict=True)) for one in impact.ranks],
        "reports": [{"name": report.name} | _place(report.place) for report in impact.reports],
        "certificates": [_standing(one) for one in impact.voided],
        "states": [_standing(one) for one in impact.standings],
        "is_behind": impact.is_behind,
        "needs_return": impact.needs_return,
    }


def _place(place: Place) -> dict[str, Any]:
    return place._asdict()


def _standing(one: Standing) -> dict[str, Any]:
    facts = {"area_name": one.area_name, "form_no": one.form_no, "certificate_id": one.certificate_id}
    return _place(one.place) | facts | {"then": str(one.then), "now": str(one.now)}


def show_impact(impact: Impact) -> None:
    """Households, indicators by level, ranks, reports, certificates: counts first, then the first few of each."""
    out = console()
    out.print()
    if impact.needs_return:
        out.print("[yellow]มีครัวเรือนอยู่ใต้คำรับรอง ต้องส่งกลับพื้นที่ก่อน (jpt return) - ผลด้านล่างคือเมื่อส่งกลับและแก้ไขแล้ว[/]")
    if impact.is_behind:
        out.print("[yellow]ตัวเลขของบ้านนี้เก่ากว่าข้อมูลที่รับไว้ - เทียบกับตัวเลขที่จะได้จาก jpt run[/]")
    added, changed, removed = impact.households
    counts = f"เพิ่ม {added:,} แก้ไข {changed:,} ถอน {removed:,}"
    out.print(f"ครัวเรือนที่จะเปลี่ยน {impact.households.total_n:,} ({counts})")
    _show_figures(out, impact)
    _show_ranks(out, impact)
    if impact.reports:
        told = ", ".join(f"{name} {n:,}" for name, n in sorted(Counter(one.name for one in impact.reports).items()))
        out.print(f"รายงานที่ต้องทำใหม่ {len(impact.reports):,} ฉบับ: {told}", markup=False)
    _show_standings(out, impact)


def _show_figures(out: Console, impact: Impact) -> None:
    """Which indicators, then a line per level: areas, indicators and other figures that move."""
    numbers = sorted({int(figure.key) for figure in impact.figures if figure.table == INDICATORS})
    out.print(f"ตัวชี้วัดที่จะเปลี่ยน {len(numbers):,} ตัว: {', '.join(map(str, numbers)) or '-'}")
    if not impact.figures:
        return
    table = Table("ระดับ", "พื้นที่", "ตัวชี้วัด", "ตัวเลขอื่น")
    for level in level_names():
        mine = [figure for figure in impact.figures if figure.place.level == level]
        if mine:
            areas = {figure.place for figure in mine}
            indicators = {figure.key for figure in mine if figure.table == INDICATORS}
            others = [figure for figure in mine if figure.table != INDICATORS]
            table.add_row(level_th(level), f"{len(areas):,}", f"{len(indicators):,}", f"{len(others):,}")
    out.print(table)


def _show_ranks(out: Console, impact: Impact) -> None:
    """Of the indicators that move themselves; those that only give way are counted."""
    areas = {rank.place for rank in impact.ranks}
    out.print(f"อันดับตัวชี้วัดที่ไม่ผ่านเกณฑ์ (รายงาน 5.6) ที่จะเปลี่ยน {len(impact.ranks):,} อันดับ ใน {len(areas):,} พื้นที่")
    moved = {(figure.place, figure.key) for figure in impact.figures if figure.table == INDICATORS}
    own = [rank for rank in impact.ranks if (rank.place, str(rank.indicator_no)) in moved]
    for rank in own[:SHOWN]:
        place = f"{level_th(rank.place.level)} {rank.place.area_code} ({rank.place.stream})"
        out.print(f"  {place} ตัวชี้วัด {rank.indicator_no}: อันดับ {rank.then} -> {rank.now}", markup=False)
    _more(out, len(own))
    if len(impact.ranks) > len(own):
        out.print(f"  ตัวชี้วัดอื่นเลื่อนตาม {len(impact.ranks) - len(own):,} อันดับ")


def _show_standings(out: Console, impact: Impact) -> None:
    out.print(f"คำรับรองที่จะใช้ไม่ได้ {len(impact.voided):,} ฉบับ")
    for one in impact.voided[:SHOWN]:
        out.print(f"  {one.certificate_id} แบบ {one.form_no or '-'} {_told(one)}", markup=False)
    _more(out, len(impact.voided))
    others = [one for one in impact.standings if not one.is_voided]
    if others:
        out.print(f"สถานะอื่นที่จะเปลี่ยน {len(others):,} พื้นที่")
    for one in others[:SHOWN]:
        out.print(f"  {_told(one)}", markup=False)
    _more(out, len(others))


def _told(one: Standing) -> str:
    states = load_words().states
    place = f"{level_th(one.place.level)} {one.place.area_code} {one.area_name} ({one.place.stream})"
    return f"{place}: {states[one.then]} -> {states[one.now]}"


def _more(out: Console, n: int) -> None:
    if n > SHOWN:
        out.print(f"  และอีก {n - SHOWN:,} รายการ (ดูทั้งหมดด้วย --json)")
