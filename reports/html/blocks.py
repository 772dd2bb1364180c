"""The blocks that a page is made of, in the order of reading.

Put here: plain data. Keep out: markup (page.html.j2) and figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from reports.tables import Table


@dataclass(frozen=True)
class Section:
    """A heading of the second level; `id` is its anchor (Latin letters), named in the list of contents."""

    heading: str
    id: str


@dataclass(frozen=True)
class Text:
    """A paragraph; a note is printed smaller, a warning is set off."""

    text: str
    kind: Literal["plain", "note", "warning"] = "plain"


@dataclass(frozen=True)
class Figures:
    """Key figures side by side: (figure, what it is, detail)."""

    figures: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Chart:
    """A drawing (SVG text made by our own code), its caption, and what it shows in words for who cannot see it."""

    svg: str
    caption: str
    alt: str


@dataclass(frozen=True)
class DataTable:
    """A table with sort buttons; from `FILTER_FROM` rows on it has a filter box.

    bars: field of a percent column -> colour behind its figures, of full width at 100.
    row_head: index of the column that names a row.
    """

    table: Table
    sortable: bool = True
    bars: dict[str, Literal["good", "bad", "plain"]] = field(default_factory=dict)
    row_head: int = 0


@dataclass(frozen=True)
class Links:
    """Other pages in the same folder: (file name, words). Only of files that are there."""

    links: Sequence[tuple[str, str]]


Block = Section | Text | Figures | Chart | DataTable | Links
FILTER_FROM = 12
