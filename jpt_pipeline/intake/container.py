"""Deliveries as they come: a file, a folder, a .zip or a .gz become plain files with a name, bytes and a digest.

Everything lands first, under its digest, before anything is understood. Nothing is ever extracted under a name that
the sender chose. What a plain file is, says recognise.py.
"""

import errno
import gzip
import hashlib
import lzma
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from jpt_pipeline.intake.limits import Limits
from jpt_pipeline.store.files import CHUNK, replacing, sha256_file

MANIFEST = "manifest.json"
PACKED = {".zip", ".gz"}
_HIDDEN = re.compile(r"(^|/)(\.|__MACOSX/)")  # what file managers add: no part of a delivery
# What zipfile says of an archive that is broken, or packed in a way that it does not know.
BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError)
_LOCKED = 0x1  # bit of a zip entry: its bytes are encrypted
_UTF8 = 0x800  # bit of a zip entry: its name is UTF-8


class Refused(Exception):
    """A file that is not loaded. Carries the code and what the message needs; never content of the file."""

    def __init__(self, code: str, file_name: str, detail: str | None = None):
        self.code, self.file_name, self.detail = code, file_name, detail
        super().__init__(f"{code} {file_name} {detail or ''}".strip())


@dataclass
class Holds:
    """What somebody accepted of a delivery that would be held (code -> nothing more to ask), and what of it was needed."""

    accepted: frozenset[str] = frozenset()
    used: set[str] = field(default_factory=set)

    def stop(self, code: str, file_name: str, detail: str | None = None) -> None:
        """Raises Refused with the code of a hold, unless it was accepted."""
        if code not in self.accepted:
            raise Refused(code, file_name, detail)
        self.used.add(code)


@dataclass(frozen=True)
class SourceFile:
    """A plain file of a delivery: its name as delivered, where its unpacked bytes lie, their digest and size.

    `notes`: code and place of what was strange about it, but stopped nothing.
    """

    name: str
    path: Path
    sha256: str
    bytes_n: int
    container_sha256: str
    notes: tuple[str, ...] = ()

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem.lower()


