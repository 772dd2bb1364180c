"""What moved in an area since its last certificate, so that a committee that certifies again looks at that alone.

Put here: the comparison of kept figures (kept.py) with those of today. Keep out: words and layout (cli, reports/forms).
Figures and areas may be shown and printed; the list of households names house codes, so it stays in the home.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.kept import LEAVES, NODES, kept_files
from jpt_pipeline.certification.relations import ROLLUPS, Relations
from jpt_pipeline.certification.situation import counts_of
from jpt_pipeline.certification.state import Area
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.ledger import Act
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import quoted, readable

FIGURES = tuple(table for table in ROLLUPS if table != "rollups__areas")
AREA_KEYS = ("survey_year", "stream", "level", "area_code")
HOUSEHOLD_KEYS = ("stream", "village_code", "household_id")


class Moved(NamedTuple):
    """A figure that moved: table, key within the area ("22" of indicators, "1 0-4" of the population, "" for one row an
    area), measure, value then and now; a row that was not or is not there counts as 0."""

    table: str
    key: str
    measure: str
    then: int
    now: int


class MovedArea(NamedTuple):
    """An area below whose root moved; a root is None where the area was not, or is not, there."""

    level: str
    area_code: str
    area_name: str
    then_sha256: str | None
    now_sha256: str | None


class Households(NamedTuple):
    """How many households were added, changed or removed."""

    added_n: int
    changed_n: int
    removed_n: int

    @property
    def total_n(self) -> int:
        return sum(self)


@dataclass(frozen=True)
class Difference:
    """An area today beside its last certificate.

    counts: households, persons and target; those that did not move, too. figures: what moved in the area's own rows,
    indicators first; None if the certificate kept no figures. below: areas below that moved, from the top; None if it
    kept no nodes. households: None if it kept no leaves.
    """

    area: Area
    certificate: Act
    root_sha256: str
    counts: tuple[Moved, ...]
    figures: tuple[Moved, ...] | None
    below: tuple[MovedArea, ...] | None
    households: Households | None

    @property
    def is_moved(self) -> bool:
        return self.root_sha256 != self.certificate.root_sha256


def last_certificate(acts: Iterable[Act], survey_year: int, area: Area) -> Act | None:
    """The certificate that an area was given last, whatever became of it."""
    given = [act for act in acts if act.action == "certify" and act.survey_year == survey_year]
    mine = [act for act in given if (act.stream, act.level, act.area_code) == area]
    return max(mine, key=lambda act: act.seq, default=None)


def difference(
    connection: duckdb.DuckDBPyConnection, settings: Settings, relations: Relations, certificate: Act
) -> Difference:
    """The area of a certificate as it is today, in the session of a loaded situation that holds the area.

    Raises:
        NotKept: a file that the certificate names is missing or changed.
        NotSealed: the leaves of today are not there, though those of the certificate are.
    """
    area = Area(certificate.stream, certificate.level, certificate.area_code)
    roots = connection.execute(f"SELECT root_sha256 FROM {relations.nodes} WHERE {_THIS_AREA}", area).fetchall()
    now = counts_of(connection, relations, [area])[area]
    counts = [Moved("", "", name, then, getattr(now, name)) for name, then in certificate.counts.model_dump().items()]
    return Difference(
        area=area,
        certificate=certificate,
        root_sha256=roots[0][0],
        counts=tuple(counts),
        figures=_figures(connection, settings, relations, certificate),
        below=_below(connection, settings, relations, certificate),
        households=_households(connection, settings, relations, certificate),
    )


def changed_households(
    connection: duckdb.DuckDBPyConnection, settings: Settings, relations: Relations, certificate: Act
) -> Iterator[tuple[str, str, str, str]]:
    """(stream, village_code, household_id, added | changed | removed) since a certificate, by key, one after another.

    Restricted: house codes. Nothing if the certificate kept no leaves. Raises as `difference`.
    """
    if query := _households_query(connection, settings, relations, certificate):
        cursor = connection.execute(f"SELECT {', '.join(HOUSEHOLD_KEYS)}, change FROM ({query}) ORDER BY ALL")
        while batch := cursor.fetchmany(10_000):
            yield from batch


def moved_query(table: str, then: str, now: str) -> str:
    """SELECT of what differs between two relations with the rows of a rollup: survey_year, stream, level, area_code,
    key (see Moved), measure, then_n, now_n; in no order."""
    definition, kinds = load_dictionary().tables[table], load_dictionary().sql_columns(table)
    keys = [name for name in definition.keys if name not in AREA_KEYS]
    measures = [name for name, kind in kinds.items() if kind == "BIGINT" and name not in definition.keys]
    pairs = ", ".join(
        f"{{measure: '{name}', then_n: coalesce(t.{name}, 0), now_n: coalesce(n.{name}, 0)}}" for name in measures
    )
    key = f"concat_ws(' ', {', '.join(keys)})" if keys else "''"
    return (
        f"SELECT {', '.join(AREA_KEYS)}, key, m.measure, m.then_n, m.now_n FROM ("
        f"SELECT {', '.join(AREA_KEYS)}, {key} AS key, unnest([{pairs}]) AS m "
        f"FROM {then} t FULL JOIN {now} n USING ({', '.join((*AREA_KEYS, *keys))})) WHERE m.then_n <> m.now_n"
    )


def figure_order(table: str, key: str, measure: str) -> tuple[object, ...]:
    """Sort key of figures as they are shown: indicators by number, then the other tables; measures as the dictionary
    lists them."""
    numbers = [int(part) if part.isdigit() else -1 for part in key.split()]
    return FIGURES.index(table), numbers, key, load_dictionary().tables[table].columns.index(measure)


def files(paths: Sequence[Path | str]) -> str:
    """Relation over Parquet files by path; DuckDB binds no value inside a view or a join."""
    listed = ", ".join(f"'{quoted(readable(path) if isinstance(path, Path) else path)}'" for path in paths)
    return f"read_parquet([{listed}], hive_partitioning = false)"


_THIS_AREA = "stream = ? AND level = ? AND area_code = ?"


def _figures(
    connection: duckdb.DuckDBPyConnection, settings: Settings, relations: Relations, certificate: Act
) -> tuple[Moved, ...] | None:
    """What moved in the area's own rows of all rollups."""
    area = (certificate.stream, certificate.level, certificate.area_code)
    found: list[Moved] = []
    for table in FIGURES:
        kept = kept_files(settings, certificate.figures, table)
        if not kept:
            return None
        then = f"(SELECT * FROM {files(kept)} WHERE {_THIS_AREA})"
        now = f"(SELECT * FROM {relations.rollup(table)} WHERE {_THIS_AREA})"
        query = f"SELECT key, measure, then_n, now_n FROM ({moved_query(table, then, now)})"
        found += [Moved(table, *row) for row in connection.execute(query, [*area, *area]).fetchall()]
    return tuple(sorted(found, key=lambda row: figure_order(*row[:3])))


