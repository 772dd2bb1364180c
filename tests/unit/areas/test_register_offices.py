"""Registers of visits and committees, and the tokens of enumerators' names."""

from datetime import date

import pytest
from area_files import AREA, ELSEWHERE, rows

from jpt_pipeline.areas.committees import Order, committee_of, registered_committees
from jpt_pipeline.areas.names import plain_name
from jpt_pipeline.areas.register import register
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.vault import KeyMissing

VISIT = {
    "survey_year": "2567", "level": "district", "area_code": "3801", "visit_date": "15/07/2567",
    "visitor_office": "สพอ.เมืองบึงกาฬ", "form_no": "", "note": "",
}  # fmt: skip
COMMITTEE = {
    "survey_year": "2567", "level": "district", "area_code": "3801", "stream": "", "order_no": "7/2567",
    "members_n": "21", "quorum_n": "",
}  # fmt: skip

BUDGET = {
    "survey_year": "2557", "stream": "basic", "lao_code": "L1", "budget_item": "interviews", "planned_baht": "12,500",
    "used_baht": "๙๘๐๐.๕", "note": "จ่ายตามจริง",
}  # fmt: skip


def codes(report):
    return [(found.code, found.count) for found in (*report.errors, *report.findings)]


def test_a_visit_is_stored_with_its_day_in_the_common_era_and_without_the_note(give, table):
    give("areas", [AREA])
    report = give("visits", [VISIT | {"visit_date": "๑/๗/๒๕๖๗", "note": "พบผู้ใหญ่บ้าน"}])
    assert codes(report) == []
    assert table("visits", 2567) == [(2567, "district", "3801", date(2024, 7, 1), "สพอ.เมืองบึงกาฬ", None)]


def test_a_file_replaces_the_visits_of_its_areas_alone(give, table):
    give("areas", [AREA, AREA | ELSEWHERE])
    give("visits", [VISIT, VISIT | {"area_code": "3802"}, VISIT | {"level": "province", "area_code": "38"}])
    report = give("visits", [VISIT | {"visit_date": day} for day in ("16/07/2567", "17/07/2567")])
    assert report.scopes == {"2567": ["district 3801"]}
    found = table("visits", 2567, "level, area_code, day(visit_date)")
    assert found == [
        ("district", "3801", 16),
        ("district", "3801", 17),
        ("district", "3802", 15),
        ("province", "38", 15),
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"visit_date": "31/06/2567"}, "R-DATE-01"),
        ({"visit_date": "2024-07-01"}, "R-VAL-02"),
        ({"level": "region"}, "R-VAL-03"),
        ({"visitor_office": ""}, "R-VAL-01"),
    ],
)
def test_a_wrong_visit_refuses_the_file(give, change, code):
    give("areas", [AREA])
    report = give("visits", [VISIT | change])
    assert not report.stored
    assert codes(report) == [(code, 1)]


def test_the_same_visit_twice_is_refused_and_an_unknown_area_is_told(give):
    give("areas", [AREA])
    assert codes(give("visits", [VISIT, VISIT])) == [("R-DUP-01", 1)]
    report = give("visits", [VISIT | {"area_code": "3899"}, VISIT | {"level": "nation", "area_code": "TH"}])
    assert report.stored
    assert codes(report) == [("R-AREA-03", 1)]
    assert "3899" in report.findings[0].places[0].text


@pytest.mark.parametrize(("members", "quorum", "expected"), [("21", "", None), ("20", "15", 15)])
def test_an_order_may_say_its_own_quorum(give, settings, members, quorum, expected):
    give("areas", [AREA])
    give("committees", [COMMITTEE | {"members_n": members, "quorum_n": quorum}])
    found = committee_of(registered_committees(Lake(settings.lake), 2567), "jpt", "district", "3801")
    assert found == Order("7/2567", int(members), expected)


def test_a_committee_of_the_stream_goes_before_the_one_for_all(give, settings):
    give("areas", [AREA])
    report = give("committees", [COMMITTEE, COMMITTEE | {"stream": "basic", "order_no": "8/2567"}])
    assert codes(report) == []
    orders = registered_committees(Lake(settings.lake), 2567)
    found = [committee_of(orders, stream, "district", "3801").order_no for stream in ("jpt", "basic")]
    assert found == ["7/2567", "8/2567"]
    assert committee_of(orders, "jpt", "province", "38") is None
    assert registered_committees(Lake(settings.lake), 2561) == {}


def test_a_quorum_above_the_members_and_a_second_committee_are_refused(give):
    give("areas", [AREA])
    assert codes(give("committees", [COMMITTEE | {"quorum_n": "22"}])) == [("R-COMM-01", 1)]
    assert codes(give("committees", [COMMITTEE, COMMITTEE | {"order_no": "9/2567"}])) == [("R-DUP-01", 1)]


