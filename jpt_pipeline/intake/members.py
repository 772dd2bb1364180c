"""The member rows of a unit, written by round and province with what their households say of them.

Rows come from scratch in the order in which they were delivered, and households' words by the number of the row: nothing
is sorted where members stand in the order of their households already.
"""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from jpt_pipeline.intake.formats import MEMBER_CODES
from jpt_pipeline.intake.scratch import PartWriter, Place, Scratch, by_place
from jpt_pipeline.store.parquet import GROUP_ROWS
from jpt_pipeline.store.session import quoted, readable

_PLACED = (
    "SELECT row, form, member_no, is_record, copy_no, is_id_repeated, is_birth_valid, age_years, age_months, "
    "survey_year, province FROM placed ORDER BY row, form"
)
_ORDER = "form, member_no, file_no, record_no"
CODED = ("prefix", *MEMBER_CODES)
# Columns of a member row in the lake, in order: `placed` gives some of them, scratch the others.
COLUMNS = (
    *("form", "file_no", "record_no", "byte_start", "byte_end", "is_record", "copy_no", "member_no", "person_token"),
    *("is_id_valid", "is_id_repeated", "birth_date", "is_birth_valid", "age_years", "age_months", "prefix", "sex"),
    *("occupation", "education", "religion", "relation", "health", "ability", "informant", "welfare_card"),
    *("survey_year", "province"),
)


def write_members(connection: duckdb.DuckDBPyConnection, rows: Scratch) -> dict[Place, Path]:
    """Files of the members of the households that count, by place, sorted by household and number of member."""
    placed = connection.execute(_PLACED).to_arrow_table()
    numbers = placed.column("row").to_numpy()
    writers: dict[Place, PartWriter] = {}
    first = 0
    for batch in rows.persons():
        low, high = np.searchsorted(numbers, (first, first + batch.num_rows)).tolist()
        found = _joined(batch, placed.slice(low, high - low), first)
        for place, is_here in by_place(found.column("survey_year"), found.column("province")):
            if place not in writers:
                writers[place] = PartWriter(rows.folder / f"members-{place[0]}-{place[1]}.parquet")
            writers[place].add(found if is_here is None else found.filter(is_here))
        first += batch.num_rows
    for writer in writers.values():
        writer.close()
    if _is_in_order(placed):
        return {place: writer.path for place, writer in writers.items()}
    return {place: _sorted(connection, writer.path) for place, writer in writers.items()}


def _joined(batch: pa.Table, placed: pa.Table, first: int) -> pa.Table:
    """Rows of a batch, each as often as there are households that count for it."""
    at = placed.column("row").to_numpy() - first
    if len(at) != batch.num_rows or (at != np.arange(len(at))).any():
        batch = batch.take(pa.array(at))
    return pa.table({name: (placed if name in placed.column_names else batch).column(name) for name in COLUMNS})


def _is_in_order(placed: pa.Table) -> bool:
    form, member = (placed.column(name).to_numpy() for name in ("form", "member_no"))
    return not ((form[1:] < form[:-1]) | ((form[1:] == form[:-1]) & (member[1:] < member[:-1]))).any()


def _sorted(connection: duckdb.DuckDBPyConnection, path: Path) -> Path:
    writer = PartWriter(path.with_suffix(".sorted.parquet"))
    query = f"SELECT * FROM read_parquet('{quoted(readable(path))}') ORDER BY {_ORDER}"
    for batch in connection.execute(query).to_arrow_reader(GROUP_ROWS):
        table = pa.Table.from_batches([batch])
        coded = {name: table.column(name).dictionary_encode() for name in CODED}
        writer.add(pa.table({name: coded.get(name, table.column(name)) for name in COLUMNS}))
    writer.close()
    return writer.path
