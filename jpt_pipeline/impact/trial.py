"""The trial: files of corrections are taken in a temporary home, what follows is computed there, and both are compared.

Put here: the order of work. Keep out: comparisons (compare.py, standing.py), words (cli).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.difference import Households, figure_order
from jpt_pipeline.certification.relations import ROLLUPS, nation_part
from jpt_pipeline.clock import thai_day
from jpt_pipeline.impact.compare import Pair, changed_households, in_tree_order, moved_figures, moved_ranks
from jpt_pipeline.impact.models import Figure, Impact, Pipeline, Place, Rank, Report, Standing, Tell
from jpt_pipeline.impact.overlay import overlay
from jpt_pipeline.impact.standing import moved_standings
from jpt_pipeline.returns.certified import STATES
from jpt_pipeline.returns.take import CorrectionReport, take_corrections
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session

UNDER_CERTIFICATE = "C-AFTERCERT"
Reports = Mapping[str, Sequence[str]]
"""Name of a report -> the levels that it can be made for."""


def try_corrections(
    paths: Sequence[Path],
    settings: Settings,
    pipeline: Pipeline,
    reports: Reports,
    survey_year: int | None = None,
    area_code: str | None = None,
    tell: Tell = lambda step: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple[list[CorrectionReport], Impact | None]:
    """What `jpt correct` would say to each file in turn, and what the accepted ones would move after the next run.

    Files that are refused only because their households lie under a valid certificate are tried as well, as if the area
    had been returned; they stay refused. No impact if no file would be taken. Nothing changes in the home.

    Raises:
        As take_corrections and the stages do: KeyMissing, NotSealed, GateFailed (the figures would not pass a gate).
    """
    with ExitStack() as stack:
        before = stack.enter_context(overlay(settings))
        after = stack.enter_context(overlay(before))

        def take(path: Path) -> CorrectionReport:
            tell(path.name)
            return take_corrections(path, after, False, survey_year, area_code, now)

        found = [take(path) for path in paths]
        held = [path for path, report in zip(paths, found, strict=True) if _waits_for_return(report)]
        if held:
            for seal in (after.lake / STATES).rglob("seal.json"):
                seal.unlink()
        returned = [take(path) for path in held]
        taken = [report for report in (*found, *returned) if report.status == "taken"]
        told = [replace(one, status="checked", file_no=None) if one.status == "taken" else one for one in found]
        if not taken:
            return told, None
        parts = [Part(year, code) for year, code in sorted({part for report in taken for part in report.parts})]
        for home in (before, after):
            _run(home, pipeline, parts, tell)
        tell("compare")
        impact = _compared(settings, before, after, parts, reports, thai_day(now()))
        return told, replace(impact, needs_return=any(report.status == "taken" for report in returned))


def _waits_for_return(report: CorrectionReport) -> bool:
    return report.status == "refused" and {one.code for one in report.refusals} == {UNDER_CERTIFICATE}


def _run(settings: Settings, pipeline: Pipeline, parts: Sequence[Part], tell: Tell) -> None:
    """Run what is due of the provinces, and of the nation where it was ever run; what is current is not made again."""
    for part in parts:
        tell(str(part))
        for make in pipeline.provinces:
            make(settings, part, pipeline.gates)
    for nation in _nations(settings, parts):
        tell(str(nation))
        for make in pipeline.nation:
            make(settings, nation, pipeline.gates)


def _nations(settings: Settings, parts: Iterable[Part]) -> list[Part]:
    years = sorted({part.survey_year for part in parts if part.survey_year is not None})
    return [nation for year in years for nation in nation_part(Lake(settings.lake), year)]


def _compared(
    settings: Settings, before: Settings, after: Settings, parts: Sequence[Part], reports: Reports, on: date
) -> Impact:
    counts: Counter[str] = Counter()
    touched: set[Place] = set()
    figures: list[Figure] = []
    ranks: list[Rank] = []
    nations = _nations(before, parts)
    with session(after) as connection:
        pair = Pair(connection, Lake(before.lake), Lake(after.lake))
        is_behind = any(Pair(connection, Lake(settings.lake), pair.then).differs(t, p) for p in parts for t in ROLLUPS)
        for part in parts:
            changes, above = changed_households(pair, part)
            counts.update(changes)
            touched |= above
        for part in (*parts, *nations):
            moved = moved_figures(pair, part)
            figures += moved
            ranks += moved_ranks(pair, part, moved)
    standings: list[Standing] = []
    for year in sorted({part.survey_year for part in parts if part.survey_year is not None}):
        standings += moved_standings(before, after, year, parts, on)
    touched |= {figure.place for figure in figures}
    whole, counted = load_levels()[-1].level, {nation.survey_year for nation in nations}
    touched = {place for place in touched if place.level != whole or place.survey_year in counted}
    return Impact(
        parts=tuple(parts),
        households=Households(*(counts[change] for change in ("added", "changed", "removed"))),
        figures=tuple(sorted(figures, key=lambda figure: (in_tree_order(figure.place), figure_order(*figure[1:4])))),
        ranks=tuple(sorted(ranks, key=lambda rank: (in_tree_order(rank.place), rank[1:]))),
        reports=tuple(
            Report(name, place)
            for name, levels in sorted(reports.items())
            for place in sorted(touched, key=in_tree_order)
            if place.level in levels
        ),
        standings=tuple(standings),
        is_behind=is_behind,
        needs_return=False,
    )
