"""Province summary, report `province-summary`: two to four pages of A4 for those who decide, the three messages first.

Put here: which blocks it has, and the table of districts. Keep out: the parts themselves (parts.py), layout.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jpt_pipeline.store.files import write_bytes
from reports import economy
from reports.book import blocks, parts
from reports.book.blocks import Block
from reports.book.messages import Behind, behind, behind_lines, change_lines, worst, worst_lines
from reports.cells import count_cell, percent_cell, ratio_cell
from reports.change import Change, changes
from reports.charts import Size
from reports.counts import AreaIndicator, area_indicators
from reports.drawing import style
from reports.labels import labels
from reports.order import Order
from reports.paper import Paper, head, provenance
from reports.tables import HIDDEN_CELL, Cell, Column, Table
from reports.typeset import pdf

NAME, LAYOUT, LEVELS, BELOW = "province-summary", "summary", ("province",), "district"
TITLE_TH = "สรุปผล จปฐ. ระดับจังหวัดสำหรับผู้บริหาร"
MAPS, WORST = 2, 8
READING = ("read_percent", "read_mean", "read_target", "read_before")


def make(order: Order) -> list[Path]:
    """Write the summary.

    Raises:
        reports.release.ReleaseError: the release lacks the area or was changed.
        reports.typeset.TemplateBroken: the layout is not right.
    """
    return [write_bytes(order.path(NAME, ".pdf"), pdf(LAYOUT, content(order)))]


def content(order: Order) -> dict[str, Any]:
    """Everything in the summary, as JSON for its layout."""
    paper = Paper(parts.book_words(), order.thai_digits)
    told = labels(order.release, order.level, order.area_code)
    both = changes(order.release, order.before, order.level, order.area_code)
    own = [change.now for change in both]
    year = order.release.survey_year
    with style():
        sections = [one for one in _sections(paper, order, both, own) if one["blocks"]]
    return {
        "document": paper.digits(paper.words.texts["summary_document"].format(area=told.area, year=year)),
        "title": paper.say("summary_title"),
        "year": paper.say("year", year=year),
        "labels": paper.labels(),
        "has_thai_digits": order.thai_digits,
        "provisional": paper.say("provisional") if order.release.instrument.provisional else None,
        **head(paper, told),
        "messages": messages(paper, order, both, own),
        "sections": sections,
        "provenance": provenance(paper, told),
    }


def messages(paper: Paper, order: Order, both: Sequence[Change], own: Sequence[AreaIndicator]) -> list[Block]:
    """The three messages: what fails most, who is furthest behind, what changed."""
    return [
        blocks.points(worst_lines(paper, both), paper.say("head_worst")),
        blocks.points(behind_lines(paper, order, BELOW, own), paper.say("head_behind")),
        blocks.points(change_lines(paper, order, both), paper.say("head_change")),
    ]


def _sections(paper: Paper, order: Order, both: Sequence[Change], own: Sequence[AreaIndicator]) -> list[dict[str, Any]]:
    def section(key: str, *found: Block, **places: object) -> dict[str, Any]:
        return {"head": paper.say(key, **places), "blocks": list(found)}

    first = sorted(both, key=lambda one: (one.now.is_hidden, one.now.rank))[:WORST]
    return [
        section("overview", parts.figures(paper, order, both)),
        section("worst_indicators", blocks.table(paper, parts.changes_table(order, first)), n=len(first)),
        section("maps", *parts.maps(paper, order, worst(both, MAPS))),
        section("districts", blocks.table(paper, district_table(order, own), note=paper.say("districts_note")),
                parts.caution(paper, order)),
        section("people_income", blocks.beside(
            parts.people(paper, order, Size(80, 100, parts.TEXT_PT)),
            blocks.stack(parts.by_dimension(paper, order, both), parts.income_short(paper, order)), widths=(80, 90),
        )),
        section("reading_short", *(blocks.texts(paper.say(key)) for key in READING)),
    ]  # fmt: skip


def district_table(order: Order, own: Sequence[AreaIndicator]) -> Table:
    """One row a district, the furthest behind first."""
    columns = [
        Column("อำเภอ", "text", 34, "area"),
        Column("ครัวเรือน", "count", 14, "households_n"),
        Column("สำรวจ ร้อยละของเป้าหมาย", "percent", 17, "surveyed_percent"),
        Column("คน", "count", 15, "persons_n"),
        Column("รายได้ต่อคน (บาท/ปี)", "baht", 18, "income"),
        Column("คงเหลือต่อคน (บาท/ปี)", "baht", 18, "remains"),
        Column("ตัวชี้วัดที่ผ่านครบ", "count", 15, "whole_n"),
        Column("ต่ำกว่าค่าจังหวัด (ข้อ)", "count", 17, "below_n"),
        Column("จากข้อที่เทียบได้", "count", 15, "compared_n"),
        Column("สถานะ", "text", 18, "state"),
    ]
    return Table("อำเภอ", "อำเภอ", columns, [_district(order, one) for one in behind(order, BELOW, own)])


def _district(order: Order, one: Behind) -> list[Cell]:
    release, code = order.release, one.area_code
    sums, counted = economy.economy(release, BELOW, code), release.coverage(BELOW, code)
    marks = [other.mark for other in area_indicators(release, BELOW, code)]
    texts = parts.book_words().texts
    return [
        sums.name,
        count_cell(sums.households_n),
        percent_cell(counted["surveyed_n"], counted["target_n"]),
        count_cell(sums.persons_n),
        ratio_cell(sums.side(economy.INCOME), sums.persons_n),
        ratio_cell(sums.remains, sums.persons_n),
        HIDDEN_CELL if "hidden" in marks else marks.count("passed"),
        one.below_n,
        one.compared_n,
        texts["certified" if release.certification(BELOW, code).certified else "not_certified"],
    ]
