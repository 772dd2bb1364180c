"""Files that are whole or absent: written under a temporary name, fsynced, renamed."""

import errno
import glob
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHUNK = 1 << 20


def sha256_file(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


_Content = tuple[int, int, int, int]
_KNOWN: dict[str, tuple[_Content, str]] = {}


def known_sha256(path: Path) -> str:
    """Hex digest of a file, computed once per process while the file is the same one: number, size, times of change.

    For files that are replaced, never changed in place: what lies in the lake. Raises FileNotFoundError.
    """
    stat = path.stat()
    content = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    known = _KNOWN.get(str(path))
    if known is None or known[0] != content:
        known = _KNOWN[str(path)] = (content, sha256_file(path))
    return known[1]


def sha256_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def sync_dir(path: Path) -> None:
    """Make a rename inside a folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def private_folder(path: Path) -> None:
    """Make a folder that is its owner's alone (0700), whatever the umask; so is what `replacing` puts there."""
    make_folder(path)
    path.chmod(0o700)


def make_folder(path: Path) -> None:
    """Make a folder and those above it that are missing; below a folder that is its owner's alone, they are, too."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        if _is_private(path.parent):
            path.chmod(0o700)


def _is_private(folder: Path) -> bool:
    return folder.stat().st_mode & 0o077 == 0


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; on success fsync it and rename it into place, else remove it.

    In a folder that is its owner's alone the file gets mode 0600, elsewhere that of the umask.
    """
    make_folder(path.parent)
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        if not Path(f"/proc/{left.name.split('.')[-2]}").exists():  # its process was killed
            left.unlink(missing_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        if _is_private(path.parent):
            temporary.chmod(0o600)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        os.replace(temporary, path)
        sync_dir(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file, whole or not at all; give its path."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    return path


def keep_bytes(content: bytes, folder: Path) -> str:
    """Keep bytes under their digest in a folder, unless they are there already; give the digest."""
    digest = hashlib.sha256(content).hexdigest()
    kept = folder / digest
    if not (kept.exists() and sha256_file(kept) == digest):
        write_bytes(kept, content)
    return digest


def second_name(path: Path, name: Path) -> None:
    """Give a file another name, which keeps its bytes when the first one is replaced: a hard link, else a copy.

    The folder of `name` must be there. Raises FileExistsError: something has that name.
    """
    try:
        os.link(path, name)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise
        with path.open("rb") as source, name.open("xb") as copy:
            shutil.copyfileobj(source, copy, CHUNK)
            os.fsync(copy.fileno())


def write_json(path: Path, content: Any) -> None:
    """Write JSON with sorted keys (the same content gives the same bytes)."""
    with replacing(path) as temporary:
        temporary.write_text(dump_json(content), encoding="utf-8")


def dump_json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
