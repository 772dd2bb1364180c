"""Published sheets made by code, in the forms that real ones have: HTML saved as .xls, BIFF .xls, .xlsx, CSV.

The figures are invented. Layout of the report (plan 10): one table a province, two rows of headings, number, name and unit
of the indicator in one cell, in order of target - passed %, "-" for nothing. The survey year stands nowhere in it.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import biff
import xlsxwriter

from jpt_pipeline.history.report import FileReport

TOP = ["ตัวชี้วัดความจำเป็นพื้นฐาน", "ผ่านเกณฑ์", "", "เป้าหมาย ปี 2554 (ร้อยละ)", "ต่ำกว่าเป้าหมาย (ร้อยละ)", "จำนวนที่ต้อง แก้ไขทั้งหมด"]
UNDER = ["", "จำนวน", "ร้อยละ", "", "", ""]
LIST = "year_be,province,sheet_name_raw,rank_in_report,number,name_th,unit,pass_n,pass_pct,target_pct,below_target_pct,must_fix_n"


@dataclass(frozen=True)
class Line:
    """One row as printed. `made` computes the printed percentages; replace() plants a fault."""

    number: int
    name: str
    unit: str
    passed: str
    pct: str
    target: str
    below: str
    failed: str

    @property
    def cells(self) -> list[str]:
        title = f"{self.number}. {self.name} ({self.unit})"
        return [title, self.passed, self.pct, self.target, self.below, self.failed]


def made(number: int, passed: int, failed: int, target: int = 100, unit: str = "คน") -> Line:
    """A line that ties out: half up to two decimals, thousands separators, - for nothing."""
    surveyed = passed + failed
    pct = (Decimal(100 * passed) / surveyed).quantize(Decimal("0.01"), ROUND_HALF_UP) if surveyed else None
    below = target - (pct or Decimal(0))
    return Line(
        number,
        f"ตัวชี้วัดสมมติ {number} (ก)",
        unit,
        f"{passed:,}" if passed else "-",
        "-" if pct is None else str(pct),
        f"{target}.00",
        f"{below:.2f}" if below else "-",
        f"{failed:,}" if failed else "-",
    )


def ranked(lines: Sequence[Line]) -> list[Line]:
    """In the order of the report: what is furthest below its target first."""

    def below(line: Line) -> Fraction:
        passed, failed = (int(text.replace(",", "").replace("-", "0")) for text in (line.passed, line.failed))
        return Fraction(line.target) - (Fraction(100 * passed, passed + failed) if passed + failed else 0)

    return sorted(lines, key=below, reverse=True)


def province(factor: int = 1) -> list[Line]:
    """Six indicators of a province: below target, above target, all passed, nobody surveyed, 100.00 with failures."""
    return ranked(
        [
            made(1, 0, 0, 80),
            made(2, 63_247 * factor, 2_017, unit="ครัวเรือน"),
            made(3, 200_000 * factor, 7),
            made(4, 3_631 * factor, 0),
            made(5, 94_981 * factor, 13_069, 80, "ครัวเรือน"),
            made(6, 1_000 * factor, 1_000, 98),
        ]
    )


def planted(lines: Sequence[Line], number: int, **faults: str) -> list[Line]:
    """The lines with other cells printed for one indicator."""
    return [replace(line, **faults) if line.number == number else line for line in lines]


def as_html(lines: Sequence[Line], charset: str = "utf-8", before: str = "") -> bytes:
    """HTML as the department's pages exported it: quotes of the head escaped, spanning headings, breaks, odd tags."""
    marks = "".join(
        "<tr>\n"
        + f'<td class="rcol1">{line.cells[0]}</td>'
        + "".join(_figure(cell) for cell in line.cells[1:])
        + "\n</tr>\n"
        for line in lines
    )
    page = f"""<html xmlns:x=\\"urn:schemas-microsoft-com:office:excel\\">
<head>
    <meta http-equiv=\\"Content-type\\" content=\\"text/html;charset={charset}\\"/>
</head>
<body>{before}
<table class='size_max border_me'>
<tr>
    <td rowspan='2' class='txt_bold'>ตัวชี้วัดความจำเป็นพื้นฐาน</td>
    <td colspan='2' class='txt_bold'>ผ่านเกณฑ์</td>
    <td rowspan='2' class='txt_bold'>เป้าหมาย<br/>ปี 2554 <br/>(ร้อยละ)</td>
    <td rowspan='2' class='txt_bold'>ต่ำกว่าเป้าหมาย (ร้อยละ)</td>
    <td rowspan='2' class='txt_bold'>จำนวนที่ต้อง<br/>แก้ไขทั้งหมด</td>
</tr>
<tr><td>จำนวน</td><td>ร้อยละ</td></tr>
{marks}</table>
</body>
</html>
"""
    return page.encode("cp874" if charset == "tis-620" else charset)


def _figure(cell: str) -> str:
    shown = "<span class='gray'><CENTER>-</CENTER></span>" if cell == "-" else f"<span class='number'>{cell}</span>"
    return f'<td class="right">{shown}</td>'


def as_biff(sheets: Sequence[tuple[str, Sequence[Line]]], title: str = "รายงานตัวชี้วัดที่ต้องแก้ไข") -> bytes:
    """A workbook with one sheet a province: a title, headings in rows 2 and 3, data from row 4, numbers as numbers."""
    return biff.workbook([(name, [[title], TOP, UNDER, *map(_typed, lines)]) for name, lines in sheets])


def as_xlsx(sheets: Sequence[tuple[str, Sequence[Line]]], title: str = "รายงาน", hidden: str = "") -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, lines in sheets:
            sheet = book.add_worksheet(name)
            for at, row in enumerate([[title], TOP, UNDER, *map(_typed, lines)]):
                sheet.write_row(at, 0, row)
            if name == hidden:
                sheet.hide()
    return out.getvalue()


def _typed(line: Line) -> list[biff.Cell]:
    return [line.cells[0], *(text if text == "-" else float(text.replace(",", "")) for text in line.cells[1:])]


def as_csv(sheets: Sequence[tuple[int, str, Sequence[Line]]], encoding: str = "utf-8", mark: str = ",") -> bytes:
    """The list: one row a year, province and indicator; a blank for the mark."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=mark, lineterminator="\n")
    writer.writerow(LIST.split(","))
    for year, name, lines in sheets:
        for rank, line in enumerate(lines, start=1):
            figures = ("" if text == "-" else text.replace(",", "") for text in line.cells[1:])
            writer.writerow([year, name, name, rank, line.number, line.name, line.unit, *figures])
    return out.getvalue().encode(encoding)


def codes(report: FileReport) -> dict[str, int]:
    """Code -> number of places."""
    return {notice.code: notice.count for notice in report.notices}
