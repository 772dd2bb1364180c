"""A look at every part of a workbook (.xlsx) before its values are read: sizes, check sums, document types, formulas.

Nothing is executed, nothing is fetched, no entity is expanded. Put here: what the XML says that the reader of values
does not show. Keep out: values; they are workbook.py's.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from xml.parsers import expat

from jpt_pipeline.intake.container import BROKEN, Holds, Refused, SourceFile, checked_entries
from jpt_pipeline.intake.limits import Limits, load_limits
from jpt_pipeline.intake.workbook_cells import DocumentType, PlainCells, SheetScan, no_dtd_parser, parse_cells
from jpt_pipeline.store.files import CHUNK

SHEETS = ("households", "members")
# Parts of a package that could run or fetch something: where they lie -> what they are called in the note.
_ACTIVE = {
    "xl/vbaproject": "vbaProject", "xl/macrosheets/": "macrosheets", "xl/externallinks/": "externalLinks",
    "xl/embeddings/": "embeddings", "xl/activex/": "activeX", "xl/connections.xml": "connections",
}  # fmt: skip
_XML = (".xml", ".rels")
_WORKBOOK = "xl/workbook.xml"


@dataclass(frozen=True)
class WorkbookScan:
    """The sheets to read by their names, in the order of the workbook; what was strange, as code and place."""

    sheets: dict[str, SheetScan]
    notes: tuple[str, ...]


def inspect_workbook(file: SourceFile, holds: Holds) -> tuple[str, ...]:
    """Notes about a workbook (code and place).

    Raises:
        Refused: as `scan_workbook`; F-XLSXCAP where a sheet ends at a row at which programs cut it off.
    """
    scan = scan_workbook(file)
    for sheet in scan.sheets.values():
        if sheet.rows_n in load_limits().sheet_rows:
            holds.stop("F-XLSXCAP", file.name, f"{sheet.rows_n:,}")
    return scan.notes


@lru_cache(maxsize=2)
def scan_workbook(file: SourceFile) -> WorkbookScan:
    """A look at every part of the package; the same file is not looked at twice.

    Raises:
        Refused: F-XXE, F-ZIPCRC, F-ZIPBOMB, F-ZIPDUP, F-ZIPSLIP, F-ZIPPW as any archive; F-SHEETS (which sheet is
            meant?), F-XLSXDIM (an area too large to be a table), F-TYPE (no workbook).
    """
    limits = load_limits()
    try:
        with zipfile.ZipFile(file.path) as package:
            parts = {name.lower(): entry for entry, name in checked_entries(package, file.name, limits)}
            names = _sheet_parts(package, parts)
            wanted = _wanted(list(names), file.name)
            scans = {names[name]: SheetScan() for name in wanted}
            _scan_parts(package, parts, scans, file, limits)
    except (expat.ExpatError, LookupError, ValueError):
        raise Refused("F-TYPE", file.name) from None
    except (*BROKEN, OSError):
        raise Refused("F-ZIPCRC", file.name) from None
    except DocumentType:
        raise Refused("F-XXE", file.name) from None
    for scan in scans.values():
        if scan.merged:
            raise Refused("F-XLSXDIM", file.name, scan.merged)
        if scan.rows_n * scan.columns_n > limits.workbook_cells:
            raise Refused("F-XLSXDIM", file.name, f"{scan.rows_n:,} x {scan.columns_n:,}")
    return WorkbookScan({name: scans[names[name]] for name in wanted}, tuple(_notes(file, parts, names, wanted, scans)))


def _notes(
    file: SourceFile,
    parts: dict[str, zipfile.ZipInfo],
    names: dict[str, str],
    wanted: list[str],
    scans: dict[str, SheetScan],
) -> Iterator[str]:
    if active := sorted({kind for start, kind in _ACTIVE.items() for part in parts if part.startswith(start)}):
        yield f"F-XLSXMACRO {file.name}: {', '.join(active)}"
    if others := [_shown(name, number) for number, name in enumerate(names, 1) if name not in wanted]:
        yield f"H-SHEETS {file.name}: {', '.join(others)}"
    if formulas := sum(scan.formulas_n for scan in scans.values()):
        yield f"F-FORMULA {file.name}: {formulas:,}"


def _shown(name: str, number: int) -> str:
    """The name of a sheet may be content of a broken file: only what looks like a name is repeated, else its position."""
    return name if name.isidentifier() and name.isascii() else f"#{number}"


def _wanted(names: list[str], file_name: str) -> list[str]:
    """The sheets named households and members, else the only sheet; a hidden sheet is a sheet."""
    wanted = [name for name in names if name.strip().lower() in SHEETS]
    if len({name.strip().lower() for name in wanted}) < len(wanted) or (not wanted and len(names) != 1):
        raise Refused("F-SHEETS", file_name, ", ".join(_shown(name, n) for n, name in enumerate(names, 1)))
    return wanted or names


def _sheet_parts(package: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo]) -> dict[str, str]:
    """Name of each sheet -> name of its part in lower case, in the order of the workbook.

    Raises ValueError or LookupError where the package leads elsewhere than the reader of values would go.
    """
    listed: list[tuple[str, str]] = []
    main: list[str] = []
    targets: dict[str, str] = {}

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition("}")[2] == "sheet":
            listed.extend((attributes["name"], value) for key, value in attributes.items() if key.endswith("}id"))

    def document(name: str, attributes: dict[str, str]) -> None:
        if attributes.get("Type", "").endswith("/officeDocument"):
            main.append(attributes["Target"].lstrip("/").lower())

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition("}")[2] == "Relationship":
            targets[attributes["Id"]] = attributes["Target"]

    _parse(package, parts["_rels/.rels"], document)
    _parse(package, parts[_WORKBOOK], sheet)
    _parse(package, parts["xl/_rels/workbook.xml.rels"], relation)
    if main != [_WORKBOOK] or len(dict(listed)) < len(listed):
        raise ValueError("which workbook, or which sheet, is meant?")
    places = {name: targets[relation] for name, relation in listed}
    return {
        name: (place.lstrip("/") if place.startswith("/") else str(PurePosixPath("xl") / place)).lower()
        for name, place in places.items()
    }


def _parse(package: zipfile.ZipFile, entry: zipfile.ZipInfo, start: Callable[[str, dict[str, str]], None]) -> None:
    """Feed one small part to a handler of (name, attributes); names carry their namespace before a brace."""
    parser = no_dtd_parser()
    parser.StartElementHandler = start
    with package.open(entry) as stream:
        parser.Parse(stream.read(16 * CHUNK), True)  # a cut one does not parse


def _scan_parts(
    package: zipfile.ZipFile,
    parts: dict[str, zipfile.ZipInfo],
    scans: dict[str, SheetScan],
    file: SourceFile,
    limits: Limits,
) -> None:
    """Unpack every part: sizes, check sums, no document type; the sheets' cells on the way."""
    allowed = min(limits.workbook_bytes, limits.unpacked_from(file.bytes_n))
    unpacked = 0
    for name, entry in parts.items():
        plain = PlainCells() if name in scans else None
        parser = no_dtd_parser() if name.endswith(_XML) and not plain else None
        with package.open(entry) as stream:
            tail = b""
            while chunk := stream.read(CHUNK):
                unpacked += len(chunk)
                if unpacked > allowed:
                    raise Refused("F-ZIPBOMB", file.name)
                if parser:
                    parser.Parse(chunk)
                elif plain:
                    plain.feed(chunk)
                elif re.search(rb"<!(doctype|entity)", tail + chunk, re.IGNORECASE):
                    raise DocumentType
                tail = chunk[-16:]
        if parser:
            parser.Parse(b"", True)
        if plain and plain.is_plain:
            scans[name].rows_n, scans[name].columns_n = plain.rows_n, plain.columns_n
        elif plain:
            parse_cells(package, entry, scans[name])
    if missing := set(scans) - set(parts):
        raise LookupError(f"{len(missing)} sheets without part")
