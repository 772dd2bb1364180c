"""Which villages a list is about, in pieces of at most one district: what is held in memory, and one file each.

Put here: the cut of an area into pieces. Keep out: households.
"""

from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import duckdb

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.areas.tree import NoSuchArea, villages
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session

PIECE = "district"
LEVELS = ("village", "tambon", "lao", PIECE, "province", "nation")


class Village(NamedTuple):
    """A village of the round's register, with the names of what it lies in."""

    code: str
    name: str
    tambon_code: str
    tambon_name: str
    lao_name: str
    district_code: str
    district_name: str
    province_code: str
    province_name: str


@dataclass(frozen=True)
class Piece:
    """Villages of one area within one district, in order; (level, area_code) is what they are all of."""

    part: Part
    stream: str
    level: str
    area_code: str
    area_name: str
    villages: tuple[Village, ...]

    @property
    def above(self) -> list[tuple[str, str]]:
        """(level, name) of the areas that hold all of the piece, smallest first."""
        inside = next(known.inside for known in load_levels() if known.level == self.level)
        first = self.villages[0]
        names = {
            "tambon": first.tambon_name, "lao": first.lao_name,
            "district": first.district_name, "province": first.province_name,
        }  # fmt: skip
        return [(level, names[level]) for level in inside if level in names]


def pieces(settings: Settings, survey_year: int, stream: str, level: str, area_code: str) -> list[Piece]:
    """The pieces of an area in order of their codes: the area itself up to a district, above it its districts.

    Raises:
        NoSuchArea: the register of the round has no such area in this stream.
        NotSealed: no register of areas.
    """
    with session(settings) as connection:
        villages(connection, Lake(settings.lake), survey_year)
        found = _villages(connection, stream, level, area_code)
        names = dict(
            connection.execute(
                "SELECT level || ' ' || area_code, area_name FROM areas WHERE stream = ?", [stream]
            ).fetchall()
        )
    if not found:
        raise NoSuchArea(f"{level} {area_code}")
    cut: list[Piece] = []
    is_wide = LEVELS.index(level) > LEVELS.index(PIECE)
    for (province, district), group in groupby(found, key=lambda one: (one.province_code, one.district_code)):
        here, code = (PIECE, district) if is_wide else (level, area_code)
        cut.append(Piece(Part(survey_year, province), stream, here, code, names[f"{here} {code}"], tuple(group)))
    return cut


def _villages(connection: duckdb.DuckDBPyConnection, stream: str, level: str, area_code: str) -> list[Village]:
    columns = (
        *("village_code", "village_name", "tambon_code", "tambon_name", "lao_name"),
        *("district_code", "district_name", "province_code", "province_name"),
    )
    rows = connection.execute(
        f"SELECT {', '.join(f'v.{name}' for name in columns)} FROM villages v JOIN area_closure a "
        "ON a.stream = v.stream AND a.village_code = v.village_code WHERE a.stream = ? AND a.level = ? "
        "AND a.area_code = ? ORDER BY v.province_code, v.district_code, v.tambon_code, v.village_code",
        [stream, level, area_code],
    ).fetchall()
    return [Village(*row) for row in rows]
