"""District book and province summary: their parts as data, the messages by exact counts, pages that hold together."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.book import district, province
from reports.book.messages import behind, behind_lines, change_lines, worst, worst_lines
from reports.book.parts import book_words, evenly
from reports.change import changes
from reports.counts import area_indicators
from reports.order import Order
from reports.paper import Paper
from reports.release import Release
from tests.unit.reports.invented import write_release


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Release:
    release = Release.open(write_release(tmp_path_factory.mktemp("before"), seed=7))
    return replace(release, manifest={**release.manifest, "survey_year": 2560})


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return Release.open(write_release(tmp_path_factory.mktemp("public"), public=True), audience="public")


def said(told: Any) -> str:
    """All texts without their marks of line breaks."""
    return json.dumps(told, ensure_ascii=False).replace("\u200b", "").replace("\u00a0", " ")


def plain(lines: list[str]) -> list[str]:
    return [said(line)[1:-1] for line in lines]


def test_an_area_is_behind_where_its_share_is_lower(release: Release) -> None:
    order = Order(release, "province", "38", Path())
    own = area_indicators(release, "province", "38")
    found = {one.area_code: one for one in behind(order, "district", own)}
    for code, one in found.items():
        pairs = zip(own, area_indicators(release, "district", code), strict=True)
        known = [(a.counted, b.counted) for a, b in pairs if a.counted.surveyed_n and b.counted.surveyed_n]
        lower = [Fraction(b.passed_n, b.surveyed_n) < Fraction(a.passed_n, a.surveyed_n) for a, b in known]
        assert (one.below_n, one.compared_n) == (sum(lower), len(known))
    assert sum(one.below_n for one in found.values()) > 0
    counts = [one.below_n for one in behind(order, "district", own)]
    assert counts == sorted(counts, reverse=True)


def test_messages_say_counts_beside_percents(release: Release, before: Release) -> None:
    order = Order(release, "province", "38", Path(), before=before)
    both, paper = changes(release, before, "province", "38"), Paper(book_words())
    first = worst(both, 1)[0]
    line = plain(worst_lines(paper, both))[0]
    assert (
        first.name_th in line and f"{first.counted.failed_n:,} จาก {first.counted.surveyed_n:,} {first.unit_th}" in line
    )
    assert "ต่ำกว่าค่าของจังหวัดบึงกาฬ" in plain(behind_lines(paper, order, "district", [one.now for one in both]))[0]
    change = plain(change_lines(paper, order, both))
    assert "ปี 2560" in change[0] and any("จุด" in line for line in change[1:])
    alone = Order(release, "province", "38", Path())
    assert plain(change_lines(paper, alone, changes(release, None, "province", "38"))) == ["ไม่มีข้อมูลรอบก่อนที่เทียบกันได้"]


@settings(max_examples=20)
@given(st.integers(1, 60), st.integers(1, 15))
def test_columns_are_shared_out_evenly(areas_n: int, most: int) -> None:
    codes = [str(number) for number in range(areas_n)]
    runs = evenly(codes, most)
    assert [code for run in runs for code in run] == codes
    sizes = [len(run) for run in runs]
    assert max(sizes) <= most and max(sizes) - min(sizes) <= 1


def test_the_book_has_its_sections_and_all_villages(release: Release, before: Release) -> None:
    told = district.content(Order(release, "district", "3801", Path(), before=before))
    heads = [said(one["head"])[1:-1] for one in told["sections"]]
    assert heads == [
        "วิธีอ่านเอกสารนี้", "ภาพรวม", "ประชากร", "รายได้ รายจ่าย และเงินคงเหลือ", "ตัวชี้วัดรายหมวด", "เปรียบเทียบตำบลและ อปท.",
        "รายหมู่บ้าน/ชุมชน", "จัดลำดับตัวชี้วัดที่ไม่ผ่าน", "ความครอบคลุมและครัวเรือนที่จัดเก็บไม่ได้", "การรับรองและที่มาของตัวเลข",
        "อธิบายศัพท์",
    ]  # fmt: skip
    by_head = dict(zip(heads, told["sections"], strict=True))
    villages = by_head["รายหมู่บ้าน/ชุมชน"]["blocks"]
    listed, matrix = villages[0], villages[2]
    codes = release.inside("district", "3801", "village")
    assert [row["cells"][0] for row in listed["rows"] if "cells" in row] == codes
    failed = area_indicators(release, "village", codes[0])
    assert [cell["text"] for cell in matrix["rows"][0]["cells"]] == [
        str(one.counted.failed_n) if one.counted.surveyed_n else "-" for one in failed
    ]
    assert len(by_head["ตัวชี้วัดรายหมวด"]["parts"]) == 5
    for part in (release.name, release.sha256[:12], "รับรองแล้ว", "ตัวหาร"):
        assert part in said(told["provenance"] + [told["status"]])


def test_a_public_book_tells_no_hidden_figure(public: Release) -> None:
    told = district.content(Order(public, "district", "3801", Path()))
    found = [one for section in told["sections"] for one in section["blocks"] if one["kind"] == "matrix"]
    matrix = next(one for one in found if len(one["heads"]) == 31)
    codes = public.inside("district", "3801", "village")
    hidden_n = 0
    for code, row in zip(codes, matrix["rows"], strict=True):
        for one, cell in zip(area_indicators(public, "village", code), row["cells"], strict=True):
            hidden_n += one.is_hidden
            assert (cell["text"] == "*") == one.is_hidden
    assert hidden_n > 0
    assert public.policy.version in said(told["provenance"])


def pages(content: bytes) -> tuple[int, list[str]]:
    with pypdfium2.PdfDocument(content) as opened:
        return len(opened), [entry.get_title() for entry in opened.get_toc()]


def test_book_and_summary_as_pdf(release: Release, before: Release, tmp_path: Path) -> None:
    (book,) = district.make(Order(release, "district", "3801", tmp_path / "a", before=before))
    assert book.name == "district-book_2561_district_3801.pdf"
    pages_n, outline = pages(book.read_bytes())
    assert pages_n >= 10 and len(outline) >= 16  # 11 sections, 5 dimensions
    assert b"CreationDate" not in book.read_bytes()
    (again,) = district.make(Order(release, "district", "3801", tmp_path / "b", before=before))
    assert again.read_bytes() == book.read_bytes()
    (summary,) = province.make(Order(release, "province", "38", tmp_path / "c", thai_digits=True))
    assert 2 <= pages(summary.read_bytes())[0] <= 4


def test_the_summary_opens_with_three_messages(release: Release) -> None:
    told = province.content(Order(release, "province", "38", Path()))
    assert [one["kind"] for one in told["messages"]] == ["points"] * 3
    district_rows = next(one for one in told["sections"] if "อำเภอเทียบ" in said(one["head"]))["blocks"][0]["rows"]
    assert len(district_rows) == 2
