"""The gates of certification: each is a query for what stands against an area, told as Thai reasons with figures.

Put here: gates that judge figures, and the registry by which rounds name them.
Keep out: which level has which gates (the round's file), Thai sentences (messages.yaml), gates that need states:
`children_certified` is judged in state.py, from the certificates.
"""

from collections.abc import Iterable
from typing import Any

import duckdb

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.gates_field import FIELD_GATES
from jpt_pipeline.certification.messages import say
from jpt_pipeline.certification.offence import Gate, Offence, Rules
from jpt_pipeline.certification.relations import Relations
from jpt_pipeline.dictionary import load_dictionary

__all__ = ["CHILDREN_CERTIFIED", "GATES", "Gate", "Offence", "Rules", "UnknownGate", "check_names"]

CHILDREN_CERTIFIED = "children_certified"


class UnknownGate(ValueError):
    """A round names a gate that does not exist."""


def check_names(names: Iterable[str]) -> None:
    """Raises UnknownGate unless every name is a gate."""
    if unknown := sorted(set(names) - {*GATES, CHILDREN_CERTIFIED}):
        raise UnknownGate(f"unknown gates {unknown}; known are {sorted([*GATES, CHILDREN_CERTIFIED])}")


def coverage_complete(
    connection: duckdb.DuckDBPyConnection, relations: Relations, stream: str, level: str, rules: Rules
) -> list[Offence]:
    """Every village has a target, and surveyed plus reason-coded non-response reach it, each village by itself."""
    columns = load_dictionary().tables["rollups__coverage"].columns
    reasons = [name for name in columns if name.startswith("nonresponse_")]
    query = f"""
        WITH v AS (
            SELECT b.area_code, b.below_code AS village_code, coalesce(c.target_n, 0) AS target_n,
                   greatest(coalesce(c.target_n - c.surveyed_n - {" - ".join(f"c.{name}" for name in reasons)}, 0), 0)
                   AS short_n
            FROM {relations.below} b LEFT JOIN {relations.rollup("rollups__coverage")} c
            ON c.stream = b.stream AND c.level = b.below_level AND c.area_code = b.below_code
            WHERE b.stream = $stream AND b.level = $level AND b.below_level = $bottom)
        SELECT a.area_code, count(v.village_code), count(*) FILTER (v.target_n = 0),
               min(v.village_code) FILTER (v.target_n = 0), CAST(coalesce(sum(v.short_n), 0) AS BIGINT),
               count(*) FILTER (v.short_n > 0), min(v.village_code) FILTER (v.short_n > 0)
        FROM {relations.areas} a LEFT JOIN v USING (area_code)
        WHERE a.stream = $stream AND a.level = $level GROUP BY a.area_code ORDER BY a.area_code"""
    offences = []
    for area, villages, untargeted, first_untargeted, short, short_villages, first_short in _rows(
        connection, query, stream, level, bottom=_bottom()
    ):
        told = []
        if villages == 0:
            told.append(say("G-VILLAGES"))
        elif untargeted:
            told.append(say("G-TARGET", villages_n=untargeted, example=first_untargeted))
        if short:
            told.append(say("G-COVERAGE", households_n=short, villages_n=short_villages, example=first_short))
        offences += [Offence(stream, level, area, reason) for reason in told]
    return offences


def answers_complete(
    connection: duckdb.DuckDBPyConnection, relations: Relations, stream: str, level: str, rules: Rules
) -> list[Offence]:
    """No applicable household lacks a scored answer: incomplete_n is 0, and no finding of an 'incomplete' rule.

    Answers whose finding is waived are taken off incomplete_n, village by village; one that no finding lists stays.
    """
    query = f"""
        WITH waived AS (
            SELECT village_code AS area_code, CAST(sum(answers_n) AS BIGINT) AS answers_n
            FROM {relations.answers_waived} WHERE stream = $stream GROUP BY ALL),
        open AS (
            SELECT area_code AS village_code,
                   CAST(sum(incomplete_n) AS BIGINT) - coalesce(any_value(w.answers_n), 0) AS n
            FROM {relations.rollup("rollups__indicators")} LEFT JOIN waived w USING (area_code)
            WHERE stream = $stream AND level = $bottom GROUP BY ALL HAVING n > 0
            UNION ALL
            SELECT village_code, count(*) FROM {relations.findings}
            WHERE stream = $stream AND list_contains($rule_ids, rule_id) GROUP BY ALL),
        villages AS (SELECT village_code, max(n) AS n FROM open GROUP BY ALL)
        SELECT b.area_code, CAST(sum(n) AS BIGINT), count(*), min(village_code)
        FROM villages v JOIN {relations.below} b ON b.below_code = v.village_code
        WHERE b.stream = $stream AND b.level = $level AND b.below_level = $bottom GROUP BY ALL ORDER BY ALL"""
    rows = _rows(connection, query, stream, level, bottom=_bottom(), rule_ids=sorted(rules.incomplete))
    return [
        Offence(stream, level, area, say("G-ANSWERS", answers_n=answers, villages_n=villages, example=example))
        for area, answers, villages, example in rows
    ]


