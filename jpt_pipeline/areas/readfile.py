"""Bytes of a register file -> a table of text: CSV (UTF-8, BOM, cp874; comma, semicolon, TAB, bar) or XLSX.

Put here: what is about the file. Keep out: what the values mean; they come out as they stand, one string per cell.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
import python_calamine as calamine

from jpt_pipeline.areas.report import PLACES_SHOWN, Notice, Spot, notice

DELIMITERS = (",", ";", "\t", "|")
ROW = "row_no"
ODD_CELLS = {date: "วันที่", datetime: "วันที่", time: "เวลา", timedelta: "เวลา", bool: "จริง/เท็จ"}


@dataclass
class RawTable:
    """A register as text: column row_no (header is 1), then one string column per required name; and what was odd."""

    format: str = ""
    encoding: str | None = None
    cells: pa.Table | None = None
    errors: list[Notice] = field(default_factory=list)
    findings: list[Notice] = field(default_factory=list)


def read_register(content: bytes, kind: str, columns: list[str]) -> RawTable:
    """Read a file by what its bytes are, whatever its name says. `cells` is None when `errors` is not empty."""
    if content[:4] == b"PK\x03\x04":
        return _read_xlsx(content, kind, columns)
    if content[:4] == b"\xd0\xcf\x11\xe0":
        return RawTable("xlsx", errors=[notice("R-FILE-02", [Spot(other="ไฟล์ Excel รุ่นเก่า (.xls) หรือใส่รหัสผ่าน")], 1)])
    return _read_csv(content, columns)


def _read_csv(content: bytes, columns: list[str]) -> RawTable:
    table = RawTable("csv")
    text = ""
    for encoding in ("utf-8-sig", "cp874"):
        try:
            text, table.encoding = content.decode(encoding), encoding
            break
        except UnicodeDecodeError:
            continue
    if table.encoding is None:
        table.errors.append(notice("R-FILE-03", [Spot()], 1))
        return table
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, columns), strict=True)
    rows: list[list[str]] = []
    try:
        rows.extend(reader)
    except csv.Error:
        table.errors.append(notice("R-ROW-02", [Spot(len(rows) + 1)], 1))
        return table
    _collect(table, rows, columns)
    return table


def _delimiter(text: str, columns: list[str]) -> str:
    """The delimiter of the closed list that finds most of the expected columns in the header."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    found = {mark: len({cell.strip(' "') for cell in header.split(mark)} & set(columns)) for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: found[mark])


def _read_xlsx(content: bytes, kind: str, columns: list[str]) -> RawTable:
    table = RawTable("xlsx")
    try:
        book = calamine.load_workbook(io.BytesIO(content))
        visible = [sheet.name for sheet in book.sheets_metadata if sheet.visible == calamine.SheetVisibleEnum.Visible]
        sheets = {name: book.get_sheet_by_name(name) for name in visible}
        filled = [name for name, sheet in sheets.items() if sheet.height and sheet.width]
        chosen = [kind] if kind in filled else filled
        if len(chosen) > 1:
            table.errors.append(notice("R-FILE-05", [Spot(other=", ".join(chosen))], 1))
            return table
        values = sheets[chosen[0]].to_python(skip_empty_area=False) if chosen else []
    except calamine.CalamineError as error:
        table.errors.append(notice("R-FILE-02", [Spot(other=type(error).__name__)], 1))
        return table
    header = _collect(table, [[_text(cell) for cell in row] for row in values], columns)
    table.errors.extend(_odd_cells(values, {name: header.index(name) for name in columns if name in header}))
    return table


def _text(cell: object) -> str:
    """A cell as it would be typed; a whole number without its `.0`."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _odd_cells(values: list[list[Any]], columns: dict[str, int]) -> list[Notice]:
    """Cells that a spreadsheet turned into dates, times or truth values: what was typed is lost."""
    notices = []
    for name, at in columns.items():
        kinds = [(number, type(row[at])) for number, row in enumerate(values, start=1)]
        odd = [Spot(number, other=ODD_CELLS[kind]) for number, kind in kinds if kind in ODD_CELLS]
        if odd:
            notices.append(notice("R-VAL-04", odd[:PLACES_SHOWN], len(odd), name))
    return notices


def _header_at(rows: list[list[str]]) -> int:
    """Position of the first row that is not blank."""
    return next((at for at, row in enumerate(rows) if any(cell.strip() for cell in row)), len(rows))


def _collect(table: RawTable, rows: list[list[str]], columns: list[str]) -> list[str]:
    """Check the header and the width of each row, keep the expected columns of the rows that are not blank."""
    at = _header_at(rows)
    if at == len(rows):
        table.errors.append(notice("R-FILE-04", [Spot()], 1))
        return []
    header = [cell.strip() for cell in rows[at]]
    table.errors.extend(notice("R-COL-01", [Spot()], 1, name) for name in columns if name not in header)
    table.errors.extend(notice("R-COL-02", [Spot()], 1, name) for name in columns if Counter(header)[name] > 1)
    width = len(header)
    numbered = [(number, row) for number, row in enumerate(rows[at + 1 :], start=at + 2) if any(map(str.strip, row))]
    ragged = [Spot(number, str(len(row)), str(width)) for number, row in numbered if len(row) != width]
    if ragged:
        table.errors.append(notice("R-ROW-01", ragged[:PLACES_SHOWN], len(ragged)))
    if not numbered:
        table.errors.append(notice("R-FILE-04", [Spot()], 1))
    if not table.errors:
        table.cells = _arrow(numbered, header, columns)
        table.findings.extend(_extra_columns(numbered, header, columns))
    return header


def _extra_columns(numbered: list[tuple[int, list[str]]], header: list[str], columns: list[str]) -> list[Notice]:
    """Columns that are not part of the register, by position (a name could be anything); blank ones do not count."""
    extra = [at for at, name in enumerate(header) if name not in columns]
    used = [at for at in extra if header[at] or any(row[at].strip() for _, row in numbered)]
    spots = [Spot(other=str(at + 1)) for at in used[:PLACES_SHOWN]]
    return [notice("R-COL-03", spots, len(used))] if used else []


def _arrow(numbered: list[tuple[int, list[str]]], header: list[str], columns: Iterable[str]) -> pa.Table:
    by_column = list(zip(*(row for _, row in numbered), strict=True))
    arrays = {ROW: pa.array([number for number, _ in numbered], pa.int64())}
    arrays |= {name: pa.array(by_column[header.index(name)], pa.string()) for name in columns}
    return pa.table(arrays)
