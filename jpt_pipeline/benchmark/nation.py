"""How fast a nation is, beside what: from Parquet deliveries to a release, province by province, on one machine.

Put here: the order of the measurement, and what a stopped one need not do again. Keep out: measuring (meter.py), other
ways of computing the same (floor.py, peers/), words on the screen (cli/) and on paper (paper.py).
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from jpt_pipeline.areas.register import register
from jpt_pipeline.areas.spec import load_registers
from jpt_pipeline.benchmark.beside import BESIDE, Beside, beside
from jpt_pipeline.benchmark.meter import Cost, Meter, machine
from jpt_pipeline.corrections.models import FIELDS
from jpt_pipeline.home import prepare
from jpt_pipeline.intake.delivery import take_in
from jpt_pipeline.partitions import key_of
from jpt_pipeline.results import publish_round
from jpt_pipeline.returns.take import take_corrections
from jpt_pipeline.rollup.indicators import CLEAN
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.release import current_release
from jpt_pipeline.store.watch import watching
from jpt_pipeline.synthetic.nation import HOUSEHOLDS, generate_nation, provinces_of_survey, shares

YEAR, SEED = 2561, 1
SCALES = {"1": HOUSEHOLDS, "0.1": HOUSEHOLDS // 10, "0.01": HOUSEHOLDS // 100}
ORCHESTRATION = "dagster"
CORRECTION = "correction"
AFTER_CLEAN = (*("indicators", "rollups", "nation_rollups", "hashed", "certified", "certified_nation", "publish"),)
Tell = Callable[[str, int], None]
"""Told what begins, and how many households the piece that ended had."""


@dataclass
class Found:
    """What was measured: the machine, cost of each stage, the other ways, and a corrected household by step."""

    households_n: int
    persons_n: int
    provinces_n: int
    villages_n: int
    delivered_bytes: int
    is_resumed: bool
    machine: dict[str, str | int]
    stages: dict[str, Cost] = field(default_factory=dict)
    total: Cost = field(default_factory=Cost)
    beside: Beside | None = None
    correction: dict[str, Cost] = field(default_factory=dict)


@dataclass(frozen=True)
class _Bench:
    """A measurement under way."""

    folder: Path
    settings: Settings
    meter: Meter
    sizes: dict[str, int]
    tell: Tell

    @property
    def provinces(self) -> list[str]:
        return sorted(self.sizes)


def measure_nation(
    folder: Path, households_n: int, tell: Tell, *, provinces: tuple[str, ...] = (), workers: int = 2
) -> Found:
    """Make the deliveries (not measured), then measure all from the registers to a corrected household in a new release.

    `folder` keeps data, home and journal: what was finished before a kill is not done again, and counts as measured.

    Raises:
        RuntimeError: a register, a delivery, a run or a correction was refused. Disagreement: two ways differ.
    """
    tell("synth", 0)
    made = generate_nation(
        folder / "data", survey_year=YEAR, households_n=households_n, seed=SEED, workers=workers, provinces=provinces
    )
    settings = Settings(home=folder / "home")
    prepare(settings, keys_inside=True)
    sizes = {code: size for code, (size, _) in shares(provinces or provinces_of_survey(), households_n).items()}
    bench = _Bench(folder, settings, Meter(folder / "journal.jsonl"), sizes, tell)
    _register(bench)
    _intake(bench)
    _run(bench)
    _publish(bench)
    bench.tell("floor, polars, pandas", 0)
    others = beside(settings, bench.meter, folder / "beside", [Part(YEAR, code) for code in bench.provinces], sizes)
    _correct(bench)
    meter = bench.meter
    names = list(dict.fromkeys(stage for stage, _ in meter.pieces))
    stages = [stage for stage in names if not stage.startswith((BESIDE, CORRECTION))]
    found = Found(
        households_n=made.households_n,
        persons_n=made.persons_n,
        provinces_n=made.provinces_n,
        villages_n=made.villages_n,
        delivered_bytes=made.bytes_n,
        is_resumed=meter.is_resumed,
        machine=machine(),
        stages={stage: meter.total(stage) for stage in stages},
        total=meter.total(*stages),
        beside=others,
    )
    found.correction = {
        stage.removeprefix(f"{CORRECTION} "): meter.total(stage) for stage in names if stage.startswith(CORRECTION)
    }
    return found


def _register(bench: _Bench) -> None:
    for kind in load_registers():
        file = bench.folder / "data" / "registers" / f"{kind}.csv"
        if file.exists() and not bench.meter.has("register", kind):
            bench.tell(f"register {kind}", 0)
            with bench.meter.piece("register", kind):
                report = register(kind, file, bench.settings)
            if not report.stored:
                raise RuntimeError(f"register {kind}: {report.errors[0].code}")


def _intake(bench: _Bench) -> None:
    for delivery in sorted((bench.folder / "data" / "deliveries").iterdir()):
        code = delivery.name[-2:]
        bench.tell(f"intake {code}", 0)
        if not bench.meter.has("intake", code):
            with bench.meter.piece("intake", code):
                (report,) = take_in([delivery], bench.settings)
            if report.status == "refused":
                raise RuntimeError(f"intake {code}: {report.code}")
        bench.tell(f"intake {code}", bench.sizes[code])


def _run(bench: _Bench) -> None:
    """All provinces that are not finished, then the nation; each piece tells itself (store.watch)."""
    keys = {key_of(Part(YEAR, code)): code for code in bench.provinces}
    done = {part.split(" ")[-1] for part in bench.meter.parts(ORCHESTRATION)}
    lake = Lake(bench.settings.lake)
    todo = [code for key, code in keys.items() if key not in done or not _is_whole(lake, code)]
    bench.tell("run", sum(size for code, size in bench.sizes.items() if code not in todo))
    if todo or not bench.meter.has("warehouse"):
        _run_round(bench, todo or bench.provinces[-1:], keys)


def _is_whole(lake: Lake, code: str) -> bool:
    return lake.seal_path("certified__province", Part(YEAR, code)).exists()


def _run_round(bench: _Bench, provinces: Sequence[str], keys: dict[str, str], prefix: str = "") -> None:
    """One run of the round; what is Dagster's own is what no piece took."""
    from jpt_pipeline.runs import run_round

    meter, step = bench.meter, ""

    def progress(name: str, number: int, total: int) -> None:
        nonlocal step
        if step:
            meter.end(f"{prefix}{ORCHESTRATION}", step)
            bench.tell(name or "run", 0 if prefix else bench.sizes.get(keys.get(step.split(" ")[-1], ""), 0))
        step = name
        if name:
            meter.begin()

    with meter.piece(f"{prefix}{ORCHESTRATION}", "session"), watching(lambda n, part: meter.piece(prefix + n, part)):
        failed = run_round(bench.settings, YEAR, provinces, progress)
    if failed:
        raise RuntimeError(f"{failed[0].key}: {failed[0].reason}")


