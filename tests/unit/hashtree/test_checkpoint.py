"""Checkpoints of the ledger: an honest ledger extends them, a rewritten one is noticed even when its chain is whole."""

import base64
import shutil
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from jpt_pipeline.hashtree.checkpoint import (
    Checkpoint,
    NotACheckpoint,
    checkpoint,
    extension,
    parse_checkpoint,
    write_beside,
    write_checkpoint,
)
from jpt_pipeline.ledger import KeyEntry, LedgerBroken, read_entries, writing
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import read_json
from jpt_pipeline.vault import make_keys
from tests.conftest import Terminal


def write(settings: Settings, *holders: str) -> None:
    """One entry for each."""
    at = datetime(2018, 3, 20, tzinfo=UTC)
    entries = [KeyEntry(at=at, action="key-new", keyid=holder, holder=holder, role="member") for holder in holders]
    with writing(settings.ledger) as ledger:
        ledger.append(entries)


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    make_keys(settings, keys_inside=True)
    write(settings, "a", "b", "c")
    return settings


def rewrite(settings: Settings, *holders: str) -> None:
    """A whole new ledger in the place of the old one, its own chain unbroken."""
    shutil.rmtree(settings.ledger)
    write(settings, *holders)
    assert len(read_entries(settings.ledger)) == len(holders)


def test_the_text_is_origin_size_and_root(home: Settings) -> None:
    """By hand: three entry files are three leaves."""
    files = [path.read_bytes() for path in sorted(home.ledger.glob("0*.json"))]
    a, b, c = (sha256(b"\x00" + content).digest() for content in files)
    top = sha256(b"\x01" + sha256(b"\x01" + a + b).digest() + c).digest()
    origin = f"jpt-ledger/{read_json(home.root / 'home.json')['home_id']}"
    assert checkpoint(home).text == f"{origin}\n3\n{base64.b64encode(top).decode()}\n"


@pytest.mark.parametrize("more", [(), ("d",), ("d", "e", "f", "g", "h")])
def test_a_ledger_that_grew_is_an_extension(home: Settings, tmp_path: Path, more: tuple[str, ...]) -> None:
    seen = write_checkpoint(home, tmp_path / "kept.txt")
    assert parse_checkpoint((tmp_path / "kept.txt").read_text()) == seen
    write(home, *more)
    found = extension(home, seen)
    assert (found.is_extension, found.now.size) == (True, 3 + len(more))
    assert bool(found.proof) == bool(more)


@pytest.mark.parametrize("holders", [("a", "x", "c"), ("x", "b", "c", "d"), ("b", "a", "c", "d", "e"), ("a", "b"), ()])
def test_a_whole_new_chain_is_noticed(home: Settings, holders: tuple[str, ...]) -> None:
    seen = checkpoint(home)
    rewrite(home, *holders)
    assert not extension(home, seen).is_extension


def test_the_beginning_of_every_ledger_is_empty(home: Settings, tmp_path: Path) -> None:
    other = Settings(home=tmp_path / "other")
    make_keys(other, keys_inside=True)
    empty = checkpoint(other)
    assert (empty.size, empty.root) == (0, sha256(b"").digest())
    write(other, "a")
    assert extension(other, empty).is_extension
    assert not extension(home, empty).is_extension, "of another home"
    assert not extension(other, Checkpoint(empty.origin, 0, b"\x00" * 32)).is_extension


def test_a_broken_chain_gives_no_checkpoint(home: Settings) -> None:
    path = sorted(home.ledger.glob("0*.json"))[1]
    path.chmod(0o600)
    path.write_text(path.read_text().replace('"b"', '"x"'))
    with pytest.raises(LedgerBroken):
        checkpoint(home)


def test_signatures_may_follow(home: Settings) -> None:
    made = checkpoint(home)
    assert parse_checkpoint(made.text + "\n— witness c2lnbmF0dXJl\n") == made


@pytest.mark.parametrize(
    "text", ["", "o\n3\n", "o\n3\nAAAA\n", "o\n03\n" + "A" * 43 + "=\n", "o\n-1\n" + "A" * 43 + "=\n",
             "\n3\n" + "A" * 43 + "=\n", "o\n3\n!!!\n", "o\nx\n" + "A" * 43 + "=\n"],
)  # fmt: skip
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(NotACheckpoint):
        parse_checkpoint(text)


def test_a_checkpoint_beside_a_release_is_never_replaced(home: Settings) -> None:
    release = home.published / "2561-0123456789ab"
    first = write_beside(home, release)
    assert first.name == "2561-0123456789ab-3.checkpoint"
    before = first.read_text()
    rewrite(home, "x", "y", "z")
    assert write_beside(home, release) == first
    assert first.read_text() == before
    write(home, "d")
    assert write_beside(home, release).name.endswith("-4.checkpoint")


def test_the_commands_say_it_in_thai(home: Settings, tmp_path: Path) -> None:
    jpt = Terminal(home.root)
    kept = tmp_path / "kept.checkpoint"
    told = jpt.done("ledger", "checkpoint", "--out", kept)
    assert (told["entries_n"], told["root_sha256"]) == (3, checkpoint(home).root.hex())
    write(home, "d", "e")
    assert "D-EXTENSION" in jpt("ledger", "verify", "--checkpoint", kept).stdout
    found = jpt.done("ledger", "verify", "--checkpoint", kept)
    assert (found["seen_n"], found["now_n"], len(found["consistency"])) == (3, 5, 4)
    rewrite(home, "x", "b", "c", "d", "e")
    refused = jpt("ledger", "verify", "--checkpoint", kept)
    assert (refused.exit_code, "C-REWRITTEN" in refused.stderr) == (1, True)
    kept.write_text(kept.read_text().replace("jpt-ledger/", "jpt-ledger/other-"))
    assert "C-CHECKPOINT-OTHER" in jpt("ledger", "verify", "--checkpoint", kept).stderr
    for content in (b"not a checkpoint", b"\xff\xfe"):
        kept.write_bytes(content)
        assert "C-CHECKPOINT " in jpt("ledger", "verify", "--checkpoint", kept).stderr
