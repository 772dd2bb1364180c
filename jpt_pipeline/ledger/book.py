"""The ledger's folder: one JSON file per entry, each chained to the one before by digest.

Put here: reading with verification, appending under a lock. Keep out: what entries say (entries.py).
`head.json` names the last entry of the last finished append, so that entries lost from the end are noticed as well;
whoever can rewrite the whole folder can rewrite the chain, which only an outside witness would show.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import filelock
from pydantic import ValidationError

from jpt_pipeline.ledger.entries import Entry, Kind, parse_entry
from jpt_pipeline.store.files import dump_json, read_json, replacing, sha256_text, sync_dir

_ENTRY = re.compile(r"(\d{8})-([a-z-]+)\.json")
_HEAD = "head.json"


class LedgerBroken(Exception):
    """The ledger is not what was written; `file` is the first bad one. Nothing may be certified on it."""

    def __init__(self, file: str, what: str):
        self.file, self.what = file, what
        super().__init__(f"ledger broken at {file}: {what}")


class LedgerBusy(Exception):
    """Another process holds the ledger."""


def read_entries(folder: Path) -> list[Entry]:
    """All entries in order, the chain verified.

    Raises:
        LedgerBroken: an entry is missing, changed, reordered, unreadable, not an entry, or lost from the end.
    """
    return _read(folder)[0]


def _read(folder: Path) -> tuple[list[Entry], str | None]:
    """Entries and the digest of the last one."""
    names = sorted(path.name for path in folder.glob("[!.]*") if path.name != _HEAD)
    entries: list[Entry] = []
    digests: list[str] = []
    for seq, name in enumerate(names, start=1):
        match = _ENTRY.fullmatch(name)
        if not match or int(match[1]) != seq:
            raise LedgerBroken(name, f"entry {seq} expected in its place")
        text = _text(folder / name)
        try:
            entry = parse_entry(text)
        except ValidationError as error:
            raise LedgerBroken(name, f"not an entry: {error.error_count()} faults") from None
        if entry.file_name != name:
            raise LedgerBroken(name, "name and content disagree")
        if entry.previous_sha256 != (digests[-1] if digests else None):
            raise LedgerBroken(name, "the entry before it is not the one it was chained to")
        entries.append(entry)
        digests.append(sha256_text(text))
    _check_head(folder, digests)
    return entries, digests[-1] if digests else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise LedgerBroken(path.name, "not UTF-8 text") from None


def _check_head(folder: Path, digests: Sequence[str]) -> None:
    """The head may lag behind (a killed append), it may never be ahead of the entries or name another entry."""
    path = folder / _HEAD
    if not path.exists():
        if digests:
            raise LedgerBroken(_HEAD, "missing")
        return
    try:
        head = read_json(path)
        seq, digest = int(head["seq"]), head["sha256"]
    except (ValueError, KeyError, TypeError):
        raise LedgerBroken(_HEAD, "not readable") from None
    if seq > len(digests):
        raise LedgerBroken(f"{len(digests) + 1:08d}", f"missing, {seq} entries were written")
    if digest != (digests[seq - 1] if seq else None):
        raise LedgerBroken(_HEAD, f"names another entry {seq}")


class Ledger:
    """The ledger while this process holds its lock."""

    def __init__(self, folder: Path):
        self._folder = folder
        self.entries, self._last = _read(folder)

    def append(self, entries: Sequence[Kind]) -> list[Kind]:
        """Write entries as the next ones, each file whole or absent, and return them with their places.

        Raises:
            FileExistsError: an entry of that number is there (somebody wrote without the lock).
        """
        written = []
        for entry in entries:
            placed = entry.model_copy(update={"seq": len(self.entries) + 1, "previous_sha256": self._last})
            _write_once(self._folder / placed.file_name, placed.text())
            self._last = sha256_text(placed.text())
            self.entries.append(placed)
            written.append(placed)
        if written:
            _write_head(self._folder, len(self.entries), self._last)
        return written

    def catch_up(self) -> None:
        """Let the head name the last entry again: a process may have died between the two."""
        if read_json(self._folder / _HEAD)["seq"] != len(self.entries):
            _write_head(self._folder, len(self.entries), self._last)


@contextmanager
def writing(folder: Path, timeout: float = 60) -> Iterator[Ledger]:
    """The verified ledger, locked for reading and appending until the end of the block.

    Raises:
        LedgerBusy: another process held it for `timeout` seconds.
        LedgerBroken: see read_entries.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(folder / ".lock", timeout=timeout):
            for left in folder.glob(".*.tmp"):  # of a process that was killed
                left.unlink(missing_ok=True)
            if not any(folder.glob("[!.]*")):
                _write_head(folder, 0, None)
            ledger = Ledger(folder)
            ledger.catch_up()
            yield ledger
    except filelock.Timeout as error:
        raise LedgerBusy(str(folder)) from error


def _write_once(path: Path, text: str) -> None:
    """Write a new file that appears whole under its name or not at all; an existing one is never touched."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(temporary, path)
        sync_dir(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _write_head(folder: Path, seq: int, digest: str | None) -> None:
    with replacing(folder / _HEAD) as temporary:
        temporary.write_text(dump_json({"seq": seq, "sha256": digest}), encoding="utf-8")
