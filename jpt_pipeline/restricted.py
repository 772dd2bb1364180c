"""Where reports about single households may be written, and the note in the ledger that one was made.

Put here: the place (settings.restricted) and the audit entry. Keep out: what such a report holds. The entry names report,
area, how many households and the digests of the files, never a household or a person.
"""

from collections.abc import Sequence
from pathlib import Path

from jpt_pipeline.clock import Clock
from jpt_pipeline.ledger import RestrictedReport, writing
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import private_folder, sha256_file


class NotRestricted(Exception):
    """The folder does not lie in the restricted place; says that place."""


def restricted_folder(settings: Settings, out: Path) -> Path:
    """The folder, made so that only its owner can enter it (0700), as is the restricted place itself.

    Raises:
        NotRestricted: `out` is neither the place that settings.restricted names nor a folder below it.
    """
    place, wanted = settings.restricted, out.expanduser().resolve()
    if wanted != place and place not in wanted.parents:
        raise NotRestricted(str(place))
    private_folder(place)
    for folder in reversed([wanted, *wanted.parents]):
        if place in folder.parents:
            private_folder(folder)
    return wanted


def note_report(
    settings: Settings,
    report: str,
    survey_year: int,
    stream: str,
    level: str,
    area_code: str,
    files: Sequence[Path],
    households_n: int,
    by: str,
    now: Clock,
) -> None:
    """Append the audit entry: who made which report of which area, of how many households, with which files."""
    entry = RestrictedReport(
        at=now(), action="restricted-report", by=by, report=report, survey_year=survey_year, stream=stream,
        level=level, area_code=area_code, households_n=households_n, files=tuple(sorted(map(sha256_file, files))),
    )  # fmt: skip
    with writing(settings.ledger) as ledger:
        ledger.append([entry])
