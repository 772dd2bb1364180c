"""The plan's curve: how many households should be collected by the end of a day.

Put here: the span of collecting and its even growth over working days. Keep out: what was really collected.
"""

import itertools
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from jpt_pipeline.progress.calendar import DAY, Calendar
from jpt_pipeline.rounds import Round
from jpt_pipeline.rounds.chain import Basis


@dataclass(frozen=True)
class Span:
    """Days between which collecting is planned, the points between them (day, percent), and where they come from."""

    first: date
    last: date
    points: tuple[tuple[date, int], ...]
    basis: Basis
    th: str


def planned_span(round_: Round) -> Span | None:
    """The span of a round: its own plan, else its collecting window; None where neither gives both days."""
    plan, window = round_.progress.plan, round_.collecting
    if plan:
        return Span(plan.first, plan.last, tuple((p.day, p.percent) for p in plan.points), plan.basis, plan.th)
    if window.first and window.last:
        return Span(window.first, window.last, (), window.basis, window.th or "")
    return None


def planned_share(span: Span, day: date, calendar: Calendar) -> Fraction:
    """Share of the target that the plan has at the end of a day: 0 before the first day, 1 from the last one on.

    Between two points it grows by the same amount on every working day. Without any working day between them, it jumps
    on the later one.
    """
    if day < span.first:
        return Fraction(0)
    # The first day counts as worked: the plan stands at zero on the evening before it.
    steps = [(span.first - DAY, 0), *span.points, (span.last, 100)]
    for (from_day, from_percent), (to_day, to_percent) in itertools.pairwise(steps):
        if day >= to_day:
            continue
        all_n = calendar.count(from_day + DAY, to_day)
        done_n = calendar.count(from_day + DAY, day)
        grown = Fraction(done_n, all_n) if all_n else Fraction(0)
        return Fraction(from_percent, 100) + grown * Fraction(to_percent - from_percent, 100)
    return Fraction(1)
