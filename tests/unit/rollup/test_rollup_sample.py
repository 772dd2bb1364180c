"""The sample of Bueng Kan, counted a second time in plain Python: every figure of every level is the same.

The second count reads households, members, results and quarantined records of the sealed tables, and the registers as
the sample's CSV files; areas, sums, bands, money and reasons are its own.
"""

import csv
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from checks import GATES
from jpt_pipeline.areas.register import register
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.identity.shared import SHARED
from jpt_pipeline.rollup.areas import ROLLUPS
from jpt_pipeline.settings import CHECKOUT
from jpt_pipeline.store.lake import Lake, Part
from tests.unit.intake.country import HERE, YEAR, Home

SAMPLE = CHECKOUT / "data" / "sample" / "2561"
LEVELS = ("village", "tambon", "lao", "district", "province", "nation")
MONEY = {
    "income_main_baht": "a42211", "income_second_baht": "a42212", "income_other_baht": "a42213",
    "income_own_produce_baht": "a42214", "expense_production_baht": "a42221", "expense_necessary_baht": "a42222",
    "expense_unnecessary_baht": "a42223", "expense_debt_baht": "a42224",
}  # fmt: skip
REASONS = ("empty", "refused", "under_6_months", "counted_elsewhere", "not_found")


def made_sample(root: Path, threads: int, order: tuple[int, ...]) -> Home:
    """The sample taken in and run in a home that both workers share; made by whoever comes first."""
    folder = root / f"sample-{threads}-{''.join(map(str, order))}"
    home = None
    with FileLock(f"{folder}.lock"):
        if not (folder / "done").exists():
            folder.mkdir(exist_ok=True)
            home = Home(folder, threads)
            for kind in ("areas", "targets", "enumerators", "nonresponse"):
                assert register(kind, SAMPLE / "registers" / f"{kind}.csv", home.settings).stored
            deliveries = sorted((SAMPLE / "deliveries").iterdir())
            for place in order:
                home.take(deliveries[place], at=datetime(2018, 3, 1, tzinfo=UTC))
            home.run()
            (folder / "done").touch()
    return home or Home(folder, threads)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.getbasetemp().parent


@pytest.fixture(scope="module")
def sample(root):
    return made_sample(root, 2, (0, 1, 2))


