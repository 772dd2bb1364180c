"""Two homes beside each other: households, figures and ranks that are not the same in both.

Put here: comparisons of sealed tables, province by province. Keep out: states of areas (standing.py).
DuckDB does the bulk; what comes out is as large as what changed.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby

import duckdb

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.areas.tree import villages
from jpt_pipeline.certification.difference import FIGURES, files, moved_query
from jpt_pipeline.certification.kept import INDICATORS
from jpt_pipeline.impact.models import Figure, Place, Rank
from jpt_pipeline.ranking import Counted, rank_failing
from jpt_pipeline.store.lake import Lake, NotSealed, Part

HOUSEHOLDS = ("households__clean", "households__members", "households__corrections")
_KEYS = "stream, village_code, household_id"


class Pair:
    """The lakes of two homes in one session: as it is, and as it would be."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, then: Lake, now: Lake):
        self.connection, self.then, self.now = connection, then, now

    def differs(self, table: str, part: Part) -> bool:
        """Whether a table has other bytes in the two."""
        return self._digest(self.then, table, part) != self._digest(self.now, table, part)

    def sources(self, table: str, part: Part) -> tuple[str, str]:
        """Relations of a table in the two. Raises NotSealed."""
        return files([self.then.sealed(table, part)]), files([self.now.sealed(table, part)])

    @staticmethod
    def _digest(lake: Lake, table: str, part: Part) -> str | None:
        try:
            return lake.seal(table, part).sha256
        except NotSealed:
            return None

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[str, ...]]:
        return self.connection.execute(query, list(values)).fetchall()


def changed_households(pair: Pair, part: Part) -> tuple[dict[str, int], set[Place]]:
    """Households of a province that come, change or go: number by change, and the areas above them (nation included).

    A household changes when its row, its members or its corrections do. One that counts in neither is left out.
    """
    if not any(pair.differs(table, part) for table in HOUSEHOLDS):
        return {}, set()
    pair.connection.execute(
        "CREATE OR REPLACE TEMP TABLE changed AS SELECT "
        f"{_KEYS}, CASE WHEN NOT coalesce(t.counts, false) THEN 'added' WHEN NOT coalesce(n.counts, false) THEN 'removed' "
        f"ELSE 'changed' END AS change FROM ({_content(pair, part, 0)}) t FULL JOIN ({_content(pair, part, 1)}) n "
        f"USING ({_KEYS}) WHERE (t.counts OR n.counts) AND t.content IS DISTINCT FROM n.content"
    )
    assert part.survey_year is not None
    villages(pair.connection, pair.then, part.survey_year)
    above = pair.rows(
        "SELECT DISTINCT level, stream, area_code FROM area_closure SEMI JOIN changed USING (stream, village_code)"
    )
    counts = {str(change): int(n) for change, n in pair.rows("SELECT change, count(*) FROM changed GROUP BY ALL")}
    return counts, {Place(part.survey_year, stream, level, code) for level, stream, code in above}


def _content(pair: Pair, part: Part, side: int) -> str:
    """Query: household key, whether it counts, and one number for all that is known of it."""
    listed = []
    for table in HOUSEHOLDS:
        shown = "* EXCLUDE (hh)" if table != "households__corrections" else "*"
        source = f"(SELECT {shown} FROM {pair.sources(table, part)[side]})"
        listed.append(f"SELECT {_KEYS}, {table == HOUSEHOLDS[0]} AS counts, hash('{table}', r) AS h FROM {source} r")
    return (
        f"SELECT {_KEYS}, bool_or(counts) AS counts, sum(h) AS content FROM ({' UNION ALL '.join(listed)}) GROUP BY ALL"
    )


def moved_figures(pair: Pair, part: Part) -> list[Figure]:
    """Figures of a part (a province's areas, or the nation) that differ."""
    found = []
    for table in FIGURES:
        if pair.differs(table, part):
            query = moved_query(table, *pair.sources(table, part))
            rows = pair.rows(
                f"SELECT survey_year, stream, level, area_code, key, measure, then_n, now_n FROM ({query})"
            )
            found += [Figure(Place(*row[:4]), table, *row[4:]) for row in rows]  # type: ignore[arg-type]
    return found


def moved_ranks(pair: Pair, part: Part, figures: Iterable[Figure]) -> list[Rank]:
    """Places in the failing-rank report that differ, of the part's areas whose indicators moved; by area and number."""
    places = sorted({figure.place for figure in figures if figure.table == INDICATORS})
    if not places:
        return []
    then, now = (_ranked(pair, source, places) for source in pair.sources(INDICATORS, part))
    return [
        Rank(place, number, rank, now[place][number])
        for place in places
        if place in then and place in now
        for number, rank in sorted(then[place].items())
        if now[place].get(number, rank) != rank
    ]


def _ranked(pair: Pair, source: str, places: Collection[Place]) -> dict[Place, dict[int, int]]:
    """Area -> indicator number -> place."""
    rows = pair.rows(
        "SELECT survey_year, stream, level, area_code, indicator_no, passed_n, failed_n "
        f"FROM {source} WHERE list_contains(?::VARCHAR[], level || ' ' || area_code) ORDER BY ALL",
        [sorted({f"{place.level} {place.area_code}" for place in places})],
    )
    found = {}
    for key, group in groupby(rows, key=lambda row: row[:4]):
        counted = [Counted(int(number), int(passed), int(failed)) for *_, number, passed, failed in group]
        found[Place(*key)] = {one.counted.number: one.rank for one in rank_failing(counted)}
    return found


def in_tree_order(place: Place) -> tuple[int, str, int, str]:
    """Sort key: round, stream, level from the top, code."""
    levels = [level.level for level in load_levels()]
    return place.survey_year, place.stream, -levels.index(place.level), place.area_code
