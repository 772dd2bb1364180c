"""What tests of faults share: a small delivered province, a child process for each walk, and the undisturbed result."""

import multiprocessing
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import pytest

from jpt_pipeline.areas.register import register
from jpt_pipeline.areas.spec import load_registers
from jpt_pipeline.home import prepare
from jpt_pipeline.settings import Settings
from jpt_pipeline.synthetic.generate import generate
from tests.conftest import CHECKOUT, FSYNC, shared_folder
from tests.faults import walk

HOUSEHOLDS = 90


@pytest.fixture(autouse=True)
def _real_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", FSYNC)


@dataclass(frozen=True)
class World:
    """A registered home to copy, its deliveries, the home after an undisturbed walk, and the files that appeared in it."""

    start: Path
    deliveries: Path
    whole: Path
    files_n: int


def child(target: Callable[..., None], *arguments: Any) -> int:
    """Exit code of a process that does one thing; it is forked from a server that has only imported the code."""
    os.environ["PYTHONPATH"] = str(CHECKOUT)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.walk"])
    process = context.Process(target=target, args=arguments)
    process.start()
    process.join(120)
    assert process.exitcode is not None, "the walk hangs"
    return process.exitcode


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made once for all workers."""
    shared = shared_folder(tmp_path_factory) / "faults"
    counted = shared / "counted"
    with filelock.FileLock(shared.with_suffix(".lock")):
        if not counted.exists():
            shutil.rmtree(shared, ignore_errors=True)
            generate(
                shared / "synth",
                survey_year=2561,
                province_code="38",
                households_n=HOUSEHOLDS,
                seed=7,
                file_format="mixed",
            )
            settings = Settings(home=shared / "start")
            prepare(settings)
            files = {kind: shared / "synth" / "registers" / f"{kind}.csv" for kind in load_registers()}
            assert all(register(kind, file, settings).stored for kind, file in files.items() if file.exists())
            shutil.copytree(shared / "start", shared / "whole")
            assert child(walk.counted_walk, shared / "whole", shared / "synth" / "deliveries", shared / "n") == 0
            (shared / "n").rename(counted)
    return World(shared / "start", shared / "synth" / "deliveries", shared / "whole", int(counted.read_text()))
