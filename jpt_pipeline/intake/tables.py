"""Tables of households and members (CSV, XLSX, Parquet) -> raw text, by column name, whatever the order."""

import csv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from python_calamine import CalamineError, CalamineWorkbook

from jpt_pipeline.intake.batches import BOM, Row, batches, filled
from jpt_pipeline.intake.container import MAX_RATIO, Refused, SourceFile
from jpt_pipeline.intake.formats import (
    BATCH_RECORDS,
    HOUSEHOLD_REQUIRED,
    HOUSEHOLD_TEXT,
    MAX_RECORD,
    MEMBER_REQUIRED,
    MEMBER_TEXT,
    PAYLOAD_TEXT,
    FileFacts,
)
from jpt_pipeline.intake.splitter import csv_records, line_records
from jpt_pipeline.store.session import readable

csv.field_size_limit(2 * MAX_RECORD)  # records are bounded before; a long cell must not raise
CELL = "\x1f"  # between cells inside; a record that holds it is quarantined
DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8-sig", "cp874")
SHEETS = ("households", "members")
ID_COLUMNS = ("household_id", "village_code", "citizen_id")
MAX_WORKBOOK = 1 << 30  # unpacked; a sheet holds a million rows at most


@dataclass(frozen=True)
class Layout:
    """What a header says: whose table it is, and at which position (from 1) each known column stands."""

    kind: str
    columns_n: int
    positions: dict[str, int]
    extra: tuple[str, ...]


def layout_of(header: list[str], answers: list[str], declared: set[str], file_name: str) -> Layout:
    """Match a header by name.

    Raises:
        Refused: a name twice (H-DUP), a required column absent (H-MISSING), no known table (F-TYPE).
    """
    names = [name.strip().strip("\ufeff").lower() for name in header]
    kind = "members" if "member_no" in names else "households"
    known = set(HOUSEHOLD_TEXT) | set(answers)
    required = set(HOUSEHOLD_REQUIRED) - declared
    if kind == "members":
        known, required = {*MEMBER_TEXT, "household_id", "village_code"}, set(MEMBER_REQUIRED)
    if not known & set(names):
        raise Refused("F-TYPE", file_name)
    if missing := sorted(required - set(names)):
        raise Refused("H-MISSING", file_name, ", ".join(missing))
    if kind == "households" and not set(answers) & set(names):
        raise Refused("H-MISSING", file_name, f"{answers[0]} …")
    doubled = {name for name in names if name and names.count(name) > 1}
    if doubled:  # a name that is no column of ours may be content: it is not repeated
        raise Refused("H-DUP", file_name, ", ".join(sorted(doubled & known)))
    positions = {name: index + 1 for index, name in enumerate(names) if name in known}
    # A strange name may be content of a broken file: only what looks like a name is repeated, else its position.
    extra = tuple(
        n if n.isidentifier() and n.isascii() else f"#{i}" for i, n in enumerate(names, 1) if n not in {*known, ""}
    )
    return Layout(kind, len(names), positions, extra)


def read_csv(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, answers: list[str], declared: set[str], facts: FileFacts
) -> Iterator[str]:
    """Fill raw_forms or raw_persons batch by batch; yields the kind of table each time."""
    encoding, delimiter, header = _sniff(file)
    facts.encoding = "utf-8" if encoding.startswith("utf-8") else encoding
    layout = layout_of(header, answers, declared, file.name)
    facts.extra_columns += layout.extra
    rows = _csv_rows(file.path, encoding, delimiter, header, facts)
    yield from _stage_batches(connection, rows, layout, answers)


