"""The reports by name: what `jpt report` and the report assets can make.

Put here: one entry per report, and when it need not be made again. Keep out: how it is made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jpt_pipeline.settings import OWN, Settings
from jpt_pipeline.store.files import read_json, sha256_file, sha256_text, write_json
from reports import (
    area_page,
    confidence,
    coverage,
    economy,
    edit_listing,
    enumerator_evidence,
    failing_rank,
    indicators,
    lao_budget,
    population,
    poster,
    quality,
    return_slip,
)
from reports.awards import enumerators as award_enumerators
from reports.awards import scorecards
from reports.book import district, province
from reports.order import Order, Restricted, RestrictedOrder
from reports.release import Audience
from reports.restricted import enumerators, evidence, income, summary
from reports.typeset import LAYOUTS
from reports.words import words

ALL_LEVELS = tuple(words().levels)
BOTH: tuple[Audience, ...] = ("committee", "public")
FOR_COMMITTEES: tuple[Audience, ...] = ("committee",)
FOR_ALL: tuple[Audience, ...] = ("public", "committee")


@dataclass(frozen=True)
class ReportDef:
    """A report: its name, its Thai title, the levels and the readers it can be made for (the first unless asked).

    `make(order)` writes into `order.out` and returns the files; it raises reports.release.ReleaseError for an area that
    the release does not hold or a file that was changed.
    """

    name: str
    title_th: str
    levels: tuple[str, ...]
    make: Callable[[Order], list[Path]]
    audiences: tuple[Audience, ...] = BOTH


REPORTS: dict[str, ReportDef] = {
    report.name: report
    for report in (
        ReportDef("failing-rank", failing_rank.TITLE_TH, ALL_LEVELS, failing_rank.make),
        ReportDef("indicators", indicators.TITLE_TH, ALL_LEVELS, indicators.make),
        ReportDef(population.NAME, population.TITLE_TH, ALL_LEVELS, population.make),
        ReportDef(economy.NAME, economy.TITLE_TH, ALL_LEVELS, economy.make),
        ReportDef(coverage.NAME, coverage.TITLE_TH, ALL_LEVELS, coverage.make),
        ReportDef(lao_budget.NAME, lao_budget.TITLE_TH, lao_budget.LEVELS, lao_budget.make),
        ReportDef(confidence.NAME, confidence.TITLE_TH, confidence.LEVELS, confidence.make, FOR_COMMITTEES),
        ReportDef(scorecards.NAME, scorecards.TITLE_TH, scorecards.LEVELS, scorecards.make, FOR_COMMITTEES),
        ReportDef("poster", "โปสเตอร์สรุปผล จปฐ.", ALL_LEVELS, poster.make, FOR_ALL),
        ReportDef(district.NAME, district.TITLE_TH, district.LEVELS, district.make),
        ReportDef(province.NAME, province.TITLE_TH, province.LEVELS, province.make),
        ReportDef(area_page.NAME, area_page.TITLE_TH, ALL_LEVELS, area_page.make, FOR_ALL),
        ReportDef("edit-listing", edit_listing.TITLE_TH, edit_listing.LEVELS, edit_listing.make, FOR_COMMITTEES),
        ReportDef("quality", "หลักฐานคุณภาพข้อมูลของฉบับเผยแพร่", ("nation",), quality.make, FOR_COMMITTEES),
    )
}


@dataclass(frozen=True)
class RestrictedDef:
    """A report about single households or enumerators, for the home only: never published.

    `make(order)` reads the home's own tables and writes into `order.out`, which lies below settings.restricted.
    """

    name: str
    title_th: str
    levels: tuple[str, ...]
    make: Callable[[RestrictedOrder], Restricted]


RESTRICTED: dict[str, RestrictedDef] = {
    report.name: report
    for report in (
        RestrictedDef("return-slip", return_slip.TITLE_TH, return_slip.LEVELS, return_slip.make),
        RestrictedDef(
            award_enumerators.NAME, award_enumerators.TITLE_TH, award_enumerators.LEVELS, award_enumerators.make
        ),
        *(
            RestrictedDef(listed.NAME, listed.TITLE_TH, listed.LEVELS, listed.make)
            for listed in (income, summary, enumerators, evidence, enumerator_evidence)
        ),
    )
}


@cache
def _version() -> str:
    """Digest of the reports' own code, styles, layouts and definitions: pages made by others are made again."""
    code = Path(__file__).parent
    files = [path for pattern in ("*.py", "style/*", "html/*") for path in code.rglob(pattern) if path.is_file()]
    definitions = Settings().definitions
    files += [path for path in definitions.rglob(f"{LAYOUTS}/*") if path.is_file()]
    files += [path for pattern in ("*.yaml", "*/*.yaml", f"{OWN}/*/*.yaml") for path in definitions.glob(pattern)]
    return sha256_text("|".join(f"{path.name}:{sha256_file(path)}" for path in sorted(files)))


def make_once(report: ReportDef, order: Order) -> list[Path]:
    """Make a report unless its files lie in `order.out` as this code made them from these releases and boundaries."""
    note = order.out / ".made" / f"{report.name}-{order.stem}{'-thai' if order.thai_digits else ''}.json"
    before = order.before.sha256 if order.before else "-"
    lines = order.boundaries.digest() if order.boundaries else ""
    ground = sha256_text(f"{_version()} {order.release.sha256} {before} {lines}")
    if note.exists():
        known = read_json(note)
        files = {order.out / name: digest for name, digest in known["files"].items()}
        if known["ground"] == ground and all(p.exists() and sha256_file(p) == digest for p, digest in files.items()):
            return list(files)
    made = report.make(order)
    write_json(note, {"ground": ground, "files": {str(p.relative_to(order.out)): sha256_file(p) for p in made}})
    return made
