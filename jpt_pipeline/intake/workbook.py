"""Workbooks (.xlsx): the sheets `households` and `members`, or the only sheet -> raw text, as columnar.py wants it.

Values come from calamine, after `scan_workbook` has looked at every part of the package. calamine shows an error and
a formula without value as an empty cell: the scan says in which rows they stand.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from jpt_pipeline.intake.columnar import Row, sheet_batches
from jpt_pipeline.intake.container import Refused, SourceFile
from jpt_pipeline.intake.formats import Batch, FileFacts
from jpt_pipeline.intake.header import NAME_COLUMNS, TOTAL, Names, layout_of
from jpt_pipeline.intake.limits import load_limits
from jpt_pipeline.intake.workbook_cells import SheetScan
from jpt_pipeline.intake.workbook_scan import scan_workbook

ID_COLUMNS = ("household_id", "village_code", "citizen_id")
BUDDHIST = 543  # years between the eras
LAST_COMMON_YEAR = 2400  # a later year in a date cell is of the Buddhist era already


def read_xlsx(file: SourceFile, names: Names, facts: FileFacts) -> Iterator[Batch]:
    """Records batch by batch, sheet by sheet.

    Records are numbered through the sheets in their order; there are no byte spans.

    Raises:
        Refused: as `scan_workbook`; F-XLSXDIM (something stands above the header); a header that does not fit (H-).
    """
    scan = scan_workbook(file)
    try:
        workbook = CalamineWorkbook.from_path(str(file.path))
    except (OSError, ValueError, CalamineError) as error:
        raise Refused("F-TYPE", file.name, type(error).__name__) from None
    before = 0
    for name, found in scan.sheets.items():
        try:
            sheet = workbook.get_sheet_by_name(name)
        except (OSError, ValueError, CalamineError) as error:
            raise Refused("F-TYPE", file.name, type(error).__name__) from None
        reader = _Sheet(sheet, found, before, names, facts)
        before = reader.last_no
        if reader.header is None:
            continue
        _check_first(reader.header, sheet, names, file.name)
        if above := [number for number in found.bad if number < reader.read_n]:
            raise Refused("F-XLSXDIM", file.name, f"#{min(above)}")
        layout = layout_of(reader.header, names, file.name)
        facts.extra_columns += layout.extra
        yield from sheet_batches(reader.rows(), layout)


class _Sheet:
    """The records of one sheet, as texts; row n of the sheet is record `before` + n."""

    def __init__(self, sheet: CalamineSheet, scan: SheetScan, before: int, names: Names, facts: FileFacts):
        self.scan, self.before, self.names, self.facts = scan, before, names, facts
        self.last_no = before + max(sheet.end[0] + 1 if sheet.end else 0, *scan.bad, 0)
        self.numbered = enumerate(sheet.iter_rows(), 1)
        self.read_n = 0
        self.header = self._header()

    def _header(self) -> list[str] | None:
        """The first filled row; the blank ones above it are counted."""
        for number, cells in self.numbered:
            self.read_n = number
            texts = [_text(cell) for cell in cells]
            if "".join(texts).strip():
                self.facts.header_n += 1
                return texts
            self.facts.blank_n += 1
        return None

    def rows(self) -> Iterator[Row]:
        """The rows below the header; a row is kept out for what its cells cannot say, or as a total."""
        assert self.header is not None
        names = [self.names.plain(name) for name in self.header]
        readers = [_READERS.get(name, _text) for name in names]
        for number, cells in self.numbered:
            self.read_n = number
            texts = [c if c.__class__ is str else read(c) for c, read in zip(cells, readers, strict=True)]
            code = self.scan.bad.get(number)
            if code is None and not "".join(texts).strip():
                self.facts.blank_n += 1
            elif texts == self.header:
                self.facts.header_n += 1
            else:
                yield self._row(number, texts, "S-TOTALROW" if is_total(texts, names) else code)
        for number in sorted(n for n in self.scan.bad if n > self.read_n):  # rows of nothing but formulas at the end
            self.facts.blank_n += number - self.read_n - 1
            self.read_n = number
            yield self._row(number, [""] * len(self.header), self.scan.bad[number])

    def _row(self, number: int, texts: list[str], code: str | None) -> Row:
        self.facts.records_n += 1
        return self.before + number, code, texts


def is_total(texts: list[str], names: list[str]) -> bool:
    """Whether a row is a row of totals (รวม) and no record: the word begins its first filled cell, which is no name."""
    for text, name in zip(texts, names, strict=False):
        if text.strip():
            return text.strip().startswith(TOTAL) and name not in NAME_COLUMNS
    return False


def _check_first(header: list[str], sheet: CalamineSheet, names: Names, file_name: str) -> None:
    """Tell a header that stands below a title from one that is missing."""
    if names.known(header):
        return
    rows = sheet.to_python(skip_empty_area=False, nrows=load_limits().title_rows)
    for number, cells in enumerate(rows, 1):
        if names.known(str(cell) for cell in cells):
            raise Refused("F-XLSXDIM", file_name, f"#{number}")


def _text(cell: Any) -> str:
    """Text of a cell: whole numbers without a fraction, everything else as it prints."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def _id_text(cell: Any) -> str:
    """A number in the place of an id keeps its '.0', so that its normalisation is noted."""
    text = _text(cell)
    return f"{text}.0" if isinstance(cell, float) and text.lstrip("-").isdigit() else text


def _day_text(cell: Any) -> str:
    """A date cell as dd/mm/yyyy of the Buddhist era."""
    if not isinstance(cell, dt.date):
        return _text(cell)
    year = cell.year if cell.year > LAST_COMMON_YEAR else cell.year + BUDDHIST
    return f"{cell.day:02d}/{cell.month:02d}/{year}"


def _time_text(cell: Any) -> str:
    """A date cell as ISO text to the second; one of the Buddhist era is told apart by its year."""
    if isinstance(cell, dt.datetime):
        cell = (cell + dt.timedelta(milliseconds=500)).replace(microsecond=0)
    if isinstance(cell, dt.date):
        year = cell.year - BUDDHIST if cell.year > LAST_COMMON_YEAR else cell.year
        return f"{year:04d}{cell.isoformat()[4:]}"
    return _text(cell)


_READERS = dict.fromkeys(ID_COLUMNS, _id_text) | {"birth_date": _day_text, "submitted_at": _time_text}
