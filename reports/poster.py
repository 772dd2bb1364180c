"""Poster of one area on A3 (โปสเตอร์สรุปผล จปฐ.): who lives there, what they earn, and all indicators at a glance.

Put here: the layout, which is this project's own and says so. Keep out: figures and the shapes of marks (page.py).
"""

from pathlib import Path
from typing import TYPE_CHECKING

from reports.counts import AreaIndicator, area_indicators
from reports.drawing import (
    BLUE,
    GREY,
    INK,
    NAVY,
    ORANGE,
    PALE,
    PRINT_DPI,
    SKY,
    VERMILLION,
    WHITE,
    fitting_size,
    save,
    style,
    wrapped,
)
from reports.labels import NOBODY_TH, OWN_LAYOUT_TH, Labels, labels
from reports.numbers import count_text, mean_text, percent_text
from reports.page import Align, Mark, Page
from reports.release import Release
from reports.words import words

if TYPE_CHECKING:
    import pandas as pd

WIDTH, HEIGHT, MARGIN = 297.0, 420.0, 14.0
INNER = WIDTH - 2 * MARGIN
WORST_N = 5
ALL_PASSED_TH = "ผ่านครบทุกตัวชี้วัดที่มีข้อมูล"


def make(release: Release, level: str, area_code: str, out: Path, thai: bool = False) -> list[Path]:
    """Write the poster as PNG and PDF (outlines embedded); `thai` prints Thai digits.

    Raises:
        reports.release.ReleaseError: the release lacks the area or was changed.
    """
    stem = f"poster_{release.survey_year}_{level}_{area_code}"
    with style():
        page = draw(release, level, area_code, thai)
        return [
            save(page.figure, out / f"{stem}.png", PRINT_DPI),
            save(page.figure, out / f"{stem}.pdf"),
        ]


def draw(release: Release, level: str, area_code: str, thai: bool = False) -> Page:
    """The poster as a page; call within `drawing.style()`."""
    page = Page(WIDTH, HEIGHT, thai)
    heads = labels(release, level, area_code)
    indicators = area_indicators(release, level, area_code)
    _head(page, heads, level)
    _tiles(page, release, level, area_code, indicators)
    pyramid(page, MARGIN, 90, 122, 82, release.population(level, area_code))
    _worst(page, MARGIN + 128, 90, INNER - 128, 82, indicators)
    _all_indicators(page, release, indicators, 175, 223.5)
    _foot(page, heads)
    return page


def _head(page: Page, heads: Labels, level: str) -> None:
    page.box(0, 0, WIDTH, 52, NAVY)
    page.box(0, 52, WIDTH, 1.6, ORANGE)
    room = 196.0
    title = f"โปสเตอร์สรุปผล จปฐ. ระดับ{words().levels[level].name_th}"
    page.text(MARGIN, 7.5, title, 18, room=room, colour=SKY, weight="bold")
    page.text(MARGIN, 24.5, heads.area, 46, room=room, weight="bold", colour=WHITE)
    below = [(heads.places, 18, WHITE)] if heads.places else []
    for place, (line, size, colour) in enumerate([*below, (heads.round, 14, SKY)]):
        page.text(MARGIN, 38 + 8.5 * place, line, size, room=room, colour=colour)
    _stamp(page, heads, 219, 7, WIDTH - MARGIN - 219, 38)


def _stamp(page: Page, heads: Labels, x: float, y: float, width: float, height: float) -> None:
    page.box(x, y, width, height, BLUE if heads.certified else ORANGE, radius=3)
    middle, room = x + width / 2, width - 6
    if heads.certified:
        page.mark(x + 11, y + 10, "passed", 6, inverse=True)
        page.text(x + 20, y + 10, heads.status[0], 24, room=room - 17, weight="bold", colour=WHITE)
        lines = [line for part in heads.status[1:] for line in wrapped(part, 12, room)]
        step = 7.5 if len(lines) <= 2 else 5.6
        for place, line in enumerate(lines):
            at = y + 27.5 + step * (place - (len(lines) - 1) / 2)
            page.text(middle, at, line, 13, room=room, colour=WHITE, align="center", verbatim=True)
    else:
        for place, (line, size) in enumerate(zip(heads.status, (25, 20), strict=True)):
            page.text(middle, y + 14 + 12 * place, line, size, room=room, weight="bold", align="center")


