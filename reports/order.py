"""What is asked of a report: which area of which release, for whom, where to.

Put here: the orders that every report takes. Keep out: which reports there are (registry.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jpt_pipeline.boundaries.stored import Boundaries
from jpt_pipeline.settings import Settings
from reports.release import Release


@dataclass(frozen=True)
class Order:
    """A report of one area, from published figures.

    release: bound to its stream and its readers. before: the current release of the latest earlier round of the home, for
    the same stream and readers; None where there is none. thai_digits: print ๐-๙. boundaries: those of the home,
    for maps; without them maps are schematic.
    """

    release: Release
    level: str
    area_code: str
    out: Path
    thai_digits: bool = False
    before: Release | None = None
    boundaries: Boundaries | None = None

    @property
    def stem(self) -> str:
        """End of the report's file names: year, stream where it is not the main one, level, area, readers."""
        stream = "" if self.release.stream == self.release.round.streams[0].key else f"_{self.release.stream}"
        readers = "_public" if self.release.is_public else ""
        return f"{self.release.survey_year}{stream}_{self.level}_{self.area_code}{readers}"

    def path(self, name: str, suffix: str) -> Path:
        """Where a file of the report `name` goes."""
        return self.out / f"{name}_{self.stem}{suffix}"


@dataclass(frozen=True)
class RestrictedOrder:
    """A report about single households or enumerators, from the home's own sealed tables as of now.

    out: a folder below settings.restricted. due: a day that the report prints as its due date, where it has one.
    by: who asked for it, as the page and the ledger say.
    """

    settings: Settings
    survey_year: int
    stream: str
    level: str
    area_code: str
    out: Path
    due: date | None = None
    thai_digits: bool = False
    progress: Callable[[int, int], None] = lambda done, n: None
    by: str = ""

    def path(self, name: str, suffix: str) -> Path:
        """Where a file of the report `name` for the whole area goes."""
        return self.out / f"{name}_{self.survey_year}_{self.stream}_{self.level}_{self.area_code}{suffix}"


@dataclass(frozen=True)
class Restricted:
    """The files of a restricted report, and how many households (or enumerators) they tell of."""

    files: list[Path]
    households_n: int
