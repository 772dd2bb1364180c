"""How fast a delivery is taken in, beside what: DuckDB reading the same files into Parquet with no checks at all.

Each measurement runs in a process of its own, so that its peak memory is its own. The ratio says more than seconds on a
busy machine.
"""

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from jpt_pipeline.home import prepare
from jpt_pipeline.intake.delivery import take_in
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.session import quoted, readable
from jpt_pipeline.synthetic.generate import Format

FORMATS: dict[Format, str] = {"payload": "*.ndjson", "csv": "*/*.csv"}


@dataclass(frozen=True)
class Taken:
    """Files of one format: households, bytes, seconds and peak memory (MiB) of ours, seconds of the floor."""

    format: Format
    households_n: int
    bytes_n: int
    seconds: float
    peak_mib: int
    floor_seconds: float

    @property
    def ratio(self) -> float:
        return self.seconds / self.floor_seconds


def measure_intake(folder: Path, households_n: int, draw: Callable[[Path, Format, int], None]) -> list[Taken]:
    """Take in as many households in each format. `draw(out, format, households)` makes the deliveries.

    Raises:
        RuntimeError: a delivery was refused.
    """
    found = []
    folder.mkdir(parents=True, exist_ok=True)
    for name, pattern in FORMATS.items():
        data = folder / name
        draw(data, name, households_n)
        files = sorted((data / "deliveries").glob(pattern))
        floor, _ = _alone(_floor, files, folder / f"{name}-floor")
        seconds, peak = _alone(_take, sorted((data / "deliveries").iterdir()), folder / f"{name}-home")
        found.append(Taken(name, households_n, sum(f.stat().st_size for f in files), seconds, peak, floor))
    return found


def _alone(work: Callable[[list[Path], Path], float], files: list[Path], folder: Path) -> tuple[float, int]:
    """Seconds and peak memory (MiB) of a piece of work, in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (work, files, folder))


def _measured(work: Callable[[list[Path], Path], float], files: list[Path], folder: Path) -> tuple[float, int]:
    return work(files, folder), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _take(files: list[Path], folder: Path) -> float:
    settings = Settings(home=folder)
    prepare(settings, keys_inside=True)
    start = time.perf_counter()
    reports = take_in(files, settings)
    seconds = time.perf_counter() - start
    if refused := [report.code for report in reports if report.status != "taken"]:
        raise RuntimeError(f"{refused[0]}")
    return seconds


def _floor(files: list[Path], folder: Path) -> float:
    """Every file as it is into Parquet, by DuckDB's own readers: all text for CSV, its own guess for JSON."""
    folder.mkdir()
    with duckdb.connect(config={"threads": Settings().threads}) as connection:
        start = time.perf_counter()
        for number, file in enumerate(files):
            path = f"'{quoted(readable(file))}'"
            source = f"read_csv({path}, all_varchar = true)" if file.suffix == ".csv" else f"read_json({path})"
            target = quoted(folder / f"{number}.parquet")
            connection.execute(f"COPY (SELECT * FROM {source}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        return time.perf_counter() - start
