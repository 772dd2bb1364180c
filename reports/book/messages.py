"""What a reader should know first, computed plainly: the worst indicators, the areas furthest behind, what changed.

Put here: the choice and its sentences' figures. Keep out: weights and scores; an area is behind in as many indicators as
its share passed is below that of the area that it lies in, by exact counts.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

from reports.change import Change
from reports.counts import AreaIndicator, area_indicators
from reports.numbers import decimal_text
from reports.order import Order
from reports.paper import Paper, counts_of, percent_of
from reports.release import ReleaseError
from reports.words import words


@dataclass(frozen=True)
class Behind:
    """An area and in how many indicators (of those that both have figures for) it is below the area it lies in."""

    level: str
    area_code: str
    below_n: int
    compared_n: int


def worst(both: Sequence[Change], rows: int) -> list[AreaIndicator]:
    """The indicators with the largest share of failures, as in the failing-rank report; none that everybody passes."""
    return [one.now for one in sorted(both, key=lambda one: one.now.rank) if one.now.counted.failed_n][:rows]


def behind(order: Order, level: str, own: Sequence[AreaIndicator]) -> list[Behind]:
    """The areas of a level inside the order's area, the furthest behind first, equal ones by code."""
    found = []
    for code in inside(order, level):
        pairs = zip(own, area_indicators(order.release, level, code), strict=True)
        known = [(one.counted, other.counted) for one, other in pairs if _known(one) and _known(other)]
        below_n = sum(other.passed_n * one.surveyed_n < one.passed_n * other.surveyed_n for one, other in known)
        found.append(Behind(level, code, below_n, len(known)))
    return sorted(found, key=lambda one: (-one.below_n, one.area_code))


def inside(order: Order, level: str) -> list[str]:
    """Codes of the areas of a level in the order's area; a stream may have none of that level."""
    with suppress(ReleaseError):
        return order.release.inside(order.level, order.area_code, level)
    return []


def _known(one: AreaIndicator) -> bool:
    return one.mark in ("passed", "failed")


def worst_lines(paper: Paper, both: Sequence[Change], rows: int = 3) -> list[str]:
    """A sentence an indicator; one sentence where nobody fails."""
    lines = [
        paper.say("message_worst", no=one.counted.number, name=one.name_th, percent=percent_of(paper, one, failed=True),
                  unit=one.unit_th, **counts_of(paper, one))
        for one in worst(both, rows)
    ]  # fmt: skip
    return lines or [paper.say("message_none")]


def behind_lines(paper: Paper, order: Order, level: str, own: Sequence[AreaIndicator], rows: int = 3) -> list[str]:
    """A sentence an area that is behind in some indicator."""
    parent = order.release.area_name(order.level, order.area_code)
    return [
        paper.say("message_behind", area=order.release.area_name(one.level, one.area_code), parent=parent,
                  below=one.below_n, of=one.compared_n)
        for one in behind(order, level, own)[:rows] if one.below_n
    ] or [paper.say("message_level", level=words().levels[level].name_th)]  # fmt: skip


def change_lines(paper: Paper, order: Order, both: Sequence[Change]) -> list[str]:
    """How many indicators became better or worse, and which one most; or that there is nothing to compare with."""
    moved = [one for one in both if one.direction]
    if order.before is None or not moved:
        return [paper.say("message_no_before")]
    counts = Counter(one.direction for one in moved)
    lines = [
        paper.say("message_change", year=order.before.survey_year, of=len(moved),
                  **{name: counts[name] for name in ("better", "worse", "same")})
    ]  # fmt: skip
    for key, direction, sign in (("message_gain", "better", 1), ("message_loss", "worse", -1)):
        those = [one for one in moved if one.direction == direction]
        if those:
            most = max(those, key=lambda one: (sign * points_moved(one), -one.now.counted.number))
            lines.append(
                paper.say(key, no=most.now.counted.number, name=most.now.name_th,
                          now=percent_of(paper, most.now), then=percent_of(paper, most.then),
                          points=decimal_text(abs(points_moved(most))))
            )  # fmt: skip
    if len(moved) < len(both):
        lines.append(paper.say("message_not_compared", n=len(both) - len(moved)))
    return lines


def points_moved(one: Change) -> Fraction:
    """Percentage points that the share passed moved by; the change has a direction."""
    assert one.then is not None
    now, then = one.now.counted, one.then.counted
    return 100 * (Fraction(now.passed_n, now.surveyed_n) - Fraction(then.passed_n, then.surveyed_n))
