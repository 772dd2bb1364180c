"""`register`: a register file of the operator becomes rows of a sealed table of the lake, or is refused as a whole.

Put here: the order of events (keep the bytes, read, check, merge, seal). Keep out: rules and texts of one register.
A file replaces the rows of the districts (per survey year) that it contains, of visits, committees and budgets the rows
of the areas; all other rows stay.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import duckdb

from jpt_pipeline.areas.area_rules import check_merged_areas, resolve_areas
from jpt_pipeline.areas.household_rules import resolve_households
from jpt_pipeline.areas.names import register_name_token
from jpt_pipeline.areas.office_rules import OFFICE_KINDS, resolve_offices
from jpt_pipeline.areas.readfile import RawTable, read_register
from jpt_pipeline.areas.report import Notice, RegisterReport, Spot, notice
from jpt_pipeline.areas.spec import RegisterKind, RegisterSpec, load_registers
from jpt_pipeline.areas.tree import UNDATED
from jpt_pipeline.areas.values import check_values, load_values
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import keep_bytes, sha256_text
from jpt_pipeline.store.lake import Check, Lake, NotSealed, Part, Verdict
from jpt_pipeline.store.session import session

RULES_VERSION = "register/2"  # raise it when the same file would give other rows


def register(kind: RegisterKind, path: Path, settings: Settings) -> RegisterReport:
    """Check a register file and store it; its columns are those of data/areas/registers.yaml.

    The bytes are kept under landing/registers/<sha256> before anything else. An error refuses the whole file and
    leaves the lake as it was; findings are reported and the file is stored. The same file again gives the same bytes.

    Raises:
        KeyMissing: the register holds tokens, and the home's token key is not there or is another one.
    """
    report = RegisterReport(kind=kind, file_name=path.name)
    try:
        content = path.read_bytes()
    except OSError as error:
        return replace(report, errors=(notice("R-FILE-01", [Spot(other=error.strerror)], 1),))
    spec = load_registers()[kind]
    digest = keep_bytes(content, settings.landing / "registers")
    raw = read_register(content, kind, list(spec.columns))
    report = replace(report, file_sha256=digest, format=raw.format, encoding=raw.encoding)
    if raw.cells is None:
        return _judged(report, [*raw.errors, *raw.findings])
    with session(settings) as connection:
        if spec.tokens:
            register_name_token(connection, settings)
        return _process(connection, Lake(settings.lake), kind, spec, raw, report)


def _judged(report: RegisterReport, notices: Iterable[Notice]) -> RegisterReport:
    by_severity: dict[str, list[Notice]] = {"error": [], "warning": []}
    for found in notices:
        by_severity[found.severity].append(found)
    return replace(report, errors=tuple(by_severity["error"]), findings=tuple(by_severity["warning"]))


def _process(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    kind: RegisterKind,
    spec: RegisterSpec,
    raw: RawTable,
    report: RegisterReport,
) -> RegisterReport:
    assert raw.cells is not None
    load_values(connection, raw.cells, spec)
    notices = [*raw.errors, *raw.findings, *check_values(connection, spec)]
    try:
        notices += _resolve(connection, lake, kind, spec)
        parts = _parts(connection, kind)
        sources = {part: _stored_rows(lake, spec.table, part) for part in parts}
    except NotSealed as error:
        return _judged(report, [*notices, notice("R-LAKE-01", [Spot(other=str(error))], 1)])
    if kind == "areas":
        _merge(connection, kind, spec, UNDATED, sources[UNDATED])
        notices += check_merged_areas(connection)
    report = replace(_judged(report, notices), rows_n=raw.cells.num_rows)
    if report.errors:
        return report
    tables, scopes = {}, {}
    for part in parts:
        districts = _merge(connection, kind, spec, part, sources[part])
        tables[str(part)] = _store(connection, lake, spec, part, districts, str(report.file_sha256))
        scopes[str(part)] = districts
    stored = connection.execute("SELECT count(*) FROM new_rows").fetchall()[0][0]
    return replace(report, stored=True, stored_n=stored, tables=tables, scopes=scopes)


def _resolve(connection: duckdb.DuckDBPyConnection, lake: Lake, kind: RegisterKind, spec: RegisterSpec) -> list[Notice]:
    """Make new_rows and what its scopes need, by the rules of the kind of register."""
    if kind == "areas":
        return resolve_areas(connection)
    if kind in OFFICE_KINDS:
        return resolve_offices(connection, lake, kind, spec)
    return resolve_households(connection, lake, kind, spec)


def _parts(connection: duckdb.DuckDBPyConnection, kind: RegisterKind) -> list[Part]:
    """The files of the lake that the new rows belong to: one per survey year, or the one of the areas."""
    if kind == "areas":
        return [UNDATED]
    years = connection.execute("SELECT DISTINCT survey_year FROM new_rows ORDER BY survey_year").fetchall()
    return [Part(year) for (year,) in years]


def _stored_rows(lake: Lake, table: str, part: Part) -> Path | None:
    """The file of earlier rows, or None. Without a seal it is the whole file of a run that was stopped while sealing.

    Raises:
        NotSealed: it is not the file that was sealed.
    """
    path = lake.path(table, part)
    if not path.exists():
        return None
    if lake.seal_path(table, part).exists():
        lake.seal(table, part)
    return path


def _merge(
    connection: duckdb.DuckDBPyConnection, kind: RegisterKind, spec: RegisterSpec, part: Part, source: Path | None
) -> list[str]:
    """Make `merged`: the new rows of a part, and the earlier rows of scopes without new rows; give the new scopes.

    A column that an earlier file does not have, since it was stored by an older version, is NULL in its rows.
    """
    columns = ", ".join(spec.stored)
    mine = "TRUE" if kind == "areas" else f"found.survey_year = {part.survey_year:d}"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE incoming AS {_scoped(kind, spec, 'new_rows')} WHERE {mine}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE merged AS SELECT row_no, scope, {columns} FROM incoming")
    if source is not None:
        rows = "read_parquet(?, hive_partitioning = false)"
        known = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {rows}", [str(source)]).fetchall()}
        lacking = "".join(f", NULL AS {name}" for name in spec.stored if name not in known)
        earlier = _scoped(kind, spec, f"(SELECT NULL::BIGINT AS row_no, *{lacking} FROM {rows})")
        connection.execute(
            f"INSERT INTO merged SELECT row_no, scope, {columns} FROM ({earlier}) "
            "WHERE scope NOT IN (SELECT scope FROM incoming)",
            [str(source)],
        )
    return [scope for (scope,) in connection.execute("SELECT DISTINCT scope FROM incoming ORDER BY scope").fetchall()]


def _scoped(kind: RegisterKind, spec: RegisterSpec, rows: str) -> str:
    """Rows with the district they belong to (`scope`), of an unknown village or tambon by its code; or the area."""
    if spec.scope:
        return f"SELECT *, concat_ws(' ', {', '.join(spec.scope)}) AS scope FROM {rows} AS found"
    if kind == "areas":
        return f"SELECT *, {spec.place} AS scope FROM {rows} AS found"
    return (
        f"SELECT found.*, coalesce(places.district_code, left({spec.place}, 4)) AS scope FROM {rows} AS found "
        f"LEFT JOIN places ON places.survey_year = found.survey_year AND places.code = {spec.place}"
    )


def _store(
    connection: duckdb.DuckDBPyConnection, lake: Lake, spec: RegisterSpec, part: Part, districts: list[str], digest: str
) -> int:
    """Write and seal `merged`; the seal says from which file the rows of each district came. Gives the rows."""
    known = lake.seal(spec.table, part).inputs if lake.seal_path(spec.table, part).exists() else {}
    scopes = {scope for (scope,) in connection.execute("SELECT DISTINCT scope FROM merged").fetchall()}
    inputs = {scope: source for scope, source in known.items() if scope in scopes} | dict.fromkeys(districts, digest)
    order = ", ".join(f"{name} NULLS FIRST" for name in [*spec.keys, *spec.stored])
    seal = lake.write(
        connection,
        spec.table,
        part,
        f"SELECT {', '.join(spec.stored)} FROM merged ORDER BY {order}",
        fingerprint=sha256_text(json.dumps([RULES_VERSION, sorted(inputs.items())])),
        inputs=inputs,
        checks=[_not_null(spec.not_null), *([_unique(spec.keys)] if spec.unique else [])],
    )
    return seal.rows_n


def _not_null(columns: list[str]) -> Check:
    def check(connection: duckdb.DuckDBPyConnection, source: str) -> list[Verdict]:
        null = " OR ".join(f"{name} IS NULL" for name in columns)
        found = connection.execute(f"SELECT count(*) FROM {source} WHERE {null}").fetchall()[0][0]
        return [Verdict("no_nulls", found == 0, found, f"{', '.join(columns)} are filled in")]

    return check


def _unique(keys: list[str]) -> Check:
    def check(connection: duckdb.DuckDBPyConnection, source: str) -> list[Verdict]:
        repeated = f"SELECT 1 FROM {source} GROUP BY {', '.join(keys)} HAVING count(*) > 1"
        found = connection.execute(f"SELECT count(*) FROM ({repeated})").fetchall()[0][0]
        return [Verdict("unique_keys", found == 0, found, f"({', '.join(keys)}) is there once")]

    return check
