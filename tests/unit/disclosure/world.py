"""Small invented geographies with their tables: tambons and LAOs that cross, only children, areas where nobody lives.

`World` holds figures of villages; every level above is their sum. It is written as a release lies on disk.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from jpt_pipeline.disclosure import CELLS, DOCUMENT, Policy, hidden_cells, mask
from tests.unit.disclosure import attack

YEAR = 2561
LEVELS = ("village", "tambon", "lao", "district", "province", "nation")
BANDS = ("0-4", "5-9", "60-64", "95-99")
SEXES = ("1", "2")
BAHT = (*attack.INCOME, "income_baht", *attack.EXPENSE, "expense_baht")
REASONS = ("empty", "refused", "under_6_months", "counted_elsewhere", "not_found")
OTHER = ("target_n", "surveyed_n", "quarantined_n", "enumerators_n")
KEYS = {attack.INDICATORS: ["indicator_no"], attack.POPULATION: ["sex", "age_band"]}


@dataclass(frozen=True)
class World:
    """`register`: village, tambon, lao, district, province, nation. `tables`: rows of villages, without year and stream."""

    register: pd.DataFrame
    tables: dict[str, pd.DataFrame]

    @property
    def tambons(self) -> dict[str, str]:
        return dict(zip(self.register["village"], self.register["tambon"], strict=True))

    @cached_property
    def areas(self) -> pd.DataFrame:
        """rollups__areas without names."""
        parents = {"village": "lao", "tambon": "district", "lao": "district", "district": "province"}
        parents["province"] = "nation"
        found = []
        for level in LEVELS:
            above = parents.get(level)
            pairs = self.register[[level, above] if above else [level]].drop_duplicates()
            codes = pairs[above] if above else [None] * len(pairs)
            found.append(pd.DataFrame({"level": level, "area_code": pairs[level], "parent_code": codes}))
        return pd.concat(found, ignore_index=True).assign(stream="jpt")

    @cached_property
    def _closure(self) -> pd.DataFrame:
        """village, level, area: each village once per level, itself included."""
        places = self.register.rename(columns={"village": "of"}).assign(village=self.register["village"])
        return places.melt(["of"], LEVELS, "level", "area")

    def _summed(self, name: str) -> pd.DataFrame:
        joined = self.tables[name].merge(self._closure, left_on="area_code", right_on="of")
        keys = ["level", "area", *KEYS.get(name, [])]
        whole = joined.groupby(keys).sum(numeric_only=True).reset_index().rename(columns={"area": "area_code"})
        return (whole[whole["persons_n"] > 0] if name == attack.POPULATION else whole).assign(stream="jpt")

    @cached_property
    def frames(self) -> dict[str, pd.DataFrame]:
        """All tables with the rows of all levels."""
        return {"rollups__areas": self.areas} | {name: self._summed(name) for name in self.tables}

    def table(self, name: str) -> pd.DataFrame:
        """One of them."""
        return self.frames[name]

    def write(self, folder: Path) -> Path:
        """The tables as Parquet files."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in self.frames.items():
            parquet.write_table(pa.Table.from_pandas(frame, preserve_index=False), folder / f"{name}.parquet")
        return folder

    def cells(self, folder: Path, policy: Policy, earlier: tuple[Path, ...] = (), workers: int = 1) -> pd.DataFrame:
        """disclosure__cells of the world, which is written to the folder."""
        with duckdb.connect() as connection:
            lefts = {"jpt": self.tambons}
            release = self.write(folder)
            return hidden_cells(connection, release, YEAR, lefts, policy, earlier, workers=workers).to_pandas()

    def edition(self, folder: Path, policy: Policy, earlier: tuple[Path, ...] = ()) -> pd.DataFrame:
        """The same, and the folder is the release of an edition that a later one can be compared with."""
        cells = self.cells(folder, policy, earlier)
        parquet.write_table(pa.Table.from_pandas(cells, preserve_index=False), folder / f"{CELLS}.parquet")
        (folder / DOCUMENT).write_text(policy.model_dump_json(), encoding="utf-8")
        return cells

    def corrected(self, name: str, village: str, **changes: int) -> "World":
        """The world after a correction: figures of a village's rows of a table move by so much."""
        frame = self.tables[name].copy()
        for column, step in changes.items():
            frame.loc[frame["area_code"] == village, column] += step
        return replace(self, tables=self.tables | {name: frame})


