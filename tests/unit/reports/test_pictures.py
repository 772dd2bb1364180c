"""Pictures: a golden part of the poster, fonts in the PDF, Thai that is shaped, lines that fit."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from jpt_pipeline.ranking import Counted
from reports import heatmap, poster
from reports.counts import area_indicators
from reports.drawing import PT_PER_MM, _width_pt, fitting_size, save, style, wrapped
from reports.labels import NOBODY_TH
from reports.page import Page
from reports.release import Release
from tests.unit.reports.invented import Frames, write_release

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "reports"
TOLERANCE = 4.0  # mean difference per pixel of 255; a moved bar gives more than 10
VILLAGE = ("village", "38010101")
BANDS = ["0-4", "5-9", "10-14", "15-19", "100+"]


def pixels(path: Path) -> "np.ndarray[tuple[int, ...], np.dtype[np.int16]]":
    return np.asarray(Image.open(path).convert("RGB"), dtype=np.int16)


def pyramid(path: Path, males: list[int]) -> Path:
    people = pd.DataFrame({"1": males, "2": [7, 9, 3, 8, 1]}, index=BANDS)
    with style():
        page = Page(122, 50)
        poster.pyramid(page, 2, 2, 118, 46, people)
        return save(page.figure, path, dpi=72)


def test_golden_pyramid(tmp_path: Path) -> None:
    drawn, golden = pixels(pyramid(tmp_path / "a.png", [6, 8, 10, 4, 0])), pixels(GOLDEN / "pyramid.png")
    assert drawn.shape == golden.shape
    assert np.abs(drawn - golden).mean() < TOLERANCE
    other = pixels(pyramid(tmp_path / "b.png", [1, 1, 1, 30, 0]))
    assert np.abs(other - golden).mean() > TOLERANCE


def test_poster_files(release: Release, tmp_path: Path) -> None:
    picture, document = poster.make(release, *VILLAGE, tmp_path / "a")
    assert picture.name == "poster_2561_village_38010101.png"
    with Image.open(picture) as image:
        assert image.size == (2338, 3307)  # A3 at 200 dots an inch
        assert not image.text  # type: ignore[attr-defined]
    content = document.read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.count(b"/FontFile2") >= 2  # regular and bold, TrueType, embedded
    assert b"Sarabun" in content and b"/Type3" not in content and b"DejaVu" not in content
    assert b"CreationDate" not in content
    again = poster.make(release, *VILLAGE, tmp_path / "b")
    assert [path.read_bytes() for path in again] == [picture.read_bytes(), content]


@pytest.mark.parametrize("thai", [False, True])
def test_poster_says_what_it_must(release: Release, thai: bool) -> None:
    with style():
        page = poster.draw(release, *VILLAGE, thai)
    texts = [text.get_text() for text in page.axes.texts]
    everything = "\n".join(texts)
    for indicator in area_indicators(release, *VILLAGE):
        name = indicator.name_th
        assert page.shown(name) in everything
    for part in ("บ้านโนนสว่าง", "รับรองแล้ว", "แบบของโครงการ มิใช่แบบราชการ", release.sha256[:12], release.name, "ตัวหาร"):
        assert part in everything
    assert ("๓๑" in everything) == thai


def test_every_line_of_the_poster_lies_on_the_page(release: Release) -> None:
    with style():
        page = poster.draw(release, *VILLAGE)
        renderer = page.figure.canvas.get_renderer()  # type: ignore[attr-defined]
        paper = page.figure.bbox
        for text in page.axes.texts:
            box = text.get_window_extent(renderer)
            assert paper.x0 <= box.x0 and box.x1 <= paper.x1 and paper.y0 <= box.y0 and box.y1 <= paper.y1, text


def test_thai_marks_take_no_room_of_their_own() -> None:
    """Shaped text: a tone mark and an upper vowel stand above their consonant, sara am is composed."""
    with style():
        assert _width_pt("กี่", 20, "normal") == pytest.approx(_width_pt("ก", 20, "normal"), rel=0.02)
        assert _width_pt("น้ำ", 20, "normal") == pytest.approx(_width_pt("นำ", 20, "normal"), rel=0.02)


def test_lines_shrink_or_break_at_spaces_only() -> None:
    name = "คนในครัวเรือนที่จบการศึกษาภาคบังคับ 9 ปี ที่ไม่ได้เรียนต่อและยังไม่มีงานทำ ได้รับการฝึกอบรมด้านอาชีพ"
    with style():
        size = fitting_size(name, 20, 100)
        assert _width_pt(name, size, "normal") / PT_PER_MM <= 100
        assert fitting_size("สั้น", 20, 100) == 20
        lines = wrapped(name, 12, 110)
    assert len(lines) > 1 and " ".join(lines) == name


@pytest.mark.parametrize(
    ("passed", "failed", "meaning"),
    [
        (899_080, 38, "99 ขึ้นไป"),  # prints 100.00, yet somebody failed
        (7, 0, "ผ่านครบ"),
        (95, 5, "95 ขึ้นไป"),
        (949_999, 50_001, "90 ขึ้นไป"),  # prints 95.00
        (0, 3, "ต่ำกว่า 80"),
        (0, 0, "ไม่มีข้อมูลให้นับ"),
    ],
)
def test_colour_classes_look_at_counts(passed: int, failed: int, meaning: str) -> None:
    assert heatmap.shades().of(Counted(1, passed, failed)).th == meaning


def test_an_area_without_households_is_not_called_perfect(tmp_path: Path) -> None:
    def empty(tables: Frames) -> None:
        for name in ("rollups__indicators", "rollups__economy", "rollups__coverage"):
            counts = [column for column in tables[name] if column.endswith(("_n", "_baht"))]
            tables[name].loc[tables[name]["area_code"] == VILLAGE[1], counts] = 0
        people = tables["rollups__population"]
        tables["rollups__population"] = people[people["area_code"] != VILLAGE[1]]

    with style():
        page = poster.draw(Release.open(write_release(tmp_path / "r", empty)), *VILLAGE)
    texts = {text.get_text() for text in page.axes.texts}
    assert poster.ALL_PASSED_TH not in texts
    assert {NOBODY_TH, "0 / 31", "-"} <= texts
