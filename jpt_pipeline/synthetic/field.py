"""How enumerators of an invented round work: when they visit, how mildly they read answers, and who of them cheats.

Put here: what is decided per enumerator. Keep out: rates (data/synthetic/cheating.yaml), what cheaters do to the sheets of
answers (cheating.py). What an enumerator does depends on the seed and the enumerator alone.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from jpt_pipeline.settings import Settings
from jpt_pipeline.synthetic.areas import Village
from jpt_pipeline.synthetic.draw import Flags, Floats, Ints, generator
from jpt_pipeline.synthetic.people import Days
from jpt_pipeline.synthetic.spec import Spec
from jpt_pipeline.synthetic.steps import Model
from jpt_pipeline.yamlfile import load_yaml

_KEY, _KEY_CHEATERS, _KEY_TAMBON = 5_000_005, 5_000_006, 5_000_007
_EVENING, _ON_PAPER = 1_170, 60
_LAST_MINUTE = 1_435


class Gaps(Model):
    """Minutes from one household to the next: log-normal, at least `least`."""

    median: float
    sigma: float
    least: int


class Honest(Model):
    """How honest enumerators work and differ; percents."""

    households_per_day: tuple[int, int]
    start_minute: tuple[int, int]
    rest_days_percent: float
    gap_minutes: Gaps
    own_pace: float
    dense_village_percent: float
    evening_percent: float
    paper_percent: float
    paper_gap_minutes: tuple[int, int]
    sends_at_once_percent: float
    leniency: float
    rounders_percent: float
    rounded_households: float
    careless_percent: float
    missing_evidence: float
    unchanged_groups: float
    unchanged_amounts: float
    unchanged_households: float


class Kind(Model):
    """A kind of cheating: the share of households (percent, from and to), and what its kind needs."""

    share: tuple[float, float]
    changed_percent: float = 0
    score: float = 0
    gap_minutes: tuple[int, int] | None = None


class Cheaters(Model):
    """Among whom cheaters are planted, and the kinds."""

    least_households: int
    kinds: dict[str, Kind]


class FieldSpec(Model):
    """Everything that work in the field is drawn from."""

    honest: Honest
    coarse: list[tuple[int, int]]
    cheaters: Cheaters


@cache
def load_field(definitions: Path | None = None) -> FieldSpec:
    """Read data/synthetic/cheating.yaml. Raises ValueError: an unknown key, a value of the wrong kind."""
    return FieldSpec.model_validate(load_yaml((definitions or Settings().definitions) / "synthetic" / "cheating.yaml"))


class TooFewEnumerators(ValueError):
    """The province has fewer enumerators with enough households than cheaters are asked for."""


@dataclass(frozen=True)
class Worker:
    """An enumerator by number: habits, the kind of cheating (None: honest), and the share of households it is done in."""

    number: int
    tambon_code: str
    households_n: int
    is_dense: bool
    sends_at_once: bool
    on_paper: bool
    kind: str | None
    share: float


class FieldWork:
    """The enumerators of a province and round; `cheaters_n` of them cheat, the kinds dealt in turn."""

    def __init__(self, spec: Spec, villages: list[Village], seed: int, cheaters_n: int, field: FieldSpec | None = None):
        self.spec = field or load_field()
        self.seed = seed
        kinds = self._planted(spec, villages, cheaters_n)
        self.workers: dict[int, Worker] = {}
        for village in villages:
            tambon = village.row["tambon_code"]
            is_dense = self._luck(_KEY_TAMBON, int(village.code)) < self.spec.honest.dense_village_percent
            has_paper = self._luck(_KEY_TAMBON, int(tambon)) < self.spec.honest.paper_percent
            for number, households_n in _numbers(spec, village):
                kind = kinds.get(number)
                low, high = self.spec.cheaters.kinds[kind].share if kind else (0.0, 0.0)
                share = (low + (high - low) * self._luck(_KEY, number, 2) / 100) / 100
                at_once = kind is None and self._luck(_KEY, number, 1) < self.spec.honest.sends_at_once_percent
                on_paper = kind is None and has_paper and self._luck(_KEY, number, 6) < _ON_PAPER
                self.workers[number] = Worker(number, tambon, households_n, is_dense, at_once, on_paper, kind, share)

    def _planted(self, spec: Spec, villages: list[Village], cheaters_n: int) -> dict[int, str]:
        """Number of an enumerator -> kind of cheating.

        Raises:
            TooFewEnumerators: not so many have enough households.
        """
        able = [
            number
            for village in villages
            for number, households_n in _numbers(spec, village)
            if households_n >= self.spec.cheaters.least_households
        ]
        if cheaters_n > len(able):
            raise TooFewEnumerators(f"{len(able)} enumerators have enough households, not {cheaters_n}")
        drawn = generator(self.seed, _KEY_CHEATERS).permutation(len(able))[:cheaters_n].tolist()
        kinds = list(self.spec.cheaters.kinds)
        return {able[place]: kinds[number % len(kinds)] for number, place in enumerate(drawn)}

    def _luck(self, *key: int) -> float:
        """A number in [0, 100) of this key."""
        return float(generator(self.seed, *key).random() * 100)

    def faked(self, workers: Ints) -> dict[int, Ints]:
        """Number of a cheater -> positions of the households in which it is done, first to last; `workers`: per household."""
        found = {}
        for number in np.unique(workers).tolist():
            worker = self.workers[number]
            if worker.kind:
                own = np.flatnonzero(workers == number)
                rng = generator(self.seed, _KEY, number, 3)
                found[number] = np.sort(rng.choice(own, round(len(own) * worker.share), replace=False))
        return found

    def moments(self, workers: Ints, collecting: tuple[date, date]) -> tuple[Days, Ints]:
        """Day and minute (Thai time) of each household: the rounds that each enumerator makes."""
        days: Days = np.empty(len(workers), dtype="datetime64[D]")
        minutes = np.zeros(len(workers), dtype=np.int64)
        faked = self.faked(workers)
        for number in np.unique(workers).tolist():
            own = np.flatnonzero(workers == number)
            worker = self.workers[number]
            quick = np.isin(own, faked[number]) if worker.kind == "fast" else np.zeros(len(own), dtype=bool)
            days[own], minutes[own] = self._rounds(worker, quick, collecting)
        return days, minutes

    def _rounds(self, worker: Worker, quick: Flags, collecting: tuple[date, date]) -> tuple[Days, Ints]:
        honest, rng = self.spec.honest, generator(self.seed, _KEY, worker.number, 4)
        pace = float(np.exp(honest.own_pace * rng.standard_normal())) * (0.6 if worker.is_dense else 1.0)
        evenings = rng.random() * 100 < honest.evening_percent
        window = (collecting[1] - collecting[0]).days + 1
        day, left, minute, days, minutes = int(rng.integers(0, max(window // 2, 1))), 0, 0, [], []
        for is_quick in quick:
            if left == 0 or minute > _LAST_MINUTE - 30:
                day = (day + 1 + int(rng.random() * 100 < honest.rest_days_percent)) % window
                left = int(rng.integers(*honest.households_per_day, endpoint=True))
                minute = _EVENING if evenings and rng.random() < 0.5 else int(rng.integers(*honest.start_minute))
            minute += self._gap(worker, bool(is_quick), pace, rng)
            left -= 0 if is_quick else 1
            days.append(day)
            minutes.append(min(minute, _LAST_MINUTE))
        when = np.array(minutes, dtype=np.int64)
        of = np.array(days)
        if worker.sends_at_once:
            for day in np.unique(of):
                when[of == day] = when[of == day].max()
        return np.datetime64(collecting[0]) + of.astype("timedelta64[D]"), when

    def _gap(self, worker: Worker, is_quick: bool, pace: float, rng: np.random.Generator) -> int:
        model = self.spec.honest.gap_minutes
        if is_quick:
            return int(rng.integers(*(self.spec.cheaters.kinds["fast"].gap_minutes or (1, 1)), endpoint=True))
        if worker.on_paper:
            return int(rng.integers(*self.spec.honest.paper_gap_minutes, endpoint=True))
        return max(round(model.median * pace * float(np.exp(model.sigma * rng.standard_normal()))), model.least)

    def lift(self, workers: Ints, score: Floats) -> Floats:
        """Well-being as the enumerator writes it down: own leniency, and at a desk everybody is well."""
        own = {
            n: self.spec.honest.leniency * generator(self.seed, _KEY, n, 5).standard_normal()
            for n in np.unique(workers)
        }
        told = score + np.array([own[number] for number in workers.tolist()])
        for number, places in self.faked(workers).items():
            if self.workers[number].kind == "desk":
                told[places] = self.spec.cheaters.kinds["desk"].score
        return np.asarray(told)


def _numbers(spec: Spec, village: Village) -> list[tuple[int, int]]:
    """(number, households) of the enumerators of a village; they take its households in blocks."""
    block = spec.areas.households_per_enumerator
    return [
        (village.first_enumerator + at, min(block, village.households_n - at * block))
        for at in range(village.enumerators_n)
    ]
