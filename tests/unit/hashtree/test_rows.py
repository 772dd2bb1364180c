"""The canonical row: the same bytes from SQL and from Python, no two households with the same, nothing of lineage."""

from datetime import date
from hashlib import sha256
from typing import Any
from unicodedata import normalize

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jpt_pipeline.hashtree.canonical import NotCanonical, Value, date_sql, decode, encode, integer_sql, text_sql
from jpt_pipeline.hashtree.rows import (
    Layout,
    decode_household,
    encode_household,
    layout_of,
    rosters_query,
    rows_query,
)

VALUES = st.one_of(
    st.none(),
    st.integers(-(2**62), 2**62),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6),
    st.dates(date(1, 1, 1), date(9999, 12, 31)),
    st.sampled_from(["", "1", "ก", "1,2", "N", "S1:1", "e\u0301", "กำ", "ก\u0e4dา"]),
)
HOUSEHOLD: dict[str, Value] = {
    "survey_year": 2561, "stream": "jpt", "village_code": "38010101", "household_id": "38010000001",
    "enumerator_id": "E1", "survey_date": date(2018, 3, 1), "satisfaction": None, "evidence_photo": "present",
    "evidence_signature": "signed", "a11": "1", "a1111": None, "a2": "1,โรงสีข้าว",
}  # fmt: skip
PERSONS: list[dict[str, Value]] = [
    {"member_no": 2, "person_token": None, "sex": "2", "age_years": 0, "age_months": 7},
    {"member_no": 1, "person_token": "ab" * 16, "sex": "1", "age_years": 41, "age_months": 494},
    {"member_no": 10, "person_token": "cd" * 16, "sex": "2", "age_years": 8, "age_months": 100},
]
LINEAGE = {
    "hh": "7", "submitted_at": "TIMESTAMP '2018-03-01 02:30'", "revision": "3", "delivery_id": "'d'", "file_sha256": "'f'",
    "record_no": "4", "byte_start": "0", "byte_end": "9", "content_sha256": "'c'", "is_corrected": "true",
}  # fmt: skip


def layout() -> Layout:
    return layout_of(["hh", "r_members", "a2", *HOUSEHOLD])


def of_sql(
    household: dict[str, Value], persons: list[dict[str, Value]], lineage: dict[str, str] | None = None
) -> bytes:
    """The row as the stage makes it, of tables with columns beside those that count."""
    key = ", ".join(f"'{HOUSEHOLD[name]}' AS {name}" for name in ("stream", "village_code", "household_id"))
    more = ", ".join(f"{value} AS {name}" for name, value in (lineage or LINEAGE).items())
    with duckdb.connect() as connection:
        table(connection, "household", [household])
        table(connection, "roster", persons)
        connection.execute(f"CREATE VIEW h AS SELECT *, {more}, 9 AS persons_n, '38' AS province_code FROM household")
        connection.execute(f"CREATE VIEW m AS SELECT *, 7 AS hh, {key} FROM roster")
        (found,) = connection.execute(rows_query(layout(), "h", f"({rosters_query(layout(), 'm')})")).fetchall()
        return bytes(found[-1])


def table(connection: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, Value]]) -> None:
    kinds = dict.fromkeys(("survey_year", "satisfaction", "member_no", "age_years", "age_months"), "BIGINT")
    kinds["survey_date"] = "DATE"
    columns = ", ".join(f"{column} {kinds.get(column, 'VARCHAR')}" for column in (rows or PERSONS)[0])
    connection.execute(f"CREATE TABLE {name} ({columns})")
    for row in rows:
        connection.execute(f"INSERT INTO {name} VALUES ({', '.join('?' for _ in row)})", list(row.values()))


def test_sql_and_python_give_the_same_row() -> None:
    row = encode_household(layout(), HOUSEHOLD, PERSONS)
    assert of_sql(HOUSEHOLD, PERSONS) == row
    assert of_sql(HOUSEHOLD, PERSONS[::-1]) == row, "whatever the order of members in the file"
    assert of_sql(HOUSEHOLD, []) == encode_household(layout(), HOUSEHOLD, []) != row


def test_the_row_is_the_documented_one() -> None:
    """By hand, so that another program can check a proof."""
    assert layout() == Layout(
        ("survey_year", "stream", "village_code", "household_id", "enumerator_id", "survey_date", "satisfaction",
         "evidence_photo", "evidence_signature"),
        ("member_no", "person_token", "sex", "age_years", "age_months"),
        ("a11", "a1111", "a2"),
    )  # fmt: skip
    names = (
        "jpt-hh-v1 survey_year stream village_code household_id enumerator_id survey_date satisfaction evidence_photo "
    )
    names += "evidence_signature persons( member_no person_token sex age_years age_months ) a11 a1111 a2"
    digest = sha256(names.encode()).hexdigest()
    assert encode_household(layout(), HOUSEHOLD, PERSONS[:1]).decode() == (
        f"S64:{digest}I4:2561S3:jptS8:38010101S11:38010000001S2:E1T10:2018-03-01NS7:presentS6:signed"
        "I1:1I1:2NS1:2I1:0I1:7S1:1NS29:1,โรงสีข้าว"
    )


