"""Geometry of a feature -> a sound polygon in degrees; shapes of a file -> simpler ones that still fit together.

Put here: everything that needs shapely. Keep out: which area a shape belongs to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from jpt_pipeline.boundaries.spec import BoundarySpec, Extent

_DECIMALS = 6  # of a degree: a tenth of a metre


class BadShape(Exception):
    """A geometry cannot be a boundary: code of the message, and what stands in its blank."""

    def __init__(self, code: str, detail: str | None = None):
        self.code, self.detail = code, detail
        super().__init__(code)


@dataclass(frozen=True)
class Shape:
    """A polygon or multipolygon, whether it had to be repaired, and how many points it had."""

    area: BaseGeometry
    is_repaired: bool
    points_n: int


def shape_of(geometry: Any, spec: BoundarySpec) -> Shape:
    """The area that a GeoJSON geometry bounds. Unclosed rings are closed, crossing ones repaired.

    Raises:
        BadShape: no area (points, lines, nothing), a position that is not two numbers, a place outside of the extent.
    """
    rings = [[_ring(ring, spec.extent) for ring in polygon] for polygon in _polygons(geometry)]
    points_n = sum(len(ring) for polygon in rings for ring in polygon)
    parts = [shapely.Polygon(polygon[0], polygon[1:]) for polygon in rings if polygon]
    if not parts:
        raise BadShape("R-MAP-06", _kind(geometry))
    raw = shapely.MultiPolygon(parts) if len(parts) > 1 else parts[0]
    is_valid = bool(shapely.is_valid(raw))
    area = _areas_only(raw if is_valid else shapely.make_valid(raw, method="structure", keep_collapsed=False))
    if area.is_empty or not area.area:
        raise BadShape("R-MAP-07")
    return Shape(area, not is_valid, points_n)


def _kind(geometry: Any) -> str:
    return str(geometry.get("type"))[:40] if isinstance(geometry, dict) else "null"


def _polygons(geometry: Any) -> list[list[Any]]:
    """Rings of each polygon, as they stand; of a collection, those of its members."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind != "GeometryCollection":
        return _simple(geometry)
    members = geometry.get("geometries")
    return [polygon for member in (members if isinstance(members, list) else []) for polygon in _simple(member)]


def _simple(geometry: Any) -> list[list[Any]]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    found = geometry.get("coordinates") if kind in ("Polygon", "MultiPolygon") else None
    polygons = [found] if kind == "Polygon" else found
    if not isinstance(polygons, list) or not all(isinstance(polygon, list) for polygon in polygons):
        raise BadShape("R-MAP-06", _kind(geometry))
    return polygons


def _ring(raw: Any, extent: Extent) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    try:
        points = np.asarray(raw, dtype=np.float64)
    except (TypeError, ValueError):
        raise BadShape("R-MAP-08") from None
    if points.ndim != 2 or points.shape[1] < 2:
        raise BadShape("R-MAP-08")
    points = points[:, :2]
    if len(np.unique(points, axis=0)) < 3:
        raise BadShape("R-MAP-07")
    x, y = points[:, 0], points[:, 1]
    is_inside = (x >= extent.west) & (x <= extent.east) & (y >= extent.south) & (y <= extent.north)
    if not is_inside.all():
        at = points[int(np.argmin(is_inside))]
        raise BadShape("R-MAP-05", f"{at[0]:.6g}, {at[1]:.6g}")
    return points


def _areas_only(shape: BaseGeometry) -> BaseGeometry:
    """Without the lines and points that a repair may leave."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    return shapely.union_all([part for part in shapely.get_parts(shape) if part.geom_type.endswith("Polygon")])


def joined(areas: Sequence[BaseGeometry]) -> BaseGeometry:
    """Several shapes of one area as one (its islands may be features of their own)."""
    return areas[0] if len(areas) == 1 else _areas_only(shapely.union_all(list(areas)))


def simplified(areas: Sequence[BaseGeometry], tolerance_deg: float) -> list[BaseGeometry]:
    """Simpler shapes, in the same order; neighbours keep their common line.

    A shape that would lose its soundness stays as it is. Coordinates are rounded to a tenth of a metre, and rings start
    at the same point whatever the file's order, so that the same shapes give the same bytes.
    """
    raw = np.asarray(list(areas), dtype=object)
    simple = shapely.coverage_simplify(raw, tolerance_deg)
    return [_rounded(new if _is_sound(new) else old) for old, new in zip(raw, simple, strict=True)]


def _is_sound(shape: BaseGeometry) -> bool:
    return bool(shapely.is_valid(shape)) and shape.area > 0


def _rounded(shape: BaseGeometry) -> BaseGeometry:
    rounded = shapely.transform(shape, lambda points: np.round(points, _DECIMALS))
    return shapely.normalize(rounded if _is_sound(rounded) else shape)
