"""Expressions -> DuckDB SQL with exactly the language's meaning of unset.

Put here: one function from expression to SQL text. Keep out: which relation the columns come from (compiler.py).
A generated flag is never NULL: `unset == 'x'` is written so that it is false, and `unset != 'x'` so that it is true.
"""

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
)
from jpt_pipeline.instruments.typecheck import is_nullable

_NEGATED = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_PREFIX = {"v": "v", "n": "n", "baht": "b", "r": "r_", "f": "f_", "m": ""}


def column(ref: Ref) -> str:
    """Column that carries a reference: v1111, n1111, b42215, r_members, f_satisfaction, age_years, passed."""
    return _PREFIX[ref.kind] + ref.name if ref.kind in _PREFIX else ref.kind


def literal(value: Value) -> str:
    """A constant of a definition as SQL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def sql_of(expr: Expr) -> str:
    """SQL of an expression whose settings are resolved; flags come out as true or false, never NULL."""
    match expr:
        case Const(value):
            return literal(value)
        case Ref():
            return column(expr)
        case Compare(op, left, right):
            return _comparison(op, left, right)
        case IsNone(item):
            return f"({sql_of(item)} IS NULL)"
        case In(item, options):
            return _never_null(f"{sql_of(item)} IN ({', '.join(map(literal, options))})", item, "false")
        case Not(item):
            return f"(NOT {flag_of(item)})"
        case AllOf(items):
            return f"({' AND '.join(map(flag_of, items))})"
        case AnyOf(items):
            return f"({' OR '.join(map(flag_of, items))})"
        case IfElse(test, yes, no):
            return f"(CASE WHEN {flag_of(test)} THEN {sql_of(yes)} ELSE {sql_of(no)} END)"
        case Arithmetic("//", left, right):
            return _floor_division(_wide(left), _wide(right))
        case Arithmetic(op, left, right):
            return f"({_wide(left)} {op} {_wide(right)})"


def _wide(item: Expr) -> str:
    """An operand as BIGINT: roster counts are 16 bits wide, and 38000 * 2 is not."""
    return f"CAST({sql_of(item)} AS BIGINT)" if isinstance(item, Ref) and item.kind == "r" else sql_of(item)


def flag_of(expr: Expr) -> str:
    """SQL of an expression in the place of a condition: an unset flag counts as false."""
    return f"coalesce({sql_of(expr)}, false)" if is_nullable(expr) else sql_of(expr)


def condition(expr: Expr, holds: bool = True) -> str:
    """SQL for WHEN, WHERE or FILTER alone, where NULL counts as false: whether a flag holds, or that it does not.

    Negations stand at the bottom, on plain comparisons, so that DuckDB looks at the second part of an AND only where the
    first holds, and at a whole vector at once. Of flags that are NULL it says the same as flag_of.
    """
    match expr:
        case Compare(op, left, right):
            return _compared(op if holds else _NEGATED[op], left, right, is_true_of_unset=(op == "!=") is holds)
        case IsNone(item):
            return f"({sql_of(item)} IS {'' if holds else 'NOT '}NULL)"
        case Not(item):
            return condition(item, not holds)
        case AllOf(items) | AnyOf(items):
            operator = " AND " if isinstance(expr, AllOf) is holds else " OR "
            return f"({operator.join(condition(item, holds) for item in items)})"
        case IfElse(test, yes, no):
            return (
                f"(({condition(test)} AND {condition(yes, holds)}) "
                f"OR ({condition(test, False)} AND {condition(no, holds)}))"
            )
    return flag_of(expr) if holds else f"(NOT {flag_of(expr)})"


def _compared(op: str, left: Expr, right: Expr, is_true_of_unset: bool) -> str:
    """A comparison as a condition; an operand that is unset decides by itself."""
    first, second = sql_of(left), sql_of(right)
    unset = [sql for expr, sql in ((left, first), (right, second)) if is_nullable(expr)]
    if op in ("==", "!=") and unset and (is_true_of_unset or len(unset) > 1):
        return f"({first} IS {'NOT ' if op == '==' else ''}DISTINCT FROM {second})"
    plain = f"{first} {({'==': '=', '!=': '<>'}).get(op, op)} {second}"
    return f"({' OR '.join([plain, *(f'{sql} IS NULL' for sql in unset)])})" if is_true_of_unset else f"({plain})"


def _comparison(op: str, left: Expr, right: Expr) -> str:
    first, second = sql_of(left), sql_of(right)
    if op in ("==", "!=") and (is_nullable(left) or is_nullable(right)):
        return f"({first} IS {'NOT ' if op == '==' else ''}DISTINCT FROM {second})"
    plain = f"{first} {({'==': '=', '!=': '<>'}).get(op, op)} {second}"
    return f"coalesce({plain}, false)" if is_nullable(left) or is_nullable(right) else f"({plain})"


def _never_null(condition: str, item: Expr, otherwise: str) -> str:
    return f"coalesce({condition}, {otherwise})" if is_nullable(item) else f"({condition})"


def _floor_division(left: str, right: str) -> str:
    """Division rounded down, as the form asks; by 0 gives 0, where a guard of the definition decides anyway."""
    return f"(CASE WHEN {right} = 0 THEN 0 ELSE ({left} - (({left} % {right}) + {right}) % {right}) // {right} END)"
