"""The cells of a sheet as its XML writes them: how far they reach, and which of them hold no value that can be read.

Two ways to the same answer: the bytes of a plainly written sheet, and the XML parser for any other. Keep out: values.
"""

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from jpt_pipeline.store.files import CHUNK

# Names of elements carry their namespace; that of a formula tells it from formulas of other things than cells.
_MAIN = ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass
class SheetScan:
    """What the XML of a sheet says: its last filled row and column, a merged range, formulas with a value, and the rows
    with cells that have none (row -> F-XLERR or V-FORMULA)."""

    rows_n: int = 0
    columns_n: int = 0
    merged: str | None = None
    formulas_n: int = 0
    bad: dict[int, str] = field(default_factory=dict)


class DocumentType(Exception):
    """A document type declaration: entities could follow."""


def no_dtd_parser() -> expat.XMLParserType:
    """A parser to which any document type declaration is an error."""
    parser = expat.ParserCreate(namespace_separator="}")

    def refuse(*_: object) -> None:
        raise DocumentType

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


def parse_cells(package: zipfile.ZipFile, entry: zipfile.ZipInfo, scan: SheetScan) -> None:
    parser = no_dtd_parser()
    cells = _Cells(parser, scan)
    with package.open(entry) as stream:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk)
    parser.Parse(b"", True)
    cells.settle()


class PlainCells:
    """The extent of a sheet from its bytes, for sheets written as nearly all are: places in front, no prefix, nothing but
    values. What is not plainly so is left to the XML parser, which takes three times as long."""

    _FILLED = re.compile(rb'<c r="([A-Z]{1,3})[0-9]{1,7}"[^>/]*>')
    _ROWS = re.compile(rb'<c r="[A-Z]{1,3}([0-9]{1,7})"[^>/]*>')
    # Another way to write a cell or row; an element with a prefix.
    _OTHERWISE = re.compile(rb'<c(?! r="[A-Z]{1,3}[0-9]{1,7}"|[a-z])|<row(?! r="[0-9]{1,7}"|[A-Z])')
    _PREFIXED = re.compile(rb":(?:c|v|f|is|row)[\s/>]")
    # Formulas, errors, other quotes, comments and document types, merged cells, an encoding that is not UTF-8.
    _SIGNS = (b"<f", b'"e"', b"'", b"<!", b"mergeCell", b"\0")

    def __init__(self) -> None:
        self.is_plain = True
        self.rows_n = self.columns_n = 0
        self._columns: set[bytes] = set()
        self._tail = b""
        self._is_first = True

    def feed(self, chunk: bytes) -> None:
        """Look at the next bytes of the part."""
        if not self.is_plain:
            return
        if self._is_first:
            said = re.search(rb'encoding="([^"]*)"', chunk[:256])
            self.is_plain = not said or said.group(1).lower() == b"utf-8"
            self._is_first = False
        data = self._tail + chunk
        end = data.rfind(b"<")
        data, self._tail = data[:end], data[end:]
        strange = any(sign in data for sign in self._SIGNS) or self._PREFIXED.search(data)
        if strange or self._OTHERWISE.search(data):
            self.is_plain = False
            return
        fresh = set(self._FILLED.findall(data)) - self._columns
        if fresh:
            self._columns |= fresh
            self.columns_n = max(self.columns_n, *(_column(letters.decode()) for letters in fresh))
        rows = set(self._ROWS.findall(data))
        if rows:
            self.rows_n = max(self.rows_n, *map(int, rows))


class _Cells:
    """Follows the cells of a sheet while it is parsed: extent, merged cells, errors, formulas."""

    def __init__(self, parser: expat.XMLParserType, scan: SheetScan):
        self.parser, self.scan = parser, scan
        self.row, self.row_text = 0, ""
        self.cell: list[str] = []
        self.is_formula = self.has_value = False
        parser.ordered_attributes = True
        parser.StartElementHandler = self._handler()

    def _handler(self) -> Callable[[str, list[str]], None]:
        """The handler of every element. Two calls a cell decide how long a large sheet takes: here all is local."""
        kinds: dict[str, str] = {}
        columns: set[str] = set()
        digits = "0123456789"

        def start(name: str, attributes: list[str]) -> None:
            kind = kinds.get(name)
            if kind == "c":
                if self.is_formula:
                    self.settle()
                self.cell = attributes if attributes and attributes[0] == "r" else self._placed(attributes)
                if "e" in attributes and _attribute(attributes, "t") == "e":
                    self.scan.bad[self._fill()] = "F-XLERR"
            elif kind == "value":
                place = self.cell[1]
                letters = place.rstrip(digits)
                if letters not in columns or self.is_formula or place[len(letters) :] != self.row_text:
                    columns.add(letters)
                    self._fill()
            elif kind is None:
                kinds[name] = _kind(name)
                start(name, attributes)
            elif kind:
                self._other(kind, attributes)

        return start

    def _other(self, kind: str, attributes: list[str]) -> None:
        if kind == "row":
            self.settle()
            said = _attribute(attributes, "r")
            self.row = int(said) if said else self.row + 1
            self.row_text, self.cell = "", []  # the first value of a row says how its number is written
        elif kind == "f" and self.cell:
            self.is_formula, self.has_value = True, False
        elif kind == "mergeCell":
            self.scan.merged = self.scan.merged or _attribute(attributes, "ref")

    def _placed(self, attributes: list[str]) -> list[str]:
        """Attributes of a cell with its place in front; a cell without place follows the one before."""
        place = _attribute(attributes, "r")
        if not place:
            before = self.cell[1].rstrip("0123456789") if self.cell else ""
            place = f"{_letters(_column(before) + 1)}{self.row}"
        return ["r", place, *attributes]

    def _fill(self) -> int:
        """Take the present cell into the extent; returns its row."""
        if self.is_formula:
            self.has_value = _attribute(self.cell, "t") == "str"  # text may be the empty one
            self.parser.CharacterDataHandler = self._value
        letters = self.cell[1].rstrip("0123456789")
        self.row_text = self.cell[1][len(letters) :]
        row = int(self.row_text)
        self.scan.columns_n = max(self.scan.columns_n, _column(letters))
        self.scan.rows_n = max(self.scan.rows_n, row)
        return row

    def _value(self, text: str) -> None:
        self.has_value = self.has_value or bool(text.strip())

    def settle(self) -> None:
        """The end of a cell. A formula counts as calculated when its cell has a value."""
        if not self.is_formula:
            return
        self.is_formula = False
        self.parser.CharacterDataHandler = None
        if self.has_value:
            self.scan.formulas_n += 1
        else:
            self.scan.bad.setdefault(int(self.cell[1].lstrip(_LETTERS)), "V-FORMULA")


def _kind(name: str) -> str:
    """What an element of a sheet means to us; the namespace counts for formulas alone (the value reader ignores it)."""
    space, _, local = name.rpartition("}")
    if local == "f":
        return "f" if space in _MAIN else ""
    return {"v": "value", "is": "value", "c": "c", "row": "row", "mergeCell": "mergeCell"}.get(local, "")


def _attribute(attributes: list[str], name: str) -> str | None:
    return next((value for key, value in zip(attributes[::2], attributes[1::2], strict=True) if key == name), None)


def _column(letters: str) -> int:
    """Number of a column from 1: A is 1, AA is 27; none is 0."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _letters(column: int) -> str:
    text = ""
    while column:
        column, letter = divmod(column - 1, 26)
        text = chr(ord("A") + letter) + text
    return text
