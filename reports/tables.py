"""One model of a table for every format: sheet of a workbook, CSV file, page in a browser, table on paper.

Put here: the model, the text of a cell, the writers of XLSX and CSV. Keep out: which figures are shown. Cells are exact;
only a writer rounds (numbers.py).
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from pathlib import Path

from jpt_pipeline.store.files import replacing
from reports import sheets
from reports.numbers import HIDDEN, NOTHING, count_text, decimal_text, half_up, thai_digits
from reports.sheets import Column, Kind

__all__ = ["HIDDEN_CELL", "Band", "Cell", "Column", "Hidden", "Kind", "Table", "cell_text", "write_csv", "write_xlsx"]

PLACES: dict[Kind, int] = {"text": 0, "count": 0, "percent": 2, "baht": 2}


class Hidden(Enum):
    """A figure that the disclosure policy does not let a public page print."""

    CELL = HIDDEN


HIDDEN_CELL = Hidden.CELL
Cell = str | int | Fraction | Hidden | None
"""Text; a whole number, printed so; an exact percentage or baht, rounded; hidden; None = nothing to divide by, '-'."""


@dataclass(frozen=True)
class Band:
    """A row that opens a group."""

    text: str


@dataclass(frozen=True)
class Shading:
    """Colours of the numbers from a column on, between their smallest, middle and largest."""

    first_column: int
    low: str
    middle: str
    high: str


@dataclass(frozen=True)
class Table:
    """A table with its heading; `name` is the name of its sheet (Thai, at most 31 characters).

    Raises:
        ValueError: a row has more or fewer cells than there are columns.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell] | Band]
    fixed_columns: int = 0
    note: str = ""
    shading: Shading | None = None

    def __post_init__(self) -> None:
        for number, cells in enumerate(self.cells(), start=1):
            if len(cells) != len(self.columns):
                raise ValueError(f"{self.name}: row {number} has {len(cells)} cells for {len(self.columns)} columns")

    def cells(self) -> Iterator[Sequence[Cell]]:
        """The rows without those that open groups."""
        return (row for row in self.rows if not isinstance(row, Band))


def cell_text(cell: Cell, kind: Kind, thai: bool = False) -> str:
    """What a page prints: '12,345', '97.30', '-', '*'; `thai` gives numbers (never text) Thai digits."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return NOTHING
    if isinstance(cell, Hidden):
        return HIDDEN
    text = count_text(cell) if isinstance(cell, int) else decimal_text(cell, PLACES[kind])
    return thai_digits(text) if thai else text


def write_xlsx(path: Path, lines: Sequence[str], tables: Sequence[Table]) -> Path:
    """A workbook with one sheet a table, `lines` (provenance) below each title; whole or not at all, stable bytes."""
    with sheets.workbook(path) as book:
        for table in tables:
            told = [*lines, table.note] if table.note else lines
            sheet = book.sheet(table.name, table.title, told, table.columns, table.fixed_columns)
            first = sheet.row
            for row in table.rows:
                if isinstance(row, Band):
                    sheet.band(row.text)
                else:
                    sheet.add([_sheet_cell(cell, column.kind) for cell, column in zip(row, table.columns, strict=True)])
            if (shade := table.shading) and sheet.row > first:
                sheet.scale(first, shade.first_column, shade.low, shade.middle, shade.high)
    return path


def _sheet_cell(cell: Cell, kind: Kind) -> sheets.Cell:
    if isinstance(cell, Hidden):
        return HIDDEN
    return float(half_up(cell, PLACES[kind])) if isinstance(cell, Fraction) else cell


def write_csv(path: Path, table: Table) -> Path:
    """The table as CSV for Excel (UTF-8 with BOM): English field names, plain numbers; groups are left out.

    A text that a spreadsheet would take for a formula gets an apostrophe before it. Nothing to divide by is empty, a
    hidden figure is '*'.
    """
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([column.field for column in table.columns])
        for row in table.cells():
            writer.writerow([_csv_cell(cell, column.kind) for cell, column in zip(row, table.columns, strict=True)])
    return path


def _csv_cell(cell: Cell, kind: Kind) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
    return cell_text(cell, kind).replace(",", "")
