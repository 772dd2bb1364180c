"""Kinds of questions: how an answer of each kind is drawn and stored, as the `answers` of the YAML file name them.

Put here: strict models of the steps. Keep out: the drawing itself (answers.py) and any code or rate (YAML).
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Conditions = dict[str, str]


class Model(BaseModel):
    """Base of all parts: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LogNormal(Model):
    """Positive amounts in baht: median and the standard deviation of the logarithm."""

    median: float
    sigma: float


class Step(Model):
    """One step of drawing answers. `when`: asked if any condition holds; `unless`: not asked if any holds."""

    when: Conditions = {}
    unless: Conditions = {}
    indicator: int | None = None
    basis: Literal["published", "invented"] = "invented"

    def codes_written(self) -> list[str]:
        """Answer codes that the step fills."""
        named = [getattr(self, name, None) for name in ("code", "all", "none")]
        return [code for code in named if code] + [*getattr(self, "codes", ()), *getattr(self, "parts", ())]


class Target(Step):
    """`0`, or `1,N` with N persons of a roster."""

    step: Literal["target"]
    code: str
    of: str


class AllOrCount(Step):
    """`1` when all of the counted persons do, else `0,N` with those who do not; unset without counted persons."""

    step: Literal["all_or_count"]
    code: str
    of: list[str]
    fail: float
    always: bool = False


class HasCount(Step):
    """`0`, or `1,N` with N of the counted persons."""

    step: Literal["has_count"]
    code: str
    of: list[str]
    share: float


class Count(Step):
    """Check box with number: `1,N`, unset for none."""

    step: Literal["count"]
    code: str
    of: list[str]
    share: float


class Split(Step):
    """Each counted person falls in one part (weights) or in none of them; `1,N` or `1,text,N` per part."""

    step: Literal["split"]
    of: list[str]
    parts: dict[str, float]
    nobody: float = 0
    texts: dict[str, list[str]] = {}


class AllOrSplit(Step):
    """`1` in `all` when nobody fails, else the failing persons by part."""

    step: Literal["all_or_split"]
    all: str
    of: list[str]
    parts: dict[str, float]
    fail: float


class AllOrEach(Step):
    """`1` in `all` when nobody does, else the number of persons per part, each part with its own roster and percent."""

    step: Literal["all_or_each"]
    all: str
    parts: dict[str, tuple[str, float]]


class Items(Step):
    """Yes/no questions of one indicator: all good, or at least one bad. Codes in `good_zero` store 0 for good."""

    step: Literal["items"]
    codes: list[str]
    fail: float
    good_zero: list[str] = []
    bad: dict[str, LogNormal] = {}


class YesNo(Step):
    """`1` or `0`."""

    step: Literal["yes_no"]
    code: str
    share: float


class Ticks(Step):
    """Check boxes: at least one unless optional; with `none`, that box alone when the household fails."""

    step: Literal["ticks"]
    parts: dict[str, float]
    texts: dict[str, list[str]] = {}
    none: str | None = None
    fail: float = 0
    optional: bool = False
    baht: LogNormal | None = None
    refused: float = 0


class OneOf(Step):
    """Exactly one of the questions is answered, `1` or (failing) `0`."""

    step: Literal["one_of"]
    parts: dict[str, float]
    fail: float


class Choice(Step):
    """One of the given texts, by weight."""

    step: Literal["choice"]
    code: str
    values: dict[str, float]


class Number(Step):
    """`1,N` with N in a range; answered by a percent of those asked."""

    step: Literal["number"]
    code: str
    range: tuple[int, int]
    share: float


class Money(Step):
    """A plain amount in baht, above zero."""

    step: Literal["money"]
    code: str
    baht: LogNormal


class HasBaht(Step):
    """`0`, or `1,baht`."""

    step: Literal["has_baht"]
    code: str
    share: float
    baht: LogNormal


class Enough(Step):
    """`1` for enough, or `0,baht` for what is short."""

    step: Literal["enough"]
    code: str
    fail: float
    baht: LogNormal


class PersonsBaht(Step):
    """`0`, or `1,persons,baht`; percent of households, then persons among those counted."""

    step: Literal["persons_baht"]
    code: str
    of: list[str]
    share: float
    baht: LogNormal


class Together(Step):
    """`1` for two or more members, `0` for a person alone."""

    step: Literal["together"]
    code: str


class EconomyStep(Step):
    """Income and expense; see `Economy`."""

    step: Literal["economy"]


AnyStep = Annotated[
    Target | AllOrCount | HasCount | Count | Split | AllOrSplit | AllOrEach | Items | YesNo | Ticks | OneOf | Choice
    | Number | Money | HasBaht | Enough | PersonsBaht | Together | EconomyStep,
    Field(discriminator="step"),
]  # fmt: skip
