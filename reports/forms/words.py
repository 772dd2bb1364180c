"""Words of the certification forms, as data/forms/certification.yaml defines them.

Put here: the reader of that file and the filling in of places. Keep out: Thai sentences; they belong in the file.
"""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml
from reports.breaks import cut, fill
from reports.words import words

LONG_NAME = 40  # characters; a name that is longer than most lines may be broken


class FormWords(BaseModel):
    """Words of states and levels, Thai texts by key, and how many rows a form gives to what has no fixed number."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    failing_rows: int
    member_lines: int
    member_lines_max: int
    since_rows_max: int
    level_words: dict[str, dict[str, str]]
    states: dict[str, str]
    texts: dict[str, str]

    def level_th(self, stream: str, level: str) -> str:
        """Thai name of a level as a stream calls it."""
        return self.level_words.get(stream, {}).get(level) or words().levels[level].name_th

    def cut(self, text: str) -> str:
        """The text with its possible line breaks marked."""
        return cut(text)

    def name(self, text: str) -> str:
        """A name: kept on one line unless it is longer than most lines."""
        return self.cut(text) if len(text) > LONG_NAME else text

    def say(self, key: str, **places: object) -> str:
        """A text with its places filled in and its possible line breaks marked; what is filled in is not broken.

        Raises:
            KeyError: no such text, or a place that is not given.
        """
        return fill(self.texts[key], places, whole=LONG_NAME)


@cache
def load_words(definitions: Path | None = None) -> FormWords:
    """Read forms/certification.yaml. Raises ValueError for an unknown or missing key."""
    return FormWords.model_validate(load_yaml((definitions or Settings().definitions) / "forms" / "certification.yaml"))
