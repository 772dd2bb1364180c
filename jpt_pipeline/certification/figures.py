"""Reading what a certification form shows of areas, from the figures that their roots bind.

Put here: the queries. Keep out: what is shown (shown.py), layout and rounding (reports/forms), gates.
Many areas of a level are read together: a query per table, not per area.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from jpt_pipeline.areas.committees import Order, Orders, committee_of, registered_committees
from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.difference import Difference, difference
from jpt_pipeline.certification.relations import Relations, level_names, tree_levels
from jpt_pipeline.certification.shown import AreaBelow, AreaFigures, IndicatorFigures, Place
from jpt_pipeline.certification.situation import Situation
from jpt_pipeline.certification.state import Area, AreaState, State, required_below, thai_date
from jpt_pipeline.ledger import Act, Committee
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, NotSealed, Part

if TYPE_CHECKING:
    from jpt_pipeline.instruments import Instrument
    from jpt_pipeline.rounds import ChainLevel, Round

DELIVERIES = "submissions__deliveries"


@dataclass(frozen=True)
class Source:
    """Where forms are read from: a session with a loaded situation, the round, its instrument, the acts so far, the day."""

    settings: Settings
    connection: duckdb.DuckDBPyConnection
    situation: Situation
    round_: "Round"
    instrument: "Instrument"
    acts: Sequence[Act]
    on: date

    @property
    def relations(self) -> Relations:
        return self.situation.relations

    @property
    def lake(self) -> Lake:
        return Lake(self.settings.lake)


def last_delivery(connection: duckdb.DuckDBPyConnection, lake: Lake, survey_year: int) -> datetime | None:
    """Moment of the last delivery of a round that was taken in and accounted for; None before any was."""
    try:
        path = lake.sealed(DELIVERIES, Part(survey_year))
    except NotSealed:
        return None
    query = "SELECT max(received_at) FROM read_parquet(?, hive_partitioning = false) WHERE survey_year = ?"
    row = connection.execute(query, [path, survey_year]).fetchone()
    return row[0].replace(tzinfo=UTC) if row and row[0] else None


def area_figures(source: Source, areas: Sequence[Area]) -> list[AreaFigures]:
    """The figures of areas of one stream and level, which the situation knows, in the order given.

    An area that is to be certified anew carries what moved since its last certificate.

    Raises:
        KeyError: an area without state or figures.
        NotKept: the figures of its last certificate are missing or changed.
    """
    if not areas:
        return []
    stream, level = areas[0].stream, areas[0].level
    assert all((area.stream, area.level) == (stream, level) for area in areas)
    read = _Reader(source, stream, level, [area.area_code for area in areas])
    tables = _Tables(
        given=_certificates(source),
        as_of=last_delivery(source.connection, source.lake, source.round_.survey_year),
        orders=registered_committees(source.lake, source.round_.survey_year),
        places=read.places(),
        coverage=read.sums("rollups__coverage"),
        economy=read.sums("rollups__economy"),
        population=read.population(),
        indicators=read.indicators(),
        below_level=read.below_level,
        below=read.below(),
    )
    return [_figures(source, source.situation.states[area], tables) for area in areas]


@dataclass(frozen=True)
class _Tables:
    """What was read, by area code; last certificates and the committees' orders by area."""

    given: Mapping[Area, Act]
    as_of: datetime | None
    orders: Orders
    places: Mapping[str, tuple[Place, ...]]
    coverage: Mapping[str, Mapping[str, int]]
    economy: Mapping[str, Mapping[str, int]]
    population: Mapping[str, tuple[tuple[str, Mapping[str, int]], ...]]
    indicators: Mapping[str, tuple[IndicatorFigures, ...]]
    below_level: str | None
    below: Mapping[str, tuple[AreaBelow, ...]]


