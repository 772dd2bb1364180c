"""The format of a vault file: tables cut into chunks, each column of a chunk sealed by itself with AES-256-GCM-SIV.

A file is `JPTVAULT`, then chunks, then an end mark. A chunk is the length of its head (4 bytes, big-endian), its head
(JSON: kind, number, rows, name and length of each column) and the sealed columns, each a Parquet file of one column.
What a sealed column is authenticated with (version, context, kind, chunk, rows, name) ties it to its place; the end mark
is sealed over the number of chunks, so that no chunk can be changed, moved, left out or taken from another file.
"""

import io
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self

import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from jpt_pipeline.store.files import replacing

MAGIC, VERSION = b"JPTVAULT", 1
# Where they lie in the lake: one file per delivered unit and partition, <unit_id>.vault.
VAULT_TABLE = "submissions__vault"
CHUNK_ROWS = 50_000
NONCE_BYTES = 12
LONGEST_HEAD = 1 << 16

Kind = Literal["household", "member"]
# Columns of each kind: `form` (and `member_no`) name the row within its delivered unit, all else is text as delivered.
SCHEMAS: dict[Kind, pa.Schema] = {
    "household": pa.schema(
        [("form", pa.int64()), ("house_no", pa.string()), ("latitude", pa.string()), ("longitude", pa.string())]
    ),
    "member": pa.schema(
        [("form", pa.int64()), ("member_no", pa.int64())]
        + [(name, pa.string()) for name in ("citizen_id", "prefix", "first_name", "last_name")]
    ),
}


class VaultBroken(Exception):
    """A vault file is not what was written, or the key is another one. Says where, never what."""


class _Box:
    """Seals and opens the columns of one file.

    The nonce is a keyed digest of place and content, so that the same content gives the same bytes; GCM-SIV stays safe
    even where a nonce comes twice.
    """

    def __init__(self, key: bytes, context: str):
        self._cipher = AESGCMSIV(key)
        self._nonces = blake2b(key=key, digest_size=NONCE_BYTES, person=b"jpt-vault-nonce")
        self._context = context

    def seal(self, place: Sequence[str | int], content: bytes) -> bytes:
        said = self._said(place)
        nonces = self._nonces.copy()
        nonces.update(len(said).to_bytes(4, "big") + said)
        nonces.update(content)
        nonce = nonces.digest()
        return nonce + self._cipher.encrypt(nonce, content, said)

    def open(self, place: Sequence[str | int], sealed: bytes) -> bytes:
        """Raises InvalidTag, ValueError (too short)."""
        return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._said(place))

    def _said(self, place: Sequence[str | int]) -> bytes:
        return json.dumps([VERSION, self._context, *place]).encode()


class VaultWriter:
    """Writes a vault file, whole or not at all: `with VaultWriter(path, key, context) as vault: vault.add(…)`.

    Rows are cut into chunks of CHUNK_ROWS whatever the sizes of the tables that are added: the same rows in the same
    order give the same bytes. Memory holds one chunk and the table that is being added.

    Args:
        path: where the file will lie, mode 0600; it appears when the block ends without an error.
        key: 32 bytes.
        context: name of the delivered unit; the file can be read under this name only.
    """

    def __init__(self, path: Path, key: bytes, context: str):
        self._path, self._box = path, _Box(key, context)
        self._waiting: dict[Kind, list[pa.Table]] = {kind: [] for kind in SCHEMAS}
        self._chunks_n: dict[Kind, int] = dict.fromkeys(SCHEMAS, 0)

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            temporary = opened.enter_context(replacing(self._path))
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self._stream = opened.enter_context(os.fdopen(handle, "wb"))
            os.fchmod(handle, 0o600)
            self._stream.write(MAGIC + bytes([VERSION]))
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:  # handed on, so that `replacing` removes the half-written file
            self._opened.__exit__(kind, error, trace)
            return
        with self._opened:
            for waiting, parts in self._waiting.items():
                if parts and (rest := pa.concat_tables(parts)).num_rows:
                    self._write(waiting, rest)
            self._put({"end": True}, [self._box.seal(_end(self._chunks_n), b"")])

    def add(self, kind: Kind, table: pa.Table) -> None:
        """Add rows of a kind: the columns of SCHEMAS[kind], in any order.

        Raises:
            ValueError: a column is missing or cannot be cast; says its name only.
        """
        self._waiting[kind].append(_shaped(kind, table))
        if sum(part.num_rows for part in self._waiting[kind]) >= CHUNK_ROWS:
            waiting = pa.concat_tables(self._waiting[kind])
            whole = waiting.num_rows - waiting.num_rows % CHUNK_ROWS
            for start in range(0, whole, CHUNK_ROWS):
                self._write(kind, waiting.slice(start, CHUNK_ROWS))
            self._waiting[kind] = [waiting.slice(whole)]

    def _write(self, kind: Kind, chunk: pa.Table) -> None:
        number, rows = self._chunks_n[kind], chunk.num_rows
        sealed = [
            self._box.seal((kind, number, rows, name), _packed(chunk.select([name]))) for name in chunk.column_names
        ]
        columns = [[name, len(content)] for name, content in zip(chunk.column_names, sealed, strict=True)]
        self._put({"kind": kind, "chunk": number, "rows": rows, "columns": columns}, sealed)
        self._chunks_n[kind] = number + 1

    def _put(self, head: dict[str, object], contents: list[bytes]) -> None:
        said = json.dumps(head, sort_keys=True).encode()
        self._stream.write(len(said).to_bytes(4, "big") + said)
        for content in contents:
            self._stream.write(content)


