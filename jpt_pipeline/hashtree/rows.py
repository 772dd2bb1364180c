"""The canonical row of a household (jpt-hh-v1): what counts of it, as one sequence of bytes, in SQL and in Python.

A row is the digest of its layout, the fields of the household in the order of the data dictionary, the number of
persons, the fields of each person by place on the roster, and the answers by code. What says only how a household came
here stays out, so that files may be cut, ordered and read in any way. A new field of the dictionary is taken in.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256 as digest

from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.hashtree.canonical import (
    SQL_BY_TYPE,
    NotCanonical,
    Value,
    decode,
    encode,
    integer_sql,
    joined_sql,
    of_column,
    text_sql,
)

VERSION = b"jpt-hh-v1"
CLEAN, MEMBERS = "households__clean", "households__members"
KEYS = ("survey_year", "stream", "village_code", "household_id")
_KEY = KEYS[1:]
_ANSWER = re.compile("a[0-9]+")
# Where the village lies says the register, and the tree above; numbers of persons follow from the roster.
_PLACE = {"tambon_code", "lao_code", "district_code", "province_code", "persons_n"}
# How a household came here, and as which of its records: no figure depends on it.
_LINEAGE = {
    *("hh", "submitted_at", "revision", "delivery_id", "file_sha256", "record_no", "byte_start", "byte_end"),
    *("content_sha256", "is_corrected"),
}


@dataclass(frozen=True)
class Layout:
    """Names of what a row holds, in order: fields of the household, fields of each person, answers."""

    household: tuple[str, ...]
    person: tuple[str, ...]
    answers: tuple[str, ...]

    @cached_property
    def sha256(self) -> str:
        """Digest that stands first in every row of this layout, so that no value can be read as another's."""
        names = (*self.household, "persons(", *self.person, ")", *self.answers)
        return digest(VERSION + b" " + " ".join(names).encode()).hexdigest()


@dataclass(frozen=True)
class Household:
    """What a row says: fields and answers by name, and the fields of each person, by place on the roster."""

    fields: dict[str, Value]
    persons: list[dict[str, Value]]


def layout_of(columns: Iterable[str]) -> Layout:
    """Layout of rows whose households have these columns; of them only the answers matter (a1111 …)."""
    tables = load_dictionary().tables
    return Layout(
        household=tuple(c for c in tables[CLEAN].columns if c not in _PLACE | _LINEAGE),
        person=tuple(c for c in tables[MEMBERS].columns if c not in {*KEYS, *_LINEAGE}),
        answers=tuple(sorted({c for c in columns if _ANSWER.fullmatch(c)})),
    )


def rosters_query(layout: Layout, members: str) -> str:
    """SELECT stream, village_code, household_id, listed_n, listed (text) of a relation of members, in any order."""
    person = joined_sql(_field(name) for name in layout.person)
    # Sorted as a list: an ordered aggregate takes twice as long.
    listed = f"list_sort(list({{'no': member_no, 'said': {person}}}))"
    return (
        f"SELECT {', '.join(_KEY)}, count(*) AS listed_n, "
        f"array_to_string(list_transform({listed}, lambda one: one.said), '') AS listed FROM {members} GROUP BY ALL"
    )


def rows_query(layout: Layout, households: str, rosters: str) -> str:
    """SELECT stream, village_code, household_id, row (BLOB) of relations of households and of their rosters."""
    parts = [
        f"'{encode([layout.sha256])}'",
        *(_field(name) for name in layout.household),
        integer_sql("coalesce(listed_n, 0)"),
        "coalesce(listed, '')",
        *(of_column(text_sql, name) for name in layout.answers),
    ]
    return (
        f"SELECT {', '.join(_KEY)}, encode({joined_sql(parts)}) AS row "
        f"FROM {households} h LEFT JOIN (SELECT * FROM {rosters}) USING ({', '.join(_KEY)})"
    )


def _field(name: str) -> str:
    return of_column(SQL_BY_TYPE[load_dictionary().fields[name].type], name)


def encode_household(layout: Layout, household: Mapping[str, Value], persons: Sequence[Mapping[str, Value]]) -> bytes:
    """The row of a household: its fields and answers by column, and its persons in any order.

    Raises:
        KeyError: a field of the layout is missing.
        TypeError: see canonical.encode.
    """
    roster = sorted(persons, key=lambda person: int(str(person["member_no"])))
    values: list[Value] = [layout.sha256, *(household[name] for name in layout.household), len(roster)]
    values += [person[name] for person in roster for name in layout.person]
    values += [household[name] for name in layout.answers]
    return encode(values).encode()


def decode_household(layout: Layout, row: bytes) -> Household:
    """What a row of this layout says.

    Raises:
        NotCanonical: the row is of another layout, or not a row.
    """
    values = decode(row)
    first, fields, width = 1, len(layout.household), len(layout.person)
    if len(values) <= fields + first or values[0] != layout.sha256:
        raise NotCanonical("of another layout")
    persons_n = values[first + fields]
    if type(persons_n) is not int or len(values) != first + fields + 1 + persons_n * width + len(layout.answers):
        raise NotCanonical("not as many values as its layout says")
    start = first + fields + 1
    answers = values[start + persons_n * width :]
    return Household(
        fields=dict(zip((*layout.household, *layout.answers), (*values[first : start - 1], *answers), strict=True)),
        persons=[
            dict(zip(layout.person, values[at : at + width], strict=True))
            for at in range(start, start + persons_n * width, width)
        ],
    )
