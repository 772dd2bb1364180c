"""Digests of areas: they change if and only if a figure changes, and only along its path."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from jpt_pipeline.certification.nodes import compute_nodes, node_levels
from jpt_pipeline.certification.relations import level_names, nation_part, open_relations, tree_levels, usable_parts
from jpt_pipeline.hashtree.merkle import leaf_hash, node_hash, root
from jpt_pipeline.store.lake import Part
from tests.unit.certification.world import VILLAGES, YEAR, World, make_world

Digests = dict[tuple[str, str], tuple[str, str]]
Nodes = dict[tuple[str, str], tuple[str, str, str, int]]


def digests(world: World, levels: Sequence[str] | None = None) -> Digests:
    """(level, area_code) -> (figures_sha256, root_sha256)."""
    return {area: (row[0], row[1]) for area, row in nodes(world, levels).items()}


def nodes(world: World, levels: Sequence[str] | None = None) -> Nodes:
    """(level, area_code) -> (figures_sha256, root_sha256, tree_sha256, tree_size)."""
    with world.session() as connection:
        parts = [*usable_parts(world.lake, YEAR)[0], *nation_part(world.lake, YEAR)]
        relations = open_relations(connection, world.lake, parts)
        compute_nodes(connection, relations, YEAR, levels or level_names())
        columns = "level, area_code, figures_sha256, root_sha256, tree_sha256, tree_size"
        rows = connection.execute(f"SELECT {columns} FROM cert_nodes").fetchall()
    assert len(rows) == len({row[:2] for row in rows})
    return {(row[0], row[1]): (row[2], row[3], row[4], row[5]) for row in rows}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Nodes:
    return nodes(make_world(tmp_path_factory.mktemp("base")))


@pytest.fixture(scope="module")
def base(whole: Nodes) -> Digests:
    return {area: (row[0], row[1]) for area, row in whole.items()}


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
    number = lambda value: f"I{len(str(value))}:{value}"  # noqa: E731
    cell: Callable[[object], str] = lambda value: text(value) if isinstance(value, str) else number(value)  # noqa: E731
    tables: dict[str, list[list[object]]] = {
        "rollups__indicators": [[1, "persons", 20, 18, 2, 9, 1, 0], [2, "households", 9, 8, 1, 9, 1, 0]],
        "rollups__population": [["1", "0-4", 12], ["2", "100+", 13]],
        "rollups__economy": [[9, 25, 900, 90, 9, 1, 1000, 100, 200, 50, 50, 400]],
        "rollups__coverage": [[10, 9, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 2]],
    }
    figures = text("jpt-figures-v1") + number(2561) + text("jpt") + text("village") + text("38020101")
    for table, rows in tables.items():
        figures += text(table) + number(len(rows)) + "".join(cell(value) for row in rows for value in row)
    figures_sha256 = hashlib.sha256(figures.encode()).hexdigest()
    tree = root([leaf_hash(f"38020101 {at}".encode()) for at in range(9)])
    assert base["village", "38020101"] == (figures_sha256, record("village", "38020101", tree, 9, figures_sha256).hex())


def record(level: str, code: str, tree: bytes, size: int, figures_sha256: str) -> bytes:
    """The leaf that stands for an area in the tree above, by hand."""
    said = f"S11:jpt-node-v2I4:2561S3:jptS{len(level)}:{level}S{len(code)}:{code}S64:{tree.hex()}"
    said += f"I{len(str(size))}:{size}S64:{figures_sha256}"
    return hashlib.sha256(b"\x00" + said.encode()).digest()


def test_every_tree_above_is_over_the_records_below_by_code(whole: Nodes) -> None:
    at = {area: bytes.fromhex(row[1]) for area, row in whole.items()}
    trees = {
        ("lao", "L1"): node_hash(at["village", "38010101"], at["village", "38010202"]),
        ("lao", "L2"): at["village", "38010103"],
        ("tambon", "380101"): node_hash(at["village", "38010101"], at["village", "38010103"]),
        ("district", "3801"): node_hash(at["lao", "L1"], at["lao", "L2"]),
        ("province", "38"): node_hash(at["district", "3801"], at["district", "3802"]),
        ("nation", "TH"): node_hash(at["province", "38"], at["province", "39"]),
    }
    for (level, code), tree in trees.items():
        figures, area_root, tree_sha256, size = whole[level, code]
        assert tree_sha256 == tree.hex()
        assert area_root == record(level, code, tree, size, figures).hex()
    assert {area: row[3] for area, row in whole.items() if area[0] in ("village", "lao", "nation")} == {
        **dict.fromkeys((("village", row[0]) for row in VILLAGES), 9),
        ("lao", "L1"): 2, ("lao", "L2"): 1, ("lao", "L3"): 1, ("lao", "L4"): 1, ("nation", "TH"): 2,
    }  # fmt: skip


def test_one_household_moves_the_roots_on_its_path_though_no_figure_moves(whole: Nodes, tmp_path: Path) -> None:
    world = make_world(tmp_path, write=False)
    world.plant("38010101", *"01234567x")
    world.write()
    after = nodes(world)
    moved = {area for area, row in after.items() if row != whole[area]}
    assert moved == {
        ("village", "38010101"), ("tambon", "380101"), ("lao", "L1"), ("district", "3801"), ("province", "38"),
        ("nation", "TH"),
    }  # fmt: skip
    assert all(after[area][0] == whole[area][0] for area in after), "figures stand"


def test_a_village_without_households_has_the_empty_tree(tmp_path: Path) -> None:
    world = make_world(tmp_path, write=False)
    world.plant("38020101")
    world.write()
    assert nodes(world)["village", "38020101"][2:] == (hashlib.sha256(b"").hexdigest(), 0)


def test_trees_of_other_households_are_not_usable(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    here, there = Part(YEAR, "38"), Part(YEAR, "39")
    assert usable_parts(world.lake, YEAR) == ([here, there], [])
    world.lake.write(
        world.db, "certification__trees", there, "SELECT * FROM certification__trees WHERE village_code LIKE '39%'",
        fingerprint="", inputs={"households__clean": "other"},
    )  # fmt: skip
    assert usable_parts(world.lake, YEAR) == ([here], ["39"])
    world.lake.unseal(["certification__trees"], here)
    assert usable_parts(world.lake, YEAR) == ([], ["38", "39"])


def test_a_tambon_has_a_record_only_where_a_round_certifies_tambons(whole: Nodes, tmp_path: Path) -> None:
    assert node_levels(["lao", "district"]) == ["village", "lao", "district", "province", "nation"]
    assert node_levels(["tambon", "district"]) == level_names()
    without = nodes(make_world(tmp_path), node_levels(["lao"]))
    assert without == {area: row for area, row in whole.items() if area[0] != "tambon"}


def test_a_tambon_stands_beside_the_path() -> None:
    assert {level: tree_levels(level) for level in level_names()} == {
        "village": [], "tambon": ["village"], "lao": ["village"], "district": ["lao"], "province": ["district"],
        "nation": ["province"],
    }  # fmt: skip
