"""The invented households keep every rule of the code book, come near the rates of the file, and look like people."""

import json
from collections import Counter

import pytest
from stdnum.th import pin

from jpt_pipeline.synthetic.generate import generate
from jpt_pipeline.synthetic.spec import load_spec

from .codebook import members_of, survey


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """2,500 households of another province, as payload lines."""
    folder = tmp_path_factory.mktemp("many") / "out"
    generate(folder, survey_year=2562, province_code="38", households_n=2500, seed=9, file_format="payload")
    (path,) = (folder / "deliveries").iterdir()
    return path.read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def judged(many):
    return survey(many)


def test_no_household_violates_an_error_rule(judged):
    found, rules, _ = judged
    assert {rule_id: n for rule_id, n in found.items() if rules[rule_id].severity == "error"} == {}


def test_warnings_are_rare(judged, many):
    found, _, _ = judged
    assert sum(found.values()) < len(many) * 0.04
    assert found.keys() <= {"HH-SIGN", "PLAUS-EXP"}


def test_pass_rates_come_near_the_file(judged):
    """Percent failed of each indicator within ten standard errors: answers of one village cling together."""
    _, _, totals = judged
    wanted = {step.indicator: step.fail for step in load_spec().answers if step.indicator and hasattr(step, "fail")}
    assert len(wanted) >= 27
    for number, percent in wanted.items():
        surveyed, failed = totals[number]
        share = percent / 100
        allowed = 10 * (share * (1 - share) / surveyed) ** 0.5 + 2 / surveyed
        assert abs(failed / surveyed - share) <= allowed, (number, failed, surveyed)


@pytest.mark.parametrize(("number", "failed_percent"), [(22, (1.0, 3.5)), (24, (4.0, 9.0)), (25, (6.0, 11.0))])
def test_rates_that_follow_from_other_figures(judged, number, failed_percent):
    surveyed, failed = judged[2][number]
    assert failed_percent[0] < 100 * failed / surveyed < failed_percent[1]


def test_published_rates_are_marked_as_published():
    published = {step.indicator: step.fail for step in load_spec().answers if step.basis == "published"}
    assert published == {1: 0.22, 2: 2.16, 3: 0.005, 4: 0.68, 5: 0.53, 6: 2.70}


def test_answers_of_a_household_hang_together(many):
    """Households that fail one yes/no indicator fail another more often than the rest."""
    pairs = Counter()
    for line in many:
        answer = json.loads(line)["family"]["answer"]
        pairs[answer["5301"] == "0", "423112" in answer and answer["423112"] == "1"] += 1
    poor = pairs[True, True] / (pairs[True, True] + pairs[True, False])
    rest = pairs[False, True] / (pairs[False, True] + pairs[False, False])
    assert poor > 1.5 * rest


def test_ages_and_sizes_look_rural(many):
    records = [json.loads(line) for line in many]
    ages = [member.age_years for record in records for member in members_of(record)]
    sizes = [len(record["family"]["hmember"]) for record in records]
    assert 2.6 < sum(sizes) / len(sizes) < 3.0
    assert 0.12 < sum(age < 15 for age in ages) / len(ages) < 0.22
    assert 0.17 < sum(age >= 60 for age in ages) / len(ages) < 0.27
    assert 0.004 < sum(age < 1 for age in ages) / len(ages) < 0.02
    assert max(ages) <= 105


def test_citizen_numbers_are_valid_unique_and_begin_with_8(many):
    numbers = [member["idcard"] for line in many for member in json.loads(line)["family"]["hmember"]]
    assert all(pin.is_valid(number) and number[0] == "8" for number in numbers)
    assert len(set(numbers)) == len(numbers)


def test_survey_days_lie_in_the_season_of_the_round(many):
    days = {json.loads(line)["submitted_at"] for line in many}
    assert all("2019-01-15" <= day[:10] <= "2019-03-10" and day.endswith("+07:00") for day in days)
    assert any(day[11:13] == "06" for day in days), "some moments fall on the day before in UTC"


def test_a_house_without_number_has_the_district_only(many):
    short = [family for line in many if len((family := json.loads(line)["family"])["hid"]) == 4]
    assert 0 < len(short) < len(many) * 0.02
    assert all(family["hid"] == family["hamphur"] for family in short)


def test_the_columns_are_the_answers_that_the_instrument_stores():
    from jpt_pipeline.instruments import load_instrument

    stored = {answer.code for answer in load_instrument("plan12").answers if answer.is_stored}
    assert set(load_spec().codes()) == stored
