"""Sizes, plans, bounds and verdicts: published tables, scipy, a bound by bisection, coverage by enumeration.

The tables are those of lot quality assurance and of the quality profile of the survey; R's binom.test gives the bounds.
"""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from jpt_pipeline.sampling.statistics import (
    agreement,
    binomial_tail,
    cluster_size,
    design_effect,
    effective,
    estimation_size,
    hypergeometric_tail,
    judge,
    lower_bound,
    proves,
    smallest_size,
    two_sided_plan,
    wilson,
)

F = Fraction
RISK = F(1, 20)
P95 = F(95, 100)


@pytest.mark.parametrize(
    ("percent", "sizes"),
    [
        (90, [29, 46, 61, 76, 89, 103]),
        (95, [59, 93, 124, 153, 181, 208]),
        (97, [99, 157, 208, 257, 303, 348]),
        (99, [299, 473, 628, 773, 913, 1049]),
    ],
)
def test_smallest_sizes_to_prove_a_share(percent: int, sizes: list[int]) -> None:
    assert [smallest_size(misses, F(percent, 100), RISK) for misses in range(6)] == sizes


LOTS = (30, 60, 100, 150, 300, 1000, 5000, 50000)


@pytest.mark.parametrize(
    ("misses", "sizes"),
    [
        (0, [23, 31, 39, 46, 50, 56, 58, 59]),
        (1, [30, 45, 58, 70, 78, 88, 92, 93]),  # of 30 only the whole lot
        (2, [None, 54, 73, 89, 102, 117, 123, 124]),  # 2 of 30 are more than 5 %
    ],
)
def test_smallest_sizes_of_a_finite_lot(misses: int, sizes: list[int | None]) -> None:
    assert [smallest_size(misses, P95, RISK, lot) for lot in LOTS] == sizes


@pytest.mark.parametrize(
    ("good", "bad", "at_10", "at_5"),
    [
        (99, 95, (105, 2), (181, 4)), (98, 95, (258, 8), (386, 12)), (98, 92, (82, 3), (129, 5)),
        (98, 90, (52, 2), (89, 4)), (99, 90, (38, 1), (61, 2)), (95, 85, (60, 5), (93, 8)), (95, 80, (32, 3), (50, 5)),
    ],
)  # fmt: skip
def test_two_sided_plans(good: int, bad: int, at_10: tuple[int, int], at_5: tuple[int, int]) -> None:
    shares = F(good, 100), F(bad, 100)
    assert two_sided_plan(*shares, F(1, 10), F(1, 10)) == at_10
    assert two_sided_plan(*shares, F(1, 20), F(1, 20)) == at_5


def test_sizes_of_an_estimate_design_effects_and_the_load_of_a_round() -> None:
    assert [estimation_size(F(points, 100), P95) for points in (5, 3, 2, 1)] == [73, 203, 457, 1825]
    assert design_effect(F(10), F(5, 100)) == F(145, 100)
    assert design_effect(F(10), F(10, 100)) == F(19, 10)
    assert design_effect(F(1), F(1)) == design_effect(F(1, 2), F(1)) == 1
    assert (76 * (smallest_size(2, P95, RISK) or 0), 878 * (smallest_size(0, P95, RISK) or 0)) == (9424, 51802)


@pytest.mark.parametrize(
    ("agreed", "size", "bound"),
    [(59, 59, 0.9505), (98, 100, 0.938), (195, 200, 0.948), (388, 400, 0.9518), (965, 1000, 0.9539), (57, 60, 0.876),
     (19, 19, 0.854)],
)  # fmt: skip
def test_examples_of_the_lower_bound(agreed: int, size: int, bound: float) -> None:
    """R: binom.test(agreed, size, alternative = "greater")$conf.int[1]."""
    assert float(lower_bound(size - agreed, size, RISK)) == pytest.approx(bound, abs=0.0006)


def test_57_of_60_is_95_percent_seen_and_far_from_proved() -> None:
    found = judge(3, 60, 100_000, P95, RISK, F(1), "lower_bound")
    assert (found.observed, found.outcome) == (P95, "undecided")
    assert judge(3, 60, 100_000, P95, RISK, F(1), "observed").outcome == "pass"
    assert judge(4, 60, 100_000, P95, RISK, F(1), "observed").outcome == "fail"


def bisected(misses: int, size: int, risk: float) -> float:
    """Clopper and Pearson's bound by bisection of the plain sum of binomial probabilities."""
    low, high = 0.0, 1.0
    for _ in range(60):
        share = (low + high) / 2
        tail = sum(comb(size, k) * (1 - share) ** k * share ** (size - k) for k in range(misses + 1))
        low, high = (share, high) if tail <= risk else (low, share)
    return low


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 250), st.data())
def test_the_bound_is_scipys_and_that_of_the_plain_sum(size: int, data: st.DataObject) -> None:
    misses = data.draw(st.integers(0, size - 1))
    exact = float(stats.beta.ppf(0.05, size - misses, misses + 1))
    assert exact - 1e-4 - 1e-9 <= float(lower_bound(misses, size, RISK)) <= exact + 1e-9
    assert bisected(misses, size, 0.05) == pytest.approx(exact, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 300), st.data())
def test_tails_are_scipys(lot: int, data: st.DataObject) -> None:
    bad, size = data.draw(st.integers(0, lot)), data.draw(st.integers(0, lot))
    misses = data.draw(st.integers(0, size))
    assert float(hypergeometric_tail(misses, size, bad, lot)) == pytest.approx(
        stats.hypergeom.cdf(misses, lot, bad, size)
    )
    assert float(binomial_tail(misses, size, F(bad, lot))) == pytest.approx(stats.binom.cdf(misses, size, bad / lot))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 80), st.data())
