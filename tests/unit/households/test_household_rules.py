"""From accepted records to counted households: what a broken rule costs, what is only noted, what is listed."""

import pytest

from jpt_pipeline.codes import load_codes
from jpt_pipeline.instruments import load_instrument
from tests.unit.intake.country import ENUMERATOR, citizen_id, household, ndjson, pair, person

SECOND = person(2, sex="2", prefix="003")
# What breaks which rule: (household, rules that quarantine it).
BROKEN = {
    "no members": (household(1, people=[]), ["HH-ROSTER"]),
    "no sex": (household(1, people=[person(1, sex="")]), ["HH-CODES"]),
    "unknown sex": (household(1, people=[person(1), person(2, sex="3")]), ["HH-CODES"]),
    "unknown health": (household(1, people=[person(1, health="9")]), ["HH-CODES"]),
    "no birth date": (household(1, people=[person(1, birth_date="")]), ["HH-BIRTH"]),
    "born after the interview": (household(1, people=[person(1, birth_date="02/03/2561")]), ["HH-BIRTH"]),
    "one number twice": (household(1, people=[person(1), person(1, first_name="แฝด")]), ["HH-IDDUP"]),
    "answer of no form": (household(1, a2911="x"), ["FMT-01"]),
    "fraction": (household(1, a42211="12.7"), ["FMT-01"]),
    "exponent": (household(1, a42211="1e3"), ["FMT-01"]),
    "more failed than there are": (household(1, a1111="1,1", a1121="0,2"), ["LE-1121"]),
    "parts are not the total": (household(1, a42211="100", a42215="101"), ["SUM-42215"]),
    "both of two that exclude each other": (household(1, a1711="1", a1714="1,1"), ["EXC-07"]),
    "two rules": (household(1, people=[person(1, sex="")], a2911="x"), ["FMT-01", "HH-CODES"]),
}
# Only noted: (household, rule, severity).
NOTED = {
    "wrong check digit": (household(1, people=[person(1, citizen_id="8000000000013")]), "HH-IDCARD", "error"),
    "no citizen number": (household(1, people=[person(1, citizen_id="-")]), "HH-IDCARD", "error"),
    "two without number": (household(1, people=[person(1, citizen_id=""), person(2, citizen_id="")]), "HH-IDCARD", "error"),
    "count unlike the roster": (household(1, a1631="1,2"), "TGT-1631", "error"),
    "answer to a skipped question": (household(1, a1111="0", a1121="1"), "SKIP-1121", "error"),
    "nothing answered": (household(1, a2911=None, a1411="1"), "REQ-09", "error"),
    "expense above income": (household(1, a42215="1", a42211="1", a42221="2", a42225="2"), "PLAUS-EXP", "warning"),
    "title unlike the sex": (household(1, people=[person(1, sex="2")]), "HH-PREFIX", "warning"),
    "position abroad": (household(1, latitude="0", longitude="0"), "HH-GPS", "warning"),
    "unknown enumerator": (household(1, enumerator_id="E99"), "J-ENUMERATOR", "warning"),
    "evidence of no known kind": (household(1, evidence_photo="blurred"), "J-EVIDENCE", "warning"),
    "house code with hyphens": (household(1, household_id="3801-0000-001"), "J-NORM", "warning"),
    "citizen number with spaces": (household(1, people=[person(1, citizen_id="8 0000 00000 01 4")]), "J-NORM", "warning"),
}  # fmt: skip


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """All cases in one run, case n as household n: code -> rules of the quarantine, code -> {rule: severity}."""
    from tests.unit.intake.country import Home

    made = Home(tmp_path_factory.mktemp("rules")).registers()
    homes = []
    for number, (home, *_) in enumerate([*BROKEN.values(), *NOTED.values()], 1):
        code = f"3801{number:07d}"
        given = home["household_id"]
        written = code if given.isdigit() else f"{code[:4]}-{code[4:8]}-{code[8:]}"
        people = [dict(one) for one in home["people"]]
        for one in people:  # persons of different cases are different persons
            digits = one["citizen_id"].replace(" ", "")
            if digits in (citizen_id(1), citizen_id(2)):
                new = citizen_id(number * 10 + int(digits == citizen_id(2)))
                one["citizen_id"] = new if digits == one["citizen_id"] else f"{new[0]} {new[1:]}"
        homes.append(dict(home, household_id=written, people=people))
    for start in (0, len(BROKEN)):
        made.take_files(pair(homes[start : start + (len(BROKEN) if start == 0 else len(NOTED))]))
    made.run(nation=False)
    columns = "household_id, codes, messages"
    quarantine = {
        code: (codes, messages)
        for code, codes, messages, kind in made.rows("households__quarantine", f"{columns}, record_kind")
        if kind == "household"
    }
    findings: dict[str, dict[str, str]] = {}
    for code, rule, severity in made.rows("households__findings", "household_id, rule_id, severity"):
        findings.setdefault(code, {})[rule] = severity
    return made, quarantine, findings