def _shaped(kind: Kind, table: pa.Table) -> pa.Table:
    schema = SCHEMAS[kind]
    if sorted(table.column_names) != sorted(schema.names):
        raise ValueError(f"a table of kind {kind} has the columns {', '.join(schema.names)}")
    try:
        return table.select(schema.names).cast(schema)
    except pa.ArrowInvalid:
        raise ValueError(f"a table of kind {kind} does not fit its types") from None


def _packed(column: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(
        column, out, compression="zstd", use_dictionary=False, write_statistics=False, row_group_size=CHUNK_ROWS
    )
    return out.getvalue()


def _end(chunks_n: dict[Kind, int]) -> list[str | int]:
    return ["end", *(part for kind in SCHEMAS for part in (kind, chunks_n[kind]))]


@dataclass
class _Chunk:
    """Where a chunk lies: its number and rows, and offset and length of each sealed column."""

    number: int
    rows: int
    columns: dict[str, tuple[int, int]] = field(default_factory=dict)


def read_vault(
    path: Path | str, key: bytes, context: str, kind: Kind, columns: Sequence[str] | None = None
) -> Iterator[pa.Table]:
    """Chunks of a kind in the order in which they were added, each at most CHUNK_ROWS rows; all columns unless named.

    The whole file is known to be there before the first chunk comes; a chunk is verified when it comes.

    Raises:
        VaultBroken: the file is missing, cut, changed or of another context, or the key is another one.
        ValueError: a column that the kind does not have.
    """
    names = list(columns) if columns is not None else SCHEMAS[kind].names
    if unknown := set(names) - set(SCHEMAS[kind].names):
        raise ValueError(f"kind {kind} has no columns {', '.join(sorted(unknown))}")
    path = Path(path)
    box, where = _Box(key, context), path.name
    try:
        with path.open("rb") as stream:
            for chunk in _index(stream, box)[kind]:
                tables = []
                for name in names:
                    offset, length = chunk.columns[name]
                    stream.seek(offset)
                    content = box.open((kind, chunk.number, chunk.rows, name), stream.read(length))
                    tables.append(pq.read_table(pa.BufferReader(content)))
                table = pa.table({name: part.column(name) for name, part in zip(names, tables, strict=True)})
                yield table.cast(pa.schema([SCHEMAS[kind].field(name) for name in names]))
    except FileNotFoundError:
        raise VaultBroken(f"vault file {where} is missing") from None
    except InvalidTag:
        raise VaultBroken(f"vault file {where} was changed, belongs to another unit, or needs another key") from None
    except (ValueError, KeyError, TypeError, RecursionError, pa.ArrowException):
        raise VaultBroken(f"vault file {where} is damaged") from None


def _index(stream: BinaryIO, box: _Box) -> dict[str, list[_Chunk]]:
    """Chunks of each kind, in order; only heads are read. Raises InvalidTag, ValueError, KeyError, TypeError."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    if stream.read(len(MAGIC) + 1) != MAGIC + bytes([VERSION]):
        raise ValueError("not a vault file of this version")
    found: dict[str, list[_Chunk]] = {kind: [] for kind in SCHEMAS}
    while True:
        length = int.from_bytes(stream.read(4), "big")
        if not 0 < length <= LONGEST_HEAD:
            raise ValueError("no head")
        head = json.loads(stream.read(length))
        if "end" in head:
            box.open(_end({kind: len(chunks) for kind, chunks in found.items()}), stream.read())  # type: ignore[misc]
            return found
        chunks = found[head["kind"]]
        if head["chunk"] != len(chunks):
            raise ValueError("chunks out of order")
        chunk = _Chunk(head["chunk"], head["rows"])
        offset = stream.tell()
        for name, length in head["columns"]:
            if not 0 < length <= size - offset:
                raise ValueError("longer than the file")
            chunk.columns[name] = (offset, length)
            offset += length
        stream.seek(offset)
        chunks.append(chunk)
