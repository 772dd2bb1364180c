"""One report for many areas of a release, in several processes: a province's thousand posters.

Put here: how the work is shared out, and what came of it. Keep out: any single report (registry.py). A process opens the
releases once and keeps them, with the typeface and the layout program; files do not depend on how many processes there are.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path

from jpt_pipeline.boundaries.stored import Boundaries
from reports.order import Order
from reports.registry import REPORTS
from reports.release import Audience, Release, ReleaseError
from reports.typeset import TemplateBroken

Area = tuple[str, str]  # level, area_code
Progress = Callable[[int, int], None]  # areas done, all areas
KNOWN = (ReleaseError, TemplateBroken, OSError)  # what can go wrong with one area while the others go on


@dataclass(frozen=True)
class Batch:
    """What was made, in the order of the areas, and why some were not."""

    files: list[Path] = field(default_factory=list)
    failed: dict[Area, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Source:
    """A release as another process opens it."""

    folder: Path
    stream: str
    audience: Audience

    @classmethod
    def of(cls, release: Release | None) -> "_Source | None":
        return cls(release.folder, release.stream, release.audience) if release else None

    def open(self) -> Release:
        return Release.open(self.folder, self.stream, audience=self.audience)


@dataclass(frozen=True)
class _Work:
    """What every area of a batch has in common."""

    report: str
    release: _Source
    before: _Source | None
    out: Path
    thai_digits: bool
    boundaries: Path | None


_open: dict[_Work, Order] = {}  # of this process: an order that only lacks its area


def make_each(order: Order, report: str, areas: Sequence[Area], workers: int, progress: Progress) -> Batch:
    """Make a report for every area of a list.

    Args:
        order: release, release before, folder, digits and boundaries; its own area does not matter.
        report: name in the registry.
        areas: (level, area_code), as of `Release.inside`.
        workers: processes; 1 makes all in this one.
        progress: called after each area.

    Raises:
        BrokenProcessPool: a process was killed.
    """
    source = _Source.of(order.release)
    assert source
    maps = order.boundaries.root if order.boundaries else None
    work = _Work(report, source, _Source.of(order.before), order.out, order.thai_digits, maps)
    made: dict[Area, list[Path] | str] = {}
    for area, result in _run(work, areas, min(workers, len(areas)), order):
        made[area] = result
        progress(len(made), len(areas))
    files = [path for area in areas if isinstance(result := made[area], list) for path in result]
    return Batch(files, {area: result for area in areas if isinstance(result := made[area], str)})


def _run(work: _Work, areas: Sequence[Area], workers: int, order: Order) -> Iterator[tuple[Area, list[Path] | str]]:
    """Areas with what became of them, as they are finished."""
    if workers <= 1:
        _open[work] = order
        yield from ((area, _make(work, area)) for area in areas)
        _open.clear()
        return
    fresh = multiprocessing.get_context("spawn")  # no locks or open files of this process are carried over
    with ProcessPoolExecutor(workers, mp_context=fresh) as pool:
        waiting = {pool.submit(_make, work, area): area for area in areas}
        yield from _finished(waiting)


def _finished(waiting: dict[Future[list[Path] | str], Area]) -> Iterator[tuple[Area, list[Path] | str]]:
    try:
        for future in as_completed(waiting):
            yield waiting[future], future.result()
    except BrokenProcessPool:
        left = sum(not future.done() or future.exception() is not None for future in waiting)
        raise BrokenProcessPool(f"a process was killed, {left} areas are not made") from None


def _make(work: _Work, area: Area) -> list[Path] | str:
    """In a worker: the files of one area, or what went wrong with it."""
    if work not in _open:
        before = work.before.open() if work.before else None
        maps = Boundaries(work.boundaries) if work.boundaries else None
        _open[work] = Order(work.release.open(), *area, work.out, work.thai_digits, before, maps)
    try:
        return REPORTS[work.report].make(replace(_open[work], level=area[0], area_code=area[1]))
    except KNOWN as error:
        return str(error)