def land(path: Path, landing: Path, name: str, moved: Callable[[int], None] = lambda n: None) -> str:
    """Keep a delivered file under its digest; returns the digest. `moved`: bytes read since its last call.

    Raises:
        Refused: no plain file that can be read (F-PERM), or one that is still being written (F-GROW).
    """
    with _plain(path, name) as source:
        before = os.fstat(source.fileno())
        digest = _digest(source, None, moved)
        after = os.fstat(source.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise Refused("F-GROW", name)
        target = landing / "files" / digest[:2] / digest
        if not target.exists():
            source.seek(0)
            with replacing(target) as temporary:
                with temporary.open("wb") as out:
                    copied = _digest(source, out, lambda n: None)
                if copied != digest:
                    raise Refused("F-GROW", name)
                temporary.chmod(0o600)
    return digest


def _plain(path: Path, name: str) -> IO[bytes]:
    """Open a regular file, and nothing else: no link is followed, and a FIFO does not stop everything."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENXIO, errno.ENOENT, errno.ENOTDIR):
            raise Refused("F-PERM", name, error.strerror) from None
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Refused("F-PERM", name)
    return os.fdopen(handle, "rb")


def _digest(source: IO[bytes], out: IO[bytes] | None, moved: Callable[[int], None]) -> str:
    """Digest of a stream, which is copied on the way where there is an `out`."""
    digest = hashlib.sha256()
    left = os.fstat(source.fileno()).st_size + 1  # what grows faster than it is read would never end
    while left > 0 and (chunk := source.read(min(CHUNK, left))):
        left -= len(chunk)
        digest.update(chunk)
        moved(len(chunk))
        if out:
            out.write(chunk)
    return digest.hexdigest()


def land_delivery(path: Path, landing: Path, moved: Callable[[int], None] = lambda n: None) -> list[tuple[str, str]]:
    """Keep the files of one delivery (a file or a folder): (name, digest) of each, in the order of their names.

    Raises:
        Refused: nothing there, not readable, or not plain files (F-PERM); still being written (F-GROW).
    """
    return [(name, land(inner, landing, name, moved)) for name, inner in delivered_files(path)]


def delivered_files(path: Path) -> list[tuple[str, Path]]:
    """(name, path) of the files of a delivery, in the order of their names; hidden ones (.name) are none of it.

    Raises:
        Refused: F-PERM where a folder is empty or cannot be listed, or holds what is no file.
    """
    if path.is_symlink() or not path.is_dir():
        return [(path.name, path)]
    found: list[tuple[str, Path]] = []

    def unreadable(error: OSError) -> None:
        raise Refused("F-PERM", path.name, error.strerror) from None

    for folder, below, files in os.walk(path, onerror=unreadable):
        below[:] = [name for name in below if not name.startswith(".")]
        for name in (*files, *(name for name in below if Path(folder, name).is_symlink())):
            inner = Path(folder, name)
            if not name.startswith("."):
                found.append((inner.relative_to(path).as_posix(), inner))
    if not found:
        raise Refused("F-PERM", path.name)
    return sorted(found)


def open_landed(landed: list[tuple[str, str]], landing: Path, scratch: Path, limits: Limits) -> list[SourceFile]:
    """Plain files of landed ones, unpacked where they are packed.

    Raises:
        Refused: empty, broken or dangerous containers (F- codes).
    """
    return [
        file
        for name, digest in landed
        for file in _Unpacker(digest, scratch, limits).unpack(name, landing / "files" / digest[:2] / digest, 0)
    ]


@dataclass
class _Unpacker:
    """Unpacks one landed container into scratch; counts what comes out over all of it."""

    container: str
    scratch: Path
    limits: Limits
    written: int = 0

    def unpack(self, name: str, path: Path, depth: int, notes: tuple[str, ...] = ()) -> Iterator[SourceFile]:
        """Plain files of a file that lies at `path`, with `depth` archives around it."""
        suffix = PurePosixPath(name).suffix.lower()
        size = path.stat().st_size
        if not size:
            raise Refused("F-EMPTY", name)
        if suffix in PACKED and depth >= self.limits.depth:
            raise Refused("F-ZIPBOMB", name)
        if suffix == ".gz":
            yield from self._gzip(name, path, depth)
        elif suffix == ".zip":
            yield from self._zip(name, path, depth)
        else:
            yield SourceFile(name, path, sha256_file(path) if depth else self.container, size, self.container, notes)

    def _gzip(self, name: str, path: Path, depth: int) -> Iterator[SourceFile]:
        if _magic(path, 2) != b"\x1f\x8b":
            raise Refused("F-TYPE", name)
        size = path.stat().st_size
        try:
            with gzip.open(path) as packed:
                inner = self._store(packed, name, size, size)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise Refused("F-GZTRUNC", name) from None
        yield from self.unpack(name[: -len(".gz")], inner, depth + 1)

    def _zip(self, name: str, path: Path, depth: int) -> Iterator[SourceFile]:
        if _magic(path, 4) not in (b"PK\x03\x04", b"PK\x05\x06"):
            raise Refused("F-TYPE", name)
        try:
            with zipfile.ZipFile(path) as archive:
                for entry, inner_name in checked_entries(archive, name, self.limits):
                    if _HIDDEN.search(inner_name):
                        continue
                    notes = (f"F-ZIPENC {inner_name}",) if inner_name != entry.filename else ()
                    with archive.open(entry) as packed:
                        inner = self._store(packed, inner_name, entry.compress_size, path.stat().st_size)
                    yield from self.unpack(inner_name, inner, depth + 1, notes)
        except BROKEN:
            raise Refused("F-ZIPCRC", name) from None
        except OSError as error:
            if error.errno != errno.EINVAL:  # a broken directory points outside of the file
                raise
            raise Refused("F-ZIPCRC", name) from None

    def _store(self, packed: Any, name: str, packed_n: int, container_n: int) -> Path:
        """Unpack one stream into scratch under a name of our own, counting bytes instead of trusting the header."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        target = self.scratch / f"unpacked-{self.container[:16]}-{len(list(self.scratch.glob('unpacked-*'))):04d}"
        limit = self.limits.unpacked_from(packed_n)
        inner = 0
        with target.open("wb") as out:
            while chunk := packed.read(CHUNK):
                inner += len(chunk)
                self.written += len(chunk)
                if inner > limit or self.written > self.limits.unpacked_from(container_n):
                    raise Refused("F-ZIPBOMB", name)
                out.write(chunk)
        return target


def _magic(path: Path, length: int) -> bytes:
    with path.open("rb") as stream:
        return stream.read(length)


def checked_entries(archive: zipfile.ZipFile, name: str, limits: Limits) -> list[tuple[zipfile.ZipInfo, str]]:
    """Files of an archive with their names, in the order of these.

    Raises:
        Refused: too many (F-ZIPBOMB), a name that leads elsewhere or no plain file (F-ZIPSLIP), the same name twice
            (F-ZIPDUP), a password (F-ZIPPW).
    """
    entries = [(entry, _entry_name(entry)) for entry in archive.infolist() if not entry.is_dir()]
    if len(archive.infolist()) > limits.entries or sum(e.file_size for e, _ in entries) > limits.unpacked_bytes:
        raise Refused("F-ZIPBOMB", name)
    for entry, inner in entries:
        parts = inner.replace("\\", "/").split("/")
        mode = entry.external_attr >> 16
        if (
            parts[0] == ""
            or ".." in parts
            or re.match("[A-Za-z]:", inner)
            or stat.S_IFMT(mode) not in (0, stat.S_IFREG)
        ):
            raise Refused("F-ZIPSLIP", name)
        if entry.flag_bits & _LOCKED:
            raise Refused("F-ZIPPW", name)
    if len({inner.casefold() for _, inner in entries}) < len(entries):
        raise Refused("F-ZIPDUP", name)
    return sorted(entries, key=lambda found: found[1])


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """The name of a zip entry: without the flag for UTF-8 it is read as UTF-8, else as cp874 (Windows in Thai)."""
    if entry.flag_bits & _UTF8 or entry.filename.isascii():
        return entry.filename
    raw = entry.filename.encode("cp437")
    for encoding in ("utf-8", "cp874"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename
