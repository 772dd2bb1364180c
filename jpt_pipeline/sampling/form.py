"""The re-interview form that came back: bytes -> what each row says, or every reason why the form is refused.

Put here: reading, the check of each cell, the order of replacements. Keep out: the certified answers (they are not on the
form), layout (jpt_pipeline.reinterview.sheet). Columns are found by their headings, in any order.
"""

import io
import zipfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import python_calamine as calamine

from jpt_pipeline.sampling.items import EXISTS, Item, Questions
from jpt_pipeline.sampling.words import Refused, load_words, tell

MACHINE_SHEET = "_jpt"
MAX_BYTES, MAX_UNPACKED = 64 << 20, 512 << 20
_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


@dataclass(frozen=True)
class Line:
    """One household of the drawn list; `answers` are the certified ones by item, where there is one."""

    draw_no: int
    is_replacement: bool
    district_code: str
    village_code: str
    household_id: str
    enumerator_id: str | None
    answers: dict[str, int]


@dataclass(frozen=True)
class Cells:
    """A form as text: the sample's id, rows (number as a spreadsheet counts, heading -> text), remarks."""

    sample_id: str
    rows: list[tuple[int, dict[str, str]]]
    remarks: list[str]


@dataclass(frozen=True)
class Visit:
    """What the form says of one household: not reached, or the second answers by item."""

    line: Line
    is_reached: bool
    answers: dict[str, int]


def read_cells(content: bytes, questions: Questions, items: Sequence[Item] | None = None) -> Cells:
    """The form's rows as text. Without `items` only the sample's id is read.

    Raises:
        Refused: not a workbook, not a form of ours, a heading is missing or stands twice.
    """
    book = _book(content)
    words = load_words().form
    try:
        sample_id = _text(book.get_sheet_by_name(MACHINE_SHEET).to_python(skip_empty_area=False)[0][0])
    except (calamine.CalamineError, IndexError):
        raise Refused([tell("RI-FORM", what=MACHINE_SHEET)]) from None
    if items is None:
        return Cells(sample_id, [], [])
    if words.sheet not in book.sheet_names:
        raise Refused([tell("RI-FORM", what=words.sheet)])
    cells = [
        [_text(cell) for cell in row] for row in book.get_sheet_by_name(words.sheet).to_python(skip_empty_area=False)
    ]
    expected = headings(questions, items)
    head = next((at for at, row in enumerate(cells) if words.headings["draw_no"] in row), None)
    if head is None:
        raise Refused([tell("RI-HEAD", column=words.headings["draw_no"])])
    counted = Counter(cells[head])
    faults = [tell("RI-HEAD", column=name) for name in expected if not counted[name]]
    faults += [tell("RI-HEADTWICE", column=name) for name in expected if counted[name] > 1]
    if faults:
        raise Refused(faults)
    rows = [
        (number, dict(zip(cells[head], row, strict=False)))
        for number, row in enumerate(cells[head + 1 :], start=head + 2)
        if any(row)
    ]
    extra = [at for at, name in enumerate(cells[head]) if name not in expected]
    used = [at for at in extra if cells[head][at] or any(row[at] for row in cells[head + 1 :] if len(row) > at)]
    return Cells(sample_id, rows, [tell("RI-EXTRA", at=at + 1) for at in used])


def headings(questions: Questions, items: Sequence[Item]) -> list[str]:
    """Headings of the form in order: locked columns, contact, interviewer, items."""
    locked = load_words().form.headings.values()
    return [*locked, questions.contact.th, questions.interviewer.th, *(item.th for item in items)]


def read_visits(cells: Cells, lines: Sequence[Line], questions: Questions, items: Sequence[Item]) -> list[Visit]:
    """What the form says of every household that was to be visited, and of the replacements that were.

    Raises:
        Refused: with all that stands against the form, row by row.
    """
    faults: list[str] = []
    found: dict[int, tuple[int, Visit]] = {}
    by_number = {str(line.draw_no): line for line in lines}
    names = load_words().form.headings
    seen: set[str] = set()
    for row_no, row in cells.rows:
        number = row[names["draw_no"]].translate(_DIGITS)
        line = by_number.get(number)
        if line is None or row[names["household_id"]].translate(_DIGITS) != line.household_id:
            faults.append(tell("RI-ROW", row=row_no))
        elif number in seen:
            faults.append(tell("RI-ROWTWICE", row=row_no, draw_no=number))
        elif visit := _visit(row_no, row, line, questions, items, faults):
            found[line.draw_no] = row_no, visit
        seen.add(number)
    faults += [tell("RI-ROWGONE", draw_no=number) for number in by_number if number not in seen]
    if not faults:
        faults = _misused(lines, found)
    if faults:
        raise Refused(faults)
    return [found[number][1] for number in sorted(found)]


