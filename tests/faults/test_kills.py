"""The n-th file is never written because the process dies: nothing half is read, and a second walk makes it whole."""

import json
import shutil
import signal
from pathlib import Path

import duckdb
import pytest

from jpt_pipeline.ledger import read_entries
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, NotSealed, Part
from jpt_pipeline.store.release import NoRelease, current_release
from jpt_pipeline.verify import problems
from tests.conftest import file_digests
from tests.faults import walk
from tests.faults.conftest import World, child

KILLS = 2
"""Places of a kill in the ordinary suite, spread over the whole walk; `soak` takes every one."""


def part_of(seal: dict[str, object]) -> Part:
    year, _, province = str(seal["part"]).partition("/")
    return Part(None if year == "all" else int(year), province or None)


def check_what_is_visible(home: Path) -> None:
    """Whatever a reader can reach is whole: sealed tables, releases, the ledger."""
    settings = Settings(home=home)
    lake = Lake(settings.lake)
    for path in settings.lake.rglob("seal.json"):
        seal = json.loads(path.read_text(encoding="utf-8"))
        try:
            lake.sealed(str(seal["table"]), part_of(seal))
        except NotSealed:
            continue  # closed: nobody reads it
    for path in settings.lake.rglob("part.parquet"):
        assert path.read_bytes()[-4:] == b"PAR1", f"{path} is half a file under its own name"
    for release in settings.published.glob("[!.]*/"):
        assert problems(release) == []
    if (settings.published / "current-2561.json").exists():
        assert problems(current_release(settings.published, 2561)) == []
    else:
        with pytest.raises(NoRelease):
            current_release(settings.published, 2561)
    assert [event.seq for event in read_entries(settings.ledger)] == list(
        range(1, len(read_entries(settings.ledger)) + 1)
    )


def killed_and_walked_again(world: World, home: Path, n: int) -> None:
    shutil.copytree(world.start, home)
    assert child(walk.killed_walk, home, world.deliveries, n) == -signal.SIGKILL
    check_what_is_visible(home)
    assert child(walk.walk, home, world.deliveries) == 0
    assert figures(home) == figures(world.whole)
    assert not list((home / "lake").rglob("rejected.parquet"))
    release, expected = (current_release(Settings(home=place).published, 2561) for place in (home, world.whole))
    assert published(release) == published(expected)


def published(release: Path) -> dict[str, object]:
    """Digests of a release's files, its manifest, and the rows of its database, whose blocks may lie in another order."""
    found: dict[str, object] = {
        name: digest
        for name, digest in file_digests(release, ".").items()
        if not name.endswith(("jpt.duckdb", ".json"))
    }
    documents = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in release.glob("*.json")}
    documents["manifest.json"].pop("database")
    with duckdb.connect(str(release / "jpt.duckdb"), read_only=True) as connection:
        tables = [row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
        rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
    return found | documents | rows


def figures(home: Path) -> dict[str, str]:
    """Digests of every table, entry of the ledger and landed file; seals by their presence."""
    found = file_digests(home, "lake", "ledger", "landing")
    return {
        name: "sealed" if name.endswith("seal.json") else d for name, d in found.items() if not name.endswith(".tmp")
    }


def spread(files_n: int) -> list[int]:
    """The middle of each of KILLS equal stretches of the walk."""
    return [1 + (2 * place + 1) * files_n // (2 * KILLS) for place in range(KILLS)]


def test_the_walk_writes_enough_to_be_killed_at(world: World) -> None:
    assert world.files_n > 60
    check_what_is_visible(world.whole)
    assert problems(current_release(Settings(home=world.whole).published, 2561)) == []


@pytest.mark.parametrize("place", range(KILLS))
def test_a_kill_leaves_nothing_half_and_the_next_walk_mends_it(world: World, tmp_path: Path, place: int) -> None:
    killed_and_walked_again(world, tmp_path / "home", spread(world.files_n)[place])


def test_a_walk_again_changes_nothing(world: World, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(world.whole, home)
    before = file_digests(home, "lake", "ledger", "landing", "published")
    assert child(walk.walk, home, world.deliveries) == 0
    assert file_digests(home, "lake", "ledger", "landing", "published") == before


def test_what_a_killed_run_left_is_swept(world: World, tmp_path: Path) -> None:
    """Half-written files of killed runs would fill a disk over the years."""
    home = tmp_path / "home"
    shutil.copytree(world.start, home)
    assert child(walk.killed_walk, home, world.deliveries, world.files_n // 5) == -signal.SIGKILL
    assert child(walk.walk, home, world.deliveries) == 0
    assert [str(path.relative_to(home)) for path in home.rglob("*.tmp")] == []


@pytest.mark.soak
def test_a_kill_at_every_file(world: World, tmp_path: Path) -> None:
    for n in range(1, world.files_n + 1):
        killed_and_walked_again(world, tmp_path / str(n), n)
        shutil.rmtree(tmp_path / str(n))
