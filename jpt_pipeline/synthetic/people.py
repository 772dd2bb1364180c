"""Households and their members: who lives together, how old they are on the day of the survey, what they do.

Put here: the roster of a batch of households. Keep out: answers (answers.py), numbers and names (identity.py).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from jpt_pipeline.synthetic.draw import Flags, Floats, Ints, pick_by_age, rate_by_age, weighted
from jpt_pipeline.synthetic.spec import HouseholdType, Roster, Spec

Texts = npt.NDArray[np.object_]
Days = npt.NDArray[np.datetime64]
_DAYS_PER_YEAR = 365.2425


@dataclass(frozen=True)
class People:
    """Members of n households, one element per person, ordered by household and position (1 is the head)."""

    households_n: int
    household: Ints
    member_no: Ints
    role: Texts
    sex: Texts
    birth: Days
    age_years: Ints
    age_months: Ints
    occupation: Texts
    health: Texts
    ability: Texts
    welfare_card: Texts
    informant: Texts

    @cached_property
    def sizes(self) -> Ints:
        """Members per household."""
        return np.bincount(self.household, minlength=self.households_n)

    def of_roster(self, roster: Roster, studying: list[str]) -> Flags:
        """Which persons belong to a roster."""
        mask = np.ones(len(self.household), dtype=bool)
        if roster.years:
            mask &= (roster.years[0] <= self.age_years) & (self.age_years <= roster.years[1])
        if roster.months:
            mask &= (roster.months[0] <= self.age_months) & (self.age_months <= roster.months[1])
        if roster.sex:
            mask &= self.sex == roster.sex
        if roster.health:
            mask &= self.health == roster.health
        if roster.not_studying:
            mask &= ~np.isin(self.occupation, studying)
        if roster.not_helpless:
            mask &= ~((self.health == "1") & (self.ability == "0"))
        if roster.has_card:
            mask &= self.welfare_card == "1"
        return mask

    def counts(self, spec: Spec) -> dict[str, Ints]:
        """Persons per household, for every roster."""
        return {
            name: np.bincount(self.household[self.of_roster(roster, spec.studying)], minlength=self.households_n)
            for name, roster in spec.rosters.items()
        }


def completed_months(birth: Days, day: Days) -> Ints:
    """Months of age on a day; a month is complete when its day number is reached (29 February counts from 1 March)."""
    months = day.astype("datetime64[M]").astype(np.int64) - birth.astype("datetime64[M]").astype(np.int64)
    return np.asarray(months - (_day_of_month(day) < _day_of_month(birth)), dtype=np.int64)


def _day_of_month(days: Days) -> Ints:
    return np.asarray((days - days.astype("datetime64[M]")).astype(np.int64))


def make_people(spec: Spec, rng: np.random.Generator, survey_day: Days) -> People:
    """Members of one household per survey day."""
    ages, roles, sexes = _ages_and_sexes(spec, rng, len(survey_day))
    present = roles != ""
    household, position = np.nonzero(present)
    birth = survey_day[household] - np.floor(ages[present] * _DAYS_PER_YEAR).astype("timedelta64[D]")
    months = completed_months(birth, survey_day[household])
    years = months // 12
    health, ability = _health(spec, rng, years)
    card = rng.random(len(years)) < rate_by_age(spec.welfare_card, years)
    return People(
        households_n=len(survey_day),
        household=household.astype(np.int64),
        member_no=(position + 1).astype(np.int64),
        role=roles[present],
        sex=sexes[present],
        birth=birth,
        age_years=years,
        age_months=months,
        occupation=pick_by_age(rng, spec.occupations, years),
        health=health,
        ability=ability,
        welfare_card=np.where(card, "1", "0").astype(object),
        informant=np.where(_informant(rng, position, present), "1", "0").astype(object),
    )


def _ages_and_sexes(spec: Spec, rng: np.random.Generator, size: int) -> tuple[Floats, Texts, Texts]:
    """Age in years, role and sex per household and position; an empty role is an empty place."""
    places = max(len(kind.members) for kind in spec.household_types)
    ages = np.zeros((size, places))
    roles = np.full((size, places), "", dtype=object)
    sexes = np.full((size, places), "", dtype=object)
    types = weighted(rng, [kind.share for kind in spec.household_types], size)
    for number, kind in enumerate(spec.household_types):
        rows = np.flatnonzero(types == number)
        _fill(spec, rng, kind, rows, ages, roles, sexes)
    return ages, roles, sexes


def _fill(
    spec: Spec, rng: np.random.Generator, kind: HouseholdType, rows: Ints, ages: Floats, roles: Texts, sexes: Texts
) -> None:
    for place, (role, (low, usual, high), *parent) in enumerate(kind.members):
        drawn = rng.triangular(low, usual, high, len(rows))
        if parent:
            drawn = ages[rows, parent[0]] - drawn
            drawn = np.where(drawn < 0, rng.uniform(0, 4, len(rows)), drawn)
        ages[rows, place] = np.maximum(drawn, spec.lowest_age.get(role, 0.0))
        roles[rows, place] = role
        sexes[rows, place] = _sexes(spec, rng, role, sexes, rows)


def _sexes(spec: Spec, rng: np.random.Generator, role: str, sexes: Texts, rows: Ints) -> Texts:
    """1 male, 2 female; a spouse takes the other sex than the head, an in-law than the child."""
    rule = spec.sexes[role]
    if rule == "other":
        partner = sexes[rows, spec.in_law_of if role == "in_law" else 0]
        return np.where(partner == "1", "2", "1").astype(object)
    return np.where(rng.random(len(rows)) * 100 < float(rule), "1", "2").astype(object)


def _health(spec: Spec, rng: np.random.Generator, years: Ints) -> tuple[Texts, Texts]:
    """Health (0 normal, 1 disabled, 2 chronic) and ability (1 can, 0 cannot help oneself)."""
    disabled = rate_by_age([(start, share) for start, share, _ in spec.health], years)
    chronic = rate_by_age([(start, share) for start, _, share in spec.health], years)
    drawn = rng.random(len(years))
    health = np.where(drawn < disabled, "1", np.where(drawn < disabled + chronic, "2", "0")).astype(object)
    helpless = np.where(health == "1", spec.helpless_of_disabled, spec.helpless_of_others) / 100
    helpless = np.where((years >= 6) & (years < 60) & (health == "0"), 0.0, helpless)
    return health, np.where(rng.random(len(years)) < helpless, "0", "1").astype(object)


def _informant(rng: np.random.Generator, position: Ints, present: Any) -> Flags:
    """One informant per household: mostly the head, else the second person."""
    second = (rng.random(len(present)) < 0.3) & (present[:, 1] if present.shape[1] > 1 else False)
    household = np.nonzero(present)[0]
    return np.asarray(position == second[household].astype(int))
