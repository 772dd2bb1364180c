"""`jpt correct`: what is taken, what is refused and why."""

import pytest

from jpt_pipeline.codes import load_codes
from jpt_pipeline.corrections import stored
from jpt_pipeline.corrections.models import FIELDS
from jpt_pipeline.returns.take import take_corrections
from jpt_pipeline.store.lake import NotSealed
from tests.conftest import file_digests
from tests.unit.corrections.world import code, codes, correct, row, write
from tests.unit.intake.country import citizen_id, household, ndjson, person, workbook

NUMBER = citizen_id(7)


def test_a_correction_changes_the_figures_and_not_the_delivery(counted):
    before = counted.rows("submissions__records", "content_sha256")
    report = correct(counted, row("a2911", "1", "0"))
    assert (report.status, report.changes_n, report.already_n) == ("taken", 1, 0), report.refusals
    assert report.counts == {("-", "a2911"): 1}
    assert report.parts == ((2561, "38"),)
    counted.run()
    assert counted.rows("households__clean", "household_id, a2911, is_corrected") == [
        (code(1), "0", True), (code(2), "1", False),
    ]  # fmt: skip
    assert counted.rows("submissions__records", "content_sha256") == before
    figures = counted.rows("rollups__indicators", "level, indicator_no, passed_n, failed_n")
    assert ("village", 9, 1, 1) in figures


def test_a_dry_run_says_what_would_change_and_writes_nothing(counted):
    before = file_digests(counted.settings.root, "landing", "lake")
    report = correct(counted, row("a2911", "1", "0"), row("satisfaction", "8", "8", number=2), is_dry_run=True)
    assert codes(report) == [(3, "C-UNCHANGED")]
    report = correct(counted, row("a2911", "1", "0"), row("satisfaction", "9", "8", number=2), is_dry_run=True)
    assert (report.status, report.changes_n, report.already_n, report.file_no) == ("checked", 1, 1, None)
    assert file_digests(counted.settings.root, "landing", "lake") == before


def test_the_same_file_again_is_known_and_changes_nothing(counted):
    path = write(counted, "c.csv", [row("a2911", "1", "0")])
    assert take_corrections(path, counted.settings).status == "taken"
    before = file_digests(counted.settings.root, "landing", "lake")
    path = path.rename(path.with_name("other-name.csv"))
    assert take_corrections(path, counted.settings).status == "known"
    assert file_digests(counted.settings.root, "landing", "lake") == before


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("utf-8", {}), ("bom", {"encoding": "utf-8-sig"}), ("cp874", {"encoding": "cp874"}), ("semicolon", {"delimiter": ";"}),
        ("xlsx", {}),
    ],
)  # fmt: skip
def test_every_form_of_a_file_says_the_same(counted, kind, options):
    rows = [row("a1111", "", "1,1"), row("a2911", "1", "(ว่าง)", number=2)]
    if kind == "xlsx":
        path = workbook(
            counted.folder / "c.xlsx", {"corrections": [{name: one[name] for name in FIELDS} for one in rows]}
        )
    else:
        path = write(counted, "c.csv", rows, **options)
    report = take_corrections(path, counted.settings)
    assert (report.status, report.changes_n) == ("taken", 2), report.refusals
    counted.households()
    assert counted.rows("households__clean", "household_id, a1111, a2911") == [
        (code(1), "1,1", "1"), (code(2), None, None),
    ]  # fmt: skip
    assert counted.rows("households__corrections", "row_no, old_value, new_value, reason, who") == [
        (2, None, "1,1", "ถามซ้ำแล้ว", "พัฒนากร ก"), (3, "1", None, "ถามซ้ำแล้ว", "พัฒนากร ก"),
    ]  # fmt: skip


