"""Numbers as people read them: percentages, averages, Thai digits, Buddhist Era dates.

Put here: the one place where a count becomes a rounded text. Rounding is ROUND_HALF_UP on exact integers, as in the
published sheets. Keep out: any decision; a rounded figure is printed and never compared with anything.
"""

from datetime import date
from fractions import Fraction

import pandas as pd

from jpt_pipeline.clock import BUDDHIST_ERA

NOTHING = "-"  # what the published sheets print for a zero denominator
HIDDEN = "*"  # what a public page prints for a figure that the disclosure policy hides
MONTHS_TH = (
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
)
_THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


def half_up(value: Fraction, places: int) -> Fraction:
    """`value` rounded to `places` decimals; a half goes away from zero (ROUND_HALF_UP), exactly."""
    scale: int = 10**places
    scaled = abs(value) * scale
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(units if value >= 0 else -units, scale)


def share(part_n: int, whole_n: int) -> Fraction | None:
    """part / whole, exact; None when there is nothing to divide by."""
    return Fraction(int(part_n), int(whole_n)) if whole_n else None


def is_hidden(value: object) -> bool:
    """Whether a figure of a public release is one that it does not tell (NA)."""
    return value is pd.NA


def decimal_text(value: Fraction | None, places: int = 2) -> str:
    """Rounded text with thousands separators; '-' for None."""
    if value is None:
        return NOTHING
    rounded = half_up(value, places)
    whole, rest = divmod(abs(rounded.numerator) * 10**places // rounded.denominator, 10**places)
    sign = "-" if rounded < 0 else ""
    return f"{sign}{whole:,}" + (f".{rest:0{places}d}" if places else "")


def percent_text(part_n: int, whole_n: int) -> str:
    """part / whole in percent with two decimals, ROUND_HALF_UP; '-' for a zero denominator, '*' where one is hidden.

    100.00 may stand beside a failure (3 of 900,000): ask the counts, never this text.
    """
    if is_hidden(part_n) or is_hidden(whole_n):
        return HIDDEN
    ratio = share(part_n, whole_n)
    return decimal_text(None if ratio is None else 100 * ratio)


def mean_text(total: int, persons_n: int, places: int = 0) -> str:
    """Sum over sum, never a mean of means; '-' when nobody is counted, '*' where one is hidden."""
    if is_hidden(total) or is_hidden(persons_n):
        return HIDDEN
    return decimal_text(share(total, persons_n), places)


def count_text(count_n: int) -> str:
    """12935866 -> '12,935,866'; '*' for a hidden count."""
    return HIDDEN if is_hidden(count_n) else f"{count_n:,}"


def thai_digits(text: str) -> str:
    """The same text with Thai digits (๐-๙)."""
    return text.translate(_THAI_DIGITS)


def thai_date(day: date) -> str:
    """A date as Thai offices write it: date(2018, 3, 20) -> '20 มีนาคม 2561' (B.E. = C.E. + 543)."""
    return f"{day.day} {MONTHS_TH[day.month - 1]} {day.year + BUDDHIST_ERA}"
