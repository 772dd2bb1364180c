"""Income, expense and what remains (รายงานรายได้/รายจ่ายเฉลี่ย) per household and per person, areas and rounds side by side.

Put here: tables and layout. Keep out: the sums themselves; every average is a published sum over a published sum, never a
mean of means. What a component is called stands in the data dictionary.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from jpt_pipeline.dictionary import load_dictionary
from reports.cells import count_cell, difference, percent_cell, ratio_cell
from reports.drawing import BLUE, INK, NAVY, ORANGE, PALE, SKY, VERMILLION, save, style
from reports.frame import EDGE_MM, foot, foot_height, head, legend, panel_title
from reports.labels import Labels, labels
from reports.numbers import HIDDEN, decimal_text, is_hidden, mean_text
from reports.order import Order
from reports.page import Page
from reports.release import Release
from reports.stacks import Row, Stacks, stacked
from reports.tables import Band, Cell, Column, Hidden, Table, write_csv, write_xlsx

NAME, TITLE_TH = "economy", "รายงานรายได้ รายจ่าย และเงินคงเหลือเฉลี่ย"
TABLE = "rollups__economy"
INCOME, EXPENSE = "income", "expense"
SIDES_TH = {INCOME: "รายได้", EXPENSE: "รายจ่าย"}
REMAINS_TH = "คงเหลือ (รายได้ - รายจ่าย)"
COLOURS = {INCOME: (NAVY, BLUE, SKY, "#B8D4E8"), EXPENSE: (VERMILLION, ORANGE, "#F4CE85", "#C9B8A8")}
NOT_BEFORE_TH = "ไม่มีรอบก่อนในระบบให้เทียบ"
WIDTH, ROW_MM = 420.0, 6.0
MEANS_TH = "เฉลี่ย = ผลรวมของทุกครัวเรือน ÷ จำนวนครัวเรือน (หรือจำนวนคน) ทั้งหมดในพื้นที่ บาทต่อปี"
SHARES_TH = "ร้อยละ = รายการ ÷ รายได้รวม (หรือรายจ่ายรวม) ของพื้นที่"


@dataclass(frozen=True)
class Economy:
    """Published sums of one area in baht a year; a hidden one is NA."""

    name: str
    area_code: str
    sums: Any

    @property
    def households_n(self) -> Any:
        return self.sums["households_n"]

    @property
    def persons_n(self) -> Any:
        return self.sums["persons_n"]

    def side(self, side: str) -> Any:
        """Sum of all income, or of all expense."""
        return self.sums[f"{side}_baht"]

    @property
    def remains(self) -> Any:
        return difference(self.side(INCOME), self.side(EXPENSE))


def components(side: str) -> dict[str, str]:
    """Columns of the components of a side, in the order of the data dictionary, with their Thai names."""
    dictionary = load_dictionary()
    columns = dictionary.tables[TABLE].columns
    return {
        name: dictionary.fields[name].th for name in columns if name.startswith(f"{side}_") and name != f"{side}_baht"
    }


def make(order: Order) -> list[Path]:
    """Write the workbook (own table, areas below), two CSV files, and the picture as PNG and SVG.

    Raises:
        reports.release.ReleaseError: the release lacks the area or was changed.
    """
    release, at = order.release, (order.level, order.area_code)
    heads = labels(release, *at)
    own, below, then = economy(release, *at), economies_below(release, *at), economy_before(order)
    tables = [own_table(own, then, order.before), area_table(own, below)]
    files = [write_xlsx(order.path(NAME, ".xlsx"), heads.lines(), tables)]
    files += [write_csv(order.path(NAME, ".csv"), tables[0]), write_csv(order.path(f"{NAME}-areas", ".csv"), tables[1])]
    with style():
        page = draw(heads, own, below, then, order)
        return [*files, *(save(page.figure, order.path(NAME, suffix)) for suffix in (".png", ".svg"))]


def economy(release: Release, level: str, area_code: str) -> Economy:
    """Sums of an area. Raises reports.release.ReleaseError where the release has no such area."""
    return Economy(release.area_name(level, area_code), area_code, release.economy(level, area_code))


def economies_below(release: Release, level: str, area_code: str) -> list[Economy]:
    """Sums of the areas one level down, by code; empty for villages and tambons."""
    areas = release.children(level, area_code)
    return [economy(release, below, code) for below, code in zip(areas["level"], areas["area_code"], strict=True)]


def economy_before(order: Order) -> Economy | None:
    """The same area in the round before; None where there is no such round, or the area was not in it."""
    known = order.before is not None and not order.before.rows(TABLE, order.level, order.area_code).empty
    return economy(order.before, order.level, order.area_code) if order.before and known else None


def own_table(own: Economy, then: Economy | None, before: Release | None) -> Table:
    """Every component with sum, share of its side, average per household and per person; the round before beside it."""
    columns = [
        Column("รายการ", "text", 34, "item"),
        Column("รวม (บาท/ปี)", "count", 18, "baht"),
        Column("ร้อยละของรายได้รวม หรือรายจ่ายรวม", "percent", 17, "share_percent"),
        Column("เฉลี่ยต่อครัวเรือน (บาท/ปี)", "baht", 17, "per_household_baht"),
        Column("เฉลี่ยต่อคน (บาท/ปี)", "baht", 17, "per_person_baht"),
    ]
    if then is not None and before is not None:
        year = before.survey_year
        columns += [
            Column(f"ปี {year} ต่อครัวเรือน", "baht", 17, "before_per_household_baht"),
            Column(f"ปี {year} ต่อคน", "baht", 17, "before_per_person_baht"),
            Column(f"ต่อคน ต่างจากปี {year}", "baht", 17, "per_person_change_baht"),
        ]

    def row(name: str, now: Any, whole: Any, earlier: Any) -> list[Cell]:
        mean = ratio_cell(now, own.persons_n)
        cells = [name, count_cell(now), percent_cell(now, whole), ratio_cell(now, own.households_n), mean]
        if then is None:
            return cells
        mean_then = ratio_cell(earlier, then.persons_n)
        return [*cells, ratio_cell(earlier, then.households_n), mean_then, _change(mean, mean_then)]

    rows: list[Sequence[Cell] | Band] = []
    for side, title in SIDES_TH.items():
        rows.append(Band(title))
        whole = own.side(side)
        for column, name in components(side).items():
            rows.append(row(name, own.sums[column], whole, then.sums[column] if then else None))
        rows.append(row(f"{title}รวม", whole, whole, then.side(side) if then else None))
    rows.append(Band("คงเหลือ"))
    rows.append(row(REMAINS_TH, own.remains, own.side(INCOME), then.remains if then else None))
    return Table("รายได้รายจ่าย", TITLE_TH, columns, rows, 1, f"{MEANS_TH} · {SHARES_TH} (คงเหลือ: ของรายได้รวม)")


def _change(now: Cell, then: Cell) -> Cell:
    """Difference of two averages; '-' where either has nobody to divide by."""
    if isinstance(now, Hidden) or isinstance(then, Hidden):
        return Hidden.CELL
    return now - then if isinstance(now, Fraction) and isinstance(then, Fraction) else None


def area_table(own: Economy, below: Sequence[Economy]) -> Table:
    """The areas below beside each other, the own area last: averages, then the share of every component."""
    columns = [
        Column("รหัสพื้นที่", "text", 14, "area_code"),
        Column("พื้นที่", "text", 36, "area"),
        Column("ครัวเรือน", "count", 12, "households_n"),
        Column("คน", "count", 12, "persons_n"),
    ]
    for title, field in (("ต่อครัวเรือน", "per_household"), ("ต่อคน", "per_person")):
        for side in SIDES_TH:
            columns.append(Column(f"{SIDES_TH[side]}{title} (บาท/ปี)", "baht", 16, f"{side}_{field}_baht"))
        columns.append(Column(f"คงเหลือ{title} (บาท/ปี)", "baht", 16, f"remains_{field}_baht"))
    for side in SIDES_TH:
        for column, name in components(side).items():
            columns.append(
                Column(f"{name} (ร้อยละของ{SIDES_TH[side]})", "percent", 15, column.replace("_baht", "_percent"))
            )

    def row(area: Economy) -> list[Cell]:
        sums = [area.side(INCOME), area.side(EXPENSE), area.remains]
        cells: list[Cell] = [area.area_code, area.name, count_cell(area.households_n), count_cell(area.persons_n)]
        cells += [ratio_cell(one, n) for n in (area.households_n, area.persons_n) for one in sums]
        cells += [percent_cell(area.sums[name], area.side(side)) for side in SIDES_TH for name in components(side)]
        return cells

    rows = [*map(row, below), row(own)]
    return Table("เปรียบเทียบพื้นที่", "รายได้รายจ่ายเปรียบเทียบพื้นที่", columns, rows, 2, f"{MEANS_TH} · {SHARES_TH}")


def draw(heads: Labels, own: Economy, below: Sequence[Economy], then: Economy | None, order: Order) -> Page:
    """Tiles of the averages, income by source above expense by kind, and the areas below; within `drawing.style()`."""
    year = order.before.survey_year if order.before and then else None
    notes = [f"{MEANS_TH} · ตัวเลขในแท่ง: บาทต่อคนต่อปี ทุกแท่งใช้มาตราส่วนเดียวกัน"]
    bars = [*_bars(own, "", True), *(_bars(then, f" ปี {year}", False) if then else [])]
    areas = [bar for area in below for bar in _bars(area, "", False)]
    height = (
        40 + 44 + 30 + 10.0 * len(bars) + (20 + ROW_MM * len(areas) if areas else 0) + foot_height(heads, notes) + 4
    )
    page = Page(WIDTH, height, order.thai_digits)
    top = head(page, heads, TITLE_TH, WIDTH)
    _tiles(page, own, then, year, top)
    panel_title(page, EDGE_MM, top + 44, "รายได้ตามแหล่ง และรายจ่ายตามประเภท (บาทต่อคนต่อปี)", 180)
    for line, side in enumerate(SIDES_TH):
        meanings = list(zip(COLOURS[side], components(side).values(), strict=True))
        legend(page, 205, top + 44 + 1 + 6.5 * line, meanings, 51)
    longest = max((sum(bar.parts) for bar in (*bars, *areas) if not any(map(is_hidden, bar.parts))), default=0) or 1
    where = Stacks(EDGE_MM + 2, 100, 240, WIDTH - EDGE_MM - 2, 10.0, 2)
    y = stacked(page, where, top + 60, bars, longest)
    if areas:
        panel_title(page, EDGE_MM, y + 5, "พื้นที่ย่อย (แท่งบน รายได้ แท่งล่าง รายจ่าย)", 180)
        stacked(page, Stacks(EDGE_MM + 2, 100, 240, WIDTH - EDGE_MM - 2, ROW_MM, 2), y + 16, areas, longest)
    foot(page, heads, height - foot_height(heads, notes), WIDTH, notes)
    return page


def _bars(area: Economy, more: str, is_own: bool) -> list[Row]:
    """The bar of income and, below it, that of expense; parts are averages per person."""
    found = []
    for side, title in SIDES_TH.items():
        sums = [area.sums[name] for name in components(side)]
        hidden = any(map(is_hidden, [*sums, area.persons_n]))
        persons_n = 0 if hidden else int(area.persons_n)
        parts = sums if hidden else [Fraction(int(one), persons_n) if persons_n else Fraction(0) for one in sums]
        told = f"{title} {mean_text(area.side(side), area.persons_n)}"
        name = f"{area.name}{more}" if side == INCOME else ""
        label = [HIDDEN if hidden else decimal_text(one, 0) for one in parts]
        found.append(Row(name, parts, label, told, COLOURS[side], is_own))
    return found


def _tiles(page: Page, own: Economy, then: Economy | None, year: int | None, y: float) -> None:
    """Income, expense and what remains: per person large, per household and the round before below."""
    gap = 6.0
    room = (WIDTH - 2 * EDGE_MM - 2 * gap) / 3
    tiles: list[tuple[str, Any, Any, str]] = [
        ("รายได้เฉลี่ย", own.side(INCOME), then.side(INCOME) if then else None, NAVY),
        ("รายจ่ายเฉลี่ย", own.side(EXPENSE), then.side(EXPENSE) if then else None, VERMILLION),
        ("คงเหลือเฉลี่ย", own.remains, then.remains if then else None, ORANGE),
    ]
    for place, (title, now, earlier, colour) in enumerate(tiles):
        x = EDGE_MM + place * (room + gap)
        page.box(x, y, room, 38, PALE, radius=2)
        page.box(x, y, 2.5, 38, colour)
        page.text(x + 8, y + 8, title, 15, weight="bold", room=room / 2)
        page.text(x + 8, y + 20, f"{mean_text(now, own.households_n)} บาท/ครัวเรือน/ปี", 13, room=room - 14)
        mean, right = mean_text(now, own.persons_n), x + room - 5
        page.text(right, y + 9, mean, 26, weight="bold", colour=NAVY, align="right", room=room / 2)
        page.text(right, y + 20, "บาท/คน/ปี", 12, align="right", colour=INK)
        told = f"ปี {year}: {mean_text(earlier, then.persons_n)} บาท/คน/ปี" if then else NOT_BEFORE_TH
        page.text(x + 8, y + 31, told, 12, room=room - 14)
