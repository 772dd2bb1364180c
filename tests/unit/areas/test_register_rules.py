"""Rules of the four registers: one planted fault a test, the code that must come of it, and what is stored."""

import pytest
from area_files import AREA, ELSEWHERE, SAMPLE, rows

# An abolished code with one successor in another province, one without successor, and one that nobody knows.
ABOLISHED, SUCCESSOR = "430303", "380102"
NO_SUCCESSOR, UNKNOWN = "430308", "380199"


def found(notices):
    return [(notice.code, notice.column, [place.row for place in notice.places]) for notice in notices]


@pytest.mark.parametrize(
    ("kind", "change", "code", "column"),
    [
        ("areas", {"village_code": "3801010"}, "R-VAL-02", "village_code"),
        ("areas", {"tambon_code": "38010"}, "R-VAL-02", "tambon_code"),
        ("areas", {"district_code": "38"}, "R-VAL-02", "district_code"),
        ("areas", {"province_code": "บึงกาฬ"}, "R-VAL-02", "province_code"),
        ("areas", {"lao_code": " "}, "R-VAL-01", "lao_code"),
        ("areas", {"village_name": "ก\x00ข"}, "R-VAL-02", "village_name"),
        ("areas", {"lao_type": "อบต"}, "R-VAL-03", "lao_type"),
        ("areas", {"stream": "JPT"}, "R-VAL-03", "stream"),
        ("areas", {"valid_from": "2018"}, "R-VAL-02", "valid_from"),
        ("areas", {"valid_from": "2562", "valid_to": "2561"}, "G-YEAR-01", "valid_from"),
        ("areas", {"tambon_code": "380201"}, "G-NEST-01", "tambon_code"),
        ("areas", {"province_code": "43"}, "G-NEST-02", "district_code"),
        ("targets", {"target_households": "-1"}, "R-VAL-02", "target_households"),
        ("targets", {"target_households": "12.7"}, "R-VAL-02", "target_households"),
        ("targets", {"target_households": "1e3"}, "R-VAL-02", "target_households"),
        ("targets", {"target_households": ""}, "R-VAL-01", "target_households"),
        ("targets", {"survey_year": "2018"}, "R-VAL-02", "survey_year"),
        ("enumerators", {"role": "ผู้จัดเก็บ"}, "R-VAL-03", "role"),
        ("enumerators", {"enumerator_id": ""}, "R-VAL-01", "enumerator_id"),
        ("enumerators", {"enumerator_id": "1-1001-00456-78-1"}, "R-ENUM-01", "enumerator_id"),
        ("nonresponse", {"reason": "moved"}, "R-VAL-03", "reason"),
    ],
)
def test_an_error_refuses_the_file_and_names_the_place(give, kind, change, code, column):
    report = give(kind, rows(kind, {"village_code": "38010102"} if "village_code" in SAMPLE[kind] else {}, change))
    assert not report.stored
    assert (code, column, [3]) in found(report.errors)
    assert report.errors[0].remedy and report.errors[0].places[0].text.startswith("แถว 3 คอลัมน์")


def test_all_errors_of_a_file_are_listed_at_once(give):
    report = give("areas", rows("areas", {"stream": "x"}, {"province_code": "43"}, {"valid_from": "1"}))
    assert {notice.code for notice in report.errors} == {"R-VAL-02", "R-VAL-03", "G-NEST-02"}


# years of two rows of one village and stream -> may they stand together?
@pytest.mark.parametrize(
    ("first", "second", "stored"),
    [
        (("", "2560"), ("2561", ""), True),
        (("", "2561"), ("2561", ""), False),
        (("2557", "2570"), ("2560", "2561"), False),
        (("", ""), ("", ""), False),
        (("2565", ""), ("2557", "2564"), True),
    ],
)
def test_years_of_a_village_may_not_overlap(give, first, second, stored):
    report = give("areas", rows("areas", *({"valid_from": begin, "valid_to": end} for begin, end in (first, second))))
    assert report.stored is stored
    assert stored or "G-OVERLAP-01" in [notice.code for notice in report.errors]


