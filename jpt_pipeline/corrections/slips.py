"""The machine's part of a return slip (ใบส่งกลับแก้ไข): where its cells stand, how it is sealed, how it is read back.

A slip carries the values as they were exported on a hidden sheet, under a keyed digest: what came back is merged against
them. Put here: layout and seal. Keep out: which rows a slip has (returns.slip) and how it looks (reports.return_slip).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import python_calamine as calamine

from jpt_pipeline.corrections.models import CorrectionsRefused, Refusal
from jpt_pipeline.intake.tokens import token

ROWS_SHEET = "แก้ไข"
MACHINE_SHEET = "_jpt"
SEAL_PERSON = b"jpt-slip-v1"
# Columns of the visible sheet: name for the program -> heading. The last three are filled in.
HEADINGS = {
    "seq_no": "ลำดับ",
    "village": "หมู่บ้าน/ชุมชน",
    "household_id": "รหัสประจำบ้าน",
    "member_no": "สมาชิกลำดับที่",
    "question": "เรื่อง/คำถาม",
    "shown": "ค่าปัจจุบัน",
    "allowed": "ค่าที่ใช้ได้",
    "rule_id": "รหัสกฎ",
    "rule": "กฎที่ไม่ผ่าน",
    "due": "กำหนดส่งคืน",
    "new": "ค่าใหม่",
    "reason": "เหตุผล",
    "who": "ผู้แก้ไข",
}
FILLED = ("new", "reason", "who")
AT = {name: place for place, name in enumerate(HEADINGS)}


class SlipRow(NamedTuple):
    """What the machine knows of one row; '' is no value and no member. `rule_id` only tells people why."""

    seq_no: str
    stream: str
    village_code: str
    household_id: str
    member_no: str
    column: str
    old: str
    rule_id: str


@dataclass(frozen=True)
class SlipFacts:
    """What a slip is about."""

    survey_year: int
    level: str
    area_code: str
    blank: str


def sealed(key: bytes, facts: SlipFacts, rows: Sequence[SlipRow]) -> str:
    """Keyed digest of everything that must come back as it went out."""
    return token(key, json.dumps([asdict(facts), *rows], ensure_ascii=False, sort_keys=True), SEAL_PERSON)


def machine_cells(key: bytes, facts: SlipFacts, rows: Sequence[SlipRow]) -> list[list[str]]:
    """The hidden sheet, row by row, all text: facts, seal, then the rows."""
    return [[json.dumps(asdict(facts), sort_keys=True)], [sealed(key, facts, rows)], *map(list, rows)]


def read_slip(book: calamine.CalamineWorkbook, key: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows with a new value: row number of the visible sheet, and the fields of a correction as text.

    Raises:
        CorrectionsRefused: the hidden sheet is not what was sealed with this key, or a locked cell was changed.
    """
    facts, machine = _machine(book, key)
    cells = (
        book.get_sheet_by_name(ROWS_SHEET).to_python(skip_empty_area=False) if ROWS_SHEET in book.sheet_names else []
    )
    head = next((at for at, row in enumerate(cells) if [_text(cell) for cell in row] == list(HEADINGS.values())), None)
    if head is None:
        raise CorrectionsRefused([Refusal("C-SLIP", detail=ROWS_SHEET)])
    by_number = {row.seq_no: row for row in machine}
    for number, row in enumerate(cells[head + 1 :], start=head + 2):
        filled = {name: _text(row[AT[name]]) for name in FILLED}
        if not any(_text(cell) for cell in row) or not any(filled.values()):
            continue
        base = by_number.get(_text(row[AT["seq_no"]]))
        if base is None or not _is_untouched(row, base, facts):
            raise CorrectionsRefused([Refusal("C-SLIP", number)])
        if filled["new"]:
            same = {name: value for name, value in base._asdict().items() if name not in ("seq_no", "rule_id")}
            yield number, {"survey_year": str(facts.survey_year), **same, **filled}


def _machine(book: calamine.CalamineWorkbook, key: bytes) -> tuple[SlipFacts, list[SlipRow]]:
    cells = book.get_sheet_by_name(MACHINE_SHEET).to_python(skip_empty_area=False)
    try:
        facts = SlipFacts(**json.loads(str(cells[0][0])))
        width = len(SlipRow._fields)
        rows = [SlipRow(*(_text(cell) for cell in [*row, *[""] * width][:width])) for row in cells[2:]]
        seal = _text(cells[1][0])
    except (ValueError, TypeError, IndexError):
        raise CorrectionsRefused([Refusal("C-SLIP", detail=MACHINE_SHEET)]) from None
    if seal != sealed(key, facts, rows):
        raise CorrectionsRefused([Refusal("C-SLIP", detail=MACHINE_SHEET)])
    return facts, rows


def _is_untouched(row: Sequence[Any], base: SlipRow, facts: SlipFacts) -> bool:
    """Whether the visible row is still the one of its number: sorting one column alone would move values to others."""
    shown = {name: _text(row[AT[name]]) for name in ("household_id", "member_no", "shown", "rule_id")}
    return shown == {
        "household_id": base.household_id,
        "member_no": base.member_no,
        "shown": base.old or facts.blank,
        "rule_id": base.rule_id,
    }


def _text(cell: object) -> str:
    """A cell as it would be typed; a whole number without its `.0`."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
