"""The disk refuses a write: a clear error, no half file, the old release stands, and with room the walk ends well."""

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from jpt_pipeline.certification import acts
from jpt_pipeline.certification.request import Request
from jpt_pipeline.certification.situation import gate_rules
from jpt_pipeline.codes import load_codes
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.intake.delivery import take_in
from jpt_pipeline.results import publish_round
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.release import current_release
from jpt_pipeline.verify import problems
from tests.conftest import Terminal, file_digests
from tests.faults import walk
from tests.faults.conftest import World, child
from tests.faults.test_kills import check_what_is_visible, figures


@pytest.mark.parametrize("largest", [4_000, pytest.param(120_000, marks=pytest.mark.soak)])
def test_a_file_that_cannot_grow_stops_the_walk_and_room_mends_it(world: World, tmp_path: Path, largest: int) -> None:
    """The system itself refuses: writes of Python, of Arrow and of DuckDB alike."""
    home, result = tmp_path / "home", tmp_path / "said"
    shutil.copytree(world.start, home)
    assert child(walk.small_disk_walk, home, world.deliveries, largest, result) == 0
    said = result.read_text(encoding="utf-8")
    assert said != "whole"
    assert any(word in said for word in ("OSError", "IOException", "File too large")), said
    check_what_is_visible(home)
    assert child(walk.walk, home, world.deliveries) == 0
    assert figures(home) == figures(world.whole)


def full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_publishing_on_a_full_disk_leaves_the_old_release(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    shutil.copytree(world.whole, home)
    settings = Settings(home=home)
    before = file_digests(home, "published")
    current = current_release(settings.published, 2561)
    round_ = load_round(2561)
    rules = gate_rules(round_, load_instrument(round_.instrument), load_codes())
    request = Request("lao", areas=("38030001",), reason="ทดสอบ")
    assert acts.revoke(settings, round_, rules, request, walk.noon).acts
    walk.run(settings)  # now there is something new to publish
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        said = Terminal(home)("publish", "--year", 2561)
    assert said.exit_code == 1
    assert "No space left" in said.output
    assert file_digests(home, "published") == before
    assert current_release(settings.published, 2561) == current
    assert problems(current) == []
    assert publish_round(settings, 2561) != current


def test_taking_in_on_a_full_disk_keeps_no_receipt(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    shutil.copytree(world.start, home)
    settings = Settings(home=home)
    delivery = sorted(world.deliveries.iterdir())[0]
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            take_in([delivery], settings)
    assert not list((settings.landing / "receipts").glob("*.json"))
    assert [report.status for report in take_in([delivery], settings)] == ["taken"]


def test_intake_says_that_the_disk_is_full(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    shutil.copytree(world.start, home)
    monkeypatch.setattr(os, "fsync", full)
    said = Terminal(home)("intake", sorted(world.deliveries.iterdir())[0])
    assert said.exit_code == 1
