"""Households without whole evidence, per village with places to sign (บัญชีครัวเรือนรายหมู่บ้านพร้อมเหตุที่ไม่มีหลักฐาน).

Source: the letter of 2563. Every village of the area has its page, also one without such a household, for somebody signs
that there is none. Keep out: which households, and what is a reason (listing.evidence).
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from jpt_pipeline.listing.evidence import EvidenceList, Incomplete, incomplete_evidence
from jpt_pipeline.listing.places import LEVELS, Piece, Village, pieces
from jpt_pipeline.listing.words import Evidence, load_words
from jpt_pipeline.store.files import write_bytes
from reports.order import Restricted, RestrictedOrder
from reports.restricted.files import by_piece
from reports.restricted.paper import Paper
from reports.tables import Band, Cell, Column, Table, write_xlsx

__all__ = ["LEVELS", "TITLE_TH", "make"]

NAME, SECTION = "evidence-list", "evidence"
TITLE_TH = "บัญชีครัวเรือนรายหมู่บ้านพร้อมเหตุที่ไม่มีหลักฐาน"
ByVillage = dict[str, list[Incomplete]]


def make(order: RestrictedOrder) -> Restricted:
    """Write the lists of an area: a workbook and a PDF for each district, or for the area where it is smaller.

    Raises:
        NoSuchArea, NotListed, NotRestricted, NotSealed, KeyMissing, VaultBroken, TemplateBroken: nothing is written.
    """
    found = pieces(order.settings, order.survey_year, order.stream, order.level, order.area_code)

    def write(folder: Path, piece: Piece) -> tuple[list[Path], int]:
        listed = incomplete_evidence(order.settings, piece)
        return _write(folder, Paper(order, SECTION, piece), listed), len(listed.households)

    return by_piece(order, found, write)


def _write(folder: Path, paper: Paper, listed: EvidenceList) -> list[Path]:
    reasons = load_words(paper.order.settings.definitions).evidence
    by_village = {code: list(group) for code, group in groupby(listed.households, key=lambda one: one.village_code)}
    title, stem = f"{TITLE_TH} {paper.area}", paper.stem(NAME)
    surveyed = paper.count(sum(listed.surveyed.values()))
    totals = paper.say("totals", n=paper.count(len(listed.households)), surveyed=surveyed)
    villages = _villages(paper, title, listed, by_village, reasons)
    banded = _banded(paper, listed, by_village, reasons)
    households = Table(paper.say("sheet"), title, _columns(paper), banded, 3, paper.say("rule"))
    workbook = write_xlsx(folder / f"{stem}.xlsx", paper.sheet_lines(totals), [households, villages])
    data = {
        "head": paper.head(),
        "flipped": False,
        "rule": paper.cut(paper.say("rule")),
        "totals": paper.cut(totals),
        "none": "",
        "summaries": [{"title": paper.cut(villages.name), "note": "", "table": paper.table(villages)}],
        "sections": [
            _section(paper, village, listed, by_village.get(village.code, []), reasons)
            for village in paper.piece.villages
        ],
    }
    return [workbook, write_bytes(folder / f"{stem}.pdf", paper.pdf("restricted-list", data))]


def _section(
    paper: Paper, village: Village, listed: EvidenceList, mine: Sequence[Incomplete], reasons: dict[str, Evidence]
) -> dict[str, Any]:
    """A village's page with its signatures; its table is null when nothing is listed."""
    rows = [_cells(paper, number, one, reasons) for number, one in enumerate(mine, start=1)]
    return {
        "title": paper.cut(paper.village(village)),
        "note": paper.cut(_note(paper, village, listed, mine)),
        "table": paper.table(Table(village.code, "", _columns(paper), rows)) if mine else None,
        "signatures": {
            "certify": paper.cut(paper.say("certify")),
            "roles": [paper.cut(paper.say(role)) for role in ("inspector", "leader")],
            "sign": paper.cut(paper.say("sign")),
            "signed_on": paper.cut(paper.say("signed_on")),
        },
    }


def _note(paper: Paper, village: Village, listed: EvidenceList, mine: Sequence[Incomplete]) -> str:
    return paper.say("section", surveyed=paper.count(listed.surveyed.get(village.code, 0)), n=paper.count(len(mine)))


def _columns(paper: Paper) -> list[Column]:
    return [
        Column(paper.say("sequence"), "count", 6, "sequence_no"),
        Column(paper.say("house_no"), "text", 11, "house_no"),
        Column(paper.say("head"), "text", 24, "head"),
        Column(paper.say("reasons"), "text", 38, "codes"),
        Column(paper.say("enumerator"), "text", 12, "enumerator_id"),
        Column(paper.say("household_id"), "text", 16, "household_id"),
        Column(paper.say("confirmed"), "text", 22, "confirmed"),
    ]


def _cells(paper: Paper, number: int, one: Incomplete, reasons: dict[str, Evidence]) -> list[Cell]:
    return [
        number,
        one.house_no or paper.say("no_house"),
        one.head or paper.say("no_name"),
        " · ".join(f"{code} {reasons[code].th}" for code in one.codes),
        one.enumerator_id,
        one.household_id,
        "",
    ]


def _banded(
    paper: Paper, listed: EvidenceList, by_village: ByVillage, reasons: dict[str, Evidence]
) -> list[Sequence[Cell] | Band]:
    rows: list[Sequence[Cell] | Band] = []
    for village in paper.piece.villages:
        if mine := by_village.get(village.code):
            rows.append(Band(f"{paper.village(village)} · {_note(paper, village, listed, mine)}"))
            rows += [_cells(paper, number, one, reasons) for number, one in enumerate(mine, start=1)]
    return rows


def _villages(
    paper: Paper, title: str, listed: EvidenceList, by_village: ByVillage, reasons: dict[str, Evidence]
) -> Table:
    """Households of each village by reason, zeros included, with the total: what the figures of coverage count."""
    columns = [
        Column(paper.say("village_code"), "text", 12, "village_code"),
        Column(paper.say("village_name"), "text", 24, "village_name"),
        Column(paper.say("surveyed"), "count", 12, "surveyed_n"),
        *(Column(reason.th, "count", 15, code) for code, reason in reasons.items()),
        Column(paper.say("households"), "count", 13, "households_n"),
    ]

    def counts(mine: Sequence[Incomplete], surveyed: int) -> list[Cell]:
        return [surveyed, *(sum(code in one.codes for one in mine) for code in reasons), len(mine)]

    rows: list[list[Cell]] = [
        [village.code, village.name, *counts(by_village.get(village.code, []), listed.surveyed.get(village.code, 0))]
        for village in paper.piece.villages
    ]
    everybody = counts(listed.households, sum(listed.surveyed.values()))
    rows.append([paper.piece.area_code, paper.say("total"), *everybody])
    return Table(paper.say("sheet_villages"), title, columns, rows)