def _tiles(page: Page, release: Release, level: str, area_code: str, indicators: list[AreaIndicator]) -> None:
    """Six figures; averages are sum over sum, in whole baht a person and year."""
    economy = release.economy(level, area_code)
    persons_n, income, expense = (int(economy[name]) for name in ("persons_n", "income_baht", "expense_baht"))
    people = release.population(level, area_code).sum()
    sexes = " · ".join(f"{name} {count_text(int(people[sex]))}" for sex, name in words().sexes.items())
    coverage = release.coverage(level, area_code)
    whole_n = sum(indicator.mark == "passed" for indicator in indicators)
    tiles = [
        (
            count_text(int(economy["households_n"])),
            "ครัวเรือนที่สำรวจ",
            f"จากเป้าหมาย {count_text(int(coverage['target_n']))}",
        ),
        (count_text(persons_n), "คน", sexes),
        (mean_text(income, persons_n), "รายได้เฉลี่ย", "บาท/คน/ปี"),
        (mean_text(expense, persons_n), "รายจ่ายเฉลี่ย", "บาท/คน/ปี"),
        (mean_text(income - expense, persons_n), "คงเหลือเฉลี่ย", "บาท/คน/ปี"),
        (f"{whole_n} / {len(indicators)}", "ตัวชี้วัดที่ผ่านครบ", "ทุกคน/ทุกครัวเรือน"),
    ]
    gap = 3.5
    width = (INNER - gap * (len(tiles) - 1)) / len(tiles)
    for place, (figure, title, detail) in enumerate(tiles):
        x = MARGIN + place * (width + gap)
        page.box(x, 57, width, 29, PALE, radius=2.5)
        page.text(x + width / 2, 65.5, figure, 30, room=width - 4, weight="bold", colour=NAVY, align="center")
        page.text(x + width / 2, 75.5, title, 14.5, room=width - 4, weight="bold", align="center")
        page.text(x + width / 2, 82, detail, 12, room=width - 4, colour=INK, align="center")


def _panel_title(page: Page, x: float, y: float, title: str, room: float) -> None:
    page.box(x, y, 1.6, 7, ORANGE)
    page.text(x + 4, y + 3.5, title, 17, room=room - 4, weight="bold", colour=NAVY)


def pyramid(page: Page, x: float, y: float, width: float, height: float, people: "pd.DataFrame") -> None:
    """Population pyramid in the box given (mm): persons by age band (rows) for male (left) and female (right)."""
    _panel_title(page, x, y, "ประชากรตามเพศและอายุ", width)
    sexes = [(sex, name, colour) for (sex, name), colour in zip(words().sexes.items(), (BLUE, ORANGE), strict=True)]
    middle, label_room, top = x + width / 2, 8.5, y + 15.0
    reach = width / 2 - label_room - 11
    row = (height - 15) / len(people)
    most_n = max(1, int(people.to_numpy().max()))
    for (sex, name, colour), side in zip(sexes, (-1, 1), strict=True):
        total_n = int(people[sex].sum())
        heading = f"{name} {count_text(total_n)} คน"
        page.text(
            middle + side * (label_room + reach / 2), y + 11, heading, 13, weight="bold", colour=INK, align="center"
        )
        for place, persons_n in enumerate(reversed(people[sex].tolist())):
            length = reach * persons_n / most_n
            start = middle + side * label_room
            page.box(min(start, start + side * length), top + place * row + 0.3, length, row - 0.6, colour)
            if not persons_n:
                continue
            at = start + side * (length + 1)
            align: Align = "left" if side > 0 else "right"
            page.text(at, top + (place + 0.5) * row, count_text(persons_n), 8, colour=INK, align=align, room=10)
    for place, band in enumerate(reversed(people.index.tolist())):
        page.text(middle, top + (place + 0.5) * row, band.replace("-", "–"), 8.5, colour=INK, align="center")


def _worst(page: Page, x: float, y: float, width: float, height: float, indicators: list[AreaIndicator]) -> None:
    """The indicators with the largest share of failures, at most five, none that everybody passes."""
    _panel_title(page, x, y, f"ควรร่วมกันแก้ไขก่อน {WORST_N} อันดับ", width)
    worst = [one for one in sorted(indicators, key=lambda one: one.rank) if one.counted.failed_n][:WORST_N]
    if not worst:
        somebody = any(one.counted.surveyed_n for one in indicators)
        page.text(
            x + width / 2, y + height / 2, ALL_PASSED_TH if somebody else NOBODY_TH, 24, weight="bold", align="center"
        )
    step = (height - 9) / WORST_N
    for place, one in enumerate(worst):
        top = y + 9 + place * step
        page.box(x, top + 0.8, width, step - 1.6, PALE, radius=2)
        page.disc(x + 7.5, top + step / 2, 4.8, VERMILLION)
        page.text(x + 7.5, top + step / 2, str(place + 1), 17, weight="bold", colour=WHITE, align="center")
        _worst_one(page, one, x + 15, top, width - 18)


