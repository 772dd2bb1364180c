"""Merkle trees as RFC 9162 (Certificate Transparency 2.0) defines them: pure functions over bytes, no files, no areas.

A tree is given by the digests of its leaves in order. A leaf is hashed after a byte 0x00, a node after 0x01, so that no
node can pass as a leaf; a node without a sibling is promoted unchanged. Source: RFC 9162, sections 2.1.1 to 2.1.4.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256

DIGEST_BYTES = 32
EMPTY = sha256(b"").digest()
"""Root of a tree without leaves."""


def leaf_hash(content: bytes) -> bytes:
    """Digest of a leaf."""
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Digest of a node over the digests of its two children."""
    return sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Root of the tree over the digests of its leaves."""
    if not leaves:
        return EMPTY
    *_, top = _levels(leaves)
    return top[0]


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The siblings on the way from a leaf to the root, from the bottom.

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"leaf {index} of {len(leaves)}")
    path = []
    for level in _levels(leaves):
        if (sibling := index ^ 1) < len(level):
            path.append(level[sibling])
        index //= 2
    return path


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> bool:
    """Whether a leaf stands at a place in the tree of this size and root. Source: RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if at % 2 or at == last:
            found = node_hash(sibling, found)
            at, last = _to_right_child(at, last)
        else:
            found = node_hash(found, sibling)
        at, last = at // 2, last // 2
    return last == 0 and found == expected


def consistency_proof(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """Nodes that show the tree over the first `earlier` leaves to be the beginning of this one; none if it is all or
    nothing of it. Source: RFC 9162, 2.1.4.1.

    Raises:
        IndexError: the tree never had so many leaves, or fewer than none.
    """
    if not 0 <= earlier <= len(leaves):
        raise IndexError(f"{earlier} of {len(leaves)} leaves")
    return _subproof(leaves, earlier, True) if earlier else []


def verify_consistency(earlier: int, size: int, earlier_root: bytes, expected: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of `size` leaves and root `expected` begins with the earlier one. Source: RFC 9162, 2.1.4.2."""
    if not 0 <= earlier <= size:
        return False
    if earlier == 0:
        return not proof and earlier_root == EMPTY and (size > 0 or expected == EMPTY)
    if earlier == size:
        return not proof and earlier_root == expected
    nodes = list(proof)
    if earlier & (earlier - 1) == 0:
        nodes.insert(0, earlier_root)
    if not nodes:
        return False
    at, last = earlier - 1, size - 1
    while at % 2:
        at, last = at // 2, last // 2
    before = after = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if at % 2 or at == last:
            before, after = node_hash(node, before), node_hash(node, after)
            at, last = _to_right_child(at, last)
        else:
            after = node_hash(after, node)
        at, last = at // 2, last // 2
    return last == 0 and before == earlier_root and after == expected


def _levels(leaves: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """The digests of each level, from the leaves to the root."""
    level = leaves
    while len(level) > 1:
        yield level
        # node_hash, written out: a province has as many nodes as households
        above = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        if len(level) % 2:
            above.append(level[-1])
        level = above
    yield level


def _to_right_child(at: int, last: int) -> tuple[int, int]:
    """Up over the levels on which a node was promoted: until it is a right child, or the first of its level."""
    while at and not at % 2:
        at, last = at // 2, last // 2
    return at, last


def _subproof(leaves: Sequence[bytes], earlier: int, is_known: bool) -> list[bytes]:
    """SUBPROOF of RFC 9162; `is_known`: the verifier has the root of these leaves already."""
    if earlier == len(leaves):
        return [] if is_known else [root(leaves)]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if earlier <= split:
        return [*_subproof(leaves[:split], earlier, is_known), root(leaves[split:])]
    return [*_subproof(leaves[split:], earlier - split, False), root(leaves[:split])]