def _certificates(source: Source) -> dict[Area, Act]:
    """The last certificate that each area of the round was given, whatever became of it."""
    given = [act for act in source.acts if act.action == "certify" and act.survey_year == source.round_.survey_year]
    return {Area(act.stream, act.level, act.area_code): act for act in sorted(given, key=lambda act: act.seq)}


def _figures(source: Source, state: AreaState, tables: _Tables) -> AreaFigures:
    """One area put together."""
    round_, code = source.round_, state.area.area_code
    stream = round_.stream(state.area.stream)
    level = next((known for known in round_.chain(stream.key, source.on) if known.level == state.area.level), None)
    last = tables.given.get(state.area)
    valid = last if state.state is State.CERTIFIED else None
    place, *above = tables.places[code]
    economy = dict(tables.economy[code])
    return AreaFigures(
        survey_year=round_.survey_year,
        round_th=round_.title_th,
        stream=stream.key,
        stream_th=stream.name_th,
        instrument=source.instrument.id,
        instrument_th=source.instrument.title_th,
        is_provisional=source.instrument.provisional,
        place=place,
        above=tuple(above),
        form_no=state.form_no,
        committee_th=level.committee_th if level else None,
        due_date=state.due_date,
        state=str(state.state),
        blocked_by=state.blocked_by,
        certificate_id=valid.certificate_id if valid else None,
        certified_date=thai_date(valid) if valid else None,
        committee=valid.committee if valid else _registered(committee_of(tables.orders, *state.area), level),
        root_sha256=state.root_sha256,
        as_of=tables.as_of,
        households_n=economy.pop("households_n"),
        persons_n=economy.pop("persons_n"),
        coverage=tables.coverage[code],
        population=tables.population.get(code, ()),
        indicators=tables.indicators[code],
        economy=economy,
        below_level=tables.below_level,
        below=tables.below.get(code, ()),
        waivers_n=len(source.situation.waived.get(state.area, ())),
        since=_since(source, None if valid else last),
    )


