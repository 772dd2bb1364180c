"""Files of the restricted reports: what stands in them, that nothing of it stands elsewhere, whole or not at all."""

import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
import python_calamine as calamine
from PIL import Image

from jpt_pipeline.listing.words import NotListed
from jpt_pipeline.restricted import NotRestricted
from jpt_pipeline.settings import Settings
from reports.order import Restricted
from reports.registry import RESTRICTED
from reports.restricted import enumerators, evidence, income, summary
from reports.restricted.lay_out import lay_out, pages_n
from reports.restricted.summary_fit import SIZES
from reports.typeset import TemplateBroken, png
from tests.canary import search
from tests.unit.intake.country import Home
from tests.unit.listing.world import CANARIES, HOUSES, NAMES, order

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "reports"
TOLERANCE = 4.0  # mean difference per pixel of 255
REPORTS = (income, summary, enumerators, evidence)
HEADS = [f"นาย{NAMES[name]} {NAMES['last']}" for name in ("head", "table", "child")]


def cells(path: Path) -> str:
    """Every cell of a workbook, sheet by sheet."""
    book = calamine.load_workbook(path)
    rows = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    return "\n".join("|".join(str(cell) for cell in row) for row in rows)


def made(
    report: Any, world: Home, out: Path, level: str = "district", area: str = "3801", **choices: Any
) -> Restricted:
    result: Restricted = report.make(order(world, level, area, out, by="ผู้ทดสอบ", **choices))
    return result


def test_the_registry_names_them() -> None:
    assert {"income-failing", "household-summary", "enumerator-households", "evidence-list"} <= set(RESTRICTED)


def test_income_names_houses_and_heads_with_totals(world: Home, out: Path) -> None:
    result = made(income, world, out)
    assert result.households_n == 2
    assert [path.suffix for path in result.files] == [".xlsx", ".pdf"]
    told = cells(result.files[0])
    assert "ลับ" in told and "ผู้ขอ: ผู้ทดสอบ" in told and "ข้อมูลเบื้องต้น (ยังไม่รับรอง)" in told
    assert re.search(rf"1.0\|{HOUSES['one']}\|{HEADS[0]}\|2.0\|30000.0\|8000.0\|60000.0\|50000.0\|0.0\|10000.0", told)
    assert re.search(rf"2.0\|{HOUSES['three']}\|{HEADS[1]}\|2.0\|37999.5\|0.5\|75999.0", told)
    assert "รวม 2 ครัวเรือน 4 คน ตรงกับตัวเลขรวมของพื้นที่ (ไม่ผ่าน 2 จาก 4 ครัวเรือน ร้อยละ 50.00)" in told
    assert HOUSES["two"] not in told


def test_evidence_lists_reasons_per_village(world: Home, out: Path) -> None:
    result = made(evidence, world, out)
    told = cells(result.files[0])
    assert result.households_n == 2 and "E-PHOTO-MISSING ไม่มีภาพถ่าย" in told
    assert "38010101|บ้าน 38010101|3.0|1.0|0.0|0.0|0.0|0.0|0.0|1.0" in told
    assert "3801|รวม|5.0|1.0|0.0|0.0|1.0|0.0|0.0|2.0" in told
    assert pages_n(result.files[1].read_bytes()) == 4, "an overview, and a page to sign for each village"


def test_enumerators_show_counts_beside_norms_and_who_is_not_registered(world: Home, out: Path) -> None:
    result = made(enumerators, world, out)
    told = cells(result.files[0])
    assert result.households_n == 6
    assert "E1|อยู่ในทะเบียน|2.0|4.0|0.0|4.0|-" in told and "E2|อยู่ในทะเบียน|0.0|0.0|0.0|0.0|-" in told
    assert "E9|ไม่อยู่ในทะเบียน|2.0|1.0|1.0|2.0|-" in told and "กักไว้: FMT-01" in told
    assert "ตรงกับตัวเลขความครบถ้วนของพื้นที่" in told
    assert not [name for name in NAMES.values() if name in told], "no name of a person is needed here"


def test_summaries_are_a_page_a_household(world: Home, out: Path) -> None:
    result = made(summary, world, out)
    pages = {path.stem.rpartition("_")[2]: pages_n(path.read_bytes()) for path in result.files if path.suffix == ".pdf"}
    assert (result.households_n, pages) == (5, {"38010101": 3, "38010102": 1, "38010201": 1})
    index = cells(result.files[-1])
    assert re.search(
        rf"{HOUSES['one']}\|38010000001\|{HEADS[0]}\|2.0\|1.0\|4.0\|[0-9.]+\|[0-9.]+\|4 22 23 25\|60000.0", index
    )


