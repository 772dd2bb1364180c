"""The evidence of a province: every enumerator of every tambon against the peers, and who is listed.

Put here: how visits become judged enumerators. Keep out: single steps (visits, coding, signs, peers, chance), which
households are visited again (revisit.py). All enumerators of the province are judged together, whatever area is shown:
the control of false discoveries needs them all. The order of rows changes nothing.
"""

from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from jpt_pipeline.fieldwork.chance import SPREADS, Flags, Floats, Ints, chances, combined, false_discovery, fit
from jpt_pipeline.fieldwork.coding import read_answers
from jpt_pipeline.fieldwork.peers import DISTRICT, NOBODY, PROVINCE, TAMBON, VILLAGE, Standing, custom, expected
from jpt_pipeline.fieldwork.signs import MARKED, Tally, tally
from jpt_pipeline.fieldwork.spec import EvidenceSpec, Sign, load_evidence
from jpt_pipeline.fieldwork.visits import Visits, read_visits
from jpt_pipeline.identity.last_year import earlier_parts
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.intake.receipts import read_receipts
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session

DISTRICT_DIGITS = 4
_ROUNDS = 3


@dataclass(frozen=True)
class Judged:
    """One sign of all enumerators: k of n things, the peers' counts and where they are, the expected share.

    p: chance of k or more, NaN where the sign says nothing. spread: how much honest enumerators differ (chance.py).
    households: share of each household's things that carry the sign.
    """

    name: str
    k: Ints
    n: Ints
    share: Floats
    basis: Ints
    peers_k: Ints
    peers_n: Ints
    p: Floats
    spread: float
    households: Floats


@dataclass(frozen=True)
class Evidence:
    """All enumerators of a province and stream. p: combined chance; q: adjusted for the number of enumerators.

    enough: enough households to say something. listed: proposed for a revisit. NaN in p and q: nothing to say.
    """

    visits: Visits
    signs: dict[str, Judged]
    households_n: Ints
    days_n: Ints
    enough: Flags
    p: Floats
    q: Floats
    listed: Flags

    def shown(self, worker: int, spec: EvidenceSpec) -> list[str]:
        """Signs that are told of an enumerator, the least likely first: those below the limit, or the first alone."""
        told = sorted((float(s.p[worker]), name) for name, s in self.signs.items() if not np.isnan(s.p[worker]))
        return [name for p, name in told if p * 100 < spec.revisit.shown_percent] or [name for _, name in told[:1]]


def find_evidence(settings: Settings, survey_year: int, province_code: str, stream: str) -> Evidence:
    """The evidence of a province, from its sealed tables and the parameters of the definitions.

    Raises:
        NotSealed: the province was not computed, or a table is not what was sealed.
    """
    spec, part = load_evidence(settings.definitions), Part(survey_year, province_code)
    instrument = load_instrument(load_round(survey_year, settings.definitions).instrument, settings.definitions)
    receipts, lake = read_receipts(settings.landing), Lake(settings.lake)
    with session(settings) as connection:
        earlier = earlier_parts(receipts, [part])
        visits = read_visits(connection, lake, part, stream, instrument, receipts, earlier)
    answers = read_answers(visits, instrument, spec.telling_most_percent)
    tallies = {name: tally(visits, marked(visits, answers, spec.signs)) for name, marked in MARKED.items()}
    return judge(visits, tallies, spec)


def judge(visits: Visits, tallies: dict[str, Tally], spec: EvidenceSpec) -> Evidence:
    """Compare all enumerators with their peers, sign by sign, then all signs together."""
    workers = len(visits.workers)
    households_n = np.bincount(visits.worker, minlength=workers)
    spans = visits.worker * (int(visits.day.max(initial=0)) + 1) + visits.day
    days_n = np.bincount(visits.worker[np.unique(spans, return_index=True)[1]], minlength=workers)
    enough = households_n >= spec.least_households
    named = spec.signs.named()
    judged = {name: _judge_sign(name, named[name], visits, tallies[name], enough, spec) for name in named}
    weights = np.array([sign.weight for sign in named.values()])
    p = combined(np.array([judged[name].p for name in named]), weights) if workers else np.zeros(0)
    q = false_discovery(p, spec.false_discovery.method)
    listed = np.nan_to_num(q, nan=1.0) * 100 <= spec.false_discovery.percent
    return Evidence(visits, judged, households_n, days_n, enough, p, q, listed)


