"""Pages in a real browser: quiet, alone, sortable by hand and keyboard, readable by voice, printable."""

import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pypdfium2
import pytest

from jpt_pipeline.disclosure.policy import load_policy
from reports import area_page
from reports.charts import svg
from reports.counts import area_indicators
from reports.drawing import figure_mm, style
from reports.html import font
from reports.html.blocks import Block, Chart, DataTable, Figures, Section, Text
from reports.html.page import Status, page, write_page
from reports.order import Order
from reports.release import Release
from reports.tables import HIDDEN_CELL, Band, Cell, Column, Table
from tests.unit.reports.browser import FAINT, Seen, browser, opened
from tests.unit.reports.invented import Frames, write_release

COLUMNS = [
    Column("รหัส ABC", "text", 8, "code"),
    Column("ชื่อ", "text", 40, "name"),
    Column("จำนวน", "count", 10, "count_n"),
    Column("ร้อยละ", "percent", 10, "share_percent"),
]
# 1/3 of a percent and 0.33 print the same and sort apart; nothing and hidden come last, whatever the direction.
SHARES: list[Cell] = [Fraction(33, 100), None, Fraction(1, 3), 100, HIDDEN_CELL, Fraction(-1, 2)]
SCRIPT = "<script>document.title='ถูกแก้'</script>"


def table(rows_n: int = 60) -> DataTable:
    rows: list[list[Cell] | Band] = [Band("กลุ่มหนึ่ง")]
    for place in range(rows_n):
        if place == 30:
            rows.append(Band("กลุ่มสอง"))
        share = SHARES[place] if place < len(SHARES) else Fraction(place)
        rows.append([f"A{place:02d}", f"บ้านน้ำซำที่ {place}", 1000 - place, share])
    return DataTable(
        Table("ตาราง", "ตารางทดสอบ", COLUMNS, rows, 2, "หมายเหตุ"), bars={"share_percent": "good"}, row_head=1
    )


def chart() -> Chart:
    with style():
        figure = figure_mm(60, 30)
        figure.text(0.5, 0.5, "กี่น้ำ")
        return Chart(svg(figure), "ภาพ", "อธิบายภาพ")


def blocks() -> list[Block]:
    return [
        Figures([("1,234", "ครัวเรือน", "จากเป้าหมาย 2,000")]),
        Section("ตาราง", "table"),
        Text(SCRIPT),
        Text("ข้อความเตือน 15", "warning"),
        table(),
        Section("ภาพ", "chart"),
        chart(),
        chart(),
        Section("ท้าย", "end"),
        DataTable(Table("ก", "ไม่เรียง", COLUMNS, [["A", "ข", 1, None]]), sortable=False),
    ]


LINES = ["บ้านน้ำซำ ปี 2561", "ฉบับเผยแพร่ 2561-0a1b2c3d4e5f", "ลายนิ้วมือ 012345678901"]


def made(thai: bool = False) -> str:
    return page("ทดสอบ 31", LINES, blocks(), thai, Status("รับรองแล้ว", True))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as found:
        yield found


@pytest.fixture
def seen(chromium: Any, tmp_path: Path) -> Iterator[Seen]:
    with opened(chromium, write_page(tmp_path / "ทดสอบ.html", made())) as found:
        yield found
        assert (found.said, found.asked) == ([], [])


def first_codes(seen: Seen) -> list[str]:
    return seen.texts("#t1 tbody tr:not(.band) td:first-child")[:6]


def test_sorting_by_hand_is_exact_and_comes_back(seen: Seen) -> None:
    head = seen.page.locator("#t1 thead th").nth(3)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert first_codes(seen)[:3] == ["A05", "A00", "A02"]  # -0.5, 0.33, 1/3
    assert seen.texts("#t1 tbody tr:not(.band) td:first-child")[-2:] == ["A01", "A04"]
    assert seen.texts("#t1 .band") == [] and "จากน้อยไปมาก" in seen.page.inner_text("#said")
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert first_codes(seen)[0] == "A03"
    assert seen.texts("#t1 tbody tr:not(.band) td:first-child")[-2:] == ["A01", "A04"]
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "none"
    assert first_codes(seen) == [f"A{place:02d}" for place in range(6)]
    assert seen.texts("#t1 .band") == ["กลุ่มหนึ่ง", "กลุ่มสอง"]


