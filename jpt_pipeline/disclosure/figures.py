"""The published figures of a stream as arrays: one row per category, one column per area.

Put here: reading them from a release's files, and what an edition printed of them. Keep out: what must be hidden.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from jpt_pipeline.disclosure.geography import Bools, Geography, Ints, make_geography
from jpt_pipeline.disclosure.policy import Policy
from jpt_pipeline.store.session import quoted, readable

Measure = tuple[str, str]  # table, measure
AREAS = "rollups__areas"
CELLS = "disclosure__cells"
JOINED = "|"  # between the columns of a category


@dataclass
class Figures:
    """Figures [category, area] by table and measure; `categories` by table, in order; one '' where there are none."""

    categories: dict[str, list[str]]
    values: dict[Measure, Ints] = field(repr=False)


def category_of(columns: tuple[str, ...]) -> str:
    """SQL of a row's category: its columns, joined."""
    return f" || '{JOINED}' || ".join(f"CAST({column} AS VARCHAR)" for column in columns) or "''"


def source(release: Path, table: str) -> str:
    """SQL of a release's table."""
    return f"read_parquet('{quoted(readable(release / f'{table}.parquet'))}')"


def streams(connection: duckdb.DuckDBPyConnection, release: Path) -> list[str]:
    """Streams with areas, in order."""
    query = f"SELECT DISTINCT stream FROM {source(release, AREAS)} ORDER BY stream"
    return [row[0] for row in connection.execute(query).fetchall()]


def read_geography(
    connection: duckdb.DuckDBPyConnection, release: Path, stream: str, lefts: Mapping[str, str]
) -> Geography:
    """Areas of a stream. Raises geography.BadGeography."""
    query = f"SELECT level, area_code, parent_code FROM {source(release, AREAS)} WHERE stream = ?"
    return make_geography(connection.execute(query, [stream]).fetchall(), dict(lefts))


def read_figures(
    connection: duckdb.DuckDBPyConnection,
    release: Path,
    stream: str,
    geography: Geography,
    policy: Policy,
    known: Figures | None = None,
) -> Figures:
    """All figures that the policy lets public pages print, of the areas of a geography; 0 where there is no row.

    `known` gives the categories to read; without it those of the release.
    """
    _register(connection, geography)
    found = Figures({}, {})
    for table in measured(policy):
        public = policy.public(table)
        assert public is not None
        category = category_of(public.category)
        rows = f"{source(release, table)} f JOIN positions p USING (level, area_code)"
        listed = known.categories[table] if known else _categories(connection, release, table, stream, category)
        found.categories[table] = listed
        columns = ", ".join(public.measures)
        query = f"SELECT p.position, {category} AS category, {columns} FROM {rows} WHERE f.stream = ?"
        got = connection.execute(query, [stream]).to_arrow_table()
        place = np.searchsorted(np.array(listed, object), got["category"].to_numpy().astype(object)) if listed else None
        if place is not None and known:
            keep = np.isin(got["category"].to_numpy().astype(object), np.array(listed, object))
            got, place = got.filter(pa.array(keep)), place[keep]
        for measure in public.measures:
            values = np.zeros((len(listed), len(geography)), np.int64)
            if place is not None:
                values[place, got["position"].to_numpy()] = got[measure].to_numpy()
            found.values[table, measure] = values
    return found


def read_printed(
    connection: duckdb.DuckDBPyConnection,
    release: Path,
    stream: str,
    geography: Geography,
    figures: Figures,
    policy: Policy,
) -> dict[Measure, Bools]:
    """Which of a release's figures its public edition printed: of areas that it has, at public levels, not hidden."""
    _register(connection, geography)
    query = (
        f"SELECT p.position FROM {source(release, AREAS)} JOIN positions p USING (level, area_code) WHERE stream = ?"
    )
    there = np.zeros(len(geography), bool)
    there[connection.execute(query, [stream]).fetchnumpy()["position"]] = True
    printed = {}
    for table in measured(policy):
        public = policy.public(table)
        assert public is not None
        for measure in public.measures:
            shape = figures.values[table, measure].shape
            printed[table, measure] = np.broadcast_to(there & geography.at(public.levels), shape).copy()
    hidden = (
        f"SELECT table_name, measure, category, p.position FROM {source(release, CELLS)} JOIN positions p "
        "USING (level, area_code) WHERE stream = ?"
    )
    for table, measure, category, position in connection.execute(hidden, [stream]).fetchall():
        if (table, measure) in printed and category in figures.categories[table]:
            printed[table, measure][figures.categories[table].index(category), position] = False
    return printed


def measured(policy: Policy) -> tuple[str, ...]:
    """The tables whose figures are protected."""
    tables = policy.tables
    return tables.rows.table, tables.parts.table, tables.bands.table, tables.counts.table


def _categories(
    connection: duckdb.DuckDBPyConnection, release: Path, table: str, stream: str, category: str
) -> list[str]:
    query = f"SELECT DISTINCT {category} AS category FROM {source(release, table)} WHERE stream = ? ORDER BY category"
    return [row[0] for row in connection.execute(query, [stream]).fetchall()]


def _register(connection: duckdb.DuckDBPyConnection, geography: Geography) -> None:
    columns = {"position": np.arange(len(geography)), "level": geography.level, "area_code": geography.code}
    connection.register("positions", pa.table(columns))
