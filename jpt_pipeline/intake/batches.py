"""From the splitter to DuckDB: records without byte order mark and blanks, in Arrow batches of bounded size.

Keep out: what a record means (payload.py, tables.py).
"""

from collections.abc import Iterator

import pyarrow as pa

from jpt_pipeline.intake.formats import BATCH_BYTES, BATCH_RECORDS, FileFacts
from jpt_pipeline.intake.splitter import Record

BOM = b"\xef\xbb\xbf"
# Number, span (NULL where there are no bytes), the code that keeps the record out, its text.
Row = tuple[int, int | None, int | None, str | None, str | None]
_SCHEMA = pa.schema(
    [
        ("record_no", pa.int64()),
        ("byte_start", pa.int64()),
        ("byte_end", pa.int64()),
        ("code", pa.string()),
        ("text", pa.large_string()),
    ]
)


def filled(records: Iterator[Record], facts: FileFacts) -> Iterator[tuple[Record, bytes, int]]:
    """Records that are not blank, with their bytes and start behind a byte order mark; blanks are counted."""
    for record in records:
        data, start = record.data, record.start
        if record.no == 1 and data.startswith(BOM):
            data, start = data[len(BOM) :], start + len(BOM)
        if data.strip():
            yield record, data, start
        else:
            facts.blank_n += 1


def batches(rows: Iterator[Row]) -> Iterator[pa.Table]:
    """Rows as Arrow tables (record_no, byte_start, byte_end, code, text), each of bounded bytes and rows."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row[4] or "")
        if size >= BATCH_BYTES or len(batch) >= BATCH_RECORDS:
            yield _table(batch)
            batch, size = [], 0
    if batch:
        yield _table(batch)


def _table(batch: list[Row]) -> pa.Table:
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(zip(*batch, strict=True), _SCHEMA, strict=True)],
        schema=_SCHEMA,
    )