def _sniff(file: SourceFile) -> tuple[str, str, list[str]]:
    """Encoding, delimiter and cells of the header, from closed lists."""
    encoding = next((e for e in ENCODINGS if _decodes(file.path, e)), ENCODINGS[0])
    plain = encoding.removesuffix("-sig")
    first = next((r.data for r in line_records(file.path) if r.data.strip()), b"").removeprefix(BOM)
    delimiter = max(DELIMITERS, key=lambda mark: first.count(mark.encode()))
    record = next((r for r in csv_records(file.path, delimiter.encode()) if r.data.strip()), None)
    text, code = _cells(record.data.removeprefix(BOM), plain, delimiter, record.code) if record else (None, "F-TYPE")
    if code or text is None:
        raise Refused("F-TYPE", file.name)
    return encoding, delimiter, text.split(CELL)


def _decodes(path: Path, encoding: str) -> bool:
    """Whether most of a file reads in an encoding: one bad byte must not turn a UTF-8 file into cp874."""
    bad = lines = 0
    with path.open("rb") as stream:
        for line in stream:
            if line.isascii():
                continue
            lines += 1
            try:
                line.decode(encoding.removesuffix("-sig"))
            except UnicodeDecodeError:
                bad += 1
            if lines >= 2000:
                break
    return bad * 10 <= lines


def _csv_rows(path: Path, encoding: str, delimiter: str, header: list[str], facts: FileFacts) -> Iterator[Row]:
    for record, data, start in filled(csv_records(path, delimiter.encode()), facts):
        text, code = _cells(data, encoding.removesuffix("-sig"), delimiter, record.code)
        if code is None and text is not None and text.split(CELL) == header:
            facts.header_n += 1
            continue
        facts.records_n += 1
        yield record.no, start, record.end, code, text


