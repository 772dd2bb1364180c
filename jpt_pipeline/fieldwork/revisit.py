"""Which households are visited again: proposed ones and, among them, ones drawn for comparison that nobody can tell apart.

Put here: the choice and the draw. Keep out: what makes an enumerator listed (evidence.py), sheets (reports).
Who visits again gets a list in an order of its own, without reasons: a household drawn for comparison, from enumerators
whose work looks like that of the peers, is on it as well, so that the second visit is not made to confirm anything.
"""

from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain

import numpy as np

from jpt_pipeline.fieldwork.evidence import DISTRICT_DIGITS, Evidence
from jpt_pipeline.fieldwork.spec import EvidenceSpec

Pools = defaultdict[tuple[str, str], list[int]]


@dataclass(frozen=True)
class Proposal:
    """A household to visit. signs: those of the enumerator that this household carries; none for a control."""

    tambon_code: str
    village_code: str
    household_id: str
    enumerator_id: str
    signs: tuple[str, ...]
    is_control: bool


@dataclass(frozen=True)
class Revisit:
    """The list of a tambon in the order of the visits; `proposed` has the same households, ranked, controls last."""

    tambon_code: str
    visits: list[Proposal]

    @property
    def proposed(self) -> list[Proposal]:
        """Households with a reason, then those for comparison."""
        return sorted(self.visits, key=lambda one: (one.is_control, one.enumerator_id))


def propose(evidence: Evidence, spec: EvidenceSpec, survey_year: int) -> list[Revisit]:
    """One list for each tambon with something to visit, in order of code. The draw depends on the content alone."""
    chosen: dict[str, list[Proposal]] = defaultdict(list)
    for worker in np.flatnonzero(evidence.listed).tolist():
        chosen[evidence.visits.workers[worker][0]] += _of_worker(evidence, spec, worker, survey_year)
    pools = _pools(evidence, spec, survey_year)
    drawn: set[int] = set()
    revisits = []
    for tambon in sorted({code for code, _ in evidence.visits.workers}):
        controls = _draw(pools, drawn, tambon, chosen[tambon], spec)
        listed = chosen[tambon] + [_proposal(evidence, at, (), is_control=True) for at in controls]
        listed.sort(key=lambda one: (one.village_code, _digest(survey_year, "visit", one.household_id)))
        revisits += [Revisit(tambon, listed)] if listed else []
    return revisits


def _draw(pools: Pools, drawn: set[int], tambon: str, chosen: list[Proposal], spec: EvidenceSpec) -> list[int]:
    """Households for comparison, in the villages of the proposed ones where it can be; `drawn` holds those taken."""
    villages = [one.village_code for one in chosen for _ in range(spec.revisit.controls_per_household)]
    villages += [""] * (spec.revisit.controls_least - len(villages))
    found = []
    for village in villages:
        order = chain(pools["village", village], pools["usual", tambon], pools["other", tambon],
                      pools["usual", tambon[:DISTRICT_DIGITS]])  # fmt: skip
        control = next((at for at in order if at not in drawn), None)
        if control is not None:
            found.append(control)
            drawn.add(control)
    return found


def _pools(evidence: Evidence, spec: EvidenceSpec, survey_year: int) -> Pools:
    """Households that can be drawn, in the order of the draw: those of usual enumerators by village, and by tambon and
    district; of a tambon also `other` ones, whose enumerator is not listed either."""
    usual = np.nan_to_num(evidence.p, nan=0.0) * 100 >= spec.revisit.control_from_percent
    pools: Pools = defaultdict(list)
    worker_of = evidence.visits.worker.tolist()
    for at in sorted(range(len(worker_of)), key=lambda at: _lot(evidence, at, survey_year, "control")):
        worker = worker_of[at]
        tambon = evidence.visits.workers[worker][0]
        if usual[worker]:
            pools["village", evidence.visits.village_code[at]].append(at)
            pools["usual", tambon].append(at)
            pools["usual", tambon[:DISTRICT_DIGITS]].append(at)
        elif not evidence.listed[worker]:
            pools["other", tambon].append(at)
    return pools


def _of_worker(evidence: Evidence, spec: EvidenceSpec, worker: int, survey_year: int) -> list[Proposal]:
    """The households of a listed enumerator that carry most of the told signs, each sign with its weight."""
    shown, weights = evidence.shown(worker, spec), spec.signs.named()
    score = {
        at: sum(weights[name].weight * float(evidence.signs[name].households[at]) for name in shown)
        for at in np.flatnonzero(evidence.visits.worker == worker).tolist()
    }
    ranked = sorted(score, key=lambda at: (-score[at], _lot(evidence, at, survey_year, "proposed")))
    return [
        _proposal(
            evidence, at, tuple(name for name in shown if evidence.signs[name].households[at] > 0), is_control=False
        )
        for at in ranked[: spec.revisit.households_most]
        if score[at] > 0
    ]


def _proposal(evidence: Evidence, at: int, signs: tuple[str, ...], *, is_control: bool) -> Proposal:
    visits = evidence.visits
    tambon, enumerator = visits.workers[visits.worker[at]]
    return Proposal(tambon, visits.village_code[at], visits.household_id[at], enumerator, signs, is_control)


def _lot(evidence: Evidence, at: int, survey_year: int, purpose: str) -> str:
    """What decides a draw: the content of the household."""
    return _digest(survey_year, purpose, f"{evidence.visits.content_sha256[at]} {evidence.visits.household_id[at]}")


def _digest(survey_year: int, purpose: str, content: str) -> str:
    return sha256(f"{survey_year}|{purpose}|{content}".encode()).hexdigest()
