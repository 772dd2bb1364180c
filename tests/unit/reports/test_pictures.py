"""Pictures: a golden pyramid, classes of colour, Thai that is shaped, lines that fit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from jpt_pipeline.ranking import Counted
from reports import heatmap
from reports.counts import AreaIndicator
from reports.drawing import PT_PER_MM, _width_pt, fitting_size, save, style
from reports.page import Page
from reports.pyramid import pyramid as pyramid_of

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "reports"
TOLERANCE = 4.0  # mean difference per pixel of 255; a moved bar gives more than 10
BANDS = ["0-4", "5-9", "10-14", "15-19", "100+"]


def pixels(path: Path) -> "np.ndarray[tuple[int, ...], np.dtype[np.int16]]":
    return np.asarray(Image.open(path).convert("RGB"), dtype=np.int16)


def pyramid(path: Path, males: list[int]) -> Path:
    people = pd.DataFrame({"1": males, "2": [7, 9, 3, 8, 1]}, index=BANDS)
    with style():
        page = Page(122, 50)
        pyramid_of(page, 2, 2, 118, 46, people)
        return save(page.figure, path, dpi=72)


def test_golden_pyramid(tmp_path: Path) -> None:
    drawn, golden = pixels(pyramid(tmp_path / "a.png", [6, 8, 10, 4, 0])), pixels(GOLDEN / "pyramid.png")
    assert drawn.shape == golden.shape
    assert np.abs(drawn - golden).mean() < TOLERANCE
    other = pixels(pyramid(tmp_path / "b.png", [1, 1, 1, 30, 0]))
    assert np.abs(other - golden).mean() > TOLERANCE


def test_thai_marks_take_no_room_of_their_own() -> None:
    """Shaped text: a tone mark and an upper vowel stand above their consonant, sara am is composed."""
    with style():
        assert _width_pt("กี่", 20, "normal") == pytest.approx(_width_pt("ก", 20, "normal"), rel=0.02)
        assert _width_pt("น้ำ", 20, "normal") == pytest.approx(_width_pt("นำ", 20, "normal"), rel=0.02)


def test_a_long_line_shrinks_until_it_fits() -> None:
    name = "คนในครัวเรือนที่จบการศึกษาภาคบังคับ 9 ปี ที่ไม่ได้เรียนต่อและยังไม่มีงานทำ ได้รับการฝึกอบรมด้านอาชีพ"
    with style():
        size = fitting_size(name, 20, 100)
        assert _width_pt(name, size, "normal") / PT_PER_MM <= 100
        assert fitting_size("สั้น", 20, 100) == 20


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
    one = AreaIndicator(Counted(1, passed, failed), "ก", "คน", 1, 1, None)
    assert heatmap.shades().of(one).th == meaning
    assert heatmap.shades().of(replace(one, is_hidden=True)).th == "* ไม่แสดง"
