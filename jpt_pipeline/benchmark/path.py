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

from jpt_pipeline.areas.register import register
from jpt_pipeline.areas.spec import load_registers
from jpt_pipeline.benchmark.floor import TABLES, compare, floor_script, sources
from jpt_pipeline.home import prepare
from jpt_pipeline.intake.delivery import take_in
from jpt_pipeline.rollup.areas import ROLLUPS, make_rollups
from jpt_pipeline.rollup.indicators import CLEAN, RESULTS, make_indicators
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session
from jpt_pipeline.store.stage import Gates

REPEATS = 5
Tell = Callable[[str], None]


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
    prepare(settings, keys_inside=True)

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
    out = settings.scratch / "floor"
    out.mkdir(exist_ok=True)
    script = floor_script(settings, sources(lake, [part]), out)
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
        compare(connection, lake, [part], {table: table.replace("rollups__", "floor_") for table in TABLES})
    found.ours_seconds, found.floor_seconds = median(ours), median(floor)
