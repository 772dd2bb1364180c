"""Gates about people in the field: re-interviews, visits, enumerators, one signature per name.

Put here: gates that rest on registers and samples, and the relations that they read. Keep out: gates on figures
(gates.py), how much a round demands (its file), Thai sentences (messages.yaml).
A register that is missing proves nothing: whoever is not in it was not there. No reason names an enumerator.
"""

from collections.abc import Collection
from typing import Any

import duckdb

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.confidence import Standing, bound_text, observed_text, standings
from jpt_pipeline.certification.messages import say
from jpt_pipeline.certification.offence import Offence, Rules
from jpt_pipeline.certification.relations import Relations
from jpt_pipeline.certification.state import Area
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import quoted

CLEAN, ENUMERATORS, VISITS = "households__clean", "register__enumerators", "register__visits"
ROLE = "enumerator"
_WORKERS, _ENUMERATORS, _VISITS = "cert_workers", "cert_enumerators", "cert_visits"
_NO_ENUMERATORS = (
    "SELECT NULL::VARCHAR AS enumerator_id, NULL::VARCHAR AS tambon_code, NULL::VARCHAR AS role, "
    "NULL::VARCHAR AS name_token WHERE false"
)
_NO_VISITS = "SELECT NULL::VARCHAR AS level, NULL::VARCHAR AS area_code WHERE false"


def confidence_reached(
    connection: duckdb.DuckDBPyConnection, relations: Relations, stream: str, level: str, rules: Rules
) -> list[Offence]:
    """A re-interview sample drawn from the present figures reaches the round's confidence, read as the round says."""
    demand = rules.quality.confidence if rules.quality else None
    if demand is None or demand.level != level:
        return []
    rows = connection.execute(
        f"SELECT survey_year, area_code, root_sha256 FROM {relations.nodes} "
        "WHERE stream = $stream AND level = $level ORDER BY area_code",
        {"stream": stream, "level": level},
    ).fetchall()
    roots = {Area(stream, level, code): root for _, code, root in rows}
    found = standings(rules.samples, rows[0][0], roots, demand) if rows else {}
    return [
        Offence(stream, level, area.area_code, told)
        for area, standing in found.items()
        if (told := _against(standing, demand.percent_min)) is not None
    ]


def _against(standing: Standing, percent_min: int) -> str | None:
    """What stands against an area by its samples."""
    verdict = standing.verdict
    if verdict is None:
        if standing.sample_ids:
            return say("G-SAMPLE-OPEN", sample=" ".join(standing.sample_ids), households_n=standing.drawn_n)
        return say("G-SAMPLE-OLD" if standing.outdated_n else "G-SAMPLE")
    if verdict.outcome == "pass":
        return None
    readings = {
        "observed": observed_text(verdict.observed),
        "lower_bound": bound_text(verdict.lower_bound),
        "agreed_n": standing.agreed_n,
        "examined_n": standing.examined_n,
        "percent_min": percent_min,
    }
    if verdict.outcome == "fail":
        return say("G-CONFIDENCE-LOW", **readings)
    return say("G-CONFIDENCE-MORE", **readings, more_n=verdict.more_n)


def visits_made(
    connection: duckdb.DuckDBPyConnection, relations: Relations, stream: str, level: str, rules: Rules
) -> list[Offence]:
    """Monitoring visits of the area are in the register, at least as many as the round asks at its level."""
    least = rules.quality.visits_min.get(level, 0) if rules.quality else 0
    query = f"""
        SELECT a.area_code, count(v.area_code) FROM {relations.areas} a
        LEFT JOIN {_VISITS} v ON v.level = a.level AND v.area_code = a.area_code
        WHERE a.stream = $stream AND a.level = $level
        GROUP BY a.area_code HAVING count(v.area_code) < $least ORDER BY a.area_code"""
    return [
        Offence(stream, level, area, say("G-VISITS", visits_n=visits, least_n=least))
        for area, visits in _rows(connection, query, stream, level, least=least)
    ]


def enumerators_registered(
    connection: duckdb.DuckDBPyConnection, relations: Relations, stream: str, level: str, rules: Rules
) -> list[Offence]:
    """No counted household was interviewed by somebody who is not in the round's register of enumerators."""
    query = f"""
        SELECT b.area_code, CAST(sum(w.households_n) AS BIGINT), count(DISTINCT w.enumerator_id),
               count(DISTINCT w.village_code), min(w.village_code)
        FROM {_WORKERS} w JOIN {relations.below} b
        ON b.stream = w.stream AND b.below_level = $bottom AND b.below_code = w.village_code
        WHERE w.stream = $stream AND b.level = $level AND NOT EXISTS (
            FROM {_ENUMERATORS} e WHERE e.enumerator_id = w.enumerator_id)
        GROUP BY b.area_code ORDER BY b.area_code"""
    return [
        Offence(
            stream, level, area,
            say("G-UNREGISTERED", households_n=households, enumerators_n=people, villages_n=villages, example=example),
        )
        for area, households, people, villages, example in _rows(
            connection, query, stream, level, bottom=load_levels()[0].level
        )
    ]  # fmt: skip


