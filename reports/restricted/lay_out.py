"""One village's summaries as the bytes of a PDF. A process of the pool imports this and little else: it must start fast.

Put here: the call of the layout program, and smaller text where a page was too long. Keep out: any reading of the home.
"""

from pathlib import Path
from typing import Any

from jpt_pipeline.store.files import write_bytes
from reports.restricted.summary_fit import SIZES
from reports.typeset import TemplateBroken, pdf

LAYOUT = "household-summary"


def lay_out(path: Path, data: dict[str, Any], definitions: Path) -> None:
    """The PDF of one village: a page a household, in smaller text where the expected size was too large.

    Only a household that no size holds runs on to a second page.

    Raises:
        TemplateBroken: the layout is not right.
    """
    for smaller in range(len(SIZES)):
        sizes = [SIZES[min(page["size"] + smaller, len(SIZES) - 1)] for page in data["households"]]
        pages = [{**page, "size": size} for page, size in zip(data["households"], sizes, strict=True)]
        made = restricted_pdf(LAYOUT, {**data, "households": pages}, definitions)
        if pages_n(made) == len(pages) or set(sizes) == {SIZES[-1]}:
            break
    write_bytes(path, made)


def restricted_pdf(template: str, data: dict[str, Any], definitions: Path) -> bytes:
    """The pages of a layout.

    Raises:
        TemplateBroken: the layout is not right; without the layout program's words, which may quote a person.
    """
    try:
        return pdf(template, data, definitions)
    except TemplateBroken:
        broken = TemplateBroken(f"{template}.typ")
    raise broken


def pages_n(content: bytes) -> int:
    """Pages of a PDF."""
    import pypdfium2  # type: ignore[import-untyped]

    document = pypdfium2.PdfDocument(content)
    try:
        return len(document)
    finally:
        document.close()
