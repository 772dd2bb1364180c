"""What cheaters, and honest people with habits, do to the sheets of answers of a batch; and the sheets of the year before.

Put here: copying, rounding, missing evidence, last year's answers. Keep out: who does it (field.py), rates
(data/synthetic/cheating.yaml). Only questions that do not depend on the members are copied, in whole groups: records stay
acceptable, though a few findings betray a careless copy, as they do in life.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jpt_pipeline.synthetic.draw import Flags, Ints, generator, rounded
from jpt_pipeline.synthetic.field import FieldWork
from jpt_pipeline.synthetic.population import Batch
from jpt_pipeline.synthetic.spec import Spec
from jpt_pipeline.synthetic.steps import EconomyStep

_KEY_SHEET, _KEY_BEFORE = 5_000_008, 5_000_009


@dataclass(frozen=True)
class Cheater:
    """A planted cheater: where, what, and in how many of the households."""

    enumerator_id: str
    tambon_code: str
    kind: str
    households_n: int
    faked_n: int


def own_groups(spec: Spec) -> list[list[str]]:
    """Groups of codes that depend on one another and on no member: filled from one household, they stay consistent."""
    groups: list[set[str]] = []
    bound: set[str] = set()
    for step in spec.answers:
        if isinstance(step, EconomyStep):
            continue
        codes, read = set(step.codes_written()), {*step.when, *step.unless}
        if hasattr(step, "of") or step.step in ("together", "all_or_each") or read & (bound | set(spec.rosters)):
            bound |= codes
            continue
        joined = [group for group in groups if group & (codes | read)]
        groups = [group for group in groups if group not in joined] + [codes.union(*joined)]
    free = [group for group in groups if not group & bound]
    return [[code for code in spec.codes() if code in group] for group in free]


class Cheating:
    """Changes the batches of a population that was made with this field work."""

    def __init__(self, spec: Spec, field: FieldWork):
        self.spec, self.field = spec, field
        self.groups = own_groups(spec)
        self.money = [*spec.economy.income_codes, *spec.economy.expense_codes]
        self.cheaters: list[Cheater] = []

    def plant(self, batch: Batch) -> Batch:
        """The batch with what its enumerators made of it."""
        workers = _workers(batch)
        rng = generator(self.field.seed, _KEY_SHEET, int(workers[0]))
        faked = self.field.faked(workers)
        for number, places in faked.items():
            worker = self.field.workers[number]
            assert worker.kind is not None
            name = str(batch.households["enumerator_id"][int(places[0])].as_py())
            self.cheaters.append(Cheater(name, worker.tambon_code, worker.kind, worker.households_n, len(places)))
        batch = self._copied(batch, faked, rng)
        return self._habits(batch, workers, faked, rng)

    def before(self, batch: Batch) -> Batch:
        """The same households as the year before wrote them down: most groups of questions as now, amounts as people earn."""
        honest, n = self.field.spec.honest, len(batch)
        rng = generator(self.field.seed, _KEY_BEFORE, int(_workers(batch)[0]))
        stays = np.where(rng.random(n) * 100 < honest.unchanged_households, 100.0, honest.unchanged_groups)
        earned = np.where(stays == 100.0, 100.0, honest.unchanged_amounts)
        kind = self.field.spec.cheaters.kinds["last_year"]
        for number, places in self.field.faked(_workers(batch)).items():
            if self.field.workers[number].kind == "last_year":
                stays[places] = earned[places] = 100 - kind.changed_percent
        others = rng.integers(0, n, n)
        sources = [np.where(rng.random(n) * 100 < stays, np.arange(n), others) for _ in self.groups]
        amounts = [np.where(rng.random(n) * 100 < earned, np.arange(n), rng.integers(0, n, n)) for _ in self.money]
        taken = self._taken(batch, sources, amounts)
        year = batch.households["survey_year"][0].as_py()
        sent = pc.replace_substring_regex(
            taken.households["submitted_at"].cast(pa.string()), f"^{year - 543}", str(year - 544)
        )
        sent = pc.replace_substring(sent, "-02-29T", "-02-28T")
        return _with(_with(taken, "survey_year", pa.array(np.full(n, year - 1))), "submitted_at", sent)

    def _copied(self, batch: Batch, faked: dict[int, Ints], rng: np.random.Generator) -> Batch:
        """Copiers write one household's answers to the others, with small changes; at a desk most answers are the usual."""
        sources, amounts = ([np.arange(len(batch)) for _ in among] for among in (self.groups, self.money))
        for number, places in faked.items():
            kind = self.field.workers[number].kind
            changed = self.field.spec.cheaters.kinds[kind or ""].changed_percent
            models = {"copy": [int(places[0])] * len(sources), "desk": self._usual(batch, places)}.get(kind or "", [])
            for source, model in zip(sources, models, strict=False):
                source[places] = np.where(rng.random(len(places)) * 100 < changed, places, model)
            for source in amounts if kind == "copy" else []:
                source[places] = np.where(rng.random(len(places)) * 100 < changed, places, places[0])
        return self._taken(batch, sources, amounts)

    def _usual(self, batch: Batch, places: Ints) -> list[int]:
        """For each group of questions, the first of these households with their most frequent answers to all of them."""
        found = []
        for codes in self.groups:
            columns = [batch.households[f"a{code}"].take(pa.array(places)).to_pylist() for code in codes]
            rows = list(zip(*columns, strict=True))
            found.append(int(places[rows.index(Counter(rows).most_common(1)[0][0])]))
        return found

    def _habits(self, batch: Batch, workers: Ints, faked: dict[int, Ints], rng: np.random.Generator) -> Batch:
        """Coarse rounding, by habit or by guessing, and evidence that is missing."""
        honest, n = self.field.spec.honest, len(batch)
        luck = {w: generator(self.field.seed, _KEY_SHEET, w, 1).random(2) * 100 for w in np.unique(workers).tolist()}
        rounders = np.array([luck[w][0] < honest.rounders_percent for w in workers.tolist()])
        careless = np.array([luck[w][1] < honest.careless_percent for w in workers.tolist()])
        coarse = rounders & (rng.random(n) * 100 < honest.rounded_households)
        for number, places in faked.items():
            coarse[places] |= self.field.workers[number].kind == "round"
        batch = self._rounded(batch, coarse)
        lost = careless & (rng.random(n) * 100 < honest.missing_evidence)
        photo = pc.if_else(pa.array(lost), "missing", batch.households["evidence_photo"].cast(pa.string()))
        return _with(batch, "evidence_photo", photo)

    def _rounded(self, batch: Batch, coarse: Flags) -> Batch:
        for code in self.money:
            amounts = _amounts(batch, code)
            given = np.where(coarse & (amounts > 0), rounded(amounts.astype(float), self.field.spec.coarse), amounts)
            batch = _with(batch, f"a{code}", _written(batch, code, given))
        return self._totals(batch)

    def _taken(self, batch: Batch, sources: Iterable[Ints], amounts: Sequence[Ints]) -> Batch:
        """Each group of questions, and each amount, from the household at that position."""
        for codes, source in zip(self.groups, sources, strict=True):
            for code in codes:
                batch = _with(batch, f"a{code}", batch.households[f"a{code}"].take(pa.array(source)))
        for code, source in zip(self.money, amounts, strict=True):
            batch = _with(batch, f"a{code}", batch.households[f"a{code}"].take(pa.array(source)))
        return self._totals(batch)

    def _totals(self, batch: Batch) -> Batch:
        economy = self.spec.economy
        income = sum((_amounts(batch, code) for code in economy.income_codes), np.zeros(len(batch), dtype=np.int64))
        expense = sum((_amounts(batch, code) for code in economy.expense_codes), np.zeros(len(batch), dtype=np.int64))
        filled = {
            economy.income_total: income,
            economy.income_per_member: income // batch.sizes,
            economy.expense_total: expense,
        }
        for code, totals in filled.items():
            batch = _with(batch, f"a{code}", pa.array(totals).cast(pa.string()))
        return batch

    def report(self) -> list[dict[str, Any]]:
        """Machine-readable list, in the order of planting."""
        return [asdict(cheater) for cheater in self.cheaters]


def _workers(batch: Batch) -> Ints:
    """Number of the enumerator of each household, which its id ends with."""
    return np.array([int(name[3:]) for name in batch.households["enumerator_id"].to_pylist()], dtype=np.int64)


def _amounts(batch: Batch, code: str) -> Ints:
    texts = batch.households[f"a{code}"].cast(pa.string())
    return np.asarray(texts.cast(pa.int64()).fill_null(0).to_numpy(), dtype=np.int64)


def _written(batch: Batch, code: str, amounts: Ints) -> pa.ChunkedArray:
    """Amounts as texts where the answer was given."""
    given = batch.households[f"a{code}"].is_valid()
    return pc.if_else(given, pa.array(amounts).cast(pa.string()), pa.scalar(None, pa.string()))


def _with(batch: Batch, name: str, column: Any) -> Batch:
    """The batch with another column of households."""
    at = batch.households.column_names.index(name)
    return Batch(batch.district_code, batch.households.set_column(at, name, column), batch.members, batch.sizes)
