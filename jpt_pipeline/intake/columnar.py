"""Parquet tables and rows of sheets -> raw text, by column name, whatever the order."""

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jpt_pipeline.intake.container import Refused, SourceFile
from jpt_pipeline.intake.formats import BATCH_RECORDS, PLACE, SPREAD, Batch, FileFacts, shaped
from jpt_pipeline.intake.header import Layout, Names, layout_of
from jpt_pipeline.intake.texts import DICTIONARY, decoded, one_chunk

Row = tuple[int, str | None, list[str] | None]
"""Number of a row of a sheet, the code that keeps it out, its cells as text (None where a code stands)."""
IDS = ("household_id", "village_code", "citizen_id")
BUDDHIST_ERA = 543


def read_parquet(file: SourceFile, names: Names, facts: FileFacts) -> Iterator[Batch]:
    """Rows of a Parquet file in their order, every value as text; there are no byte spans.

    Raises:
        Refused: not a Parquet file (F-TYPE), damaged (F-ZIPCRC), a header that does not fit (H-).
    """
    try:
        with pq.ParquetFile(file.path) as found:
            schema, metadata = found.schema_arrow, found.metadata
        layout = layout_of(schema.names, names, file.name)
        facts.extra_columns += layout.extra
        wanted = {schema.names[position - 1]: name for name, position in layout.positions.items()}
        coded = [
            given for given, name in wanted.items() if name not in SPREAD and schema.field(given).type == pa.string()
        ]
        source = pq.ParquetFile(file.path, metadata=metadata, read_dictionary=coded)
    except (pa.ArrowException, OSError):
        raise Refused("F-TYPE", file.name) from None
    with source:
        number = 1
        try:
            for table in _whole_batches(source.iter_batches(BATCH_RECORDS, columns=list(wanted))):
                columns = {wanted[given]: _column(column, wanted[given]) for given, column in one_chunk(table).items()}
                yield Batch(layout.kind, _numbered(number, table.num_rows, columns))
                number += table.num_rows
                facts.records_n += table.num_rows
        except (pa.ArrowException, OSError):
            raise Refused("F-ZIPCRC", file.name) from None


def _whole_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Tables of BATCH_RECORDS rows: the reader begins a batch anew where a dictionary does."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(part.num_rows for part in waiting) >= BATCH_RECORDS:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


def _numbered(first: int, rows: int, columns: dict[str, pa.Array]) -> pa.Table:
    place = [pa.array(np.arange(first, first + rows)), *(pa.nulls(rows, kind) for _, kind in PLACE[1:])]
    return pa.Table.from_arrays([*place, *columns.values()], names=[*(name for name, _ in PLACE), *columns])


def _column(column: pa.Array, name: str) -> pa.Array:
    """A column as batches hold it; what is no text is put into words once for each value."""
    if pa.types.is_nested(column.type) or pa.types.is_null(column.type):
        return shaped(name, pa.nulls(len(column), pa.string()))
    if column.type == pa.string() or column.type == DICTIONARY:
        return shaped(name, decoded(column) if name in SPREAD else column)
    found = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    texts = pa.DictionaryArray.from_arrays(found.indices.cast(pa.int32()), _text(found.dictionary, name))
    return shaped(name, decoded(texts) if name in SPREAD else texts)


def _text(column: pa.Array, name: str) -> pa.Array:
    """Text of values. A number in the place of an id keeps its '.0', so that its normalisation is noted; a real date
    becomes what the questionnaire asks for: day/month/year of the Buddhist Era."""
    kind = column.type
    if pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and name == "birth_date"):
        return pa.array(
            [None if v is None else thai_date(v.day, v.month, v.year) for v in column.to_pylist()], pa.string()
        )
    if pa.types.is_timestamp(kind):
        return pc.strftime(column, "%Y-%m-%dT%H:%M:%S" + ("%z" if kind.tz else ""))
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pa.array([number_text(v, name in IDS) for v in column.to_pylist()], pa.string())
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "1", "0")
    return pc.cast(column, pa.string())


def thai_date(day: int, month: int, year: int) -> str:
    """dd/mm/yyyy of the Buddhist Era; a year beyond 2400 is one already."""
    return f"{day:02d}/{month:02d}/{year + (0 if year > 2400 else BUDDHIST_ERA):04d}"


def number_text(value: float | None, is_id: bool) -> str | None:
    """A number as text: whole ones without a fraction, unless they stand in the place of an id."""
    if value is None:
        return None
    if value == value and abs(value) < 1e15 and value == int(value):
        return f"{int(value)}.0" if is_id else str(int(value))
    return str(value)


def sheet_batches(rows: Iterable[Row], layout: Layout) -> Iterator[Batch]:
    """Rows of a sheet as batches; a row with other than the header's number of cells gets S-FEW or S-MANY."""
    waiting = iter(rows)
    while chunk := list(islice(waiting, BATCH_RECORDS)):
        placed = [(number, None, None, code or _wrong(cells, layout)) for number, code, cells in chunk]
        blank = [""] * layout.columns_n
        # The key of a row that is kept out is read, too: its household goes with it.
        whole = [cells if cells and len(cells) == layout.columns_n else blank for *_, cells in chunk]
        place = [pa.array(values, kind) for values, (_, kind) in zip(zip(*placed, strict=True), PLACE, strict=True)]
        columns = [
            shaped(name, pa.array([cells[at - 1] for cells in whole], pa.string()))
            for name, at in layout.positions.items()
        ]
        names = [*(name for name, _ in PLACE), *layout.positions]
        yield Batch(layout.kind, pa.Table.from_arrays([*place, *columns], names=names))


def _wrong(cells: list[str] | None, layout: Layout) -> str | None:
    if cells is None or len(cells) == layout.columns_n:
        return None
    return "S-FEW" if len(cells) < layout.columns_n else "S-MANY"
