"""Which households a list has, what it says of them, and that it is the figures' own count or is not made."""

import shutil
from datetime import date
from fractions import Fraction

import duckdb
import pytest

from checks import GATES
from jpt_pipeline.areas.tree import NoSuchArea
from jpt_pipeline.households.stages import make_households, make_records
from jpt_pipeline.instruments import Result, load_instrument
from jpt_pipeline.listing.enumerators import work_of
from jpt_pipeline.listing.evidence import incomplete_evidence
from jpt_pipeline.listing.income import failing_households
from jpt_pipeline.listing.opened import COVERAGE, INDICATORS
from jpt_pipeline.listing.places import Piece, pieces
from jpt_pipeline.listing.rule import income_rule
from jpt_pipeline.listing.situation import situation
from jpt_pipeline.listing.summaries import VillageSummary, house_order, summaries
from jpt_pipeline.listing.words import NotListed
from jpt_pipeline.store.lake import Lake
from tests.unit.intake.country import HERE, YEAR, Home, household, ndjson, person
from tests.unit.listing.world import BEFORE, CANARIES, HOUSES, NAMES

HEAD = f"นาย{NAMES['head']} {NAMES['last']}"


def piece(home: Home, level: str = "district", area: str = "3801") -> Piece:
    (found,) = pieces(home.settings, YEAR, "jpt", level, area)
    return found


@pytest.fixture
def copied(world: Home, tmp_path):
    """The world, a test's own."""
    shutil.copytree(world.settings.root, tmp_path / "home")
    return Home(tmp_path)


@pytest.fixture(scope="module")
def told(world: Home) -> dict[str, VillageSummary]:
    return {one.village.code: one for one in summaries(world.settings, piece(world))}


def test_a_list_covers_its_area_in_pieces_of_a_district(world: Home) -> None:
    found = pieces(world.settings, YEAR, "jpt", "province", "38")
    assert [(one.level, one.area_code, len(one.villages)) for one in found] == [
        ("district", "3801", 3),
        ("district", "3802", 1),
    ]
    assert {one.part.province_code for one in pieces(world.settings, YEAR, "jpt", "nation", "TH")} == {"38", "39"}
    lao = piece(world, "lao", "L1")
    assert (lao.level, [one.code for one in lao.villages]) == ("lao", ["38010101", "38010201"])
    assert [level for level, _ in lao.above] == ["district", "province"]
    with pytest.raises(NoSuchArea):
        pieces(world.settings, YEAR, "jpt", "village", "99999999")


def test_the_income_indicator_is_the_instruments_own(world: Home) -> None:
    rules = {name: income_rule(load_instrument(name)) for name in ("plan11", "plan12", "plan13")}
    assert {name: (rule.indicator.number, rule.threshold_baht) for name, rule in rules.items()} == {
        "plan11": (23, 30_000), "plan12": (22, 38_000), "plan13": (29, 40_000),
    }  # fmt: skip
    plan12 = load_instrument("plan12")
    silent = [item.model_copy(update={"topic": None}) for item in plan12.indicators]
    with pytest.raises(NotListed, match=r"^L-TOPIC .*plan12"):
        income_rule(plan12.model_copy(update={"indicators": silent}))
    other = [item.model_copy(update={"pass_if": "v('42215') == '1'"}) for item in plan12.indicators]
    with pytest.raises(NotListed, match=r"^L-RULE .*22"):
        income_rule(plan12.model_copy(update={"indicators": other}))


def test_failing_households_with_the_poorest_first(world: Home) -> None:
    listed = failing_households(world.settings, piece(world))
    assert listed.surveyed_n == 4, "a household without an answer is in neither count"
    one, three = listed.households
    assert (one.house_no, one.head, one.persons_n, one.per_person) == (HOUSES["one"], HEAD, 2, Fraction(30_000))
    assert one.sources == (50_000, 0, 10_000, 0)
    # 76,000 for two is exactly the threshold; a baht less is below it.
    assert (three.house_no, three.per_person) == (HOUSES["three"], Fraction(75_999, 2))
    assert failing_households(world.settings, piece(world, "village", "38010201")).households == ()


def test_evidence_that_is_not_whole_with_its_reason(world: Home) -> None:
    listed = incomplete_evidence(world.settings, piece(world))
    assert [(one.house_no, one.codes) for one in listed.households] == [
        (HOUSES["one"], ("E-PHOTO-MISSING",)),
        (HOUSES["five"], ("E-SIGN-REFUSED",)),
    ]
    assert listed.surveyed == {"38010101": 3, "38010102": 1, "38010201": 1}


def test_every_record_has_its_enumerator(world: Home) -> None:
    work = work_of(world.settings, piece(world))
    by_who = {who: [one for one in work.visits if one.enumerator_id == who] for who in ("E1", "E9")}
    assert [one.house_no for one in by_who["E1"]] == [HOUSES["three"], HOUSES["one"], HOUSES["two"], "6"]
    assert [(one.house_no, one.codes) for one in by_who["E9"]] == [("4", ("FMT-01",)), (HOUSES["five"], ())]
    assert work.visits[0].survey_date == date(2018, 3, 1)
    assert {one.enumerator_id for one in work.registered} == {"E1", "E2"} == work.known
    assert {one.tambon_code for one in work.registered} == {"380101", "380102"}


