"""Indicator table of one area (ตารางตัวชี้วัดผ่าน/ไม่ผ่าน), beside its sister areas: workbook, CSV and heat map.

Put here: which areas stand side by side, and the tables. Keep out: the picture (heatmap.py).
"""

from collections.abc import Sequence
from pathlib import Path

from reports import heatmap
from reports.cells import INDICATOR_COLUMNS, indicator_counts, indicator_shares
from reports.counts import AreaIndicator, area_indicators
from reports.drawing import save, style
from reports.labels import labels
from reports.order import Order
from reports.release import Release
from reports.tables import Band, Cell, Column, Shading, Table, write_csv, write_xlsx
from reports.words import words

NAME, TITLE_TH = "indicators", "ตารางตัวชี้วัดที่ผ่านและไม่ผ่านเกณฑ์"
MATRIX_TITLE_TH = "ร้อยละที่ผ่านเกณฑ์ เปรียบเทียบ"
SHEET_TH, MATRIX_SHEET_TH = "ตัวชี้วัด", "เปรียบเทียบพื้นที่"
Compared = list[tuple[str, str, list[AreaIndicator]]]
"""Level, code and indicators (all, by number) of each area that is compared."""


def make(order: Order) -> list[Path]:
    """Write the workbook (table; matrix with a colour scale), CSV of both, and the heat map.

    Raises:
        reports.release.ReleaseError: the release lacks the area or was changed.
    """
    release, level, area_code = order.release, order.level, order.area_code
    heads = labels(release, level, area_code)
    beside = compared(release, level, area_code)
    tables = [own_table(release, area_indicators(release, level, area_code)), matrix(release, beside)]
    files = [write_xlsx(order.path(NAME, ".xlsx"), heads.lines(), tables)]
    files += [write_csv(order.path(NAME, ".csv"), tables[0]), write_csv(order.path(f"{NAME}-areas", ".csv"), tables[1])]
    codes = [code for _, code, _ in beside]
    columns = [(release.area_name(at, code), indicators) for at, code, indicators in beside]
    own = codes.index(area_code) if beside[0][0] == level else None
    with style():
        page = heatmap.draw(heads, matrix_title(beside), columns, own, order.thai_digits)
        return [*files, save(page.figure, order.path(NAME, ".png"))]


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


def matrix_title(beside: Compared) -> str:
    """Title that says which areas are compared."""
    return f"{MATRIX_TITLE_TH}{words().levels[beside[0][0]].name_th}"


def own_table(release: Release, own: Sequence[AreaIndicator]) -> Table:
    """The area's counts, by dimension."""
    dimensions = {one.number: f"หมวดที่ {one.number} {one.name_th}" for one in release.instrument.dimensions}
    rows: list[Sequence[Cell] | Band] = []
    opened = 0
    for one in own:
        if one.dimension_no != opened:
            opened = one.dimension_no
            rows.append(Band(dimensions[opened]))
        surveyed, passed, failed = indicator_counts(one)
        passed_share, failed_share = indicator_shares(one)
        number: Cell = one.counted.number
        rows.append([number, one.name_th, one.unit_th, surveyed, passed, passed_share, failed, failed_share])
    return Table(SHEET_TH, TITLE_TH, INDICATOR_COLUMNS, rows, fixed_columns=2)


def matrix(release: Release, beside: Compared) -> Table:
    """Share passed of every indicator (rows) in every area (columns, in CSV by level and code)."""
    areas = [Column(release.area_name(at, code), "percent", 13, f"{at}_{code}_percent") for at, code, _ in beside]
    rows: list[Sequence[Cell]] = []
    for place, one in enumerate(beside[0][2]):
        shares = [indicator_shares(indicators[place])[0] for _, _, indicators in beside]
        rows.append([one.counted.number, one.name_th, *shares])
    low, middle, high = (heatmap.shades().classes[at].colour for at in (1, 2, -2))
    shading = Shading(2, low, middle, high)
    return Table(MATRIX_SHEET_TH, matrix_title(beside), [*INDICATOR_COLUMNS[:2], *areas], rows, 2, shading=shading)
