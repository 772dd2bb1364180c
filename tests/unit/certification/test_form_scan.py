"""Scans of signed forms: read when bad, refused when not the paper of these figures, harmless when hostile."""

import io
import struct
import zlib
from hashlib import sha256
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import segno
from PIL import Image, ImageFilter

from jpt_pipeline.certification.form_mark import FormMark
from jpt_pipeline.certification.scan import FormRefused, check_form, load_limits, read_marks
from jpt_pipeline.certification.scan_reader import Unreadable, marks_in
from reports.forms.paper import certification_form
from tests.unit.reports.form_facts import COMMITTEE, make_facts

MARK = make_facts().mark
LIMITS = load_limits().model_dump()
WHITE = 255


@pytest.fixture(scope="module")
def form() -> bytes:
    return certification_form(make_facts(), COMMITTEE)


@pytest.fixture(scope="module")
def page(form: bytes) -> Image.Image:
    """The first page as a scanner at 200 dots an inch sees it."""
    picture: Image.Image = pypdfium2.PdfDocument(form)[0].render(scale=200 / 72).to_pil().convert("L")
    return picture


def jpeg(picture: Image.Image, quality: int = 40) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def turned(picture: Image.Image, degrees: float) -> Image.Image:
    return picture.rotate(degrees, expand=True, fillcolor=WHITE, resample=Image.Resampling.BICUBIC)


def noisy(picture: Image.Image, deviation: float) -> Image.Image:
    pixels = np.asarray(picture) + np.random.default_rng(7).normal(0, deviation, (picture.height, picture.width))
    return Image.fromarray(np.clip(pixels, 0, WHITE).astype("uint8"))


@pytest.mark.parametrize("degrees", [2.5, -3, 90, 183])
def test_a_form_lies_askew(page: Image.Image, degrees: float) -> None:
    assert marks_in(jpeg(turned(page, degrees)), LIMITS) == [MARK]


def test_a_form_is_copied_badly(page: Image.Image) -> None:
    bad = turned(page, 2).filter(ImageFilter.GaussianBlur(1)).point(lambda value: int(70 + value * 0.5))
    assert marks_in(jpeg(noisy(bad, 15)), LIMITS) == [MARK]
    assert marks_in(jpeg(page.filter(ImageFilter.GaussianBlur(1.5))), LIMITS) == [MARK]
    assert marks_in(jpeg(page.resize((page.width // 2, page.height // 2))), LIMITS) == [MARK]


def test_a_scan_is_a_pdf_of_pictures(page: Image.Image, tmp_path: Path) -> None:
    """As office scanners write it; and the process that reads gives what the function gives."""
    path = tmp_path / "scan.pdf"
    turned(page, 1).save(path, "PDF", resolution=200)
    assert read_marks(path) == [MARK]
    assert check_form(path, MARK) == sha256(path.read_bytes()).hexdigest()


def refusal(path: Path, content: bytes, mark: FormMark = MARK) -> FormRefused:
    path.write_bytes(content)
    with pytest.raises(FormRefused) as refused:
        check_form(path, mark)
    assert str(refused.value).startswith(refused.value.code) and path.name in str(refused.value)
    return refused.value


def test_paper_of_other_figures_or_areas_is_refused(form: bytes, tmp_path: Path) -> None:
    other_root = make_facts(root_sha256="f" * 64).mark
    told = refusal(tmp_path / "a.pdf", form, other_root)
    assert told.code == "C-FORM-ROOT" and "ffff ffff ffff ffff" in str(told) and MARK.short_root in str(told)
    assert refusal(tmp_path / "a.pdf", form, make_facts(form_no="2").mark).code == "C-FORM-AREA"
    told = refusal(tmp_path / "a.pdf", form, FormMark(2561, "jpt", "district", "3802", None, MARK.root_sha256))
    assert told.code == "C-FORM-AREA" and "3802" in str(told) and "3801" in str(told)


def test_pages_of_two_forms_are_refused(form: bytes, tmp_path: Path) -> None:
    """A page of a form with other figures between the pages of the right one."""
    bundle = pypdfium2.PdfDocument(form)
    other = certification_form(make_facts(root_sha256="f" * 64), COMMITTEE)
    bundle.import_pages(pypdfium2.PdfDocument(other), [1], 1)
    buffer = io.BytesIO()
    bundle.save(buffer)
    assert [mark.root_sha256 for mark in marks_in(buffer.getvalue(), LIMITS)] == [MARK.root_sha256, "f" * 64]
    assert refusal(tmp_path / "bundle.pdf", buffer.getvalue()).code == "C-FORM-ROOT"


def test_a_paper_without_a_mark_is_refused(tmp_path: Path) -> None:
    blank = Image.new("L", (800, 1100), WHITE)
    assert refusal(tmp_path / "blank.jpg", jpeg(blank)).code == "C-FORM-UNREADABLE"
    draft = certification_form(make_facts(state="DRAFT"))
    assert marks_in(draft, LIMITS) == []
    foreign = io.BytesIO()
    segno.make("https://example.org").save(foreign, kind="png", scale=8)
    assert marks_in(foreign.getvalue(), LIMITS) == [], "a code of somebody else"


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG whose few bytes ask for a picture of that size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def pages(count: int, side: int = 200) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(count):
        document.new_page(side, side)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-",
        b"%PDF-1.7\n" + bytes(range(256)) * 20,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        b"\xff\xd8\xff\xe0" + b"x" * 500,
        b"GIF89a" + b"\0" * 200,
        b"<html>not a scan</html>",
        png_that_claims(60_000, 60_000),
        png_that_claims(3_000, 3_000),
        pages(LIMITS["pages_max"] + 1),
    ],
)
def test_what_is_no_scan_is_refused_without_a_crash(content: bytes) -> None:
    with pytest.raises(Unreadable):
        marks_in(content, LIMITS)


def test_a_torn_form_is_read_or_refused(form: bytes) -> None:
    for size in range(1000, len(form), len(form) // 12):
        try:
            assert set(marks_in(form[:size], LIMITS)) <= {MARK}
        except Unreadable:
            continue


def test_huge_pages_are_drawn_small() -> None:
    assert marks_in(pages(1, 14_000), LIMITS | {"pixels_max": 1_000_000}) == []


def test_a_file_that_is_too_much_ends_its_reader_only(form: bytes, tmp_path: Path) -> None:
    """Too little memory for the reader, too large a file, no file: refused in words, and the next file is read."""
    path, limits = tmp_path / "form.pdf", load_limits()
    path.write_bytes(form)
    for field, most in (("memory_max", 32 << 20), ("bytes_max", len(form) - 1), ("pages_max", 2)):
        with pytest.raises(FormRefused, match="C-FORM-UNREADABLE"):
            read_marks(path, limits.model_copy(update={field: most}))
    with pytest.raises(FormRefused, match="C-FORM-UNREADABLE"):
        read_marks(tmp_path / "absent.pdf")
    assert read_marks(path) == [MARK]
