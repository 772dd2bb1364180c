"""A notice: what is told, and the key by which it is told once a day.

Put here: the shape, and the last guard against codes of persons and houses. Keep out: how it is sent.
"""

import re
from dataclasses import dataclass

# Codes of areas have up to 8 digits, of houses 11 (4-6-1), of persons 13 (1-4-5-2-1), Arabic or Thai.
_LONG_NUMBER = re.compile(r"\d{9,}|\d[ -]\d{4}[ -]\d{5}[ -]\d{2}[ -]\d|\d{4}[ -]\d{6}[ -]\d")
LONGEST = 4000


def discreet(text: str) -> str:
    """The text without numbers of persons and houses (nine digits or more, or grouped as theirs), cut where it is too long.

    Texts of errors are made without content of records; this is the guard behind it.
    """
    told = _LONG_NUMBER.sub("#", text)
    return told if len(told) <= LONGEST else told[: LONGEST - 1] + "…"


@dataclass(frozen=True)
class Notice:
    """key: the same thing on the same day has the same key. title: one line. text: plain lines."""

    key: str
    title: str
    text: str
