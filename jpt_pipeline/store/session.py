"""DuckDB sessions: in memory, bounded, closed to the network.

Put here: how a process computes. Keep out: what it computes.
A shared database file is never opened for writing: an open writer shuts out readers, an open reader the writer.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import private_folder

# Spilled under a key that nobody keeps. DuckDB calls its own library unsafe because its random numbers are not meant for
# keys: good against whoever finds a left-over file, not more. It is slow: a query that spills much takes several times.
_SPILL: dict[str, bool | str] = {"temp_file_encryption": True, "force_mbedtls_unsafe": "true"}
# Errors that speak of the query or of the machine; the words of all others may quote a value of a record.
_ABOUT_QUERY_OR_MACHINE = (
    *(duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException),
    *(duckdb.IOException, duckdb.OutOfMemoryException),
)


def readable(path: Path) -> str:
    """A path as DuckDB's readers take it: they expand patterns, so the marks of a pattern stand in brackets."""
    return re.sub(r"([\[*?])", r"[\1]", str(path))


def quoted(path: Path | str) -> str:
    """A path inside an SQL string literal, where no value can be bound (COPY, ATTACH, views)."""
    return str(path).replace("'", "''")


def make_table(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    """A small table of a session, from rows at hand: DuckDB knows its size when it orders joins."""
    connection.register("given_rows", rows)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM given_rows")
    connection.unregister("given_rows")


@contextmanager
def session(settings: Settings, *, holds_names: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB of this process, with the settings' threads and memory; spills into the home's scratch.

    Args:
        holds_names: raw records or opened names pass through, so what does not fit into memory is spilled encrypted.

    Raises:
        duckdb.Error: of the kind that DuckDB raised, without its words where they may quote a value of a record.
    """
    private_folder(settings.scratch)
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": settings.threads,
            "memory_limit": f"{settings.memory_mb}MiB",
            "temp_directory": str(settings.scratch),
            **(_SPILL if holds_names else {}),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
        },
    )
    try:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection
    except duckdb.Error as error:
        if isinstance(error, _ABOUT_QUERY_OR_MACHINE):
            raise
        withheld = type(error)(f"{type(error).__name__} (its words are withheld: they may quote a record)")
        raise withheld.with_traceback(error.__traceback__) from None
    finally:
        connection.close()
