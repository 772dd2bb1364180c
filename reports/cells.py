"""Figures of a release as cells of a table: exact, hidden where the disclosure policy hides them, '-' where nothing is counted.

Put here: the step from a published value to a Cell, and sums that stay hidden when a part is hidden. Keep out: rounding
(numbers.py, tables.py), layout. A hidden figure is never worked out from the others.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import pandas as pd

from reports.counts import AreaIndicator
from reports.numbers import is_hidden
from reports.tables import HIDDEN_CELL, Cell, Column

INDICATOR_COLUMNS = [
    Column("ตัวชี้วัดที่", "count", 10, "indicator_no"),
    Column("ชื่อตัวชี้วัด", "text", 74, "indicator"),
    Column("หน่วย", "text", 11, "unit"),
    Column("จำนวนที่สำรวจ", "count", 15, "surveyed_n"),
    Column("ผ่านเกณฑ์", "count", 13, "passed_n"),
    Column("ร้อยละที่ผ่าน", "percent", 11, "passed_percent"),
    Column("ไม่ผ่านเกณฑ์", "count", 13, "failed_n"),
    Column("ร้อยละที่ไม่ผ่าน", "percent", 12, "failed_percent"),
]
"""An indicator of an area: its name, `indicator_counts` and `indicator_shares` in turn."""


def count_cell(value: Any) -> Cell:
    """A published count or whole baht."""
    return HIDDEN_CELL if is_hidden(value) else int(value)


def ratio_cell(part: Any, whole: Any) -> Cell:
    """part / whole, exact (baht a person, households an enumerator); None when there is nothing to divide by."""
    if is_hidden(part) or is_hidden(whole):
        return HIDDEN_CELL
    return Fraction(int(part), int(whole)) if int(whole) else None


def percent_cell(part: Any, whole: Any) -> Cell:
    """part of whole in percent, exact."""
    ratio = ratio_cell(part, whole)
    return 100 * ratio if isinstance(ratio, Fraction) else ratio


def total(values: Iterable[Any]) -> Any:
    """Sum of published figures; hidden (NA) as soon as one of them is."""
    listed = list(values)
    return pd.NA if any(is_hidden(value) for value in listed) else sum(int(value) for value in listed)


def difference(whole: Any, *parts: Any) -> Any:
    """whole - parts; hidden as soon as one of them is."""
    return total([whole, *(part if is_hidden(part) else -int(part) for part in parts)])


def indicator_counts(one: AreaIndicator) -> tuple[Cell, Cell, Cell]:
    """(surveyed, passed, failed) of an indicator."""
    if one.mark == "hidden":
        return HIDDEN_CELL, HIDDEN_CELL, HIDDEN_CELL
    return one.counted.surveyed_n, one.counted.passed_n, one.counted.failed_n


def indicator_shares(one: AreaIndicator) -> tuple[Cell, Cell]:
    """(passed, failed) in percent of those surveyed."""
    if one.mark == "hidden":
        return HIDDEN_CELL, HIDDEN_CELL
    counted = one.counted
    return percent_cell(counted.passed_n, counted.surveyed_n), percent_cell(counted.failed_n, counted.surveyed_n)