def _below(
    connection: duckdb.DuckDBPyConnection, settings: Settings, relations: Relations, certificate: Act
) -> tuple[MovedArea, ...] | None:
    """Areas below whose root is not the one of the certificate, from the top; a subtree that stands does not appear."""
    kept = kept_files(settings, certificate.figures, NODES)
    if not kept:
        return None
    area = (certificate.stream, certificate.level, certificate.area_code)
    parents = " ".join(f"WHEN '{level.level}' THEN '{level.parent}'" for level in load_levels() if level.parent)
    inside = "SELECT below_level, below_code FROM below_it"
    rows = connection.execute(
        f"""
        WITH below_it AS (SELECT below_level, below_code FROM {relations.below} WHERE {_THIS_AREA}),
        moved AS (
            SELECT level, area_code, a.area_name, t.root_sha256 AS then_sha256, n.root_sha256 AS now_sha256,
                   CASE level {parents} END AS parent_level, t.parent_code
            FROM (SELECT * FROM {files(kept)} WHERE stream = ?) t
            FULL JOIN (SELECT * FROM {relations.nodes} WHERE stream = ?) n USING (level, area_code)
            LEFT JOIN (SELECT * FROM {relations.areas} WHERE stream = ?) a USING (level, area_code)
            WHERE t.root_sha256 IS DISTINCT FROM n.root_sha256 AND (level, area_code) <> (?, ?))
        SELECT level, area_code, coalesce(area_name, ''), then_sha256, now_sha256 FROM moved
        WHERE (level, area_code) IN ({inside}) OR (now_sha256 IS NULL AND (parent_level, parent_code) IN ({inside}))
        """,
        [*area, *(certificate.stream,) * 3, *area[1:]],
    ).fetchall()
    order = [level.level for level in reversed(load_levels())]
    return tuple(sorted((MovedArea(*row) for row in rows), key=lambda row: (order.index(row.level), row.area_code)))


def _households(
    connection: duckdb.DuckDBPyConnection, settings: Settings, relations: Relations, certificate: Act
) -> Households | None:
    query = _households_query(connection, settings, relations, certificate)
    if query is None:
        return None
    counted = dict(connection.execute(f"SELECT change, count(*) FROM ({query}) GROUP BY ALL").fetchall())
    return Households(*(counted.get(change, 0) for change in ("added", "changed", "removed")))


def _households_query(
    connection: duckdb.DuckDBPyConnection, settings: Settings, relations: Relations, certificate: Act
) -> str | None:
    """Query of the households below the area whose leaf is not the one of the certificate: keys and change.

    The villages are those that the area has now: makes the table `difference_villages`.
    """
    kept = kept_files(settings, certificate.figures, LEAVES)
    if not kept:
        return None
    area = (certificate.stream, certificate.level, certificate.area_code)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE difference_villages AS SELECT b.stream, b.below_code AS village_code, a.part_code "
        f"FROM {relations.below} b JOIN {relations.areas} a "
        "ON a.stream = b.stream AND a.level = b.below_level AND a.area_code = b.below_code "
        "WHERE b.stream = ? AND b.level = ? AND b.area_code = ? AND b.below_level = ?",
        [*area, load_levels()[0].level],
    )
    parts = connection.execute("SELECT DISTINCT part_code FROM difference_villages ORDER BY 1").fetchall()
    lake = Lake(settings.lake)
    now = [lake.sealed(LEAVES, Part(certificate.survey_year, code)) for (code,) in parts]
    return changes_query(kept, now, "difference_villages")


def changes_query(then: Sequence[Path | str], now: Sequence[Path | str], villages: str) -> str:
    """Query of the households that two sets of files of leaves do not have alike: HOUSEHOLD_KEYS, change; of the
    villages of a relation (stream, village_code)."""
    keys = ", ".join(HOUSEHOLD_KEYS)
    then_rows, now_rows = (
        f"(SELECT {keys}, leaf_sha256 FROM {files(paths)} SEMI JOIN {villages} USING (stream, village_code))"
        for paths in (then, now)
    )
    return (
        f"SELECT {keys}, CASE WHEN t.leaf_sha256 IS NULL THEN 'added' WHEN n.leaf_sha256 IS NULL THEN 'removed' "
        f"ELSE 'changed' END AS change FROM {then_rows} t FULL JOIN {now_rows} n USING ({keys}) "
        "WHERE t.leaf_sha256 IS DISTINCT FROM n.leaf_sha256"
    )
