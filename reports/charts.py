"""Charts that stand inside a page: matplotlib's drawing as SVG text, letters as outlines, sizes in real millimetres.

Put here: one function a chart, from figures to SVG. Keep out: whole pages (page.py, the layouts) and the words around.
A hidden figure (NA) is drawn as its sign, never as a bar. Call within `drawing.style()`.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from reports.drawing import BLUE, INK, MM_PER_INCH, ORANGE, PALE, figure_mm
from reports.numbers import HIDDEN, count_text, is_hidden, thai_digits
from reports.words import words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE = 1.3  # height of a line of Sarabun in sizes of its letters
PT_PER_INCH = 72
RULE = "#CBD2D9"
ENDS = 1.12  # length of the longest bar, and half of the number below its end


@dataclass(frozen=True)
class Size:
    """Room of a chart in millimetres, and size of its letters in points."""

    width: float
    height: float
    points: float

    def letters(self, lines: float, of: float) -> float:
        """Share of `of` millimetres that so many lines take."""
        return lines * LINE * self.points * MM_PER_INCH / PT_PER_INCH / of


@dataclass(frozen=True)
class Bar:
    """A bar with its name; `value` None draws `text` alone. `beside` is the figure of the round before."""

    name: str
    value: float | None
    text: str
    beside: float | None = None


def svg(figure: "Figure") -> str:
    """The figure as SVG without dates: the same drawing gives the same text."""
    told = io.StringIO()
    figure.savefig(told, format="svg", metadata={"Date": None, "Creator": None})
    return told.getvalue()


@cache
def _pyramid_axes(size: Size) -> "tuple[Figure, Axes]":
    """One figure a size: a province has a thousand pyramids."""
    figure = figure_mm(size.width, size.height)
    low, high = size.letters(1.15, size.height), 1 - size.letters(1.3, size.height)
    return figure, figure.add_axes((0, low, 1, high - low))


def pyramid(people: "pd.DataFrame", size: Size, thai: bool = False) -> str:
    """Population pyramid: persons by age band (rows, youngest first) for male (left) and female (right)."""
    figure, axes = _pyramid_axes(size)
    axes.clear()
    bands = list(people.index)
    ages = size.letters(1.35, size.width)  # half of the room for the ages, as a share of the width
    middle = 2 * ENDS * ages / (1 - 2 * ages)  # the same in lengths of the longest bar
    most_n = max((int(n) for n in people.to_numpy().ravel() if not is_hidden(n)), default=0) or 1
    reach = _round_up(most_n)
    for (sex, name), side, colour in zip(words().sexes.items(), (-1, 1), (BLUE, ORANGE), strict=True):
        counts = people[sex].tolist()
        lengths = [0.0 if is_hidden(n) else n / reach for n in counts]
        axes.barh(range(len(bands)), [side * n for n in lengths], left=side * middle, height=0.86, color=colour)
        for at in (place for place, n in enumerate(counts) if is_hidden(n)):
            _write(axes, side * (middle + 0.04), at, HIDDEN, size.points, ha="center", va="center")
        known = [int(n) for n in counts if not is_hidden(n)]
        total = count_text(sum(known)) if len(known) == len(counts) else HIDDEN
        heading = f"{name} {total} {words().units['persons']}"
        _write(axes, side * (middle + 0.5), len(bands) - 0.1, _digits(heading, thai), size.points, weight="bold")
        for tick in (0, 0.5, 1) if reach > 1 else (0, 1):
            x = side * (middle + tick)
            axes.plot([x, x], [-0.5, len(bands) - 0.5], color=RULE, linewidth=0.6, zorder=0)
            _write(axes, x, -0.75, _digits(count_text(round(tick * reach)), thai), 0.9 * size.points, va="top")
    step = _every(len(bands), size)
    for at in range(0, len(bands), step):
        label = _digits(bands[at].replace("-", "–"), thai)
        _write(axes, 0, at, label, 0.95 * size.points, va="center_baseline")
    axes.set_xlim(-middle - ENDS, middle + ENDS)
    axes.set_ylim(-0.6, len(bands) - 0.4)
    axes.set_axis_off()
    return svg(figure)


def _every(bands_n: int, size: Size) -> int:
    """Every how many bands one is named, so that the names do not touch."""
    row_mm = size.height * (1 - size.letters(2.45, size.height)) / bands_n
    step = 1
    while step * row_mm < 0.95 * LINE * size.points * MM_PER_INCH / PT_PER_INCH * 0.8:
        step += 1
    return step


def _round_up(most_n: int) -> int:
    """The next even number of one or two leading digits: an axis ends there, and half of it is whole."""
    scale: int = 10 ** max(0, len(str(most_n)) - 2)
    whole = -(-most_n // scale)
    return 1 if most_n == 1 else (whole + whole % 2) * scale


def bars(rows: Sequence[Bar], size: Size, names_mm: float, longest: float | None = None) -> str:
    """Bars from the top, a name before and a text behind each; a tick shows the figure of the round before.

    Args:
        names_mm: room of the names.
        longest: value that the whole length stands for, the largest one unless given.
    """
    figure = figure_mm(size.width, size.height)
    left = names_mm / size.width
    right = size.letters(0.6 * max((len(one.text) for one in rows), default=0) + 0.4, size.width)
    axes = figure.add_axes((left, 0, 1 - left - right, 1))
    known = [one.value for one in rows if one.value is not None]
    whole = longest or max(known, default=0) or 1
    for at, one in enumerate(rows):
        y = len(rows) - 1 - at
        axes.barh(y, 1, height=0.5, color=PALE, zorder=0)
        if one.value is not None:
            axes.barh(y, one.value / whole, height=0.5, color=BLUE)
        if one.beside is not None:
            axes.plot([one.beside / whole] * 2, [y - 0.36, y + 0.36], color=INK, linewidth=1.4, solid_capstyle="butt")
        _write(axes, -0.012, y, one.name, size.points, ha="right", va="center_baseline")
        _write(axes, 1.012, y, one.text, size.points, ha="left", va="center_baseline")
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_axis_off()
    return svg(figure)


def _write(axes: "Axes", x: float, y: float, text: str, points: float, **more: Any) -> None:
    axes.text(x, y, text, size=points, **{"ha": "center", "va": "baseline", "color": INK, **more})


def _digits(text: str, thai: bool) -> str:
    return thai_digits(text) if thai else text
