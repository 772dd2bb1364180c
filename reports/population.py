"""Population report (รายงานประชากร): pyramid and table by age band and sex, age groups and dependency, areas side by side.

Put here: tables and layout. Keep out: which age groups there are (style/population.yaml), and single ages: the release
holds five-year bands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from jpt_pipeline.yamlfile import load_yaml
from reports.cells import count_cell, percent_cell, total
from reports.drawing import BLUE, INK, NAVY, ORANGE, PALE, SKY, save, style
from reports.frame import EDGE_MM, foot, foot_height, head, legend, panel_title
from reports.labels import Labels, labels
from reports.numbers import count_text, percent_text
from reports.order import Order
from reports.page import Page
from reports.pyramid import pyramid
from reports.release import Release
from reports.stacks import Row, Stacks, stacked
from reports.tables import Band, Cell, Column, Table, write_csv, write_xlsx
from reports.words import STYLE, words

if TYPE_CHECKING:
    import pandas as pd

NAME, TITLE_TH = "population", "รายงานประชากรตามเพศและอายุ"
COLOURS = (SKY, BLUE, ORANGE)
WIDTH, PYRAMID_MM, AREA_MM = 420.0, 190.0, 6.6
RATIO_NOTE_TH = "อัตราพึ่งพิง = คนในกลุ่มที่ต้องพึ่งพิง ต่อวัยแรงงาน 100 คน"
SHARE_NOTE_TH = "ร้อยละ = จำนวนในช่อง ÷ คนทั้งหมดในพื้นที่"


class AgeGroup(BaseModel):
    """An age group of whole five-year bands; `last` None is open at the top."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: str
    th: str
    short_th: str
    first: int
    last: int | None = None

    def holds(self, band: str) -> bool:
        """Whether a band ('85-89', '100+') lies inside."""
        start = int(band.rstrip("+").split("-")[0])
        return self.first <= start and (self.last is None or start <= self.last)


class Ratio(BaseModel):
    """Persons of the groups `of` for every hundred of the group `per`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: str
    th: str
    of: tuple[str, ...]
    per: str


class AgeWords(BaseModel):
    """Age groups, youngest first, and the ratios between them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    groups: list[AgeGroup]
    ratios: list[Ratio]


@cache
def age_words() -> AgeWords:
    """The groups of the checkout."""
    return AgeWords.model_validate(load_yaml(STYLE / "population.yaml"))


@dataclass(frozen=True)
class People:
    """Persons of one area: by age band and sex, and all, as published; a sum with a hidden part is hidden (NA)."""

    name: str
    area_code: str
    bands: "pd.DataFrame"
    all: Any

    def of_sex(self, sex: str) -> Any:
        return total(self.bands[sex])

    def of_band(self, band: str) -> Any:
        return total(self.bands.loc[band])

    def of_group(self, group: AgeGroup, sex: str | None = None) -> Any:
        inside = [band for band in self.bands.index if group.holds(band)]
        return total(value for name in ([sex] if sex else self.bands.columns) for value in self.bands.loc[inside, name])

    def ratio(self, ratio: Ratio) -> tuple[Any, Any]:
        """(dependent persons, persons of the group that carries them)."""
        by_key = {group.key: group for group in age_words().groups}
        return total(self.of_group(by_key[key]) for key in ratio.of), self.of_group(by_key[ratio.per])


def make(order: Order) -> list[Path]:
    """Write the workbook (own table, dependency, areas below), two CSV files, and the picture as PNG and SVG.

    Raises:
        reports.release.ReleaseError: the release lacks the area or was changed.
    """
    release, at = order.release, (order.level, order.area_code)
    heads = labels(release, *at)
    own, below = people(release, *at), people_below(release, *at)
    tables = [band_table(own), ratio_table([own, *below]), area_table(own, below)]
    files = [write_xlsx(order.path(NAME, ".xlsx"), heads.lines(), tables)]
    files += [write_csv(order.path(NAME, ".csv"), tables[0]), write_csv(order.path(f"{NAME}-areas", ".csv"), tables[2])]
    with style():
        page = draw(heads, own, below, order.thai_digits)
        return [*files, *(save(page.figure, order.path(NAME, suffix)) for suffix in (".png", ".svg"))]


