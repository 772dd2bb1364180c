"""Which progress reports are due on a day: every day, the week's first working day, dates of a letter, duties of a round.

Put here: days from a round and the calendar. Keep out: figures, files, clocks.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from jpt_pipeline.progress.calendar import DAY, Calendar
from jpt_pipeline.progress.plan import planned_span
from jpt_pipeline.rounds import Round

Kind = Literal["daily", "weekly", "dated", "duty"]


@dataclass(frozen=True)
class DueReport:
    """A report: made on a day (in the morning), of everything until the end of the day `as_of`.

    `on` is the day that the letter names. stream None is every stream of the round, each in a report of its own.
    """

    kind: Kind
    on: date
    made_on: date
    as_of: date
    stream: str | None
    th: str


def due_reports(round_: Round, day: date, calendar: Calendar, done_on: date | None = None) -> list[DueReport]:
    """The reports that are made on a day.

    A daily or weekly report, and one that a duty demands "by" a day, is made in the morning of that day of all before
    it. One "as of" a dated day (ข้อมูล ณ วันที่) needs the whole day: it is made on the next. An unknown rhythm has none.
    Daily and weekly reports begin after the first planned day of collecting and end when all is done: the last one is
    made on the day after `done_on`.
    """
    fixed = [report for report in dated_reports(round_) if report.made_on == day]
    return fixed + _rhythmic(round_, day, calendar, done_on)


def dated_reports(round_: Round) -> list[DueReport]:
    """The reports that the round fixes to single days, in order: its dates, and the duties that are reports."""
    progress = round_.progress
    found = [
        DueReport("dated", on, on + DAY, on, progress.stream, progress.th or "")
        for on in (progress.dates if progress.rhythm == "dated" else [])
    ]
    for duty in round_.duties:
        if duty.key in progress.duties and (last := duty.window.last):
            found.append(DueReport("duty", last, last, last - DAY, duty.stream, duty.th))
    return sorted(found, key=lambda report: (report.made_on, report.kind))


def _rhythmic(round_: Round, day: date, calendar: Calendar, done_on: date | None) -> list[DueReport]:
    progress, span = round_.progress, planned_span(round_)
    is_over = done_on is not None and day > done_on + DAY
    if progress.rhythm not in ("daily", "weekly") or is_over or (span and day <= span.first):
        return []
    if progress.rhythm == "weekly":
        assert progress.weekday is not None
        if calendar.of_week(day, progress.weekday, progress.or_first_workday) != day:
            return []
    kind: Kind = "daily" if progress.rhythm == "daily" else "weekly"
    return [DueReport(kind, day, day, day - DAY, progress.stream, progress.th or "")]
