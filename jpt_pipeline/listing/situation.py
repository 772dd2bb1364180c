"""What a list says about itself: as of when its data are, whether the area is certified, how many of how many.

Put here: facts of an area, without any household. Keep out: the words (reports/restricted).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.listing.opened import CLEAN, COVERAGE, sealed
from jpt_pipeline.listing.places import Piece
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session

STATES, DELIVERIES, AREAS = "certification__state", "submissions__deliveries", "rollups__areas"
CERTIFIED = "CERTIFIED"


@dataclass(frozen=True)
class Situation:
    """as_of: moment of the last delivery of the round, UTC. certified: (level, area code, certificate) of the lowest area
    under a valid certificate that holds the whole piece, itself included. sha256: of the households' sealed file."""

    as_of: datetime | None
    certified: tuple[str, str, str] | None
    surveyed_n: int
    target_n: int
    persons_n: int
    sha256: str


def situation(settings: Settings, piece: Piece) -> Situation:
    """The facts of a piece.

    Raises:
        NotSealed: the province was not run.
    """
    with session(settings) as connection:
        surveyed, target, persons = _counts(connection, settings, piece)
        return Situation(
            as_of=_as_of(connection, settings, piece.part),
            certified=_certified(connection, settings, piece),
            surveyed_n=surveyed,
            target_n=target,
            persons_n=persons,
            sha256=Lake(settings.lake).seal(CLEAN, piece.part).sha256,
        )


def _counts(connection: duckdb.DuckDBPyConnection, settings: Settings, piece: Piece) -> tuple[int, int, int]:
    row = connection.execute(
        f"SELECT c.surveyed_n, c.target_n, e.persons_n FROM {sealed(settings, COVERAGE, piece.part)} c "
        f"JOIN {sealed(settings, 'rollups__economy', piece.part)} e USING (stream, level, area_code) "
        "WHERE stream = ? AND level = ? AND area_code = ?",
        [piece.stream, piece.level, piece.area_code],
    ).fetchone()
    return row or (0, 0, 0)


def _as_of(connection: duckdb.DuckDBPyConnection, settings: Settings, part: Part) -> datetime | None:
    national = Part(part.survey_year)
    if not Lake(settings.lake).seal_path(DELIVERIES, national).exists():
        return None
    row = connection.execute(
        f"SELECT max(received_at) FROM {sealed(settings, DELIVERIES, national)} WHERE survey_year = ?",
        [part.survey_year],
    ).fetchone()
    return row[0].replace(tzinfo=UTC) if row and row[0] else None


def _certified(connection: duckdb.DuckDBPyConnection, settings: Settings, piece: Piece) -> tuple[str, str, str] | None:
    if not Lake(settings.lake).seal_path(STATES, piece.part).exists():
        return None
    states = {
        (level, code): number
        for level, code, number in connection.execute(
            f"SELECT level, area_code, certificate_id FROM {sealed(settings, STATES, piece.part)} "
            "WHERE stream = ? AND state = ? AND certificate_id IS NOT NULL",
            [piece.stream, CERTIFIED],
        ).fetchall()
    }
    for level, code in _holders(connection, settings, piece):
        if (level, code) in states:
            return level, code, states[level, code]
    return None


def _holders(connection: duckdb.DuckDBPyConnection, settings: Settings, piece: Piece) -> list[tuple[str, str]]:
    """The piece's area, then the areas of the tree that hold it, upwards."""
    rows = connection.execute(
        f"SELECT level, area_code, parent_code FROM {sealed(settings, AREAS, piece.part)} WHERE stream = ?",
        [piece.stream],
    ).fetchall()
    parents = {(level, code): parent for level, code, parent in rows}
    up = {level.level: level.parent for level in load_levels()}
    found, at = [], (piece.level, piece.area_code)
    while at in parents:
        found.append(at)
        above = up[at[0]]
        if above is None or parents[at] is None:
            break
        at = (above, parents[at])
    return found
