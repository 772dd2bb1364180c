"""Dated snapshots (ข้อมูล ณ วันที่): kept once, never changed afterwards, their digests in the ledger.

Put here: keeping and verifying. Keep out: what a report says (report.py), pages (handed in), which day one is due (rhythm.py).
A snapshot of a past day that nobody kept then is made from what is known now, and says on every page when that was; it
is never refused, since a report that comes late is worth more than none, and never passed off as made in time.
"""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from jpt_pipeline.ledger import Entry, ProgressSnapshot, only, read_entries, writing
from jpt_pipeline.progress.report import Report, document
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import sha256_file, sync_dir

DOCUMENT = "progress.json"
Write = Callable[[Report, Path], Sequence[Path]]
"""Writes the pages of a report into a folder and returns their paths."""


class SnapshotChanged(Exception):
    """A file of a kept snapshot is missing or is not the one that was kept; names folder and file."""


@dataclass(frozen=True)
class Kept:
    """A snapshot that is there: its folder, its entry in the ledger, and whether it was made just now."""

    folder: Path
    entry: ProgressSnapshot
    is_new: bool


def progress_folder(settings: Settings, survey_year: int) -> Path:
    """Where the reports of progress of a round lie: `current/`, and a folder a snapshot in `snapshots/`."""
    return settings.root / "reports" / "progress" / str(survey_year)


def find_snapshot(entries: Sequence[Entry], survey_year: int, stream: str, day: date) -> ProgressSnapshot | None:
    """The entry of the snapshot of a day; None when none was kept."""
    for entry in only(entries, ProgressSnapshot):
        if (entry.survey_year, entry.stream, entry.day) == (survey_year, stream, day):
            return entry
    return None


def keep_snapshot(settings: Settings, report: Report, write: Write) -> Kept:
    """Keep the report as the snapshot of its day; if one is there already it is verified and stays as it is.

    The files appear together under their name, read-only; the entry in the ledger is written last. Without an entry a
    folder is no snapshot (the process was killed) and is made anew.

    Raises:
        SnapshotChanged: the kept one is not what was kept. LedgerBroken, LedgerBusy: see ledger/book.py.
    """
    year, stream, day = report.round.survey_year, report.stream, report.day
    folder = _folder(settings, year, stream, day)
    with writing(settings.ledger) as ledger:
        known = find_snapshot(ledger.entries, year, stream, day)
        if known:
            _verify(folder, known)
            return Kept(folder, known, False)
        files = _write(folder, report, write)
        area = report.facts.area
        entry = ProgressSnapshot(
            at=report.made_at, action="progress-snapshot", survey_year=year, stream=stream, level=area.level,
            area_code=area.area_code, day=day, as_of=report.at, made_later=report.is_made_later, files=files,
        )  # fmt: skip
        (placed,) = ledger.append([entry])
    return Kept(folder, placed, True)


def changed_snapshots(settings: Settings, survey_year: int) -> list[str]:
    """Of each kept snapshot of a round that is not what was kept any more, what is wrong: folder and file."""
    found = []
    for entry in only(read_entries(settings.ledger), ProgressSnapshot):
        if entry.survey_year == survey_year:
            try:
                _verify(_folder(settings, survey_year, entry.stream, entry.day), entry)
            except SnapshotChanged as error:
                found.append(str(error))
    return found


def _folder(settings: Settings, survey_year: int, stream: str, day: date) -> Path:
    return progress_folder(settings, survey_year) / "snapshots" / f"{day.isoformat()}_{stream}"


def _verify(folder: Path, entry: ProgressSnapshot) -> None:
    for name, digest in sorted(entry.files.items()):
        path = folder / name
        if not path.is_file():
            raise SnapshotChanged(f"{folder.name}/{name} (missing)")
        if sha256_file(path) != digest:
            raise SnapshotChanged(f"{folder.name}/{name}")
    if more := sorted(path.name for path in folder.iterdir() if path.name not in entry.files):
        raise SnapshotChanged(f"{folder.name}/{more[0]} (added)")


def _compact(content: Any) -> str:
    """JSON with sorted keys and no blanks: a nation has 75,000 villages, and a round may keep a report a day."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def _write(folder: Path, report: Report, write: Write) -> dict[str, str]:
    """The files of a snapshot, whole or not at all; file name -> digest."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    half = folder.with_name(f".{folder.name}.tmp")
    for left in (half, folder):
        if left.exists():
            shutil.rmtree(left)
    half.mkdir()
    told = half / DOCUMENT
    told.write_text(_compact(document(report)), encoding="utf-8")
    files = [told, *write(report, half)]
    for path in files:
        path.chmod(0o444)
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
    digests = {path.name: sha256_file(path) for path in files}
    os.rename(half, folder)
    sync_dir(folder.parent)
    return digests
