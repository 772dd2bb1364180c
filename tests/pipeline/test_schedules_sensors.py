"""What starts runs by itself, evaluated without a daemon: the round's year in Thailand's time, and cursors."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from jpt_pipeline.definitions import defs
from jpt_pipeline.ledger import Act, Committee, Counts, LedgerBroken, writing
from jpt_pipeline.partitions import PROVINCE_ROUNDS
from jpt_pipeline.resources import Home
from jpt_pipeline.rounds import load_round
from jpt_pipeline.schedules import round_of
from jpt_pipeline.settings import Settings
from tests.conftest import Demo, copy_home

BANGKOK = ZoneInfo("Asia/Bangkok")


def schedule(name: str) -> dg.ScheduleDefinition:
    return defs.resolve_schedule_def(name)


def tick(name: str, moment: datetime) -> Any:
    repository = defs.get_repository_def()
    return schedule(name).evaluate_tick(
        dg.build_schedule_context(scheduled_execution_time=moment, repository_def=repository)
    )


def test_the_yearly_run_asks_every_province_of_the_round() -> None:
    found = tick("yearly_run", datetime(2018, 3, 1, 1, 0, tzinfo=BANGKOK))
    keys = [request.partition_key for request in found.run_requests]
    assert len(keys) == len(set(keys)) == 76
    assert {key.split("|")[0] for key in keys} == set(load_round(2561).provinces_expected)
    assert {key.split("|")[1] for key in keys} == {"2561"}
    assert "10|2561" not in keys, "Bangkok has a survey of its own"
    assert len({request.run_key for request in found.run_requests}) == 76


def test_the_daily_progress_is_of_the_thai_day() -> None:
    """06:30 in Thailand is 23:30 of the day before in Greenwich: the year turns seven hours earlier."""
    for moment, key, year in (
        (datetime(2018, 1, 14, 23, 30, tzinfo=UTC), "progress-2018-01-15", "2561"),
        (datetime(2017, 12, 31, 23, 30, tzinfo=UTC), "progress-2018-01-01", "2561"),
        (datetime(2018, 12, 30, 23, 30, tzinfo=UTC), "progress-2018-12-31", "2561"),
    ):
        (request,) = tick("daily_progress", moment).run_requests
        assert (request.run_key, request.partition_key) == (key, year)
        told = request.run_config["ops"]["reports__progress"]["config"]["at"]
        assert datetime.fromisoformat(told) == moment, "the report speaks of the tick, whenever it is made"


@pytest.mark.parametrize("name", ["yearly_run", "daily_progress"])
def test_without_a_round_nothing_runs(name: str) -> None:
    assert round_of(date(2019, 4, 1)) is None
    found = tick(name, datetime(2019, 4, 1, 1, 0, tzinfo=BANGKOK))
    assert not found.run_requests
    assert "data/rounds" in found.skip_message


def test_the_yearly_run_comes_once() -> None:
    """In the month of the round's first due date, 20 March 2018; every other first of a month says which it waits for."""
    asked = [
        month
        for month in range(1, 13)
        if tick("yearly_run", datetime(2018, month, 1, 1, 0, tzinfo=BANGKOK)).run_requests
    ]
    assert asked == [3]
    assert "2018-03-01" in tick("yearly_run", datetime(2018, 2, 1, 1, 0, tzinfo=BANGKOK)).skip_message


@pytest.mark.parametrize(("name", "hour"), [("yearly_run", "0 1"), ("daily_progress", "30 6")])
def test_schedules_tick_in_thai_time(name: str, hour: str) -> None:
    made = schedule(name)
    assert made.execution_timezone == "Asia/Bangkok"
    assert str(made.cron_schedule).startswith(f"{hour} ")


