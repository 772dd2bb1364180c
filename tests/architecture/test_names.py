"""Names are a grammar: tables are {stage}__{content}, columns end in what they are, units stand in names."""

import re

import pytest

from jpt_pipeline.dictionary import Dictionary, load_dictionary
from jpt_pipeline.results import RESULT_TABLES

STAGES = (
    "submissions",
    "households",
    "indicators",
    "rollups",
    "certification",
    "certified",
    "register",
    "published",
    "disclosure",
)
# Ending of a column -> its type in data/dictionary.yaml.
SUFFIXES = {
    "_code": "text",
    "_no": "int",
    "_n": "int",
    "_baht": "int",
    "_satang": "int",
    "_date": "day",
    "_at": "time",
    "_sha256": "text",
    "_pct": "percent",
}
PREFIXES = {"is_": "flag", "has_": "flag"}
# Names that the contract with field systems and analysts fixes, or that say what they are without an ending.
CONTRACT = {
    *("survey_year", "stream", "level", "unit", "state", "severity", "format", "encoding", "codes", "messages"),
    *("household_id", "enumerator_id", "delivery_id", "certificate_id", "rule_id", "file_name", "area_name"),
    *("sex", "age_band", "revision", "satisfaction", "evidence_photo", "evidence_signature", "blocked_by"),
    *("byte_start", "byte_end", "basis", "issue_id", "status", "tree_size"),
    *("sample_id", "sample_ids", "certified_answers", "found", "design_effect", "budget_item"),
    *("column_name", "old_value", "new_value", "reason", "who", "rule_ids", "outcome"),
    *("table_name", "measure", "category"),
    *("sheet_name", "province_name", "name_th", "raw_cells", "printed", "computed"),
}
# Inside the lake only, never in a result table.
INNER = {"hh", "person_token", "age_years", "age_months", "record_kind", "record_class"}
# A form number is text on the committee's paper ("1", "2/1").
TYPES = {"form_no": "text"}


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    return load_dictionary()


def test_tables_are_named_by_stage_and_content(dictionary: Dictionary) -> None:
    pattern = re.compile(rf"({'|'.join(STAGES)})__[a-z]+(_[a-z]+)*")
    assert [name for name in dictionary.tables if not pattern.fullmatch(name)] == []


def test_columns_say_what_they_are(dictionary: Dictionary) -> None:
    strange = []
    for name, field in dictionary.fields.items():
        if name in CONTRACT | INNER:
            continue
        kinds = [kind for suffix, kind in SUFFIXES.items() if name.endswith(suffix)]
        kinds += [kind for prefix, kind in PREFIXES.items() if name.startswith(prefix)]
        if field.type not in [*kinds, TYPES.get(name)]:
            strange.append(f"{name}: {field.type}")
    assert strange == []


def test_no_exception_is_left_over(dictionary: Dictionary) -> None:
    assert (CONTRACT | INNER | set(TYPES)) - set(dictionary.fields) == set()


def test_every_column_and_key_is_a_field_and_every_field_is_used(dictionary: Dictionary) -> None:
    used = {column for table in dictionary.tables.values() for column in table.columns}
    assert used == set(dictionary.fields)
    for name, table in dictionary.tables.items():
        assert len(table.columns) == len(set(table.columns)), name
        assert set(table.keys) <= set(table.columns), name
        assert set(table.nullable) <= set(table.columns), name


def test_results_carry_round_and_stream_and_nothing_about_a_person(dictionary: Dictionary) -> None:
    for name in RESULT_TABLES:
        columns = dictionary.tables[name].columns
        assert {"survey_year", "stream"} <= set(columns), name
        assert not INNER - {"record_kind"} & set(columns), name
        assert not [c for c in columns if dictionary.fields[c].access in ("direct", "sensitive")], name


def test_certified_figures_are_whole_numbers(dictionary: Dictionary) -> None:
    for name, table in dictionary.tables.items():
        floats = [c for c, kind in dictionary.sql_columns(name).items() if kind in ("DOUBLE", "FLOAT")]
        assert floats == [], table.en
