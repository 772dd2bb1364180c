"""`jpt run` again: what did not change is verified and not run; what did, or failed last time, is. In workers: the same bytes."""

from pathlib import Path

import pytest

from jpt_pipeline import runs
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from tests.conftest import Terminal, copy_home, file_digests

PROVINCE = ("province_round", "38|2561")


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Jobs and partitions that a run would execute; nothing is."""
    found: list[tuple[str, str]] = []

    def note(defs: object, instance: object, step: runs.Step, owner: str) -> list[runs.RunFailed]:
        found.append((step.job, step.key))
        return []

    monkeypatch.setattr(runs, "_execute", note)
    return found


def test_an_unchanged_province_is_not_run_again(demo_copy: Terminal, executed: list[tuple[str, str]]) -> None:
    settings = Settings(home=demo_copy.home)
    assert runs.run_round(settings, 2561, None, lambda *_: None) == []
    assert executed == [("national_round", "2561"), ("national_round", "2561")]
    executed.clear()
    Lake(settings.lake).seal_path("indicators__results", Part(2561, "38")).unlink()
    runs.run_round(settings, 2561, None, lambda *_: None)
    assert PROVINCE in executed


def test_a_province_whose_last_run_failed_is_run_again(demo_copy: Terminal, executed: list[tuple[str, str]]) -> None:
    settings = Settings(home=demo_copy.home)
    with runs.instance(settings) as instance:
        (last,) = instance.get_runs(limit=1, filters=runs.dg.RunsFilter(tags={"dagster/partition": PROVINCE[1]}))
        instance.report_run_failed(last)
    runs.run_round(settings, 2561, None, lambda *_: None)
    assert PROVINCE in executed


@pytest.mark.national
def test_workers_make_the_same_bytes(taken_in: Path, tmp_path: Path) -> None:
    """39 is registered nowhere and delivered nothing: an empty province beside the sample's."""
    made = {}
    for workers in (1, 2):
        settings = Settings(home=copy_home(taken_in, tmp_path / f"home{workers}"))
        assert runs.run_round(settings, 2561, ["38", "39"], lambda *_: None, workers) == []
        digests = file_digests(settings.root, "lake", "ledger")
        # Seals say what was made from what, issues when a finding was first seen.
        made[workers] = {n: d for n, d in digests.items() if n.endswith(".parquet") and "households__issues" not in n}
    assert made[1] == made[2]
    assert len(made[1]) > 50
