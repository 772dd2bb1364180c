"""How many working days a remaining amount of work takes, from the recent daily counts, with an honest interval.

Put here: the statistics alone; numbers in, numbers out, no randomness. Keep out: days, areas, words.

The day on which a sum of daily counts first reaches `remaining` has, for daily mean m and variance v, mean remaining/m and
squared relative spread v / (m x remaining) (first passage of a random walk); the mean itself is known from n days only,
which adds v / (n x m x m). Both together spread the logarithm of the days by Student's t with n - 1 degrees of freedom, as
few days tell little. Resampling the days was tried beside it and told too narrow intervals: see the test of coverage.
What it cannot know: that work slows down when only the hard households are left.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Days:
    """Working days until done: the middle, and the first and last of the interval; all at least one."""

    early: int
    middle: int
    late: int


def days_to_go(counts: Sequence[int], remaining: int, tail: Fraction) -> Days:
    """Working days for `remaining` (at least 1) from counts of the recent working days, oldest first.

    Args:
        counts: at least two, not all zero.
        tail: share of the outcomes before the first, and after the last day of the interval.

    Raises:
        ValueError: too few counts, nothing in them, or nothing remaining.
    """
    total, n = sum(counts), len(counts)
    if n < 2 or total <= 0 or remaining < 1:
        raise ValueError("a forecast needs two days, work in them, and something to do")
    mean = total / n
    # A count varies at least as much as one of rare events does: few equal days are no proof of a clockwork.
    variance = max(sum((count - mean) ** 2 for count in counts) / (n - 1), mean)
    spread = math.sqrt(variance / (mean * remaining) + variance / (n * mean * mean))
    reach = _student(1 - float(tail), n - 1) * spread
    middle = remaining / mean
    return Days(*(_whole(middle * math.exp(step)) for step in (-reach, 0.0, reach)))


def _student(share: float, degrees: int) -> float:
    from scipy import special  # type: ignore[import-untyped]

    return float(special.stdtrit(degrees, share))


def _whole(days: float) -> int:
    """Days are told whole; what ends during a day ends on it."""
    return max(1, math.ceil(min(days, 1e6) - 1e-9))
