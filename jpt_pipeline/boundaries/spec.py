"""What a boundary file must look like: data/areas/boundaries.yaml.

Put here: the model of that file. Keep out: any limit, name or tolerance; they are data.
"""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileLimits(_Model):
    """How large a file may be: bytes, features, points of all its lines."""

    bytes: int
    features: int
    points: int


class Extent(_Model):
    """The box, in degrees, that every point must lie in."""

    west: float
    south: float
    east: float
    north: float


class LevelSpec(_Model):
    """Of one level: how far a simplified line may stray, and usual names of the property with the code."""

    tolerance_deg: float
    code_names: tuple[str, ...]


class BoundarySpec(_Model):
    """All of it; see the file."""

    limits: FileLimits
    extent: Extent
    crs: tuple[str, ...]
    prefixes: tuple[str, ...]
    levels: dict[str, LevelSpec]


@cache
def load_boundary_spec(definitions: Path | None = None) -> BoundarySpec:
    """The definitions of boundary files.

    Raises:
        ValueError: a level that is not in levels.yaml, or an unknown key.
    """
    path = (definitions or Settings().definitions) / "areas" / "boundaries.yaml"
    spec = BoundarySpec.model_validate(load_yaml(path))
    known = {level.level for level in load_levels(definitions) if level.column}
    if strange := sorted(set(spec.levels) ^ known):
        raise ValueError(f"{path}: levels {', '.join(strange)} are not those with codes in levels.yaml")
    return spec
