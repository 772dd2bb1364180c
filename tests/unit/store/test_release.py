"""Publishing: a whole release, then the pointer; a kill before leaves the old one, the same content changes nothing."""

import os
import shutil

import duckdb
import pytest

from jpt_pipeline.store import release
from jpt_pipeline.store.files import read_json, sha256_file
from jpt_pipeline.store.release import NoRelease, ReleaseTable, current_release, publish

YEAR = 2561


def put(folder, value=1, year=YEAR, **facts):
    table = ReleaseTable("t", "CREATE TABLE t (n BIGINT)", f"SELECT {value}::BIGINT AS n")
    with duckdb.connect() as connection:
        return publish(connection, folder, year, [table], {"as_of": "2018-03-01", **facts}, {"t": "it's one table"})


def listing(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nothing_is_current_before_the_first_release(tmp_path):
    with pytest.raises(NoRelease):
        current_release(tmp_path, YEAR)


def test_a_release_is_whole_and_its_manifest_says_so(tmp_path):
    folder = put(tmp_path)
    assert current_release(tmp_path, YEAR) == folder
    manifest = read_json(folder / "manifest.json")
    assert manifest["tables"] == {"t": {"sha256": sha256_file(folder / "t.parquet"), "rows": 1}}
    assert manifest["database"] == {"jpt.duckdb": sha256_file(folder / "jpt.duckdb")}
    with duckdb.connect(str(folder / "jpt.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT n FROM t").fetchall() == [(1,)]
        assert connection.execute("SELECT comment FROM duckdb_tables()").fetchall() == [("it's one table",)]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([folder.name, f"current-{YEAR}.json"])


def test_the_same_content_again_changes_no_byte(tmp_path):
    put(tmp_path)
    before = listing(tmp_path)
    pointer = (tmp_path / f"current-{YEAR}.json").stat().st_mtime_ns
    put(tmp_path)
    assert listing(tmp_path) == before
    assert (tmp_path / f"current-{YEAR}.json").stat().st_mtime_ns == pointer


def test_other_figures_or_other_facts_are_another_release(tmp_path):
    names = [put(tmp_path).name, put(tmp_path, 2).name, put(tmp_path, 2, software="2").name]
    assert len(set(names)) == 3
    assert current_release(tmp_path, YEAR).name == names[2]
    assert all((tmp_path / name / "manifest.json").exists() for name in names)
    assert put(tmp_path).name == names[0]
    assert current_release(tmp_path, YEAR).name == names[0]


def two(folder, value, made_from=("a", "b")):
    """A release of two tables, the first with a value, the second always the same."""
    tables = [
        ReleaseTable(name, f"CREATE TABLE {name} (n BIGINT)", f"SELECT {number}::BIGINT AS n", made)
        for name, number, made in zip("tu", (value, 7), (f"{made_from[0]}{value}", made_from[1]), strict=True)
    ]
    with duckdb.connect() as connection:
        return publish(connection, folder, YEAR, tables, {"as_of": "2018-03-01"}, {})


def test_a_table_made_from_the_same_is_the_same_file_and_the_release_that_of_scratch(tmp_path):
    first, second = two(tmp_path / "one", 1), two(tmp_path / "one", 2)
    alone = two(tmp_path / "two", 2)
    assert second.name == alone.name != first.name
    assert (first / "u.parquet").stat().st_ino == (second / "u.parquet").stat().st_ino
    for name in ("t.parquet", "u.parquet"):
        assert (second / name).read_bytes() == (alone / name).read_bytes()
    manifests = [read_json(folder / "manifest.json") for folder in (second, alone)]
    assert manifests[0]["tables"] == manifests[1]["tables"]
    with duckdb.connect(str(second / "jpt.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT t.n, u.n FROM t, u").fetchall() == [(2, 7)]


def test_nothing_is_taken_over_from_a_release_that_was_changed(tmp_path):
    first = two(tmp_path, 1)
    (first / "u.parquet").write_bytes(b"other")
    second = two(tmp_path, 2)
    with duckdb.connect() as connection:
        assert connection.execute("SELECT n FROM read_parquet(?)", [str(second / "u.parquet")]).fetchall() == [(7,)]


def test_rounds_have_their_own_pointers(tmp_path):
    one, two = put(tmp_path), put(tmp_path, year=2563)
    assert (current_release(tmp_path, YEAR), current_release(tmp_path, 2563)) == (one, two)


@pytest.mark.parametrize("where", ["sha256_file", "write_database", "write_json", "_point"])
def test_a_kill_before_the_pointer_leaves_the_old_release(tmp_path, monkeypatch, where):
    old = put(tmp_path)
    before = listing(old)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(release, where, killed)
        with pytest.raises(KeyboardInterrupt):
            put(tmp_path, 2)
    assert current_release(tmp_path, YEAR) == old
    assert listing(old) == before
    assert not list(tmp_path.glob(".*"))
    new = put(tmp_path, 2)
    assert current_release(tmp_path, YEAR) == new != old


def test_the_pointer_is_written_last(tmp_path, monkeypatch):
    steps = []
    rename, point = os.rename, release._point
    monkeypatch.setattr(os, "rename", lambda *a: (steps.append("rename"), rename(*a)))
    monkeypatch.setattr(release, "_point", lambda *a: (steps.append("point"), point(*a)))
    put(tmp_path)
    assert steps == ["rename", "point"]


def test_what_a_killed_process_left_is_swept_and_half_a_release_is_made_again(tmp_path):
    folder = put(tmp_path)
    (folder / "manifest.json").unlink()
    (tmp_path / f".{YEAR}-1.tmp").mkdir()
    assert put(tmp_path) == folder
    assert (folder / "manifest.json").exists()
    assert not list(tmp_path.glob(".*"))
    shutil.rmtree(folder)
