"""Each kind of error in a definition is refused, with the name of the file and of the entry."""

import pytest
import yaml

from jpt_pipeline.instruments import InstrumentError, load_instrument
from jpt_pipeline.instruments.expressions import Ref
from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml

SMALL = """
id: small
title_th: แบบทดสอบ
title_en: A small questionnaire
provisional: true
years: {first: 2560, last: 2560}
dimensions:
- {number: 1, key: health, name_th: สุขภาพ, name_en: Health, first: 1, last: 1}
- {number: 2, key: work, name_th: งาน, name_en: Work, first: 2, last: 2}
settings:
  good: {allowed: ['1', '0'], value: '1', indicators: [1], confidence: low, note_th: ไม่ทราบ, note_en: unknown}
member_fields: {age_years: {type: int, en: age}, sex: {type: text, en: sex}}
household_fields: {satisfaction: {type: int, en: happiness}, is_local: {type: flag, en: local}}
rosters:
- {name: members, where: 'True', label_th: ทุกคน, basis: app}
- {name: old, where: m.age_years >= 60, label_th: สูงอายุ, basis: app}
answers:
- {code: '11', question: '1', indicator: 1, role: target, label_th: ก, gloss_en: a, kind: choice_with_count, pattern: '^(0|1,[0-9]+)$', attach: '1,{persons}', values: {'1,{persons}': มี, '0': ไม่มี}}
- {code: '12', question: '2', indicator: 1, role: scored, label_th: ข, gloss_en: b, kind: all_or_count, pattern: '^(1|0,[0-9]+)$', attach: '0,{persons}', good_value: s('good'), visible_if: v('11') == '1', exclusive_with: ['13']}
- {code: '13', question: '3', role: info, label_th: ค, gloss_en: c, kind: yes_no, pattern: '^[01]$', exclusive_with: ['12']}
indicators:
- {number: 1, dimension: health, name_th: ก, name_en: a, unit: persons, criterion_th: ก, criterion_en: a, surveyed: n('11'), failed: n('12'), pass_if: v('12') == s('good'), not_applicable_if: v('11') != '1', complete_if: v('12') is not None, confidence: high}
- {number: 2, dimension: work, name_th: ข, name_en: b, unit: households, criterion_th: ข, criterion_en: b, surveyed: '1', failed: 0 if passed else 1, pass_if: v('13') == '1', not_applicable_if: 'False', complete_if: v('13') is not None, confidence: high}
families: {LE: {error: quarantine, en: part and whole}, HH: {error: quarantine, en: household}}
rules:
- {id: LE-12, severity: error, indicator_no: 1, basis: app, holds_if: n('12') <= n('11'), text_th: ก, text_en: a}
- {id: HH-SAT, severity: error, action: finding, basis: app, holds_if: f('satisfaction') is None or f('satisfaction') <= 10, text_th: ก, text_en: a}
- {id: HH-OLD, severity: warning, basis: app, holds_if: r('old') <= r('members'), text_th: ก, text_en: a}
"""  # noqa: E501


def load(tmp_path, text):
    load_instrument.cache_clear()
    (tmp_path / "instruments").mkdir(exist_ok=True)
    (tmp_path / "instruments" / "small.yaml").write_text(text, encoding="utf-8")
    return load_instrument("small", tmp_path)


def planted(path, value):
    """SMALL with one value replaced (None removes it); the path names entries by position."""
    raw = yaml.safe_load(SMALL)
    here = raw
    for step in path[:-1]:
        here = here[step]
    if value is None:
        del here[path[-1]]
    else:
        here[path[-1]] = value
    return yaml.safe_dump(raw, allow_unicode=True)


def test_the_small_one_is_sound(tmp_path):
    instrument = load(tmp_path, SMALL)
    assert [rule.action for rule in instrument.rules] == ["quarantine", "finding", "finding"]
    assert instrument.answers[1].good_value == "1"
    assert instrument.indicator(2).name_en == "b"
    with pytest.raises(KeyError):
        instrument.indicator(3)


