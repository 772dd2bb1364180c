"""When runs start by themselves: the yearly run and the daily progress, in Thailand's time.

The dates come from the rounds; a schedule asks the round of the day and does nothing outside of it.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from jpt_pipeline.areas.official import province_codes
from jpt_pipeline.partitions import key_of
from jpt_pipeline.rounds import Round, known_rounds, load_round
from jpt_pipeline.store.lake import Part

THAILAND = "Asia/Bangkok"
BE_OFFSET = 543


def round_of(day: date) -> Round | None:
    """The round whose survey year a day lies in; None when no round is defined for it."""
    year = day.year + BE_OFFSET
    return load_round(year) if year in known_rounds() else None


def year_partitions(round_: Round) -> list[Part]:
    """Every province that the round surveys, then the nation."""
    provinces = [code for code in province_codes() if code not in round_.excluded_provinces]
    return [*(Part(round_.survey_year, code) for code in provinces), Part(round_.survey_year)]


def make_schedules(jobs: Mapping[str, Any]) -> list[dg.ScheduleDefinition]:
    """The schedules over the jobs of `jpt_pipeline.jobs`."""

    @dg.schedule(
        cron_schedule="0 1 1 4 *",
        job=jobs["province_round"],
        execution_timezone=THAILAND,
        description="1 April, 01:00: every province of the year's round, one run each",
    )
    def yearly_run(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        found = round_of(_day(context))
        if found is None:
            yield dg.SkipReason("no round is defined for this year: data/rounds")
            return
        for part in year_partitions(found)[:-1]:
            yield dg.RunRequest(run_key=f"yearly-{key_of(part)}", partition_key=key_of(part))

    @dg.schedule(
        cron_schedule="30 6 * * *",
        job=jobs["national_round"],
        execution_timezone=THAILAND,
        description="06:30 every day: figures of the nation and the account of deliveries, for progress",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def daily_progress(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        day = _day(context)
        found = round_of(day)
        if found is None:
            return dg.SkipReason("no round is defined for this year: data/rounds")
        return dg.RunRequest(run_key=f"progress-{day.isoformat()}", partition_key=str(found.survey_year))

    return [yearly_run, daily_progress]


def _day(context: dg.ScheduleEvaluationContext) -> date:
    moment: datetime = context.scheduled_execution_time
    return moment.astimezone(ZoneInfo(THAILAND)).date()