def _worst_one(page: Page, one: AreaIndicator, x: float, top: float, room: float) -> None:
    """Name on one line, or on two smaller ones broken at a space; below it the share that failed."""
    name = f"{one.counted.number}. {one.name_th}"
    lines, size = [name], 13.0
    if fitting_size(name, size, room, "bold") < 11:
        size = 10.0
        lines = wrapped(name, size, room, "bold")
    for place, line in enumerate(lines):
        page.text(x, top + 5 + 4.3 * place - 1.3 * (len(lines) - 1), line, size, room=room, weight="bold")
    bar, share = room - 66, one.counted.failed_n / one.counted.surveyed_n
    low = top + 11.2 + 0.6 * (len(lines) - 1)
    page.box(x, low - 1.6, bar, 3.2, WHITE)
    page.box(x, low - 1.6, bar * share, 3.2, VERMILLION)
    failed = f"ไม่ผ่าน {percent_text(one.counted.failed_n, one.counted.surveyed_n)} %"
    detail = f"({count_text(one.counted.failed_n)} จาก {count_text(one.counted.surveyed_n)} {one.unit_th})"
    page.text(x + bar + 2, low, f"{failed} {detail}", 12 - (len(lines) - 1), room=64)


def _all_indicators(page: Page, release: Release, indicators: list[AreaIndicator], y: float, height: float) -> None:
    """Every indicator, by dimension: mark, name, share passed as bar and figure, counts."""
    dimensions = release.instrument.dimensions
    head = 9.0
    row = (height - head * len(dimensions)) / len(indicators)
    size = min(13.0, row * 2.2)
    bar_x, bar = 191.0, 26.0
    for dimension in dimensions:
        mine = [one for one in indicators if dimension.first <= one.counted.number <= dimension.last]
        page.box(MARGIN, y, INNER, head - 1.4, NAVY, radius=1.5)
        middle = y + (head - 1.4) / 2 + 0.2
        title = f"หมวดที่ {dimension.number} {dimension.name_th}"
        page.text(MARGIN + 3, middle, title, 14, weight="bold", colour=WHITE, room=100)
        for at, heading in ((bar_x, "ร้อยละที่ผ่าน"), (WIDTH - MARGIN - 2, "ผ่าน / สำรวจ")):
            page.text(at, middle, heading, 11.5, colour=WHITE, align="left" if at == bar_x else "right")
        y += head
        for place, one in enumerate(mine):
            if place % 2:
                page.box(MARGIN, y, INNER, row, PALE)
            _indicator_row(page, one, y + row / 2, row, size, bar_x, bar)
            y += row


def _indicator_row(page: Page, one: AreaIndicator, y: float, row: float, size: float, bar_x: float, bar: float) -> None:
    counted = one.counted
    page.mark(MARGIN + 4, y, one.mark, min(2.1, row * 0.4))
    page.text(MARGIN + 14, y, str(counted.number), size, weight="bold", align="right", colour=NAVY)
    page.text(MARGIN + 16, y, one.name_th, size, room=bar_x - MARGIN - 19)
    thick = row * 0.45
    if counted.surveyed_n:
        passed = bar * counted.passed_n / counted.surveyed_n
        page.box(bar_x, y - thick / 2, passed, thick, BLUE)
        page.box(bar_x + passed, y - thick / 2, bar - passed, thick, VERMILLION)
    percent = percent_text(counted.passed_n, counted.surveyed_n)
    page.text(bar_x + bar + 18.5, y, percent, size, weight="bold", align="right")
    counts = f"{count_text(counted.passed_n)} / {count_text(counted.surveyed_n)} {one.unit_th}"
    shown = counts if counted.surveyed_n else NOBODY_TH
    page.text(
        WIDTH - MARGIN - 2, y, shown, size - 1, room=44, align="right", colour=INK if counted.surveyed_n else GREY
    )


def _foot(page: Page, heads: Labels) -> None:
    y = 402.5
    meanings: list[tuple[float, Mark, str]] = [
        (0, "passed", "ผ่านทุกคน/ทุกครัวเรือน"),
        (48, "failed", "ยังมีผู้ไม่ผ่าน"),
        (82, "nobody", NOBODY_TH),
    ]
    for along, kind, meaning in meanings:
        page.mark(MARGIN + along + 4, y, kind, 1.9)
        page.text(MARGIN + along + 8, y, meaning, 11)
    page.text(WIDTH - MARGIN, y, OWN_LAYOUT_TH, 11, weight="bold", colour=NAVY, align="right")
    means = "เฉลี่ยต่อคน = ผลรวมของทุกครัวเรือน ÷ จำนวนคนทั้งหมด"
    for place, line in enumerate((heads.denominators, f"{means} · {heads.instrument}")):
        page.text(MARGIN, y + 4.9 + place * 4.2, line, 9.5, room=INNER)
    page.text(MARGIN, y + 13.3, f"{heads.release} · {heads.source}", 9.5, room=INNER, verbatim=True)
