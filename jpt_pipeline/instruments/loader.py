"""data/instruments/<name>.yaml -> Instrument. A file that is not sound in every entry is refused as a whole."""

from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from jpt_pipeline.instruments.checks import problems
from jpt_pipeline.instruments.compiler import answer_columns
from jpt_pipeline.instruments.expressions import Const, ExpressionError, Ref, parse, resolve
from jpt_pipeline.instruments.inherit import CannotExtend, extended
from jpt_pipeline.instruments.models import Instrument
from jpt_pipeline.settings import Settings, definition_file, definition_files
from jpt_pipeline.yamlfile import load_yaml


class InstrumentError(ValueError):
    """An instrument's file is missing or unsound; the message names the file and every entry that is wrong."""


@cache
def load_instrument(name: str, definitions: Path | None = None) -> Instrument:
    """The instrument of a name, as plan12. Read once per process.

    Raises:
        InstrumentError: no such file, or a file that is not sound.
    """
    if definitions is None:
        return load_instrument(name, Settings().definitions)
    path, raw = _raw(name, definitions)
    if "extends" in raw:
        raw = _extended(path, raw, definitions)
    instrument = _model(raw, path)
    found = [f"id: {instrument.id} is not the file's name"] if instrument.id != name else []
    found += problems(instrument)
    if found:
        raise InstrumentError("\n".join(f"{path}: {problem}" for problem in found))
    return instrument


def known_instruments(definitions: Path | None = None) -> tuple[str, ...]:
    """Names of the instruments that have a file, in order."""
    return tuple(sorted(path.stem for path in definition_files(definitions or Settings().definitions, "instruments")))


def all_answer_columns(definitions: Path | None = None) -> list[str]:
    """Columns of every answer that some instrument has, each once: instruments that extend nothing come first."""
    found = [load_instrument(name, definitions) for name in known_instruments(definitions)]
    ordered = sorted(found, key=lambda instrument: instrument.extends is not None)
    return list(dict.fromkeys(name for instrument in ordered for name in answer_columns(instrument)))


def _raw(name: str, definitions: Path) -> tuple[Path, dict[str, Any]]:
    """The file of an instrument and what stands in it."""
    path = definition_file(definitions, "instruments", f"{name}.yaml")
    if not path.is_file():
        raise InstrumentError(f"{path.name}: no such instrument")
    return path, _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, changed_at: int) -> dict[str, Any]:
    """Content of a file, read once while it does not change; nobody changes it."""
    try:
        raw = load_yaml(path)
    except ValueError as error:
        raise InstrumentError(str(error)) from error
    if not isinstance(raw, dict):
        raise InstrumentError(f"{path}: not a mapping")
    return raw


def _extended(path: Path, own: dict[str, Any], definitions: Path) -> dict[str, Any]:
    """The content of a file with what it takes over from another instrument, which is sound itself."""
    other = str(own["extends"])
    if other == path.stem:
        raise InstrumentError(f"{path}: extends itself")
    load_instrument(other, definitions)
    try:
        return extended(own, _raw(other, definitions)[1])
    except CannotExtend as error:
        raise InstrumentError(f"{path}: {error}") from error


def _model(raw: dict[str, Any], path: Path) -> Instrument:
    try:
        chosen = {"answers": _with_good_values(raw), "rules": _with_actions(raw)}
        return Instrument.model_validate({**raw, **{name: found for name, found in chosen.items() if found}})
    except ValidationError as error:
        lines = (f"{path}: {_place(raw, item['loc'])}: {item['msg']}" for item in error.errors())
        raise InstrumentError("\n".join(lines)) from error
    except ExpressionError as error:
        raise InstrumentError(f"{path}: {error}") from error


def _entries(raw: dict[str, Any], section: str) -> list[Any]:
    """Copies of the mappings of a list section; whatever else stands there is told by the models."""
    entries = raw.get(section)
    return [dict(entry) if isinstance(entry, dict) else entry for entry in entries] if isinstance(entries, list) else []


def _with_good_values(raw: dict[str, Any]) -> list[Any]:
    """The answers; a favourable answer that depends on a setting is that setting's choice."""
    answers, settings = _entries(raw, "answers"), raw.get("settings")
    if not isinstance(settings, dict):
        return answers
    chosen = {Ref("s", name): entry.get("value") for name, entry in settings.items() if isinstance(entry, dict)}
    for answer in answers:
        value = answer.get("good_value") if isinstance(answer, dict) else None
        if isinstance(value, str) and value.startswith("s("):
            match resolve(parse(value), chosen):
                case Const(str() as choice):
                    answer["good_value"] = choice
    return answers


def _with_actions(raw: dict[str, Any]) -> list[Any]:
    """The rules, each with what it leads to: its own word, else a finding for a warning, else its family's."""
    rules, families = _entries(raw, "rules"), raw.get("families")
    for rule in rules:
        if not isinstance(rule, dict):
            continue
        family = families.get(str(rule.get("id")).split("-")[0]) if isinstance(families, dict) else None
        if rule.get("severity") == "warning":
            rule.setdefault("action", "finding")
        elif isinstance(family, dict):
            rule.setdefault("action", family.get("error"))
    return rules


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
