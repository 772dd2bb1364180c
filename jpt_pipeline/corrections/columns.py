"""Which columns may be corrected and what their values are: data/corrections/columns.yaml and the instrument's answers.

Put here: the model of that file, and whether a text is a value of a column. Keep out: any column's name or value.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from jpt_pipeline.clock import date_text, read_date
from jpt_pipeline.instruments import Answer, Instrument
from jpt_pipeline.instruments.models import MAX_DIGITS
from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml

_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnDef(_Model):
    """One column of households or members beside the answers: its values in words, what reads it."""

    th: str
    values: dict[str, str] = {}
    pattern: str | None = None
    form: str = ""
    is_blank_allowed: bool = False
    is_date: bool = False
    is_number: bool = False
    reads: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> "ColumnDef":
        if bool(self.values) == (self.pattern is not None) or (self.pattern is not None and not self.form):
            raise ValueError("give values, or pattern and form")
        re.compile(self.pattern or "")
        return self


class AnswerDef(_Model):
    """What holds for all answers, and how the parts of their shapes are told ('1,{persons}')."""

    is_blank_allowed: bool
    parts: dict[str, str]
    form: str


class Definition(_Model):
    """The file."""

    blank: Annotated[str, Field(min_length=1)]
    answers: AnswerDef
    household: dict[str, ColumnDef]
    member: dict[str, ColumnDef]
    identifiers: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """A column that may be corrected.

    values: code -> words, where they are few; pattern: what a value matches; form: the allowed values in words;
    reads: names of the instrument's expressions that depend on it; rules: own codes (J-) that it answers.
    """

    name: str
    th: str
    is_member: bool
    pattern: str
    form: str
    values: Mapping[str, str]
    is_blank_allowed: bool
    is_date: bool = False
    is_number: bool = False
    is_answer: bool = False
    reads: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    def value(self, text: str | None) -> str | None:
        """A text as the column's value: trimmed, Thai digits as digits, a date with two-digit day and month.

        Raises:
            ValueError: no value of this column (or none at all where the column must have one).
        """
        if text is None:
            if not self.is_blank_allowed:
                raise ValueError("blank")
            return None
        value = text.strip().translate(_THAI_DIGITS) if self.is_date else text.strip()
        if not re.fullmatch(self.pattern, value) or not value.isprintable() or (self.is_answer and _is_too_long(value)):
            raise ValueError("pattern")
        return date_text(read_date(value)) if self.is_date else value

    def allows(self, value: str | None) -> bool:
        """Whether a value has the form that the column asks for."""
        try:
            self.value(value)
        except ValueError:
            return False
        return True


def _is_too_long(value: str) -> bool:
    """Whether a number in it is longer than an answer's may be (leading zeros not counted)."""
    return any(len(digits.lstrip("0")) > MAX_DIGITS for digits in re.findall("[0-9]+", value))


@dataclass(frozen=True)
class Columns:
    """All columns of an instrument that may be corrected, by name; and those that never may."""

    blank: str
    by_name: Mapping[str, Column]
    identifiers: frozenset[str]

    def readers(self, name: str, is_member: bool) -> list[Column]:
        """Columns on which a field of the instrument's expressions depends."""
        return [c for c in self.by_name.values() if c.is_member is is_member and name in c.reads]


@cache
def load_definition(definitions: Path | None = None) -> Definition:
    """Read data/corrections/columns.yaml. Raises ValueError."""
    path = (definitions or Settings().definitions) / "corrections" / "columns.yaml"
    return Definition.model_validate(load_yaml(path))


def columns_of(instrument: Instrument, definitions: Path | None = None) -> Columns:
    """The columns of an instrument that may be corrected, answers first.

    Raises:
        ValueError: a column of the file has the name of an answer, of an identifier or of another column.
    """
    known = load_definition(definitions)
    found = [_answer(answer, known) for answer in instrument.answers if answer.is_stored]
    for is_member, group in ((False, known.household), (True, known.member)):
        found += [_column(name, definition, is_member) for name, definition in group.items()]
    by_name = {column.name: column for column in found}
    if len(by_name) != len(found) or set(by_name) & set(known.identifiers):
        raise ValueError("corrections/columns.yaml: a column stands twice")
    return Columns(known.blank, by_name, frozenset(known.identifiers))


def _answer(answer: Answer, known: Definition) -> Column:
    values = dict(answer.values) if answer.values and not answer.parts else {}
    words = [f"{shape} = {text}" for shape, text in answer.values.items()] or [answer.attach or known.answers.form]
    form = re.sub(r"{([a-z]+)}", lambda part: known.answers.parts[part[1]], "; ".join(words))
    return Column(
        answer.column,
        f"ข้อ {answer.question} {answer.label_th}",
        False,
        answer.pattern,
        form,
        values,
        known.answers.is_blank_allowed,
        is_answer=True,
        reads=(answer.code,),
    )


def _column(name: str, definition: ColumnDef, is_member: bool) -> Column:
    pattern = definition.pattern or "|".join(map(re.escape, definition.values))
    form = definition.form or "; ".join(f"{code} = {text}" for code, text in definition.values.items())
    return Column(
        name,
        definition.th,
        is_member,
        pattern,
        form,
        definition.values,
        definition.is_blank_allowed,
        is_date=definition.is_date,
        is_number=definition.is_number,
        reads=definition.reads or (name,),
        rules=definition.rules,
    )
