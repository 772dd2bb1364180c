"""Scenarios of certification on a small country: acts, corrections, amendments, and the tables that follow."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jpt_pipeline.certification import acts
from jpt_pipeline.certification.request import ActRefused, Outcome, Request
from jpt_pipeline.certification.situation import load_situation
from jpt_pipeline.certification.state import AreaState, certificates, required_below
from jpt_pipeline.certification.tables import acts_sha256, inputs_of, state_tables
from jpt_pipeline.ledger import Act, Committee, LedgerBroken, only, read_entries
from jpt_pipeline.rounds import Round
from jpt_pipeline.store.lake import Part
from tests.unit.certification.world import COMMITTEE, NOON, RULES, STREAM, YEAR, World, clock, make_round, make_world

ROUND = make_round()
DAY = NOON.date()
CHAIN = ("lao", "district", "province", "nation")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


def do(
    world: World, action: str, level: str, *areas: str, round_: Round = ROUND, at: datetime = NOON, **more: Any
) -> Outcome:
    """One act on named areas, or on the whole level; certificates by the committee unless said otherwise."""
    committee = COMMITTEE if action == "certify" else Committee()
    request = Request(level, areas or None, **({"committee": committee} | more))
    return {
        "present": acts.present, "certify": acts.certify, "return": acts.return_, "revoke": acts.revoke,
    }[action](world.settings, round_, RULES, request, clock(at))  # fmt: skip


def certify(world: World, *levels: str, round_: Round = ROUND) -> None:
    """Present and certify whole levels."""
    for level in levels:
        assert do(world, "present", level, round_=round_).is_complete
        assert do(world, "certify", level, round_=round_).is_complete


def look(world: World, round_: Round = ROUND, on: date = DAY) -> dict[str, AreaState]:
    """Area code -> state row, as of a day."""
    with world.session() as connection:
        events = read_entries(world.settings.ledger)
        found = load_situation(connection, world.settings, round_, RULES, events, on).states
    return {area.area_code: state for area, state in found.items()}


def states(world: World, round_: Round = ROUND, on: date = DAY) -> dict[str, str]:
    return {code: str(row.state) for code, row in look(world, round_, on).items()}


def test_a_country_is_certified_bottom_up(world: World) -> None:
    assert set(states(world).values()) == {"DRAFT"}
    with pytest.raises(ActRefused, match="G-CHILDREN"):
        do(world, "present", "district", "3801")
    certify(world, *CHAIN)
    assert set(states(world).values()) == {"CERTIFIED"}
    event = next(a for a in only(read_entries(world.settings.ledger), Act) if a.certificate_id == "2561-jpt-lao-L1-1")
    assert event.counts.model_dump() == {"households": 18, "persons": 50, "target": 20}
    assert (event.form_no, event.instrument) == ("1", "plan12")
    assert event.committee == COMMITTEE.model_copy(update={"quorum_n": 10})


def test_a_correction_makes_its_path_stale_and_leaves_siblings(world: World) -> None:
    certify(world, *CHAIN)
    world.move("38010101")
    found = states(world)
    assert {code for code, state in found.items() if state == "STALE"} == {"L1", "3801", "38", "TH"}
    assert {code for code, state in found.items() if state == "CERTIFIED"} == {"L2", "L3", "L4", "3802", "3901", "39"}
    outcome = do(world, "present", "lao")
    assert [event.area_code for event in outcome.acts] == ["L1"] and len(outcome.done_before) == 3
    do(world, "certify", "lao", "L1")
    rows = look(world)
    assert rows["L1"].certificate_id == "2561-jpt-lao-L1-2"
    assert rows["3801"].blocked_by == () and rows["38"].blocked_by[0].startswith("G-CHILDREN")
    last = read_entries(world.settings.ledger)[-1]
    assert last.previous_certificate_id == "2561-jpt-lao-L1-1"


def test_an_act_on_moved_figures_is_refused(world: World) -> None:
    do(world, "present", "lao", "L1")
    world.move("38010101")
    row = look(world)["L1"]
    assert row.state == "DRAFT" and row.why is not None and row.why.startswith("W-PRESENTED-MOVED")
    with pytest.raises(ActRefused, match="W-PRESENTED-MOVED") as refused:
        do(world, "certify", "lao", "L1")
    assert refused.value.code == "C-STATE"


def test_revoking_a_child_makes_its_ancestors_stale_until_it_is_certified_again(world: World) -> None:
    certify(world, *CHAIN)
    do(world, "revoke", "lao", "L3", reason="ประชุมไม่ครบองค์")
    found = look(world)
    assert found["L3"].state == "REVOKED" and found["L3"].certificate_id == "2561-jpt-lao-L3-1"
    assert {code for code, row in found.items() if row.state == "STALE"} == {"3802", "38", "TH"}
    assert found["38"].why is not None and found["38"].why.startswith("W-CHILD")
    do(world, "present", "lao", "L3")
    do(world, "certify", "lao", "L3")
    assert set(states(world).values()) == {"CERTIFIED"}


def test_an_area_sent_back_is_corrected_presented_and_certified_again(world: World) -> None:
    certify(world, "lao", "district")
    do(world, "return", "district", "3801", reason="รายได้หมู่ 3 ไม่ตรง")
    assert states(world)["3801"] == "RETURNED"
    with pytest.raises(ActRefused) as refused:
        do(world, "present", "district", "3801")
    assert refused.value.code == "C-SAME"
    world.move("38010103")
    row = look(world)["3801"]
    assert row.state == "CORRECTING" and row.why is not None and "รายได้หมู่ 3 ไม่ตรง" in row.why
    certify(world, "lao")
    do(world, "present", "district", "3801")
    do(world, "certify", "district", "3801")
    assert states(world)["3801"] == "CERTIFIED"


def test_an_area_sent_back_that_was_right_is_presented_with_a_reason(world: World) -> None:
    do(world, "present", "lao", "L1")
    do(world, "return", "lao", "L1", reason="สงสัยรายได้")
    do(world, "present", "lao", "L1", reason="ตรวจแล้วถูกต้อง")
    assert states(world)["L1"] == "PRESENTED"


@pytest.mark.parametrize(
    ("action", "code"), [("certify", "C-STATE"), ("return", "C-STATE"), ("revoke", "C-STATE")]
)  # fmt: skip
def test_a_draft_can_only_be_presented(world: World, action: str, code: str) -> None:
    with pytest.raises(ActRefused) as refused:
        do(world, action, "lao", "L1", reason="ลอง")
    assert refused.value.code == code


def test_one_refusal_and_nothing_is_written(world: World) -> None:
    do(world, "present", "lao", "L1")
    with pytest.raises(ActRefused, match="L1"):
        do(world, "present", "lao", "L1", "L2")
    assert len(read_entries(world.settings.ledger)) == 1


def test_a_whole_level_does_what_it_may_and_tells_the_rest(world: World) -> None:
    world.finding("38010101", "38010000001", "J-PERSON")
    world.write()
    outcome = do(world, "present", "lao")
    assert [event.area_code for event in outcome.acts] == ["L2", "L3", "L4"]
    assert not outcome.is_complete and len(outcome.left_out) == 1
    assert "L1" in outcome.left_out[0] and "G-FINDINGS" in outcome.left_out[0]
    assert outcome.provinces == ("38", "39")
    again = do(world, "present", "lao")
    assert again.acts == [] and len(again.done_before) == 3 and not again.is_complete


def test_a_province_without_seals_is_told_and_not_passed_over(world: World) -> None:
    world.lake.unseal(["rollups__coverage"], Part(YEAR, "39"))
    outcome = do(world, "present", "lao")
    assert [event.area_code for event in outcome.acts] == ["L1", "L2", "L3"]
    assert [reason.split(" ")[0] for reason in outcome.left_out] == ["C-PROVINCE"]
    with pytest.raises(ActRefused, match="39") as refused:
        do(world, "present", "lao", "L4")
    assert refused.value.code == "C-PROVINCE"


@pytest.mark.parametrize(
    ("action", "level", "areas", "more", "code"),
    [
        ("present", "lao", ("L9",), {}, "C-AREA"),
        ("present", "lao", ("3801",), {}, "C-AREA"),
        ("present", "village", ("38010101",), {}, "C-LEVEL"),
        ("present", "hamlet", ("1",), {}, "C-LEVEL"),
        ("present", "lao", ("L1",), {"streams": ("basic",)}, "C-STREAM"),
        ("return", "lao", ("L1",), {}, "C-REASON"),
        ("revoke", "lao", ("L1",), {"reason": ""}, "C-REASON"),
        ("revoke", "lao", (), {"reason": "ลอง"}, "C-CHOICE-AREA"),
        ("certify", "lao", ("L1",), {"committee": Committee(order_no="1")}, "C-COMMITTEE"),
        ("certify", "lao", ("L1",), {"committee": COMMITTEE.model_copy(update={"present_n": 21})}, "C-PRESENT-N"),
        ("certify", "lao", ("L1",), {"committee": COMMITTEE.model_copy(update={"meeting_date": date(2018, 3, 21)})},
         "C-MEETING"),
    ],
)  # fmt: skip
def test_a_request_that_lacks_something_is_refused(
    world: World, action: str, level: str, areas: tuple[str, ...], more: dict[str, Any], code: str
) -> None:
    with pytest.raises(ActRefused) as refused:
        do(world, action, level, *areas, **more)
    assert refused.value.code == code
    assert read_entries(world.settings.ledger) == []


def test_a_round_without_figures_is_refused(tmp_path: Path) -> None:
    for areas in ((), ("L1",)):
        with pytest.raises(ActRefused) as refused:
            do(make_world(tmp_path, write=False), "present", "lao", *areas)
        assert refused.value.code == "C-NOFIGURES"


def test_nothing_is_done_on_a_broken_ledger(world: World) -> None:
    do(world, "present", "lao", "L1")
    (world.settings.ledger / "00000001-present.json").unlink()
    with pytest.raises(LedgerBroken):
        do(world, "present", "lao", "L2")


AMENDMENT = {
    "effective": date(2018, 4, 1), "stream": STREAM, "th": "ยกเลิกการประชุมรับรองระดับ อปท.", "basis": "letter",
    "changes": {
        "lao": {"required": False},
        "district": {"gates": ["coverage_complete", "answers_complete", "totals_tie_out"]},
    },
}  # fmt: skip


def test_an_amendment_drops_a_level_and_its_certificates_stand(world: World) -> None:
    """As on 27 June 2567: the LAO meetings were cancelled, the district certifies first."""
    round_ = make_round(amendments=[AMENDMENT])
    before, after = NOON, NOON + timedelta(days=30)
    do(world, "present", "lao", "L1", round_=round_)
    do(world, "certify", "lao", "L1", round_=round_)
    do(world, "present", "lao", "L2", round_=round_)
    with pytest.raises(ActRefused, match="G-CHILDREN"):
        do(world, "present", "district", "3801", round_=round_, at=before)
    found = look(world, round_, after.date())
    assert found["L1"].state == "CERTIFIED" and found["L1"].blocked_by == ()
    assert not {"L2", "L3", "L4"} & set(found), "nothing new is asked of a level that was dropped"
    with pytest.raises(ActRefused, match="C-AMENDED"):
        do(world, "present", "lao", "L3", round_=round_, at=after)
    do(world, "present", "district", "3801", round_=round_, at=after)
    do(world, "certify", "district", "3801", round_=round_, at=after)
    assert states(world, round_, after.date())["3801"] == "CERTIFIED"
    do(world, "revoke", "lao", "L1", round_=round_, at=after, reason="ผิดพื้นที่")
    found = look(world, round_, after.date())
    assert (found["L1"].state, found["3801"].state) == ("REVOKED", "CERTIFIED")


def test_a_level_that_was_added_later_does_not_void_certificates_given_before(world: World) -> None:
    first = make_round(("lao", "district"))
    chain = [level.model_dump() for level in first.streams[0].chain]
    chain[0]["required"], chain[1]["gates"] = False, chain[0]["gates"]
    added = {"lao": {"required": True}, "district": {"gates": [*chain[0]["gates"], "children_certified"]}}
    stream = {"key": STREAM, "name_th": "จปฐ.", "chain": chain, "basis": "letter"}
    round_ = make_round(streams=[stream], amendments=[AMENDMENT | {"changes": added}])
    do(world, "present", "district", "3801", round_=round_)
    do(world, "certify", "district", "3801", round_=round_)
    later = NOON + timedelta(days=30)
    found = look(world, round_, later.date())
    assert found["3801"].state == "CERTIFIED" and found["L1"].state == "DRAFT"
    assert found["3802"].blocked_by[0].startswith("G-CHILDREN")


def test_a_round_that_certifies_tambons_binds_their_villages(world: World) -> None:
    """As in 2557: the tambon certifies, then the district; the LAO (อปท.) is not in this chain."""
    round_ = make_round(("village", "tambon", "district"))
    assert required_below(round_, STREAM, "district", NOON.date()) == "tambon"
    certify(world, "village", "tambon", "district", round_=round_)
    assert set(states(world, round_).values()) == {"CERTIFIED"}
    world.move("38010103")
    stale = {code for code, state in states(world, round_).items() if state == "STALE"}
    assert stale == {"38010103", "380101", "3801"}


def test_an_act_counts_by_the_date_in_thailand(world: World) -> None:
    """19:00 UTC on 19 March is 20 March in Thailand: a meeting of that day is not in the future."""
    evening = datetime(2018, 3, 19, 19, tzinfo=UTC)
    do(world, "present", "lao", "L1", at=evening)
    committee = COMMITTEE.model_copy(update={"meeting_date": date(2018, 3, 20)})
    assert do(world, "certify", "lao", "L1", at=evening, committee=committee).acts


def test_certificates_are_listed_with_their_states(world: World) -> None:
    certify(world, "lao")
    world.move("38010101")
    do(world, "present", "lao", "L1")
    do(world, "certify", "lao", "L1")
    do(world, "revoke", "lao", "L2", reason="ลอง")
    do(world, "present", "lao", "L2")
    do(world, "certify", "lao", "L2")
    do(world, "return", "lao", "L3", reason="ลอง")
    world.move("39010101")
    events = read_entries(world.settings.ledger)
    listed = {
        known.act.certificate_id: str(known.state)
        for known in certificates(YEAR, only(events, Act), look(world).values())
    }
    assert listed == {
        "2561-jpt-lao-L1-1": "SUPERSEDED", "2561-jpt-lao-L1-2": "CERTIFIED", "2561-jpt-lao-L2-1": "REVOKED",
        "2561-jpt-lao-L2-2": "CERTIFIED", "2561-jpt-lao-L3-1": "RETURNED", "2561-jpt-lao-L4-1": "STALE",
    }  # fmt: skip


def test_the_tables_show_certified_areas_only(world: World) -> None:
    certify(world, "lao", "district")
    world.move("38010101")
    events = read_entries(world.settings.ledger)
    with world.session() as connection:
        queries = state_tables(connection, world.settings, ROUND, RULES, events, NOON.date(), Part(YEAR, "38"))
        for table, query in queries.items():
            world.lake.write(connection, table, Part(YEAR, "38"), query, fingerprint="test", inputs={})
        assert set(queries) == {
            "certification__nodes", "certification__state", "certification__confidence", "certified__village", "certified__lao",
            "certified__district", "certified__province",
        }  # fmt: skip

        def rows(table: str, columns: str) -> list[tuple[Any, ...]]:
            path = world.lake.sealed(table, Part(YEAR, "38"))
            return connection.execute(f"SELECT {columns} FROM read_parquet(?) ORDER BY ALL", [path]).fetchall()

        assert rows("certification__state", "area_code, state, form_no, due_date, certificate_id") == [
            ("38", "DRAFT", "3", date(2018, 3, 22), None),
            ("3801", "STALE", "2", date(2018, 3, 21), "2561-jpt-district-3801-1"),
            ("3802", "CERTIFIED", "2", date(2018, 3, 21), "2561-jpt-district-3802-1"),
            ("L1", "STALE", "1", date(2018, 3, 20), "2561-jpt-lao-L1-1"),
            ("L2", "CERTIFIED", "1", date(2018, 3, 20), "2561-jpt-lao-L2-1"),
            ("L3", "CERTIFIED", "1", date(2018, 3, 20), "2561-jpt-lao-L3-1"),
        ]
        assert rows("certified__lao", "area_code, indicator_no, passed_n, certificate_id") == [
            (code, number, passed, f"2561-jpt-lao-{code}-1")
            for code in ("L2", "L3")
            for number, passed in ((1, 18), (2, 8))
        ]  # fmt: skip
        assert {row[0] for row in rows("certified__district", "certified_at")} == {NOON.replace(tzinfo=None)}
        assert rows("certified__village", "count(*)") == rows("certified__province", "count(*)") == [(0,)]
        assert rows("certification__nodes", "count(*)") == [(10,)]
        nation = state_tables(connection, world.settings, ROUND, RULES, events, NOON.date(), Part(YEAR))
        assert set(nation) == {"certification__nodes", "certification__state", "certified__nation"}
        assert len(connection.execute(nation["certification__state"]).fetchall()) == 1


def test_the_inputs_of_a_part_change_with_its_files_and_acts_only(world: World) -> None:
    def fingerprints(code: str) -> tuple[dict[str, str], str]:
        events = read_entries(world.settings.ledger)
        return inputs_of(world.lake, ROUND, Part(YEAR, code)), acts_sha256(
            ROUND, events, NOON.date(), [code, f"{code}01"]
        )

    before = fingerprints("38"), fingerprints("39")
    do(world, "present", "lao", "L1")
    assert (fingerprints("38"), fingerprints("39")) == before
    world.move("38010101")
    assert fingerprints("38")[0] != before[0][0] and fingerprints("39") == before[1]
    assert len(inputs_of(world.lake, ROUND, Part(YEAR))) == 7 + 7 + 5
    round_ = make_round(amendments=[AMENDMENT])
    assert acts_sha256(round_, [], date(2018, 3, 31), []) != acts_sha256(round_, [], date(2018, 4, 1), [])
