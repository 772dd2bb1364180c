"""The ledger of certification (บัญชีการรับรอง): one JSON file per human act, chained by digest, never changed.

Put here: the shape of an act, reading with verification, appending under a lock.
Keep out: whether an act is allowed (acts.py) and what follows from it (state.py).
`head.json` names the last entry of the last finished append, so that entries lost from the end are noticed as well;
whoever can rewrite the whole folder can rewrite the chain, which only an outside witness would show.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import filelock
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from jpt_pipeline.store.files import dump_json, read_json, replacing, sha256_text, sync_dir

Action = Literal["present", "certify", "return", "revoke"]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]

_ENTRY = re.compile(r"(\d{8})-(present|certify|return|revoke)\.json")
_HEAD = "head.json"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Counts(_Strict):
    """What was certified, in numbers: counted households, persons on rosters, target households of the register."""

    households: Count
    persons: Count
    target: Count


class Committee(_Strict):
    """The committee (คณะทำงาน) behind an act: its order (คำสั่ง), members, those present, the meeting, who entered it."""

    order_no: str | None = None
    members_n: Count | None = None
    present_n: Count | None = None
    meeting_date: date | None = None
    place: str | None = None
    by: str | None = None


class Act(_Strict):
    """One human act on one area, before it has its place in the ledger."""

    at: AwareDatetime
    action: Action
    survey_year: int
    stream: str
    level: str
    area_code: str
    root_sha256: Sha256
    form_no: str | None
    certificate_id: str | None
    previous_certificate_id: str | None
    counts: Counts
    reason: str | None
    committee: Committee
    software: str
    instrument: str


class Event(Act):
    """An act with its place in the ledger; `previous_sha256` is the digest of the bytes of the entry before."""

    seq: Annotated[int, Field(ge=1)]
    previous_sha256: Sha256 | None

    @property
    def file_name(self) -> str:
        return f"{self.seq:08d}-{self.action}.json"

    def text(self) -> str:
        """The bytes of the entry's file: JSON with sorted keys."""
        return dump_json(self.model_dump(mode="json"))


class LedgerBroken(Exception):
    """The ledger is not what was written; `file` is the first bad one. Nothing may be certified on it."""

    def __init__(self, file: str, what: str):
        self.file, self.what = file, what
        super().__init__(f"ledger broken at {file}: {what}")


class LedgerBusy(Exception):
    """Another process holds the ledger."""


def read_ledger(folder: Path) -> list[Event]:
    """All events in order, the chain verified.

    Raises:
        LedgerBroken: an entry is missing, changed, reordered, unreadable, not an entry, or lost from the end.
    """
    return _read(folder)[0]


def _read(folder: Path) -> tuple[list[Event], str | None]:
    """Events and the digest of the last entry."""
    names = sorted(path.name for path in folder.glob("[!.]*") if path.name != _HEAD)
    events: list[Event] = []
    digests: list[str] = []
    for seq, name in enumerate(names, start=1):
        match = _ENTRY.fullmatch(name)
        if not match or int(match[1]) != seq:
            raise LedgerBroken(name, f"entry {seq} expected in its place")
        text = _text(folder / name)
        try:
            event = Event.model_validate_json(text)
        except ValidationError as error:
            raise LedgerBroken(name, f"not an entry: {error.error_count()} faults") from None
        if event.file_name != name:
            raise LedgerBroken(name, "name and content disagree")
        if event.previous_sha256 != (digests[-1] if digests else None):
            raise LedgerBroken(name, "the entry before it is not the one it was chained to")
        events.append(event)
        digests.append(sha256_text(text))
    _check_head(folder, digests)
    return events, digests[-1] if digests else None


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
        self.events, self._last = _read(folder)

    def append(self, acts: Sequence[Act]) -> list[Event]:
        """Write acts as the next entries, each file whole or absent, and return them as events.

        Raises:
            FileExistsError: an entry of that number is there (somebody wrote without the lock).
        """
        written = []
        for act in acts:
            event = Event(**dict(act), seq=len(self.events) + 1, previous_sha256=self._last)
            _write_once(self._folder / event.file_name, event.text())
            self._last = sha256_text(event.text())
            self.events.append(event)
            written.append(event)
        if written:
            _write_head(self._folder, len(self.events), self._last)
        return written

    def catch_up(self) -> None:
        """Let the head name the last entry again: a process may have died between the two."""
        if read_json(self._folder / _HEAD)["seq"] != len(self.events):
            _write_head(self._folder, len(self.events), self._last)


@contextmanager
def writing(folder: Path, timeout: float = 60) -> Iterator[Ledger]:
    """The verified ledger, locked for reading and appending until the end of the block.

    Raises:
        LedgerBusy: another process held it for `timeout` seconds.
        LedgerBroken: see read_ledger.
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
