"""Whether an instrument is sound: everything that one entry cannot know about the others.

Each function yields problems as "entry: what is wrong"; loader.py puts the file's name before them.
Keep out: shapes and types of single fields (models.py).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from jpt_pipeline.instruments.expressions import (
    AllOf,
    AnyOf,
    Compare,
    Const,
    Expr,
    ExpressionError,
    Ref,
    children,
    parse,
    refs,
    resolve,
    walk,
)
from jpt_pipeline.instruments.models import Answer, Instrument
from jpt_pipeline.instruments.typecheck import TypeName, Types, type_of

Problems = Iterator[str]

# What may be attached to the leading field (or stand alone), by kind of answer.
PARTS_OF_KIND: dict[str, set[tuple[str, ...]]] = {
    "yes_no": {()},
    "single_choice": {()},
    "text": {()},
    "money_baht": {("baht",)},
    "computed": {(), ("persons",), ("baht",)},
    "all_or_count": {(), ("persons",), ("baht",)},
    "count": {("persons",), ("hours",), ("times",)},
    "choice_with_count": {("persons",), ("baht",), ("persons", "baht")},
    "choice_with_text": {("text",), ("text", "persons")},
}
_LOOKAROUND = re.compile(r"\(\?[=!<]|\\[1-9]")


def problems(instrument: Instrument) -> Problems:
    """All problems of an instrument; none when it is sound."""
    for check in CHECKS:
        yield from check(instrument)


def _unique(instrument: Instrument) -> Problems:
    names: dict[str, Iterable[object]] = {
        "answers": (answer.code for answer in instrument.answers),
        "rosters": (roster.name for roster in instrument.rosters),
        "rules": (rule.id for rule in instrument.rules),
        "indicators": (indicator.number for indicator in instrument.indicators),
        "dimensions": (dimension.key for dimension in instrument.dimensions),
        "topics": (indicator.topic for indicator in instrument.indicators if indicator.topic),
    }
    for section, found in names.items():
        for name, times in Counter(found).items():
            if times > 1:
                yield f"{section} {name}: stands {times} times"


def _numbering(instrument: Instrument) -> Problems:
    """Indicators run from 1 without a gap, and each dimension holds exactly its run."""
    numbers = [indicator.number for indicator in instrument.indicators]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"indicators: numbers are not 1 to {len(numbers)} in order"
    following = 1
    for dimension in instrument.dimensions:
        if dimension.first != following:
            yield f"dimensions {dimension.key}: begins at {dimension.first}, not at {following}"
        following = dimension.last + 1
        held = [item.number for item in instrument.indicators if item.dimension == dimension.key]
        if held != list(range(dimension.first, dimension.last + 1)):
            yield f"dimensions {dimension.key}: its indicators are {held}, not {dimension.first} to {dimension.last}"
    if (targets := instrument.targets) and len(targets) < len(numbers):
        yield f"indicators: {len(targets)} of {len(numbers)} have a target_percent, not all or none"
    known = {dimension.key for dimension in instrument.dimensions}
    for indicator in instrument.indicators:
        if indicator.dimension not in known:
            yield f"indicators {indicator.number}: unknown dimension {indicator.dimension}"
    if following - 1 != len(numbers):
        yield f"dimensions: end at {following - 1}, but there are {len(numbers)} indicators"


def _settings(instrument: Instrument) -> Problems:
    """A chosen value is allowed, and every setting is used."""
    texts = [text for _, text, _, _ in _expressions(instrument)]
    for name, setting in instrument.settings.items():
        if setting.value not in setting.allowed:
            yield f"settings {name}: {setting.value!r} is not one of {setting.allowed}"
        if setting.is_number:
            yield from (f"settings {name}: {one!r} is no number" for one in setting.allowed if not one.isdecimal())
        if not any(f"s('{name}')" in text for text in texts):
            yield f"settings {name}: no expression uses it"


def _answers(instrument: Instrument) -> Problems:
    """Pattern, attached parts and value labels of each answer fit one another; exclusions hold both ways."""
    numbers = {indicator.number for indicator in instrument.indicators}
    for answer in instrument.answers:
        entry = f"answers {answer.code}"
        yield from (f"{entry}: {problem}" for problem in _pattern(answer))
        if answer.indicator is not None and answer.indicator not in numbers:
            yield f"{entry}: unknown indicator {answer.indicator}"
        if answer.parts not in PARTS_OF_KIND[answer.kind]:
            yield f"{entry}: attach {answer.attach!r} does not fit kind {answer.kind}"
        for other in answer.exclusive_with:
            partner = instrument.answers_by_code.get(other)
            if partner is None:
                yield f"{entry}: exclusive_with unknown code {other}"
            elif answer.code not in partner.exclusive_with:
                yield f"{entry}: excludes {other}, but not the other way round"


def _pattern(answer: Answer) -> Problems:
    try:
        pattern = re.compile(answer.pattern)
    except re.error as error:
        yield f"pattern {answer.pattern!r} does not compile ({error})"
        return
    if _LOOKAROUND.search(answer.pattern):
        yield f"pattern {answer.pattern!r} looks around or back, which DuckDB cannot"
    for shape in [*answer.values, *([answer.attach] if answer.attach else [])]:
        if not pattern.fullmatch(_example(shape)):
            yield f"pattern {answer.pattern!r} does not allow {shape!r}"
    if answer.good_value is not None and not can_be(answer, answer.good_value):
        yield f"good_value {answer.good_value!r} cannot occur under pattern {answer.pattern!r}"


def _example(shape: str) -> str:
    """A value of a shape, as '1,7' of '1,{persons}'."""
    return re.sub(r"{[a-z]+}", "7", shape)


def can_be(answer: Answer, lead: str) -> bool:
    """Whether the pattern has a value with this leading field; a broken pattern is another check's."""
    try:
        return any(re.fullmatch(answer.pattern, lead + rest) for rest in ("", ",7", ",7,7"))
    except re.error:
        return True


