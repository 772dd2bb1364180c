"""Parquet tables and rows of sheets -> raw text, by column name, whatever the order."""

from collections.abc import Iterable, Iterator
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jpt_pipeline.intake.container import Refused, SourceFile
from jpt_pipeline.intake.formats import BATCH_RECORDS, PLACE, Batch, FileFacts, without_nothing
from jpt_pipeline.intake.header import Layout, Names, layout_of

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
        source = pq.ParquetFile(file.path)
    except (pa.ArrowException, OSError):
        raise Refused("F-TYPE", file.name) from None
    with source:
        header = source.schema_arrow.names
        layout = layout_of(header, names, file.name)
        facts.extra_columns += layout.extra
        wanted = {header[position - 1]: name for name, position in layout.positions.items()}
        number = 1
        try:
            for found in source.iter_batches(BATCH_RECORDS, columns=list(wanted)):
                names_here = [wanted[name] for name in found.schema.names]
                columns = [without_nothing(_text(c, n)) for n, c in zip(names_here, found, strict=True)]
                table = pa.Table.from_arrays(columns, names=names_here)
                yield Batch(layout.kind, _numbered(number, table))
                number += found.num_rows
                facts.records_n += found.num_rows
        except (pa.ArrowException, OSError):
            raise Refused("F-ZIPCRC", file.name) from None


def _numbered(first: int, table: pa.Table) -> pa.Table:
    rows = table.num_rows
    place = [pa.array(range(first, first + rows), pa.int64()), *(pa.nulls(rows, kind) for _, kind in PLACE[1:])]
    return pa.Table.from_arrays([*place, *table.columns], names=[*(name for name, _ in PLACE), *table.column_names])


def _text(column: pa.Array, name: str) -> pa.Array:
    """Text of a column. A number in the place of an id keeps its '.0', so that its normalisation is noted; a real date
    becomes what the questionnaire asks for: day/month/year of the Buddhist Era."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
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
    if pa.types.is_nested(kind):
        return pa.nulls(len(column), pa.string())
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
        texts = (pa.array([cells[at - 1] for cells in whole], pa.string()) for at in layout.positions.values())
        columns = [without_nothing(text) for text in texts]
        names = [*(name for name, _ in PLACE), *layout.positions]
        yield Batch(layout.kind, pa.Table.from_arrays([*place, *columns], names=names))


def _wrong(cells: list[str] | None, layout: Layout) -> str | None:
    if cells is None or len(cells) == layout.columns_n:
        return None
    return "S-FEW" if len(cells) < layout.columns_n else "S-MANY"
