"""Every gate of checks/ with a planted fault: the file is not sealed, and nothing downstream can read past it.

A small right table for each table of GATES, and for each of its checks at least one fault. A gate without a fault here
fails the first test. Faults are written as what replaces a column, or as a query over the table `t`.
"""

import duckdb
import pytest

from checks import GATES
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.households.stages import make_households, make_records
from jpt_pipeline.rollup.areas import make_nation, make_rollups
from jpt_pipeline.rollup.indicators import make_indicators
from jpt_pipeline.store.lake import GateFailed, Lake, NotSealed, Part, Verdict
from tests.unit.intake.country import HERE, YEAR, counted, household, ndjson

__all__ = ["counted"]
PART = Part(2561, "38")
BY_TYPE = {
    "VARCHAR": "'x'", "BIGINT": "1", "USMALLINT": "1::USMALLINT", "BOOLEAN": "true", "TIMESTAMP": "TIMESTAMP '2018-03-01'",
    "DATE": "DATE '2018-03-01'", "VARCHAR[]": "['x']",
}  # fmt: skip
# What a right row needs beyond its types. Rollups have a village and its province with the same figures.
RIGHT = {
    "submissions__records": {"record_class": "'accepted'", "codes": "[]::VARCHAR[]"},
    "submissions__deliveries": {"records_n": "4"},
    "households__clean": {
        "village_code": "'38010101'", "tambon_code": "'380101'", "district_code": "'3801'", "province_code": "'38'",
        "evidence_photo": "'present'", "evidence_signature": "'signed'", "byte_start": "0", "byte_end": "9",
    },
    "households__members": {"sex": "'1'", "age_years": "41", "age_months": "494"},
    "households__quarantine": {"record_kind": "'household'"},
    "households__findings": {"severity": "'error'"},
    "households__corrections": {"outcome": "'applied'"},
    "households__issues": {"issue_id": "'0123456789abcdef'", "status": "'open'"},
    "rollups__indicators": {
        "unit": "'households'", "surveyed_n": "5", "passed_n": "4", "failed_n": "1", "households_applicable_n": "5",
    },
    "rollups__population": {"sex": "'1'", "age_band": "'0-4'"},
    "rollups__economy": {"income_baht": "4", "expense_baht": "4"},
    "certification__leaves": {"leaf_no": "0"},
    "certification__state": {"state": "'CERTIFIED'"},
    **{
        f"certified__{level}": {"level": f"'{level}'", "surveyed_n": "5", "passed_n": "4", "failed_n": "1"}
        for level in ("village", "lao", "district", "province", "nation")
    },
}  # fmt: skip
ROLLUPS = [table for table in GATES if table.startswith("rollups__")]
PERSONS_TWICE = ("households__shared_persons", "households__likely_duplicates")
CERTIFIED = [table for table in GATES if table.startswith("certified__")]
# (table, check) -> faults: columns replaced in all rows, or a whole query.
FAULTS = {
    ("submissions__records", "one_counted_record_a_key"): ["FROM t UNION ALL SELECT * REPLACE (2 AS record_no) FROM t"],
    ("submissions__records", "refusals_have_reasons"): [{"codes": "['K-HH-CONF']"}, {"record_class": "'duplicate'"}],
    ("submissions__deliveries", "records_add_up"): [{"records_n": "5"}, {"accepted_n": "0"}, {"superseded_n": "2"}],
    ("households__clean", "traceable_to_a_record"): [{"record_no": "0"}, {"byte_end": "NULL::BIGINT"}, {"byte_end": "0"}],
    ("households__clean", "inside_its_areas"): [{"province_code": "'39'"}, {"tambon_code": "'380201'"}],
    ("households__members", "ages_are_possible"): [
        {"age_years": "-1"}, {"age_years": "122", "age_months": "1464"}, {"age_months": "600"}, {"age_months": "-1"},
    ],
    ("households__quarantine", "refusals_have_reasons"): [{"codes": "[]::VARCHAR[]"}, {"messages": "['x', 'y']"}],
    ("households__corrections", "one_cell_one_order"): ["FROM t UNION ALL SELECT * REPLACE (2 AS row_no) FROM t"],
    ("households__issues", "one_id_one_finding"): ["FROM t UNION ALL SELECT * REPLACE ('REQ-02' AS rule_id) FROM t"],
    ("households__issues", "changed_after_opened"): [{"changed_at": "opened_at - INTERVAL 1 SECOND"}],
    ("households__edits", "edited_within_counted"): [{"edited_n": "2"}, {"counted_n": "0"}, {"answered_n": "2"}],
    ("households__shared_persons", "a_shared_person_has_two_households"): [
        "FROM t LIMIT 1", {"household_id": "'x'", "member_no": "row_number() OVER ()"},
    ],
    ("households__likely_duplicates", "a_pair_is_two_persons_of_two_households"): [
        "FROM t LIMIT 1", {"household_id": "'x'", "member_no": "row_number() OVER ()"},
        "FROM t UNION ALL SELECT * REPLACE ('z' AS household_id) FROM t LIMIT 3",
    ],
    ("indicators__results", "results_are_known"): [{"i01_result": "4"}, {"i01_result": "-1"}],
    ("indicators__results", "failed_within_surveyed"): [{"i01_result": "2", "i01_failed": "4"}, {"i01_failed": "-1"}],
    ("indicators__results", "counts_fit_results"): [{"i01_result": "0"}, {"i01_result": "3"}, {"i01_failed": "1"}],
    ("rollups__indicators", "passed_and_failed_make_surveyed"): [
        {"passed_n": "5"}, {"failed_n": "0"}, {"households_failed_n": "6"}, {"households_applicable_n": "4"},
    ],
    ("rollups__economy", "parts_make_the_total"): [{"income_main_baht": "2"}, {"expense_baht": "5"}],
    **{
        (table, "levels_agree"): [
            f"SELECT * REPLACE (CASE level WHEN 'village' THEN {column} + 7 ELSE {column} END AS {column}) FROM t",
            "SELECT * FROM t UNION ALL SELECT * REPLACE ('tambon' AS level, '380101' AS area_code, "
            f"{column} + 1 AS {column}) FROM t WHERE level = 'village'",
        ]
        for table, column in {
            "rollups__indicators": "incomplete_n", "rollups__population": "persons_n", "rollups__economy": "persons_n",
            "rollups__coverage": "photo_missing_n",
        }.items()
    },
    ("certification__leaves", "leaves_are_numbered_without_gap"): [
        {"leaf_no": "1"}, "FROM t UNION ALL SELECT * REPLACE ('y' AS household_id, 2 AS leaf_no) FROM t",
        "FROM t UNION ALL SELECT * REPLACE ('y' AS household_id) FROM t",
        "SELECT * REPLACE (1 AS leaf_no) FROM t UNION ALL SELECT * REPLACE ('y' AS household_id) FROM t",
    ],
    ("certification__trees", "every_household_has_a_leaf"): [{"tree_size": "2"}, {"households_n": "0"}],
    ("certification__trees", "an_empty_tree_has_its_own_root"): [
        {"tree_size": "0"}, {"tree_sha256": "'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'"},
    ],
    ("certification__confidence", "examined_and_agreed_fit"): [{"agreed_n": "2"}, {"examined_n": "2"}],
    ("certification__state", "certified_means_certificate"): [{"certificate_id": "NULL::VARCHAR"}],
    **{(table, "passed_and_failed_make_surveyed"): [{"passed_n": "5"}, {"surveyed_n": "0"}] for table in CERTIFIED},
}  # fmt: skip
# Values that a schema must refuse, beyond what follows from the dictionary.
VALUES = {
    "submissions__records": {"record_class": "'lost'"},
    "households__clean": {
        "persons_n": "CAST(0 AS BIGINT)", "evidence_photo": "'blurred'", "evidence_signature": "'yes'", "village_code": "'3801010'",
    },
    "households__members": {"sex": "'3'"},
    "households__quarantine": {"record_kind": "'person'"},
    "households__findings": {"severity": "'fatal'"},
    "households__issues": {"status": "'lost'"},
    "rollups__indicators": {"unit": "'people'"},
    "rollups__population": {"sex": "'9'"},
    "certification__leaves": {"leaf_sha256": "repeat('G', 64)"},
    "certification__trees": {"tree_sha256": "repeat('G', 64)"},
    "certification__nodes": {"tree_sha256": "repeat('G', 64)", "tree_size": "CAST(-1 AS BIGINT)"},
    "certification__state": {"state": "'DONE'"},
    **{table: {"level": "'tambon'"} for table in CERTIFIED},
}  # fmt: skip


