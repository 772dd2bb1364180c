"""Levels of an area, as data/areas/levels.yaml lists them, bottom up.

Put here: what follows from a level's place in the list. Keep out: level names in conditions; ask the list instead.
"""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, model_validator

from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml


class Level(BaseModel):
    """One level: its columns in the areas register, or (the nation) its fixed code and name."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    level: str
    th: str
    column: str | None = None
    name_column: str | None = None
    code: str | None = None
    name: str | None = None
    parent: str | None = None
    inside: tuple[str, ...]

    @model_validator(mode="after")
    def _columns_or_code(self) -> "Level":
        by_column = self.column is not None and self.name_column is not None
        by_code = self.code is not None and self.name is not None
        if by_column == by_code:
            raise ValueError(f"level {self.level}: give column and name_column, or code and name")
        return self


@cache
def load_levels(definitions: Path | None = None) -> tuple[Level, ...]:
    """All levels, bottom up.

    Raises:
        ValueError: a level twice, a parent that is not one of the levels above it in the list.
    """
    path = (definitions or Settings().definitions) / "areas" / "levels.yaml"
    levels = tuple(Level.model_validate(entry) for entry in load_yaml(path))
    names = [level.level for level in levels]
    if len(set(names)) != len(names):
        raise ValueError(f"{path}: a level stands twice")
    for position, level in enumerate(levels):
        above = set(names[position + 1 :])
        if not set(level.inside) <= above or (level.parent is not None and level.parent not in level.inside):
            raise ValueError(f"{path}: {level.level} lies inside levels that are not above it")
    return levels
