"""The five rounds worked to the end, each as its letter describes it, with the clock of the round."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from jpt_pipeline.ledger import Committee
from jpt_pipeline.settings import Settings
from tests.conftest import copy_home

from .rounds_world import TOWN, VILLAGES, Worked, build, less_income, own_definitions

Worker = Callable[[int, date], Worked]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Folder of a round's home, run up to the rollups, made once. Read only: copy it."""
    made: dict[int, Path] = {}

    def of(survey_year: int) -> Path:
        if survey_year not in made:
            folder = tmp_path_factory.mktemp(f"round{survey_year}")
            home = build(folder, survey_year)
            Worked(Settings(home=home), survey_year, date(2026, 1, 1)).run()
            made[survey_year] = folder
        return made[survey_year]

    return of


@pytest.fixture
def work(built: Callable[[int], Path], tmp_path: Path) -> Iterator[Worker]:
    """A round in a home of its own, on a day."""

    def of(survey_year: int, today: date) -> Worked:
        folder = copy_home(built(survey_year), tmp_path / f"of-{survey_year}")
        return Worked(Settings(home=folder / "home"), survey_year, today)

    return of


LAOS = sorted({lao for lao in VILLAGES.values() if lao != TOWN})
CERTIFIED, DRAFT = ["CERTIFIED"], ["DRAFT"]


def test_2557_two_streams_apart(work: Worker) -> None:
    """Letter of 2557: form 1 of the tambon (จปฐ.) or of the town (ข้อมูลพื้นฐาน) by 31 March, form 2 of the district by 11
    April, form 3 of the province by 22 April, each stream checked and sent by itself."""
    worked = work(2557, date(2014, 3, 28))
    look = worked.look()
    asked = {s.area.level: (s.form_no, str(s.due_date)) for s in look.places("jpt").values()}
    urban = {s.area.level: (s.form_no, str(s.due_date)) for s in look.places("basic").values()}
    above = {"district": ("2", "2014-04-11"), "province": ("3", "2014-04-22"), "nation": (None, "None")}
    assert asked == {"tambon": ("1", "2014-03-31"), **above}
    assert urban == {"lao": ("1", "2014-03-31"), **above}

    assert worked.settle("tambon").is_complete
    assert "G-CHILDREN" in worked.refused(worked.present, "district", "3801", streams=("basic",))
    worked.today = date(2014, 4, 10)
    assert worked.settle("district", streams=("jpt",)).is_complete
    worked.today = date(2014, 4, 21)
    assert worked.settle("province", streams=("jpt",)).is_complete
    sent = {"tambon": CERTIFIED, "district": CERTIFIED, "province": CERTIFIED, "nation": DRAFT}
    look = worked.look()
    assert look.summary("jpt") == sent
    assert look.summary("basic") == dict.fromkeys(("lao", "district", "province", "nation"), DRAFT)

    assert worked.settle("lao", TOWN).is_complete
    assert worked.settle("district", "3801", streams=("basic",)).is_complete
    assert worked.settle("province", "38", streams=("basic",)).is_complete
    assert worked.certified("province") == ["basic 38", "jpt 38"]
    given = {(e.stream, e.level): e.form_no for e in worked.entries() if e.action == "certify"}
    assert given == {
        ("jpt", "tambon"): "1", ("jpt", "district"): "2", ("jpt", "province"): "3",
        ("basic", "lao"): "1", ("basic", "district"): "2", ("basic", "province"): "3",
    }  # fmt: skip
    counts = {e.stream: e.counts.households for e in worked.entries() if (e.action, e.level) == ("certify", "province")}
    assert counts == {"jpt": 40, "basic": 16}, "never added"

    worked.revoke("lao", TOWN)
    look = worked.look()
    assert look.summary("basic") == {
        "lao": ["REVOKED"],
        "district": ["STALE"],
        "province": ["STALE"],
        "nation": DRAFT,
    }
    assert look.summary("jpt") == sent, "what happens in the town moves nothing of จปฐ."


