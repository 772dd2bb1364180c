"""One raw answer -> leading field, count, amount, and whether it has its form; as DuckDB SQL over column a<code>.

DuckDB computes a function of one column once per entry of the column's dictionary, as files hold it, but casts, CASE and
operators once per row: so whatever an answer means stands inside of one function. Read it straight from the file: over
columns without dictionary the same SQL takes several times as long. Digits are checked before any cast: a plain cast
would take '1e3' for 1000 and '12.7' for 13.
"""

import re

from jpt_pipeline.instruments.models import MAX_DIGITS, Answer
from jpt_pipeline.instruments.sql import literal

_NUMBER = f"0*([0-9]{{1,{MAX_DIGITS}}})"
_PLAIN = ("0", "1")


def lead_sql(answer: Answer) -> str:
    """The text before the first comma; NULL when unset."""
    return f"regexp_extract({answer.column}, '^[^,]*')"


def count_sql(answer: Answer) -> str:
    """The attached number of persons, hours or times; 0 when there is none."""
    return _number_sql(answer, 0 if answer.parts[0] != "text" else len(answer.parts) - 1)


def baht_sql(answer: Answer) -> str:
    """The attached amount, or the whole value where that is an amount; 0 when there is none."""
    return _number_sql(answer, answer.parts.index("baht"))


def _number_sql(answer: Answer, part: int) -> str:
    pattern = literal(_shape(answer, part))
    number = f"coalesce(try_cast(regexp_extract(said, {pattern}, 1) AS BIGINT), 0)"
    plain = "WHEN said IN ('0', '1') THEN 0 " if answer.has_lead else ""
    return _of_value(answer, f"CASE WHEN said IS NULL THEN 0 {plain}ELSE {number} END")


def _of_value(answer: Answer, expression: str) -> str:
    """An expression over the value `said` as one function of the answer's column."""
    return f"list_transform([{answer.column}], lambda said: {expression})[1]"


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
    usual = ", ".join(literal(value) for value in _PLAIN if re.fullmatch(answer.pattern, value))
    short = "said IS NULL" + (f" OR said IN ({usual})" if usual else "")
    exact = f"regexp_full_match(said, {literal(answer.pattern)})"
    if set(answer.parts) - {"text"}:
        allowed = f"{_shape(answer)}|^[^,]*$" if answer.has_lead else _shape(answer)
        both = f"({exact} AND regexp_matches(said, {literal(allowed)}))"
        exact = f"CASE WHEN strlen(said) <= {MAX_DIGITS} THEN {exact} ELSE {both} END"
    return _of_value(answer, f"CASE WHEN {short} THEN true ELSE {exact} END")
