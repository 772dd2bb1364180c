"""A home of its own for each test, and the short way to import sheets into it."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from jpt_pipeline.history.importer import register_published
from jpt_pipeline.history.report import FileReport
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part

Give = Callable[..., FileReport]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def give(settings: Settings, tmp_path: Path) -> Give:
    """give(bytes, name, year, province) imports one file."""

    def import_file(content: bytes, name: str = "a.xls", year: int | None = 2553, of: str | None = None) -> FileReport:
        path = tmp_path / name
        path.write_bytes(content)
        (report,) = register_published([path], settings, year, of)
        return report

    return import_file


@pytest.fixture
def table(settings: Settings) -> Callable[..., list[tuple[Any, ...]]]:
    """table(columns, year, name) gives sealed rows in the order of the file."""

    def rows_of(columns: str, year: int = 2553, name: str = "indicators") -> list[tuple[Any, ...]]:
        path = Lake(settings.lake).sealed(f"published__{name}", Part(year))
        query = f"SELECT {columns} FROM read_parquet(?, hive_partitioning = false)"
        return duckdb.connect().execute(query, [path]).fetchall()

    return rows_of
