"""What a measurement of the nation found, as one JSON object and as Markdown for docs/performance.md.

Put here: ratios and tables. Keep out: measuring (nation.py, beside.py).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from jpt_pipeline.benchmark.meter import Cost
from jpt_pipeline.benchmark.nation import AFTER_CLEAN, ORCHESTRATION, Found

SESSION = ("metadata", ORCHESTRATION)
ROLLUPS = ("indicators", "rollups", "nation_rollups")
STAGES = {
    "register": "registers: areas, targets, enumerators, non-response",
    "intake": "intake: landed, split, typed, keyed, sealed up, filed by province",
    "records": "records: which one of a household counts",
    "households": "households: all rules, persons, findings, edits, likely doubles",
    "indicators": "indicators: the results of each household",
    "rollups": "rollups: every area of a province",
    "hashed": "leaves and trees of digests",
    "certified": "certification: nodes, states, certified tables of a province",
    "issues": "findings of people's concern",
    "shared_persons": "persons in two provinces",
    "deliveries": "accounting of the deliveries",
    "nation_rollups": "rollups of the nation",
    "certified_nation": "certification of the nation",
    "warehouse": "warehouse of the home",
    "metadata": "descriptions for Dagster's page",
    ORCHESTRATION: "Dagster's own: runs, events, its log",
    "publish": "release: public edition, database, manifest",
}


def facts(found: Found) -> dict[str, Any]:
    """Everything that was measured, with what follows from it; what later scales are compared with."""
    beside = found.beside
    assert beside is not None
    floor = beside.nation["floor"]
    rollups, after = _sum(found, ROLLUPS), _sum(found, AFTER_CLEAN)
    run = _sum(found, [name for name in found.stages if name not in ("register", "intake", "publish")])
    pandas = beside.few["pandas"]
    return asdict(found) | {
        "seconds": found.total.seconds,
        "households_per_second": found.households_n / found.total.seconds,
        "ratios": {
            "rollups_to_floor": rollups.seconds / floor.seconds,
            "rollups_to_floor_cpu": rollups.cpu_seconds / floor.cpu_seconds,
            "clean_to_release_to_floor": after.seconds / floor.seconds,
            "clean_to_release_to_floor_cpu": after.cpu_seconds / floor.cpu_seconds,
            "rollups_to_polars": rollups.seconds / beside.nation["polars"].seconds,
            "pandas_to_rollups": pandas.seconds / beside.ours_few.seconds,
            "dagster_of_run": _sum(found, [ORCHESTRATION]).seconds / run.seconds,
            "dagster_of_all": _sum(found, [ORCHESTRATION]).seconds / found.total.seconds,
            "metadata_of_run": _sum(found, ["metadata"]).seconds / run.seconds,
        },
        "correction_seconds": sum(cost.seconds for cost in found.correction.values()),
    }


def growth(results: dict[str, dict[str, Any]]) -> list[tuple[str, str, float, float]]:
    """(smaller scale, greater scale, times the households, times the seconds) of each step from scale to scale."""
    ordered = sorted(results.items(), key=lambda item: float(item[0]))
    return [
        (small, great, b["households_n"] / a["households_n"], b["seconds"] / a["seconds"])
        for (small, a), (great, b) in pairwise(ordered)
    ]


def earlier(folder: Path, scales: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The results of all scales that were measured below a folder."""
    files = {scale: folder / scale / "result.json" for scale in scales}
    return {scale: json.loads(file.read_text(encoding="utf-8")) for scale, file in files.items() if file.exists()}


