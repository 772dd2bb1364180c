"""Drawing at random, vectorised: weights, bands by age, log-normals, failing under the latent well-being score.

Put here: helpers over numpy and Arrow arrays that know no question. Every generator comes from a key of integers, so
that a batch does not depend on what was drawn before it.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_GRID = np.linspace(-8.0, 8.0, 1601)


def generator(*key: int) -> np.random.Generator:
    """A random generator that depends on the key only."""
    return np.random.Generator(np.random.PCG64(list(key)))


def weighted(rng: np.random.Generator, weights: Sequence[float], size: int) -> Ints:
    """`size` positions of `weights`, each drawn with that weight."""
    edges = np.cumsum(np.asarray(weights, dtype=float))
    return np.searchsorted(edges / edges[-1], rng.random(size), side="right").clip(max=len(weights) - 1)


def one_of(rng: np.random.Generator, texts: Sequence[str]) -> str:
    """One of the texts, each as likely."""
    return texts[int(rng.integers(0, len(texts)))]


def pick(rng: np.random.Generator, weights: Mapping[str, float], size: int) -> pa.Array:
    """`size` texts, each drawn with its weight."""
    return labels(weighted(rng, list(weights.values()), size), list(weights))


def pick_by_age(
    rng: np.random.Generator, bands: Sequence[tuple[int, Mapping[str, float]]], ages: Ints
) -> npt.NDArray[np.object_]:
    """A text per age: the band is the last one that starts at or below the age."""
    result = np.empty(len(ages), dtype=object)
    starts = np.array([start for start, _ in bands])
    band_of = np.searchsorted(starts, ages, side="right") - 1
    for number, (_, weights) in enumerate(bands):
        mask = band_of == number
        result[mask] = np.array(list(weights), dtype=object)[weighted(rng, list(weights.values()), int(mask.sum()))]
    return result


def rate_by_age(bands: Sequence[tuple[int, float]], ages: Ints) -> Floats:
    """Percent of the band of each age, as a share."""
    starts = np.array([start for start, _ in bands])
    rates = np.array([rate for _, rate in bands]) / 100
    return np.asarray(rates[np.searchsorted(starts, ages, side="right") - 1])


def chance(percent: float, score: Floats, pull: float) -> Floats:
    """Probability per household whose mean over all households is `percent`, higher where the score is low.

    A household fails when pull * score + noise lies below the quantile of `percent` (score is standard normal).
    """
    if percent <= 0 or percent >= 100 or pull == 0:
        return np.full(len(score), min(max(percent / 100, 0.0), 1.0))
    return np.asarray(np.interp(score, _GRID, _curve(percent, pull)))


@cache
def _curve(percent: float, pull: float) -> Floats:
    """Probability at each point of the grid."""
    normal = NormalDist()
    noise, quantile = (1 - pull * pull) ** 0.5, normal.inv_cdf(percent / 100)
    return np.asarray([normal.cdf((quantile - pull * point) / noise) for point in _GRID])


def popular(rng: np.random.Generator, among: int, size: int) -> Ints:
    """`size` positions below `among`, drawn less and less often: the first about six times as often as the last."""
    drawn = rng.integers(0, 1 << 20, size)
    return np.asarray((drawn * (3 * drawn + (1 << 20)) >> 22) * among >> 20)


def baht(rng: np.random.Generator, median: float, sigma: float, size: int, round_to: list[tuple[int, int]]) -> Ints:
    """Amounts above zero, rounded as people round: (below, to) pairs in ascending order."""
    return rounded(np.exp(np.log(median) + sigma * rng.standard_normal(size)), round_to)


def rounded(amounts: Floats, round_to: list[tuple[int, int]]) -> Ints:
    """Amounts rounded to the step of the first bound above them, at least one step."""
    steps = np.array([step for _, step in round_to])[
        np.searchsorted([bound for bound, _ in round_to], amounts, side="right").clip(max=len(round_to) - 1)
    ]
    return np.asarray(np.maximum(np.round(amounts / steps).astype(np.int64), 1) * steps)


def labels(positions: Ints, vocabulary: Sequence[str]) -> pa.Array:
    """Texts by position in a vocabulary; -1 is null. Shape as `positions`."""
    return pa.DictionaryArray.from_arrays(
        pa.array(positions.astype(np.int32), mask=positions < 0), pa.array(vocabulary, pa.string())
    )


def texts(values: Any) -> pa.Array:
    """Integers or texts as an Arrow array of texts."""
    return pa.array(values).cast(pa.string())


def scattered(positions: Ints, modulus: int, seed: int) -> Ints:
    """Numbers below `modulus` (a power of ten), all different for different positions, in no visible order."""
    factor = int(modulus * 0.6180339887) + 2 * (seed * 7919 % 1000) + 1
    while factor % 2 == 0 or factor % 5 == 0:
        factor += 1
    return (positions.astype(np.int64) % modulus * factor + seed * 104729) % modulus