def test_the_same_village_in_both_streams_is_no_overlap(give):
    assert give("areas", rows("areas", {}, {"stream": "basic"})).stored


def test_a_lao_lies_in_one_district(give):
    report = give("areas", rows("areas", {}, {**ELSEWHERE, "lao_code": "L1"}))
    assert found(report.errors) == [("G-LAO-01", "lao_code", [3])]


def test_a_lao_and_a_village_of_a_district_registered_earlier_count_too(give):
    give("areas", [AREA])
    report = give("areas", rows("areas", {**ELSEWHERE, "village_code": AREA["village_code"], "lao_code": "L1"}))
    assert {notice.code for notice in report.errors} == {"G-OVERLAP-01", "G-LAO-01"}


def test_a_lao_may_cross_tambons_and_a_tambon_laos(give, table):
    second = {"village_code": "38010102", "lao_code": "L2", "lao_name": "อบต.สอง"}
    third = {"village_code": "38010201", "tambon_code": "380102", "tambon_name": "โนนสมบูรณ์", "lao_code": "L1"}
    report = give("areas", rows("areas", {}, second, third))
    assert report.stored and not report.findings
    assert table("areas", columns="tambon_code, lao_code") == [("380101", "L1"), ("380101", "L2"), ("380102", "L1")]


def test_a_municipal_community_may_have_a_code_of_its_own(give):
    report = give("areas", rows("areas", {"village_code": "38019901"}))
    assert report.stored
    assert found(report.findings) == [("G-NEST-03", "village_code", [2])]


def test_a_lao_with_two_names_is_a_finding(give):
    report = give("areas", rows("areas", {}, {"village_code": "38010102", "lao_name": "อื่น"}))
    assert report.stored
    assert found(report.findings) == [("G-LAO-02", "lao_code", [3])]


def test_an_abolished_tambon_takes_its_successor_and_moves_district_and_province(give, table):
    old = {"tambon_code": ABOLISHED, "district_code": "4303", "province_code": "43", "village_code": "43030301"}
    report = give("areas", rows("areas", {**old, "tambon_name": "โนนสมบูรณ์", "district_name": "บึงกาฬ"}))
    assert report.stored
    assert table("areas", columns="village_code, tambon_code, district_code, district_name, province_code") == [
        ("43030301", SUCCESSOR, "3801", "เมืองบึงกาฬ", "38")
    ]
    texts = [place.text for notice in report.findings for place in notice.places if notice.code == "G-ABOL-01"]
    assert any(ABOLISHED in text and SUCCESSOR in text for text in texts)
    assert any("4303" in text and "3801" in text for text in texts)
    assert "G-NEST-03" not in [notice.code for notice in report.findings]


def test_an_abolished_tambon_under_a_district_of_neither_side_is_an_error(give):
    report = give("areas", rows("areas", {"tambon_code": ABOLISHED, "district_code": "3802"}))
    assert "G-NEST-01" in [notice.code for notice in report.errors]


@pytest.mark.parametrize(("tambon", "code"), [(NO_SUCCESSOR, "G-ABOL-02"), (UNKNOWN, "G-CODE-01")])
def test_a_code_that_cannot_be_resolved_is_kept_with_the_operators_name(give, table, tambon, code):
    old = {"tambon_code": tambon, "tambon_name": "ชื่อตามไฟล์", "village_code": f"{tambon}01"}
    report = give("areas", rows("areas", {**old, "district_code": tambon[:4], "province_code": tambon[:2]}))
    assert report.stored
    assert (code, "tambon_code", [2]) in found(report.findings)
    assert table("areas", columns="tambon_code, tambon_name") == [(tambon, "ชื่อตามไฟล์")]


def test_official_names_win_and_both_are_reported_once_per_area(give, table):
    report = give("areas", rows("areas", *({"village_code": f"3801010{n}", "province_name": "บึงกาล"} for n in (1, 2))))
    assert found(report.findings) == [("G-NAME-01", "province_name", [2])]
    assert "บึงกาล" in report.findings[0].places[0].text and "บึงกาฬ" in report.findings[0].places[0].text
    assert {name for (name,) in table("areas", columns="province_name")} == {"บึงกาฬ"}


