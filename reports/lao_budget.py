"""Budget of the LAOs for collecting (รายงานงบประมาณที่ อปท. ใช้), planned and used, and what the round's letter fixes.

Put here: tables by LAO, by area, by item. Keep out: amounts; they are those of the register in the release, and LAOs that
registered nothing are listed as such and never counted as zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

from jpt_pipeline.areas.spec import load_budget_items
from jpt_pipeline.rounds import Round
from reports.cells import percent_cell, total
from reports.labels import labels
from reports.numbers import is_hidden
from reports.order import Order
from reports.release import NotAsked, Release
from reports.tables import HIDDEN_CELL, Band, Cell, Column, Table, write_csv, write_xlsx
from reports.words import words

NAME, TITLE_TH = "lao-budget", "รายงานงบประมาณที่ อปท. ใช้ในการจัดเก็บข้อมูล"
TABLE, KEY, LAO = "register__lao_budget", "lao_budget", "lao"
LEVELS = (LAO, "district", "province", "nation")
SATANG = 100
NOTE_TH = (
    "ใช้ ร้อยละของที่ตั้งไว้ = เงินที่ใช้ของรายการที่บอกงบประมาณที่ตั้งไว้ ÷ งบประมาณที่ตั้งไว้; "
    "ต่อครัวเรือน = เงินที่ใช้ ÷ ครัวเรือนที่สำรวจ ของ อปท. ที่รายงานแล้ว"
)
MONEY = (
    Column("ตั้งไว้ (บาท)", "baht", 17, "planned_baht"),
    Column("ใช้ (บาท)", "baht", 17, "used_baht"),
    Column("ใช้ ร้อยละของที่ตั้งไว้", "percent", 13, "used_of_planned_percent"),
)


@dataclass(frozen=True)
class Spending:
    """Registered amounts of some LAOs, in satang, and the surveyed households of those that registered (NA: hidden)."""

    rows: pd.DataFrame
    laos_n: int
    households_n: Any

    @property
    def reported_n(self) -> int:
        """LAOs that registered at least one item."""
        return int(self.rows["lao_code"].nunique())

    def money(self) -> list[Cell]:
        """Cells of MONEY; '-' where nobody registered."""
        if self.rows.empty:
            return [None] * len(MONEY)
        planned = self.rows[self.rows["planned_satang"].notna()]
        planned_n, of_planned_n = int(planned["planned_satang"].sum()), int(planned["used_satang"].sum())
        return [
            None if planned.empty else Fraction(planned_n, SATANG),
            Fraction(int(self.rows["used_satang"].sum()), SATANG),
            percent_cell(of_planned_n, planned_n),
        ]

    def per_household(self) -> list[Cell]:
        """Surveyed households, and baht used for each: sum over sum."""
        if self.rows.empty:
            return [None, None]
        if is_hidden(self.households_n):
            return [HIDDEN_CELL, HIDDEN_CELL]
        used = int(self.rows["used_satang"].sum())
        return [int(self.households_n), Fraction(used, SATANG * self.households_n) if self.households_n else None]


def make(order: Order) -> list[Path]:
    """Write the workbook, and CSV of the LAOs.

    Raises:
        reports.release.NotAsked: the round asks for no such report of this stream, and nothing was registered.
        reports.release.ReleaseError: the release lacks the area or the table, or was changed.
    """
    release, at = order.release, (order.level, order.area_code)
    if release.table(TABLE).empty and not is_asked(release.round, release.stream):
        raise NotAsked(f"release {release.name}: round {release.survey_year} asks for no budget of LAOs")
    heads = labels(release, *at)
    laos = lao_table(release, *at)
    tables = [laos, area_table(release, *at), item_table(release, *at)]
    if release.round.budgets:
        tables.append(letter_table(release, *at))
    return [write_xlsx(order.path(NAME, ".xlsx"), heads.lines(), tables), write_csv(order.path(NAME, ".csv"), laos)]


def is_asked(round_: Round, stream: str) -> bool:
    """Whether the round asks for the report of this stream, or its letter fixes amounts."""
    asked = any(one.key == KEY and one.stream in (None, stream) for one in round_.reports)
    return asked or bool(round_.budgets)


def spending(release: Release, level: str, area_code: str) -> Spending:
    """What the LAOs of an area registered. Raises reports.release.ReleaseError where none lies in it."""
    laos = release.inside(level, area_code, LAO)
    rows = release.table(TABLE)
    mine = rows[rows["lao_code"].isin(laos)]
    reported = sorted(mine["lao_code"].unique())
    return Spending(mine, len(laos), total(release.economy(LAO, code)["households_n"] for code in reported))


def lao_table(release: Release, level: str, area_code: str) -> Table:
    """One row per LAO of the area, by district; one that registered nothing prints '-'."""
    columns = [
        Column("รหัส อปท.", "text", 15, "lao_code"),
        Column("อปท.", "text", 36, "lao"),
        *MONEY,
        Column("ครัวเรือนที่สำรวจ", "count", 14, "households_n"),
        Column("ใช้ต่อครัวเรือน (บาท)", "baht", 16, "used_per_household_baht"),
        Column("รายงาน", "text", 14, "reported"),
    ]
    rows: list[Sequence[Cell] | Band] = []
    opened = ""
    for code in release.inside(level, area_code, LAO):
        above = release.parent(LAO, code)
        name = release.area_name(*above) if above else ""
        if name != opened:
            rows.append(Band(name))
            opened = name
        one = spending(release, LAO, code)
        told = "รายงานแล้ว" if one.reported_n else "ยังไม่รายงาน"
        rows.append([code, release.area_name(LAO, code), *one.money(), *one.per_household(), told])
    note = " · ".join(filter(None, [NOTE_TH, _due(release.round, release.stream)]))
    return Table("รายแห่ง", TITLE_TH, columns, rows, 2, note)


def _due(round_: Round, stream: str) -> str:
    """By when the round asks for the report; empty where no letter says."""
    mine = [duty for duty in round_.duties if duty.key == KEY and duty.stream in (None, stream)]
    return "; ".join(f"กำหนดส่ง: {duty.window.th}" for duty in mine if duty.window.th)


def area_table(release: Release, level: str, area_code: str) -> Table:
    """The areas below and the area itself: how many LAOs reported, their amounts, baht a household."""
    columns = [
        Column("รหัสพื้นที่", "text", 15, "area_code"),
        Column("พื้นที่", "text", 36, "area"),
        Column("อปท. ทั้งหมด", "count", 12, "laos_n"),
        Column("อปท. ที่รายงาน", "count", 12, "reported_n"),
        *MONEY,
        Column("ครัวเรือนที่สำรวจ ของ อปท. ที่รายงาน", "count", 18, "households_n"),
        Column("ใช้ต่อครัวเรือน (บาท)", "baht", 16, "used_per_household_baht"),
    ]
    places = [(level, area_code)]
    if level != LAO:
        below = release.children(level, area_code)
        places = [*zip(below["level"], below["area_code"], strict=True), *places]
    rows: list[Sequence[Cell]] = []
    for place in places:
        one = spending(release, *place)
        counts: list[Cell] = [place[1], release.area_name(*place), one.laos_n, one.reported_n]
        rows.append([*counts, *one.money(), *one.per_household()])
    return Table("รายพื้นที่", f"{TITLE_TH} รายพื้นที่", columns, rows, 2, NOTE_TH)


def item_table(release: Release, level: str, area_code: str) -> Table:
    """Amounts of the area by item, with the share of all that was used."""
    columns = [
        Column("รายการ", "text", 40, "item"),
        *MONEY,
        Column("ร้อยละของเงินที่ใช้ทั้งหมด", "percent", 15, "share_percent"),
    ]
    whole = spending(release, level, area_code)
    used = int(whole.rows["used_satang"].sum())
    rows: list[Sequence[Cell]] = []
    for item, name in load_budget_items().items():
        mine = whole.rows[whole.rows["budget_item"] == item]
        rows.append([name, *Spending(mine, 0, 0).money(), percent_cell(int(mine["used_satang"].sum()), used)])
    rows.append(["รวม", *whole.money(), percent_cell(used, used)])
    return Table(
        "รายการ", f"{TITLE_TH} ตามรายการ", columns, rows, 1, "ร้อยละ = เงินที่ใช้ของรายการ ÷ เงินที่ใช้ทั้งหมดของ อปท. ที่รายงาน"
    )


def letter_table(release: Release, level: str, area_code: str) -> Table:
    """Amounts that the round's letter fixes for each area of a level, and what they come to in this area."""
    columns = [
        Column("ระดับ", "text", 12, "level"),
        Column("กิจกรรม", "text", 50, "purpose"),
        Column("บาทต่อพื้นที่", "count", 14, "baht_per_area"),
        Column("จำนวนพื้นที่ตามหนังสือ", "count", 14, "letter_areas_n"),
        Column("รวมตามหนังสือ (บาท)", "count", 17, "letter_baht"),
        Column("จำนวนพื้นที่ในเขตนี้", "count", 14, "areas_n"),
        Column("รวมในเขตนี้ (บาท)", "count", 16, "baht"),
    ]
    rows: list[Sequence[Cell]] = []
    for one in release.round.budgets:
        here_n = len(release.inside(level, area_code, one.level)) if _holds(level, one.level) else 0
        fixed: list[Cell] = [words().levels[one.level].name_th, one.th, one.baht_per_area, one.areas_n, one.baht]
        rows.append([*fixed, here_n, here_n * one.baht_per_area])
    note = "ตามหนังสือของรอบ มิใช่เงินที่ใช้จริง; พื้นที่ในเขตนี้ = พื้นที่ของระดับนั้นที่อยู่ในฉบับเผยแพร่นี้"
    return Table("ตามหนังสือ", "งบประมาณตามหนังสือของรอบ", columns, rows, 0, note)


def _holds(level: str, below: str) -> bool:
    """Whether areas of a level hold whole areas of another one."""
    order = list(words().levels)
    return order.index(below) <= order.index(level)
