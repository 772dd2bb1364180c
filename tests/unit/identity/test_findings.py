"""From deliveries to findings: likely duplicates by the names in the vault, last year's content by its digests."""

from pathlib import Path

import pytest

from tests.unit.intake.country import HERE, YEAR, household, ndjson, pair, person

SAME = {"first_name": "สมชาย", "last_name": "แก้วมณี", "birth_date": "12/05/2520"}
LIKELY = "households__likely_duplicates"


def findings(home, rule):
    return [row[0] for row in home.rows("households__findings", "household_id, rule_id") if row[1] == rule]


def retyped(number, village, **changes):
    """A household whose one member has no number."""
    return household(number, village, [{**person(number), "citizen_id": "", **SAME, **changes}])


HOMES = [
    household(1, people=[person(1, **SAME)]),
    retyped(2, "38010102", first_name="นายสมช่าย", last_name="เเกวมณี"),
    retyped(3, "38010201", birth_date="30/11/2540"),
]


@pytest.mark.parametrize("form", ["payload", "tables"])
def test_a_person_written_down_anew_is_a_proposal_for_both_households(home, form):
    home.take_bytes("a.ndjson", ndjson(HOMES)) if form == "payload" else home.take_files(pair(HOMES))
    home.households()
    assert findings(home, "J-LIKELY") == ["38010000001", "38010000002"]
    columns = "pair_no, village_code, household_id, member_no, basis"
    basis = ["first_name exact", "last_name exact", "birth_date same", "place tambon"]
    assert home.rows(LIKELY, columns) == [
        (1, "38010101", "38010000001", 1, basis),
        (1, "38010102", "38010000002", 1, basis),
    ]


def test_a_proposal_does_not_block_and_holds_no_name(home):
    home.take_bytes("a.ndjson", ndjson(HOMES))
    home.households()
    rows = home.rows("households__findings", "severity, rule_id")
    assert {severity for severity, rule in rows if rule == "J-LIKELY"} == {"warning"}
    (path,) = (home.settings.lake / LIKELY).rglob("part.parquet")
    for name in ("สมชาย", "แก้วมณี", "สมช่าย"):
        assert name.encode() not in path.read_bytes()


def test_a_household_in_two_deliveries_is_compared_by_what_counts(home):
    """The corrected household carries another name: the older record proposes nothing."""
    home.take_bytes("a.ndjson", ndjson(HOMES))
    home.take_bytes(
        "b.ndjson", ndjson([dict(retyped(2, "38010102", first_name="ประเสริฐ", last_name="วงศ์ภักดี"), revision=2)])
    )
    home.households()
    assert findings(home, "J-LIKELY") == []
    assert home.rows(LIKELY) == []


def year(homes, survey_year):
    """The same households asked in another year, by another enumerator at another time."""
    at = f"{survey_year - 543}-02-03T10:00:00+07:00"
    return [dict(one, survey_year=survey_year, submitted_at=at, enumerator_id="E2") for one in homes]


def village(code, count, first=1, **changes):
    return [household(number, code, **changes) for number in range(first, first + count)]


def test_last_years_deliveries_under_this_years_name_block_their_village(home):
    """2560 has no run and no file of its round; the next village answers anew."""
    old, new = village("38010101", 22), village("38010102", 22, first=100)
    home.take_bytes("2560.ndjson", ndjson(year([*old, *new], YEAR - 1)))
    home.take_bytes("2561.ndjson", ndjson([*old, *[dict(one, satisfaction=3) for one in new]]))
    home.households()
    assert findings(home, "J-LASTYEAR") == [one["household_id"] for one in old]
    severities = home.rows("households__findings", "DISTINCT rule_id, severity")
    assert ("J-LASTYEAR", "error") in severities


def test_tables_of_this_year_equal_payload_lines_of_the_last(home):
    old = village("38010101", 5)
    home.take_bytes("2560.ndjson", ndjson(year(old, YEAR - 1)))
    home.take_files(pair(old))
    home.households()
    assert len(findings(home, "J-LASTYEAR")) == 5


def test_exactly_95_percent_is_not_more(home):
    homes = village("38010101", 20)
    home.take_bytes("2560.ndjson", ndjson(year(homes, YEAR - 1)))
    home.take_bytes("2561.ndjson", ndjson([*homes[:19], dict(homes[19], satisfaction=1)]))
    home.households()
    assert findings(home, "J-LASTYEAR") == []


def test_last_years_deliveries_that_come_late_are_seen_by_the_next_run(home):
    """Their digests are inputs of the stage: nothing of this year changed."""
    homes = village("38010101", 3)
    home.take_bytes("2561.ndjson", ndjson(homes))
    home.households()
    assert findings(home, "J-LASTYEAR") == []
    home.take_bytes("2560.ndjson", ndjson(year(homes, YEAR - 1)))
    home.households()
    assert len(findings(home, "J-LASTYEAR")) == 3


def test_a_person_who_is_not_in_the_vault_stops_the_run(home, monkeypatch):
    """No silence: without the names nobody would be compared."""
    from jpt_pipeline.households import doubles
    from jpt_pipeline.store.lake import NotSealed

    home.take_bytes("a.ndjson", ndjson(HOMES))
    known = doubles.open_names

    def without_names(connection, *rest):
        known(connection, *rest)
        connection.execute("DELETE FROM vault_members WHERE member_no = 1")

    monkeypatch.setattr(doubles, "open_names", without_names)
    with pytest.raises(NotSealed, match="vault lacks 3"):
        home.households()
    assert not Path(home.settings.lake / LIKELY / HERE.folder / "seal.json").exists()
