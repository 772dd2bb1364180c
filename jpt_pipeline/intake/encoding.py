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
PROBED_LINES = 2000
BAD_SHARE = 2  # of the lines probed, one in this many may be broken: a line of cp874 is hardly ever UTF-8


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
    """Whether most of a file reads as UTF-8: one bad byte must not turn it into cp874."""
    bad = lines = 0
    with path.open("rb") as stream:
        for line in stream:
            if line.isascii():
                continue
            lines += 1
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                bad += 1
            if lines >= PROBED_LINES:
                break
    return bad * BAD_SHARE <= lines


def _write_shape(path: Path, encoding: str, shape: Path) -> None:
    kind = np.dtype("<u2" if encoding.endswith("le") else ">u2")
    with path.open("rb") as stream, shape.open("wb") as out:
        while block := stream.read(BLOCK):
            whole = len(block) // 2 * 2
            units = np.frombuffer(block[:whole], kind)
            out.write(np.where(units < 128, units, 128).astype(np.uint8).tobytes())
            if whole < len(block):  # half a unit at the end of the file: its record cannot be decoded
                out.write(b"\x80")
