"""Small boundary files for tests: squares in a row, one for each code, as GeoJSON and as TopoJSON."""

import json
from pathlib import Path
from typing import Any

EAST, NORTH, SIDE = 103.5, 18.2, 0.1


def ring(place: int, side: float = SIDE) -> list[list[float]]:
    """A square, the `place`-th of a row; neighbours share a side."""
    west = EAST + place * SIDE
    corners = ((west, NORTH), (west + side, NORTH), (west + side, NORTH + side), (west, NORTH + side), (west, NORTH))
    return [[round(x, 6), round(y, 6)] for x, y in corners]


def feature(code: Any, place: int, **more: Any) -> dict[str, Any]:
    properties = {"name": f"ที่ {place}", "TAM_CODE": code, "amphoe": "3801", **more}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring(place)]}}


def collection(*features: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **more}


def topology(codes: list[str], **more: Any) -> dict[str, Any]:
    """The same squares with shared arcs, quantized: the line between two of them stands once, used in both directions."""
    steps = 1000
    side = round(SIDE * steps)
    arcs: list[list[list[int]]] = [[[0, 0], [0, side]]]  # the western side of the first, upwards
    geometries = []
    for place, code in enumerate(codes):
        start = place * side
        arcs.append([[start, side], [side, 0]])  # the northern side, eastwards
        arcs.append([[start + side, side], [0, -side]])  # the eastern side, downwards
        arcs.append([[start + side, 0], [-side, 0]])  # the southern side, westwards
        west = 0 if place == 0 else ~(3 * place - 1)
        geometries.append(
            {
                "type": "Polygon",
                "arcs": [[west, 3 * place + 1, 3 * place + 2, 3 * place + 3]],
                "id": code,
                "properties": {"name": f"ที่ {place}"},
            }
        )
    return {
        "type": "Topology",
        "transform": {"scale": [1 / steps, 1 / steps], "translate": [EAST, NORTH]},
        "arcs": arcs,
        "objects": {"tambons": {"type": "GeometryCollection", "geometries": geometries}},
        **more,
    }


def write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path
