"""The demonstration: the same bytes in every home and with any number of threads, and nothing outside its home."""

import json
import re
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from tests.conftest import Demo, Terminal, copy_home, file_digests, jpt, make_demo
from tests.pipeline.conftest import Dagster, failure_text

WORK = ("lake", "ledger", "published", "warehouse")


def test_the_summary_adds_up(demo: Demo) -> None:
    told = demo.told
    assert told["records"] == sum(told[name] for name in ("accepted", "quarantined", "duplicate", "superseded"))
    assert told["households"] == 3200
    faults = json.loads(
        (Path(__file__).resolve().parents[2] / "data/sample/2561/faults.json").read_text(encoding="utf-8")
    )
    assert faults, "the sample says what was planted"
    assert [row[:2] for row in told["states"]].count(["province", "CERTIFIED"]) == 1


def test_nothing_of_the_checkout_was_touched(demo: Demo) -> None:
    if demo.checkout_before is None:
        pytest.skip("not a git checkout: nothing tells what changed")
    assert demo.checkout_after == demo.checkout_before


def test_the_home_holds_what_the_contract_names_and_no_half_file(demo: Demo) -> None:
    assert {"inbox", "landing", "lake", "warehouse", "ledger", "published"} <= {p.name for p in demo.home.iterdir()}
    assert [str(path) for path in demo.home.rglob("*.tmp")] == []
    assert [str(path) for path in demo.home.rglob("rejected.parquet")] == []
    assert [path for path in (demo.home / "scratch").rglob("*") if path.is_file()] == []


def test_no_number_of_a_person_leaves_the_home(demo: Demo) -> None:
    """Published tables hold no house code and no 13-digit number; keys are readable by their owner only."""
    for path in demo.release.glob("*.parquet"):
        for row in duckdb.execute(f"SELECT * FROM read_parquet('{path}')").fetchall():
            for value in row:
                assert not (isinstance(value, str) and re.fullmatch(r"\d{11}(\d\d)?", value)), path.name
    for key in (demo.home / "keys").iterdir():
        assert key.stat().st_mode & 0o077 == 0


@pytest.mark.soak
def test_another_home_and_one_thread_give_the_same_bytes(demo: Demo, tmp_path: Path) -> None:
    other = make_demo(tmp_path / "other", JPT_THREADS="1")
    assert other.told["province_root_sha256"] == demo.told["province_root_sha256"]
    assert other.release.name == demo.release.name
    mine, theirs = file_digests(demo.home, *WORK), file_digests(other.home, *WORK)
    assert set(theirs) == set(mine)
    assert [name for name, digest in mine.items() if theirs[name] != digest] == []


def test_jobs_started_by_anybody_leave_the_ledger_alone(demo: Demo, tmp_path: Path) -> None:
    """Every job over a certified home: no act is added, no figure moves."""
    home = copy_home(demo.home, tmp_path / "home")
    before = file_digests(home, "ledger", "lake", "published")
    with dg.DagsterInstance.ephemeral() as instance:
        dagster = Dagster(home, instance)
        steps = [("intake", None), ("province_round", "38|2561"), ("national_round", "2561"), ("publish_round", "2561")]
        for job, key in steps:
            result = dagster.run(job, key)
            assert result.success, f"{job}: {failure_text(result)}"
        some = ("reports__coverage", "reports__economy", "reports__lao_budget")  # of the last the round asks nothing
        result = dagster.run("province_reports", "38|2561", only=some)
        assert result.success, failure_text(result)
        made = {e.asset_key.path[-1]: e.materialization.metadata["files_n"].value
                for e in result.get_asset_materialization_events() if e.asset_key}  # fmt: skip
        assert made == {"reports__coverage": 5, "reports__economy": 5, "reports__lao_budget": 0}
    assert file_digests(home, "ledger", "lake", "published") == before


@pytest.mark.soak
def test_the_demonstration_again_changes_nothing(demo: Demo, tmp_path: Path) -> None:
    home = copy_home(demo.home, tmp_path / "home")
    before = file_digests(home, *WORK, "reports")
    run = jpt(home, "demo", "--json")
    assert run.returncode == 0, run.stderr
    assert file_digests(home, *WORK, "reports") == before


def test_a_home_with_other_data_is_refused(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "home")
    terminal.done("init")
    bare = tmp_path / "38.ndjson"
    bare.write_text('{"survey_year": 2561}\n', encoding="utf-8")
    terminal.done("intake", bare)
    before = file_digests(terminal.home, "landing", "lake")
    code, told = terminal.json("demo")
    assert (code, "D-DEMO" in told["message"]) == (1, True)
    assert file_digests(terminal.home, "landing", "lake") == before
