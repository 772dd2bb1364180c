"""Bytes of a boundary file -> its layers: features with their properties and geometry, GeoJSON or TopoJSON.

Put here: what is about the file. Keep out: which areas its features are, and whether their shapes are sound.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from jpt_pipeline.boundaries.spec import BoundarySpec
from jpt_pipeline.boundaries.topojson import BrokenTopology, decode_arcs, geometries, geometry

ID = "id"


class Unreadable(Exception):
    """A file is refused as a whole: the code of its message, and what stands in the message's blank."""

    def __init__(self, code: str, detail: str | None = None):
        self.code, self.detail = code, detail
        super().__init__(code)


@dataclass(frozen=True)
class Feature:
    """One feature: its number in the file from 1, its properties (its `id` among them), its geometry as in GeoJSON."""

    number: int
    properties: dict[str, Any]
    geometry: Any


@dataclass(frozen=True)
class BoundaryFile:
    """Format and layers by name (GeoJSON has one, without name), in the order of the file."""

    format: str
    layers: dict[str, list[Feature]]


def read_boundaries(content: bytes, spec: BoundarySpec) -> BoundaryFile:
    """Read a file by what its bytes are, whatever its name says.

    Raises:
        Unreadable: not JSON, neither of the two formats, too many features, or another coordinate system.
    """
    whole = _json(content)
    if whole.get("type") == "Topology":
        found = BoundaryFile("topojson", _topology(whole))
    elif whole.get("type") in ("FeatureCollection", "Feature"):
        features = whole.get("features") if whole["type"] == "FeatureCollection" else [whole]
        found = BoundaryFile("geojson", {"": _features(features)})
    else:
        raise Unreadable("R-MAP-02", str(whole.get("type"))[:40])
    _check_crs(whole.get("crs"), spec)
    if sum(map(len, found.layers.values())) > spec.limits.features:
        raise Unreadable("R-MAP-03")
    return found


def _json(content: bytes) -> dict[str, Any]:
    for encoding in ("utf-8-sig", "cp874"):
        try:
            whole = orjson.loads(content.decode(encoding))
        except UnicodeDecodeError:
            continue
        except orjson.JSONDecodeError as error:
            raise Unreadable("R-MAP-01", f"บรรทัด {error.lineno} ตัวที่ {error.colno}") from None
        if not isinstance(whole, dict):
            raise Unreadable("R-MAP-02", type(whole).__name__)
        return whole
    raise Unreadable("R-FILE-03")


def _features(raw: Any) -> list[Feature]:
    return [
        Feature(number, _properties(one), one.get("geometry"))
        for number, one in enumerate(raw if isinstance(raw, list) else [], start=1)
        if isinstance(one, dict)
    ]


def _properties(one: dict[str, Any]) -> dict[str, Any]:
    properties = one.get("properties")
    return {ID: one.get(ID), **(properties if isinstance(properties, dict) else {})}


def _topology(whole: dict[str, Any]) -> dict[str, list[Feature]]:
    objects = whole.get("objects")
    try:
        arcs = decode_arcs(whole)
        return {
            name: [
                Feature(number, _properties(one), geometry(one, arcs))
                for number, one in enumerate(geometries(thing), start=1)
            ]
            for name, thing in (objects if isinstance(objects, dict) else {}).items()
            if isinstance(thing, dict)
        }
    except BrokenTopology as error:
        raise Unreadable("R-MAP-09", str(error)[:60]) from None


def _check_crs(crs: Any, spec: BoundarySpec) -> None:
    """GeoJSON of before 2016 may name a coordinate system; none named means WGS84 (RFC 7946)."""
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name") if isinstance(properties, dict) else crs)
    if not name.upper().replace(" ", "").endswith(spec.crs):
        raise Unreadable("R-MAP-05", name[:60])