def test_2561_lao_district_province(work: Worker) -> None:
    """Letter of 2561: the LAO certifies by 20 March, the district by 31 March; the province follows."""
    worked = work(2561, date(2018, 3, 19))
    due = {s.area.level: s.due_date for s in worked.look().states}
    assert due == {"lao": date(2018, 3, 20), "district": date(2018, 3, 31), "province": None, "nation": None}

    worked.settle("lao", *LAOS)
    assert "G-CHILDREN" in worked.refused(worked.present, "district", "3801"), "the town has not certified yet"
    worked.today = date(2018, 3, 30)
    worked.settle("lao", TOWN)
    assert worked.settle("district").is_complete
    worked.today = date(2018, 4, 5)
    assert worked.settle("province").is_complete

    worked.correct("38020101", less_income)
    stale = ["lao 38020001", "district 3802", "province 38"]
    assert worked.look().by_state("STALE") == stale
    for place in stale:
        assert worked.settle(*place.split()).is_complete
    again = [area.level for area, number in worked.certificates().items() if number.endswith("-2")]
    assert again == ["lao", "district", "province"], "the others stand as they were given"
    assert worked.look().summary() == {"lao": CERTIFIED, "district": CERTIFIED, "province": CERTIFIED, "nation": DRAFT}


def test_2563_evidence_by_village(work: Worker) -> None:
    """Letter of 2563: a photo and a signature of every household, or the reason why not, village by village."""
    worked = work(2563, date(2021, 6, 25))
    blocked = [p for p, s in worked.look().places().items() if any("G-EVIDENCE" in told for told in s.blocked_by)]
    assert blocked == ["lao 38010002", "district 3801", "province 38"]
    refused = worked.refused(worked.present, "lao", "38010002")
    assert "G-EVIDENCE" in refused and "38010201" in refused
    assert worked.evidence() == {"38010201": [("missing", "signed")]}

    worked.correct("38010201", lambda record: record["evidence"].update(photo="refused", signature="absent_witnessed"))
    assert worked.evidence() == {"38010201": [("refused", "absent_witnessed")]}, "the list of the village, with reasons"
    for level in ("lao", "district", "province"):
        assert worked.settle(level).is_complete
    assert worked.look().summary() == {"lao": CERTIFIED, "district": CERTIFIED, "province": CERTIFIED, "nation": DRAFT}


def test_2566_village_tambon_district_province(work: Worker) -> None:
    """The letter of 2566 speaks of meetings of the village and of the tambon; district and province follow."""
    worked = work(2566, date(2023, 6, 12))
    assert worked.refused(worked.present, "lao", TOWN).startswith("C-LEVEL")
    assert worked.settle("village").is_complete
    assert "G-CHILDREN" in worked.refused(worked.present, "district", "3801")
    for level in ("tambon", "district", "province"):
        assert worked.settle(level).is_complete
    worked.revoke("village", "38010202")
    look = worked.look()
    assert look.by_state("STALE") == ["tambon 380102", "district 3801", "province 38"], "by tambon, not by LAO"
    assert len(look.by_state("CERTIFIED")) == 6 + 2 + 1, "all other villages and tambons, and district 3802"


