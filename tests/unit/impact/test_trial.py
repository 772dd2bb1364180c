"""What a dry run says of a correction, and that exactly this happens when it is taken."""

import random
from fractions import Fraction
from typing import Any

import pytest

from jpt_pipeline.impact import trial
from jpt_pipeline.impact.models import Impact
from jpt_pipeline.impact.overlay import overlay
from jpt_pipeline.store.lake import GateFailed, Lake, Part, Verdict
from tests.conftest import Terminal, file_digests
from tests.unit.corrections.world import codes, row
from tests.unit.impact.conftest import PROVINCES, Country, Now, Place, delivered, places, random_rows, water
from tests.unit.intake.country import VILLAGES

PATH = [("nation", "TH"), ("province", "38"), ("district", "3801"), ("lao", "L1")]
FOLDERS = ("landing", "lake", "ledger", "keys")


def everything(country: Country) -> dict[str, str]:
    """All files of a home but locks, with those of its scratch."""
    found = file_digests(country.settings.root, *FOLDERS)
    return found | {path.name: "left" for path in country.settings.scratch.iterdir()}


def ranks_of(figures: dict[tuple[Any, ...], int]) -> dict[tuple[str, str, int], int]:
    """(level, area, indicator) -> place by failed %, worst first; by the words of the report, not by its code."""
    shares: dict[tuple[str, str], list[tuple[bool, Fraction, int]]] = {}
    areas = {(key[1], key[2]) for key in figures}
    for level, area in areas:
        for number in range(1, 32):
            passed, failed = (
                figures.get(("rollups__indicators", level, area, str(number), name), 0)
                for name in ("passed_n", "failed_n")
            )
            share = Fraction(failed, passed + failed) if passed + failed else None
            shares.setdefault((level, area), []).append((share is None, -(share or Fraction(0)), number))
    return {(*area, row[2]): place for area, rows in shares.items() for place, row in enumerate(sorted(rows), start=1)}


def moved(impact: Impact) -> dict[tuple[Any, ...], tuple[int, int]]:
    return {(f.table, f.place.level, f.place.area_code, f.key, f.measure): (f.then, f.now) for f in impact.figures}


def test_a_dry_run_names_what_it_would_touch_and_changes_nothing(ready: Country) -> None:
    before = everything(ready)
    report, impact = ready.try_rows(water(1, "38010101"))
    assert (report.status, codes(report)) == ("refused", [(2, "C-AFTERCERT")])
    assert impact is not None and impact.needs_return and not impact.is_behind
    assert impact.households == (0, 1, 0)
    assert moved(impact) == {
        ("rollups__indicators", level, area, "9", measure): numbers
        for level, area in (*PATH, ("tambon", "380101"), ("village", "38010101"))
        for measure, numbers in moved_numbers(level).items()
    }
    assert places(impact.voided) == PATH
    assert [(one.certificate_id, one.now) for one in impact.voided][-1] == ("2561-jpt-lao-L1-1", "STALE")
    assert [(one.name, one.place.level, one.place.area_code) for one in impact.reports] == [
        ("poster", "lao", "L1"), ("poster", "village", "38010101"), ("quality", "nation", "TH"),
    ]  # fmt: skip
    assert everything(ready) == before


def moved_numbers(level: str) -> dict[str, tuple[int, int]]:
    """Passed and failed of indicator 9 above 38010101 when the water of household 1 is found not to be there."""
    passed = {"village": 1, "lao": 1, "tambon": 2, "district": 2, "province": 3, "nation": 4}[level]
    failed = {"village": 1, "lao": 2, "tambon": 1, "district": 2, "province": 2, "nation": 3}[level]
    return {
        "passed_n": (passed, passed - 1), "failed_n": (failed, failed + 1), "households_failed_n": (failed, failed + 1),
    }  # fmt: skip


