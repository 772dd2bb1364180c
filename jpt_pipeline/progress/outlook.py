"""When collecting will be complete in a tambon, and when its certificate may follow: days, or honestly unknown.

Put here: from work by day and the calendar to days. Keep out: the statistics (forecast.py), words (data/progress).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from jpt_pipeline.progress.calendar import DAY, Calendar, end_of
from jpt_pipeline.progress.forecast import Days, days_to_go
from jpt_pipeline.progress.models import Area, AreaFacts, Facts, Outlook, TambonOutlook, Unit, Work
from jpt_pipeline.progress.spec import Spec


def outlooks(facts: Facts, calendar: Calendar, spec: Spec) -> list[TambonOutlook]:
    """The forecast of every tambon that has work to do or did some, by stream and code."""
    lags = _Lags(facts.units, calendar, spec)
    soonest = calendar.at_or_after(facts.day + DAY if facts.at >= end_of(facts.day) else facts.day)
    by_tambon = _units_of(facts)
    found = []
    for area, work in sorted(facts.works.items()):
        own = facts.areas[area]
        units = by_tambon.get(area, [])
        done = completion(own, work, facts.day, soonest, calendar, spec)
        due = [unit.due_date for unit in units if unit.due_date]
        certified = certification(done, units, lags, soonest, calendar, spec)
        found.append(TambonOutlook(own, done, certified, min(due, default=None)))
    return found


def completion(own: AreaFacts, work: Work, day: date, soonest: date, calendar: Calendar, spec: Spec) -> Outlook:
    """When collected reaches the target without those that cannot be surveyed.

    Counts of days without work in offices go to the working day before. Days after the last intake of the tambon are
    not known, which is not nothing: the rate is of the days before, and counting goes on from there. No day before
    `soonest` is told.
    """
    counts = own.counts
    if not counts.target_n:
        return Outlook("unknown", why="no_target")
    if not counts.missing_n:
        return Outlook("done", day=max(work.collected, default=None))
    if not counts.collected_n:
        return Outlook("unknown", why="not_started")
    if calendar.count(max(work.collected) + DAY, day) >= spec.stalled_workdays:
        return Outlook("unknown", why="stalled")
    # The day of the last intake itself may be half reported; on a day asked for later it is whole.
    is_later = work.received_until is None or work.received_until > day
    until = day if is_later else max(work.collected.keys() | {work.received_until or day}) - DAY
    recent = recent_counts(work, min(until, day), calendar, spec)
    if len(recent) < spec.least_workdays or sum(recent) < spec.least_households:
        return Outlook("unknown", why="too_little")
    days = days_to_go(recent, counts.missing_n, spec.tail)
    return _dated(days, min(until, day), soonest, calendar, spec)


def recent_counts(work: Work, until: date, calendar: Calendar, spec: Spec) -> list[int]:
    """Households collected on the last working days of the window up to a day, from the first day of work on."""
    first = calendar.at_or_before(min(work.collected))
    last = calendar.at_or_before(until)
    earliest = max(first, calendar.add(last, 1 - spec.window_workdays))
    folded: dict[date, int] = defaultdict(int)
    for day, collected_n in work.collected.items():
        folded[calendar.at_or_before(day)] += collected_n
    return [folded[day] for day in calendar.workdays(earliest, last)]


def certification(
    done: Outlook, units: Sequence[Unit], lags: "_Lags", soonest: date, calendar: Calendar, spec: Spec
) -> Outlook:
    """When the areas of the chain's lowest level over the tambon's villages are all certified.

    Completion, then the time that other areas of the district, else of the province, took from completion to the
    certificate: first to first, last to last, so the interval is rather too wide than too narrow.
    """
    if not units:
        return Outlook("unknown", why="no_chain")
    if all(unit.certified_on for unit in units):
        return Outlook("done", day=max(unit.certified_on for unit in units if unit.certified_on))
    if done.state == "unknown":
        return Outlook("unknown", why="not_complete")
    taken = lags.around(units[0])
    if done.state == "done" and done.day:
        # Those that took no longer than has passed say nothing about an area that still waits.
        passed = calendar.count(done.day + DAY, soonest - DAY)
        taken = [lag for lag in taken if lag > passed]
    if len(taken) < spec.least_lags:
        return Outlook("unknown", why="no_lags")
    starts = (done.day, done.day, done.day) if done.state == "done" else (done.early, done.day, done.late)
    low, middle, high = _quantiles(taken, spec)
    early, likely, late = (
        calendar.add(start, lag) if start else None for start, lag in zip(starts, (low, middle, high), strict=True)
    )
    if early is None or likely is None:
        return Outlook("unknown", why="too_slow")
    return Outlook("known", max(likely, soonest), max(early, soonest), max(late, soonest) if late else None)


class _Lags:
    """Working days from completion to certificate, of the areas that have one, by district and province."""

    def __init__(self, units: Iterable[Unit], calendar: Calendar, spec: Spec):
        self._spec = spec
        self._of: dict[tuple[str, str, str, str], list[int]] = defaultdict(list)
        for unit in units:
            if unit.certified_on and unit.complete_on:
                lag = calendar.count(unit.complete_on + DAY, unit.certified_on)
                for level, code in unit.inside.items():
                    self._of[unit.area.stream, unit.area.level, level, code].append(lag)

    def around(self, unit: Unit) -> list[int]:
        """Of the areas of the same level in the smallest area around the unit that has enough of them; sorted."""
        for level, code in unit.inside.items():
            found = self._of.get((unit.area.stream, unit.area.level, level, code), [])
            if len(found) >= self._spec.least_lags:
                return sorted(found)
        return []


def _quantiles(lags: Sequence[int], spec: Spec) -> tuple[int, int, int]:
    """The lags at the ends and in the middle of the interval; of few the smallest and largest."""
    last = len(lags) - 1
    low = int(spec.tail * last)
    return lags[low], lags[last // 2], lags[last - low]


def _dated(days: Days, until: date, soonest: date, calendar: Calendar, spec: Spec) -> Outlook:
    """Days counted from the first working day after `until`; none of them before `soonest`."""
    if days.middle > spec.horizon_workdays:
        return Outlook("unknown", why="too_slow")
    late = calendar.add(until, days.late) if days.late <= spec.horizon_workdays else None
    early, likely = calendar.add(until, days.early), calendar.add(until, days.middle)
    return Outlook("known", max(likely, soonest), max(early, soonest), max(late, soonest) if late else None)


def _units_of(facts: Facts) -> dict[Area, list[Unit]]:
    """Areas of the lowest level of each stream's chain by tambon."""
    found: dict[Area, list[Unit]] = defaultdict(list)
    tambons = {area.level for area in facts.works}
    for unit in facts.units:
        if unit.area.level == facts.lowest[unit.area.stream]:
            for level in tambons:
                for code in unit.tambons:
                    found[Area(unit.area.stream, level, code)].append(unit)
    return found
