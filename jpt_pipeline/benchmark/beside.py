"""Other ways to the same rollups, each in a process of its own: the floor, polars and pandas; and that all agree.

Put here: who computes what of which provinces, and the comparison. Keep out: how they compute it (floor.sql, peers/).
"""

import multiprocessing
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from jpt_pipeline.areas.tree import REGISTER, UNDATED
from jpt_pipeline.benchmark.floor import TABLES, compare, floor_script, sources
from jpt_pipeline.benchmark.meter import Cost, Meter
from jpt_pipeline.benchmark.peers import categories_rollups, pandas_rollups, polars_rollups
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import read_json, write_json
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import quoted

BESIDE = "beside"
FEW_HOUSEHOLDS = 170_000
"""As many households pandas is given: about an average province. The smaller the scale, the more provinces that is."""
Files = dict[str, list[str]]
Way = Callable[[Settings, Files, Path], None]


@dataclass
class Beside:
    """Cost of the same rollups of the whole nation, and of some provinces; `ours` of these, and rows that agreed."""

    nation: dict[str, Cost] = field(default_factory=dict)
    few: dict[str, Cost] = field(default_factory=dict)
    few_provinces: list[str] = field(default_factory=list)
    few_households_n: int = 0
    ours_few: Cost = field(default_factory=Cost)
    rows_n: int = 0


def floor(settings: Settings, files: Files, out: Path) -> None:
    """The hand-written script, with as many threads and as much memory as the pipeline has."""
    config: dict[str, str | bool | int | float | list[str]]
    config = {"threads": settings.threads, "memory_limit": f"{settings.memory_mb}MiB", "temp_directory": str(out)}
    with duckdb.connect(config=config) as connection:
        connection.execute(floor_script(settings, files, out))


def polars(settings: Settings, files: Files, out: Path) -> None:
    """As many threads as polars takes by itself: those of the machine."""
    polars_rollups(files, out)


def pandas(settings: Settings, files: Files, out: Path) -> None:
    """Texts of pyarrow, one thread."""
    pandas_rollups(files, out)


def pandas_categories(settings: Settings, files: Files, out: Path) -> None:
    """Texts as categories, one thread."""
    categories_rollups(files, out)


NATION: dict[str, Way] = {"floor": floor, "polars": polars}
FEW: dict[str, Way] = {**NATION, "pandas": pandas, "pandas, categories": pandas_categories}


def beside(settings: Settings, meter: Meter, folder: Path, parts: Sequence[Part], sizes: dict[str, int]) -> Beside:
    """Measure all ways (those that were not yet) and hold what they wrote against the lake.

    Raises:
        Disagreement: a figure differs. NotSealed: a table has no seal.
    """
    lake, found = Lake(settings.lake), Beside()
    few = _few(parts, sizes)
    nation = Part(parts[0].survey_year)
    found.few_provinces = [str(part.province_code) for part in few]
    found.few_households_n = sum(sizes[code] for code in found.few_provinces)
    for name, way in NATION.items():
        stage, out = f"{BESIDE} nation {name}", folder / f"nation-{name}"
        found.nation[name] = _measured(meter, stage, way, settings, sources(lake, parts), out)
        found.rows_n += _compared(lake, [*parts, nation], out)
    some = sources(lake, few) | {"villages": [_villages_of(lake, few, folder / "few-villages.parquet")]}
    for name, way in FEW.items():
        stage, out = f"{BESIDE} few {name}", folder / f"few-{name.replace(', ', '-')}"
        found.few[name] = _measured(meter, stage, way, settings, some, out)
        found.rows_n += _compared(lake, few, out)
    for stage in ("indicators", "rollups"):
        for part in few:
            found.ours_few.add(meter.pieces[stage, str(part)])
    return found


def _few(parts: Sequence[Part], sizes: dict[str, int]) -> list[Part]:
    """Provinces of middling size until they have enough households."""
    ordered = sorted(parts, key=lambda part: (abs(sizes[str(part.province_code)] - FEW_HOUSEHOLDS), str(part)))
    few: list[Part] = []
    for part in ordered:
        if sum(sizes[str(one.province_code)] for one in few) < FEW_HOUSEHOLDS * 0.9:
            few.append(part)
    return sorted(few, key=str)


def _villages_of(lake: Lake, parts: Sequence[Part], path: Path) -> str:
    """A register of areas with the villages of some provinces only: nobody is asked for figures of the others."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT * FROM read_parquet(?, hive_partitioning = false) WHERE list_contains(?::VARCHAR[], province_code)",
            [lake.sealed(REGISTER, UNDATED), [part.province_code for part in parts]],
        ).to_arrow_table()
    pq.write_table(rows, path)
    return str(path)


def _compared(lake: Lake, parts: Sequence[Part], out: Path) -> int:
    """Rows that agreed, when they were held against each other: a correction later changes ours."""
    agreed = out / "agreed.json"
    if not agreed.exists():
        with duckdb.connect() as connection:
            theirs = {
                table: f"read_parquet('{quoted(out)}/{table.removeprefix('rollups__')}.parquet')" for table in TABLES
            }
            write_json(agreed, compare(connection, lake, parts, theirs))
    return int(read_json(agreed))


def _measured(meter: Meter, stage: str, way: Way, settings: Settings, files: Files, out: Path) -> Cost:
    if not meter.has(stage):
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            meter.add(stage, pool.apply(_alone, (way, settings, files, out)))
    return meter.total(stage)


def _alone(way: Way, settings: Settings, files: Files, out: Path) -> Cost:
    """Cost of a way in this process; what it imports is imported before."""
    import pandas
    import polars

    assert pandas and polars
    meter = Meter(out / "journal.jsonl")
    with meter.piece("way"):
        way(settings, files, out)
    return meter.total()