def test_a_bound_and_a_proof_say_the_same(lot: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, lot))
    misses, percent = data.draw(st.integers(0, size)), data.draw(st.integers(1, 99))
    least = F(percent, 100)
    if misses < size:
        assert proves(misses, size, least, RISK, lot) == (lower_bound(misses, size, RISK, lot) >= least)
        assert proves(misses, size, least, RISK) == (lower_bound(misses, size, RISK) >= least)


def covered(size: int, share: float, bounds: list[tuple[float, float]]) -> float:
    """Probability that the interval of the sample holds the true share, over every possible sample."""
    return float(sum(stats.binom.pmf(k, size, share) for k, (low, high) in enumerate(bounds) if low <= share <= high))


def test_coverage_by_enumeration_at_60_households_and_98_percent() -> None:
    """Why the normal approximation (Wald) decides nothing here: 70 % instead of 95 %."""
    size, share = 60, 0.98
    half = [1.959964 * (k / size * (1 - k / size) / size) ** 0.5 for k in range(size + 1)]
    wald = [(k / size - h, k / size + h) for k, h in enumerate(half)]
    wilsons = [wilson(k, size) for k in range(size + 1)]
    exact = [
        (
            stats.beta.ppf(0.025, k, size - k + 1) if k else 0.0,
            stats.beta.ppf(0.975, k + 1, size - k) if k < size else 1.0,
        )
        for k in range(size + 1)
    ]
    found = [round(100 * covered(size, share, bounds), 1) for bounds in (wald, wilsons, exact)]
    assert found == [70.1, 96.8, 99.3]
    assert wald[size] == (1.0, 1.0)


def test_wilson_is_scipys() -> None:
    interval = stats.binomtest(57, 60).proportion_ci(0.95, method="wilson")
    assert wilson(57, 60) == pytest.approx((interval.low, interval.high))


@pytest.mark.parametrize("lot", [20, 41])
@pytest.mark.parametrize("size", [5, 12, 19])
def test_an_area_below_the_demand_is_hardly_ever_confirmed(lot: int, size: int) -> None:
    """Every lot, every possible number of misses in the sample: a bad area passes with 5 % at most, if it is exactly bad."""
    for bad in range(lot + 1):
        passing = sum(
            F(comb(bad, k) * comb(lot - bad, size - k), comb(lot, size))
            for k in range(max(0, size - lot + bad), min(bad, size) + 1)
            if judge(k, size, lot, F(8, 10), RISK, F(1), "lower_bound").outcome == "pass"
        )
        if F(lot - bad, lot) < F(8, 10):
            assert passing <= RISK


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 120), st.integers(60, 97), st.sampled_from([F(1), F(6, 5), F(145, 100), F(19, 10)]), st.data())
def test_so_many_more_households_decide_and_one_fewer_does_not(
    lot: int, percent: int, deff: F, data: st.DataObject
) -> None:
    size = data.draw(st.integers(1, lot))
    misses = data.draw(st.integers(0, size))
    least = F(percent, 100)
    found = judge(misses, size, lot, least, RISK, deff, "lower_bound")
    if found.outcome != "undecided":
        assert found.more_n == 0
        return
    assert 1 <= found.more_n <= lot - size
    assert judge(misses, size + found.more_n, lot, least, RISK, deff, "lower_bound").outcome == "pass"
    assert judge(misses, size + found.more_n - 1, lot, least, RISK, deff, "lower_bound").outcome == "undecided"


def test_nobody_examined_is_undecided_and_needs_the_whole_plan() -> None:
    assert judge(0, 0, 5000, P95, RISK, F(1), "lower_bound").more_n == 58
    assert judge(0, 0, 5000, P95, RISK, F(6, 5), "lower_bound").more_n == 70  # 58 * 1.2 = 69.6
    assert judge(0, 0, 5000, P95, RISK, F(1), "observed").outcome == "undecided"


def test_a_census_is_judged_as_it_is() -> None:
    assert judge(5, 100, 100, P95, RISK, F(19, 10), "lower_bound").outcome == "pass"
    assert judge(6, 100, 100, P95, RISK, F(19, 10), "lower_bound").outcome == "fail"
    assert lower_bound(5, 100, RISK, 100) == P95


def test_effective_sizes_never_say_more_than_the_sample() -> None:
    assert effective(2, 149, F(6, 5)) == (2, 124)
    assert effective(3, 149, F(6, 5)) == (3, 124)
    assert effective(35, 1000, F(145, 100)) == (25, 689)
    assert effective(3, 60, F(2), lot=60) == (3, 60)


def test_the_size_of_unequal_clusters_is_weighted_by_households() -> None:
    assert cluster_size([5, 5, 5]) == 5
    assert cluster_size([1, 9, 0]) == F(82, 10)
    assert cluster_size([]) == 1


def test_agreement_of_yes_and_no() -> None:
    """100 households: 40 twice yes, 50 twice no, 6 yes then no, 4 no then yes."""
    pairs = [(1, 1)] * 40 + [(0, 0)] * 50 + [(1, 0)] * 6 + [(0, 1)] * 4
    found = agreement(pairs)
    first, second = F(46, 100), F(44, 100)
    assert (found.compared_n, found.differing_n, found.gross) == (100, 10, F(1, 10))
    assert found.net == second - first
    assert found.inconsistency == F(1, 10) / (first * (1 - second) + second * (1 - first))


def test_agreement_without_pairs_or_without_any_difference() -> None:
    assert agreement([]).gross is None
    assert agreement([(3, 3)] * 4).inconsistency is None
    assert agreement([(3, 4)] * 2).net == 1
