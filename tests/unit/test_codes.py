"""Codes of our own: every code that the engine can say is defined once, in Thai, with a remedy; none is defined in vain."""

import re

import pytest

from jpt_pipeline.codes import load_codes, message
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.settings import CHECKOUT

CODES = load_codes()
PATTERN = re.compile(r"""["'\[ ]((?:C|D|F|M|E|S|H|V|K|G|J)-[A-Z]{2,12}(?:-[A-Z]{2,5})?2?)["'\] ,]""")
ENGINE = [
    path
    for folder in ("intake", "corrections", "returns", "households", "rollup", "history", "identity")
    for path in sorted((CHECKOUT / "jpt_pipeline" / folder).glob("*.py"))
]


def said(paths):
    return {code for path in paths for code in PATTERN.findall(path.read_text(encoding="utf-8"))}


def test_every_code_that_the_engine_says_is_defined():
    assert said(ENGINE) - set(CODES) == set()


def test_every_defined_code_can_be_said():
    everywhere = said(sorted((CHECKOUT / "jpt_pipeline").rglob("*.py")))
    assert set(CODES) - everywhere == set()


def test_codes_do_not_meet_the_rules_of_an_instrument():
    assert not set(CODES) & {rule.id for rule in load_instrument("plan12").rules}


@pytest.mark.parametrize("code", CODES)
def test_a_code_says_what_happened_and_what_to_do(code):
    found = CODES[code]
    assert re.search("[ก-๙]", found.th)
    assert re.search("[ก-๙]", found.remedy)
    assert (found.severity == "error") or found.action == "finding"
    prefixes = {"refuse": "CFMHS", "hold": "FD", "quarantine": "FESVKG", "finding": "DFHJK", "block": "J"}
    assert code[0] in prefixes[found.action]


def test_a_message_starts_with_its_code_and_place():
    text = message("S-JSON", ระเบียนที่=12, ไฟล์="a.ndjson", รายละเอียด=None)
    assert text.startswith("S-JSON ระเบียนที่ 12 ไฟล์ a.ndjson: ")
    assert CODES["S-JSON"].th in text
    assert CODES["S-JSON"].remedy in text
    assert "None" not in text


def test_a_message_without_place():
    assert message("F-EMPTY") == f"F-EMPTY {CODES['F-EMPTY'].th} - {CODES['F-EMPTY'].remedy}"


def test_an_unknown_code_is_an_error():
    with pytest.raises(KeyError):
        message("X-UNKNOWN")