def indicator_world(villages: list[tuple[str, str]], counts: list[tuple[int, int]]) -> World:
    """One district, one indicator: (tambon, LAO) and (passed, failed) of every village; twenty households in each."""
    numbers = range(1, len(villages) + 1)
    register = pd.DataFrame([(f"v{n}", *place) for n, place in zip(numbers, villages, strict=True)])
    register = register.set_axis(["village", "tambon", "lao"], axis=1).assign(district="D", province="P", nation="TH")
    rows = [(f"v{n}", 1, p + f, p, f) for n, (p, f) in zip(numbers, counts, strict=True)]
    indicators = pd.DataFrame(rows, columns=["area_code", "indicator_no", "surveyed_n", "passed_n", "failed_n"])
    plenty = pd.DataFrame({"area_code": register["village"], "households_n": 20, "persons_n": 60})
    baht = {name: (1 if name in (*attack.INCOME, *attack.EXPENSE) else 4) * 1_000_000 for name in BAHT}
    economy = plenty.assign(**baht)
    zeros = dict.fromkeys((*OTHER, *(f"nonresponse_{reason}_n" for reason in REASONS)), 0)
    coverage = plenty[["area_code"]].assign(**zeros | {"surveyed_n": 20})
    people = plenty[["area_code"]].assign(sex="1", age_band="0-4", persons_n=60)
    people = pd.concat([people.assign(persons_n=30), people.assign(sex="2", persons_n=30)], ignore_index=True)
    tables = {attack.INDICATORS: indicators.assign(incomplete_n=0), attack.POPULATION: people}
    return World(register, tables | {attack.ECONOMY: economy, attack.COVERAGE: coverage})


def random_world(seed: int) -> World:
    """One to three districts in one or two provinces, up to seven villages each; small numbers, many of them 0."""
    random = np.random.default_rng(seed)
    register = _register(random)
    codes = register["village"].tolist()
    households = np.where(random.random(len(codes)) < 0.25, random.integers(0, 3, len(codes)), 0)
    households = np.where(
        households, households, random.integers(0, 2, len(codes)) * random.integers(5, 40, len(codes))
    )
    people, persons = [], []
    for code, household_n in zip(codes, households, strict=True):
        size = int(household_n + random.integers(0, 2 * household_n + 1))
        drawn = random.multinomial(size, random.dirichlet(np.full(8, 0.8)))
        cells = [(sex, band) for sex in SEXES for band in BANDS]
        people += [(code, *cell, int(n)) for cell, n in zip(cells, drawn, strict=True)]
        persons.append(size)
    economy = pd.DataFrame({"area_code": codes, "households_n": households, "persons_n": persons})
    for names, total in ((attack.INCOME, "income_baht"), (attack.EXPENSE, "expense_baht")):
        for name in names:
            economy[name] = households * random.integers(0, 60_000, len(codes)) * (random.random(len(codes)) < 0.9)
        economy[total] = economy[list(names)].sum(axis=1)
    coverage = pd.DataFrame({"area_code": codes, **dict.fromkeys(OTHER, households)})
    for reason in REASONS:
        coverage[f"nonresponse_{reason}_n"] = random.poisson(0.6, len(codes)) * (households > 0)
    rows = []
    for number, (reach, rate) in enumerate(((1.0, 0.08), (0.12, 0.3), (0.5, 0.02)), start=1):
        surveyed = random.binomial(households, reach)
        failed = random.binomial(surveyed, rate)
        rows += [(c, number, int(s), int(s - f), int(f)) for c, s, f in zip(codes, surveyed, failed, strict=True)]
    indicators = pd.DataFrame(rows, columns=["area_code", "indicator_no", "surveyed_n", "passed_n", "failed_n"])
    population = pd.DataFrame(people, columns=["area_code", "sex", "age_band", "persons_n"])
    tables = {attack.INDICATORS: indicators.assign(incomplete_n=0), attack.POPULATION: population}
    return World(register, tables | {attack.ECONOMY: economy, attack.COVERAGE: coverage})


