"""Order of the failing-rank report (รายงาน 5.6, จัดลำดับตัวชี้วัดที่ไม่ผ่านเกณฑ์), with and without targets.

Put here: the order, on exact fractions; the report prints it, a correction's dry run says which places would change.
Keep out: rounding and layout.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Counted:
    """Counts of one indicator in one area, in the indicator's unit."""

    number: int
    passed_n: int
    failed_n: int

    @property
    def surveyed_n(self) -> int:
        return self.passed_n + self.failed_n


@dataclass(frozen=True)
class Ranked:
    """An indicator in its place. `shortfall_pct` is unrounded; None where it prints '-'."""

    rank: int
    counted: Counted
    shortfall_pct: Fraction | None


def rank_failing(rows: Iterable[Counted], targets: Mapping[int, Fraction] | None = None) -> list[Ranked]:
    """Indicators from worst to best; equal ones by number.

    Args:
        rows: one per indicator.
        targets: percent to reach by indicator number, for instruments that have them (plan 10). Then the order is
            target - passed %, and an indicator that nobody answers lacks its whole target. Without targets the order
            is failed %, and an indicator that nobody answers comes last.

    Returns:
        The rows with ranks from 1. The order is that of the published sheets of 2552 and 2553 (plan 10).

    Raises:
        KeyError: an indicator has no target though others have.
    """
    listed = [(row, _shortfall(row, targets)) for row in rows]
    if targets is None:
        listed.sort(key=lambda pair: (pair[1] is None, -(pair[1] or 0), pair[0].number))
    else:
        whole = {row.number: targets[row.number] for row, _ in listed}
        listed.sort(key=lambda pair: (-(whole[pair[0].number] if pair[1] is None else pair[1]), pair[0].number))
    return [Ranked(place, row, shortfall) for place, (row, shortfall) in enumerate(listed, start=1)]


def _shortfall(row: Counted, targets: Mapping[int, Fraction] | None) -> Fraction | None:
    """Percentage points that are lacking; None when nobody is counted."""
    if not row.surveyed_n:
        return None
    if targets is None:
        return Fraction(100 * row.failed_n, row.surveyed_n)
    return targets[row.number] - Fraction(100 * row.passed_n, row.surveyed_n)
