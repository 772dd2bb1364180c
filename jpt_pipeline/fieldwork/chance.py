"""How likely a share is by chance alone, when enumerators differ from one another for honest reasons.

Put here: the beta-binomial distribution, how much enumerators differ in a province, the check against the field itself.
Keep out: what is counted (signs.py), what the peers' share is (peers.py). Shapes: one element per enumerator.
k of n things carry a sign, `share` is expected, `spread` (rho) is the correlation of two things of one enumerator:
0 is the binomial distribution, villages and habits make it larger.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SPREADS: Final = np.geomspace(1e-4, 0.8, 28)
ODD_SHARES: Final = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1)
_CHECK_FROM, _LEAST_CHECKED = 0.75, 40
_TINY = 1e-300


def log_probability(k: Ints, n: Ints, share: Floats, spread: float) -> Floats:
    """Logarithm of the beta-binomial probability of k of n."""
    from scipy import special  # type: ignore[import-untyped]

    scale = (1 - spread) / spread
    a, b = share * scale, (1 - share) * scale
    ways = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    return np.asarray(ways + special.betaln(k + a, n - k + b) - special.betaln(a, b))


def at_least(k: Ints, n: Ints, share: Floats, spread: float) -> tuple[Floats, Floats]:
    """(P(k or more of n), P(exactly k)): terms are added from k upwards until nothing is left to add."""
    scale = (1 - spread) / spread
    a, b = share * scale, (1 - share) * scale
    exact = np.exp(log_probability(k, n, share, spread))
    total, term, j = exact.copy(), exact.copy(), k.astype(np.float64)
    open_: npt.NDArray[np.int64] = np.flatnonzero(k < n)
    while len(open_):
        at, of = j[open_], n[open_]
        term[open_] *= (of - at) / (at + 1) * (a[open_] + at) / (b[open_] + of - at - 1)
        total[open_] += term[open_]
        j[open_] += 1
        open_ = open_[(j[open_] < of) & (term[open_] > 1e-17 * total[open_])]
    return np.minimum(np.where(k == 0, 1.0, total), 1.0), exact


@dataclass(frozen=True)
class Fit:
    """What a province says of honest differences: the spread, the chance of each enumerator to be an odd one, and how well
    the expected shares fit (logarithm of the likelihood)."""

    spread: float
    odd: Floats
    likely: float


def fit(k: Ints, n: Ints, share: Floats, *, has_odd: bool) -> Fit:
    """The spread under which the counts of a province are most likely.

    has_odd: up to ODD_SHARES of the enumerators may do anything (each k from 0 to n with the same chance); without them a
    few who do would hide one another behind a large spread. Where people differ by habit there are none: the habit is the
    spread.
    """
    anything = -np.log(n + 1.0)
    best, spread, odd = -np.inf, float(SPREADS[0]), 0.0
    for one in SPREADS:
        usual = log_probability(k, n, share, float(one))
        for part in ODD_SHARES if has_odd else ODD_SHARES[:1]:
            likely = float(_mixed(usual, anything, part).sum())
            if likely > best:
                best, spread, odd = likely, float(one), part
    usual = log_probability(k, n, share, spread)
    more = k > n * share
    chance = np.exp(np.log(max(odd, _TINY)) + anything - _mixed(usual, anything, odd))
    return Fit(spread, np.where(more, chance, 0.0), best)


def _mixed(usual: Floats, anything: Floats, odd: float) -> Floats:
    return np.asarray(np.logaddexp(np.log1p(-odd) + usual, np.log(odd) + anything)) if odd else usual


def chances(k: Ints, n: Ints, share: Floats, draw: Floats, spread: float) -> Floats:
    """Chance of k or more of n for each enumerator; never smaller than the field itself allows.

    `draw`: numbers in [0, 1) that break ties between equal counts, for the check against the field alone: the middle of
    all enumerators must look as chance does. Where it is wider, every chance is made larger; none is ever made smaller.
    """
    from scipy import special

    p, exact = at_least(k, n, share, spread)
    if len(k) < _LEAST_CHECKED:
        return p
    scores = special.ndtri(np.clip(1 - (p - exact * draw), 1e-12, 1 - 1e-12))
    middle, upper = np.quantile(scores, [0.5, _CHECK_FROM])
    width = max(1.0, float(upper - middle) / NormalDist().inv_cdf(_CHECK_FROM))
    shift = max(0.0, float(middle))
    return np.asarray(np.maximum(p, special.ndtr((special.ndtri(np.clip(p, _TINY, 1.0)) + shift) / width)))


def combined(p: Floats, weights: Floats) -> Floats:
    """One chance per enumerator from those of its signs: weighted Cauchy combination (Liu and Xie 2020).

    Args:
        p: shape (signs, enumerators); NaN where a sign says nothing.
        weights: shape (signs,).

    Holds for small chances whatever the dependence between signs. A chance above one half counts as one half: that
    nothing was seen does not excuse what was. All NaN gives NaN.
    """
    known = ~np.isnan(p)
    weight = np.where(known, weights[:, None], 0.0)
    total = weight.sum(axis=0)
    small = np.clip(np.where(known, p, 0.5), _TINY, 0.5)
    score = (weight * (1 / np.tan(np.pi * small))).sum(axis=0) / np.where(total > 0, total, 1.0)
    merged = np.where(score > 1e8, 1 / (np.pi * np.maximum(score, 1.0)), 0.5 - np.arctan(score) / np.pi)
    return np.where(total > 0, merged, np.nan)


def false_discovery(p: Floats, method: str) -> Floats:
    """Adjusted chances (q): listing all with q <= x holds the expected share of false ones among the listed at x.

    `bh`: Benjamini and Hochberg 1995; `by`: Benjamini and Yekutieli 2001, for any dependence. NaN stays NaN.
    """
    q = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    m = len(known)
    if m == 0:
        return q
    order = known[np.argsort(p[known], kind="stable")]
    factor = float((1 / np.arange(1, m + 1)).sum()) if method == "by" else 1.0
    raw = p[order] * m * factor / np.arange(1, m + 1)
    q[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return q
