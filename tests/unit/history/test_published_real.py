"""The figures that the department really published for 2552 and 2553, where they are at hand: every row ties out."""

import time

import pytest
from published_files import codes

from jpt_pipeline.history.importer import register_published
from jpt_pipeline.settings import CHECKOUT

REAL = CHECKOUT.parent / "shared" / "reference" / "published_2552_2553.csv"
pytestmark = pytest.mark.skipif(not REAL.exists(), reason="the published figures are kept outside of the repository")


@pytest.fixture
def imported(settings):
    started = time.perf_counter()
    (report,) = register_published([REAL], settings)
    return report, time.perf_counter() - started


def test_every_row_ties_out(imported, table):
    report, seconds = imported
    assert (report.status, report.sheets_n, report.rows_n, report.stored_n) == ("stored", 149, 6258, 6258)
    assert {code: (tie.checked_n, tie.failed_n) for code, tie in report.ties.items()} == {
        "J-PUBPCT": (6213, 0),
        "J-PUBZERO": (45, 0),
        "J-PUBBELOW": (6258, 0),
        "J-PUBRANK": (6258, 0),
    }
    assert codes(report) == {"J-PUBAREA": 1, "J-PUBEMPTY": 1}
    assert seconds < 10


def test_sheets_and_provinces_by_year(imported, table):
    counts = "count(*), count(DISTINCT province_code), count(*) FILTER (province_code IS NULL)"
    assert table(counts, 2552) == [(3150, 75, 0)]
    assert table(counts, 2553) == [(3108, 73, 42)]
    assert table("rule_id, province_code", name="findings") == [("J-PUBEMPTY", "38"), ("J-PUBAREA", None)]


def test_100_with_failures_is_there_and_not_told(imported, table):
    both = "count(*) FILTER (passed_pct = 100 AND failed_n > 0)"
    assert table(both, 2552)[0][0] + table(both, 2553)[0][0] == 42


def test_mistyped_sheet_names_are_mended(settings, tmp_path):
    """The list without its mended province column: the names of the sheets alone tell the provinces."""
    path = tmp_path / "sheets.csv"
    text = REAL.read_text(encoding="utf-8-sig")
    path.write_text(text.replace("year_be,province,", "year_be,nothing,", 1), encoding="utf-8")
    (report,) = register_published([path], settings)
    assert codes(report) == {"J-PUBNAME": 3, "J-PUBAREA": 1, "J-PUBEMPTY": 1}
    assert report.stored_n == 6258


def test_a_changed_figure_is_found(settings, tmp_path):
    path = tmp_path / "changed.csv"
    text = REAL.read_text(encoding="utf-8-sig")
    assert text.count(",63247,96.91,100.0,3.09,2017") == 1
    path.write_text(text.replace(",63247,96.91,", ",64247,96.91,"), encoding="utf-8")
    (report,) = register_published([path], settings)
    assert {code: tie.failed_n for code, tie in report.ties.items() if tie.failed_n} == {"J-PUBPCT": 1}
    (notice,) = (found for found in report.notices if found.code == "J-PUBPCT")
    assert "ตาราง กระบี่ แถว 2 ตัวชี้วัด 18 ตามไฟล์ 96.91 ควรเป็น 96.96" in notice.places[0]
