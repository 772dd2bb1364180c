"""Rounding against the decimal module, and the words of numbers and dates."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.numbers import decimal_text, mean_text, percent_text, thai_date, thai_digits


def by_decimal(part: int, whole: int, places: str) -> str:
    with localcontext() as context:
        context.prec = 80
        return f"{(Decimal(part) / Decimal(whole)).quantize(Decimal(places), ROUND_HALF_UP):,}"


@given(st.integers(0, 40_000_000), st.integers(1, 40_000_000))
def test_percent_is_half_up(part: int, whole: int) -> None:
    assert percent_text(part, whole) == by_decimal(100 * part, whole, "0.01")


@given(st.integers(0, 20_000), st.sampled_from([8, 16, 200, 400, 800, 2_000, 20_000]))
def test_percent_is_half_up_where_halves_are_common(part: int, whole: int) -> None:
    assert percent_text(part, whole) == by_decimal(100 * part, whole, "0.01")


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**7))
def test_mean_is_half_up_on_both_sides_of_zero(total: int, persons: int) -> None:
    assert mean_text(total, persons, 2).replace("-0.00", "0.00") == by_decimal(total, persons, "0.01").replace(
        "-0.00", "0.00"
    )


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (1, 800, "0.13"),  # 0.125 exactly
        (3, 800, "0.38"),  # 0.375
        (401, 800, "50.13"),  # 50.125: half to even would give 50.12
        (899_080, 899_118, "100.00"),  # published for 2561; 38 failed
        (23_942, 3_505_393, "0.68"),
        (0, 7, "0.00"),
        (0, 0, "-"),
    ],
)
def test_percent_cases(part: int, whole: int, text: str) -> None:
    assert percent_text(part, whole) == text


def test_words() -> None:
    assert decimal_text(Fraction(12_935_866), 0) == "12,935,866"
    assert decimal_text(Fraction(-5, 2), 0) == "-3"
    assert thai_digits("ร้อยละ 97.84") == "ร้อยละ ๙๗.๘๔"
    assert thai_date(date(2018, 3, 20)) == "20 มีนาคม 2561"
