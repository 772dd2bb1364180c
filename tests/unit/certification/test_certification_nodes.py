"""Digests of areas: they change if and only if a figure changes, and only along its path."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jpt_pipeline.certification.nodes import compute_nodes, encode_int, encode_text
from jpt_pipeline.certification.relations import level_names, nation_part, open_relations, tree_levels, usable_parts
from tests.unit.certification.world import YEAR, World, make_world

Digests = dict[tuple[str, str], tuple[str, str]]


def digests(world: World) -> Digests:
    """(level, area_code) -> (figures_sha256, root_sha256)."""
    with world.session() as connection:
        parts = [*usable_parts(world.lake, YEAR)[0], *nation_part(world.lake, YEAR)]
        relations = open_relations(connection, world.lake, parts)
        compute_nodes(connection, relations, YEAR, level_names())
        rows = connection.execute("SELECT level, area_code, figures_sha256, root_sha256 FROM cert_nodes").fetchall()
    assert len(rows) == len({row[:2] for row in rows})
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Digests:
    return digests(make_world(tmp_path_factory.mktemp("base")))


def test_every_area_has_a_node(base: Digests) -> None:
    assert sorted(area for area in base if area[0] in ("lao", "province", "nation")) == [
        ("lao", "L1"), ("lao", "L2"), ("lao", "L3"), ("lao", "L4"), ("nation", "TH"), ("province", "38"),
        ("province", "39"),
    ]  # fmt: skip
    assert len({root for _, root in base.values()}) == len(base)


def test_the_digest_does_not_depend_on_row_order_or_threads(base: Digests, tmp_path: Path) -> None:
    for threads, order in ((1, "md5(area_code)"), (4, "area_code DESC")):
        world = World(tmp_path / str(threads), threads=threads)
        world.write(order=order)
        assert digests(world) == base


def test_a_correction_moves_the_roots_on_its_path_and_no_other(base: Digests, tmp_path: Path) -> None:
    world = make_world(tmp_path)
    world.move("38010101")
    moved = {area for area, both in digests(world).items() if both[1] != base[area][1]}
    assert moved == {
        ("village", "38010101"), ("tambon", "380101"), ("lao", "L1"), ("district", "3801"), ("province", "38"),
        ("nation", "TH"),
    }  # fmt: skip


def test_figures_that_cancel_out_above_still_move_the_root_above(base: Digests, tmp_path: Path) -> None:
    """Two villages of one LAO trade a household: the LAO's own figures stay, its certificate must not."""
    world = make_world(tmp_path)
    for village, step in (("38010101", 1), ("38010202", -1)):
        world.sql(
            "UPDATE rollups__indicators SET passed_n = passed_n + ?, failed_n = failed_n - ? "
            "WHERE indicator_no = 1 AND area_code = ?",
            step, step, village,
        )  # fmt: skip
    world.sum_up()
    world.write()
    after = digests(world)
    assert after["lao", "L1"][0] == base["lao", "L1"][0]
    assert after["lao", "L1"][1] != base["lao", "L1"][1]
    assert after["nation", "TH"][1] != base["nation", "TH"][1]


CHANGES = {
    "an indicator": "UPDATE rollups__indicators SET households_failed_n = 2 WHERE area_code = '38020101'",
    "a unit": "UPDATE rollups__indicators SET unit = 'persons' WHERE area_code = '38020101'",
    "an indicator number": "UPDATE rollups__indicators SET indicator_no = indicator_no + 1 "
    "WHERE area_code = '38020101'",
    "an age band": "UPDATE rollups__population SET age_band = '5-9' WHERE age_band = '0-4' AND area_code = '38020101'",
    "a row less": "DELETE FROM rollups__population WHERE sex = '1' AND area_code = '38020101'",
    "a zero row more": "INSERT INTO rollups__population VALUES (2561, 'jpt', 'village', '38020101', '1', '5-9', 0)",
    "an income": "UPDATE rollups__economy SET income_main_baht = income_main_baht + 1 WHERE area_code = '38020101'",
    "digits move on": "UPDATE rollups__economy SET income_main_baht = 9009, income_second_baht = 0 "
    "WHERE area_code = '38020101'",
    "NULL for zero": "UPDATE rollups__coverage SET quarantined_n = NULL WHERE area_code = '38020101'",
    "a target": "UPDATE rollups__coverage SET target_n = 11 WHERE area_code = '38020101'",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_any_change_of_a_figure_moves_the_digest(base: Digests, tmp_path: Path, change: str) -> None:
    world = make_world(tmp_path, write=False)
    world.sql(change)
    world.write()
    after = digests(world)
    assert after["village", "38020101"][0] != base["village", "38020101"][0]
    assert after["lao", "L3"][1] != base["lao", "L3"][1]
    assert after["lao", "L1"] == base["lao", "L1"]


def test_the_encoding_is_the_documented_one(base: Digests) -> None:
    """Village 38020101 by hand, so that another program can check a certificate."""
    text = lambda value: f"S{len(value)}:{value}"  # noqa: E731
    whole = lambda value: f"I{len(str(value))}:{value}"  # noqa: E731
    cell: Callable[[object], str] = lambda value: text(value) if isinstance(value, str) else whole(value)  # noqa: E731
    tables: dict[str, list[list[object]]] = {
        "rollups__indicators": [[1, "persons", 20, 18, 2, 9, 1, 0], [2, "households", 9, 8, 1, 9, 1, 0]],
        "rollups__population": [["1", "0-4", 12], ["2", "100+", 13]],
        "rollups__economy": [[9, 25, 900, 90, 9, 1, 1000, 100, 200, 50, 50, 400]],
        "rollups__coverage": [[10, 9, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 2]],
    }
    figures = text("jpt-node-v1") + whole(2561) + text("jpt") + text("village") + text("38020101")
    for table, rows in tables.items():
        figures += text(table) + whole(len(rows)) + "".join(cell(value) for row in rows for value in row)
    figures_sha256 = hashlib.sha256(figures.encode()).hexdigest()
    root = text("jpt-root-v1") + text("village") + text("38020101") + text("jpt") + text(figures_sha256) + whole(0)
    root_sha256 = hashlib.sha256(root.encode()).hexdigest()
    assert base["village", "38020101"] == (figures_sha256, root_sha256)
    above = text("jpt-root-v1") + text("lao") + text("L3") + text("jpt") + text(base["lao", "L3"][0]) + whole(1)
    above += text("38020101") + text(root_sha256)
    assert base["lao", "L3"][1] == hashlib.sha256(above.encode()).hexdigest()


def test_a_tambon_stands_beside_the_path() -> None:
    assert {level: tree_levels(level) for level in level_names()} == {
        "village": [], "tambon": ["village"], "lao": ["village"], "district": ["lao"], "province": ["district"],
        "nation": ["province"],
    }  # fmt: skip


VALUES = st.lists(st.one_of(st.none(), st.integers(-(2**62), 2**62), st.text(max_size=8)), max_size=4)


@given(left=VALUES, right=VALUES)
@settings(max_examples=200, deadline=None)
def test_different_values_never_have_the_same_text(left: list[object], right: list[object]) -> None:
    typed = [[(type(value), value) for value in values] for values in (left, right)]
    assert (encoded(left) == encoded(right)) == (typed[0] == typed[1])


def encoded(values: list[object]) -> str:
    parts = []
    for value in values:
        encode = encode_int if isinstance(value, int) else encode_text
        row = duckdb.execute(f"SELECT {encode('v')} FROM (SELECT ? AS v)", [value]).fetchone()
        assert row is not None
        parts.append(row[0])
    return "".join(parts)
