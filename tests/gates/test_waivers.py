"""A waiver lets pass exactly what it names: each test waives, plants what comes later, and sees the gate shut again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from jpt_pipeline.certification import acts
from jpt_pipeline.certification.gates import CHILDREN_CERTIFIED, GATES
from jpt_pipeline.certification.messages import load_words
from jpt_pipeline.certification.request import ActRefused, Request
from jpt_pipeline.certification.situation import Situation, load_situation
from jpt_pipeline.certification.stage import make_certified
from jpt_pipeline.certification.state import Area
from jpt_pipeline.certification.waivable import load_gates
from jpt_pipeline.certification.waive import Waived, WaiverRequest, unwaive, waive
from jpt_pipeline.clock import thai_day
from jpt_pipeline.issues import make_issues
from jpt_pipeline.ledger import Waiver, only, read_entries, writing
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Part
from tests.unit.certification.world import NOON, RULES, STREAM, YEAR, World, clock, make_round

FULL = make_round()
LESS = [level.model_copy(update={"gates": [gate for gate in level.gates if gate != "totals_tie_out"]})
        for level in FULL.streams[0].chain]  # fmt: skip
ROUND = FULL.model_copy(update={"streams": [FULL.streams[0].model_copy(update={"chain": LESS})]})
"""Without the gate on totals, which takes most of the time and which no waiver touches."""
HOUSES = ("38010101", "38010202", "38010103", "38020101")
"""A village of L1, another of L1, one of L2, one of L3."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, threads=1)


def ready(world: World, at: datetime = NOON) -> World:
    """Seal the world's tables and make the issues of its provinces."""
    world.write()
    for province in ("38", "39"):
        make_issues(world.settings, Part(YEAR, province), {}, clock(at))
    return world


def situation(world: World, at: datetime = NOON) -> Situation:
    with world.session() as connection:
        entries = read_entries(world.settings.ledger)
        return load_situation(connection, world.settings, ROUND, RULES, entries, thai_day(at))


def blocked(world: World, at: datetime = NOON) -> dict[str, list[str]]:
    """Area -> codes of the reasons of the gates on figures that stand against it."""
    codes = {
        area.area_code: [told.split(" ")[0] for told in state.blocked_by if not told.startswith("G-CHILDREN")]
        for area, state in situation(world, at).states.items()
    }
    return {area: found for area, found in codes.items() if found}


def ask(world: World, level: str, area: str, rule: str, at: datetime = NOON, **more: Any) -> Waived:
    request = WaiverRequest(level, area, rule, "ตรวจแล้วเป็นคนละคน", "คณะทำงานระดับตำบล", **more)
    return waive(world.settings, ROUND, RULES, request, clock(at))


def refusal(world: World, level: str, area: str, rule: str, **more: Any) -> str:
    """Code of the refusal; nothing may have been written."""
    before = read_entries(world.settings.ledger)
    with pytest.raises(ActRefused) as refused:
        ask(world, level, area, rule, **more)
    assert read_entries(world.settings.ledger) == before
    return refused.value.code


def test_a_waiver_lets_exactly_its_finding_pass(world: World) -> None:
    world.finding(HOUSES[0], "38010000001", "J-PERSON")
    world.finding(HOUSES[3], "38020000001", "J-PERSON")
    path = {"L1": ["G-FINDINGS"], "3801": ["G-FINDINGS"]}
    others = {area: ["G-FINDINGS"] for area in ("L3", "3802", "38", "TH")}
    assert blocked(ready(world)) == path | others
    done = ask(world, "lao", "L1", "J-PERSON")
    assert blocked(world) == others
    ((entry,), provinces) = done.entries, done.provinces
    assert (entry.waiver_id, len(entry.issues), entry.until, provinces) == (
        "2561-jpt-lao-L1-W1", 1, date(2018, 12, 31), ("38",),
    )  # fmt: skip
    waived = situation(world).waived
    assert {area.area_code for area, ids in waived.items() if ids == (entry.waiver_id,)} == {
        "38010101", "380101", "L1", "3801", "38", "TH",
    }  # fmt: skip
    (presented,) = acts.present(world.settings, ROUND, RULES, Request("lao", ("L1",)), clock()).acts
    (certified,) = acts.certify(world.settings, ROUND, RULES, Request("lao", ("L1",)), clock()).acts
    assert presented.waivers == certified.waivers == (entry.waiver_id,), "the certificate says under which waivers"
    with pytest.raises(ActRefused, match="J-PERSON"):
        acts.present(world.settings, ROUND, RULES, Request("lao", ("L3",)), clock())


