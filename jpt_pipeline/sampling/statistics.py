"""What a sample of households proves about a share, in whole numbers and fractions: no float decides anything.

Put here: sizes, exact bounds, the verdict, agreement of two answers. Keep out: settings of a round, files, households.
Terms: a household is a miss when the second interview disagrees with the certified answers. `misses` are the misses in
a sample, `lot` the households of the area (None: without end), `least` the demanded share p0 of good households, `risk`
the accepted probability of proving it of an area that does not have it (one-sided, 1/20 for 95 %).
Sources: Clopper and Pearson 1934; lot quality assurance with the hypergeometric distribution; Kish's design effect.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, comb, floor, sqrt
from statistics import NormalDist
from typing import Literal

Reading = Literal["observed", "lower_bound"]
Outcome = Literal["pass", "fail", "undecided"]
GRID = 10_000  # bounds of an endless lot are told in steps of a hundredth of a percent, rounded down
LARGEST_SIZE = 1_000_000


def binomial_tail(misses: int, size: int, bad: Fraction) -> Fraction:
    """P(at most `misses` misses among `size`) when every household is a miss with probability `bad`."""
    bad_parts, whole = bad.numerator, bad.denominator
    good_parts = whole - bad_parts
    total = sum(comb(size, k) * bad_parts**k * good_parts ** (size - k) for k in range(min(misses, size) + 1))
    return Fraction(total, whole**size)


def hypergeometric_tail(misses: int, size: int, bad: int, lot: int) -> Fraction:
    """P(at most `misses` misses) in a sample of `size` without replacement from a lot with `bad` bad households."""
    first = max(0, size - (lot - bad))
    if first > misses:
        return Fraction(0)
    term = comb(bad, first) * comb(lot - bad, size - first)
    total = term
    for k in range(first, min(misses, bad, size)):
        term = term * (bad - k) * (size - k) // ((k + 1) * (lot - bad - size + k + 1))
        total += term
    return Fraction(total, comb(lot, size))


def proves(misses: int, size: int, least: Fraction, risk: Fraction, lot: int | None = None) -> bool:
    """Whether so few misses would come with probability `risk` at most from an area that misses `least`.

    Of a lot the area nearest to `least` that misses it is taken: floor(lot * (1 - least)) + 1 bad households.
    """
    if size == 0:
        return False
    if lot is None:
        return binomial_tail(misses, size, 1 - least) <= risk
    bad = floor(lot * (1 - least)) + 1
    return bad > lot or hypergeometric_tail(misses, size, bad, lot) <= risk


def smallest_size(misses: int, least: Fraction, risk: Fraction, lot: int | None = None) -> int | None:
    """Smallest sample that proves `least` with these misses; None when not even the whole lot does.

    Raises:
        ValueError: more than LARGEST_SIZE households would be needed.
    """
    low, high = misses + 1, max(misses + 1, 16)
    if lot is not None:
        if misses >= lot or not proves(misses, lot, least, risk, lot):
            return None
        high = lot
    else:
        while not proves(misses, high, least, risk):
            high *= 2
            if high > LARGEST_SIZE:
                raise ValueError(f"a sample to prove {least} at risk {risk} is larger than {LARGEST_SIZE}")
    while low < high:
        middle = (low + high) // 2
        if proves(misses, middle, least, risk, lot):
            high = middle
        else:
            low = middle + 1
    return high


def two_sided_plan(good: Fraction, bad: Fraction, producer: Fraction, consumer: Fraction) -> tuple[int, int]:
    """(size, misses allowed) that accepts areas with share `good` and refuses those with share `bad` (AQL and LQL).

    The first number of misses, from 0, whose smallest sample refuses `bad` with risk `consumer` and accepts `good` with
    risk `producer`.
    """
    for misses in range(LARGEST_SIZE):
        size = smallest_size(misses, bad, consumer)
        assert size is not None
        if 1 - binomial_tail(misses, size, 1 - good) <= producer:
            return size, misses
    raise ValueError(f"no plan between {good} and {bad}")


def estimation_size(half_width: Fraction, share: Fraction, z: Fraction = Fraction(196, 100)) -> int:
    """Households to estimate a share to within +- half_width (normal approximation; z 1.96 for 95 %)."""
    return ceil(z * z * share * (1 - share) / (half_width * half_width))


def design_effect(cluster: Fraction, icc: Fraction) -> Fraction:
    """deff = 1 + (m - 1) * icc for m households a village; 1 at the least."""
    return max(Fraction(1), 1 + (cluster - 1) * icc)


def cluster_size(by_village: Iterable[int]) -> Fraction:
    """m for villages of unequal numbers: the mean over households of the number in their village (Kish)."""
    counts = [n for n in by_village if n]
    return Fraction(sum(n * n for n in counts), sum(counts)) if counts else Fraction(1)


def effective(misses: int, size: int, deff: Fraction, lot: int | None = None) -> tuple[int, int]:
    """Misses and size of a simple random sample that says no more than this one, in whole households.

    The size is size / deff rounded down, the misses are misses / deff rounded up. A census has no design effect.
    """
    if lot is not None and size >= lot:
        return misses, size
    return ceil(misses / deff), floor(size / deff)


def lower_bound(misses: int, size: int, risk: Fraction, lot: int | None = None) -> Fraction:
    """One-sided exact lower bound of the share of good households.

    Without a lot that of Clopper and Pearson, rounded down to 1 / GRID; of a lot the smallest share that `misses` do not
    refute, exactly. So `lower_bound(...) >= least` when and only when `proves(...)`, for every `least` on the grid.
    """
    if size == 0 or misses >= size:
        return Fraction(0)
    low, high = 0, GRID if lot is None else lot
    while low < high:  # the largest share that is proved
        middle = (low + high + 1) // 2
        share = Fraction(middle, GRID if lot is None else lot)
        if proves(misses, size, share, risk, lot):
            low = middle
        else:
            high = middle - 1
    return Fraction(low, GRID if lot is None else lot)


def wilson(good: int, size: int, confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of Wilson: for display only, nothing is decided by it."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, spread = good / size, z * z / size
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * sqrt(share * (1 - share) / size + spread / (4 * size))
    return middle - half, middle + half


@dataclass(frozen=True)
class Verdict:
    """Both readings of a sample and what follows: `more_n` further households would decide it when it is undecided."""

    outcome: Outcome
    observed: Fraction | None
    lower_bound: Fraction
    more_n: int = 0


def judge(
    misses: int, size: int, lot: int, least: Fraction, risk: Fraction, deff: Fraction, reading: Reading
) -> Verdict:
    """The verdict on `size` examined households of a lot.

    Observed share p = (size - misses) / size; L the lower bound of the lot for the effective misses and size.
    - pass: reading observed and p >= least; reading lower_bound and L >= least.
    - fail: p < least.
    - undecided: nobody was examined; or, for reading lower_bound, p >= least > L.
    more_n: the least number of further households after which it would pass if none of them were a miss, the design
    effect staying as it is; that is lot - size at the most, since a census of a lot with p >= least passes.
    """
    bound = lower_bound(*effective(misses, size, deff, lot), risk, lot)
    observed = Fraction(size - misses, size) if size else None
    if observed is not None and observed < least:
        return Verdict("fail", observed, bound)
    if observed is not None and (reading == "observed" or bound >= least):
        return Verdict("pass", observed, bound)
    if reading == "observed":
        return Verdict("undecided", observed, bound, min(1, lot))
    return Verdict("undecided", observed, bound, _further(misses, size, lot, least, risk, deff))


def _further(misses: int, size: int, lot: int, least: Fraction, risk: Fraction, deff: Fraction) -> int:
    """See more_n of judge."""

    def is_enough(more: int) -> bool:
        return proves(*effective(misses, size + more, deff, lot), least, risk, lot)

    high = 1
    while high < lot - size and not is_enough(high):
        high *= 2
    low, high = high // 2 + 1, min(high, max(lot - size, 1))
    while low < high:
        middle = (low + high) // 2
        if is_enough(middle):
            high = middle
        else:
            low = middle + 1
    return high


@dataclass(frozen=True)
class Agreement:
    """How two answers to one question agree over `compared_n` households.

    gross: share that differs (gross difference rate). net: mean of second minus first, NULL where there is nothing to
    compare. inconsistency: gross over what independent answers with these shares would differ by (index of
    inconsistency; below 20 % good, above 50 % high); None when everybody gave the same answer twice.
    """

    compared_n: int
    differing_n: int
    gross: Fraction | None
    net: Fraction | None
    inconsistency: Fraction | None


def agreement(pairs: Sequence[tuple[int, int]]) -> Agreement:
    """Agreement of (first, second) answers as whole numbers. For yes/no the index is GDR / (p1(1-p2) + p2(1-p1))."""
    size = len(pairs)
    if not size:
        return Agreement(0, 0, None, None, None)
    differing = sum(first != second for first, second in pairs)
    gross = Fraction(differing, size)
    chance = 1 - _same_by_chance([first for first, _ in pairs], [second for _, second in pairs])
    return Agreement(
        compared_n=size,
        differing_n=differing,
        gross=gross,
        net=Fraction(sum(second - first for first, second in pairs), size),
        inconsistency=gross / chance if chance else None,
    )


def _same_by_chance(first: Sequence[Hashable], second: Sequence[Hashable]) -> Fraction:
    ones, others = Counter(first), Counter(second)
    return sum((Fraction(n * others[value], len(first) ** 2) for value, n in ones.items()), Fraction(0))
