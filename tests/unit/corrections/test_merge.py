"""Three-way merge of one cell: outcomes, and that the order of files that may follow each other does not matter."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jpt_pipeline.corrections.merge import Edit, merge, outcome

VALUES = st.sampled_from([None, "0", "1", "1,2"])


@pytest.mark.parametrize(
    ("now", "old", "new", "expected"),
    [
        ("0", "0", "1", "applied"),
        (None, None, "1", "applied"),
        ("0", "0", None, "applied"),
        ("1", "0", "1", "already"),
        (None, "0", None, "already"),
        ("2", "0", "1", "conflict"),
        (None, "0", "1", "conflict"),
        ("2", "2", "2", "already"),
        ("1", "2", "2", "conflict"),
    ],
)
def test_what_becomes_of_one_edit(now, old, new, expected):
    assert outcome(now, Edit(old, new)) == expected


def test_another_person_in_the_place_is_a_conflict():
    assert outcome("0", Edit("0", "1", is_same_person=False)) == "conflict"


@pytest.mark.parametrize(
    ("delivered", "edits", "value", "outcomes", "is_settled"),
    [
        # Two corrections, one after the other.
        ("x", [("x", "y"), ("y", "z")], "z", ["applied", "applied"], True),
        # A new revision brings what was corrected: nothing is left to do.
        ("y", [("x", "y")], "y", ["already"], True),
        # A new revision brings something else: not applied, until somebody corrects from there or confirms it.
        ("w", [("x", "y")], "w", ["conflict"], False),
        ("w", [("x", "y"), ("w", "z")], "z", ["conflict", "applied"], True),
        ("w", [("x", "y"), ("w", "w")], "w", ["conflict", "already"], True),
        # ... and the new revision is what the second correction said.
        ("z", [("x", "y"), ("y", "z")], "z", ["conflict", "already"], True),
        ("x", [], "x", [], True),
    ],
)
def test_edits_of_one_cell_in_order(delivered, edits, value, outcomes, is_settled):
    merged = merge(delivered, [Edit(*edit) for edit in edits])
    assert (merged.value, list(merged.outcomes), merged.is_settled) == (value, outcomes, is_settled)


@given(VALUES, st.lists(st.tuples(VALUES, VALUES).filter(lambda edit: edit[0] != edit[1]), max_size=5))
def test_every_order_in_which_all_edits_apply_ends_in_the_same_value(delivered, edits):
    """A file is taken only when its rows fit the value of the moment; each row uses up one step, so that all steps
    together lead to the same end (a trail over all edges ends where its degrees say)."""
    ends = set()
    for order in permutations(edits):
        merged = merge(delivered, [Edit(*edit) for edit in order])
        if all(one == "applied" for one in merged.outcomes):
            ends.add(merged.value)
    assert len(ends) <= 1


@given(VALUES, st.lists(st.tuples(VALUES, VALUES), max_size=8))
def test_a_merge_never_invents_a_value(delivered, edits):
    merged = merge(delivered, [Edit(*edit) for edit in edits])
    assert merged.value in {delivered, *(new for _, new in edits)}
    assert len(merged.outcomes) == len(edits)
    applied = [new for (_, new), one in zip(edits, merged.outcomes, strict=True) if one == "applied"]
    assert merged.value == (applied[-1] if applied else delivered)
