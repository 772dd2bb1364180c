"""The same household in the latest earlier round of the home: its results and amounts, by its key.

Put here: which round that is, and which indicator of it stands for which of this round. Keep out: whether a threshold
changed between plans; the page says that the questionnaires differ.
"""

from dataclasses import dataclass, field

import duckdb

from jpt_pipeline.instruments import Instrument, Result, measure_codes, measures_step, render, typed_step
from jpt_pipeline.listing.opened import CLEAN, RESULTS, sealed
from jpt_pipeline.listing.places import Piece
from jpt_pipeline.listing.rule import instrument_of
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part

_KEYS = "survey_year, stream, village_code, household_id, hh"


@dataclass(frozen=True)
class Then:
    """A household then: persons, results by the number of this round's indicator, amounts by measure."""

    persons_n: int
    results: dict[int, Result]
    amounts: dict[str, int]


@dataclass(frozen=True)
class Before:
    """The earlier round (None: the home has none) and what is known of a village's households then, by household id."""

    survey_year: int | None = None
    is_same_instrument: bool = True
    households: dict[str, Then] = field(default_factory=dict)


def earlier_part(settings: Settings, piece: Piece) -> Part | None:
    """The latest earlier round of which the home has scored households of the province."""
    lake, year = Lake(settings.lake), piece.part.survey_year or 0
    years = (int(path.name.partition("=")[2]) for path in (lake.root / RESULTS).glob("survey_year=*"))
    for before in sorted((one for one in years if one < year), reverse=True):
        part = Part(before, piece.part.province_code)
        if lake.seal_path(RESULTS, part).exists():
            return part
    return None


def same_indicators(now: Instrument, before: Instrument) -> dict[int, int]:
    """Number of an indicator -> its number in the other instrument; only those that go back to one and the same."""
    mine, theirs = _origins(now), _origins(before)
    back = {origin: number for number, origin in theirs.items()}
    return {number: back[origin] for number, origin in mine.items() if origin in back}


def _origins(instrument: Instrument) -> dict[int, tuple[str, int]]:
    """Number -> (instrument, number) that it goes back to: what it continues, or itself."""
    origins = {}
    for item in instrument.indicators:
        is_continued = instrument.extends is not None and len(item.continues) == 1
        origin = (instrument.extends or "", item.continues[0]) if is_continued else (instrument.id, item.number)
        origins[item.number] = origin
    return origins


def open_earlier(connection: duckdb.DuckDBPyConnection, settings: Settings, piece: Piece) -> Before:
    """Make the table earlier of the households then of the piece's villages; which round that is, without households."""
    part = earlier_part(settings, piece)
    if part is None or part.survey_year is None:
        return Before()
    instrument = instrument_of(settings, part.survey_year)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE households_then AS SELECT c.*, r.* EXCLUDE ({_KEYS}) "
        f"FROM {sealed(settings, CLEAN, part)} c JOIN {sealed(settings, RESULTS, part)} r USING (hh) "
        "WHERE c.village_code IN (SELECT village_code FROM listed) AND c.stream = ?",
        [piece.stream],
    )
    results = [f"{item.prefix}_result" for item in instrument.indicators]
    steps = [
        typed_step(instrument, "households_then", measure_codes(instrument)),
        measures_step(instrument, "typed", ["village_code", "household_id", "persons_n", *results]),
    ]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE earlier AS {render(steps, 'SELECT * FROM measures')}")
    now = instrument_of(settings, piece.part.survey_year or 0)
    return Before(part.survey_year, now.id == instrument.id)


def of_village(
    connection: duckdb.DuckDBPyConnection, settings: Settings, piece: Piece, before: Before, village_code: str
) -> Before:
    """The earlier round with the households of one village."""
    if before.survey_year is None:
        return before
    now = instrument_of(settings, piece.part.survey_year or 0)
    then = instrument_of(settings, before.survey_year)
    numbers = same_indicators(now, then)
    measures = [name for name in now.measures if name in then.measures]
    results = [f"{then.indicator(other).prefix}_result" for other in numbers.values()]
    households = {}
    for key, persons, *rest in connection.execute(
        f"SELECT {', '.join(['household_id', 'persons_n', *results, *measures])} FROM earlier WHERE village_code = ?",
        [village_code],
    ).fetchall():
        scored = {number: Result(value) for number, value in zip(numbers, rest, strict=False)}
        amounts = dict(zip(measures, map(int, rest[len(results) :]), strict=True))
        households[key] = Then(persons, scored, amounts)
    return Before(before.survey_year, before.is_same_instrument, households)
