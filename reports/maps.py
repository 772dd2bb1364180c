"""Maps of one figure over the areas of an area: boundaries where the operator registered them, else equal squares.

Put here: which areas a map shows, classes of colour, both drawings, legend and source line. Keep out: the figures; they are
given. A map without boundaries says that its places mean nothing. Call within `drawing.style()`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from jpt_pipeline.boundaries.stored import Shapes
from jpt_pipeline.yamlfile import load_yaml
from reports.charts import svg
from reports.drawing import GREY, INK, NAVY, fitting_size
from reports.heatmap import HeatClass, Shade, shades
from reports.map_shapes import Placed, place
from reports.numbers import HIDDEN, decimal_text
from reports.order import Order
from reports.page import Page
from reports.release import Release
from reports.tables import Hidden
from reports.words import STYLE, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Value = Fraction | None | Hidden
TILES_TH = "แผนผังช่องเท่ากัน เรียงตามรหัส ไม่ใช่ที่ตั้งและขนาดจริง (ยังไม่มีเส้นเขตในระบบ)"
SIMPLIFIED_TH = "เส้นเขตย่อเพื่อการแสดงผล ใช้อ้างอิงแนวเขตไม่ได้"
LEAST_PT = 6.0  # smaller letters cannot be read on paper: the area gets a number, and the number its name below the map
GAP, ROW, EDGE = 1.2, 5.4, 2.0


class Hatched(Shade):
    """A shade with a pattern, told apart without colour."""

    hatch: str


class Scale(BaseModel):
    """Classes of a figure from the lowest, and what the figure is; of a state, the class is what is printed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    th: str
    is_percent: bool = True
    classes: list[HeatClass]

    def of(self, value: Fraction) -> HeatClass:
        """Class of an exact figure; the lowest one for what lies below all."""
        return [self.classes[0], *(one for one in self.classes if value >= one.start)][-1]


