"""Planting faults: what is wrong, where it stands, what the pipeline must make of it, and the record that mends it.

Put here: how each fault of the YAML file spoils a household. Keep out: the list of faults, codes and values (YAML).
A fault that is mended spoils a household of the register, and a correction puts it right; the others are extra records
that no register knows, or copies, so that they never take a household away.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from jpt_pipeline.synthetic.areas import Village
from jpt_pipeline.synthetic.draw import generator
from jpt_pipeline.synthetic.identity import wrong_check_digit
from jpt_pipeline.synthetic.payload import payload_key
from jpt_pipeline.synthetic.population import Batch, Population
from jpt_pipeline.synthetic.spec import FaultDef
from jpt_pipeline.synthetic.writers import CsvWriter, PayloadWriter, TableWriter, Writer

_KEY = 3_000_003


class FaultsDoNotFit(ValueError):
    """The province has too few households to plant every fault in one of its own."""


@dataclass(frozen=True)
class Planted:
    """Where a fault stands: file below deliveries/, records (None for a household held back), and what must follow."""

    fault: str
    format: str
    file: str
    record_no: int | None
    records: str
    village_code: str
    household_id: str
    record_class: str
    code: str | None
    mended_by: str | None


@dataclass(frozen=True)
class _Spoilt:
    """One fault in one household: the good record, and a spare household of the same village for extra records."""

    fault: FaultDef
    good: Batch
    donor: Batch
    spare: Batch


class Faults:
    """The faults of a population: which format gets which, and what they need written."""

    def __init__(self, population: Population, formats: dict[str, str], correction_file: str):
        self.population, self.correction_file = population, correction_file
        self.corrections: list[Batch] = []
        self.planted: list[Planted] = []
        focus: dict[str, str] = {}
        for district_code, kind in formats.items():
            focus.setdefault(kind, district_code)
        self._pending: dict[str, list[FaultDef]] = {district_code: [] for district_code in focus.values()}
        for number, fault in enumerate(population.spec.faults):
            kinds = [kind for kind in focus if kind in fault.formats]
            if kinds:
                self._pending[focus[kinds[number % len(kinds)]]].append(fault)

    def plant(self, batch: Batch, writer: Writer) -> Batch:
        """Write the faults that belong to this batch's district; what is left of the batch to write as it is."""
        faults = self._pending.pop(batch.district_code, [])
        if not faults:
            return batch
        places = self._candidates(batch)
        village = next(item for item in self.population.villages if item.district_code == batch.district_code)
        taken: set[int] = set()
        spoilt_places: set[int] = set()
        for number, fault in enumerate(faults):
            place, donor = _choose(fault, batch, places, taken)
            spoilt = _Spoilt(fault, batch.take([place]), batch.take([donor]), self._spare(village, number))
            if _PLANTERS.get(fault.fault, _edited) not in _EXTRA:
                taken |= {place, donor}
                spoilt_places.add(place)
            self._write(spoilt, writer)
        return batch.take([place for place in range(len(batch)) if place not in spoilt_places])

    def _candidates(self, batch: Batch) -> list[int]:
        """Places of households with a number, those of the district's first local government first, else at random."""
        lao = {village.code: village.row["lao_code"] for village in self.population.villages}
        first = next(village.row["lao_code"] for village in self.population.villages
                     if village.district_code == batch.district_code)  # fmt: skip
        rng = generator(self.population.seed, self.population.survey_year, _KEY, int(batch.district_code))
        order = rng.permutation(len(batch)).tolist()
        villages = batch.households["village_code"].to_pylist()
        unnumbered = batch.households["x_unnumbered"].to_pylist()
        numbered = [place for place in order if not unnumbered[place]]
        return sorted(numbered, key=lambda place: lao[villages[place]] != first)

    def _spare(self, village: Village, number: int) -> Batch:
        spare = self.population.spare(village, 1, int(village.district_code) * 100 + number)
        households, members = spare.rows()
        return spare.with_rows([{**households[0], "x_unnumbered": False}], members)

    def _write(self, spoilt: _Spoilt, writer: Writer) -> None:
        planter = _PLANTERS.get(spoilt.fault.fault, _edited)
        for shown, record_no, records in planter(spoilt, writer):
            row = shown.households.to_pylist()[0]
            self.planted.append(Planted(
                fault=spoilt.fault.fault, format=writer.format, file=writer.path.name, record_no=record_no,
                records=records, village_code=row["village_code"],
                household_id=payload_key(row) if writer.format == "payload" else row["household_id"],
                record_class=spoilt.fault.expected_class, code=spoilt.fault.code,
                mended_by=self.correction_file if spoilt.fault.mended else None,
            ))  # fmt: skip
        if spoilt.fault.mended:
            revision = 1 if spoilt.fault.expected_class == "absent" else 2
            self.corrections.append(_changed(spoilt.good, household={"revision": revision}))

    def report(self) -> list[dict[str, Any]]:
        """Machine-readable list, in the order of planting."""
        return [asdict(item) for item in self.planted]


def _choose(fault: FaultDef, batch: Batch, places: list[int], taken: set[int]) -> tuple[int, int]:
    """A household that the fault can spoil, and another one of its village; neither is taken already.

    Raises:
        FaultsDoNotFit: there is no such pair left.
    """
    villages = batch.households["village_code"].to_pylist()
    free = [place for place in places if place not in taken]
    for place in free:
        row = batch.households.slice(place, 1).to_pylist()[0]
        if all((row[f"a{code}"] or " ")[0] == value for code, value in fault.needs.items()):
            others = [other for other in free if other != place and villages[other] == villages[place]]
            if others:
                return place, others[-1]
    raise FaultsDoNotFit(f"too few households in district {batch.district_code} to plant {fault.fault!r}")


