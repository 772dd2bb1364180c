"""Planted doubles: each pair stands where the list says, is one person or only looks it, and breaks no answer."""

import json

import pyarrow.parquet as pq
import pytest
from stdnum.th import pin

from jpt_pipeline.synthetic.doubles import load_doubles
from jpt_pipeline.synthetic.generate import generate
from jpt_pipeline.synthetic.identity import citizen_ids
from jpt_pipeline.synthetic.retyping import age_on

YEAR, SEED, PAIRS = 2561, 5, 240


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doubles")
    for name, pairs in (("plain", 0), ("doubled", PAIRS)):
        generate(folder / name, survey_year=YEAR, province_code="39", households_n=3000, seed=SEED, file_format="parquet",
                 doubles=pairs, neighbour="38" if pairs else None)  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def pairs(made):
    return json.loads((made / "doubled" / "doubles.json").read_text(encoding="utf-8"))


def members(folder):
    (path,) = folder.glob("deliveries/*/members.parquet")
    rows = pq.read_table(path).to_pylist()
    return {(row["village_code"], row["household_id"], row["member_no"]): row for row in rows}


@pytest.fixture(scope="module")
def before(made):
    return members(made / "plain")


@pytest.fixture(scope="module")
def after(made):
    return members(made / "doubled")


def at(rows, place):
    return rows[place["village_code"], place["household_id"], place["member_no"]]


def test_every_kind_is_planted_and_every_pair_is_of_two_households(pairs):
    assert {pair["kind"] for pair in pairs} == set(load_doubles().kinds)
    assert len(pairs) == PAIRS
    for pair in pairs:
        if pair["first"]:
            assert pair["first"]["household_id"] != pair["second"]["household_id"]


def test_the_same_number_stands_twice(pairs, after):
    for pair in pairs:
        second = at(after, pair["second"])["citizen_id"]
        if pair["kind"] == "same_number":
            assert second == at(after, pair["first"])["citizen_id"] and pin.is_valid(second)
        elif pair["kind"] != "neighbour_number":
            assert not second or not pin.is_valid(second)


def test_the_neighbours_number_is_one_of_its_population(pairs, after):
    import numpy as np

    theirs = set(citizen_ids(np.arange(5000), "38", SEED).to_pylist())
    found = {at(after, pair["second"])["citizen_id"] for pair in pairs if pair["kind"] == "neighbour_number"}
    assert found and found <= theirs


def test_the_first_record_stays_and_the_second_keeps_sex_and_age(pairs, before, after):
    """Whoever is replaced is of the same sex and age, so that no answer of the household becomes wrong."""
    day = f"{YEAR - 543}-02-10"
    for pair in pairs:
        if pair["first"]:
            assert at(after, pair["first"]) == at(before, pair["first"])
        old, new = at(before, pair["second"]), at(after, pair["second"])
        changed = {name for name in old if old[name] != new[name]}
        assert changed <= {"citizen_id", "first_name", "last_name", "birth_date"}
        assert abs(age_on(day, new["birth_date"]) - age_on(day, old["birth_date"])) <= 1


def test_nobody_else_changes_but_for_numbers(pairs, before, after):
    planted = {tuple(pair["second"][name] for name in ("village_code", "household_id", "member_no")) for pair in pairs}
    blank = 0
    for key, row in after.items():
        if key not in planted and row != before[key]:
            assert {**row, "citizen_id": ""} == {**before[key], "citizen_id": ""}
            assert not row["citizen_id"] or not pin.is_valid(row["citizen_id"])
            blank += 1
    share = load_doubles().no_number_percent
    assert share * 0.7 < 100 * blank / len(after) < share * 1.3


def test_a_twin_is_born_the_same_day_and_has_another_name(pairs, after):
    for pair in pairs:
        if pair["kind"] == "twin":
            first, second = at(after, pair["first"]), at(after, pair["second"])
            assert (first["birth_date"], first["last_name"]) == (second["birth_date"], second["last_name"])
            assert first["first_name"] != second["first_name"]


def test_the_same_arguments_plant_the_same(made, tmp_path):
    generate(tmp_path / "again", survey_year=YEAR, province_code="39", households_n=3000, seed=SEED, file_format="parquet",
             doubles=PAIRS, neighbour="38")  # fmt: skip
    for path in sorted(path for path in (tmp_path / "again").rglob("*") if path.is_file()):
        assert path.read_bytes() == (made / "doubled" / path.relative_to(tmp_path / "again")).read_bytes()


def test_without_doubles_nothing_is_listed(made):
    assert not (made / "plain" / "doubles.json").exists()
