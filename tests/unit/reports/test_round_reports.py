"""Reports that only some rounds ask for: budgets of LAOs, the confidence summary, award scorecards."""

import json
from datetime import date
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pypdfium2
import pytest

from jpt_pipeline.rounds import load_round
from jpt_pipeline.sampling.statistics import judge
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import sha256_file
from reports import confidence, lao_budget
from reports.awards import enumerators, scorecards
from reports.awards.criteria import contests_of, load_awards
from reports.awards.measures import certified_on, measured
from reports.order import Order
from reports.release import NotAsked, Release
from reports.tables import Band
from tests.conftest import Demo
from tests.unit.reports.invented import Frames, write_release
from tests.unit.reports.round_tables import both

PROVINCE, DISTRICT = ("province", "38"), ("district", "3801")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_release(tmp_path_factory.mktemp("rounds") / "r", both)


def of_round(folder: Path, survey_year: int) -> Release:
    """The invented release as if it were of another round."""
    release = Release.open(folder, round_=load_round(survey_year))
    release.manifest["survey_year"] = survey_year
    return release


def test_a_budget_is_added_up_over_the_laos_that_registered(folder: Path) -> None:
    release = of_round(folder, 2567)
    own = lao_budget.spending(release, *DISTRICT)
    households = sum(int(release.economy("lao", code)["households_n"]) for code in ("L11", "L12"))
    # 10,000 + 5,000 baht planned; used 9,500.50 + 200 + 6,000, of it 9,500.50 + 6,000 for items with a plan
    assert own.money() == [Fraction(15000), Fraction(3140100, 200), Fraction(155005, 1500)]
    assert own.per_household() == [households, Fraction(3140100, 200 * households)]
    whole = lao_budget.spending(release, *PROVINCE)
    assert (whole.laos_n, whole.reported_n) == (4, 3)
    items = {cells[0]: cells[1:] for cells in lao_budget.item_table(release, *PROVINCE).cells()}
    assert items["ค่าแบบสอบถามและวัสดุ"][:3] == [None, Fraction(200), None]
    assert sum(cells[3] for name, cells in items.items() if name != "รวม") == 100  # type: ignore[misc]


def test_an_lao_that_registered_nothing_is_never_a_zero(folder: Path) -> None:
    table = lao_budget.lao_table(of_round(folder, 2567), *PROVINCE)
    assert [one.text for one in table.rows if isinstance(one, Band)] == ["อำเภอเมืองบึงกาฬ", "อำเภอพรเจริญ"]
    last = list(table.cells())[-1]
    assert last[0] == "L22" and last[2:7] == [None] * 5 and last[7] == "ยังไม่รายงาน"


def test_amounts_that_the_letter_fixes_are_shown_apart(folder: Path) -> None:
    """Letter of 2567: 4,500 + 2,500 baht a district, 5,100 + 5,000 baht a province."""
    table = lao_budget.letter_table(of_round(folder, 2567), *PROVINCE)
    assert [cells[2:5] + cells[5:7] for cells in table.cells()] == [
        [4500, 878, 3951000, 2, 9000],
        [5100, 76, 387600, 1, 5100],
        [2500, 878, 2195000, 2, 5000],
        [5000, 76, 380000, 1, 5000],
    ]
    below = lao_budget.letter_table(of_round(folder, 2567), *DISTRICT)
    assert [cells[5] for cells in below.cells()] == [1, 0, 1, 0]


def test_who_is_asked_for_budgets(folder: Path, tmp_path: Path) -> None:
    assert lao_budget.is_asked(load_round(2557), "basic") and not lao_budget.is_asked(load_round(2557), "jpt")
    assert "30 เมษายน 2557" in lao_budget._due(load_round(2557), "basic")

    def nothing(tables: Frames) -> None:
        both(tables)
        tables["register__lao_budget"] = tables["register__lao_budget"].iloc[:0]

    with pytest.raises(NotAsked):
        lao_budget.make(Order(Release.open(write_release(tmp_path / "r", nothing)), *PROVINCE, tmp_path))


def test_the_verdict_follows_from_the_published_counts(folder: Path) -> None:
    release = of_round(folder, 2567)
    own = confidence.standing(release, *PROVINCE)
    demand = load_round(2567).quality.confidence  # type: ignore[union-attr]
    assert own and demand
    expected = judge(3, 186, 1200, Fraction(95, 100), Fraction(5, 100), Fraction(6, 5), "lower_bound")
    assert own.verdict == expected and expected.outcome == "pass"
    assert own.observed == Fraction(18300, 186)
    assert isinstance(own.lower_bound, Fraction)
    assert 0 <= 100 * expected.lower_bound - own.lower_bound < Fraction(1, 100)  # cut, never rounded up
    district = confidence.standing(release, "district", "3802")
    assert district and (district.verdict, district.lacking_n) == (None, 1)


def test_the_confidence_form_is_one_page_and_says_whose_form_it_is(folder: Path, tmp_path: Path) -> None:
    release = of_round(folder, 2567)
    paper, sheet = confidence.make(Order(release, *PROVINCE, tmp_path))
    assert len(pypdfium2.PdfDocument(paper)) == 1
    assert sheet.suffix == ".xlsx"
    words = confidence.Paper(confidence.paper_words())
    own = confidence.standing(release, *PROVINCE)
    assert own
    told = json.dumps(confidence.content(words, release, own, []), ensure_ascii=False)
    told = told.replace("\u200b", "").replace("\u00a0", " ")
    for part in ("แบบของระบบ ไม่ใช่แบบของกรมฯ", "95.33", "98.39", "ยืนยันแล้ว", "ไม่น้อยกว่าร้อยละ 95"):
        assert part in told
    with pytest.raises(NotAsked):
        confidence.make(Order(release, "lao", "L11", tmp_path))


