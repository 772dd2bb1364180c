"""The guarantee, held against an attacker with a solver: from all that is printed no sensitive figure can be narrowed.

The attacker's code is in attack.py. Each test also shows that the attack works where cells are left open.
"""

import hypothesis
import pandas as pd
import pytest
from hypothesis import strategies as st

from jpt_pipeline.disclosure import CELLS, Policy, load_policy, mask
from jpt_pipeline.store.release import current_release
from tests.conftest import Demo
from tests.unit.disclosure import attack
from tests.unit.disclosure.attack import ECONOMY, INDICATORS, POPULATION, Attack
from tests.unit.disclosure.world import World, indicator_world, random_world, systems

NEAR = 1e-6
CROSSING = [("T1", "L1"), ("T1", "L2"), ("T2", "L1"), ("T2", "L2"), ("T2", "L2")]
COUNTS = [(39, 1), (34, 6), (33, 7), (32, 8), (60, 12)]


def place(cell: pd.Series) -> attack.Cell:
    """A cell as the attacker names it: the persons of a row are the total of the population."""
    is_total = (cell["table_name"], cell["measure"]) == (ECONOMY, "persons_n")
    return cell["level"], cell["area_code"], "total" if is_total else cell["measure"], cell["category"]


def too_narrow(world: World, cells: pd.DataFrame, policy: Policy, most_n: int) -> list[str]:
    """Sensitive cells of an edition that the attacker narrows too far, of at most so many that are tried."""
    found = systems(world, cells, policy)
    sums = world.tables[ECONOMY].sum(numeric_only=True)
    told = cells[(cells["reason"] != "complement") & ~cells["measure"].isin(sums[sums == 0].index)]
    wrong = []
    for _, cell in told.sample(min(most_n, len(told)), random_state=1).iterrows():
        at = place(cell)
        low, high = found[POPULATION if at[2] == "total" else cell["table_name"]].interval(at)
        width = policy.protection_baht if cell["measure"].endswith("_baht") else policy.protection_n
        if high - low < width - NEAR:
            wrong.append(f"{at} in {low} .. {high}")
    return wrong


@hypothesis.given(st.integers(0, 100_000))
@hypothesis.settings(max_examples=4)
def test_no_sensitive_figure_of_a_small_country_can_be_narrowed(tmp_path_factory, seed):
    world, policy = random_world(seed), load_policy()
    cells = world.cells(tmp_path_factory.mktemp("world"), policy)
    assert too_narrow(world, cells, policy, 15) == []


@hypothesis.given(st.integers(0, 100_000))
@hypothesis.settings(max_examples=2)
def test_figures_of_levels_that_are_not_printed_cannot_be_worked_out_from_others(tmp_path_factory, seed):
    """A tambon without a LAO is a village, whose population is not printed."""
    world, policy = random_world(seed), load_policy()
    cells = world.cells(tmp_path_factory.mktemp("world"), policy)
    people, attacker = world.table(POPULATION), systems(world, cells, policy)[POPULATION]
    small = people[(people["level"] == "village") & people["persons_n"].between(1, policy.threshold_n - 1)]
    for row in small.head(12).itertuples():
        low, high = attacker.interval((row.level, row.area_code, "persons_n", f"{row.sex}|{row.age_band}"))
        assert high - low >= policy.protection_n - NEAR


def test_without_complementary_cells_the_attack_finds_the_value(tmp_path):
    world, policy = indicator_world(CROSSING, COUNTS), load_policy()
    cells = world.cells(tmp_path, policy)
    assert too_narrow(world, cells, policy, 25) == []
    bare = cells[cells["reason"] != "complement"]
    assert systems(world, bare, policy)[INDICATORS].interval(("village", "v1", "failed_n", "1")) == (1, 1)


@pytest.mark.parametrize("left_open", ["v2", "v3", "v4"])
def test_every_complementary_cell_of_a_circle_is_needed(tmp_path, left_open):
    world, policy = indicator_world(CROSSING[:4], COUNTS[:4]), load_policy()
    cells = world.cells(tmp_path, policy)
    assert too_narrow(world, cells[cells["area_code"] != left_open], policy, 25)


