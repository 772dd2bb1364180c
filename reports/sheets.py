"""Workbooks that open well in Excel and hold nothing but values: text is never a formula, the same rows give the same bytes.

Put here: the head block, tables with a frozen header, formats. Keep out: which figures are shown.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from jpt_pipeline.store.files import replacing
from reports.drawing import NAVY, PALE
from reports.numbers import NOTHING

Kind = Literal["text", "count", "percent", "baht"]
FORMATS: dict[Kind, dict[str, Any]] = {
    "text": {"align": "left", "text_wrap": True},
    "count": {"num_format": "#,##0", "align": "right"},
    "percent": {"num_format": "0.00", "align": "right"},
    "baht": {"num_format": "#,##0.00", "align": "right"},
}
WRITTEN = datetime(2000, 1, 1, tzinfo=UTC)  # a workbook must carry a date; a fixed one keeps the bytes stable
Cell = str | int | float | None


@dataclass(frozen=True)
class Column:
    """Heading, kind of its cells, width in characters, and the name that a CSV file gives it (English)."""

    title: str
    kind: Kind
    width: float
    field: str = ""


class Book:
    """An open workbook; made by `workbook`."""

    def __init__(self, path: Path):
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        options["in_memory"] = (
            True  # a restricted workbook would lie in pieces in the machine's folder for temporary files
        )
        self._book = xlsxwriter.Workbook(str(path), options)
        self._book.set_properties({"created": WRITTEN.replace(tzinfo=None)})
        base = {"font_name": "TH Sarabun New", "font_size": 14, "valign": "vcenter"}
        rule = {"bottom": 1, "bottom_color": "#CBD2D9"}
        self._title = self._book.add_format({**base, "bold": True, "font_size": 20, "font_color": NAVY})
        self._plain = self._book.add_format(base)
        head = {"bold": True, "bg_color": NAVY, "font_color": "white", "text_wrap": True, "align": "center"}
        self._head = self._book.add_format({**base, **head})
        self._band = self._book.add_format({**base, "bold": True, "bg_color": PALE, "font_color": NAVY})
        self._cells = {kind: self._book.add_format({**base, **rule, **made}) for kind, made in FORMATS.items()}
        self._missing = self._book.add_format({**base, **rule, "align": "right"})

    def sheet(
        self, name: str, title: str, lines: Sequence[str], columns: Sequence[Column], fixed_columns: int = 0
    ) -> "Sheet":
        """Add a sheet: title, one line of text a row, then the header of the table, frozen with all above it."""
        sheet = self._book.add_worksheet(name)
        sheet.write_string(0, 0, title, self._title)
        for row, line in enumerate(lines, start=1):
            sheet.write_string(row, 0, line, self._plain)
        head = len(lines) + 1
        for column, made in enumerate(columns):
            sheet.set_column(column, column, made.width)
            sheet.write_string(head, column, made.title, self._head)
        sheet.set_row(head, 44)
        sheet.freeze_panes(head + 1, fixed_columns)
        sheet.repeat_rows(head)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        return Sheet(self, sheet, columns, head + 1)

    def close(self) -> None:
        self._book.close()


class Sheet:
    """Rows of one table, written downwards."""

    def __init__(self, book: Book, sheet: Worksheet, columns: Sequence[Column], first_row: int):
        self._book, self._sheet, self._columns = book, sheet, columns
        self.row = first_row

    def add(self, cells: Sequence[Cell]) -> None:
        """One row; None prints '-', text stays text whatever it begins with."""
        for number, (cell, column) in enumerate(zip(cells, self._columns, strict=True)):
            if cell is None:
                self._sheet.write_string(self.row, number, NOTHING, self._book._missing)
            elif isinstance(cell, str):
                self._sheet.write_string(self.row, number, cell, self._book._cells["text"])
            else:
                kind: Kind = "count" if isinstance(cell, int) else column.kind
                self._sheet.write_number(self.row, number, cell, self._book._cells[kind])
        self.row += 1

    def band(self, text: str) -> None:
        """A row that opens a group."""
        for number in range(len(self._columns)):
            self._sheet.write_string(self.row, number, text if number == 0 else "", self._book._band)
        self.row += 1

    def scale(self, first_row: int, first_column: int, low: str, middle: str, high: str) -> None:
        """Colour the numbers from here to the last cell between their smallest and largest."""
        colours = {"type": "3_color_scale", "min_color": low, "mid_color": middle, "max_color": high}
        self._sheet.conditional_format(first_row, first_column, self.row - 1, len(self._columns) - 1, colours)


@contextmanager
def workbook(path: Path) -> Iterator[Book]:
    """A workbook at `path`, whole or not at all."""
    with replacing(path) as temporary:
        book = Book(temporary)
        yield book
        book.close()