def findings_decided(
    connection: duckdb.DuckDBPyConnection, relations: Relations, stream: str, level: str, rules: Rules
) -> list[Offence]:
    """No finding stands whose code blocks certification until somebody decides."""
    query = f"""
        SELECT b.area_code, count(DISTINCT (f.village_code, f.household_id)), count(DISTINCT f.village_code),
               string_agg(DISTINCT f.rule_id, ' ' ORDER BY f.rule_id), min(f.village_code)
        FROM {relations.findings} f JOIN {relations.below} b
        ON b.stream = f.stream AND b.below_level = $bottom AND b.below_code = f.village_code
        WHERE f.stream = $stream AND b.level = $level AND list_contains($rule_ids, f.rule_id)
        GROUP BY b.area_code ORDER BY b.area_code"""
    rows = _rows(connection, query, stream, level, bottom=_bottom(), rule_ids=sorted(rules.blocking))
    return [
        Offence(
            stream, level, area,
            say("G-FINDINGS", households_n=households, villages_n=villages, rules=codes, example=example),
        )
        for area, households, villages, codes, example in rows
    ]  # fmt: skip


def evidence_complete(
    connection: duckdb.DuckDBPyConnection, relations: Relations, stream: str, level: str, rules: Rules
) -> list[Offence]:
    """No household lacks photo or signature without a reason code (letter of 2563: evidence per household)."""
    query = f"""
        SELECT b.area_code, CAST(sum(c.photo_missing_n) AS BIGINT), CAST(sum(c.signature_missing_n) AS BIGINT),
               count(*), min(b.below_code)
        FROM {relations.below} b JOIN {relations.rollup("rollups__coverage")} c
        ON c.stream = b.stream AND c.level = b.below_level AND c.area_code = b.below_code
        WHERE b.stream = $stream AND b.level = $level AND b.below_level = $bottom
        AND (c.photo_missing_n > 0 OR c.signature_missing_n > 0) GROUP BY b.area_code ORDER BY b.area_code"""
    return [
        Offence(
            stream, level, area,
            say("G-EVIDENCE", photo_n=photo, signature_n=signature, villages_n=villages, example=example),
        )
        for area, photo, signature, villages, example in _rows(connection, query, stream, level, bottom=_bottom())
    ]  # fmt: skip


def totals_tie_out(
    connection: duckdb.DuckDBPyConnection, relations: Relations, stream: str, level: str, rules: Rules
) -> list[Offence]:
    """No total of the area or of an area below it differs from its parts; `tie_out` holds what differs (totals.py)."""
    query = f"""
        SELECT b.area_code, count(DISTINCT (t.level, t.area_code)), min_by(t.told, (t.level, t.area_code, t.told))
        FROM {relations.tie_out} t JOIN {relations.below} b
        ON b.stream = t.stream AND b.below_level = t.level AND b.below_code = t.area_code
        WHERE b.stream = $stream AND b.level = $level GROUP BY b.area_code ORDER BY b.area_code"""
    return [
        Offence(stream, level, area, say("G-TOTALS", places_n=places, example=example))
        for area, places, example in _rows(connection, query, stream, level)
    ]


def all_provinces(
    connection: duckdb.DuckDBPyConnection, relations: Relations, stream: str, level: str, rules: Rules
) -> list[Offence]:
    """Every province that the round expects has figures below the area."""
    query = f"""
        SELECT a.area_code, count(*), min(e.code)
        FROM {relations.areas} a CROSS JOIN (SELECT unnest($expected::VARCHAR[]) AS code) e
        WHERE a.stream = $stream AND a.level = $level AND NOT EXISTS (
            FROM {relations.below} b JOIN {relations.rollup("rollups__economy")} r
            ON r.stream = b.stream AND r.level = b.below_level AND r.area_code = b.below_code
            WHERE b.stream = a.stream AND b.level = a.level AND b.area_code = a.area_code
            AND b.below_level = $province AND b.below_code = e.code)
        GROUP BY a.area_code ORDER BY a.area_code"""
    expected = sorted(rules.provinces_expected)
    rows = _rows(connection, query, stream, level, expected=expected, province=load_levels()[-2].level)
    return [
        Offence(stream, level, area, say("G-PROVINCES", provinces_n=missing, example=example))
        for area, missing, example in rows
    ]


GATES: dict[str, Gate] = {
    gate.__name__: gate
    for gate in (
        coverage_complete,
        answers_complete,
        findings_decided,
        evidence_complete,
        totals_tie_out,
        all_provinces,
        *FIELD_GATES,
    )
}
"""Gates by the name that rounds use: those on figures, then those about people in the field."""


def _bottom() -> str:
    return load_levels()[0].level


def _rows(
    connection: duckdb.DuckDBPyConnection, query: str, stream: str, level: str, **values: Any
) -> list[tuple[Any, ...]]:
    return connection.execute(query, {"stream": stream, "level": level, **values}).fetchall()