def right(table):
    """Query of a small table that passes its gates."""
    kinds = load_dictionary().sql_columns(table)
    values = {
        name: f"repeat('{'a' if name != 'file_sha256' else 'f'}', 64)" if name.endswith("_sha256") else BY_TYPE[kind]
        for name, kind in kinds.items()
    }
    values |= RIGHT.get(table, {})
    if table == "indicators__results":
        values |= {"i01_result": "1", "i01_surveyed": "3", "i01_failed": "0"}
    typed = (f"CAST({value} AS {kinds.get(name, 'BIGINT')}) AS {name}" for name, value in values.items())
    row = f"SELECT {', '.join(typed)}"
    if table in PERSONS_TWICE:
        return f"{row} UNION ALL SELECT * REPLACE ('y' AS household_id) FROM ({row})"
    if table in ROLLUPS:
        places = ("'village' AS level, '38010101' AS area_code", "'province' AS level, '38' AS area_code")
        return " UNION ALL ".join(f"SELECT * REPLACE ({place}) FROM ({row})" for place in places)
    return row


def schema_faults(table):
    """Faults that every table's schema must find: a NULL, a wrong type, a key twice, columns too many or too few."""
    dictionary = load_dictionary()
    definition = dictionary.tables[table]
    kinds = dictionary.sql_columns(table)
    must = [name for name in definition.columns if name not in definition.nullable]
    yield from ({name: f"NULL::{kinds[name]}"} for name in must if kinds[name] != "VARCHAR[]")
    yield from ({name: "'12'"} for name in definition.columns if kinds[name] == "BIGINT")
    yield from (
        {name: "CAST(-1 AS BIGINT)"}
        for name in must
        if kinds[name] == "BIGINT" and name.endswith(("_n", "_baht", "_no"))
    )
    yield from ({name: "'abc'"} for name in must if name.endswith("_sha256"))
    yield from ({name: value} for name, value in VALUES.get(table, {}).items())
    yield "SELECT * FROM t UNION ALL SELECT * FROM t"
    yield "SELECT *, 1 AS first_name FROM t"
    yield f"SELECT * EXCLUDE ({must[-1]}) FROM t"