def test_members_have_their_names_from_payloads_and_tables(told: dict[str, VillageSummary]) -> None:
    homes = {one.house_no: one for one in told["38010101"].households}
    assert list(homes) == [HOUSES["three"], HOUSES["one"], HOUSES["two"]], "by house number"
    names = [member.name for member in homes[HOUSES["one"]].members]
    assert names == [HEAD, f"{NAMES['wife']} {NAMES['last']}"], "a title that is a code is not printed"
    assert homes[HOUSES["two"]].members[0].name == f"นาย{NAMES['table']} {NAMES['last']}"
    assert [member.relation for member in homes[HOUSES["two"]].members] == [None, "01"]


def test_reasons_say_which_answer(told: dict[str, VillageSummary]) -> None:
    (one,) = (home for home in told["38010101"].households if home.house_no == HOUSES["one"])
    assert {n for n, result in one.results.items() if result is Result.FAIL} == {4, 22, 23, 25}
    said = {number: [(r.question, r.label, r.said) for r in found] for number, found in one.reasons.items()}
    assert said == {
        4: [("4.2", "เนื้อสัตว์ต้องทำให้สุกด้วยความร้อน", "ไม่ใช่")],
        22: [("22.1 5)", "", "ปีละ 60,000 บาท")],
        23: [("23.1 (12)", "", "ไม่มีการออมเงิน")],
        25: [("25", "", "สูบบุหรี่ 1 คน")],
    }
    assert one.failed_n == {25: 1}


def test_the_same_household_in_the_round_before(told: dict[str, VillageSummary]) -> None:
    """2557 had another instrument: what it calls 23 is 22 now, and a number without forerunner is not compared."""
    village = told["38010101"]
    assert (village.before.survey_year, village.before.is_same_instrument) == (BEFORE, False)
    then = {home.house_no: home.then for home in village.households}
    assert then[HOUSES["two"]] is None
    known = then[HOUSES["one"]]
    assert known and (known.persons_n, known.amounts["income_baht"]) == (1, 20_000)
    assert known.results[22] is Result.FAIL and known.results[9] is Result.PASS and 29 not in known.results


def test_a_list_that_is_not_what_the_figures_count_is_not_made(copied: Home) -> None:
    area = piece(copied)
    plant(copied, INDICATORS, "REPLACE (failed_n + (indicator_no = 22 AND level = 'village')::BIGINT AS failed_n)")
    with pytest.raises(NotListed, match=r"^L-TIES .*38010101 มี 2 .*failed_n.* คือ 3 ") as refused:
        failing_households(copied.settings, area)
    assert not [name for name in CANARIES.values() if name in str(refused.value)]
    plant(copied, COVERAGE, "REPLACE (photo_missing_n + 1 AS photo_missing_n, enumerators_n + 1 AS enumerators_n)")
    with pytest.raises(NotListed, match=r"L-TIES .*photo_missing_n"):
        incomplete_evidence(copied.settings, area)
    with pytest.raises(NotListed, match=r"L-TIES .*enumerators_n"):
        work_of(copied.settings, area)
    plant(copied, INDICATORS, "REPLACE (households_failed_n + (indicator_no = 4)::BIGINT AS households_failed_n)")
    with pytest.raises(NotListed, match=r"L-TIES .*households_failed_n"):
        list(summaries(copied.settings, area))


def plant(home: Home, table: str, change: str) -> None:
    """Another figure under a seal that says it was made from the households of now."""
    lake = Lake(home.settings.lake)
    seal = lake.seal(table, HERE)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE kept AS SELECT * {change} FROM read_parquet(?)", [lake.sealed(table, HERE)])
        lake.write(connection, table, HERE, "FROM kept", fingerprint=seal.fingerprint, inputs=seal.inputs)


def test_households_that_are_newer_than_the_figures_are_not_listed(copied: Home) -> None:
    copied.take_bytes("new.ndjson", ndjson([household(70, people=[person(700)])]))
    make_records(copied.settings, HERE, GATES)
    make_households(copied.settings, HERE, GATES)
    with pytest.raises(NotListed, match=r"^L-OLD .*38 .*jpt run"):
        failing_households(copied.settings, piece(copied))


def test_what_an_area_says_of_itself(world: Home) -> None:
    facts = situation(world.settings, piece(world, "village", "38010101"))
    assert (facts.surveyed_n, facts.target_n, facts.persons_n, facts.certified) == (3, 4, 6, None)
    assert facts.as_of and facts.as_of.year == 2018 and len(facts.sha256) == 64


def test_house_numbers_are_ordered_as_people_do() -> None:
    numbers = ["12/10", None, "9", "12", "ริมคลอง", "12/2"]
    assert sorted(numbers, key=house_order) == ["9", "12", "12/2", "12/10", "ริมคลอง", None]
