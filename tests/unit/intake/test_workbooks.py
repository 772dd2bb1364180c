"""Workbooks: what is no value, what could do harm, which sheet is meant, and cells that are dates.

Workbooks that no program would write are made from raw XML, sheet by sheet.
"""

import contextlib
import datetime as dt
import io
import resource
import time
import zipfile
from hashlib import sha256

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from jpt_pipeline.intake.container import Holds, Refused, SourceFile
from jpt_pipeline.intake.delivery import take_in
from jpt_pipeline.intake.formats import MEMBER_REQUIRED, FileFacts
from jpt_pipeline.intake.header import Names
from jpt_pipeline.intake.workbook import read_xlsx
from jpt_pipeline.intake.workbook_cells import SheetScan
from jpt_pipeline.intake.workbook_scan import inspect_workbook, scan_workbook
from tests.unit.intake.country import MEMBER_COLUMNS, household, pair, person, refused_n, tables

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
SHEET = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
RELATIONS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def raw(sheets, **parts):
    """Bytes of a workbook with these sheets (name -> XML of sheetData, or of the whole part) and further parts."""
    listed = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(sheets, 1))
    related = "".join(
        f'<Relationship Id="r{n}" Type="{SHEET}" Target="worksheets/sheet{n}.xml"/>' for n in range(1, len(sheets) + 1)
    )
    content = (
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": f'<Relationships><Relationship Id="r" Type="{OFFICE}" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f"<workbook {MAIN} {RELATIONS}><sheets>{listed}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": f"<Relationships>{related}</Relationships>",
        }
        | {
            f"xl/worksheets/sheet{n}.xml": text
            if "<worksheet" in text
            else f"<worksheet {MAIN}><sheetData>{text}</sheetData></worksheet>"
            for n, text in enumerate(sheets.values(), 1)
        }
        | {name.replace("__", "/"): text for name, text in parts.items()}
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in content.items():
            out.writestr(name, text)
    return packed.getvalue()


def text_cell(place, text):
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(number, *cells):
    return f'<row r="{number}">{"".join(cells)}</row>'


def letters(column):
    return xlsxwriter.utility.xl_col_to_name(column)


def sheet_of(rows):
    """XML rows of dictionaries: the header, then the values as texts."""
    lines = [list(rows[0]), *(list(one.values()) for one in rows)]
    return "".join(
        row(n, *(text_cell(f"{letters(c)}{n}", value) for c, value in enumerate(line)))
        for n, line in enumerate(lines, 1)
    )


def book(homes, **parts):
    """Both tables of these households as a raw workbook."""
    rows, members = tables(homes)
    return raw({"households": sheet_of(rows), "members": sheet_of(members)}, **parts)


def changed(content, part, before, after):
    """The workbook with one text replaced in a part."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for name in old.namelist():
            text = old.read(name)
            if name == part:
                assert text.count(before.encode()) == 1
                text = text.replace(before.encode(), after.encode())
            out.writestr(name, text)
    return packed.getvalue()


def with_cell(content, place, cell, sheet=1):
    """The workbook with the text cell at `place` replaced by this XML."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        text = package.read(f"xl/worksheets/sheet{sheet}.xml").decode()
    start = text.index(f'<c r="{place}"')
    return changed(content, f"xl/worksheets/sheet{sheet}.xml", text[start : text.index("</c>", start) + 4], cell)


def written(homes, fill, options=None):
    """A workbook by xlsxwriter; `fill(book, households, members)` changes cells after all were written as text."""
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True, **(options or {})}) as made:
        sheets = []
        for name, rows in zip(("households", "members"), tables(homes), strict=True):
            sheet = made.add_worksheet(name)
            sheets.append(sheet)
            for n, line in enumerate([list(rows[0]), *(list(one.values()) for one in rows)]):
                for column, value in enumerate(line):
                    sheet.write_string(n, column, str(value))
        fill(made, *sheets)
    return packed.getvalue()


def source(tmp_path, content, name="tables.xlsx"):
    path = tmp_path / name
    path.write_bytes(content)
    return SourceFile(name, path, str(hash(content)), len(content), "0")


TWO = [household(1), household(2)]
BIRTH = letters(MEMBER_COLUMNS.index("birth_date"))
BOOK = book(TWO)


