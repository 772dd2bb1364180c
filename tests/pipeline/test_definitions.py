"""What Dagster sees: definitions that load, assets with an owner and words, a blocking check for every gate."""

import dagster as dg
import pytest

import assets
from checks import GATES
from jpt_pipeline.areas.official import province_codes
from jpt_pipeline.definitions import ASSETS, JOBS, REPORTS, RESTRICTED, build_defs, defs
from jpt_pipeline.partitions import PROVINCE_ROUNDS, SURVEY_YEARS, key_of, part_of
from jpt_pipeline.rounds import known_rounds
from jpt_pipeline.store.lake import Part

SPECS = {spec.key.to_user_string(): spec for asset in ASSETS for spec in asset.specs}
GROUPS = {
    *("s0_handed_over", "s1_submissions", "s2_households", "s3_indicators", "s4_rollups"),
    *("s5_certified", "s6_published", "s7_reports", "s7_restricted"),
}


def test_definitions_load_whole() -> None:
    """Also that no job mixes partitions, which a mere import does not notice."""
    dg.Definitions.validate_loadable(defs)


def test_every_asset_has_group_owner_kind_and_words() -> None:
    for name, spec in SPECS.items():
        assert spec.group_name in GROUPS, name
        assert [owner for owner in spec.owners if owner.startswith("team:")], name
        assert len(spec.description or "") > 15, name
        assert spec.kinds, name


def test_every_upstream_asset_exists() -> None:
    known = set(defs.resolve_all_asset_keys())
    assert [
        f"{name} <- {dep.asset_key}" for name, spec in SPECS.items() for dep in spec.deps if dep.asset_key not in known
    ] == []


def test_the_table_of_contents_is_what_is_built() -> None:
    listed = {table for stage in assets.STAGES for table in stage.tables}
    others = {
        "landing__deliveries",
        "warehouse",
        "release",
        "reports__progress",
        *(f"reports__{name.replace('-', '_')}" for name in (*REPORTS, *RESTRICTED)),
    }
    assert set(SPECS) == listed | others


def test_partitions_are_rounds_and_provinces() -> None:
    assert SURVEY_YEARS.get_partition_keys() == [str(year) for year in known_rounds()]
    keys = PROVINCE_ROUNDS.get_partition_keys()
    assert len(keys) == len(province_codes()) * len(known_rounds())
    assert "38|2561" in keys
    for name, spec in SPECS.items():
        if name == "landing__deliveries":
            assert spec.partitions_def is None
        else:
            is_national = name.startswith("nation/") or name in (
                *("certified__nation", "submissions__deliveries", "households__shared_persons", "warehouse", "release"),
                *("reports__quality", "reports__progress"),
            )
            assert spec.partitions_def == (SURVEY_YEARS if is_national else PROVINCE_ROUNDS), name


@pytest.mark.parametrize("part", [Part(2561, "38"), Part(2561)])
def test_a_partition_key_names_one_part(part: Part) -> None:
    assert part_of(key_of(part)) == part


def test_every_gate_is_a_blocking_partitioned_check() -> None:
    shown = {(s.asset_key.path[-1], s.name): s for asset in ASSETS for s in asset.check_specs}
    expected = {(table, check.__name__) for table, checks in GATES.items() for check in checks}  # type: ignore[attr-defined]
    assert set(shown) == expected
    for key, spec in shown.items():
        assert spec.blocking, key
        assert spec.partitions_def in (PROVINCE_ROUNDS, SURVEY_YEARS), key


def test_every_table_of_the_stages_has_a_gate() -> None:
    """Validation that silently checks nothing is the commonest mistake of such pipelines."""
    tables = {table.split("/")[-1] for stage in assets.STAGES for table in stage.tables}
    assert tables == set(GATES)
    assert all(GATES[table] for table in tables)


def test_jobs_hold_one_kind_of_partition_and_run_in_one_process() -> None:
    kinds = {
        "intake": None,
        "province_round": PROVINCE_ROUNDS,
        "national_round": SURVEY_YEARS,
        "progress_round": SURVEY_YEARS,
        "publish_round": SURVEY_YEARS,
        "province_reports": PROVINCE_ROUNDS,
        "restricted_reports": PROVINCE_ROUNDS,
    }
    assert set(JOBS) == set(kinds)
    for name, partitions in kinds.items():
        job = defs.resolve_job_def(name)
        assert job.partitions_def == partitions
        assert job.executor_def is dg.in_process_executor


def test_schedules_and_sensors_are_there() -> None:
    repository = defs.get_repository_def()
    assert {schedule.name for schedule in repository.schedule_defs} == {"yearly_run", "daily_progress"}
    assert {sensor.name for sensor in repository.sensor_defs} >= {"inbox_sensor", "deliveries_sensor", "ledger_sensor"}


def test_another_home_is_given_by_an_override() -> None:
    other = dg.ResourceDefinition.none_resource()
    assert build_defs(home=other).resources == {"home": other}
