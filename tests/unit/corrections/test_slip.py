"""Return slips: which cells they hold, how they look, and that they come back only as they went out."""

import io
import shutil
import zipfile
from datetime import date

import pytest
import python_calamine as calamine

from jpt_pipeline.areas.tree import NoSuchArea
from jpt_pipeline.corrections.slips import AT, FILLED, HEADINGS, MACHINE_SHEET, ROWS_SHEET, SlipFacts, SlipRow, sealed
from jpt_pipeline.restricted import NotRestricted, restricted_folder
from jpt_pipeline.returns.slip import make_slips, next_due
from jpt_pipeline.returns.take import take_corrections
from reports import return_slip
from reports.order import RestrictedOrder
from tests.unit.corrections.world import AT as TAKEN_AT
from tests.unit.corrections.world import code, codes, correct, row
from tests.unit.intake.country import YEAR, Home, household, ndjson, person, workbook

DUE = date(2018, 3, 20)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Household 1 breaks the form of an answer, 2 lacks a sex, 3 has nobody with a number, 4 lies in another tambon."""
    home = Home(tmp_path_factory.mktemp("mending")).registers()
    home.take_bytes(
        "a.ndjson",
        ndjson(
            [
                household(1, a2911="x"),
                household(2, people=[person(2), person(3, sex="")]),
                household(3, people=[person(4, citizen_id="")]),
                household(4, village="38010201", a1711="1", a1714="1,1"),
                household(5, people=[]),
                household(6, a1411="0"),
                household(6, a1411="1"),
            ]
        ),
    )
    slip_of(home.households())
    return home.folder


@pytest.fixture
def mending(made, tmp_path):
    """That home, each test its own."""
    shutil.copytree(made / "home", tmp_path / "home")
    return Home(tmp_path)


@pytest.fixture
def exported(made, mending):
    """The slip of tambon 380101, as it came out of that home."""
    (path,) = (mending.settings.restricted / "slips").iterdir()
    return path


@pytest.fixture(scope="module")
def listed(made):
    """What is on that slip."""
    (slip,) = make_slips(Home(made).settings, YEAR, "jpt", "tambon", "380101")
    return slip


def slip_of(home, level="tambon", area="380101"):
    out = restricted_folder(home.settings, home.settings.restricted / "slips")
    (path,) = return_slip.make(RestrictedOrder(home.settings, YEAR, "jpt", level, area, out, DUE)).files
    return path


def cells(path, sheet=ROWS_SHEET):
    return calamine.load_workbook(path).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def lines(path):
    """Rows of the visible sheet by (household, member, heading of the question's code): number of the row."""
    found = {}
    for number, cells_ in enumerate(cells(path)):
        if cells_[0] and str(cells_[0]).isdigit():
            found[
                cells_[AT["household_id"]], cells_[AT["member_no"]], cells_[AT["rule_id"]], cells_[AT["question"]]
            ] = number
    return found


def fill(home, path, answers, name="filled.xlsx", change=None):
    """Write the slip as it comes back: the cells of the file, with `answers` {row: (new, reason, who)} filled in."""
    book = calamine.load_workbook(path)
    sheets = {
        sheet: [[str(c) for c in line] for line in book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)]
        for sheet in book.sheet_names
    }
    for number, texts in answers.items():
        for at, text in zip(FILLED, texts, strict=True):
            sheets[ROWS_SHEET][number][AT[at]] = text
    if change:
        change(sheets)
    import xlsxwriter

    target = home.folder / name
    with xlsxwriter.Workbook(str(target)) as written:
        for sheet, rows in sheets.items():
            page = written.add_worksheet(sheet)
            for at, line in enumerate(rows):
                for column, cell in enumerate(line):
                    page.write_string(at, column, cell)
    return target


def taken(home, path, **options):
    return take_corrections(path, home.settings, now=lambda: TAKEN_AT, **options)


def a2911(path):
    """Row of household 1's answer in the slip."""
    (number,) = [n for (house, _, rule, _), n in lines(path).items() if house == code(1) and rule == "FMT-01"]
    return number


