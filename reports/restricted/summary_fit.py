"""At which size of text a household's page is one page: an estimate of its lines, so that nothing is laid out to measure.

Put here: the estimate. Keep out: the layout; its file is laid out again with smaller text where the estimate was wrong.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

SIZES = (8.2, 7.8, 7.4, 7.0, 6.6, 6.2, 5.8)  # points
PAGE_MM = 255.0  # of household-summary.typ: A4 without its margins is 261; the estimate errs by a few
_MM_PER_PT = 25.4 / 72
_LETTER_EM = 0.52  # a Thai letter of Sarabun; vowels and tone marks above and below take no room of their own
_LINE_EM, _RULE_MM = 1.38, 0.9  # a line of text, and what the rule and room of a table's row add
_FIXED_LINES = 17.5  # title, headings, counts, signatures, provenance
_PERSONS_ALONE = 5  # as in the layout: more members stand two abreast
_NAME_MM, _NAME_THEN_MM, _ASK_MM, _PERSON_MM = 70.0, 58.5, 84.0, 45.0


def fitting(page: dict[str, Any], columns: Sequence[Sequence[dict[str, Any]]], has_then: bool) -> int:
    """Number of the largest of SIZES at which the page of a household is expected to fit, the last one if none is.

    Args:
        page: a household as summary_page gives it. columns: dimensions of the two columns of indicators.
    """
    for number, size in enumerate(SIZES):
        if _height(page, columns, has_then, size) <= PAGE_MM:
            return number
    return len(SIZES) - 1


def _height(page: dict[str, Any], columns: Sequence[Sequence[dict[str, Any]]], has_then: bool, size: float) -> float:
    """Millimetres that a page takes at a size, about."""
    line = size * _LINE_EM * _MM_PER_PT
    row = line + _RULE_MM
    members = [_lines(member[1], _PERSON_MM, size) for member in page["members"]]
    people = sum(members) if len(members) <= _PERSONS_ALONE else (sum(members) + 1) // 2
    room = _NAME_THEN_MM if has_then else _NAME_MM
    left, right = (_scores(page, dimensions, room, size, line) for dimensions in columns)
    left += row * (len(page["economy"]) + 2)
    right += sum(_lines(text, _ASK_MM, size) for text in page["asks"]) * (line + 0.6) + 3 * line
    return _FIXED_LINES * line + row * (people + 1) + max(left, right)


def _scores(page: dict[str, Any], dimensions: Sequence[dict[str, Any]], room: float, size: float, line: float) -> float:
    """One column of indicators: names, reasons below them, a heading each dimension."""
    height = line + _RULE_MM
    for dimension in dimensions:
        height += line + _RULE_MM
        for key, _, name in dimension["indicators"]:
            lines = _lines(name, room, size) + _lines(page["reasons"].get(key, ""), room, size * 0.93)
            height += lines * line + _RULE_MM
    return height


def _lines(text: str, room_mm: float, size: float) -> int:
    """Lines that a text takes; 0 for no text."""
    letters = sum(unicodedata.category(letter) not in ("Mn", "Cf") for letter in text)
    width = letters * _LETTER_EM * size * _MM_PER_PT
    return -int(-width // room_mm)