class Watch:
    """A sensor of a home, looked at again and again with its own cursor."""

    def __init__(self, name: str, home: Path, instance: dg.DagsterInstance):
        self.sensor = defs.resolve_sensor_def(name)
        self.home, self.instance, self.cursor = home, instance, None

    def look(self) -> Any:
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, resources={"home": Home(path=str(self.home))}, definitions=defs
        )
        found = self.sensor.evaluate_tick(context)
        self.cursor = found.cursor
        return found


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def test_the_inbox_waits_until_files_stand_still(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    watch = Watch("inbox_sensor", tmp_path, instance)
    inbox = Settings(home=tmp_path).inbox
    inbox.mkdir(parents=True)
    assert "empty" in watch.look().skip_message
    (inbox / ".half.ndjson").write_text("x")
    assert "empty" in watch.look().skip_message, "a hidden file is still being written"
    arriving = inbox / "38.ndjson"
    arriving.write_text("{}\n")
    assert "arriving" in watch.look().skip_message
    arriving.write_text("{}\n{}\n")
    assert "arriving" in watch.look().skip_message, "it has grown"
    first = watch.look()
    assert len(first.run_requests) == 1
    assert [r.run_key for r in watch.look().run_requests] == [first.run_requests[0].run_key], "Dagster runs a key once"
    os.utime(arriving, ns=(1, 1))
    assert not watch.look().run_requests, "the file was written anew"
    assert watch.look().run_requests[0].run_key != first.run_requests[0].run_key


def test_what_stands_still_is_taken_while_something_else_arrives(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    """A folder counts by all its files; loose tables wait for each other."""
    watch = Watch("inbox_sensor", tmp_path, instance)
    inbox = Settings(home=tmp_path).inbox
    (inbox / "38").mkdir(parents=True)
    arriving = {name: inbox / name for name in ("members.csv", "38/b.ndjson")}
    for name in ("a.ndjson", "households.csv", "38/a.ndjson", *arriving):
        (inbox / name).write_text("x")

    def taken() -> list[str]:
        (request,) = watch.look().run_requests
        return list(request.run_config["ops"]["landing__deliveries"]["config"]["entries"])

    watch.look()
    for path in arriving.values():
        path.write_text("xx")
    assert taken() == ["a.ndjson"]
    arriving["members.csv"].write_text("xxx")
    assert taken() == ["38", "a.ndjson"]
    assert taken() == ["38", "a.ndjson", "households.csv", "members.csv"]


def test_deliveries_ask_for_the_rounds_and_provinces_that_they_touch(
    taken_in: Path, instance: dg.DagsterInstance
) -> None:
    watch = Watch("deliveries_sensor", taken_in, instance)
    found = watch.look()
    assert {request.partition_key for request in found.run_requests} >= {"38|2561"}
    assert watch.cursor == "3"
    assert "no new deliveries" in watch.look().skip_message
    watch.cursor = "2"
    assert watch.look().run_requests, "a receipt after the cursor is seen"


def act(level: str, area_code: str, province: str) -> Act:
    return Act(
        at=datetime(2018, 3, 20, 5, tzinfo=UTC),
        action="present",
        survey_year=2561,
        stream="jpt",
        level=level,
        area_code=area_code,
        root_sha256="0" * 64,
        form_no=None,
        certificate_id=None,
        previous_certificate_id=None,
        counts=Counts(households=1, persons=1, target=1),
        reason=province,
        committee=Committee(),
        software="test",
        instrument="plan12",
    )


def test_acts_ask_for_the_provinces_of_their_areas(demo: Demo, instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """Areas that no figures exist for (province 41) ask for nothing; the cursor goes on all the same."""
    home = copy_home(demo.home, tmp_path / "home")
    watch = Watch("ledger_sensor", home, instance)
    assert [request.partition_key for request in watch.look().run_requests] == ["38|2561"]
    assert "no new acts" in watch.look().skip_message
    with writing(Settings(home=home).ledger) as ledger:
        ledger.append([act("district", "3801", "38"), act("district", "3802", "38"), act("province", "41", "41")])
        last = len(ledger.entries)
    assert [request.partition_key for request in watch.look().run_requests] == ["38|2561"]
    assert watch.cursor == str(last)
    assert "no new acts" in watch.look().skip_message


def test_a_code_of_a_local_government_is_not_read_as_a_province(
    demo: Demo, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    """The register takes any code for a LAO ("A-7"): a request for a partition that is not there would stop the sensor."""
    home = copy_home(demo.home, tmp_path / "home")
    watch = Watch("ledger_sensor", home, instance)
    watch.look()
    with writing(Settings(home=home).ledger) as ledger:
        ledger.append([act("lao", "A-7", "38"), act("lao", "38010001", "38")])
    keys = {request.partition_key for request in watch.look().run_requests}
    assert keys <= set(PROVINCE_ROUNDS.get_partition_keys())
    assert "38|2561" in keys


def test_a_broken_ledger_is_an_error_of_the_tick(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    with writing(Settings(home=tmp_path).ledger) as ledger:
        (event,) = ledger.append([act("district", "3801", "38")])
    path = Settings(home=tmp_path).ledger / event.file_name
    path.chmod(0o644)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"area_code": "3802"}), encoding="utf-8")
    with pytest.raises(LedgerBroken):
        Watch("ledger_sensor", tmp_path, instance).look()
