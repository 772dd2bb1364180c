"""The failure of 2563: the dashboard said 12,500,053 households, the provinces summed to 12,506,240. Nobody certifies that."""

from datetime import date
from pathlib import Path

import pytest

from jpt_pipeline.certification import acts
from jpt_pipeline.certification.request import ActRefused, Request
from jpt_pipeline.certification.situation import load_situation
from tests.unit.certification.world import NOON, RULES, World, clock, make_round, make_world

SHOWN, SUMMED = 12_500_053, 12_506_240
ROUND = make_round(("tambon", "district", "province", "nation"))
BY_LAO = make_round()
# level of the total that is shown, its area, the level whose sum it is not, and a district's chain that holds it
CASES = [
    ("tambon", "380101", "village", ROUND),
    ("lao", "L1", "village", BY_LAO),
    ("district", "3801", "lao", BY_LAO),
    ("district", "3801", "tambon", ROUND),
    ("province", "38", "district", BY_LAO),
    ("nation", "TH", "province", BY_LAO),
]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path, write=False)


def plant(world: World, level: str, area: str) -> None:
    """The parts of the area sum to SUMMED households; the area itself shows SHOWN. Everything else ties out."""
    for table, column in (("economy", "households_n"), ("coverage", "surveyed_n")):
        ((already,),) = world.sql(
            f"SELECT {column} FROM rollups__{table} WHERE level = ? AND area_code = ?", level, area
        )
        more = SUMMED - already
        world.sql(f"UPDATE rollups__{table} SET {column} = {column} + ? WHERE area_code = '38010101'", more)
    world.sql("UPDATE certification__trees SET tree_size = tree_size + ? WHERE village_code = '38010101'", more)
    world.sum_up()
    for table, column in (("economy", "households_n"), ("coverage", "surveyed_n")):
        world.sql(f"UPDATE rollups__{table} SET {column} = ? WHERE level = ? AND area_code = ?", SHOWN, level, area)


@pytest.mark.parametrize(("level", "area", "below", "round_"), CASES, ids=[f"{c[0]}-{c[2]}" for c in CASES])
def test_a_total_that_is_not_the_sum_is_never_certified(world, level, area, below, round_):
    plant(world, level, area)
    world.write()
    with world.session() as connection:
        states = load_situation(connection, world.settings, round_, RULES, [], NOON.date()).states
        told = [row[0] for row in connection.execute("SELECT told FROM cert_tie_out").fetchall()]
    assert f"{level} {area} rollups__economy.households_n {SHOWN} <> {below} {SUMMED}" in told
    place = next(found for found in states if (found.level, found.area_code) == (level, area))
    assert any(reason.startswith("G-TOTALS") for reason in states[place].blocked_by)
    with pytest.raises(ActRefused, match="G-TOTALS"):
        acts.present(world.settings, round_, RULES, Request(level, (area,)), clock())


def test_the_same_households_that_tie_out_can_be_certified(world):
    world.sql("UPDATE rollups__economy SET households_n = ? WHERE area_code = '38010101'", SUMMED)
    world.sql("UPDATE rollups__coverage SET surveyed_n = ? WHERE area_code = '38010101'", SUMMED)
    world.sql("UPDATE certification__trees SET tree_size = ? WHERE village_code = '38010101'", SUMMED)
    world.sum_up()
    world.write()
    with world.session() as connection:
        states = load_situation(connection, world.settings, BY_LAO, RULES, [], date(2018, 3, 20)).states
        assert connection.execute("SELECT count(*) FROM cert_tie_out").fetchone() == (0,)
    assert not any("G-TOTALS" in reason for state in states.values() for reason in state.blocked_by)
