"""Coverage (ความครอบคลุม) against the register of target households: surveyed, not surveyed by reason, not accounted for.

Put here: tables and layout. Keep out: any percentage without its denominator, and the word complete. What is not accounted
for is the target less surveyed less registered non-response; above the village, villages over their target make up for
others, so it is called net.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from jpt_pipeline.dictionary import load_dictionary
from reports.cells import count_cell, difference, percent_cell, total
from reports.drawing import BLUE, INK, NAVY, ORANGE, PALE, SKY, VERMILLION, save, style
from reports.frame import EDGE_MM, foot, foot_height, head, legend, panel_title
from reports.labels import Labels, labels
from reports.numbers import HIDDEN, count_text, is_hidden, percent_text
from reports.order import Order
from reports.page import Page
from reports.release import Release
from reports.stacks import Row, Stacks, stacked
from reports.tables import Band, Cell, Column, Table, write_csv, write_xlsx
from reports.words import words

NAME, TITLE_TH = "coverage", "รายงานความครอบคลุมเทียบทะเบียนเป้าหมาย"
TABLE = "rollups__coverage"
TARGET_TH, SURVEYED_TH, SENT_TH = "ครัวเรือนเป้าหมายในทะเบียน", "ครัวเรือนที่สำรวจ", "ครัวเรือนที่ส่งข้อมูล (สำรวจ + กักไว้)"
NONRESPONSE_TH, UNACCOUNTED_TH = "จัดเก็บไม่ได้ ตามทะเบียน", "ยังไม่ทราบเหตุ (สุทธิ)"
NOTE_TH = (
    "ยังไม่ทราบเหตุ (สุทธิ) = เป้าหมาย - สำรวจ - จัดเก็บไม่ได้ตามทะเบียน; เหนือระดับหมู่บ้าน หมู่บ้านที่เกินเป้าหมายหักกลบหมู่บ้านที่ขาด"
    " ค่าติดลบคือเกินเป้าหมาย"
)
BARS_TH = "ตัวเลขในแท่ง: ร้อยละของเป้าหมายในทะเบียน (ถ้าสำรวจเกินเป้าหมาย: ของที่สำรวจและจัดเก็บไม่ได้รวมกัน)"
REASON_COLOURS = (SKY, "#B8D4E8", "#F4CE85", "#C9B8A8", "#7B8794")
WIDTH, ROW_MM = 420.0, 6.6
EVIDENCE = ("photo_missing_n", "photo_refused_n", "signature_missing_n", "signature_refused_n")


@dataclass(frozen=True)
class Coverage:
    """Published counts of one area; a hidden one is NA."""

    name: str
    area_code: str
    counts: Any

    def __getitem__(self, column: str) -> Any:
        return self.counts[column]

    @property
    def target_n(self) -> Any:
        return self["target_n"]

    @property
    def surveyed_n(self) -> Any:
        return self["surveyed_n"]

    @property
    def nonresponse_n(self) -> Any:
        return total(self[name] for name in reasons())

    @property
    def unaccounted_n(self) -> Any:
        """target - surveyed - non-response; negative where more were surveyed than the register expects."""
        return difference(self.target_n, self.surveyed_n, self.nonresponse_n)

    @property
    def sent_n(self) -> Any:
        """Household records of the area that count or are quarantined."""
        return total([self.surveyed_n, self["quarantined_n"]])


def titles() -> dict[str, str]:
    """Thai names of the columns of the published table."""
    dictionary = load_dictionary()
    return {name: dictionary.fields[name].th for name in dictionary.tables[TABLE].columns}


def reasons() -> list[str]:
    """Columns of registered non-response, one per reason."""
    return [name for name in titles() if name.startswith("nonresponse_")]


def make(order: Order) -> list[Path]:
    """Write the workbook (own table, areas below), two CSV files, and the picture as PNG and SVG.

    Raises:
        reports.release.ReleaseError: the release lacks the area or was changed.
    """
    release, at = order.release, (order.level, order.area_code)
    heads = labels(release, *at)
    own, below = coverage(release, *at), coverages_below(release, *at)
    tables = [own_table(own), area_table(own, below)]
    files = [write_xlsx(order.path(NAME, ".xlsx"), heads.lines(), tables)]
    files += [write_csv(order.path(NAME, ".csv"), tables[0]), write_csv(order.path(f"{NAME}-areas", ".csv"), tables[1])]
    with style():
        page = draw(heads, own, below, order.thai_digits)
        return [*files, *(save(page.figure, order.path(NAME, suffix)) for suffix in (".png", ".svg"))]


def coverage(release: Release, level: str, area_code: str) -> Coverage:
    """Counts of an area. Raises reports.release.ReleaseError where the release has no such area."""
    return Coverage(release.area_name(level, area_code), area_code, release.coverage(level, area_code))


def coverages_below(release: Release, level: str, area_code: str) -> list[Coverage]:
    """Counts of the areas one level down, by code; empty for villages and tambons."""
    areas = release.children(level, area_code)
    return [coverage(release, below, code) for below, code in zip(areas["level"], areas["area_code"], strict=True)]


def own_table(own: Coverage) -> Table:
    """Every count with its percentage, and what it is a percentage of."""
    columns = [
        Column("รายการ", "text", 34, "item"),
        Column("จำนวน", "count", 14, "count_n"),
        Column("ร้อยละ", "percent", 11, "percent"),
        Column("ตัวหารคือ", "text", 40, "denominator"),
        Column("ตัวหาร", "count", 14, "denominator_n"),
    ]

    def row(name: str, n: Any, of: str, whole: Any) -> list[Cell]:
        return [name, count_cell(n), percent_cell(n, whole), of, count_cell(whole)]

    known, target, surveyed = titles(), own.target_n, own.surveyed_n
    rows: list[Sequence[Cell] | Band] = [Band("เทียบทะเบียนเป้าหมาย")]
    rows += [row(TARGET_TH, target, TARGET_TH, target), row(SURVEYED_TH, surveyed, TARGET_TH, target)]
    rows += [row(f"จัดเก็บไม่ได้: {known[name]}", own[name], TARGET_TH, target) for name in reasons()]
    rows += [row(f"{NONRESPONSE_TH} รวม", own.nonresponse_n, TARGET_TH, target)]
    rows += [row(UNACCOUNTED_TH, own.unaccounted_n, TARGET_TH, target), Band("ข้อมูลที่ส่งเข้ามา")]
    rows += [row(known["quarantined_n"], own["quarantined_n"], SENT_TH, own.sent_n), Band("หลักฐานของครัวเรือน")]
    rows += [row(known[name], own[name], SURVEYED_TH, surveyed) for name in EVIDENCE]
    rows += [Band("ผู้จัดเก็บ"), ["ผู้จัดเก็บที่มีครัวเรือนนับได้", count_cell(own["enumerators_n"]), None, "", None]]
    return Table("ความครอบคลุม", TITLE_TH, columns, rows, 1, NOTE_TH)


def area_table(own: Coverage, below: Sequence[Coverage]) -> Table:
    """The areas below beside each other, the own area last; the head of a percentage says of what."""
    known = titles()
    columns = [
        Column("รหัสพื้นที่", "text", 14, "area_code"),
        Column("พื้นที่", "text", 36, "area"),
        Column("เป้าหมาย", "count", 12, "target_n"),
        Column("สำรวจ", "count", 12, "surveyed_n"),
        Column("สำรวจ ร้อยละของเป้าหมาย", "percent", 14, "surveyed_of_target_percent"),
        *(Column(f"จัดเก็บไม่ได้: {known[name]}", "count", 14, name) for name in reasons()),
        Column("จัดเก็บไม่ได้ ร้อยละของเป้าหมาย", "percent", 15, "nonresponse_of_target_percent"),
        Column(UNACCOUNTED_TH, "count", 14, "unaccounted_n"),
        Column("ยังไม่ทราบเหตุ ร้อยละของเป้าหมาย", "percent", 15, "unaccounted_of_target_percent"),
        Column(known["quarantined_n"], "count", 12, "quarantined_n"),
        Column("กักไว้ ร้อยละของที่ส่ง", "percent", 13, "quarantined_of_sent_percent"),
        *(Column(known[name], "count", 12, name) for name in EVIDENCE),
        Column("ไม่มีภาพถ่าย ร้อยละของที่สำรวจ", "percent", 15, "photo_missing_of_surveyed_percent"),
        Column("ไม่มีลายมือชื่อ ร้อยละของที่สำรวจ", "percent", 15, "signature_missing_of_surveyed_percent"),
        Column(known["enumerators_n"], "count", 12, "enumerators_n"),
    ]
    rows = [_area_row(area) for area in (*below, own)]
    return Table("เปรียบเทียบพื้นที่", "ความครอบคลุมเปรียบเทียบพื้นที่", columns, rows, 2, NOTE_TH)


def _area_row(area: Coverage) -> list[Cell]:
    target, surveyed = area.target_n, area.surveyed_n
    return [
        area.area_code,
        area.name,
        count_cell(target),
        count_cell(surveyed),
        percent_cell(surveyed, target),
        *(count_cell(area[name]) for name in reasons()),
        percent_cell(area.nonresponse_n, target),
        count_cell(area.unaccounted_n),
        percent_cell(area.unaccounted_n, target),
        count_cell(area["quarantined_n"]),
        percent_cell(area["quarantined_n"], area.sent_n),
        *(count_cell(area[name]) for name in EVIDENCE),
        percent_cell(area["photo_missing_n"], surveyed),
        percent_cell(area["signature_missing_n"], surveyed),
        count_cell(area["enumerators_n"]),
    ]


def draw(heads: Labels, own: Coverage, below: Sequence[Coverage], thai: bool = False) -> Page:
    """Tiles of the counts, then one bar of 100 % an area; call within `drawing.style()`."""
    notes = [NOTE_TH, BARS_TH]
    height = 40 + 46 + 26 + ROW_MM * (len(below) + 1) + 6 + foot_height(heads, notes)
    page = Page(WIDTH, height, thai)
    top = head(page, heads, TITLE_TH, WIDTH)
    _tiles(page, own, top)
    panel_title(page, EDGE_MM, top + 46, "ครัวเรือนเป้าหมายอยู่ที่ใด", 90)
    known = titles()
    meanings = [(BLUE, "สำรวจ"), *zip(REASON_COLOURS, (known[name] for name in reasons()), strict=True)]
    legend(page, 118, top + 49.5, [*meanings, (VERMILLION, UNACCOUNTED_TH)], 41)
    where = Stacks(EDGE_MM + 2, 100, 225, WIDTH - EDGE_MM - 2, ROW_MM)
    stacked(page, where, top + 57, [_bar(own, True), *(_bar(area, False) for area in below)])
    foot(page, heads, height - foot_height(heads, notes), WIDTH, notes)
    return page


def _bar(area: Coverage, is_own: bool) -> Row:
    """Parts of the target: surveyed, each reason, not accounted for (nothing where there are more than the target)."""
    parts = [area.surveyed_n, *(area[name] for name in reasons()), area.unaccounted_n]
    surveyed = f"สำรวจ {count_text(area.surveyed_n)} จาก {count_text(area.target_n)}"
    over = not is_hidden(parts[-1]) and parts[-1] < 0
    told = f"{surveyed} เกิน {count_text(-int(parts[-1]))}" if over else surveyed
    shown = [*parts[:-1], 0] if over else parts
    whole = total(shown)
    marks = [HIDDEN if is_hidden(whole) else percent_text(part, whole) for part in shown]
    numbers = shown if is_hidden(whole) else [Fraction(int(part)) for part in shown]
    return Row(area.name, numbers, marks, told, (BLUE, *REASON_COLOURS, VERMILLION), is_own)


def _tiles(page: Page, own: Coverage, y: float) -> None:
    """Target, surveyed, registered non-response, not accounted for, quarantined: each with what its share is of."""
    unit = words().units["households"]
    of_target = [
        ("ครัวเรือนที่สำรวจ", own.surveyed_n, BLUE),
        (NONRESPONSE_TH, own.nonresponse_n, ORANGE),
        (UNACCOUNTED_TH, own.unaccounted_n, VERMILLION),
    ]
    tiles = [("เป้าหมายในทะเบียน", own.target_n, unit, NAVY)]
    tiles += [(name, n, f"ร้อยละ {percent_text(n, own.target_n)} ของเป้าหมาย", colour) for name, n, colour in of_target]
    quarantined = own["quarantined_n"]
    tiles += [
        (
            "กักไว้ตรวจสอบ",
            quarantined,
            f"ร้อยละ {percent_text(quarantined, own.sent_n)} ของที่ส่ง {count_text(own.sent_n)}",
            INK,
        )
    ]
    gap = 5.0
    room = (WIDTH - 2 * EDGE_MM - gap * (len(tiles) - 1)) / len(tiles)
    for place, (name, n, detail, colour) in enumerate(tiles):
        x = EDGE_MM + place * (room + gap)
        page.box(x, y, room, 38, PALE, radius=2)
        page.box(x, y, 2.5, 38, colour)
        page.text(x + 7, y + 8, name, 13.5, weight="bold", room=room - 10)
        page.text(x + 7, y + 19, count_text(n), 25, weight="bold", colour=NAVY, room=room - 12)
        page.text(x + 7, y + 31, detail, 12, room=room - 10)