def _register(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for district in range(int(random.integers(1, 4))):
        tambons, laos = random.integers(1, 4, 2)
        for _ in range(int(random.integers(1, 8))):
            tambon, lao = random.integers(tambons), random.integers(laos)
            province = "P1" if district < 2 else "P2"
            rows.append(
                (f"V{len(rows):02d}", f"T{district}{tambon}", f"L{district}{lao}", f"D{district}", province, "TH")
            )
    return pd.DataFrame(rows, columns=["village", "tambon", "lao", "district", "province", "nation"])


def systems(world: World, cells: pd.DataFrame, policy: Policy) -> dict[str, attack.Attack]:
    """What an attacker of the public edition solves: one system per table, persons and population in one."""
    areas, tree = world.areas, attack.geography(world.areas, world.tambons)
    shown = {name: mask(world.table(name), name, cells, policy) for name in world.tables}
    found = {}
    whole, parts = "surveyed_n", ["passed_n", "failed_n"]
    names = sorted(shown[attack.INDICATORS]["indicator_no"].astype(str).unique())
    equations = attack.sums(tree, [whole, *parts], names)
    for name in names:
        equations += attack.within(areas, (whole, name), [(part, name) for part in parts])
    printed = attack.cells(shown[attack.INDICATORS], [whole, *parts], ["indicator_no"])
    found[attack.INDICATORS] = attack.Attack(equations, printed)
    reasons = [f"nonresponse_{reason}_n" for reason in REASONS]
    printed = attack.cells(shown[attack.COVERAGE], [*reasons, "surveyed_n"])
    same = [(level, code, "surveyed_n", "") for level, code in zip(areas["level"], areas["area_code"], strict=True)]
    printed |= attack.cells(shown[attack.ECONOMY], ["households_n", *BAHT])
    equations = attack.sums(tree, [*reasons, "surveyed_n", "households_n", *BAHT], [""])
    equations += [[(cell, 1.0), ((*cell[:2], "households_n", ""), -1.0)] for cell in same]
    for total, names_ in (("income_baht", attack.INCOME), ("expense_baht", attack.EXPENSE)):
        equations += attack.within(areas, (total, ""), [(name, "") for name in names_])
    found[attack.ECONOMY] = found[attack.COVERAGE] = attack.Attack(equations, printed)
    found[attack.POPULATION] = _people(world, cells, policy, shown)
    return found


def _people(world: World, cells: pd.DataFrame, policy: Policy, shown: dict[str, pd.DataFrame]) -> attack.Attack:
    """A missing row at a printed level is a printed 0."""
    areas, tree = world.areas, attack.geography(world.areas, world.tambons)
    categories = [f"{sex}|{band}" for sex in SEXES for band in BANDS]
    printed = {
        (level, code, "persons_n", category): 0.0
        for level, code in zip(areas["level"], areas["area_code"], strict=True)
        for category in categories
        if policy.prints(attack.POPULATION, level)
    }
    for row in cells[cells["table_name"] == attack.POPULATION].itertuples():
        del printed[row.level, row.area_code, row.measure, row.category]
    printed |= attack.cells(shown[attack.POPULATION], ["persons_n"], ["sex", "age_band"])
    totals = attack.cells(shown[attack.ECONOMY], ["persons_n"])
    printed |= {(level, code, "total", ""): n for (level, code, _, _), n in totals.items()}
    equations = attack.sums(tree, ["persons_n"], categories) + attack.sums(tree, ["total"], [""])
    equations += attack.within(areas, ("total", ""), [("persons_n", category) for category in categories])
    return attack.Attack(equations, printed)
