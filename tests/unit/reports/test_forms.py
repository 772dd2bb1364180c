"""Certification forms: what they say, that paper and figures are bound, that nothing is clipped, that bytes do not move."""

import io
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jpt_pipeline.certification.difference import Difference, Households, Moved
from jpt_pipeline.certification.scan import load_limits
from jpt_pipeline.certification.scan_reader import marks_in
from jpt_pipeline.certification.state import Area
from jpt_pipeline.ledger import Act, Committee, Counts
from jpt_pipeline.settings import CHECKOUT
from reports.breaks import CUT, breakable
from reports.forms.content import content
from reports.forms.paper import certification_form
from reports.forms.words import load_words
from reports.typeset import TemplateBroken
from reports.words import words
from tests.unit.reports.form_facts import COMMITTEE, LONG, ROOT, below, indicators, make_facts

KEEP = words().keep


def told(committee: Committee = COMMITTEE, **changes: Any) -> dict[str, Any]:
    """Content of a form without the marks of line breaks."""

    def plain(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(CUT, "").replace("\u00a0", " ")
        if isinstance(value, dict):
            return {key: plain(one) for key, one in value.items()}
        return [plain(one) for one in value] if isinstance(value, list) else value

    found: dict[str, Any] = plain(content(make_facts(**changes), committee, load_words()))
    return found


def page_pictures(pdf: bytes, dpi: int = 60) -> "list[np.ndarray[Any, np.dtype[np.uint8]]]":
    document = pypdfium2.PdfDocument(pdf)
    return [page.render(scale=dpi / 72, grayscale=True).to_numpy().squeeze() for page in document]


@pytest.fixture(scope="module")
def form() -> bytes:
    return certification_form(make_facts(), COMMITTEE)


def test_the_same_figures_give_the_same_bytes(form: bytes) -> None:
    assert form.startswith(b"%PDF-") and b"CreationDate" not in form
    assert certification_form(make_facts(), COMMITTEE) == form
    assert certification_form(make_facts(root_sha256="f" * 64), COMMITTEE) != form
    assert form.count(b"/FontFile") >= 2 and b"Sarabun" in form


def test_every_page_carries_the_mark(form: bytes) -> None:
    mark = make_facts().mark
    document = pypdfium2.PdfDocument(form)
    assert len(document) >= 3
    for number in range(len(document)):
        one = pypdfium2.PdfDocument.new()
        one.import_pages(document, [number])
        buffer = io.BytesIO()
        one.save(buffer)
        assert marks_in(buffer.getvalue(), load_limits().model_dump()) == [mark]


def test_a_draft_has_no_mark_and_says_so() -> None:
    facts = make_facts(state="RETURNED", blocked_by=("G-COVERAGE ขาด 3 ครัวเรือน",))
    assert marks_in(certification_form(facts), load_limits().model_dump()) == []
    found = told(state="RETURNED", blocked_by=("G-COVERAGE ขาด 3 ครัวเรือน",))
    assert "ฉบับร่าง" in found["draft"] and found["blocked"] == ["G-COVERAGE ขาด 3 ครัวเรือน"]
    assert told()["draft"] is None and told(state="CERTIFIED")["draft"] is None and told(state="STALE")["draft"]


@pytest.mark.parametrize(
    ("changes", "title", "subtitle"),
    [
        ({}, "แบบคำรับรองคุณภาพข้อมูล", "การรับรองคุณภาพข้อมูล จปฐ. ระดับอำเภอ"),
        ({"form_no": "2"}, "แบบคำรับรองหมายเลข 2", "การรับรองคุณภาพข้อมูล จปฐ. ระดับอำเภอ"),
        ({"form_no": "2", "stream": "basic", "stream_th": "ข้อมูลพื้นฐาน"}, "แบบคำรับรองหมายเลข 2", "การรับรองคุณภาพข้อมูลพื้นฐาน ระดับอำเภอ"),
    ],
)  # fmt: skip
def test_title_is_that_of_round_and_stream(changes: dict[str, Any], title: str, subtitle: str) -> None:
    found = told(**changes)
    assert (found["title"], found["subtitle"]) == (title, subtitle)
    assert found["area"] == "อำเภอเมืองบึงกาฬ" and found["above"] == "จังหวัดบึงกาฬ"
    assert found["mark"] == "0123 4567 89ab cdef"


def test_basic_data_speaks_of_communities() -> None:
    assert told(below_level="village")["below"]["head"] == "5. หมู่บ้าน/ชุมชน ในพื้นที่นี้ (2 แห่ง)"
    assert told(below_level="village", stream="basic")["below"]["head"] == "5. ชุมชน ในพื้นที่นี้ (2 แห่ง)"


def test_indicators_are_rounded_at_the_edge() -> None:
    rows = {row[0]: row for part in told()["dimensions"] for row in part["rows"]}
    assert list(rows) == [str(number) for number in range(1, 32)]
    assert rows["9"][3:] == ["9", "8", "88.89", "1", "11.11"]
    assert rows["18"][3:] == ["0", "0", "-", "0", "-"]  # nobody: a zero denominator
    assert rows["16"][2:6] == ["คน", "16", "14", "87.50"]
    worst = told()["failing"]
    assert [row[:2] for row in worst] == [["1", "8"], ["2", "16"], ["3", "24"], ["4", "25"], ["5", "17"]]
    assert told(indicators=indicators()[:7])["failing"] == []


def test_counts_population_and_averages() -> None:
    found = told()
    assert found["coverage"]["totals"][2][:2] == ["ร้อยละของเป้าหมาย", "75.00"]
    assert found["coverage"]["nonresponse"][0] == ["บ้านว่าง", "2", "ครัวเรือน"]
    assert [row[1] for row in found["coverage"]["evidence"]] == ["0", "3", "0", "4"]
    assert found["population"]["rows"][1] == ["35-39", "6", "0", "6"]
    assert found["population"]["totals"] == ["11", "14", "25"]
    assert found["economy"] == [
        ["รายได้", "1,000", "111.11", "40.00"],
        ["รายจ่าย", "400", "44.44", "16.00"],
        ["คงเหลือ (รายได้ - รายจ่าย)", "600", "66.67", "24.00"],
    ]
    assert told(households_n=0, persons_n=0)["economy"][0][2:] == ["-", "-"]


def test_what_is_not_known_of_the_meeting_is_left_to_be_written() -> None:
    known = dict(map(tuple, told()["committee"]))
    assert (
        known["คำสั่งที่"] == "12/2560" and known["วันที่ประชุม"] == "14 มีนาคม 2561" and known["องค์ประชุม"] == "ไม่น้อยกว่า 10 คน"
    )
    assert told()["members_n"] == 3, "as many as were present, beside chair and secretary"
    blank = told(Committee())
    assert [value for _, value in blank["committee"]] == [
        "คณะทำงานบริหารการจัดเก็บข้อมูลระดับอำเภอ",
        None,
        None,
        None,
        None,
        None,
    ]
    assert blank["members_n"] == load_words().member_lines
    assert told(Committee(present_n=500))["members_n"] == load_words().member_lines_max


def test_head_says_certificate_instrument_and_moment() -> None:
    head = dict(
        map(tuple, told(state="CERTIFIED", certificate_id="c-1", certified_date=date(2018, 3, 20), waivers_n=2)["head"])
    )
    assert head["เลขที่คำรับรอง"] == "c-1" and head["วันที่รับรอง"] == "20 มีนาคม 2561" and head["ข้อยกเว้นที่ใช้"] == "2 รายการ"
    assert head["ข้อมูลที่รับเข้าระบบถึง"] == "4 มีนาคม 2561 เวลา 09:00 น."
    assert head["แบบสอบถาม"].endswith("(plan12)") and "ชั่วคราว" in told(is_provisional=True)["provisional"]


def certificate() -> Act:
    return Act(
        at=datetime(2018, 3, 20, 5, tzinfo=UTC), action="certify", survey_year=2561, stream="jpt", level="district",
        area_code="3801", root_sha256="f" * 64, form_no=None, certificate_id="2561-jpt-district-3801-1",
        previous_certificate_id=None, counts=Counts(households=9, persons=24, target=12), reason=None,
        committee=COMMITTEE, software="test", instrument="plan12",
    )  # fmt: skip


def test_a_committee_that_certifies_again_sees_what_moved() -> None:
    moved = (
        Moved("rollups__indicators", "22", "failed_n", 3, 2),
        Moved("rollups__population", "2 0-4", "persons_n", 6, 7),
        Moved("rollups__economy", "", "income_baht", 900, 1000),
    )
    counts = (Moved("", "", "persons", 24, 25),)
    before = Difference(Area("jpt", "district", "3801"), certificate(), ROOT, counts, moved, (), Households(1, 2, 0))
    section = told(since=before)["since"]
    assert section["head"] == "6. ความเปลี่ยนแปลงตั้งแต่คำรับรองครั้งก่อน"
    assert "2561-jpt-district-3801-1" in section["lines"][0] and "ffff ffff ffff ffff" in section["lines"][0]
    assert section["lines"][1] == "ครัวเรือนที่เปลี่ยน 3 (เพิ่ม 1 แก้ไข 2 ตัดออก 0)"
    assert section["rows"] == [
        ["ตัวชี้วัดที่ 22 ไม่ผ่านเกณฑ์", "3", "2", "-1"],
        ["ประชากร หญิง อายุ 0-4 ปี", "6", "7", "+1"],
        ["รายได้รวม", "900", "1,000", "+100"],
    ]
    nothing_kept = Difference(before.area, certificate(), ROOT, counts, None, None, None)
    assert told(since=nothing_kept)["since"]["rows"] == [["จำนวนคน", "24", "25", "+1"]]
    assert told()["sentence_head"].startswith("6.") and told(since=before)["sentence_head"].startswith("7.")


@pytest.mark.parametrize("state", ["CERTIFIED", "STALE"])
def test_nothing_runs_off_the_paper(state: str) -> None:
    """38 indicators, long names, many areas: the margins stay white, and so does the edge of the paper."""
    large = {
        "population": tuple((f"{age}-{age + 4}", {"1": 1_234_567, "2": 1_234_567}) for age in range(0, 105, 5)),
        "economy": {"income_baht": 9_876_543_210_987, "expense_baht": 1_234_567_890_123},
        "households_n": 12_935_866,
        "persons_n": 36_644_309,
        "blocked_by": ("G-CHILDREN " + "ยังไม่ได้รับรอง " * 40,),
        "committee_th": LONG * 2,
        "certificate_id": "2567-jpt-district-3801-12",
        "certified_date": date(2024, 8, 1),
    }
    facts = make_facts(state=state, indicators=indicators(38), below=below(30, LONG), is_provisional=True, **large)
    for page in page_pictures(certification_form(facts, COMMITTEE)):
        height, width = page.shape
        left, right, edge = int(width * 16 / 210), int(width * 198 / 210), int(height * 4 / 297)
        if state == "CERTIFIED":  # a draft's watermark may reach into the margins
            assert page[:, :left].min() > 200 and page[:, right:].min() > 200
        assert page[:edge].min() > 200 and page[-edge:].min() > 200


@given(st.lists(st.text(alphabet="กขนรัี่้ำๆฯ (),.0129 abc/-%", max_size=20), max_size=4))
def test_marks_of_breaks_change_no_text(parts: list[str]) -> None:
    marked = breakable(parts, KEEP)
    assert marked.replace(CUT, "").replace("\u00a0", " ") == "".join(parts)
    assert not re.search(f"{CUT}[)ๆฯ%,.]|[(]{CUT}", marked)


def test_lines_break_between_words() -> None:
    assert breakable(["จปฐ. ระดับอำเภอ"], KEEP).split(CUT) == ["จปฐ.", " ", "ระดับ", "อำเภอ"]
    assert breakable(["ของ", "บึงโขงหลง", "นี้"], KEEP, ["บึงโขงหลง"]).split(CUT) == ["ของ", "บึงโขงหลง", "นี้"]
    assert "ปี\u00a02561" in breakable(["ข้อมูลปี 2561"], KEEP)


def test_nothing_is_written_into_home_and_nothing_fetched(tmp_path: Path) -> None:
    """The dictionary of words would make a folder in HOME and could load more; templates could load packages."""
    code = """
import sys
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        raise SystemExit(f"network: {event} {args}")
sys.addaudithook(watch)
from tests.unit.reports.form_facts import make_facts
from reports.forms.paper import certification_form
sys.stdout.write(str(len(certification_form(make_facts()))))
"""
    home = tmp_path / "user"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "JPT_HOME": str(tmp_path / "home"), "PYTHAINLP_READ_MODE": "0"}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0 and int(run.stdout) > 10_000, run.stderr[-2000:]
    assert list(tmp_path.rglob("*")) == [home]