A, N, R = "answers", "indicators", "rules"
FAULTS = [
    # what is planted, where, and the words that must stand in the message
    ((A, 2, "code"), "12", "answers 12: stands 2 times"),
    (("rosters", 1, "name"), "members", "rosters members: stands 2 times"),
    ((R, 1, "id"), "LE-12", "rules LE-12: stands 2 times"),
    ((N, 1, "number"), 1, "indicators 1: stands 2 times"),
    ((N, 1, "number"), 3, "numbers are not 1 to 2"),
    (("dimensions", 1, "first"), 3, "dimensions work: begins at 3"),
    (("dimensions", 1, "last"), 3, "end at 3, but there are 2"),
    ((N, 1, "dimension"), "health", "dimensions work: its indicators are []"),
    ((N, 1, "dimension"), "leisure", "indicators 2: unknown dimension leisure"),
    ((A, 0, "indicator"), 9, "answers 11: unknown indicator 9"),
    ((R, 0, "indicator_no"), 9, "rules LE-12: unknown indicator 9"),
    (("settings", "good", "value"), "2", "settings good: '2' is not one of"),
    (("settings", "good", "indicators"), [7], "settings good: unknown indicator 7"),
    ((N, 0, "pass_if"), "v('12') == s('bad')", "indicators 1 pass_if: unknown name s('bad')"),
    ((N, 0, "pass_if"), "v('12') == '1'", "settings good: no expression uses it"),
    ((A, 0, "pattern"), "^(0|1,[0-9]+$", "answers 11: pattern '^(0|1,[0-9]+$' does not compile"),
    ((A, 2, "pattern"), "^(?=1)1$", "answers 13: pattern '^(?=1)1$' looks around"),
    ((A, 0, "pattern"), "^(0|2,[0-9]+)$", "answers 11: pattern '^(0|2,[0-9]+)$' does not allow '1,{persons}'"),
    ((A, 2, "attach"), "1,{persons}", "answers 13: attach '1,{persons}' does not fit kind yes_no"),
    ((A, 2, "good_value"), "2", "answers 13: good_value '2' cannot occur"),
    ((A, 2, "exclusive_with"), [], "answers 12: excludes 13, but not the other way round"),
    ((A, 2, "exclusive_with"), ["99"], "answers 13: exclusive_with unknown code 99"),
    ((A, 1, "visible_if"), "v('11') == '3'", "answers 12 visible_if: can never be true"),
    ((A, 1, "visible_if"), "v('11') == '3'", "answers 12 visible_if: 11 cannot be '3'"),
    ((A, 1, "visible_if"), "False", "answers 12 visible_if: can never be true"),
    ((A, 0, "visible_if"), "v('12') == '1'", "answers 11 visible_if: waits for itself"),
    ((A, 1, "visible_if"), "v('99') == '1'", "answers 12 visible_if: unknown name v('99')"),
    ((R, 0, "holds_if"), "n('12') <= n('13')", "rules LE-12 holds_if: unknown name n('13')"),
    ((R, 0, "holds_if"), "baht('12') <= 3", "rules LE-12 holds_if: unknown name baht('12')"),
    ((R, 2, "holds_if"), "r('young') <= 3", "rules HH-OLD holds_if: unknown name r('young')"),
    ((R, 1, "holds_if"), "f('mood') is None", "rules HH-SAT holds_if: unknown name f('mood')"),
    (("rosters", 1, "where"), "m.age >= 60", "rosters old where: unknown name m('age')"),
    (("rosters", 1, "where"), "v('11') == '1'", "rosters old where: unknown name v('11')"),
    ((R, 0, "holds_if"), "n('12') <=", "rules LE-12 holds_if: does not parse"),
    ((R, 0, "holds_if"), "__import__('os').system('true')", "rules LE-12 holds_if: not of the language"),
    ((R, 0, "holds_if"), "n('12')", "rules LE-12 holds_if: is int, not flag"),
    ((R, 0, "holds_if"), "v('12') <= 3", "rules LE-12 holds_if: <= needs int, got text"),
    ((R, 0, "holds_if"), "v('12') == 1", "rules LE-12 holds_if: == needs text, got int"),
    ((R, 0, "holds_if"), "n('12') and True", "rules LE-12 holds_if: and/or needs flag, got int"),
    ((R, 0, "holds_if"), "n('12') is None", "rules LE-12 holds_if: only an answer or a field can be None"),
    ((R, 1, "holds_if"), "f('satisfaction') + 1 > 0", "over a number that may be unset"),
    ((N, 1, "pass_if"), "passed", "indicators 2 pass_if: passed does not stand here"),
    ((N, 1, "surveyed"), "'1'", "indicators 2 surveyed: is text, not int"),
    ((R, 0, "colour"), "red", "rules LE-12 colour: Extra inputs are not permitted"),
    ((N, 0, "unit"), None, "indicators 1 unit: Field required"),
    ((R, 0, "id"), "XX-12", "rules XX-12 action: Field required"),
    (("id",), "other", "id: other is not the file's name"),
]