def markdown(found: Found, results: dict[str, dict[str, Any]]) -> str:
    """Tables for the page of documentation: machine, stages, other ways, correction, growth."""
    beside, known = found.beside, facts(found)
    assert beside is not None
    machine = found.machine
    ratios = known["ratios"]
    seconds = beside.nation["floor"].seconds
    rows = [_stage(STAGES.get(name, name), found.stages[name], found, seconds) for name in _ordered(found.stages)]
    few = {"jpt: indicators and rollups": beside.ours_few, **beside.few}
    resumed = "It was stopped and went on; seconds of unfinished pieces are missing." if found.is_resumed else ""
    lines = [
        f"### {found.households_n:,} households",
        "",
        f"{found.provinces_n} provinces, {found.villages_n:,} villages, {found.persons_n:,} members, delivered as "
        f"{found.delivered_bytes / 1e6:,.0f} MB of Parquet. {machine['cores']} cores ({machine['processor']}), "
        f"{int(machine['memory_mib']) / 1024:.0f} GiB, {machine['system']}, Python {machine['python']}, "
        f"DuckDB {machine['duckdb']}, pyarrow {machine['pyarrow']}. {resumed}".rstrip(),
        "",
        *_table(
            ("stage", "seconds", "households/s", "CPU s", "peak MiB", "MB written", "x floor"),
            [*rows, _stage("**all**", found.total, found, seconds)],
        ),
        "",
        f"- Indicators and rollups: {ratios['rollups_to_floor']:.2f}x the floor "
        f"(CPU {ratios['rollups_to_floor_cpu']:.2f}x). From clean households to the release: "
        f"{ratios['clean_to_release_to_floor']:.2f}x (CPU {ratios['clean_to_release_to_floor_cpu']:.2f}x).",
        f"- Dagster's own share: {ratios['dagster_of_run']:.1%} of the runs, {ratios['dagster_of_all']:.1%} of all; "
        f"descriptions for its page: {ratios['metadata_of_run']:.1%} of the runs.",
        "",
        f"The same rollups in other ways, all figures equal ({beside.rows_n:,} rows compared):",
        "",
        *_table(
            ("nation", "seconds", "CPU s", "peak MiB"),
            [
                _way("jpt: indicators and rollups", _sum(found, ROLLUPS)),
                *(_way(name, cost) for name, cost in beside.nation.items()),
            ],
        ),
        "",
        *_table(
            (f"{beside.few_households_n:,} households", "seconds", "CPU s", "peak MiB"),
            [_way(name, cost) for name, cost in few.items()],
        ),
        "",
        "One corrected household, to a new release of the nation:",
        "",
        *_table(
            ("step", "seconds", "CPU s", "peak MiB"),
            [
                *(_way(name, cost) for name, cost in found.correction.items()),
                _way("**all**", _added(found.correction.values())),
            ],
        ),
    ]
    grown = [
        (f"{small} to {great}", f"{households:.1f}", f"{seconds:.1f}")
        for small, great, households, seconds in growth(results)
    ]
    if grown:
        lines += ["", *_table(("scale", "times the households", "times the seconds"), grown)]
    return "\n".join(lines) + "\n"


def _ordered(stages: dict[str, Cost]) -> list[str]:
    known = [name for name in STAGES if name in stages]
    return [*known, *(name for name in stages if name not in STAGES)]


def _sum(found: Found, names: Sequence[str]) -> Cost:
    return _added(found.stages[name] for name in names if name in found.stages)


def _added(costs: Iterable[Cost]) -> Cost:
    total = Cost()
    for cost in costs:
        total.add(cost)
    return total


def _stage(name: str, cost: Cost, found: Found, floor_seconds: float) -> tuple[str, ...]:
    return (
        name,
        f"{cost.seconds:,.1f}",
        f"{found.households_n / cost.seconds:,.0f}" if cost.seconds else "-",
        f"{cost.cpu_seconds:,.1f}",
        f"{cost.peak_mib:,}",
        f"{cost.bytes_n / 1e6:,.0f}",
        f"{cost.seconds / floor_seconds:.2f}",
    )


def _way(name: str, cost: Cost) -> tuple[str, ...]:
    return name, f"{cost.seconds:,.2f}", f"{cost.cpu_seconds:,.2f}", f"{cost.peak_mib:,}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    marks = ["---", *["---:"] * (len(head) - 1)]
    return [f"| {' | '.join(row)} |" for row in (head, marks, *rows)]