@pytest.mark.parametrize("name", ["สมชาย ใจดี", "นายสมชาย  ใจดี", "นาย สมชาย ใจดี", "สมชายใจดี"])
def test_titles_and_spaces_do_not_make_another_person(name):
    assert plain_name(name, ["นาย", "นางสาว", "นาง"]) == "สมชายใจดี"


def test_tone_marks_do(give, table):
    """ใจดี and ใจดี่ are two names; a title alone is a name."""
    assert plain_name("ใจดี่", ["นาย"]) != plain_name("ใจดี", ["นาย"])
    assert plain_name("นาย", ["นาย"]) == "นาย"
    give("areas", [AREA])
    people = [{"enumerator_id": f"E{n}", "name": name} for n, name in enumerate(("นายสมมุติ", "สม มุติ", "สมมุต", ""))]
    give("enumerators", rows("enumerators", *people))
    tokens = [token for (token,) in table("enumerators", 2561, "name_token")]
    assert tokens[0] == tokens[1] != tokens[2]
    assert tokens[3] is None
    assert not any("สม" in str(cell) for row in table("enumerators", 2561) for cell in row)


def test_a_register_of_an_older_version_is_taken_over_without_tokens(give, settings, table):
    give("areas", [AREA, AREA | ELSEWHERE])
    give("enumerators", rows("enumerators", {}))
    lake, part = Lake(settings.lake), Part(2561)
    import duckdb

    with duckdb.connect() as connection:
        old = f"SELECT * EXCLUDE (name_token) FROM read_parquet('{lake.sealed('register__enumerators', part)}')"
        connection.execute(f"CREATE TABLE old AS {old}")
        lake.write(connection, "register__enumerators", part, "SELECT * FROM old", fingerprint="old", inputs={})
    give("enumerators", rows("enumerators", {"enumerator_id": "E2", "tambon_code": "380201"}))
    assert [token is None for (token,) in table("enumerators", 2561, "name_token")] == [True, False]


def test_names_are_not_taken_without_the_key(tmp_path):
    path = tmp_path / "enumerators.csv"
    path.write_text("survey_year,enumerator_id,name,tambon_code,order_no,role\n2561,E1,ก,380101,,enumerator\n", "utf-8")
    with pytest.raises(KeyMissing):
        register("enumerators", path, Settings(home=tmp_path / "bare"))


def test_a_budget_is_kept_to_the_satang_and_without_the_note(give, table):
    give("areas", [AREA])
    report = give("lao_budget", [BUDGET, BUDGET | {"budget_item": "other", "planned_baht": "", "used_baht": "0.07"}])
    assert codes(report) == []
    assert table("lao_budget", 2557) == [
        (2557, "basic", "L1", "interviews", 1_250_000, 980_050),
        (2557, "basic", "L1", "other", None, 7),
    ]


def test_a_file_replaces_the_budgets_of_its_laos_and_streams_alone(give, table):
    give("areas", [AREA, AREA | ELSEWHERE])
    give("lao_budget", [BUDGET, BUDGET | {"stream": "jpt"}, BUDGET | {"lao_code": "L2"}])
    report = give("lao_budget", [BUDGET | {"budget_item": "training", "used_baht": "1"}])
    assert report.scopes == {"2557": ["L1 basic"]}
    assert table("lao_budget", 2557, "stream, lao_code, budget_item") == [
        ("basic", "L1", "training"),
        ("basic", "L2", "interviews"),
        ("jpt", "L1", "interviews"),
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"used_baht": "1.234"}, "R-VAL-02"),
        ({"used_baht": "12,50"}, "R-VAL-02"),
        ({"used_baht": "-5"}, "R-VAL-02"),
        ({"used_baht": ""}, "R-VAL-01"),
        ({"budget_item": "นายสมชาย"}, "R-VAL-03"),
    ],
)
def test_a_wrong_budget_refuses_the_file(give, change, code):
    give("areas", [AREA])
    report = give("lao_budget", [BUDGET | change])
    assert (report.stored, codes(report)) == (False, [(code, 1)])


def test_a_budget_twice_is_refused_and_one_of_an_unknown_lao_is_told(give):
    give("areas", [AREA])
    assert codes(give("lao_budget", [BUDGET, BUDGET])) == [("R-DUP-01", 1)]
    report = give("lao_budget", [BUDGET | {"lao_code": "L9"}])
    assert (report.stored, codes(report)) == (True, [("R-AREA-03", 1)])
