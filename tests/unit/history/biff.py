"""A minimal writer of old Excel files (BIFF8 in an OLE container), for fixtures: text and number cells, several sheets.

Written from the record layouts of [MS-XLS] and [MS-CFB]; no library of the lock writes .xls. A sheet is (name, rows), a
cell None, text, int or float.
"""

import struct
from collections.abc import Sequence

Cell = str | int | float | None
SECTOR = 512
FREE, CHAIN_END, FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def workbook(sheets: Sequence[tuple[str, Sequence[Sequence[Cell]]]]) -> bytes:
    """Bytes of a .xls file with these sheets."""
    return _container(_stream(sheets))


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _text(text: str, counter: str) -> bytes:
    encoded = text.encode("utf-16-le")
    return struct.pack(counter, len(encoded) // 2) + b"\x01" + encoded


def _stream(sheets: Sequence[tuple[str, Sequence[Sequence[Cell]]]]) -> bytes:
    begin = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6))
    code_page = _record(0x0042, struct.pack("<H", 1200))
    bodies = [_sheet(rows) for _, rows in sheets]
    offset = len(begin) + len(code_page) + sum(4 + 6 + 2 + 2 * len(name) for name, _ in sheets) + 4
    globals_ = begin + code_page
    for (name, _), body in zip(sheets, bodies, strict=True):
        globals_ += _record(0x0085, struct.pack("<IBB", offset, 0, 0) + _text(name, "<B"))
        offset += len(body)
    return globals_ + _record(0x000A, b"") + b"".join(bodies)


def _sheet(rows: Sequence[Sequence[Cell]]) -> bytes:
    width = max((len(row) for row in rows), default=0)
    out = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
    out += _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            place = struct.pack("<HHH", r, c, 0)
            if isinstance(cell, str):
                out += _record(0x0204, place + _text(cell, "<H"))
            elif cell is not None:
                out += _record(0x0203, place + struct.pack("<d", cell))
    return out + _record(0x000A, b"")


def _container(stream: bytes) -> bytes:
    stream = stream.ljust(4096, b"\0")  # shorter streams would lie in the mini stream
    data_n = -(-len(stream) // SECTOR)
    fat_n = 1
    while fat_n * 128 < fat_n + 1 + data_n:
        fat_n += 1
    assert fat_n <= 109, "longer files need more than the header's list of sectors"
    first = fat_n + 1  # sectors: FAT, directory, data
    chain = [*range(first + 1, first + data_n), CHAIN_END]
    fat = [FAT_SECTOR] * fat_n + [CHAIN_END, *chain]
    fat += [FREE] * (fat_n * 128 - len(fat))
    header = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, fat_n, fat_n, 0, 4096, CHAIN_END, 0, CHAIN_END, 0)
    header += struct.pack("<109I", *range(fat_n), *[FREE] * (109 - fat_n))
    directory = _entry("Root Entry", 5, child=1, start=CHAIN_END, size=0)
    directory += _entry("Workbook", 2, child=FREE, start=first, size=len(stream))
    directory = directory.ljust(SECTOR, b"\0")
    return header + struct.pack(f"<{len(fat)}I", *fat) + directory + stream.ljust(data_n * SECTOR, b"\0")


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    out = encoded.ljust(64, b"\0") + struct.pack("<HBBIII", len(encoded), kind, 1, FREE, FREE, child)
    return out + bytes(36) + struct.pack("<IQ", start, size)
