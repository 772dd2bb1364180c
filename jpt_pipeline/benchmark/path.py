"""How fast, beside what: the whole path on an invented province, and the rollups beside hand-written SQL.

One process, one machine, one run: the ratio says more than seconds on a busy machine. The two ways must agree in every
figure, or there is no ratio.
"""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import duckdb

from jpt_pipeline.areas.register import register
from jpt_pipeline.areas.spec import load_registers
from jpt_pipeline.areas.tree import REGISTER, UNDATED
from jpt_pipeline.home import prepare
from jpt_pipeline.intake.delivery import take_in
from jpt_pipeline.rollup.areas import MEMBERS, NONRESPONSE, ROLLUPS, TARGETS, make_rollups
from jpt_pipeline.rollup.indicators import CLEAN, RESULTS, make_indicators
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import quoted, session
from jpt_pipeline.store.stage import Gates

REPEATS = 5
Tell = Callable[[str], None]


class Disagreement(Exception):
    """The pipeline and the hand-written SQL do not give the same figures."""


@dataclass
class Measured:
    """Seconds of each step of the path, households counted, peak memory of the process (MiB), and the floor."""

    seconds: dict[str, float] = field(default_factory=dict)
    households_n: int = 0
    peak_mib: int = 0
    ours_seconds: float = 0.0
    floor_seconds: float = 0.0

    @property
    def total(self) -> float:
        return sum(self.seconds.values())

    @property
    def ratio(self) -> float:
        return self.ours_seconds / self.floor_seconds


def measure(settings: Settings, data: Path, part: Part, gates: Gates, tell: Tell) -> Measured:
    """The path from registers to a release, then the rollups beside the floor.

    Raises:
        Disagreement: the two do not give the same figures. RuntimeError: a run failed.
    """
    from jpt_pipeline.results import publish_round
    from jpt_pipeline.runs import run_round

    assert part.survey_year is not None
    assert part.province_code is not None
    year, found = part.survey_year, Measured()
    prepare(settings)

    def step(name: str, work: Callable[[], object]) -> None:
        tell(name)
        start = time.perf_counter()
        result = work()
        found.seconds[name] = time.perf_counter() - start
        if isinstance(result, list) and any(getattr(item, "status", "") == "refused" for item in result):
            raise RuntimeError(f"{name}: a delivery was refused")

    registers = {kind: data / "registers" / f"{kind}.csv" for kind in load_registers()}
    step("register", lambda: [register(kind, file, settings) for kind, file in registers.items() if file.exists()])
    step("intake", lambda: take_in(sorted((data / "deliveries").iterdir()), settings))
    failed: list[object] = []
    step("run", lambda: failed.extend(run_round(settings, year, [part.province_code or ""], lambda *_: None)))
    if failed:
        raise RuntimeError(str(failed[0]))
    step("publish", lambda: publish_round(settings, year))
    found.peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    found.households_n = Lake(settings.lake).seal(CLEAN, part).rows_n
    tell("floor")
    _beside_floor(settings, part, gates, found)
    return found


def _beside_floor(settings: Settings, part: Part, gates: Gates, found: Measured) -> None:
    """Our stages and the floor in turns, so that both meet the same machine; medians."""
    lake = Lake(settings.lake)
    script = _floor_script(settings, lake, part)
    ours: list[float] = []
    floor: list[float] = []
    with session(settings) as connection:
        for _ in range(REPEATS):
            start = time.perf_counter()
            connection.execute(script)
            floor.append(time.perf_counter() - start)
            lake.unseal([RESULTS, *ROLLUPS], part)
            start = time.perf_counter()
            make_indicators(settings, part, gates)
            make_rollups(settings, part, gates)
            ours.append(time.perf_counter() - start)
        _compare(connection, lake, part)
    found.ours_seconds, found.floor_seconds = median(ours), median(floor)


def _floor_script(settings: Settings, lake: Lake, part: Part) -> str:
    """The hand-written SQL with the files filled in."""
    year = Part(part.survey_year)
    files = {
        "clean": lake.sealed(CLEAN, part),
        "members": lake.sealed(MEMBERS, part),
        "villages": lake.sealed(REGISTER, UNDATED),
        "targets": lake.sealed(TARGETS, year),
        "nonresponse": lake.sealed(NONRESPONSE, year),
    }
    text = (settings.definitions / "bench" / "floor.sql").read_text(encoding="utf-8")
    for name, path in files.items():
        text = text.replace("{" + name + "}", f"read_parquet('{quoted(path)}', hive_partitioning = false)")
    return text


_AGREE = {
    "rollups__indicators": (
        *("surveyed_n", "failed_n", "households_applicable_n", "households_failed_n", "incomplete_n"),
    ),
    "rollups__population": ("persons_n",),
    "rollups__economy": (
        *("households_n", "persons_n", "income_main_baht", "income_second_baht", "income_other_baht"),
        *("income_own_produce_baht", "expense_production_baht", "expense_necessary_baht"),
        *("expense_unnecessary_baht", "expense_debt_baht"),
    ),
    "rollups__coverage": ("target_n", "surveyed_n", "photo_missing_n", "signature_missing_n"),
}
_KEYS = {
    "rollups__indicators": ("indicator_no",),
    "rollups__population": ("sex", "age_band"),
    "rollups__economy": (),
    "rollups__coverage": (),
}


def _compare(connection: duckdb.DuckDBPyConnection, lake: Lake, part: Part) -> None:
    for table, measures in _AGREE.items():
        keys = ", ".join(("stream", "level", "area_code", *_KEYS[table]))
        differs = " OR ".join(f"coalesce(f.{m}, 0) <> coalesce(o.{m}, 0)" for m in measures)
        floor = table.replace("rollups__", "floor_")
        rows = connection.execute(
            f"SELECT count(*) FROM read_parquet(?, hive_partitioning = false) o FULL JOIN {floor} f USING ({keys}) "
            f"WHERE {differs}",
            [lake.sealed(table, part)],
        ).fetchall()[0][0]
        if rows:
            raise Disagreement(f"{table}: {rows} rows differ from the hand-written SQL")
