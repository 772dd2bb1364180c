"""The indicators of one area with everything a page prints about them: names, counts, mark, place in the ranking.

Put here: the join of published counts and the instrument's words. Keep out: layout and rounding.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from jpt_pipeline.ranking import Counted, rank_failing
from reports.release import Release
from reports.words import words


@dataclass(frozen=True)
class AreaIndicator:
    """One indicator of one area. `rank` is its place in the failing-rank report, from 1.

    Where the disclosure policy hides the counts of a public release, is_hidden, and they are 0: it stands among the last.
    """

    counted: Counted
    name_th: str
    unit_th: str
    dimension_no: int
    rank: int
    shortfall_pct: Fraction | None
    is_hidden: bool = False

    @property
    def mark(self) -> Literal["passed", "failed", "nobody", "hidden"]:
        """By the counts, never by the rounded percentage: 'passed' means that not one failed."""
        if self.is_hidden:
            return "hidden"
        if not self.counted.surveyed_n:
            return "nobody"
        return "failed" if self.counted.failed_n else "passed"


def area_indicators(
    release: Release, level: str, area_code: str, targets: Mapping[int, Fraction] | None = None
) -> list[AreaIndicator]:
    """All indicators of an area, by number.

    Raises:
        reports.release.ReleaseError: the area is not in the release with all its indicators.
    """
    rows = release.indicators(level, area_code)
    hidden = set(rows["indicator_no"][rows[["passed_n", "failed_n"]].isna().any(axis=1)])
    shown = rows[["indicator_no", "passed_n", "failed_n"]]
    counted = [
        Counted(int(number), 0, 0) if number in hidden else Counted(int(number), int(passed_n), int(failed_n))
        for number, passed_n, failed_n in shown.itertuples(index=False)
    ]
    ranked = {one.counted.number: one for one in rank_failing(counted, targets)}
    units = dict(zip(rows["indicator_no"], rows["unit"], strict=True))
    found = []
    for dimension in release.instrument.dimensions:
        for number in range(dimension.first, dimension.last + 1):
            found.append(
                AreaIndicator(
                    counted=ranked[number].counted,
                    name_th=release.instrument.indicator(number).name_th,
                    unit_th=words().units[units[number]],
                    dimension_no=dimension.number,
                    rank=ranked[number].rank,
                    shortfall_pct=ranked[number].shortfall_pct,
                    is_hidden=number in hidden,
                )
            )
    return found
