"""One table, every format: exact cells are rounded by the writer only, text stays text, what is hidden stays hidden."""

import csv
from fractions import Fraction
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from reports.tables import HIDDEN_CELL, Band, Cell, Column, Table, cell_text, write_csv, write_xlsx

COLUMNS = [
    Column("พื้นที่", "text", 20, "area"),
    Column("จำนวน", "count", 10, "count_n"),
    Column("ร้อยละ", "percent", 10, "passed_pct"),
    Column("บาท", "baht", 12, "mean_baht"),
]
ROWS: list[list[Cell] | Band] = [
    Band("หมวดที่ 1"),
    ["=1+1", 12345, Fraction(200, 3), Fraction(1, 200)],
    ["ข", 0, None, 7000000],
    ["ค", HIDDEN_CELL, HIDDEN_CELL, HIDDEN_CELL],
]
TABLE = Table("ตาราง", "ตารางทดลอง", COLUMNS, ROWS, fixed_columns=1, note="หมายเหตุ")


def test_a_workbook_holds_rounded_numbers_and_plain_text(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.xlsx", ["บรรทัดที่มา"], [TABLE])
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("ตาราง").to_python()
    assert [row[0] for row in rows[:5]] == ["ตารางทดลอง", "บรรทัดที่มา", "หมายเหตุ", "พื้นที่", "หมวดที่ 1"]
    assert rows[5:] == [["=1+1", 12345, 66.67, 0.01], ["ข", 0, "-", 7000000], ["ค", "*", "*", "*"]]
    assert write_xlsx(tmp_path / "again.xlsx", ["บรรทัดที่มา"], [TABLE]).read_bytes() == path.read_bytes()


def test_a_csv_file_is_read_by_excel_and_by_programs(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", TABLE)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["count_n"] for row in rows] == ["12345", "0", "*"]
    assert [row["passed_pct"] for row in rows] == ["66.67", "", "*"]
    assert [row["mean_baht"] for row in rows] == ["0.01", "7000000", "*"]
    assert rows[0]["area"] == "'=1+1", "no formula from data"


@pytest.mark.parametrize(
    ("cell", "kind", "thai", "text"),
    [
        (1234567, "count", False, "1,234,567"),
        (1234567, "baht", True, "๑,๒๓๔,๕๖๗"),
        (Fraction(1, 8), "percent", False, "0.13"),
        (Fraction(-5, 1000), "baht", False, "-0.01"),
        (None, "percent", False, "-"),
        (HIDDEN_CELL, "count", True, "*"),
        ("หมู่ 1", "text", True, "หมู่ 1"),
    ],
)
def test_a_cell_as_text(cell: Cell, kind: str, thai: bool, text: str) -> None:
    assert cell_text(cell, kind, thai) == text  # type: ignore[arg-type]


def test_a_row_must_fit() -> None:
    with pytest.raises(ValueError, match="row 1 has 1 cells"):
        Table("ก", "ก", COLUMNS, [["ก"]])
