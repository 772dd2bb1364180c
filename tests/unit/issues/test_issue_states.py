"""The states of findings over runs: the SQL of the stage against a function that fits a screen, for every sequence of runs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product

import duckdb
import pytest

from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.issues.ids import KEY_TEXT, issue_id, register_issue_ids
from jpt_pipeline.issues.stage import ISSUES
from jpt_pipeline.issues.states import NEXT_QUERY, STANDING_QUERY, STATUSES

KEY = b"k" * 32
START = datetime(2018, 3, 1)
RUNS = 4
# What holds for a finding in one run: it stands; a valid waiver names it; its village was returned since the run before.
# Every sequence of these over the runs is one finding, in a village of its own: 8 ** 4 of them in the same four runs.
SEQUENCES = list(product(product([False, True], repeat=3), repeat=RUNS))


@dataclass(frozen=True)
class Row:
    """What the table says of one finding, beside its key."""

    status: str
    opened_at: datetime
    changed_at: datetime
    times_n: int


def expected(before: Row | None, stands: bool, waived: bool, returned_at: datetime | None, now: datetime) -> Row | None:
    """The rules, in words of Python."""
    if before is None:
        return Row("waived" if waived else "new", now, now, 0) if stands else None
    if not stands:
        return before if before.status == "mended" else replace(before, status="mended", changed_at=now)
    is_back = before.status == "mended" or (before.status == "waived" and not waived)
    before = replace(before, times_n=before.times_n + is_back)
    if waived:
        return before if before.status == "waived" else replace(before, status="waived", changed_at=now)
    if is_back:
        return replace(before, status="reopened", changed_at=now)
    if returned_at and returned_at > before.changed_at and before.status != "returned":
        return replace(before, status="returned", changed_at=now)
    return replace(before, status="open") if before.status == "new" else before


def day_of(run: int) -> datetime:
    return START + timedelta(days=2 * run)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every finding with its village, and for every run what holds for it."""
    with duckdb.connect() as opened:
        register_issue_ids(opened, KEY)
        opened.execute(
            "CREATE TABLE sequences (village_code VARCHAR, indicator_no BIGINT, run BIGINT, stands BOOLEAN, waived "
            "BOOLEAN, returned BOOLEAN)"
        )
        rows = [
            (f"{number:08d}", number if number % 2 else None, run, *holds)
            for number, sequence in enumerate(SEQUENCES)
            for run, holds in enumerate(sequence)
        ]
        columns = [list(column) for column in zip(*rows, strict=True)]
        opened.execute(
            "INSERT INTO sequences SELECT unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6)",
            columns,
        )
        opened.execute(
            "CREATE VIEW keyed AS SELECT 2561 AS survey_year, 'jpt' AS stream, village_code, '38010000001' AS "
            "household_id, 'J-PERSON' AS rule_id, indicator_no, run, stands, waived, returned FROM sequences"
        )
        opened.execute(
            "CREATE TABLE issues_owned AS SELECT DISTINCT stream, village_code, 'L1' AS owner_code FROM keyed"
        )
        opened.execute("CREATE TABLE issues_due AS SELECT 'jpt' AS stream, DATE '2018-03-20' AS due_date")
        opened.execute(f"CREATE TEMP TABLE issues_before AS {load_dictionary().empty(ISSUES)}")
        yield opened


def run_once(connection: duckdb.DuckDBPyConnection, run: int) -> dict[str, Row]:
    """The stage's two queries; their result becomes issues_before. Returns it by village."""
    keys = "survey_year, stream, village_code, household_id, rule_id, indicator_no"
    temp = "CREATE OR REPLACE TEMP TABLE"
    connection.execute(f"{temp} issues_found AS SELECT {keys} FROM keyed WHERE run = {run} AND stands")
    connection.execute(
        f"{temp} issues_waived AS SELECT issue_id({KEY_TEXT}) AS issue_id FROM keyed WHERE run = {run} AND waived"
    )
    connection.execute(
        f"{temp} issues_returned AS SELECT stream, village_code, CAST(? AS TIMESTAMP) + to_days(CAST(2 * max(run) - 1 AS "
        f"INTEGER)) AS returned_at FROM keyed WHERE run <= {run} AND returned GROUP BY ALL",
        [START],
    )
    connection.execute(f"{temp} issues_now AS SELECT CAST(? AS TIMESTAMP) AS moment", [day_of(run)])
    connection.execute(f"{temp} issues_standing AS {STANDING_QUERY}")
    connection.execute(f"{temp} issues_before AS {load_dictionary().select(ISSUES, NEXT_QUERY)}")
    rows = connection.execute(
        "SELECT village_code, status, opened_at, changed_at, times_n FROM issues_before"
    ).fetchall()
    return {row[0]: Row(*row[1:]) for row in rows}


def test_every_sequence_of_runs_gives_what_the_rules_say(connection: duckdb.DuckDBPyConnection) -> None:
    known: dict[str, Row] = {}
    returned: dict[str, datetime] = {}
    for run in range(RUNS):
        now = day_of(run)
        for number, sequence in enumerate(SEQUENCES):
            village, (stands, waived, is_returned) = f"{number:08d}", sequence[run]
            if is_returned:
                returned[village] = now - timedelta(days=1)
            if after := expected(known.get(village), stands, waived, returned.get(village), now):
                known[village] = after
        found = run_once(connection, run)
        assert [(v, found.get(v), row) for v, row in known.items() if found.get(v) != row] == []
        assert len(found) == len(known)
    assert {row.status for row in known.values()} == set(STATUSES)


def test_an_id_is_that_of_the_key_and_says_nothing_without_it(connection: duckdb.DuckDBPyConnection) -> None:
    text = "2561|jpt|00000002|38010000001|J-PERSON|"
    query = f"SELECT DISTINCT {KEY_TEXT}, issue_id({KEY_TEXT}) FROM keyed WHERE village_code = '00000002'"
    assert connection.execute(query).fetchall() == [(text, issue_id(KEY, text))]
    assert len(issue_id(KEY, text)) == 16
    assert issue_id(b"x" * 32, text) != issue_id(KEY, text)
