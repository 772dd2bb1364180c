"""An instrument that takes over what another one has: `extends: plan12` in its file, one level and no more.

Put here: how the two files become one. Keep out: whether the whole is sound (checks.py).
Taken over as they stand: fields, measures, families; and rosters, settings, answers and rules, where an entry of the
same name in the own file replaces the other's. `without.answers` leaves answers out ('63*': all that begin so), and with
them every rule that reads one. An indicator with `continues: 7` has the questions and the rule of number 7; with
`continues: [9, 10]` their questions, and a rule of its own. Numbers of indicators are changed everywhere to the own ones.
Rules that ask for the answers of one indicator follow from the indicator (`required`), for they name its number.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from jpt_pipeline.instruments.expressions import ExpressionError, parse, refs

Raw = dict[str, Any]
_AS_THEY_STAND = ("member_fields", "household_fields", "measures", "families")
_LISTED = 4  # questions that a message names one by one
_NAMED = {"rosters": "name", "answers": "code", "indicators": "number", "rules": "id"}
_OWN_OF_INDICATOR = (
    *("number", "dimension", "name_th", "name_en", "confidence", "confidence_note", "continues", "basis"),
    "target_percent",
)


class CannotExtend(ValueError):
    """The file names something of the other that is not there; the message says what."""


def extended(own: Raw, base: Raw) -> Raw:
    """The content of a file that extends another one's content.

    Raises:
        CannotExtend: an indicator continues one that the other does not have, or two continue the same; an answer is
            left out that the other does not have; the other extends a third.
    """
    if "extends" in base:
        raise CannotExtend(f"extends {own['extends']}, which itself extends {base['extends']}")
    _check_shape(own)
    numbers = _numbers(own, base)
    left_out = _left_out(own, base)
    answers = [_renumbered(entry, "indicator", numbers) for entry in base["answers"] if entry["code"] not in left_out]
    settings = {name: {**entry, "indicators": _mapped(entry["indicators"], numbers)}
                for name, entry in base["settings"].items()}  # fmt: skip
    whole = {name: base[name] for name in _AS_THEY_STAND if name in base} | own
    whole["settings"] = {name: e for name, e in settings.items() if e["indicators"]} | own.get("settings", {})
    whole["rosters"] = _merged(base["rosters"], own.get("rosters", []), "name")
    whole["answers"] = _merged(answers, own.get("answers", []), "code")
    whole["indicators"] = [_indicator(entry, base) for entry in own.get("indicators", [])]
    kept = [rule for rule in base["rules"] if not _reads(rule, left_out) and not _is_required(rule, base)]
    kept = [_renumbered(rule, "indicator_no", numbers) for rule in kept]
    whole["rules"] = _merged([*kept, *_required(whole)], own.get("rules", []), "id")
    return {name: value for name, value in whole.items() if name not in ("without", "required")}


def _check_shape(own: Raw) -> None:
    """Entries that are to be put together are mappings with their names; all else is told by the models."""
    for section, key in _NAMED.items():
        entries = own.get(section, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) and key in entry for entry in entries):
            raise CannotExtend(f"{section}: a list of entries with {key}")
    for section in ("settings", "without"):
        if not isinstance(own.get(section, {}), dict):
            raise CannotExtend(f"{section}: not a mapping")


def _numbers(own: Raw, base: Raw) -> dict[int, int]:
    """Number of an indicator in the other file -> own number."""
    known = {entry["number"] for entry in base["indicators"]}
    numbers: dict[int, int] = {}
    for entry in own.get("indicators", []):
        for other in _continued(entry):
            if other not in known:
                raise CannotExtend(f"indicators {entry['number']}: continues {other}, which is not there")
            if other in numbers:
                raise CannotExtend(f"indicators {entry['number']}: continues {other}, as {numbers[other]} does")
            numbers[other] = entry["number"]
    return numbers


def _continued(entry: Raw) -> list[int]:
    found = entry.get("continues", [])
    return [found] if isinstance(found, int) else list(found)


def _left_out(own: Raw, base: Raw) -> set[str]:
    """Codes of the other's answers that are left out."""
    codes = [entry["code"] for entry in base["answers"]]
    found: set[str] = set()
    for wanted in own.get("without", {}).get("answers", []):
        meant = {code for code in codes if code == wanted or (wanted[-1] == "*" and code.startswith(wanted[:-1]))}
        if not meant:
            raise CannotExtend(f"without answers {wanted}: no such answer")
        found |= meant
    return found


