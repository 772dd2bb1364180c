"""What a second interview asks, as data/sampling/items.yaml defines it: items with the answers that they take.

Put here: the models and the items of an instrument. Keep out: any indicator number, class or word; they are data.
An answer is a whole number: a code of a choice, a number of persons, the class of an income, the result of an indicator.
"""

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml

EXISTS, ROSTER, INCOME = "exists", "roster", "income"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Choice(_Strict):
    """A question with codes; the first one is the usual answer."""

    th: str
    is_critical: bool = False
    values: dict[int, str] = Field(min_length=2)

    @property
    def usual(self) -> int:
        return next(iter(self.values))


class Number(_Strict):
    """A question for a number up to `most`."""

    th: str
    is_critical: bool
    most: int


class Classes(_Strict):
    """A question for the class of an amount a member; class n is below the n-th bound, the last one above all."""

    th: str
    is_critical: bool
    measure: str
    bounds_baht: list[int] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> "Classes":
        if self.bounds_baht != sorted(set(self.bounds_baht)):
            raise ValueError("bounds_baht go upwards")
        return self

    @property
    def values(self) -> dict[int, str]:
        bounds = [f"{bound:,}" for bound in self.bounds_baht]
        middle = [f"{low} - ต่ำกว่า {high}" for low, high in pairwise(bounds)]
        texts = [f"ต่ำกว่า {bounds[0]}", *middle, f"{bounds[-1]} ขึ้นไป"]
        return dict(enumerate(texts, start=1))

    def class_of(self, amount: int, persons: int) -> int:
        """Class of an amount of a household with so many members (at least one is taken)."""
        return 1 + sum(amount >= bound * max(persons, 1) for bound in self.bounds_baht)


class Numbers(_Strict):
    """Indicators of an instrument: those that decide whether a household agrees, and those that are measured only."""

    critical: list[int]
    asked: list[int] = []


class Label(_Strict):
    """A column of the form without codes."""

    th: str


class Questions(_Strict):
    """The whole of items.yaml."""

    replacements_percent: int = Field(ge=0, le=500)
    contact: Choice
    interviewer: Label
    exists: Choice
    roster: Number
    income: Classes
    results: dict[int, str]
    indicators: dict[str, Numbers]


class Item(_Strict):
    """One item of a form: key, heading, the answers it takes (None: a number up to `most`)."""

    key: str
    th: str
    is_critical: bool
    values: dict[int, str] | None = None
    most: int = 0
    indicator_no: int | None = None


@cache
def load_questions(definitions: Path | None = None) -> Questions:
    """Read sampling/items.yaml; ValueError for a key twice or an unknown key."""
    return Questions.model_validate(load_yaml((definitions or Settings().definitions) / "sampling" / "items.yaml"))


def items_of(questions: Questions, instrument: str, names: Mapping[int, str]) -> list[Item]:
    """The items of an instrument in the order of the form; `names` are its indicators' Thai names by number.

    Raises:
        KeyError: no items for this instrument, or an indicator that it does not have.
    """
    numbers = questions.indicators[instrument]
    asked = sorted({*numbers.critical, *numbers.asked})
    found = [
        Item(key=EXISTS, **questions.exists.model_dump()),
        Item(key=ROSTER, th=questions.roster.th, is_critical=questions.roster.is_critical, most=questions.roster.most),
        Item(
            key=INCOME, th=questions.income.th, is_critical=questions.income.is_critical, values=questions.income.values
        ),
    ]
    return found + [
        Item(
            key=f"i{number}",
            th=f"ตัวชี้วัดที่ {number} {names[number]}",
            is_critical=number in numbers.critical,
            values=questions.results,
            indicator_no=number,
        )
        for number in asked
    ]