def _judge_sign(name: str, sign: Sign, visits: Visits, counts: Tally, enough: Flags, spec: EvidenceSpec) -> Judged:
    """Expected share, spread and chance of one sign. Where it is no habit, those whose share is odd are set aside first,
    so that cheaters do not hide one another, and tambons where it is the custom do not say how people differ elsewhere."""
    areas = _areas(visits)
    tambon = areas[TAMBON]
    k, n = counts.k.sum(axis=1), counts.n.sum(axis=1)
    own, p, least = k / np.maximum(n, 1), np.full(len(k), np.nan), np.zeros(len(k))
    standing = Standing(areas, enough, np.ones(len(k)), np.zeros(len(k), dtype=bool), spec.peers_least)
    peers = expected(counts.k, counts.n, standing, spec.peers_weights[0])
    told = enough & (n >= sign.least_n) & (peers.basis != NOBODY)
    far = (own - peers.share) * 100 >= sign.least_excess_percent
    if not sign.is_habit:
        least = np.where(far, custom(own, tambon, enough & (n > 0), spec.alike_percent, spec.custom_percent), 0.0)
        counts_as = np.where(far & (least == 0), 0.0, 1.0)
        standing = replace(standing, counts_as=counts_as, is_apart=np.isin(tambon, tambon[least > 0]))
    spread = float(SPREADS[0])
    here = told & ~standing.is_apart
    for _ in range((1 if sign.is_habit else _ROUNDS) if k[here].any() else 0):
        tried = [expected(counts.k, counts.n, standing, weight) for weight in spec.peers_weights]
        fits = [fit(k[here], n[here], one.share[here], has_odd=not sign.is_habit) for one in tried]
        best = max(range(len(fits)), key=lambda at: fits[at].likely)
        peers, spread = tried[best], fits[best].spread
        standing.counts_as[here] = 1.0 - fits[best].odd
    if k[told].any():
        drawn = np.array([_fraction(name, *visits.workers[at]) for at in np.flatnonzero(told)])
        p[told] = chances(k[told], n[told], peers.share[told], drawn, spread)
        far = ((own - peers.share) * 100 >= sign.least_excess_percent) & (k >= spec.least_found)
        p = np.where(told & ~far, 1.0, np.maximum(p, np.maximum(least, sign.least_chance_percent / 100)))
    return Judged(name, k, n, peers.share, peers.basis, peers.peers_k, peers.peers_n, p, spread, counts.households)


def _areas(visits: Visits) -> dict[int, Ints]:
    """Level -> number of the area of each enumerator, widest first; the village is the one with most of the households."""
    tambons = [tambon for tambon, _ in visits.workers]
    villages, number = np.unique(visits.village_code.astype(str), return_inverse=True)
    pairs, households_n = np.unique(visits.worker * max(len(villages), 1) + number, return_counts=True)
    order = np.argsort(households_n, kind="stable")
    village = np.zeros(len(tambons), dtype=np.int64)
    village[pairs[order] // max(len(villages), 1)] = pairs[order] % max(len(villages), 1)
    return {
        PROVINCE: np.zeros(len(tambons), dtype=np.int64),
        DISTRICT: _numbers([code[:DISTRICT_DIGITS] for code in tambons]),
        TAMBON: _numbers(tambons),
        VILLAGE: village,
    }


def _numbers(codes: list[str]) -> Ints:
    """A number per code, in order of the codes."""
    return np.unique(np.array(codes, dtype=object), return_inverse=True)[1] if codes else np.zeros(0, dtype=np.int64)


def _fraction(*key: str) -> float:
    """A number in [0, 1) that depends on the key alone."""
    return int.from_bytes(sha256("|".join(key).encode()).digest()[:6]) / 2**48
