"""The table of issues of a province: every finding that ever stood, with its state, its team and its due date.

Put here: what the table is made from, and when it is made again. Keep out: how a state follows (states.py).
Its own previous version is an input (history.py). Findings between provinces belong to the province of their village.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
from filelock import FileLock

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.areas.tree import REGISTER, UNDATED, villages
from jpt_pipeline.clock import Clock, thai_day, utc_now
from jpt_pipeline.corrections.stored import read_receipts as read_corrections
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.intake.receipts import read_receipts
from jpt_pipeline.issues.history import kept
from jpt_pipeline.issues.ids import KEY, register_issue_ids
from jpt_pipeline.issues.states import NEXT_QUERY, STANDING_QUERY
from jpt_pipeline.issues.waivers import end_of, given, valid_waivers
from jpt_pipeline.ledger import Act, AreaEntry, Entry, Waiver, only, read_entries
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import dump_json, sha256_text
from jpt_pipeline.store.lake import Lake, NotSealed, Part, Seal
from jpt_pipeline.store.session import quoted, readable
from jpt_pipeline.store.stage import Gates, Output, run_stage
from jpt_pipeline.vault import read_key

if TYPE_CHECKING:
    from jpt_pipeline.rounds import Round

ISSUES, FINDINGS = "households__issues", "households__findings"
BETWEEN = f"{FINDINGS} between provinces"
_KEYS = ", ".join(KEY)


def make_issues(settings: Settings, part: Part, gates: Gates, now: Clock = utc_now) -> dict[str, Seal]:
    """households__issues of a province part.

    The clock decides only which waivers hold and what the chain asks today: it makes the table again when that changes.

    Raises:
        HistoryLost: the previous version cannot be read. LedgerBroken: see ledger/book.py.
        NotSealed: the findings or the register are not there. KeyMissing: the home's token key is not there.
    """
    assert part.survey_year is not None
    lake, at = Lake(settings.lake), now()
    on = thai_day(at)
    round_ = load_round(part.survey_year, settings.definitions)
    entries = read_entries(settings.ledger)
    waivers = valid_waivers(entries, part.survey_year, on)
    with duckdb.connect() as connection:
        villages(connection, lake, part.survey_year, part.province_code)
        areas = _areas(connection)
        inputs = _findings_inputs(connection, lake, part)
    returns = [act for act in only(entries, Act) if act.action == "return" and act.survey_year == part.survey_year]
    inputs["ledger"] = _ledger_sha256(returns, waivers, areas)
    inputs["chain"] = sha256_text(repr(_chain(round_, on)))

    def compute(connection: duckdb.DuckDBPyConnection) -> Sequence[Output]:
        villages(connection, lake, part.survey_year or 0, part.province_code)
        _open_findings(connection, lake, part)
        source = (
            f"SELECT * FROM read_parquet('{quoted(readable(before))}', hive_partitioning = false)" if before else None
        )
        connection.execute(f"CREATE TEMP VIEW issues_before AS {source or load_dictionary().empty(ISSUES)}")
        register_issue_ids(connection, read_key(settings, "token"))
        connection.execute(f"CREATE TEMP TABLE issues_standing AS {STANDING_QUERY}")
        _open_decisions(connection, returns, waivers)
        _open_teams(connection, _chain(round_, on))
        connection.execute(
            "CREATE TEMP TABLE issues_now AS SELECT ?::TIMESTAMP AS moment", [_moment(settings, part, at)]
        )
        return [Output(ISSUES, load_dictionary().select(ISSUES, NEXT_QUERY))]

    lock = settings.root / "locks" / f"{ISSUES}-history-{str(part).replace('/', '-')}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock), kept(lake, ISSUES, part) as before:
        return run_stage(settings, part, [ISSUES], inputs, gates, compute)


def is_behind(lake: Lake, part: Part) -> bool:
    """Whether the table of a province was made from other findings than those that stand now, or not at all."""
    assert part.survey_year is not None
    try:
        made_from = lake.seal(ISSUES, part).inputs
        with duckdb.connect() as connection:
            villages(connection, lake, part.survey_year, part.province_code)
            present = _findings_inputs(connection, lake, part)
    except NotSealed:
        return True
    return any(made_from.get(name) != digest for name, digest in present.items())


def _areas(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str, str]]:
    """(stream, level, code) of all areas of the part and of those above it."""
    areas = set(connection.execute("SELECT DISTINCT stream, level, area_code FROM area_closure").fetchall())
    streams = {area[0] for area in areas}
    return areas | {(stream, level.level, level.code) for stream in streams for level in load_levels() if level.code}


def _findings_inputs(connection: duckdb.DuckDBPyConnection, lake: Lake, part: Part) -> dict[str, str]:
    """Digests of the findings in a part's villages, and of the register; other provinces' findings do not move them."""
    rows: list[tuple[object, ...]] = []
    for path in _between(lake, part):
        query = f"SELECT {_KEYS} FROM read_parquet(?) SEMI JOIN villages USING (stream, village_code) ORDER BY ALL"
        rows = connection.execute(query, [path]).fetchall()
    return {
        FINDINGS: lake.seal(FINDINGS, part).sha256,
        BETWEEN: sha256_text(dump_json(rows)),
        REGISTER: lake.seal(REGISTER, UNDATED).sha256,
    }


def _between(lake: Lake, part: Part) -> list[str]:
    """The file of findings between provinces, as a list of one, or empty before they were looked for."""
    nation = Part(part.survey_year)
    return [lake.sealed(FINDINGS, nation)] if lake.seal_path(FINDINGS, nation).exists() else []


def _ledger_sha256(returns: Sequence[Act], waivers: Sequence[Waiver], areas: set[tuple[str, str, str]]) -> str:
    """Digest of the decisions about the part's areas: returns, and the waivers that hold."""
    decisions: Sequence[AreaEntry] = [*returns, *waivers]
    return sha256_text(repr([e.text() for e in decisions if (e.stream, e.level, e.area_code) in areas]))


