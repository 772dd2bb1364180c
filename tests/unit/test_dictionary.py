"""The data dictionary: one field, one definition; names keep the grammar; nothing identifies a person in a result."""

import re

import duckdb
import pytest

from checks import GATES
from jpt_pipeline.dictionary import SQL_TYPES, load_dictionary
from jpt_pipeline.results import RESULT_TABLES

DICTIONARY = load_dictionary()
TYPE_OF = {
    "_n": "int",
    "_baht": "int",
    "_code": "text",
    "_sha256": "text",
    "_at": "time",
    "_date": "day",
    "_token": "text",
}


@pytest.mark.parametrize("name", DICTIONARY.fields)
def test_a_field_means_something_in_two_languages(name):
    field = DICTIONARY.fields[name]
    assert re.search("[ก-๙]", field.th)
    assert field.en
    assert not re.search("[ก-๙]", field.en) or "(" in field.en


@pytest.mark.parametrize("name", DICTIONARY.fields)
def test_a_name_says_its_type(name):
    for suffix, kind in TYPE_OF.items():
        if name.endswith(suffix):
            assert DICTIONARY.fields[name].type == kind
    if DICTIONARY.fields[name].access == "aggregate":
        assert name.endswith(("_n", "_baht", "_satang"))
        assert DICTIONARY.fields[name].type == "int"


@pytest.mark.parametrize("name", DICTIONARY.tables)
def test_a_table_is_named_by_stage_and_content_and_has_keys(name):
    table = DICTIONARY.tables[name]
    assert re.fullmatch("[a-z]+__[a-z]+(_[a-z]+)*", name)
    assert set(table.keys) <= set(table.columns)
    assert set(table.nullable) <= set(table.columns)
    assert len(set(table.columns)) == len(table.columns)
    assert table.en


@pytest.mark.parametrize("name", DICTIONARY.tables)
def test_empty_table_and_ddl_agree(name):
    with duckdb.connect() as connection:
        connection.execute(DICTIONARY.ddl(name))
        connection.execute(f"INSERT INTO {name} {DICTIONARY.empty(name)}")
        described = {row[0]: row[1] for row in connection.execute(f"DESCRIBE {name}").fetchall()}
    assert described == DICTIONARY.sql_columns(name)


def test_select_gives_columns_types_and_order_of_the_table():
    query = (
        "SELECT 3 AS hh_, '5' AS persons_n, '1' AS sex, 'jpt' AS stream, '0-4' AS age_band, v AS area_code, "
        "'village' AS level, 2561 AS survey_year FROM (VALUES ('b'), ('a')) t(v)"
    )
    rows = duckdb.execute(DICTIONARY.select("rollups__population", query)).fetchall()
    assert rows == [(2561, "jpt", "village", area, "1", "0-4", 5) for area in ("a", "b")]


def test_every_table_has_gates_and_every_result_is_a_table():
    by_command = {
        name
        for name, table in DICTIONARY.tables.items()
        if table.stage in ("history", "sampling", "register", "published")
    }  # judged as it is stored, or made of what was judged
    assert set(GATES) == set(DICTIONARY.tables) - by_command
    assert set(RESULT_TABLES) <= set(DICTIONARY.tables)


def test_no_field_holds_a_direct_identifier():
    """Numbers, names, house numbers and positions leave intake as digests only, so no table can have them."""
    assert {name for name, field in DICTIONARY.fields.items() if field.access == "direct"} == set()
    assert not {"citizen_id", "first_name", "last_name", "house_no", "latitude", "longitude"} & set(DICTIONARY.fields)


def test_published_tables_of_areas_hold_aggregates_only():
    for name in RESULT_TABLES:
        if name.startswith(("rollups__", "certified__")):
            kinds = {DICTIONARY.fields[column].access for column in DICTIONARY.tables[name].columns}
            assert kinds <= {"technical", "aggregate", "quasi"}


def test_only_known_types_are_used():
    assert {field.type for field in DICTIONARY.fields.values()} <= set(SQL_TYPES)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "fields: {a: {type: int, class: aggregate, th: ก, en: a}}\ntables: {t__t: {stage: t, en: t, columns: [b], keys: [b]}}",
            "unknown fields",
        ),
        ("fields: {a: {type: float, class: aggregate, th: ก, en: a}}\ntables: {}", "type"),
        ("fields: {a: {type: int, class: secret, th: ก, en: a}}\ntables: {}", "access"),
        (
            "fields:\n  a: {type: int, class: aggregate, th: ก, en: a}\n  a: {type: int}\ntables: {}",
            "twice",
        ),
    ],
    ids=["field", "type", "class", "twice"],
)
def test_a_wrong_dictionary_is_refused(tmp_path, text, error):
    (tmp_path / "dictionary.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=error):
        load_dictionary(tmp_path)
