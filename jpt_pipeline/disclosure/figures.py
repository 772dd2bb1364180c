"""The published figures of a stream as arrays: one row per category, one column per area.

Put here: reading them from a release's files, and what an edition printed of them. Keep out: what must be hidden.
"""

from collections.abc import Collection, Mapping
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
    tables: Collection[str] | None = None,
) -> Figures:
    """All figures that the policy lets public pages print, of the areas of a geography; 0 where there is no row.

    `known` gives the categories to read; without it those of the release. `tables` limits to some tables.
    """
    _register(connection, geography)
    found = Figures({}, {})
    for table in measured(policy) if tables is None else tables:
        public = policy.public(table)
        assert public is not None
        category = category_of(public.category)
        listed = known.categories[table] if known else _categories(connection, release, table, stream, category)
        found.categories[table] = listed
        _register_categories(connection, listed)
        columns = ", ".join(f"f.{name}" for name in public.measures)
        query = (
            f"SELECT p.position, c.place, {columns} FROM {source(release, table)} f "
            f"JOIN positions p USING (level, area_code) JOIN categories c ON c.category = {category} WHERE f.stream = ?"
        )
        got = connection.execute(query, [stream]).to_arrow_table()
        place, position = got["place"].to_numpy(), got["position"].to_numpy()
        for measure in public.measures:
            values = np.zeros((len(listed), len(geography)), np.int64)
            values[place, position] = got[measure].to_numpy()
            found.values[table, measure] = values
    return found


def read_printed(
    connection: duckdb.DuckDBPyConnection,
    release: Path,
    stream: str,
    geography: Geography,
    figures: Figures,
    policy: Policy,
    of: Measure,
) -> Bools:
    """Which figures of a measure a release's public edition printed: of areas that it has, at public levels, not hidden.
    Nothing where its policy does not name the measure."""
    table, measure = of
    public = policy.public(table)
    shape = figures.values[of].shape
    if table not in measured(policy) or public is None or measure not in public.measures:
        return np.zeros(shape, bool)
    _register(connection, geography)
    query = (
        f"SELECT p.position FROM {source(release, AREAS)} JOIN positions p USING (level, area_code) WHERE stream = ?"
    )
    there = np.zeros(len(geography), bool)
    there[connection.execute(query, [stream]).fetchnumpy()["position"]] = True
    printed: Bools = np.broadcast_to(there & geography.at(public.levels), shape).copy()
    hidden = read_hidden(connection, release, stream, geography, figures.categories[table], of)
    printed[hidden[0], hidden[1]] = False
    return printed


def read_hidden(
    connection: duckdb.DuckDBPyConnection,
    release: Path,
    stream: str,
    geography: Geography,
    categories: list[str],
    of: Measure,
) -> tuple[Ints, Ints, list[str]]:
    """Hidden cells of a measure in a release's public edition: numbers of category and area, and the reasons."""
    _register(connection, geography)
    _register_categories(connection, categories)
    query = (
        f"SELECT c.place, p.position, h.reason FROM {source(release, CELLS)} h "
        "JOIN positions p USING (level, area_code) JOIN categories c USING (category) "
        "WHERE h.stream = ? AND h.table_name = ? AND h.measure = ?"
    )
    got = connection.execute(query, [stream, *of]).to_arrow_table()
    return got["place"].to_numpy(), got["position"].to_numpy(), got["reason"].to_pylist()


def measured(policy: Policy) -> tuple[str, ...]:
    """The tables whose figures are protected."""
    tables = policy.tables
    return tables.rows.table, tables.parts.table, tables.bands.table, tables.counts.table


def _categories(
    connection: duckdb.DuckDBPyConnection, release: Path, table: str, stream: str, category: str
) -> list[str]:
    query = f"SELECT DISTINCT {category} AS category FROM {source(release, table)} WHERE stream = ? ORDER BY category"
    return [row[0] for row in connection.execute(query, [stream]).fetchall()]


def _register_categories(connection: duckdb.DuckDBPyConnection, listed: list[str]) -> None:
    columns = {"category": pa.array(listed, pa.string()), "place": np.arange(len(listed))}
    connection.register("categories", pa.table(columns))


def _register(connection: duckdb.DuckDBPyConnection, geography: Geography) -> None:
    columns = {"position": np.arange(len(geography)), "level": geography.level, "area_code": geography.code}
    connection.register("positions", pa.table(columns))
