"""Writing a person down a second time: misspelt names, a missing or mistyped number, a birth date half known.

Put here: the slips, one function each. Keep out: how often each happens, and which letters sound alike (doubles.yaml).
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from jpt_pipeline.synthetic.draw import weighted
from jpt_pipeline.synthetic.steps import Model

_MARKS = "่้๊๋็"
_SILENCER = "์"
_TITLES = ("นาย", "นาง", "น.ส.", "นางสาว")


class Retyping(Model):
    """Weights of what happens when a person is written down again."""

    number: dict[str, float]
    edits: dict[int, float]
    edit: dict[str, float]
    order: dict[str, float]
    birth_date: dict[str, float]


def retype(rng: np.random.Generator, spec: Retyping, sounds: list[str], person: Mapping[str, str]) -> dict[str, Any]:
    """The second record of a person (citizen_id, first_name, last_name, birth_date), and `changes` in words."""
    first = _misspelt(rng, spec.edits, spec.edit, sounds, person["first_name"])
    untitled = {kind: weight for kind, weight in spec.edit.items() if kind != "title"}
    last = _misspelt(rng, spec.edits, untitled, sounds, person["last_name"])
    order, number = _one(rng, spec.order), _one(rng, spec.number)
    if order == "swapped":
        first, last = last, first
    birth, date = _birth_date(rng, _one(rng, spec.birth_date), person["birth_date"])
    return {
        "citizen_id": _number(rng, number, person["citizen_id"]),
        "first_name": first[0],
        "last_name": last[0],
        "birth_date": date,
        "changes": " ".join(("number", number, "first", *first[1], "last", *last[1], order, "birth", birth)),
    }


def age_on(day: str, birth_date: str) -> int:
    """Completed years on an ISO day of a birth date dd/mm/yyyy of the Buddhist Era."""
    years = int(day[:4]) + 543 - int(birth_date[6:])
    return years - (day[5:7] + day[8:10] < birth_date[3:5] + birth_date[:2])


def like(name: str, others: list[str]) -> str:
    """Of other names the one that begins most like this one (the first of equals)."""
    return max(others, key=lambda other: sum(1 for a, b in zip(name, other, strict=False) if a == b))


def _one(rng: np.random.Generator, weights: Mapping[Any, float]) -> Any:
    return list(weights)[int(weighted(rng, list(weights.values()), 1)[0])]


def _misspelt(
    rng: np.random.Generator, edits: dict[int, float], edit: dict[str, float], sounds: list[str], name: str
) -> tuple[str, list[str]]:
    made = []
    for _ in range(_one(rng, edits)):
        kind = _one(rng, edit)
        changed = _SLIPS[kind](rng, name, sounds)
        if changed != name:
            made.append(kind)
            name = changed
    return name, made or ["exact"]


def _somewhere(rng: np.random.Generator, places: list[int]) -> int | None:
    return places[int(rng.integers(len(places)))] if places else None


def _mark(rng: np.random.Generator, name: str, sounds: list[str]) -> str:
    """A tone mark falls out, or a wrong one stands behind the first consonant that can carry it."""
    at = _somewhere(rng, [place for place, letter in enumerate(name) if letter in _MARKS])
    if at is not None:
        return name[:at] + name[at + 1 :]
    at = _somewhere(rng, [n for n in range(len(name) - 1) if _is_consonant(name[n]) and _is_consonant(name[n + 1])])
    return name if at is None else name[: at + 1] + "่" + name[at + 1 :]


def _silencer(rng: np.random.Generator, name: str, sounds: list[str]) -> str:
    return name.replace(_SILENCER, "", 1)


def _sound(rng: np.random.Generator, name: str, sounds: list[str]) -> str:
    """A letter becomes another one of the same sound."""
    rows = {letter: row for row in sounds for letter in row}
    at = _somewhere(rng, [place for place, letter in enumerate(name) if letter in rows])
    if at is None:
        return name
    others = [letter for letter in rows[name[at]] if letter != name[at]]
    return name[:at] + others[int(rng.integers(len(others)))] + name[at + 1 :]


def _doubled(rng: np.random.Generator, name: str, sounds: list[str]) -> str:
    at = _somewhere(rng, [place for place, letter in enumerate(name) if _is_consonant(letter)])
    return name if at is None else name[: at + 1] + name[at:]


def _dropped(rng: np.random.Generator, name: str, sounds: list[str]) -> str:
    at = _somewhere(rng, list(range(1, len(name))) if len(name) > 4 else [])
    return name if at is None else name[:at] + name[at + 1 :]


def _turned(rng: np.random.Generator, name: str, sounds: list[str]) -> str:
    """Two neighbouring letters change places."""
    at = _somewhere(rng, list(range(1, len(name) - 1)))
    return name if at is None else name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _sara(rng: np.random.Generator, name: str, sounds: list[str]) -> str:
    """Vowels typed in pieces: ำ as ํ + า, แ as two เ."""
    return name.replace("ำ", "ํา").replace("แ", "เเ")


def _title(rng: np.random.Generator, name: str, sounds: list[str]) -> str:
    return _TITLES[int(rng.integers(len(_TITLES)))] + name


_SLIPS: dict[str, Callable[[np.random.Generator, str, list[str]], str]] = {
    "mark": _mark,
    "silencer": _silencer,
    "sound": _sound,
    "doubled": _doubled,
    "dropped": _dropped,
    "turned": _turned,
    "sara": _sara,
    "title": _title,
}


def _number(rng: np.random.Generator, kind: str, number: str) -> str | None:
    """Nothing, or the number with one or two digits wrong; its check digit does not fit any more."""
    if kind == "missing":
        return None
    at = int(rng.integers(1, 12))
    digits = list(number)
    digits[at] = str((int(digits[at]) + 1) % 10)
    if kind == "two_digits":
        other = at + 1 if at < 11 else at - 1
        digits[other] = str((int(digits[other]) + 1) % 10)
    typed = "".join(digits)
    return typed if not _fits(typed) else typed[:-1] + str((int(typed[-1]) + 1) % 10)


def _fits(number: str) -> bool:
    total = sum(int(digit) * (13 - place) for place, digit in enumerate(number[:12]))
    return (11 - total % 11) % 10 == int(number[-1])


def _birth_date(rng: np.random.Generator, kind: str, birth_date: str) -> tuple[str, str]:
    day, month, year = birth_date.split("/")
    if kind == "first_of_january":
        return kind, f"01/01/{year}"
    if kind == "day_month" and int(day) <= 12 and day != month:
        return kind, f"{month}/{day}/{year}"
    if kind == "one_digit":
        other = int(day) + (10 if int(day) <= 10 else -10 if int(day) > 20 else 1)
        return kind, f"{other:02d}/{month}/{year}"
    return "same", birth_date


def _is_consonant(letter: str) -> bool:
    return "ก" <= letter <= "ฮ"