def _households(instrument: Instrument) -> Problems:
    """An indicator of households surveys one household, and fails it or not: nothing else is stored of it."""
    for item in instrument.indicators:
        if not item.counts_persons and (item.surveyed, item.failed) != ("1", "0 if passed else 1"):
            yield f"indicators {item.number}: an indicator of households has surveyed 1 and failed 0 if passed else 1"


def _rules(instrument: Instrument) -> Problems:
    numbers = {indicator.number for indicator in instrument.indicators}
    for rule in instrument.rules:
        if rule.indicator_no is not None and rule.indicator_no not in numbers:
            yield f"rules {rule.id}: unknown indicator {rule.indicator_no}"
    for name, setting in instrument.settings.items():
        for number in setting.indicators:
            if number not in numbers:
                yield f"settings {name}: unknown indicator {number}"


def _expressions(instrument: Instrument) -> Iterator[tuple[str, str, Types, set[TypeName]]]:
    """Every expression: where it stands, its text, the names it may use, the types it may have."""
    household = instrument.household_types
    within: Types = {**household, ("passed", ""): "flag"}
    for roster in instrument.rosters:
        yield f"rosters {roster.name} where", roster.where, instrument.member_types, {"flag"}
    for answer in instrument.answers:
        yield f"answers {answer.code} visible_if", answer.visible_if, household, {"flag"}
        if answer.computed_from is not None:
            yield f"answers {answer.code} computed_from", answer.computed_from, household, {"int", "text"}
    for indicator in instrument.indicators:
        entry = f"indicators {indicator.number}"
        yield f"{entry} surveyed", indicator.surveyed, household, {"int"}
        yield f"{entry} failed", indicator.failed, within, {"int"}
        yield f"{entry} pass_if", indicator.pass_if, household, {"flag"}
        yield f"{entry} not_applicable_if", indicator.not_applicable_if, household, {"flag"}
        yield f"{entry} complete_if", indicator.complete_if, household, {"flag"}
    for name, text in instrument.measures.items():
        yield f"measures {name}", text, household, {"int"}
    for rule in instrument.rules:
        yield f"rules {rule.id} holds_if", rule.holds_if, household, {"flag"}


def _every_expression(instrument: Instrument) -> Problems:
    """Expressions parse, know what they name, have the right type, and compare answers with values they can have."""
    for entry, text, types, wanted in _expressions(instrument):
        try:
            found = type_of(parse(text), types)
            expr = resolve(parse(text), instrument.choices)
        except ExpressionError as error:
            yield f"{entry}: {error}"
            continue
        if found not in wanted:
            yield f"{entry}: is {found}, not {' or '.join(sorted(wanted))}"
        for ref, value in _compared(expr):
            if not can_be(instrument.answers_by_code[ref.name], value):
                yield f"{entry}: {ref.name} cannot be {value!r}"


def _compared(expr: Expr) -> Iterator[tuple[Ref, str]]:
    """Answers that an expression compares with a fixed text."""
    for node in walk(expr):
        match node:
            case Compare("==" | "!=", Ref("v") as ref, Const(str() as value)):
                yield ref, value
            case Compare("==" | "!=", Const(str() as value), Ref("v") as ref):
                yield ref, value


def _skips(instrument: Instrument) -> Problems:
    """No question waits for itself, or for an answer that nothing can give."""
    shown: dict[str, Expr] = {}
    for answer in instrument.answers:
        try:
            shown[answer.code] = resolve(parse(answer.visible_if), instrument.choices)
        except ExpressionError:
            continue  # told by _every_expression
    hidden = {code for code, expr in shown.items() if _never(expr, instrument, set())}
    while more := {code for code, expr in shown.items() if code not in hidden and _never(expr, instrument, hidden)}:
        hidden |= more
    for code in sorted(hidden):
        yield f"answers {code} visible_if: can never be true"
    waits_for = {code: {ref.name for ref in refs(expr) if ref.kind == "v"} for code, expr in shown.items()}
    for code in waits_for:
        if code in _reached(code, waits_for):
            yield f"answers {code} visible_if: waits for itself"


def _never(expr: Expr, instrument: Instrument, hidden: set[str]) -> bool:
    """Whether an expression is false whatever is answered, when the `hidden` questions are never asked."""

    def replace(node: Expr) -> Expr:
        match node:
            case Compare("==", Ref("v", code), Const(str() as value)):
                answer = instrument.answers_by_code.get(code)
                if code in hidden or (answer is not None and not can_be(answer, value)):
                    return Const(False)
        return node

    return _folded(expr, replace) == Const(False)


def _folded(expr: Expr, replace: Callable[[Expr], Expr]) -> Expr:
    """An expression with some comparisons replaced below AND and OR only: what is left there may be true."""
    if isinstance(expr, AllOf | AnyOf):
        return resolve(type(expr)(tuple(_folded(item, replace) for item in children(expr))), {})
    return replace(expr)


def _reached(start: str, edges: dict[str, set[str]]) -> set[str]:
    """Everything that can be reached from a code by one step or more."""
    seen: set[str] = set()
    todo = list(edges[start])
    while todo:
        code = todo.pop()
        if code not in seen:
            seen.add(code)
            todo += edges.get(code, ())
    return seen


CHECKS: list[Callable[[Instrument], Problems]] = [
    _unique,
    _numbering,
    _settings,
    _households,
    _answers,
    _rules,
    _every_expression,
    _skips,
]
