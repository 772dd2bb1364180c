"""Bytes of a correction file -> its rows as text: a table (CSV or XLSX), or a return slip that came back filled in.

Put here: what is about the file. Keep out: what the values mean (check.py).
"""

import io
import zipfile
from dataclasses import dataclass

import python_calamine as calamine

from jpt_pipeline.areas.readfile import ROW, read_register
from jpt_pipeline.areas.report import Notice
from jpt_pipeline.corrections.models import FIELDS, CorrectionsRefused, Refusal
from jpt_pipeline.corrections.slips import MACHINE_SHEET, read_slip

MAX_BYTES = 64 << 20
MAX_UNPACKED = 512 << 20


@dataclass(frozen=True)
class RawCorrection:
    """One row as text, fields of models.FIELDS; what is empty is ''."""

    row_no: int
    texts: dict[str, str]


@dataclass(frozen=True)
class CorrectionFile:
    """What a file says: its kind, its rows, and sentences about what was left aside."""

    kind: str
    rows: list[RawCorrection]
    remarks: list[str]


def read_file(content: bytes, key: bytes) -> CorrectionFile:
    """Read a correction file by what its bytes are.

    Args:
        key: the home's token key, under which its return slips are sealed.

    Raises:
        CorrectionsRefused: not a table that can be read; a slip whose locked cells are not those that were written.
    """
    if not content or len(content) > MAX_BYTES:
        raise CorrectionsRefused([Refusal("C-FILE", detail=f"{len(content)} bytes")])
    if content[:2] == b"PK" and (slip := _slip_book(content)) is not None:
        return CorrectionFile("slip", [RawCorrection(row, texts) for row, texts in read_slip(slip, key)], [])
    table = read_register(content, "corrections", list(FIELDS))
    if table.cells is None or table.errors:
        raise CorrectionsRefused(list(_told(table.errors)))
    rows = [
        RawCorrection(row.pop(ROW), {name: (value or "").strip() for name, value in row.items()})
        for row in table.cells.to_pylist()
    ]
    return CorrectionFile("table", rows, [place.text for found in table.findings for place in found.places])


def _slip_book(content: bytes) -> calamine.CalamineWorkbook | None:
    """The workbook if it is a return slip; None for any other workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                raise CorrectionsRefused([Refusal("C-FILE", detail="> 512 MiB")])
        book = calamine.load_workbook(io.BytesIO(content))
    except (zipfile.BadZipFile, calamine.CalamineError) as error:
        raise CorrectionsRefused([Refusal("C-FILE", detail=type(error).__name__)]) from None
    return book if MACHINE_SHEET in book.sheet_names else None


def _told(notices: list[Notice]) -> list[Refusal]:
    """Notices of the register reader as refusals, one for each place."""
    return [
        Refusal(found.code, place.row, sentence=f"{found.code} {place.text} - {found.remedy}")
        for found in notices
        for place in found.places
    ]
