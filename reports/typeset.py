"""Pages by the layout program (Typst): a template of data/layouts filled with JSON, as PDF or as pictures.

Put here: the call, and which template is used. Keep out: what a page says, and where it stands (the templates).
The same template and data give the same bytes: no date of making, no font of the machine, nothing from the network.
"""

import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jpt_pipeline.settings import Settings, definition_file
from jpt_pipeline.store.files import dump_json

if TYPE_CHECKING:
    import typst

LAYOUTS = "layouts"
_PACKAGE = re.compile(r"import\s+\"@")


class TemplateBroken(Exception):
    """A template cannot be laid out; says its file and the layout program's words."""


def pdf(template: str, data: dict[str, Any], definitions: Path | None = None) -> bytes:
    """The pages of `layouts/<template>.typ` (an operator's own/layouts/<template>.typ replaces it) as PDF/UA-1.

    Args:
        data: JSON for the template, there as `sys.inputs.data`; pictures are SVG texts in it.

    Raises:
        TemplateBroken: the template is not right.
    """
    root = definitions or Settings().definitions
    return compile_pdf(root, definition_file(root, LAYOUTS, f"{template}.typ"), data)


def png(template: str, data: dict[str, Any], ppi: float = 144, definitions: Path | None = None) -> list[bytes]:
    """The same pages as pictures, one a page. Raises TemplateBroken."""
    root = definitions or Settings().definitions
    pages = _compile(root, definition_file(root, LAYOUTS, f"{template}.typ"), data, format="png", ppi=ppi)
    return pages if isinstance(pages, list) else [pages]


def compile_pdf(root: Path, template: Path, data: dict[str, Any]) -> bytes:
    """The pages of any template below `root` as PDF/UA-1. Raises TemplateBroken."""
    made = _compile(root, template, data, format="pdf", pdf_standards=["ua-1"])
    assert isinstance(made, bytes)
    return made


def _compile(root: Path, template: Path, data: dict[str, Any], **options: Any) -> bytes | list[bytes]:
    if _PACKAGE.search(template.read_text(encoding="utf-8")):
        raise TemplateBroken(f"{template.name}: packages are not loaded, they would come from the network")
    import typst

    try:
        made = _compiler(root).compile(input=template, sys_inputs={"data": dump_json(data)}, **options)
    except typst.TypstError as error:
        raise TemplateBroken(f"{template.name}: {error.diagnostic}") from error
    assert isinstance(made, bytes | list)
    return made


@cache
def _compiler(root: Path) -> "typst.Compiler":
    """The layout program with the reports' typeface and no other; it sees the definitions alone."""
    import typst

    with resources.as_file(resources.files("fontpkg_sarabun") / "files") as fonts:
        faces = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts])
        return typst.Compiler(root=root, font_paths=faces)
