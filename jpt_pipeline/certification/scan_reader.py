"""Reads the marks on a scan, in a process of its own with little memory and time: the file comes from outside.

`python -P -m jpt_pipeline.certification.scan_reader '<limits as JSON>' <file`: a mark a line on standard output, in the order
of the pages, each once. Ends UNREADABLE for a file that is no PDF, PNG or JPEG, is damaged, locked or above the limits.
"""

import io
import json
import resource
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jpt_pipeline.certification.form_mark import FormMark, NoMark

if TYPE_CHECKING:
    import numpy as np

    Picture = np.ndarray[Any, np.dtype[np.uint8]]

UNREADABLE = 3
POINTS_PER_INCH = 72


class Unreadable(Exception):
    """A file is no picture or document that may be looked at; says why, in English, without content of it."""


def marks_in(content: bytes, limits: dict[str, Any]) -> list[FormMark]:
    """The different marks on a PDF, PNG or JPEG, in the order of the pages.

    Raises:
        Unreadable: see there.
    """
    pages = _pages(content, limits) if content.startswith(b"%PDF-") else iter([iter([_picture(content, limits)])])
    found: dict[FormMark, None] = {}
    for tries in pages:
        for picture in tries:
            if marks := _marks(picture):
                found |= dict.fromkeys(marks)
                break
    return list(found)


def _marks(picture: "Picture") -> list[FormMark]:
    """Marks among the QR codes of a grey picture; other codes are somebody else's."""
    import zxingcpp

    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    marks = []
    for binarizer in (zxingcpp.Binarizer.LocalAverage, zxingcpp.Binarizer.GlobalHistogram):
        for code in zxingcpp.read_barcodes(picture, formats=formats, binarizer=binarizer):
            try:
                marks.append(FormMark.parse(code.text))
            except NoMark:
                continue
        if marks:
            break
    return marks


def _pages(content: bytes, limits: dict[str, Any]) -> Iterator[Iterator["Picture"]]:
    """For each page of a PDF its pictures, one resolution after another, drawn when asked for."""
    import pypdfium2  # type: ignore[import-untyped]

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(f"not a readable PDF: {error}") from None
    with document:
        if not 0 < len(document) <= limits["pages_max"]:
            raise Unreadable(f"{len(document)} pages")
        for number in range(len(document)):
            yield _drawn(document, number, limits)


def _drawn(document: Any, number: int, limits: dict[str, Any]) -> Iterator["Picture"]:
    """A page at each resolution, smaller where the page is so large that it would pass the limit."""
    import pypdfium2

    try:
        page = document[number]
        width, height = page.get_size()
        largest = (limits["pixels_max"] / max(width * height, 1.0)) ** 0.5
        for dpi in limits["dpi"]:
            scale = min(dpi / POINTS_PER_INCH, largest)
            yield page.render(scale=scale, grayscale=True, may_draw_forms=False).to_numpy().squeeze()
    except pypdfium2.PdfiumError as error:
        raise Unreadable(f"page {number + 1}: {error}") from None


def _picture(content: bytes, limits: dict[str, Any]) -> "Picture":
    """A PNG or JPEG in grey. Its size is looked at before its pixels are."""
    import numpy as np
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > limits["pixels_max"]:
                raise Unreadable(f"{image.width} x {image.height} pixels")
            return np.asarray(image.convert("L"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Unreadable(f"not a readable picture: {type(error).__name__}") from None


def main() -> int:
    """Read standard input within the limits; see the module."""
    limits = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_max"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds_max"],) * 2)
    try:
        marks = marks_in(sys.stdin.buffer.read(), limits)
    except (Unreadable, MemoryError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return UNREADABLE
    sys.stdout.write("".join(f"{mark.to_text()}\n" for mark in marks))
    return 0


if __name__ == "__main__":
    sys.exit(main())