def test_everything_is_reached_by_keyboard(seen: Seen) -> None:
    seen.page.keyboard.press("Tab")
    assert seen.page.evaluate("document.activeElement.className") == "skip"
    assert seen.page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    assert seen.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    seen.page.keyboard.press("Enter")
    seen.page.keyboard.press("Tab")  # the filter
    seen.page.keyboard.type("ที่ ๔")
    assert len(seen.texts("#t1 tbody tr:not(.band)")) == 11  # 4, 40 … 49
    assert seen.page.inner_text("#t1-count") == "แสดง 11 จาก 60 แถว"
    for _ in range(4):  # the table that scrolls, then its third heading
        seen.page.keyboard.press("Tab")
    seen.page.keyboard.press("Enter")
    assert first_codes(seen)[:2] == ["A49", "A48"]
    seen.page.keyboard.press("Space")
    assert first_codes(seen)[:2] == ["A04", "A40"]
    seen.page.fill("#t1-filter", "ไม่มีชื่อนี้")
    assert seen.texts("#t1 tbody tr") == []


def test_a_page_can_be_read_aloud(seen: Seen) -> None:
    where = seen.page
    assert where.evaluate("document.documentElement.lang") == "th" and where.title() == "ทดสอบ 31"
    assert where.locator("h1").count() == 1 and where.locator("main").count() == 1
    levels = where.eval_on_selector_all("h1,h2,h3,h4", "all => all.map(e => +e.tagName[1])")
    assert levels[0] == 1 and all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert where.eval_on_selector_all("table", "all => all.every(e => e.caption && e.caption.innerText.trim())")
    assert where.eval_on_selector_all("thead th", "all => all.every(e => e.scope === 'col')")
    assert where.eval_on_selector_all("tbody tr:not(.band)", "all => all.every(e => e.querySelector('th[scope=row]'))")
    assert where.eval_on_selector_all("svg", "all => all.map(e => e.role + e.ariaLabel)") == ["imgภาพ: อธิบายภาพ"] * 2
    assert where.eval_on_selector_all("input", "all => all.every(e => e.labels.length)")
    assert where.eval_on_selector_all(
        "nav, [role=region]", "all => all.every(e => e.ariaLabel || e.ariaLabelledByElements)"
    )
    ids = where.eval_on_selector_all("[id]", "all => all.map(e => e.id)")
    assert len(ids) == len(set(ids))
    assert where.evaluate(FAINT) == []
    assert SCRIPT in where.inner_text("main")


def test_the_typeface_is_the_page_s_own(seen: Seen) -> None:
    faces = "document.fonts.ready.then(all => [...all].map(f => f.family + f.weight + f.status))"
    assert seen.page.evaluate(faces) == ["Sarabun400loaded", "Sarabun700loaded"]
    width = """text => { const c = document.createElement('canvas').getContext('2d'); c.font = '40px Sarabun';
        return c.measureText(text).width; }"""
    assert seen.page.evaluate(width, "กี่") == pytest.approx(seen.page.evaluate(width, "ก"), rel=0.02)


def printed(seen: Seen) -> list[tuple[str, "np.ndarray[Any, Any]"]]:
    """Text (without spaces) and pixels of the sheets of paper."""
    document = pypdfium2.PdfDocument(io.BytesIO(seen.page.pdf(prefer_css_page_size=True)))
    return [
        (re.sub(r"\s", "", one.get_textpage().get_text_range()), one.render(scale=0.5).to_numpy()) for one in document
    ]


def test_a_page_prints_with_its_lines_and_heads_on_every_sheet(seen: Seen) -> None:
    sheets = printed(seen)
    assert len(sheets) >= 2 and "2561-0a1b2c3d4e5f" in sheets[0][0]
    with_rows = [text for text, _ in sheets if re.search(r"A\d\d", text)]
    assert len(with_rows) >= 2 and all("ABC" in text for text in with_rows)
    assert all((pixels < 128).mean() > 0.002 for _, pixels in sheets)  # none is blank
    height, width = sheets[0][1].shape[:2]
    assert height / width == pytest.approx(297 / 210, rel=0.01)


def test_a_narrow_screen_scrolls_tables_and_nothing_else(chromium: Any, tmp_path: Path) -> None:
    with opened(chromium, write_page(tmp_path / "a.html", made()), width=360, height=700) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") == 360


