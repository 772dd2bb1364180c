"""Runs from the command line: the same jobs as Dagster's page starts, province after province in one warm process.

Put here: starting jobs and telling what happened. Keep out: what a job does (assets/), runs in other processes (workers.py).
A province in which nothing changed since its last run succeeded is verified, not run: that run is still what the page shows.
"""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import dagster as dg

from jpt_pipeline.certification.situation import NoFigures
from jpt_pipeline.certification.tables import outdated
from jpt_pipeline.definitions import CERTIFIED_PROVINCE, GATES, JOBS, MAKERS, RELEASE, SHARED_PERSONS, build_defs
from jpt_pipeline.failures import reason_of
from jpt_pipeline.home import furnish
from jpt_pipeline.households.sources import staged_provinces
from jpt_pipeline.intake.receipts import read_receipts
from jpt_pipeline.issues import HistoryLost
from jpt_pipeline.ledger import LedgerBroken
from jpt_pipeline.owners import OWNER_TAG, end_orphans, owning
from jpt_pipeline.partitions import key_of, part_of
from jpt_pipeline.resources import Home
from jpt_pipeline.rollup.areas import registered_provinces
from jpt_pipeline.runlog import eased
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import read_json
from jpt_pipeline.store.lake import Lake, NotSealed, Part
from jpt_pipeline.store.release import current_release
from jpt_pipeline.store.stage import Outdated, looking
from jpt_pipeline.workers import QueueUnfit, RunFailed, execute_queued

__all__ = ["QueueUnfit", "RunFailed", "publish", "refresh_certified", "run_jobs", "run_round"]

Progress = Callable[[str, int, int], None]
PROVINCE = "province_round"
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Step:
    """A job for a partition; `only` selects some of its assets."""

    job: str
    key: str
    only: tuple[dg.AssetKey, ...] = ()


def instance(settings: Settings) -> dg.DagsterInstance:
    """The home's Dagster instance, so that runs of the command line show on the page beside all others."""
    furnish(settings)
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    os.environ.setdefault("MPLCONFIGDIR", str(settings.figure_cache))
    logging.getLogger("dagster").setLevel(logging.ERROR)
    return dg.DagsterInstance.get()


def run_round(
    settings: Settings,
    survey_year: int,
    provinces: Sequence[str] | None,
    progress: Progress,
    workers: int = 1,
) -> list[RunFailed]:
    """Run provinces of a round (all that are registered or delivered, unless named), then the nation.

    A province that fails does not stop the others; returns what failed.

    Args:
        workers: provinces at a time, each in a process of its own from Dagster's queue of runs; 1: all in this process.

    Raises:
        QueueUnfit: the home's queue runs another number at a time, or could not be started (workers only).
    """
    registered = registered_provinces(settings, survey_year)
    staged = staged_provinces(read_receipts(settings.landing), survey_year)
    wanted = set(provinces) if provinces else registered | staged
    # Records of provinces without any registered village can only be quarantined: they are never left out.
    parts = [Part(survey_year, code) for code in sorted(wanted | (staged - registered))]
    steps = [Step("province_round", key_of(part)) for part in parts]
    # Persons in two provinces are known once all provinces are: the states that this moves are made again before the nation.
    compare = Step("national_round", str(survey_year), tuple(SHARED_PERSONS))
    return run_jobs(settings, [*steps, compare], progress, lambda: _after_provinces(settings, survey_year), workers)


def _after_provinces(settings: Settings, survey_year: int) -> list[Step]:
    moved = outdated(Lake(settings.lake), survey_year)
    again = [Step("province_round", key_of(part), tuple(CERTIFIED_PROVINCE)) for part in moved]
    return [*again, Step("national_round", str(survey_year))]


def refresh_certified(settings: Settings, survey_year: int, provinces: Sequence[str]) -> None:
    """After an act in the ledger: make the provinces' certified tables and the nation's tables again.

    Raises:
        RuntimeError: a job failed; the act itself stands in the ledger.
    """
    certified = tuple(CERTIFIED_PROVINCE)
    steps = [Step("province_round", f"{code}|{survey_year}", certified) for code in provinces if code]
    failed = run_jobs(settings, [*steps, Step("national_round", str(survey_year))], lambda *_: None)
    if failed:
        raise RuntimeError(f"{failed[0].job} {failed[0].key}: {failed[0].reason}")


def publish(settings: Settings, survey_year: int, progress: Progress, *, reports: bool = True) -> list[RunFailed]:
    """A release of a round from its sealed results and the nation's reports, then those of each province."""
    release = Step("publish_round", str(survey_year), () if reports else (RELEASE,))
    failed = run_jobs(settings, [release], progress)
    if failed or not reports:
        return failed
    manifest = read_json(current_release(settings.published, survey_year) / "manifest.json")
    provinces = [Step("province_reports", key_of(Part(survey_year, code))) for code in manifest["provinces"]]
    return run_jobs(settings, provinces, progress)


def run_jobs(
    settings: Settings,
    steps: Sequence[Step],
    progress: Progress,
    then: Callable[[], list[Step]] = list,
    workers: int = 1,
) -> list[RunFailed]:
    """Execute steps on the home's instance, leaving out provinces in which nothing changed, then those that `then` gives.

    In this process one after another; with several `workers` the provinces among the steps in processes of their own.
    Runs that a killed process left behind are ended first.
    """
    failed: list[RunFailed] = []
    with eased(), instance(settings) as dagster_instance, owning(settings) as owner:
        end_orphans(settings, dagster_instance)
        defs = build_defs(home=Home(path=str(settings.root)))
        todo = [step for step in steps if not _is_current(settings, dagster_instance, step, progress)]
        if workers > 1:
            queued = [step.key for step in todo if step.job == PROVINCE]
            failed += execute_queued(settings, dagster_instance, owner, PROVINCE, queued, workers, progress)
            todo = [step for step in todo if step.job != PROVINCE]
        for number, step in enumerate(todo):
            progress(f"{step.job} {step.key}", number, len(todo))
            failed += _execute(defs, dagster_instance, step, owner)
        more = then()
        for number, step in enumerate(more):
            progress(f"{step.job} {step.key}", len(todo) + number, len(todo) + len(more))
            failed += _execute(defs, dagster_instance, step, owner)
        progress("", len(todo) + len(more), len(todo) + len(more))
    return list(dict.fromkeys(failed))


def _is_current(settings: Settings, dagster_instance: dg.DagsterInstance, step: Step, progress: Progress) -> bool:
    """Whether a whole province's tables are those that a run would give, and its last run succeeded."""
    if step.job != PROVINCE or step.only:
        return False
    tags = {"dagster/partition": step.key}
    last = dagster_instance.get_runs(dg.RunsFilter(job_name=JOBS[PROVINCE].name, tags=tags), limit=1)
    if not last or not last[0].is_success:
        return False
    progress(f"verify {step.key}", 0, 0)
    try:
        with looking():
            for make in MAKERS[True]:
                make(settings, part_of(step.key), GATES)
    except (Outdated, NotSealed, NoFigures, HistoryLost, LedgerBroken):
        return False  # the run makes it, or says what is wrong
    return True


def _execute(defs: dg.Definitions, dagster_instance: dg.DagsterInstance, step: Step, owner: str) -> list[RunFailed]:
    result = defs.resolve_job_def(JOBS[step.job].name).execute_in_process(
        instance=dagster_instance,
        partition_key=step.key,
        raise_on_error=False,
        run_config=_QUIET,
        asset_selection=list(step.only) or None,
        tags={OWNER_TAG: owner},
    )
    return [] if result.success else [RunFailed(step.job, step.key, reason_of(result.all_events))]
