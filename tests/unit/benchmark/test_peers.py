"""Other ways to the rollups of the demonstration's province: the floor, polars and pandas give our figures."""

from pathlib import Path

import duckdb
import pytest

from jpt_pipeline.benchmark.beside import FEW
from jpt_pipeline.benchmark.floor import TABLES, Disagreement, compare, sources
from jpt_pipeline.benchmark.peers.rules import RULES
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from tests.conftest import Demo

PART = Part(2561, "38")


def theirs(out: Path) -> dict[str, str]:
    return {table: f"read_parquet('{out / table.removeprefix('rollups__')}.parquet')" for table in TABLES}


@pytest.mark.parametrize("name", list(FEW))
def test_every_figure_is_ours(name: str, demo: Demo, tmp_path: Path) -> None:
    settings = Settings(home=demo.home)
    lake = Lake(settings.lake)
    FEW[name](settings, sources(lake, [PART]), tmp_path)
    with duckdb.connect() as connection:
        assert compare(connection, lake, [PART], theirs(tmp_path)) > 1000


def test_a_figure_that_differs_is_seen(demo: Demo, tmp_path: Path) -> None:
    lake = Lake(demo.home / "lake")
    with duckdb.connect() as connection:
        for table in TABLES:
            connection.execute(
                f"CREATE TABLE {table} AS SELECT * FROM read_parquet(?, hive_partitioning = false)",
                [lake.sealed(table, PART)],
            )
        names = {table: table for table in TABLES}
        compare(connection, lake, [PART], names)
        connection.execute("UPDATE rollups__population SET persons_n = persons_n + 1 WHERE level = 'lao' AND sex = '1'")
        with pytest.raises(Disagreement, match="rollups__population"):
            compare(connection, lake, [PART], names)
        connection.execute("DELETE FROM rollups__indicators WHERE level = 'province' AND indicator_no = 9")
        with pytest.raises(Disagreement, match="rollups__indicators"):
            compare(connection, lake, [PART], names)


def test_the_rules_of_the_other_libraries_are_of_all_indicators() -> None:
    instrument = load_instrument("plan12")
    assert [rule.number for rule in RULES] == [item.number for item in instrument.indicators]
    assert {rule.number for rule in RULES if rule.surveyed} == {
        item.number for item in instrument.indicators if item.counts_persons
    }
