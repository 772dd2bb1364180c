"""Thresholds and weights of this unit, as data/identity/*.yaml gives them.

Put here: strict models of those files and their loaders. Keep out: any number or spelling; they belong in the files.
"""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml


class Model(BaseModel):
    """Base of all parts: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Spelling(Model):
    """What is dropped, joined or taken for the same when Thai names are compared."""

    titles: list[str]
    marks: str
    silencer: str
    joined: list[tuple[str, str]]
    sounds: list[str]
    sounds_joined: list[tuple[str, str]]


class NameLevels(Model):
    """Points by how far two names agree."""

    exact: int
    sound: int
    close: int
    other: int
    missing: int


class NamePoints(Model):
    """Points of both names, and what counts as close."""

    first: NameLevels
    last: NameLevels
    swapped: int
    close_edits: dict[int, int]
    close_alike: int
    known_n: int


class BirthPoints(Model):
    """Points by how far two birth dates agree; `year`: the same year, and one of them is the first of January."""

    same: int
    day_month_swapped: int
    one_digit: int
    year: int
    same_year: int
    other: int
    missing: int


class Likely(Model):
    """Likely duplicates: points by kind of evidence, and from where on a pair is proposed."""

    propose_from: int
    margin: int
    block_most_n: int
    name: NamePoints
    common: list[tuple[int, int]]
    birth_date: BirthPoints
    sex: dict[str, int]
    place: dict[str, int]
    number: dict[str, int]
    number_edits: int


class Share(Model):
    """A group is struck above this percent of equal households, when it has at least this many households."""

    percent: int
    least_n: int


class LastYear(Model):
    """Thresholds by group: the village, the delivered file."""

    village: Share
    file: Share


@cache
def load_spelling(definitions: Path | None = None) -> Spelling:
    """data/identity/names.yaml. Raises ValueError, as all three: an unknown key, a value of the wrong kind."""
    return Spelling.model_validate(load_yaml(_folder(definitions) / "names.yaml"))


@cache
def load_likely(definitions: Path | None = None) -> Likely:
    """data/identity/likely.yaml."""
    return Likely.model_validate(load_yaml(_folder(definitions) / "likely.yaml"))


@cache
def load_last_year(definitions: Path | None = None) -> LastYear:
    """data/identity/last_year.yaml."""
    return LastYear.model_validate(load_yaml(_folder(definitions) / "last_year.yaml"))


def _folder(definitions: Path | None) -> Path:
    return (definitions or Settings().definitions) / "identity"
