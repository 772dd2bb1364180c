"""DuckDB sessions: in memory, bounded, closed to the network.

Put here: how a process computes. Keep out: what it computes.
A shared database file is never opened for writing: an open writer shuts out readers, an open reader the writer.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from jpt_pipeline.settings import Settings


def readable(path: Path) -> str:
    """A path as DuckDB's readers take it: they expand patterns, so the marks of a pattern stand in brackets."""
    return re.sub(r"([\[*?])", r"[\1]", str(path))


def quoted(path: Path | str) -> str:
    """A path inside an SQL string literal, where no value can be bound (COPY, ATTACH, views)."""
    return str(path).replace("'", "''")


@contextmanager
def session(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB of this process, with the settings' threads and memory; spills into the home's scratch."""
    settings.scratch.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": settings.threads,
            "memory_limit": f"{settings.memory_mb}MiB",
            "temp_directory": str(settings.scratch),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
        },
    )
    try:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()
