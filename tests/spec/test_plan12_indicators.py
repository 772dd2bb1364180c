"""The table plan12_indicators.yaml, line by line: the SQL must score each household as the table says."""

from pathlib import Path

import pytest

from jpt_pipeline.instruments import Result, load_instrument
from jpt_pipeline.yamlfile import load_yaml
from tests.unit.instruments.evaluator import Household
from tests.unit.instruments.households import member, roster
from tests.unit.instruments.tables import SYMBOL, judge

TABLE = load_yaml(Path(__file__).with_name("plan12_indicators.yaml"))
KEYS = {"case", "answers", "result", "surveyed", "failed"}


@pytest.fixture(scope="module")
def scored():
    """(indicator, case) -> (result, surveyed, failed), all lines judged in one go."""
    instrument = load_instrument("plan12")
    lines = [(entry["indicator"], line) for entry in TABLE for line in entry["cases"]]
    homes = [
        Household(instrument, line["answers"], roster(*(member(age_years=age) for age in line.get("people", [40]))), {})
        for _, line in lines
    ]
    _, results = judge(instrument, homes)
    return {(number, line["case"]): scores[number] for (number, line), scores in zip(lines, results, strict=True)}


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: f"indicator-{entry['indicator']:02d}")
def test_indicator(entry, scored):
    for line in entry["cases"]:
        wanted = (SYMBOL[Result[line["result"].upper()]], line["surveyed"], line["failed"])
        assert scored[entry["indicator"], line["case"]] == wanted, line["case"]


def test_every_indicator_has_its_table():
    assert [entry["indicator"] for entry in TABLE] == [item.number for item in load_instrument("plan12").indicators]
    for entry in TABLE:
        assert all(line.keys() - {"people"} == KEYS for line in entry["cases"]), entry["indicator"]
        results = {line["result"] for line in entry["cases"]}
        assert {"pass", "fail"} < results, entry["indicator"]