@given(st.sampled_from(sorted(HOUSEHOLD)), VALUES)
@settings(max_examples=60, deadline=None)
def test_a_row_tells_what_it_was_made_of(name: str, value: Value) -> None:
    household = HOUSEHOLD | {name: normalize("NFC", value) if isinstance(value, str) else value}
    found = decode_household(layout(), encode_household(layout(), household, PERSONS))
    assert found.fields == household
    assert found.persons == sorted(PERSONS, key=lambda person: int(str(person["member_no"])))


COUNTED = [
    *({name: "x"} for name in ("enumerator_id", "evidence_photo", "evidence_signature", "a11", "a1111", "a2")),
    *({"satisfaction": 0}, {"survey_date": date(2018, 3, 2)}, {"a11": None}, {"a11": None, "a1111": "1"}),
]


@pytest.mark.parametrize("change", COUNTED, ids=str)
def test_what_counts_moves_the_row(change: dict[str, Value]) -> None:
    assert of_sql(HOUSEHOLD | change, PERSONS) != of_sql(HOUSEHOLD, PERSONS)


@pytest.mark.parametrize(
    ("name", "value"), [("person_token", "ef" * 16), ("sex", "1"), ("age_years", 1), ("age_months", 8)]
)
def test_a_person_moves_the_row(name: str, value: Value) -> None:
    assert of_sql(HOUSEHOLD, [PERSONS[0] | {name: value}]) != of_sql(HOUSEHOLD, PERSONS[:1])


def test_how_a_household_came_here_does_not_move_it() -> None:
    other = {name: "NULL" if value.startswith("'") else "TIMESTAMP '2020-01-01'" if "TIME" in value else "0"
             for name, value in LINEAGE.items()}  # fmt: skip
    assert of_sql(HOUSEHOLD, PERSONS, other) == of_sql(HOUSEHOLD, PERSONS)


def test_a_row_of_another_layout_is_not_read() -> None:
    row = encode_household(layout(), HOUSEHOLD, PERSONS)
    other = layout_of([*HOUSEHOLD, "a9"])
    for content in (row[:-1], row + b"N", b"", b"N", row.replace(b"I1:3", b"I1:2", 1)):
        with pytest.raises(NotCanonical):
            decode_household(layout(), content)
    with pytest.raises(NotCanonical):
        decode_household(other, row)


@given(st.lists(VALUES, max_size=4), st.lists(VALUES, max_size=4))
@settings(max_examples=100, deadline=None)
def test_different_values_never_have_the_same_text(left: list[Value], right: list[Value]) -> None:
    typed = [[(type(v), normalize("NFC", v) if isinstance(v, str) else v) for v in values] for values in (left, right)]
    assert (encode(left) == encode(right)) == (typed[0] == typed[1])
    assert [(type(value), value) for value in decode(encode(left).encode())] == typed[0]


def test_sql_and_python_write_values_alike() -> None:
    texts = ["", "1", "ก", "e\u0301", "12345678901", None, "ก\u0e4dา", "x" * 1000]
    numbers = [0, -1, 10, 2**62, None]
    days = [date(1, 1, 1), date(2018, 12, 31), date(9999, 12, 31), None]
    with duckdb.connect() as connection:
        for values, write, kind in (
            (texts, text_sql, "VARCHAR"),
            (numbers, integer_sql, "BIGINT"),
            (days, date_sql, "DATE"),
        ):
            query = f"SELECT {write('v')} FROM (SELECT unnest(?::{kind}[]) AS v)"
            assert [row[0] for row in connection.execute(query, [values]).fetchall()] == [encode([v]) for v in values]


@pytest.mark.parametrize(
    "content", [b"S", b"S1", b"S1:", b"S2:1", b"S01:1", b"S-1:", b"X1:1", b"I2:01", b"I2:-0", b"I0:", b"I1:x",
                b"T10:2018-13-01", b"T4:2018", b"n", b"S1:\xff", "S3:e\u0301".encode(), b"NS1:11"],
)  # fmt: skip
def test_what_is_not_canonical_is_refused(content: bytes) -> None:
    with pytest.raises(NotCanonical):
        decode(content)


@pytest.mark.parametrize("value", [True, 1.0, b"1", [1]])
def test_other_kinds_of_values_have_no_text(value: Any) -> None:
    with pytest.raises(TypeError):
        encode([value])
