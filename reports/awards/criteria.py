"""Contests and their criteria as data/awards/<year>.yaml lists them, held against the round that they belong to.

Put here: the models and the reader. Keep out: any criterion; they are data. How a measure is taken: measures.py.
"""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from jpt_pipeline.rounds import Round
from jpt_pipeline.settings import Settings, definition_file
from jpt_pipeline.yamlfile import load_yaml

FOLDER = "awards"
AreaMeasure = Literal[
    "targets_registered",
    "coverage",
    "enumerators",
    "households_per_enumerator",
    "certified",
    "certified_inside",
    "visits",
    "quarantined",
    "incomplete",
    "corrected",
    "photo_missing",
    "signature_missing",
    "budget",
]
PersonMeasure = Literal[
    "in_order", "households", "findings", "photo_missing", "signature_missing", "last_sent", "corrected"
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Criterion(_Strict):
    """A criterion in short words; without evidence only people can judge it."""

    th: str
    evidence: list[AreaMeasure | PersonMeasure] = Field(default_factory=list)


class Contest(_Strict):
    """A contest of a round; `level` None: it is about single enumerators. Its Thai name is the round's."""

    key: str
    level: str | None = None
    criteria: list[Criterion]


class Awards(_Strict):
    """All contests of a round."""

    contests: list[Contest]


@cache
def load_awards(survey_year: int, definitions: Path | None = None) -> Awards | None:
    """The contests of a round; None where no file tells of any.

    Raises:
        ValueError: an unknown key or measure.
    """
    path = definition_file(definitions or Settings().definitions, FOLDER, f"{survey_year}.yaml")
    return Awards.model_validate(load_yaml(path)) if path.is_file() else None


def contests_of(round_: Round, awards: Awards) -> dict[str, str]:
    """Thai names of the contests by key.

    Raises:
        ValueError: the file and the round name other contests, or another number of criteria.
    """
    asked = {one.key: one.criteria_n for one in round_.contests}
    listed = {one.key: len(one.criteria) for one in awards.contests}
    if asked != listed:
        raise ValueError(f"awards of {round_.survey_year}: criteria {listed}, the round has {asked}")
    return {one.key: one.th for one in round_.contests}
