"""Records of areas: what a certificate binds. Figures as canonical text, trees of the areas below, roots.

Put here: which figures go into an area's digest, and which areas make up its tree. Keep out: how trees are hashed and
what a record looks like (hashtree), leaves of households (hashtree.stage). `compute_nodes` is the one entry point.
Rows are ordered by key and areas by code; nothing depends on the order of files or on threads.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

import duckdb
import pyarrow as pa

from jpt_pipeline.certification.relations import Relations, level_names, path_levels, tree_levels
from jpt_pipeline.dictionary import Dictionary, load_dictionary
from jpt_pipeline.hashtree.canonical import encode, integer_sql, joined_sql, of_column, text_sql
from jpt_pipeline.hashtree.merkle import root
from jpt_pipeline.hashtree.records import Record
from jpt_pipeline.store.session import quoted

TABLES = ("rollups__indicators", "rollups__population", "rollups__economy", "rollups__coverage")
FIGURES_VERSION = "jpt-figures-v1"
Place = tuple[str, str]
"""Stream and code of an area of a known level."""
Tree = tuple[str, int]
"""Root in hex, and number of leaves."""
_LEAVES = ("area_code", "level")
_AREA = ("survey_year", "stream", "level", "area_code")


def node_levels(certified: Collection[str]) -> list[str]:
    """Levels whose areas have a record, bottom up: those on the path from village to nation, and of those beside it
    (tambon, ตำบล) the ones that a round certifies."""
    return [level for level in level_names() if level in path_levels() or level in certified]


def compute_nodes(
    connection: duckdb.DuckDBPyConnection,
    relations: Relations,
    survey_year: int,
    levels: Sequence[str],
    sealed: Mapping[str, str] | None = None,
) -> None:
    """Make the temporary table `relations.nodes` with the columns of certification__nodes, one row per area.

    `levels` are the levels of the areas, bottom up. figures_sha256 is over the area's own rows in the four rollups; the
    tree of a village is that over its households, of any other area that over the records of the areas below: village
    -> LAO -> district -> province -> nation, and village -> tambon (no other tree rests on a tambon's).

    `sealed`: files of certification__nodes by code of their part, made from the very files of the relations, whose rows
    are taken as they are.
    """
    _open_known(connection, relations, list((sealed or {}).values()))
    _figures(connection, relations, survey_year, set(sealed or ()))
    records: dict[str, dict[Place, Record]] = {}
    for level in levels:
        trees = _trees(connection, relations, level, records)
        rows = connection.execute(
            f"SELECT stream, area_code, sha256 FROM cert_figures JOIN {relations.areas} USING (stream, level, area_code) "
            "WHERE level = ? ORDER BY ALL",
            [level],
        ).fetchall()
        empty = (root([]).hex(), 0)
        records[level] = {
            (stream, code): Record(survey_year, stream, level, code, *trees.get((stream, code), empty), figures)
            for stream, code, figures in rows
        }
    _fill(connection, relations, [record for level in levels for record in records[level].values()])
    connection.execute("DROP TABLE cert_figures")
    columns = ", ".join(load_dictionary().sql_columns("certification__nodes"))
    connection.execute(
        f"INSERT INTO {relations.nodes} SELECT {columns} FROM cert_known WHERE list_contains(?::VARCHAR[], level)",
        [list(levels)],
    )


def _open_known(connection: duckdb.DuckDBPyConnection, relations: Relations, paths: Sequence[str]) -> None:
    """View cert_known of the rows of sealed files, and table cert_open of the areas that have none in them."""
    listed = ", ".join(f"'{quoted(path)}'" for path in paths)
    source = f"FROM read_parquet([{listed}], hive_partitioning = false)" if paths else ""
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW cert_known AS {source or load_dictionary().empty('certification__nodes')}"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE cert_open AS SELECT stream, level, area_code FROM {relations.areas} "
        "ANTI JOIN cert_known USING (stream, level, area_code)"
    )


def leaves_of(
    connection: duckdb.DuckDBPyConnection, relations: Relations, stream: str, level: str, area_code: str
) -> list[tuple[str, str, bytes]]:
    """Level, code and root of the areas that make up the tree of an area above the village, in the order of leaves."""
    rows = connection.execute(
        f"SELECT level, area_code, root_sha256 FROM {relations.areas} JOIN {relations.nodes} n "
        "USING (stream, level, area_code) "
        f"WHERE stream = ? AND list_contains(?::VARCHAR[], level) AND {level}_code = ? ORDER BY {', '.join(_LEAVES)}",
        [stream, tree_levels(level), area_code],
    ).fetchall()
    return [(name, code, bytes.fromhex(digest)) for name, code, digest in rows]


def _places_below(
    connection: duckdb.DuckDBPyConnection, relations: Relations, level: str
) -> Iterator[tuple[Place, list[tuple[str, Place, str | None]]]]:
    """Open areas of a level that have areas below in their tree, each with those in the order of leaves: level, place,
    and root where it is known."""
    rows = connection.execute(
        f"SELECT b.stream, b.{level}_code, b.level, b.area_code, k.root_sha256 FROM {relations.areas} b "
        f"SEMI JOIN cert_open o ON o.level = ? AND o.stream = b.stream AND o.area_code = b.{level}_code "
        "LEFT JOIN cert_known k ON k.stream = b.stream AND k.level = b.level AND k.area_code = b.area_code "
        f"WHERE list_contains(?::VARCHAR[], b.level) ORDER BY 1, 2, {', '.join(f'b.{name}' for name in _LEAVES)}",
        [level, tree_levels(level)],
    ).fetchall()
    for (stream, code), group in groupby(rows, key=lambda row: (row[0], row[1])):
        yield (stream, code), [(row[2], (stream, row[3]), row[4]) for row in group]


def _trees(
    connection: duckdb.DuckDBPyConnection,
    relations: Relations,
    level: str,
    records: Mapping[str, Mapping[Place, Record]],
) -> dict[Place, Tree]:
    """Trees of the areas of a level by place; those without leaves may be left out."""
    if not tree_levels(level):
        rows = connection.execute(f"SELECT stream, village_code, tree_sha256, tree_size FROM {relations.trees}")
        return {(stream, code): (tree, size) for stream, code, tree, size in rows.fetchall()}
    return {
        place: (
            root([bytes.fromhex(known) if known else records[below][at].root for below, at, known in children]).hex(),
            len(children),
        )
        for place, children in _places_below(connection, relations, level)
    }


def _fill(connection: duckdb.DuckDBPyConnection, relations: Relations, records: Sequence[Record]) -> None:
    columns = (
        "survey_year",
        "stream",
        "level",
        "area_code",
        "tree_sha256",
        "tree_size",
        "figures_sha256",
        "root_sha256",
    )
    types = {"survey_year": pa.int64(), "tree_size": pa.int64()}
    given = {name: pa.array([getattr(r, name) for r in records], types.get(name, pa.string())) for name in columns}
    connection.register("cert_records", pa.table(given))
    kinds = load_dictionary().sql_columns("certification__nodes")
    listed = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in kinds.items())
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {relations.nodes} AS SELECT {listed} FROM ("
        f"SELECT r.*, a.parent_code FROM cert_records r JOIN {relations.areas} a USING (stream, level, area_code))"
    )
    connection.unregister("cert_records")


def _figures(
    connection: duckdb.DuckDBPyConnection, relations: Relations, survey_year: int, known: Collection[str]
) -> None:
    """Temporary table cert_figures, made province by province: the texts of one province fit in little memory."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE cert_figures (stream VARCHAR, level VARCHAR, area_code VARCHAR, sha256 VARCHAR)"
    )
    parts = connection.execute(f"SELECT DISTINCT part_code FROM {relations.areas} ORDER BY 1").fetchall()
    for (part,) in parts:
        if part not in known:
            connection.execute(_figures_query(relations, survey_year, part))