@pytest.mark.parametrize(("path", "value", "words"), FAULTS, ids=[words for _, _, words in FAULTS])
def test_planted_error_is_named(tmp_path, path, value, words):
    with pytest.raises(InstrumentError) as caught:
        load(tmp_path, planted(path, value))
    assert words in str(caught.value)
    assert "small.yaml" in str(caught.value)


def test_all_errors_are_told_at_once(tmp_path):
    broken = SMALL.replace("m.age_years >= 60", "m.age >= 60").replace("r('old')", "r('young')")
    with pytest.raises(InstrumentError) as caught:
        load(tmp_path, broken)
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SMALL.replace("provisional: true", "provisional: true\nprovisional: false"), "stands twice"),
        (SMALL.replace("title_en:", "title_en: [", 1), "small.yaml"),
        ("- just\n- a list\n", "not a mapping"),
    ],
    ids=["key twice", "not YAML", "not a mapping"],
)
def test_broken_file(tmp_path, text, words):
    with pytest.raises(InstrumentError, match=words):
        load(tmp_path, text)


def test_missing_file(tmp_path):
    load_instrument.cache_clear()
    with pytest.raises(InstrumentError, match="no such instrument"):
        load_instrument("plan99", tmp_path)


def test_a_setting_may_be_a_number(tmp_path):
    least = "allowed: ['3', '4'], value: '4', is_number: true, indicators: [2], confidence: low, note_th: ก, note_en: a"
    text = SMALL.replace("member_fields:", f"  least: {{{least}}}\nmember_fields:").replace(
        "pass_if: v('13') == '1'", "pass_if: n('11') >= s('least')"
    )
    assert load(tmp_path, text).choices[Ref("s", "least")] == 4
    with pytest.raises(InstrumentError, match="needs int, got text"):
        load(tmp_path, text.replace("is_number: true, ", ""))
    with pytest.raises(InstrumentError, match="least: 'many' is no number"):
        load(tmp_path, text.replace("allowed: ['3', '4']", "allowed: [many, '4']"))


def test_plan12_is_complete():
    load_instrument.cache_clear()
    instrument = load_instrument("plan12")
    assert load_instrument("plan12") is instrument
    assert (len(instrument.indicators), len(instrument.dimensions), instrument.provisional) == (31, 5, False)
    assert len({rule.id for rule in instrument.rules}) == 309
    warnings = {rule.action for rule in instrument.rules if rule.severity == "warning"}
    assert warnings == {"finding"}
    assert [rule.indicator_no for rule in instrument.rules if rule.action == "incomplete"][1:] == list(range(1, 32))
    thai = [rule.text_th for rule in instrument.rules] + [answer.label_th for answer in instrument.answers]
    assert all(text.strip() for text in thai)
    assert "good_value: s('clean_value_12')" in (Settings().definitions / "instruments/plan12.yaml").read_text("utf-8")
    assert load_yaml(Settings().definitions / "instruments/plan12.yaml")["id"] == "plan12"
