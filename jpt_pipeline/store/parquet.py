"""How a table is written: the rows of a query through Arrow into one Parquet file, in the query's order.

Put here: the one way of writing Parquet (lake, releases). Keep out: where files lie and who may read them. The bytes
follow from the rows alone: groups of a fixed number of rows, one writer, whatever the threads of the session.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

GROUP_ROWS = 61_440
"""Rows of a row group. A group of the widest table is held in memory twice, read and encoded; readers skip by group."""
_UNBOUNDED = ("HUGEINT", "UHUGEINT")


class NotStorable(TypeError):
    """A query gives a type that Parquet has no whole number for: cast it."""


def write_parquet(connection: duckdb.DuckDBPyConnection, rows: str | pa.RecordBatchReader, path: Path) -> int:
    """Write the rows of a query (or of a reader, a row group each batch), in their order; gives their number.

    The file is there in part when it raises. Batches of a reader have GROUP_ROWS rows, but for the last one.

    Raises:
        NotStorable: a column of the query is HUGEINT, as the sum of a BIGINT is.
        duckdb.Error: the query failed.
    """
    reader = _streamed(connection, rows) if isinstance(rows, str) else rows
    # Statistics let readers skip groups; a column of codes is never searched.
    searched = [field.name for field in reader.schema if not pa.types.is_dictionary(field.type)]
    options = {"write_statistics": searched, "store_schema": False, "store_decimal_as_integer": True}
    with pq.ParquetWriter(path, reader.schema, compression="zstd", **options) as writer:
        for batch in ahead(reader):
            writer.write_batch(batch, row_group_size=GROUP_ROWS)
    return int(pq.read_metadata(path).num_rows)


def ahead(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches, each made by a thread while the one before it is used; the session is its alone meanwhile."""
    source = iter(batches)
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(next, source, None)
        while (batch := coming.result()) is not None:
            coming = maker.submit(next, source, None)
            yield batch


def _streamed(connection: duckdb.DuckDBPyConnection, query: str) -> pa.RecordBatchReader:
    reader = connection.execute(query).to_arrow_reader(GROUP_ROWS)
    unbounded = [name for name, kind, *_ in connection.description or () if str(kind) in _UNBOUNDED]
    if unbounded:
        raise NotStorable(f"columns without a type of their own in Parquet: {', '.join(unbounded)}")
    return reader
