"""What readers see: the warehouse, and published releases. Always whole, always derived, never the place of work.

A release is a folder `published/<release>/` of Parquet files, one database and a manifest with their digests; it is
written under a temporary name, renamed, and only then named as the current one of its round.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from jpt_pipeline.store.files import read_json, replacing, sha256_file, sha256_text, sync_dir, write_json
from jpt_pipeline.store.session import quoted, readable


@dataclass(frozen=True)
class ReleaseTable:
    """A table of a release: its CREATE TABLE statement, and the query that fills it, in order."""

    name: str
    ddl: str
    query: str


class NoRelease(Exception):
    """Nothing was published for this round yet."""


def write_database(
    connection: duckdb.DuckDBPyConnection, path: Path, tables: list[ReleaseTable], comments: Mapping[str, str]
) -> None:
    """Build a database file under a temporary name and rename it into place; readers of the old file keep theirs.

    One thread writes it: two lay the same rows into other blocks from one time to the next. What is certified is bound to
    the Parquet files; the digest of the database says which file was published, not which rows.
    """
    with replacing(path) as temporary:
        connection.execute(f"ATTACH '{quoted(temporary)}' AS target")
        threads = connection.execute("SELECT current_setting('threads')").fetchall()[0][0]
        connection.execute("SET threads = 1")
        try:
            for table in tables:
                connection.execute(table.ddl.replace(f"CREATE TABLE {table.name}", f"CREATE TABLE target.{table.name}"))
                connection.execute(f"INSERT INTO target.{table.name} {table.query}")
                if comment := quoted(comments.get(table.name, "")):
                    connection.execute(f"COMMENT ON TABLE target.{table.name} IS '{comment}'")
            connection.execute("CHECKPOINT target")
        finally:
            connection.execute("DETACH target")
            connection.execute(f"SET threads = {int(threads)}")


def publish(
    connection: duckdb.DuckDBPyConnection,
    published: Path,
    survey_year: int,
    tables: list[ReleaseTable],
    facts: dict[str, Any],
    comments: Mapping[str, str],
    progress: Callable[[str], None] = lambda name: None,
    documents: Mapping[str, str] | None = None,
    late: Callable[[Path, Mapping[str, str]], ReleaseTable] | None = None,
) -> Path:
    """Write a release and make it the current one of its round; the same content again changes nothing.

    `documents` are files beside the tables: name -> text. `late` gives a last table that follows from the others: from
    the folder of their files, and their digests by name.

    Returns the release's folder. A kill at any moment leaves the release that was current before.
    """
    published.mkdir(parents=True, exist_ok=True)
    for left in published.glob(f".{survey_year}-*.tmp"):
        shutil.rmtree(left)
    work = published / f".{survey_year}-{os.getpid()}.tmp"
    work.mkdir()
    try:
        manifest = facts | {"survey_year": survey_year, "tables": {}}

        def write(table: ReleaseTable) -> None:
            progress(table.name)
            path = work / f"{table.name}.parquet"
            connection.execute(f"COPY ({table.query}) TO '{quoted(path)}' (FORMAT parquet, COMPRESSION zstd)")
            rows = connection.execute("SELECT count(*) FROM read_parquet(?)", [readable(path)]).fetchall()[0][0]
            manifest["tables"][table.name] = {"sha256": sha256_file(path), "rows": rows}

        for table in tables:
            write(table)
        if late:
            last = late(work, {name: entry["sha256"] for name, entry in manifest["tables"].items()})
            write(last)
            # From its file, whichever way its rows came: the database has the same bytes.
            written = f"SELECT * FROM read_parquet('{quoted(readable(work / f'{last.name}.parquet'))}')"
            tables = [*tables, replace(last, query=written)]
        manifest["documents"] = {name: sha256_text(text) for name, text in (documents or {}).items()}
        for name, text in (documents or {}).items():
            (work / name).write_text(text, encoding="utf-8")
        digests = {name: entry["sha256"] for name, entry in manifest["tables"].items()} | manifest["documents"]
        content = "|".join(f"{name}:{digest}" for name, digest in sorted(digests.items()))
        release = f"{survey_year}-{sha256_text(content + '|' + str(sorted(facts.items())))[:12]}"
        target = published / release
        if not (target / "manifest.json").exists():
            progress("jpt.duckdb")
            write_database(connection, work / "jpt.duckdb", tables, comments)
            manifest |= {"release": release, "database": {"jpt.duckdb": sha256_file(work / "jpt.duckdb")}}
            write_json(work / "manifest.json", manifest)
            shutil.rmtree(target, ignore_errors=True)
            os.rename(work, target)
            sync_dir(published)
        _point(published, survey_year, release)
        return target
    finally:
        shutil.rmtree(work, ignore_errors=True)


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
