"""Heat map of the share passed: indicators down, areas across.

Put here: classes of colour (style/heatmap.yaml) and the picture. Keep out: which areas are compared.
"""

from functools import cache

from pydantic import BaseModel, ConfigDict, Field

from jpt_pipeline.ranking import Counted
from jpt_pipeline.yamlfile import load_yaml
from reports.counts import AreaIndicator
from reports.drawing import INK, NAVY, ORANGE, SKY, WHITE
from reports.labels import OWN_LAYOUT_TH, Labels
from reports.numbers import percent_text
from reports.page import Page
from reports.words import STYLE

NAME_MM, ROW_MM, HEAD_MM = 140.0, 7.0, 32.0


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
    """Classes from the lowest, and the shade of a cell that nobody is counted in."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    classes: list[HeatClass]
    nobody: Shade

    def of(self, counted: Counted) -> Shade:
        """Class of exact counts; 100 percent is reached only when not one failed."""
        if not counted.surveyed_n:
            return self.nobody
        return [one for one in self.classes if 100 * counted.passed_n >= one.start * counted.surveyed_n][-1]


@cache
def shades() -> Shades:
    """The classes of the checkout."""
    return Shades.model_validate(load_yaml(STYLE / "heatmap.yaml"))


def draw(heads: Labels, title: str, areas: list[tuple[str, list[AreaIndicator]]], own: int | None = None) -> Page:
    """Draw the map; call within `drawing.style()`.

    Args:
        areas: name and indicators (all, by number) of each column.
        own: column to point out.
    """
    column = 16.0 if len(areas) <= 20 else 9.0
    width = max(250.0, NAME_MM + column * len(areas) + 36)  # the last heading leans out to the right
    column = min(24.0, (width - NAME_MM - 36) / len(areas))
    start = width - 24 - column * len(areas)
    indicators = areas[0][1]
    top = 30.0 + HEAD_MM
    height = top + ROW_MM * len(indicators) + 36
    page = Page(width, height)
    _title(page, heads, title, width)
    for place, one in enumerate(indicators):
        middle = top + (place + 0.5) * ROW_MM
        page.text(18, middle, str(one.counted.number), 10.5, weight="bold", colour=NAVY, align="right")
        page.text(20, middle, one.name_th, 11, room=start - 23)
        if place and one.dimension_no != indicators[place - 1].dimension_no:
            page.box(12, top + place * ROW_MM - 0.25, width - 36, 0.5, NAVY)
    for place, (name, column_indicators) in enumerate(areas):
        left = start + place * column
        page.slanted(left + column / 2, top - 2.5, name, 11, room=(HEAD_MM - 4) * 1.1, bold=place == own)
        _column(page, left, top, column, column_indicators)
    _legend(page, heads, top + ROW_MM * len(indicators) + 6, width)
    return page


def _title(page: Page, heads: Labels, title: str, width: float) -> None:
    page.box(0, 0, width, 27, NAVY)
    page.box(0, 27, width, 1.2, ORANGE)
    page.text(12, 7.5, title, 18, weight="bold", colour=WHITE, room=width - 90)
    page.text(12, 16.5, f"{heads.area} {heads.places}".strip(), 13, colour=WHITE, room=width - 90)
    page.text(12, 22.8, heads.round, 10.5, colour=WHITE, room=width - 90)
    colour = SKY if heads.certified else ORANGE
    for place, line in enumerate(heads.status):
        size = 14 if place == 0 else 10.5
        page.text(width - 12, 8 + 6.5 * place, line, size, weight="bold", colour=colour, align="right", room=68)


def _column(page: Page, left: float, top: float, width: float, indicators: list[AreaIndicator]) -> None:
    for place, one in enumerate(indicators):
        shade = shades().of(one.counted)
        y = top + place * ROW_MM
        page.box(left + 0.3, y + 0.3, width - 0.6, ROW_MM - 0.6, shade.colour)
        figure = percent_text(one.counted.passed_n, one.counted.surveyed_n)
        page.text(left + width / 2, y + ROW_MM / 2, figure, 9.5, room=width - 1.6, colour=shade.ink, align="center")


def _legend(page: Page, heads: Labels, y: float, width: float) -> None:
    page.text(12, y, "ร้อยละที่ผ่านเกณฑ์", 11, weight="bold")
    for place, shade in enumerate([*shades().classes, shades().nobody]):
        page.box(48 + place * 27, y - 2.2, 6, 4.4, shade.colour)
        page.text(55.5 + place * 27, y, shade.th, 10, room=19)
    for place, line in enumerate((heads.denominators, heads.instrument, f"{heads.release} · {heads.source}")):
        page.text(12, y + 8 + 6 * place, line, 9.5, room=width - (80 if place == 1 else 24), colour=INK)
    page.text(width - 12, y + 14, OWN_LAYOUT_TH, 9.5, weight="bold", colour=NAVY, align="right", room=54)
