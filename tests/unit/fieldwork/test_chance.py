"""Chances against tables done by hand and scipy; what the control of false discoveries promises."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from jpt_pipeline.fieldwork.chance import at_least, chances, combined, false_discovery, fit

HALF = np.array([0.5])


@pytest.mark.parametrize(("k", "exactly", "or_more"), [(0, "3/8", "1"), (1, "2/8", "5/8"), (2, "3/8", "3/8")])
def test_two_things_of_an_enumerator_by_hand(k: int, exactly: str, or_more: str) -> None:
    """Share 1/2 and spread 1/2 are a = b = 1/2: P(0), P(1), P(2) of 2 are 3/8, 2/8, 3/8 (the binomial has 1/4, 2/4, 1/4)."""
    more, exact = at_least(np.array([k]), np.array([2]), HALF, 0.5)
    assert exact[0] == pytest.approx(float(Fraction(exactly)))
    assert more[0] == pytest.approx(float(Fraction(or_more)))


@settings(max_examples=25)
@given(
    n=st.integers(1, 300),
    part=st.floats(0, 1),
    share=st.floats(0.001, 0.999),
    spread=st.floats(1e-3, 0.7),
)
def test_tails_are_scipys(n: int, part: float, share: float, spread: float) -> None:
    k, scale = round(part * n), (1 - spread) / spread
    more, exact = at_least(np.array([k]), np.array([n]), np.array([share]), spread)
    oracle = stats.betabinom(n, share * scale, (1 - share) * scale)
    assert more[0] == pytest.approx(min(oracle.sf(k - 1), 1.0), rel=1e-4, abs=1e-9)
    assert exact[0] == pytest.approx(oracle.pmf(k), rel=1e-4, abs=1e-9)  # logarithms of large factorials lose digits


def honest(
    rng: np.random.Generator, size: int, share: float, spread: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """k, n and expected share of enumerators who differ by `spread` and in nothing else."""
    scale = (1 - spread) / spread
    n = rng.integers(8, 30, size)
    return rng.binomial(n, rng.beta(share * scale, (1 - share) * scale, size)), n, np.full(size, share)


@pytest.mark.parametrize("spread", [0.02, 0.1, 0.3])
def test_the_spread_is_found_and_a_few_odd_ones_do_not_hide_it(spread: float) -> None:
    k, n, share = honest(np.random.default_rng(1), 1500, 0.1, spread)
    k[:30] = n[:30]
    found = fit(k, n, share, has_odd=True)
    assert spread / 1.6 < found.spread < spread * 1.6
    assert found.odd[:30].min() > 0.5
    assert fit(k, n, share, has_odd=False).spread > found.spread


@pytest.mark.parametrize(("share", "spread"), [(0.02, 0.05), (0.3, 0.1), (0.6, 0.2)])
def test_chances_of_honest_enumerators_are_honest(share: float, spread: float) -> None:
    rng = np.random.default_rng(2)
    k, n, expected = honest(rng, 4000, share, spread)
    p = chances(k, n, expected, rng.random(len(k)), fit(k, n, expected, has_odd=True).spread)
    assert (p < 0.05).mean() < 0.056
    assert (p < 0.01).mean() < 0.014


def test_a_field_that_is_wider_than_the_model_makes_chances_larger_never_smaller() -> None:
    """Half of the enumerators find twice the expected share: the spread given is too small for that."""
    rng = np.random.default_rng(3)
    n = np.full(2000, 20)
    expected = np.full(2000, 0.2)
    k = rng.binomial(n, np.where(np.arange(2000) % 2 == 0, 0.1, 0.3))
    plain, _ = at_least(k, n, expected, 1e-4)
    checked = chances(k, n, expected, rng.random(2000), 1e-4)
    assert (checked >= plain).all()
    assert (checked < 0.01).mean() < (plain < 0.01).mean() / 2


def test_one_sign_alone_keeps_its_chance_and_two_alike_keep_theirs() -> None:
    nothing = np.nan
    p = np.array([[0.01, 0.02, nothing, 1.0, 1e-30], [nothing, 0.02, nothing, 1.0, nothing]])
    merged = combined(p, np.array([1.0, 3.0]))
    assert merged[:2] == pytest.approx([0.01, 0.02])
    assert np.isnan(merged[2])
    assert merged[3] == pytest.approx(0.5)
    assert merged[4] == pytest.approx(1e-30, rel=1e-6)


def test_weights_count() -> None:
    """Of chances 0.001 and nothing seen: about 0.001 times all weights over the own weight."""
    one, three = (combined(np.array([[0.001], [1.0]]), np.array([w, 1.0]))[0] for w in (1.0, 3.0))
    assert (one, three) == (pytest.approx(0.002, rel=0.01), pytest.approx(0.004 / 3, rel=0.01))


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_the_combination_is_honest_whatever_the_dependence(correlation: float) -> None:
    rng = np.random.default_rng(4)
    common = rng.standard_normal(200_000)
    signs = [correlation**0.5 * common + (1 - correlation) ** 0.5 * rng.standard_normal(200_000) for _ in range(6)]
    merged = combined(stats.norm.sf(np.array(signs)), np.array([2.0, 1.0, 2.0, 1.0, 0.25, 0.25]))
    assert (merged < 0.001).mean() < 0.0013


def test_adjusted_chances_by_hand() -> None:
    """Four enumerators and one of whom nothing is known: 0.01 x 4/1, 0.02 x 4/2, 0.03 x 4/3, 0.5 x 4/4, least from above."""
    p = np.array([0.03, 0.5, np.nan, 0.01, 0.02])
    assert false_discovery(p, "bh") == pytest.approx([0.04, 0.5, np.nan, 0.04, 0.04], nan_ok=True)
    harmonic = 1 + 1 / 2 + 1 / 3 + 1 / 4
    assert false_discovery(p, "by")[0] == pytest.approx(0.04 * harmonic)
    assert false_discovery(np.array([np.nan]), "bh").tolist() == pytest.approx([np.nan], nan_ok=True)


@pytest.mark.parametrize("method", ["bh", "by"])
def test_the_share_of_false_ones_among_the_listed_is_held(method: str) -> None:
    rng = np.random.default_rng(5)
    false, listed = [], []
    for _ in range(300):
        p = rng.random(300)
        p[:30] *= 1e-4
        found = false_discovery(p, method) <= 0.1
        false.append(found[30:].sum() / max(found.sum(), 1))
        listed.append(found[:30].mean())
    assert np.mean(false) < 0.1
    assert np.mean(listed) > 0.9