def test_an_operators_template_takes_the_place_of_ours_for_a_round(tmp_path: Path) -> None:
    copytree(CHECKOUT / "data" / "forms", tmp_path / "forms")
    copytree(CHECKOUT / "data" / "layouts", tmp_path / "layouts")
    own = tmp_path / "forms" / "certification-2561.typ"
    own.write_text(
        '#set document(title: "x")\n#let data = json(bytes(sys.inputs.data))\n= #data.mark', encoding="utf-8"
    )
    ours = certification_form(make_facts(survey_year=2563), definitions=tmp_path)
    theirs = certification_form(make_facts(), definitions=tmp_path)
    assert len(pypdfium2.PdfDocument(ours)) >= 3 and len(pypdfium2.PdfDocument(theirs)) == 1
    own.write_text("#data.nothing", encoding="utf-8")
    with pytest.raises(TemplateBroken, match=r"certification-2561\.typ"):
        certification_form(make_facts(), definitions=tmp_path)
    own.write_text('#import "@preview/cetz:0.2.2"', encoding="utf-8")
    with pytest.raises(TemplateBroken, match="packages are not loaded"):
        certification_form(make_facts(), definitions=tmp_path)
    own.write_text('#read("../../secret")', encoding="utf-8")
    with pytest.raises(TemplateBroken):
        certification_form(make_facts(), definitions=tmp_path)


def test_words_of_the_template_are_all_there() -> None:
    """A key that the template asks for and the words lack would fail only on the form that needs it."""
    template = (CHECKOUT / "data" / "forms" / "certification.typ").read_text(encoding="utf-8")
    asked = set(re.findall(r"\bword\.([a-z_]+)", template))
    assert asked - {key for key, text in load_words().texts.items() if "{" not in text} == set()