def _changed(good: Batch, household: dict[str, Any] | None = None, first_member: dict[str, Any] | None = None) -> Batch:
    """A copy of a one-household batch with other values."""
    households, members = good.rows()
    members[0].update(first_member or {})
    row = {**households[0], **(household or {})}
    shared = {name: row[name] for name in ("household_id", "village_code")}
    return good.with_rows([row], [{**member, **shared} for member in members])


Shown = Iterator[tuple[Batch, int | None, str]]


def _edited(spoilt: _Spoilt, writer: Writer) -> Shown:
    """Any fault without a planter of its own: other answers, evidence, enumerator or birth date, as the fault says."""
    fault = spoilt.fault
    household: dict[str, Any] = {f"a{code}": value for code, value in fault.set_answers.items()}
    household |= {f"a{code}": None for code in fault.unset}
    household |= {name: value for name in ("evidence_photo", "enumerator_id") if (value := getattr(fault, name))}
    member = {"birth_date": fault.birth_date} if fault.birth_date else {}
    bad = _changed(spoilt.good, household, member)
    yield bad, writer.write(bad), "households"


def _without_members(spoilt: _Spoilt, writer: Writer) -> Shown:
    bad = spoilt.good.with_rows(spoilt.good.households.to_pylist(), [])
    yield bad, writer.write(bad), "households"


def _in_two_households(spoilt: _Spoilt, writer: Writer) -> Shown:
    """The head carries the id of another household's head; both households are shown."""
    bad = _changed(spoilt.good, first_member={"citizen_id": spoilt.donor.members["citizen_id"][0].as_py()})
    yield bad, writer.write(bad), "households"
    yield spoilt.donor, None, "households"


def _wrong_check_digit(spoilt: _Spoilt, writer: Writer) -> Shown:
    right = spoilt.good.members["citizen_id"][0].as_py()
    bad = _changed(spoilt.good, first_member={"citizen_id": wrong_check_digit(right)})
    yield bad, writer.write(bad), "households"


def _less_happy(good: Batch) -> dict[str, Any]:
    return {"satisfaction": good.households["satisfaction"][0].as_py() - 1}


def _conflict(spoilt: _Spoilt, writer: Writer) -> Shown:
    """Same key and revision, other content: both records."""
    yield spoilt.good, writer.write(spoilt.good), "households"
    other = _changed(spoilt.good, _less_happy(spoilt.good))
    yield other, writer.write(other), "households"


def _late(spoilt: _Spoilt, writer: Writer) -> Shown:
    """Held back: it comes with the corrections only."""
    yield spoilt.good, None, "households"


def _superseded(spoilt: _Spoilt, writer: Writer) -> Shown:
    older = _changed(spoilt.good, _less_happy(spoilt.good))
    yield older, writer.write(older), "households"
    writer.write(_changed(spoilt.good, {"revision": 2}))


def _duplicate(spoilt: _Spoilt, writer: Writer) -> Shown:
    writer.write(spoilt.good)
    yield spoilt.good, writer.write(spoilt.good), "households"


def _unknown_village(spoilt: _Spoilt, writer: Writer) -> Shown:
    """A village number 00, which no tambon has."""
    village = spoilt.spare.households["village_code"][0].as_py()
    bad = _changed(spoilt.spare, {"village_code": f"{village[:6]}00"})
    yield bad, writer.write(bad), "households"


def _wrong_year(spoilt: _Spoilt, writer: Writer) -> Shown:
    year = spoilt.spare.households["survey_year"][0].as_py()
    bad = _changed(spoilt.spare, {"survey_year": year - 1})
    yield bad, writer.write(bad), "households"


def _broken_line(spoilt: _Spoilt, writer: Writer) -> Shown:
    assert isinstance(writer, PayloadWriter)
    yield spoilt.spare, writer.write_broken(spoilt.spare), "households"


def _too_many_cells(spoilt: _Spoilt, writer: Writer) -> Shown:
    assert isinstance(writer, CsvWriter)
    yield spoilt.spare, writer.write_overlong(spoilt.spare), "households"


def _stray_member(spoilt: _Spoilt, writer: Writer) -> Shown:
    stray = spoilt.spare.with_rows([], spoilt.spare.members.slice(0, 1).to_pylist())
    assert isinstance(writer, TableWriter)
    writer.write(stray)
    yield spoilt.spare, writer.records["members"], "members"


_PLANTERS: dict[str, Callable[[_Spoilt, Writer], Shown]] = {
    "household_without_members": _without_members,
    "person_in_two_households": _in_two_households,
    "invalid_check_digit": _wrong_check_digit,
    "conflict": _conflict,
    "late_household": _late,
    "superseded_revision": _superseded,
    "exact_duplicate": _duplicate,
    "unknown_village": _unknown_village,
    "wrong_survey_year": _wrong_year,
    "broken_line": _broken_line,
    "too_many_cells": _too_many_cells,
    "member_without_household": _stray_member,
}
_EXTRA = {_unknown_village, _wrong_year, _broken_line, _too_many_cells, _stray_member}
