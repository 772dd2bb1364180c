"""What readers see: the warehouse, and published releases. Always whole, always derived, never the place of work.

A release is a folder `published/<release>/` of Parquet files, one database and a manifest with their digests; it is
written under a temporary name, renamed, and only then named as the current one of its round.
"""

import os
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from jpt_pipeline.store.files import (
    read_json,
    replacing,
    second_name,
    sha256_file,
    sha256_text,
    sync_dir,
    write_json,
)
from jpt_pipeline.store.parquet import write_parquet
from jpt_pipeline.store.session import quoted, readable


@dataclass(frozen=True)
class ReleaseTable:
    """A table of a release: its CREATE TABLE statement, and the query that fills it, in order.

    `made_from` says what its rows follow from: the same text is the same rows, in the same order. Without it they are
    always made again.
    """

    name: str
    ddl: str
    query: str
    made_from: Any = None


class NoRelease(Exception):
    """Nothing was published for this round yet."""


def write_database(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    tables: Sequence[ReleaseTable],
    comments: Mapping[str, str],
    base: Path | None = None,
    kept: Collection[str] = (),
) -> None:
    """Build a database file under a temporary name and rename it into place; readers of the old file keep theirs.

    Args:
        base: a database whose tables of the names `kept` have the rows that are wanted: they are taken from there.

    The rows follow from the queries; into which blocks DuckDB lays them does not. What is certified is bound to the Parquet
    files; the digest of the database says which file was published, not which rows.
    """
    with replacing(path) as temporary:
        if base:
            shutil.copyfile(base, temporary)
        connection.execute(f"ATTACH '{quoted(temporary)}' AS target")
        try:
            found = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'target' ORDER BY table_name"
            there = {row[0] for row in connection.execute(found).fetchall()}
            for name in sorted(there - set(kept)):
                connection.execute(f"DROP TABLE target.{name}")
            for table in tables:
                if table.name in there & set(kept):
                    continue
                connection.execute(table.ddl.replace(f"CREATE TABLE {table.name}", f"CREATE TABLE target.{table.name}"))
                connection.execute(f"INSERT INTO target.{table.name} {table.query}")
                if comment := quoted(comments.get(table.name, "")):
                    connection.execute(f"COMMENT ON TABLE target.{table.name} IS '{comment}'")
            connection.execute("CHECKPOINT target")
        finally:
            connection.execute("DETACH target")


def publish(
    connection: duckdb.DuckDBPyConnection,
    published: Path,
    survey_year: int,
    tables: Sequence[ReleaseTable],
    facts: dict[str, Any],
    comments: Mapping[str, str],
    progress: Callable[[str], None] = lambda name: None,
    documents: Mapping[str, str] | None = None,
    late: Callable[[Path, Mapping[str, str]], ReleaseTable] | None = None,
) -> Path:
    """Write a release and make it the current one of its round; the same content again changes nothing.

    `documents` are files beside the tables: name -> text. `late` gives a last table that follows from the others: from
    the folder of their files, and their digests by name; it is in no database.

    A table that was made from the same as that of the current release is the same file, under a second name.

    Returns the release's folder. A kill at any moment leaves the release that was current before.
    """
    published.mkdir(parents=True, exist_ok=True)
    for left in published.glob(f".{survey_year}-*.tmp"):
        shutil.rmtree(left)
    work = published / f".{survey_year}-{os.getpid()}.tmp"
    work.mkdir()
    try:
        manifest = facts | {"survey_year": survey_year, "tables": {}}
        last, kept = _unchanged(published, survey_year, tables)
        for table in tables:
            progress(table.name)
            if table.name in kept:
                second_name(last / f"{table.name}.parquet", work / f"{table.name}.parquet")
                manifest["tables"][table.name] = kept[table.name]
            else:
                manifest["tables"][table.name] = _write(connection, work, table)
        if late:
            table = late(work, {name: entry["sha256"] for name, entry in manifest["tables"].items()})
            progress(table.name)
            manifest["tables"][table.name] = _write(connection, work, table)
        manifest["documents"] = {name: sha256_text(text) for name, text in (documents or {}).items()}
        for name, text in (documents or {}).items():
            (work / name).write_text(text, encoding="utf-8")
        digests = {name: entry["sha256"] for name, entry in manifest["tables"].items()} | manifest["documents"]
        content = "|".join(f"{name}:{digest}" for name, digest in sorted(digests.items()))
        release = f"{survey_year}-{sha256_text(content + '|' + str(sorted(facts.items())))[:12]}"
        target = published / release
        if not (target / "manifest.json").exists():
            progress("jpt.duckdb")
            written = [replace(table, query=f"SELECT * FROM {_source(work, table.name)}") for table in tables]
            base = last / "jpt.duckdb" if kept else None
            write_database(connection, work / "jpt.duckdb", written, comments, base, kept)
            manifest |= {"release": release, "database": {"jpt.duckdb": sha256_file(work / "jpt.duckdb")}}
            write_json(work / "manifest.json", manifest)
            shutil.rmtree(target, ignore_errors=True)
            os.rename(work, target)
            sync_dir(published)
        _point(published, survey_year, release)
        return target
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _source(folder: Path, table: str) -> str:
    return f"read_parquet('{quoted(readable(folder / f'{table}.parquet'))}')"


def _write(connection: duckdb.DuckDBPyConnection, folder: Path, table: ReleaseTable) -> dict[str, Any]:
    """Write a table's file; what the manifest says of it."""
    path = folder / f"{table.name}.parquet"
    rows = write_parquet(connection, table.query, path)
    return {"sha256": sha256_file(path), "rows": rows} | ({"made_from": table.made_from} if table.made_from else {})


def _unchanged(published: Path, survey_year: int, tables: Sequence[ReleaseTable]) -> tuple[Path, dict[str, Any]]:
    """The current release, and entries of its manifest for the tables that would be the same; none if its database or
    one of those files is not the one that was published."""
    if not _pointer(published, survey_year).exists():
        return published, {}
    last = current_release(published, survey_year)
    if not (last / "manifest.json").exists():
        return last, {}
    manifest = read_json(last / "manifest.json")
    wanted = {table.name: table.made_from for table in tables if table.made_from}
    found = {n: e for n, e in manifest["tables"].items() if n in wanted and e.get("made_from") == wanted[n]}
    stated = {f"{name}.parquet": entry["sha256"] for name, entry in found.items()} | manifest["database"]
    is_whole = all((last / name).is_file() and sha256_file(last / name) == digest for name, digest in stated.items())
    return last, found if is_whole else {}


def _pointer(published: Path, survey_year: int) -> Path:
    return published / f"current-{survey_year}.json"


def _point(published: Path, survey_year: int, release: str) -> None:
    pointer = _pointer(published, survey_year)
    if not pointer.exists() or read_json(pointer)["release"] != release:
        write_json(pointer, {"release": release})


def current_release(published: Path, survey_year: int) -> Path:
    """Folder of the round's current release. Raises NoRelease."""
    pointer = _pointer(published, survey_year)
    if not pointer.exists():
        raise NoRelease(f"no release of {survey_year} yet: jpt publish --year {survey_year}")
    return published / str(read_json(pointer)["release"])
