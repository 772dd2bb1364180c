"""Runs of killed processes are ended; those of living ones, and of Dagster's own, are left alone."""

from pathlib import Path

import dagster as dg

from jpt_pipeline.owners import OWNER_TAG, end_orphans, owning
from jpt_pipeline.settings import Settings


@dg.job
def nothing() -> None:
    """A job without steps."""


def started(instance: dg.DagsterInstance, tags: dict[str, str]) -> str:
    return instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTED, tags=tags).run_id


def test_only_runs_of_dead_owners_are_ended(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with owning(settings) as dead:
        lock = tmp_path / "locks" / f"{dead}.lock"
        assert lock.exists()
    assert not lock.exists()
    lock.touch()  # as a killed process leaves it
    with dg.DagsterInstance.ephemeral() as instance, owning(settings) as alive:
        runs = [started(instance, tags) for tags in ({OWNER_TAG: dead}, {OWNER_TAG: alive}, {})]
        assert end_orphans(settings, instance) == runs[:1]
        statuses = [instance.get_run_by_id(run) for run in runs]
        assert [run.status.value for run in statuses if run] == ["FAILURE", "STARTED", "STARTED"]
        assert end_orphans(settings, instance) == []
    assert not lock.exists()
