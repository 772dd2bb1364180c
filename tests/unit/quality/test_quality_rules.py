"""The two kinds of check: a query for the offending rows, and the Pandera schema of the dictionary."""

import duckdb
import pandera.pandas as pandera
import pytest

from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.quality.rules import SAMPLE, pandera_schema, rule, schema

AREA = (
    "SELECT 2561::BIGINT AS survey_year, 'jpt' AS stream, 'village' AS level, '38010101' AS area_code, "
    "'บ้าน' AS area_name, NULL::VARCHAR AS parent_code"
)


def verdict(check, query):
    with duckdb.connect() as connection:
        (found,) = check(connection, f"({query})")
        return found


def test_a_rule_counts_all_offending_rows_and_shows_a_few_places():
    odd = rule("odd", "ต้องเป็นเลขคู่", "SELECT * FROM {source} WHERE n % 2 = 1", "'row ' || n")
    found = verdict(odd, "SELECT unnest(range(40)) AS n")
    assert (found.check, found.passed, found.rows_n, found.rule) == ("odd", False, 20, "ต้องเป็นเลขคู่")
    assert len(found.sample) == SAMPLE
    assert all(int(place.removeprefix("row ")) % 2 for place in found.sample)
    assert odd.__name__ == "odd"


def test_a_rule_without_offending_rows_passes():
    found = verdict(rule("none", "words", "SELECT * FROM {source} WHERE false", "n"), "SELECT 1 AS n")
    assert (found.passed, found.rows_n, found.sample) == (True, 0, ())


def test_a_schema_takes_a_right_table():
    assert verdict(schema("rollups__areas"), AREA).passed


@pytest.mark.parametrize(
    ("query", "place"),
    [
        (AREA.replace("2561::BIGINT", "2561"), "survey_year: dtype"),
        (AREA.replace("2561::BIGINT", "NULL::BIGINT"), "survey_year: not_nullable"),
        (f"{AREA}, '8000000000014' AS citizen_id", "citizen_id"),
        (AREA.replace("'บ้าน' AS area_name, ", ""), "column_in_dataframe"),
        (f"{AREA} UNION ALL {AREA}", "multiple_fields_uniqueness"),
    ],
    ids=["type", "null", "strange", "missing", "key"],
)
def test_a_schema_finds_what_does_not_fit(query, place):
    found = verdict(schema("rollups__areas"), query)
    assert not found.passed
    assert any(place in sample for sample in found.sample)


def test_a_failure_names_columns_and_never_values():
    check = schema("rollups__areas", area_name=pandera.Check.isin(("a",)))
    found = verdict(check, AREA.replace("'บ้าน'", "'ความลับ'"))
    assert not found.passed
    assert "ความลับ" not in repr(found)


def test_columns_of_the_instrument_are_allowed_by_pattern():
    clean = load_dictionary().tables["households__clean"]
    assert clean.allows("a1111")
    assert clean.allows("r_members")
    for name in ("first_name", "citizen_id", "a1111x", "house_no", "latitude"):
        assert not clean.allows(name)


def test_what_a_name_promises_is_checked():
    made = pandera_schema(load_dictionary().tables["rollups__economy"], {})
    assert [str(check) for check in made.columns["persons_n"].checks]
    assert made.columns["survey_year"].checks == []
    assert made.strict


@pytest.mark.parametrize("order", ["n", "mod(n, 7), n", "n DESC"])
def test_a_key_that_comes_twice_far_apart_is_found_whatever_the_order(order, monkeypatch):
    """In batches, too: the second of the two may stand in another one."""
    monkeypatch.setattr("jpt_pipeline.quality.rules.GROUP_ROWS", 2048)
    codes = AREA.replace("'38010101'", "format('{:08d}', mod(n, 4999))")
    rows = f"{codes} FROM (SELECT unnest(range(%d)) AS n ORDER BY {order})"
    assert verdict(schema("rollups__areas"), rows.replace("%d", "4999")).passed
    found = verdict(schema("rollups__areas"), rows.replace("%d", "5000"))
    assert (found.passed, found.rows_n) == (False, 2)
    assert "multiple_fields_uniqueness" in found.sample[0]


def test_every_batch_is_looked_at(monkeypatch):
    monkeypatch.setattr("jpt_pipeline.quality.rules.GROUP_ROWS", 2048)
    rows = AREA.replace("'38010101'", "format('{:08d}', n)").replace("'บ้าน'", "nullif('x', if(n = 4999, 'x', ''))")
    found = verdict(schema("rollups__areas"), f"{rows} FROM (SELECT unnest(range(5000)) AS n)")
    assert (found.rows_n, found.sample) == (1, ("area_name: not_nullable",))


def test_keys_without_a_value_are_keys():
    """NULL beside NULL rises from nothing to nothing: such keys are grouped."""
    finding = (
        "SELECT 2561::BIGINT AS survey_year, 'jpt' AS stream, '38010101' AS village_code, '1' AS household_id, "
        "'SUM-X' AS rule_id, 'error' AS severity, NULL::BIGINT AS indicator_no"
    )
    assert verdict(schema("households__findings"), finding).passed
    found = verdict(schema("households__findings"), f"{finding} UNION ALL {finding}")
    assert (found.passed, found.rows_n) == (False, 2)