def _mapped(found: Iterable[int], numbers: Mapping[int, int]) -> list[int]:
    return sorted(numbers[number] for number in found if number in numbers)


def _renumbered(entry: Raw, key: str, numbers: Mapping[int, int]) -> Raw:
    """An entry under the own number of its indicator, or under none."""
    kept = {name: value for name, value in entry.items() if name != key}
    number = numbers.get(entry.get(key, 0))
    return kept if number is None else {**kept, key: number}


def _merged(others: list[Raw], own: list[Raw], key: str) -> list[Raw]:
    """The other's entries, each in its place replaced by the own one of the same name, then the own new ones."""
    by_name = {entry.get(key): entry for entry in own}
    replaced = [by_name.get(entry[key], entry) for entry in others]
    names = {entry[key] for entry in others}
    return [*replaced, *(entry for entry in own if entry.get(key) not in names)]


def _indicator(entry: Raw, base: Raw) -> Raw:
    """An indicator with what it does not say itself, taken from the one that it continues."""
    continued = {**entry, "continues": _continued(entry)} if "continues" in entry else entry
    if not isinstance(entry.get("continues"), int):
        return continued
    other = next(known for known in base["indicators"] if known["number"] == entry["continues"])
    return {name: value for name, value in other.items() if name not in _OWN_OF_INDICATOR} | continued


def _reads(rule: Raw, codes: set[str]) -> bool:
    """Whether a rule reads one of these answers; one that does not parse is told by the checks."""
    try:
        return any(ref.name in codes for ref in refs(parse(rule["holds_if"])) if ref.kind in ("v", "n", "baht"))
    except ExpressionError:
        return False


def _is_required(rule: Raw, base: Raw) -> bool:
    """Whether a rule asks for the answers of one indicator: an error that leaves it incomplete."""
    family = base["families"].get(rule["id"].split("-")[0], {})
    action = rule.get("action", family.get("error") if rule["severity"] == "error" else None)
    return action == "incomplete" and "indicator_no" in rule


def _required(whole: Raw) -> list[Raw]:
    """For each indicator that asks something the rule that it is answered where it applies."""
    words = whole.get("required")
    if not words:
        return []
    rules = []
    for entry in whole["indicators"]:
        if not (asked := _asked(entry, whole["answers"])):
            continue
        listed = ", ".join(asked) if len(asked) <= _LISTED else f"{asked[0]} - {asked[-1]}"
        places = {"number": entry["number"], "questions": listed}
        always = entry["not_applicable_if"] == "False"
        holds = entry["complete_if"] if always else f"({entry['not_applicable_if']}) or ({entry['complete_if']})"
        rules.append({
            "id": words["id"].format(**places), "severity": "error", "indicator_no": entry["number"],
            "basis": "inferred", "holds_if": holds,
            "text_th": words["text_th"].format(**places), "text_en": words["text_en"].format(**places),
        })  # fmt: skip
    return rules


def _asked(entry: Raw, answers: list[Raw]) -> list[str]:
    """Questions of the scored answers without which an indicator is incomplete, in the order of the form."""
    if missing := [name for name in ("not_applicable_if", "complete_if") if name not in entry]:
        raise CannotExtend(f"indicators {entry['number']}: {' and '.join(missing)}, or an indicator that it continues")
    try:
        read = {ref.name for ref in refs(parse(entry["complete_if"]))}
    except ExpressionError:
        return []  # told by the checks
    return [answer["question"] for answer in answers if answer["role"] == "scored" and answer["code"] in read]