def test_a_slip_has_a_row_for_each_cell_that_a_broken_rule_reads(listed):
    found = {(m.household_id, m.rule_id, m.member_no, m.column, m.old) for m in (line.machine for line in listed.lines)}
    assert (code(1), "FMT-01", "", "a2911", "x") in found
    mine = {cell[1:] for cell in found if cell[0] == code(2)}
    # Of the rule on codes: the cells of the member who breaks it, not those of the other.
    assert ("HH-CODES", "2", "sex", "") in mine
    assert {member for rule, member, *_ in mine if rule == "HH-CODES"} == {"2"}
    assert {column for rule, _, column, _ in mine if rule == "HH-CODES"} == {
        "sex", "health", "ability", "welfare_card", "informant",
    }  # fmt: skip
    # Missing answers: the blank cells only.
    required = [cell for cell in found if cell[1] == "REQ-04"]
    assert required and all(old == "" for *_, old in required)
    assert not [cell for cell in found if cell[1].startswith("PLAUS")]
    assert not [cell for cell in found if cell[0] == code(4, "38010201")]


def test_what_no_correction_can_mend_is_listed_to_be_sent_again(listed):
    found = {(one.code, one.file_name, one.record_no) for one in listed.resend}
    assert {("HH-IDCARD", "a.ndjson", 3), ("HH-ROSTER", "a.ndjson", 5)} <= found
    assert {("K-HH-CONF", "a.ndjson", 6), ("K-HH-CONF", "a.ndjson", 7)} <= found
    assert all(one.message.startswith(one.code) for one in listed.resend)
    told = " ".join(f"{one.file_name} {one.message}" for one in listed.resend)
    assert code(3) not in told and code(5) not in told


def test_the_workbook_is_locked_but_for_three_columns_and_holds_no_formula(mending, exported):
    with zipfile.ZipFile(exported) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")}
    assert not [name for name, text in parts.items() if name.startswith("xl/worksheets/") and "<f>" in text]
    sheets = {name: text for name, text in parts.items() if name.startswith("xl/worksheets/")}
    assert all("<sheetProtection" in text for text in sheets.values())
    assert 'state="veryHidden"' in parts["xl/workbook.xml"]
    assert "<dataValidations" in parts["xl/worksheets/sheet1.xml"]
    assert 'state="frozen"' in parts["xl/worksheets/sheet1.xml"]
    names = calamine.load_workbook(exported).sheet_names
    assert names == [ROWS_SHEET, return_slip.RESEND_SHEET, return_slip.HOW_SHEET, MACHINE_SHEET]
    shown = cells(exported)
    assert list(HEADINGS.values()) in shown
    assert {line[AT["due"]] for line in shown if str(line[0]).isdigit()} == {"20 มีนาคม 2561"}


def test_the_same_slip_gives_the_same_bytes(mending, exported):
    first = exported.read_bytes()
    assert slip_of(mending).read_bytes() == first


def test_a_slip_is_written_only_where_nobody_else_can_look(mending, exported):
    assert exported.parent.stat().st_mode & 0o077 == 0
    assert exported.stat().st_mode & 0o077 == 0
    for elsewhere in (mending.folder / "open", mending.settings.restricted / ".." / "open"):
        with pytest.raises(NotRestricted):
            restricted_folder(mending.settings, elsewhere)
    assert not (mending.folder / "open").exists()


def test_a_district_has_a_slip_for_each_tambon(mending):
    out = restricted_folder(mending.settings, mending.settings.restricted / "all")
    files = return_slip.make(RestrictedOrder(mending.settings, YEAR, "jpt", "district", "3801", out)).files
    assert [path.name for path in files] == [
        f"return-slip_{YEAR}_jpt_tambon_{code_}.xlsx" for code_ in ("380101", "380102")
    ]
    assert {line[AT["due"]] for line in cells(files[1]) if str(line[0]).isdigit()} == {"-"}
    for level, area in (("tambon", "999999"), ("village", "38010101")):
        with pytest.raises(NoSuchArea):
            return_slip.make(RestrictedOrder(mending.settings, YEAR, "jpt", level, area, out))