class MapStyle(BaseModel):
    """Which areas are shown, scales by name, and the patterns of areas without a figure."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    shows: dict[str, str]
    scales: dict[str, Scale]
    passed_th: str
    hidden: Hatched
    nobody: Hatched

    def scale(self, name: str) -> Scale:
        """A scale by name; `passed` has the classes of the heat map."""
        return Scale(th=self.passed_th, classes=shades().classes) if name == "passed" else self.scales[name]


@cache
def map_style() -> MapStyle:
    """The definitions of the checkout."""
    return MapStyle.model_validate(load_yaml(STYLE / "maps.yaml"))


@dataclass(frozen=True)
class Shown:
    """The areas on a map: their level, their codes in order, and the one that is pointed out (a leaf among its sisters)."""

    level: str
    codes: tuple[str, ...]
    own: str | None


def shown(release: Release, level: str, area_code: str) -> Shown:
    """The areas that the map of an area shows.

    Raises:
        reports.release.ReleaseError: the release has no such area.
    """
    release.area_name(level, area_code)
    below = map_style().shows.get(level)
    codes = _inside(release, level, area_code, below) if below else ()
    if below and codes:
        return Shown(below, codes, None)
    parent = release.parent(level, area_code)
    assert parent is not None, "a level without areas of its own has one above it"
    return Shown(level, _inside(release, *parent, level), area_code)


def _inside(release: Release, level: str, area_code: str, below: str) -> tuple[str, ...]:
    """Codes of a level inside an area, in order: by their parent, or, villages of a tambon, by how their code begins."""
    areas = release.table("rollups__areas")
    rows = areas[areas["level"] == below]
    if words().levels[below].parent == level:
        return tuple(sorted(rows["area_code"][rows["parent_code"] == area_code]))
    return tuple(sorted(code for code in rows["area_code"] if code.startswith(area_code)))


@dataclass(frozen=True)
class _Area:
    """One area as it is drawn: plain name, figure in words, shade."""

    code: str
    name: str
    figure: str
    shade: Shade


def map_svg(
    order: Order, areas: Shown, values: Mapping[str, Value], scale: Scale, title: str = "", width: float = 118.0
) -> str:
    """The map as SVG text; see `draw`."""
    return svg(draw(order, areas, values, scale, title, width))


def draw(
    order: Order, areas: Shown, values: Mapping[str, Value], scale: Scale, title: str = "", width: float = 118.0
) -> "Figure":
    """Draw one figure over areas.

    Args:
        areas: what is shown, see `shown`.
        values: exact figure by code; None where nothing is counted, Hidden where the policy hides it.
        scale: classes and words of the figure.
        title: drawn above, where given; width: in millimetres, the height follows.

    Raises:
        jpt_pipeline.store.lake.NotSealed: the home's boundaries are not those that were registered.
    """
    found = [_area(order.release, areas.level, code, values.get(code), scale) for code in areas.codes]
    shapes = order.boundaries.shapes(areas.level, areas.codes) if order.boundaries else None
    top = 9.0 if title else EDGE
    inner = width - 2 * EDGE
    if shapes is None:
        side, rows = _grid(len(found), inner)
        bottom = top + rows * (side + GAP)
    else:
        placed = place(shapes, inner)
        bottom = top + placed.height
    numbered = [] if shapes is None else _numbers(found, placed)
    notes = [_source(shapes), SIMPLIFIED_TH, *numbered] if shapes else [TILES_TH]
    legend = _legend_rows(found, scale, width)
    page = Page(width, bottom + ROW * (len(legend) + 1) + 4.4 * len(notes) + 4, order.thai_digits)
    if title:
        page.text(EDGE, 4.5, title, 11, weight="bold", colour=NAVY, room=inner)
    if shapes is None:
        _tiles(page, found, areas.own, top, side, inner)
    else:
        _areas(page, found, areas.own, placed, top)
    _legend(page, legend, scale, bottom + 4, width)
    for at, note in enumerate(notes):
        page.text(EDGE, bottom + ROW * (len(legend) + 1) + 4.5 + 4.4 * at, note, 8, room=inner, verbatim=at == 0)
    return page.figure


def _area(release: Release, level: str, code: str, value: Value, scale: Scale) -> _Area:
    name = release.area_name(level, code).removeprefix(words().levels[level].prefix)
    if isinstance(value, Hidden):
        return _Area(code, name, HIDDEN, map_style().hidden)
    if value is None:
        return _Area(code, name, "", map_style().nobody)
    return _Area(code, name, figure_text(value, scale), scale.of(value))


def figure_text(value: Value, scale: Scale) -> str:
    """The figure of an area in words: a percentage, a state by its class, '*', or that nothing is counted."""
    if isinstance(value, Hidden):
        return HIDDEN
    if value is None:
        return map_style().nobody.th
    return decimal_text(value) if scale.is_percent else scale.of(value).th


def _grid(n: int, inner: float) -> tuple[float, int]:
    """(side of a square in mm, rows) of a compact grid as wide as the map."""
    columns = max(4, min(8, -(-n // max(1, round((n / 1.6) ** 0.5)))))
    return (inner + GAP) / columns - GAP, -(-n // columns)


def _tiles(page: Page, found: Sequence[_Area], own: str | None, top: float, side: float, inner: float) -> None:
    """Squares row by row, in order of code."""
    columns = round((inner + GAP) / (side + GAP))
    for at, one in enumerate(found):
        x, y = EDGE + at % columns * (side + GAP), top + at // columns * (side + GAP)
        _box(page, x, y, side, side, one.shade, pointed=one.code == own)
        lines = _in_lines(page.shown(one.name), side - 2)
        step = min(4.2, (side - 5.5) / max(len(lines), 1))
        for line_no, line in enumerate(lines):
            middle = y + side / 2 - 2.2 + step * (line_no - (len(lines) - 1) / 2)
            _label(page, x + side / 2, middle, line, 9, side - 2, one.shade, "bold")
        _label(page, x + side / 2, y + side - 3.4, one.figure, 8.5, side - 2, one.shade)


def _label(
    page: Page, x: float, y: float, text: str, size: float, room: float, shade: Shade, weight: str = "normal"
) -> None:
    """A line in the middle of an area; where the area is hatched, its lines stop around the letters."""
    page.text(x, y, text, size, room=room, colour=shade.ink, align="center", weight=weight)
    if isinstance(shade, Hatched):
        from matplotlib.patheffects import withStroke

        page.axes.texts[-1].set_path_effects([withStroke(linewidth=3, foreground=shade.colour)])


def _in_lines(name: str, room: float) -> list[str]:
    """A name on one line, or, where it would become too small, on two, broken between words nearest to the middle."""
    if fitting_size(name, 9, room, "bold") >= 7.5:
        return [name]
    from reports.breaks import CUT, cut

    pieces = cut(name).replace("\u00a0", " ").split(CUT)
    cuts = [("".join(pieces[:at]).strip(), "".join(pieces[at:]).strip()) for at in range(1, len(pieces))]
    return list(min(cuts, key=lambda pair: max(map(len, pair)))) if cuts else [name]


def _box(page: Page, x: float, y: float, width: float, height: float, shade: Shade, pointed: bool) -> None:
    from matplotlib.patches import Rectangle

    page.axes.add_patch(Rectangle((x, y), width, height, **_look(shade, pointed)))


def _look(shade: Shade, pointed: bool) -> dict[str, Any]:
    """Colours and lines of a patch."""
    hatch = shade.hatch if isinstance(shade, Hatched) else None
    edge, line = (INK, 2.2) if pointed else (GREY, 0.5)
    return {
        "facecolor": shade.colour, "edgecolor": edge, "linewidth": line, "hatch": hatch, "hatchcolor": "#9AA5B1",
        "hatch_linewidth": 0.4, "zorder": 3 if pointed else 2, "joinstyle": "round",
    }  # fmt: skip


def _numbers(found: Sequence[_Area], placed: Placed) -> list[str]:
    """Names of the areas too small for them, by number, in lines; and of those without a boundary."""
    small = [(at, one) for at, one in enumerate(found, start=1) if not _fits(one, placed)]
    keyed = [f"{at} {one.name}" for at, one in small if one.code in placed.areas]
    missing = [f"{one.name} {one.figure}".strip() for one in found if one.code not in placed.areas]
    lines = [" · ".join(keyed[start : start + 6]) for start in range(0, len(keyed), 6)]
    return lines + ([f"ไม่มีเส้นเขต: {', '.join(missing)}"] if missing else [])


def _fits(one: _Area, placed: Placed) -> bool:
    return one.code in placed.areas and fitting_size(one.name, 9, placed.areas[one.code].room) >= LEAST_PT


def _areas(page: Page, found: Sequence[_Area], own: str | None, placed: Placed, top: float) -> None:
    """Outlines with their labels; a number where the name does not fit."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    for at, one in enumerate(found, start=1):
        if one.code not in placed.areas:
            continue
        area = placed.areas[one.code]
        codes = [code for ring in area.rings for code in (1, *(2,) * (len(ring) - 2), 79)]
        points = [(x + EDGE, y + top) for ring in area.rings for x, y in ring]
        page.axes.add_patch(PathPatch(Outline(points, codes), **_look(one.shade, one.code == own)))
        x, y = area.x + EDGE, area.y + top
        name = one.name if _fits(one, placed) else str(at)
        with_figure = bool(one.figure) and area.height >= 7.5 and name == one.name
        _label(page, x, y - (2 if with_figure else 0), name, 9, area.room, one.shade, "bold")
        if with_figure:
            _label(page, x, y + 2.2, one.figure, 8.5, area.room, one.shade)


