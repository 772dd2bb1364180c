"""Words of the printed pages, as style/words.yaml defines them.

Put here: the reader of that file. Keep out: the words themselves, and names of indicators (they are the instrument's).
"""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from jpt_pipeline.yamlfile import load_yaml

STYLE = Path(__file__).parent / "style"


class LevelWords(BaseModel):
    """A level of areas: its name, the prefix of its names, and the levels above and below it in the chain."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name_th: str
    prefix: str
    parent: str | None
    children: str | None


class Words(BaseModel):
    """Levels, words never broken, units of counting and sexes by their codes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    levels: dict[str, LevelWords]
    keep: tuple[str, ...]
    units: dict[str, str]
    sexes: dict[str, str]

    def full_name(self, level: str, name: str) -> str:
        """Name of an area with the word of its level before it, once ('เซกา' -> 'อำเภอเซกา')."""
        prefix = self.levels[level].prefix
        return name if name.startswith(prefix) else prefix + name


@cache
def words() -> Words:
    """The words of the checkout."""
    return Words.model_validate(load_yaml(STYLE / "words.yaml"))