def test_a_raw_workbook_is_read(home):
    assert refused_n(home.take_bytes("tables.xlsx", BOOK)) == {"tables.xlsx": (4, 0)}


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ('<c r="{}" t="e"><v>#N/A</v></c>', "F-XLERR"),
        ("<c t = 'e' r='{}'><v>#REF!</v></c>", "F-XLERR"),
        ('<c r="{}" t="e"><f>NA()</f><v>#N/A</v></c>', "F-XLERR"),
        ('<c r="{}"><f>1+1</f></c>', "V-FORMULA"),
        ('<c r="{}"><f>1+1</f><v></v></c>', "V-FORMULA"),
        ('<c r="{}"><f>1+1</f><v/></c>', "V-FORMULA"),
        ('<c r="{}"><f t="shared" si="0"/></c>', "V-FORMULA"),
    ],
)  # fmt: skip
def test_a_cell_without_value_keeps_its_record_out(home, cell, code):
    """Household 1 is quarantined with its member; household 2 counts."""
    content = with_cell(BOOK, "M2", cell.format("M2"))
    assert refused_n(home.take_bytes("tables.xlsx", content)) == {"tables.xlsx": (4, 2)}
    assert home.refused() == [("household", 2, [code]), ("member", 5, [code])]
    assert home.staged() == [(TWO[1]["household_id"],)]


def test_a_member_with_an_error_keeps_its_household_out(home):
    content = with_cell(BOOK, f"{BIRTH}3", f'<c r="{BIRTH}3" t="e"><v>#VALUE!</v></c>', sheet=2)
    home.take_bytes("tables.xlsx", content)
    assert home.refused() == [("household", 3, ["F-XLERR"]), ("member", 6, ["F-XLERR"])]


@pytest.mark.parametrize("cell", ['<c r="M2"><f>4+4</f><v>8</v></c>', '<c r="M2" t="str"><f>""</f><v></v></c>'])
def test_a_formula_with_its_value_is_noted(home, cell):
    report = home.take_bytes("tables.xlsx", with_cell(BOOK, "M2", cell))
    assert refused_n(report) == {"tables.xlsx": (4, 0)}
    assert report.receipt.notes == ["F-FORMULA tables.xlsx: 1"]


def test_rows_of_nothing_but_formulas_are_records(home):
    """The value reader does not show them at all; the sheet has a blank row in between."""
    rows, members = tables([household(1)])
    last = row(4, '<c r="A4"><f>A2</f></c>')
    content = raw({"households": sheet_of(rows) + last, "members": sheet_of(members)})
    report = home.take_bytes("tables.xlsx", content)
    assert refused_n(report) == {"tables.xlsx": (3, 1)}
    assert report.receipt.units[0].files[0].blank_n == 1
    assert home.refused() == [("household", 4, ["V-FORMULA"])]


def test_a_formula_elsewhere_than_in_a_cell_is_none(tmp_path):
    conditions = '<extLst><x:f xmlns:x="urn:other">Sheet1!A1</x:f></extLst>'
    text = f"<worksheet {MAIN}><sheetData>{row(1, text_cell('A1', 'a'))}</sheetData>{conditions}</worksheet>"
    found = scan_workbook(source(tmp_path, raw({"one": text})))
    assert found.sheets["one"] == SheetScan(1, 1)


ODD = {
    "plain": row(3, '<c r="B3"><v>1</v></c>'),
    "prefix": f'<x:worksheet {MAIN.replace("xmlns", "xmlns:x")}><x:sheetData><x:row r="3"><x:c r="B3"><x:v>1</x:v></x:c>'
    "</x:row></x:sheetData></x:worksheet>",
    "quotes": "<row r='3'><c r='B3'><v>1</v></c></row>",
    "spaces": '<row  r = "3" ><c\n r = "B3" ><v>1</v></c></row>',
    "later": row(3, '<c s="0" r="B3"><v>1</v></c>'),
    "without places": "<row/><row/><row><c/><c><v>1</v></c></row>",
    "comment": "<!-- <c r=\"Z9\"><v>1</v></c> -->" + row(3, '<c r="B3"><v>1</v></c>'),
    "empty cells": row(3, '<c r="B3"><v>1</v></c><c r="ZZ3" s="1"/>') + '<row r="99"/>' + row(100, '<c r="A100" s="1" />'),
}  # fmt: skip


