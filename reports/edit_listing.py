"""Edit listing (รายการสรุปการแก้ไข) of one area: how many values were corrected by rule and column, and of how many.

CSPro's listing is the model: each edit with count, percent and denominator. Put here: rows and layout. Keep out: which
household was edited; that is in the home's log only.
"""

from pathlib import Path
from typing import Any

from jpt_pipeline.instruments import Instrument
from reports.cells import count_cell, percent_cell
from reports.labels import labels
from reports.order import Order
from reports.release import Release
from reports.tables import Cell, Column, Table, write_csv, write_xlsx
from reports.words import words

NAME, TITLE_TH = "edit-listing", "สรุปการแก้ไขข้อมูล"
SHEET_TH = "การแก้ไข"
TABLE = "households__edits"
LEVELS = tuple(
    name for name, level in words().levels.items() if level.parent
)  # a province's file knows its own denominators
COUNTS = ["edits_n", "edited_n", "open_n", "counted_n", "answered_n"]
NOTE_TH = "ร้อยละ = หน่วยที่ถูกแก้ไข ÷ หน่วยที่นับ (คอลัมน์ของสมาชิกนับเป็นคน) · การแก้ไขที่ตอบหลายกฎนับในทุกกฎ จึงรวมข้ามกฎไม่ได้"
COLUMNS = [
    Column("รหัสกฎ", "text", 16, "rule_id"),
    Column("กฎ", "text", 60, "rule"),
    Column("คอลัมน์", "text", 18, "column_name"),
    Column("เรื่อง", "text", 50, "question"),
    Column("ครั้งที่แก้ไข", "count", 12, "edits_n"),
    Column("หน่วยที่ถูกแก้ไข", "count", 13, "edited_n"),
    Column("ร้อยละ", "percent", 10, "edited_percent"),
    Column("หน่วยที่นับ", "count", 13, "counted_n"),
    Column("หน่วยที่มีค่า", "count", 13, "answered_n"),
    Column("ค้างตัดสิน", "count", 11, "open_n"),
]


def make(order: Order) -> list[Path]:
    """Write the workbook and the same rows as CSV.

    Raises:
        reports.release.ReleaseError: the release lacks the area or the table, or was changed.
    """
    release, level, area_code = order.release, order.level, order.area_code
    heads = labels(release, level, area_code)
    table = edit_table(release.instrument, edits(release, level, area_code))
    return [write_xlsx(order.path(NAME, ".xlsx"), heads.lines(), [table]), write_csv(order.path(NAME, ".csv"), table)]


def edits(release: Release, level: str, area_code: str) -> list[dict[str, Any]]:
    """Rows of an area {rule_id, column_name, COUNTS}, most edited first."""
    rows = release.rows(TABLE, level, area_code)[["rule_id", "column_name", *COUNTS]]
    ordered = rows.sort_values(["edits_n", "rule_id", "column_name"], ascending=[False, True, True])
    return [{str(name): value for name, value in row.items()} for row in ordered.to_dict("records")]


def edit_table(instrument: Instrument, rows: list[dict[str, Any]]) -> Table:
    """The rows with the words of rule and question."""
    rules = {rule.id: rule.text_th for rule in instrument.rules}
    questions = {answer.column: f"ข้อ {answer.question} {answer.label_th}" for answer in instrument.answers}
    listed = []
    for row in rows:
        rule, column = row["rule_id"], row["column_name"]
        cells: list[Cell] = [rule, rules.get(rule, ""), column, questions.get(column, "")]
        cells += [count_cell(row["edits_n"]), count_cell(row["edited_n"])]
        cells += [percent_cell(row["edited_n"], row["counted_n"])]
        listed.append([*cells, *(count_cell(row[name]) for name in ("counted_n", "answered_n", "open_n"))])
    return Table(SHEET_TH, TITLE_TH, COLUMNS, listed, fixed_columns=1, note=NOTE_TH)