def test_bytes_are_stable_and_hold_no_address() -> None:
    first = made()
    font._cut.cache_clear()
    assert made() == first
    plain = re.sub(r"base64,[^)]*", "", first)
    assert not re.search(r"https?:|xlink|<metadata|@import|<img|<script[^>]+src", plain)


def test_thai_digits_leave_names_and_digests_alone() -> None:
    text = made(thai=True)
    for part in (
        "ทดสอบ ๓๑",
        "ปี ๒๕๖๑",
        "2561-0a1b2c3d4e5f",
        "012345678901",
        "ข้อความเตือน ๑๕",
        "๑,๒๓๔",
        ">๙๗๐<",
        "น้ำซำที่ ๗<",
        ">A07<",
    ):
        assert part in text
    assert 'data-value="970"' in text


def test_a_letter_outside_the_common_ones_is_carried() -> None:
    assert len(font.font_css("Ω")) > len(font.font_css("ก")) == len(font.font_css("ข"))


@pytest.mark.parametrize("at", [("province", "38"), ("village", "38010101")])
def test_the_page_of_an_area(chromium: Any, release: Release, tmp_path: Path, at: tuple[str, str]) -> None:
    (path,) = area_page.make(Order(release, *at, tmp_path))
    assert path.name == f"area-page_2561_{at[0]}_{at[1]}.html"
    if at[0] == "village":
        assert area_page.make(Order(release, *at, tmp_path / "again"))[0].read_bytes() == path.read_bytes()
    with opened(chromium, path) as seen:
        text = seen.page.inner_text("body")
        for part in (
            release.sha256[:12],
            release.name,
            "ตัวหาร",
            "มิใช่แบบราชการ",
            "รับรองแล้ว" if at[0] == "village" else "ยังไม่รับรอง",
        ):
            assert part in text
        assert len(seen.texts("#indicators ~ .wide tbody tr:not(.band)")) >= 31
        assert seen.page.evaluate(FAINT) == []
        assert seen.page.eval_on_selector_all(
            "svg", "all => all.every(e => e.role === 'img' && e.ariaLabel.length > 20)"
        )
        assert len(printed(seen)) >= 2
    assert (seen.said, seen.asked) == ([], [])


def public(release: Release, hidden_no: int) -> Release:
    """The same figures for everybody, with the counts of one indicator hidden everywhere."""
    rows = release.table("rollups__indicators").copy()
    counts = [name for name in rows.columns if name.endswith("_n")]
    rows[counts] = rows[counts].astype("Int64")
    rows.loc[rows["indicator_no"] == hidden_no, counts] = pd.NA
    frames = {name: release.table(name) for name in release.manifest["tables"]} | {"rollups__indicators": rows}
    made_public = replace(release, audience="public", _frames=frames, _by_area={})
    made_public.__dict__["policy"] = load_policy()
    return made_public


def test_a_page_for_everybody_tells_nothing_of_what_is_hidden(release: Release, tmp_path: Path) -> None:
    """The indicator that most fail is hidden: not in the ranking, not on the map, not in the exact values of any cell."""
    at = ("district", "3801")
    worst = min(area_indicators(release, *at), key=lambda one: one.rank).counted
    text = area_page.make(Order(public(release, worst.number), *at, tmp_path))[0].read_text(encoding="utf-8")
    assert load_policy().version in text and load_policy().th in text
    assert "1 ตัวชี้วัดไม่อยู่ในลำดับ" in text and f"ตัวชี้วัดที่ {worst.number} " not in text
    row = next(line for line in text.splitlines() if f'data-value="{worst.number}">{worst.number}<' in line)
    assert row.count(">*<") == 5 and row.count("data-value") == 1
    assert ">* / 31<" in text
    for value in (worst.failed_n, Fraction(100 * worst.failed_n, worst.surveyed_n)):
        assert f'data-value="{value}"' not in row


def test_an_area_that_nobody_fails_is_told_in_words(tmp_path: Path) -> None:
    def nobody_fails(tables: Frames) -> None:
        rows = tables["rollups__indicators"]
        rows["passed_n"], rows["failed_n"] = rows["surveyed_n"], 0

    perfect = Release.open(write_release(tmp_path / "r", nobody_fails))
    text = area_page.make(Order(perfect, "lao", "L11", tmp_path))[0].read_text(encoding="utf-8")
    assert area_page.ALL_PASSED_TH in text and "31 / 31" in text
