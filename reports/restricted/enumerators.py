"""Households of each enumerator (รายชื่อครัวเรือนของผู้จัดเก็บแต่ละคน), and enumerators per tambon against the round's norms.

Source: the letters of 2557 and 2563. An enumerator is a number: the register of this system holds no name. Keep out: any
judgement; a norm is shown beside a count and that is all.
"""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from pathlib import Path

from jpt_pipeline.listing.enumerators import Visit, Work, work_of
from jpt_pipeline.listing.places import LEVELS, Piece, pieces
from jpt_pipeline.store.files import write_bytes
from reports.order import Restricted, RestrictedOrder
from reports.restricted.files import by_piece
from reports.restricted.paper import Paper
from reports.tables import Band, Cell, Column, Table, write_xlsx

__all__ = ["LEVELS", "TITLE_TH", "make"]

NAME, SECTION = "enumerator-households", "enumerators"
TITLE_TH = "รายชื่อครัวเรือนของผู้จัดเก็บแต่ละคน"


def make(order: RestrictedOrder) -> Restricted:
    """Write the lists of an area: a workbook and a PDF for each district, or for the area where it is smaller.

    Raises:
        NoSuchArea, NotListed, NotRestricted, NotSealed, KeyMissing, VaultBroken, TemplateBroken: nothing is written.
    """
    found = pieces(order.settings, order.survey_year, order.stream, order.level, order.area_code)

    def write(folder: Path, piece: Piece) -> tuple[list[Path], int]:
        work = work_of(order.settings, piece)
        return _write(folder, Paper(order, SECTION, piece), work), len(work.visits)

    return by_piece(order, found, write)


def _write(folder: Path, paper: Paper, work: Work) -> list[Path]:
    title, stem = f"{TITLE_TH} {paper.area}", paper.stem(NAME)
    totals = _totals(paper, work)
    households = _households(paper, title, work)
    people, tambons = _people(paper, title, work), _tambons(paper, title, work)
    workbook = write_xlsx(
        folder / f"{stem}.xlsx", paper.sheet_lines(_norm(paper), totals), [people, tambons, households]
    )
    data = {
        "head": paper.head(),
        "flipped": False,
        "rule": paper.cut(f"{paper.say('rule')} {_norm(paper)}"),
        "totals": paper.cut(totals),
        "none": paper.cut(paper.say("none")),
        "summaries": [
            {"title": paper.cut(paper.say("tambons")), "note": paper.cut(tambons.note), "table": paper.table(tambons)},
            {"title": paper.cut(people.name), "note": "", "table": paper.table(people)},
        ],
        "sections": [{"title": paper.cut(households.name), "note": "", "table": paper.table(households)}]
        if work.visits
        else [],
    }
    return [workbook, write_bytes(folder / f"{stem}.pdf", paper.pdf("restricted-list", data))]


def _norm(paper: Paper) -> str:
    quality = paper.round.quality
    minimum = quality.enumerators_per_tambon_min if quality else None
    norm = quality.households_per_enumerator if quality else None
    none = paper.say("no_norm")
    return paper.say(
        "norm", minimum=paper.count(minimum) if minimum else none, norm=paper.count(norm) if norm else none
    )


def _named(paper: Paper, work: Work, enumerator: str | None) -> tuple[str, str]:
    """Id of an enumerator as printed, and whether the register has it."""
    if enumerator is None:
        return paper.say("unknown"), paper.say("not_in_register")
    return enumerator, paper.say("in_register" if enumerator in work.known else "not_in_register")


def _by_enumerator(work: Work) -> list[tuple[str | None, list[Visit]]]:
    """Enumerators by id with their records, those without any included; the unknown one last."""
    found = {who: list(group) for who, group in groupby(work.visits, key=lambda one: one.enumerator_id)}
    for one in work.registered:
        found.setdefault(one.enumerator_id, [])
    return sorted(found.items(), key=lambda item: (item[0] is None, item[0] or ""))