REFUSED = {
    "C-ROUND year": (row("a2911", "1", "0", survey_year=2999), "C-ROUND"),
    "C-ROUND no year": (row("a2911", "1", "0", survey_year=""), "C-ROUND"),
    "C-ROUND stream": (row("a2911", "1", "0", stream="อื่น"), "C-ROUND"),
    "C-COLUMN": (row("a99999", "1", "0"), "C-COLUMN"),
    "C-COLUMN text": (row("ชื่อคอลัมน์", "1", "0"), "C-COLUMN"),
    "C-IDENTIFIER name": (row("first_name", "ก", "ข", member=1), "C-IDENTIFIER"),
    "C-IDENTIFIER number": (row("citizen_id", NUMBER, citizen_id(8), member=1), "C-IDENTIFIER"),
    "C-IDENTIFIER house": (row("house_no", "1", "2"), "C-IDENTIFIER"),
    "C-MEMBER missing": (row("sex", "1", "2"), "C-MEMBER"),
    "C-MEMBER too much": (row("a2911", "1", "0", member=1), "C-MEMBER"),
    "C-MEMBER word": (row("sex", "1", "2", member="หนึ่ง"), "C-MEMBER"),
    "C-MEMBER nobody": (row("sex", "1", "2", member=2), "C-MEMBER"),
    "C-VALUE code": (row("a2911", "1", "3"), "C-VALUE"),
    "C-VALUE date": (row("birth_date", "01/01/2520", "30/02/2520", member=1), "C-VALUE"),
    "C-VALUE blank": (row("sex", "1", "", member=1), "C-VALUE"),
    "C-WHO reason": (row("a2911", "1", "0", reason=" "), "C-WHO"),
    "C-WHO who": (row("a2911", "1", "0", who=""), "C-WHO"),
    "C-WHO long": (row("a2911", "1", "0", reason="ก" * 501), "C-WHO"),
    "C-PERSONAL": (row("a2911", "1", "0", reason=f"เลข {NUMBER}"), "C-PERSONAL"),
    "C-PERSONAL hyphens": (row("a2911", "1", "0", who="8-0000-00000-07-0"), "C-PERSONAL"),
    "C-HOUSEHOLD": (row("a2911", "1", "0", number=77), "C-HOUSEHOLD"),
    "C-HOUSEHOLD village": (row("a2911", "1", "0", village="38010102"), "C-HOUSEHOLD"),
    "C-HOUSEHOLD no village": (row("a2911", "1", "0", village_code="99999999"), "C-HOUSEHOLD"),
    "C-UNCHANGED": (row("a2911", "1", "1"), "C-UNCHANGED"),
    "C-CONFLICT": (row("satisfaction", "7", "9"), "C-CONFLICT"),
    "C-CONFLICT member": (row("sex", "2", "1,", member=1), "C-VALUE"),
}  # fmt: skip


@pytest.mark.parametrize("case", ["C-ROUND year", "C-VALUE code", "C-HOUSEHOLD", "C-CONFLICT"])
def test_one_wrong_row_refuses_the_whole_file(counted, case):
    wrong, expected = REFUSED[case]
    before = file_digests(counted.settings.root, "landing", "lake")
    report = correct(counted, row("a2911", "1", "0", number=2), wrong)
    assert (report.status, codes(report)) == ("refused", [(3, expected)])
    assert file_digests(counted.settings.root, "landing", "lake") == before


def test_each_wrong_row_has_its_reason_and_tells_nothing_of_a_person(counted):
    report = correct(counted, *(wrong for wrong, _ in REFUSED.values()))
    assert codes(report) == [(number, expected) for number, (_, expected) in enumerate(REFUSED.values(), 2)]
    for (row_no, expected), refusal in zip(codes(report), report.refusals, strict=True):
        assert refusal.words.startswith(f"{expected} แถว {row_no}")
        assert load_codes()[expected].remedy in refusal.words
        told = refusal.words.replace(load_codes()[expected].th, "")
        assert not [secret for secret in (code(1), code(77), NUMBER, citizen_id(8)) if secret in told]


def test_a_conflict_tells_both_values_of_a_household_and_none_of_a_person(counted):
    report = correct(counted, row("a2911", "0", "(ว่าง)"), row("health", "1", "2", member=1))
    assert codes(report) == [(2, "C-CONFLICT"), (3, "C-CONFLICT")]
    household_words, member_words = (refusal.words for refusal in report.refusals)
    assert "a2911: 0 / 1" in household_words
    assert "health" in member_words
    assert " / " not in member_words


def test_all_reasons_are_told_at_once(counted):
    report = correct(counted, row("a2911", "1", "3"), row("nothing", "1", "2"), row("a2911", "1", "0", number=9))
    assert codes(report) == [(2, "C-VALUE"), (3, "C-COLUMN"), (4, "C-HOUSEHOLD")]