def test_a_filled_slip_is_taken_and_mends(mending, exported):
    found = lines(exported)
    sex = next(
        n
        for (house, member, rule, question), n in found.items()
        if (house, rule, question) == (code(2), "HH-CODES", "เพศ")
    )
    filled = fill(mending, exported, {a2911(exported): ("1", "ถามซ้ำ", "พัฒนากร"), sex: ("2", "ถามซ้ำ", "พัฒนากร")})
    report = taken(mending, filled, area_code="380101", survey_year=YEAR)
    assert (report.status, report.kind, report.rows_n) == ("taken", "slip", 2), report.refusals
    assert report.counts[("FMT-01", "a2911")] == 1
    mending.households()
    assert {(code(1),), (code(2),)} <= set(mending.rows("households__clean", "household_id"))
    (slip,) = make_slips(mending.settings, YEAR, "jpt", "tambon", "380101")
    assert not [line for line in slip.lines if line.machine.rule_id in ("FMT-01", "HH-CODES")]
    assert taken(mending, filled).status == "known"


def test_an_unfilled_slip_has_no_corrections(mending, exported):
    assert codes(taken(mending, exported)) == [(None, "C-NOROWS")]


def test_one_cell_under_two_rules_is_one_edit_or_a_contradiction(home):
    home.take_bytes("a.ndjson", ndjson([household(1, a1111="1,1", a1121="0,2", a1211="0,")]))
    home.households()
    path = slip_of(home)
    rows = [n for (_, _, _, question), n in lines(path).items() if question.startswith("ข้อ 1.1 ")]
    assert len(rows) >= 2
    same = fill(home, path, dict.fromkeys(rows[:2], ("0", "ก", "ข")), "same.xlsx")
    assert taken(home, same, is_dry_run=True).rows_n == 1
    other = fill(home, path, {rows[0]: ("0", "ก", "ข"), rows[1]: ("1,2", "ก", "ข")}, "other.xlsx")
    assert codes(taken(home, other)) == [(rows[1] + 1, "C-TWICE")]


def test_a_slip_is_merged_against_its_own_base(mending, exported):
    """Three ways: as exported, as edited, as now."""
    filled = fill(mending, exported, {a2911(exported): ("1", "ถามซ้ำ", "พัฒนากร")})
    other = fill(mending, exported, {a2911(exported): ("0", "ถามซ้ำ", "คนอื่น")}, "other.xlsx")
    assert correct(mending, row("a2911", "x", "1")).status == "taken"
    report = taken(mending, filled)
    assert (report.status, report.changes_n, report.already_n) == ("taken", 0, 1)
    assert codes(taken(mending, other)) == [(a2911(exported) + 1, "C-CONFLICT")]


def heading_of(sheets):
    return next(line for line in sheets[ROWS_SHEET] if line[AT["new"]] == HEADINGS["new"])


ALTERED = {
    "base": lambda sheets: sheets[MACHINE_SHEET][2].__setitem__(6, "1"),
    "household": lambda sheets: sheets[MACHINE_SHEET][2].__setitem__(3, code(2)),
    "facts": lambda sheets: sheets[MACHINE_SHEET][0].__setitem__(0, sheets[MACHINE_SHEET][0][0].replace("2561", "2563")),
    "facts gone": lambda sheets: sheets[MACHINE_SHEET][0].__setitem__(0, "{}"),
    "seal": lambda sheets: sheets[MACHINE_SHEET][1].__setitem__(0, "0" * 32),
    "row gone": lambda sheets: sheets[MACHINE_SHEET].pop(),
    "all gone": lambda sheets: sheets[MACHINE_SHEET].clear(),
    "heading": lambda sheets: heading_of(sheets).__setitem__(AT["new"], "ใหม่"),
}  # fmt: skip


@pytest.mark.parametrize("case", ALTERED)
def test_an_altered_base_is_refused(mending, exported, case):
    filled = fill(mending, exported, {a2911(exported): ("1", "ก", "ข")}, change=ALTERED[case])
    assert [found for _, found in codes(taken(mending, filled))] == ["C-SLIP"]


