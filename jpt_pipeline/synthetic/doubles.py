"""Planting doubles: the same person in two households, as people write a person down twice, and pairs that only look it.

Put here: which two persons become a pair, and what the second record says. Keep out: shares and letters
(data/synthetic/doubles.yaml), how names are misspelt (retyping.py). The second record replaces a person of the same sex
and age, so that no answer of its household becomes wrong.
"""

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from jpt_pipeline.settings import Settings
from jpt_pipeline.synthetic.draw import Ints, generator, weighted
from jpt_pipeline.synthetic.identity import citizen_ids, wrong_check_digit
from jpt_pipeline.synthetic.population import Batch, Population
from jpt_pipeline.synthetic.retyping import Retyping, age_on, like, retype
from jpt_pipeline.synthetic.steps import Model
from jpt_pipeline.yamlfile import load_yaml

_KEY = 4_000_004
_LOOK = 400  # neighbours by birth date that are looked at for a partner


class Kind(Model):
    """A kind of pair: how often, whether it is one person, and the finding that must follow."""

    weight: float
    is_same: bool
    code: str | None = None


class DoublesSpec(Model):
    """Everything that pairs are drawn from."""

    no_number_percent: float
    same_village_percent: float
    kinds: dict[str, Kind]
    retyped: Retyping
    sounds: list[str]
    generation_years: tuple[int, int]
    least_age: int


@cache
def load_doubles(definitions: Path | None = None) -> DoublesSpec:
    """Read data/synthetic/doubles.yaml. Raises ValueError: an unknown key, a value of the wrong kind."""
    path = (definitions or Settings().definitions) / "synthetic" / "doubles.yaml"
    return DoublesSpec.model_validate(load_yaml(path))


@dataclass(frozen=True)
class Place:
    """A person: village, house code, position on the roster."""

    village_code: str
    household_id: str
    member_no: int


@dataclass(frozen=True)
class Pair:
    """A planted pair: its kind, whether it is one person, the finding, and where both stand (the first may be absent)."""

    kind: str
    is_same: bool
    code: str | None
    changes: str
    first: Place | None
    second: Place


class Doubles:
    """Plants `pairs_n` pairs over the batches of a population, in proportion to their households."""

    def __init__(self, population: Population, pairs_n: int, neighbour: str | None, spec: DoublesSpec | None = None):
        self.population, self.pairs_n, self.neighbour = population, pairs_n, neighbour
        self.spec = spec or load_doubles()
        self.pairs: list[Pair] = []
        self._households_n = 0

    def plant(self, batch: Batch) -> Batch:
        """The batch with its share of the pairs."""
        self._households_n += len(batch)
        wanted = self.pairs_n * self._households_n // self.population.households_n - len(self.pairs)
        rng = generator(self.population.seed, self.population.survey_year, _KEY, self._households_n)
        roster = _Roster(batch, self.spec, rng)
        roster.blank_numbers()
        kinds = [name for name in self.spec.kinds if self.neighbour or name != "neighbour_number"]
        drawn = weighted(rng, [self.spec.kinds[name].weight for name in kinds], wanted)
        for position in drawn:
            pair = self._pair(roster, kinds[position])
            self.pairs += [pair] if pair else []
        return roster.batch()

    def _pair(self, roster: "_Roster", kind: str) -> Pair | None:
        known = self.spec.kinds[kind]
        found: tuple[Place | None, Place, str] | None
        if kind == "neighbour_number":
            theirs = citizen_ids(np.array([len(self.pairs)]), self.neighbour or "", self.population.seed)
            found = roster.with_number(theirs[0].as_py())
        else:
            found = roster.pair(kind)
        if found is None:
            return None
        first, second, changes = found
        return Pair(kind, known.is_same, known.code, changes, first, second)

    def report(self) -> list[dict[str, Any]]:
        """Machine-readable list, in the order of planting."""
        return [asdict(pair) for pair in self.pairs]