def code_of(case):
    return f"3801{[*BROKEN, *NOTED].index(case) + 1:07d}"


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rule_sets_the_whole_household_aside(outcome, case):
    made, quarantine, findings = outcome
    code = code_of(case)
    assert quarantine[code][0] == BROKEN[case][1]
    assert (code,) not in made.rows("households__clean", "household_id")
    assert (code,) not in made.rows("households__members", "household_id")
    assert (code,) not in made.rows("indicators__results", "household_id")
    assert code not in findings


@pytest.mark.parametrize("case", NOTED)
def test_a_finding_costs_nothing_but_a_note(outcome, case):
    made, quarantine, findings = outcome
    code = code_of(case)
    _, rule, severity = NOTED[case]
    assert findings[code].get(rule) == severity
    assert code not in quarantine
    assert (code,) in made.rows("households__clean", "household_id")


def test_every_reason_has_thai_words_and_its_place(outcome):
    _, quarantine, _ = outcome
    rules = {rule.id: rule.text_th for rule in load_instrument("plan12").rules}
    for codes, messages in quarantine.values():
        for code, message in zip(codes, messages, strict=True):
            assert message.startswith(f"{code} ระเบียนที่ ")
            assert rules[code] in message


def test_every_code_of_ours_that_can_be_met_is_in_the_list(outcome):
    _, _, findings = outcome
    met = {rule for rules in findings.values() for rule in rules if rule.startswith("J-")}
    assert met == {"J-ENUMERATOR", "J-EVIDENCE", "J-LIKELY", "J-NORM"}
    assert met <= set(load_codes())


def test_clean_households_point_to_their_record(outcome):
    made, _, _ = outcome
    places = made.rows("households__clean", "file_sha256, record_no, byte_start, byte_end")
    assert len(set(places)) == len(NOTED)
    for digest, number, low, high in places:
        content = (made.settings.landing / "files" / digest[:2] / digest).read_bytes()
        assert content[low:high] == content.split(b"\r\n")[number - 1]


def test_one_person_in_two_households_counts_in_both_with_a_finding_on_each(home):
    homes = [household(1), household(2, village="38010102", people=[person(1), SECOND]), household(3)]
    home.take_bytes("all.ndjson", ndjson(homes))
    home.households()
    found = home.rows("households__findings", "household_id, rule_id")
    assert [row[0] for row in found if row[1] == "J-PERSON"] == ["38010000001", "38010000002"]
    assert home.rows("households__clean", "persons_n") == [(1,), (1,), (2,)]
    assert load_codes()["J-PERSON"].action == "block"


def test_the_person_of_a_quarantined_household_does_not_count_as_double(home):
    home.take_bytes("all.ndjson", ndjson([household(1), household(2, people=[person(1)], a2911="x")]))
    home.households()
    assert "J-PERSON" not in {rule for (rule,) in home.rows("households__findings", "rule_id")}


def test_without_a_register_of_enumerators_every_household_has_the_finding(home):
    enumerators = home.settings.lake / "register__enumerators"
    for path in enumerators.rglob("seal.json"):
        path.unlink()
    home.take_bytes("all.ndjson", ndjson([household(1, enumerator_id=ENUMERATOR)]))
    home.households()
    assert ("J-ENUMERATOR",) in home.rows("households__findings", "rule_id")


def test_members_carry_no_name_and_no_number(home):
    home.take_bytes("all.ndjson", ndjson([household(1)]))
    home.households()
    ((token, sex, years, months),) = home.rows("households__members", "person_token, sex, age_years, age_months")
    assert (len(token), sex, years, months) == (32, "1", 41, 494)
    assert citizen_id(1) not in token


def test_the_same_person_has_the_same_token_in_every_format(home):
    home.take_bytes("a.ndjson", ndjson([household(1)]))
    home.take_files(pair([household(2, people=[person(1, citizen_id="๘-0000-00000-01-4")])]))
    home.households()
    assert len(set(home.rows("households__members", "person_token"))) == 1