def test_a_new_finding_of_the_same_rule_in_the_same_area_blocks_again(world: World) -> None:
    world.finding(HOUSES[0], "38010000001", "J-PERSON")
    ask(ready(world), "district", "3801", "J-PERSON")
    assert blocked(world) == {}
    world.finding(HOUSES[0], "38010000002", "J-PERSON")
    found = blocked(ready(world))
    assert found == {area: ["G-FINDINGS"] for area in ("L1", "3801", "38", "TH")}
    told = situation(world).states[Area(STREAM, "lao", "L1")].blocked_by
    assert told == ("G-FINDINGS รอการตัดสิน 1 ครัวเรือนใน 1 หมู่บ้าน ตามกฎ J-PERSON (เช่น 38010101)",)


def test_single_findings_can_be_waived(world: World) -> None:
    for house in ("38010000001", "38010000002"):
        world.finding(HOUSES[0], house, "J-PERSON")
    ready(world)
    path = world.lake.sealed("households__issues", Part(YEAR, "38"))
    (first, second) = (
        row[0] for row in duckdb.execute("SELECT issue_id FROM read_parquet(?) ORDER BY 1", [path]).fetchall()
    )
    assert refusal(world, "lao", "L1", "J-PERSON", issues=("0" * 16,)) == "C-WAIVE-ID"
    assert refusal(world, "lao", "L3", "J-PERSON", issues=(first,)) == "C-WAIVE-ID"
    ask(world, "lao", "L1", "J-PERSON", issues=(first,))
    assert "L1" in blocked(world)
    ask(world, "lao", "L1", "J-PERSON")
    assert blocked(world) == {}
    assert [entry.issues for entry in only(read_entries(world.settings.ledger), Waiver)] == [(first,), (second,)]
    assert refusal(world, "lao", "L1", "J-PERSON") == "C-WAIVE-NOTHING"


def test_a_gates_reason_passes_word_by_word_and_a_changed_one_blocks_again(world: World) -> None:
    world.sql("UPDATE rollups__coverage SET photo_missing_n = 1 WHERE area_code = '38010101'")
    world.sum_up()
    assert blocked(ready(world)) == {area: ["G-EVIDENCE"] for area in ("L1", "3801", "38", "TH")}
    (entry,) = ask(world, "lao", "L1", "G-EVIDENCE").entries
    assert entry.told == "G-EVIDENCE ไม่มีภาพถ่าย 1 ครัวเรือน ไม่มีลายมือชื่อ 0 ครัวเรือน ใน 1 หมู่บ้าน (เช่น 38010101)"
    assert blocked(world) == {area: ["G-EVIDENCE"] for area in ("3801", "38", "TH")}, (
        "each committee decides for itself"
    )
    assert situation(world).waived[Area(STREAM, "lao", "L1")] == (entry.waiver_id,)
    world.sql("UPDATE rollups__coverage SET photo_missing_n = 2 WHERE area_code = '38010101'")
    world.sum_up()
    assert blocked(ready(world))["L1"] == ["G-EVIDENCE"]


def test_it_ends_after_its_last_day(world: World) -> None:
    world.finding(HOUSES[0], "38010000001", "J-PERSON")
    world.sql("UPDATE rollups__coverage SET photo_missing_n = 1 WHERE area_code = '38010101'")
    world.sum_up()
    ready(world)
    last = thai_day(NOON) + timedelta(days=5)
    for rule in ("J-PERSON", "G-EVIDENCE"):
        ask(world, "lao", "L1", rule, until=last)
    assert "L1" not in blocked(world, NOON + timedelta(days=5))
    assert blocked(world, NOON + timedelta(days=6))["L1"] == ["G-EVIDENCE", "G-FINDINGS"]
    for day in (-1, 400):
        assert refusal(world, "lao", "L1", "J-PERSON", until=thai_day(NOON) + timedelta(days=day)) == "C-WAIVE-UNTIL"


