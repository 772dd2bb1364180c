"""What a committee is shown of an area before it signs: one frozen value, counts only, nothing about a household.

Put here: the shape of it, with what it says about itself. Keep out: where it comes from (figures.py), how it is laid
out and rounded (reports/forms).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from jpt_pipeline.certification.form_mark import FormMark
from jpt_pipeline.certification.state import State
from jpt_pipeline.ledger import Committee

if TYPE_CHECKING:
    from jpt_pipeline.certification.difference import Difference


@dataclass(frozen=True)
class Place:
    """A level and an area of it, with its registered name."""

    level: str
    area_code: str
    area_name: str


@dataclass(frozen=True)
class IndicatorFigures:
    """One indicator of the area, in its unit; incomplete_n are households, outside of surveyed_n."""

    number: int
    dimension_th: str
    name_th: str
    unit: str
    surveyed_n: int
    passed_n: int
    failed_n: int
    incomplete_n: int


@dataclass(frozen=True)
class AreaBelow:
    """An area that makes up this one: its root, and its certificate where its level certifies."""

    place: Place
    households_n: int
    persons_n: int
    state: str | None
    certificate_id: str | None
    root_sha256: str


@dataclass(frozen=True)
class AreaFigures:
    """All that a form shows of one area.

    coverage and economy hold the measures of rollups__coverage and rollups__economy by column; population the persons
    by age band and sex, youngest first; as_of the moment of the round's last delivery; committee what is known of it.
    since: what moved since the certificate before, if the area is to be certified anew.
    """

    survey_year: int
    round_th: str
    stream: str
    stream_th: str
    instrument: str
    instrument_th: str
    is_provisional: bool
    place: Place
    above: tuple[Place, ...]
    form_no: str | None
    committee_th: str | None
    due_date: date | None
    state: str
    blocked_by: tuple[str, ...]
    certificate_id: str | None
    certified_date: date | None
    committee: Committee
    root_sha256: str
    as_of: datetime | None
    households_n: int
    persons_n: int
    coverage: Mapping[str, int]
    population: tuple[tuple[str, Mapping[str, int]], ...]
    indicators: tuple[IndicatorFigures, ...]
    economy: Mapping[str, int]
    below_level: str | None
    below: tuple[AreaBelow, ...]
    waivers_n: int
    since: "Difference | None" = None

    @property
    def is_draft(self) -> bool:
        """Whether the figures are not before a committee: a form of them must not be signed."""
        return self.state not in (State.PRESENTED, State.CERTIFIED)

    @property
    def mark(self) -> FormMark:
        """The mark that binds the form to these figures."""
        place = self.place
        return FormMark(self.survey_year, self.stream, place.level, place.area_code, self.form_no, self.root_sha256)