def people(release: Release, level: str, area_code: str) -> People:
    """Persons of an area. Raises reports.release.ReleaseError as `Release.area_name` does."""
    persons_n = release.economy(level, area_code)["persons_n"]
    return People(release.area_name(level, area_code), area_code, release.population(level, area_code), persons_n)


def people_below(release: Release, level: str, area_code: str) -> list[People]:
    """Persons of the areas one level down, by code; empty for villages and tambons."""
    areas = release.children(level, area_code)
    return [people(release, below, code) for below, code in zip(areas["level"], areas["area_code"], strict=True)]


def band_table(own: People) -> Table:
    """Persons by age band and sex, then by age group, then all."""
    sexes = words().sexes
    columns = [Column("กลุ่มอายุ (ปี)", "text", 26, "age")]
    for field, title in [*((f"sex_{sex}", name) for sex, name in sexes.items()), ("both", "รวม")]:
        columns += [
            Column(f"{title} (คน)", "count", 13, f"{field}_n"),
            Column(f"{title} ร้อยละ", "percent", 12, f"{field}_percent"),
        ]
    whole = own.all

    def row(name: str, counts: Sequence[Any]) -> list[Cell]:
        return [name, *(cell for n in counts for cell in (count_cell(n), percent_cell(n, whole)))]

    rows: list[Sequence[Cell] | Band] = [Band("กลุ่มอายุ 5 ปี")]
    rows += [row(f"{band} ปี", [*own.bands.loc[band, list(sexes)], own.of_band(band)]) for band in own.bands.index]
    rows += [Band("กลุ่มวัย")]
    rows += [row(g.th, [*(own.of_group(g, sex) for sex in sexes), own.of_group(g)]) for g in age_words().groups]
    rows += [Band("ทุกอายุ"), row("รวม", [*(own.of_sex(sex) for sex in sexes), whole])]
    return Table("เพศและอายุ", TITLE_TH, columns, rows, 1, SHARE_NOTE_TH)


def ratio_table(areas: Sequence[People]) -> Table:
    """Dependency of the own area (first) and those below, with numerator and denominator."""
    columns = [
        Column("รหัสพื้นที่", "text", 14, "area_code"),
        Column("พื้นที่", "text", 36, "area"),
        Column("อัตรา", "text", 26, "ratio"),
        Column("คนที่พึ่งพิง", "count", 14, "dependent_n"),
        Column("คนวัยแรงงาน", "count", 14, "working_n"),
        Column("ต่อ 100 คน", "percent", 12, "per_hundred"),
    ]
    rows = []
    for area in areas:
        for ratio in age_words().ratios:
            part, per = area.ratio(ratio)
            rows.append(
                [area.area_code, area.name, ratio.th, count_cell(part), count_cell(per), percent_cell(part, per)]
            )
    return Table("อัตราพึ่งพิง", "อัตราพึ่งพิงทางอายุ", columns, rows, 2, RATIO_NOTE_TH)


def area_table(own: People, below: Sequence[People]) -> Table:
    """The areas below side by side: sexes and age groups; the own area last."""
    columns = [Column("รหัสพื้นที่", "text", 14, "area_code"), Column("พื้นที่", "text", 36, "area")]
    columns += [Column(f"{name} (คน)", "count", 12, f"sex_{sex}_n") for sex, name in words().sexes.items()]
    columns += [Column("รวม (คน)", "count", 12, "persons_n")]
    for group in age_words().groups:
        columns += [
            Column(group.th, "count", 15, f"{group.key}_n"),
            Column(f"ร้อยละ{group.short_th}", "percent", 13, f"{group.key}_percent"),
        ]

    def row(area: People) -> list[Cell]:
        counts = [*(area.of_sex(sex) for sex in words().sexes), area.all]
        groups = [area.of_group(group) for group in age_words().groups]
        shares = [cell for n in groups for cell in (count_cell(n), percent_cell(n, area.all))]
        return [area.area_code, area.name, *map(count_cell, counts), *shares]

    return Table("เปรียบเทียบพื้นที่", "ประชากรเปรียบเทียบพื้นที่", columns, [*map(row, below), row(own)], 2, SHARE_NOTE_TH)