def test_taken_back_it_lets_nothing_pass(world: World) -> None:
    world.finding(HOUSES[0], "38010000001", "J-PERSON")
    (entry,) = ask(ready(world), "lao", "L1", "J-PERSON").entries
    done = unwaive(world.settings, entry.waiver_id, "พบหลักฐานใหม่", "พัฒนาการอำเภอ", clock())
    assert (done.entries[0].action, done.provinces) == ("unwaive", ("38",))
    assert blocked(world)["L1"] == ["G-FINDINGS"]
    for waiver_id, code in ((entry.waiver_id, "C-WAIVER-GONE"), ("2561-jpt-lao-L1-W9", "C-WAIVER")):
        with pytest.raises(ActRefused) as refused:
            unwaive(world.settings, waiver_id, "พบหลักฐานใหม่", "พัฒนาการอำเภอ", clock())
        assert refused.value.code == code
    assert ask(world, "lao", "L1", "J-PERSON").entries[0].waiver_id == "2561-jpt-lao-L1-W2"


NEVER = [code for gate in load_gates().values() if gate.waived_by == "never" for code in gate.codes]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        *((rule, "C-WAIVE-NEVER") for rule in NEVER),
        *((rule, "C-WAIVE-FINDINGS") for rule in ("G-FINDINGS", "G-ANSWERS")),
        *((rule, "C-WAIVE-IDLE") for rule in ("J-NORM", "PLAUS-EXP", "K-KEY")),
        *((rule, "C-WAIVE-RULE") for rule in ("J-NOBODY", "")),
    ],
)
def test_what_may_not_be_waived_is_refused_with_its_code(tmp_path: Path, rule: str, code: str) -> None:
    """Before a figure is looked at."""
    request = WaiverRequest("lao", "L1", rule, "ตรวจแล้ว", "คณะทำงาน")
    with pytest.raises(ActRefused) as refused:
        waive(Settings(home=tmp_path), ROUND, RULES, request, clock())
    assert refused.value.code == code


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"reason": " "}, "C-REASON"),
    ({"by": ""}, "C-WAIVE-BY"),
    ({"level": "moon"}, "C-LEVEL-NAME"),
    ({"streams": ("basic",)}, "C-STREAM"),
    ({"area_code": "L9"}, "C-AREA"),
    ({"area_code": "L2"}, "C-WAIVE-NOTHING"),
    ({"rule_id": "G-EVIDENCE", "issues": ("0" * 16,)}, "C-WAIVE-ISSUES"),
    ({"rule_id": "G-EVIDENCE"}, "C-WAIVE-NOTHING"),
    ({"rule_id": "G-EVIDENCE", "area_code": "L9"}, "C-AREA"),
]


def test_a_request_that_lacks_something_is_refused(world: World) -> None:
    world.finding(HOUSES[0], "38010000001", "J-PERSON")
    ready(world)
    right = WaiverRequest("lao", "L1", "J-PERSON", "ตรวจ", "คณะทำงาน")
    for change, code in WRONG:
        with pytest.raises(ActRefused) as refused:
            waive(world.settings, ROUND, RULES, replace(right, **change), clock())
        assert refused.value.code == code, change
    assert read_entries(world.settings.ledger) == []


def test_findings_that_are_newer_than_their_list_cannot_be_waived(world: World) -> None:
    world.finding(HOUSES[0], "38010000001", "J-PERSON")
    ready(world)
    world.finding(HOUSES[0], "38010000002", "J-PERSON")
    world.write()
    assert refusal(world, "lao", "L1", "J-PERSON") == "C-ISSUES"


def test_a_waiver_of_a_gate_that_never_may_be_lets_nothing_pass(world: World) -> None:
    """Written past the command: the words fit, and still it does not hold."""
    world.sql("UPDATE rollups__coverage SET target_n = 22 WHERE area_code = '38010101'")
    world.sum_up()
    told = situation(ready(world)).states[Area(STREAM, "lao", "L1")].blocked_by[0]
    with writing(world.settings.ledger) as ledger:
        forged = Waiver(
            at=NOON, action="waive", survey_year=YEAR, stream=STREAM, level="lao", area_code="L1", waiver_id="W1",
            rule_id="G-COVERAGE", told=told, reason="-", by="-",
        )  # fmt: skip
        ledger.append([forged])
    assert blocked(world)["L1"] == ["G-COVERAGE"]


