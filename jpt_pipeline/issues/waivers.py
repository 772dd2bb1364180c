"""Which waivers (การผ่อนผัน) hold on a day: a pure function of the ledger.

A waiver names who, why and until when. It ends on its last day, when it is taken back, and with the round at the latest:
`last_day`. Put here: validity. Keep out: what may be waived (data/certification/gates.yaml), what a waiver lets pass.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from jpt_pipeline.clock import BUDDHIST_ERA, THAI_TIME, thai_day
from jpt_pipeline.ledger import Entry, Waiver, only


class WaiverState(StrEnum):
    """What has become of a waiver by a day."""

    VALID = "valid"
    ENDED = "ended"
    REVOKED = "revoked"


def last_day(survey_year: int, on: date) -> date:
    """The last day that a waiver given on a day may have: 31 December of the year in which the round is worked.

    That is the survey year (its letters ask for certificates in spring or summer); for work on a round that is over, the
    year of the day itself.
    """
    return date(max(survey_year - BUDDHIST_ERA, on.year), 12, 31)


def until(waiver: Waiver) -> date:
    """The last day of a waiver."""
    end = last_day(waiver.survey_year, thai_day(waiver.at))
    return min(waiver.until, end) if waiver.until else end


def end_of(waiver: Waiver) -> datetime:
    """The moment at which a waiver ends by itself, UTC."""
    return datetime.combine(until(waiver) + timedelta(days=1), time(), THAI_TIME).astimezone(UTC)


def given(entries: Iterable[Entry], survey_year: int) -> list[Waiver]:
    """All waivers of a round that were ever given, in the order of the ledger."""
    return [w for w in only(entries, Waiver) if w.survey_year == survey_year and w.action == "waive"]


def state_of(waiver: Waiver, entries: Iterable[Entry], on: date) -> WaiverState:
    """Whether a waiver holds on a day."""
    taken_back = (w for w in only(entries, Waiver) if w.action == "unwaive" and w.waiver_id == waiver.waiver_id)
    if any(thai_day(entry.at) <= on for entry in taken_back):
        return WaiverState.REVOKED
    return WaiverState.VALID if thai_day(waiver.at) <= on <= until(waiver) else WaiverState.ENDED


def valid_waivers(entries: Iterable[Entry], survey_year: int, on: date) -> list[Waiver]:
    """The waivers of a round that hold on a day, in the order of the ledger."""
    waivers = [w for w in only(entries, Waiver) if w.survey_year == survey_year and thai_day(w.at) <= on]
    taken_back = {w.waiver_id for w in waivers if w.action == "unwaive"}
    return [w for w in waivers if w.action == "waive" and w.waiver_id not in taken_back and on <= until(w)]
