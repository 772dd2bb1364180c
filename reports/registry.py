"""The reports by name: what `jpt report` and the report assets can make.

Put here: one entry per report. Keep out: how it is made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reports import failing_rank, indicators, poster, quality
from reports.release import Release
from reports.words import words

Maker = Callable[[Release, str, str, Path], list[Path]]
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
        ReportDef("quality", "หลักฐานคุณภาพข้อมูลของฉบับเผยแพร่", ("nation",), quality.make),
    )
}
