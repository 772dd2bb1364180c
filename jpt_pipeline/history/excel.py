"""Reads one workbook (.xls, .xlsx) in a process of its own: bytes on standard input, sheets as JSON on standard output.

Put here: the call of the reader and its bounds. Keep out: everything else; this file is run by its path and knows nobody.
A few damaged bytes in an old .xls can make the reader ask for any amount of memory and end its process: only this one.
"""

import io
import json
import resource
import sys
from decimal import Decimal

import python_calamine as calamine

TOO_LARGE, UNREADABLE = 3, 4  # exit codes
SECONDS = 120
MEMORY_BYTES = 1 << 30


def main() -> int:
    """Write [[name, rows], …]: rows of text, none for a sheet that is hidden or a chart; blank sheets are left out."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    cells = int(sys.argv[1])
    found: list[tuple[str, list[list[str]]]] = []
    try:
        book = calamine.load_workbook(io.BytesIO(sys.stdin.buffer.read()))
        for sheet in book.sheets_metadata:
            if sheet.visible != calamine.SheetVisibleEnum.Visible or sheet.typ != calamine.SheetTypeEnum.WorkSheet:
                found.append((sheet.name, []))
                continue
            values = book.get_sheet_by_name(sheet.name)
            cells -= values.total_height * values.total_width
            if cells < 0:
                return TOO_LARGE
            rows = [[text(cell) for cell in row] for row in values.to_python(skip_empty_area=False)]
            if any(map(any, rows)):
                found.append((sheet.name, rows))
    except (calamine.CalamineError, MemoryError):
        return UNREADABLE
    json.dump(found, sys.stdout)
    return 0


def text(cell: object) -> str:
    """A cell as it would be typed: no `.0` after a whole number, no exponent."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else format(Decimal(repr(cell)), "f")
    return str(cell)


if __name__ == "__main__":
    sys.exit(main())
