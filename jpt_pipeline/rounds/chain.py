"""The chain of certification: which levels certify, in which order, with which form, by when, and what changed when.

Put here: models of a chain and the checks within one chain. Keep out: who is certified (that is the ledger's).
"""

import itertools
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Basis = Literal["letter", "confirmed", "inferred", "project", "unknown"]
"""Where a statement comes from: read in a letter of the round, confirmed elsewhere, inferred, our own rule, not known."""

Gate = Literal[
    "coverage_complete",
    "answers_complete",
    "totals_tie_out",
    "evidence_complete",
    "findings_decided",
    "children_certified",
    "all_provinces",
    "confidence_reached",
    "visits_made",
    "enumerators_registered",
    "enumerators_enough",
    "one_signature_per_name",
]


class Strict(BaseModel):
    """A model of a definition file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(Strict):
    """A span of days, both inclusive; None where not known. `th` is the wording in the Buddhist Era."""

    first: date | None = None
    last: date | None = None
    th: str | None = None
    basis: Basis

    @model_validator(mode="after")
    def _in_order(self) -> "Window":
        if self.first and self.last and self.first > self.last:
            raise ValueError(f"window ends before it begins: {self.first} .. {self.last}")
        if (self.first is None and self.last is None) != (self.basis == "unknown"):
            raise ValueError("a window without dates has basis unknown, and only that")
        return self


class LevelBasis(Strict):
    """Where each statement about a level of the chain comes from."""

    level: Basis
    form_no: Basis
    due_date: Basis
    committee: Basis
    gates: Basis
    quorum: Basis = "unknown"


class ChainLevel(Strict):
    """One level that certifies. form_no and due_date are None where no source gives them.

    quorum_percent: share of the members that must be present (Administrative Procedure Act B.E. 2539 s. 79: half).
    committee_required: a certificate must name its committee. signatures_min: signatures of committee members beside
    that of the office. first_check: where no certificate is asked, the team still checks first and hands the area up.
    """

    level: str
    form_no: str | None = None
    due_date: date | None = None
    due_th: str | None = None
    window: Window | None = None
    required: bool = True
    first_check: bool = False
    committee_required: bool = False
    quorum_percent: int = Field(default=50, ge=1, le=100)
    signatures_min: int = Field(default=0, ge=0)
    committee_th: str | None = None
    gates: list[Gate]
    basis: LevelBasis

    @model_validator(mode="after")
    def _basis_fits(self) -> "ChainLevel":
        for name, value in (("form_no", self.form_no), ("due_date", self.due_date), ("committee", self.committee_th)):
            if (value is None) != (getattr(self.basis, name) == "unknown"):
                raise ValueError(f"{self.level}: {name} is {value!r}, its basis is {getattr(self.basis, name)}")
        if len(set(self.gates)) != len(self.gates):
            raise ValueError(f"{self.level}: a gate stands twice")
        return self


class LevelChange(Strict):
    """What an amendment changes in one level; only the fields given."""

    required: bool | None = None
    first_check: bool | None = None
    committee_required: bool | None = None
    quorum_percent: int | None = None
    signatures_min: int | None = None
    form_no: str | None = None
    due_date: date | None = None
    due_th: str | None = None
    window: Window | None = None
    committee_th: str | None = None
    gates: list[Gate] | None = None
    basis: LevelBasis | None = None


class Amendment(Strict):
    """A dated change of a stream's chain. A certificate given before `effective` stays valid."""

    effective: date
    stream: str
    th: str
    steps_th: list[str] = Field(default_factory=list)
    changes: dict[str, LevelChange]
    basis: Basis


class Stream(Strict):
    """A stream of the round with its own chain, bottom up: jpt (จปฐ.) or basic (ข้อมูลพื้นฐาน)."""

    key: Literal["jpt", "basic"]
    name_th: str
    covers_th: str | None = None
    chain: list[ChainLevel]
    basis: Basis


def amended(chain: list[ChainLevel], changes: dict[str, LevelChange]) -> list[ChainLevel]:
    """The chain with the changes of one amendment; each changed level is checked anew."""
    result = []
    for level in chain:
        change = changes.get(level.level)
        fields = change.model_dump(exclude_unset=True) if change else {}
        result.append(ChainLevel.model_validate(level.model_dump() | fields))
    return result


def check_chain(place: str, chain: list[ChainLevel], inside: dict[str, tuple[str, ...]]) -> None:
    """Check the required levels of a chain against the tree of areas (`inside`: level -> the levels it lies in).

    Raises:
        ValueError: an unknown level, not bottom up, levels that do not nest, a due date before that of a lower level,
            or children_certified on the lowest level or missing above it.
    """
    if unknown := [level.level for level in chain if level.level not in inside]:
        raise ValueError(f"{place}: unknown levels {unknown}")
    required = [level for level in chain if level.required]
    if not required:
        raise ValueError(f"{place}: nobody certifies")
    for lower, upper in itertools.pairwise(chain):
        if list(inside).index(lower.level) >= list(inside).index(upper.level):
            raise ValueError(f"{place}: {upper.level} stands above {lower.level}; the chain goes bottom up")
    for lower, upper in itertools.pairwise(required):
        if upper.level not in inside[lower.level]:
            raise ValueError(f"{place}: a {lower.level} does not lie inside one {upper.level}")
    due = [level.due_date for level in required if level.due_date]
    if due != sorted(due):
        raise ValueError(f"{place}: a level is due before one below it")
    for level in required:
        if ("children_certified" in level.gates) != (level is not required[0]):
            raise ValueError(f"{place}: {level.level}: children_certified belongs to every level but the lowest")
