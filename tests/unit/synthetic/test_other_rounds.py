"""Populations of the rounds that are not on plan 12: their own questions, their own season, their own streams."""

import csv
import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from jpt_pipeline.codes import load_codes
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.rounds import load_round
from jpt_pipeline.synthetic.generate import generate
from jpt_pipeline.synthetic.spec import load_spec

from .codebook import Book

# round -> first and last day of its visits: the letter's where it gives them, else the usual ones of the file
SEASONS = {
    2557: (date(2014, 1, 1), date(2014, 3, 31)),
    2563: (date(2021, 4, 1), date(2021, 6, 30)),
    2567: (date(2024, 1, 15), date(2024, 3, 10)),
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    found = {}
    for year in SEASONS:
        found[year] = tmp_path_factory.mktemp("rounds") / str(year)
        generate(found[year], survey_year=year, province_code="38", households_n=100, seed=2, file_format="payload")
    return found


def records(folder: Path) -> list[dict]:
    (path,) = (folder / "deliveries").iterdir()
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "registers" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("year", [2557, 2567])
def test_no_household_violates_an_error_rule_of_its_own_plan(folders, year):
    book = Book(load_round(year).instrument)
    for record in records(folders[year]):
        violated, _ = book.read(json.dumps(record))
        assert [rule.id for rule in violated if rule.severity == "error"] == []


@pytest.mark.parametrize("plan", ["plan11", "plan13"])
def test_the_columns_are_the_answers_that_the_plan_stores(plan):
    assert set(load_spec(plan).codes()) == {a.code for a in load_instrument(plan).answers if a.is_stored}


@pytest.mark.parametrize("year", SEASONS)
def test_visits_lie_in_the_season_of_the_round(folders, year):
    first, last = SEASONS[year]
    days = [date.fromisoformat(record["submitted_at"][:10]) for record in records(folders[year])]
    assert all(first <= day <= last for day in days)


def test_the_towns_of_2557_deliver_in_their_own_stream(folders):
    streams = {row["village_code"]: (row["stream"], row["lao_code"][4:5]) for row in rows(folders[2557], "areas")}
    assert set(streams.values()) == {("basic", "9"), ("jpt", "0")}
    delivered = {(record["stream"], streams[record["family"]["community"]][0]) for record in records(folders[2557])}
    assert delivered == {("jpt", "jpt"), ("basic", "basic")}
    assert {row["stream"] for year in (2563, 2567) for row in rows(folders[year], "areas")} == {"jpt"}


def test_2563_has_the_enumerators_that_the_letter_asks_of_a_tambon(folders):
    people = [row for row in rows(folders[2563], "enumerators") if row["role"] == "enumerator"]
    counted = Counter(row["tambon_code"] for row in people)
    assert set(counted) == {row["tambon_code"] for row in rows(folders[2563], "areas")}
    assert min(counted.values()) == 20
    assert len({(row["tambon_code"], row["name"]) for row in people}) == len(people), "no name twice in a tambon"
    assert len({row["enumerator_id"] for row in people}) == len(people)


@pytest.mark.parametrize("plan", ["plan11", "plan13"])
def test_every_fault_names_a_rule_of_its_plan(plan):
    known = {rule.id for rule in load_instrument(plan).rules} | set(load_codes())
    codes = {fault.fault: fault.code for fault in load_spec(plan).faults}
    assert {code for code in codes.values() if code} <= known
    assert codes["missing_scored_answer"] in {"REQ-I09", "REQ-I18"}
    assert codes.keys() == {fault.fault for fault in load_spec().faults}
