"""A home of its own for each test, and the short way to register rows in it."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from area_files import write_csv

from jpt_pipeline.areas.register import register
from jpt_pipeline.areas.report import RegisterReport
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.vault import make_keys

Give = Callable[..., RegisterReport]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    make_keys(settings, keys_inside=True)
    return settings


@pytest.fixture
def give(settings: Settings, tmp_path: Path) -> Give:
    """give(kind, rows, **csv options) registers the rows from a CSV file."""

    def register_rows(kind: Any, content: list[dict[str, str]], **options: Any) -> RegisterReport:
        return register(kind, write_csv(tmp_path / f"{kind}.csv", content, **options), settings)

    return register_rows


@pytest.fixture
def table(settings: Settings) -> Callable[..., list[tuple[Any, ...]]]:
    """table(kind, year, columns) gives the sealed rows of a register."""

    def rows_of(kind: str, year: int = 0, columns: str = "*") -> list[tuple[Any, ...]]:
        path = Lake(settings.lake).sealed(f"register__{kind}", Part(year))
        query = f"SELECT {columns} FROM read_parquet(?, hive_partitioning = false)"
        return duckdb.connect().execute(query, [path]).fetchall()

    return rows_of
