"""What is late: areas without a certificate after their due date, households missing after the plan's last day, duties
whose day has passed, tambons in which nothing moves.

Put here: what counts as late, from facts, round and calendar. Keep out: words, and sending anything.
"""

from datetime import date

from jpt_pipeline.progress.calendar import DAY, Calendar
from jpt_pipeline.progress.models import Facts, Overdue
from jpt_pipeline.progress.plan import planned_span
from jpt_pipeline.progress.spec import Spec
from jpt_pipeline.rounds import Round


def overdue(facts: Facts, round_: Round, calendar: Calendar, spec: Spec) -> list[Overdue]:
    """Everything late at the end of the facts' day, certificates first, the longest late first.

    A due date itself is still in time. A duty is listed for the round, not for an area: whether it was done is not known
    here.
    """
    found = [
        *_certificates(facts, calendar),
        *_collecting(facts, round_, calendar, spec),
        *_duties(facts, round_, calendar),
    ]
    kinds = ("certificate", "collecting", "stalled", "not_started", "duty")
    return sorted(found, key=lambda late: (kinds.index(late.kind), -late.workdays, late.area or (), late.since))


def _certificates(facts: Facts, calendar: Calendar) -> list[Overdue]:
    return [
        Overdue("certificate", unit.area, unit.name, unit.due_date, _late(calendar, unit.due_date, facts.day))
        for unit in facts.units
        if unit.due_date and unit.due_date < facts.day and not unit.certified_on
    ]


def _collecting(facts: Facts, round_: Round, calendar: Calendar, spec: Spec) -> list[Overdue]:
    """Tambons with households missing: after the plan's last day; in which nothing moved; where nobody began."""
    span, found = planned_span(round_), []
    for area, work in facts.works.items():
        own = facts.areas[area]
        missing_n = own.counts.missing_n
        if not missing_n:
            continue
        if span and span.last < facts.day:
            late = _late(calendar, span.last, facts.day)
            found.append(Overdue("collecting", area, own.name, span.last, late, missing_n))
        last = own.last_day
        if last is not None:
            quiet = _late(calendar, last, facts.day)
            if quiet >= spec.stalled_workdays:
                found.append(Overdue("stalled", area, own.name, last, quiet, missing_n))
        elif span and not work.collected:
            waited = _late(calendar, span.first - DAY, facts.day)
            if waited >= spec.stalled_workdays:
                found.append(Overdue("not_started", area, own.name, span.first, waited, missing_n))
    return found


def _duties(facts: Facts, round_: Round, calendar: Calendar) -> list[Overdue]:
    return [
        Overdue("duty", None, duty.th, last, _late(calendar, last, facts.day))
        for duty in round_.duties
        if (last := duty.window.last) and last < facts.day
    ]


def _late(calendar: Calendar, since: date, day: date) -> int:
    """Working days after a day, to the end of another."""
    return calendar.count(since + DAY, day)
