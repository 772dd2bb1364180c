"""The re-interview form (แบบสัมภาษณ์ซ้ำ) as a workbook to fill in, without any earlier answer.

Restricted: it names houses, so the file is its owner's alone (0600). Put here: layout. Keep out: which rows there are,
and the form's rules when it comes back (sampling.form).
"""

from collections.abc import Mapping
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from jpt_pipeline.reinterview.draw import Sample
from jpt_pipeline.rounds import Round
from jpt_pipeline.sampling.form import MACHINE_SHEET, Line, headings
from jpt_pipeline.sampling.items import Questions
from jpt_pipeline.sampling.words import load_words
from jpt_pipeline.store.files import replacing

INK, PAPER = "#1F3A5F", "#EAF1F8"
WIDTHS = {"draw_no": 7, "kind": 10, "district": 18, "village": 22, "village_code": 12, "household_id": 16, "house": 12}
ASKED_WIDTH = 17
LIST_CHARACTERS = 255  # Excel's limit of a list written into a cell's validation
PLAIN_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_sheet(
    path: Path, sample: Sample, round_: Round, questions: Questions, names: Mapping[str, str], houses: Mapping[int, str]
) -> None:
    """Write the form of a sample; the same sample gives the same cells.

    Args:
        names: names of villages and districts by code. houses: house numbers by draw_no.
    """
    with replacing(path) as temporary:
        temporary.touch(mode=0o600)
        book = xlsxwriter.Workbook(str(temporary), PLAIN_TEXT)
        book.set_properties({"title": load_words().form.title, "created": sample.entry.at.replace(tzinfo=None)})
        look = _Look(book)
        _rows(book, look, sample, round_, questions, names, houses)
        _how(book, look)
        machine = book.add_worksheet(MACHINE_SHEET)
        machine.write_string(0, 0, sample.entry.sample_id)
        machine.protect()
        machine.very_hidden()
        book.close()
        temporary.chmod(0o600)


class _Look:
    """Formats of the workbook. Text stays text ('@'), so that Excel makes no date of 1/2."""

    def __init__(self, book: xlsxwriter.Workbook):
        base = {"font_name": "TH Sarabun New", "font_size": 14, "valign": "top", "num_format": "@"}
        ruled = {**base, "text_wrap": True, "bottom": 1, "bottom_color": "#CBD2D9"}
        self.title = book.add_format({**base, "bold": True, "font_size": 18, "font_color": INK})
        self.plain = book.add_format(base)
        self.wrapped = book.add_format({**base, "text_wrap": True})
        self.locked = book.add_format(ruled)
        self.open = book.add_format({**ruled, "locked": False, "bg_color": PAPER})
        head = {"bold": True, "bg_color": INK, "font_color": "white", "align": "center", "text_wrap": True}
        self.head = book.add_format({**base, **head})


def _rows(
    book: xlsxwriter.Workbook,
    look: _Look,
    sample: Sample,
    round_: Round,
    questions: Questions,
    names: Mapping[str, str],
    houses: Mapping[int, str],
) -> None:
    words, entry = load_words().form, sample.entry
    sheet = book.add_worksheet(words.sheet)
    sheet.write_string(0, 0, f"{words.title} {entry.sample_id} {round_.title_th}", look.title)
    told = f"{words.sample} {entry.size_n:,} · {words.replacement} {entry.replacements_n:,} · {entry.root_sha256[:16]}"
    sheet.write_string(1, 0, told, look.plain)
    columns = headings(questions, sample.items)
    first_open = len(words.headings)
    for at, heading in enumerate(columns):
        sheet.set_column(at, at, list(WIDTHS.values())[at] if at < first_open else ASKED_WIDTH)
        sheet.write_string(2, at, heading, look.head)
    choices = [questions.contact.values, None, *(item.values for item in sample.items)]
    allowed = ["-" if values is None else " / ".join(f"{n} {text}" for n, text in values.items()) for values in choices]
    for at, text in enumerate(allowed, start=first_open):
        sheet.write_string(3, at, text, look.wrapped)
    for number, line in enumerate(sample.lines, start=4):
        for at, text in enumerate(_locked(line, names, houses)):
            sheet.write_string(number, at, text, look.locked)
        for at, values in enumerate(choices, start=first_open):
            sheet.write_blank(number, at, None, look.open)
            _listed(sheet, number, at, values)
    sheet.freeze_panes(4, first_open)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})


def _locked(line: Line, names: Mapping[str, str], houses: Mapping[int, str]) -> tuple[str, ...]:
    words = load_words().form
    return (
        str(line.draw_no),
        words.replacement if line.is_replacement else words.sample,
        f"{line.district_code} {names.get(line.district_code, '')}".strip(),
        names.get(line.village_code, ""),
        line.village_code,
        line.household_id,
        houses.get(line.draw_no, ""),
    )


def _listed(sheet: Worksheet, number: int, at: int, values: Mapping[int, str] | None) -> None:
    if values is not None and len(",".join(map(str, values))) <= LIST_CHARACTERS:
        listed = {"validate": "list", "source": [str(code) for code in values], "error_type": "warning"}
        sheet.data_validation(number, at, number, at, listed)


def _how(book: xlsxwriter.Workbook, look: _Look) -> None:
    words = load_words().form
    sheet = book.add_worksheet(words.how)
    sheet.set_column(0, 0, 110)
    sheet.write_string(0, 0, words.how, look.title)
    for number, text in enumerate(words.instructions, start=1):
        sheet.write_string(number, 0, f"{number}. {text}", look.wrapped)
    sheet.protect()