def _cells(data: bytes, encoding: str, delimiter: str, code: str | None) -> tuple[str | None, str | None]:
    """Cells of one CSV record joined by CELL, or the code that keeps it out."""
    if code:
        return None, code
    if len(data) > MAX_RECORD:
        return None, "S-LONG"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None, "E-DECODE"
    if "\0" in text or CELL in text:
        return None, "E-NUL"
    if '"' not in text:
        return text.replace(delimiter, CELL), None
    try:
        cells = next(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None, "S-QUOTE"
    return CELL.join(cells), None


def read_xlsx(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, answers: list[str], declared: set[str], facts: FileFacts
) -> Iterator[str]:
    """As `read_csv`, for the sheets `households` and `members` of a workbook (or its only sheet).

    Records are numbered through the sheets in their order; there are no byte spans.
    """
    _check_size(file)
    try:
        workbook = CalamineWorkbook.from_path(str(file.path))
        names = workbook.sheet_names
        wanted = [n for n in names if n.strip().lower() in SHEETS] or (names if len(names) == 1 else [])
        if not wanted:
            raise Refused("F-TYPE", file.name, ", ".join(names))
        sheets = [workbook.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in wanted]
    except (OSError, ValueError, CalamineError) as error:
        raise Refused("F-TYPE", file.name, type(error).__name__) from None
    number = 0
    for sheet in sheets:
        header: list[str] | None = None
        ids: set[int] = set()
        rows: list[Row] = []
        for cells in sheet:
            number += 1
            texts = [_cell_text(cell, position in ids) for position, cell in enumerate(cells)]
            if not "".join(texts).strip():
                facts.blank_n += 1
            elif header is None or texts == header:
                header = texts
                ids = {position for position, name in enumerate(texts) if name.strip().lower() in ID_COLUMNS}
                facts.header_n += 1
            else:
                facts.records_n += 1
                text = CELL.join(texts)
                bad = "\0" in text or text.count(CELL) != len(texts) - 1
                rows.append((number, None, None, "E-NUL" if bad else None, None if bad else text))
        if header is None:
            continue
        layout = layout_of(header, answers, declared, file.name)
        facts.extra_columns += layout.extra
        yield from _stage_batches(connection, iter(rows), layout, answers)


def _check_size(file: SourceFile) -> None:
    """A workbook is a zip: its unpacked size is bounded before anything reads it."""
    try:
        with zipfile.ZipFile(file.path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        raise Refused("F-TYPE", file.name) from None
    if size > max(file.bytes_n * MAX_RATIO, 1 << 24) or size > MAX_WORKBOOK:
        raise Refused("F-LIMIT", file.name)


def _cell_text(cell: Any, is_id: bool) -> str:
    """Text of a cell: whole numbers without a fraction, everything else as it prints. A number in the place of an id
    keeps its '.0', so that its normalisation is noted."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return f"{int(cell)}.0" if is_id else str(int(cell))
    if isinstance(cell, bool):
        return "1" if cell else "0"
    return str(cell)


def read_parquet(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, answers: list[str], declared: set[str], facts: FileFacts
) -> Iterator[str]:
    """As `read_csv`, for a Parquet file; every value is read as text, row groups keep their order."""
    try:
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [readable(file.path)]).fetchall()
    except duckdb.Error:
        raise Refused("F-TYPE", file.name) from None
    layout = layout_of([row[0] for row in described], answers, declared, file.name)
    facts.extra_columns += layout.extra
    actual = {row[0].strip().lower(): row[0] for row in described}
    cells = {name: f'CAST("{actual[name]}" AS VARCHAR)' for name in layout.positions}
    rows_n = connection.execute("SELECT count(*) FROM read_parquet(?)", [readable(file.path)]).fetchall()[0][0]
    facts.records_n += rows_n
    for low in range(0, rows_n, BATCH_RECORDS * 2):
        source = (
            "(SELECT file_row_number + 1 AS record_no, NULL::BIGINT AS byte_start, NULL::BIGINT AS byte_end, "
            "NULL::VARCHAR AS code, * FROM read_parquet(?, file_row_number = true) "
            f"WHERE file_row_number >= {low} AND file_row_number < {low + BATCH_RECORDS * 2})"
        )
        try:
            connection.execute(raw_sql(layout.kind, source, cells, answers), [readable(file.path)])
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error:
            raise Refused("F-PACKED", file.name) from None
        yield layout.kind


def _stage_batches(
    connection: duckdb.DuckDBPyConnection, rows: Iterator[Row], layout: Layout, answers: list[str]
) -> Iterator[str]:
    cells = {name: f"cells[{position}]" for name, position in layout.positions.items()}
    source = (
        "(SELECT record_no, byte_start, byte_end, CASE WHEN code IS NOT NULL THEN code "
        f"WHEN len(cells) <> {layout.columns_n} THEN 'S-COLUMNS' END AS code, "
        f"CASE WHEN len(cells) = {layout.columns_n} THEN cells END AS cells "
        "FROM (SELECT *, string_split(text, chr(31)) AS cells FROM batch))"
    )
    for table in batches(rows):
        connection.register("batch", table)
        connection.execute(raw_sql(layout.kind, source, cells, answers))
        connection.unregister("batch")
        yield layout.kind


def raw_sql(kind: str, source: str, cells: dict[str, str], answers: list[str]) -> str:
    """Statement that fills raw_forms or raw_persons from `source`; `cells` says where each column stands."""

    def cell(name: str) -> str:
        return f"{cells.get(name, 'NULL::VARCHAR')} AS {name}"

    if kind == "members":
        columns = ", ".join(cell(name) for name in ("household_id", "village_code", *MEMBER_TEXT))
        return (
            "CREATE OR REPLACE TEMP TABLE raw_persons AS "
            f"SELECT record_no, byte_start, byte_end, code, NULL::BIGINT AS form, {columns} FROM {source}"
        )
    columns = ", ".join(cell(name) for name in HOUSEHOLD_TEXT)
    none = ", ".join(f"NULL::VARCHAR AS {name}" for name in PAYLOAD_TEXT)
    texts = ", ".join(
        f"nullif(nullif({cells[name]}, ''), '-') AS {name}" if name in cells else f"NULL::VARCHAR AS {name}"
        for name in answers
    )
    return (
        "CREATE OR REPLACE TEMP TABLE raw_forms AS "
        f"SELECT record_no, byte_start, byte_end, code, {columns}, {none}, {texts} FROM {source}"
    )
