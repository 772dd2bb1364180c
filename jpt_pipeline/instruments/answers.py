"""One raw answer -> leading field, count, amount, and whether it has its form; as DuckDB SQL over column a<code>.

The common values ('0', '1', unset) take a short way; only the rest meet a regular expression. Digits are checked before
any cast: a plain cast would take '1e3' for 1000 and '12.7' for 13.
"""

import re

from jpt_pipeline.instruments.models import MAX_DIGITS, Answer
from jpt_pipeline.instruments.sql import literal

_NUMBER = f"0*([0-9]{{1,{MAX_DIGITS}}})"
_PLAIN = ("0", "1")


def lead_sql(answer: Answer) -> str:
    """The text before the first comma; NULL when unset."""
    return f"split_part({answer.column}, ',', 1)"


def count_sql(answer: Answer) -> str:
    """The attached number of persons, hours or times; 0 when there is none."""
    return _number_sql(answer, 0 if answer.parts[0] != "text" else len(answer.parts) - 1)


def baht_sql(answer: Answer) -> str:
    """The attached amount, or the whole value where that is an amount; 0 when there is none."""
    return _number_sql(answer, answer.parts.index("baht"))


def _number_sql(answer: Answer, part: int) -> str:
    pattern = literal(_shape(answer, part))
    number = f"coalesce(try_cast(regexp_extract({answer.column}, {pattern}, 1) AS BIGINT), 0)"
    plain = f"WHEN {answer.column} IN ('0', '1') THEN 0 " if answer.has_lead else ""
    return f"CASE WHEN {answer.column} IS NULL THEN 0 {plain}ELSE {number} END"


def _shape(answer: Answer, captured: int | None = None) -> str:
    """Pattern of the attached parts; the number of part `captured` is the group, of at most MAX_DIGITS digits."""
    parts = []
    for index, part in enumerate(answer.parts):
        if part == "text":
            parts.append("(?s:.*)")
        else:
            parts.append(_NUMBER if captured in (None, index) else "[0-9]+")
    lead = ["[^,]*"] if answer.has_lead else []
    return f"^{','.join(lead + parts)}$"


def well_formed_sql(answer: Answer) -> str:
    """Whether an answer is unset, or matches its pattern with numbers of at most MAX_DIGITS digits."""
    column = answer.column
    usual = ", ".join(literal(value) for value in _PLAIN if re.fullmatch(answer.pattern, value))
    short = f"{column} IS NULL" + (f" OR {column} IN ({usual})" if usual else "")
    exact = f"regexp_full_match({column}, {literal(answer.pattern)})"
    if set(answer.parts) - {"text"}:
        allowed = f"{_shape(answer)}|^[^,]*$" if answer.has_lead else _shape(answer)
        both = f"({exact} AND regexp_matches({column}, {literal(allowed)}))"
        exact = f"CASE WHEN strlen({column}) <= {MAX_DIGITS} THEN {exact} ELSE {both} END"
    return f"CASE WHEN {short} THEN true ELSE {exact} END"
