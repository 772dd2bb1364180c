"""Digests of areas: what a certificate binds. The seam for the hash tree to come.

Put here: the canonical text of an area's figures and how roots are formed from those below. `compute_nodes` is the one
entry point; nothing outside this module knows how a root comes about.
Encoding (v1): text is `S<bytes>:<text>`, an integer `I<bytes>:<decimal>`, NULL is `N`; concatenated, so that no two
different sequences of values give the same text. Rows are ordered by key; nothing depends on file order or threads.
"""

from collections.abc import Sequence

import duckdb

from jpt_pipeline.certification.relations import Relations, tree_levels
from jpt_pipeline.dictionary import Dictionary, load_dictionary

TABLES = ("rollups__indicators", "rollups__population", "rollups__economy", "rollups__coverage")
FIGURES_VERSION = "jpt-node-v1"
ROOT_VERSION = "jpt-root-v1"
_AREA = ("survey_year", "stream", "level", "area_code")


def encode_text(expression: str) -> str:
    """SQL of the canonical text of a VARCHAR expression."""
    text = f"CAST({expression} AS VARCHAR)"
    return f"CASE WHEN {text} IS NULL THEN 'N' ELSE 'S' || strlen({text}) || ':' || {text} END"


def encode_int(expression: str) -> str:
    """SQL of the canonical text of an integer expression."""
    text = f"CAST(CAST({expression} AS BIGINT) AS VARCHAR)"
    return f"CASE WHEN {text} IS NULL THEN 'N' ELSE 'I' || strlen({text}) || ':' || {text} END"


def compute_nodes(
    connection: duckdb.DuckDBPyConnection, relations: Relations, survey_year: int, levels: Sequence[str]
) -> None:
    """Make the temporary table `relations.nodes` with the columns of certification__nodes, one row per area.

    `levels` are the levels of the areas, bottom up. figures_sha256 is over the area's own rows in the four rollups;
    root_sha256 is over figures_sha256 and the roots of the areas below: village -> LAO -> district -> province ->
    nation, and village -> tambon (ตำบล stands beside the path: its root binds its villages, no root binds a tambon's).
    """
    _figures(connection, relations, survey_year)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {relations.nodes} ({_node_columns(load_dictionary())})")
    for level in levels:
        connection.execute(_roots_query(relations, level), [level])
    connection.execute("DROP TABLE cert_figures")


def _node_columns(dictionary: Dictionary) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in dictionary.sql_columns("certification__nodes").items())


def _figures(connection: duckdb.DuckDBPyConnection, relations: Relations, survey_year: int) -> None:
    """Temporary table cert_figures, made province by province: the texts of one province fit in little memory."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE cert_figures (stream VARCHAR, level VARCHAR, area_code VARCHAR, sha VARCHAR)"
    )
    parts = connection.execute(f"SELECT DISTINCT part_code FROM {relations.areas} ORDER BY 1").fetchall()
    for (part,) in parts:
        connection.execute(_figures_query(relations, survey_year, part))


def _figures_query(relations: Relations, survey_year: int, part: str) -> str:
    """INSERT of the figures digests of the areas of one part (its code from the file's path, digits only)."""
    dictionary = load_dictionary()
    texts = [f"t{i} AS ({_rows_query(dictionary, relations, table, part)})" for i, table in enumerate(TABLES)]
    joins = [f"LEFT JOIN t{i} USING (stream, level, area_code)" for i in range(len(TABLES))]
    header = " || ".join(
        [f"'{_text(FIGURES_VERSION)}{_int(survey_year)}'", *(encode_text(f"a.{name}") for name in _AREA[1:])]
    )
    bodies = [
        f"'{_text(table)}' || {encode_int(f'coalesce(t{i}.rows_n, 0)')} || coalesce(t{i}.body, '')"
        for i, table in enumerate(TABLES)
    ]
    return (
        f"INSERT INTO cert_figures "
        f"WITH a AS (SELECT * FROM {relations.areas} WHERE part_code = '{part}'), {', '.join(texts)} "
        f"SELECT a.stream, a.level, a.area_code, sha256({header} || {' || '.join(bodies)}) FROM a {' '.join(joins)}"
    )


def _rows_query(dictionary: Dictionary, relations: Relations, table: str, part: str) -> str:
    """Per area of a part: number of rows of a rollup and their text, by key."""
    columns = {name: kind for name, kind in dictionary.sql_columns(table).items() if name not in _AREA}
    keys = [f"r.{name}" for name in dictionary.tables[table].keys if name not in _AREA]
    encoders = {name: encode_int if kind == "BIGINT" else encode_text for name, kind in columns.items()}
    cells = [encode(f"r.{name}") for name, encode in encoders.items()]
    order = f" ORDER BY {', '.join(keys)}" if keys else ""
    return (
        f"SELECT r.stream, r.level, r.area_code, count(*) AS rows_n, "
        f"string_agg({' || '.join(cells)}, ''{order}) AS body "
        f"FROM {relations.rollup(table)} r WHERE r.part_code = '{part}' GROUP BY ALL"
    )


def _roots_query(relations: Relations, level: str) -> str:
    """INSERT of the nodes of one level, whose children have theirs already; the level is the one bound value."""
    is_child = " OR ".join(f"n.level = '{child}'" for child in tree_levels(level)) or "false"
    pair = f"{encode_text('n.area_code')} || {encode_text('n.root_sha256')}"
    header = " || ".join(
        [f"'{_text(ROOT_VERSION)}'", *(encode_text(f"a.{name}") for name in ("level", "area_code", "stream")),
         encode_text("f.sha")]
    )  # fmt: skip
    return f"""
        INSERT INTO {relations.nodes}
        WITH below AS (
            SELECT n.stream, c.{level}_code AS area_code, count(*) AS children_n,
                   string_agg({pair}, '' ORDER BY n.area_code) AS body
            FROM {relations.nodes} n JOIN {relations.areas} c USING (stream, level, area_code)
            WHERE {is_child} GROUP BY ALL)
        SELECT a.survey_year, a.stream, a.level, a.area_code, a.parent_code, f.sha,
               sha256({header} || {encode_int("coalesce(b.children_n, 0)")} || coalesce(b.body, ''))
        FROM {relations.areas} a JOIN cert_figures f USING (stream, level, area_code)
        LEFT JOIN below b ON b.stream = a.stream AND b.area_code = a.area_code
        WHERE a.level = ?"""


def _text(value: str) -> str:
    """Canonical text of an ASCII constant."""
    return f"S{len(value)}:{value}"


def _int(value: int) -> str:
    return f"I{len(str(value))}:{value}"
