"""What an instrument is: strict models of data/instruments/<name>.yaml.

Put here: the shape of the definitions and what one entry says about itself.
Keep out: numbers, thresholds and names of a plan (the YAML file), checks across entries (checks.py), SQL (compiler.py).
"""

import re
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from jpt_pipeline.instruments.expressions import Kind, Known, Ref
from jpt_pipeline.instruments.typecheck import TypeName, Types

Unit = Literal["persons", "households"]
Severity = Literal["error", "warning"]
Action = Literal["quarantine", "incomplete", "finding"]
Confidence = Literal["high", "medium", "low"]
Basis = Literal["app", "questionnaire", "inferred"]
Certainty = Literal["confirmed", "secondary", "inferred", "project", "not_found"]
"""How well a name or field is known: seen in official material, in one other source, deduced, our own, not at all."""
Topic = Literal["income"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]

MAX_DIGITS = 11  # of a number in an answer, leading zeros not counted: sums of a household stay far inside 64 bits


class Result(IntEnum):
    """Result of one indicator in one household, as stored in i<no>_result."""

    NOT_APPLICABLE = 0
    PASS = 1
    FAIL = 2
    INCOMPLETE = 3


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Years(_Model):
    """Survey years (Buddhist Era) in which the instrument was used, both inclusive."""

    first: int
    last: int


class Dimension(_Model):
    """หมวด: a run of indicators."""

    number: int
    key: Name
    name_th: str
    name_en: str
    first: int
    last: int
    basis: dict[Literal["name", "range"], Certainty] = {}


class Setting(_Model):
    """A point that the sources leave open: what may be chosen, what is, how sure we are and why."""

    allowed: list[str] = Field(min_length=2)
    value: str
    is_number: bool = False
    indicators: list[int]
    confidence: Confidence
    note_th: str
    note_en: str


class FieldType(_Model):
    """A field that expressions may read, and what it means."""

    type: TypeName
    en: str


class Roster(_Model):
    """A count of household members: those for whom `where` holds."""

    name: Name
    where: str
    label_th: str
    basis: Basis
    note: str = ""


class Answer(_Model):
    """One code of the questionnaire. `attach` names the parts after (or instead of) the leading field."""

    code: Annotated[str, Field(pattern=r"^([0-9]+|[a-z]+)$")]
    question: str
    indicator: int | None = None
    role: Literal["target", "scored", "info", "unused"]
    label_th: str
    gloss_en: str
    kind: Literal[
        "yes_no",
        "single_choice",
        "text",
        "money_baht",
        "computed",
        "all_or_count",
        "count",
        "choice_with_count",
        "choice_with_text",
    ]
    pattern: str
    attach: str | None = None
    values: dict[str, str] = {}
    good_value: str | None = None
    visible_if: str = "True"
    exclusive_with: list[str] = []
    computed_from: str | None = None
    is_stored: bool = True
    note: str = ""

    @property
    def column(self) -> str:
        """Column of the raw answer in the tables."""
        return f"a{self.code}"

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the attached parts: () for '1', ('persons', 'baht') for '1,{persons},{baht}'."""
        return tuple(re.findall(r"{([a-z]+)}", self.attach or ""))

    @property
    def has_lead(self) -> bool:
        """Whether the parts follow a leading field (else the whole value is one amount)."""
        return not (self.attach or "").startswith("{")

    @property
    def has_count(self) -> bool:
        return bool({"persons", "hours", "times"} & set(self.parts))

    @property
    def has_baht(self) -> bool:
        return "baht" in self.parts


class Indicator(_Model):
    """ตัวชี้วัด. The five expressions are over one household; `failed` may use `passed`. `continues`: the indicators of
    the instrument that this one extends whose questions it takes over; `basis`: how well each field is known. `topic`:
    what a report asks for by name, whatever its number in a plan. `target_percent`: share to pass, in plans that have one."""

    number: int
    topic: Topic | None = None
    target_percent: Annotated[Decimal, Field(ge=0, le=100)] | None = None
    continues: list[int] = []
    basis: dict[Literal["name", "dimension", "unit", "criterion"], Certainty] = {}
    dimension: Name
    name_th: str
    name_en: str
    unit: Unit
    criterion_th: str
    criterion_en: str
    surveyed: str
    failed: str
    pass_if: str
    not_applicable_if: str
    complete_if: str
    confidence: Confidence
    confidence_note: str = ""

    @property
    def prefix(self) -> str:
        """Start of the indicator's result columns, as i07."""
        return f"i{self.number:02d}"

    @property
    def counts_persons(self) -> bool:
        """Whether surveyed and failed are more than the result says: of households they are 1, and 0 or 1."""
        return self.unit == "persons"


