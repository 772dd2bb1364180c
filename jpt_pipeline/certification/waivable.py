"""What a waiver can do about each gate, as data/certification/gates.yaml says.

Put here: the loader and the questions asked of it. Keep out: gates (gates.py), who waives and how (waive.py).
"""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml

WaivedBy = Literal["never", "findings", "reason"]


class GateDef(BaseModel):
    """A gate: its Thai name, the codes of its reasons, and how it can be waived."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    th: str
    codes: list[str]
    waived_by: WaivedBy


@cache
def load_gates(definitions: Path | None = None) -> dict[str, GateDef]:
    """Gate name -> definition. Raises ValueError for an unknown key, or a code that two gates have."""
    path = (definitions or Settings().definitions) / "certification" / "gates.yaml"
    gates = TypeAdapter(dict[str, GateDef]).validate_python(load_yaml(path))
    codes = [code for gate in gates.values() for code in gate.codes]
    if doubled := sorted({code for code in codes if codes.count(code) > 1}):
        raise ValueError(f"{path}: {', '.join(doubled)} belongs to two gates")
    return gates


def gate_of(code: str) -> GateDef | None:
    """The gate that gives reasons of a code; None for a code that is no gate's."""
    return next((gate for gate in load_gates().values() if code in gate.codes), None)


def is_reason_waivable(reason: str) -> bool:
    """Whether a reason, as a gate tells it (its code first), can be waived word by word."""
    gate = gate_of(reason.split(" ", 1)[0])
    return gate is not None and gate.waived_by == "reason"
