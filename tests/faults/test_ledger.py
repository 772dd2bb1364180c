"""A ledger that somebody changed: nobody certifies on it, no run makes certified tables from it, and both say where."""

import json
import shutil
from pathlib import Path

import pytest

from checks import GATES
from jpt_pipeline.certification.stage import make_certified
from jpt_pipeline.ledger import LedgerBroken
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Part
from tests.conftest import Terminal, file_digests
from tests.faults.conftest import World

YEAR = ("--year", 2561)


@pytest.fixture
def terminal(world: World, tmp_path: Path) -> Terminal:
    """A home with every LAO certified."""
    shutil.copytree(world.whole, tmp_path / "home")
    return Terminal(tmp_path / "home")


def entries(terminal: Terminal) -> list[Path]:
    return sorted((terminal.home / "ledger").glob("[0-9]*.json"))


def change(path: Path) -> None:
    """Another area in an entry."""
    path.chmod(0o644)
    entry = json.loads(path.read_text(encoding="utf-8"))
    entry["area_code"] = "38019999"
    path.write_text(json.dumps(entry, ensure_ascii=False, sort_keys=True, indent=1) + "\n", encoding="utf-8")


def lose_the_middle(files: list[Path]) -> None:
    files[len(files) // 2].unlink()


def lose_the_end(files: list[Path]) -> None:
    files[-1].unlink()


def change_the_first(files: list[Path]) -> None:
    change(files[0])


def change_the_last(files: list[Path]) -> None:
    change(files[-1])


def swap_two(files: list[Path]) -> None:
    first, second = files[3].read_bytes(), files[4].read_bytes()
    for path, content in ((files[3], second), (files[4], first)):
        path.chmod(0o644)
        path.write_bytes(content)


def add_one(files: list[Path]) -> None:
    shutil.copy(files[-1], files[-1].with_name(f"{len(files) + 1:08d}-certify.json"))


@pytest.mark.parametrize(
    "tamper", [lose_the_middle, lose_the_end, change_the_first, change_the_last, swap_two, add_one]
)
def test_nobody_certifies_and_no_run_reads_past_it(terminal: Terminal, tamper: object) -> None:
    assert len(entries(terminal)) > 100
    tamper(entries(terminal))  # type: ignore[operator]
    before = file_digests(terminal.home, "ledger", "lake")
    for words in (
        ("present", *YEAR, "--level", "district", "--all"),
        ("certify", *YEAR, "--level", "district", "--all"),
        ("revoke", *YEAR, "--level", "lao", "--area", "38030001", "--reason", "x"),
        ("status", *YEAR),
    ):
        said = terminal(*words)
        assert (said.exit_code, "C-LEDGER" in said.output) == (1, True), words
    settings = Settings(home=terminal.home)
    for part in (Part(2561, "38"), Part(2561)):
        with pytest.raises(LedgerBroken):
            make_certified(settings, part, GATES)
    assert file_digests(terminal.home, "ledger", "lake") == before, "nothing was mended behind people's backs"


def test_the_run_fails_and_names_the_entry(terminal: Terminal) -> None:
    change_the_last(entries(terminal))
    code, told = terminal.json("run", *YEAR, "--province", "38")
    assert code == 1
    assert any("ledger broken" in failed["reason"] or "C-LEDGER" in failed["reason"] for failed in told["failed"])
    code, told = terminal.json("publish", *YEAR)
    assert code == 1, "a release says as of when it is: it reads the ledger too"


def test_an_unfinished_append_is_no_fault(terminal: Terminal) -> None:
    """A kill between entry and head: the head may lag behind, the entry stands."""
    head = terminal.home / "ledger" / "head.json"
    files = entries(terminal)
    before = json.loads(files[-1].read_text(encoding="utf-8"))["previous_sha256"]
    head.write_text(json.dumps({"seq": len(files) - 1, "sha256": before}), encoding="utf-8")
    assert terminal("status", *YEAR, "--level", "province").exit_code == 0


def test_the_next_command_brings_a_lagging_head_up(terminal: Terminal) -> None:
    """Else entries lost from the end after a killed append would never be noticed."""
    head = terminal.home / "ledger" / "head.json"
    files, whole = entries(terminal), head.read_bytes()
    before = json.loads(files[-1].read_text(encoding="utf-8"))["previous_sha256"]
    head.write_text(json.dumps({"seq": len(files) - 1, "sha256": before}), encoding="utf-8")
    assert terminal("present", *YEAR, "--level", "lao", "--all").exit_code == 0, "nothing is left to present"
    assert head.read_bytes() == whole
