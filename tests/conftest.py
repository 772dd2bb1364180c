"""What all tests share: a clean environment, the command line of a home, and one demonstration made once.

Put here: fixtures of more than one folder. Keep out: anything that only one folder needs.
"""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import dagster as dg
import filelock
import hypothesis
import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
SAMPLE = CHECKOUT / "data" / "sample" / "2561"
FSYNC = os.fsync
hypothesis.settings.register_profile("suite", deadline=None, max_examples=30)  # a busy machine is no fault
hypothesis.settings.load_profile("suite")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes never name a test: gzip writes the second of its making, and both workers must find the same names."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """Commands set variables for the processes they start: no test leaves its own behind."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session", autouse=True)
def _disk() -> Iterator[None]:
    """Nobody cuts the power of a test: files are not forced onto the disk, but in the tests of faults."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The keys of tests lie in a folder of this run, and not in the configuration of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(shared_folder(tmp_path_factory) / "config"))
        patch.delenv("JPT_KEYS", raising=False)
        yield


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


@dataclass(frozen=True)
class Terminal:
    """`jpt` in one home, in this process, through its entry point. An error that the entry point does not tell in words
    is raised here and fails the test. Runs are recorded in memory; the home's own Dagster instance has the demonstration.
    """

    home: Path

    def __call__(self, *words: object) -> Said:
        from jpt_pipeline import runs
        from jpt_pipeline.cli import main

        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setenv("JPT_HOME", str(self.home))
            patch.setenv("COLUMNS", "200")
            patch.delenv("JPT_KEYS", raising=False)
            patch.setattr(sys, "argv", ["jpt", *(str(word) for word in words)])
            patch.setattr(runs, "instance", lambda settings: dg.DagsterInstance.ephemeral())
            try:
                main()
                code = 0
            except SystemExit as end:
                code = int(end.code or 0)
        assert "Traceback" not in err.getvalue()
        return Said(code, out.getvalue(), err.getvalue())

    def json(self, *words: object) -> tuple[int, dict[str, Any]]:
        """Exit code and the one JSON object on standard output; anything else there fails the test."""
        result = self(*words, "--json")
        content = json.loads(result.stdout)
        assert isinstance(content, dict), words
        return result.exit_code, content

    def done(self, *words: object) -> dict[str, Any]:
        """The JSON object of a command that must end 0."""
        code, content = self.json(*words)
        assert code == 0, (words, content)
        return content


def file_digests(root: Path, *folders: str) -> dict[str, str]:
    """Path below root -> digest, of every file in the folders (locks left out)."""
    return {
        str(path.relative_to(root)): sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in sorted((root / folder).rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def git(*words: str) -> str | None:
    """Output of git in the checkout; None where there is no repository."""
    if not (CHECKOUT / ".git").exists() or not shutil.which("git"):
        return None
    run = subprocess.run(["git", *words], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return run.stdout


def jpt(home: Path, *words: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    """`jpt` as a process of its own, with a HOME of its own beside the home."""
    own = home.with_name(home.name + "-user")
    own.mkdir(parents=True, exist_ok=True)
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("JPT_", "DAGSTER_", "GX_"))}
    variables |= {"JPT_HOME": str(home), "HOME": str(own), **environment}
    command = [sys.executable, "-c", "from jpt_pipeline.cli import main; main()", *(str(word) for word in words)]
    return subprocess.run(command, cwd=own, env=variables, capture_output=True, text=True, check=False)


@dataclass(frozen=True)
class Demo:
    """A finished demonstration: its home, what it said (one JSON object), what git saw in the checkout around it."""

    home: Path
    told: dict[str, Any]
    checkout_before: str | None
    checkout_after: str | None

    @property
    def release(self) -> Path:
        return Path(self.told["path"])


def make_demo(home: Path, **environment: str) -> Demo:
    """Run `jpt demo` in a new home."""
    status = ("status", "--porcelain", "--untracked-files=all")
    before = git(*status)
    run = jpt(home, "demo", "--json", **environment)
    assert run.returncode == 0, run.stdout + run.stderr
    return Demo(home, json.loads(run.stdout), before, git(*status))


def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run that all workers of pytest-xdist see."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demonstration, made once for all workers. Read only: whoever changes it takes `demo_copy`."""
    shared = shared_folder(tmp_path_factory)
    facts = shared / "demo.json"
    with filelock.FileLock(shared / "demo.lock"):
        if not facts.exists():
            made = make_demo(shared / "demo")
            facts.write_text(json.dumps([made.told, made.checkout_before, made.checkout_after]), encoding="utf-8")
    return Demo(shared / "demo", *json.loads(facts.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sample's registers and deliveries taken in and nothing run, made once. Read only: copy it."""
    shared = shared_folder(tmp_path_factory)
    home = shared / "taken-in"
    with filelock.FileLock(shared / "taken-in.lock"):
        if not home.exists():
            work = shared / "taken-in.work"
            shutil.rmtree(work, ignore_errors=True)
            take_in_sample(work)
            work.rename(home)
    return home


def take_in_sample(home: Path) -> None:
    """Registers and deliveries of the committed sample, through the engine's functions."""
    from jpt_pipeline.areas.register import register
    from jpt_pipeline.areas.spec import load_registers
    from jpt_pipeline.home import prepare
    from jpt_pipeline.intake.delivery import take_in
    from jpt_pipeline.settings import Settings

    settings = Settings(home=home)
    prepare(settings)
    files = {kind: SAMPLE / "registers" / f"{kind}.csv" for kind in load_registers()}
    assert all(register(kind, file, settings).stored for kind, file in files.items() if file.exists())
    reports = take_in(sorted((SAMPLE / "deliveries").iterdir()), settings)
    assert [report.status for report in reports] == ["taken"] * 3


def copy_home(home: Path, to: Path) -> Path:
    """A home of its own for a test that changes it."""
    shutil.copytree(home, to)
    return to
