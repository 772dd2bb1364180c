"""Parameters of the evidence about fieldwork, as data/fieldwork/evidence.yaml gives them.

Put here: strict models of that file and its loader. Keep out: any number or Thai word; they belong in the file.
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from jpt_pipeline.settings import Settings, definition_file
from jpt_pipeline.yamlfile import load_yaml

Percent = Annotated[float, Field(ge=0, le=100)]


class Model(BaseModel):
    """Base of all parts: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sign(Model):
    """A share that is compared with the peers: its weight, the least number of things, and what a page says of it.

    is_habit: honest people differ in it by habit or by place, so that no share at all is taken for odd.
    least_chance_percent: it is never held for rarer than this.
    """

    weight: float = Field(gt=0)
    least_chance_percent: Percent = 0
    least_n: int = Field(ge=1)
    least_excess_percent: Percent
    is_habit: bool
    title_th: str
    unit_th: str
    what_th: str
    innocent_th: str


class ShortGap(Sign):
    """A household sent less than `seconds` after the one before it, but not in one go with it."""

    at_once_seconds: int
    seconds: int


class Night(Sign):
    """Sent from one minute of the day to another, over midnight, Thai time."""

    from_minute: int
    to_minute: int


class Twin(Sign):
    """Two households of an enumerator share at least `percent` of the information of their answers."""

    percent: Percent
    neighbours: int


class SameMembers(Sign):
    """Two households of an enumerator with members of the same sexes and ages."""

    least_persons: int


class RoundAmounts(Sign):
    """Amounts that are multiples of a step; steps: (below, step), in ascending order, step 0: not looked at."""

    steps: list[tuple[int, int]]


class LastYear(Sign):
    """A household shares at least `percent` of the information with its own answers of the earlier round."""

    percent: Percent


class Signs(Model):
    """All signs, in the order of the page."""

    short_gap: ShortGap
    night: Night
    twin: Twin
    same_members: SameMembers
    round_amounts: RoundAmounts
    last_year: LastYear
    all_passed: Sign
    usual_answers: Sign
    evidence_missing: Sign
    incomplete: Sign

    def named(self) -> dict[str, Sign]:
        """Name -> sign."""
        return {name: getattr(self, name) for name in type(self).model_fields}


class FalseDiscovery(Model):
    """Which share of the listed enumerators may stand there by chance, and how it is held."""

    percent: Percent
    method: Literal["bh", "by"]


class RevisitSpec(Model):
    """How many households are proposed, and how many are drawn for comparison."""

    shown_percent: Percent
    households_most: int
    controls_per_household: int
    controls_least: int
    control_from_percent: Percent


class EvidenceSpec(Model):
    """Everything that evidence is found with."""

    least_households: int = Field(ge=2)
    peers_least: int = Field(ge=1)
    peers_weights: list[Annotated[float, Field(gt=0)]] = Field(min_length=1)
    telling_most_percent: Percent
    least_found: int = Field(ge=1)
    alike_percent: Percent
    custom_percent: Percent
    false_discovery: FalseDiscovery
    revisit: RevisitSpec
    signs: Signs


@cache
def load_evidence(definitions: Path | None = None) -> EvidenceSpec:
    """Read fieldwork/evidence.yaml, the operator's own where there is one. Raises ValueError: an unknown key."""
    path = definition_file(definitions or Settings().definitions, "fieldwork", "evidence.yaml")
    return EvidenceSpec.model_validate(load_yaml(path))