def test_a_file_replaces_the_districts_it_contains_and_leaves_the_others(give, table):
    give("areas", rows("areas", {}, {"village_code": "38010102"}, ELSEWHERE))
    report = give("areas", rows("areas", {"village_code": "38010103"}))
    assert report.scopes == {"0": ["3801"]}
    assert table("areas", columns="village_code") == [("38010103",), ("38020101",)]


def test_targets_are_replaced_per_year_and_district(give, table):
    give("areas", rows("areas", {}, {"village_code": "38010102"}, ELSEWHERE))
    give(
        "targets",
        rows("targets", {}, {"village_code": "38010102"}, {"village_code": "38020101"}, {"survey_year": "2563"}),
    )
    report = give("targets", rows("targets", {"target_households": "5"}))
    assert report.scopes == {"2561": ["3801"]}
    assert table("targets", 2561, "village_code, target_households") == [("38010101", 5), ("38020101", 100)]
    assert table("targets", 2563, "village_code, target_households") == [("38010101", 100)]


def test_a_municipal_communitys_target_belongs_to_its_registered_district(give, table):
    give("areas", rows("areas", {"village_code": "99999901"}, {"village_code": "38010102"}))
    give("targets", rows("targets", {"village_code": "99999901"}))
    give("targets", rows("targets", {"village_code": "38010102"}))
    assert table("targets", 2561, "village_code") == [("38010102",)]


def test_a_target_of_an_unknown_or_closed_village_is_a_finding(give):
    give("areas", rows("areas", {"valid_to": "2560"}))
    report = give("targets", rows("targets", {}, {"survey_year": "2560"}, {"village_code": "38010199"}))
    assert report.stored
    assert found(report.findings) == [("R-AREA-01", "village_code", [2, 4])]


def test_a_target_twice_is_an_error(give):
    report = give("targets", rows("targets", {}, {"target_households": "1"}))
    assert found(report.errors) == [("R-DUP-01", "village_code", [3])]


def test_names_of_enumerators_stay_in_the_landed_file(give, table, settings):
    give("areas", [AREA])
    assert not give("enumerators", rows("enumerators", {})).findings
    ((*row, token),) = table("enumerators", 2561)
    assert row == [2561, "E1", "380101", "1/2561", "enumerator"]
    assert len(token) == 32
    stored = b"".join(path.read_bytes() for path in settings.lake.rglob("*") if path.is_file())
    assert SAMPLE["enumerators"]["name"].encode() not in stored


def test_one_name_with_two_ids_and_one_id_in_two_tambons_are_findings(give):
    give("areas", rows("areas", {}, ELSEWHERE))
    report = give(
        "enumerators",
        rows("enumerators", {}, {"enumerator_id": "E2"}, {"tambon_code": "380201", "name": "ผู้อื่น"}),
    )
    assert report.stored
    assert found(report.findings) == [("R-ENUM-02", "enumerator_id", [2]), ("R-ENUM-03", "name", [2])]


def test_an_enumerator_twice_in_one_role_is_an_error_and_in_two_roles_is_not(give):
    assert give("enumerators", rows("enumerators", {}, {"role": "recorder"})).stored
    report = give("enumerators", rows("enumerators", {}, {"order_no": "2"}))
    assert found(report.errors) == [("R-DUP-01", "enumerator_id", [3])]


def test_an_enumerators_abolished_tambon_is_resolved(give, table):
    report = give("enumerators", rows("enumerators", {"tambon_code": ABOLISHED}))
    assert "G-ABOL-01" in [notice.code for notice in report.findings]
    assert table("enumerators", 2561, "tambon_code") == [(SUCCESSOR,)]


def test_a_house_twice_counts_once_but_houses_without_number_are_never_merged(give, table):
    give("areas", [AREA])
    numbers = ["1/2", "๑ / ๒", "-", "-", "", ""]
    report = give("nonresponse", rows("nonresponse", *({"house_no": n, "witness": "ผู้นำ"} for n in numbers)))
    assert found(report.findings) == [("R-NONR-01", "house_no", [3])]
    assert table("nonresponse", 2561) == [(2561, "38010101", "empty", True)] * 5
