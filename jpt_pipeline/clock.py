"""Time: the moment now in UTC, and the date that it is in Thailand. Whoever needs a clock takes one as an argument."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

THAI_TIME = timezone(timedelta(hours=7), "ICT")
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The moment now, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def thai_day(at: datetime) -> date:
    """The date in Thailand at a moment."""
    return at.astimezone(THAI_TIME).date()
