"""Batches of an invented province: households and members as typed tables, the same for every delivery format.

Put here: what a household record and a member record hold (contract columns, plus the columns `x_…` that only the field
app's payload has). Keep out: file formats (writers.py) and planted faults (faults.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from jpt_pipeline.synthetic.answers import draw_answers
from jpt_pipeline.synthetic.areas import Village, enumerator_id, make_villages
from jpt_pipeline.synthetic.draw import Floats, Ints, baht, generator, labels, pick, pick_by_age, popular, weighted
from jpt_pipeline.synthetic.field import FieldWork
from jpt_pipeline.synthetic.identity import buddhist_dates, citizen_ids, house_codes
from jpt_pipeline.synthetic.people import Days, People, make_people
from jpt_pipeline.synthetic.sheet import Sheet
from jpt_pipeline.synthetic.spec import Spec

BUDDHIST_ERA = 543
BATCH_HOUSEHOLDS = 6_000
_RAI_MAX = 99
_SPARE_KEY = 2_000_002
_SPARE_HOUSES = 9_000_000
_SPARE_PERSONS = 900_000_000


@dataclass(frozen=True)
class Batch:
    """Households (one row each) and their members, members in the order of the households; `sizes` per household."""

    district_code: str
    households: pa.Table
    members: pa.Table
    sizes: Ints

    def __len__(self) -> int:
        return int(self.households.num_rows)

    def take(self, rows: Sequence[int]) -> "Batch":
        """The households at these positions, with their members."""
        starts = np.cumsum(self.sizes) - self.sizes
        members = [place for row in rows for place in range(starts[row], starts[row] + self.sizes[row])]
        kept = pa.array(np.asarray(members, dtype=np.int64))
        return Batch(
            self.district_code,
            self.households.take(pa.array(np.asarray(rows, dtype=np.int64))),
            self.members.take(kept),
            self.sizes[list(rows)],
        )

    def rows(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Households and members as dictionaries."""
        return self.households.to_pylist(), self.members.to_pylist()

    def with_rows(self, households: list[dict[str, Any]], members: list[dict[str, Any]]) -> "Batch":
        """A batch of the same columns from dictionaries; members must be in the order of the households."""
        owners = [member["household_id"] for member in members]
        sizes = np.array([owners.count(row["household_id"]) for row in households], dtype=np.int64)
        return Batch(
            self.district_code,
            pa.Table.from_pylist(households, schema=_texts_only(self.households.schema)),
            pa.Table.from_pylist(members, schema=_texts_only(self.members.schema)),
            sizes,
        )


def _texts_only(schema: pa.Schema) -> pa.Schema:
    """The schema with dictionaries of texts as plain texts."""
    return pa.schema([(item.name, pa.string() if pa.types.is_dictionary(item.type) else item.type) for item in schema])


