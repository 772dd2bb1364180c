"""A temporary home over a real one: the same files under second names, so that a trial costs little and changes nothing.

Put here: how it is made and removed. Keep out: what is tried in it. Every file of a home is replaced by rename and never
written in place, so what the trial writes does not reach the home. The keys stay where they are.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import private_folder, read_json, second_name, write_json
from jpt_pipeline.vault import key_folder

FOLDERS = ("landing", "lake", "ledger")
_PREFIX = "trial-"


@contextmanager
def overlay(settings: Settings) -> Iterator[Settings]:
    """Settings of a temporary home in the home's scratch, as the home is at this moment; removed in the end.

    Nothing is taken in meanwhile: the home's lock is held while the names are made.

    Raises:
        KeyMissing: the home was never made ready.
        OSError: no space, where files have to be copied because no second name can be given.
    """
    keys = key_folder(settings)
    private_folder(settings.scratch)
    _sweep(settings.scratch)
    root = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=settings.scratch))
    try:
        with FileLock(settings.root / ".lock"):
            for name in FOLDERS:
                _second_names(settings.root / name, root / name)
            record = read_json(settings.root / "home.json")
        write_json(root / "home.json", record | {"keys_inside": False})
        yield Settings(
            home=root,
            definitions=settings.definitions,
            threads=settings.threads,
            memory_mb=settings.memory_mb,
            keys=keys,
        )
    finally:
        shutil.rmtree(root)


def _second_names(folder: Path, copy: Path) -> None:
    """The files below a folder under second names; locks and half-written files (hidden) are left out."""
    private_folder(copy)
    for at, _, names in os.walk(folder, followlinks=True):
        to = copy / Path(at).relative_to(folder)
        to.mkdir(exist_ok=True)
        for name in names:
            if not name.startswith("."):
                with suppress(FileNotFoundError):  # a run that goes on beside replaced it
                    second_name(Path(at) / name, to / name)


def _sweep(scratch: Path) -> None:
    """Remove what killed trials left."""
    for left in scratch.glob(f"{_PREFIX}*"):
        if not Path(f"/proc/{left.name.split('-')[1]}").exists():
            shutil.rmtree(left, ignore_errors=True)
