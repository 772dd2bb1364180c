"""Provinces in several processes: Dagster's own queue of runs, with what it needs started for as long as it is needed.

Put here: filling the queue, the daemon that works it off, waiting. Keep out: what a run does; runs in this process (runs.py).
A daemon that is there already (Dagster's page) is used. One of our own ends with us, even if we are killed: it lives on a
pipe that the system closes; what it leaves unfinished is ended by the next command (owners.py).
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import yaml
from filelock import FileLock, Timeout

from jpt_pipeline.failures import reason_of
from jpt_pipeline.owners import OWNER_TAG
from jpt_pipeline.settings import CHECKOUT, Settings

Progress = Callable[[str, int, int], None]
LEAST_MEMORY_MB = 128
LOOK_SECONDS = 1.0
STALE_SECONDS = 60
_QUEUE = "QUEUED_RUN_COORDINATOR"
_WORKSPACE = ("-w", "workspace.yaml")


@dataclass(frozen=True)
class RunFailed:
    """A job that did not end well: its partition and what the failed step said (no personal data)."""

    job: str
    key: str
    reason: str


class QueueUnfit(Exception):
    """The home's queue of runs cannot do what was asked; the message is Thai with its code."""


def runs_at_once(settings: Settings) -> int:
    """How many runs the home's Dagster executes at a time (concurrency.runs.max_concurrent_runs of dagster.yaml)."""
    content = yaml.safe_load((settings.dagster_home / "dagster.yaml").read_text(encoding="utf-8")) or {}
    return int(content.get("concurrency", {}).get("runs", {}).get("max_concurrent_runs", 10))


def environment(settings: Settings, workers: int) -> dict[str, str]:
    """Environment of Dagster's processes for a home: each run takes its share of the threads and of the memory."""
    return os.environ | {
        "DAGSTER_HOME": str(settings.dagster_home),
        "JPT_HOME": str(settings.root),
        "JPT_THREADS": str(max(1, settings.threads // workers)),
        "JPT_MEMORY_MB": str(max(LEAST_MEMORY_MB, settings.memory_mb // workers)),
        "MPLCONFIGDIR": str(settings.figure_cache),
    }


def execute_queued(
    settings: Settings,
    instance: dg.DagsterInstance,
    owner: str,
    job: str,
    keys: Sequence[str],
    workers: int,
    progress: Progress,
) -> list[RunFailed]:
    """Put a run for each partition into the queue and wait until all have ended; returns those that failed.

    Raises:
        QueueUnfit: the queue executes another number of runs at a time, does not take the runs, or its daemon ended.
    """
    if (allowed := runs_at_once(settings)) != workers:
        raise QueueUnfit(
            f"X-WORKERS คิวงานของ JPT_HOME นี้ทำพร้อมกัน {allowed} งาน ไม่ใช่ {workers} - ใช้ --workers {allowed} "
            f"หรือแก้ concurrency.runs.max_concurrent_runs ใน {settings.dagster_home / 'dagster.yaml'}"
        )
    if not keys:
        return []
    with _daemon(settings, instance, workers) as is_alive:
        progress(f"{job}: queue", 0, len(keys))
        _submit(settings, owner, job, keys, workers)
        runs = _runs(instance, owner, len(keys))
        while (ended_n := sum(run.is_finished for run in runs)) < len(runs):
            working = sorted(_key(run) for run in runs if run.status == dg.DagsterRunStatus.STARTED)
            progress(" ".join([job, *working]), ended_n, len(keys))
            if not is_alive():
                raise QueueUnfit(f"X-WORKERS ตัวทำงานของคิวหยุดไป - ดู {_log(settings)}")
            time.sleep(LOOK_SECONDS)
            runs = _runs(instance, owner, len(keys))
    return [RunFailed(job, _key(run), _reason(instance, run)) for run in runs if not run.is_success]


def _runs(instance: dg.DagsterInstance, owner: str, wanted_n: int) -> Sequence[dg.DagsterRun]:
    runs = instance.get_runs(dg.RunsFilter(tags={OWNER_TAG: owner}))
    if len(runs) != wanted_n:
        raise QueueUnfit(f"X-WORKERS คิวรับ {len(runs)} งาน จาก {wanted_n}")
    return runs


def _key(run: dg.DagsterRun) -> str:
    return run.tags["dagster/partition"]


def _submit(settings: Settings, owner: str, job: str, keys: Sequence[str], workers: int) -> None:
    what = ["-j", job, "--partitions", ",".join(keys), "--tags", json.dumps({OWNER_TAG: owner}), "--noprompt"]
    command = [sys.executable, "-m", "dagster", "job", "backfill", *_WORKSPACE, *what]
    with _log(settings).open("ab") as log:
        done = subprocess.run(
            command, cwd=CHECKOUT, env=environment(settings, workers), stdout=log, stderr=log, check=False
        )
    if done.returncode:
        raise QueueUnfit(f"X-WORKERS คิวไม่รับงาน - ดู {_log(settings)}")


@contextmanager
def _daemon(settings: Settings, instance: dg.DagsterInstance, workers: int) -> Iterator[Callable[[], bool]]:
    """What works the queue off, for as long as the block: the daemon that is there, else one of our own."""

    def beat() -> float:
        last = instance.get_daemon_heartbeats().get(_QUEUE)
        return last.timestamp if last else 0.0

    def is_there() -> bool:
        return time.time() - beat() < STALE_SECONDS

    marker, before = _log(settings).with_suffix(".lock"), beat()
    was_left = marker.exists()
    with suppress(Timeout), FileLock(marker, timeout=0):
        # Left by a command that was killed: its daemon ended with it, and its last sign of life is no other daemon's.
        while was_left and is_there() and beat() == before:
            time.sleep(LOOK_SECONDS)
        marker.unlink()
    if is_there():
        yield is_there
        return
    command = [sys.executable, "-m", "dagster._daemon", "run", *_WORKSPACE]
    with FileLock(marker), _log(settings).open("ab") as log:
        daemon = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env=environment(settings, workers),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        # Ends the daemon's session when our end of the pipe closes, however we end.
        ending = f"cat >/dev/null; kill -TERM {daemon.pid}; sleep 5; kill -KILL -{daemon.pid}"
        guard = subprocess.Popen(["/bin/sh", "-c", ending], stdin=subprocess.PIPE, stderr=log, start_new_session=True)
        try:
            yield lambda: daemon.poll() is None
        finally:
            daemon.terminate()
            daemon.wait()
            guard.kill()
            guard.communicate()
            instance.wipe_daemon_heartbeats()
            marker.unlink(missing_ok=True)


def _log(settings: Settings) -> Path:
    return settings.dagster_home / "workers.log"


def _reason(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    entries = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    return reason_of(entry.dagster_event for entry in entries if entry.dagster_event)
