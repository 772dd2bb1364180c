"""The log of runs: written at ease within the block, as before after it."""

from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from jpt_pipeline.runlog import eased


def synchronous(file: Path) -> int:
    with create_engine(f"sqlite:///{file}", poolclass=NullPool).connect() as connection:
        return int(connection.execute(text("PRAGMA synchronous")).scalar_one())


def test_files_are_eased_within_the_block_alone(tmp_path: Path) -> None:
    file = tmp_path / "log.db"
    with create_engine(f"sqlite:///{file}", poolclass=NullPool).connect() as connection:
        connection.execute(text("PRAGMA journal_mode=WAL"))
        connection.execute(text("CREATE TABLE lines (n INTEGER)"))
        connection.commit()
    assert synchronous(file) == 2
    with eased():
        assert synchronous(file) == 1
        with create_engine(f"sqlite:///{file}", poolclass=NullPool).connect() as connection:
            connection.execute(text("INSERT INTO lines VALUES (1)"))
            connection.commit()
        assert file.with_name("log.db-wal").stat().st_size > 0, "what was written is not moved at every close"
    assert synchronous(file) == 2
    assert not file.with_name("log.db-wal").exists() and file.stat().st_size > 0
    with create_engine(f"sqlite:///{file}").connect() as connection:
        assert connection.execute(text("SELECT n FROM lines")).scalar_one() == 1
