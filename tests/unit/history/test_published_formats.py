"""The same sheet in every form gives the same figures; what cannot be read is refused with a reason."""

import io
import struct
import zipfile
from decimal import Decimal

import biff
import pytest
from published_files import TOP, UNDER, as_biff, as_csv, as_html, as_xlsx, codes, made, planted, province

SHEET = province()
FORMS = {
    "html": as_html(SHEET),
    "html cp874": as_html(SHEET, "tis-620"),
    "html declared nothing": as_html(SHEET).replace(b"charset=utf-8", b""),
    "biff": as_biff([("กระบี่", SHEET)]),
    "xlsx": as_xlsx([("กระบี่", SHEET)]),
    "csv": as_csv([(2553, "กระบี่", SHEET)]),
    "csv cp874 semicolons": as_csv([(2553, "กระบี่", SHEET)], "cp874", ";"),
    "csv utf-16 tabs": as_csv([(2553, "กระบี่", SHEET)], "utf-16", "\t"),
}
COLUMNS = "rank_no, indicator_no, unit, passed_n, failed_n, passed_pct, target_pct, below_target_pct"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_figures(give, table, form):
    report = give(FORMS[form], of="กระบี่")
    assert (report.status, report.sheets_n, report.rows_n) == ("stored", 1, 6)
    d = Decimal
    assert sorted(table(COLUMNS)) == [
        (1, 1, "persons", 0, 0, None, d("80.00"), d("80.00")),
        (2, 6, "persons", 1000, 1000, d("50.00"), d("98.00"), d("48.00")),
        (3, 2, "households", 63247, 2017, d("96.91"), d("100.00"), d("3.09")),
        (4, 3, "persons", 200000, 7, d("100.00"), d("100.00"), d("0.00")),
        (5, 4, "persons", 3631, 0, d("100.00"), d("100.00"), d("0.00")),
        (6, 5, "households", 94981, 13069, d("87.90"), d("80.00"), d("-7.90")),
    ]
    assert table("DISTINCT survey_year, province_code") == [(2553, "81")]
    assert {report.ties[code].failed_n for code in report.ties} == {0}
    assert codes(report) == {}


def test_name_and_unit_are_taken_apart_at_the_last_bracket(give, table):
    give(FORMS["html"])
    assert ("ตัวชี้วัดสมมติ 3 (ก)", "persons") in table("name_th, unit")


def test_rows_are_numbered_as_in_the_sheet(give, table):
    give(FORMS["biff"])
    assert [row for (row,) in table("row_no")] == [4, 5, 6, 7, 8, 9]


def test_every_sheet_of_a_workbook_is_read(give, table):
    report = give(as_biff([("กระบี่", SHEET), ("ตรัง", province(2)), ("Sheet3", [])]))
    assert report.sheets_n == 2
    assert set(table("province_code")) == {("81",), ("92",)}
    assert codes(report) == {"J-PUBSKIP": 1}  # headings without a row below


def test_a_hidden_sheet_is_passed_over_and_told(give):
    report = give(as_xlsx([("กระบี่", SHEET), ("ตรัง", province(2))], hidden="ตรัง"))
    assert (report.sheets_n, codes(report)) == (1, {"J-PUBSKIP": 1})


def test_year_and_province_above_an_html_table(give, table):
    title = "<h3>รายงาน ตัวชี้วัด</h3><div>ปี <label> ๒๕๕๓</label> จังหวัด <label>ตรัง</label></div><p>หน่วย:คน</p>"
    assert give(as_html(SHEET, before=title), year=None).status == "stored"
    assert table("DISTINCT survey_year, province_code") == [(2553, "92")]


def test_a_table_for_layout_around_it_is_no_table(give):
    page = (
        as_html(SHEET)
        .replace(b"<table", b"<table><tr><td><table", 1)
        .replace(b"</table>", b"</table></td></tr></table>")
    )
    report = give(page)
    assert (report.sheets_n, "J-PUBSKIP" in codes(report)) == (1, False)


def test_sheet_names_that_excel_writes_into_html(give, table):
    names = "<!--[if gte mso 9]><xml><x:ExcelWorksheet><x:Name>ตรัง</x:Name></x:ExcelWorksheet></xml><![endif]-->"
    give(as_html(SHEET).replace(b"</head>", names.encode() + b"</head>"))
    assert table("DISTINCT province_code, sheet_name") == [("92", "ตรัง")]


