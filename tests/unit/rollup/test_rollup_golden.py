"""The rollups against figures computed by hand: tests/golden/rollups, see its README."""

import csv
from pathlib import Path

import pytest

from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.store.lake import Part
from tests.unit.intake.country import HERE, VILLAGES, YEAR, Home, household, ndjson, person

GOLDEN = Path(__file__).parents[2] / "golden" / "rollups"
NUMBERS = sorted(path.name.split("_")[0] for path in GOLDEN.glob("*_input.csv"))


def read(name):
    with (GOLDEN / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def home_of(rows, folder):
    """The round of an input file, run."""
    targets = {row["village"]: int(row["value"]) for row in rows if row["kind"] == "target"}
    nonresponse = [(row["village"], row["value"]) for row in rows if row["kind"] == "nonresponse"]
    made = Home(folder).registers(targets=targets, nonresponse=nonresponse)
    homes = []
    for number, row in enumerate((row for row in rows if row["kind"] == "household"), 1):
        people = []
        for place, one in enumerate(row["people"].split(), 1):
            sex, age = one.split(":")
            people.append(person(number * 20 + place, sex=sex, birth_date=f"01/01/{YEAR - int(age)}", prefix="003"))
        answers = {f"a{code}": value for code, value in (pair.split("=") for pair in row["answers"].split(";"))}
        homes.append(
            household(
                number,
                village=row["village"],
                people=people,
                enumerator_id=row["enumerator"],
                evidence_photo=row["photo"],
                evidence_signature=row["signature"],
                household_id=f"3801{number:07d}",
                **{"a2911": None, **answers},
            )
        )
    made.take_bytes("all.ndjson", ndjson(homes))
    return made.run()


def figures(made, table):
    """(level, area, key, measure) -> value of a table, province and nation together; and its areas by level."""
    definition = load_dictionary().tables[f"rollups__{table}"]
    fields = load_dictionary().fields
    measures = [name for name in definition.columns[4:] if fields[name].access == "aggregate"]
    keys = [name for name in definition.columns[4:] if name not in measures]
    found = {}
    for part in (HERE, Part(YEAR)):
        for row in made.rows(f"rollups__{table}", part=part):
            cells = dict(zip(definition.columns, row, strict=True))
            key = " ".join(str(cells[name]) for name in keys)
            for name in measures:
                found[cells["level"], cells["area_code"], key, name] = cells[name]
    return found


@pytest.mark.parametrize("number", NUMBERS)
def test_figures_are_those_computed_by_hand(tmp_path, number):
    expected: dict[str, dict[tuple[str, str, str, str], int]] = {}
    for row in read(f"{number}_expected.csv"):
        cell = (row["level"], row["area_code"], row["key"], row["measure"])
        assert cell not in expected.setdefault(row["table"], {})
        expected[row["table"]][cell] = int(row["value"])
    made = home_of(read(f"{number}_input.csv"), tmp_path)
    for table, cells in expected.items():
        found = figures(made, table)
        if table == "indicators":  # the others are incomplete or not applicable in these rounds
            wanted = {key for _, _, key, _ in cells}
            found = {cell: value for cell, value in found.items() if cell[2] in wanted}
        assert {cell: value for cell, value in found.items() if value} == cells


def test_every_golden_pair_is_described():
    text = (GOLDEN / "README.md").read_text(encoding="utf-8")
    assert NUMBERS
    assert all(f"| {number} |" in text for number in NUMBERS)
    assert {path.name for path in GOLDEN.glob("*.csv")} == {
        f"{n}_{kind}.csv" for n in NUMBERS for kind in ("input", "expected")
    }


def test_areas_without_households_have_rows_of_zeros(counted):
    """In indicators, economy and coverage; population only where people are (ruling 11)."""
    areas = {("village", v) for v, *_ in VILLAGES if v.startswith("38")}
    areas |= {("tambon", t) for _, t, *_ in VILLAGES if t.startswith("38")}
    areas |= {("lao", lao) for _, _, lao, _, p in VILLAGES if p == "38"}
    areas |= {("district", d) for *_, d, _ in VILLAGES if d.startswith("38")} | {("province", "38")}
    for table in ("indicators", "economy", "coverage"):
        assert {cell[:2] for cell in figures(counted, table)} == areas | {("nation", "TH")}
        empty = [value for cell, value in figures(counted, table).items() if cell[:2] == ("district", "3802")]
        assert set(empty) == {0}
    assert ("district", "3802") not in {cell[:2] for cell in figures(counted, "population")}
    indicators = {cell[2] for cell in figures(counted, "indicators") if cell[:2] == ("village", "38020101")}
    assert len(indicators) == 31


def test_a_round_in_which_nobody_counts_has_figures_of_zero(home):
    """Every household quarantined, before the first good one: zeros, no crash."""
    home.take_bytes("all.ndjson", ndjson([household(1, people=[])]))
    home.run()
    assert figures(home, "coverage")["nation", "TH", "", "enumerators_n"] == 0
    assert figures(home, "coverage")["nation", "TH", "", "quarantined_n"] == 1


def test_a_quarantined_record_of_no_known_stream_is_not_lost_in_the_nation(home):
    homes = [household(1), household(2, village="38999999"), household(3, village="38999999", stream="urban")]
    home.take_bytes("all.ndjson", ndjson(homes))
    home.run()
    assert figures(home, "coverage")["nation", "TH", "", "quarantined_n"] == 2
    assert figures(home, "coverage")["province", "38", "", "quarantined_n"] == 0


def test_the_nation_is_the_sum_of_its_provinces(home):
    there = Part(YEAR, "39")
    home.take_bytes(
        "all.ndjson", ndjson([household(1), household(2), household(3, village="39010101", enumerator_id="E2")])
    )
    home.run(HERE, there)
    nation = figures(home, "economy")["nation", "TH", "", "households_n"]
    assert nation == 3 == home.rows("rollups__economy", "households_n", there)[0][0] + 2
    assert figures(home, "coverage")["nation", "TH", "", "enumerators_n"] == 2


def test_areas_name_their_parents(counted):
    parents = {(row[0], row[1]): row[2] for row in counted.rows("rollups__areas", "level, area_code, parent_code")}
    assert parents["village", "38010201"] == "L1"
    assert parents["lao", "L1"] == parents["tambon", "380101"] == "3801"
    assert parents["district", "3801"] == "38"
    assert parents["province", "38"] == "TH"
