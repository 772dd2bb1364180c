"""Heat map of the share passed: indicators down, areas across.

Put here: classes of colour (style/heatmap.yaml) and the picture. Keep out: which areas are compared.
"""

from functools import cache

from pydantic import BaseModel, ConfigDict, Field

from jpt_pipeline.yamlfile import load_yaml
from reports.counts import AreaIndicator
from reports.drawing import NAVY
from reports.frame import foot, foot_height, head, legend
from reports.labels import Labels
from reports.numbers import HIDDEN, percent_text
from reports.page import Page
from reports.words import STYLE

NAME_MM, ROW_MM, HEADING_MM = 140.0, 7.0, 32.0


class Shade(BaseModel):
    """A colour, the ink that can be read on it, and what it means."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    colour: str
    ink: str
    th: str


class HeatClass(Shade):
    """A class of the share passed, from `start` percent upwards."""

    start: int = Field(alias="from")


class Shades(BaseModel):
    """Classes from the lowest, and the shades of a cell that nobody is counted in, and of one that is hidden."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    classes: list[HeatClass]
    nobody: Shade
    hidden: Shade

    def of(self, one: AreaIndicator) -> Shade:
        """Class of exact counts; 100 percent is reached only when not one failed."""
        if one.is_hidden:
            return self.hidden
        counted = one.counted
        if not counted.surveyed_n:
            return self.nobody
        return [shade for shade in self.classes if 100 * counted.passed_n >= shade.start * counted.surveyed_n][-1]


@cache
def shades() -> Shades:
    """The classes of the checkout."""
    return Shades.model_validate(load_yaml(STYLE / "heatmap.yaml"))


def draw(
    heads: Labels, title: str, areas: list[tuple[str, list[AreaIndicator]]], own: int | None = None, thai: bool = False
) -> Page:
    """Draw the map; call within `drawing.style()`.

    Args:
        areas: name and indicators (all, by number) of each column.
        own: column to point out.
    """
    column = 16.0 if len(areas) <= 20 else 9.0
    width = max(297.0, NAME_MM + column * len(areas) + 36)  # the last heading leans out to the right
    column = min(24.0, (width - NAME_MM - 36) / len(areas))
    start = width - 24 - column * len(areas)
    indicators = areas[0][1]
    height = 40 + HEADING_MM + ROW_MM * len(indicators) + 12 + foot_height(heads)
    page = Page(width, height, thai)
    top = head(page, heads, title, width) + HEADING_MM
    for place, one in enumerate(indicators):
        middle = top + (place + 0.5) * ROW_MM
        page.text(18, middle, str(one.counted.number), 10.5, weight="bold", colour=NAVY, align="right")
        page.text(20, middle, one.name_th, 11, room=start - 23)
        if place and one.dimension_no != indicators[place - 1].dimension_no:
            page.box(12, top + place * ROW_MM - 0.25, width - 36, 0.5, NAVY)
    for place, (name, mine) in enumerate(areas):
        left = start + place * column
        page.slanted(left + column / 2, top - 2.5, name, 11, room=(HEADING_MM - 4) * 1.1, bold=place == own)
        _column(page, left, top, column, mine)
    _legend(page, top + ROW_MM * len(indicators) + 7, any(one.is_hidden for _, mine in areas for one in mine))
    foot(page, heads, height - foot_height(heads), width)
    return page


def _column(page: Page, left: float, top: float, width: float, indicators: list[AreaIndicator]) -> None:
    for place, one in enumerate(indicators):
        shade = shades().of(one)
        y = top + place * ROW_MM
        page.box(left + 0.3, y + 0.3, width - 0.6, ROW_MM - 0.6, shade.colour)
        figure = HIDDEN if one.is_hidden else percent_text(one.counted.passed_n, one.counted.surveyed_n)
        page.text(left + width / 2, y + ROW_MM / 2, figure, 9.5, room=width - 1.6, colour=shade.ink, align="center")


def _legend(page: Page, y: float, is_hidden: bool) -> None:
    page.text(12, y, "ร้อยละที่ผ่านเกณฑ์", 11, weight="bold")
    meanings = [*shades().classes, shades().nobody, *([shades().hidden] if is_hidden else [])]
    legend(page, 46, y, [(one.colour, one.th) for one in meanings], 33)
