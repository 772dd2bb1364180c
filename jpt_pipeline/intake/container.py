"""Deliveries as they come: a file, a folder, a .zip or a .gz become plain files with a name, bytes and a digest.

Everything lands first, under its digest, before anything is understood. Nothing is ever extracted under a name that
the sender chose.
"""

import errno
import gzip
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jpt_pipeline.store.files import CHUNK, replacing, sha256_file

MAX_ENTRIES = 1000
MAX_UNPACKED = 8 << 30
MAX_RATIO = 200
DATA_SUFFIXES = {".ndjson", ".jsonl", ".json", ".csv", ".xlsx", ".parquet"}
MANIFEST = "manifest.json"


class Refused(Exception):
    """A file that is not loaded. Carries the code and what the message needs; never content of the file."""

    def __init__(self, code: str, file_name: str, detail: str | None = None):
        self.code, self.file_name, self.detail = code, file_name, detail
        super().__init__(f"{code} {file_name} {detail or ''}".strip())


@dataclass(frozen=True)
class SourceFile:
    """A plain file of a delivery: its name as delivered, where its unpacked bytes lie, their digest and size."""

    name: str
    path: Path
    sha256: str
    bytes_n: int
    container_sha256: str

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem.lower()


def land(path: Path, landing: Path) -> str:
    """Keep a delivered file under its digest; returns the digest."""
    digest = sha256_file(path)
    target = landing / "files" / digest[:2] / digest
    if not target.exists():
        with replacing(target) as temporary:
            shutil.copyfile(path, temporary)
        target.chmod(0o600)
    return digest


def land_delivery(path: Path, landing: Path) -> list[tuple[str, str]]:
    """Keep the files of one delivery (a file or a folder): (name, digest) of each, in the order of their names.

    Raises:
        Refused: nothing there, or not readable (F- codes).
    """
    if path.is_dir():
        inner = sorted(p for p in path.rglob("*") if p.is_file() and not p.is_symlink())
        named = [(p.relative_to(path).as_posix(), p) for p in inner if not p.name.startswith(".")]
    elif path.is_file():
        named = [(path.name, path)]
    else:
        raise Refused("F-MISSING", path.name)
    if not named:
        raise Refused("F-EMPTY", path.name)
    landed = []
    for name, inner_path in named:
        try:
            landed.append((name, land(inner_path, landing)))
        except PermissionError as error:
            raise Refused("F-MISSING", name, error.strerror) from None
    return landed


def open_landed(landed: list[tuple[str, str]], landing: Path, scratch: Path) -> list[SourceFile]:
    """Plain files of landed ones, unpacked where they are packed.

    Raises:
        Refused: empty, broken or dangerous containers (F- codes).
    """
    return [
        file
        for name, digest in landed
        for file in _unpack(name, landing / "files" / digest[:2] / digest, digest, scratch)
    ]


def _unpack(name: str, path: Path, container: str, scratch: Path) -> Iterator[SourceFile]:
    suffix = PurePosixPath(name).suffix.lower()
    with path.open("rb") as stream:
        magic = stream.read(4)
    if not magic:
        raise Refused("F-EMPTY", name)
    if suffix == ".gz":
        if magic[:2] != b"\x1f\x8b":
            raise Refused("F-TYPE", name)
        yield _unpack_gzip(name, path, container, scratch)
    elif suffix == ".zip":
        if magic != b"PK\x03\x04":
            raise Refused("F-TYPE", name)
        yield from _unpack_zip(name, path, container, scratch)
    else:
        yield SourceFile(name, path, container, path.stat().st_size, container)


def _unpack_gzip(name: str, path: Path, container: str, scratch: Path) -> SourceFile:
    try:
        with gzip.open(path) as packed:
            return _store(packed, name[: -len(".gz")], path.stat().st_size, container, scratch)
    except (EOFError, OSError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise Refused("F-PACKED", name) from None


def _unpack_zip(name: str, path: Path, container: str, scratch: Path) -> Iterator[SourceFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise Refused("F-LIMIT", name)
            folded = [entry.filename.lower() for entry in entries]
            for entry in entries:
                unsafe = entry.filename.startswith(("/", "\\")) or ".." in PurePosixPath(entry.filename).parts
                if unsafe or ":" in entry.filename or folded.count(entry.filename.lower()) > 1:
                    raise Refused("F-PATH", name)
                if PurePosixPath(entry.filename).suffix.lower() in {".zip", ".gz"}:
                    raise Refused("F-LIMIT", name)
            for entry in sorted(entries, key=lambda entry: entry.filename):
                with archive.open(entry) as packed:
                    yield _store(packed, entry.filename, entry.compress_size, container, scratch)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, UnicodeDecodeError):
        raise Refused("F-PACKED", name) from None
    except OSError as error:
        if error.errno != errno.EINVAL:  # a broken directory points outside of the file
            raise
        raise Refused("F-PACKED", name) from None


def _store(packed: object, name: str, packed_n: int, container: str, scratch: Path) -> SourceFile:
    """Unpack one stream into scratch under a name of our own, counting bytes instead of trusting the header."""
    scratch.mkdir(parents=True, exist_ok=True)
    target = scratch / f"unpacked-{container[:16]}-{len(list(scratch.glob('unpacked-*'))):04d}"
    limit = min(MAX_UNPACKED, max(packed_n * MAX_RATIO, 1 << 24))
    written = 0
    with target.open("wb") as out:
        while chunk := packed.read(CHUNK):  # type: ignore[attr-defined]
            written += len(chunk)
            if written > limit:
                raise Refused("F-LIMIT", name)
            out.write(chunk)
    if not written:
        raise Refused("F-EMPTY", name)
    return SourceFile(name, target, sha256_file(target), written, container)
