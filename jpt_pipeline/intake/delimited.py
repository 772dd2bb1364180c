"""Delimited text (CSV) of households or members -> raw text, by column name, whatever the order.

The splitter alone decides what a record is and how many cells it has; pyarrow only cuts the cells of records that are
sound, and must find exactly as many.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from jpt_pipeline.intake.container import Refused, SourceFile
from jpt_pipeline.intake.encoding import BLANK, Text, open_text
from jpt_pipeline.intake.formats import NOTHING, PLACE, SPREAD, Batch, FileFacts
from jpt_pipeline.intake.header import TOTAL, Layout, Names, layout_of
from jpt_pipeline.intake.limits import load_limits
from jpt_pipeline.intake.splitter import Spans, csv_spans, line_spans
from jpt_pipeline.intake.texts import DICTIONARY, encoded

csv.field_size_limit(1 << 30)  # a header of any length must not raise; records are bounded before
DELIMITERS = (",", ";", "\t", "|")
PARSED_BYTES = 1 << 20
# Keys as they stand in a record that is kept out, and how far into it they are looked for.
KEYS = {
    "household_id": re.compile("[0-9]{4}|[0-9]{11}|[0-9]{4}-[0-9A-Za-z._-]+-[0-9]+"),
    "village_code": re.compile("[0-9]{8}"),
}
KEY_BYTES = 4096


@dataclass(frozen=True)
class _Table:
    """A delimited file as its header describes it."""

    text: Text
    delimiter: str
    header: list[str]
    layout: Layout


def read_csv(file: SourceFile, names: Names, facts: FileFacts, scratch: Path) -> Iterator[Batch]:
    """Records batch by batch; broken ones come with `code` set and everything else NULL.

    Raises:
        Refused: no header that is known (H-, S-DELIM), or no table at all (F-TYPE).
    """
    text = open_text(file.path, scratch)
    try:
        facts.encoding = text.encoding
        delimiter, header = _header(text, names, file.name)
        layout = layout_of(header, names, file.name)
        facts.extra_columns += layout.extra
        table = _Table(text, delimiter, header, layout)
        for spans in csv_spans(text.shape, delimiter):
            if (found := _block(table, spans, facts)).num_rows:
                yield Batch(layout.kind, found)
            text.passed(int(spans.ends[-1]))
    finally:
        text.close()


def _header(text: Text, names: Names, file_name: str) -> tuple[str, list[str]]:
    """Delimiter and cells of the header: the delimiter by which most names of its line are known."""
    line = next((span for spans in line_spans(text.shape) for span in _filled(text, spans)), None)
    if line is None:
        raise Refused("F-HEADERONLY", file_name)
    try:
        first = text.utf8(*line).decode()
    except UnicodeDecodeError:
        raise Refused("F-TYPE", file_name) from None
    known = {mark: len(names.known(cell.strip('"') for cell in first.split(mark))) for mark in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda mark: known[mark])
    if known[delimiter] < 2:
        if len(names.known(re.split(r"[^\w]+", first))) > 2:
            raise Refused("S-DELIM", file_name)
        raise Refused("H-NONE" if max(map(first.count, DELIMITERS)) > 2 else "F-TYPE", file_name)
    start, end = next(span for spans in csv_spans(text.shape, delimiter) for span in _filled(text, spans))
    try:
        rows = list(csv.reader([text.utf8(start, end).decode()], delimiter=delimiter, strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise Refused("F-TYPE", file_name) from None
    if len(rows) != 1 or re.search("[\x00-\x08\x0e-\x1f]", "".join(rows[0])):
        raise Refused("F-TYPE", file_name)
    return delimiter, rows[0]


def _filled(text: Text, spans: Spans) -> Iterator[tuple[int, int]]:
    for start, end in zip(spans.starts.tolist(), spans.ends.tolist(), strict=True):
        begin = start + (text.mark_n if start == 0 else 0)
        if text.shape[begin:end].strip(BLANK):
            yield begin, end


def _block(table: _Table, spans: Spans, facts: FileFacts) -> pa.Table:
    """One block of records as a table; headers and blanks are counted and left out."""
    text = table.text
    assert spans.cells_n is not None
    starts, ends = spans.starts.copy(), spans.ends
    if starts[0] == 0:
        starts[0] = min(text.mark_n, int(ends[0]))
    codes = np.full(len(starts), None, object)
    for index, code in spans.codes.items():
        codes[index] = code
    codes[(ends - starts) * text.unit > load_limits().record_bytes] = "S-LONG"
    is_blank = np.zeros(len(starts), bool)
    for index in np.flatnonzero((spans.cells_n != table.layout.columns_n) & (codes == None)).tolist():  # noqa: E711
        start, end = int(starts[index]), int(ends[index])
        if not text.shape[start:end].strip(BLANK):
            is_blank[index] = True
        elif end == len(text.shape) and spans.cells_n[index] < table.layout.columns_n:
            codes[index] = "F-TRUNC"
        else:
            codes[index] = "S-FEW" if spans.cells_n[index] < table.layout.columns_n else "S-MANY"
    content = _content(text, starts, ends, codes, is_blank)
    good = np.flatnonzero((codes == None) & ~is_blank)  # noqa: E711
    cells = _cells(table, content, len(good), spans.has_line_ends)
    headers = _headers(table, cells, good, starts, ends)
    totals = (
        pc.fill_null(pc.starts_with(cells.column(0).cast(pa.string()), TOTAL), False).to_numpy()
        & table.layout.may_total
    )
    codes[good[totals]] = "S-TOTALROW"
    facts.header_n += len(headers)
    facts.blank_n += int(is_blank.sum())
    kept = np.ones(len(good), bool)
    kept[headers] = False
    facts.records_n += int(kept.sum()) + int(np.sum((codes != None) & ~is_blank)) - int(totals.sum())  # noqa: E711
    rows, bad = good[kept & ~totals], np.flatnonzero(codes != None)  # noqa: E711
    chosen = cells if len(rows) == len(good) else cells.filter(pa.array(kept & ~totals))
    named = chosen.select([f"c{position - 1}" for position in table.layout.positions.values()])
    named = named.rename_columns(list(table.layout.positions))
    return pa.concat_tables(
        [_placed(spans.first, rows, starts, ends, codes, text.unit, named)]
        + (
            [_placed(spans.first, bad, starts, ends, codes, text.unit, _keys(table, bad, starts, ends))]
            if len(bad)
            else []
        ),
        promote_options="default",
    )


def _keys(table: _Table, rows: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> pa.Table:
    """Keys of records that are kept out, where they can still be read: a member that is lost takes its household along."""
    found: dict[str, list[str | None]] = {name: [] for name in KEYS if name in table.layout.positions}
    for start, end in zip(starts[rows].tolist(), ends[rows].tolist(), strict=True):
        raw = table.text.raw(start, min(end, start + KEY_BYTES))
        cells = raw.decode(table.text.encoding, errors="replace").split(table.delimiter)
        for name, values in found.items():
            cell = "".join(cells[table.layout.positions[name] - 1 :][:1]).strip().strip('"')
            values.append(cell if KEYS[name].fullmatch(cell) else None)
    texts = {name: pa.array(values, pa.string()) for name, values in found.items()}
    return pa.table({name: text if name in SPREAD else encoded(text) for name, text in texts.items()})


def _placed(
    first: int,
    rows: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    codes: np.ndarray,
    unit: int,
    cells: pa.Table | None,
) -> pa.Table:
    """Rows with their place in front of their cells."""
    values = (first + rows, starts[rows] * unit, ends[rows] * unit, codes[rows])
    place = [pa.array(column, kind) for column, (_, kind) in zip(values, PLACE, strict=True)]
    columns = cells.columns if cells is not None else []
    names = cells.column_names if cells is not None else []
    return pa.Table.from_arrays([*place, *columns], names=[*(name for name, _ in PLACE), *names])


def _content(text: Text, starts: np.ndarray, ends: np.ndarray, codes: np.ndarray, is_blank: np.ndarray) -> bytes:
    """UTF-8 of the sound records, a line each; records that cannot be decoded get their code."""
    while True:
        good = (codes == None) & ~is_blank  # noqa: E711
        edges = np.flatnonzero(np.diff(np.concatenate(([0], good.view(np.int8), [0]))))
        runs = [(int(starts[low]), int(ends[high - 1])) for low, high in zip(edges[::2], edges[1::2], strict=True)]
        try:
            return b"\n".join([text.utf8(start, end) for start, end in runs])
        except UnicodeDecodeError:
            for index in np.flatnonzero(good):
                if not _decodes(text, int(starts[index]), int(ends[index])):
                    codes[index] = "E-BADBYTE"


def _decodes(text: Text, start: int, end: int) -> bool:
    try:
        text.utf8(start, end)
    except UnicodeDecodeError:
        return False
    return True


class WrongCount(RuntimeError):
    """The cells of a block are not those of its records (S-RECON): nothing of the file is kept."""


def _cells(table: _Table, content: bytes, rows_n: int, has_line_ends: bool) -> pa.Table:
    """Cells c0, c1 … of the known columns, and of the first.

    Raises:
        WrongCount: pyarrow found other rows than the splitter.
    """
    wanted = sorted({0, *(position - 1 for position in table.layout.positions.values())})
    names = [f"c{index}" for index in range(table.layout.columns_n)]
    spread = {f"c{position - 1}" for name, position in table.layout.positions.items() if name in SPREAD}
    types = {name: pa.string() if name in spread else DICTIONARY for name in names}
    if not rows_n:
        return pa.table({f"c{index}": pa.array([], types[f"c{index}"]) for index in wanted})
    found = pacsv.read_csv(
        pa.BufferReader(content),
        pacsv.ReadOptions(column_names=names, block_size=max(PARSED_BYTES, 2 * load_limits().record_bytes)),
        pacsv.ParseOptions(
            delimiter=table.delimiter,
            quote_char='"' if b'"' in content else False,
            newlines_in_values=has_line_ends,
            ignore_empty_lines=False,
        ),
        pacsv.ConvertOptions(
            column_types=types,
            include_columns=[f"c{index}" for index in wanted],
            null_values=list(NOTHING),
            strings_can_be_null=True,
        ),
    )
    if found.num_rows != rows_n:
        raise WrongCount(f"{rows_n} records, {found.num_rows} rows")
    return found


def _headers(table: _Table, cells: pa.Table, good: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> list[int]:
    """Which of the sound records repeat the header."""
    position = next(iter(table.layout.positions.values()))
    alike = pc.equal(cells.column(f"c{position - 1}").cast(pa.string()), table.header[position - 1])
    found = []
    for index in np.flatnonzero(pc.fill_null(alike, False).to_numpy()):
        start, end = int(starts[good[index]]), int(ends[good[index]])
        row = next(csv.reader([table.text.utf8(start, end).decode()], delimiter=table.delimiter))
        if row == table.header:
            found.append(int(index))
    return found
