"""A certification form as the bytes of a PDF: the template of data/forms filled with content, QR code drawn.

Put here: the call of the layout program (Typst) and which template is used. Keep out: what the form says (content.py).
The same figures, committee and template give the same bytes: no date of making, no font of the machine, nothing fetched.
"""

import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from jpt_pipeline.certification.form_mark import FormMark
from jpt_pipeline.certification.shown import AreaFigures
from jpt_pipeline.ledger import Committee
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import dump_json
from reports.forms.content import content
from reports.forms.words import load_words

if TYPE_CHECKING:
    import typst

_PACKAGE = re.compile(r"import\s+\"@")


class TemplateBroken(Exception):
    """A template cannot be laid out; says its file and the layout program's words."""


def certification_form(
    facts: AreaFigures, committee: Committee | None = None, definitions: Path | None = None
) -> bytes:
    """The form of an area, A4 upright, one or more pages, each with the mark; a draft has no QR code to bind it.

    Args:
        committee: what is known of the meeting, else that of the area's certificate; the rest is written by hand.
        definitions: folder with forms/certification.yaml and the template.

    Raises:
        TemplateBroken: the template is not right.
    """
    folder = (definitions or Settings().definitions) / "forms"
    words = load_words(definitions)
    told = content(facts, committee or facts.committee, words)
    told["qr"] = None if facts.is_draft else qr_svg(facts.mark)
    told["qr_alt"] = words.texts["qr"].format(mark=facts.mark.to_text())
    template = template_of(folder, facts.survey_year)
    if _PACKAGE.search(template.read_text(encoding="utf-8")):
        raise TemplateBroken(f"{template.name}: packages are not loaded, they would come from the network")
    import typst

    try:
        pdf = _compiler(folder).compile(
            input=template, format="pdf", sys_inputs={"data": dump_json(told)}, pdf_standards=["ua-1"]
        )
    except typst.TypstError as error:
        raise TemplateBroken(f"{template.name}: {error.diagnostic}") from error
    assert isinstance(pdf, bytes)
    return pdf


def template_of(folder: Path, survey_year: int) -> Path:
    """The operator's template of a round, `certification-<survey year>.typ`, else the common one."""
    own = folder / f"certification-{survey_year}.typ"
    return own if own.is_file() else folder / "certification.typ"


def qr_svg(mark: FormMark) -> str:
    """QR code of a mark as SVG, with its quiet zone; a sixth of it may be lost, more where it costs no room."""
    import segno

    return str(segno.make(mark.to_text(), error="m", boost_error=True, micro=False).svg_inline(border=4))


@cache
def _compiler(folder: Path) -> "typst.Compiler":
    """The layout program with the reports' typeface and no other; it sees this folder alone."""
    import typst

    with resources.as_file(resources.files("fontpkg_sarabun") / "files") as fonts:
        faces = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts])
        return typst.Compiler(root=folder, font_paths=faces)
