"""`register boundaries`: a boundary file of one level becomes sealed shapes by area code, or is refused as a whole.

Put here: the order of events (keep the bytes, read, join, repair, simplify, merge, seal). Keep out: texts and geometry.
A file replaces the boundaries of its level in the provinces that it contains; all others stay.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import shapely
from filelock import FileLock
from pyarrow import parquet

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.areas.report import PLACES_SHOWN, Notice, Spot, notice
from jpt_pipeline.areas.tree import REGISTER, UNDATED
from jpt_pipeline.boundaries.match import Match, match
from jpt_pipeline.boundaries.readfile import Feature, Unreadable, read_boundaries
from jpt_pipeline.boundaries.shapes import BadShape, Shape, joined, shape_of, simplified
from jpt_pipeline.boundaries.spec import BoundarySpec, load_boundary_spec
from jpt_pipeline.boundaries.stored import COLUMNS, WHOLE, table_of
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import keep_bytes, sha256_text
from jpt_pipeline.store.lake import Check, Lake, NotSealed, Verdict
from jpt_pipeline.store.session import session

RULES_VERSION = "boundaries/1"  # raise it when the same file would give other shapes


@dataclass(frozen=True)
class BoundaryReport:
    """What became of a boundary file. Refused: `errors` is not empty and nothing was stored.

    features_n: features of the layer that was taken; stored_n: areas with a boundary from this file; unknown_n: features
    of no registered area; missing_n: registered areas of the file's provinces without a feature; code_name: the property
    that was taken for the code; total_n: areas of the level with a boundary afterwards, over all files.
    """

    level: str
    file_name: str
    file_sha256: str | None = None
    format: str | None = None
    layer: str | None = None
    code_name: str | None = None
    features_n: int = 0
    stored: bool = False
    stored_n: int = 0
    unknown_n: int = 0
    missing_n: int = 0
    repaired_n: int = 0
    total_n: int = 0
    provinces: tuple[str, ...] = ()
    errors: tuple[Notice, ...] = ()
    findings: tuple[Notice, ...] = ()


def register_boundaries(path: Path, level: str, settings: Settings, code_name: str | None = None) -> BoundaryReport:
    """Check a boundary file (GeoJSON or TopoJSON) and store its shapes; see data/areas/boundaries.yaml.

    The bytes are kept under landing/registers/<sha256> before anything else. code_name: property with the code; without
    it the one whose values are most often codes of the register. The same file again gives the same bytes.
    """
    report = BoundaryReport(level=level, file_name=path.name)
    spec = load_boundary_spec(settings.definitions)
    settings.root.mkdir(parents=True, exist_ok=True)
    lake = Lake(settings.lake)
    with FileLock(settings.root / ".lock"), session(settings) as connection:
        try:
            content = _content(path, spec)
            report = replace(report, file_sha256=keep_bytes(content, settings.landing / "registers"))
            file = read_boundaries(content, spec)
            known = _known(connection, lake, level)
            found = match(file, level, known, spec, code_name)
        except Unreadable as error:
            return replace(report, errors=(notice(error.code, [Spot(other=error.detail)], 1),))
        report = _joined_report(replace(report, format=file.format), found, known)
        return _store_shapes(connection, lake, report, found, known, spec)


def _content(path: Path, spec: BoundarySpec) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(spec.limits.bytes + 1)
    except OSError as error:
        raise Unreadable("R-FILE-01", error.strerror) from None
    if len(content) > spec.limits.bytes:
        raise Unreadable("R-MAP-03")
    return content


def _known(connection: duckdb.DuckDBPyConnection, lake: Lake, level: str) -> dict[str, str]:
    """Codes of a level, of any year of the register, with the province of each."""
    try:
        source = lake.sealed(REGISTER, UNDATED)
    except NotSealed:
        raise Unreadable("R-MAP-11") from None
    column = next(one.column for one in load_levels() if one.level == level)
    rows = connection.execute(
        f"SELECT {column}, min(province_code) FROM read_parquet(?, hive_partitioning = false) GROUP BY 1 ORDER BY 1",
        [source],
    ).fetchall()
    return dict(rows)


def _joined_report(report: BoundaryReport, found: Match, known: dict[str, str]) -> BoundaryReport:
    """The report with what the join left over: counts, and the first codes of each kind."""
    provinces = {known[code] for code in found.by_code}
    missing = [code for code, province in known.items() if province in provinces and code not in found.by_code]
    several = [code for code, features in found.by_code.items() if len(features) > 1]
    findings = []
    if found.unknown:
        spots = [Spot(value=code, other=str(feature.number)) for feature, code in found.unknown]
        findings.append(notice("R-MAP-12", spots[:PLACES_SHOWN], len(spots)))
    for code, areas in (("R-MAP-13", missing), ("R-MAP-14", several)):
        if areas:
            findings.append(notice(code, [Spot(value=area) for area in areas[:PLACES_SHOWN]], len(areas)))
    return replace(
        report,
        layer=found.layer or None,
        code_name=found.code_name,
        features_n=sum(map(len, found.by_code.values())) + len(found.unknown),
        unknown_n=len(found.unknown),
        missing_n=len(missing),
        provinces=tuple(sorted(provinces)),
        findings=tuple(findings),
    )


def _store_shapes(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    report: BoundaryReport,
    found: Match,
    known: dict[str, str],
    spec: BoundarySpec,
) -> BoundaryReport:
    shapes, errors = _shapes(found, spec)
    if errors:
        return replace(report, errors=tuple(errors))
    repaired = [code for code, parts in shapes.items() if any(part.is_repaired for part in parts)]
    if repaired:
        spots = [Spot(value=code) for code in repaired[:PLACES_SHOWN]]
        report = replace(report, findings=(*report.findings, notice("R-MAP-15", spots, len(repaired))))
    areas = [joined([part.area for part in parts]) for parts in shapes.values()]
    simple = simplified(areas, spec.levels[report.level].tolerance_deg)
    digest = str(report.file_sha256)
    rows = [
        (code, known[code], shapely.to_wkb(area, byte_order=1), report.file_name, digest)
        for code, area in zip(shapes, simple, strict=True)
    ]
    try:
        total_n = _merge(connection, lake, report, rows)
    except NotSealed as error:
        return replace(report, errors=(notice("R-LAKE-01", [Spot(other=str(error))], 1),))
    return replace(report, stored=True, stored_n=len(rows), repaired_n=len(repaired), total_n=total_n)


def _shapes(found: Match, spec: BoundarySpec) -> tuple[dict[str, list[Shape]], list[Notice]]:
    """Sound shapes by code; and what is wrong with the others, by code of the message."""
    shapes: dict[str, list[Shape]] = {}
    bad: dict[str, list[Spot]] = {}
    points_n = 0
    for code, features in found.by_code.items():
        for feature in features:
            shape = _shape(feature, spec, code, bad)
            if shape:
                points_n += shape.points_n
                shapes.setdefault(code, []).append(shape)
    if points_n > spec.limits.points:
        bad["R-MAP-03"] = [Spot()]
    return shapes, [notice(code, spots[:PLACES_SHOWN], len(spots)) for code, spots in sorted(bad.items())]


def _shape(feature: Feature, spec: BoundarySpec, code: str, bad: dict[str, list[Spot]]) -> Shape | None:
    try:
        return shape_of(feature.geometry, spec)
    except BadShape as error:
        place = f"รูปที่ {feature.number} รหัส {code}"
        bad.setdefault(error.code, []).append(Spot(value=place, other=error.detail))
        return None


def _merge(
    connection: duckdb.DuckDBPyConnection, lake: Lake, report: BoundaryReport, rows: Sequence[tuple[Any, ...]]
) -> int:
    """Write and seal the level's table: the new rows, and the earlier ones of other provinces; give how many there are.

    Raises:
        NotSealed: the earlier table is not the one that was sealed.
    """
    table = table_of(report.level)
    kept: list[dict[str, Any]] = []
    if lake.seal_path(table, WHOLE).exists():
        lake.seal(table, WHOLE)
        earlier = parquet.ParquetFile(lake.path(table, WHOLE)).read(columns=list(COLUMNS)).to_pylist()
        kept = [row for row in earlier if row["province_code"] not in report.provinces]
    whole = [*kept, *(dict(zip(COLUMNS, row, strict=True)) for row in rows)]
    kinds = [(name, pa.binary() if name == "shape" else pa.string()) for name in COLUMNS]
    connection.register("shapes", pa.Table.from_pylist(whole, schema=pa.schema(kinds)))
    inputs = {f"province {row['province_code']}": row["file_sha256"] for row in whole}
    seal = lake.write(
        connection,
        table,
        WHOLE,
        f"SELECT {', '.join(COLUMNS)} FROM shapes ORDER BY area_code",
        fingerprint=sha256_text(json.dumps([RULES_VERSION, sorted(inputs.items())])),
        inputs=inputs,
        checks=[_once()],
    )
    connection.unregister("shapes")
    return seal.rows_n


def _once() -> Check:
    def check(connection: duckdb.DuckDBPyConnection, source: str) -> list[Verdict]:
        repeated = f"SELECT 1 FROM {source} GROUP BY area_code HAVING count(*) > 1 OR octet_length(min(shape)) = 0"
        found = connection.execute(f"SELECT count(*) FROM ({repeated})").fetchall()[0][0]
        return [Verdict("one_shape", found == 0, found, "an area has one shape")]

    return check