def incomplete(world: World, village: str, answers: Sequence[tuple[str, int]], summed: bool = True) -> World:
    """Households of a village lack answers (household, indicator): as results, as figures, made from one another."""
    for number in (1, 2):
        n = sum(indicator == number for _, indicator in answers)
        world.sql(
            "UPDATE rollups__indicators SET incomplete_n = ? WHERE area_code = ? AND indicator_no = ?",
            n,
            village,
            number,
        )
    world.sum_up()
    ready(world)
    houses = sorted({house for house, _ in answers})
    rows = [(house, *(3 if (house, n) in answers else 1 for n in (1, 2))) for house in houses]
    part = Part(YEAR, village[:2])
    values = ", ".join(f"('{house}', {first}, {second})" for house, first, second in rows)
    world._seal(
        "indicators__results", part,
        f"SELECT 'jpt' AS stream, '{village}' AS village_code, h AS household_id, a AS i01_result, b AS i02_result "
        f"FROM (VALUES {values}) AS t(h, a, b)",
    )  # fmt: skip
    made_from = {"indicators__results": world.lake.seal("indicators__results", part).sha256 if summed else "other"}
    rollup = world.lake.sealed("rollups__indicators", part)
    world.db.execute("CREATE OR REPLACE TEMP TABLE again AS SELECT * FROM read_parquet(?)", [rollup])
    world.lake.write(world.db, "rollups__indicators", part, "FROM again", fingerprint="test", inputs=made_from)
    return world


def req(world: World, house: str, indicator: int | None) -> None:
    world.sql(
        "INSERT INTO households__findings VALUES (?, 'jpt', ?, ?, 'REQ-1', 'error', ?)",
        YEAR,
        HOUSES[0],
        house,
        indicator,
    )


def test_answers_whose_findings_are_waived_do_not_count(world: World) -> None:
    req(world, "A", 1)
    incomplete(world, HOUSES[0], [("A", 1)])
    assert blocked(world)["L1"] == ["G-ANSWERS"]
    ask(world, "lao", "L1", "REQ-1")
    assert blocked(world) == {}


def test_an_incomplete_answer_that_no_finding_lists_still_blocks(world: World) -> None:
    """One waived, another household incomplete without a word of it: the figures do not let it slip."""
    req(world, "A", 1)
    incomplete(world, HOUSES[0], [("A", 1), ("B", 1)])
    ask(world, "lao", "L1", "REQ-1")
    told = situation(world).states[Area(STREAM, "lao", "L1")].blocked_by
    assert told == ("G-ANSWERS คำตอบไม่ครบ 1 รายการ พบใน 1 หมู่บ้าน (เช่น 38010101)",)


def test_a_waived_finding_covers_its_own_indicator_alone(world: World) -> None:
    req(world, "A", 1)
    incomplete(world, HOUSES[0], [("A", 1), ("A", 2)])
    ask(world, "lao", "L1", "REQ-1")
    assert blocked(world)["L1"] == ["G-ANSWERS"]


def test_a_finding_without_indicator_covers_all_answers_of_its_household(world: World) -> None:
    req(world, "A", None)
    incomplete(world, HOUSES[0], [("A", 1), ("A", 2)])
    ask(world, "lao", "L1", "REQ-1")
    assert blocked(world) == {}


def test_results_that_the_figures_were_not_summed_from_prove_nothing(world: World) -> None:
    req(world, "A", 1)
    incomplete(world, HOUSES[0], [("A", 1)], summed=False)
    ask(world, "lao", "L1", "REQ-1")
    assert blocked(world)["L1"] == ["G-ANSWERS"]


def test_the_tables_of_states_follow_a_waiver_from_its_first_day_to_its_last(world: World) -> None:
    world.finding(HOUSES[0], "38010000001", "J-PERSON")
    ready(world)
    here = Part(YEAR, "38")

    def told(at: datetime) -> tuple[list[str], str]:
        seals = make_certified(world.settings, here, {}, clock(at))
        path = world.lake.sealed("certification__state", here)
        query = "SELECT blocked_by FROM read_parquet(?) WHERE level = 'lao' AND area_code = 'L1'"
        ((reasons,),) = duckdb.execute(query, [path]).fetchall()
        return [reason.split(" ")[0] for reason in reasons], seals["certification__state"].fingerprint

    before, after = told(NOON), thai_day(NOON) + timedelta(days=1)
    assert before[0] == ["G-FINDINGS"]
    ask(world, "lao", "L1", "J-PERSON", until=after)
    waived = told(NOON)
    assert waived[0] == []
    assert told(NOON + timedelta(days=1)) == waived, "the clock alone is no news"
    assert told(NOON + timedelta(days=2))[0] == ["G-FINDINGS"]


def test_every_gate_and_every_code_says_how_it_can_be_waived() -> None:
    assert set(load_gates()) == {*GATES, CHILDREN_CERTIFIED}
    codes = [code for gate in load_gates().values() for code in gate.codes]
    assert sorted(codes) == sorted(code for code in load_words().messages if code.startswith("G-"))