def _source(shapes: Shapes) -> str:
    """Files of the boundaries with the start of their digests."""
    files = " ".join(f"{name} ลายนิ้วมือ {digest[:12]}" for name, digest in shapes.sources)
    return f"เส้นเขตจากไฟล์ที่ลงทะเบียน: {files}"


def _legend_rows(found: Sequence[_Area], scale: Scale, width: float) -> list[list[Shade]]:
    """All classes, and the patterns that are on the map, in rows."""
    patterns = [one for one in (map_style().hidden, map_style().nobody) if any(area.shade == one for area in found)]
    entries: list[Shade] = [*scale.classes, *patterns]
    each = max(1, int((width - 2 * EDGE) / 37))
    return [entries[start : start + each] for start in range(0, len(entries), each)]


def _legend(page: Page, rows: Sequence[Sequence[Shade]], scale: Scale, y: float, width: float) -> None:
    page.text(EDGE, y, scale.th, 9, weight="bold", room=width - 2 * EDGE)
    each = (width - 2 * EDGE) / max(len(row) for row in rows)
    for at, row in enumerate(rows, start=1):
        for along, shade in enumerate(row):
            x, middle = EDGE + along * each, y + at * ROW
            _box(page, x, middle - 1.9, 5.5, 3.8, shade, pointed=False)
            page.text(x + 7, middle, shade.th, 8.5, room=each - 8)
