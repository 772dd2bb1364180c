"""Each gate of certification: a planted fault is seen, told with its figures, and stops the act; else it is open."""

from pathlib import Path
from typing import get_args

import pytest

from jpt_pipeline.certification import acts
from jpt_pipeline.certification.gates import CHILDREN_CERTIFIED, GATES, Rules, UnknownGate, check_names
from jpt_pipeline.certification.request import ActRefused, Request
from jpt_pipeline.certification.situation import load_situation
from jpt_pipeline.certification.state import Area
from jpt_pipeline.ledger import read_entries
from jpt_pipeline.rounds.chain import Gate
from tests.unit.certification.world import COMMITTEE, NOON, RULES, STREAM, World, clock, make_round, make_world

ROUND = make_round()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path, write=False)


def reasons(world: World, rules: Rules = RULES, *, write: bool = True) -> dict[tuple[str, str], list[str]]:
    """(level, area_code) -> reasons of the gates on figures; areas without any are left out."""
    if write:
        world.write()
    with world.session() as connection:
        states = load_situation(connection, world.settings, ROUND, rules, [], NOON.date()).states
    told = {
        (area.level, area.area_code): [reason for reason in state.blocked_by if not reason.startswith("G-CHILDREN")]
        for area, state in states.items()
    }
    return {area: found for area, found in told.items() if found}


PATH_38010101 = [("lao", "L1"), ("district", "3801"), ("province", "38"), ("nation", "TH")]


def test_without_a_fault_no_gate_on_figures_is_shut(world: World) -> None:
    assert reasons(world) == {}


def test_the_registry_knows_every_gate_that_a_round_may_name() -> None:
    assert {*GATES, CHILDREN_CERTIFIED} == set(get_args(Gate))
    check_names(get_args(Gate))
    with pytest.raises(UnknownGate, match="coverage_compleet"):
        check_names(["coverage_compleet", "all_provinces"])


def test_a_village_below_its_target_blocks_its_path(world: World) -> None:
    world.sql("UPDATE rollups__coverage SET target_n = 22 WHERE area_code = '38010101'")
    world.sum_up()
    found = reasons(world)
    assert list(found) == PATH_38010101
    assert found["lao", "L1"] == ["G-COVERAGE ขาด 12 ครัวเรือนใน 1 หมู่บ้าน (เช่น 38010101)"]


def test_a_village_above_its_target_does_not_make_up_for_another(world: World) -> None:
    world.sql("UPDATE rollups__coverage SET target_n = 12 WHERE area_code = '38010101'")
    world.sql("UPDATE rollups__coverage SET target_n = 5 WHERE area_code = '38010202'")
    world.sum_up()
    assert reasons(world)["lao", "L1"] == ["G-COVERAGE ขาด 2 ครัวเรือนใน 1 หมู่บ้าน (เช่น 38010101)"]


@pytest.mark.parametrize(
    "reason", ["empty", "refused", "under_6_months", "counted_elsewhere", "not_found"]
)  # fmt: skip
def test_every_reason_of_nonresponse_fills_the_target(world: World, reason: str) -> None:
    world.sql("UPDATE rollups__coverage SET target_n = 12 WHERE area_code = '38010101'")
    world.sql(
        f"UPDATE rollups__coverage SET nonresponse_{reason}_n = nonresponse_{reason}_n + 2 WHERE area_code = '38010101'"
    )
    world.sum_up()
    assert reasons(world) == {}


def test_a_village_without_target_blocks(world: World) -> None:
    world.sql("UPDATE rollups__coverage SET target_n = 0 WHERE area_code = '38010101'")
    world.sum_up()
    found = reasons(world)
    assert list(found) == PATH_38010101
    assert found["nation", "TH"] == ["G-TARGET ไม่มีจำนวนครัวเรือนเป้าหมาย 1 หมู่บ้าน (เช่น 38010101)"]


def test_a_village_without_coverage_row_blocks(world: World) -> None:
    world.sql("DELETE FROM rollups__coverage WHERE area_code = '38010101'")
    world.sum_up()
    assert any("G-TARGET" in reason for reason in reasons(world)["lao", "L1"])


def test_an_area_without_villages_blocks(world: World) -> None:
    world.sql("UPDATE rollups__areas SET parent_code = 'L3' WHERE area_code = '38010103'")
    assert "G-VILLAGES ไม่มีหมู่บ้าน/ชุมชนของพื้นที่นี้ในทะเบียน" in reasons(world)["lao", "L2"]


