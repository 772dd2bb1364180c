"""Edit listing (รายการสรุปการแก้ไข) of one area: how many values were corrected by rule and column, and of how many.

CSPro's listing is the model: each edit with count, percent and denominator. Put here: rows and layout. Keep out: which
household was edited; that is in the home's log only.
"""

import csv
from pathlib import Path
from typing import Any

from jpt_pipeline.instruments import Instrument
from jpt_pipeline.store.files import replacing
from reports.labels import Labels, labels
from reports.numbers import percent_number, percent_text
from reports.release import Release
from reports.sheets import Cell, Column, workbook
from reports.words import words

TITLE_TH = "สรุปการแก้ไขข้อมูล"
SHEET_TH = "การแก้ไข"
TABLE = "households__edits"
LEVELS = tuple(
    name for name, level in words().levels.items() if level.parent
)  # a province's file knows its own denominators
COUNTS = ["edits_n", "edited_n", "open_n", "counted_n", "answered_n"]
NOTE_TH = "ร้อยละ = หน่วยที่ถูกแก้ไข ÷ หน่วยที่นับ (คอลัมน์ของสมาชิกนับเป็นคน) · การแก้ไขที่ตอบหลายกฎนับในทุกกฎ จึงรวมข้ามกฎไม่ได้"
COLUMNS = [
    Column("รหัสกฎ", "text", 16),
    Column("กฎ", "text", 60),
    Column("คอลัมน์", "text", 18),
    Column("เรื่อง", "text", 50),
    Column("ครั้งที่แก้ไข", "count", 12),
    Column("หน่วยที่ถูกแก้ไข", "count", 13),
    Column("ร้อยละ", "percent", 10),
    Column("หน่วยที่นับ", "count", 13),
    Column("หน่วยที่มีค่า", "count", 13),
    Column("ค้างตัดสิน", "count", 11),
]


def make(release: Release, level: str, area_code: str, out: Path) -> list[Path]:
    """Write the workbook and the same rows as CSV (UTF-8 with BOM).

    Raises:
        reports.release.ReleaseError: the release lacks the area or the table, or was changed.
    """
    stem = out / f"edit-listing_{release.survey_year}_{level}_{area_code}"
    heads = labels(release, level, area_code)
    rows = edits(release, level, area_code)
    return [
        _sheet(stem.with_suffix(".xlsx"), release.instrument, heads, rows),
        _csv(stem.with_suffix(".csv"), rows),
    ]


def edits(release: Release, level: str, area_code: str) -> list[dict[str, Any]]:
    """Rows of an area {rule_id, column_name, COUNTS}, most edited first."""
    rows = release.rows(TABLE, level, area_code)[["rule_id", "column_name", *COUNTS]]
    ordered = rows.sort_values(["edits_n", "rule_id", "column_name"], ascending=[False, True, True])
    return [{str(name): value for name, value in row.items()} for row in ordered.to_dict("records")]


def _sheet(path: Path, instrument: Instrument, heads: Labels, rows: list[dict[str, Any]]) -> Path:
    rules = {rule.id: rule.text_th for rule in instrument.rules}
    questions = {answer.column: f"ข้อ {answer.question} {answer.label_th}" for answer in instrument.answers}
    with workbook(path) as book:
        sheet = book.sheet(SHEET_TH, TITLE_TH, [*heads.lines(), NOTE_TH], COLUMNS, fixed_columns=1)
        for row in rows:
            rule, column = row["rule_id"], row["column_name"]
            cells: list[Cell] = [rule, rules.get(rule, ""), column, questions.get(column, "")]
            cells += [row["edits_n"], row["edited_n"], percent_number(row["edited_n"], row["counted_n"])]
            sheet.add([*cells, row["counted_n"], row["answered_n"], row["open_n"]])
    return path


def _csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["rule_id", "column_name", *COUNTS, "edited_percent"])
        for row in rows:
            percent = percent_text(row["edited_n"], row["counted_n"])
            writer.writerow([row["rule_id"], row["column_name"], *(row[name] for name in COUNTS), percent])
    return path