def test_the_same_home_gives_the_same_bytes_whatever_the_processes(world: Home, out: Path) -> None:
    first = {path.name: path.read_bytes() for report in (income, summary) for path in made(report, world, out).files}
    shared = replace(order(world, "district", "3801", out / "again", by="ผู้ทดสอบ"), settings=two_threads(world))
    files = [*summary.make(shared).files, *income.make(shared).files]
    assert {path.name: path.read_bytes() for path in files} == first


def two_threads(world: Home) -> Settings:
    return world.settings.model_copy(update={"threads": 2})


def test_names_and_houses_stand_in_the_restricted_files_alone(
    world: Home, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither in the home's other folders, nor in the machine's folder for temporary files, nor on the screen."""
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    used = []
    monkeypatch.setattr(tempfile, "mkstemp", lambda *a, **k: used.append(a) or pytest.fail("a temporary file"))
    for report in REPORTS:
        made(report, world, out, thai_digits=True)
    # What a page draws is not seen by the search: the wife stands on the family's own page only.
    assert {hit.canary for hit in search(out, CANARIES)} == set(CANARIES) - {"wife"}
    settings = world.settings
    assert search(settings.root, CANARIES, leave_out=[settings.restricted, settings.landing / "files"]) == []
    assert search(tmp_path, CANARIES) == [] and list(scratch.iterdir()) == []
    said = "".join(capfd.readouterr())
    assert not [name for name in CANARIES.values() if name in said]
    others = 0o077
    assert not [path for path in [out, *out.rglob("*")] if path.stat().st_mode & others]


def test_a_failure_leaves_nothing_behind(world: Home, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for report in REPORTS:
        target = "reports.restricted.lay_out.pdf"
        with monkeypatch.context() as patch:
            patch.setattr(target, lambda *_: (_ for _ in ()).throw(TemplateBroken(f"quotes {NAMES['head']}")))
            with pytest.raises(TemplateBroken) as broken:
                made(report, world, out)
        assert NAMES["head"] not in str(broken.value) and broken.value.__context__ is None
        assert list(out.iterdir()) == []
    with monkeypatch.context() as patch:
        patch.setattr("jpt_pipeline.listing.income.check_ties", lambda *_: (_ for _ in ()).throw(NotListed("L-TIES")))
        with pytest.raises(NotListed):
            made(income, world, out)
    assert list(out.iterdir()) == []


def test_nothing_is_written_outside_the_restricted_place(world: Home, tmp_path: Path) -> None:
    for report in REPORTS:
        with pytest.raises(NotRestricted):
            made(report, world, tmp_path / "elsewhere")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed(world: Home, out: Path) -> None:
    left = out / ".making.999999999"
    left.mkdir(parents=True)
    (left / "half.xlsx").write_bytes(b"half")
    made(income, world, out, "village", "38010102")
    assert sorted(path.suffix for path in out.iterdir()) == [".pdf", ".xlsx"]


def test_text_too_long_for_a_page_is_made_smaller(tmp_path: Path) -> None:
    """Fifteen members with long names, everything failed: still one page; the estimate was too hopeful."""
    page = sample_page(members_n=15, name="นางสาวประภัสสราภรณ์ ศิริวัฒนานุกูลเกียรติ")
    page["households"][0]["size"] = 0
    lay_out(tmp_path / "a.pdf", page, Path("data").resolve())
    assert pages_n((tmp_path / "a.pdf").read_bytes()) == 1
    assert pypdfium2.PdfDocument(tmp_path / "a.pdf").get_metadata_dict()["Title"] == "แบบสรุป หมู่บ้านทดสอบ"


@pytest.mark.parametrize(
    ("name", "template"), [("household-summary", "household-summary"), ("restricted-list", "restricted-list")]
)
def test_golden_pages(name: str, template: str, tmp_path: Path) -> None:
    data = sample_page() if template == "household-summary" else sample_list()
    (tmp_path / "page.png").write_bytes(png(template, data, ppi=40)[0])
    drawn, golden = pixels(tmp_path / "page.png"), pixels(GOLDEN / f"{name}.png")
    assert drawn.shape == golden.shape
    assert np.abs(drawn - golden).mean() < TOLERANCE
    assert np.abs(255 - golden).mean() > TOLERANCE, "the golden page is not empty"


def pixels(path: Path) -> "np.ndarray[tuple[int, ...], np.dtype[np.int16]]":
    return np.asarray(Image.open(path).convert("RGB"), dtype=np.int16)


HEAD = {
    "title": "แบบสรุป", "plain_title": "แบบสรุป หมู่บ้านทดสอบ", "area": "บ้านทดสอบ อำเภอสมมุติ", "mark": "ลับ ใช้ในราชการ",
    "own_layout": "แบบของโครงการ", "page_of": "หน้า <page> จาก <pages>", "asked_by": "ผู้ขอ ก", "thai_digits": True,
    "lines": [["รอบ", "2561"], ["พื้นที่", "บ้านทดสอบ"]],
}  # fmt: skip


def sample_page(members_n: int = 3, name: str = "สมมุติ ทดสอบ") -> dict[str, Any]:
    """A village of one household, with everything that a page can have."""
    marks = {"passed": "ผ่าน", "failed": "ไม่ผ่าน", "not_applicable": "-", "incomplete": "ไม่ครบ"}
    keys = [str(number) for number in range(1, 32)]
    results = {key: list(marks)[number % 4 if members_n == 3 else 1] for number, key in enumerate(keys)}
    name_th = "ครัวเรือนกินอาหาร\u200bถูกสุขลักษณะ\u200b ปลอดภัย"
    columns = [
        [{"name": "สุขภาพ", "indicators": [[key, key, name_th] for key in keys[part]]}]
        for part in (slice(14), slice(14, 31))
    ]
    labels = {key: key[:6] for key in _label_keys()}
    home = {
        "house_no": "12/1", "household_id": "38010000001", "head": name, "survey_date": "1 มีนาคม 2561", "enumerator_id": "E1",
        "persons": "3 คน", "informant": name, "size": SIZES[0], "results": results, "then": dict.fromkeys(keys, "passed"),
        "members": [[str(n + 1), name, "หญิง", "41", "บุตร", "ผู้ให้ข้อมูล" if n == 0 else ""] for n in range(members_n)],
        "reasons": {key: "เพราะ ข้อ 4.2\u200b เนื้อสัตว์ต้องทำให้สุก: ไม่ใช่" for key, mark in results.items() if mark == "failed"},
        "counts": "ผ่าน 8 ข้อ", "counts_then": "ปี 2560: ผ่าน 31", "asks": ["ขอดูข้อมูล", "ปรึกษา อบต."],
        "economy": [{"cells": [f"รายได้ {n}", "1,000", "900"], "is_sum": n == 3} for n in range(12)],
    }  # fmt: skip
    return {
        "head": HEAD, "labels": labels, "marks": marks, "village": "บ้านทดสอบ", "years": ["2561", "2560"],
        "lines": HEAD["lines"], "is_other_instrument": True, "columns": columns, "households": [home],
    }  # fmt: skip


def _label_keys() -> tuple[str, ...]:
    from reports.restricted.summary_page import _LABELS

    return _LABELS


def sample_list() -> dict[str, Any]:
    """A village of 40 rows with a group, and signatures."""
    titles = (("ลำดับ", 6, "right"), ("บ้านเลขที่", 12, "left"), ("หัวหน้าครัวเรือน", 26, "left"), ("บาท", 14, "right"))
    columns = [
        {"title": title, "width": width, "align": align, "personal": title != "บาท"} for title, width, align in titles
    ]
    rows = [{"band": "กลุ่ม 1"}, *({"cells": [str(n), f"{n}/1", "สมมุติ ทดสอบ", "12,345.00"]} for n in range(40))]
    signatures = {"certify": "ได้ตรวจแล้ว", "roles": ["ผู้ตรวจงาน", "ผู้นำชุมชน"], "sign": "ลงชื่อ", "signed_on": "วันที่"}
    section = {"title": "บ้านทดสอบ", "note": "40 ครัวเรือน", "table": {"columns": columns, "rows": rows}}
    return {
        "head": HEAD, "flipped": False, "rule": "เกณฑ์ของรายการ", "totals": "รวม 40", "none": "ไม่มี",
        "sections": [section, section | {"signatures": signatures, "table": None}],
    }  # fmt: skip
