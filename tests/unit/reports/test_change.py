"""This year beside the round before: which indicators are the same, and the direction on exact counts."""

from dataclasses import replace

import pytest

from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.ranking import Counted
from reports.change import Change, changes, same_indicators
from reports.counts import AreaIndicator
from reports.release import Release

VILLAGE = ("village", "38010101")


def indicator(passed_n: int, failed_n: int, is_hidden: bool = False) -> AreaIndicator:
    return AreaIndicator(Counted(1, passed_n, failed_n), "ชื่อ", "คน", 1, 1, None, is_hidden)


@pytest.mark.parametrize(
    ("then", "now", "direction"),
    [
        ((90, 10), (91, 9), "better"),
        ((90, 10), (899, 101), "worse"),  # both print 90 when rounded to a whole
        ((2, 1), (4, 2), "same"),
        ((899_080, 38), (899_081, 38), "better"),  # both print 100.00
        ((0, 0), (5, 5), None),
        ((5, 5), (0, 0), None),
    ],
)
def test_direction_looks_at_counts(then: tuple[int, int], now: tuple[int, int], direction: str | None) -> None:
    assert Change(indicator(*now), indicator(*then)).direction == direction


def test_hidden_figures_are_not_compared() -> None:
    assert Change(indicator(0, 0, True), indicator(9, 1)).direction is None
    assert Change(indicator(9, 1), indicator(0, 0, True)).direction is None
    assert Change(indicator(9, 1), None).direction is None


def with_plan(release: Release, plan: str, **settings: str) -> Release:
    manifest = {**release.manifest, "settings": settings}
    return replace(release, instrument=load_instrument(plan), manifest=manifest, _frames={}, _by_area={})


def test_the_same_instrument_asks_the_same(release: Release) -> None:
    assert same_indicators(release, release) == {number: number for number in range(1, 32)}


@pytest.mark.parametrize(
    ("plan", "same", "different"),
    [
        ("plan11", {3: 2, 15: 31, 30: 30}, {23}),  # another income threshold
        ("plan13", {12: 6, 36: 31}, {1, 13, 18, 25, 29, 37}),  # new, widened, two in one, or another threshold
    ],
)
def test_what_the_definitions_call_the_same(
    release: Release, plan: str, same: dict[int, int], different: set[int]
) -> None:
    found = same_indicators(with_plan(release, plan), release)
    assert {number: found.get(number) for number in same} == same
    assert not different & set(found)


def test_another_setting_is_another_indicator(release: Release) -> None:
    now, then = (with_plan(release, "plan12", clean_value_12=value) for value in ("0", "1"))
    assert set(range(1, 32)) - set(same_indicators(now, then)) == {12}


def test_an_area_that_was_not_there_has_nothing_beside_it(release: Release) -> None:
    alone = changes(release, None, *VILLAGE)
    assert len(alone) == 31 and not any(change.then for change in alone)
    assert all(change.direction in ("same", None) for change in changes(release, release, *VILLAGE))
