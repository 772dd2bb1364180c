"""What `jpt correct --dry-run` prints of a trial: short, in Thai, and the same as JSON in full."""

import pytest

from jpt_pipeline.certification.difference import Households
from jpt_pipeline.certification.state import State
from jpt_pipeline.cli.impact import SHOWN, impact_json, show_impact
from jpt_pipeline.impact.models import Figure, Impact, Place, Rank, Report, Standing
from jpt_pipeline.store.lake import Part

LAO, DISTRICT = Place(2561, "jpt", "lao", "38010001"), Place(2561, "jpt", "district", "3801")
FOUND = Impact(
    parts=(Part(2561, "38"),),
    households=Households(0, 1200, 1),
    figures=(
        Figure(DISTRICT, "rollups__indicators", "22", "passed_n", 900, 901),
        Figure(LAO, "rollups__indicators", "22", "passed_n", 90, 91),
        Figure(LAO, "rollups__economy", "", "income_baht", 5, 7),
    ),
    ranks=(Rank(LAO, 22, 3, 2), Rank(LAO, 7, 2, 3)),
    reports=(Report("poster", DISTRICT), Report("poster", LAO), Report("indicators", LAO)),
    standings=(
        Standing(DISTRICT, "เมือง", "2", "2561-jpt-district-3801-1", State.CERTIFIED, State.STALE),
        Standing(LAO, "หอคำ", None, None, State.PRESENTED, State.DRAFT),
    ),
    is_behind=False,
    needs_return=False,
)


def test_the_words_are_counts_first(capsys: pytest.CaptureFixture[str]) -> None:
    show_impact(FOUND)
    said = capsys.readouterr().out
    for line in (
        "ครัวเรือนที่จะเปลี่ยน 1,201 (เพิ่ม 0 แก้ไข 1,200 ถอน 1)",
        "ตัวชี้วัดที่จะเปลี่ยน 1 ตัว: 22",
        "38010001 (jpt) ตัวชี้วัด 22: อันดับ 3 -> 2",
        "ตัวชี้วัดอื่นเลื่อนตาม 1 อันดับ",
        "รายงานที่ต้องทำใหม่ 3 ฉบับ: indicators 1, poster 2",
        "คำรับรองที่จะใช้ไม่ได้ 1 ฉบับ",
        "2561-jpt-district-3801-1 แบบ 2 อำเภอ 3801 เมือง (jpt): รับรองแล้ว -> ข้อมูลเปลี่ยนหลังรับรอง",
        "สถานะอื่นที่จะเปลี่ยน 1 พื้นที่",
    ):
        assert line in said
    assert "ต้องส่งกลับ" not in said and "เก่ากว่า" not in said


def test_what_to_know_beforehand_stands_above(capsys: pytest.CaptureFixture[str]) -> None:
    many = tuple(FOUND.standings[0] for _ in range(SHOWN + 3))
    show_impact(
        Impact(
            **{**vars(FOUND), "standings": many, "figures": (), "ranks": (), "is_behind": True, "needs_return": True}
        )
    )
    said = capsys.readouterr().out
    assert said.index("ต้องส่งกลับพื้นที่ก่อน") < said.index("เก่ากว่าข้อมูลที่รับไว้") < said.index("ครัวเรือนที่จะ")
    assert "ตัวชี้วัดที่จะเปลี่ยน 0 ตัว: -" in said and "และอีก 3 รายการ" in said


def test_json_has_everything() -> None:
    assert impact_json(None) is None
    told = impact_json(FOUND)
    assert told is not None
    area = {"survey_year": 2561, "stream": "jpt", "level": "lao", "area_code": "38010001"}
    assert told["ranks"][0] == area | {"indicator_no": 22, "then": 3, "now": 2}
    assert told["figures"][2]["measure"] == "income_baht"
    assert [(one["form_no"], one["now"]) for one in told["certificates"]] == [("2", "STALE")]
    assert len(told["states"]) == 2 and len(told["reports"]) == 3
