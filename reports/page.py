"""A sheet of paper measured in millimetres from its upper left corner, on which text and shapes are placed.

Put here: the few marks that posters are made of. Keep out: what is written on them.
"""

from typing import Any, Literal

from reports.drawing import BLUE, GREY, INK, PT_PER_MM, VERMILLION, WHITE, figure_mm, fitting_size
from reports.numbers import thai_digits

Mark = Literal["passed", "failed", "nobody"]
Align = Literal["left", "center", "right"]
MARK_COLOURS: dict[Mark, str] = {"passed": BLUE, "failed": VERMILLION, "nobody": GREY}
# Strokes inside a circle of radius 1, y downwards: a tick, a cross, a dash.
MARK_STROKES: dict[Mark, list[tuple[list[float], list[float]]]] = {
    "passed": [([-0.5, -0.12, 0.52], [0.02, 0.4, -0.4])],
    "failed": [([-0.4, 0.4], [-0.4, 0.4]), ([-0.4, 0.4], [0.4, -0.4])],
    "nobody": [([-0.45, 0.45], [0, 0])],
}


class Page:
    """One page; use within `drawing.style()`. With `thai` every digit is printed as a Thai digit."""

    def __init__(self, width_mm: float, height_mm: float, thai: bool = False):
        self.figure = figure_mm(width_mm, height_mm)
        self.thai = thai
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_xlim(0, width_mm)
        self.axes.set_ylim(height_mm, 0)
        self.axes.set_axis_off()

    def shown(self, text: str) -> str:
        """The text with this page's digits."""
        return thai_digits(text) if self.thai else text

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 11,
        *,
        room: float | None = None,
        weight: str = "normal",
        colour: str = INK,
        align: Align = "left",
        verbatim: bool = False,
    ) -> None:
        """One line, its middle at height `y`, made smaller where it would be wider than `room` millimetres.

        `verbatim` keeps Arabic digits: numbers of certificates, names of releases and digests are not counts.
        """
        shown = text if verbatim else self.shown(text)
        points = size if room is None else fitting_size(shown, size, room, weight)
        baseline = y + 0.32 * points / PT_PER_MM  # consonants stand 0.6 em above the baseline, their marks higher
        self.axes.text(x, baseline, shown, size=points, weight=weight, color=colour, ha=align, va="baseline")

    def box(self, x: float, y: float, width: float, height: float, colour: str, radius: float = 0) -> None:
        """A filled rectangle, with round corners where `radius` is given."""
        from matplotlib.patches import FancyBboxPatch, Rectangle

        plain: dict[str, Any] = {"facecolor": colour, "edgecolor": "none"}
        if not radius:
            self.axes.add_patch(Rectangle((x, y), width, height, **plain))
            return
        shape = f"round,pad=0,rounding_size={radius}"
        self.axes.add_patch(FancyBboxPatch((x, y), width, height, boxstyle=shape, mutation_aspect=1, **plain))

    def line(self, x: list[float], y: list[float], colour: str, width_pt: float) -> None:
        """A stroke with round ends through the points."""
        self.axes.plot(x, y, color=colour, linewidth=width_pt, solid_capstyle="round", solid_joinstyle="round")

    def disc(self, x: float, y: float, radius: float, colour: str) -> None:
        """A filled circle."""
        from matplotlib.patches import Circle

        self.axes.add_patch(Circle((x, y), radius, facecolor=colour, edgecolor="none"))

    def mark(self, x: float, y: float, kind: Mark, radius: float = 2.1, inverse: bool = False) -> None:
        """A disc with a tick, a cross or a dash: told apart by shape, not only by colour."""
        front, back = (MARK_COLOURS[kind], WHITE) if inverse else (WHITE, MARK_COLOURS[kind])
        self.disc(x, y, radius, back)
        for xs, ys in MARK_STROKES[kind]:
            stroke = 0.28 * radius * PT_PER_MM
            self.line([x + radius * dx for dx in xs], [y + radius * dy for dy in ys], front, stroke)

    def slanted(self, x: float, y: float, text: str, size: float, room: float, bold: bool = False) -> None:
        """A column's heading, rising to the right from (x, y)."""
        weight = "bold" if bold else "normal"
        shown = self.shown(text)
        points = fitting_size(shown, size, room, weight)
        placed: dict[str, Any] = {"rotation": 55, "rotation_mode": "anchor", "ha": "left", "va": "baseline"}
        self.axes.text(x, y, shown, size=points, weight=weight, color=INK, **placed)
