"""Rows of stacked bars: the parts of each area's total beside each other.

Put here: the bars of many rows. Keep out: which parts there are, what is written on them, and the page around.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from reports.drawing import BLUE, GREY, INK, NAVY, PALE, VERMILLION, WHITE, fitting_size
from reports.numbers import HIDDEN, is_hidden
from reports.page import Page

DARK = (BLUE, NAVY, VERMILLION, GREY)
LEAST_SHOWN = 0.75  # a label that would have to be made smaller than this is left out
DARK_GREY = "#52606D"


@dataclass(frozen=True)
class Row:
    """One bar: name, parts in order (numbers; NA where hidden), a label for each, the text at the end, own area or not."""

    name: str
    parts: Sequence[Any]
    labels: Sequence[str]
    told: str
    colours: Sequence[str]
    own: bool = False


@dataclass(frozen=True)
class Stacks:
    """Where the rows stand on the page (mm): names from `x`, bars of `reach` from `bar_x`, texts up to `end_x`.

    group: rows that belong together and share a background.
    """

    x: float
    bar_x: float
    reach: float
    end_x: float
    row: float
    group: int = 1


def stacked(page: Page, where: Stacks, y: float, rows: Sequence[Row], longest: Fraction | int | None = None) -> float:
    """Draw the rows from height `y`; gives the height below them.

    Args:
        longest: total that the whole length stands for; None: every row has the whole length (100 %).
    """
    for place, one in enumerate(rows):
        top = y + place * where.row
        if place // where.group % 2 == 0:
            page.box(where.x - 2, top, where.end_x - where.x + 4, where.row, PALE)
        _row(page, where, one, top + where.row / 2, longest)
    return y + len(rows) * where.row


def _row(page: Page, where: Stacks, one: Row, middle: float, longest: Fraction | int | None) -> None:
    size = min(12.0, 1.75 * where.row)
    weight = "bold" if one.own else "normal"
    page.text(where.x, middle, one.name, size, room=where.bar_x - where.x - 3, weight=weight)
    room = where.end_x - where.bar_x - where.reach - 2
    page.text(where.end_x, middle, one.told, size, room=room, align="right", weight=weight)
    if any(is_hidden(part) for part in one.parts):
        page.text(where.bar_x + 2, middle, HIDDEN, size, colour=DARK_GREY)
        return
    whole = (sum(one.parts) if longest is None else longest) or 1
    at = where.bar_x
    for part, label, colour in zip(one.parts, one.labels, one.colours, strict=True):
        length = float(where.reach * part / whole)
        page.box(at, middle - 0.36 * where.row, length, 0.72 * where.row, colour)
        points = size - 1.5
        if length > 1 and fitting_size(label, points, length - 1) >= LEAST_SHOWN * points:
            ink = WHITE if colour in DARK else INK
            page.text(at + length / 2, middle, label, points, room=length - 1, colour=ink, align="center")
        at += length
