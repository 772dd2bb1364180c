"""Three-way merge of one cell: as it was when the correction was written, as corrected, as it is now.

A delivered value goes through the corrections of its cell in the order in which they were taken. Nothing here knows
what a value means.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["applied", "already", "conflict"]


@dataclass(frozen=True)
class Edit:
    """One correction of a cell; `is_same_person` is false where the roster now has another person in that place."""

    old: str | None
    new: str | None
    is_same_person: bool = True


@dataclass(frozen=True)
class Merged:
    """The value after all edits, what became of each, and whether the last one holds (else somebody must decide)."""

    value: str | None
    outcomes: Sequence[Outcome]

    @property
    def is_settled(self) -> bool:
        return not self.outcomes or self.outcomes[-1] != "conflict"


def outcome(now: str | None, edit: Edit) -> Outcome:
    """applied: the value is still the one that was corrected; already: it is the new one; conflict: anything else."""
    if not edit.is_same_person:
        return "conflict"
    if now == edit.old:
        return "applied" if edit.old != edit.new else "already"
    return "already" if now == edit.new else "conflict"


def merge(delivered: str | None, edits: Iterable[Edit]) -> Merged:
    """Apply edits in order; a conflict changes nothing."""
    value, outcomes = delivered, []
    for edit in edits:
        outcomes.append(outcome(value, edit))
        if outcomes[-1] == "applied":
            value = edit.new
    return Merged(value, tuple(outcomes))
