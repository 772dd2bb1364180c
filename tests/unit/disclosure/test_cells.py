"""Which cells are hidden, in geographies that fit a sheet of paper: one district, one indicator.

In the worlds below a village is (tambon, LAO) and (passed, failed); twenty households live in each.
"""

import pytest

from jpt_pipeline.areas.levels import Level
from jpt_pipeline.disclosure import BadGeography, load_policy
from jpt_pipeline.disclosure.geography import load_shape, make_geography
from tests.unit.disclosure.attack import COVERAGE, ECONOMY, INDICATORS, POPULATION
from tests.unit.disclosure.world import BAHT, World, indicator_world


def hidden(world: World, folder, table: str = INDICATORS) -> dict[str, str]:
    """'v1 failed_n' -> reason."""
    cells = world.cells(folder, load_policy())
    rows = cells[cells["table_name"] == table].itertuples()
    return {f"{row.area_code} {row.measure}": row.reason for row in rows}


def areas(found: dict[str, str]) -> set[str]:
    return {cell.split()[0] for cell in found}


def test_a_small_count_hides_its_counterpart_and_the_smallest_sufficient_neighbour(tmp_path):
    world = indicator_world([("T", "L")] * 4, [(39, 1), (40, 0), (35, 5), (31, 9)])
    assert hidden(world, tmp_path) == {
        "v1 failed_n": "small",
        "v1 passed_n": "complement",
        "v3 failed_n": "complement",  # 0 of v2 is not enough: 1 + 0 leaves 0 or 1
        "v3 passed_n": "complement",
    }


def test_two_small_counts_protect_each_other_when_they_are_enough(tmp_path):
    world = indicator_world([("T", "L")] * 3, [(39, 1), (38, 2), (31, 9)])
    assert areas(hidden(world, tmp_path)) == {"v1", "v2"}


def test_a_small_count_of_the_passed_is_as_telling(tmp_path):
    world = indicator_world([("T", "L")] * 2, [(2, 38), (20, 20)])
    found = hidden(world, tmp_path)
    assert (found["v1 passed_n"], found["v1 failed_n"]) == ("small", "complement")
    assert areas(found) == {"v1", "v2"}


def test_where_tambon_and_lao_cross_four_villages_close_the_circle(tmp_path):
    crossing = [("T1", "L1"), ("T1", "L2"), ("T2", "L1"), ("T2", "L2")]
    world = indicator_world(crossing, [(39, 1), (34, 6), (33, 7), (32, 8)])
    assert areas(hidden(world, tmp_path)) == {"v1", "v2", "v3", "v4"}


def test_an_only_child_takes_its_parent_along(tmp_path):
    """v1 is all of tambon T1, so T1 is as small; T2 would give it away."""
    world = indicator_world([("T1", "L"), ("T2", "L"), ("T2", "L")], [(39, 1), (35, 5), (31, 9)])
    found = hidden(world, tmp_path)
    assert areas(found) == {"v1", "T1", "v2", "T2"}
    assert found["T1 failed_n"] == "small"


def test_a_country_of_one_village_hides_all_above_it(tmp_path):
    world = indicator_world([("T", "L")], [(39, 1)])
    assert areas(hidden(world, tmp_path)) == {"v1", "T", "L", "D", "P", "TH"}


def test_a_whole_smaller_than_the_width_is_hidden_with_its_parts(tmp_path):
    world = indicator_world([("T", "L")] * 3, [(1, 1), (40, 4), (50, 5)])
    found = hidden(world, tmp_path)
    assert found["v1 surveyed_n"] == found["v1 failed_n"] == "small"
    assert areas(found) == {"v1", "v2"}
    assert found["v2 surveyed_n"] == "complement"


def test_all_fail_in_a_small_group_is_hidden_and_all_pass_is_not(tmp_path):
    world = indicator_world([("T", "L")] * 4, [(0, 5), (5, 0), (30, 4), (0, 12)])
    found = hidden(world, tmp_path / "a")
    assert (found["v1 failed_n"], found["v2 failed_n"]) == ("whole", "complement")
    assert areas(found) == {"v1", "v2"}
    assert hidden(indicator_world([("T", "L")] * 3, [(5, 0), (30, 4), (0, 12)]), tmp_path / "b") == {}


def test_nothing_small_nothing_hidden(tmp_path):
    world = indicator_world([("T1", "L1"), ("T2", "L2")], [(36, 4), (40, 0)])
    assert all(hidden(world, tmp_path, table) == {} for table in (INDICATORS, ECONOMY, COVERAGE, POPULATION))


def test_a_row_of_few_households_is_hidden_whole_with_a_neighbour(tmp_path):
    world = indicator_world([("T", "L")] * 3, [(36, 4)] * 3)
    world = world.corrected(ECONOMY, "v1", households_n=-18, persons_n=-55)
    world = world.corrected(COVERAGE, "v1", surveyed_n=-18)
    found = hidden(world, tmp_path, ECONOMY)
    assert areas(found) == {"v1", "v2"}
    assert {cell.split()[1] for cell in found} == {"households_n", "persons_n", *BAHT}
    assert found["v1 income_baht"] == "small"
    assert hidden(world, tmp_path, COVERAGE) == {"v1 surveyed_n": "small", "v2 surveyed_n": "complement"}


def test_reasons_of_nonresponse_stand_each_by_itself(tmp_path):
    world = indicator_world([("T", "L")] * 3, [(36, 4)] * 3)
    for village, refused in (("v1", 1), ("v2", 4), ("v3", 9)):
        world = world.corrected(COVERAGE, village, nonresponse_refused_n=refused, nonresponse_empty_n=7)
    assert hidden(world, tmp_path, COVERAGE) == {
        "v1 nonresponse_refused_n": "small",
        "v2 nonresponse_refused_n": "complement",
    }


def test_the_same_figures_in_another_order_hide_the_same_cells(tmp_path):
    villages = [("T1", "L1"), ("T1", "L2"), ("T2", "L1"), ("T2", "L2"), ("T2", "L2")]
    world = indicator_world(villages, [(39, 1), (34, 6), (38, 2), (32, 8), (40, 0)])
    turned = World(world.register[::-1], {name: frame[::-1] for name, frame in world.tables.items()})
    assert hidden(world, tmp_path / "a") == hidden(turned, tmp_path / "b")


def test_a_register_that_is_not_the_one_of_the_results_is_told():
    rows = [("village", "v1", "L"), ("tambon", "T", "D"), ("lao", "L", "D"), ("district", "D", "P")]
    rows += [("province", "P", "TH"), ("nation", "TH", None)]
    assert len(make_geography(rows, {"v1": "T"})) == 6
    with pytest.raises(BadGeography, match="village v1"):
        make_geography(rows, {})


def test_levels_must_cross_once():
    chain = ("village", "lao", "district")
    levels = [
        Level(level=name, th=name, code=name, name=name, parent=parent, inside=(parent,) if parent else ())
        for name, parent in zip(chain, (*chain[1:], None), strict=True)
    ]
    with pytest.raises(ValueError, match="two hierarchies"):
        load_shape(tuple(levels))
