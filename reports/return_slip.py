"""Return slip (ใบส่งกลับแก้ไข) of a tambon: a workbook to fill in, which `jpt correct` takes back.

Restricted: it names houses by their codes, so it is read from the home's own tables and written for its owner's eyes
only. Put here: layout. Keep out: which rows there are (jpt_pipeline.returns.slip), and the seal (corrections.slips).
"""

from datetime import date
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from jpt_pipeline.corrections.slips import AT, FILLED, HEADINGS, MACHINE_SHEET, ROWS_SHEET, machine_cells
from jpt_pipeline.returns.slip import LEVELS, Slip, SlipLine, make_slips
from jpt_pipeline.rounds import load_round
from jpt_pipeline.store.files import replacing
from jpt_pipeline.vault import read_key
from reports.drawing import NAVY, PALE
from reports.numbers import NOTHING, count_text, thai_date
from reports.order import Restricted, RestrictedOrder
from reports.sheets import WRITTEN
from reports.words import words

__all__ = ["LEVELS", "TITLE_TH", "make"]

TITLE_TH = "ใบส่งกลับแก้ไข"
RESEND_SHEET, HOW_SHEET = "ส่งใหม่", "วิธีกรอก"
RESEND_HEADINGS = ("หมู่บ้าน/ชุมชน", "ชื่อไฟล์", "ระเบียนที่", "รหัส", "เหตุ")
WIDTHS = (7, 22, 16, 10, 44, 16, 36, 15, 44, 16, 16, 30, 20)
RESEND_WIDTHS = (16, 40, 12, 16, 90)
LIST_CHARACTERS = 255  # Excel's limit of a list written into a cell's validation


def make(order: RestrictedOrder) -> Restricted:
    """Write one workbook for each tambon of the area.

    Raises:
        jpt_pipeline.areas.tree.NoSuchArea: no such area in the round's register.
        NotSealed, KeyMissing: the home is not ready.
    """
    settings, survey_year, stream = order.settings, order.survey_year, order.stream
    key = read_key(settings, "token")
    title = load_round(survey_year, settings.definitions).title_th
    written, households = [], set()
    for slip in make_slips(settings, survey_year, stream, order.level, order.area_code):
        households |= {(line.machine.village_code, line.machine.household_id) for line in slip.lines}
        path = order.out / f"return-slip_{survey_year}_{stream}_tambon_{slip.facts.area_code}.xlsx"
        with replacing(path) as temporary:
            _write(temporary, slip, key, title, order.due)
        written.append(path)
    return Restricted(written, len(households))


def _write(path: Path, slip: Slip, key: bytes, round_title: str, due: date | None) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"title": TITLE_TH, "created": WRITTEN.replace(tzinfo=None)})
    look = _Look(book)
    head = f"{TITLE_TH} {words().full_name('tambon', slip.tambon)} ({slip.facts.area_code}) {round_title}"
    told = f"รายการที่ต้องตรวจ {count_text(len(slip.lines))} ช่อง · ระเบียนที่ต้องส่งใหม่ {count_text(len(slip.resend))} รายการ"
    _rows(book, look, slip, head, told, thai_date(due) if due else NOTHING)
    _resend(book, look, slip, head)
    _how(book, look, slip)
    machine = book.add_worksheet(MACHINE_SHEET)
    for number, cells in enumerate(machine_cells(key, slip.facts, [line.machine for line in slip.lines])):
        for at, cell in enumerate(cells):
            machine.write_string(number, at, cell)
    machine.protect()
    machine.very_hidden()
    book.close()


class _Look:
    """Formats of one workbook. Text stays text ('@'), so that Excel makes no date of 1/2 and no number of 1,7."""

    def __init__(self, book: xlsxwriter.Workbook):
        base = {"font_name": "TH Sarabun New", "font_size": 14, "valign": "top", "num_format": "@"}
        ruled = {**base, "text_wrap": True, "bottom": 1, "bottom_color": "#CBD2D9"}
        self.title = book.add_format({**base, "bold": True, "font_size": 18, "font_color": NAVY})
        self.plain = book.add_format(base)
        self.wrapped = book.add_format({**base, "text_wrap": True})
        self.locked = book.add_format(ruled)
        self.open = book.add_format({**ruled, "locked": False, "bg_color": PALE})
        colours = {"bold": True, "bg_color": NAVY, "font_color": "white", "align": "center"}
        self.head = book.add_format({**base, **colours, "text_wrap": True})


