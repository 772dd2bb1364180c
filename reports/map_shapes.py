"""Boundaries as outlines on paper: millimetres from the upper left corner, and where a label stands inside each.

Put here: the projection and the place of labels, with shapely. Keep out: colours and words.
"""

from dataclasses import dataclass
from math import cos, radians
from typing import Any

from jpt_pipeline.boundaries.stored import Shapes

TALLEST = 1.25  # height of a map at most, in widths
Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class PlacedArea:
    """Rings (closed, holes too), middle of the label, and room for it: width along the line through it, and height."""

    rings: list[Ring]
    x: float
    y: float
    room: float
    height: float


@dataclass(frozen=True)
class Placed:
    """Areas by code, and the height of the map."""

    areas: dict[str, PlacedArea]
    height: float


def place(shapes: Shapes, width: float) -> Placed:
    """Shapes in degrees -> millimetres in a map of that width.

    A degree of longitude is drawn as long as it is at the middle latitude of the map: for a country as small as this the
    eye sees no difference to a proper projection.
    """
    import shapely

    codes = sorted(shapes.wkb)
    geometries = [shapely.from_wkb(shapes.wkb[code]) for code in codes]
    west, south, east, north = shapely.total_bounds(geometries)
    squeeze = cos(radians((south + north) / 2))
    scale = min(width / ((east - west) * squeeze), TALLEST * width / (north - south))
    start = (width - (east - west) * squeeze * scale) / 2

    def to_paper(points: Any) -> Any:
        paper = points.copy()
        paper[:, 0] = start + (points[:, 0] - west) * squeeze * scale
        paper[:, 1] = (north - points[:, 1]) * scale
        return paper.round(2)

    on_paper = [shapely.transform(geometry, to_paper) for geometry in geometries]
    areas = {code: _placed(shape) for code, shape in zip(codes, on_paper, strict=True)}
    return Placed(areas, float((north - south) * scale))


def _placed(shape: Any) -> PlacedArea:
    """Label in the middle of the largest circle that fits; its room is the width of the area at that height."""
    import shapely

    parts = shapely.get_parts(shape).tolist()
    rings = [list(map(tuple, ring.coords)) for part in parts for ring in (part.exterior, *part.interiors)]
    largest = max(parts, key=lambda part: part.area)
    middle, edge = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest, tolerance=0.1))[:2]
    radius = float(((middle - edge) ** 2).sum() ** 0.5)
    x, y = float(middle[0]), float(middle[1])
    low, _, high, _ = shapely.bounds(largest)
    chords = [
        chord
        for height in (y - 2.0, y + 2.0)
        for chord in shapely.get_parts(largest.intersection(shapely.LineString([(low, height), (high, height)])))
        if chord.length and chord.bounds[0] <= x <= chord.bounds[2]
    ]
    reach = min((min(x - chord.bounds[0], chord.bounds[2] - x) for chord in chords), default=radius)
    return PlacedArea(rings, round(x, 2), round(y, 2), max(2 * reach - 1.0, 1.0), 2 * radius)
