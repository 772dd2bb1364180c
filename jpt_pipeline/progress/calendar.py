"""Working days of government offices in Thailand: weekends, public holidays with substitution days, and days of our own.

Put here: every arithmetic with working days. Keep out: which dates matter to a round. Holidays come from the package
`holidays`; data/calendar/thailand.yaml says which of them offices do not keep, and adds or takes single days.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from jpt_pipeline.clock import THAI_TIME
from jpt_pipeline.settings import Settings, definition_file
from jpt_pipeline.yamlfile import load_yaml

COUNTRY, LANGUAGE = "TH", "th"
DAY = timedelta(days=1)


class OwnDay(BaseModel):
    """A day that is a holiday, or is none, whatever the package says; in words, with its source."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    day: date
    holiday: bool
    th: str
    source: str


class CalendarFile(BaseModel):
    """data/calendar/thailand.yaml: categories of the package, ISO week days without work, holidays offices do not keep."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    categories: list[Literal["public", "government", "bank"]]
    weekend: list[int] = Field(min_length=0, max_length=6)
    open: list[str]
    days: list[OwnDay]

    @model_validator(mode="after")
    def _once(self) -> "CalendarFile":
        days = [own.day for own in self.days]
        if len(set(days)) != len(days) or not set(self.weekend) <= set(range(1, 8)):
            raise ValueError("a day stands twice, or a day of the week is not 1 to 7")
        return self


class Calendar:
    """Which days are worked. All spans are inclusive."""

    def __init__(self, file: CalendarFile):
        self._file = file
        self._own = {own.day: own for own in file.days}
        self._years: dict[int, dict[date, str]] = {}
        self._worked: dict[date, bool] = {}

    def holiday(self, day: date) -> str | None:
        """Thai name of the holiday that a day is; None for other days, weekends too."""
        if own := self._own.get(day):
            return own.th if own.holiday else None
        return self._of_year(day.year).get(day)

    def is_workday(self, day: date) -> bool:
        if day not in self._worked:
            self._worked[day] = day.isoweekday() not in self._file.weekend and self.holiday(day) is None
        return self._worked[day]

    def count(self, first: date, last: date) -> int:
        """Working days from `first` to `last`; 0 when the span is empty."""
        return sum(1 for _ in self.workdays(first, last))

    def workdays(self, first: date, last: date) -> Iterator[date]:
        """The working days of a span, in order."""
        day = first
        while day <= last:
            if self.is_workday(day):
                yield day
            day += DAY

    def at_or_after(self, day: date) -> date:
        """The day itself if it is worked, else the next working day."""
        while not self.is_workday(day):
            day += DAY
        return day

    def at_or_before(self, day: date) -> date:
        """The day itself if it is worked, else the working day before."""
        while not self.is_workday(day):
            day -= DAY
        return day

    def add(self, day: date, workdays: int) -> date:
        """The n-th working day after a day (n >= 1), before it (n <= -1); for 0 the day itself."""
        step = DAY if workdays > 0 else -DAY
        for _ in range(abs(workdays)):
            day += step
            while not self.is_workday(day):
                day += step
        return day

    def of_week(self, day: date, weekday: int, or_first_workday: bool) -> date:
        """The day of the week (ISO) in the week of `day`; if that is not worked and `or_first_workday`, the week's next
        working day, be it in the week after."""
        wanted = day + (weekday - day.isoweekday()) * DAY
        return self.at_or_after(wanted) if or_first_workday else wanted

    def _of_year(self, year: int) -> dict[date, str]:
        if year not in self._years:
            import holidays

            known = holidays.country_holidays(
                COUNTRY, years=year, categories=tuple(self._file.categories), language=LANGUAGE
            )
            kept = {day: self._kept(name) for day, name in known.items()}
            self._years[year] = {day: name for day, name in kept.items() if name}
        return self._years[year]

    def _kept(self, names: str) -> str:
        """The names of a day that offices keep; several stand on one day, parted by a semicolon."""
        return "; ".join(name for name in names.split("; ") if not any(word in name for word in self._file.open))


def end_of(day: date) -> datetime:
    """The last second of a day in Thailand, in UTC."""
    return datetime.combine(day, time(23, 59, 59), THAI_TIME).astimezone(UTC)


@cache
def load_calendar(definitions: Path | None = None) -> Calendar:
    """The calendar of data/calendar/thailand.yaml, or of the operator's own file. Raises ValueError for a wrong file."""
    path = definition_file(definitions or Settings().definitions, "calendar", "thailand.yaml")
    return Calendar(CalendarFile.model_validate(load_yaml(path)))
