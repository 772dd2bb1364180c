"""A list and the figures say the same: counted when the list is made, or the list is not made.

Put here: the comparison. Keep out: how a list counts. Source: 2563, where lists and totals went apart.
"""

from collections.abc import Mapping

import duckdb

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.listing.opened import sealed
from jpt_pipeline.listing.places import Piece
from jpt_pipeline.listing.words import refusal
from jpt_pipeline.settings import Settings

Counts = Mapping[str, Mapping[str, int]]
"""Village -> column of the figures -> what the list has."""


def check_ties(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    piece: Piece,
    table: str,
    listed: Counts,
    columns: list[str],
    where: str = "true",
) -> None:
    """Hold what is listed against the figures of every village of the piece, and of the piece.

    Args:
        listed: a village that is not there has nothing listed.
        where: further condition on the rows of the table, as `indicator_no = 22`.

    Raises:
        NotListed: L-TIES, with the first place that differs.
    """
    bottom = load_levels()[0].level
    named = ", ".join(columns)
    figures = {
        (level, code): counted
        for level, code, *counted in connection.execute(
            f"SELECT level, area_code, {named} FROM {sealed(settings, table, piece.part)} "
            f"WHERE stream = ? AND (level = ? OR (level = ? AND area_code = ?)) AND {where}",
            [piece.stream, bottom, piece.level, piece.area_code],
        ).fetchall()
    }
    totals = dict.fromkeys(columns, 0)
    for village in piece.villages:
        mine = listed.get(village.code, {})
        for name in columns:
            totals[name] += mine.get(name, 0)
        _compare(bottom, village.code, columns, [mine.get(name, 0) for name in columns], figures)
    _compare(piece.level, piece.area_code, columns, [totals[name] for name in columns], figures)


def check_total(
    connection: duckdb.DuckDBPyConnection, settings: Settings, piece: Piece, table: str, column: str, listed_n: int
) -> None:
    """Hold one number against the figures of the piece, where villages do not add up to it. Raises NotListed (L-TIES)."""
    row = connection.execute(
        f"SELECT {column} FROM {sealed(settings, table, piece.part)} WHERE stream = ? AND level = ? AND area_code = ?",
        [piece.stream, piece.level, piece.area_code],
    ).fetchone()
    place = (piece.level, piece.area_code)
    _compare(*place, [column], [listed_n], {place: list(row or (0,))})


def _compare(
    level: str, code: str, columns: list[str], listed: list[int], figures: dict[tuple[str, str], list[int]]
) -> None:
    for name, mine, counted in zip(columns, listed, figures.get((level, code), [0] * len(columns)), strict=True):
        if mine != counted:
            named = next(known.th for known in load_levels() if known.level == level)
            raise refusal("L-TIES", level=named, area=code, listed_n=mine, figure=name, counted_n=int(counted))
