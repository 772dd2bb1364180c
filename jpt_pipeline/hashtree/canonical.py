"""Canonical text of values, in SQL and in Python: no two different sequences of values give the same text.

A value is its tag, the number of its bytes, a colon and the bytes: `S` text (NFC, UTF-8), `I` decimal integer without
leading zeros, `T` date of the common era as YYYY-MM-DD; `N` alone is no value. Texts of several values stand together
without anything between. No floats, no locale, no order of rows of its own.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date
from unicodedata import normalize

Value = str | int | date | None
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class NotCanonical(ValueError):
    """Bytes are not the canonical text of any values; says where, never what."""


def text_sql(expression: str) -> str:
    """SQL of the text of a VARCHAR expression. One digit alone, as most answers are, takes the short way."""
    value = f"nfc_normalize({expression})"
    return (
        f"CASE WHEN {expression} IS NULL THEN 'N' WHEN strlen({expression}) = 1 THEN concat('S1:', {expression}) "
        f"ELSE concat('S', strlen({value}), ':', {value}) END"
    )


def integer_sql(expression: str) -> str:
    """SQL of the text of an integer expression."""
    value = f"CAST(CAST({expression} AS BIGINT) AS VARCHAR)"
    return f"CASE WHEN {expression} IS NULL THEN 'N' ELSE concat('I', strlen({value}), ':', {value}) END"


def date_sql(expression: str) -> str:
    """SQL of the text of a DATE expression, years 1 to 9999."""
    return f"CASE WHEN {expression} IS NULL THEN 'N' ELSE concat('T10:', strftime({expression}, '%Y-%m-%d')) END"


SQL_BY_TYPE = {"text": text_sql, "int": integer_sql, "small": integer_sql, "day": date_sql}
"""Encoder by type of a field in the data dictionary; other types are never hashed."""


def of_column(write: Callable[[str], str], name: str) -> str:
    """SQL of the text of a column, as one function of it: DuckDB computes that once per entry of the column's dictionary,
    as files hold it. Only for columns of a file; over others it takes longer than the encoder alone."""
    return f"list_transform([{name}], lambda said: {write('said')})[1]"


def joined_sql(expressions: Iterable[str]) -> str:
    """SQL of several texts together, in one call: chained `||` copies the beginning again for every part."""
    return f"concat({', '.join(expressions)})"


def encode(values: Iterable[Value]) -> str:
    """The text of values.

    Raises:
        TypeError: a value of another type, a truth value among them.
    """
    return "".join(map(_encoded, values))


def _encoded(value: Value) -> str:
    if value is None:
        return "N"
    if isinstance(value, str):
        tag, said = "S", normalize("NFC", value)
    elif type(value) is int:
        tag, said = "I", str(value)
    elif type(value) is date:
        tag, said = "T", value.isoformat()
    else:
        raise TypeError(f"{type(value).__name__} has no canonical text")
    return f"{tag}{len(said.encode())}:{said}"


def decode(content: bytes) -> list[Value]:
    """The values whose text this is, byte by byte.

    Raises:
        NotCanonical: it is nobody's text: cut, of an unknown tag, or not in its one right form.
    """
    values: list[Value] = []
    at = 0
    while at < len(content):
        if content[at : at + 1] == b"N":
            values.append(None)
            at += 1
            continue
        colon = content.find(b":", at)
        length = content[at + 1 : colon].decode("ascii", "replace")
        if colon < 0 or not _INTEGER.fullmatch(length) or len(length) > 9 or colon + 1 + int(length) > len(content):
            raise NotCanonical(f"at byte {at}")
        end = colon + 1 + int(length)
        values.append(_decoded(content[at : at + 1], content[colon + 1 : end], at))
        at = end
    if encode(values).encode() != content:
        raise NotCanonical("not in its one right form")
    return values


def _decoded(tag: bytes, said: bytes, at: int) -> Value:
    try:
        text = said.decode()
        if tag == b"S":
            return text
        if tag == b"I" and _INTEGER.fullmatch(text):
            return int(text)
        if tag == b"T" and _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        raise NotCanonical(f"at byte {at}") from None
    raise NotCanonical(f"at byte {at}")
