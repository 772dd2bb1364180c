"""Codes of our own, as the files of data/codes/ define them: what happened, what is done, what to tell people.

Put here: the loader and the filling in of places. Keep out: Thai sentences; they belong in the files.
"""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml


class Code(BaseModel):
    """One code: where it arises, what it does to the record or file, its Thai words and the remedy."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    stage: Literal["container", "encoding", "structure", "header", "value", "identity", "geography", "version"]
    action: Literal["refuse", "hold", "quarantine", "finding", "block"]
    severity: Literal["error", "warning"]
    th: str
    remedy: str


@cache
def load_codes(definitions: Path | None = None) -> dict[str, Code]:
    """Code -> definition, in the order of the files and in them. Raises ValueError for a code twice or an unknown key."""
    found: dict[str, Code] = {}
    for path in sorted(((definitions or Settings().definitions) / "codes").glob("*.yaml")):
        codes = TypeAdapter(dict[str, Code]).validate_python(load_yaml(path))
        if doubled := sorted(set(found) & set(codes)):
            raise ValueError(f"{path.name}: {', '.join(doubled)} defined twice")
        found |= codes
    return found


def message(code: str, **places: object) -> str:
    """Thai message of a code with its place, e.g. `S-JSON ระเบียนที่ 12: … - …`; places carry no personal data."""
    known = load_codes()[code]
    where = " ".join(f"{name} {value}" for name, value in places.items() if value is not None)
    return f"{code} {where}{': ' if where else ''}{known.th} - {known.remedy}"
