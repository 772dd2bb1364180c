"""What a trial finds, as plain rows; areas and figures only, no household by name.

Put here: shapes. Keep out: how they are found, and how they are told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from jpt_pipeline.certification.difference import Households
from jpt_pipeline.certification.state import State
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Part, Seal
from jpt_pipeline.store.stage import Gates

Make = Callable[[Settings, Part, Gates], Mapping[str, Seal]]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Pipeline:
    """What a run does with a part: the stages of a province and of the nation in order, and their gates."""

    provinces: Sequence[Make]
    nation: Sequence[Make]
    gates: Gates


class Place(NamedTuple):
    """An area of a round."""

    survey_year: int
    stream: str
    level: str
    area_code: str


class Figure(NamedTuple):
    """A figure that would move: table, key within the area (see certification.difference.Moved), measure, values."""

    place: Place
    table: str
    key: str
    measure: str
    then: int
    now: int


class Rank(NamedTuple):
    """An indicator that would change its place in the failing-rank report (รายงาน 5.6) of an area."""

    place: Place
    indicator_no: int
    then: int
    now: int


class Report(NamedTuple):
    """A report that would be made anew."""

    name: str
    place: Place


class Standing(NamedTuple):
    """An area that would change its state. certificate_id and form_no are those of the certificate it had."""

    place: Place
    area_name: str
    form_no: str | None
    certificate_id: str | None
    then: State
    now: State

    @property
    def is_voided(self) -> bool:
        """Whether a certificate that is valid now would not be so any more."""
        return self.then is State.CERTIFIED and self.now is not State.CERTIFIED


@dataclass(frozen=True)
class Impact:
    """Everything that files of corrections would move.

    parts: provinces of which figures are computed again. is_behind: their figures are older than their data, so they
    were brought up to date first, in the trial; other provinces are as they were run last. needs_return: rows lie under
    a valid certificate; this is what would happen if the area were returned first, as it must be.
    """

    parts: tuple[Part, ...]
    households: Households
    figures: tuple[Figure, ...]
    ranks: tuple[Rank, ...]
    reports: tuple[Report, ...]
    standings: tuple[Standing, ...]
    is_behind: bool
    needs_return: bool

    @property
    def voided(self) -> tuple[Standing, ...]:
        """Certificates that would be void: STALE, with the reason in `jpt status`."""
        return tuple(standing for standing in self.standings if standing.is_voided)
