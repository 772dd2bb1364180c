"""Leaves and trees of a province: the same from any delivery, hiding, and those of the rows that anybody can compute."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest

from checks import GATES
from jpt_pipeline.hashtree import stage
from jpt_pipeline.hashtree.merkle import leaf_hash, root
from jpt_pipeline.hashtree.rows import encode_household, layout_of
from jpt_pipeline.hashtree.salts import leaf_of, round_key, salt_of
from jpt_pipeline.hashtree.stage import LEAVES, TREES, make_leaves
from jpt_pipeline.store.lake import GateFailed, Lake, Part
from jpt_pipeline.vault import KeyMissing
from tests.unit.hashtree.conftest import HOUSEHOLDS
from tests.unit.intake.country import HERE, KEYS, YEAR, Home, deliver, ndjson

EMPTY = sha256(b"").hexdigest()


def trees(home: Home) -> list[tuple[Any, ...]]:
    return home.rows(TREES, "village_code, households_n, tree_size, tree_sha256")


def leaves(home: Home) -> list[tuple[Any, ...]]:
    return home.rows(LEAVES, "village_code, household_id, leaf_no, leaf_sha256")


def made(root_: Path, files: Sequence[tuple[str, list[dict[str, Any]]]], **options: Any) -> Home:
    """A home that got the households in these deliveries: kind of file and households."""
    home = Home(root_, **options).registers()
    for number, (kind, homes) in enumerate(files):
        home.take(deliver(root_ / f"in{number}", kind, homes))
    return hashed(home)


def hashed(home: Home) -> Home:
    """The stages that leaves rest on, and theirs."""
    make_leaves(home.households().settings, HERE, GATES)
    return home


def records(home: Home, table: str) -> list[dict[str, Any]]:
    cursor = duckdb.execute("SELECT * FROM read_parquet(?)", [Lake(home.settings.lake).sealed(table, HERE)])
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_every_leaf_is_that_of_the_household_by_hand(six: Home) -> None:
    key, members = round_key(six.settings, YEAR), records(six, "households__members")
    expected = {}
    for home in records(six, "households__clean"):
        roster = [one for one in members if one["household_id"] == home["household_id"]]
        assert len(roster) == home["persons_n"]
        row = encode_household(layout_of(home), home, roster)
        salt = salt_of(key, row)
        assert leaf_of(salt, row) == leaf_hash(b"jpt-hh-v1" + salt + row)
        expected[home["household_id"]] = leaf_of(salt, row).hex()
    assert {row[1]: row[3] for row in leaves(six)} == expected
    assert len(set(expected.values())) == len(HOUSEHOLDS)


def test_every_village_has_its_tree_over_its_leaves_by_house_code(six: Home) -> None:
    by_village: dict[str, list[str]] = {}
    for number, (village, _, leaf_no, leaf) in enumerate(sorted(leaves(six))):
        assert leaf_no == len(by_village.setdefault(village, [])), number
        by_village[village].append(leaf)
    assert trees(six) == [
        (village, len(own), len(own), root([bytes.fromhex(leaf) for leaf in own]).hex())
        for village, own in sorted(by_village.items())
    ]
    assert [row[2] for row in trees(six)] == [3, 1, 1, 1]


def test_the_trees_do_not_depend_on_files_order_threads_or_portions(
    six: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "TOGETHER", 2)
    split = [("csv", HOUSEHOLDS[3:]), ("ndjson", HOUSEHOLDS[:1]), ("xlsx", HOUSEHOLDS[2:0:-1])]
    for number, (files, threads) in enumerate(((split, 2), ([("parquet", HOUSEHOLDS[::-1])], 1))):
        other = made(tmp_path / str(number), files, threads=threads)
        assert (trees(other), leaves(other)) == (trees(six), leaves(six))


def test_a_village_without_households_has_the_empty_tree(six: Home) -> None:
    """Province 39 has a village and no delivery."""
    there = Part(YEAR, "39")
    make_leaves(six.households(there).settings, there, GATES)
    assert six.rows(TREES, "village_code, households_n, tree_size, tree_sha256", there) == [("39010101", 0, 0, EMPTY)]
    assert six.rows(LEAVES, part=there) == []


def test_leaves_hide_under_the_key_of_the_round(own_six: Home, tmp_path: Path) -> None:
    """Another home cannot compute them, another round of the same home has other salts, and without key there are none."""
    key = round_key(own_six.settings, YEAR)
    assert key == round_key(own_six.settings, YEAR) != round_key(own_six.settings, YEAR + 1)
    other = made(tmp_path / "other", [("ndjson", HOUSEHOLDS)], keys=KEYS | {"vault": b"x" * 32})
    assert [row[:3] for row in leaves(other)] == [row[:3] for row in leaves(own_six)]
    assert not {row[3] for row in leaves(other)} & {row[3] for row in leaves(own_six)}
    (own_six.settings.root / "keys" / "vault.key").unlink()
    with pytest.raises(KeyMissing):
        make_leaves(own_six.settings, HERE, GATES)


def test_the_key_is_nowhere_in_the_lake_or_in_the_queries(six: Home) -> None:
    key = round_key(six.settings, YEAR)
    for path in (six.settings.lake / LEAVES).rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert key not in content and key.hex().encode() not in content


def test_another_answer_moves_one_leaf_and_the_same_again_none(own_six: Home) -> None:
    """A higher revision with the same content comes by another file and record: no committee has to meet again."""
    before = leaves(own_six)
    changed, same = [{**home, "revision": 2} for home in HOUSEHOLDS[1:3]]
    own_six.take_bytes("b.ndjson", ndjson([{**changed, "satisfaction": 1}, same]))
    hashed(own_six)
    assert own_six.rows("households__clean", "sum(revision)") == [(8,)]
    moved = [(old[1], old[3] != new[3]) for old, new in zip(before, leaves(own_six), strict=True)]
    assert [house for house, is_other in moved if is_other] == [changed["household_id"]]
    sealed = Lake(own_six.settings.lake).seal_path(LEAVES, HERE).stat().st_mtime_ns
    make_leaves(own_six.settings, HERE, GATES)
    assert Lake(own_six.settings.lake).seal_path(LEAVES, HERE).stat().st_mtime_ns == sealed, "nothing to do"


def test_a_household_without_leaf_shuts_the_gate(own_six: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours loses a leaf: neither leaves nor trees are there for anybody."""
    real = stage.hash_households

    def loses(connection: duckdb.DuckDBPyConnection, *given: Any) -> None:
        real(connection, *given)
        connection.execute("DELETE FROM leaves WHERE village_code = '38010101' AND leaf_no = 2")

    monkeypatch.setattr(stage, "hash_households", loses)
    Lake(own_six.settings.lake).unseal([LEAVES, TREES], HERE)
    with pytest.raises(GateFailed, match="every_household_has_a_leaf"):
        make_leaves(own_six.settings, HERE, GATES)
    assert not Lake(own_six.settings.lake).seal_path(LEAVES, HERE).exists()
