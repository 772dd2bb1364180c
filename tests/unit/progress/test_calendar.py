"""Working days: the package's holidays with their substitution days, our own days beside them, and the arithmetic."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jpt_pipeline.progress.calendar import Calendar, CalendarFile, end_of, load_calendar

# Days that everybody in an office remembers: holidays, substitution days, days that the cabinet added.
HOLIDAYS = {
    2014: "02-14 04-07 04-14 04-15 04-16 05-09 08-11 12-10",
    2018: "01-01 01-02 03-01 04-06 04-16 05-14 07-27 10-15 12-31",
    2021: "02-12 02-26 04-06 04-12 04-13 05-10 05-26 06-03 07-28 10-22 12-06",
    2024: "02-26 04-08 04-12 04-15 04-16 05-06 05-22 07-22 07-29 10-14 12-30",
}
# Labour Day binds private employers; its substitution day of 2021, and a substitution day that was moved elsewhere.
WORKED = "2014-05-01 2018-05-01 2021-05-03 2021-10-25 2018-01-03 2024-04-09"


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    return load_calendar()


@pytest.mark.parametrize("year", HOLIDAYS)
def test_holidays_that_everybody_knows(calendar: Calendar, year: int) -> None:
    days = [date.fromisoformat(f"{year}-{day}") for day in HOLIDAYS[year].split()]
    assert [day for day in days if calendar.is_workday(day)] == []
    assert all(calendar.holiday(day) for day in days)


def test_offices_are_open_when_only_others_are_closed(calendar: Calendar) -> None:
    assert [day for day in WORKED.split() if not calendar.is_workday(date.fromisoformat(day))] == []


def test_a_holiday_has_a_name_and_a_week_end_has_none(calendar: Calendar) -> None:
    assert "มาฆบูชา" in str(calendar.holiday(date(2018, 3, 1)))
    assert "ปิยมหาราช" in str(calendar.holiday(date(2021, 10, 22)))
    assert calendar.holiday(date(2018, 3, 3)) is None and not calendar.is_workday(date(2018, 3, 3))


def test_days_of_an_operator() -> None:
    own = {"day": date(2018, 2, 5), "holiday": True, "th": "วันหยุดพิเศษ", "source": "มติคณะรัฐมนตรี"}
    base = {"categories": ["public"], "weekend": [6, 7], "open": []}
    made = Calendar(CalendarFile.model_validate({**base, "days": [own]}))
    assert made.holiday(date(2018, 2, 5)) == "วันหยุดพิเศษ" and made.add(date(2018, 2, 2), 1) == date(2018, 2, 6)
    with pytest.raises(ValueError, match="twice"):
        CalendarFile.model_validate({**base, "days": [own, own]})


def test_songkran_in_working_days(calendar: Calendar) -> None:
    """Friday 6 April 2018 is Chakri day; 13 to 16 April are Songkran with its substitution day."""
    assert calendar.count(date(2018, 4, 6), date(2018, 4, 17)) == 5
    assert calendar.add(date(2018, 4, 12), 1) == date(2018, 4, 17)
    assert calendar.add(date(2018, 4, 17), -1) == date(2018, 4, 12)
    assert calendar.at_or_after(date(2018, 4, 14)) == date(2018, 4, 17)
    assert calendar.count(date(2018, 4, 14), date(2018, 4, 13)) == 0


@pytest.mark.parametrize(
    ("week", "monday"),
    [
        (date(2021, 4, 16), date(2021, 4, 16)),  # 12 to 15 April: added day and Songkran
        (date(2021, 5, 5), date(2021, 5, 3)),  # the substitution of Labour Day is worked
        (date(2021, 5, 12), date(2021, 5, 11)),  # วันพืชมงคล
        (date(2021, 6, 6), date(2021, 5, 31)),
    ],
)
def test_monday_or_the_first_working_day_of_the_week(calendar: Calendar, week: date, monday: date) -> None:
    assert calendar.of_week(week, 1, or_first_workday=True) == monday


@settings(max_examples=25)
@given(st.dates(date(2014, 1, 1), date(2024, 12, 31)), st.integers(1, 60))
def test_adding_and_counting_agree(day: date, n: int) -> None:
    calendar = load_calendar()
    reached = calendar.add(day, n)
    assert calendar.is_workday(reached)
    assert calendar.count(day + timedelta(days=1), reached) == n


def test_a_day_ends_in_thailand() -> None:
    assert end_of(date(2018, 2, 20)).isoformat() == "2018-02-20T16:59:59+00:00"
