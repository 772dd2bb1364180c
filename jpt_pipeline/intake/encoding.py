"""Which characters the bytes of a text file mean, and their shape: one byte a character unit, for the splitter.

UTF-8 and cp874 leave every mark of a format (delimiter, quote, bracket, line end) as one byte of its own: a file is its
own shape. UTF-16 is not: its shape, where everything but ASCII is 0x80, stands in a scratch file.
"""

import codecs
import mmap
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jpt_pipeline.intake.splitter import BLOCK, mapped

MARKS = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
BLANK = b" \t\v\f\x1a"  # of a shape: white space, and the Ctrl-Z that ends old files
PROBED_BYTES, PROBED_CHARACTERS = 1 << 16, 20_000


@dataclass
class Text:
    """A text file: its encoding, its bytes, and its shape; a character unit is `unit` bytes wide."""

    encoding: str
    unit: int
    mark_n: int
    data: mmap.mmap
    shape: mmap.mmap

    def raw(self, start: int, end: int) -> bytes:
        """Bytes of a span of the shape."""
        return self.data[start * self.unit : end * self.unit]

    def utf8(self, start: int, end: int) -> bytes:
        """UTF-8 of a span. Raises UnicodeDecodeError."""
        raw = self.raw(start, end)
        text = raw.decode(self.encoding)
        return raw if self.encoding == "utf-8" else text.encode()

    def passed(self, position: int) -> None:
        """Let go of what lies before a position of the shape: memory stays flat however large the file is."""
        for held, bytes_n in ((self.data, position * self.unit), (self.shape, position)):
            if whole := bytes_n // mmap.PAGESIZE * mmap.PAGESIZE:
                held.madvise(mmap.MADV_DONTNEED, 0, whole)

    def close(self) -> None:
        """Let go of both maps."""
        self.data.close()
        self.shape.close()


def open_text(path: Path, scratch: Path, may_be_thai: bool = True) -> Text:
    """Map a file that is not empty; its encoding from a closed list: by byte order mark, else by what most lines say.

    Args:
        may_be_thai: whether a file without mark may be cp874; JSON is UTF-8 by its standard.
    """
    data = mapped(path)
    marked = next((name for name, mark in MARKS.items() if data[: len(mark)] == mark), None)
    if marked is None or marked == "utf-8":
        encoding = "utf-8" if marked or not may_be_thai or _reads_as_utf8(path) else "cp874"
        return Text(encoding, 1, len(MARKS["utf-8"]) if marked else 0, data, mapped(path))
    shape = scratch / f"shape-{path.name}"
    _write_shape(path, marked, shape)
    return Text(marked, 2, 1, data, mapped(shape))


def _reads_as_utf8(path: Path) -> bool:
    """Whether a file is UTF-8, or was before single bytes of it were spoilt: one bad byte must not turn it into cp874.

    Thai of cp874 read as UTF-8 gives no Thai, but broken characters and, by chance, some of two bytes.
    """
    thai = broken = by_chance = 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with path.open("rb") as stream:
        while thai + broken < PROBED_CHARACTERS and (block := stream.read(PROBED_BYTES)):
            if not block.isascii() or decoder.getstate()[0]:
                beyond = [character for character in decoder.decode(block) if character > "\x7f"]
                broken += beyond.count("\ufffd")
                thai += sum("\u0e00" <= character <= "\u0e7f" for character in beyond)
                by_chance += sum(character < "\u0800" for character in beyond)
    return not broken or thai >= broken + by_chance


def _write_shape(path: Path, encoding: str, shape: Path) -> None:
    kind = np.dtype("<u2" if encoding.endswith("le") else ">u2")
    with path.open("rb") as stream, shape.open("wb") as out:
        while block := stream.read(BLOCK):
            whole = len(block) // 2 * 2
            units = np.frombuffer(block[:whole], kind)
            out.write(np.where(units < 128, units, 128).astype(np.uint8).tobytes())
            if whole < len(block):  # half a unit at the end of the file: its record cannot be decoded
                out.write(b"\x80")
