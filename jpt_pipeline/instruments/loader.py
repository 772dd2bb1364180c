"""data/instruments/<name>.yaml -> Instrument. A file that is not sound in every entry is refused as a whole."""

from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from jpt_pipeline.instruments.checks import problems
from jpt_pipeline.instruments.expressions import Const, ExpressionError, Ref, parse, resolve
from jpt_pipeline.instruments.models import Instrument
from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml


class InstrumentError(ValueError):
    """An instrument's file is missing or unsound; the message names the file and every entry that is wrong."""


@cache
def load_instrument(name: str, definitions: Path | None = None) -> Instrument:
    """The instrument of a name, as plan12. Read once per process.

    Raises:
        InstrumentError: no such file, or a file that is not sound.
    """
    path = (definitions or Settings().definitions) / "instruments" / f"{name}.yaml"
    if not path.is_file():
        raise InstrumentError(f"{path.name}: no such instrument")
    try:
        raw = load_yaml(path)
    except ValueError as error:
        raise InstrumentError(str(error)) from error
    instrument = _model(raw, path)
    found = [f"id: {instrument.id} is not the file's name"] if instrument.id != name else []
    found += problems(instrument)
    if found:
        raise InstrumentError("\n".join(f"{path}: {problem}" for problem in found))
    return instrument


def _model(raw: Any, path: Path) -> Instrument:
    if not isinstance(raw, dict):
        raise InstrumentError(f"{path}: not a mapping")
    try:
        _choose_good_values(raw)
        _choose_actions(raw)
        return Instrument.model_validate(raw)
    except ValidationError as error:
        lines = (f"{path}: {_place(raw, item['loc'])}: {item['msg']}" for item in error.errors())
        raise InstrumentError("\n".join(lines)) from error
    except ExpressionError as error:
        raise InstrumentError(f"{path}: {error}") from error


def _entries(raw: dict[str, Any], section: str) -> list[dict[str, Any]]:
    """The mappings of a list section; whatever else stands there is told by the models."""
    entries = raw.get(section)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _choose_good_values(raw: dict[str, Any]) -> None:
    """A favourable answer that depends on a setting is that setting's choice."""
    settings = raw.get("settings")
    if not isinstance(settings, dict):
        return
    chosen = {Ref("s", name): entry.get("value") for name, entry in settings.items() if isinstance(entry, dict)}
    for answer in _entries(raw, "answers"):
        value = answer.get("good_value")
        if isinstance(value, str) and value.startswith("s("):
            match resolve(parse(value), chosen):
                case Const(str() as choice):
                    answer["good_value"] = choice


def _choose_actions(raw: dict[str, Any]) -> None:
    """What a rule leads to: its own word, else a finding for a warning, else its family's."""
    families = raw.get("families")
    for rule in _entries(raw, "rules"):
        family = families.get(str(rule.get("id")).split("-")[0]) if isinstance(families, dict) else None
        if rule.get("severity") == "warning":
            rule.setdefault("action", "finding")
        elif isinstance(family, dict):
            rule.setdefault("action", family.get("error"))


def _place(raw: Any, location: tuple[int | str, ...]) -> str:
    """Words for a place in the file: list entries by their own name instead of their position."""
    words: list[str] = []
    here = raw
    for step in location:
        name = step
        if isinstance(here, dict):
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int):
            here = here[step]
            if isinstance(here, dict):
                name = next((here[key] for key in ("code", "id", "name", "number") if key in here), step)
        words.append(str(name))
    return " ".join(words)
