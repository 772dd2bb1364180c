"""The expression language of the definitions: parsed with `ast`, never evaluated as Python.

Put here: what may be written (small dataclasses), how text becomes them, folding of settings.
Keep out: types (typecheck.py), SQL (sql.py) and the words about a file that is wrong (checks.py).

v(code) leading field, text or unset · n(code) count · baht(code) amount · r(roster) members · f(name) field of the
household · m.name field of a member · s(name) setting · passed · well_formed(). Numbers are whole. Unset is Python's
None: unset == 'x' is False, unset != 'x' is True, an unset number is neither below nor above anything.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

Value = str | int | bool | None
Kind = Literal["v", "n", "baht", "r", "f", "m", "s", "passed", "well_formed"]
Op = Literal["==", "!=", "<", "<=", ">", ">="]

_CALLS = frozenset(get_args(Kind)) - {"m", "passed", "well_formed"}
_COMPARE: dict[type[ast.cmpop], Op] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//"}


class ExpressionError(ValueError):
    """An expression that is not of this language, or whose types do not fit."""


@dataclass(frozen=True)
class Const:
    value: Value


@dataclass(frozen=True)
class Ref:
    """Something of the household, the member or the instrument, by kind and name."""

    kind: Kind
    name: str


@dataclass(frozen=True)
class Compare:
    op: Op
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True)
class IsNone:
    item: "Expr"


@dataclass(frozen=True)
class In:
    item: "Expr"
    options: tuple[str, ...]


@dataclass(frozen=True)
class Not:
    item: "Expr"


@dataclass(frozen=True)
class AllOf:
    items: tuple["Expr", ...]


@dataclass(frozen=True)
class AnyOf:
    items: tuple["Expr", ...]


@dataclass(frozen=True)
class IfElse:
    test: "Expr"
    yes: "Expr"
    no: "Expr"


@dataclass(frozen=True)
class Arithmetic:
    op: str
    left: "Expr"
    right: "Expr"


Known = Mapping[Ref, Value]
Expr = Const | Ref | Compare | IsNone | In | Not | AllOf | AnyOf | IfElse | Arithmetic


@cache
def parse(text: str) -> Expr:
    """The expression that a text stands for.

    Raises:
        ExpressionError: not Python's syntax, or a construct outside the language.
    """
    try:
        body = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ExpressionError(f"does not parse: {text!r}") from error
    return _node(body, {})


def _node(node: ast.expr, names: Mapping[str, Value]) -> Expr:
    """One node of Python's tree; `names` are the loop variables of all(), any(), sum()."""
    match node:
        case ast.Constant(value=str() | int() | bool() | None as value):
            return Const(value)
        case ast.Name(id="passed"):
            return Ref("passed", "")
        case ast.Name(id=name) if name in names:
            return Const(names[name])
        case ast.Attribute(value=ast.Name(id="m"), attr=name):
            return Ref("m", name)
        case ast.Call(keywords=[]):
            return _call(node, names)
        case ast.Compare():
            return _compare(node, names)
        case ast.BoolOp(op=ast.And(), values=values):
            return AllOf(tuple(_node(value, names) for value in values))
        case ast.BoolOp(op=ast.Or(), values=values):
            return AnyOf(tuple(_node(value, names) for value in values))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return Not(_node(operand, names))
        case ast.IfExp(test=test, body=yes, orelse=no):
            return IfElse(_node(test, names), _node(yes, names), _node(no, names))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            return Arithmetic(_ARITHMETIC[type(op)], _node(left, names), _node(right, names))
    raise ExpressionError(f"not of the language: {ast.unparse(node)}")


def _call(node: ast.Call, names: Mapping[str, Value]) -> Expr:
    match node:
        case ast.Call(func=ast.Name(id="well_formed"), args=[]):
            return Ref("well_formed", "")
        case ast.Call(func=ast.Name(id="all" | "any" | "sum" as name), args=[ast.GeneratorExp() as loop]):
            items = tuple(_loop(loop, names))
            if name == "all":
                return AllOf(items)
            if name == "any":
                return AnyOf(items)
            total = items[0]
            for item in items[1:]:
                total = Arithmetic("+", total, item)
            return total
        case ast.Call(func=ast.Name(id=name), args=[argument]) if name in _CALLS:
            match _node(argument, names):
                case Const(str() as target):
                    return Ref(name, target)  # type: ignore[arg-type]  # name is one of _CALLS
    raise ExpressionError(f"not of the language: {ast.unparse(node)}")