def test_an_incomplete_answer_blocks(world: World) -> None:
    world.sql("UPDATE rollups__indicators SET incomplete_n = 1 WHERE area_code = '38010101' AND indicator_no = 2")
    world.sum_up()
    found = reasons(world)
    assert list(found) == PATH_38010101
    assert found["lao", "L1"] == ["G-ANSWERS คำตอบไม่ครบ 1 รายการ พบใน 1 หมู่บ้าน (เช่น 38010101)"]


def test_a_finding_of_a_rule_that_leaves_answers_incomplete_blocks(world: World) -> None:
    world.finding("38010101", "38010000001", "REQ-1")
    world.finding("38010101", "38010000002", "PLAUS-1")
    assert list(reasons(world)) == PATH_38010101
    assert reasons(world, Rules((), (), RULES.provinces_expected)) == {}


def test_an_undecided_finding_blocks_both_areas(world: World) -> None:
    world.finding("38010101", "38010000001", "J-PERSON")
    world.finding("38020101", "38020000001", "J-PERSON")
    world.finding("38010103", "38010000009", "J-NORM")
    found = reasons(world)
    assert set(found) == {*PATH_38010101, ("lao", "L3"), ("district", "3802")}
    assert found["province", "38"] == [
        "G-FINDINGS รอการตัดสิน 2 ครัวเรือนใน 2 หมู่บ้าน ตามกฎ J-PERSON (เช่น 38010101)"
    ]  # fmt: skip


@pytest.mark.parametrize("column", ["photo_missing_n", "signature_missing_n"])
def test_missing_evidence_blocks(world: World, column: str) -> None:
    world.sql(f"UPDATE rollups__coverage SET {column} = 3 WHERE area_code = '38010101'")
    world.sum_up()
    found = reasons(world)
    assert list(found) == PATH_38010101
    figures = "3 ครัวเรือน ไม่มีลายมือชื่อ 0" if column.startswith("photo") else "0 ครัวเรือน ไม่มีลายมือชื่อ 3"
    assert found["lao", "L1"][0].startswith(f"G-EVIDENCE ไม่มีภาพถ่าย {figures} ครัวเรือน ใน 1 หมู่บ้าน")


def test_refused_evidence_does_not_block(world: World) -> None:
    world.sql("UPDATE rollups__coverage SET photo_refused_n = 9, signature_refused_n = 9 WHERE level = 'village'")
    world.sum_up()
    assert reasons(world) == {}


MEASURES = [
    ("rollups__indicators", "households_failed_n"), ("rollups__indicators", "households_applicable_n"),
    ("rollups__economy", "income_baht"), ("rollups__economy", "expense_debt_baht"), ("rollups__coverage", "target_n"),
    ("rollups__coverage", "nonresponse_empty_n"), ("rollups__coverage", "quarantined_n"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "measure"), MEASURES)
def test_a_total_that_differs_from_its_parts_blocks(world: World, table: str, measure: str) -> None:
    """The dashboard of 2563 said one number, the provinces summed to another."""
    world.sql(f"UPDATE {table} SET {measure} = {measure} + 1 WHERE level = 'district' AND area_code = '3801'")
    found = reasons(world)
    assert list(found) == PATH_38010101[1:]
    assert found["district", "3801"][0].startswith("G-TOTALS ยอดไม่ตรงกัน 1 แห่ง (เช่น district 3801 rollups__")
    assert measure in found["district", "3801"][0]


def test_a_tambon_that_differs_blocks_its_district_though_the_laos_add_up(world: World) -> None:
    world.sql(
        "UPDATE rollups__economy SET income_baht = income_baht + 1 WHERE level = 'tambon' AND area_code = '380101'"
    )
    found = reasons(world)
    assert list(found) == PATH_38010101[1:]
    assert found["district", "3801"][0].startswith("G-TOTALS ยอดไม่ตรงกัน 2 แห่ง")


