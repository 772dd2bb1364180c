"""Blocks that pages are made of, as JSON that data/layouts/blocks.typ can set: texts, tables, matrices, charts, tiles.

Put here: one function a kind of block. Keep out: which blocks a page has (district.py, province.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reports.breaks import cut
from reports.counts import AreaIndicator
from reports.heatmap import shades
from reports.paper import Paper, percent_of
from reports.tables import Band, Table, cell_text

Block = dict[str, Any]
VERBATIM = {"area_code", "certificate"}  # fields whose digits stay as they are


def texts(*lines: str) -> Block:
    """Paragraphs; their breaks are marked already."""
    return {"kind": "texts", "lines": list(lines)}


def points(lines: Sequence[str], head: str = "") -> Block:
    """A numbered list."""
    return {"kind": "points", "head": head, "lines": list(lines)}


def tiles(rows: Sequence[Mapping[str, str]]) -> Block:
    """Figures with what they are: {figure, title, detail}."""
    return {"kind": "tiles", "tiles": list(rows)}


def chart(svg: str, alt: str, caption: str = "", width: float = 174.0) -> Block:
    """A drawing `width` millimetres wide with its words for those who cannot see it."""
    return {"kind": "chart", "svg": svg, "alt": alt, "caption": caption, "width": width}


def beside(*blocks: Block, widths: Sequence[float] = (1, 1)) -> Block:
    """Blocks side by side."""
    return {"kind": "beside", "blocks": list(blocks), "widths": list(widths)}


def stack(*blocks: Block) -> Block:
    """Blocks one below the other, beside others."""
    return {"kind": "stack", "blocks": list(blocks)}


def pick(table: Table, widths: Mapping[str, float]) -> Table:
    """The columns of a table with these fields, in its order and as wide as said."""
    kept = [at for at, column in enumerate(table.columns) if column.field in widths]
    columns = [replace(table.columns[at], width=widths[table.columns[at].field]) for at in kept]
    rows = [row if isinstance(row, Band) else [row[at] for at in kept] for row in table.rows]
    return replace(table, columns=columns, rows=rows)


def table(paper: Paper, told: Table, caption: str = "", note: str = "") -> Block:
    """A table of the reports; a row {band} opens a group."""
    rows: list[Block] = []
    for row in told.rows:
        if isinstance(row, Band):
            rows.append({"band": paper.text(row.text)})
            continue
        cells = []
        for cell, column in zip(row, told.columns, strict=True):
            if isinstance(cell, str):
                cells.append(cut(cell) if column.field in VERBATIM else paper.text(cell))
            else:
                cells.append(cell_text(cell, column.kind, paper.thai))
        rows.append({"cells": cells})
    columns = [
        {"title": paper.text(one.title), "width": one.width, "is_text": one.kind == "text"} for one in told.columns
    ]
    return {"kind": "table", "caption": caption, "columns": columns, "rows": rows, "note": note}


def matrix(paper: Paper, caption: str, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[Block]]]) -> Block:
    """Coloured cells {text, fill, ink}; `rows` are (name, cells). Heads stand upright."""
    named = [{"name": paper.text(name), "cells": list(cells)} for name, cells in rows]
    return {"kind": "matrix", "caption": caption, "heads": [paper.text(head) for head in heads], "rows": named}


def shaded(one: AreaIndicator, text: str) -> Block:
    """A cell in the colour of the share passed, by exact counts."""
    shade = shades().of(one)
    return {"text": text, "fill": shade.colour, "ink": shade.ink}


def share_cells(paper: Paper, indicators: Sequence[AreaIndicator]) -> list[Block]:
    """Share passed of each indicator."""
    return [shaded(one, percent_of(paper, one)) for one in indicators]


def legend(paper: Paper) -> Block:
    """What the colours of a matrix mean."""
    known = shades()
    signs = [*known.classes, known.nobody, known.hidden]
    return {"kind": "legend", "signs": [{"fill": one.colour, "text": paper.text(one.th)} for one in signs]}


def terms(pairs: Sequence[tuple[str, str]]) -> Block:
    """Terms with their meanings."""
    return {"kind": "terms", "terms": [list(pair) for pair in pairs]}
