"""Who must not be listed: the diligent, the new, the poor village, the tambon with a custom of its own, anybody by chance."""

from dataclasses import replace

import numpy as np
import pytest

from jpt_pipeline.fieldwork.evidence import Evidence, judge
from jpt_pipeline.fieldwork.signs import MARKED, Tally, tally
from jpt_pipeline.fieldwork.spec import load_evidence
from jpt_pipeline.fieldwork.visits import NO_GAP, Visits
from tests.unit.fieldwork.test_signs import answers, visits

SPEC = load_evidence()
TAMBONS, PEOPLE, HOUSES = 12, 16, 20


def province(houses: dict[int, int] | None = None) -> Visits:
    """Enumerators of twelve tambons, four in each village, with twenty households each but for those given."""
    people = TAMBONS * PEOPLE
    sizes = [(houses or {}).get(number, HOUSES) for number in range(people)]
    worker = np.repeat(np.arange(people), sizes)
    tambons = [f"{380101 + number // PEOPLE}" for number in range(people)]
    villages = [f"{tambon}{number % PEOPLE // 4 + 1:02d}" for number, tambon in enumerate(tambons)]
    seen = visits(worker.tolist(), village_code=np.array(villages, dtype=object)[worker])
    return replace(seen, workers=[(tambon, f"E{number:04d}") for number, tambon in enumerate(tambons)])


def shares(seen: Visits, rng: np.random.Generator, **given: np.ndarray | float) -> dict[str, Tally]:
    """Tallies of all signs: one thing a household; a sign is found with the enumerator's share given, else never."""
    found = {}
    for name in MARKED:
        hit = rng.random(len(seen)) < np.broadcast_to(given.get(name, 0.0), len(seen.workers))[seen.worker]
        found[name] = tally(seen, iter([(np.ones(len(seen), dtype=bool), hit)]))
    return found


def listed(evidence: Evidence) -> list[int]:
    return np.flatnonzero(evidence.listed).tolist()


def beta(rng: np.random.Generator, share: float, spread: float) -> np.ndarray:
    scale = (1 - spread) / spread
    return rng.beta(share * scale, (1 - share) * scale, TAMBONS * PEOPLE)


def test_what_cannot_be_by_chance_is_listed() -> None:
    rng, twins = np.random.default_rng(1), np.full(TAMBONS * PEOPLE, 0.01)
    twins[[5, 77]] = 0.9
    evidence = judge(seen := province(), shares(seen, rng, twin=twins, all_passed=beta(rng, 0.6, 0.04)), SPEC)
    assert listed(evidence) == [5, 77]
    assert evidence.shown(5, SPEC) == ["twin"]
    assert len(evidence.shown(6, SPEC)) <= 1


def test_too_few_households_say_nothing_whatever_they_show() -> None:
    rng, few = np.random.default_rng(2), SPEC.least_households - 1
    everything = np.zeros(TAMBONS * PEOPLE)
    everything[7] = 1.0
    seen = province({7: few})
    evidence = judge(seen, shares(seen, rng, **dict.fromkeys(MARKED, everything)), SPEC)
    assert not evidence.enough[7]
    assert np.isnan(evidence.p[7])
    assert listed(evidence) == []


def test_a_diligent_enumerator_in_a_dense_village_is_not_listed() -> None:
    """Twenty households a day, one every seven minutes; the peers take half an hour and five days."""
    seen, n = province(), TAMBONS * PEOPLE * HOUSES
    gaps = np.where(np.arange(n) % 4 == 0, NO_GAP, 1800)
    own = seen.worker == 9
    gaps[own] = np.where(np.arange(HOUSES) == 0, NO_GAP, 420)
    seen = replace(seen, gap_seconds=gaps, day=np.where(own, 0, np.arange(n) % HOUSES // 4))
    marked = {name: tally(seen, MARKED[name](seen, answers(last_year=[np.nan] * n), SPEC.signs)) for name in MARKED}
    evidence = judge(seen, marked, SPEC)
    assert (evidence.days_n[9], evidence.days_n[8]) == (1, 5)
    assert listed(evidence) == []


def test_a_poor_village_is_no_sign_neither_in_it_nor_beside_it() -> None:
    """In every tambon one village of four is poor: a tenth of its households pass all, elsewhere seven tenths."""
    rng = np.random.default_rng(3)
    is_poor = np.arange(TAMBONS * PEOPLE) % PEOPLE < 4
    seen = province()
    evidence = judge(seen, shares(seen, rng, all_passed=np.where(is_poor, 0.1, 0.7)), SPEC)
    assert listed(evidence) == []
    assert evidence.signs["all_passed"].p[is_poor].min() > 0.05


def test_the_custom_of_a_tambon_is_no_sign_and_does_not_hide_others() -> None:
    """Half of one tambon types paper forms in the evening. Elsewhere one enumerator has such gaps, and is listed."""
    rng, gaps = np.random.default_rng(4), np.zeros(TAMBONS * PEOPLE)
    gaps[:PEOPLE:2] = 0.9
    gaps[100] = 0.9
    evidence = judge(seen := province(), shares(seen, rng, short_gap=gaps), SPEC)
    assert listed(evidence) == [100]


def test_two_households_alike_are_no_sign() -> None:
    """The only pair of a province is far from what the others have, and yet it is two families of one generation."""
    seen, rng = province(), np.random.default_rng(7)
    for found, expected in ((2, []), (8, [9])):
        own = np.flatnonzero(seen.worker == 9)[:found]
        hit = np.isin(np.arange(len(seen)), own)
        marked = {**shares(seen, rng), "same_members": tally(seen, iter([(np.ones(len(seen), dtype=bool), hit)]))}
        assert listed(judge(seen, marked, SPEC)) == expected


def test_a_habit_alone_lists_nobody() -> None:
    """One enumerator sends everything at night: rare, but some honest people do."""
    rng, nights = np.random.default_rng(8), np.zeros(TAMBONS * PEOPLE)
    nights[9] = 1.0
    evidence = judge(seen := province(), shares(seen, rng, night=nights), SPEC)
    assert evidence.signs["night"].p[9] == pytest.approx(SPEC.signs.night.least_chance_percent / 100)
    assert listed(evidence) == []


def test_honest_enumerators_who_differ_are_hardly_ever_listed() -> None:
    """Eight provinces without a cheater, where people differ in habit, place and luck."""
    false, below = 0, []
    for seed in range(8):
        rng = np.random.default_rng(100 + seed)
        seen = province()
        given = {"all_passed": beta(rng, 0.6, 0.05), "night": beta(rng, 0.03, 0.3), "round_amounts": beta(rng, 0.25, 0.1),
                 "last_year": beta(rng, 0.02, 0.02), "evidence_missing": beta(rng, 0.01, 0.1)}  # fmt: skip
        evidence = judge(seen, shares(seen, rng, **given), SPEC)
        false += bool(listed(evidence))
        below += (evidence.p < 0.05).tolist()
    assert false <= 1
    assert np.mean(below) < 0.05


@pytest.mark.parametrize("least", [PEOPLE, TAMBONS * PEOPLE])
def test_nobody_is_judged_without_peers(least: int) -> None:
    rng, twins = np.random.default_rng(6), np.full(TAMBONS * PEOPLE, 0.01)
    twins[5] = 0.9
    evidence = judge(seen := province(), shares(seen, rng, twin=twins), SPEC.model_copy(update={"peers_least": least}))
    assert listed(evidence) == ([5] if least == PEOPLE else [])
    assert np.isnan(evidence.p).all() == (least > PEOPLE)