def _registered(order: Order | None, level: "ChainLevel | None") -> Committee:
    """What the register of committees says before a meeting."""
    if order is None:
        return Committee()
    quorum = order.quorum_n or (-(-order.members_n * level.quorum_percent // 100) if level else None)
    return Committee(order_no=order.order_no, members_n=order.members_n, quorum_n=quorum)


def _since(source: Source, last: Act | None) -> Difference | None:
    return difference(source.connection, source.settings, source.relations, last) if last else None


class _Reader:
    """Queries for areas of one stream and level; every result is by area code."""

    def __init__(self, source: Source, stream: str, level: str, codes: Sequence[str]):
        self._source, self._relations = source, source.relations
        self._stream, self._level, self._codes = stream, level, list(codes)
        required = required_below(source.round_, stream, level, source.on)
        self.below_level = required or next(iter(tree_levels(level)), None)

    def places(self) -> dict[str, tuple[Place, ...]]:
        """Each area, then those that it lies in, nearest first; the nation, above all, is left out."""
        names = level_names()
        above = [level.level for level in load_levels() if level.column and names.index(level.level) > self._at]
        listed = "".join(
            f", a.{name}_code, (SELECT any_value(u.area_name) FROM {self._relations.areas} u WHERE u.stream = a.stream "
            f"AND u.level = '{name}' AND u.area_code = a.{name}_code)"
            for name in above
        )
        found = {}
        for code, name, *rest in self._rows(f"SELECT a.area_code, a.area_name{listed} FROM {self._relations.areas} a"):
            pairs = zip(above, rest[::2], rest[1::2], strict=True)
            higher = [Place(level, at, called) for level, at, called in pairs if at and called]
            found[code] = (Place(self._level, code, name), *higher)
        return found

    @property
    def _at(self) -> int:
        return level_names().index(self._level)

    def sums(self, table: str) -> dict[str, dict[str, int]]:
        """The measures of a table with one row per area, by column."""
        relation = self._relations.rollup(table)
        columns = [
            row[0] for row in self._source.connection.execute(f"DESCRIBE {relation}").fetchall() if row[1] == "BIGINT"
        ]
        columns.remove("survey_year")
        rows = self._rows(f"SELECT a.area_code, {', '.join(f'a.{name}' for name in columns)} FROM {relation} a")
        return {code: dict(zip(columns, values, strict=True)) for code, *values in rows}

    def population(self) -> dict[str, tuple[tuple[str, dict[str, int]], ...]]:
        bands: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
        relation = self._relations.rollup("rollups__population")
        rows = self._rows(f"SELECT a.area_code, a.age_band, a.sex, a.persons_n FROM {relation} a")
        for code, band, sex, persons in sorted(rows, key=lambda row: _first_age(row[1])):
            bands[code][band][sex] = persons
        return {code: tuple(found.items()) for code, found in bands.items()}

    def indicators(self) -> dict[str, tuple[IndicatorFigures, ...]]:
        """Every indicator of the instrument, by number."""
        instrument = self._source.instrument
        dimensions = {dimension.key: dimension.name_th for dimension in instrument.dimensions}
        found: dict[str, list[IndicatorFigures]] = defaultdict(list)
        query = "SELECT a.area_code, a.indicator_no, a.unit, a.surveyed_n, a.passed_n, a.failed_n, a.incomplete_n FROM "
        rows = self._rows(query + f"{self._relations.rollup('rollups__indicators')} a")
        for code, number, *counted in sorted(rows, key=lambda row: row[1]):
            known = instrument.indicator(number)
            found[code].append(IndicatorFigures(number, dimensions[known.dimension], known.name_th, *counted))
        return {code: tuple(rows) for code, rows in found.items()}

    def below(self) -> dict[str, tuple[AreaBelow, ...]]:
        """The areas of the level below, by code: that whose certificates the round asks for, else that of the roots."""
        if self.below_level is None:
            return {}
        relations, states = self._relations, self._source.situation.states
        rows = self._source.connection.execute(
            f"""SELECT b.area_code, c.area_code, c.area_name, coalesce(e.households_n, 0), coalesce(e.persons_n, 0),
                       n.root_sha256
                FROM {relations.below} b
                JOIN {relations.areas} c ON c.stream = b.stream AND c.level = b.below_level AND c.area_code = b.below_code
                JOIN {relations.nodes} n ON n.stream = c.stream AND n.level = c.level AND n.area_code = c.area_code
                LEFT JOIN {relations.rollup("rollups__economy")} e
                ON e.stream = c.stream AND e.level = c.level AND e.area_code = c.area_code
                WHERE b.stream = $stream AND b.level = $level AND list_contains($codes::VARCHAR[], b.area_code)
                AND b.below_level = $below ORDER BY b.area_code, c.area_code""",
            {"stream": self._stream, "level": self._level, "codes": self._codes, "below": self.below_level},
        ).fetchall()
        found: dict[str, list[AreaBelow]] = defaultdict(list)
        for code, below_code, name, households, persons, root in rows:
            state = states.get(Area(self._stream, self.below_level, below_code))
            number = state.certificate_id if state and state.state is State.CERTIFIED else None
            place = Place(self.below_level, below_code, name)
            found[code].append(AreaBelow(place, households, persons, str(state.state) if state else None, number, root))
        return {code: tuple(areas) for code, areas in found.items()}

    def _rows(self, select: str) -> list[tuple[Any, ...]]:
        """Rows of a relation `a` that are of the areas."""
        return self._source.connection.execute(
            f"{select} WHERE a.stream = ? AND a.level = ? AND list_contains(?::VARCHAR[], a.area_code)",
            [self._stream, self._level, self._codes],
        ).fetchall()


def _first_age(band: str) -> int:
    """'85-89' -> 85, '100+' -> 100."""
    return int(band.rstrip("+").split("-")[0])