class Family(_Model):
    """Rules of one kind: what an error of it leads to. A warning is always a finding."""

    error: Action
    en: str


class Rule(_Model):
    """A consistency rule: violated where `holds_if` is false. The file may leave `action` to the rule's family."""

    id: Annotated[str, Field(pattern=r"^[A-Z]+-[A-Za-z0-9-]+$")]
    severity: Severity
    action: Action
    indicator_no: int | None = None
    basis: Basis
    holds_if: str
    text_th: str
    text_en: str


class Instrument(_Model):
    """A questionnaire with its answers, rosters, indicators and rules, as one file defines it."""

    id: Name
    extends: Name | None = None
    title_th: str
    title_en: str
    provisional: bool
    years: Years
    dimensions: list[Dimension]
    settings: dict[Name, Setting]
    member_fields: dict[Name, FieldType]
    household_fields: dict[Name, FieldType]
    rosters: list[Roster]
    answers: list[Answer]
    indicators: list[Indicator]
    measures: dict[Name, str] = {}
    families: dict[str, Family]
    rules: list[Rule]

    @cached_property
    def choices(self) -> Known:
        """The chosen value of each setting, to resolve expressions with."""
        return {
            Ref("s", name): int(setting.value) if setting.is_number else setting.value
            for name, setting in self.settings.items()
        }

    @cached_property
    def answers_by_code(self) -> dict[str, Answer]:
        return {answer.code: answer for answer in self.answers}

    @cached_property
    def _by_number(self) -> dict[int, Indicator]:
        return {indicator.number: indicator for indicator in self.indicators}

    def indicator(self, number: int) -> Indicator:
        """The indicator with this number.

        Raises:
            KeyError: the instrument has no such number.
        """
        return self._by_number[number]

    def of_topic(self, topic: Topic) -> Indicator | None:
        """The indicator that says it is of this topic; None where the instrument names none."""
        return next((indicator for indicator in self.indicators if indicator.topic == topic), None)

    @property
    def targets(self) -> dict[int, Fraction] | None:
        """Percent to pass by indicator number; None where the instrument has no targets (all have one, or none has)."""
        known = {one.number: one.target_percent for one in self.indicators if one.target_percent is not None}
        return {number: Fraction(percent) for number, percent in known.items()} or None

    @cached_property
    def household_types(self) -> Types:
        """Names that expressions over a household may use, with their types."""
        types: dict[tuple[Kind, str], TypeName] = {("well_formed", ""): "flag", **self._setting_types}
        for answer in self.answers:
            types["v", answer.code] = "text"
            if answer.has_count:
                types["n", answer.code] = "int"
            if answer.has_baht:
                types["baht", answer.code] = "int"
        types.update({("r", roster.name): "int" for roster in self.rosters})
        types.update({("f", name): field.type for name, field in self.household_fields.items()})
        return types

    @cached_property
    def member_types(self) -> Types:
        """Names that expressions over one member may use, with their types."""
        return {**{("m", name): field.type for name, field in self.member_fields.items()}, **self._setting_types}

    @property
    def _setting_types(self) -> Types:
        return {("s", name): "int" if setting.is_number else "text" for name, setting in self.settings.items()}
