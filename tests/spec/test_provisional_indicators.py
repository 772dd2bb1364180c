"""Plans 11 and 13, line by line: own tables, and the lines of plan 12 for the indicators that continue one of it."""

from pathlib import Path

import pytest

from jpt_pipeline.instruments import Result, load_instrument
from jpt_pipeline.yamlfile import load_yaml
from tests.unit.instruments.evaluator import Household
from tests.unit.instruments.households import member, roster
from tests.unit.instruments.tables import SYMBOL, judge

HERE = Path(__file__).parent
BASE = {entry["indicator"]: entry["cases"] for entry in load_yaml(HERE / "plan12_indicators.yaml")}


def lines_of(name):
    """Indicator -> its lines: its own table, else that of the one indicator that it continues."""
    own = {entry["indicator"]: entry["cases"] for entry in load_yaml(HERE / f"{name}_indicators.yaml")}
    return {item.number: own.get(item.number) or BASE[item.continues[0]] for item in load_instrument(name).indicators}


@pytest.mark.parametrize("name", ["plan11", "plan13"])
def test_every_line(name):
    instrument = load_instrument(name)
    lines = [(number, line) for number, found in lines_of(name).items() for line in found]
    homes = [
        Household(instrument, line["answers"], roster(*(member(age_years=age) for age in line.get("people", [40]))), {})
        for _, line in lines
    ]
    _, results = judge(instrument, homes)
    wrong = [
        (number, line["case"], scores[number])
        for (number, line), scores in zip(lines, results, strict=True)
        if scores[number] != (SYMBOL[Result[line["result"].upper()]], line["surveyed"], line["failed"])
    ]
    assert not wrong


@pytest.mark.parametrize("name", ["plan11", "plan13"])
def test_an_indicator_without_a_table_continues_exactly_one_of_plan_12(name):
    own = {entry["indicator"] for entry in load_yaml(HERE / f"{name}_indicators.yaml")}
    base = load_instrument("plan12")
    for item in load_instrument(name).indicators:
        if item.number not in own:
            (old,) = item.continues
            rule = ("surveyed", "failed", "pass_if", "not_applicable_if", "complete_if")
            assert all(getattr(item, part) == getattr(base.indicator(old), part) for part in rule), item.number
    for number, found in lines_of(name).items():
        results = {line["result"] for line in found}
        assert {"pass", "fail"} <= results or results == {"not_applicable"}, number