def test_notes_total_rows_and_repeated_headings_are_passed_over(give):
    rows = [["รายงาน"], TOP, UNDER, *(line.cells for line in SHEET), TOP, ["รวม", "5"], [], ["ที่มา: กรมการพัฒนาชุมชน"]]
    report = give(biff.workbook([("กระบี่", rows)]))
    assert (report.rows_n, codes(report)) == (6, {"J-PUBROW": 3})


ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)


def huge_xlsx() -> bytes:
    """A workbook of a few bytes whose last cell is the last one that there can be."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(as_xlsx([("a", SHEET)]))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name.startswith("xl/worksheets/"):
                body = body.replace(
                    b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                )
            new.writestr(name, body)
    return out.getvalue()


def far_biff() -> bytes:
    """An old workbook with one cell moved to the last row and column that its two numbers can say."""
    place = struct.pack("<HHHHH", 0x0203, 14, 3, 3, 0)
    content = as_biff([("a", SHEET)])
    assert content.count(place) == 1
    return content.replace(place, struct.pack("<HHHHH", 0x0203, 14, 65535, 65535, 0))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "F-EMPTY"),
        (b"%PDF-1.4 \xff\xfe\x00", "F-PUBTEXT"),
        (b"PK\x03\x04 broken", "F-PUBREAD"),
        (ENCRYPTED, "F-PUBREAD"),
        (as_html(SHEET).replace(b"utf-8", b"no-such-charset"), "F-PUBTEXT"),
        (as_html(SHEET, "tis-620").replace(b"tis-620", b"utf-8"), "F-PUBTEXT"),
        (as_html(SHEET).replace("เป้าหมาย<".encode(), "อื่น<".encode()), "H-PUBTABLE"),
        (as_html([]), "H-PUBTABLE"),
        (b"year_be,number\n2553,1\n", "H-PUBTABLE"),
        (b"<table><tr>" + b"<td rowspan=99999 colspan=99999>x</td>" * 3, "F-PUBLIMIT"),
        (huge_xlsx(), "F-PUBREAD"),
        (far_biff(), "F-PUBREAD"),
        (b"x" * (32 * 1024 * 1024 + 1), "F-PUBLIMIT"),
    ],
    ids=[
        "empty",
        "pdf",
        "zip",
        "ole",
        "charset",
        "lie",
        "heading",
        "rows",
        "columns",
        "spans",
        "extent",
        "far",
        "size",
    ],
)
def test_what_cannot_be_read_is_refused_and_changes_nothing(give, settings, content, code):
    report = give(content)
    assert (report.status, list(codes(report))) == ("refused", [code])
    assert report.notices[0].places[0].startswith(f"{code} ไฟล์ a.xls")
    assert not settings.lake.exists()


def test_a_file_that_is_not_there_is_refused(settings, tmp_path):
    from jpt_pipeline.history.importer import register_published

    (report,) = register_published([tmp_path / "none.xls"], settings)
    assert list(codes(report)) == ["F-PUBOPEN"]


@pytest.mark.parametrize("number", ["1,23", "12.5", "1e5", "=1+1", "x", "(5)", "", "-5", "1234567890123"])
def test_a_cell_that_is_no_count_is_kept_as_text_and_told(give, table, number):
    report = give(as_html(planted(SHEET, 4, passed=number)), of="กระบี่")
    assert codes(report)["J-PUBCELL"] == 1
    assert table("passed_n, surveyed_n, raw_cells, passed_pct", 2553)[4] == (None, None, [f"passed_n={number}"], 100)
    assert table("rule_id, indicator_no, printed", name="findings") == [("J-PUBCELL", 4, f"passed_n={number}")]
    assert "1234567890123" not in "".join(place for notice in report.notices for place in notice.places)


@pytest.mark.parametrize("number", ["๓,๖๓๑", "3631", " 3,631\u00a0", "3631.0", "3,631\u200b"])
def test_other_ways_to_write_a_count(give, table, number):
    report = give(as_html(planted(SHEET, 4, passed=number)), of="กระบี่")
    assert codes(report) == {}
    assert table("passed_n")[4] == (3631,)


def test_more_than_two_decimals_are_rounded_half_up_and_told(give, table):
    report = give(as_biff([("กระบี่", planted(SHEET, 2, pct="96.905", below="3.09"))]))
    assert codes(report) == {"J-PUBDIGITS": 1}
    assert table("passed_pct, raw_cells")[2] == (Decimal("96.91"), ["passed_pct=96.905"])


def test_an_unknown_unit_is_told(give, table):
    report = give(as_html([made(1, 5, 5, unit="หลัง")]), of="กระบี่")
    assert codes(report) == {"J-PUBCELL": 1}
    assert table("unit, raw_cells") == [(None, ["unit=หลัง"])]
