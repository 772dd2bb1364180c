"""The tree is that of RFC 9162: the same as an independent implementation, and no wrong proof is believed."""

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from jpt_pipeline.hashtree.merkle import (
    EMPTY,
    consistency_proof,
    inclusion_path,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

LARGEST = 130


def entries(size: int) -> list[bytes]:
    return [f"household {number}".encode() for number in range(size)]


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(entry) for entry in entries(size)]


@pytest.fixture(scope="module")
def independent() -> Any:
    """The same entries in pymerkle's tree; states of smaller sizes can be asked."""
    tree = InmemoryTree(algorithm="sha256")
    for entry in entries(1 << 10 | 5):
        tree.append_entry(entry)
    return tree


@pytest.mark.parametrize("size", [*range(LARGEST + 1), 255, 256, 257, 1 << 10, 1 << 10 | 5])
def test_the_root_is_that_of_another_implementation(independent: Any, size: int) -> None:
    assert root(leaves(size)) == independent.get_root(size)


def test_the_root_by_hand() -> None:
    """Three leaves: the third has no sibling and is promoted."""
    a, b, c = (sha256(b"\x00" + entry).digest() for entry in (b"a", b"b", b"c"))
    ab = sha256(b"\x01" + a + b).digest()
    assert [leaf_hash(b"a"), node_hash(a, b)] == [a, ab]
    assert root([]) == EMPTY == sha256(b"").digest()
    assert root([a]) == a
    assert root([a, b, c]) == sha256(b"\x01" + ab + c).digest()


def test_paths_are_those_of_another_implementation(independent: Any) -> None:
    """pymerkle's paths begin with the leaf."""
    for size in (1, 2, 3, 6, 7, 8, 13, 64, 100):
        for index in range(size):
            path = independent.prove_inclusion(index + 1, size).path
            assert inclusion_path(leaves(size), index) == list(path)[1:]


SIZES = st.integers(1, LARGEST)


@given(SIZES, st.data())
@settings(max_examples=60, deadline=None)
def test_a_leaf_is_proved_at_its_place_and_nowhere_else(size: int, data: st.DataObject) -> None:
    tree = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    path, top = inclusion_path(tree, index), root(tree)
    assert verify_inclusion(tree[index], index, size, path, top)
    other = data.draw(st.integers(-1, size + 1).filter(lambda at: at != index))
    assert not verify_inclusion(tree[index], other, size, path, top)
    assert not verify_inclusion(leaf_hash(b"nobody"), index, size, path, top)
    assert not verify_inclusion(tree[index], index, size, path, leaf_hash(b"nothing"))
    assert not verify_inclusion(tree[index], index, size, [*path, top], top)
    assert not verify_inclusion(tree[index], index, 0, path, top)
    if path:
        wrong = data.draw(st.integers(0, len(path) - 1))
        changed = [node if at != wrong else leaf_hash(node) for at, node in enumerate(path)]
        assert not verify_inclusion(tree[index], index, size, changed, top)
        assert not verify_inclusion(tree[index], index, size, path[:-1], top)


@given(SIZES, st.data())
@settings(max_examples=60, deadline=None)
def test_a_tree_is_proved_to_begin_with_an_earlier_one(size: int, data: st.DataObject) -> None:
    tree = leaves(size)
    earlier = data.draw(st.integers(0, size))
    before, after, proof = root(tree[:earlier]), root(tree), consistency_proof(tree, earlier)
    assert verify_consistency(earlier, size, before, after, proof)
    rewritten = [leaf_hash(b"another"), *tree[1:]]
    if earlier:
        honest = consistency_proof(rewritten, earlier)
        assert not verify_consistency(earlier, size, before, root(rewritten), honest)
        assert not verify_consistency(earlier, size, leaf_hash(before), after, proof)
    if 0 < earlier < size:
        assert not verify_consistency(earlier, size, before, leaf_hash(after), proof)
        assert not verify_consistency(earlier, size, before, after, proof[:-1])
        assert not verify_consistency(earlier, size, before, after, [*proof, after])
    assert not verify_consistency(size + 1, size, before, after, proof)


def test_an_empty_beginning_proves_nothing_but_itself() -> None:
    tree = leaves(3)
    assert verify_consistency(0, 3, EMPTY, root(tree), [])
    assert verify_consistency(0, 0, EMPTY, EMPTY, [])
    assert not verify_consistency(0, 3, root(tree), root(tree), [])
    assert not verify_consistency(0, 0, EMPTY, root(tree), [])
    assert not verify_consistency(3, 3, root(tree), root(tree), [EMPTY])
    assert not verify_consistency(3, 7, root(tree), root(leaves(7)), [])


def test_there_is_no_proof_of_what_is_not_there() -> None:
    for index in (-1, 3):
        with pytest.raises(IndexError):
            inclusion_path(leaves(3), index)
    for earlier in (-1, 4):
        with pytest.raises(IndexError):
            consistency_proof(leaves(3), earlier)
