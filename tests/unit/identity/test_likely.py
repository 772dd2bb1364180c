"""Likely duplicates: small tables that can be read, and floors of precision and recall on a planted population."""

from datetime import date

import duckdb
import pytest

from jpt_pipeline.identity.likely import find_likely
from jpt_pipeline.identity.spec import load_likely, load_spelling
from tests.unit.identity.measure import measure

VILLAGE, NEXT_VILLAGE, FAR = "38010101", "38010102", "38080101"
BORN = date(1977, 5, 12)
# The person whom the others are held against: counted with a valid number.
SOMCHAI = (VILLAGE, "1", BORN, True, "8380000000011", "สมชาย", "แก้วมณี")
SAME = {
    "as he is": (NEXT_VILLAGE, "1", BORN, False, None, "สมชาย", "แก้วมณี"),
    "tone marks and a title": (FAR, "1", BORN, False, None, "นายสมช่าย", "เเกวมณี"),
    "first name and surname swapped": (FAR, "1", BORN, False, None, "แก้วมณี", "สมชาย"),
    "a letter missing": (NEXT_VILLAGE, "1", BORN, False, None, "สมชา", "แก้วมณี"),
    "day and month swapped": (NEXT_VILLAGE, "1", date(1977, 12, 5), False, None, "สมชาย", "แก้วมณี"),
    "only the year known": (VILLAGE, "1", date(1977, 1, 1), False, None, "สมชาย", "แก้วมณี"),
    "only the year known, number mistyped": (FAR, "1", date(1977, 1, 1), False, "8380000000021", "สมชาย", "แก้วมนี"),
}
OTHER = {
    "another birth date": (VILLAGE, "1", date(1981, 8, 30), False, None, "สมชาย", "แก้วมณี"),
    "his son of the same name": (VILLAGE, "1", date(2003, 5, 12), False, None, "สมชาย", "แก้วมณี"),
    "his sister": (VILLAGE, "2", BORN, False, None, "สมหญิง", "แก้วมณี"),
    "another man of the same day": (VILLAGE, "1", BORN, False, None, "ประเสริฐ", "วงศ์ภักดี"),
    "the same name, a number of his own": (VILLAGE, "1", date(1977, 1, 1), True, "8380000000099", "สมชาย", "แก้วมณี"),
}


@pytest.fixture
def propose():
    with duckdb.connect() as connection:

        def proposed(*rows):
            connection.execute(
                "CREATE OR REPLACE TABLE people (person_no BIGINT, hh BIGINT, village_code VARCHAR, sex VARCHAR, "
                "birth_date DATE, has_number BOOLEAN, citizen_id VARCHAR, first_name VARCHAR, last_name VARCHAR, "
                "tambon_code VARCHAR, district_code VARCHAR)"
            )
            for number, row in enumerate(rows, 1):
                values = [number, number, *row, row[0][:6], row[0][:4]]
                connection.execute(f"INSERT INTO people VALUES ({', '.join('?' * len(values))})", values)
            find_likely(connection, "people", load_likely(), load_spelling())
            return connection.execute("SELECT a, b, basis FROM likely").fetchall()

        yield proposed


@pytest.mark.parametrize("case", SAME)
def test_the_same_person_is_proposed(propose, case):
    assert [pair[:2] for pair in propose(SOMCHAI, SAME[case])] == [(1, 2)]


@pytest.mark.parametrize("case", OTHER)
def test_another_person_is_not(propose, case):
    assert propose(SOMCHAI, OTHER[case]) == []


def test_a_twin_of_a_known_name_is_not_proposed_and_a_misspelling_is(propose):
    """สมชาย and สมชัย differ by one letter; where many bear both they are two names."""
    bearers = [
        (FAR, "1", date(1950 + n, 2, 2), True, None, name, f"อื่น{n}") for n in range(6) for name in ("สมชาย", "สมชัย")
    ]
    twin = (FAR, "1", BORN, False, None, "สมชัย", "แก้วมณี")
    misspelt = (FAR, "1", BORN, False, None, "สมซาย", "แก้วมณี")
    assert propose(SOMCHAI, twin, *bearers) == []
    assert [pair[:2] for pair in propose(SOMCHAI, misspelt, *bearers)] == [(1, 2)]


def test_two_without_a_number_are_one_pair_and_members_of_one_household_none(propose):
    assert [pair[:2] for pair in propose(SAME["as he is"], SAME["as he is"])] == [(1, 2)]
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE people AS SELECT n AS person_no, 1 AS hh, '38010101' AS village_code, '380101' AS tambon_code, "
            "'3801' AS district_code, '1' AS sex, DATE '1977-05-12' AS birth_date, false AS has_number, "
            "NULL::VARCHAR AS citizen_id, 'สมชาย' AS first_name, 'แก้วมณี' AS last_name FROM range(2) t(n)"
        )
        find_likely(connection, "people", load_likely(), load_spelling())
        assert connection.execute("FROM likely").fetchall() == []


def test_the_basis_names_levels_and_no_value(propose):
    ((_, _, basis),) = propose(SOMCHAI, SAME["only the year known, number mistyped"])
    assert basis == ["first_name exact", "last_name sound", "birth_date year", "number near"]


def test_the_better_pair_stands_alone(propose):
    """A namesake born on another day of the year is left out when the person himself is there."""
    namesake = (VILLAGE, "1", date(1977, 5, 13), True, "8388812345674", "สมชาย", "แก้วมณี")
    pairs = propose(SOMCHAI, namesake, (VILLAGE, "1", BORN, False, "8380000000018", "สมชาย", "แก้วมณี"))
    assert [pair[:2] for pair in pairs] == [(1, 3)]


def test_order_of_the_rows_does_not_matter(propose):
    rows = [SOMCHAI, *SAME.values(), *OTHER.values()]
    one = {frozenset((rows[a - 1], rows[b - 1])) for a, b, _ in propose(*rows)}
    back = rows[::-1]
    assert one == {frozenset((back[a - 1], back[b - 1])) for a, b, _ in propose(*back)}
    assert one


@pytest.fixture(scope="module", params=[1, 2])
def measured(request, tmp_path_factory):
    return measure(tmp_path_factory.mktemp("population"), 3000, 200, request.param)


def test_floors_on_a_planted_population(measured):
    assert sum(measured.planted.values()) > 100
    assert measured.recall >= 0.90, measured.missed
    assert measured.precision >= 0.95, measured.wrong


def test_hard_negatives_stay_apart(measured):
    for kind in ("twin", "namesake", "father_son"):
        assert measured.planted[kind] >= 5
        assert measured.found[kind] <= 0.2 * measured.planted[kind], measured.wrong
