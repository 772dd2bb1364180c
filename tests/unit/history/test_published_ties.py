"""Arithmetic of published sheets: what ties out is silent, each planted fault is found at its place, nothing is mended.

Rules: percent = passed / (passed + failed), half up, two decimals; below = target - percent as printed; order by target -
passed %, unrounded, descending; a zero denominator prints - and lacks its whole target.
"""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from published_files import as_biff, as_csv, as_html, codes, made, planted, province, ranked

from jpt_pipeline.history.ties import percent_passed
from jpt_pipeline.history.values import count, hundredths, printed

SHEET = province()


@given(st.integers(0, 10**8), st.integers(0, 10**8))
def test_percent_is_rounded_half_up(passed, failed):
    surveyed = passed + failed or 1
    exact = (Decimal(100) * passed / surveyed).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert printed(percent_passed(passed, surveyed)) == str(exact)


@pytest.mark.parametrize(("passed", "surveyed", "shown"), [(1, 16, "6.25"), (1, 800, "0.13"), (3, 800, "0.38")])
def test_a_half_goes_up(passed, surveyed, shown):
    assert printed(percent_passed(passed, surveyed)) == shown


@given(st.decimals(-9999, 9999, places=2))
def test_percentages_are_read_exactly(value):
    assert hundredths(f"{value:,}") == (int(value * 100), False)
    assert hundredths(str(value)) == (int(value * 100), False)


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_none(text):
    assert count(text) is None or count(text) >= 0
    assert hundredths(text) is None or isinstance(hundredths(text)[0], int)


@pytest.mark.parametrize(
    ("number", "fault", "found"),
    [
        (2, {"pct": "96.90"}, {"J-PUBPCT": (2, "96.90", "96.91"), "J-PUBBELOW": (2, "3.09", "3.10")}),
        (2, {"below": "3.10"}, {"J-PUBBELOW": (2, "3.10", "3.09")}),
        (2, {"below": "-"}, {"J-PUBBELOW": (2, "0.00", "3.09")}),
        (2, {"pct": "-"}, {"J-PUBPCT": (2, "0.00", "96.91"), "J-PUBBELOW": (2, "3.09", "100.00")}),
        (5, {"below": "7.90"}, {"J-PUBBELOW": (5, "7.90", "-7.90")}),
        (1, {"pct": "0.00"}, {"J-PUBZERO": (1, "0.00", "-")}),
        (1, {"pct": "100.00"}, {"J-PUBZERO": (1, "100.00", "-"), "J-PUBBELOW": (1, "80.00", "-20.00")}),
        (1, {"below": "-"}, {"J-PUBBELOW": (1, "0.00", "80.00")}),
        (3, {"pct": "99.99", "below": "0.01"}, {"J-PUBPCT": (3, "99.99", "100.00")}),
        (4, {"failed": "1"}, {"J-PUBPCT": (4, "100.00", "99.97"), "J-PUBRANK": (4, "5", "0.027533")}),
    ],
)
def test_a_planted_fault_is_found_and_kept(give, table, number, fault, found):
    report = give(as_html(planted(SHEET, number, **fault)), of="กระบี่")
    assert codes(report) == dict.fromkeys(found, 1)
    stored = {rule: tuple(rest) for rule, *rest in table("rule_id, indicator_no, printed, computed", name="findings")}
    assert stored == found
    assert {code: tie.failed_n for code, tie in report.ties.items() if tie.failed_n} == dict.fromkeys(found, 1)
    assert all("แถว" in place and "ตัวชี้วัด" in place for notice in report.notices for place in notice.places)


def test_100_with_failures_is_right(give):
    assert [line.pct for line in SHEET if line.number == 3] == ["100.00"]
    assert codes(give(as_html(SHEET), of="กระบี่")) == {}


def test_the_order_is_that_of_the_unrounded_difference(give, table):
    """Both print 100.00 and -; the one with failures stands first, although the printed columns are equal."""
    lines = [made(1, 200_000, 0), made(2, 200_000, 7)]
    assert codes(give(as_html(ranked(lines)), of="กระบี่")) == {}
    assert codes(give(as_html(lines), of="กระบี่"))["J-PUBRANK"] == 1
    assert table("row_no, indicator_no", name="findings") == [(4, 2)]


def test_ties_have_no_order(give):
    lines = [made(number, 500, 500) for number in (3, 1, 2)]
    assert codes(give(as_html(lines), of="กระบี่")) == {}


def test_a_zero_denominator_lacks_its_whole_target(give):
    lines = [made(1, 1, 9), made(2, 0, 0, 80), made(3, 9, 1)]
    assert codes(give(as_html(lines), of="กระบี่")) == {}
    assert codes(give(as_html([lines[1], lines[0], lines[2]]), of="กระบี่")) == {"K-PUBREPLACE": 1, "J-PUBRANK": 1}


def test_the_rank_of_a_list_is_that_of_its_column(give, table):
    """Rows of a list may stand in any order; equal ranks are a tie."""
    lines = as_csv([(2553, "กระบี่", SHEET)]).decode().splitlines()
    assert codes(give("\n".join([lines[0], *sorted(lines[1:])]).encode())) == {}
    swapped = [line.replace(",1,1,", ",6,1,") if ",1,1," in line else line for line in lines]
    assert codes(give("\n".join(swapped).encode())) == {"K-PUBREPLACE": 1, "J-PUBRANK": 1}


def test_missing_and_doubled_indicators_are_told(give, table):
    report = give(as_biff([("กระบี่", ranked([made(1, 1, 9), made(2, 2, 8), made(2, 3, 7), made(5, 5, 5)]))]))
    assert codes(report) == {"J-PUBTWIN": 1, "J-PUBGAP": 1}
    assert ("J-PUBGAP", None, "3, 4") in table("rule_id, row_no, computed", name="findings")


def test_a_sheet_without_anybody_is_told(give):
    assert codes(give(as_html([made(1, 0, 0), made(2, 0, 0)]), of="กระบี่")) == {"J-PUBEMPTY": 1}


def test_the_checks_say_to_how_many_rows_they_applied(give):
    report = give(as_html(SHEET), of="กระบี่")
    assert {code: tie.checked_n for code, tie in report.ties.items()} == {
        "J-PUBPCT": 5,
        "J-PUBZERO": 1,
        "J-PUBBELOW": 6,
        "J-PUBRANK": 6,
    }
