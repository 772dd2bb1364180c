"""Dagster's log of runs on SQLite, written without waiting for the disk at each of its thousands of small writes.

Put here: how this process opens SQLite files while it executes runs. Keep out: what is logged (that is Dagster's).
In WAL mode synchronous=NORMAL cannot break a file; a power cut may lose the last lines of the log, never a result: those
lie in the lake under their seals. One idle connection a file stays open, so that closing the others rewrites nothing.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine


@contextmanager
def eased() -> Iterator[None]:
    """Within this, SQLite files that SQLAlchemy opens are written at ease."""
    kept: dict[str, sqlite3.Connection] = {}

    def ease(connection: Any, record: Any) -> None:
        if not isinstance(connection, sqlite3.Connection):
            return
        connection.execute("PRAGMA synchronous=NORMAL")
        file = str(connection.execute("PRAGMA database_list").fetchone()[2])
        is_wal = connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        if file and is_wal and file not in kept:
            kept[file] = sqlite3.connect(file, check_same_thread=False)
            kept[file].execute("PRAGMA schema_version")

    event.listen(Engine, "connect", ease)
    try:
        yield
    finally:
        event.remove(Engine, "connect", ease)
        for connection in kept.values():
            connection.close()
