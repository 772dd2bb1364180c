"""Page, workbook and short text of a report: what they say, how long they are, the same bytes again."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from jpt_pipeline.progress.models import Outlook
from jpt_pipeline.progress.report import document
from jpt_pipeline.progress.spec import load_spec
from jpt_pipeline.settings import Settings
from reports.progress import chat_text, write_files
from reports.progress.notices import overdue_notice
from reports.progress.words import outlook_text, progress_words, report_lines, span_text
from tests.unit.progress.world import facts, report, small_report, work

DAY = date(2018, 3, 12)


@pytest.mark.parametrize(
    ("early", "late", "text"),
    [
        (date(2018, 3, 9), date(2018, 3, 20), "9–20 มี.ค."),
        (date(2018, 2, 28), date(2018, 3, 5), "28 ก.พ.–5 มี.ค."),
        (date(2018, 3, 12), date(2018, 3, 12), "12 มี.ค."),
        (date(2018, 12, 28), date(2019, 1, 4), "28 ธ.ค. 2561–4 ม.ค. 2562"),
    ],
)
def test_a_span_of_days(early: date, late: date, text: str) -> None:
    assert span_text(early, late, DAY) == text


def test_an_outlook_in_words_people_understand() -> None:
    known = Outlook("known", DAY, date(2018, 3, 9), date(2018, 3, 20))
    spec = load_spec()
    assert outlook_text(known, "completion", spec) == "คาดว่าเสร็จ 12 มี.ค. 2561 (ระหว่าง 9–20 มี.ค.)"
    assert outlook_text(known, "certification", spec) == "คาดว่ารับรอง 12 มี.ค. 2561 (ระหว่าง 9–20 มี.ค.)"
    assert outlook_text(Outlook("known", DAY, date(2018, 3, 9)), "completion", spec) == (
        "คาดว่าเสร็จ 12 มี.ค. 2561 (9 มี.ค. หรือหลังจากนั้น)"
    )
    assert outlook_text(Outlook("done", DAY), "certification", spec) == "รับรอง 12 มี.ค. 2561"
    stalled = outlook_text(Outlook("unknown", why="stalled"), "completion", spec)
    assert stalled == "วันเสร็จยังคาดไม่ได้: ไม่มีงานใหม่ 5 วันทำการขึ้นไป"


def test_every_reason_and_kind_has_words() -> None:
    words, engine = progress_words(), Path(__file__).resolve().parents[3] / "jpt_pipeline" / "progress"
    source = (engine / "outlook.py").read_text(encoding="utf-8")
    assert all(f'why="{why}"' in source for why in words.why), "a reason that nobody gives"
    for why in words.why:
        assert "{" not in outlook_text(Outlook("unknown", why=why), "completion", load_spec())


def test_the_text_for_a_chat(tmp_path: Path) -> None:
    assert chat_text(small_report(tmp_path)).splitlines() == [
        "รายงานความก้าวหน้าการจัดเก็บข้อมูล ปี 2561 ข้อมูล จปฐ.",
        "ทั้งประเทศ ข้อมูล ณ 20 ก.พ. 2561",
        "จัดเก็บ 208/300 (69.33%) บันทึก 69.33% ตรวจ 69.33% รับรอง 0.00%",
        "แผน 64.81% → เร็วกว่าแผน 14 ครัวเรือน",
        "คำรับรอง องค์กรปกครองส่วนท้องถิ่น (อปท.) 0/2",
        "ต้องติดตาม: งานหยุดนิ่ง 1",
        "จัดเก็บน้อยที่สุด: จังหวัดบึงกาฬ 69.33%",
        "ข้อมูลระหว่างดำเนินงาน ไม่ใช่ตัวเลขที่รับรอง",
    ]


def test_without_a_target_there_is_no_percentage(tmp_path: Path) -> None:
    empty = report(Settings(home=tmp_path), facts(date(2018, 2, 20), {"380101": {}}, {"380101": 0}))
    assert "จัดเก็บ 0/0 (-) บันทึก - ตรวจ - รับรอง -" in chat_text(empty)


def test_a_short_text_keeps_whole_lines(tmp_path: Path) -> None:
    made = small_report(tmp_path)
    short = replace(made, spec=made.spec.model_copy(update={"chat_characters": 300}))
    text = chat_text(short)
    assert len(text) <= 300 and chat_text(made).startswith(text)


def test_the_page_says_what_it_is(tmp_path: Path) -> None:
    lines = report_lines(small_report(tmp_path))
    assert lines[0] == "ทั้งประเทศ (TH)"
    assert "ข้อมูล ณ 20 กุมภาพันธ์ 2561 เวลา 23.59 น." in lines[2]
    assert "300 − จัดเก็บไม่ได้ตามทะเบียน 0 = 300 ครัวเรือน" in lines[4]
    assert "ข้อกำหนดของโครงการ" in lines[5]


def test_files_are_the_same_again_and_open(tmp_path: Path) -> None:
    made = small_report(tmp_path)
    first, again = write_files(made, tmp_path / "a"), write_files(made, tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    html = first[0].read_text(encoding="utf-8")
    assert "http" not in html.replace("http-equiv", "").replace("http://www.w3.org", ""), "nothing is fetched"
    assert "คาดว่าเสร็จ" in html and "<polyline" in html and 'id="overdue"' in html
    book = CalamineWorkbook.from_path(str(first[1]))
    expected = "ประเทศ จังหวัด อำเภอ องค์กรปกครองส่วนท้องถิ่น (อปท.) ตำบล คาดการณ์ เลยกำหนด การรับรอง งานของรอบ รายวัน"
    assert " ".join(book.sheet_names) == expected
    rows = book.get_sheet_by_name("ตำบล").to_python()
    body = [row for row in rows if str(row[1]).startswith("3801")]
    assert [(row[0], row[4], row[5], row[10]) for row in body] == [
        ("ตำบลบึงกาฬ", 200, 148, 74.0),
        ("ตำบลโนนสมบูรณ์", 100, 60, 60.0),
    ]
    assert any("นอกหมู่บ้านในทะเบียน จังหวัด 38: ได้รับ 1" in str(row[0]) for row in rows), "what lies in no village"


def test_the_document_ties_out(tmp_path: Path) -> None:
    told = document(small_report(tmp_path))
    place = told["columns"].index("collected_n")
    for level in ("tambon", "lao", "province"):
        assert sum(row[place] for row in told["areas"][level]) == told["counts"]["collected_n"] == 208
    assert told["curve"][-1] == ["2018-03-20", "1", None, None]
    assert [row["records_n"] for row in told["outside"]] == [2, 1]


def test_a_notice_tells_what_is_late_and_nothing_else(tmp_path: Path) -> None:
    notice = overdue_notice(small_report(tmp_path))
    assert notice and "งานหยุดนิ่ง: ตำบลโนนสมบูรณ์ ตั้งแต่ 3 ก.พ. 2561 (12 วันทำการ) ยังขาด 40" in notice.text
    works = {"380101": work(date(2018, 2, 1), *[10] * 20)}
    calm = report(Settings(home=tmp_path), facts(date(2018, 2, 20), works, {"380101": 300}))
    assert overdue_notice(calm) is None
