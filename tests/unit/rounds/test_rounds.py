"""The five rounds as their letters describe them, and files that break a rule of the models."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from jpt_pipeline.rounds import UnknownRound, known_rounds, load_round
from jpt_pipeline.settings import CHECKOUT
from jpt_pipeline.store.stage import version

# round, stream, day -> levels that must certify, bottom up
CHAINS = [
    (2557, "jpt", None, "tambon district province nation"),
    (2557, "basic", None, "lao district province nation"),
    (2561, "jpt", None, "lao district province nation"),
    (2563, "jpt", None, "lao district province nation"),
    (2566, "jpt", None, "village tambon district province nation"),
    (2567, "jpt", date(2024, 6, 26), "village lao district province nation"),
    (2567, "jpt", date(2024, 6, 27), "district province nation"),
    (2567, "jpt", None, "district province nation"),
]

# round, stream -> level, form, due date; "-" where no source says it
FORMS = [
    (2557, "jpt", "tambon 1 2014-03-31", "district 2 2014-04-11", "province 3 2014-04-22", "nation - -"),
    (2557, "basic", "lao 1 2014-03-31", "district 2 2014-04-11", "province 3 2014-04-22", "nation - -"),
    (2561, "jpt", "lao - 2018-03-20", "district - 2018-03-31", "province - -", "nation - -"),
    (2563, "jpt", "lao - -", "district - -", "province - -", "nation - -"),
    (2567, "jpt", "district - -", "province - -", "nation - -"),
]


def test_five_rounds_are_described():
    assert known_rounds() == (2557, 2561, 2563, 2566, 2567)


@pytest.mark.parametrize(("year", "stream", "on", "levels"), CHAINS)
def test_chain_of_a_round(year, stream, on, levels):
    assert [level.level for level in load_round(year).chain(stream, on)] == levels.split()


@pytest.mark.parametrize("case", FORMS, ids=lambda case: f"{case[0]}-{case[1]}")
def test_forms_and_due_dates(case):
    year, stream, *expected = case
    chain = load_round(year).chain(stream)
    assert [f"{level.level} {level.form_no or '-'} {level.due_date or '-'}" for level in chain] == expected


def test_gates_of_2561():
    below = ["coverage_complete", "answers_complete", "findings_decided", "evidence_complete", "totals_tie_out"]
    assert {level.level: level.gates for level in load_round(2561).chain("jpt")} == {
        "lao": below,
        "district": [*below, "children_certified"],
        "province": [*below, "children_certified"],
        "nation": ["children_certified", "all_provinces", "totals_tie_out"],
    }


def test_the_amendment_of_2567_moves_the_lowest_level_and_sets_the_window():
    before = load_round(2567).chain("jpt", date(2024, 6, 26))
    after = load_round(2567).chain("jpt", date(2024, 6, 27))
    assert "children_certified" in before[2].gates and before[2].window is None
    assert "children_certified" not in after[0].gates
    assert (after[0].window.first, after[0].window.last) == (date(2024, 7, 1), date(2024, 8, 31))


def test_who_must_be_present_and_named():
    """Half of the members by law, in every round; that the committee is named only where a letter says who sits on it."""
    levels = [(year, level) for year in known_rounds() for stream in load_round(year).streams for level in stream.chain]
    assert {(level.quorum_percent, level.basis.quorum) for _, level in levels} == {(50, "confirmed")}
    named = [(year, level.level) for year, level in levels if level.committee_required]
    assert named == [(2567, "district"), (2567, "province")]
    assert load_round(2567).quality.committee_persons == {"district": 20, "province": 20}


def test_the_team_of_the_lao_still_checks_first_after_the_amendment():
    round_ = load_round(2567)
    assert round_.first_checks("jpt", date(2024, 6, 26)) == []
    assert [level.level for level in round_.first_checks("jpt", date(2024, 6, 27))] == ["lao"]


def test_an_operators_own_file_replaces_the_shipped_one(tmp_path):
    definitions = changed(tmp_path, 2561, "committee: letter", "committee: letter")
    own, before = definitions / "own" / "rounds", version.__wrapped__(definitions)
    own.mkdir(parents=True)
    text = (definitions / "rounds" / "2561.yaml").read_text(encoding="utf-8")
    (own / "2561.yaml").write_text(text.replace("2018-03-31", "2018-04-02"), encoding="utf-8")
    (own / "2562.yaml").write_text(text.replace("survey_year: 2561", "survey_year: 2562"), encoding="utf-8")
    assert load_round(2561, definitions).chain("jpt")[1].due_date == date(2018, 4, 2)
    assert known_rounds(definitions) == (2557, 2561, 2562, 2563, 2566, 2567)
    assert version.__wrapped__(definitions) != before, "what rests on the definitions is made again"


def test_figures_of_the_2567_letter():
    found = load_round(2567)
    demand = found.quality.confidence
    assert (demand.percent_min, demand.level, demand.basis.demand) == (95, "province", "letter")
    assert (demand.reading, demand.basis.reading) == ("lower_bound", "project")
    assert found.quality.visits_min == {"province": 2, "district": 1}
    assert (found.plan.districts_n, found.plan.provinces_n) == (878, 76)
    assert sorted((budget.level, budget.baht_per_area) for budget in found.budgets) == [
        ("district", 2500),
        ("district", 4500),
        ("province", 5000),
        ("province", 5100),
    ]


def test_rhythm_of_progress_reports():
    rhythms = {year: load_round(year).progress for year in known_rounds()}
    assert rhythms[2557].dates == [date(2014, 2, 7), date(2014, 3, 27)]
    assert rhythms[2561].rhythm == "daily"
    assert (rhythms[2563].weekday, rhythms[2563].or_first_workday) == (1, True)
    assert rhythms[2566].rhythm == rhythms[2567].rhythm == "unknown"


def test_instruments_are_names_and_inferred_ones_say_so():
    assert [(year, load_round(year).instrument) for year in known_rounds()] == [
        (2557, "plan11"),
        (2561, "plan12"),
        (2563, "plan12"),
        (2566, "plan13"),
        (2567, "plan13"),
    ]
    assert load_round(2566).instrument_basis == "inferred"


def test_contests_of_2566_and_their_criteria():
    assert [contest.criteria_n for contest in load_round(2566).contests] == [9, 9, 8, 10]


@pytest.mark.parametrize("year", known_rounds())
def test_bangkok_is_outside_every_round(year):
    provinces = load_round(year).provinces_expected
    assert len(provinces) == 76 and "10" not in provinces and list(provinces) == sorted(provinces)


def test_unknown_round_names_the_known_ones():
    with pytest.raises(UnknownRound, match=r"2570.*2557, 2561"):
        load_round(2570)


def test_unknown_stream():
    with pytest.raises(KeyError, match="basic"):
        load_round(2561).chain("basic")


def changed(tmp_path: Path, year: int, old: str, new: str) -> Path:
    """Definitions whose round `year` has the first `old` replaced by `new`."""
    shutil.copytree(CHECKOUT / "data/rounds", tmp_path / "rounds")
    path = tmp_path / "rounds" / f"{year}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("year", "old", "new", "message"),
    [
        (2561, "level: lao", "level: region", "unknown levels"),
        (2561, "level: district", "level: village", "bottom up"),
        (2561, "level: district", "level: lao", "bottom up"),
        (2566, "level: tambon", "level: lao\n        required: true\n        x: 1", "Extra inputs"),
        (2566, "level: district", "level: lao", "does not lie inside"),
        (2561, "due_date: 2018-03-31", "due_date: 2018-03-19", "due before one below"),
        (2561, "evidence_complete", "evidence_nice", "Input should be"),
        (2561, "totals_tie_out]", "totals_tie_out, totals_tie_out]", "a gate stands twice"),
        (2561, "totals_tie_out]", "totals_tie_out, children_certified]", "children_certified belongs"),
        (2561, "totals_tie_out, children_certified]", "totals_tie_out]", "children_certified belongs"),
        (2561, "due_date: letter", "due_date: unknown", "its basis is unknown"),
        (2561, "form_no: unknown", "form_no: letter", "form_no is None"),
        (2557, "key: basic", "key: jpt", "each once"),
        (2567, "lao: {required: false,", "tambon: {required: false,", "no level"),
        (2567, "    stream: jpt\n", "    stream: basic\n", "no stream basic"),
        (2567, "committee_persons", "committee", "Extra inputs"),
        (2567, "baht: 3951000", "baht: 3951001", "is not 3951001"),
        (2567, "provinces_n: 76", "provinces_n: 77", "expected are 76"),
        (2567, 'excluded_provinces: ["10"]', 'excluded_provinces: ["01"]', "unknown code"),
        (2563, "weekday: 1,", "", "weekly needs a weekday"),
        (2561, "survey_year: 2561", "survey_year: 2562", "describes round 2562"),
        (2561, "survey_year: 2561", "survey_year: 2561\nsurvey_year: 2561", "stands twice"),
        (2561, "key: orders", "key: targets", "a key stands twice"),
    ],
)
def test_a_file_that_breaks_a_rule_is_refused_with_its_name(tmp_path, year, old, new, message):
    definitions = changed(tmp_path, year, old, new)
    with pytest.raises(ValueError, match=message) as refused:
        load_round(year, definitions)
    assert f"{year}.yaml" in str(refused.value)
