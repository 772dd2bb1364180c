"""Second opinion on the definitions: the same expressions over one household, in plain Python.

Written over `ast` apart from the engine's parser and compiler, and it reads raw answers by itself; it shares nothing
with them but the YAML. Slow on purpose: one household, one expression at a time.
"""

import ast
import operator
import re
from functools import cache

UNSET = None


class Household:
    """Raw answers (code -> text, absent when unset), members (dicts) and fields of one household."""

    def __init__(self, instrument, answers, members, fields):
        self.instrument, self.answers, self.members, self.fields = instrument, answers, members, fields
        self.settings = {
            name: int(setting.value) if setting.is_number else setting.value
            for name, setting in instrument.settings.items()
        }
        self.attach = {answer.code: answer.attach for answer in instrument.answers}
        self.leads = {code: value.split(",")[0] for code, value in answers.items()}
        self.counts = {}
        self.numbers = {}

    def v(self, code):
        return self.leads.get(code, UNSET)

    def n(self, code):
        return self.number(code, ("{persons}", "{hours}", "{times}")) if code in self.answers else 0

    def baht(self, code):
        return self.number(code, ("{baht}",)) if code in self.answers else 0

    def number(self, code, wanted):
        """The number at one of the places that `attach` names; 0 unless all of that place is digits."""
        if (code, wanted) not in self.numbers:
            self.numbers[code, wanted] = self.read_number(self.answers[code], self.attach[code], wanted)
        return self.numbers[code, wanted]

    def read_number(self, value, attach, wanted):
        places = attach.split(",") if attach else []
        if not set(wanted) & set(places):
            return 0
        if "{text}" in places:
            found = value.split(",")
            if len(found) < len(places):
                return 0
            found = [found[0], ",".join(found[1:-1]), found[-1]]
        else:
            found = value.split(",")
            if len(found) != len(places):
                return 0
            numeric = [part for part, place in zip(found, places, strict=True) if place.startswith("{")]
            if not all(re.fullmatch("[0-9]+", part) for part in numeric):
                return 0
        for place, part in zip(places, found, strict=True):
            if place in wanted and re.fullmatch("[0-9]+", part):
                return int(part) if int(part) < 10**11 else 0
        return 0

    def r(self, name):
        if name not in self.counts:
            where = next(roster.where for roster in self.instrument.rosters if roster.name == name)
            self.counts[name] = sum(bool(evaluate(where, self, m=member)) for member in self.members)
        return self.counts[name]

    def f(self, name):
        return self.fields.get(name)

    def s(self, name):
        return self.settings[name]

    def well_formed(self):
        return all(self.has_form(answer) for answer in self.instrument.answers if answer.is_stored)

    def has_form(self, answer):
        value = self.answers.get(answer.code)
        if value is None:
            return True
        if not re.fullmatch(answer.pattern, value):
            return False
        parts = value.split(",") if "{text}" not in (answer.attach or "") else [value.split(",")[-1]]
        numeric = answer.attach is not None and re.search("{(persons|hours|times|baht)}", answer.attach)
        return not numeric or not any(part.isascii() and part.isdigit() and int(part) >= 10**11 for part in parts)


def evaluate(text, home, **names):
    """Value of an expression; `names` holds `m` or `passed`."""
    return meaning(text)(home, names)


@cache
def meaning(text):
    """An expression as a function of (household, names)."""
    return closure(ast.parse(text.strip(), mode="eval").body, {})


def closure(node, bound):
    """A node as a function of (household, names); `bound` holds the loop variable of all(), any(), sum()."""
    match node:
        case ast.Constant(value=value):
            return lambda home, names: value
        case ast.Name(id=name) if name in bound:
            return closure(bound[name], {})
        case ast.Name(id=name):
            return lambda home, names: names[name]
        case ast.Attribute(value=ast.Name(id="m"), attr=field):
            return lambda home, names: names["m"][field]
        case ast.Call(func=ast.Name(id=name), args=[ast.GeneratorExp(elt=body, generators=[loop])]):
            return over({"all": all, "any": any, "sum": sum}[name], [
                closure(body, {loop.target.id: item}) for item in loop.iter.elts
            ])  # fmt: skip
        case ast.Call(func=ast.Name(id=name), args=arguments):
            method, values = getattr(Household, name), [bound.get(getattr(a, "id", ""), a).value for a in arguments]
            return lambda home, names: method(home, *values)
        case ast.BoolOp(op=op, values=values):
            return over(all if isinstance(op, ast.And) else any, [closure(value, bound) for value in values])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            value = closure(operand, bound)
            return lambda home, names: not value(home, names)
        case ast.IfExp(test=test, body=yes, orelse=no):
            test, yes, no = (closure(part, bound) for part in (test, yes, no))
            return lambda home, names: yes(home, names) if test(home, names) else no(home, names)
        case ast.BinOp(left=left, op=op, right=right):
            return comparison([closure(left, bound), closure(right, bound)], [OPERATORS[type(op)]])
        case ast.Compare(left=left, ops=ops, comparators=rest):
            parts = [closure(part, bound) for part in (left, *rest)]
            return comparison(parts, [OPERATORS[type(op)] for op in ops])
        case ast.Tuple(elts=items):
            values = tuple(item.value for item in items)
            return lambda home, names: values
    raise AssertionError(ast.dump(node))


def over(function, parts):
    """all, any or sum of the parts, each looked at only while it matters."""
    if len(parts) == 2 and function is not sum:
        first, second = parts
        if function is all:
            return lambda home, names: first(home, names) and second(home, names)
        return lambda home, names: first(home, names) or second(home, names)
    return lambda home, names: function(part(home, names) for part in parts)


def comparison(parts, operators):
    """`a < b`, `a < b <= c`; also `a + b`, which is as two-sided."""
    if len(operators) == 1:
        (left, right), (holds,) = parts, operators
        return lambda home, names: holds(left(home, names), right(home, names))

    def chain(home, names):
        values = [part(home, names) for part in parts]
        return all(holds(values[i], values[i + 1]) for i, holds in enumerate(operators))

    return chain


def ordered(holds):
    """An unset number is neither below nor above anything."""
    return lambda left, right: left is not None and right is not None and holds(left, right)


OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.In: lambda left, right: left in right, ast.NotIn: lambda left, right: left not in right,
    ast.Lt: ordered(operator.lt), ast.LtE: ordered(operator.le),
    ast.Gt: ordered(operator.gt), ast.GtE: ordered(operator.ge),
}  # fmt: skip


def violated(home):
    """Ids of the rules that a household violates."""
    return {rule.id for rule in home.instrument.rules if not meaning(rule.holds_if)(home, {})}


def score(home, item):
    """(result, surveyed, failed) of one indicator: result '-', '1', '0' or '?' for incomplete."""
    if evaluate(item.not_applicable_if, home):
        return "-", 0, 0
    if not evaluate(item.complete_if, home):
        return "?", 0, 0
    passed = bool(evaluate(item.pass_if, home))
    surveyed = evaluate(item.surveyed, home)
    return ("1" if passed else "0"), surveyed, evaluate(item.failed, home, passed=passed)
