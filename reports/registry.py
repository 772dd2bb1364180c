"""The reports by name: what `jpt report` and the report assets can make.

Put here: one entry per report, and when it need not be made again. Keep out: how it is made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import read_json, sha256_file, sha256_text, write_json
from reports import edit_listing, failing_rank, indicators, poster, quality, return_slip
from reports.release import Release
from reports.words import words

Maker = Callable[[Release, str, str, Path], list[Path]]
RestrictedMaker = Callable[[Settings, int, str, str, str, Path, date | None], list[Path]]
ALL_LEVELS = tuple(words().levels)


@dataclass(frozen=True)
class ReportDef:
    """A report: its name, its Thai title, the levels it can be made for, and `make(release, level, area_code, out)`.

    `make` writes into `out` and returns the files; it raises reports.release.ReleaseError for an area that the release
    does not hold or a file that was changed.
    """

    name: str
    title_th: str
    levels: tuple[str, ...]
    make: Maker


REPORTS: dict[str, ReportDef] = {
    report.name: report
    for report in (
        ReportDef("failing-rank", failing_rank.TITLE_TH, ALL_LEVELS, failing_rank.make),
        ReportDef("indicators", indicators.TITLE_TH, ALL_LEVELS, indicators.make),
        ReportDef("poster", "โปสเตอร์สรุปผล จปฐ.", ALL_LEVELS, poster.make),
        ReportDef("edit-listing", edit_listing.TITLE_TH, edit_listing.LEVELS, edit_listing.make),
        ReportDef("quality", "หลักฐานคุณภาพข้อมูลของฉบับเผยแพร่", ("nation",), quality.make),
    )
}


@dataclass(frozen=True)
class RestrictedDef:
    """A report about single households, for the home only: never an asset, never published, only by `jpt report`.

    `make(settings, survey_year, stream, level, area_code, out, due)` reads the home's own tables and writes only into
    a folder that nobody but its owner can enter (raises return_slip.NotPrivate).
    """

    name: str
    title_th: str
    levels: tuple[str, ...]
    make: RestrictedMaker


RESTRICTED: dict[str, RestrictedDef] = {
    report.name: report
    for report in (RestrictedDef("return-slip", return_slip.TITLE_TH, return_slip.LEVELS, return_slip.make),)
}


@cache
def _version() -> str:
    """Digest of the reports' own code and definitions: pages made by others are made again."""
    folder = Path(__file__).parent
    files = sorted(path for pattern in ("*.py", "style/*") for path in folder.glob(pattern))
    return sha256_text("|".join(f"{path.name}:{sha256_file(path)}" for path in files))


def make_once(report: ReportDef, release: Release, level: str, area_code: str, out: Path) -> list[Path]:
    """Make a report unless its files lie in `out` as this code made them from this release."""
    note = out / ".made" / f"{report.name}-{release.stream}-{level}-{area_code}.json"
    ground = sha256_text(f"{_version()} {release.sha256}")
    if note.exists():
        known = read_json(note)
        files = {out / name: digest for name, digest in known["files"].items()}
        if known["ground"] == ground and all(p.exists() and sha256_file(p) == digest for p, digest in files.items()):
            return list(files)
    made = report.make(release, level, area_code, out)
    write_json(note, {"ground": ground, "files": {str(p.relative_to(out)): sha256_file(p) for p in made}})
    return made
