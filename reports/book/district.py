"""District book (เอกสารคุณภาพชีวิตของประชาชนอำเภอ), report `district-book`: its sections in order, as one PDF of A4 pages.

Put here: which blocks a section has, and the tables of all villages. Keep out: the parts themselves (parts.py), layout.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from jpt_pipeline.store.files import write_bytes
from reports import economy, population
from reports.book import blocks, parts
from reports.book.blocks import Block
from reports.book.messages import behind_lines, change_lines, inside, worst, worst_lines
from reports.cells import count_cell, indicator_counts, indicator_shares, ratio_cell
from reports.change import Change, changes
from reports.charts import Size
from reports.counts import AreaIndicator, area_indicators
from reports.drawing import style
from reports.labels import labels
from reports.order import Order
from reports.paper import Paper, head, provenance
from reports.tables import HIDDEN_CELL, Band, Cell, Column, Table, cell_text
from reports.typeset import pdf
from reports.words import words

NAME, LAYOUT, LEVELS = "district-book", "book", ("district",)
TITLE_TH = "เอกสารคุณภาพชีวิตของประชาชนอำเภอ"
MAPS, WORST = 4, 5
Section = dict[str, Any]
How = Literal["new page", "runs on", "flipped"]


def make(order: Order) -> list[Path]:
    """Write the book.

    Raises:
        reports.release.ReleaseError: the release lacks the area or was changed.
        reports.typeset.TemplateBroken: the layout is not right.
    """
    return [write_bytes(order.path(NAME, ".pdf"), pdf(LAYOUT, content(order)))]


def content(order: Order) -> dict[str, Any]:
    """Everything in the book, as JSON for its layout."""
    paper = Paper(parts.book_words(), order.thai_digits)
    told = labels(order.release, order.level, order.area_code)
    both = changes(order.release, order.before, order.level, order.area_code)
    year = order.release.survey_year
    with style():
        sections = _sections(paper, order, both)
    return {
        "document": paper.digits(paper.words.texts["book_document"].format(area=told.area, year=year)),
        "title": paper.say("book_title"),
        "year": paper.say("year", year=year),
        "year_note": paper.say("year_note", year=year),
        "labels": paper.labels(),
        "has_thai_digits": order.thai_digits,
        "provisional": paper.say("provisional") if order.release.instrument.provisional else None,
        **head(paper, told),
        "sections": sections,
        "provenance": provenance(paper, told),
    }


def section(head_th: str, *found: Block, inner: Sequence[Section] = (), how: How = "new page") -> Section:
    """A section with its blocks, then parts with heads of their own; on a new page, across one, or where the last ended."""
    return {"head": head_th, "blocks": list(found), "parts": list(inner), "how": how}


def _sections(paper: Paper, order: Order, both: Sequence[Change]) -> list[Section]:
    own = [change.now for change in both]
    dimensions = [
        section(paper.say("dimension", no=one.number, name=one.name_th), *parts.dimension(paper, order, one, both))
        for one in order.release.instrument.dimensions
    ]
    say = paper.say
    sisters = [*parts.comparison(paper, order, "tambon"), *parts.comparison(paper, order, "lao")]
    glossary = [(paper.text(one["term"]), paper.text(one["meaning"])) for one in parts.book_words().glossary]
    return [
        section(say("reading"), reading(paper), how="runs on"),
        section(say("overview"), *overview(paper, order, both, own)),
        section(say("people"), *people(paper, order)),
        section(say("income"), parts.income(paper, order), *parts.income_below(paper, order, "tambon")),
        section(say("indicators"), inner=dimensions),
        section(say("comparison"), blocks.legend(paper), *sisters),
        section(say("villages"), *villages(paper, order), how="flipped"),
        section(say("failing"), parts.failing(paper, order)),
        section(say("covered"), *parts.covered(paper, order, "tambon")),
        section(say("certificates"), parts.certificates(paper, order, "lao"), *_sources(paper, order)),
        section(say("glossary"), blocks.terms(glossary), how="runs on"),
    ]


def reading(paper: Paper) -> Block:
    """How to read the figures."""
    return blocks.points([paper.text(text) for key, text in paper.words.texts.items() if key.startswith("read_")])


def overview(paper: Paper, order: Order, both: Sequence[Change], own: Sequence[AreaIndicator]) -> list[Block]:
    """Figures, what to know first, maps of the worst indicators."""
    return [
        parts.figures(paper, order, both),
        blocks.beside(
            blocks.points(worst_lines(paper, both, WORST), paper.say("head_worst")),
            blocks.points(behind_lines(paper, order, "tambon", own), paper.say("head_behind_tambon")),
        ),
        blocks.points(change_lines(paper, order, both), paper.say("head_change")),
        parts.caution(paper, order),
        parts.by_dimension(paper, order, both),
        *parts.maps(paper, order, worst(both, MAPS)),
    ]


def people(paper: Paper, order: Order) -> list[Block]:
    """Pyramid beside the table of ages, then the tambons."""
    own = population.people(order.release, order.level, order.area_code)
    told = population.band_table(own)
    widths = {column.field: 18.0 for column in told.columns if column.field in ("age", "both_n", "both_percent")}
    widths |= {f"sex_{sex}_n": 15.0 for sex in words().sexes}
    return [
        blocks.beside(
            parts.people(paper, order, Size(84, 120, parts.TEXT_PT)),
            blocks.table(paper, blocks.pick(told, widths)),
            widths=(84, 86),
        ),
        parts.people_below(paper, order, "tambon"),
    ]


def villages(paper: Paper, order: Order) -> list[Block]:
    """All villages: who lives there, what they earn, the worst indicator; then what failed, by indicator."""
    codes = inside(order, "village")
    listed = {code: area_indicators(order.release, "village", code) for code in codes}
    caption = paper.say("villages_table", n=len(codes))
    rows = [
        (f"{code} {order.release.area_name('village', code)}", _failed_cells(paper, listed[code])) for code in codes
    ]
    first = next(iter(listed.values()))
    return [
        blocks.table(paper, village_table(order, listed), caption),
        blocks.legend(paper),
        blocks.matrix(paper, paper.say("villages_matrix"), [str(one.counted.number) for one in first], rows),
        blocks.texts(paper.say("villages_note")),
    ]


def _failed_cells(paper: Paper, indicators: Sequence[AreaIndicator]) -> list[Block]:
    """Number that failed, in the colour of the share passed."""
    texts = [
        cell_text(indicator_counts(one)[2], "count", paper.thai) if one.mark != "nobody" else "-" for one in indicators
    ]
    return [blocks.shaded(one, text) for one, text in zip(indicators, texts, strict=True)]


def village_table(order: Order, listed: dict[str, list[AreaIndicator]]) -> Table:
    """One row a village, by LAO."""
    columns = [
        Column("รหัส", "text", 18, "area_code"),
        Column("หมู่บ้าน/ชุมชน", "text", 40, "area"),
        Column("ครัวเรือน", "count", 14, "households_n"),
        Column("คน", "count", 14, "persons_n"),
        Column("รายได้ต่อคน (บาท/ปี)", "baht", 20, "income"),
        Column("คงเหลือต่อคน (บาท/ปี)", "baht", 20, "remains"),
        Column("ตัวชี้วัดที่ผ่านครบ", "count", 14, "whole_n"),
        Column("ไม่ผ่านมากที่สุด", "text", 74, "worst"),
        Column("ร้อยละที่ไม่ผ่าน", "percent", 14, "worst_percent"),
    ]
    rows: list[Sequence[Cell] | Band] = []
    for lao in inside(order, "lao"):
        rows.append(Band(order.release.area_name("lao", lao)))
        below = order.release.children("lao", lao)["area_code"]
        rows += [_village(order, code, listed[code]) for code in below]
    return Table("หมู่บ้าน", "หมู่บ้าน", columns, rows)


def _village(order: Order, code: str, indicators: Sequence[AreaIndicator]) -> list[Cell]:
    sums = economy.economy(order.release, "village", code)
    marks = [one.mark for one in indicators]
    whole: Cell = HIDDEN_CELL if "hidden" in marks else marks.count("passed")
    failed = [one for one in sorted(indicators, key=lambda one: one.rank) if one.counted.failed_n]
    last: list[Cell] = ["", None]
    if failed:
        last = [f"{failed[0].counted.number}. {failed[0].name_th}", indicator_shares(failed[0])[1]]
    means = [ratio_cell(sums.side(economy.INCOME), sums.persons_n), ratio_cell(sums.remains, sums.persons_n)]
    return [code, sums.name, count_cell(sums.households_n), count_cell(sums.persons_n), *means, whole, *last]


def _sources(paper: Paper, order: Order) -> list[Block]:
    """The lines that every page stands on, and the settings of the instrument."""
    told = labels(order.release, order.level, order.area_code)
    chosen = order.release.manifest.get("settings", {})
    settings = " · ".join(f"{name} = {value}" for name, value in sorted(chosen.items()))
    lines = provenance(paper, told)
    return [blocks.texts(*lines, *([paper.say("settings", settings=settings)] if settings else []))]
