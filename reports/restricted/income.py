"""Households that fail the income indicator (ครัวเรือนที่ไม่ผ่านเกณฑ์รายได้): per village, the poorest first, to help a family.

A workbook and a PDF for each district, or for the area where it is smaller. Keep out: which households (listing.income).
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.listing.income import Failing, FailingList, failing_households
from jpt_pipeline.listing.places import LEVELS, Piece, pieces
from jpt_pipeline.listing.rule import IncomeRule, income_rule, sources_of
from jpt_pipeline.store.files import write_bytes
from reports.order import Restricted, RestrictedOrder
from reports.restricted.files import by_piece
from reports.restricted.paper import Paper
from reports.tables import Band, Cell, Column, Table, write_xlsx

__all__ = ["LEVELS", "TITLE_TH", "make"]

NAME, SECTION = "income-failing", "income"
TITLE_TH = "บัญชีครัวเรือนที่ไม่ผ่านเกณฑ์รายได้"


def make(order: RestrictedOrder) -> Restricted:
    """Write the lists of an area.

    Raises:
        NoSuchArea, NotListed, NotRestricted, NotSealed, KeyMissing, VaultBroken, TemplateBroken: nothing is written.
    """
    found = pieces(order.settings, order.survey_year, order.stream, order.level, order.area_code)

    def write(folder: Path, piece: Piece) -> tuple[list[Path], int]:
        paper = Paper(order, SECTION, piece)
        listed = failing_households(order.settings, piece)
        return _write(folder, paper, income_rule(paper.instrument), listed), len(listed.households)

    return by_piece(order, found, write)


def _write(folder: Path, paper: Paper, rule: IncomeRule, listed: FailingList) -> list[Path]:
    rows, totals = listed.households, _totals(paper, listed)
    by_village = {code: list(group) for code, group in groupby(rows, key=lambda one: one.village_code)}
    title = f"{TITLE_TH} {paper.area}"
    households = _households(paper, rule, title, by_village)
    tables = [households, _villages(paper, title, by_village)]
    stem = paper.stem(NAME)
    workbook = write_xlsx(folder / f"{stem}.xlsx", paper.sheet_lines(totals), tables)
    data = {
        "head": paper.head(),
        "flipped": True,
        "rule": paper.cut(_rule(paper, rule)),
        "totals": paper.cut(totals),
        "none": paper.cut(paper.say("none")),
        "sections": [{"title": "", "note": "", "table": paper.table(households)}] if rows else [],
    }
    return [workbook, write_bytes(folder / f"{stem}.pdf", paper.pdf("restricted-list", data))]


def _households(paper: Paper, rule: IncomeRule, title: str, by_village: dict[str, list[Failing]]) -> Table:
    """The households, a band for each village that has any."""
    rows: list[Sequence[Cell] | Band] = []
    for village in paper.piece.villages:
        if mine := by_village.get(village.code):
            persons = sum(one.persons_n for one in mine)
            told = paper.say("section", n=paper.count(len(mine)), persons=paper.count(persons))
            rows.append(Band(f"{paper.village(village)} · {told}"))
            rows += [_cells(paper, rule, number, one) for number, one in enumerate(mine, start=1)]
    return Table(paper.say("sheet"), title, _columns(paper), rows, fixed_columns=3, note=_rule(paper, rule))


def _columns(paper: Paper) -> list[Column]:
    fields = load_dictionary(paper.order.settings.definitions).fields
    return [
        Column(paper.say("sequence"), "count", 6, "sequence_no"),
        Column(paper.say("house_no"), "text", 11, "house_no"),
        Column(paper.say("head"), "text", 26, "head"),
        Column(paper.say("persons"), "count", 6, "persons_n"),
        Column(paper.say("per_person"), "baht", 14, "income_per_person_baht"),
        Column(paper.say("missing"), "baht", 14, "below_threshold_baht"),
        Column(paper.say("income"), "count", 13, "income_baht"),
        *(Column(fields[name].th, "count", 13, name) for name in sources_of(paper.instrument)),
        Column(paper.say("household_id"), "text", 16, "household_id"),
    ]


def _cells(paper: Paper, rule: IncomeRule, number: int, one: Failing) -> list[Cell]:
    per_person = one.per_person
    missing = None if per_person is None else rule.threshold_baht - per_person
    return [
        number,
        one.house_no or paper.say("no_house"),
        one.head or paper.say("no_name"),
        one.persons_n,
        per_person,
        missing,
        one.income_baht,
        *one.sources,
        one.household_id,
    ]


def _villages(paper: Paper, title: str, by_village: dict[str, list[Failing]]) -> Table:
    """Each village of the piece, zeros included, with the total."""
    columns = [
        Column(paper.say("village_code"), "text", 14, "village_code"),
        Column(paper.say("village_name"), "text", 30, "village_name"),
        Column(paper.say("failed"), "count", 18, "failed_n"),
        Column(paper.say("failed_persons"), "count", 22, "failed_persons_n"),
    ]
    rows: list[list[Cell]] = []
    for village in paper.piece.villages:
        mine = by_village.get(village.code, [])
        rows.append([village.code, village.name, len(mine), sum(one.persons_n for one in mine)])
    everybody = [one for mine in by_village.values() for one in mine]
    rows.append([paper.piece.area_code, paper.say("total"), len(everybody), sum(one.persons_n for one in everybody)])
    return Table(paper.say("sheet_villages"), title, columns, rows)


def _rule(paper: Paper, rule: IncomeRule) -> str:
    threshold, number = paper.count(rule.threshold_baht), paper.digits(str(rule.indicator.number))
    return paper.say("rule", number=number, name=rule.indicator.name_th, threshold=threshold)


def _totals(paper: Paper, listed: FailingList) -> str:
    failed_n = len(listed.households)
    return paper.say(
        "totals",
        n=paper.count(failed_n),
        persons=paper.count(sum(one.persons_n for one in listed.households)),
        counted=paper.count(failed_n),
        surveyed=paper.count(listed.surveyed_n),
        percent=paper.percent(failed_n, listed.surveyed_n),
    )
