"""Ratios and tables of a measurement, from costs that are easy to divide."""

from dataclasses import asdict
from typing import Any

import pytest

from jpt_pipeline.benchmark.beside import Beside
from jpt_pipeline.benchmark.meter import Cost
from jpt_pipeline.benchmark.nation import Found
from jpt_pipeline.benchmark.paper import facts, growth, markdown


def cost(seconds: float) -> Cost:
    return Cost(seconds, seconds * 2, 100, 1_000_000, 1)


@pytest.fixture
def found() -> Found:
    stages = {
        "dagster": cost(3),
        "intake": cost(40),
        "households": cost(27),
        "indicators": cost(6),
        "rollups": cost(3),
        "nation_rollups": cost(1),
        "hashed": cost(5),
        "publish": cost(5),
    }
    beside = Beside(
        nation={"floor": cost(8), "polars": cost(20)},
        few={"floor": cost(1), "pandas": cost(30)},
        few_households_n=200,
        ours_few=cost(3),
        rows_n=1234,
    )
    machine: dict[str, str | int] = {"cores": 2, "memory_mib": 24576} | dict.fromkeys(
        ("processor", "system", "python", "duckdb", "pyarrow"), "x"
    )
    correction = {"take": cost(1), "run": cost(4)}
    return Found(9000, 25000, 76, 52, 10, False, machine, stages, cost(90), beside, correction)


def test_ratios_say_what_is_divided_by_what(found: Found) -> None:
    known: dict[str, Any] = facts(found)
    assert known["households_per_second"] == 100
    assert known["correction_seconds"] == 5
    ratios = known["ratios"]
    assert ratios["rollups_to_floor"] == 10 / 8
    assert ratios["clean_to_release_to_floor"] == 20 / 8
    assert ratios["rollups_to_polars"] == 0.5
    assert ratios["pandas_to_rollups"] == 10
    assert ratios["dagster_of_run"] == pytest.approx(3 / 45)


def test_the_tables_are_in_the_order_of_the_work(found: Found) -> None:
    text = markdown(found, {})
    stages = [line.split("|")[1].split(":")[0].strip() for line in text.splitlines() if line.startswith("| ")]
    assert stages[2:6] == ["intake", "households", "indicators", "rollups"]
    assert "| **all** | 90.0 | 100 | 180.0 | 100 | 1 | 11.25 |" in text
    assert "1,234 rows compared" in text
    assert "times the seconds" not in text


def test_growth_compares_each_scale_with_the_next(found: Found) -> None:
    small = asdict(found) | {"seconds": 10.0, "households_n": 100}
    great = asdict(found) | {"seconds": 80.0, "households_n": 1000}
    assert growth({"1": great, "0.1": small}) == [("0.1", "1", 10.0, 8.0)]
    assert "| 0.1 to 1 | 10.0 | 8.0 |" in markdown(found, {"1": great, "0.1": small})
