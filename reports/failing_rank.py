"""Failing-rank report (รายงาน 5.6, จัดลำดับตัวชี้วัดที่ไม่ผ่านเกณฑ์) of one area as workbook, CSV and chart.

Put here: table and chart. Keep out: the order itself (jpt_pipeline.ranking), and the targets, which are the instrument's:
where it has them, the order is by what is lacking to them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from reports.cells import INDICATOR_COLUMNS, indicator_counts, indicator_shares
from reports.counts import AreaIndicator, area_indicators
from reports.drawing import GREY, ORANGE, PALE, VERMILLION, save, style
from reports.frame import foot, foot_height, head
from reports.labels import NOBODY_TH, Labels, labels
from reports.numbers import HIDDEN, count_text, decimal_text
from reports.order import Order
from reports.page import Page
from reports.release import Release
from reports.tables import HIDDEN_CELL, Cell, Column, Table, write_csv, write_xlsx

NAME, TITLE_TH = "failing-rank", "จัดลำดับตัวชี้วัดที่ไม่ผ่านเกณฑ์ (รายงาน 5.6)"
SHEET_TH = "จัดลำดับตัวชี้วัด"
WIDTH, ROW_MM, WORST_N = 297.0, 7.4, 5
BARS_TH = "แท่งและตัวเลข: ร้อยละที่ไม่ผ่าน (จำนวนที่ไม่ผ่าน / จำนวนที่สำรวจ) · เรียงจากค่าก่อนปัดเศษ"
TARGET_BARS_TH = "แท่งและตัวเลข: ต่ำกว่าเป้าหมาย (ร้อยละเป้าหมาย - ร้อยละที่ผ่าน ค่าลบคือสูงกว่าเป้าหมาย) · เรียงจากค่าก่อนปัดเศษ"
COLUMNS = [Column("ลำดับ", "count", 8, "rank"), *INDICATOR_COLUMNS]
TARGET_COLUMNS = [
    Column("เป้าหมาย (ร้อยละ)", "percent", 12, "target_percent"),
    Column("ต่ำกว่าเป้าหมาย", "percent", 12, "below_target_percent"),
]
Targets = Mapping[int, Fraction]


def make(order: Order) -> list[Path]:
    """Write workbook, CSV and chart.

    Raises:
        reports.release.ReleaseError: the release lacks the area or was changed.
    """
    targets = order.release.instrument.targets
    heads = labels(order.release, order.level, order.area_code)
    listed = ranked(order.release, order.level, order.area_code, targets)
    table = rank_table(listed, targets)
    files = [write_xlsx(order.path(NAME, ".xlsx"), heads.lines(), [table]), write_csv(order.path(NAME, ".csv"), table)]
    with style():
        return [*files, save(draw(heads, listed, targets, order.thai_digits).figure, order.path(NAME, ".png"))]


def ranked(release: Release, level: str, area_code: str, targets: Targets | None = None) -> list[AreaIndicator]:
    """The indicators of an area from worst to best; hidden ones last, so that their place tells nothing.

    Raises:
        reports.release.ReleaseError: the release lacks the area.
    """
    listed = sorted(area_indicators(release, level, area_code, targets), key=lambda one: (one.is_hidden, one.rank))
    return [replace(one, rank=place) for place, one in enumerate(listed, start=1)]


def rank_table(listed: Sequence[AreaIndicator], targets: Targets | None = None) -> Table:
    """One row per indicator in its place. A hidden one has no rank; nobody counted prints '-'."""
    columns = COLUMNS if targets is None else [*COLUMNS, *TARGET_COLUMNS]
    rows = [[*_cells(one), *(_target_cells(one, targets) if targets else [])] for one in listed]
    return Table(SHEET_TH, TITLE_TH, columns, rows, fixed_columns=3)


def _cells(one: AreaIndicator) -> list[Cell]:
    surveyed, passed, failed = indicator_counts(one)
    passed_share, failed_share = indicator_shares(one)
    rank: Cell = HIDDEN_CELL if one.is_hidden else one.rank
    return [rank, one.counted.number, one.name_th, one.unit_th, surveyed, passed, passed_share, failed, failed_share]


def _target_cells(one: AreaIndicator, targets: Targets) -> list[Cell]:
    """Target, and what is lacking to it: the whole target where nobody is counted, as the published sheets print it."""
    target = targets[one.counted.number]
    lacking = target if one.shortfall_pct is None else one.shortfall_pct
    return [target, HIDDEN_CELL if one.is_hidden else lacking]


def draw(heads: Labels, listed: Sequence[AreaIndicator], targets: Targets | None = None, thai: bool = False) -> Page:
    """Bars of the share that failed (or of what is lacking to the target), worst first; within `drawing.style()`."""
    notes = [TARGET_BARS_TH if targets else BARS_TH]
    height = 40 + ROW_MM * len(listed) + 3 + foot_height(heads, notes)
    page = Page(WIDTH, height, thai)
    top = head(page, heads, TITLE_TH, WIDTH)
    values = [_value(one, targets) for one in listed]
    longest = max((value for value in values if value is not None), default=Fraction(0))
    for place, (one, value) in enumerate(zip(listed, values, strict=True)):
        length = max(Fraction(0), value) / longest if value is not None and longest > 0 else Fraction(0)
        _bar(page, one, value, float(length), top + place * ROW_MM)
    foot(page, heads, height - foot_height(heads, notes), WIDTH, notes)
    return page


def _value(one: AreaIndicator, targets: Targets | None) -> Fraction | None:
    """What the bar shows, in percentage points: the order's own figure; None where there is none."""
    if one.is_hidden or (one.shortfall_pct is None and targets is None):
        return None
    return one.shortfall_pct if one.shortfall_pct is not None or targets is None else targets[one.counted.number]


def _bar(page: Page, one: AreaIndicator, value: Fraction | None, length: float, y: float) -> None:
    """One row; `length` of the longest bar. Counts stand at the end."""
    counted, middle = one.counted, y + ROW_MM / 2
    if one.rank % 2:
        page.box(8, y, WIDTH - 16, ROW_MM, PALE)
    place = HIDDEN if one.is_hidden else str(one.rank)
    page.text(16, middle, place, 13, weight="bold", colour=VERMILLION if counted.failed_n else GREY, align="right")
    page.text(28, middle, str(counted.number), 11, colour=GREY, align="right")
    page.text(31, middle, one.name_th, 12, room=136)
    start, reach = 172.0, 58.0
    page.box(start, middle - ROW_MM * 0.3, reach * length, ROW_MM * 0.6, VERMILLION if one.rank <= WORST_N else ORANGE)
    told = HIDDEN if one.is_hidden else decimal_text(value)
    page.text(start + reach * length + 2, middle, told, 12, weight="bold")
    counts = f"{count_text(counted.failed_n)} / {count_text(counted.surveyed_n)} {one.unit_th}"
    shown = HIDDEN if one.is_hidden else counts if counted.surveyed_n else NOBODY_TH
    page.text(WIDTH - 10, middle, shown, 10, align="right", room=38)
