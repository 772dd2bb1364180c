"""Corrections in a run: what is judged and counted, what a later delivery does to them, what is logged."""

from jpt_pipeline.codes import load_codes
from tests.unit.corrections.world import code, codes, correct, row
from tests.unit.intake.country import HERE, changed, household, ndjson, person

BOTH = "household_id, rule_id"


def outcomes(home):
    return home.rows("households__corrections", "file_no, row_no, outcome")


def test_a_correction_that_a_new_revision_brings_itself_is_settled(counted):
    correct(counted, row("a2911", "1", "0"))
    counted.take_bytes("b.ndjson", ndjson([household(1, a2911="0", revision=2)]))
    counted.households()
    assert outcomes(counted) == [(1, 2, "already")]
    assert counted.rows("households__clean", "household_id, a2911, is_corrected") == [
        (code(1), "0", False), (code(2), "1", False),
    ]  # fmt: skip


def test_a_correction_still_holds_when_a_new_revision_brings_the_old_value_again(counted):
    correct(counted, row("a2911", "1", "0"))
    counted.take_bytes("b.ndjson", ndjson([household(1, revision=2, a1411="1")]))
    counted.households()
    assert outcomes(counted) == [(1, 2, "applied")]
    assert ("0", "1", True) in counted.rows("households__clean", "a2911, a1411, is_corrected")


def test_another_value_of_a_new_revision_waits_for_a_decision(counted):
    """J-CORRECTION blocks the area until somebody corrects from the new value, or confirms it."""
    correct(counted, row("satisfaction", "8", "9"), row("satisfaction", "8", "7", number=2))
    revisions = [household(n, revision=2, satisfaction=3) for n in (1, 2)]
    counted.take_bytes("b.ndjson", ndjson(revisions))
    counted.households()
    assert load_codes()["J-CORRECTION"].action == "block"
    assert outcomes(counted) == [(1, 2, "conflict"), (1, 3, "conflict")]
    assert counted.rows("households__clean", "satisfaction, is_corrected") == [(3, False), (3, False)]
    waiting = [code for code, rule in counted.rows("households__findings", BOTH) if rule == "J-CORRECTION"]
    assert waiting == [code(1), code(2)]
    assert codes(correct(counted, row("satisfaction", "8", "9", reason="อีกครั้ง"))) == [(2, "C-CONFLICT")]
    report = correct(counted, row("satisfaction", "3", "9"), row("satisfaction", "3", "3", number=2))
    assert report.status == "taken", report.refusals
    assert report.counts == {("J-CORRECTION", "satisfaction"): 1}
    counted.households()
    assert counted.rows("households__clean", "satisfaction, is_corrected") == [(3, False), (9, True)]
    assert "J-CORRECTION" not in {rule for _, rule in counted.rows("households__findings", BOTH)}
    assert outcomes(counted) == [(1, 2, "conflict"), (1, 3, "conflict"), (2, 2, "applied"), (2, 3, "already")]


def test_two_files_one_after_the_other(counted):
    assert correct(counted, row("satisfaction", "8", "9")).status == "taken"
    assert codes(correct(counted, row("satisfaction", "8", "7"))) == [(2, "C-CONFLICT")]
    assert correct(counted, row("satisfaction", "9", "7")).status == "taken"
    assert correct(counted, row("satisfaction", "8", "7", reason="ซ้ำ")).already_n == 1
    counted.households()
    assert counted.rows("households__clean", "satisfaction", order="hh") == [(7,), (8,)]
    assert [outcome for *_, outcome in outcomes(counted)] == ["applied", "applied", "already"]


def test_files_about_different_cells_give_the_same_in_any_order(home):
    rows = [
        row("a2911", "1", "0"), row("sex", "1", "2", member=1), row("satisfaction", "8", "1", number=2),
        row("evidence_photo", "present", "refused", number=2),
    ]  # fmt: skip
    home.take_bytes("a.ndjson", ndjson([household(1), household(2)]))
    home.households()
    columns = "* EXCLUDE (delivery_id)"
    found = []
    for order in (rows, rows[::-1]):
        for number, one in enumerate(order):
            assert correct(home, one, name=f"{number}.csv").status == "taken"
        home.households()
        found.append((home.rows("households__clean", columns), home.rows("households__members")))
        for folder in (
            home.settings.landing / "corrections" / "receipts",
            home.settings.lake / "submissions__corrections",
        ):
            for path in folder.rglob("*.*"):
                path.unlink()
    assert found[0] == found[1]


def test_the_account_of_the_records_is_not_touched(counted):
    before = counted.rows("households__accounting")
    correct(counted, row("residence", "here", "elsewhere", member=1), row("a2911", "1", "0", number=2))
    counted.households()
    ((accepted, quarantined),) = counted.rows("households__accounting", "accepted_n, quarantined_n")
    ((_, _, accepted_before, *_),) = before
    # The first household has nobody left: it is quarantined by its rule, and stays one record.
    assert (accepted, quarantined) == (accepted_before - 1, 1)
    assert counted.rows("households__quarantine", "codes") == [(["HH-ROSTER"],)]