class Population:
    """The villages and households of one province and round, drawn from a seed.

    collecting: first and last day of the round's visits, else those of the file in the year of the round.
    cheaters_n: enumerators work as in field.py and so many cheat; None: visits at any moment, nobody cheats.
    villages_n: as make_villages takes it.
    """

    def __init__(
        self,
        spec: Spec,
        survey_year: int,
        province_code: str,
        households_n: int,
        seed: int,
        collecting: tuple[date, date] | None = None,
        enumerators_min: int = 0,
        cheaters_n: int | None = None,
        villages_n: int | None = None,
    ):
        if households_n < 1:
            raise ValueError("a population needs at least one household")
        year = survey_year - BUDDHIST_ERA
        usual = date(year, *spec.survey.first_day), date(year, *spec.survey.last_day)
        self.collecting, self.enumerators_min = collecting or usual, enumerators_min
        self.spec, self.survey_year, self.province_code, self.seed = spec, survey_year, province_code, seed
        self.households_n = households_n
        self.villages = make_villages(spec, survey_year, province_code, households_n, seed, villages_n)
        self.field = None if cheaters_n is None else FieldWork(spec, self.villages, seed, cheaters_n)

    def batches(self) -> Iterator[Batch]:
        """Households in order of village; a batch holds whole villages of one district."""
        houses = persons = 0
        for number, villages in enumerate(self._groups()):
            batch = self._batch(villages, number, houses, persons)
            houses += len(batch)
            persons += int(batch.sizes.sum())
            yield batch

    def spare(self, village: Village, households_n: int, number: int) -> Batch:
        """More households of a village that are in no register: material for planted faults."""
        one = Village(village.row, households_n, 0, village.first_enumerator, village.enumerators_n, village.score)
        shift = number * 1000
        return self._batch([one], _SPARE_KEY + number, _SPARE_HOUSES + shift, _SPARE_PERSONS + shift * 10)

    def _groups(self) -> Iterator[list[Village]]:
        group: list[Village] = []
        for village in self.villages:
            full = sum(item.households_n for item in group) >= BATCH_HOUSEHOLDS
            if group and (full or group[0].district_code != village.district_code):
                yield group
                group = []
            group.append(village)
        yield group

    def _batch(self, villages: list[Village], number: int, houses: int, persons: int) -> Batch:
        rng = generator(self.seed, self.survey_year, int(self.province_code), number)
        place = np.repeat(np.arange(len(villages)), [village.households_n for village in villages])
        inside = _inside(place)
        workers = self._workers(villages, place, inside)
        days, minutes = _moments(self.spec, self.collecting, rng, len(place))
        if self.field:
            days, minutes = self.field.moments(workers, self.collecting)
        people = make_people(self.spec, rng, days)
        score = _scores(self.spec, villages, place, rng)
        score = self.field.lift(workers, score) if self.field else score
        sheet = Sheet(score, people.counts(self.spec))
        draw_answers(self.spec, sheet, rng)
        positions = houses + np.arange(len(place))
        codes = np.array([int(village.district_code) for village in villages])[place]
        house = house_codes(positions, codes, self.seed)
        columns = {
            "survey_year": pa.array(np.full(len(place), self.survey_year)),
            "stream": _by_village(villages, place, [village.row["stream"] for village in villages]),
            "household_id": house,
            "village_code": _by_village(villages, place, [village.code for village in villages]),
            "house_no": _house_numbers(inside),
            "enumerator_id": self._enumerators(workers),
            "submitted_at": _written(days, minutes),
            "revision": pa.array(np.ones(len(place), dtype=np.int64)),
            "evidence_photo": pick(rng, self.spec.survey.photo, len(place)),
            "evidence_signature": pick(rng, self.spec.survey.signature, len(place)),
            **_positions(self.spec, villages, place, rng),
            "satisfaction": pa.array(_satisfaction(self.spec, sheet, rng)),
            **_answer_columns(self.spec, sheet),
            **self._payload_columns(villages, place, days, minutes, positions, rng),
        }
        members = self._members(people, house, columns["village_code"], persons, rng)
        return Batch(villages[0].district_code, pa.table(columns), members, people.sizes)

    def _workers(self, villages: list[Village], place: Ints, inside: Ints) -> Ints:
        """Enumerators of a village, by number, take its households in blocks."""
        first = np.array([village.first_enumerator for village in villages])[place]
        return np.asarray(first + inside // self.spec.areas.households_per_enumerator)

    def _enumerators(self, numbers: Ints) -> pa.Array:
        lowest = int(numbers.min())
        return labels(
            numbers - lowest,
            [enumerator_id(self.province_code, n) for n in range(lowest, int(numbers.max()) + 1)],
        )

    def _payload_columns(
        self, villages: list[Village], place: Ints, days: Days, minutes: Ints, positions: Ints, rng: np.random.Generator
    ) -> dict[str, pa.Array]:
        """What only the field app's object has: id, address, land, local government, whether a number exists."""
        started = minutes - rng.integers(15, 60, len(place))
        moment = (days.astype("datetime64[m]") + started.astype("timedelta64[m]")).astype("datetime64[ms]")
        zone = np.timedelta64(7, "h").astype("timedelta64[ms]").astype(np.int64)
        harea = [self.spec.areas.harea.get(village.row["lao_type"], "1") for village in villages]
        live, work = _land(self.spec, rng, len(place))
        return {
            "x_id": pa.array(moment.astype(np.int64) - zone + positions % 60_000),
            "x_haddr": _by_village(villages, place, [f"{int(village.code[-2:])},," for village in villages]),
            "x_harea": _by_village(villages, place, harea),
            "x_hlive": live,
            "x_hjob": work,
            "x_unnumbered": pa.array(rng.random(len(place)) < self.spec.survey.unnumbered_share),
        }

    def _members(
        self, people: People, house: pa.Array, village: pa.Array, persons: int, rng: np.random.Generator
    ) -> pa.Table:
        spec, total = self.spec, len(people.household)
        title = _titles(people)
        names = spec.names
        male, female = popular(rng, len(names.male), total), popular(rng, len(names.female), total)
        first = np.where(people.sex == "1", male, len(names.male) + female)
        surnames = [one + two for one in names.surname_first for two in names.surname_second]
        surname = rng.integers(0, len(surnames), people.households_n)[people.household]
        relation = np.array([spec.relations[role] for role in people.role], dtype=object)
        religion = weighted(rng, list(spec.religions.values()), people.households_n)[people.household]
        household = pa.array(people.household)
        columns = {
            "household_id": house.take(household),
            "village_code": village.take(household),
            "member_no": pa.array(people.member_no),
            "citizen_id": citizen_ids(persons + np.arange(total), self.province_code, self.seed),
            "prefix": pa.array([spec.prefixes[kind].code for kind in title]),
            "first_name": labels(first, names.male + names.female),
            "last_name": labels(surname, surnames),
            "sex": pa.array(people.sex),
            "birth_date": buddhist_dates(people.birth),
            "occupation": pa.array(people.occupation),
            "education": pa.array(pick_by_age(rng, spec.educations, people.age_years)),
            "religion": labels(religion, list(spec.religions)),
            "relation": pa.array([text or None for text in relation], pa.string()),
            "health": pa.array(people.health),
            "ability": pa.array(people.ability),
            "informant": pa.array(people.informant),
            "welfare_card": pa.array(people.welfare_card),
            "x_prefix_name": pa.array([spec.prefixes[kind].th for kind in title]),
        }
        return pa.table(columns)


def _inside(place: Ints) -> Ints:
    """Running number of each household within its village."""
    starts = np.flatnonzero(np.r_[True, place[1:] != place[:-1]])
    return np.asarray(np.arange(len(place)) - np.repeat(starts, np.diff(np.r_[starts, len(place)])))


def _by_village(villages: list[Village], place: Ints, values: list[str]) -> pa.Array:
    return labels(place.astype(np.int64), values)


def _scores(spec: Spec, villages: list[Village], place: Ints, rng: np.random.Generator) -> Floats:
    """Well-being score per household, standard normal over the province: district, village and own part."""
    own = (1 - spec.wellbeing.district - spec.wellbeing.village) ** 0.5
    shared = np.array([village.score for village in villages])[place]
    return np.asarray(shared + own * rng.standard_normal(len(place)))


def _moments(spec: Spec, collecting: tuple[date, date], rng: np.random.Generator, size: int) -> tuple[Days, Ints]:
    """Day of the survey and minute of that day, Thai time."""
    first, last = collecting
    days = np.datetime64(first) + rng.integers(0, (last - first).days + 1, size).astype("timedelta64[D]")
    return days, rng.integers(spec.survey.first_minute, spec.survey.last_minute, size)


def _written(days: Days, minutes: Ints) -> pa.Array:
    """ISO 8601 with Thailand's offset."""
    unique, positions = np.unique(days.astype("datetime64[m]") + minutes.astype("timedelta64[m]"), return_inverse=True)
    return labels(positions, [f"{text}:00+07:00" for text in np.datetime_as_string(unique, unit="m")])


def _house_numbers(inside: Ints) -> pa.Array:
    """House numbers as people write them: 1, 1/1, 1/2, 2, …"""
    return labels(inside, [f"{n // 3 + 1}/{n % 3}" if n % 3 else str(n // 3 + 1) for n in range(int(inside.max()) + 1)])


def _positions(spec: Spec, villages: list[Village], place: Ints, rng: np.random.Generator) -> dict[str, pa.Array]:
    """Latitude and longitude as text around the province's centre; empty where the file has no centre."""
    centre = spec.areas.gps_centre.get(villages[0].row["province_code"])
    if centre is None:
        return {name: pa.nulls(len(place), pa.string()) for name in ("latitude", "longitude")}
    result = {}
    for name, middle in zip(("latitude", "longitude"), centre, strict=True):
        villages_at = middle + rng.uniform(-0.15, 0.15, len(villages))
        at = villages_at[place] + rng.normal(0, 0.004, len(place))
        result[name] = pa.array([f"{value:.5f}" for value in at])
    return result


def _satisfaction(spec: Spec, sheet: Sheet, rng: np.random.Generator) -> Ints:
    """Happiness 0 to 10, tied to the well-being score."""
    model, pull = spec.satisfaction, spec.wellbeing.pull
    mixed = pull * sheet.score + (1 - pull * pull) ** 0.5 * rng.standard_normal(sheet.n)
    return np.asarray(np.clip(np.round(model.usual + model.sigma * mixed), 1, 10).astype(np.int64))


def _land(spec: Spec, rng: np.random.Generator, size: int) -> tuple[pa.Array, pa.Array]:
    """hlive and hjob of the field app: kind, rai, square wah and (own land) the kind of right."""
    land = spec.land
    wah, right = rng.integers(20, 100, size), rng.integers(0, len(land.right_codes), size)
    rai = baht(rng, land.rai_work.median, land.rai_work.sigma, size, [(_RAI_MAX, 1)]).clip(max=_RAI_MAX)
    live_kind = weighted(rng, [land.own, land.rented, land.public, land.other], size)
    work_kind = weighted(rng, [land.own, land.rented, land.public, 0, land.none_for_work], size)

    def write(kind: int, rai_n: int, wah_n: int, right_n: int) -> str:
        tails = [f",{land.right_codes[right_n]}", "", "", f",{land.other_text}"]
        return "5" if kind == 4 else f"{kind + 1},{rai_n},{wah_n}{tails[kind]}"

    live = [write(*values) for values in zip(live_kind, np.zeros(size, dtype=int), wah, right, strict=True)]
    work = [write(*values) for values in zip(work_kind, rai, wah % 4 * 100, right, strict=True)]
    return pa.array(live), pa.array(work)


def _titles(people: People) -> list[str]:
    """Kind of title per person: child below 15, married women นาง, others by sex."""
    adult = people.age_years >= 15
    wed = np.isin(people.role, ["spouse", "in_law", "parent"]) | (people.age_years >= 40)
    female = np.where(adult, np.where(wed, "wife", "woman"), "girl")
    kinds = np.where(people.sex == "1", np.where(adult, "male", "boy"), female)
    return [str(kind) for kind in kinds]


def _answer_columns(spec: Spec, sheet: Sheet) -> dict[str, pa.Array]:
    empty = pa.nulls(sheet.n, pa.string())
    return {f"a{code}": sheet.columns.get(code, empty) for code in spec.codes()}