@pytest.mark.parametrize("protection_n", [1, 5])
def test_another_width_is_kept_as_well(tmp_path, protection_n):
    policy = load_policy().model_copy(update={"protection_n": protection_n})
    world = random_world(38)
    assert too_narrow(world, world.cells(tmp_path, policy), policy, 15) == []


def test_a_corrected_household_does_not_show_between_two_editions(tmp_path):
    """One household of v2 fails after all: 6 becomes 7 in the village, and the areas around it."""
    policy, first = load_policy(), indicator_world(CROSSING, [(60, 9), *COUNTS[1:]])
    before = first.edition(tmp_path / "first", policy)
    second = first.corrected(INDICATORS, "v2", passed_n=-1, failed_n=1)
    alone = second.cells(tmp_path / "alone", policy)
    step = {("village", "v2"), ("tambon", "T1"), ("lao", "L2"), ("district", "D")}
    assert not step & set(zip(before["level"], before["area_code"], strict=True))
    assert not step & set(zip(alone["level"], alone["area_code"], strict=True)), "the step would be printed"
    cells = second.edition(tmp_path / "second", policy, (tmp_path / "first",))
    moved = cells[cells["reason"] == "difference"]
    assert set(zip(moved["level"], moved["area_code"], strict=True)) == step
    assert too_narrow(second, cells, policy, 25) == []


def test_a_household_that_came_later_does_not_show_either(tmp_path):
    policy, first = load_policy(), random_world(12)
    first.edition(tmp_path / "first", policy)
    village = first.tables[ECONOMY].sort_values("households_n").iloc[-1]["area_code"]
    second = first.corrected(ECONOMY, village, households_n=1, persons_n=1, income_main_baht=90_000, income_baht=90_000)
    second = second.corrected("rollups__coverage", village, surveyed_n=1)
    people = second.tables[POPULATION].index[second.tables[POPULATION]["area_code"] == village][0]
    second.tables[POPULATION].loc[people, "persons_n"] += 1
    cells = second.edition(tmp_path / "second", policy, (tmp_path / "first",))
    hidden = cells[(cells["reason"] == "difference") & (cells["table_name"] == ECONOMY)]
    assert {"households_n", "persons_n", "income_baht"} <= set(hidden["measure"])
    assert too_narrow(second, cells, policy, 25) == []


def test_the_public_edition_of_the_demonstration_holds(demo: Demo) -> None:
    """Indicators of the province, level by level: a few cells each of the kinds that are hidden."""
    release, policy = current_release(demo.home / "published", 2561), load_policy()
    areas = pd.read_parquet(release / "rollups__areas.parquet")
    cells = pd.read_parquet(release / f"{CELLS}.parquet")
    frame = mask(pd.read_parquet(release / f"{INDICATORS}.parquet"), INDICATORS, cells, policy)
    tree = attack.geography(areas, tambons(areas))
    told = cells[(cells["table_name"] == INDICATORS) & (cells["reason"] != "complement")]
    for number in ("1", "18", "23"):
        whole, parts = "surveyed_n", ["passed_n", "failed_n"]
        equations = attack.sums(tree, [whole, *parts], [number])
        equations += attack.within(areas, (whole, number), [(part, number) for part in parts])
        mine = frame[frame["indicator_no"] == int(number)]
        attacker = Attack(equations, attack.cells(mine, [whole, *parts], ["indicator_no"]))
        chosen = told[told["category"] == number]
        for _, cell in chosen.sample(min(15, len(chosen)), random_state=2).iterrows():
            low, high = attacker.interval(place(cell))
            assert high - low >= policy.protection_n - NEAR, place(cell)


def tambons(areas: pd.DataFrame) -> dict[str, str]:
    """Of the invented register: the code of a village begins with that of its tambon."""
    villages = areas[areas["level"] == "village"]["area_code"]
    return {code: code[:6] for code in villages}
