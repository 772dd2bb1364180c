"""A province of the sample through Dagster: what is shown, what a failed gate stops, what a second run leaves alone."""

import re
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from checks import GATES
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.store.lake import Lake, NotSealed, Part, Verdict
from tests.conftest import copy_home, file_digests
from tests.pipeline.conftest import BUENG_KAN, Dagster, Ran, failure_text

PART = Part(2561, "38")
INDICATORS = "indicators__results"
ROLLUPS = [f"rollups__{name}" for name in ("indicators", "population", "economy", "coverage", "areas")]


def test_the_province_is_made_whole(ran: Ran) -> None:
    assert ran.result.success, failure_text(ran.result)
    made = {
        event.asset_key.to_user_string() for event in ran.result.get_asset_materialization_events() if event.asset_key
    }
    lake = Lake(ran.dagster.settings.lake)
    assert len(made) == 25
    for table in made:
        assert lake.seal(table, PART).rows_n >= 0


def test_an_analyst_sees_rows_digest_inputs_and_a_summary(ran: Ran) -> None:
    lake = Lake(ran.dagster.settings.lake)
    for event in ran.result.get_asset_materialization_events():
        assert event.asset_key
        assert event.partition == BUENG_KAN
        table, metadata = event.asset_key.path[-1], event.materialization.metadata
        seal = lake.seal(table, PART)
        assert metadata["dagster/row_count"].value == seal.rows_n
        assert metadata["sha256"].value == seal.sha256
        assert "inputs" in metadata
        if table.startswith(("rollups__", "certified__")):
            assert isinstance(metadata["summary"], dg.TableMetadataValue)
    figures = {
        e.asset_key.path[-1]: e.materialization.metadata
        for e in ran.result.get_asset_materialization_events()
        if e.asset_key
    }
    assert "data:image/svg+xml;base64," in str(figures["rollups__indicators"]["figure"].value)
    counted = {r.data["class"]: r.data["records"] for r in figures["submissions__records"]["summary"].records}
    assert set(counted) == {"accepted", "quarantined", "duplicate", "superseded"}
    assert sum(counted.values()) == lake.seal("submissions__records", PART).rows_n
    assert counted["accepted"] >= lake.seal("households__clean", PART).rows_n


def test_no_row_of_a_household_is_shown(ran: Ran) -> None:
    """Neither an 11-digit house code nor a 13-digit number, anywhere in what Dagster keeps of a run."""
    fields = load_dictionary().fields
    hidden = {name for name, field in fields.items() if field.access in ("direct", "sensitive", "restricted")}
    for event in ran.result.get_asset_materialization_events():
        for name, value in event.materialization.metadata.items():
            if isinstance(value, dg.TableMetadataValue):
                assert not hidden & {column.name for column in value.schema.columns}
            assert not re.search(r"(?<![0-9a-f])\d{11}(\d\d)?(?![0-9a-f])", str(value.value)), name


def test_checks_are_recorded_with_their_partition(ran: Ran) -> None:
    evaluations = ran.result.get_asset_check_evaluations()
    assert {(e.asset_key.path[-1], e.check_name) for e in evaluations} == {
        (table, check.__name__)  # type: ignore[attr-defined]
        for table, checks in GATES.items()
        for check in checks
        if table not in ("submissions__deliveries", "certified__nation", "households__shared_persons")
    }
    assert all(e.passed and e.blocking and e.partition == BUENG_KAN for e in evaluations)
    assert all(e.metadata["offending_rows"].value == 0 for e in evaluations)


def test_a_second_run_changes_no_byte(ran: Ran) -> None:
    before = file_digests(ran.dagster.home, "lake", "ledger", "landing")
    again = ran.dagster.run("province_round", BUENG_KAN)
    assert again.success, failure_text(again)
    assert file_digests(ran.dagster.home, "lake", "ledger", "landing") == before
    assert len(again.get_asset_check_evaluations()) == len(ran.result.get_asset_check_evaluations())


def test_no_run_writes_the_ledger(ran: Ran) -> None:
    assert [path for path in (ran.dagster.home / "ledger").rglob("*") if path.is_file()] == []


