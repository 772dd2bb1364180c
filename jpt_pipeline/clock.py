"""Time: the moment now in UTC, the date that it is in Thailand, dates of the Buddhist Era as files write them.

Whoever needs a clock takes one as an argument.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

THAI_TIME = timezone(timedelta(hours=7), "ICT")
Clock = Callable[[], datetime]
BUDDHIST_ERA = 543
"""Years by which the Buddhist Era (พ.ศ.) is ahead of the Common Era."""


def utc_now() -> datetime:
    """The moment now, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def thai_day(at: datetime) -> date:
    """The date in Thailand at a moment."""
    return at.astimezone(THAI_TIME).date()


def read_date(text: str) -> date:
    """dd/mm/yyyy of the Buddhist Era as a day; 29/02/2567 is one. Raises ValueError."""
    day, month, year = (int(part) for part in text.split("/"))
    return date(year - BUDDHIST_ERA, month, day)


def date_text(day: date) -> str:
    """A day as files write it: date(1977, 12, 5) -> '05/12/2520'."""
    return f"{day.day:02d}/{day.month:02d}/{day.year + BUDDHIST_ERA:04d}"
