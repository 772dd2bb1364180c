"""Reports that the letters ask for, day by day, and the plan's curve that collecting is held against."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from pydantic import ValidationError

from jpt_pipeline.progress.calendar import load_calendar
from jpt_pipeline.progress.plan import planned_share, planned_span
from jpt_pipeline.progress.rhythm import DueReport, due_reports
from jpt_pipeline.rounds import Round, load_round
from jpt_pipeline.rounds.progress import Progress


def due(year: int, day: date, done_on: date | None = None) -> list[DueReport]:
    return due_reports(load_round(year), day, load_calendar(), done_on)


def days_of(year: int, first: date, last: date) -> list[date]:
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in span if due(year, day)]


def test_2557_as_of_two_days_of_the_urban_stream() -> None:
    """Of the whole of 7 February and 27 March 2557: made on the morning after."""
    assert days_of(2557, date(2014, 1, 1), date(2014, 4, 30)) == [date(2014, 2, 8), date(2014, 3, 28)]
    (report,) = due(2557, date(2014, 2, 8))
    assert (report.kind, report.on, report.as_of, report.stream) == (
        "dated",
        date(2014, 2, 7),
        date(2014, 2, 7),
        "basic",
    )


def test_2561_every_day_until_all_is_done() -> None:
    assert due(2561, date(2018, 1, 1)) == [], "nothing was collected before the first morning"
    assert days_of(2561, date(2018, 2, 1), date(2018, 2, 28)) == [date(2018, 2, n) for n in range(1, 29)]
    (report,) = due(2561, date(2018, 2, 10))
    assert (report.kind, report.as_of, report.stream) == ("daily", date(2018, 2, 9), None)
    done = date(2018, 3, 30)
    assert due(2561, date(2018, 3, 31), done) and not due(2561, date(2018, 4, 1), done)


def test_2563_weekly_and_the_three_follow_ups() -> None:
    """Monday or the week's first working day of 1 April - 30 June 2564, and by 11, 18 and 25 June."""
    days = days_of(2563, date(2021, 4, 1), date(2021, 6, 30))
    weekly = [date(2021, 4, n) for n in (5, 16, 19, 26)] + [date(2021, 5, n) for n in (3, 11, 17, 24, 31)]
    weekly += [date(2021, 6, n) for n in (7, 14, 21, 28)]
    fixed = [date(2021, 6, n) for n in (11, 18, 25)]
    assert days == sorted(weekly + fixed)
    assert {report.kind for day in fixed for report in due(2563, day)} == {"duty"}
    assert due(2563, date(2021, 6, 11))[0].as_of == date(2021, 6, 10)


@pytest.mark.parametrize("year", [2566, 2567])
def test_an_unknown_rhythm_asks_for_nothing(year: int) -> None:
    assert days_of(year, date(year - 543, 3, 1), date(year - 543, 4, 15)) == []


def test_a_report_of_progress_must_be_a_duty_with_a_day() -> None:
    text = load_round(2563).model_dump()
    text["progress"]["duties"] = ["no_such_duty"]
    with pytest.raises(ValidationError, match="no duty with a last day"):
        Round.model_validate(text)


def test_the_plan_of_a_round_says_where_it_comes_from() -> None:
    spans = {year: planned_span(load_round(year)) for year in (2557, 2561, 2563, 2566, 2567)}
    assert [(s.first, s.last, s.basis) for s in spans.values() if s] == [
        (date(2014, 1, 1), date(2014, 3, 31), "letter"),
        (date(2018, 1, 1), date(2018, 3, 20), "project"),
        (date(2021, 4, 1), date(2021, 6, 30), "letter"),
    ]
    assert spans[2566] is spans[2567] is None


def test_the_curve_grows_on_working_days_only() -> None:
    """2 to 11 May 2561: 2, 3, 4, 7, 8, 9, 10, 11 May are worked, so each has an eighth."""
    plan = {"first": date(2018, 5, 2), "last": date(2018, 5, 11), "th": "-", "basis": "project"}
    asked = {"rhythm": "daily", "basis": "letter", "plan": plan}
    span = planned_span(load_round(2561).model_copy(update={"progress": Progress.model_validate(asked)}))
    assert span
    days = [date(2018, 5, n) for n in (1, 2, 4, 5, 6, 7, 11, 20)]
    shares = [planned_share(span, day, load_calendar()) for day in days]
    assert shares == [Fraction(n, 8) for n in (0, 1, 3, 3, 3, 4, 8, 8)]


def test_a_curve_through_points() -> None:
    plan = {"first": date(2018, 5, 2), "last": date(2018, 5, 11), "th": "-", "basis": "project"}
    points = [{"day": date(2018, 5, 4), "percent": 80}]
    asked = {"rhythm": "daily", "basis": "letter", "plan": {**plan, "points": points}}
    span = planned_span(load_round(2561).model_copy(update={"progress": Progress.model_validate(asked)}))
    assert span
    shares = [planned_share(span, date(2018, 5, n), load_calendar()) for n in (3, 4, 7, 11)]
    assert shares == [Fraction(160, 300), Fraction(4, 5), Fraction(84, 100), Fraction(1)]
    with pytest.raises(ValidationError, match="upwards"):
        Progress.model_validate({**asked, "plan": {**plan, "points": [*points, *points]}})