def _chain(round_: "Round", on: date) -> list[tuple[str, date | None, str]]:
    """Per stream: due date of the lowest level that must certify, and the level whose team mends findings.

    The team is that of the lowest level of the chain (as first written) that consists of villages alone: tambon (ตำบล) or
    LAO (อปท.); of the level above the village where the chain has none. Source: the letters send what must be mended to
    ทีมตำบล/อปท.
    """
    bottom, *above = load_levels()
    teams = [level.level for level in above if not any(level.level in other.inside for other in above)]
    found: list[tuple[str, date | None, str]] = []
    for stream in round_.streams:
        team = next((known.level for known in stream.chain if known.level in teams), bottom.parent or bottom.level)
        found.append((stream.key, next(iter(round_.chain(stream.key, on))).due_date, team))
    return found


def _open_findings(connection: duckdb.DuckDBPyConnection, lake: Lake, part: Part) -> None:
    """issues_found: the keys of the findings in the part's villages."""
    connection.execute(
        f"CREATE TEMP TABLE issues_found AS SELECT {_KEYS} FROM read_parquet(?, hive_partitioning = false) "
        "SEMI JOIN villages USING (stream, village_code)",
        [[lake.sealed(FINDINGS, part), *_between(lake, part)]],
    )


def _open_decisions(connection: duckdb.DuckDBPyConnection, returns: Sequence[Act], waivers: Sequence[Waiver]) -> None:
    """issues_waived and issues_returned. A return that names areas below is one of their villages alone."""
    waived = pa.table({"issue_id": pa.array(sorted({i for w in waivers for i in w.issues}), pa.string())})
    _table(connection, "issues_waived", waived)
    rows = [(a.stream, a.level, a.area_code, a.at, a.sent_to or None) for a in returns]
    kinds = (pa.string(), pa.string(), pa.string(), pa.timestamp("us", tz="UTC"), pa.list_(pa.string()))
    names = ("stream", "level", "area_code", "at", "sent_to")
    columns = [pa.array([row[i] for row in rows], kind) for i, kind in enumerate(kinds)]
    _table(connection, "issues_returns", pa.table(columns, names=names))
    nation = load_levels()[-1]
    connection.execute(
        "CREATE TEMP TABLE issues_returned AS "
        "WITH around AS (FROM area_closure UNION ALL BY NAME SELECT DISTINCT stream, village_code, ? AS level, "
        "? AS area_code FROM villages) "
        "SELECT c.stream, c.village_code, max(r.at) AT TIME ZONE 'UTC' AS returned_at "
        "FROM issues_returns r JOIN around c USING (stream, level, area_code) "
        "WHERE r.sent_to IS NULL OR EXISTS (FROM around t WHERE t.stream = c.stream "
        "AND t.village_code = c.village_code AND t.level <> r.level AND list_contains(r.sent_to, t.area_code)) "
        "GROUP BY c.stream, c.village_code",
        [nation.level, nation.code],
    )


def _open_teams(connection: duckdb.DuckDBPyConnection, chain: Sequence[tuple[str, date | None, str]]) -> None:
    """issues_due and issues_owned."""
    streams, days, teams = zip(*chain, strict=True)
    due = pa.table({"stream": streams, "due_date": pa.array(days, pa.date32()), "level": teams})
    _table(connection, "issues_due", due)
    connection.execute(
        "CREATE TEMP TABLE issues_owned AS SELECT stream, village_code, area_code AS owner_code "
        "FROM area_closure SEMI JOIN issues_due USING (stream, level)"
    )


def _moment(settings: Settings, part: Part, at: datetime) -> datetime:
    """The last delivery, correction, decision or end of a waiver that the run rests on, UTC; not the hour of the run, so
    that the same history gives the same table. Without any it is `at`, the clock's."""
    assert part.survey_year is not None
    entries: Sequence[Entry] = read_entries(settings.ledger)
    moments = [
        receipt.received_at
        for receipt in read_receipts(settings.landing)
        if any(file.survey_year == part.survey_year for unit in receipt.units for file in unit.parts)
    ]
    moments += [
        r.received_at for r in read_corrections(settings) if part.survey_year in {f.survey_year for f in r.parts}
    ]
    moments += [entry.at for entry in only(entries, AreaEntry) if entry.survey_year == part.survey_year]
    ends = [end_of(waiver) for waiver in given(entries, part.survey_year)]
    moments += [end for end in ends if end <= at]
    return max(moments, default=at).astimezone(UTC).replace(tzinfo=None)


def _table(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    connection.register("given_rows", rows)
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM given_rows")
    connection.unregister("given_rows")
