"""Types of expressions: text, whole number or flag, and what can be unset.

Put here: whether an expression makes sense over names of known types. Keep out: which names there are (models.py).
"""

from collections.abc import Mapping
from typing import Literal

from jpt_pipeline.instruments.expressions import (
    AllOf,
    AnyOf,
    Arithmetic,
    Compare,
    Const,
    Expr,
    ExpressionError,
    IfElse,
    In,
    IsNone,
    Kind,
    Not,
    Ref,
)

TypeName = Literal["text", "int", "flag"]
Types = Mapping[tuple[Kind, str], TypeName]


def type_of(expr: Expr, types: Types) -> TypeName:
    """Type of an expression over the names that `types` knows.

    Raises:
        ExpressionError: an unknown name, or operands that do not fit their operator.
    """
    match expr:
        case Const(value):
            if isinstance(value, bool):
                return "flag"
            if value is None:
                raise ExpressionError("None stands only after `is` or `is not`")
            return "int" if isinstance(value, int) else "text"
        case Ref(kind, name):
            if (kind, name) not in types:
                raise ExpressionError(f"unknown name {kind}({name!r})" if name else f"{kind} does not stand here")
            return types[kind, name]
        case IsNone(item):
            if not is_nullable(item):
                raise ExpressionError("only an answer or a field can be None")
            type_of(item, types)
        case In(item, _):
            _demand("text", item, types, "in")
        case Not(item):
            _demand("flag", item, types, "not")
        case AllOf(items) | AnyOf(items):
            for item in items:
                _demand("flag", item, types, "and/or")
        case IfElse(test, yes, no):
            _demand("flag", test, types, "if")
            _demand(type_of(yes, types), no, types, "else")
            return type_of(yes, types)
        case Arithmetic(op, left, right):
            for item in (left, right):
                _demand("int", item, types, op)
                if is_nullable(item):
                    raise ExpressionError(f"{op} over a number that may be unset")
            return "int"
        case Compare(op, left, right):
            _demand(type_of(left, types) if op in ("==", "!=") else "int", left, types, op)
            _demand(type_of(left, types), right, types, op)
    return "flag"


def _demand(wanted: TypeName, item: Expr, types: Types, place: str) -> None:
    found = type_of(item, types)
    if found != wanted:
        raise ExpressionError(f"{place} needs {wanted}, got {found}")


def is_nullable(expr: Expr) -> bool:
    """Whether an expression can be unset."""
    match expr:
        case Ref(kind, _):
            return kind in ("v", "f", "m")
        case IfElse(_, yes, no):
            return is_nullable(yes) or is_nullable(no)
    return False
