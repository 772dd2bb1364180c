"""Several processes: what each may take of the machine, and a number that the home's queue does not do."""

from pathlib import Path

import dagster as dg
import pytest

from jpt_pipeline.home import furnish
from jpt_pipeline.settings import Settings
from jpt_pipeline.workers import QueueUnfit, environment, execute_queued, runs_at_once


def test_threads_and_memory_are_shared_out(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, threads=4, memory_mb=6000)
    variables = environment(settings, 2)
    assert (variables["JPT_THREADS"], variables["JPT_MEMORY_MB"]) == ("2", "3000")
    assert (variables["JPT_HOME"], variables["DAGSTER_HOME"]) == (str(tmp_path), str(tmp_path / "dagster"))
    assert environment(settings, 9)["JPT_THREADS"] == "1"


def test_another_number_than_the_queue_does_is_refused(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    furnish(settings)
    assert runs_at_once(settings) == 2
    with dg.DagsterInstance.ephemeral() as instance:
        with pytest.raises(QueueUnfit, match="X-WORKERS"):
            execute_queued(settings, instance, "x", "province_round", ["38|2561"], 3, lambda *_: None)
        assert execute_queued(settings, instance, "x", "province_round", [], 2, lambda *_: None) == []
