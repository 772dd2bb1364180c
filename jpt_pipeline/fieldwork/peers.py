"""What is expected of an enumerator: the share that the peers of the same tambon have, over the same kinds of things.

Put here: from counts to expected shares. Keep out: what is counted (signs.py), chances (chance.py).
Counts come by class (say, households with as many applicable indicators), so that who meets other households is
expected other things. Nobody is compared with the own work.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from jpt_pipeline.fieldwork.chance import Flags, Floats, Ints

NOBODY, VILLAGE, TAMBON, DISTRICT, PROVINCE = range(5)
_LEAST_ALIKE = 2


@dataclass(frozen=True)
class Expected:
    """Per enumerator: the expected share, where the peers are (NOBODY: not judged), and the peers' plain share."""

    share: Floats
    basis: Ints
    peers_k: Ints
    peers_n: Ints


@dataclass(frozen=True)
class Standing:
    """Who is compared with whom.

    areas: level -> number of the area of each enumerator, from the widest level to the nearest. is_peer: has enough work
    to be compared with. counts_as: 1 for a usual enumerator, less for one whose own share is odd. is_apart: of a tambon
    with a custom of its own (see `custom`), which says nothing of other tambons. least: peers that an area must have.
    """

    areas: Mapping[int, Ints]
    is_peer: Flags
    counts_as: Floats
    is_apart: Flags
    least: int


def expected(k: Ints, n: Ints, standing: Standing, weight: float) -> Expected:
    """Expected shares of all enumerators of a province.

    Args:
        k, n: shape (enumerators, classes): things with the sign, things.
        weight: the wider area's share counts as much as this many usual enumerators.
    """
    has = standing.is_peer & (n.sum(axis=1) > 0)
    usual = float(np.median(n.sum(axis=1)[has])) if has.any() else 1.0
    prior = weight * usual * n.sum(axis=0) / max(float(n.sum()), 1.0)
    share = np.zeros(k.shape)
    basis, peers_k, peers_n = (np.full(len(k), NOBODY) for _ in range(3))
    for level, area in standing.areas.items():
        counted = np.where(standing.is_apart & (level > TAMBON), 0.0, standing.counts_as)[:, None]
        peers = np.bincount(area, weights=has)[area] - has
        enough = peers >= standing.least
        wide_k, wide_n = (0.5, 1.0) if level == PROVINCE else (prior * share, prior)
        nearer = (_others(k * counted, area) + wide_k) / np.maximum(_others(n * counted, area) + wide_n, 1e-9)
        share = np.where(enough[:, None] | (level == PROVINCE), nearer, share)
        basis = np.where(enough, level, basis)
        peers_k = np.where(enough, _others(k, area).sum(axis=1), peers_k)
        peers_n = np.where(enough, _others(n, area).sum(axis=1), peers_n)
    total = n.sum(axis=1)
    mean = (n * share).sum(axis=1) / np.maximum(total, 1)
    return Expected(np.clip(mean, 1e-6, 1 - 1e-6), basis, peers_k.astype(np.int64), peers_n.astype(np.int64))


def custom(own: Floats, tambon: Ints, is_peer: Flags, alike_percent: float, custom_percent: float) -> Floats:
    """Least chance that an enumerator may have, because peers of the tambon do the same; 0 where too few do.

    A peer does the same with at least `alike_percent` of the own share. When so do `custom_percent` of the peers, and two
    at least, it is the custom of the place (no signal, one house like the other), and the chance is what the rank among
    them says.
    """
    least = np.zeros(len(own))
    order = np.argsort(tambon, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(tambon[order])) + 1):
        peers, self_n = own[group[is_peer[group]]], is_peer[group].astype(np.int64)
        alike = (peers[None, :] * 100 >= alike_percent * own[group][:, None]).sum(axis=1) - self_n
        others = len(peers) - self_n
        is_custom = (alike >= _LEAST_ALIKE) & (alike * 100 >= custom_percent * others)
        least[group] = np.where(is_custom, (alike + 1) / (others + 1), 0.0)
    return least


def _others(counts: npt.NDArray[Any], area: Ints) -> npt.NDArray[Any]:
    """Sum over the enumerators of the same area, the own counts aside."""
    sums = np.zeros((int(area.max()) + 1 if len(area) else 0, counts.shape[1]), dtype=counts.dtype)
    np.add.at(sums, area, counts)
    return np.asarray(sums[area] - counts)
