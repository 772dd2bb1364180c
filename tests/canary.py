"""The search for canaries: planted numbers, names, houses and positions, wherever and however they may have got.

Looks into every file of a folder: its name, its bytes, and what is packed in it (gzip, zstd, zip and so XLSX, streams of
PDF), every cell of Parquet, DuckDB and SQLite files; in all spellings and encodings that `spellings` gives. What it
cannot see: text that was drawn (pixels, glyph numbers of a PDF's font), and what is encrypted.
"""

import base64
import gzip
import hashlib
import io
import json
import re
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp874")
DEPTH = 5
_SEPARATOR = "\x1f"


@dataclass(frozen=True, order=True)
class Found:
    """A canary that got out: the file, the way into it (packed members, tables), its name, and how it was spelled."""

    file: str
    inside: str
    canary: str
    spelling: str


@cache
def spellings(value: str) -> dict[bytes, str]:
    """Bytes under which a value would be met -> what they are.

    A number of 13 digits also as it stands on the card (1-2345-67890-12-1), with spaces, and as its plain digest, which
    anybody can compute for all numbers there are.
    """
    texts = {"as it is": value, "Thai digits": value.translate(DIGITS)}
    if re.fullmatch("[0-9]{13}", value):
        groups = [value[0], value[1:5], value[5:10], value[10:12], value[12]]
        texts |= {"hyphens": "-".join(groups), "spaces": " ".join(groups), "a space each": " ".join(value)}
        texts |= {f"{name} of the Thai card": text.translate(DIGITS) for name, text in [*texts.items()][2:4]}
        for name in ("md5", "sha1", "sha256", "blake2b"):
            texts[name] = hashlib.new(name, value.encode()).hexdigest()
    found: dict[bytes, str] = {}
    for name, text in texts.items():
        for encoding in ENCODINGS:
            try:
                content = text.encode(encoding)
            except UnicodeEncodeError:
                continue
            found.setdefault(content, f"{name}, {encoding}")
            if text == value:
                found |= {packed: f"{encoding}, {way}" for way, packed in _repacked(content)} | found
        found.setdefault(json.dumps(text)[1:-1].encode(), f"{name}, escaped as JSON")
        found.setdefault("".join(f"&#{ord(c)};" for c in text).encode(), f"{name}, as entities")
    return found


def _repacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Bytes written as text."""
    for place, packed in enumerate(_base64(content)):
        yield f"base64 at {place}", packed
        yield f"base64url at {place}", packed.translate(bytes.maketrans(b"+/", b"-_"))
    yield "hex", content.hex().encode()
    if any(byte > 127 for byte in content):
        yield "escaped bytes", repr(content)[2:-1].encode()


def _base64(content: bytes) -> Iterator[bytes]:
    """What is the same in every base64 of something that holds these bytes, by the place modulo 3 where they begin."""
    for place in range(3):
        whole = base64.b64encode(b"\0" * place + content)
        first, last = -(-place * 4 // 3), (place + len(content)) * 8 // 6
        yield whole[first:last]


def seen_in(content: bytes, canaries: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(canary, spelling) of those whose bytes are there."""
    for name, value in canaries.items():
        for pattern, spelling in spellings(value).items():
            if pattern in content:
                yield name, spelling
                break


def search(root: Path, canaries: Mapping[str, str], leave_out: Iterable[Path] = ()) -> list[Found]:
    """All canaries in the files below a folder, those in the folders to leave out not counted."""
    skipped = tuple(leave_out)
    found = []
    for path in sorted(root.rglob("*")):
        if any(path.is_relative_to(folder) for folder in skipped):
            continue
        name = path.relative_to(root).as_posix()
        contents = contents_of(path.read_bytes()) if path.is_file() and not path.is_symlink() else iter(())
        for inside, content in [("name", name.encode()), *contents]:
            found += [Found(name, inside, *hit) for hit in seen_in(content, canaries)]
    return found


def contents_of(content: bytes, inside: str = "", depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """(way in, bytes) of the content itself and of all that is packed in it; a broken package is its bytes only."""
    yield inside or "bytes", content
    if depth >= DEPTH:
        return
    for kind, opened in _KINDS.items():
        if opened[0](content):
            try:
                for name, member in opened[1](content):
                    yield from contents_of(member, f"{inside} {kind} {name}".strip(), depth + 1)
            except _BROKEN:
                continue


def _gunzipped(content: bytes) -> Iterator[tuple[str, bytes]]:
    yield "", gzip.decompress(content)


def _unzstd(content: bytes) -> Iterator[tuple[str, bytes]]:
    yield "", pa.CompressedInputStream(pa.BufferReader(content), "zstd").read()


def _unzipped(content: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            yield "names", entry.filename.encode() + entry.comment + entry.extra
            yield entry.filename, archive.read(entry)


def _pdf_streams(content: bytes) -> Iterator[tuple[str, bytes]]:
    for number, match in enumerate(re.finditer(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)):
        yield str(number), zlib.decompressobj().decompress(match[1])


def _parquet(content: bytes) -> Iterator[tuple[str, bytes]]:
    table = pq.read_table(pa.BufferReader(content))
    yield "rows", _joined([table.column_names, *(column.to_pylist() for column in table.columns)])
    yield "metadata", repr(table.schema.metadata).encode()


def _duckdb(content: bytes) -> Iterator[tuple[str, bytes]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "copy.duckdb"
        path.write_bytes(content)
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
            for schema, table in tables:
                yield from _cells(connection, table, f'"{schema}"."{table}"')
            comments = connection.execute(
                "SELECT comment FROM duckdb_tables() UNION ALL SELECT sql FROM duckdb_views()"
            )
            yield "comments", repr(comments.fetchall()).encode()


def _cells(connection: duckdb.DuckDBPyConnection, name: str, source: str) -> Iterator[tuple[str, bytes]]:
    columns = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    texts = ", ".join(f'CAST("{column}" AS VARCHAR)' for column in columns)
    rows = connection.execute(f"SELECT {texts} FROM {source}").fetchall()
    yield name, _joined([columns, *rows])


def _sqlite(content: bytes) -> Iterator[tuple[str, bytes]]:
    connection = sqlite3.connect(":memory:")
    try:
        # Bytes 18 and 19 say that a log stands beside the file; it is a file of its own, and searched as such.
        connection.deserialize(content[:18] + b"\x01\x01" + content[20:])
        connection.text_factory = bytes
        names = [name.decode() for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in names:
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                for cell in row:
                    if cell is not None:
                        yield table, cell if isinstance(cell, bytes) else str(cell).encode()
    finally:
        connection.close()


def _joined(rows: Iterable[Iterable[object]]) -> bytes:
    return _SEPARATOR.join(str(cell) for row in rows for cell in row if cell is not None).encode("utf-8", "replace")


_BROKEN = (
    *(OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError),
    *(pa.ArrowException, duckdb.Error, sqlite3.Error),
)
# Kind -> (is it one?, what is in it).
_KINDS = {
    "gzip": (lambda content: content[:2] == b"\x1f\x8b", _gunzipped),
    "zstd": (lambda content: content[:4] == b"\x28\xb5\x2f\xfd", _unzstd),
    "zip": (lambda content: content[:4] == b"PK\x03\x04", _unzipped),
    "pdf": (lambda content: content[:5] == b"%PDF-", _pdf_streams),
    "parquet": (lambda content: content[:4] == b"PAR1", _parquet),
    "duckdb": (lambda content: content[8:12] == b"DUCK", _duckdb),
    "sqlite": (lambda content: content[:16] == b"SQLite format 3\0", _sqlite),
}