def test_what_is_said_is_what_happens(country: Country) -> None:
    """Random corrections. First under certificates of two provinces, whose LAOs are returned; then below a returned
    district, tried before the first ones were run. Nothing is certified again."""
    draw, values = random.Random(1), delivered()
    first = random_rows(draw, values, ("38020101", "39010101"))
    second = random_rows(draw, values, ("38010101", "38010201"))
    second.append(row("satisfaction", "8", "9", 3, village="38010102"))  # moves no figure, but the village's leaves
    states, before = country.now(), everything(country)
    _, impact = country.try_rows(*first)
    assert everything(country) == before and impact is not None and impact.needs_return and not impact.is_behind
    country.act("return_", "lao", "L3", "L4").certified()
    assert country.take_rows(*first).status == "taken"

    country.go(PROVINCES[1])  # province 38 stays behind
    country.act("return_", "district", "3801").certified()
    before = everything(country)
    report, then_impact = country.try_rows(*second)
    assert everything(country) == before and then_impact is not None and then_impact.is_behind
    assert report.status == "checked" and not then_impact.needs_return

    between = country.go().now()
    check(impact, first, states, between, frozenset({("district", "3801")}))
    assert country.take_rows(*second).status == "taken"
    after = country.go().now()
    check(then_impact, second, between, after)
    laos = {LAOS[one["village_code"]] for one in second}
    assert {area for level, area in places(then_impact.voided)} == laos, "those stand that nothing was corrected in"
    others = [(*one.place[2:], str(one.then), str(one.now)) for one in then_impact.standings if not one.is_voided]
    assert others == [("district", "3801", "RETURNED", "CORRECTING")]

    jpt, said = Terminal(country.settings.root), ("difference", "--year", 2561, "--level", "lao", "--area")
    for lao, moves in (("L1", True), ("L2", False)):
        (told,) = jpt.done(*said, lao)["areas"]
        households = {one["household_id"] for one in second if LAOS[one["village_code"]] == lao}
        assert told["households"] == {"added_n": 0, "changed_n": len(households), "removed_n": 0}
        assert (told["is_moved"], bool(told["figures"])) == (True, moves)


LAOS = {village: lao for village, _, lao, _, _ in VILLAGES}


def check(
    impact: Impact, rows: list[dict[str, Any]], then: Now, now: Now, returned: frozenset[Place] = frozenset()
) -> None:
    """What the trial said is the difference of two situations; `returned` areas lost their certificate otherwise."""
    keys = {key for key in then.figures | now.figures if then.figures.get(key, 0) != now.figures.get(key, 0)}
    assert moved(impact) == {key: (then.figures.get(key, 0), now.figures.get(key, 0)) for key in keys}
    assert set(places(impact.voided)) == then.valid - now.valid - returned
    ranks = ranks_of(then.figures), ranks_of(now.figures)
    assert {(r.place.level, r.place.area_code, r.indicator_no): (r.then, r.now) for r in impact.ranks} == {
        key: (place, ranks[1][key]) for key, place in ranks[0].items() if place != ranks[1][key]
    }
    villages = {area for level, area in places(impact.reports) if level == "village"}
    assert villages == {one["village_code"] for one in rows}
    assert impact.households == (0, len({one["household_id"] for one in rows}), 0)


def test_what_is_refused_is_told_as_by_correct_and_tries_nothing(
    ready: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "_run", lambda *_: pytest.fail("nothing is to be run"))
    report, impact = ready.try_rows(water(1, "38010101"), row("a2911", "0", "1", 99))
    assert ("C-HOUSEHOLD" in dict(codes(report)).values(), report.status, impact) == (True, "refused", None)


def test_figures_that_would_not_pass_a_gate_are_told_and_the_trial_is_removed(
    ready: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = GateFailed("rollups__indicators", Part(2561, "38"), [Verdict("levels_agree", False, 1, "x")])

    def fail(*_: object) -> None:
        raise failed

    before = everything(ready)
    monkeypatch.setattr(trial, "_run", fail)
    with pytest.raises(GateFailed):
        ready.try_rows(water(1, "38010101"))
    assert everything(ready) == before


def test_a_temporary_home_shares_its_bytes_and_nothing_written_there_comes_back(ready: Country) -> None:
    left = ready.settings.scratch / "trial-999999999-killed"
    left.mkdir()
    before = file_digests(ready.settings.root, *FOLDERS)
    with overlay(ready.settings) as there:
        assert not left.exists(), "what a killed trial left is removed"
        path = Lake(there.lake).path("rollups__economy", Part(2561, "38"))
        assert path.stat().st_ino == Lake(ready.settings.lake).path("rollups__economy", Part(2561, "38")).stat().st_ino
        assert there.root.stat().st_mode & 0o077 == 0
        assert not list(there.root.rglob("*.key")), "keys stay where they are"
        Lake(there.lake).unseal(["rollups__economy"], Part(2561, "38"))
        for file in there.landing.rglob("*.json"):
            file.unlink()
    assert not there.root.exists()
    assert file_digests(ready.settings.root, *FOLDERS) == before
