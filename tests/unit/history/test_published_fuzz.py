"""Damaged files of every form: read or refused with a code, never another error."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published_files import as_biff, as_csv, as_html, as_xlsx, province

from jpt_pipeline.codes import load_codes
from jpt_pipeline.history.layout import Given, Source, read_sheets
from jpt_pipeline.history.sheets import Unreadable, read_book
from jpt_pipeline.history.spec import load_sheet_spec
from jpt_pipeline.history.ties import judge

SPEC, SHEET = load_sheet_spec(), province()
NAMES = {"81": "กระบี่"}
SOURCE = Source("0" * 64, "a.xls", {"กระบี่": "81"})
FORMS = {
    "html": as_html(SHEET),
    "biff": as_biff([("กระบี่", SHEET)]),
    "xlsx": as_xlsx([("กระบี่", SHEET)]),
    "csv": as_csv([(2553, "กระบี่", SHEET)]),
}


def outcome(content):
    """What reading gives: a code of refusal, or None."""
    try:
        sheets, _ = read_sheets(read_book(content, SPEC.limits), SPEC, Given(2553), SOURCE)
    except Unreadable as error:
        return error.code
    for sheet in sheets:
        judge(sheet, SPEC, NAMES)
    return None


@pytest.mark.parametrize("form", FORMS)
def test_the_form_itself_is_read(form):
    assert outcome(FORMS[form]) is None


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(form, data):
    content = bytearray(FORMS[form])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        match data.draw(st.sampled_from(["flip", "cut", "repeat", "insert"])):
            case "flip":
                content[at : at + 1] = data.draw(st.binary(min_size=1, max_size=1))
            case "cut":
                del content[at : at + data.draw(st.integers(1, 600))]
            case "repeat":
                content[at:at] = content[at : at + data.draw(st.integers(1, 600))]
            case "insert":
                content[at:at] = data.draw(st.binary(max_size=40))
    code = outcome(bytes(content))
    assert code is None or load_codes()[code].action == "refuse"