def test_a_person_found_in_two_households_counts_once_when_it_is_decided(home):
    second = person(2, sex="2", prefix="003")
    homes = [household(1, people=[person(1), second]), household(2, village="38010102", people=[person(3), second])]
    home.take_bytes("all.ndjson", ndjson(homes))
    home.households()
    assert {rule for _, rule in home.rows("households__findings", BOTH)} >= {"J-PERSON"}
    report = correct(home, row("residence", "here", "elsewhere", number=2, member=2, village="38010102"))
    assert report.counts == {("J-PERSON", "residence"): 1}
    home.households()
    assert "J-PERSON" not in {rule for _, rule in home.rows("households__findings", BOTH)}
    assert home.rows("households__clean", "persons_n, r_members", order="hh") == [(2, 2), (1, 1)]
    assert home.rows("households__members", "household_id, member_no") == [(code(1), 1), (code(1), 2), (code(2), 1)]
    assert correct(home, row("residence", "elsewhere", "here", number=2, member=2, village="38010102")).changes_n == 1
    home.households()
    assert {rule for _, rule in home.rows("households__findings", BOTH)} >= {"J-PERSON"}


def test_ages_follow_a_corrected_birth_date(home):
    """Interviewed on 1 March 2561; ruling 9."""
    born = {"01/03/2560": (1, 12), "02/03/2560": (0, 11), "29/02/2559": (2, 24), "01/03/2501": (60, 720)}
    home.take_bytes("a.ndjson", ndjson([household(number) for number in range(1, 5)]))
    home.households()
    rows = [row("birth_date", "01/01/2520", day, number=n, member=1) for n, day in enumerate(born, 1)]
    assert correct(home, *rows).status == "taken"
    home.households()
    assert home.rows("households__members", "age_years, age_months", order="hh") == list(born.values())


def test_a_birth_date_after_the_interview_quarantines_as_if_it_had_been_delivered(counted):
    correct(counted, row("birth_date", "01/01/2520", "02/03/2561", member=1))
    counted.households()
    assert counted.rows("households__quarantine", "codes") == [(["HH-BIRTH"],)]


def test_a_correction_of_a_member_is_not_applied_to_another_person_in_that_place(counted):
    correct(counted, row("health", "0", "1", member=1))
    counted.take_bytes("b.ndjson", ndjson([household(1, revision=2, people=[person(9), person(1)])]))
    counted.households()
    assert outcomes(counted) == [(1, 2, "conflict")]
    assert "J-CORRECTION" in {rule for _, rule in counted.rows("households__findings", BOTH)}


def test_a_member_or_household_that_is_gone(counted):
    first = household(2, people=[person(2), person(5, sex="2", prefix="003")], revision=2)
    counted.take_bytes("b.ndjson", ndjson([first]))
    counted.households()
    correct(counted, row("health", "0", "2", number=2, member=2), row("a2911", "1", "0"))
    conflict = [changed(household(1), a1411=answer, revision=5) for answer in ("0", "1")]
    counted.take_bytes("c.ndjson", ndjson([*conflict, household(2, revision=3)]))
    counted.households()
    assert outcomes(counted) == [(1, 2, "absent"), (1, 3, "absent")]
    waiting = [code for code, rule in counted.rows("households__findings", BOTH) if rule == "J-CORRECTION"]
    assert waiting == [code(2)]


def test_an_enumerator_and_evidence_are_mended_with_their_findings(home):
    home.take_bytes("a.ndjson", ndjson([household(1, enumerator_id="E99", evidence_photo="blurred")]))
    home.households()
    assert {"J-ENUMERATOR", "J-EVIDENCE"} <= {rule for _, rule in home.rows("households__findings", BOTH)}
    report = correct(home, row("enumerator_id", "E99", "E1"), row("evidence_photo", "missing", "present"))
    assert report.counts == {("J-ENUMERATOR", "enumerator_id"): 1, ("J-EVIDENCE", "evidence_photo"): 1}
    home.run()
    assert not {"J-ENUMERATOR", "J-EVIDENCE"} & {rule for _, rule in home.rows("households__findings", BOTH)}
    assert set(home.rows("rollups__coverage", "photo_missing_n")) == {(0,)}


def test_edits_are_listed_by_area_rule_and_column_with_their_denominator(home):
    homes = [household(1, a2911="x"), household(2), household(3, village="38010102"), household(4, village="38020101")]
    home.take_bytes("a.ndjson", ndjson(homes))
    home.households()
    correct(
        home,
        row("a2911", "x", "1"),
        row("a2911", "1", "", number=2),
        row("health", "0", "1", number=3, member=1, village="38010102"),
    )
    home.households()
    columns = "level, area_code, column_name, rule_id, edits_n, edited_n, open_n, counted_n, answered_n"
    found = {row[:4]: row[4:] for row in home.rows("households__edits", columns)}
    assert found["village", "38010101", "a2911", "FMT-01"] == (1, 1, 0, 2, 1)
    assert found["village", "38010101", "a2911", "-"] == (1, 1, 0, 2, 1)
    assert found["tambon", "380101", "a2911", "-"] == (1, 1, 0, 3, 2)
    assert found["province", "38", "a2911", "-"] == (1, 1, 0, 4, 3)
    assert found["district", "3801", "health", "-"] == (1, 1, 0, 3, 3)
    assert not [key for key in found if key[1] in ("3802", "L3", "38020101")]


def test_a_run_without_corrections_has_an_empty_log(counted):
    assert counted.rows("households__corrections") == []
    assert counted.rows("households__edits") == []


def test_a_new_file_makes_the_province_again_and_the_same_one_does_not(counted):
    fingerprint = seal(counted)
    correct(counted, row("a2911", "1", "0"))
    counted.households()
    assert (second := seal(counted)) != fingerprint
    correct(counted, row("a2911", "1", "0"))
    counted.households()
    assert seal(counted) == second


def seal(home):
    from jpt_pipeline.store.lake import Lake

    return Lake(home.settings.lake).seal("households__clean", HERE).fingerprint
