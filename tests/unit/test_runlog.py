"""The log of runs: written at ease within the block, as before after it; one file for all runs of a home."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from jpt_pipeline.home import furnish
from jpt_pipeline.runlog import RunLog, eased
from jpt_pipeline.settings import Settings


def synchronous(file: Path) -> int:
    with create_engine(f"sqlite:///{file}", poolclass=NullPool).connect() as connection:
        return int(connection.execute(text("PRAGMA synchronous")).scalar_one())


def test_files_are_eased_within_the_block_alone(tmp_path: Path) -> None:
    file = tmp_path / "log.db"
    with create_engine(f"sqlite:///{file}", poolclass=NullPool).connect() as connection:
        connection.execute(text("PRAGMA journal_mode=WAL"))
        connection.execute(text("CREATE TABLE lines (n INTEGER)"))
        connection.commit()
    assert synchronous(file) == 2
    with eased():
        assert synchronous(file) == 1
        with create_engine(f"sqlite:///{file}", poolclass=NullPool).connect() as connection:
            connection.execute(text("INSERT INTO lines VALUES (1)"))
            connection.commit()
        assert file.with_name("log.db-wal").stat().st_size > 0, "what was written is not moved at every close"
    assert synchronous(file) == 2
    assert not file.with_name("log.db-wal").exists() and file.stat().st_size > 0
    with create_engine(f"sqlite:///{file}").connect() as connection:
        assert connection.execute(text("SELECT n FROM lines")).scalar_one() == 1


@dg.multi_asset(specs=[dg.AssetSpec("thing")], check_specs=[dg.AssetCheckSpec("gate", asset="thing", blocking=True)])
def thing() -> Iterator[object]:
    """One asset with a gate that asks for what it looked at."""
    yield dg.MaterializeResult(
        metadata={"rows": 3}, check_results=[dg.AssetCheckResult(check_name="gate", passed=True)]
    )


def test_the_log_of_a_home_is_one_file_that_every_process_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path / "home")
    furnish(settings)
    monkeypatch.setenv("DAGSTER_HOME", str(settings.dagster_home))
    with dg.DagsterInstance.get() as writer, dg.DagsterInstance.get() as reader:
        assert isinstance(writer.event_log_storage, RunLog)
        runs = [dg.materialize([thing], instance=writer) for _ in range(2)]
        assert all(run.success for run in runs)
        for run in runs:
            assert [e.dagster_event_type for e in reader.all_logs(run.run_id)][-1] == dg.DagsterEventType.RUN_SUCCESS
        last = reader.get_latest_materialization_event(dg.AssetKey("thing"))
        assert last is not None
        assert last.run_id == runs[1].run_id
        looked_at = runs[1].get_asset_check_evaluations()[0].target_materialization_data
        assert looked_at is not None
        assert looked_at.run_id == runs[1].run_id, "a gate names the file of its own run, not of the run before"
    assert (settings.dagster_home / "event_log.db").exists()
    assert not list((settings.dagster_home / "history" / "runs").glob("*-*.db")), "no file a run"