ALL = [(table, getattr(check, "__name__")) for table, checks in GATES.items() for check in checks]  # noqa: B009


def test_every_gate_has_a_fault_that_shuts_it():
    assert {pair for pair in ALL if pair[1] != "schema"} == set(FAULTS)
    assert all(faults for faults in FAULTS.values())
    assert {table for table, check in ALL if check == "schema"} == set(GATES)


def test_every_table_that_a_stage_makes_has_a_gate():
    # Imported, or drawn, by a command that judges what it writes; or made while publishing, which stops without it.
    others = {"history", "sampling", "register", "published"}
    made = {name for name, table in load_dictionary().tables.items() if table.stage not in others}
    assert made == set(GATES)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect(config={"threads": 1}) as opened:
        yield opened


def write(lake, connection, table, query):
    return lake.write(connection, table, PART, query, fingerprint="f", inputs={}, checks=GATES[table])


@pytest.mark.parametrize("table", GATES)
def test_a_right_table_passes_and_an_empty_one_too(tmp_path, connection, table):
    lake = Lake(tmp_path)
    seal = write(lake, connection, table, right(table))
    assert [verdict["check"] for verdict in seal.verdicts] == [check for name, check in ALL if name == table]
    assert all(verdict["passed"] and verdict["rows_n"] == 0 for verdict in seal.verdicts)
    assert write(lake, connection, table, f"SELECT * FROM ({right(table)}) WHERE false").rows_n == 0