def _people(paper: Paper, title: str, work: Work) -> Table:
    norm = paper.round.quality.households_per_enumerator if paper.round.quality else None
    columns = [
        Column(paper.say("enumerator"), "text", 18, "enumerator_id"),
        Column(paper.say("register"), "text", 18, "register"),
        Column(paper.say("villages"), "count", 12, "villages_n"),
        Column(paper.say("counted"), "count", 12, "counted_n"),
        Column(paper.say("quarantined"), "count", 12, "quarantined_n"),
        Column(paper.say("records"), "count", 12, "records_n"),
        Column(paper.say("of_norm"), "percent", 16, "of_norm_pct"),
    ]
    rows: list[list[Cell]] = []
    for who, mine in _by_enumerator(work):
        counted = sum(one.is_counted for one in mine)
        villages = len({one.village_code for one in mine})
        share = Fraction(100 * counted, norm) if norm else None
        rows.append([*_named(paper, work, who), villages, counted, len(mine) - counted, len(mine), share])
    counted = sum(one.is_counted for one in work.visits)
    villages = len({one.village_code for one in work.visits})
    rows.append([paper.say("total"), "", villages, counted, len(work.visits) - counted, len(work.visits), None])
    return Table(paper.say("sheet_enumerators"), title, columns, rows, fixed_columns=1)


def _tambons(paper: Paper, title: str, work: Work) -> Table:
    """Registered and working enumerators of each tambon beside the round's least number."""
    minimum = paper.round.quality.enumerators_per_tambon_min if paper.round.quality else None
    columns = [
        Column(paper.say("tambon"), "text", 30, "tambon"),
        Column(paper.say("registered"), "count", 18, "registered_n"),
        Column(paper.say("working"), "count", 24, "working_n"),
        Column(paper.say("minimum"), "count", 18, "minimum_n"),
        Column(paper.say("short"), "count", 12, "short_n"),
    ]
    tambon_of = {village.code: village.tambon_code for village in paper.piece.villages}
    registered = Counter(one.tambon_code for one in work.registered)
    pairs = {(tambon_of[one.village_code], one.enumerator_id) for one in work.visits if one.is_counted}
    working = Counter(tambon for tambon, who in pairs if who is not None)
    names = {village.tambon_code: village.tambon_name for village in paper.piece.villages}
    rows: list[list[Cell]] = []
    for code, name in sorted(names.items()):
        short = None if minimum is None else max(minimum - registered[code], 0)
        rows.append([f"{name} ({code})", registered[code], working[code], minimum, short])
    return Table(paper.say("sheet_tambons"), title, columns, rows, note=paper.say("tambons_note"))


def _households(paper: Paper, title: str, work: Work) -> Table:
    columns = [
        Column(paper.say("sequence"), "count", 7, "sequence_no"),
        Column(paper.say("village_name"), "text", 26, "village"),
        Column(paper.say("house_no"), "text", 12, "house_no"),
        Column(paper.say("household_id"), "text", 20, "household_id"),
        Column(paper.say("date"), "text", 20, "survey_date"),
        Column(paper.say("status"), "text", 24, "status"),
    ]
    villages = {village.code: f"{village.name} ({village.code})" for village in paper.piece.villages}
    rows: list[Sequence[Cell] | Band] = []
    for who, mine in _by_enumerator(work):
        if not mine:
            continue
        name, register = _named(paper, work, who)
        counted = sum(one.is_counted for one in mine)
        told = paper.say(
            "section", register=register, counted=paper.count(counted), quarantined=paper.count(len(mine) - counted)
        )
        rows.append(Band(f"{name} · {told}"))
        rows += [_cells(paper, number, one, villages) for number, one in enumerate(mine, start=1)]
    return Table(paper.say("sheet"), title, columns, rows, fixed_columns=1)


def _cells(paper: Paper, number: int, one: Visit, villages: dict[str, str]) -> list[Cell]:
    status = paper.say("is_counted") if one.is_counted else paper.say("is_quarantined", codes=" ".join(one.codes))
    return [
        number,
        villages[one.village_code],
        one.house_no or paper.say("no_house"),
        one.household_id,
        paper.day(one.survey_date),
        status,
    ]


def _totals(paper: Paper, work: Work) -> str:
    counted = sum(one.is_counted for one in work.visits)
    people = {one.enumerator_id for one in work.visits if one.is_counted and one.enumerator_id is not None}
    return paper.say(
        "totals",
        n=paper.count(len(people)),
        counted=paper.count(counted),
        quarantined=paper.count(len(work.visits) - counted),
    )