def _rows(book: xlsxwriter.Workbook, look: _Look, slip: Slip, head: str, told: str, due: str) -> None:
    sheet = book.add_worksheet(ROWS_SHEET)
    first = _head(sheet, look, [head, told], tuple(HEADINGS.values()), WIDTHS)
    sheet.freeze_panes(first, AT["household_id"] + 1)
    for number, line in enumerate(slip.lines, start=first):
        for name, text in _texts(line, slip.facts.blank, due).items():
            sheet.write_string(number, AT[name], text, look.locked)
        for name in FILLED:
            sheet.write_blank(number, AT[name], None, look.open)
        if line.values and len(",".join(line.values)) <= LIST_CHARACTERS:
            listed = {
                "validate": "list",
                "source": list(line.values),
                "error_title": "ค่าที่ใช้ได้",
                "error_type": "warning",
            }
            sheet.data_validation(number, AT["new"], number, AT["new"], listed)
    if slip.lines:
        sheet.autofilter(first - 1, 0, first - 1 + len(slip.lines), len(HEADINGS) - 1)
    sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})


def _texts(line: SlipLine, blank: str, due: str) -> dict[str, str]:
    """The locked cells of one row."""
    machine = line.machine
    return {
        "seq_no": machine.seq_no,
        "village": line.village,
        "household_id": machine.household_id,
        "member_no": machine.member_no,
        "question": line.question,
        "shown": machine.old or blank,
        "allowed": line.allowed,
        "rule_id": machine.rule_id,
        "rule": line.rule,
        "due": due,
    }


def _resend(book: xlsxwriter.Workbook, look: _Look, slip: Slip, head: str) -> None:
    sheet = book.add_worksheet(RESEND_SHEET)
    told = "ระเบียนต่อไปนี้แก้ด้วยใบนี้ไม่ได้ ให้ส่งทั้งครัวเรือนใหม่ด้วยครั้งที่แก้ไขสูงขึ้น หลังแก้ตามเหตุที่แจ้ง"
    first = _head(sheet, look, [head, told], RESEND_HEADINGS, RESEND_WIDTHS)
    sheet.freeze_panes(first, 0)
    for number, one in enumerate(slip.resend, start=first):
        cells = (one.village_code, one.file_name, str(one.record_no), one.code, one.message)
        for at, text in enumerate(cells):
            sheet.write_string(number, at, text, look.locked)
    sheet.protect()


def _head(sheet: Worksheet, look: _Look, lines: list[str], headings: tuple[str, ...], widths: tuple[int, ...]) -> int:
    """Title, lines and headings; the number of the first row below them."""
    for number, text in enumerate(lines):
        sheet.write_string(number, 0, text, look.plain if number else look.title)
    for at, (heading, width) in enumerate(zip(headings, widths, strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(len(lines), at, heading, look.head)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(len(lines))
    return len(lines) + 1


def _how(book: xlsxwriter.Workbook, look: _Look, slip: Slip) -> None:
    sheet = book.add_worksheet(HOW_SHEET)
    sheet.set_column(0, 0, 110)
    filled = " ".join(f"“{HEADINGS[name]}”" for name in FILLED)
    lines = [
        f"กรอกเฉพาะสามช่องสุดท้ายของแผ่น “{ROWS_SHEET}”: {filled} ช่องอื่นล็อกไว้และต้องคงเดิม",
        f"แถวที่ไม่กรอก “{HEADINGS['new']}” ไม่มีการแก้ไข แถวที่กรอกต้องมีเหตุผลและผู้แก้ไข",
        f"ถ้าต้องลบคำตอบออก ให้กรอกคำว่า {slip.facts.blank} คำตอบที่มีจำนวนกรอกตามรูปแบบ เช่น 1,2",
        "ช่องเดียวกันอาจอยู่หลายแถว เพราะหลายกฎใช้ค่านั้น กรอกแถวเดียวพอ ถ้ากรอกหลายแถวต้องเป็นค่าเดียวกัน",
        "กฎหนึ่งข้ออาจใช้หลายช่อง ตรวจกับครัวเรือนแล้วแก้เฉพาะช่องที่ผิด",
        "ถ้าค่าในระบบเปลี่ยนหลังออกใบนี้ ระบบจะไม่รับไฟล์และแจ้งแถวที่ขัดกัน ให้ออกใบใหม่",
        f"ชื่อ เลขประจำตัว และบ้านเลขที่แก้ด้วยใบนี้ไม่ได้ ดูแผ่น “{RESEND_SHEET}”",
        "ใบนี้มีรหัสประจำบ้าน ให้เก็บและส่งเฉพาะผู้มีสิทธิ์แก้ไข แล้วลบเมื่อส่งคืนแล้ว",
    ]
    sheet.write_string(0, 0, HOW_SHEET, look.title)
    for number, text in enumerate(lines, start=1):
        sheet.write_string(number, 0, f"{number}. {text}", look.wrapped)
    sheet.protect()