@pytest.mark.parametrize("way", ODD)
def test_the_extent_is_found_however_the_sheet_is_written(tmp_path, way):
    found = scan_workbook(source(tmp_path, raw({"one": ODD[way]}))).sheets["one"]
    assert (found.rows_n, found.columns_n) == (3, 2)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (row(1, text_cell("A1", "a")) + row(1048575, text_cell("XFD1048575", "b")), "1,048,575 x 16,384"),
        ("<row>" + "<c/>" * 9000 + '<c><v>1</v></c></row><row r="900000"><c><v>1</v></c></row>', "900,000 x 9,001"),
    ],
)
def test_two_cells_far_apart_are_no_table(home, text, detail):
    """The value reader would make room for everything in between."""
    report = home.take_bytes("far.xlsx", raw({"households": text}))
    assert (report.code, report.detail) == ("F-XLSXDIM", detail)


def test_a_million_used_rows_without_content_cost_nothing(home):
    """Styled to the last row, as Excel writes it when somebody formats whole columns."""
    rows, members = tables(TWO)
    empty = "".join(
        f'<row r="{n}" spans="1:3" s="1" customFormat="1"><c r="A{n}" s="1"/></row>' for n in range(4, 1048577)
    )
    before = time.process_time()
    report = home.take_bytes("tables.xlsx", raw({"households": sheet_of(rows) + empty, "members": sheet_of(members)}))
    assert refused_n(report) == {"tables.xlsx": (4, 0)}
    assert report.receipt.units[0].files[0].blank_n == 0
    assert time.process_time() - before < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2 << 20


@pytest.mark.parametrize("last", [65_536, 1_048_576])
def test_a_sheet_that_is_full_to_the_last_row_is_held(tmp_path, last):
    """Two columns are enough: the records are not looked at before somebody accepts."""
    body = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, last + 1))
    file = source(tmp_path, raw({"members": body}))
    with pytest.raises(Refused, match="F-XLSXCAP") as refused:
        inspect_workbook(file, Holds())
    assert refused.value.detail == f"{last:,}"
    holds = Holds(frozenset({"F-XLSXCAP"}))
    assert inspect_workbook(file, holds) == ()
    assert holds.used == {"F-XLSXCAP"}


def test_one_row_less_is_not_held(tmp_path):
    body = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 65_536))
    assert inspect_workbook(source(tmp_path, raw({"members": body})), Holds()) == ()


DTD = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("kind", [DTD, LAUGHS, "<!DOCTYPE a>"])
@pytest.mark.parametrize(
    "part", ["xl__sharedStrings.xml", "docProps__app.xml", "xl__drawings__vml1.vml", "customXml__item1.xml"]
)
def test_a_document_type_in_any_part_is_refused(home, part, kind):
    parts = {part: f"{kind}<a/>"}
    report = home.take_bytes("evil.xlsx", book(TWO, **parts))
    assert (report.status, report.code) == ("refused", "F-XXE")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_in_a_sheet_is_refused_in_any_encoding(home, encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a><worksheet {MAIN}/>'
    assert (
        home.take_bytes("evil.xlsx", raw({"households": text}) if encoding == "utf-8" else _utf16(text)).code == "F-XXE"
    )


def _utf16(text):
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw({"households": ""}))) as old, zipfile.ZipFile(packed, "w") as out:
        for name in old.namelist():
            out.writestr(name, text.encode("utf-16") if "sheet1" in name else old.read(name))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("xl__vbaProject.bin", "vbaProject"), ("xl__externalLinks__externalLink1.xml", "externalLinks"),
        ("xl__embeddings__oleObject1.bin", "embeddings"), ("xl__connections.xml", "connections"),
    ],
)  # fmt: skip
def test_what_could_run_is_noted_and_the_values_are_read(home, part, kind):
    parts = {part: "<a/>"}
    report = home.take_bytes("tables.xlsm", book(TWO, **parts))
    assert refused_n(report) == {"tables.xlsm": (4, 0)}
    assert report.receipt.notes == [f"F-XLSXMACRO tables.xlsm: {kind}"]


