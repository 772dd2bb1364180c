"""A certification form as the bytes of a PDF: the template of data/forms filled with content, QR code drawn.

Put here: the QR code and which template is used. Keep out: what the form says (content.py).
The same figures, committee and template give the same bytes: no date of making, no font of the machine, nothing fetched.
"""

from pathlib import Path

from jpt_pipeline.certification.form_mark import FormMark
from jpt_pipeline.certification.shown import AreaFigures
from jpt_pipeline.ledger import Committee
from jpt_pipeline.settings import Settings
from reports.forms.content import content
from reports.forms.words import load_words
from reports.typeset import compile_pdf


def certification_form(
    facts: AreaFigures, committee: Committee | None = None, definitions: Path | None = None
) -> bytes:
    """The form of an area, A4 upright, one or more pages, each with the mark; a draft has no QR code to bind it.

    Args:
        committee: what is known of the meeting, else that of the area's certificate; the rest is written by hand.
        definitions: folder with forms/certification.yaml and the template.

    Raises:
        reports.typeset.TemplateBroken: the template is not right.
    """
    root = definitions or Settings().definitions
    words = load_words(definitions)
    told = content(facts, committee or facts.committee, words)
    told["qr"] = None if facts.is_draft else qr_svg(facts.mark)
    told["qr_alt"] = words.texts["qr"].format(mark=facts.mark.to_text())
    return compile_pdf(root, template_of(root / "forms", facts.survey_year), told)


def template_of(folder: Path, survey_year: int) -> Path:
    """The operator's template of a round, `certification-<survey year>.typ`, else the common one."""
    own = folder / f"certification-{survey_year}.typ"
    return own if own.is_file() else folder / "certification.typ"


def qr_svg(mark: FormMark) -> str:
    """QR code of a mark as SVG, with its quiet zone; a sixth of it may be lost, more where it costs no room."""
    import segno

    return str(segno.make(mark.to_text(), error="m", boost_error=True, micro=False).svg_inline(border=4))
