"""Which of several records of a household counts: by revision and content, whatever the order of delivery.

Each case is a list of deliveries (household, revision, content) and what becomes of each; content is the answer to
question 9.
"""

import pytest

from jpt_pipeline.store.lake import Part
from tests.unit.intake.country import YEAR, Home, household, ndjson, pair, person

OK = ("accepted", [])
DUP = ("duplicate", ["K-HH-DUP"])
OLD = ("superseded", ["D-OLDER"])
CONFLICT = ("quarantined", ["K-HH-CONF"])


CASES = {
    "alone": ([(1, "1")], [OK]),
    "same again": ([(1, "1"), (1, "1")], [OK, DUP]),
    "corrected": ([(1, "1"), (2, "0")], [OLD, OK]),
    "corrected, out of order": ([(2, "0"), (1, "1")], [OK, OLD]),
    "higher revision of the same content": ([(1, "1"), (2, "1")], [OLD, OK]),
    "a gap between revisions": ([(1, "1"), (3, "0"), (2, "1")], [OLD, OK, OLD]),
    "conflict": ([(1, "1"), (1, "0")], [CONFLICT, CONFLICT]),
    "conflict, and one of both again": ([(1, "1"), (1, "0"), (1, "1")], [CONFLICT, CONFLICT, DUP]),
    "conflict, settled by a higher revision": ([(1, "1"), (1, "0"), (2, "0")], [OLD, OLD, OK]),
    "conflict above an older revision": ([(1, "1"), (2, "1"), (2, "0")], [OLD, CONFLICT, CONFLICT]),
    "settled, and the settlement again": ([(2, "1"), (2, "0"), (3, "1"), (3, "1")], [OLD, OLD, OK, DUP]),
}


@pytest.fixture(scope="module", params=["one file", "file each"])
def resolved(request, tmp_path_factory):
    """All cases at once, case n as household n: in one file, or the n-th records of all cases in the n-th file."""
    made = Home(tmp_path_factory.mktemp("resolved")).registers()
    files = [b""] * (1 if request.param == "one file" else 4)
    for case, (records, _) in enumerate(CASES.values(), 1):
        for number, (revision, content) in enumerate(records):
            files[number % len(files)] += ndjson([household(case, revision=revision, a2911=content)])
    for number, content in enumerate(files):
        made.take_bytes(f"{number}.ndjson", content)
    return made.households()


@pytest.mark.parametrize("case", CASES)
def test_what_becomes_of_each_record(resolved, case):
    records, expected = CASES[case]
    code = household(list(CASES).index(case) + 1)["household_id"]
    assert [row[2:] for row in resolved.classes() if row[0] == code] == expected
    counted = resolved.rows("households__clean", "household_id, revision, a2911")
    wanted = [record for record, outcome in zip(records, expected, strict=True) if outcome == OK]
    assert [row[1:] for row in counted if row[0] == code] == wanted


def test_each_household_of_each_village_is_its_own(home):
    homes = [household(1), household(1, village="38010102"), household(2)]
    home.take_bytes("all.ndjson", ndjson([dict(one, household_id="38010000001") for one in homes[:2]] + homes[2:]))
    home.households()
    assert [row[2] for row in home.classes()] == ["accepted"] * 3


def test_other_members_are_other_content(home):
    home.take_bytes("a.ndjson", ndjson([household(1)]))
    home.take_bytes("b.ndjson", ndjson([household(1, people=[person(1), person(2)])]))
    home.households()
    assert [row[2:] for row in home.classes()] == [CONFLICT, CONFLICT]


def test_a_higher_revision_that_breaks_a_rule_leaves_no_older_one(home):
    """The household counts nowhere until a still higher revision comes."""
    home.take_bytes("a.ndjson", ndjson([household(1)]))
    home.take_bytes("b.ndjson", ndjson([household(1, revision=2, people=[])]))
    home.households()
    assert home.rows("households__clean", "household_id") == []
    home.take_bytes("c.ndjson", ndjson([household(1, revision=3)]))
    home.households()
    assert home.rows("households__clean", "revision") == [(3,)]