def _visit(
    row_no: int, row: dict[str, str], line: Line, questions: Questions, items: Sequence[Item], faults: list[str]
) -> Visit | None:
    """One row; None for a replacement that was not used, and where a fault was added."""
    before = len(faults)
    contact, interviewer = questions.contact, row[questions.interviewer.th]
    asked = {item.key: row[item.th] for item in items}
    if line.is_replacement and not (row[contact.th] or interviewer or any(asked.values())):
        return None
    reached = _answer(row_no, contact.th, row[contact.th], contact.values, faults)
    if reached is not None and reached != contact.usual:
        if any(asked.values()):
            faults.append(tell("RI-NOTREACHED", row=row_no))
        return Visit(line, False, {}) if len(faults) == before else None
    if not interviewer:
        faults.append(tell("RI-BLANK", row=row_no, column=questions.interviewer.th))
    elif line.enumerator_id is not None and interviewer.casefold() == line.enumerator_id.casefold():
        faults.append(tell("RI-SAME", row=row_no))
    answers: dict[str, int] = {}
    for item in items:
        text = asked[item.key]
        is_gone = answers.get(EXISTS, questions.exists.usual) != questions.exists.usual
        if not text and (is_gone or not item.is_critical):
            continue
        given = _answer(row_no, item.th, text, item.values, faults, item.most)
        if given is not None:
            answers[item.key] = given
    return Visit(line, True, answers) if len(faults) == before else None


def _answer(
    row_no: int, column: str, text: str, values: dict[int, str] | None, faults: list[str], most: int = 0
) -> int | None:
    """A cell as a whole number that the question takes; else None, and a fault is added."""
    plain = text.translate(_DIGITS)
    if not plain:
        faults.append(tell("RI-BLANK", row=row_no, column=column))
        return None
    number = int(plain) if plain.isdecimal() and len(plain) <= 9 else -1
    if number in values if values is not None else 0 <= number <= most:
        return number
    allowed = f"0-{most}" if values is None else ", ".join(f"{code} {said}" for code, said in values.items())
    faults.append(tell("RI-VALUE", row=row_no, column=column, allowed=allowed))
    return None


def _misused(lines: Sequence[Line], found: dict[int, tuple[int, Visit]]) -> list[str]:
    """Replacements out of their order, or more of them than households of the district that were not reached."""
    faults = []
    spare: dict[str, list[Line]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: line.draw_no):
        if line.is_replacement:
            spare[line.district_code].append(line)
    for district, reserve in sorted(spare.items()):
        used = [line.draw_no in found for line in reserve]
        if True in used:
            last = len(used) - used[::-1].index(True)
            if False in used[:last]:
                skipped, row_no = reserve[used.index(False)], found[reserve[last - 1].draw_no][0]
                faults.append(tell("RI-ORDER", row=row_no, draw_no=skipped.draw_no))
        visits = [visit for _, visit in found.values() if visit.line.district_code == district]
        missing = sum(not visit.is_reached for visit in visits)
        if sum(used) > missing:
            faults.append(tell("RI-SPARE", district=district, used_n=sum(used), missing_n=missing))
    return faults


def _book(content: bytes) -> calamine.CalamineWorkbook:
    if not content or len(content) > MAX_BYTES:
        raise Refused([tell("RI-FILE", what=f"{len(content)} bytes")])
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                raise Refused([tell("RI-FILE", what="> 512 MiB")])
        return calamine.load_workbook(io.BytesIO(content))
    except (zipfile.BadZipFile, calamine.CalamineError) as error:
        raise Refused([tell("RI-FILE", what=type(error).__name__)]) from None


def _text(cell: object) -> str:
    """A cell as it would be typed, without spaces around it; a whole number without its `.0`."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).translate(_INVISIBLE).strip()