def faults_of(table, check):
    """Queries of the right table with one fault each."""
    for fault in schema_faults(table) if check == "schema" else FAULTS[table, check]:
        if isinstance(fault, dict):
            fault = f"SELECT * REPLACE ({', '.join(f'{value} AS {name}' for name, value in fault.items())}) FROM t"
        yield f"WITH t AS ({right(table)}) {fault}"


@pytest.mark.parametrize(("table", "check"), ALL)
def test_a_check_finds_each_of_its_faults_and_says_where(connection, table, check):
    (look,) = [one for one in GATES[table] if one.__name__ == check]
    for fault in faults_of(table, check):
        (verdict,) = look(connection, f"({fault})")
        assert (verdict.check, verdict.passed) == (check, False), fault
        assert verdict.rows_n > 0
        assert verdict.sample
        assert verdict.rule


@pytest.mark.parametrize(("table", "check"), ALL)
def test_a_fault_shuts_the_gate(tmp_path, connection, table, check):
    """The seal of the right table before is gone, the rows lie aside, the message names table and check."""
    lake = Lake(tmp_path)
    write(lake, connection, table, right(table))
    with pytest.raises(GateFailed) as failure:
        write(lake, connection, table, next(faults_of(table, check)))
    assert check in {verdict.check for verdict in failure.value.failed}
    assert f"{table} {PART}" in str(failure.value)
    assert check in str(failure.value)
    assert not lake.seal_path(table, PART).exists()
    with pytest.raises(NotSealed):
        lake.sealed(table, PART)
    assert lake.path(table, PART).with_name("rejected.parquet").exists()


# --- the gate lies in the data: a later call of the next stage alone cannot read past it ---


def shut(connection, source):
    yield Verdict("shut", False, 1, "for this test", ("#1",))


@pytest.mark.parametrize(
    ("table", "stage", "next_stage"),
    [
        ("submissions__records", make_records, make_households),
        ("households__clean", make_households, make_indicators),
        ("households__members", make_households, make_rollups),
        ("households__quarantine", make_households, make_rollups),
        ("indicators__results", make_indicators, make_rollups),
        ("rollups__indicators", make_rollups, None),
        ("rollups__coverage", make_rollups, None),
    ],
)
def test_a_stage_after_a_failed_gate_finds_nothing(counted, table, stage, next_stage):
    with pytest.raises(GateFailed, match="shut"):
        stage(counted.settings, HERE, {**GATES, table: (*GATES[table], shut)})
    if next_stage:
        with pytest.raises(NotSealed):
            next_stage(counted.settings, HERE, GATES)
    else:  # the nation counts sealed provinces only
        assert Lake(counted.settings.lake).parts("rollups__indicators", YEAR) == []
    stage(counted.settings, HERE, GATES)
    if next_stage:
        next_stage(counted.settings, HERE, GATES)


def test_none_of_a_stages_tables_stays_sealed_when_one_fails(counted):
    with pytest.raises(GateFailed):
        make_households(counted.settings, HERE, {**GATES, "households__accounting": (shut,)})
    lake = Lake(counted.settings.lake)
    for table in GATES:
        if table.startswith("households__"):
            assert not lake.seal_path(table, HERE).exists()


@pytest.mark.parametrize(
    ("table", "reader"),
    [
        ("submissions__records", make_households),
        ("households__clean", make_indicators),
        ("households__clean", make_rollups),
        ("indicators__results", make_rollups),
    ],
)
def test_one_flipped_bit_of_a_sealed_file_stops_its_reader(counted, table, reader):
    path = Lake(counted.settings.lake).path(table, HERE)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(NotSealed, match="not the file that was sealed"):
        reader(counted.settings, HERE, GATES)


def test_one_flipped_bit_of_a_province_stops_the_nation(counted):
    path = Lake(counted.settings.lake).path("rollups__economy", HERE)
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(NotSealed):
        make_nation(counted.settings, Part(YEAR), GATES)


def test_one_flipped_bit_of_what_intake_wrote_stops_the_first_stage(counted):
    for path in (counted.settings.lake / "submissions__forms").rglob("*.parquet"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    counted.take_bytes("b.ndjson", ndjson([household(3)]))  # something new, so that the stage is not skipped
    with pytest.raises(NotSealed):
        make_records(counted.settings, HERE, GATES)
