"""Households for the tests: random ones by seed, and one person or one answer at a time."""

import re
from functools import cache

MEMBER = {
    "member_no": 1, "age_years": 40, "age_months": 480, "sex": "2", "occupation": "0100", "education": "05",
    "religion": "01", "relation": None, "health": "0", "ability": "1", "informant": "0", "welfare_card": "0",
    "prefix": "003", "is_id_valid": True, "is_id_repeated": False, "is_birth_valid": True,
}  # fmt: skip
GARBAGE = [
    "", ",", "2", "1,", "0,", "1,x", "1,1e3", "1,12.7", "01", " 1", "1\n", "1,0", "0,0", "1,007", "1,,2", "1,-3",
    "12.7", "1e3", "1,99999999999", "1,100000000000", "1,000000000000000000000", "99999999999", "100000000000",
    "1,2,3,4", "ไม่", "1,๕", "1,a\nb,3", "1,ก,ข,3", "1,ก,", "3,\n", "0,5,6", "1,5,x", "1,x,5", "'", "1,5\n", "²",
    "1,\u0e33\u0301,2",
]  # fmt: skip


def member(**changes):
    """A woman of 40 in good health, changed as told; months follow from years."""
    if "age_years" in changes and changes["age_years"] is not None:
        changes.setdefault("age_months", changes["age_years"] * 12)
    return {**MEMBER, **changes}


def roster(*people):
    """Members numbered from 1; all but the first have a relation."""
    return [
        {**person, "member_no": number, "relation": person["relation"] if number == 1 else "02"}
        for number, person in enumerate(people, 1)
    ]


@cache
def shapes(pattern, attach):
    """Values without parts that a pattern allows, and the places of those with parts."""
    plain = [lead for lead in ("0", "1") if re.fullmatch(pattern, lead)]
    return plain, attach.split(",") if attach else None


def random_value(answer, rng):
    """A value of an answer: of its form, sometimes absurd, sometimes garbage, often unset."""
    luck = rng.random()
    if luck < (0.1 if answer.role in ("scored", "target") else 0.5):
        return None
    if luck > 0.995:
        return rng.choice(GARBAGE)
    plain, places = shapes(answer.pattern, answer.attach)
    if places is None or (plain and rng.random() < 0.5):
        return plain[-1 if rng.random() < 0.85 else 0] if plain else None
    return ",".join(PARTS[place](rng) if place in PARTS else place for place in places)


PARTS = {
    "{persons}": lambda rng: str(int(rng.random() * 4)),
    "{hours}": lambda rng: str(int(rng.random() * 200)),
    "{times}": lambda rng: str(int(rng.random() * 9)),
    "{baht}": lambda rng: str(int(rng.random() * 60) * 5000),
    "{text}": lambda rng: rng.choice(("ก", "ก,ข", "x,3")),
}


def random_member(number, rng):
    age = int(rng.random() * 95) if rng.random() < 0.98 else None
    months = None if age is None else age * 12 + int(rng.random() * 12)
    return {
        "member_no": number, "age_years": age, "age_months": months, "sex": rng.choice(("1", "2", "1", "2", "3", None)),
        "occupation": rng.choice(("0110", "0210", "0100", None)), "education": None, "religion": None,
        "relation": rng.choice((None, "02", "02")) if number > 1 else rng.choice((None, None, None, "01")),
        "health": rng.choice(("0", "0", "1", "2", None)), "ability": rng.choice(("0", "1", "1", None)),
        "informant": rng.choice(("0", "1", None, "9")), "welfare_card": rng.choice(("0", "1", None)),
        "prefix": rng.choice(("001", "002", "003", None)), "is_id_valid": rng.choice((True, True, False, None)),
        "is_id_repeated": rng.choice((False, False, True, None)),
        "is_birth_valid": rng.choice((True, True, True, None)),
    }  # fmt: skip


def random_parts(instrument, rng):
    """(answers, members, fields) of a random household; one indicator's questions may be left out altogether."""
    unasked = rng.randrange(4 * len(instrument.indicators))
    asked = (answer for answer in instrument.answers if answer.is_stored and answer.indicator != unasked)
    answers = {answer.code: random_value(answer, rng) for answer in asked}
    for answer in instrument.answers:
        if answer.exclusive_with and answers.get(answer.code) is not None and rng.random() < 0.3:
            answers.update(dict.fromkeys(answer.exclusive_with))
    size = 0 if rng.random() < 0.02 else int(1 + rng.random() * 5)
    fields = {
        name: rng.choice((None, True, False) if field.type == "flag" else (None, 0, 5, 10, 11, -1))
        for name, field in instrument.household_fields.items()
    }
    members = [random_member(number, rng) for number in range(1, size + 1)]
    return {code: value for code, value in answers.items() if value is not None}, members, fields
