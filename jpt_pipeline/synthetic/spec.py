"""The distributions of an invented population, as data/synthetic/<questionnaire>.yaml gives them.

Put here: strict models of that file and its loader. Keep out: any rate, code or name; they belong in the YAML file.
"""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from jpt_pipeline.settings import Settings
from jpt_pipeline.synthetic.steps import AnyStep, Conditions, EconomyStep, LogNormal, Model
from jpt_pipeline.yamlfile import load_yaml

Bands = list[tuple[int, dict[str, float]]]


class IncomeModel(LogNormal):
    """Yearly income per person."""

    basis: Literal["published", "invented"]
    note: str = ""


class ExpenseModel(Model):
    """Expense as a share of income; `above_income` is the share of households that spend more than they earn."""

    usual: float
    sigma: float
    above_income: float


class Economy(Model):
    """Income and expense: codes of the parts with weights, codes of the totals, how people round."""

    income_per_person: IncomeModel
    income_codes: dict[str, float]
    income_total: str
    income_per_member: str
    expense_of_income: ExpenseModel
    expense_codes: dict[str, float]
    expense_total: str
    spread: float
    leave_out: float
    round_to: list[tuple[int, int]]

    def codes(self) -> list[str]:
        """Answer codes of income and expense."""
        income = [*self.income_codes, self.income_total, self.income_per_member]
        return [*income, *self.expense_codes, self.expense_total]


class Areas(Model):
    """How villages, local governments, enumerators and non-response are made."""

    households_per_village: int
    villages_per_tambon_min: float
    households_per_enumerator: int
    nonresponse_share: float
    nonresponse_reasons: dict[str, float]
    basic_stream_years: tuple[int, int]
    town_types: dict[str, str]
    lao_type_rural: str
    lao_type_small_town: str
    small_town_share: float
    harea: dict[str, str]
    village_names: dict[str, list[str]]
    town_village_names: list[str]
    gps_centre: dict[str, tuple[float, float]]


class Survey(Model):
    """Days ([month, day]) and minutes of the day between which households are visited; evidence by weight."""

    first_day: tuple[int, int]
    last_day: tuple[int, int]
    first_minute: int
    last_minute: int
    unnumbered_share: float
    photo: dict[str, float]
    signature: dict[str, float]
    signature_png: str


class Wellbeing(Model):
    """Shares of variance of the latent score, and how strongly answers follow it."""

    district: float
    village: float
    pull: float


class HouseholdType(Model):
    """Members as (role, [low, usual, high] age) or (role, [low, usual, high] gap, index of the parent)."""

    share: float
    members: list[tuple[str, tuple[float, float, float]] | tuple[str, tuple[float, float, float], int]]


class Prefix(Model):
    """A title: code and Thai text."""

    code: str
    th: str


class Roster(Model):
    """A group of persons; both ends of a range are included."""

    years: tuple[int, int] | None = None
    months: tuple[int, int] | None = None
    sex: str | None = None
    health: str | None = None
    not_studying: bool = False
    not_helpless: bool = False
    has_card: bool = False


class Satisfaction(Model):
    """Score 0 to 10."""

    usual: float
    sigma: float


class Land(Model):
    """Percent of households by kind of land, and the size of the land worked."""

    own: float
    rented: float
    public: float
    other: float
    none_for_work: float
    rai_work: LogNormal
    other_text: str
    right_codes: list[str]


class FaultDef(BaseModel):
    """A fault to plant, and what the pipeline must make of it."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    fault: str
    needs: Conditions = {}
    set_answers: dict[str, str] = Field(default={}, alias="set")
    unset: list[str] = []
    evidence_photo: str | None = None
    birth_date: str | None = None
    enumerator_id: str | None = None
    formats: list[str] = ["payload", "csv", "xlsx", "parquet"]
    expected_class: Literal["accepted", "quarantined", "duplicate", "superseded", "absent"] = Field(alias="class")
    code: str | None = None
    mended: bool


class Names(Model):
    """Given names and the two halves of surnames."""

    male: list[str]
    female: list[str]
    surname_first: list[str]
    surname_second: list[str]


class Spec(Model):
    """Everything that a population is drawn from."""

    questionnaire: str
    areas: Areas
    survey: Survey
    wellbeing: Wellbeing
    household_types: list[HouseholdType]
    sexes: dict[str, float | Literal["other"]]
    in_law_of: int
    lowest_age: dict[str, float]
    relations: dict[str, str]
    prefixes: dict[str, Prefix]
    religions: dict[str, float]
    educations: Bands
    occupations: Bands
    studying: list[str]
    health: list[tuple[int, float, float]]
    helpless_of_disabled: float
    helpless_of_others: float
    welfare_card: list[tuple[int, float]]
    rosters: dict[str, Roster]
    economy: Economy
    answers: list[AnyStep]
    never_written: list[str]
    clears: dict[str, list[str]]
    satisfaction: Satisfaction
    land: Land
    faults: list[FaultDef]
    names: Names

    def codes(self) -> list[str]:
        """All answer codes, in the order of the steps (the order of the tables' columns)."""
        codes: list[str] = []
        for step in self.answers:
            codes += self.economy.codes() if isinstance(step, EconomyStep) else step.codes_written()
        return list(dict.fromkeys(codes + self.never_written))


class NoPopulation(ValueError):
    """No file describes a population that answers this questionnaire."""


@cache
def load_spec(questionnaire: str = "plan12", definitions: Path | None = None) -> Spec:
    """Read data/synthetic/<questionnaire>.yaml; what a file that `extends` another does not say is as there.

    Raises:
        NoPopulation: no file for the questionnaire.
        ValueError: a key twice, an unknown key, a value of the wrong kind.
    """
    folder = (definitions or Settings().definitions) / "synthetic"
    path = folder / f"{questionnaire}.yaml"
    if not path.is_file():
        raise NoPopulation(f"{path}: no population for this questionnaire")
    raw = load_yaml(path)
    if "extends" not in raw:
        return Spec.model_validate(raw)
    own = Extension.model_validate(raw)
    return _extended(load_spec(own.extends, definitions), own)


class Extension(Model):
    """A population as another one, for a questionnaire that has some other questions.

    without: codes of questions that are not asked ('31*': all that begin so), with the steps that write only these.
    rosters, answers and never_written are added; a fault replaces the other's of the same name. `indicator` of a step
    that is taken over is the number in the other questionnaire.
    """

    questionnaire: str
    extends: str
    without: list[str] = Field(default_factory=list)
    rosters: dict[str, Roster] = Field(default_factory=dict)
    answers: list[AnyStep] = Field(default_factory=list)
    never_written: list[str] = Field(default_factory=list)
    faults: list[FaultDef] = Field(default_factory=list)


def _extended(base: Spec, own: Extension) -> Spec:
    def is_left_out(code: str) -> bool:
        return any(code == name or (name[-1] == "*" and code.startswith(name[:-1])) for name in own.without)

    def is_kept(step: AnyStep) -> bool:
        codes = step.codes_written()
        return not codes or not all(map(is_left_out, codes))

    faults = {fault.fault: fault for fault in own.faults}
    return base.model_copy(
        update={
            "questionnaire": own.questionnaire,
            "rosters": base.rosters | own.rosters,
            "answers": [*filter(is_kept, base.answers), *own.answers],
            "never_written": [*(code for code in base.never_written if not is_left_out(code)), *own.never_written],
            "clears": {code: cleared for code, cleared in base.clears.items() if not is_left_out(code)},
            "faults": [faults.get(fault.fault, fault) for fault in base.faults],
        }
    )
