"""Failing-rank report (รายงาน 5.6, จัดลำดับตัวชี้วัดที่ไม่ผ่านเกณฑ์) of one area as a sheet and as a chart.

Put here: layout. Keep out: the order itself (jpt_pipeline.ranking).
"""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from reports.counts import AreaIndicator, area_indicators
from reports.drawing import GREY, INK, NAVY, ORANGE, PALE, SKY, VERMILLION, WHITE, save, style
from reports.labels import NOBODY_TH, OWN_LAYOUT_TH, Labels, labels
from reports.numbers import count_text, half_up, percent_number, percent_text
from reports.page import Page
from reports.release import Release
from reports.sheets import Cell, Column, workbook

TITLE_TH = "จัดลำดับตัวชี้วัดที่ไม่ผ่านเกณฑ์ (รายงาน 5.6)"
SHEET_TH = "จัดลำดับตัวชี้วัด"
COLUMNS = [
    Column("ลำดับ", "count", 8),
    Column("ตัวชี้วัดที่", "count", 10),
    Column("ชื่อตัวชี้วัด", "text", 74),
    Column("หน่วย", "text", 11),
    Column("จำนวนที่สำรวจ", "count", 15),
    Column("ผ่านเกณฑ์", "count", 13),
    Column("ร้อยละที่ผ่าน", "percent", 11),
    Column("ไม่ผ่านเกณฑ์", "count", 13),
    Column("ร้อยละที่ไม่ผ่าน", "percent", 12),
]
TARGET_COLUMNS = [Column("เป้าหมาย (ร้อยละ)", "percent", 12), Column("ต่ำกว่าเป้าหมาย", "percent", 12)]


def make(
    release: Release, level: str, area_code: str, out: Path, targets: Mapping[int, Fraction] | None = None
) -> list[Path]:
    """Write the sheet and the chart.

    Args:
        targets: percent to reach by indicator number, for instruments that have them; see `jpt_pipeline.ranking.rank_failing`.

    Raises:
        reports.release.ReleaseError: the release lacks the area or was changed.
    """
    stem = out / f"failing-rank_{release.survey_year}_{level}_{area_code}"
    heads = labels(release, level, area_code)
    ranked = sorted(area_indicators(release, level, area_code, targets), key=lambda one: one.rank)
    sheet = write_sheet(stem.with_suffix(".xlsx"), heads, ranked, targets)
    with style():
        return [sheet, save(draw(heads, ranked).figure, stem.with_suffix(".png"))]


def write_sheet(
    path: Path, heads: Labels, ranked: list[AreaIndicator], targets: Mapping[int, Fraction] | None = None
) -> Path:
    """One row per indicator, worst first. Percentages are rounded numbers; a zero denominator is the text '-'."""
    columns = COLUMNS if targets is None else [*COLUMNS, *TARGET_COLUMNS]
    with workbook(path) as book:
        sheet = book.sheet(SHEET_TH, TITLE_TH, heads.lines(), columns, fixed_columns=3)
        for one in ranked:
            sheet.add([*_cells(one), *(_target_cells(one, targets) if targets else [])])
    return path


def _cells(one: AreaIndicator) -> list[Cell]:
    counted = one.counted
    return [
        one.rank,
        counted.number,
        one.name_th,
        one.unit_th,
        counted.surveyed_n,
        counted.passed_n,
        percent_number(counted.passed_n, counted.surveyed_n),
        counted.failed_n,
        percent_number(counted.failed_n, counted.surveyed_n),
    ]


def _target_cells(one: AreaIndicator, targets: Mapping[int, Fraction]) -> list[Cell]:
    lacking = one.shortfall_pct
    return [float(targets[one.counted.number]), None if lacking is None else float(half_up(lacking, 2))]


def draw(heads: Labels, ranked: list[AreaIndicator]) -> Page:
    """Bars of the share that failed, worst first; call within `drawing.style()`. Longest bar = largest share."""
    row, top, width = 7.4, 42.0, 297.0
    height = top + row * len(ranked) + 28
    page = Page(width, height)
    page.box(0, 0, width, 33, NAVY)
    page.box(0, 33, width, 1.2, ORANGE)
    page.text(12, 9.5, TITLE_TH, 21, weight="bold", colour=WHITE, room=200)
    page.text(12, 19, f"{heads.area} {heads.places}".strip(), 15, colour=WHITE, room=200)
    page.text(12, 27, heads.round, 11.5, colour=WHITE, room=200)
    colour = SKY if heads.certified else ORANGE
    for place, line in enumerate(heads.status):
        page.text(
            width - 12,
            11 + 7.5 * place,
            line,
            15 if place == 0 else 11,
            weight="bold",
            colour=colour,
            align="right",
            room=70,
        )
    worst = max((one.counted.failed_n / one.counted.surveyed_n for one in ranked if one.counted.surveyed_n), default=0)
    for place, one in enumerate(ranked):
        _bar(page, one, top + place * row, row, worst or 1.0)
    page.text(
        12, height - 22, "แท่งและตัวเลข: ร้อยละที่ไม่ผ่าน (จำนวนที่ไม่ผ่าน / จำนวนที่สำรวจ) · เรียงจากค่าก่อนปัดเศษ", 10, room=width - 24
    )
    page.text(12, height - 16.5, heads.denominators, 9.5, room=width - 24)
    page.text(12, height - 11, heads.instrument, 9.5, room=180)
    page.text(12, height - 5.5, f"{heads.release} · {heads.source}", 9.5, room=width - 24)
    page.text(width - 12, height - 11, OWN_LAYOUT_TH, 10, weight="bold", colour=NAVY, align="right")
    return page


def _bar(page: Page, one: AreaIndicator, y: float, row: float, worst: float) -> None:
    counted, middle = one.counted, y + row / 2
    if one.rank % 2:
        page.box(8, y, 281, row, PALE)
    colour = VERMILLION if counted.failed_n else GREY
    page.text(16, middle, str(one.rank), 13, weight="bold", colour=colour, align="right")
    page.text(28, middle, str(counted.number), 11, colour=GREY, align="right")
    page.text(31, middle, one.name_th, 12, room=136)
    start, reach = 172.0, 60.0
    length = reach * counted.failed_n / counted.surveyed_n / worst if counted.surveyed_n else 0.0
    page.box(start, middle - row * 0.3, length, row * 0.6, VERMILLION if one.rank <= 5 else ORANGE)
    percent = percent_text(counted.failed_n, counted.surveyed_n)
    page.text(start + length + 2, middle, percent, 12, weight="bold", colour=INK)
    counts = f"{count_text(counted.failed_n)} / {count_text(counted.surveyed_n)} {one.unit_th}"
    page.text(287, middle, counts if counted.surveyed_n else NOBODY_TH, 10, align="right", colour=INK, room=38)
