"""A correction: one cell of one household, its value as it was and as it shall be, why and by whom.

Put here: the small things that all of this unit shares. Keep out: what a value may be (columns.py).
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from jpt_pipeline.codes import message

FIELDS = ("survey_year", "stream", "village_code", "household_id", "member_no", "column", "old", "new", "reason", "who")
"""Columns of a correction file; household and member columns by their names of the contract, section 3."""


class Household(NamedTuple):
    """Key of a household."""

    survey_year: int
    stream: str
    village_code: str
    household_id: str


class Cell(NamedTuple):
    """One value: of a household (member_no None) or of one of its members."""

    household: Household
    member_no: int | None
    column: str


@dataclass(frozen=True)
class Correction:
    """One row of a correction file; None is no value.

    person_token: who stands in the member's place on the roster; rule_ids: the broken rules that the cell is read by.
    """

    row_no: int
    cell: Cell
    old: str | None
    new: str | None
    reason: str
    who: str
    person_token: str | None = None
    rule_ids: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Refusal:
    """Why a file is refused: code, row as a spreadsheet numbers it (None: the file), and a detail without identifiers.

    A code of the registers' reader carries its own Thai sentence in `sentence`.
    """

    code: str
    row_no: int | None = None
    detail: str | None = None
    sentence: str | None = None

    @property
    def words(self) -> str:
        """The Thai message: code, place, what is wrong, what to do."""
        return self.sentence or message(self.code, แถว=self.row_no, รายละเอียด=self.detail)


class CorrectionsRefused(Exception):
    """A file of corrections is not taken: all reasons that were found, in order of rows."""

    def __init__(self, refusals: list[Refusal]):
        self.refusals = sorted(refusals, key=lambda refusal: (refusal.row_no or 0, refusal.code))
        super().__init__(f"{len(refusals)} refusals, first {self.refusals[0].code}")