def failing(check: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the last gate of the indicators by one of the same name that finds two offending rows."""
    name = str(getattr(check, "__name__"))  # noqa: B009

    def broken(connection: object, source: str) -> list[Verdict]:
        return [Verdict(name, False, 2, "กฎทดสอบ", ("i01", "i02"))]

    broken.__name__ = name
    monkeypatch.setitem(GATES, INDICATORS, (*GATES[INDICATORS][:-1], broken))


def test_a_failed_gate_stops_its_run_and_every_later_run(fresh: Dagster, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        failing(GATES[INDICATORS][-1], patch)
        result = fresh.run("province_round", BUENG_KAN)
    assert not result.success
    assert "กฎทดสอบ" in failure_text(result)
    made = {event.asset_key.path[-1] for event in result.get_asset_materialization_events() if event.asset_key}
    assert "households__clean" in made
    assert not made & {INDICATORS, *ROLLUPS, "certification__state"}
    failed = [e for e in result.get_asset_check_evaluations() if not e.passed]
    assert [(e.asset_key.path[-1], e.check_name, e.partition) for e in failed] == [
        (INDICATORS, str(GATES[INDICATORS][-1].__name__), BUENG_KAN)  # type: ignore[attr-defined]
    ]
    assert failed[0].metadata["offending_rows"].value == 2
    assert failed[0].metadata["places"].value == "i01, i02"

    # The downstream alone, by another run: Dagster's own check would let it pass, the missing seal does not.
    later = fresh.run("province_round", BUENG_KAN, only=ROLLUPS)
    assert not later.success
    assert f"{INDICATORS} 2561/38 has no seal" in failure_text(later)
    with pytest.raises(NotSealed):
        Lake(fresh.settings.lake).sealed(ROLLUPS[0], PART)
    national = fresh.run("national_round", "2561", only=[f"nation/{table}" for table in ROLLUPS])
    assert national.success, failure_text(national)
    source = Lake(fresh.settings.lake).sealed(ROLLUPS[0], Part(2561))
    counted = duckdb.execute("SELECT coalesce(sum(surveyed_n), 0) FROM read_parquet(?)", [source]).fetchall()
    assert counted == [(0,)], "the nation counts nothing of a province without seal"

    # Mended, it runs to the end, and what had passed is not computed again.
    clean = Lake(fresh.settings.lake).seal_path("households__clean", PART).read_bytes()
    assert fresh.run("province_round", BUENG_KAN).success
    assert Lake(fresh.settings.lake).seal_path("households__clean", PART).read_bytes() == clean


def flip(path: Path, place: float = 0.5) -> None:
    """Turn one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * place)] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("table", "downstream"),
    [("households__clean", [INDICATORS]), (INDICATORS, ROLLUPS), ("rollups__coverage", ["certification__nodes"])],
)
def test_a_flipped_bit_upstream_stops_the_asset_downstream(
    ran: Ran, tmp_path: Path, table: str, downstream: list[str]
) -> None:
    """One bit in a Parquet file gives a silently wrong answer more often than an error."""
    home = copy_home(ran.dagster.home, tmp_path / "home")
    flip(Lake(home / "lake").path(table, PART))
    if table.startswith("rollups"):
        downstream = [
            *("certification__nodes", "certification__state", "certification__confidence", "certified__village"),
            *("certified__lao", "certified__district", "certified__province"),
        ]
    with dg.DagsterInstance.ephemeral() as instance:
        dagster = Dagster(home, instance)
        result = dagster.run("province_round", BUENG_KAN, only=downstream)
        assert not result.success
        assert "is not the file that was sealed" in failure_text(result)
        assert dagster.run("province_round", BUENG_KAN).success, "the whole job makes the bad file again"


def test_a_delivered_part_that_was_changed_stops_the_run(ran: Ran, tmp_path: Path) -> None:
    home = copy_home(ran.dagster.home, tmp_path / "home")
    for seal in (home / "lake" / "submissions__records").rglob("seal.json"):
        seal.unlink()
    flip(sorted((home / "lake" / "submissions__forms").rglob("*.parquet"))[0])
    with dg.DagsterInstance.ephemeral() as instance:
        result = Dagster(home, instance).run("province_round", BUENG_KAN)
    assert not result.success
    assert "is not what was taken in" in failure_text(result)


def test_a_province_without_data_has_no_rows(fresh: Dagster) -> None:
    """Province 39 is neither registered nor delivered: its tables are there, empty and sealed."""
    result = fresh.run("province_round", "39|2561")
    assert result.success, failure_text(result)
    lake = Lake(fresh.settings.lake)
    assert [lake.seal(table, Part(2561, "39")).rows_n for table in ("households__clean", *ROLLUPS)] == [0] * 6
