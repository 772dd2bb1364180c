"""A household's own summary (แบบสรุปคุณภาพชีวิตของครัวเรือน): a page of A4 each, one PDF a village, an index as workbook.

Put here: which files, and the index. Keep out: what is known of a household (listing.summaries), what its page says
(summary_page), how villages are laid out by several processes (pool).
"""

from jpt_pipeline.instruments import Result
from jpt_pipeline.listing.places import LEVELS, pieces
from jpt_pipeline.listing.summaries import Household, VillageSummary, summaries
from reports.order import Restricted, RestrictedOrder
from reports.restricted.files import all_or_none
from reports.restricted.paper import Paper
from reports.restricted.pool import Pages
from reports.restricted.summary_page import village_pages
from reports.tables import Band, Cell, Column, Table, write_xlsx

__all__ = ["LEVELS", "TITLE_TH", "make"]

NAME, SECTION = "household-summary", "summary"
TITLE_TH = "แบบสรุปคุณภาพชีวิตของครัวเรือน"


def make(order: RestrictedOrder) -> Restricted:
    """Write the summaries of an area: a PDF for each village that has households, and a workbook for each district.

    Raises:
        NoSuchArea, NotListed, NotRestricted, NotSealed, KeyMissing, VaultBroken, TemplateBroken: nothing is written.
    """
    found = pieces(order.settings, order.survey_year, order.stream, order.level, order.area_code)
    villages_n = sum(len(piece.villages) for piece in found)
    names: list[str] = []
    households_n = 0
    with all_or_none(order) as folder, Pages(folder, order.settings, villages_n) as pages:
        for piece in found:
            paper = Paper(order, SECTION, piece)
            told = []
            for village in summaries(order.settings, piece):
                if village.households:
                    name = f"{NAME}_{order.survey_year}_{piece.stream}_village_{village.village.code}.pdf"
                    pages.add(name, village_pages(paper, village))
                    told.append(_index_rows(paper, village))
                    names.append(name)
                    households_n += len(village.households)
                order.progress(pages.done_n, villages_n)
            path = folder / f"{paper.stem(NAME)}.xlsx"
            names.append(write_xlsx(path, paper.sheet_lines(), [_index(paper, told)]).name)
        for done_n in pages.finished():
            order.progress(done_n, villages_n)
    return Restricted([order.out / name for name in names], households_n)


def _index(paper: Paper, told: list[list[list[Cell] | Band]]) -> Table:
    columns = [
        Column(paper.say("house_no"), "text", 12, "house_no"),
        Column(paper.say("household_id"), "text", 18, "household_id"),
        Column(paper.say("head"), "text", 28, "head"),
        Column(paper.say("persons_n"), "count", 8, "persons_n"),
        Column(paper.say("passed_n"), "count", 12, "passed_n"),
        Column(paper.say("failed_n"), "count", 12, "failed_n"),
        Column(paper.say("none_n"), "count", 14, "not_applicable_n"),
        Column(paper.say("open_n"), "count", 12, "incomplete_n"),
        Column(paper.say("failed_numbers"), "text", 28, "failed_indicators"),
        Column(paper.say("income"), "count", 14, "income_baht"),
        Column(paper.say("expense"), "count", 14, "expense_baht"),
    ]
    rows = [row for village in told for row in village]
    return Table(paper.say("sheet"), f"{TITLE_TH} {paper.area}", columns, rows, fixed_columns=3)


def _index_rows(paper: Paper, village: VillageSummary) -> list[list[Cell] | Band]:
    return [Band(paper.village(village.village)), *(_index_row(paper, one) for one in village.households)]


def _index_row(paper: Paper, one: Household) -> list[Cell]:
    results = list(one.results.values())
    failed = [str(number) for number, result in one.results.items() if result is Result.FAIL]
    head = one.members[0].name if one.members else None
    return [
        one.house_no or paper.say("no_house"),
        one.household_id,
        head or paper.say("no_name"),
        one.persons_n,
        *(results.count(kind) for kind in (Result.PASS, Result.FAIL, Result.NOT_APPLICABLE, Result.INCOMPLETE)),
        " ".join(failed),
        one.amounts["income_baht"],
        one.amounts["expense_baht"],
    ]
