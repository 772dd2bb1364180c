"""Indicator table of one area (ตารางตัวชี้วัดผ่าน/ไม่ผ่าน), beside its sister areas: workbook and heat map.

Put here: which areas stand side by side, and the sheets. Keep out: the picture (heatmap.py).
"""

from pathlib import Path

from reports import heatmap
from reports.counts import AreaIndicator, area_indicators
from reports.drawing import save, style
from reports.labels import Labels, labels
from reports.numbers import percent_number
from reports.release import Release
from reports.sheets import Cell, Column, workbook
from reports.words import words

TITLE_TH = "ตารางตัวชี้วัดที่ผ่านและไม่ผ่านเกณฑ์"
MATRIX_TITLE_TH = "ร้อยละที่ผ่านเกณฑ์ เปรียบเทียบ"
SHEET_TH, MATRIX_SHEET_TH = "ตัวชี้วัด", "เปรียบเทียบพื้นที่"
COLUMNS = [
    Column("ตัวชี้วัดที่", "count", 10),
    Column("ชื่อตัวชี้วัด", "text", 74),
    Column("หน่วย", "text", 11),
    Column("จำนวนที่สำรวจ", "count", 15),
    Column("ผ่านเกณฑ์", "count", 13),
    Column("ร้อยละที่ผ่าน", "percent", 11),
    Column("ไม่ผ่านเกณฑ์", "count", 13),
    Column("ร้อยละที่ไม่ผ่าน", "percent", 12),
]
Compared = list[tuple[str, str, list[AreaIndicator]]]


def make(release: Release, level: str, area_code: str, out: Path) -> list[Path]:
    """Write the workbook (table; matrix with a colour scale) and the heat map.

    Raises:
        reports.release.ReleaseError: the release lacks the area or was changed.
    """
    stem = out / f"indicators_{release.survey_year}_{level}_{area_code}"
    heads = labels(release, level, area_code)
    own = area_indicators(release, level, area_code)
    beside = compared(release, level, area_code)
    title = f"{MATRIX_TITLE_TH}{words().levels[beside[0][0]].name_th}"
    sheet = write_sheets(stem.with_suffix(".xlsx"), release, heads, own, beside, title)
    codes = [code for _, code, _ in beside]
    columns = [(release.area_name(at, code), indicators) for at, code, indicators in beside]
    with style():
        page = heatmap.draw(heads, title, columns, codes.index(area_code) if beside[0][0] == level else None)
        return [sheet, save(page.figure, stem.with_suffix(".png"))]


def compared(release: Release, level: str, area_code: str) -> Compared:
    """The areas below this one; for an area without any, the area among its sisters (same level, same parent)."""
    areas = release.children(level, area_code)
    if areas.empty:
        table = release.table("rollups__areas")
        parent = release.parent(level, area_code)
        same = (table["level"] == level) & (table["parent_code"] == (parent[1] if parent else None))
        areas = table[same | ((table["level"] == level) & (table["area_code"] == area_code))].sort_values("area_code")
    pairs = zip(areas["level"], areas["area_code"], strict=True)
    return [(at, code, area_indicators(release, at, code)) for at, code in pairs]


def write_sheets(
    path: Path, release: Release, heads: Labels, own: list[AreaIndicator], beside: Compared, title: str
) -> Path:
    """Two sheets: the area's counts by dimension, and the matrix of the share passed."""
    dimensions = {one.number: f"หมวดที่ {one.number} {one.name_th}" for one in release.instrument.dimensions}
    with workbook(path) as book:
        sheet = book.sheet(SHEET_TH, TITLE_TH, heads.lines(), COLUMNS, fixed_columns=2)
        opened = 0
        for one in own:
            if one.dimension_no != opened:
                opened = one.dimension_no
                sheet.band(dimensions[opened])
            sheet.add(_cells(one))
        names = [Column(release.area_name(at, code), "percent", 13) for at, code, _ in beside]
        matrix = book.sheet(MATRIX_SHEET_TH, title, heads.lines(), [*COLUMNS[:2], *names], fixed_columns=2)
        first = matrix.row
        for place, one in enumerate(own):
            shares = [_passed(indicators[place]) for _, _, indicators in beside]
            matrix.add([one.counted.number, one.name_th, *shares])
        lowest, middle, highest = (heatmap.shades().classes[at].colour for at in (1, 2, -2))
        matrix.scale(first, 2, lowest, middle, highest)
    return path


def _passed(one: AreaIndicator) -> float | None:
    return percent_number(one.counted.passed_n, one.counted.surveyed_n)


def _cells(one: AreaIndicator) -> list[Cell]:
    counted = one.counted
    return [
        counted.number,
        one.name_th,
        one.unit_th,
        counted.surveyed_n,
        counted.passed_n,
        _passed(one),
        counted.failed_n,
        percent_number(counted.failed_n, counted.surveyed_n),
    ]
