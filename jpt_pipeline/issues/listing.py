"""Findings and waivers as people look at them: counts first, then single findings by id, with age and due date.

Put here: what is asked of the tables of issues. Keep out: words (cli/issues.py). House codes are not shown: the id and the
village are enough to find a household in the tables of the home.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import duckdb

from jpt_pipeline.areas.tree import villages
from jpt_pipeline.clock import thai_day
from jpt_pipeline.issues.stage import ISSUES
from jpt_pipeline.issues.states import STANDING
from jpt_pipeline.issues.waivers import WaiverState, given, state_of, until
from jpt_pipeline.ledger import Entry, Waiver
from jpt_pipeline.store.lake import Lake


@dataclass(frozen=True)
class Tally:
    """Findings of one rule and status: how many, since when the oldest, when the first is due, how many are overdue.

    is_blocking: areas with such a finding that stands cannot be certified.
    """

    stream: str
    rule_id: str
    status: str
    issues_n: int
    opened_at: datetime
    due_date: date | None
    overdue_n: int
    is_blocking: bool


@dataclass(frozen=True)
class Issue:
    """One finding. age_days: days since it was seen first; None once it is mended."""

    issue_id: str
    stream: str
    village_code: str
    rule_id: str
    indicator_no: int | None
    status: str
    opened_at: datetime
    changed_at: datetime
    times_n: int
    owner_code: str
    due_date: date | None
    age_days: int | None
    is_overdue: bool


@dataclass(frozen=True)
class Listing:
    """What was asked for; `issues` are the first of issues_n: those that block, are due and old first."""

    tallies: list[Tally]
    issues: list[Issue]
    issues_n: int


@dataclass(frozen=True)
class Choice:
    """Which findings: of an area (None: all), of rules, of statuses; empty means any. `blocking`: the rules that block."""

    level: str | None = None
    area_code: str | None = None
    rule_ids: Sequence[str] = ()
    statuses: Sequence[str] = ()
    blocking: Sequence[str] = ()


@dataclass(frozen=True)
class ShownWaiver:
    """A waiver with what has become of it and its last day."""

    waiver: Waiver
    state: WaiverState
    until: date


def list_issues(
    connection: duckdb.DuckDBPyConnection, lake: Lake, survey_year: int, choice: Choice, on: date, limit: int
) -> Listing | None:
    """The findings of a round by choice; None when no province has a table of them, or the area is not registered.

    Raises:
        NotSealed: there is no register of areas, or a table is not the one that was sealed.
    """
    villages(connection, lake, survey_year)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE chosen_villages AS SELECT DISTINCT v.stream, v.village_code, v.province_code "
        "FROM villages v JOIN area_closure c USING (stream, village_code) "
        "WHERE c.level = coalesce($level, c.level) AND c.area_code = coalesce($area, c.area_code)",
        {"level": choice.level if choice.area_code else None, "area": choice.area_code},
    )
    provinces = {row[0] for row in connection.execute("SELECT DISTINCT province_code FROM chosen_villages").fetchall()}
    parts = [part for part in lake.parts(ISSUES, survey_year) if part.province_code in provinces]
    if not parts:
        return None
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE chosen_issues AS SELECT i.*, "
        "coalesce(due_date < $on, false) AND list_contains($standing::VARCHAR[], status) AS is_overdue, "
        "list_contains($blocking::VARCHAR[], rule_id) AS is_blocking "
        "FROM read_parquet($paths, hive_partitioning = false) i SEMI JOIN chosen_villages USING (stream, village_code) "
        "WHERE (len($rules::VARCHAR[]) = 0 OR list_contains($rules, rule_id)) "
        "AND (len($statuses::VARCHAR[]) = 0 OR list_contains($statuses, status))",
        {
            "on": on,
            "standing": list(STANDING),
            "blocking": list(choice.blocking),
            "paths": [lake.sealed(ISSUES, part) for part in parts],
            "rules": list(choice.rule_ids),
            "statuses": list(choice.statuses),
        },
    )
    tallies = connection.execute(
        "SELECT stream, rule_id, status, count(*), min(opened_at), min(due_date), count(*) FILTER (is_overdue), "
        "any_value(is_blocking) AS blocks FROM chosen_issues GROUP BY stream, rule_id, status "
        "ORDER BY NOT blocks, stream, rule_id, status"
    ).fetchall()
    rows = connection.execute(
        "SELECT issue_id, stream, village_code, rule_id, indicator_no, status, opened_at, changed_at, times_n, "
        "owner_code, due_date, NULL, is_overdue FROM chosen_issues ORDER BY status = 'mended', NOT is_blocking, "
        "due_date NULLS LAST, opened_at, stream, village_code, rule_id, issue_id LIMIT ?",
        [limit],
    ).fetchall()
    return Listing(
        tallies=[replace(tally, opened_at=_utc(tally.opened_at)) for tally in (Tally(*row) for row in tallies)],
        issues=[_dated(Issue(*row), on) for row in rows],
        issues_n=sum(row[3] for row in tallies),
    )


def list_waivers(
    entries: Sequence[Entry], survey_year: int, on: date, areas: set[tuple[str, str, str]] | None = None
) -> list[ShownWaiver]:
    """All waivers of a round that were ever given, of some areas (stream, level, code) or of all."""
    return [
        ShownWaiver(w, state_of(w, entries, on), until(w))
        for w in given(entries, survey_year)
        if areas is None or (w.stream, w.level, w.area_code) in areas
    ]


def areas_around(
    connection: duckdb.DuckDBPyConnection, lake: Lake, survey_year: int, level: str | None, area_code: str
) -> set[tuple[str, str, str]]:
    """(stream, level, code) of an area, of those in it and of those that it lies in. Raises NotSealed without register."""
    villages(connection, lake, survey_year)
    rows = connection.execute(
        "SELECT DISTINCT c.stream, c.level, c.area_code FROM area_closure c SEMI JOIN "
        "(FROM area_closure WHERE area_code = $area AND level = coalesce($level, level)) a USING (stream, village_code)",
        {"area": area_code, "level": level},
    ).fetchall()
    return set(rows)


def _dated(issue: Issue, on: date) -> Issue:
    """With times in UTC and its age."""
    opened_at = _utc(issue.opened_at)
    age = None if issue.status == "mended" else (on - thai_day(opened_at)).days
    return replace(issue, opened_at=opened_at, changed_at=_utc(issue.changed_at), age_days=age)


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC)