def test_a_workbook_that_unpacks_to_too_much_is_refused(home):
    parts = {"xl__media__image1.emf": b"\0" * (20 << 20)}
    assert home.take_bytes("bomb.xlsx", book(TWO, **parts)).code == "F-ZIPBOMB"


@pytest.mark.parametrize(
    ("names", "detail"),
    [
        (("Sheet1", "Sheet2"), "Sheet1, Sheet2"),
        (("บ้านนายสมมุติ ทดสอบ", "1 100 10045 67 81"), "#1, #2"),
        (("households", "Households "), "households, #2"),
    ],
)
def test_which_sheet_is_meant_is_not_guessed(home, names, detail):
    """A name that may be content is not repeated."""
    report = home.take_bytes("tables.xlsx", raw(dict.fromkeys(names, sheet_of(tables(TWO)[0]))))
    assert (report.code, report.detail) == ("F-SHEETS", detail)


def test_a_hidden_sheet_is_a_sheet(home):
    rows, _ = tables(TWO)
    content = raw({"data": sheet_of(rows), "old": ""})
    hidden = changed(content, "xl/workbook.xml", '<sheet name="old"', '<sheet state="hidden" name="old"')
    assert home.take_bytes("tables.xlsx", hidden).code == "F-SHEETS"


def test_other_sheets_beside_the_named_ones_are_noted(home):
    rows, members = tables(TWO)
    content = raw({"households": sheet_of(rows), "members": sheet_of(members), "นิยาม ๑": sheet_of(rows)})
    report = home.take_bytes("tables.xlsx", content)
    assert refused_n(report) == {"tables.xlsx": (4, 0)}
    assert report.receipt.notes == ["H-SHEETS tables.xlsx: #3"]


def test_the_only_sheet_may_have_any_name(home):
    files = {name: raw({"ข้อมูล": sheet_of(rows)}) for name, rows in zip(("a.xlsx", "b.xlsx"), tables(TWO), strict=True)}
    assert refused_n(home.take_files(files)) == {"a.xlsx": (2, 0), "b.xlsx": (2, 0)}


def test_a_title_above_the_header_is_refused(home):
    def shift(text):
        for number in (3, 2, 1):
            text = text.replace(f'r="{number}"', f'r="{number + 2}"')
            for column in range(20):
                text = text.replace(f'"{letters(column)}{number}"', f'"{letters(column)}{number + 2}"')
        return row(1, text_cell("A1", "แบบสรุป จปฐ. ปี 2561")) + text

    rows, members = tables(TWO)
    report = home.take_bytes("tables.xlsx", raw({"households": shift(sheet_of(rows)), "members": sheet_of(members)}))
    assert (report.code, report.detail) == ("F-XLSXDIM", "#3")


def test_merged_cells_are_refused(home):
    text = sheet_of(tables(TWO)[0])
    merged = (
        f'<worksheet {MAIN}><sheetData>{text}</sheetData><mergeCells><mergeCell ref="A2:A3"/></mergeCells></worksheet>'
    )
    report = home.take_bytes("tables.xlsx", raw({"households": merged}))
    assert (report.code, report.detail) == ("F-XLSXDIM", "A2:A3")


def test_a_row_of_totals_is_quarantined_and_a_person_of_that_name_is_not(home):
    rows, members = tables([household(1, people=[person(1, first_name="รวมพร")])])
    total = dict.fromkeys(rows[0], "") | {"satisfaction": "รวมทั้งสิ้น", "latitude": "16"}
    named = [{"first_name": one["first_name"]} | one for one in members]
    content = raw(
        {
            "households": sheet_of([*rows, dict.fromkeys(rows[0], "") | {"survey_year": "รวม"}, total]),
            "members": sheet_of(named),
        }
    )
    assert refused_n(home.take_bytes("tables.xlsx", content)) == {"tables.xlsx": (4, 2)}
    codes = [codes for _, _, codes in home.refused()]
    assert codes[0] == ["S-TOTALROW"]


