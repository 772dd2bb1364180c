"""An instrument that extends another one: what it takes over, what it renumbers, what it leaves out, what is refused."""

import pytest
import yaml

from jpt_pipeline.instruments import (
    InstrumentError,
    all_answer_columns,
    answer_columns,
    known_instruments,
    load_instrument,
)

from .test_loader import SMALL

OWN = """
id: next
extends: small
title_th: แบบต่อ
title_en: The next questionnaire
provisional: true
years: {first: 2561, last: 2562}
dimensions:
- {number: 1, key: work, name_th: งาน, name_en: Work, first: 1, last: 2, basis: {name: secondary}}
without: {answers: ['11', '12*']}
required: {id: 'REQ-I{number:02d}', text_th: 'ข้อ {questions}', text_en: 'Indicator {number}, {questions}'}
answers:
- {code: '21', question: ใหม่, indicator: 1, role: scored, label_th: ก, gloss_en: a, kind: yes_no, pattern: '^[01]$'}
indicators:
- {number: 1, dimension: work, name_th: ใหม่, name_en: new, unit: households, criterion_th: ก, criterion_en: a, surveyed: '1', failed: 0 if passed else 1, pass_if: v('21') == '1', not_applicable_if: 'False', complete_if: v('21') is not None, confidence: low, basis: {name: secondary}}
- {number: 2, dimension: work, name_th: งาน, name_en: work, continues: 2, confidence: low}
"""  # noqa: E501


def load(tmp_path, own=OWN, other=SMALL):
    folder = tmp_path / "instruments"
    folder.mkdir(exist_ok=True)
    families = "families: {LE: {error: quarantine, en: part and whole}, REQ: {error: incomplete, en: answered},"
    other = other.replace("families: {LE: {error: quarantine, en: part and whole},", families)
    for code in ("12", "13"):
        other = other.replace(f"exclusive_with: ['{code}']", "exclusive_with: []")
    (folder / "small.yaml").write_text(other, encoding="utf-8")
    (folder / "next.yaml").write_text(own, encoding="utf-8")
    return load_instrument("next", tmp_path)


def changed(**sections):
    raw = yaml.safe_load(OWN)
    return yaml.safe_dump({**raw, **sections}, allow_unicode=True)


def test_what_is_taken_over(tmp_path):
    found = load(tmp_path)
    assert [answer.code for answer in found.answers] == ["13", "21"], "11 and 12 are left out"
    assert [roster.name for roster in found.rosters] == ["members", "old"]
    assert {rule.id: rule.indicator_no for rule in found.rules} == {"HH-SAT": None, "HH-OLD": None, "REQ-I01": 1}
    assert found.settings == {}, "a setting of no indicator that is taken over"
    assert found.indicator(2).pass_if == "v('13') == '1'"
    assert (found.indicator(2).name_th, found.indicator(2).continues) == ("งาน", [2])


def test_the_rule_that_asks_follows_from_the_indicator(tmp_path):
    (rule,) = [rule for rule in load(tmp_path).rules if rule.action == "incomplete"]
    assert (rule.holds_if, rule.text_th, rule.text_en) == ("v('21') is not None", "ข้อ ใหม่", "Indicator 1, ใหม่")


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (changed(without={"answers": ["99*"]}), "without answers 99*: no such answer"),
        (OWN.replace("continues: 2", "continues: 9"), "indicators 2: continues 9, which is not there"),
        (OWN.replace("new, unit", "new, continues: [2], unit"), "indicators 2: continues 2, as 1 does"),
        (OWN.replace("extends: small", "extends: next"), "extends itself"),
        (OWN.replace("extends: small", "extends: other"), "other.yaml: no such instrument"),
        (changed(rules={"id": "HH-1"}), "rules: a list of entries with id"),
        (changed(without=["11"]), "without: not a mapping"),
        (OWN.replace("continues: 2, ", ""), "not_applicable_if and complete_if, or an indicator that it continues"),
        (OWN.replace("v('21') == '1'", "v('12') == '1'"), "indicators 1 pass_if: unknown name v('12')"),
    ],
)
def test_what_is_refused(tmp_path, own, words):
    with pytest.raises(InstrumentError, match=r"(next|other)\.yaml") as refused:
        load(tmp_path, own)
    assert words in str(refused.value)


def test_only_one_level_of_extending(tmp_path):
    load(tmp_path)
    third = OWN.replace("id: next", "id: third").replace("extends: small", "extends: next")
    (tmp_path / "instruments" / "third.yaml").write_text(third, encoding="utf-8")
    with pytest.raises(InstrumentError, match="extends next, which itself extends small"):
        load_instrument("third", tmp_path)


def test_an_operators_own_file_replaces_the_shipped_one(tmp_path):
    load(tmp_path)
    own = tmp_path / "own" / "instruments"
    own.mkdir(parents=True)
    (own / "next.yaml").write_text(OWN.replace("แบบต่อ", "แบบของเรา"), encoding="utf-8")
    load_instrument.cache_clear()
    assert load_instrument("next", tmp_path).title_th == "แบบของเรา"
    assert known_instruments(tmp_path) == ("next", "small")


def test_columns_of_all_instruments_begin_with_those_that_extend_nothing(tmp_path):
    load(tmp_path)
    assert all_answer_columns(tmp_path) == ["a11", "a12", "a13", "a21"]


@pytest.mark.parametrize(("name", "indicators_n", "threshold"), [("plan11", 30, 30000), ("plan13", 38, 40000)])
def test_the_provisional_plans(name, indicators_n, threshold):
    plan, base = load_instrument(name), load_instrument("plan12")
    assert (plan.provisional, plan.extends, len(plan.indicators)) == (True, "plan12", indicators_n)
    assert {item.confidence for item in plan.indicators} == {"low"}
    assert all(item.basis for item in plan.indicators), "how well each field is known"
    assert plan.settings["income_threshold_baht"].value == str(threshold)
    assert plan.settings["income_threshold_baht"].confidence == "low"
    others = set(answer_columns(plan)) - set(answer_columns(base))
    assert all(code.startswith(f"a9{name[-2:]}") for code in others), "codes of our own cannot collide"
    asked = [rule.indicator_no for rule in plan.rules if rule.action == "incomplete" and rule.indicator_no]
    assert asked == [item.number for item in plan.indicators if item.not_applicable_if != "True"]
    for item in plan.indicators:
        for old in item.continues:
            assert item.unit == base.indicator(old).unit, item.number


def test_number_37_of_plan_13_is_not_made_up():
    unknown = load_instrument("plan13").indicator(37)
    assert unknown.basis["name"] == "not_found" and "ไม่ทราบชื่อ" in unknown.name_th
    assert unknown.not_applicable_if == "True"
    assert not [answer for answer in load_instrument("plan13").answers if answer.indicator == 37]