def test_an_age_group_that_is_lost_on_the_way_up_blocks(world: World) -> None:
    world.sql("DELETE FROM rollups__population WHERE level = 'province' AND area_code = '38' AND sex = '2'")
    assert list(reasons(world)) == PATH_38010101[2:]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE rollups__population SET persons_n = persons_n + 1 WHERE area_code = '38010101' AND sex = '1'",
         "economy.persons_n 25 <> population.persons_n 26"),
        ("UPDATE rollups__indicators SET surveyed_n = surveyed_n + 1 WHERE area_code = '38010101' AND indicator_no = 1",
         "surveyed_n 21 <> passed_n + failed_n 20"),
        ("UPDATE rollups__coverage SET surveyed_n = surveyed_n + 1 WHERE area_code = '38010101'",
         "coverage.surveyed_n 10 <> economy.households_n 9"),
        ("DELETE FROM rollups__population WHERE area_code = '38010101'",
         "economy.persons_n 25 <> population.persons_n 0"),
        ("UPDATE certification__trees SET tree_size = tree_size - 1 WHERE village_code = '38010101'",
         "economy.households_n 9 <> trees.tree_size 8"),
        ("DELETE FROM certification__trees WHERE village_code = '38010101'",
         "economy.households_n 9 <> trees.tree_size 0"),
    ],
)  # fmt: skip
def test_tables_that_contradict_each_other_block(world: World, change: str, words: str) -> None:
    world.sql(change)
    world.sum_up()
    found = reasons(world)
    assert list(found) == PATH_38010101
    with world.session() as connection:
        load_situation(connection, world.settings, ROUND, RULES, [], NOON.date())
        told = [row[0] for row in connection.execute("SELECT told FROM cert_tie_out").fetchall()]
    assert any(words in place for place in told)


def test_enumerators_and_quarantined_records_of_no_village_need_not_add_up(world: World) -> None:
    world.sql("UPDATE rollups__coverage SET enumerators_n = 1 WHERE level <> 'village'")
    world.sql("UPDATE rollups__coverage SET quarantined_n = quarantined_n + 7 WHERE level = 'nation'")
    assert reasons(world) == {}


def test_a_province_that_is_missing_blocks_the_nation_only(world: World) -> None:
    rules = Rules(RULES.incomplete, RULES.blocking, ("38", "39", "40"))
    assert reasons(world, rules) == {("nation", "TH"): ["G-PROVINCES ไม่มีข้อมูล 1 จังหวัด (เช่น 40)"]}


def test_a_child_without_certificate_blocks_its_parent(world: World) -> None:
    world.write()
    with world.session() as connection:
        states = load_situation(connection, world.settings, ROUND, RULES, [], NOON.date()).states
    assert states[Area(STREAM, "district", "3801")].blocked_by == (
        "G-CHILDREN ยังไม่ได้รับรอง 2 จาก 2 องค์กรปกครองส่วนท้องถิ่น (เช่น L1)",
    )


def test_a_shut_gate_refuses_the_act_and_an_open_one_lets_it_pass(world: World) -> None:
    world.sql("UPDATE rollups__coverage SET photo_missing_n = 1 WHERE area_code = '38010101'")
    world.sum_up()
    world.write()
    with pytest.raises(ActRefused, match="G-EVIDENCE") as refused:
        acts.present(world.settings, ROUND, RULES, Request("lao", ("L1", "L2")), clock())
    assert refused.value.code == "C-BLOCKED"
    assert read_entries(world.settings.ledger) == []
    world.sql("UPDATE rollups__coverage SET photo_missing_n = 0")
    world.write()
    assert len(acts.present(world.settings, ROUND, RULES, Request("lao", ("L1", "L2")), clock()).acts) == 2


def test_a_gate_that_shuts_after_presenting_refuses_the_certificate(world: World) -> None:
    """A finding moves no figure: only judging the gates again can see it."""
    world.write()
    acts.present(world.settings, ROUND, RULES, Request("lao", ("L1",)), clock())
    world.finding("38010101", "38010000001", "J-PERSON")
    world.write()
    with pytest.raises(ActRefused, match="G-FINDINGS"):
        acts.certify(world.settings, ROUND, RULES, Request("lao", ("L1",), committee=COMMITTEE), clock())


def test_figures_of_an_area_without_any_part_do_not_tie_out(world: World) -> None:
    """District 3802 has households, and nothing in the register lies in it."""
    world.sql("DELETE FROM rollups__areas WHERE area_code IN ('L3', '38020101', '380201')")
    world.write()
    with world.session() as connection:
        load_situation(connection, world.settings, ROUND, RULES, [], NOON.date())
        told = [
            row[0] for row in connection.execute("SELECT told FROM cert_tie_out WHERE area_code = '3802'").fetchall()
        ]
    assert "district 3802 rollups__economy.households_n 9 <> lao 0" in told
