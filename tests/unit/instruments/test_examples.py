"""Whole households with known results: three of our own, and the reference's three worked examples where they are."""

import json
from datetime import date
from pathlib import Path

import pytest

from jpt_pipeline.instruments import load_instrument

from .evaluator import Household
from .households import member, roster
from .payloads import months_between, parts_of
from .tables import judge

REFERENCE = Path(__file__).parents[4] / "shared" / "reference" / "plan12_examples.json"

# Answers of a household where all is well and nobody has a special target; the cases below change them.
WELL = {
    **dict.fromkeys(["1411", "1421", "1431", "1441", "1511", "1521", "1531", "1541", "2811", "2821", "2911"], "1"),
    **dict.fromkeys(["21011", "21111", "21121", "21131", "21141", "21151", "21152", "21153", "21154"], "1"),
    **dict.fromkeys(["21161", "21171", "21181", "21211", "21221", "21231", "21241", "21251", "21261"], "1"),
    **dict.fromkeys(["21311", "21312", "21313", "21314", "21411", "21421", "5301", "1711", "52411", "52611"], "1"),
    **dict.fromkeys(["21431", "21451", "21461", "1111", "1311", "1631", "31511", "31611", "31711", "31811"], "0"),
    **dict.fromkeys(["31911", "42011", "42111", "52711", "52811", "52911", "53111", "52511"], "0"),
    "42312": "1",
    "42321": "12000",
}  # fmt: skip

ALONE = (
    {**WELL, "1631": "1,1", "1641": "1", "42111": "1,1", "42123": "1,1", "52711": "1,1", "52721": "1", "53121": "1",
     "42213": "38000", "42215": "38000", "42216": "38000"},
    roster(member(age_years=70, informant="1")),
    {21: ("0", 1, 1), 22: ("1", 1, 0), 31: ("1", 1, 0), 7: ("1", 1, 0), 20: ("-", 0, 0), 1: ("-", 0, 0)},
    set(),
)  # fmt: skip
COUPLE_WITH_BABY = (
    {**WELL, "1111": "1,1", "1121": "0,1", "1211": "1,1", "1221": "1", "1231": "0", "1311": "1,1", "1321": "1",
     "31911": "1,2", "31921": "1", "42011": "1,2", "42022": "1,1", "42211": "113999", "42215": "113999",
     "42216": "37999", "53111": "1", "53112": "1", "53113": "0", "53114": "1", "21152": "0"},
    roster(member(age_years=30, sex="1", informant="1"), member(age_years=29), member(age_years=0, age_months=3)),
    {1: ("0", 1, 1), 2: ("-", 0, 0), 3: ("1", 1, 0), 7: ("1", 2, 0), 11: ("0", 1, 1), 20: ("0", 2, 1),
     22: ("0", 1, 1), 24: ("1", 3, 0), 31: ("0", 1, 1)},
    set(),
)  # fmt: skip
CONTRADICTIONS = (
    {**WELL, "1711": "1", "1714": "1,3", "31911": "1,2", "31921": "0,3", "42011": "1,1", "42021": "1", "5301": "yes",
     "42211": "1000", "42215": "2000", "42216": "1000", "53111": "1", "53112": "1", "53113": "1", "53114": "1",
     "1641": "1", "52511": "1,0"},
    roster(member(age_years=30, informant="1"), member(age_years=16, occupation="0110", is_id_valid=False)),
    {19: ("0", 2, 3), 25: ("0", 2, 0), 30: ("0", 1, 1)},
    {"EXC-07", "LE-1711", "LE-31921", "SUM-42215", "FMT-01", "SKIP-1641", "POS-52511", "HH-IDCARD"},
)  # fmt: skip


@pytest.fixture(scope="module")
def instrument():
    return load_instrument("plan12")


@pytest.mark.parametrize("case", [ALONE, COUPLE_WITH_BABY, CONTRADICTIONS], ids=["alone", "couple", "contradictions"])
def test_own_household(instrument, case):
    answers, members, expected, rules = case
    (verdict,), (scores,) = judge(instrument, [Household(instrument, answers, members, {"satisfaction": 8})])
    assert verdict == rules
    assert {number: scores[number] for number in expected} == expected


def test_actions_of_the_contradictions(instrument):
    rules = {rule.id: rule for rule in instrument.rules}
    assert {rules[name].action for name in ("EXC-07", "LE-1711", "SUM-42215", "FMT-01", "POS-52511")} == {"quarantine"}
    assert {rules[name].action for name in ("SKIP-1641", "HH-IDCARD", "TGT-1111", "PLAUS-EXP")} == {"finding"}
    assert rules["REQ-07"].action == "incomplete"
    assert rules["REQ-07"].indicator_no == 7


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference examples are not beside this checkout")
def test_reference_examples(instrument):
    examples = json.loads(REFERENCE.read_text(encoding="utf-8"))["examples"]
    homes = [
        Household(instrument, *parts_of(instrument, example["payload"], example["survey_date"])) for example in examples
    ]
    verdicts, results = judge(instrument, homes)
    for example, verdict, scores in zip(examples, verdicts, results, strict=True):
        assert verdict == set(example["expected"]["warnings"]), example["name"]
        for number, wanted in example["expected"]["indicators"].items():
            assert scores[int(number)] == (wanted["result"], wanted["surveyed"], wanted["failed"]), (number, wanted)


def test_months_are_complete_on_their_day():
    assert months_between(date(2016, 2, 29), date(2018, 2, 28)) == 23
    assert months_between(date(2016, 2, 29), date(2018, 3, 1)) == 24