def draw(heads: Labels, own: People, below: Sequence[People], thai: bool = False) -> Page:
    """Pyramid, age groups, dependency, and the areas below as bars; call within `drawing.style()`."""
    notes = [f"{SHARE_NOTE_TH} · {RATIO_NOTE_TH}"]
    area_room = 20 + AREA_MM * (len(below) + 1) if below else 0.0
    height = 40 + PYRAMID_MM + 6 + area_room + foot_height(heads, notes)
    page = Page(WIDTH, height, thai)
    top = head(page, heads, TITLE_TH, WIDTH)
    panel_title(page, EDGE_MM, top, "พีระมิดประชากร", 250)
    pyramid(page, EDGE_MM, top + 10, 262, PYRAMID_MM - 12, own.bands)
    _groups(page, own, 290, top)
    if below:
        _areas(page, own, below, top + PYRAMID_MM + 2)
    foot(page, heads, height - foot_height(heads, notes), WIDTH, notes)
    return page


def _groups(page: Page, own: People, x: float, y: float) -> None:
    """Persons in all and by age group, then the dependency ratios, each as a tile."""
    room = WIDTH - EDGE_MM - x
    panel_title(page, x, y, "กลุ่มวัยและอัตราพึ่งพิง", room)
    tiles = [
        (
            count_text(own.all),
            "คนทั้งหมด",
            " · ".join(f"{n} {count_text(own.of_sex(s))}" for s, n in words().sexes.items()),
            NAVY,
        )
    ]
    for group, colour in zip(age_words().groups, COLOURS, strict=True):
        n = own.of_group(group)
        tiles.append((count_text(n), group.th, f"ร้อยละ {percent_text(n, own.all)} ของคนทั้งหมด", colour))
    step = 27.5
    for place, (figure, name, detail, colour) in enumerate(tiles):
        top = y + 11 + place * step
        page.box(x, top, room, step - 3, PALE, radius=2)
        page.box(x, top, 2.5, step - 3, colour)
        page.text(x + 7, top + 7, name, 14, weight="bold", room=room / 2)
        page.text(x + 7, top + 17, detail, 12, room=room - 12)
        page.text(x + room - 5, top + 7.5, figure, 22, weight="bold", colour=NAVY, align="right", room=room / 2 - 8)
    at = y + 11 + len(tiles) * step + 4
    page.text(x, at, "ต่อวัยแรงงาน 100 คน", 12, weight="bold", colour=NAVY)
    for place, ratio in enumerate(age_words().ratios):
        line = at + 9 + 9.5 * place
        page.text(x, line, ratio.th, 13, room=room - 30)
        page.text(x + room - 5, line, percent_text(*own.ratio(ratio)), 16, weight="bold", colour=INK, align="right")


def _areas(page: Page, own: People, below: Sequence[People], y: float) -> None:
    panel_title(page, EDGE_MM, y, "พื้นที่ย่อย: สัดส่วนกลุ่มวัย (ร้อยละ)", 150)
    meanings = [(colour, group.th) for group, colour in zip(age_words().groups, COLOURS, strict=True)]
    legend(page, 215, y + 3.5, meanings, 62)
    rows = [_stack(own, True), *(_stack(area, False) for area in below)]
    where = Stacks(EDGE_MM + 2, 110, 260, WIDTH - EDGE_MM - 2, AREA_MM)
    stacked(page, where, y + 12, rows)


def _stack(area: People, is_own: bool) -> Row:
    told = f"{count_text(area.all)} {words().units['persons']}"
    counts = [area.of_group(group) for group in age_words().groups]
    return Row(area.name, counts, [percent_text(n, area.all) for n in counts], told, COLOURS, is_own)
