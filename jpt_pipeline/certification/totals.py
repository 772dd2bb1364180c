"""Do the totals tie out: every area against its parts, and the tables against each other.

Put here: the queries for what differs, made from the dictionary. Keep out: what a difference blocks (gates.py).
The failure behind it: the dashboard of 2563 said 12,500,053 households, the provinces summed to 12,506,240.
"""

import duckdb

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.relations import ROLLUPS, Relations, levels_below
from jpt_pipeline.dictionary import load_dictionary

NOT_ADDITIVE = {"enumerators_n"}
"""Distinct counts: an enumerator who works in two villages is one enumerator of their district."""

TOP_ONLY = {"quarantined_n"}
"""Counts that hold more at the nation: a quarantined record without a known village is counted there only."""

_AREA = ("survey_year", "stream", "level", "area_code")


def compute_tie_out(connection: duckdb.DuckDBPyConnection, relations: Relations) -> None:
    """Make the temporary table `relations.tie_out`: stream, level, area_code, told (place, measure and both figures).

    One row per measure that differs: in each additive measure an area against the sum of its parts (a district against
    its LAOs and against its tambons), persons by sex and age against persons of the economy, surveyed against passed
    plus failed, households of the coverage against those of the economy, those of the economy against the leaves of the
    hash trees of the area's villages. Areas whose parent is not loaded are skipped.
    """
    pairs = [(level.level, below) for level in load_levels() for below in levels_below(level.level)]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE cert_pairs AS SELECT unnest(?::VARCHAR[]) AS level, unnest(?::VARCHAR[]) AS below_level",
        [[level for level, _ in pairs], [below for _, below in pairs]],
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE cert_parts AS SELECT * FROM {relations.below} "
        f"SEMI JOIN cert_pairs USING (level, below_level) SEMI JOIN {relations.areas} USING (stream, level, area_code)"
    )
    queries = [_parts_query(relations, table) for table in ROLLUPS if table != "rollups__areas"]
    queries += _within_queries(relations)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {relations.tie_out} AS {' UNION ALL '.join(queries)}")


def _parts_query(relations: Relations, table: str) -> str:
    """Measures of a table in which areas differ from the sum of their parts (cert_parts), for all levels in one pass."""
    columns = load_dictionary().tables[table].columns
    keys = [key for key in load_dictionary().tables[table].keys if key not in _AREA]
    measures = [
        name for name, kind in load_dictionary().sql_columns(table).items()
        if name in columns and kind == "BIGINT" and name not in (*_AREA, *keys, *NOT_ADDITIVE)
    ]  # fmt: skip
    same = ", ".join(["stream", "level", "area_code", "below_level", *keys])
    of_keys = "".join(f", r.{key}" for key in keys)
    top_only = ", ".join(f"'{name}'" for name in sorted(TOP_ONLY))
    return f"""(
        WITH p AS (
            SELECT r.*, b.below_level FROM {relations.rollup(table)} r JOIN cert_pairs b USING (level)),
        c AS (
            SELECT b.stream, b.level, b.area_code, b.below_level{of_keys},
                   {", ".join(f"sum(r.{name}) AS {name}" for name in measures)}
            FROM {relations.rollup(table)} r JOIN cert_parts b
            ON b.stream = r.stream AND b.below_level = r.level AND b.below_code = r.area_code GROUP BY ALL),
        d AS (
            SELECT stream, level, area_code, below_level,
                   unnest([{", ".join(_difference(name, f"p.{name}", f"c.{name}") for name in measures)}]) AS m
            FROM p FULL JOIN c USING ({same})
            WHERE {" OR ".join(f"coalesce(p.{name}, 0) <> coalesce(c.{name}, 0)" for name in measures)})
        SELECT stream, level, area_code,
               level || ' ' || area_code || ' {table}.' || m.name || ' ' || m.whole || ' <> ' || below_level || ' '
               || m.parts AS told
        FROM d WHERE m.whole <> m.parts AND NOT (level = '{load_levels()[-1].level}' AND m.name IN ({top_only})))"""


def _difference(name: str, whole: str, parts: str) -> str:
    return f"{{'name': '{name}', 'whole': coalesce({whole}, 0)::HUGEINT, 'parts': coalesce({parts}, 0)::HUGEINT}}"


def _within_queries(relations: Relations) -> list[str]:
    """What differs inside an area's own rows."""
    bottom = load_levels()[0].level
    economy, coverage = relations.rollup("rollups__economy"), relations.rollup("rollups__coverage")
    return [
        f"""SELECT stream, level, area_code, level || ' ' || area_code || ' indicator ' || indicator_no
            || ' surveyed_n ' || surveyed_n || ' <> passed_n + failed_n ' || (passed_n + failed_n)
            FROM {relations.rollup("rollups__indicators")} WHERE surveyed_n <> passed_n + failed_n""",
        f"""SELECT stream, level, area_code, level || ' ' || area_code || ' economy.persons_n ' || whole
            || ' <> population.persons_n ' || parts FROM (
            SELECT stream, level, area_code, coalesce(e.persons_n, 0) AS whole, coalesce(p.persons_n, 0) AS parts
            FROM {economy} e FULL JOIN (
                SELECT stream, level, area_code, sum(persons_n) AS persons_n
                FROM {relations.rollup("rollups__population")} GROUP BY ALL) p USING (stream, level, area_code))
            WHERE whole <> parts""",
        f"""SELECT stream, level, area_code, level || ' ' || area_code || ' coverage.surveyed_n ' || whole
            || ' <> economy.households_n ' || parts FROM (
            SELECT stream, level, area_code, coalesce(c.surveyed_n, 0) AS whole, coalesce(e.households_n, 0) AS parts
            FROM {coverage} c FULL JOIN {economy} e USING (stream, level, area_code))
            WHERE whole <> parts""",
        f"""SELECT stream, level, area_code, level || ' ' || area_code || ' economy.households_n ' || whole
            || ' <> trees.tree_size ' || parts FROM (
            SELECT e.stream, e.level, e.area_code, coalesce(e.households_n, 0) AS whole,
                   CAST(coalesce(sum(t.tree_size), 0) AS BIGINT) AS parts
            FROM {economy} e
            LEFT JOIN {relations.below} b
            ON b.stream = e.stream AND b.level = e.level AND b.area_code = e.area_code AND b.below_level = '{bottom}'
            LEFT JOIN {relations.trees} t ON t.stream = b.stream AND t.village_code = b.below_code GROUP BY ALL)
            WHERE whole <> parts""",
    ]
