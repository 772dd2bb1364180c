"""The SQL of the instrument and the straight Python reading of the same file say the same, rule by rule."""

import random
from collections import Counter

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jpt_pipeline.instruments import load_instrument, render, typed_step

from .evaluator import Household, evaluate, score, violated
from .households import GARBAGE, random_parts
from .tables import answers_table, judge

BATCH = 3_000  # the fewest in which every rule is met from both sides, and some


@pytest.fixture(scope="module")
def instrument():
    return load_instrument("plan12")


def computed(home):
    """Make half of the computed answers agree with the household, so that rules are met from both sides."""
    for answer in home.instrument.answers:
        if answer.computed_from and answer.is_stored and hash_of(home, answer.code) % 2:
            value = evaluate(answer.computed_from, home)
            if isinstance(value, int) and answer.attach == "1,{persons}":
                value = f"1,{value}" if value else "0"
            home.answers[answer.code] = str(value)
    return Household(home.instrument, home.answers, home.members, home.fields)


def hash_of(home, code):
    return len(home.members) + len(home.answers) + int(code)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 5))])
def test_sql_and_python_agree(instrument, seed):
    rng = random.Random(seed)
    homes = [computed(Household(instrument, *random_parts(instrument, rng))) for _ in range(BATCH)]
    verdicts, results = judge(instrument, homes)
    seen = Counter()
    for home, rules, scores in zip(homes, verdicts, results, strict=True):
        assert rules == violated(home), home.answers
        assert scores == {item.number: score(home, item) for item in instrument.indicators}, home.answers
        seen.update(rules)
        seen.update((number, result) for number, (result, _, _) in scores.items())
        missing = {f"REQ-{number:02d}" for number, (result, _, _) in scores.items() if result == "?"}
        assert missing == {rule for rule in rules if len(rule) == 6 and rule.startswith("REQ-") and rule != "REQ-33"}
    one_sided = [rule.id for rule in instrument.rules if not 0 < seen[rule.id] < BATCH]
    assert not one_sided, f"rules that no household violates, or that all do: {one_sided}"
    unseen = [
        (item.number, result) for item in instrument.indicators for result in "10" if not seen[item.number, result]
    ]
    assert not unseen, f"results that no household has: {unseen}"


def test_a_file_with_dictionaries_is_read_like_memory(instrument, tmp_path):
    """DuckDB computes a function of an answer once per entry of the file's dictionary: nothing else comes of it."""
    rng = random.Random(3)
    homes = [computed(Household(instrument, *random_parts(instrument, rng))) for _ in range(300)]
    codes = [answer.code for answer in instrument.answers if answer.is_stored]
    homes += [Household(instrument, dict.fromkeys(codes, value), [], {}) for value in GARBAGE]
    assert judge(instrument, homes, tmp_path / "homes.parquet") == judge(instrument, homes)


def test_other_settings_change_only_their_indicators(instrument):
    raw = instrument.model_dump()
    for setting in raw["settings"].values():
        setting["value"] = next(value for value in setting["allowed"] if value != setting["value"])
    changed = type(instrument).model_validate(raw)
    rng = random.Random(7)
    parts = [random_parts(instrument, rng) for _ in range(500)]
    homes = [Household(changed, *part) for part in parts]
    verdicts, results = judge(changed, homes)
    for home, rules, scores in zip(homes, verdicts, results, strict=True):
        assert rules == violated(home)
        assert scores == {item.number: score(home, item) for item in changed.indicators}
    _, before = judge(instrument, homes)
    moved = {number for old, new in zip(before, results, strict=True) for number in old if old[number] != new[number]}
    assert moved == {number for setting in instrument.settings.values() for number in setting.indicators}


def test_questions_of_our_own_are_read_alike_too():
    """Plan 13 takes over most of plan 12; 400 households are enough for what is its own."""
    plan, rng = load_instrument("plan13"), random.Random(13)
    homes = [computed(Household(plan, *random_parts(plan, rng))) for _ in range(400)]
    verdicts, results = judge(plan, homes)
    for home, rules, scores in zip(homes, verdicts, results, strict=True):
        assert rules == violated(home), home.answers
        assert scores == {item.number: score(home, item) for item in plan.indicators}, home.answers
        missing = {f"REQ-I{number:02d}" for number, (result, _, _) in scores.items() if result == "?"}
        assert missing == {rule for rule in rules if rule.startswith("REQ-I")}


@settings(max_examples=5, deadline=None)
@given(st.lists(st.text(alphabet="0019,x ก\n.-e", max_size=16), min_size=50, max_size=150))
def test_any_text_is_read_alike(instrument, texts):
    """Leading field, count, amount and form of one answer of each shape, for whatever text it holds."""
    shapes = {(answer.attach, answer.pattern): answer for answer in instrument.answers if answer.is_stored}
    codes = [answer.code for answer in shapes.values()]
    homes = [Household(instrument, dict.fromkeys(codes, text), [], {}) for text in texts]
    con = duckdb.connect()
    con.register("homes", answers_table(instrument, homes))
    typed = render([typed_step(instrument, "homes", codes)], "SELECT * FROM typed ORDER BY hh")
    rows = con.execute(typed).to_arrow_table().to_pylist()
    for home, row in zip(homes, rows, strict=True):
        assert [row[f"v{code}"] for code in codes] == [home.v(code) for code in codes]
        for answer in shapes.values():
            assert row.get(f"n{answer.code}", 0) == home.n(answer.code)
            assert row.get(f"b{answer.code}", 0) == home.baht(answer.code)


def test_garbage_in_every_answer_raises_nothing(instrument):
    codes = [answer.code for answer in instrument.answers if answer.is_stored]
    homes = [Household(instrument, dict.fromkeys(codes, value), [], {}) for value in GARBAGE]
    homes += [Household(instrument, {code: value}, [], {}) for code in codes[::20] for value in GARBAGE]
    verdicts, results = judge(instrument, homes)
    for home, rules, scores in zip(homes, verdicts, results, strict=True):
        assert rules == violated(home)
        assert scores == {item.number: score(home, item) for item in instrument.indicators}
