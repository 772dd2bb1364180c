"""Scorecards of the contests about areas: a page a card, and the same as workbook.

Put here: which cards an area has, tables, content of the pages. Keep out: measures (measures.py), criteria (data/awards),
layout (data/layouts/awards.typ), and the contest about enumerators, which is restricted (enumerators.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jpt_pipeline.store.files import write_bytes
from reports.awards.criteria import Contest, contests_of, load_awards
from reports.awards.measures import Measured, measured
from reports.awards.words import award_words
from reports.labels import labels
from reports.order import Order
from reports.paper import Paper, head, provenance
from reports.release import NotAsked, Release
from reports.tables import Cell, Column, Table, write_csv, write_xlsx
from reports.typeset import pdf
from reports.words import words

NAME, TITLE_TH = "awards", "แบบให้คะแนนการคัดเลือกดีเด่น"
LEVELS = ("tambon", "lao", "district", "province")
PEOPLE_TH = "คนกรอก"


@dataclass(frozen=True)
class Card:
    """One area in one contest, with the measures that say something about each criterion."""

    contest: Contest
    contest_th: str
    dossier_th: str
    area_code: str
    area: str
    places: str
    evidence: tuple[tuple[Measured, ...], ...]


def make(order: Order) -> list[Path]:
    """Write the cards as PDF and as workbook, and the measures of each contest as CSV.

    Raises:
        reports.release.NotAsked: the round has no contests, or none about areas of this level or below.
        reports.release.ReleaseError: the release lacks the area or was changed.
    """
    release = order.release
    found = cards(release, order.level, order.area_code)
    heads = labels(release, order.level, order.area_code)
    paper = Paper(award_words(), order.thai_digits)
    data = {"head": head(paper, heads), "provenance": provenance(paper, heads), **content(paper, found)}
    files = [write_bytes(order.path(NAME, ".pdf"), pdf(NAME, data))]
    by_contest = {card.contest.key: [one for one in found if one.contest.key == card.contest.key] for card in found}
    measures = {key: measure_table(mine) for key, mine in by_contest.items()}
    tables = [table for key, mine in by_contest.items() for table in (criteria_table(mine), measures[key])]
    files.append(write_xlsx(order.path(NAME, ".xlsx"), heads.lines(), tables))
    return [*files, *(write_csv(order.path(f"{NAME}-{key}", ".csv"), table) for key, table in measures.items())]


def cards(release: Release, level: str, area_code: str) -> list[Card]:
    """The cards of an area: of every contest about areas of its level or of one that lies inside.

    Raises:
        reports.release.NotAsked: there are none.
    """
    awards = load_awards(release.survey_year)
    if awards is None:
        raise NotAsked(f"release {release.name}: round {release.survey_year} has no contests")
    names = contests_of(release.round, awards)
    dossiers = {one.key: one.evidence_th for one in release.round.contests}
    return [
        _card(release, contest, names[contest.key], dossiers[contest.key], code)
        for contest in awards.contests
        if contest.level and _holds(level, contest.level)
        for code in release.inside(level, area_code, contest.level)
    ]


def _holds(level: str, below: str) -> bool:
    """Whether a contest's areas are of this level, or lie wholly inside of such areas (LAO and tambon cross)."""
    at: str | None = below
    while at and at != level:
        at = words().levels[at].parent
    return at == level


def _card(release: Release, contest: Contest, name: str, dossier: str, code: str) -> Card:
    assert contest.level
    taken = {key: measured(key, release, contest.level, code) for one in contest.criteria for key in one.evidence}
    places = " ".join(release.area_name(*at) for at in release.ancestors(contest.level, code))
    evidence = tuple(tuple(taken[key] for key in one.evidence) for one in contest.criteria)
    return Card(contest, name, dossier, code, release.area_name(contest.level, code), places, evidence)


def criteria_table(listed: Sequence[Card]) -> Table:
    """Every criterion of every card of a contest: evidence in words, and the blanks that people fill in."""
    columns = [
        Column("รหัสพื้นที่", "text", 14, "area_code"),
        Column("พื้นที่", "text", 30, "area"),
        Column("ข้อ", "count", 6, "criterion_no"),
        Column("เกณฑ์", "text", 46, "criterion"),
        Column("ข้อมูลประกอบจากระบบ", "text", 80, "evidence"),
        Column("ใครตัดสิน", "text", 26, "judged_by"),
        Column(f"คะแนน ({PEOPLE_TH})", "text", 14, "points"),
    ]
    texts = award_words().texts
    rows: list[Sequence[Cell]] = []
    for card in listed:
        for number, (one, evidence) in enumerate(zip(card.contest.criteria, card.evidence, strict=True), start=1):
            told = "\n".join(measure.text() for measure in evidence)
            by = texts["evidence_only"] if evidence else texts["no_evidence"]
            rows.append([card.area_code, card.area, number, one.th, told, by, ""])
    return Table(f"เกณฑ์ {listed[0].contest.key}", listed[0].contest_th, columns, rows, 3, texts["no_total"])


def measure_table(listed: Sequence[Card]) -> Table:
    """The figures alone: one row a card, one column a measure that is a number."""
    shown = {m.key: m for card in listed for evidence in card.evidence for m in evidence if m.kind != "text"}
    columns = [Column("รหัสพื้นที่", "text", 14, "area_code"), Column("พื้นที่", "text", 34, "area")]
    columns += [Column(one.name, one.kind, 17, key) for key, one in shown.items()]
    rows = []
    for card in listed:
        cells = {m.key: m.cell for evidence in card.evidence for m in evidence}
        rows.append([card.area_code, card.area, *(cells[key] for key in shown)])
    note = "ตัวหารของแต่ละช่องอยู่ในแผ่นงานเกณฑ์ ของพื้นที่เดียวกัน"
    return Table(f"ข้อมูล {listed[0].contest.key}", f"ข้อมูลประกอบ {listed[0].contest_th}", columns, rows, 2, note)


def content(paper: Paper, found: Sequence[Card]) -> dict[str, Any]:
    """What the pages say, beside head and foot."""
    return {
        "title": paper.text(TITLE_TH),
        "labels": paper.labels(),
        "own_form": paper.say("own_form"),
        "cards": [_page(paper, card) for card in found],
    }


def _page(paper: Paper, card: Card) -> dict[str, Any]:
    rows = [
        {
            "no": paper.digits(str(number)),
            "criterion": paper.text(one.th),
            "evidence": [_line(paper, measure) for measure in evidence],
        }
        for number, (one, evidence) in enumerate(zip(card.contest.criteria, card.evidence, strict=True), start=1)
    ]
    return {
        "title": paper.say("card", contest=card.contest_th, area=card.area),
        "places": paper.text(card.places),
        "dossier": paper.say("dossier", what=card.dossier_th),
        "rows": rows,
    }


def _line(paper: Paper, measure: Measured) -> dict[str, str]:
    return {"name": paper.text(measure.name), "told": paper.text(measure.told)}
