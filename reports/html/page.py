"""`page`: blocks -> one HTML file that needs nothing else; the same blocks give the same bytes.

Put here: filling the template, exact values for sorting, drawings made fit to stand in a page. Keep out: looks (page.css),
behaviour (page.js), markup (page.html.j2).
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jpt_pipeline.store.files import replacing
from reports.html.blocks import FILTER_FROM, Block, Chart, DataTable, Section
from reports.html.font import font_css
from reports.numbers import half_up, thai_digits
from reports.tables import Band, Cell, Column, Hidden, cell_text

if TYPE_CHECKING:
    import jinja2

FOLDER = Path(__file__).parent
HIDDEN_TH = "ไม่แสดงตามนโยบายการเปิดเผยข้อมูล"
# Numbers of certificates, names of releases and digests are no counts: they keep their digits.
_TOKEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:-]*")
_LONG = 12
SHORT, WIDEST = 16, 28  # characters: a text column that is never broken, and the widest that a column insists on


@dataclass(frozen=True)
class Status:
    """The badge beside the title: its words, and whether the figures are certified."""

    text: str
    is_certified: bool


def page(
    title: str,
    lines: Sequence[str],
    blocks: Sequence[Block],
    thai_digits: bool = False,
    status: Status | None = None,
) -> str:
    """The text of a page.

    Args:
        title: heading of the page.
        lines: what the page says about itself (reports.labels), printed on its first sheet of paper.
        thai_digits: print ๐-๙, but in digests, names of releases and numbers of certificates.
    """
    digits = partial(_digits, thai=thai_digits)
    script, style = _file("page.js"), _file("page.css")
    html = (
        _environment()
        .get_template("page.html.j2")
        .render(
            title=title,
            lines=lines,
            status=status,
            groups=[
                list(group) for _, group in groupby(blocks, key=lambda block: isinstance(block, Chart) or id(block))
            ],
            sections=[block for block in blocks if isinstance(block, Section)],
            digits=digits,
            drawing=_drawing,
            table=partial(_table, thai=thai_digits),
            script=script,
            script_sha256=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
            style=style,
            hidden_th=HIDDEN_TH,
        )
    )
    return html.replace("/*font*/", font_css(html), 1)


def write_page(path: Path, html: str) -> Path:
    """Write a page, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(html, encoding="utf-8")
    return path


@cache
def _file(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@cache
def _environment() -> "jinja2.Environment":
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def _digits(text: str, thai: bool) -> str:
    if not thai:
        return text
    return _TOKEN.sub(
        lambda found: found[0] if re.search("[A-Za-z]", found[0]) or len(found[0]) >= _LONG else thai_digits(found[0]),
        text,
    )


def _drawing(svg: str, number: int, label: str) -> Any:
    """A drawing to stand in the page: ids of its own, no prolog, no names of places, and words for who cannot see it."""
    import markupsafe

    body = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    body = re.sub(r'\s+xmlns(:\w+)?="[^"]*"', "", body).replace("xlink:href=", "href=")
    body = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>d{number}-", body)
    named = f'<svg role="img" aria-label="{markupsafe.escape(label)}"'
    return markupsafe.Markup(body.strip().replace("<svg", named, 1))


@dataclass(frozen=True)
class ShownCell:
    """A cell as the template prints it. `value` is exact, 'n' or 'n/d'; None sorts last. `part` is a bar's length."""

    text: str
    value: str | None
    is_hidden: bool
    part: str | None


@dataclass(frozen=True)
class Group:
    """Rows below one band (None: before the first)."""

    band: str | None
    rows: list[list[ShownCell]]


def _table(block: DataTable, thai: bool) -> dict[str, Any]:
    """What the template needs of a table."""
    table = block.table
    return {
        "groups": list(_groups(block, thai)),
        "is_number": [column.kind != "text" for column in table.columns],
        "bars": [block.bars.get(column.field) for column in table.columns],
        "is_short": [column.kind == "text" and column.width <= SHORT for column in table.columns],
        "least": [f"{min(column.width, WIDEST) / 2:g}" for column in table.columns],
        "has_filter": block.sortable and sum(1 for _ in table.cells()) >= FILTER_FROM,
    }


def _groups(block: DataTable, thai: bool) -> Iterator[Group]:
    group = Group(None, [])
    for row in block.table.rows:
        if isinstance(row, Band):
            if group.rows or group.band:
                yield group
            group = Group(_digits(row.text, thai), [])
        else:
            shown = [_shown(cell, column, block, thai) for cell, column in zip(row, block.table.columns, strict=True)]
            group.rows.append(shown)
    yield group


def _shown(cell: Cell, column: Column, block: DataTable, thai: bool) -> ShownCell:
    is_number = isinstance(cell, int | Fraction)
    part = None
    if isinstance(cell, int | Fraction) and column.field in block.bars:
        part = f"{float(half_up(min(max(Fraction(cell), Fraction(0)), Fraction(100)), 2)):g}"
    is_words = isinstance(cell, str) and column.width > SHORT  # a short text may be a code
    return ShownCell(
        text=_digits(str(cell), thai) if is_words else cell_text(cell, column.kind, thai),
        value=str(cell) if is_number else None,
        is_hidden=isinstance(cell, Hidden),
        part=part,
    )