def read(home, table, part=HERE):
    path = Lake(home.settings.lake).sealed(table, part)
    cursor = duckdb.execute("SELECT * FROM read_parquet(?, hive_partitioning = false)", [path])
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def read_register(kind):
    with (SAMPLE / "registers" / f"{kind}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


class Second:
    """The second count: village -> its areas, and Counters by (level, area, key)."""

    def __init__(self, home):
        self.places = {
            row["village_code"]: [
                ("village", row["village_code"]), ("tambon", row["tambon_code"]), ("lao", row["lao_code"]),
                ("district", row["district_code"]), ("province", row["province_code"]), ("nation", "TH"),
            ]
            for row in read_register("areas")
        }  # fmt: skip
        self.clean = read(home, "households__clean")
        self.members = read(home, "households__members")
        self.results = read(home, "indicators__results")
        self.quarantine = read(home, "households__quarantine")
        self.nowhere = read(home, "households__quarantine", Part(YEAR))

    def areas(self):
        return {place for places in self.places.values() for place in places}

    def indicators(self):
        count = defaultdict(Counter)
        for row in self.results:
            for number in range(1, 32):
                result = row[f"i{number:02d}_result"]
                surveyed, failed = int(result in (1, 2)), int(result == 2)
                if f"i{number:02d}_surveyed" in row:  # an indicator that counts persons
                    surveyed, failed = row[f"i{number:02d}_surveyed"], row[f"i{number:02d}_failed"]
                for place in self.places[row["village_code"]]:
                    cell = count[*place, number]
                    cell["surveyed_n"] += surveyed
                    cell["failed_n"] += failed
                    cell["passed_n"] += surveyed - failed
                    cell["households_applicable_n"] += result in (1, 2)
                    cell["households_failed_n"] += result == 2
                    cell["incomplete_n"] += result == 3
        return count

    def population(self):
        count = defaultdict(Counter)
        for row in self.members:
            low = row["age_years"] // 5 * 5
            band = "100+" if low >= 100 else f"{low}-{low + 4}"
            for place in self.places[row["village_code"]]:
                count[*place, row["sex"], band]["persons_n"] += 1
        return count

    def economy(self):
        count = defaultdict(Counter)
        persons = Counter((row["village_code"], row["household_id"]) for row in self.members)
        for row in self.clean:
            money = {name: int((row[column] or "0").split(",")[-1]) for name, column in MONEY.items()}
            money["income_baht"] = sum(value for name, value in money.items() if name.startswith("income"))
            money["expense_baht"] = sum(value for name, value in money.items() if name.startswith("expense"))
            for place in self.places[row["village_code"]]:
                count[place]["households_n"] += 1
                count[place]["persons_n"] += persons[row["village_code"], row["household_id"]]
                count[place].update(money)
        return count

    def coverage(self):
        count = defaultdict(Counter)
        visitors = defaultdict(set)
        for row in read_register("targets"):
            self._add(count, row["village_code"], "target_n", int(row["target_households"]))
        for row in read_register("nonresponse"):
            self._add(count, row["village_code"], f"nonresponse_{row['reason']}_n")
        for row in self.clean:
            self._add(count, row["village_code"], "surveyed_n")
            for name in ("photo", "signature"):
                if row[f"evidence_{name}"] in ("missing", "refused"):
                    self._add(count, row["village_code"], f"{name}_{row[f'evidence_{name}']}_n")
            for place in self.places[row["village_code"]]:
                visitors[place].add(row["enumerator_id"])
        for row in (*self.quarantine, *self.nowhere):
            if row["record_kind"] == "household":
                self._add(count, row["village_code"], "quarantined_n")
        for place, names in visitors.items():
            count[place]["enumerators_n"] = len(names)
        return count

    def _add(self, count, village, measure, number=1):
        for place in self.places.get(village, [("nation", "TH")]):
            count[place][measure] += number


@pytest.fixture(scope="module")
def second(sample):
    return Second(sample)


def sealed(home, table):
    """Cell -> measures of a sealed table, province and nation together."""
    dictionary = load_dictionary()
    columns = dictionary.tables[f"rollups__{table}"].columns[4:]
    measures = [name for name in columns if dictionary.fields[name].access == "aggregate"]
    keys = [name for name in columns if name not in measures and name != "unit"]
    rows = read(home, f"rollups__{table}") + read(home, f"rollups__{table}", Part(YEAR))
    cells = {
        (row["level"], row["area_code"], *(row[key] for key in keys)): {m: row[m] for m in measures} for row in rows
    }
    assert len(cells) == len(rows)
    return cells, measures


@pytest.mark.parametrize("table", ["indicators", "population", "economy", "coverage"])
def test_the_second_count_is_the_same(sample, second, table):
    cells, measures = sealed(sample, table)
    mine = getattr(second, table)()
    assert set(mine) <= set(cells)
    for cell, figures in cells.items():
        assert figures == {measure: mine[cell][measure] for measure in measures}, cell


def test_every_area_has_its_rows(sample, second):
    areas = second.areas()
    for table in ("economy", "coverage"):
        assert {cell[:2] for cell in sealed(sample, table)[0]} == areas
    assert set(sealed(sample, "indicators")[0]) == {(*area, number) for area in areas for number in range(1, 32)}


def test_the_sample_tests_what_it_should(second):
    """Tambon and LAO cross, there are quarantined records with and without a village, every reason occurs."""
    laos = defaultdict(set)
    for places in second.places.values():
        laos[places[1]].add(places[2])
    assert any(len(found) > 1 for found in laos.values())
    nation = second.coverage()["nation", "TH"]
    assert nation["quarantined_n"] > second.coverage()["province", "38"]["quarantined_n"] > 0
    assert all(nation[f"nonresponse_{reason}_n"] for reason in REASONS)
    assert nation["photo_missing_n"]


@pytest.mark.parametrize("level", LEVELS[:5])
def test_areas_of_a_level_add_up_to_the_nation(sample, level):
    for table in ("indicators", "population", "economy"):
        cells, measures = sealed(sample, table)
        total, nation = Counter(), Counter()
        for cell, figures in cells.items():
            if cell[0] == level:
                total.update({(*cell[2:], m): figures[m] for m in measures})
            if cell[0] == "nation":
                nation.update({(*cell[2:], m): figures[m] for m in measures})
        assert total == nation


def test_the_account_of_the_sample_adds_up(sample):
    columns = ("records_n", "accepted_n", "quarantined_n", "duplicate_n", "superseded_n")
    rows = read(sample, "submissions__deliveries", Part(YEAR))
    assert len(rows) == 4
    for row in rows:
        assert row["records_n"] == sum(row[name] for name in columns[1:]) > 0
    refused = len(read(sample, "households__quarantine")) + len(read(sample, "households__quarantine", Part(YEAR)))
    assert sum(row["quarantined_n"] for row in rows) == refused


@pytest.mark.parametrize("part", [HERE, Part(YEAR)], ids=str)
def test_threads_and_order_of_deliveries_change_no_byte(root, sample, part):
    """Two threads and files in order, one thread and files in reverse: the same bytes of every rollup.

    The deliveries hold different districts, so no order makes another record the first of two duplicates.
    """
    other = made_sample(root, 1, (2, 1, 0))
    for table in ROLLUPS:
        one, two = (Lake(home.settings.lake).path(table, part).read_bytes() for home in (sample, other))
        assert one == two, table


def test_all_gates_of_the_sample_were_asked(sample):
    lake = Lake(sample.settings.lake)
    made = ("households__", "indicators__", "rollups__", "submissions__records")
    for table in GATES:
        if table.startswith(made) and table != "households__issues":  # a stage of its own, after persons were compared
            seal = lake.seal(table, Part(YEAR) if table == SHARED else HERE)
            assert [verdict["check"] for verdict in seal.verdicts] == [check.__name__ for check in GATES[table]]
