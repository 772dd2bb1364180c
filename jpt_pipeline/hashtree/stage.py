"""Stage 5, first step of a province: the leaf of every counted household, and the tree of every village.

Put here: the order of work. Keep out: what a row holds (rows.py), what a leaf is (salts.py). Households are taken some at
a time, so that memory stays bounded; neither their order in the file nor the number of threads matters.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise

import duckdb
import pyarrow as pa

from jpt_pipeline.areas.tree import REGISTER, UNDATED, villages
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.hashtree.merkle import EMPTY, root
from jpt_pipeline.hashtree.rows import CLEAN, MEMBERS, layout_of, rosters_query, rows_query
from jpt_pipeline.hashtree.salts import hasher, key_print, round_key
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part, Seal
from jpt_pipeline.store.parquet import ahead
from jpt_pipeline.store.session import quoted
from jpt_pipeline.store.stage import Gates, Output, run_stage

LEAVES, TREES = "certification__leaves", "certification__trees"
FROM_SAME = (CLEAN, MEMBERS, REGISTER)
"""Inputs that figures and leaves of a part share: only then do they speak of the same households."""

TOGETHER = 250_000
_BATCH = 20_480  # rows of one batch: their texts lie in memory at once
_TREES = pa.schema(
    [("stream", pa.string()), ("village_code", pa.string()), ("tree_size", pa.int64()), ("root", pa.binary())]
)
_NO_LEAVES = pa.RecordBatch.from_pylist(
    [],
    pa.schema(
        [(name, pa.string()) for name in ("stream", "village_code", "household_id")] + [("leaf_sha256", pa.binary())]
    ),
)


def make_leaves(settings: Settings, part: Part, gates: Gates) -> dict[str, Seal]:
    """Make certification__leaves and certification__trees of a province part.

    Raises:
        NotSealed: households, their members or the register of areas are not there.
        KeyMissing: the home's vault key is not there.
    """
    assert part.survey_year is not None
    lake = Lake(settings.lake)
    key = round_key(settings, part.survey_year)
    sources = {CLEAN: part, MEMBERS: part, REGISTER: UNDATED}
    inputs = {table: lake.seal(table, source).sha256 for table, source in sources.items()}
    inputs["salts"] = key_print(key)

    def compute(connection: duckdb.DuckDBPyConnection) -> list[Output]:
        assert part.survey_year is not None
        villages(connection, lake, part.survey_year, part.province_code)
        hash_households(connection, lake.sealed(CLEAN, part), lake.sealed(MEMBERS, part), hasher(key))
        _plant(connection)
        year = f"SELECT {part.survey_year} AS survey_year"
        select = load_dictionary().select
        return [
            Output(LEAVES, select(LEAVES, f"{year}, * REPLACE (lower(hex(leaf_sha256)) AS leaf_sha256) FROM leaves")),
            Output(TREES, select(TREES, f"{year}, * FROM trees")),
        ]

    return run_stage(settings, part, [LEAVES, TREES], inputs, gates, compute)


def hash_households(
    connection: duckdb.DuckDBPyConnection, clean: str, members: str, leaf: Callable[[memoryview], bytes]
) -> None:
    """Make the temporary table `leaves` of two Parquet files: stream, village_code, household_id, leaf_no (from 0, by
    household in its village), leaf_sha256 (BLOB). The rows leave the session to be hashed; of them only `leaf` is kept."""
    for name, path in (("hashed_households", clean), ("hashed_members", members)):
        source = f"read_parquet('{quoted(path)}', hive_partitioning = false)"
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {source}")
    layout = layout_of(row[0] for row in connection.execute("DESCRIBE hashed_households").fetchall())
    found = [_NO_LEAVES]
    first, last = connection.execute("SELECT min(hh), max(hh) FROM hashed_households").fetchall()[0]
    for start in range(first, last + 1, TOGETHER) if first is not None else ():
        some = f"WHERE hh BETWEEN {start} AND {start + TOGETHER - 1}"
        rosters = rosters_query(layout, f"(SELECT * FROM hashed_members {some})")
        rows = rows_query(layout, f"(SELECT * FROM hashed_households {some})", f"({rosters})")
        batches = connection.execute(rows).to_arrow_reader(_BATCH)
        found += [_with_leaves(batch, leaf) for batch in ahead(batches)]
    connection.register("unnumbered", pa.Table.from_batches(found))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE leaves AS SELECT stream, village_code, household_id, "
        "row_number() OVER (PARTITION BY stream, village_code ORDER BY household_id) - 1 AS leaf_no, leaf_sha256 "
        "FROM unnumbered"
    )
    connection.unregister("unnumbered")


def _with_leaves(batch: pa.RecordBatch, leaf: Callable[[memoryview], bytes]) -> pa.RecordBatch:
    """A batch of rows with their leaves in place of them: each row is hashed where it lies."""
    rows = batch.column("row")
    _, offsets, content = rows.buffers()
    ends = memoryview(offsets).cast("i")[rows.offset : rows.offset + len(rows) + 1].tolist()
    text = memoryview(content)
    leaves = pa.array([leaf(text[start:end]) for start, end in pairwise(ends)], pa.binary())
    return pa.RecordBatch.from_arrays([*batch.columns[:-1], leaves], schema=_NO_LEAVES.schema)


def _plant(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `trees`: one row per village of the register, its households and its tree."""
    connection.register("grown", pa.Table.from_pylist(list(_trees(connection)), schema=_TREES))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE trees AS SELECT stream, village_code, coalesce(households_n, 0) AS households_n, "
        "coalesce(tree_size, 0) AS tree_size, lower(hex(coalesce(root, ?))) AS tree_sha256 "
        "FROM (SELECT DISTINCT stream, village_code FROM villages) LEFT JOIN grown USING (stream, village_code) "
        "LEFT JOIN (SELECT stream, village_code, count(*) AS households_n FROM hashed_households GROUP BY ALL) "
        "USING (stream, village_code)",
        [EMPTY],
    )
    connection.unregister("grown")


def _trees(connection: duckdb.DuckDBPyConnection) -> Iterator[dict[str, object]]:
    """Tree of each village with leaves; of all leaves only the digests are in memory, side by side."""
    sizes = connection.execute("SELECT stream, village_code, count(*) FROM leaves GROUP BY ALL ORDER BY ALL").fetchall()
    ordered = connection.execute("SELECT leaf_sha256 FROM leaves ORDER BY stream, village_code, leaf_no")
    digests, start = ordered.to_arrow_table().column(0), 0
    for stream, village, size in sizes:
        tree = root(digests.slice(start, size).to_pylist())
        yield {"stream": stream, "village_code": village, "tree_size": size, "root": tree}
        start += size