def test_an_unknown_village_and_another_stream_are_quarantined(home):
    homes = [household(1, village="38019999"), household(2, stream="basic"), household(3)]
    home.take_bytes("all.ndjson", ndjson(homes))
    home.households()
    assert [row[2:] for row in home.classes()] == [
        ("quarantined", ["G-UNKNOWN"]), ("quarantined", ["G-STREAM"]), OK,
    ]  # fmt: skip


def test_member_rows_take_the_class_of_their_household(home):
    """Tables: household 1 as revision 1 and 2 (its one member belongs to both), 2 twice, 3 without members."""
    homes = [household(1), household(1, revision=2), household(2), household(2), household(3, people=[])]
    members = pair([household(1), household(2)])["members.csv"]
    home.take_files({"households.csv": pair(homes)["households.csv"], "members.csv": members})
    home.accounted()
    columns = "file_name, records_n, accepted_n, quarantined_n, duplicate_n, superseded_n"
    assert home.rows("submissions__deliveries", columns, Part(YEAR)) == [
        ("households.csv", 5, 2, 1, 1, 1),
        ("members.csv", 2, 2, 0, 0, 0),
    ]


def test_members_of_a_quarantined_household_are_listed_with_it(home):
    homes = [household(1, people=[person(1, sex="7"), person(2)]), household(2)]
    home.take_files(pair(homes))
    home.accounted()
    assert home.rows("households__quarantine", "record_kind, record_no, codes") == [
        ("household", 2, ["HH-CODES"]), ("member", 2, ["HH-CODES"]), ("member", 3, ["HH-CODES"]),
    ]  # fmt: skip
    columns = "file_name, records_n, accepted_n, quarantined_n"
    assert home.rows("submissions__deliveries", columns, Part(YEAR)) == [
        ("households.csv", 2, 1, 1),
        ("members.csv", 3, 1, 2),
    ]


def test_members_pasted_twice_are_counted_once(home):
    files = pair([household(1, people=[person(1), person(2)])])
    header, body = files["members.csv"].split(b"\r\n", 1)
    files["members.csv"] = header + b"\r\n" + body + body
    home.take_files(files)
    home.accounted()
    assert home.rows("households__clean", "persons_n") == [(2,)]
    columns = "file_name, records_n, accepted_n, duplicate_n"
    assert home.rows("submissions__deliveries", columns, Part(YEAR)) == [
        ("households.csv", 1, 1, 0),
        ("members.csv", 4, 2, 2),
    ]


def test_a_member_without_household_is_quarantined(home):
    files = pair([household(1), household(2)])
    files["households.csv"] = pair([household(1)])["households.csv"]
    home.take_files(files)
    home.households()
    assert home.rows("households__quarantine", "record_kind, record_no, household_id, codes") == [
        ("member", 3, "38010000002", ["K-ORPHAN"])
    ]


def test_a_table_of_two_rounds_adds_up_in_both(home):
    """Members carry no year: those of a household that is delivered for two rounds stand once in the account."""
    files = pair([household(1), household(1, survey_year=2563)])
    files["members.csv"] = pair([household(1)])["members.csv"]
    home.take_files(files)
    home.households()
    home.households(Part(2563, "38"))
    home.accounted()
    columns = "file_name, records_n, accepted_n"
    assert home.rows("submissions__deliveries", columns, Part(YEAR)) == [
        ("households.csv", 2, 2),
        ("members.csv", 1, 1),
    ]
    assert home.rows("households__clean", "persons_n") == home.rows("households__clean", "persons_n", Part(2563, "38"))


def test_before_its_province_was_run_a_record_counts_as_accepted(home):
    home.take_bytes("a.ndjson", ndjson([household(1), household(2, village="39010101")]))
    home.accounted()
    columns = "records_n, accepted_n, quarantined_n"
    assert home.rows("submissions__deliveries", columns, Part(YEAR)) == [(2, 2, 0)]
