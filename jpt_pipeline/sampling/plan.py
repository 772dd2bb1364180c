"""How many households of an area are interviewed again, and which: the plan and the draw, as functions of their inputs.

The seed is SHA-256 over "jpt-sample-v1", the 32 bytes of the area's present root and the beacon (public text of a later
day, in UTF-8): nobody could know the sample before the figures were fixed. Households are sorted by HMAC-SHA-256 of
their key under the seed, so the same root and beacon give the same list on every machine.
"""

import hmac
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from math import ceil
from typing import NamedTuple

from jpt_pipeline.rounds.models import Confidence
from jpt_pipeline.sampling.statistics import design_effect, smallest_size

SEED_VERSION = b"jpt-sample-v1"


class Unit(NamedTuple):
    """A household that can be drawn; the stratum is its district."""

    stratum: str
    village_code: str
    household_id: str


@dataclass(frozen=True)
class Plan:
    """size: households to interview. allowed: misses with which the demand is still proved. per_village: most of one
    village, larger than the round's setting where there are too few villages. lot: households of the area."""

    size: int
    allowed: int
    per_village: int
    lot: int


@dataclass(frozen=True)
class Drawn:
    """One row of the list. order is 1, 2, … over the sample by village, then over the replacements by stratum."""

    order: int
    unit: Unit
    is_replacement: bool


def make_plan(units: Sequence[Unit], demand: Confidence) -> Plan:
    """The plan for an area: size of the finite lot times the design effect, rounded up; the whole lot where that is less.

    A village gives at most `households_per_village_max`; where the villages of a stratum do not suffice, that number is
    raised (and with it the design effect) by one until they do.
    """
    lot = len(units)
    base = smallest_size(demand.misses_allowed, demand.least, demand.risk, lot)
    per_village = demand.households_per_village_max
    villages = {
        stratum: list(Counter(u.village_code for u in mine).values()) for stratum, mine in _strata(units).items()
    }
    while base is not None:
        size = ceil(base * design_effect(Fraction(per_village), demand.icc_share))
        if size >= lot:
            break
        shares = allocate({stratum: sum(counts) for stratum, counts in villages.items()}, size)
        if all(sum(min(n, per_village) for n in villages[stratum]) >= share for stratum, share in shares.items()):
            return Plan(size, demand.misses_allowed, per_village, lot)
        per_village += 1
    most = max((n for counts in villages.values() for n in counts), default=1)
    return Plan(lot, min(demand.misses_allowed, int(lot * (1 - demand.least))), most, lot)


def allocate(sizes: Mapping[str, int], total: int) -> dict[str, int]:
    """`total` divided over strata in proportion to their sizes: whole parts, then the largest remainders, ties by code."""
    whole = sum(sizes.values())
    shares = {stratum: total * n // whole for stratum, n in sorted(sizes.items())}
    rests = sorted(sizes, key=lambda stratum: (-(total * sizes[stratum] % whole), stratum))
    for stratum in rests[: total - sum(shares.values())]:
        shares[stratum] += 1
    return shares


def seed_of(root_sha256: str, beacon: str) -> bytes:
    """The seed of an area's sample, 32 bytes; the root in hex digits."""
    return sha256(SEED_VERSION + bytes.fromhex(root_sha256) + beacon.encode()).digest()


def draw(units: Iterable[Unit], seed: bytes, size: int, per_village: int, replacements_percent: int) -> list[Drawn]:
    """The sample and its replacements.

    Each stratum goes through its households in the order of their HMAC and takes those whose village has fewer than
    `per_village` so far (more where its villages do not suffice), until its share is reached. Its replacements are the
    next ones of the same order, whatever their village: replacements_percent of its share, rounded up, as far as there
    are households.
    """
    strata = _strata(units)
    chosen: list[Unit] = []
    reserve: list[Unit] = []
    for stratum, share in allocate({stratum: len(mine) for stratum, mine in strata.items()}, size).items():
        ordered = sorted(strata[stratum], key=lambda unit: (_mark(seed, unit), unit))
        most = _cap(Counter(unit.village_code for unit in ordered), share, per_village)
        taken: list[Unit] = []
        by_village: Counter[str] = Counter()
        for unit in ordered:
            if len(taken) < share and by_village[unit.village_code] < most:
                taken.append(unit)
                by_village[unit.village_code] += 1
        known = set(taken)
        rest = [unit for unit in ordered if unit not in known]
        chosen += taken
        reserve += rest[: ceil(Fraction(share * replacements_percent, 100))]
    rows = [(unit, False) for unit in sorted(chosen)] + [(unit, True) for unit in reserve]
    return [Drawn(order, unit, spare) for order, (unit, spare) in enumerate(rows, start=1)]


def _cap(villages: Mapping[str, int], share: int, per_village: int) -> int:
    """The smallest number of a village, from `per_village` on, with which a stratum reaches its share."""
    most = per_village
    while sum(min(n, most) for n in villages.values()) < min(share, sum(villages.values())):
        most += 1
    return most


def _mark(seed: bytes, unit: Unit) -> bytes:
    return hmac.digest(seed, f"{unit.village_code}|{unit.household_id}".encode(), "sha256")


def _strata(units: Iterable[Unit]) -> dict[str, list[Unit]]:
    found: dict[str, list[Unit]] = defaultdict(list)
    for unit in sorted(units):
        found[unit.stratum].append(unit)
    return found
