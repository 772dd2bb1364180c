"""What a delivered file really is, by its content; the name is a hint only.

Within the family of its name (text, workbook, Parquet) the content decides: lines in a .json, CSV in a .txt. A name of
another family than the content is refused: nobody knows which of the two was meant. A name that says nothing (.txt,
.2561) is taken when the content is clearly one of ours. What the records hold is not looked at here.
"""

import codecs
import json
import re
import zipfile
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from jpt_pipeline.intake.container import BROKEN, Refused, SourceFile
from jpt_pipeline.intake.limits import Limits, load_limits
from jpt_pipeline.store.session import readable


class Kind(StrEnum):
    """Format of a file, as the account of deliveries names it."""

    LINES = "ndjson"
    ARRAY = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"

    @property
    def is_table(self) -> bool:
        return self in (Kind.CSV, Kind.XLSX, Kind.PARQUET)


_GROUPS = (
    "SELECT any_value(row_group_num_rows), sum(total_uncompressed_size), sum(total_compressed_size) "
    "FROM parquet_metadata(?) GROUP BY row_group_id"
)
_HEAD = 1 << 16
_FAMILIES = {
    **dict.fromkeys((".ndjson", ".jsonl", ".json", ".csv", ".tsv"), "text"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"), "workbook"),
    ".parquet": "parquet",
}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# First bytes -> what people call it; none of them is taken.
_FOREIGN = {
    b"%PDF": "PDF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"\x1f\x8b": "gz", b"7z\xbc\xaf": "7z",
    b"Rar!": "RAR", b"BZh": "bz2", b"\xfd7zXZ": "xz", b"{\\rtf": "RTF", b"MZ": "EXE", b"\x7fELF": "ELF",
}  # fmt: skip
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BIFF = re.compile(rb"\x09[\x00\x02\x04\x08][\x04\x06\x08\x10]\x00")
_MARKUP = re.compile(r"\s*<(!doctype|html|head|meta|table|body|style|\?xml|workbook|div|script)\b", re.IGNORECASE)
# Column names that tell a table of ours from any other text (contract, section 3).
_COLUMNS = ("household_id", "village_code")


def kind_of(file: SourceFile, limits: Limits | None = None) -> Kind:
    """The format in which a file can be read.

    Raises:
        Refused: F-TYPE (another type than its name, or none of ours), F-XLSOLD (.xls, .xlsb, .ods, a web page saved as
            .xls), F-ZIPPW (a workbook with a password), F-ZIPBOMB (an archive in an archive, an absurd Parquet file),
            F-ZIPCRC (a broken workbook or Parquet file).
    """
    with file.path.open("rb") as stream:
        head = stream.read(_HEAD)
    family = _FAMILIES.get(file.suffix)
    if head.startswith(b"PAR1"):
        kind = Kind.PARQUET
    elif head.startswith(b"PK\x03\x04"):
        kind = _zip_kind(file)
    elif head.startswith(_OLE) or _BIFF.match(head):
        raise _old_workbook(file)
    elif found := next((name for magic, name in _FOREIGN.items() if head.startswith(magic)), None):
        raise Refused("F-TYPE", file.name, found)
    else:
        kind = _text_kind(file, head)
    mine = {Kind.XLSX: "workbook", Kind.PARQUET: "parquet"}.get(kind, "text")
    if family not in (None, mine):
        raise Refused("F-TYPE", file.name, str(kind))
    if kind is Kind.PARQUET:
        _check_parquet(file, limits or load_limits())
    return kind


def _zip_kind(file: SourceFile) -> Kind:
    """Workbooks are zips; the names of their parts tell which."""
    try:
        with zipfile.ZipFile(file.path) as archive:
            names = {name.lower() for name in archive.namelist()}
    except (*BROKEN, OSError):
        raise Refused("F-ZIPCRC", file.name) from None
    if "xl/workbook.bin" in names:
        raise Refused("F-XLSOLD", file.name, "xlsb")
    if "mimetype" in names and "content.xml" in names:
        raise Refused("F-XLSOLD", file.name, "ods")
    if "xl/workbook.xml" in names:
        return Kind.XLSX
    raise Refused("F-TYPE" if file.sha256 == file.container_sha256 else "F-ZIPBOMB", file.name, "zip")


def _old_workbook(file: SourceFile) -> Refused:
    """An OLE or BIFF file: a locked workbook, or one of before 2007; under a name that says otherwise a false type."""
    if _holds(file.path, "EncryptedPackage".encode("utf-16-le")):
        return Refused("F-ZIPPW", file.name)
    return Refused("F-XLSOLD" if file.suffix == ".xls" else "F-TYPE", file.name, "xls")


def _holds(path: Path, wanted: bytes) -> bool:
    """Whether the bytes stand somewhere in a file; it is read in pieces."""
    tail = b""
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            if wanted in tail + chunk:
                return True
            tail = chunk[-len(wanted) :]
    return False


def _text_kind(file: SourceFile, head: bytes) -> Kind:
    encoding = next((name for bom, name in _BOMS if head.startswith(bom)), "utf-8")
    text = head.decode(encoding, errors="replace").removeprefix("\ufeff").lstrip()
    if _MARKUP.match(text):
        raise Refused("F-XLSOLD" if file.suffix == ".xls" else "F-TYPE", file.name, "HTML")
    first = text.partition("\n")[0].strip()
    if re.match(r"\[\s*([{\]]|$)", text):
        return Kind.ARRAY
    if text.startswith("{"):
        # A first line that is cut says nothing: then the name does.
        return Kind.LINES if file.suffix in (".ndjson", ".jsonl") or _is_object(first, file, head) else Kind.ARRAY
    if any(name in first.lower() for name in _COLUMNS) or file.suffix in (".csv", ".tsv"):
        return Kind.CSV
    if file.suffix in (".ndjson", ".jsonl"):
        return Kind.LINES
    if file.suffix == ".json":
        return Kind.ARRAY
    if _FAMILIES.get(file.suffix) and text and "\0" not in text:
        return Kind.CSV  # text under the name of a workbook: the caller refuses it as what it is
    raise Refused("F-TYPE", file.name)


def _is_object(line: str, file: SourceFile, head: bytes) -> bool:
    """Whether a line is one whole JSON object."""
    if "\n" not in head.decode("latin-1") and file.bytes_n > len(head):
        with file.path.open("rb") as stream:  # one long line: a record with pictures
            line = stream.readline(load_limits().record_bytes + 1).decode(errors="replace").strip("\ufeff \r\n")
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


@lru_cache(maxsize=64)
def _parquet_groups(file: SourceFile) -> tuple[int, list[tuple[int, int, int]]]:
    """Rows of a Parquet file; rows, unpacked and packed bytes of its row groups. The same file is not looked at twice.

    DuckDB reads its parts: pyarrow ends the whole process over a column whose entry is spoilt.
    """
    try:
        rows_n = pq.read_metadata(file.path).num_rows
        with duckdb.connect() as connection:
            return rows_n, connection.execute(_GROUPS, [readable(file.path)]).fetchall()
    except (pa.ArrowException, duckdb.Error, OSError, ValueError, OverflowError):
        raise Refused("F-ZIPCRC", file.name) from None


def _check_parquet(file: SourceFile, limits: Limits) -> None:
    """What a Parquet file says of itself, before anything of it is unpacked: rows and sizes must be such as can be."""
    rows_n, groups = _parquet_groups(file)
    rows, unpacked, packed = (sum(group[at] for group in groups) for at in range(3))
    least = min((group[0] for group in groups), default=0)
    allowed = limits.unpacked_from(file.bytes_n)
    if rows != rows_n or least < 0 or packed > file.bytes_n or max(rows, unpacked) > allowed:
        raise Refused("F-ZIPBOMB", file.name)