def _loop(loop: ast.GeneratorExp, names: Mapping[str, Value]) -> Iterator[Expr]:
    """`… for c in ['1411', '1421']`, written out."""
    match loop.generators:
        case [ast.comprehension(target=ast.Name(id=name), iter=ast.List(elts=items), ifs=[])] if items:
            for item in items:
                match _node(item, names):
                    case Const(value):
                        yield _node(loop.elt, {**names, name: value})
                    case _:
                        raise ExpressionError(f"a loop runs over a list of constants: {ast.unparse(loop)}")
        case _:
            raise ExpressionError(f"a loop runs over a list of constants: {ast.unparse(loop)}")


def _compare(node: ast.Compare, names: Mapping[str, Value]) -> Expr:
    """Comparison, also chained (`6 <= x < 12`)."""
    parts: list[Expr] = []
    left = node.left
    for op, right in zip(node.ops, node.comparators, strict=True):
        parts.append(_one_comparison(left, op, right, names))
        left = right
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _one_comparison(left: ast.expr, op: ast.cmpop, right: ast.expr, names: Mapping[str, Value]) -> Expr:
    match op, right:
        case (ast.Is(), ast.Constant(value=None)):
            return IsNone(_node(left, names))
        case (ast.IsNot(), ast.Constant(value=None)):
            return Not(IsNone(_node(left, names)))
        case (ast.In() | ast.NotIn(), ast.Tuple(elts=items)):
            options = [_node(item, names) for item in items]
            texts = tuple(option.value for option in options if isinstance(option, Const) and type(option.value) is str)
            if len(texts) != len(options):
                raise ExpressionError(f"`in` takes texts: {ast.unparse(right)}")
            inside = In(_node(left, names), texts)
            return inside if isinstance(op, ast.In) else Not(inside)
    if type(op) not in _COMPARE:
        raise ExpressionError(f"not of the language: {ast.unparse(left)} … {ast.unparse(right)}")
    return Compare(_COMPARE[type(op)], _node(left, names), _node(right, names))


def children(expr: Expr) -> tuple[Expr, ...]:
    """The parts of an expression, in order."""
    match expr:
        case Compare(_, left, right) | Arithmetic(_, left, right):
            return (left, right)
        case IsNone(item) | In(item, _) | Not(item):
            return (item,)
        case AllOf(items) | AnyOf(items):
            return items
        case IfElse(test, yes, no):
            return (test, yes, no)
        case Const() | Ref():
            return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """The expression and everything in it, top down."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def refs(expr: Expr) -> list[Ref]:
    """What an expression refers to, each once, in order of appearance."""
    return list(dict.fromkeys(node for node in walk(expr) if isinstance(node, Ref)))


def resolve(expr: Expr, known: Known) -> Expr:
    """Put known values (the chosen settings, or `passed`) in and fold what has become constant.

    Raises:
        ExpressionError: a setting that is not known.
    """
    match expr:
        case Ref() if expr in known:
            return Const(known[expr])
        case Ref("s", name):
            raise ExpressionError(f"unknown setting {name}")
        case Const() | Ref():
            return expr
        case Compare(op, left, right):
            return _fold_compare(Compare(op, resolve(left, known), resolve(right, known)))
        case IsNone(item):
            return IsNone(resolve(item, known))
        case In(item, options):
            return In(resolve(item, known), options)
        case Not(item):
            return Not(resolve(item, known))
        case AllOf(items):
            return _fold_items(AllOf, False, tuple(resolve(item, known) for item in items))
        case AnyOf(items):
            return _fold_items(AnyOf, True, tuple(resolve(item, known) for item in items))
        case IfElse(test, yes, no):
            test, yes, no = (resolve(part, known) for part in (test, yes, no))
            return (yes if test.value else no) if isinstance(test, Const) else IfElse(test, yes, no)
        case Arithmetic(op, left, right):
            return Arithmetic(op, resolve(left, known), resolve(right, known))


def _fold_compare(expr: Compare) -> Expr:
    match expr:
        case Compare("==", Const(left), Const(right)):
            return Const(left == right)
        case Compare("!=", Const(left), Const(right)):
            return Const(left != right)
    return expr


def _fold_items(make: type[AllOf] | type[AnyOf], absorbing: bool, items: tuple[Expr, ...]) -> Expr:
    """AND and OR without their constants; `absorbing` is the value that decides alone."""
    if Const(absorbing) in items:
        return Const(absorbing)
    rest = tuple(item for item in items if item != Const(not absorbing))
    if not rest:
        return Const(not absorbing)
    return rest[0] if len(rest) == 1 else make(rest)
