"""What `register` found in a file: codes, places and Thai words, ready for a screen or for JSON.

Put here: how a finding is worded. Keep out: the texts (data/areas/messages.yaml) and anything that names a person.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from jpt_pipeline.areas.spec import RegisterKind, load_messages

PLACES_SHOWN = 20


@dataclass(frozen=True)
class Place:
    """Where and what: row as a spreadsheet numbers it (header is 1; None for the file), and the Thai sentence."""

    row: int | None
    text: str


@dataclass(frozen=True)
class Notice:
    """All places of one code and column: how many, the first ones in words, and what to do."""

    code: str
    severity: str
    column: str | None
    count: int
    remedy: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class RegisterReport:
    """What became of a file. Refused: `errors` is not empty and nothing was stored.

    stored_n are the rows taken from the file; tables maps each survey year ("0" for areas) to the rows of the whole
    register of that year afterwards; scopes are the districts (per year) whose earlier rows the file replaced.
    """

    kind: RegisterKind
    file_name: str
    file_sha256: str | None = None
    format: str | None = None
    encoding: str | None = None
    rows_n: int = 0
    stored: bool = False
    stored_n: int = 0
    tables: dict[str, int] = field(default_factory=dict)
    scopes: dict[str, list[str]] = field(default_factory=dict)
    errors: tuple[Notice, ...] = ()
    findings: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Spot:
    """A place before it has words: row, and the values that fill the blanks of the message."""

    row: int | None = None
    value: str | None = None
    other: str | None = None


def notice(code: str, spots: Iterable[Spot], count: int, column: str | None = None, form: str = "") -> Notice:
    """Word the first places of a code.

    Raises:
        KeyError: the code is not in messages.yaml.
    """
    message = load_messages()[code]
    places = []
    for spot in spots:
        words = _tidy(message.th.format(value=_padded(spot.value), other=_padded(spot.other), column=column, form=form))
        where = [f"แถว {spot.row}"] if spot.row is not None else []
        where += [f"คอลัมน์ {column}"] if column and spot.row is not None else []
        place = " ".join(where)
        places.append(Place(spot.row, f"{place}: {words}" if place else words))
    return Notice(code, message.severity, column, count, message.remedy, tuple(places[:PLACES_SHOWN]))


def _tidy(words: str) -> str:
    return " ".join(words.split()).replace("( ", "(").replace(" )", ")")


def _padded(value: str | None) -> str:
    """A value with room around it, or nothing; what could be a 13-digit number of a person is never quoted."""
    if value is None:
        return ""
    if re.search(r"(?:[0-9๐-๙][- ]?){13}", value):
        return " (ไม่แสดง) "
    return f" {value if len(value) <= 60 else value[:60] + '…'} "
