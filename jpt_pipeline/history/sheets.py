"""Bytes of a published file -> its tables as grids of text: HTML saved as .xls, BIFF .xls, .xlsx, CSV.

Put here: what is about the file. Keep out: what a cell means; every cell comes out as it stands, one string each.
A file is read by what its bytes are, whatever its name says.
"""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from itertools import product

from lxml import etree, html

from jpt_pipeline.history import excel
from jpt_pipeline.history.spec import Limits
from jpt_pipeline.history.values import tidy

DELIMITERS = (",", ";", "\t", "|")
OLE, ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
CP874 = {"tis-620", "tis620", "windows-874", "windows874", "cp874", "iso-8859-11", "x-windows-874", "dos-874"}
_CHARSET = re.compile(rb"""charset\s*=\s*[\\"']*\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_EXCEL_NAME = re.compile(r"<x:Name>([^<]{1,100})</x:Name>", re.IGNORECASE)
_BREAKS = {"br", "p", "div", "li", "h1", "h2", "h3", "h4"}
_UNSEEN = {"script", "style", "title"}
_HEAD = 4096


class Unreadable(Exception):
    """A file cannot be read as it is: a code of data/codes/history.yaml, and a detail without content of cells."""

    def __init__(self, code: str, detail: str | None = None):
        super().__init__(f"{code} {detail or ''}".strip())
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class Grid:
    """One table: rows of text, row 1 first; its sheet's name, and the text before it, where the format has them."""

    rows: list[list[str]]
    sheet_name: str | None = None
    titles: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Book:
    """What a file holds. `grids` are the tables; of a CSV file one reading per delimiter, to take the one that fits."""

    format: str
    encoding: str | None
    grids: list[Grid]
    is_choice: bool = False


def read_book(content: bytes, limits: Limits) -> Book:
    """Every table of a file.

    Raises:
        Unreadable: not one of the formats, damaged, locked, wrongly encoded, or beyond the limits.
    """
    if not content:
        raise Unreadable("F-EMPTY")
    if len(content) > limits.bytes:
        raise Unreadable("F-PUBLIMIT")
    if content[:4] in (OLE, ZIP):
        return _read_excel(content, limits)
    text, encoding = _decode(content)
    if re.match(r"\s*<", text):
        return Book("html", encoding, _read_html(text, limits))
    return Book("csv", encoding, _read_csv(text, limits), is_choice=True)


def _decode(content: bytes) -> tuple[str, str]:
    """Text by its byte order mark, else by the charset that an HTML head names, else UTF-8, else cp874."""
    declared = _CHARSET.search(content[:_HEAD]) if content.lstrip()[:1] == b"<" else None
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        tried = ["utf-16"]
    elif content[:3] == b"\xef\xbb\xbf":
        tried = ["utf-8-sig"]
    elif declared:
        name = declared.group(1).decode("ascii").lower()
        tried = ["cp874"] if name in CP874 else [name]
    else:
        tried = ["utf-8", "cp874"]
    for name in tried:
        try:
            text = content.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\0" not in text:
            return text, name
    raise Unreadable("F-PUBTEXT")


def _read_csv(text: str, limits: Limits) -> list[Grid]:
    grids = []
    for mark in DELIMITERS:
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
        except csv.Error:
            continue
        if sum(map(len, rows)) > limits.cells:
            raise Unreadable("F-PUBLIMIT")
        grids.append(Grid(rows))
    if not grids:
        raise Unreadable("F-PUBREAD")
    return grids


def _read_excel(content: bytes, limits: Limits) -> Book:
    """Sheets of a workbook, read by a process of its own (excel.py): a damaged file can end the reader of such files."""
    kind = "xls" if content[:4] == OLE else "xlsx"
    command = [sys.executable, "-I", excel.__file__, str(limits.cells)]
    try:
        reader = subprocess.run(command, input=content, capture_output=True, timeout=excel.SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Unreadable("F-PUBLIMIT") from None
    if reader.returncode:
        raise Unreadable("F-PUBLIMIT" if reader.returncode == excel.TOO_LARGE else "F-PUBREAD")
    return Book(kind, None, [Grid(rows, name) for name, rows in json.loads(reader.stdout)])


def _read_html(text: str, limits: Limits) -> list[Grid]:
    """Tables without a table inside; layout tables around them are not looked at."""
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True)
    try:
        root = html.document_fromstring(text.encode(), parser=parser)
    except etree.LxmlError as error:
        raise Unreadable("F-PUBREAD", type(error).__name__) from None
    found: list[tuple[list[str], list[list[str]]]] = []
    lines: list[str] = []
    left = limits.cells
    for piece in _flow(root):
        if isinstance(piece, str):
            lines += [tidy(piece)] if piece.strip() else []
            continue
        rows = _spanned(piece, left)
        left -= sum(map(len, rows))
        found.append((lines[-limits.header_rows :], rows))
        lines = []
    names = [tidy(unescape(name)) for name in _EXCEL_NAME.findall(text)]
    is_named = len(names) == len(found)
    return [Grid(rows, names[at] if is_named else None, titles) for at, (titles, rows) in enumerate(found)]


def _flow(element: html.HtmlElement) -> Iterator[str | html.HtmlElement]:
    """Texts of the page and its tables without a table inside, in the order of the page."""
    if element.tag == "table" and element.find(".//table") is None:
        yield element
    elif element.tag not in _UNSEEN:
        yield element.text or ""
        for child in element.iterchildren(etree.Element):
            yield from _flow(child)
            yield child.tail or ""


def _spanned(table: html.HtmlElement, cells: int) -> list[list[str]]:
    """The table's rows with each spanning cell repeated over the rows and columns that it spans."""
    rows: list[dict[int, str]] = []
    for number, tr in enumerate(table.iter("tr")):
        while len(rows) <= number:
            rows.append({})
        at = 0
        for cell in tr.iterchildren("td", "th"):
            while at in rows[number]:
                at += 1
            down, right = _span(cell, "rowspan"), _span(cell, "colspan")
            cells -= down * right
            if cells < 0:
                raise Unreadable("F-PUBLIMIT")
            while len(rows) < number + down:
                rows.append({})
            shown = _text(cell)
            for below, beside in product(range(down), range(right)):
                rows[number + below].setdefault(at + beside, shown)
            at += right
    return [[row.get(at, "") for at in range(max(row, default=-1) + 1)] for row in rows]


def _span(cell: html.HtmlElement, name: str) -> int:
    found = re.match(r"\s*([0-9]{1,6})", cell.get(name, "1"))
    return max(int(found.group(1)), 1) if found else 1


def _text(element: html.HtmlElement) -> str:
    """Text of a cell; a break or a block stands for a space."""
    pieces: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if not isinstance(node.tag, str):
            continue
        pieces.append(" " if node.tag in _BREAKS else "")
        if event == "start":
            pieces.append(node.text or "" if node.tag not in _UNSEEN else "")
        elif node is not element:
            pieces.append(node.tail or "")
    return tidy("".join(pieces))
