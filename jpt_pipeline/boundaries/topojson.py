"""TopoJSON -> the geometry that GeoJSON would hold: shared arcs, delta-coded and scaled, put together to rings.

Put here: decoding (https://github.com/topojson/topojson-specification). Keep out: what the shapes mean.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Line = npt.NDArray[np.float64]
_DEPTH = {"Polygon": 2, "MultiPolygon": 3}


class BrokenTopology(Exception):
    """Arcs, their numbers or the transform are not as the format says."""


def decode_arcs(topology: dict[str, Any]) -> list[Line]:
    """The arcs as arrays [point, (x, y)] in the file's own coordinates.

    With a `transform` the positions are differences to the one before, in whole steps: x = sum * scale + translate.

    Raises:
        BrokenTopology: a position is not two numbers, or the transform lacks a part.
    """
    transform = topology.get("transform")
    try:
        arcs = [np.asarray(arc, dtype=np.float64)[:, :2] for arc in topology["arcs"]]
        if transform is None:
            return arcs
        scale, translate = (np.asarray(transform[key], dtype=np.float64) for key in ("scale", "translate"))
        return [np.cumsum(arc, axis=0) * scale + translate for arc in arcs]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BrokenTopology(str(error)) from None


def geometries(thing: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The geometries of a topology's object: itself, or those of a collection."""
    if thing.get("type") == "GeometryCollection":
        for inner in thing.get("geometries") or []:
            if isinstance(inner, dict):
                yield inner
    else:
        yield thing


def geometry(thing: dict[str, Any], arcs: list[Line]) -> dict[str, Any]:
    """A polygon or multipolygon of arc numbers with coordinates instead; any other geometry as it stands.

    Raises:
        BrokenTopology: an arc that is not there.
    """
    depth = _DEPTH.get(str(thing.get("type")))
    return (
        thing if depth is None else {"type": thing["type"], "coordinates": _coordinates(thing.get("arcs"), arcs, depth)}
    )


def _coordinates(numbers: Any, arcs: list[Line], depth: int) -> Any:
    if not isinstance(numbers, list):
        raise BrokenTopology("arcs is not a list")
    return [_ring(inner, arcs) if depth == 2 else _coordinates(inner, arcs, depth - 1) for inner in numbers]


def _ring(numbers: Any, arcs: list[Line]) -> Line:
    """Arcs end to end, the point where two meet once; a negative number (~n) is arc n backwards."""
    parts: list[Line] = []
    for number in numbers if isinstance(numbers, list) else []:
        place = ~number if isinstance(number, int) and number < 0 else number
        if not isinstance(place, int) or place >= len(arcs):
            raise BrokenTopology(f"arc {number}")
        line = arcs[place][::-1] if number < 0 else arcs[place]
        parts.append(line[1:] if parts else line)
    return np.concatenate(parts) if parts else np.empty((0, 2))
