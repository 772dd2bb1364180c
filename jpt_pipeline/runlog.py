"""Dagster's log of runs on SQLite, without what its thousands of small writes cost: opening the file, compiling, waiting.

Put here: how SQLite files of the log are opened and kept open. Keep out: what is logged (that is Dagster's).
`RunLog` is the event log that dagster.yaml names: one file for all runs, held open by each process, through the two
connections that Dagster asks of every storage on SQL. `eased` is for the files that Dagster opens by itself.
In WAL mode synchronous=NORMAL cannot break a file; a power cut may lose the last lines of the log, never a result: those
lie in the lake under their seals.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import dagster as dg
from dagster._core.event_api import EventRecordsResult
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher
from dagster._core.storage.event_log.sqlite.consolidated_sqlite_event_log import SQLITE_EVENT_LOG_FILENAME
from dagster._serdes import ConfigurableClassData
from filelock import FileLock
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine

BUSY_SECONDS = 60
"""How long a writer waits for another process's."""


class RunLog(ConsolidatedSqliteEventLogStorage):
    """The events of all runs in one SQLite file, over connections that stay open."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None):
        Path(base_dir).mkdir(parents=True, exist_ok=True)
        self._tables: set[str] = set()
        self._watcher: SqlPollingEventWatcher | None = None
        self._engine: Engine | None = None
        self._written: dict[tuple[dg.AssetKey, str | None], EventRecordsResult | None] = {}
        # Page and daemon start at once: one of them makes the tables.
        with FileLock(Path(base_dir) / ".event_log.lock"):
            super().__init__(base_dir, inst_data)
        arguments = {"timeout": BUSY_SECONDS, "check_same_thread": False}
        self._engine = create_engine(
            f"sqlite:///{Path(base_dir).resolve() / SQLITE_EVENT_LOG_FILENAME}.db",
            connect_args=arguments,
            max_overflow=-1,
        )
        event.listen(self._engine, "connect", _at_ease)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> Self:
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _kept(self) -> Iterator[Connection]:
        if self._engine is None:  # the tables are being made
            with self._connect() as connection:
                yield connection
        else:
            with self._engine.begin() as connection:
                yield connection

    def run_connection(self, run_id: str | None = None) -> Any:
        return self._kept()

    def index_connection(self) -> Any:
        return self._kept()

    def has_table(self, table_name: str) -> bool:
        """Asked several times an event; a table that is there stays there."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def store_event(self, event: EventLogEntry) -> None:
        super().store_event(event)
        said = event.dagster_event
        if event.run_id and said and said.is_step_materialization and said.asset_key:
            if any(key == said.asset_key for key, _ in self._written):
                self._written.clear()  # the next run
            self._written[said.asset_key, said.partition] = None

    def fetch_materializations(
        self,
        records_filter: dg.AssetKey | dg.AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """Each gate asks twice for the materialization that it looked at: of what this run wrote, it is read once."""
        found = super().fetch_materializations
        if not isinstance(records_filter, dg.AssetRecordsFilter) or limit != 1 or cursor or ascending:
            return found(records_filter, limit, cursor, ascending)
        partition = (*(records_filter.asset_partitions or ()), None)[0]
        key = (records_filter.asset_key, partition)
        plain = dg.AssetRecordsFilter(asset_key=key[0], asset_partitions=[partition] if partition else None)
        if key not in self._written or records_filter != plain:
            return found(records_filter, limit)
        self._written[key] = self._written[key] or found(records_filter, limit)
        return self._written[key] or found(records_filter, limit)

    def watch(self, run_id: str, cursor: str | None, callback: Any) -> None:
        """Looks again and again: a file held open in WAL mode does not change its time at every write."""
        self._watcher = self._watcher or SqlPollingEventWatcher(self)
        self._watcher.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: Any) -> None:
        if self._watcher:
            self._watcher.unwatch_run(run_id, handler)

    def dispose(self) -> None:
        if self._watcher:
            self._watcher.close()
        if self._engine:
            self._engine.dispose()
        super().dispose()  # type: ignore[no-untyped-call]


def _at_ease(connection: sqlite3.Connection, record: object) -> None:
    connection.execute("PRAGMA synchronous=NORMAL")


@contextmanager
def eased() -> Iterator[None]:
    """Within this, SQLite files that SQLAlchemy opens are written at ease. One idle connection a file stays open, so that
    closing the others rewrites nothing."""
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
