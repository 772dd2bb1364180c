"""Words and choices of lists of households, as data/listing/words.yaml defines them, and the refusal of a list.

Put here: the models, and a message with its code. Keep out: Thai sentences; they belong in the file.
"""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from jpt_pipeline.settings import Settings, definition_file
from jpt_pipeline.yamlfile import load_yaml


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Evidence(_Strict):
    """A reason: the household's column and the value that means it, and the coverage column that counts the same."""

    column: str
    value: str
    counted: str | None
    th: str


class ListingWords(_Strict):
    """The whole of words.yaml."""

    messages: dict[str, str]
    head: str
    relations: dict[str, str]
    evidence: dict[str, Evidence]
    asks: dict[str, str]


class NotListed(Exception):
    """A list is not made. The Thai text has a code, area codes and counts; never a household or a person."""


@cache
def load_words(definitions: Path | None = None) -> ListingWords:
    """Read listing/words.yaml, the operator's own where there is one. Raises ValueError for an unknown key."""
    path = definition_file(definitions or Settings().definitions, "listing", "words.yaml")
    return ListingWords.model_validate(load_yaml(path))


def refusal(code: str, **places: object) -> NotListed:
    """The refusal of a code with its places filled in; whole numbers get thousands separators."""
    shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in places.items()}
    return NotListed(f"{code} {load_words().messages[code].format(**shown)}")
