"""Thai words of certification, as data/certification/messages.yaml defines them, each with its stable code.

Put here: the loader and the filling in of places. Keep out: Thai sentences; they belong in the file.
"""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml


class Words(BaseModel):
    """Thai words for acts, columns, states of areas, of findings and of waivers, and message templates by code."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    actions: dict[str, str]
    columns: dict[str, str]
    states: dict[str, str]
    issues: dict[str, str]
    waivers: dict[str, str]
    messages: dict[str, str]


@cache
def load_words(definitions: Path | None = None) -> Words:
    """Read certification/messages.yaml; ValueError for a code twice or an unknown key."""
    return Words.model_validate(load_yaml((definitions or Settings().definitions) / "certification" / "messages.yaml"))


def say(code: str, **places: object) -> str:
    """Message of a code with its places, e.g. `G-COVERAGE ขาด 12 ครัวเรือนใน 3 หมู่บ้าน (เช่น 38010101)`.

    Whole numbers get thousands separators. Raises KeyError for an unknown code or a place that is not given.
    """
    shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in places.items()}
    return f"{code} {load_words().messages[code].format(**shown)}"


def level_th(level: str) -> str:
    """Thai name of a level."""
    return next(known.th for known in load_levels() if known.level == level)
