"""Who executes a run: a process that holds a lock for as long as it lives. Runs whose owner died are ended.

Put here: telling living owners from dead ones. Keep out: executing runs (runs.py, workers.py).
The system frees the lock of a process that is killed, so a run that says STARTED is known for what it is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import dagster as dg
from filelock import FileLock, Timeout

from jpt_pipeline.settings import Settings

OWNER_TAG = "jpt/owner"
_S = dg.DagsterRunStatus
UNFINISHED = [_S.NOT_STARTED, _S.QUEUED, _S.STARTING, _S.STARTED, _S.CANCELING]


@contextmanager
def owning(settings: Settings) -> Iterator[str]:
    """A name for this process as an owner of runs, to be given as the tag OWNER_TAG."""
    name = f"owner-{uuid4().hex[:12]}"
    path = _lock(settings, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path):
            yield name
    finally:
        path.unlink(missing_ok=True)


def end_orphans(settings: Settings, instance: dg.DagsterInstance) -> list[str]:
    """End the runs that a killed process left behind, as failed, and free what they held; returns their ids."""
    ended = []
    for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
        owner = run.tags.get(OWNER_TAG)
        if owner and not _lives(_lock(settings, owner)):
            instance.report_run_failed(run, "its process has ended")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            ended.append(run.run_id)
    return ended


def _lock(settings: Settings, name: str) -> Path:
    return settings.root / "locks" / f"{name}.lock"


def _lives(lock: Path) -> bool:
    if not lock.exists():
        return False
    try:
        with FileLock(lock, timeout=0):
            lock.unlink(missing_ok=True)
            return False
    except Timeout:
        return True
