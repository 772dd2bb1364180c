"""When runs start by themselves: the yearly run and the daily progress, in Thailand's time.

The dates come from the rounds; a schedule asks the round of the day and does nothing outside of it.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from jpt_pipeline.areas.official import province_codes
from jpt_pipeline.clock import BUDDHIST_ERA
from jpt_pipeline.partitions import key_of
from jpt_pipeline.rounds import Round, known_rounds, load_round
from jpt_pipeline.store.lake import Part

THAILAND = "Asia/Bangkok"


def season(round_: Round) -> tuple[date, date]:
    """First and last day on which a round is worked: from its collecting window and due dates, else its calendar year.

    A round may be worked in the year after its own (2563 was).
    """
    year = round_.survey_year - BUDDHIST_ERA
    chains = [level for stream in round_.streams for level in stream.chain]
    first = round_.collecting.first or date(year, 1, 1)
    known = [day for day in (round_.collecting.last, *(level.due_date for level in chains)) if day]
    return first, max([date(first.year, 12, 31), *known])


def round_of(day: date) -> Round | None:
    """The round that is worked on a day, the latest begun of several; None when none is defined for it."""
    rounds = [load_round(year) for year in known_rounds()]
    worked = [round_ for round_ in rounds if season(round_)[0] <= day <= season(round_)[1]]
    return max(worked, key=lambda round_: season(round_)[0], default=None)


def run_month(round_: Round) -> date:
    """First day of the month in which the round's whole run starts: that of its first due date, else the one after
    collecting ends, else April."""
    due = [level.due_date for stream in round_.streams for level in stream.chain if level.due_date]
    if due:
        return min(due).replace(day=1)
    if last := round_.collecting.last:
        return date(last.year + last.month // 12, last.month % 12 + 1, 1)
    return date(season(round_)[0].year, 4, 1)


def year_partitions(round_: Round) -> list[Part]:
    """Every province that the round surveys, then the nation."""
    provinces = [code for code in province_codes() if code not in round_.excluded_provinces]
    return [*(Part(round_.survey_year, code) for code in provinces), Part(round_.survey_year)]


def make_schedules(jobs: Mapping[str, Any]) -> list[dg.ScheduleDefinition]:
    """The schedules over the jobs of `jpt_pipeline.jobs`."""

    @dg.schedule(
        cron_schedule="0 1 1 * *",
        job=jobs["province_round"],
        execution_timezone=THAILAND,
        description="Once a round, 01:00 on the first of the month of its first due date: every province, one run each",
    )
    def yearly_run(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        day = _day(context)
        found = round_of(day)
        if found is None:
            yield dg.SkipReason("no round is worked on this day: data/rounds")
            return
        if day != run_month(found):
            yield dg.SkipReason(f"the run of {found.survey_year} starts on {run_month(found)}")
            return
        for part in year_partitions(found)[:-1]:
            yield dg.RunRequest(run_key=f"yearly-{key_of(part)}", partition_key=key_of(part))

    @dg.schedule(
        cron_schedule="30 6 * * *",
        job=jobs["progress_round"],
        execution_timezone=THAILAND,
        description="06:30 every day: figures of the nation, account of deliveries, report of progress; dated ones are kept",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def daily_progress(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        day = _day(context)
        found = round_of(day)
        if found is None:
            return dg.SkipReason("no round is worked on this day: data/rounds")
        at = {"ops": {"reports__progress": {"config": {"at": context.scheduled_execution_time.isoformat()}}}}
        key = str(found.survey_year)
        return dg.RunRequest(run_key=f"progress-{day.isoformat()}", partition_key=key, run_config=at)

    return [yearly_run, daily_progress]


def _day(context: dg.ScheduleEvaluationContext) -> date:
    moment: datetime = context.scheduled_execution_time
    return moment.astimezone(ZoneInfo(THAILAND)).date()