def _figures_query(relations: Relations, survey_year: int, part: str) -> str:
    """INSERT of the figures digests of the areas of one part (its code from the file's path, digits only)."""
    dictionary = load_dictionary()
    texts = [f"t{i} AS ({_rows_query(dictionary, relations, table, part)})" for i, table in enumerate(TABLES)]
    joins = [f"LEFT JOIN t{i} USING (stream, level, area_code)" for i in range(len(TABLES))]
    said = [f"'{encode([FIGURES_VERSION, survey_year])}'", *(text_sql(f"a.{name}") for name in _AREA[1:])]
    for i, table in enumerate(TABLES):
        said += [f"'{encode([table])}'", integer_sql(f"coalesce(t{i}.rows_n, 0)"), f"coalesce(t{i}.body, '')"]
    return (
        f"INSERT INTO cert_figures "
        f"WITH a AS (SELECT * FROM {relations.areas} WHERE part_code = '{part}'), {', '.join(texts)} "
        f"SELECT a.stream, a.level, a.area_code, sha256({joined_sql(said)}) FROM a {' '.join(joins)}"
    )


def _rows_query(dictionary: Dictionary, relations: Relations, table: str, part: str) -> str:
    """Per area of a part: number of rows of a rollup and their text, by key."""
    columns = {name: kind for name, kind in dictionary.sql_columns(table).items() if name not in _AREA}
    keys = [f"r.{name}" for name in dictionary.tables[table].keys if name not in _AREA]
    encoders = {name: integer_sql if kind == "BIGINT" else text_sql for name, kind in columns.items()}
    cells = joined_sql(of_column(encoder, f"r.{name}") for name, encoder in encoders.items())
    # Sorted as a list: an ordered aggregate takes twice as long.
    row = ", ".join([*(f"key_{at}: {key}" for at, key in enumerate(keys)), f"said: {cells}"])
    body = f"array_to_string(list_transform(list_sort(list({{{row}}})), lambda one: one.said), '')"
    return (
        f"SELECT r.stream, r.level, r.area_code, count(*) AS rows_n, {body} AS body "
        f"FROM {relations.rollup(table)} r WHERE r.part_code = '{part}' GROUP BY ALL"
    )
