"""What may be corrected, and to what: every definition is sound, every value in words is allowed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jpt_pipeline.clock import date_text, read_date
from jpt_pipeline.codes import load_codes
from jpt_pipeline.corrections.columns import columns_of, load_definition
from jpt_pipeline.instruments import load_instrument

INSTRUMENT = load_instrument("plan12")
COLUMNS = columns_of(INSTRUMENT)


def test_every_stored_answer_may_be_corrected_and_nothing_that_identifies():
    answers = {answer.column for answer in INSTRUMENT.answers if answer.is_stored}
    assert answers < set(COLUMNS.by_name)
    assert not {"citizen_id", "first_name", "last_name", "house_no", "household_id", "latitude"} & set(COLUMNS.by_name)
    assert {"citizen_id", "first_name", "last_name", "house_no", "latitude", "longitude"} <= COLUMNS.identifiers


def test_columns_are_told_in_thai_with_their_allowed_values():
    for column in COLUMNS.by_name.values():
        assert column.th
        assert column.form and "{" not in column.form
        assert all(column.allows(value) for value in column.values)


def test_own_codes_that_a_column_answers_exist():
    named = {rule for column in COLUMNS.by_name.values() for rule in column.rules}
    assert named <= set(load_codes())


def test_columns_that_instruments_read_are_fields_of_an_instrument():
    for is_member, group in ((False, load_definition().household), (True, load_definition().member)):
        known = INSTRUMENT.member_fields if is_member else INSTRUMENT.household_fields
        for name, column in group.items():
            assert set(column.reads) <= set(known), name


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("a2911", "1", "1"),
        ("a2911", " 0 ", "0"),
        ("a1111", "1,2", "1,2"),
        ("a2911", None, None),
        ("satisfaction", "10", "10"),
        ("satisfaction", None, None),
        ("birth_date", "5/12/2520", "05/12/2520"),
        ("birth_date", "๒๙/๐๒/๒๕๖๗", "29/02/2567"),
        ("residence", "elsewhere", "elsewhere"),
        ("evidence_photo", "refused", "refused"),
    ],
)
def test_a_text_as_a_value(name, text, value):
    assert COLUMNS.by_name[name].value(text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a2911", "2"), ("a2911", "ใช่"), ("a1111", "1"), ("a1111", "1,999999999999"), ("satisfaction", "11"),
        ("birth_date", "29/02/2566"), ("birth_date", "2520-12-05"), ("birth_date", "05/12/1977"), ("birth_date", None),
        ("sex", "3"), ("sex", None), ("residence", "ที่อื่น"), ("residence", None), ("enumerator_id", "E 1"),
    ],
)  # fmt: skip
def test_what_is_no_value(name, text):
    with pytest.raises(ValueError):
        COLUMNS.by_name[name].value(text)


@given(st.dates(date(1800, 1, 1), date(2200, 1, 1)))
def test_a_date_of_the_buddhist_era_comes_back(day):
    assert read_date(date_text(day)) == day
