"""Why a household fails, for each kind of rule that instruments have: small households, written out."""

from typing import Any

import pytest

from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.instruments.expressions import parse
from jpt_pipeline.listing.earlier import same_indicators
from jpt_pipeline.listing.reasons import _value, reasons

PLAN = load_instrument("plan12")


def row(rosters: dict[str, int] | None = None, **answers: str) -> dict[str, Any]:
    """A household as the steps type it: leading fields, counts and amounts of the answers given, nothing else."""
    found: dict[str, Any] = {f"r_{roster.name}": (rosters or {}).get(roster.name, 0) for roster in PLAN.rosters}
    for answer in PLAN.answers:
        raw = answers.get(answer.column)
        parts = (raw or "").split(",")
        found |= {answer.column: raw, f"v{answer.code}": parts[0] if raw else None}
        numbers = [int(part) for part in parts if part.isdecimal()]
        last = numbers[-1] if numbers and (len(parts) > 1 or not answer.has_lead) else 0
        found |= {f"n{answer.code}": last if answer.has_count else 0, f"b{answer.code}": last if answer.has_baht else 0}
    return found


@pytest.mark.parametrize(
    ("number", "household", "said"),
    [
        (8, row(a2811="0", a2821="1"), ["8.1 ครัวเรือนมีความมั่นคงในที่อยู่อาศัย หรือไม่ ไม่ใช่"]),
        (9, row(a2911="0"), ["9  ไม่เพียงพอ"]),
        (6, row(a1631="1,2", a1641="0,2"), ["6.4  ไม่ได้รับการตรวจ 2 คน"]),
        (7, row({"age_6_plus": 3}, a1714="1,3"), ["7.1 (2)  ไม่ได้ออกกำลังกายหรือไม่ได้ออกแรง/ไม่ได้ออกกำลัง 3 คน"]),
        (24, row({"members": 4}, a52413="1,1", a52414="1,2"), ["24 (3)  ดื่มสุรา 15-19 ปี 1 คน", "24 (4)  ดื่มสุรา 20 ปีขึ้นไป 2 คน"]),
        (31, row(a53111="0", a53121="0"), ["31.2 (1) มีบิดา มารดา ลูกหลาน ญาติพี่น้อง เดินทางเยี่ยมเยือนกันอย่างน้อยปีละ 1 ครั้ง ไม่ไปเยี่ยมเยือน"]),
    ],
)  # fmt: skip
def test_the_answers_that_decide(number: int, household: dict[str, Any], said: list[str]) -> None:
    found = reasons(PLAN, PLAN.indicator(number), household)
    assert [f"{one.question} {one.label} {one.said}" for one in found] == said


def test_a_household_that_answered_nothing_has_no_reason() -> None:
    assert reasons(PLAN, PLAN.indicator(4), row()) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("n('1641') // 0", 0), ("7 // 2 + 1 * 2 - 1", 4), ("v('1641') is None", True), ("v('1641') != 'x'", True),
        ("v('1411') in ('0', '1')", True), ("not v('1411') == '1'", False), ("5 if v('1411') == '1' else 6", 5),
        ("r('members') <= 3", True), ("v('1641') == '1'", False), ("any(v(c) == '1' for c in ['1411', '1421'])", True),
    ],
)  # fmt: skip
def test_expressions_have_the_value_that_the_language_gives_them(text: str, value: object) -> None:
    assert _value(parse(text), row({"members": 2}, a1411="1")) == value


def test_indicators_of_two_instruments_that_are_the_same() -> None:
    plan11, plan12, plan13 = (load_instrument(name) for name in ("plan11", "plan12", "plan13"))
    assert same_indicators(plan12, plan12) == {number: number for number in range(1, 32)}
    assert same_indicators(plan12, plan11)[22] == 23 and same_indicators(plan11, plan12)[23] == 22
    assert same_indicators(plan13, plan11)[29] == 23, "both go back to number 22 of plan 12"
    assert 18 not in same_indicators(plan13, plan12), "two indicators in one have no single forerunner"