def test_a_row_whose_number_or_value_was_moved_is_refused(mending, exported):
    for at, text in (("seq_no", "2"), ("seq_no", "9999"), ("shown", "0"), ("household_id", code(2))):
        change = lambda sheets, at=at, text=text: sheets[ROWS_SHEET][a2911(exported)].__setitem__(AT[at], text)  # noqa: E731
        filled = fill(mending, exported, {a2911(exported): ("1", "ก", "ข")}, change=change)
        assert codes(taken(mending, filled)) == [(a2911(exported) + 1, "C-SLIP")]


def test_a_slip_of_another_home_is_refused(mending, exported):
    """The seal is keyed: nobody without the home's key can make a base."""
    facts = SlipFacts(YEAR, "tambon", "380101", "(ว่าง)")
    rows = [SlipRow("1", "jpt", "38010101", code(1), "", "a2911", "x", "FMT-01")]
    assert sealed(b"a" * 32, facts, rows) != sealed(b"b" * 32, facts, rows)
    assert sealed(b"a" * 32, facts, rows) == sealed(b"a" * 32, facts, rows)
    assert (
        codes(taken(mending, fill(mending, exported, {a2911(exported): ("1", "ก", "ข")}), area_code="3802"))[0][1]
        == "C-SCOPE"
    )
    assert codes(taken(mending, fill(mending, exported, {a2911(exported): ("1", "ก", "")})))[0][1] == "C-WHO"


def test_a_machine_sheet_of_nonsense_is_refused(mending):
    path = workbook(mending.folder / "odd.xlsx", {MACHINE_SHEET: [{"a": 1}]})
    assert codes(taken(mending, path)) == [(None, "C-SLIP")]


def test_a_zip_bomb_is_not_opened(mending, monkeypatch):
    monkeypatch.setattr("jpt_pipeline.corrections.files.MAX_UNPACKED", 10)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("x", b"0" * 100)
    path = mending.folder / "bomb.xlsx"
    path.write_bytes(content.getvalue())
    assert codes(taken(mending, path)) == [(None, "C-FILE")]


def test_a_person_in_two_households_is_asked_about_by_residence(home):
    """Only the member who is found twice, until the decision is taken; then nothing is asked any more."""
    second = person(2, sex="2", prefix="003")
    homes = [household(1, people=[person(1), second]), household(2, people=[person(3), second])]
    home.take_bytes("a.ndjson", ndjson(homes))
    home.households()

    def asked():
        (slip,) = make_slips(home.settings, YEAR, "jpt", "tambon", "380101")
        assert not [one for one in slip.resend if one.code == "J-PERSON"]
        return [(line.machine.household_id, line.machine.member_no, line.machine.column, line.machine.old, line.values)
                for line in slip.lines if line.machine.rule_id == "J-PERSON"]  # fmt: skip

    assert asked() == [(code(n), "2", "residence", "here", ("here", "elsewhere")) for n in (1, 2)]
    path = slip_of(home)
    number = next(n for (house, _, rule, _), n in lines(path).items() if (house, rule) == (code(2), "J-PERSON"))
    assert taken(home, fill(home, path, {number: ("elsewhere", "อยู่กับลูก", "พัฒนากร")})).status == "taken"
    home.households()
    assert asked() == []


def test_a_cell_that_waits_for_a_decision_is_on_the_slip_with_its_value_now(counted):
    correct(counted, row("satisfaction", "8", "9"))
    counted.take_bytes("b.ndjson", ndjson([household(1, revision=2, satisfaction=3)]))
    counted.households()
    (slip,) = make_slips(counted.settings, YEAR, "jpt", "tambon", "380101")
    waiting = [line.machine for line in slip.lines if line.machine.rule_id == "J-CORRECTION"]
    assert [(one.household_id, one.column, one.old) for one in waiting] == [(code(1), "satisfaction", "3")]


def test_the_next_due_date_of_the_round(mending):
    assert next_due(mending.settings, YEAR, "jpt", date(2018, 3, 1)) == date(2018, 3, 20)
    assert next_due(mending.settings, YEAR, "jpt", date(2018, 3, 21)) == date(2018, 3, 31)
    assert next_due(mending.settings, YEAR, "jpt", date(2018, 4, 1)) is None
