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
    plus failed, households of the coverage against those of the economy. Areas whose parent is not loaded are skipped.
    """
    queries = [
        _parts_query(relations, table, level.level, below)
        for table in ROLLUPS
        if table != "rollups__areas"
        for level in load_levels()
        for below in levels_below(level.level)
    ]
    queries += _within_queries(relations)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {relations.tie_out} AS {' UNION ALL '.join(queries)}")


def _parts_query(relations: Relations, table: str, level: str, below: str) -> str:
    """Measures of a table in which areas of `level` differ from the sum of their areas of `below`."""
    columns = load_dictionary().tables[table].columns
    keys = ["stream", "area_code", *(key for key in load_dictionary().tables[table].keys if key not in _AREA)]
    skipped = NOT_ADDITIVE | (TOP_ONLY if level == load_levels()[-1].level else set())
    measures = [
        name for name, kind in load_dictionary().sql_columns(table).items()
        if name in columns and kind == "BIGINT" and name not in (*_AREA, *keys, *skipped)
    ]  # fmt: skip
    rollup, join = relations.rollup(table), " AND ".join(f"p.{key} = c.{key}" for key in keys)
    key_list = ", ".join("r." + key for key in keys if key != "area_code")
    return f"""(
        WITH p AS (SELECT * FROM {rollup} WHERE level = '{level}'),
        c AS (
            SELECT {key_list}, a.{level}_code AS area_code, {", ".join(f"sum(r.{name}) AS {name}" for name in measures)}
            FROM {rollup} r JOIN {relations.areas} a USING (stream, level, area_code)
            SEMI JOIN {relations.areas} up
            ON up.stream = a.stream AND up.level = '{level}' AND up.area_code = a.{level}_code
            WHERE r.level = '{below}' GROUP BY ALL),
        d AS (
            SELECT coalesce(p.stream, c.stream) AS stream, coalesce(p.area_code, c.area_code) AS area_code,
                   unnest([{", ".join(_difference(name, f"p.{name}", f"c.{name}") for name in measures)}]) AS m
            FROM p FULL JOIN c ON {join})
        SELECT stream, '{level}' AS level, area_code,
               '{level} ' || area_code || ' {table}.' || m.name || ' ' || m.whole || ' <> {below} ' || m.parts AS told
        FROM d WHERE m.whole <> m.parts)"""


def _difference(name: str, whole: str, parts: str) -> str:
    return f"{{'name': '{name}', 'whole': coalesce({whole}, 0)::HUGEINT, 'parts': coalesce({parts}, 0)::HUGEINT}}"


def _within_queries(relations: Relations) -> list[str]:
    """What differs inside an area's own rows."""
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
    ]