def enumerators_enough(
    connection: duckdb.DuckDBPyConnection, relations: Relations, stream: str, level: str, rules: Rules
) -> list[Offence]:
    """Every tambon of the area has as many registered enumerators as the round asks (letter of 2563: 20)."""
    least = (rules.quality.enumerators_per_tambon_min if rules.quality else None) or 0
    query = f"""
        WITH {_TAMBONS.format(below=relations.below, areas=relations.areas)},
        counted AS (
            SELECT tambon_code, count(DISTINCT enumerator_id) AS n FROM {_ENUMERATORS} WHERE role = $role GROUP BY ALL)
        SELECT t.area_code, count(*), min(t.tambon_code), min_by(coalesce(c.n, 0), t.tambon_code)
        FROM tambons t LEFT JOIN counted c USING (tambon_code) WHERE coalesce(c.n, 0) < $least
        GROUP BY t.area_code ORDER BY t.area_code"""
    rows = _rows(connection, query, stream, level, bottom=load_levels()[0].level, role=ROLE, least=least)
    return [
        Offence(stream, level, area, say("G-FEW", tambons_n=tambons, least_n=least, example=example, example_n=n))
        for area, tambons, example, n in rows
    ]


def one_signature_per_name(
    connection: duckdb.DuckDBPyConnection, relations: Relations, stream: str, level: str, rules: Rules
) -> list[Offence]:
    """In a tambon one name belongs to one enumerator, and every enumerator has one (letter of 2563: one name signed in
    different hands); names are compared as keyed tokens."""
    query = f"""
        WITH {_TAMBONS.format(below=relations.below, areas=relations.areas)},
        names AS (
            SELECT tambon_code, name_token, count(DISTINCT enumerator_id) AS ids_n FROM {_ENUMERATORS}
            WHERE role = $role GROUP BY ALL)
        SELECT t.area_code, count(*) FILTER (n.name_token IS NOT NULL AND n.ids_n > 1),
               CAST(coalesce(sum(n.ids_n) FILTER (n.name_token IS NOT NULL AND n.ids_n > 1), 0) AS BIGINT),
               min(t.tambon_code) FILTER (n.name_token IS NOT NULL AND n.ids_n > 1),
               CAST(coalesce(sum(n.ids_n) FILTER (n.name_token IS NULL), 0) AS BIGINT),
               min(t.tambon_code) FILTER (n.name_token IS NULL)
        FROM tambons t JOIN names n USING (tambon_code) GROUP BY t.area_code ORDER BY t.area_code"""
    offences = []
    for area, names, ids, shared_at, nameless, nameless_at in _rows(
        connection, query, stream, level, bottom=load_levels()[0].level, role=ROLE
    ):
        if names:
            told = say("G-SIGNATURES", names_n=names, enumerators_n=ids, example=shared_at)
            offences.append(Offence(stream, level, area, told))
        if nameless:
            offences.append(
                Offence(stream, level, area, say("G-NAMELESS", enumerators_n=nameless, example=nameless_at))
            )
    return offences


# Tambons in which the area's villages lie: an LAO (อปท.) may hold parts of several.
_TAMBONS = """tambons AS (
            SELECT DISTINCT b.area_code, v.tambon_code FROM {below} b
            JOIN {areas} v ON v.stream = b.stream AND v.level = b.below_level AND v.area_code = b.below_code
            WHERE b.stream = $stream AND b.level = $level AND b.below_level = $bottom AND v.tambon_code IS NOT NULL)"""

_READS: dict[str, frozenset[str]] = {
    confidence_reached.__name__: frozenset(),
    visits_made.__name__: frozenset({VISITS}),
    enumerators_registered.__name__: frozenset({CLEAN, ENUMERATORS}),
    enumerators_enough.__name__: frozenset({ENUMERATORS}),
    one_signature_per_name.__name__: frozenset({ENUMERATORS}),
}
FIELD_GATES = (confidence_reached, visits_made, enumerators_registered, enumerators_enough, one_signature_per_name)


def open_field(
    connection: duckdb.DuckDBPyConnection, lake: Lake, survey_year: int, parts: Collection[Part], gates: Collection[str]
) -> None:
    """Make what the named gates read: temporary tables of registers and of who interviewed in which village.

    cert_workers: stream, village_code, enumerator_id, households_n. A register that was never handed over is empty.

    Raises:
        NotSealed: a register is not the file that was sealed, or a province has no sealed households.
    """
    wanted = _tables(gates)
    for table, name, empty in ((ENUMERATORS, _ENUMERATORS, _NO_ENUMERATORS), (VISITS, _VISITS, _NO_VISITS)):
        if table in wanted:
            known = lake.path(table, Part(survey_year)).exists()
            source = f"SELECT * FROM {_read([lake.sealed(table, Part(survey_year))])}" if known else empty
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {source}")
    if CLEAN in wanted:
        paths = [lake.sealed(CLEAN, part) for part in parts if part.province_code]
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_WORKERS} AS SELECT stream, village_code, enumerator_id, "
            f"count(*) AS households_n FROM {_read(paths)} GROUP BY ALL"
        )


def field_inputs(lake: Lake, survey_year: int, parts: Collection[Part], gates: Collection[str]) -> dict[str, str]:
    """Digests of the files that the named gates read beside the rollups, for the fingerprint of the stage."""
    wanted = _tables(gates)
    registers = [(table, Part(survey_year)) for table in (ENUMERATORS, VISITS) if table in wanted]
    digests = {table: lake.seal(table, part).sha256 for table, part in registers if lake.path(table, part).exists()}
    if CLEAN in wanted:
        digests |= {f"{CLEAN} {part}": lake.seal(CLEAN, part).sha256 for part in parts if part.province_code}
    return digests


def _tables(gates: Collection[str]) -> set[str]:
    return {table for gate in gates for table in _READS.get(gate, ())}


def _read(paths: list[str]) -> str:
    listed = ", ".join(f"'{quoted(path)}'" for path in paths)
    return f"read_parquet([{listed}], hive_partitioning = false)"


def _rows(
    connection: duckdb.DuckDBPyConnection, query: str, stream: str, level: str, **values: Any
) -> list[tuple[Any, ...]]:
    return connection.execute(query, {"stream": stream, "level": level, **values}).fetchall()
