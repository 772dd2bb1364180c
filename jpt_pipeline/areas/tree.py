"""The tree of areas of one round, as temporary tables: every level adds up by the same join.

Put here: who belongs to whom. Keep out: figures, and any level by name (data/areas/levels.yaml lists them).
"""

import duckdb

from jpt_pipeline.areas.levels import Level, load_levels
from jpt_pipeline.store.lake import Lake, Part

REGISTER = "register__areas"
UNDATED = Part(0)  # the areas register carries its years in valid_from and valid_to

VALID = "coalesce(valid_from, 0) <= ? AND ? <= coalesce(valid_to, 9999)"


class NoSuchArea(Exception):
    """The register of the round has no such area in this stream."""


def villages(
    connection: duckdb.DuckDBPyConnection, lake: Lake, survey_year: int, province_code: str | None = None
) -> None:
    """Make the TEMP TABLEs `villages`, `area_closure` and `areas` of a round, replacing those of another.

    - villages: the register's rows that are valid in the year (valid_to inclusive, blank is open); all its columns.
    - area_closure: stream, village_code, level, area_code; each village once per level, itself included.
    - areas: stream, level, area_code, area_name, parent_code (NULL for the nation). If a name differs between the
      villages of an area, the name at the lowest village code is taken.

    With `province_code` only that province is in them, and no nation.

    Raises:
        NotSealed: no areas register yet.
    """
    source = lake.sealed(REGISTER, UNDATED)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE villages AS SELECT * FROM read_parquet(?, hive_partitioning = false) "
        f"WHERE {VALID} "
        "AND (?::VARCHAR IS NULL OR province_code = ?) ORDER BY village_code, stream",
        [source, survey_year, survey_year, province_code, province_code],
    )
    levels = [level for level in load_levels() if province_code is None or level.column is not None]
    closure = " UNION ALL ".join(_closure(level) for level in levels)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE area_closure AS SELECT stream, village_code, level, area_code "
        f"FROM ({closure}) ORDER BY position, stream, area_code, village_code"
    )
    by_name = {level.level: level for level in load_levels()}
    areas = " UNION ALL ".join(_areas(level, by_name.get(level.parent or "")) for level in levels)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE areas AS SELECT stream, level, area_code, area_name, parent_code "
        f"FROM ({areas}) ORDER BY position, stream, area_code"
    )


def _position(level: Level) -> int:
    return load_levels().index(level)


def _code(level: Level) -> str:
    return level.column or f"'{level.code}'"


def _closure(level: Level) -> str:
    """Step: one level of every village."""
    return (
        f"SELECT {_position(level)} AS position, stream, village_code, '{level.level}' AS level, "
        f"{_code(level)} AS area_code FROM villages"
    )


def _areas(level: Level, parent: Level | None) -> str:
    """Step: the distinct areas of one level with name and parent."""
    name = level.name_column or f"'{level.name}'"
    parent_code = _code(parent) if parent else "CAST(NULL AS VARCHAR)"
    return (
        f"SELECT {_position(level)} AS position, stream, '{level.level}' AS level, {_code(level)} AS area_code, "
        f"arg_min({name}, village_code) AS area_name, arg_min({parent_code}, village_code) AS parent_code "
        f"FROM villages GROUP BY stream, {_code(level)}"
    )