def test_the_same_cell_twice_in_one_file(counted):
    assert codes(correct(counted, row("a2911", "1", "0"), row("a2911", "1", ""))) == [(3, "C-TWICE")]
    report = correct(counted, row("a2911", "1", "0"), row("a2911", "1", "0"))
    assert (report.status, report.rows_n) == ("taken", 1)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "C-FILE"),
        (b"PK\x03\x04 no workbook", "C-FILE"),
        (b"\xd0\xcf\x11\xe0 old excel", "R-FILE-02"),
        (b"survey_year,stream\n2561,jpt\n", "R-COL-01"),
        (b"survey_year,stream,village_code,household_id,member_no,column,old,new,reason,who\n", "R-FILE-04"),
        (b"\xff\xfe\x00\x81", "R-FILE-03"),
    ],
)
def test_what_is_no_correction_file(counted, content, expected):
    path = counted.folder / "c.csv"
    path.write_bytes(content)
    report = take_corrections(path, counted.settings)
    assert report.status == "refused"
    assert expected in {refusal.code for refusal in report.refusals}
    assert all(refusal.words.startswith(refusal.code) for refusal in report.refusals)


def test_a_file_that_is_not_there(counted):
    assert codes(take_corrections(counted.folder / "none.csv", counted.settings)) == [(None, "C-FILE")]


def test_rows_of_another_round_or_area_are_refused_where_these_are_named(counted):
    one = row("a2911", "1", "0")
    assert codes(correct(counted, one, survey_year=2563)) == [(2, "C-SCOPE")]
    assert codes(correct(counted, one, area_code="3802")) == [(2, "C-SCOPE")]
    assert correct(counted, one, survey_year=2561, area_code="380101").status == "taken"


def test_a_household_that_a_rule_quarantined_is_mended(home):
    """That is what return slips are for: the record stays, the figures come."""
    home.take_bytes(
        "a.ndjson", ndjson([household(1, a2911="x"), household(2, people=[person(2, sex="", prefix="003")])])
    )
    home.households()
    assert home.rows("households__clean", "household_id") == []
    report = correct(home, row("a2911", "x", "1"), row("sex", "", "2", number=2, member=1))
    assert report.counts == {("FMT-01", "a2911"): 1, ("HH-CODES", "sex"): 1}
    home.households()
    assert home.rows("households__clean", "household_id, is_corrected") == [(code(1), True), (code(2), True)]
    assert home.rows("households__quarantine") == []
    assert home.rows("households__corrections", "rule_ids, outcome") == [
        (["FMT-01"], "applied"), (["HH-CODES"], "applied"),
    ]  # fmt: skip


def test_a_record_that_is_no_household_yet_is_not_corrected_but_sent_again(home):
    home.take_bytes("a.ndjson", ndjson([household(1), household(1, a1411="1")]))
    home.households()
    assert codes(correct(home, row("a2911", "1", "0"))) == [(2, "C-HOUSEHOLD")]


def test_house_codes_and_numbers_are_read_as_intake_reads_them(counted):
    given = f"{code(1)[:4]}-{code(1)[4:8]}-{code(1)[8:]}".translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    assert correct(counted, row("a2911", "1", "0", household_id=given, survey_year="๒๕๖๑")).status == "taken"


def test_the_bytes_and_a_receipt_are_kept_for_the_owner_only(counted):
    path = write(counted, "c.csv", [row("a2911", "1", "0")])
    report = take_corrections(path, counted.settings)
    kept = counted.settings.landing / "corrections" / str(report.file_sha256)
    assert kept.read_bytes() == path.read_bytes()
    assert kept.stat().st_mode & 0o077 == 0
    (receipt,) = stored.read_receipts(counted.settings)
    assert (receipt.file_no, receipt.file_sha256, receipt.kind, receipt.rows_n) == (1, report.file_sha256, "table", 1)
    assert code(1) not in "".join(p.read_text() for p in (counted.settings.landing / "corrections").glob("receipts/*"))


def test_rows_that_were_changed_in_the_lake_are_not_read(counted):
    correct(counted, row("a2911", "1", "0"))
    (path,) = (counted.settings.lake / stored.TABLE).rglob("*.parquet")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(NotSealed):
        counted.households()