@pytest.mark.parametrize("options", [{}, {"date_1904": True}], ids=["1900", "1904"])
def test_date_cells_are_days(home, options):
    """Also where the year of the Buddhist era was typed as a date, and in the date system of old Macintoshes."""

    def fill(made, households, members):
        day = made.add_format({"num_format": "dd/mm/yyyy"})
        moment = made.add_format({"num_format": "d/m/yy h:mm"})
        column = MEMBER_COLUMNS.index("birth_date")
        members.write_datetime(1, column, dt.datetime(1980, 2, 29), day)
        members.write_datetime(2, column, dt.datetime(2523, 3, 1), day)
        at = list(tables(TWO)[0][0]).index("submitted_at")
        households.write_datetime(1, at, dt.datetime(2018, 3, 1, 9, 30), moment)
        households.write_datetime(2, at, dt.datetime(2561, 3, 2, 9, 30), moment)

    assert refused_n(home.take_bytes("tables.xlsx", written(TWO, fill, options))) == {"tables.xlsx": (4, 0)}
    assert home.staged("submitted_at, survey_date") == [
        (dt.datetime(2018, 3, 1, 2, 30), dt.date(2018, 3, 1)),
        (dt.datetime(2018, 3, 2, 2, 30), dt.date(2018, 3, 2)),
    ]
    assert home.staged("is_birth_valid, age_years, age_months", "persons") == [(True, 38, 456), (True, 38, 456)]


def test_numbers_in_ids_are_normalised_with_a_note(home):
    def fill(_, households, __):
        header = list(tables(TWO)[0][0])
        households.write_number(1, header.index("household_id"), int(TWO[0]["household_id"]))
        households.write_number(1, header.index("satisfaction"), 8)

    home.take_bytes("tables.xlsx", written(TWO, fill))
    assert home.staged("household_id, satisfaction, notes") == [
        (TWO[0]["household_id"], 8, ["J-NORM"]), (TWO[1]["household_id"], 8, []),
    ]  # fmt: skip


def test_the_same_households_count_the_same_from_a_workbook_as_from_csv(home):
    home.take_bytes("tables.xlsx", BOOK)
    home.take_files(pair(TWO))
    home.households()
    assert [row[2] for row in home.classes()] == ["accepted"] * 2 + ["duplicate"] * 2


def test_an_accepted_workbook_is_taken_in_whole(home):
    """65,536 rows of members, all of one household that is not there: each is accounted for."""
    rows, members = tables([household(1)])
    members = [{name: members[0][name] for name in MEMBER_REQUIRED}]
    one = members[0] | {"household_id": "38019999999"}
    cells = "".join(text_cell(f"{letters(c)}{{n}}", value) for c, value in enumerate(one.values()))
    body = sheet_of([members[0]]) + "".join(row(n, cells.format(n=n)) for n in range(3, 65_537))
    path = home.folder / "full.xlsx"
    path.write_bytes(raw({"households": sheet_of(rows), "members": body}))
    assert home.take(path)[0].code == "F-XLSXCAP"
    (taken,) = take_in([path], home.settings, accepted={"F-XLSXCAP"}, because="นับแล้วครบ")
    assert refused_n(taken) == {"full.xlsx": (65_536, 65_534)}
    assert taken.receipt.accepted == ["F-XLSXCAP"]


@given(st.data())
def test_a_workbook_with_any_fault_is_read_or_refused(tmp_path_factory, data):
    """Bytes of the package, or of one part of it, changed, cut out or put in; no other way out, and no content in it."""
    with zipfile.ZipFile(io.BytesIO(BOOK)) as package:
        parts = {name: bytearray(package.read(name)) for name in package.namelist()}
    name = data.draw(st.sampled_from([None, *sorted(parts)]))
    packed = bytearray(BOOK)
    target = packed if name is None else parts[name]
    at = data.draw(st.integers(0, len(target) - 1))
    put = data.draw(
        st.sampled_from([b"", b't="e"', b"<f>", b"<c>", b"</c>", b"<!--", b"\0", b"\xff", b"A99999999999", b"&#0;"])
    )
    target[at : at + data.draw(st.integers(0, 12))] = put
    if name is not None:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as out:
            for part, text in parts.items():
                out.writestr(part, bytes(text))
        packed = bytearray(made.getvalue())
    path = tmp_path_factory.getbasetemp() / "any.xlsx"
    path.write_bytes(packed)
    file = SourceFile("any.xlsx", path, sha256(packed).hexdigest(), len(packed), "0")
    with contextlib.suppress(Refused):
        list(read_xlsx(file, Names(["a2911"]), FileFacts("xlsx", None)))