def test_criteria_are_as_many_as_the_letter_has() -> None:
    awards = load_awards(2566)
    assert awards
    assert [len(contest.criteria) for contest in awards.contests] == [9, 9, 8, 10]
    assert list(contests_of(load_round(2566), awards)) == ["district_office", "lao", "officer", "enumerator"]
    assert load_awards(2561) is None
    short = awards.model_copy(update={"contests": awards.contests[:3]})
    with pytest.raises(ValueError, match="criteria"):
        contests_of(load_round(2566), short)


def test_every_measure_of_an_area_has_words_and_no_card_has_points(folder: Path, tmp_path: Path) -> None:
    release = of_round(folder, 2566)
    found = scorecards.cards(release, *DISTRICT)
    assert [(card.contest.key, card.area_code) for card in found] == [
        ("district_office", "3801"), ("lao", "L11"), ("lao", "L12"), ("officer", "380101"), ("officer", "380102"),
    ]  # fmt: skip
    table = scorecards.criteria_table(found[:1])
    assert [cells[6] for cells in table.cells()] == [""] * 9
    blank = [cells[2] for cells in table.cells() if not cells[4]]
    assert blank == [3, 7, 8, 9]
    assert all("{" not in m.told for card in found for evidence in card.evidence for m in evidence)
    coverage = release.coverage("lao", "L11")
    told = measured("coverage", release, "lao", "L11")
    assert told.cell == Fraction(100 * int(coverage["surveyed_n"]), int(coverage["target_n"]))
    assert f"{coverage['surveyed_n']} จาก {coverage['target_n']}" in told.told
    files = scorecards.make(Order(release, *DISTRICT, tmp_path))
    assert len(pypdfium2.PdfDocument(files[0])) == len(found)
    with pytest.raises(NotAsked):
        scorecards.make(Order(of_round(folder, 2561), *DISTRICT, tmp_path))


def certificates(folder: Path, day: str) -> None:
    """Put the days of the certificates into a release that was written."""
    entries = [{"certificate_id": f"C-2561-lao-{code}", "at": f"{day}T20:00:00+00:00"} for code in ("L11", "L12")]
    (folder / "certificates.json").write_text(json.dumps(entries), encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["documents"] = {"certificates.json": sha256_file(folder / "certificates.json")}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize(
    ("due", "told"),
    [
        (date(2018, 4, 6), "ก่อนกำหนด 6 เมษายน 2561 อยู่ 3 วัน"),
        (date(2018, 4, 3), "ตรงวันกำหนด"),
        (date(2018, 4, 1), "หลังกำหนด 1 เมษายน 2561 ไป 2 วัน"),
        (None, "เอกสารของรอบไม่บอกวันกำหนด"),
    ],
)
def test_timeliness_counts_days_in_thai_time(tmp_path: Path, due: date | None, told: str) -> None:
    """20:00 UTC on 2 April is 3 April in Thailand."""

    def dated(tables: Frames) -> None:
        tables["certification__state"]["due_date"] = due

    folder = write_release(tmp_path / "r", dated)
    certificates(folder, "2018-04-02")
    release = Release.open(folder)
    assert certified_on(release)["C-2561-lao-L11"] == date(2018, 4, 3)
    assert told in measured("certified", release, "lao", "L11").told
    inside = measured("certified_inside", release, *DISTRICT)
    assert inside.cell == 100
    in_time = {date(2018, 4, 6): "2 จาก 2", date(2018, 4, 3): "2 จาก 2", date(2018, 4, 1): "0 จาก 2"}
    assert f"ทันกำหนด {in_time[due]}" in inside.told if due else "ไม่บอกวันกำหนด" in inside.told


def test_a_measure_that_the_release_lacks_says_so(tmp_path: Path) -> None:
    release = Release.open(write_release(tmp_path / "r"))
    for key in ("corrected", "visits", "budget"):
        found = measured(key, release, "lao", "L11")
        assert found.cell is None and found.told.startswith("ไม่มีข้อมูล")


def test_enumerators_stand_by_id_with_blanks_for_people() -> None:
    awards = load_awards(2566)
    assert awards
    contest = awards.contests[-1]
    rows = [
        enumerators.Worked(f"E{n}", "380101", 20, 1, 0, 2, 5, date(2018, 3, n), None if n == 2 else "1/2561")
        for n in (1, 2)
    ]
    figures = enumerators.figures_table(rows, "ก")
    assert [cells[0] for cells in figures.cells()] == ["E1", "E2"]
    assert list(figures.cells())[1][2:] == [
        "ไม่อยู่ในทะเบียน", 20, 5, Fraction(25), Fraction(5), Fraction(0), Fraction(10), "2 มีนาคม 2561",
    ]  # fmt: skip
    blanks = enumerators.blank_table(contest, rows, "ก")
    assert [cells[1:] for cells in blanks.cells()] == [[""] * 10] * 2
    told = pd.DataFrame(enumerators.criteria_table(contest, "ก").rows)
    assert (told[2] == "").sum() == 4


def test_every_counted_household_belongs_to_one_enumerator(demo: Demo) -> None:
    found = enumerators.worked(Settings(home=demo.home), 2561, "jpt", "province", "38")
    assert sum(one.households_n for one in found) == 3200
    assert [one.enumerator_id for one in found] == sorted({one.enumerator_id for one in found})
    assert all(one.order_no and one.corrected_n <= one.households_n for one in found)
    assert enumerators.area_name(Settings(home=demo.home), 2561, "jpt", "district", "3801") == "อำเภอเมืองบึงกาฬ"