class _Roster:
    """The members of a batch as columns that can be changed, in order of sex and birth date."""

    def __init__(self, batch: Batch, spec: DoublesSpec, rng: np.random.Generator):
        self._batch, self.spec, self.rng = batch, spec, rng
        names = ("citizen_id", "first_name", "last_name", "birth_date", "sex", "member_no")
        self.columns: dict[str, list[Any]] = {name: batch.members[name].to_pylist() for name in names}
        self.house: Ints = np.repeat(np.arange(len(batch)), batch.sizes)
        households = batch.households
        self.village, self.house_code = (households[name].to_pylist() for name in ("village_code", "household_id"))
        self.surveyed = [text[:10] for text in households["submitted_at"].to_pylist()]
        is_numbered = ~np.array(households["x_unnumbered"].to_pylist())[self.house]
        dates = [_iso(text) for text in self.columns["birth_date"]]
        old = np.array([self._age(place, self.columns["birth_date"][place]) for place in range(len(dates))])
        self.dates, self.free = dates, is_numbered & (old >= spec.least_age)
        self.order = sorted(np.flatnonzero(self.free).tolist(), key=lambda i: (self.columns["sex"][i], dates[i], i))
        self.rank = {place: rank for rank, place in enumerate(self.order)}

    def batch(self) -> Batch:
        """The batch with the changed columns."""
        members = self._batch.members
        for name in ("citizen_id", "first_name", "last_name", "birth_date"):
            at = members.column_names.index(name)
            members = members.set_column(at, name, pa.array(self.columns[name], pa.string()))
        return Batch(self._batch.district_code, self._batch.households, members, self._batch.sizes)

    def blank_numbers(self) -> None:
        """Persons without a valid number, half of them with a wrong digit, whatever is planted."""
        for place in np.flatnonzero(self.rng.random(len(self.house)) * 100 < self.spec.no_number_percent).tolist():
            right = self.columns["citizen_id"][place]
            self.columns["citizen_id"][place] = None if self.rng.random() < 0.5 else wrong_check_digit(right)
            self.free[place] = False

    def with_number(self, number: str) -> tuple[None, Place, str] | None:
        """A person who carries the number of somebody elsewhere."""
        place = self._any()
        if place is None:
            return None
        self.columns["citizen_id"][place] = number
        self.free[place] = False
        return None, self._place(place), ""

    def pair(self, kind: str) -> tuple[Place, Place, str] | None:
        """Two persons of the batch, the second changed as the kind says; None when no partner was found."""
        for _ in range(20):
            first = self._any()
            if first is None:
                return None
            told = self._second(kind, first)
            second = self._partner(kind, first, told["birth_date"])
            if second is not None:
                self._write(second, told, keeps_date=kind in ("namesake", "father_son"))
                self.free[[first, second]] = False
                return self._place(first), self._place(second), told["changes"]
        return None

    def _second(self, kind: str, first: int) -> dict[str, Any]:
        """What the second record says of a person: names, number, birth date."""
        person = {name: self.columns[name][first] for name in ("citizen_id", "first_name", "last_name", "birth_date")}
        if kind == "retyped":
            return retype(self.rng, self.spec.retyped, self.spec.sounds, person)
        told = {**person, "changes": ""}
        if kind != "same_number":
            told["citizen_id"] = None
        if kind == "twin":
            names = {self.columns["first_name"][place] for place in self.order
                     if self.columns["sex"][place] == self.columns["sex"][first]}  # fmt: skip
            told["first_name"] = like(person["first_name"], sorted(names - {person["first_name"]}))
        return told

    def _partner(self, kind: str, first: int, birth_date: str) -> int | None:
        """A person of another household of the right sex and age, in the same village if chance wants it so."""
        if kind == "father_son":
            low, high = self.spec.generation_years
            near = [i for i in self.order if low <= int(self.dates[i][:4]) - int(self.dates[first][:4]) <= high]
            near = [i for i in near if self.columns["sex"][i] == self.columns["sex"][first]]
        elif kind == "namesake":
            near = [i for i in self.order if self.columns["sex"][i] == self.columns["sex"][first]]
            near = [i for i in near if self.dates[i][:4] != self.dates[first][:4]]
        else:
            rank = self.rank[first]
            near = self.order[max(rank - _LOOK, 0) : rank + _LOOK]
            near = [i for i in near if self.columns["sex"][i] == self.columns["sex"][first]
                    and self._age(i, birth_date) == self._age(i, self.columns["birth_date"][i])]  # fmt: skip
        near = [i for i in near if self.free[i] and self.house[i] != self.house[first]]
        if self.rng.random() * 100 < self.spec.same_village_percent:
            village = self.village[self.house[first]]
            near = [i for i in near if self.village[self.house[i]] == village] or near
        return near[int(self.rng.integers(len(near)))] if near else None

    def _write(self, place: int, told: dict[str, Any], keeps_date: bool) -> None:
        for name in ("citizen_id", "first_name", "last_name", *(() if keeps_date else ("birth_date",))):
            self.columns[name][place] = told[name]

    def _any(self) -> int | None:
        free = [place for place in self.rng.integers(0, len(self.order), 50) if self.free[self.order[place]]]
        return self.order[free[0]] if free else None

    def _age(self, place: int, birth_date: str) -> int:
        return age_on(self.surveyed[self.house[place]], birth_date)

    def _place(self, place: int) -> Place:
        house = self.house[place]
        return Place(self.village[house], self.house_code[house], self.columns["member_no"][place])


def _iso(birth_date: str) -> str:
    """dd/mm/yyyy of the Buddhist Era as a text that sorts."""
    return f"{int(birth_date[6:]) - 543:04d}-{birth_date[3:5]}-{birth_date[:2]}"
