"""Why a household does not pass an indicator: the answers that decide it, in the words of the questionnaire.

The rule is the instrument's own expression, walked over one household: of AND the parts that do not hold, of OR all of
them, of a choice the side that applies. Keep out: any indicator by number. The result itself is never computed here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jpt_pipeline.instruments import Answer, Indicator, Instrument
from jpt_pipeline.instruments.expressions import (
    AllOf,
    AnyOf,
    Arithmetic,
    Compare,
    Const,
    Expr,
    IfElse,
    In,
    IsNone,
    Not,
    Ref,
    Value,
    parse,
    refs,
    resolve,
)
from jpt_pipeline.instruments.sql import column

Row = Mapping[str, str | int | None]
"""Columns of compiler.typed_step: a<code>, v<code>, n<code>, b<code>, r_<roster>."""
_OF_ANSWER = ("v", "n", "baht")
_SKIP_NOTE = re.compile(r"\s*\(ข้ามไป[^)]*\)")
_BLANK = "..."


@dataclass(frozen=True)
class Reason:
    """One answer: number of the question, what was answered, and the question's words where the name of the indicator
    does not say them: of one item among several."""

    question: str
    label: str
    said: str


def reasons(instrument: Instrument, indicator: Indicator, row: Row) -> list[Reason]:
    """The answers for which a household that fails does so, in the order of the form; none where nothing was answered."""
    rule = resolve(parse(indicator.pass_if), instrument.choices)
    asked = resolve(parse(indicator.complete_if), instrument.choices)
    failed = parse(indicator.failed)
    decided = {ref.name for ref in _against(rule, row) if ref.kind in _OF_ANSWER}
    decided |= {ref.name for ref in refs(failed) if ref.kind == "n" and row[column(ref)]}
    # Said in an answer that the rule does not read: "nobody", "none of these".
    read = {ref.name for ref in refs(rule)}
    decided |= {ref.name for ref in refs(asked) if ref.kind in _OF_ANSWER and ref.name not in read}
    listed = (answer for answer in instrument.answers if answer.code in decided)
    is_one_of_many = sum(ref.kind == "v" for ref in refs(rule)) > 1
    return [_reason(answer, raw, is_one_of_many) for answer in listed if (raw := _raw(answer, row))]


def _raw(answer: Answer, row: Row) -> str | None:
    raw = row.get(answer.column)
    return None if raw is None or str(raw) == "" else str(raw)


def _reason(answer: Answer, raw: str, is_one_of_many: bool) -> Reason:
    is_item = is_one_of_many and answer.kind == "yes_no" and answer.label_th not in answer.values.values()
    return Reason(answer.question, answer.label_th if is_item else "", _SKIP_NOTE.sub("", _said(answer, raw)))


def _said(answer: Answer, raw: str) -> str:
    """The words of a value, with its numbers in their places; the value itself where the code book has no words."""
    parts = raw.split(",")
    for shape, words in answer.values.items():
        lead, *attached = shape.split(",")
        is_amount = lead.startswith("{")
        if is_amount or (lead == parts[0] and len(attached) == len(parts) - 1):
            for part in parts if is_amount else parts[1:]:
                words = words.replace(_BLANK, _number(part), 1)
            return words
    return raw


def _number(text: str) -> str:
    return f"{int(text):,}" if text.isdecimal() else text


def _against(expr: Expr, row: Row) -> Iterator[Ref]:
    """What decides that an expression does not hold."""
    if _value(expr, row):
        return
    match expr:
        case AllOf(items) | AnyOf(items):
            for item in items:
                yield from _against(item, row)
        case IfElse(test, yes, no):
            yield from _against(yes if _value(test, row) else no, row)
        case _:
            yield from refs(expr)


def _value(expr: Expr, row: Row) -> Value:
    """The value of an expression of a household, as the language defines it: unset equals nothing, and has no order."""
    match expr:
        case Const(value):
            return value
        case Ref():
            return row[column(expr)]
        case Compare("==", left, right):
            return _value(left, row) == _value(right, row)
        case Compare("!=", left, right):
            return _value(left, row) != _value(right, row)
        case Compare(op, left, right):
            return _ordered(op, _value(left, row), _value(right, row))
        case IsNone(item):
            return _value(item, row) is None
        case In(item, options):
            return _value(item, row) in options
        case Not(item):
            return not _value(item, row)
        case AllOf(items):
            return all(_value(item, row) for item in items)
        case AnyOf(items):
            return any(_value(item, row) for item in items)
        case IfElse(test, yes, no):
            return _value(yes if _value(test, row) else no, row)
        case Arithmetic(op, left, right):
            return _counted(op, int(_value(left, row) or 0), int(_value(right, row) or 0))


def _ordered(op: str, left: Value, right: Value) -> bool:
    if left is None or right is None:
        return False
    first, second = int(left), int(right)
    return {"<": first < second, "<=": first <= second, ">": first > second, ">=": first >= second}[op]


def _counted(op: str, left: int, right: int) -> int:
    """Division rounded down; by 0 gives 0, as in the SQL of the language."""
    if op == "//":
        return left // right if right else 0
    return {"+": left + right, "-": left - right, "*": left * right}[op]
