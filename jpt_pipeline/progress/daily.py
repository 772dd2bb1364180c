"""What is made every morning: the current report of the nation, and the snapshots that are due or were missed.

Put here: which reports of a moment are made and kept. Keep out: their pages (handed in), notices, Dagster.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.clock import thai_day
from jpt_pipeline.ledger import read_entries
from jpt_pipeline.progress.calendar import end_of, load_calendar
from jpt_pipeline.progress.facts import collect_facts
from jpt_pipeline.progress.report import Report, done_on, make_reports
from jpt_pipeline.progress.rhythm import DueReport, dated_reports, due_reports
from jpt_pipeline.progress.snapshots import (
    Kept,
    SnapshotChanged,
    Write,
    changed_snapshots,
    find_snapshot,
    keep_snapshot,
    progress_folder,
)
from jpt_pipeline.rounds import Round, load_round
from jpt_pipeline.settings import Settings


@dataclass(frozen=True)
class Morning:
    """What was made: reports of the moment with their files, snapshots made now, kept ones that were changed."""

    reports: list[Report]
    files: list[Path]
    kept: list[Kept]
    changed: list[str]


def make_morning(settings: Settings, survey_year: int, at: datetime, made_at: datetime, write: Write) -> Morning:
    """Refresh `current/`, keep what is due on the day of `at` in Thailand, and dated reports of earlier days that are
    not there yet (they say that they were made later).

    Raises:
        NotSealed, LedgerBroken, LedgerBusy: the home is not ready.
    """
    round_ = load_round(survey_year, settings.definitions)
    nation = load_levels()[-1]
    area = (nation.level, nation.code or "")
    facts = collect_facts(settings, survey_year, at, [area])
    reports = make_reports(settings, facts, *area, made_at)
    out = progress_folder(settings, survey_year) / "current"
    files = [path for report in reports for path in write(report, out)]
    kept: list[Kept] = []
    changed = changed_snapshots(settings, survey_year)
    for day, streams in wanted_snapshots(settings, round_, thai_day(at), done_on(facts, round_)):
        past = collect_facts(settings, survey_year, end_of(day), [area])
        for report in make_reports(settings, past, *area, made_at):
            if report.stream in streams:
                try:
                    kept.append(keep_snapshot(settings, report, write))
                except SnapshotChanged as error:
                    changed.append(str(error))
    return Morning(reports, files, [one for one in kept if one.is_new], sorted(set(changed)))


def wanted_snapshots(
    settings: Settings, round_: Round, day: date, done: date | None
) -> Iterator[tuple[date, set[str]]]:
    """Days of which a snapshot is due and not kept, each with the streams that it is asked of."""
    missed = [report for report in dated_reports(round_) if report.made_on < day]
    due = due_reports(round_, day, load_calendar(settings.definitions), done)
    entries = read_entries(settings.ledger)
    for as_of in sorted({report.as_of for report in (*missed, *due)}):
        asked = [report for report in (*missed, *due) if report.as_of == as_of]
        streams = {stream for report in asked for stream in _streams(round_, report)}
        open_ = {s for s in streams if find_snapshot(entries, round_.survey_year, s, as_of) is None}
        if open_:
            yield as_of, open_


def _streams(round_: Round, report: DueReport) -> list[str]:
    return [report.stream] if report.stream else [stream.key for stream in round_.streams]
