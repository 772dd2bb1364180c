"""A sheet of paper measured in millimetres from its upper left corner, on which text and shapes are placed.

Put here: the few marks that pictures are made of. Keep out: what is written on them.
"""

from typing import Any, Literal

from reports.drawing import INK, PT_PER_MM, figure_mm, fitting_size
from reports.numbers import thai_digits

Align = Literal["left", "center", "right"]


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

    def slanted(self, x: float, y: float, text: str, size: float, room: float, bold: bool = False) -> None:
        """A column's heading, rising to the right from (x, y)."""
        weight = "bold" if bold else "normal"
        shown = self.shown(text)
        points = fitting_size(shown, size, room, weight)
        placed: dict[str, Any] = {"rotation": 55, "rotation_mode": "anchor", "ha": "left", "va": "baseline"}
        self.axes.text(x, y, shown, size=points, weight=weight, color=INK, **placed)