def test_2567_with_its_amendment(work: Worker) -> None:
    """Letter of 27 June 2567: meetings of village and LAO are cancelled, their team checks first; the committees of the
    district (20 persons) and the province certify in July and August."""
    worked = work(2567, date(2024, 6, 1))
    open_lao, open_villages = "38020001", ("38020101", "38020102")
    worked.settle("village", *(code for code in VILLAGES if code not in open_villages))
    worked.settle("lao", *(code for code in (*LAOS, TOWN) if code != open_lao))
    before = worked.certificates()

    worked.today = date(2024, 6, 27)
    for act in (worked.present, worked.certify):
        assert "ยกเลิกการประชุมรับรองระดับหมู่บ้าน" in worked.refused(act, "village", *open_villages)
    assert "ยกเลิกการประชุมรับรองระดับหมู่บ้าน" in worked.refused(worked.certify, "lao", open_lao)
    worked.present("lao", open_lao)  # the team's first check: no meeting, no certificate
    look = worked.look()
    assert look.by_state("PRESENTED") == [f"lao {open_lao}"]
    assert len(look.by_state("CERTIFIED")) == 5 + 3, "what was certified before stays"
    assert not {f"village {code}" for code in open_villages} & set(look.places()), "of these nothing is asked"

    worked.today = date(2024, 7, 5)
    worked.correct("38010101", less_income)
    look = worked.look()
    assert look.by_state("STALE") == ["village 38010101", "lao 38010001"]
    assert {state.blocked_by for level in ("village", "lao") for state in look.places(level=level).values()} == {()}
    assert worked.certificates() == before

    worked.today = date(2024, 7, 16)
    assert "G-VISITS" in worked.refused(worked.present, "district", "3801")
    visits = [("district", code, date(2024, 7, 3)) for code in ("3801", "3802")]
    worked.visited(*visits, *(("province", "38", date(2024, 7, day)) for day in (4, 11)))
    worked.present("district")
    few = Committee(order_no="1/2567", members_n=20, present_n=9, meeting_date=worked.today)
    assert worked.refused(worked.certify, "district", "3801", committee=few).startswith("C-QUORUM")
    assert worked.refused(worked.certify, "district", "3801", committee=Committee()).startswith("C-COMMITTEE")
    assert worked.certify("district").is_complete, "though village and LAO of the correction are stale"

    worked.today = date(2024, 8, 20)
    assert "G-SAMPLE" in worked.refused(worked.present, "province", "38")
    worked.reinterviewed("province", "38")
    assert worked.settle("province", "38").is_complete
    assert worked.look().summary() == {
        "village": ["CERTIFIED", "STALE"], "lao": ["CERTIFIED", "PRESENTED", "STALE"],
        "district": CERTIFIED, "province": CERTIFIED, "nation": DRAFT,
    }  # fmt: skip
    assert worked.certified("province") == ["jpt 38"]


def test_a_round_that_changes_in_mid_year(work: Worker, tmp_path: Path) -> None:
    """An operator's own file of the round drops the LAO from 25 March and asks the tambon in its place."""
    worked = work(2561, date(2018, 3, 19))
    worked.settle("lao", *LAOS)
    worked.settle("district", "3802")
    before = worked.certificates()

    basis = "basis: {level: project, form_no: unknown, due_date: unknown, committee: unknown, gates: project}"
    gates = "gates: [coverage_complete, answers_complete, findings_decided, evidence_complete, totals_tie_out]"
    amendment = (
        "amendments:\n  - {effective: 2018-03-25, stream: jpt, th: ยกเลิกเวทีระดับ อปท. ให้ตำบลรับรองแทน, basis: project, "
        "changes: {lao: {required: false}, tambon: {required: true}}}\nprogress:"
    )
    tambon = f"    chain:\n      - level: tambon\n        required: false\n        {gates}\n        {basis}\n"
    folder = own_definitions(tmp_path, 2561, ("    chain:\n", tambon), ("progress:", amendment))
    worked.settings = worked.settings.model_copy(update={"definitions": folder})
    assert worked.refused(worked.present, "tambon", "380101").startswith("C-LEVEL"), "not before its day"

    worked.today = date(2018, 3, 26)
    assert "ยกเลิกเวทีระดับ อปท." in worked.refused(worked.present, "lao", TOWN)
    look = worked.look()
    assert look.by_state("CERTIFIED") == [*(f"lao {code}" for code in LAOS), "district 3802"]
    assert worked.certificates() == before
    assert "ตำบล" in look.places()["district 3801"].blocked_by[0], (
        "what is asked now is asked of whoever has not certified yet"
    )
    assert worked.settle("tambon", "380101", "380102").is_complete
    assert worked.settle("district", "3801").is_complete
    assert "district 3802" in worked.look().by_state("CERTIFIED"), "given under the chain of its day"