def _publish(bench: _Bench) -> None:
    if not bench.meter.has("publish"):
        bench.tell("publish", 0)
        with bench.meter.piece("publish"):
            publish_round(bench.settings, YEAR)


def _correct(bench: _Bench) -> None:
    """One reviewed correction of one household of a province of average size, then its province, the nation, a release."""
    meter, ordered = bench.meter, sorted(bench.sizes, key=lambda code: (bench.sizes[code], code))
    code = ordered[len(ordered) // 2]
    steps: dict[str, Callable[[], None]] = {
        "take": lambda: _take(bench, code),
        "run": lambda: _run_round(bench, [code], {}, f"{CORRECTION} "),
        "publish": lambda: _publish_again(bench),
    }
    for name, work in steps.items():
        if not meter.has(f"{CORRECTION} {name}"):
            bench.tell(f"{CORRECTION}: {name}", 0)
            with meter.piece(f"{CORRECTION} {name}"):
                work()


def _take(bench: _Bench, code: str) -> None:
    """The answer to question 2911 (indicator 9) of the first household that passes becomes 0."""
    part = Part(YEAR, code)
    household = duckdb.execute(
        "SELECT stream, village_code, household_id FROM read_parquet(?, hive_partitioning = false) WHERE a2911 = '1' LIMIT 1",
        [Lake(bench.settings.lake).sealed(CLEAN, part)],
    ).fetchall()[0]
    cells = (YEAR, *household, "", "a2911", "1", "0", "ถามซ้ำแล้ว", "พัฒนากร")
    file = bench.folder / "correction.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([FIELDS, cells])
    report = take_corrections(file, bench.settings)
    if report.status not in ("taken", "known"):
        raise RuntimeError(f"correction: {report.refusals[0].words}")


def _publish_again(bench: _Bench) -> None:
    before = current_release(bench.settings.published, YEAR)
    if publish_round(bench.settings, YEAR) == before:
        raise RuntimeError("correction: the release did not change")
