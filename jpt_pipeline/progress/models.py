"""What progress knows of an area, in plain values: facts, curve, units that certify, forecasts, what is overdue.

Put here: shapes. Keep out: how they are read (facts.py), judged (overdue.py, outlook.py) and shown (reports/progress).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Literal, NamedTuple


class Area(NamedTuple):
    """An area of a round; LAOs and districts may share a code, so the level belongs to the key."""

    stream: str
    level: str
    area_code: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Households of an area; every count adds up from the villages to the nation.

    target_n: of the target register. nonresponse_n: of the register of households that cannot be surveyed.
    collected_n: counted households by the day of the survey. records_n: household records received, all of them;
    recorded_n: households of which a record was received, by the day of intake of the first. checked_n: counted households
    received without an open error. quarantined_n: household records in quarantine. certified_n: counted households that
    lie under a valid certificate of the chain's lowest level.
    """

    target_n: int = 0
    nonresponse_n: int = 0
    collected_n: int = 0
    recorded_n: int = 0
    records_n: int = 0
    checked_n: int = 0
    quarantined_n: int = 0
    certified_n: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, name) + getattr(other, name) for name in COUNTS))

    @property
    def due_n(self) -> int:
        """Households that can be collected: the target without those that cannot be surveyed."""
        return max(self.target_n - self.nonresponse_n, 0)

    @property
    def missing_n(self) -> int:
        """Households still to be collected."""
        return max(self.due_n - self.collected_n, 0)


COUNTS = tuple(field.name for field in fields(Counts))


@dataclass(frozen=True, slots=True)
class AreaFacts:
    """An area with its counts. last_day: the last day of a survey or an intake in it, None before any."""

    area: Area
    name: str
    parent_code: str | None
    counts: Counts
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Outside:
    """What lies in no village of the register: household records received and in quarantine, of a province's files or
    (province_code None) of the nation's; waiting_n: household records delivered, but not run yet (villages unknown)."""

    stream: str
    province_code: str | None
    records_n: int
    quarantined_n: int
    waiting_n: int


@dataclass(frozen=True, slots=True)
class Unit:
    """An area that the round asks to certify. inside: code of each area it lies in, by level, the nearest first; tambons:
    codes of those that its villages lie in. complete_on: last day of a survey in it, once nothing is missing."""

    area: Area
    name: str
    inside: Mapping[str, str]
    tambons: tuple[str, ...]
    due_date: date | None
    certified_on: date | None
    complete_on: date | None


@dataclass(frozen=True, slots=True)
class Work:
    """Work of a tambon day by day: households collected by day of the survey; last day of any intake of it, whenever."""

    collected: Mapping[date, int]
    received_until: date | None


@dataclass(frozen=True)
class Facts:
    """Everything about a round at a moment, per stream never added to another."""

    survey_year: int
    at: datetime
    day: date
    areas: Mapping[Area, AreaFacts]
    outside: Sequence[Outside]
    units: Sequence[Unit]
    lowest: Mapping[str, str]
    works: Mapping[Area, Work]
    curves: Mapping[Area, Sequence[tuple[date, int, int]]]
    inside: Mapping[Area, frozenset[Area]]
    without_results: tuple[str, ...]
    """lowest: the chain's lowest level by stream. works: of the tambons. curves: (day, collected_n, recorded_n) of each day
    with work, of provinces, the nation and the areas asked for. inside: the areas that lie wholly in those asked for,
    themselves too. without_results: registered provinces that were never run."""


Confidence = Literal["done", "known", "unknown"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """When something will be done. state done: on `day`. known: most likely on `day`, between `early` and `late` (None:
    later than can be told). unknown: `why` is a key of the words file."""

    state: Confidence
    day: date | None = None
    early: date | None = None
    late: date | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class TambonOutlook:
    """A tambon's forecast: completion of collecting, and of the certificates over its villages."""

    facts: AreaFacts
    completion: Outlook
    certification: Outlook
    due_date: date | None


OverdueKind = Literal["certificate", "collecting", "duty", "stalled", "not_started"]


@dataclass(frozen=True, slots=True)
class Overdue:
    """Something late. days: working days since `since` (the due date, or the last record); missing_n: households, for
    areas. A duty has no area: whether it was done is not known here."""

    kind: OverdueKind
    area: Area | None
    name: str
    since: date
    workdays: int
    missing_n: int = 0
