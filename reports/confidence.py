"""Confidence summary (แบบสรุปความเชื่อมั่นคุณภาพของข้อมูล จปฐ.): second interviews and visits against what the round demands.

Put here: the verdict on published counts, by the statistics that certification uses, and what the pages say. Keep out: how
samples are drawn and taken back, and the layout (data/layouts/confidence.typ; words in style/confidence.yaml).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import floor
from pathlib import Path
from typing import Any

from jpt_pipeline.rounds.models import Confidence
from jpt_pipeline.sampling.statistics import Verdict, judge
from jpt_pipeline.sampling.words import load_words, verdict_words
from jpt_pipeline.store.files import write_bytes
from jpt_pipeline.yamlfile import load_yaml
from reports.cells import percent_cell
from reports.labels import labels
from reports.numbers import decimal_text
from reports.order import Order
from reports.paper import Paper, PaperWords, head, provenance
from reports.release import NotAsked, Release
from reports.tables import Cell, Column, Table, cell_text, write_xlsx
from reports.typeset import pdf
from reports.words import STYLE, words

NAME, TITLE_TH = "confidence", "แบบสรุปความเชื่อมั่นคุณภาพของข้อมูล จปฐ."
TABLE, LEVELS = "certification__confidence", ("district", "province")
HOW_N = 4


@dataclass(frozen=True)
class Standing:
    """One row of certification__confidence, with the verdict that follows from it; None while no form came back."""

    name: str
    row: Any
    demand: Confidence | None
    verdict: Verdict | None

    def __getitem__(self, column: str) -> int:
        return int(self.row[column])

    @property
    def is_sampled(self) -> bool:
        """Whether a sample was drawn from its present or from earlier figures."""
        return bool(self["drawn_n"] or self["outdated_n"])

    @property
    def told(self) -> str:
        """The verdict in words."""
        if self.verdict is None and not self["drawn_n"]:
            return load_words().verdicts["outdated"] if self["outdated_n"] else load_words().verdicts["open"]
        return verdict_words(self.verdict)

    @property
    def observed(self) -> Cell:
        """Agreeing of examined households, in percent."""
        return percent_cell(self["agreed_n"], self["examined_n"]) if self.verdict else None

    @property
    def lower_bound(self) -> Cell:
        """Lower bound in percent, cut after two decimals: what is printed is proved."""
        return Fraction(floor(self.verdict.lower_bound * 10_000), 100) if self.verdict else None

    @property
    def lacking_n(self) -> int:
        """Visits that the round asks and that were not made."""
        return max(0, self["visits_min_n"] - self["visits_n"])


@cache
def paper_words() -> PaperWords:
    """The words of the checkout."""
    return PaperWords.model_validate(load_yaml(STYLE / "confidence.yaml"))


def make(order: Order) -> list[Path]:
    """Write the form as PDF (A4) and the same counts as workbook.

    Raises:
        reports.release.NotAsked: the round demands neither confidence nor visits of the area.
        reports.release.ReleaseError: the release lacks the area or the table, or was changed.
    """
    release, at = order.release, (order.level, order.area_code)
    heads = labels(release, *at)
    own = standing(release, *at)
    if own is None:
        raise NotAsked(f"release {release.name}: round {release.survey_year} demands no confidence of {order.level}")
    below = [found for place in _below(release, *at) if (found := standing(release, *place))]
    paper = Paper(paper_words(), order.thai_digits)
    data = {"head": head(paper, heads), "provenance": provenance(paper, heads), **content(paper, release, own, below)}
    listed = [*below, own]
    return [
        write_bytes(order.path(NAME, ".pdf"), pdf(NAME, data)),
        write_xlsx(order.path(NAME, ".xlsx"), heads.lines(), [sample_table(listed), visit_table(listed)]),
    ]


def standing(release: Release, level: str, area_code: str) -> Standing | None:
    """Where an area stands; None where the round asks nothing of it and nothing was sampled."""
    rows = release.rows(TABLE, level, area_code)
    if rows.empty:
        return None
    row = rows.iloc[0]
    demand = release.round.quality.confidence if release.round.quality else None
    verdict = None
    if demand and isinstance(row["design_effect"], str):
        examined, agreed, lot = int(row["examined_n"]), int(row["agreed_n"]), int(row["households_n"])
        effect = Fraction(row["design_effect"])
        verdict = judge(examined - agreed, examined, lot, demand.least, demand.risk, effect, demand.reading)
    return Standing(release.area_name(level, area_code), row, demand, verdict)


def _below(release: Release, level: str, area_code: str) -> list[tuple[str, str]]:
    areas = release.children(level, area_code)
    return list(zip(areas["level"], areas["area_code"], strict=True))


def sample_table(listed: Sequence[Standing]) -> Table:
    """Samples, counts, both readings and the verdict of each area."""
    columns = [
        Column("พื้นที่", "text", 34, "area"),
        Column("ตัวอย่าง", "text", 30, "sample_ids"),
        Column("ครัวเรือนทั้งหมด", "count", 13, "households_n"),
        Column("สุ่ม", "count", 10, "drawn_n"),
        Column("สัมภาษณ์ซ้ำได้", "count", 12, "examined_n"),
        Column("ตรงกัน", "count", 10, "agreed_n"),
        Column("ไม่พบ", "count", 10, "not_reached_n"),
        Column("ร้อยละที่ตรงกัน", "percent", 12, "observed_percent"),
        Column("ขอบล่าง (ร้อยละ)", "percent", 12, "lower_bound_percent"),
        Column("เกณฑ์ (ร้อยละ)", "count", 10, "demand_percent"),
        Column("ผลการตัดสิน", "text", 34, "verdict"),
    ]
    rows: list[Sequence[Cell]] = []
    for one in listed:
        counts = (one["drawn_n"], one["examined_n"], one["agreed_n"], one["not_reached_n"])
        demand = one.demand.percent_min if one.demand and one.row["level"] == one.demand.level else None
        ids, lot = " ".join(one.row["sample_ids"]), one["households_n"] if one["drawn_n"] else None
        rows.append([one.name, ids, lot, *counts, one.observed, one.lower_bound, demand, one.told])
    note = "ร้อยละที่ตรงกัน = ตรงกัน ÷ สัมภาษณ์ซ้ำได้; ขอบล่างปัดลง; ครัวเรือนที่ไม่พบไม่อยู่ในตัวหาร"
    return Table("ความเชื่อมั่น", TITLE_TH, columns, rows, 1, note)


def visit_table(listed: Sequence[Standing]) -> Table:
    """Monitoring visits made and asked of each area."""
    columns = [
        Column("พื้นที่", "text", 34, "area"),
        Column("ลงพื้นที่ (ครั้ง)", "count", 13, "visits_n"),
        Column("กำหนด (ครั้ง)", "count", 13, "visits_min_n"),
        Column("ขาด (ครั้ง)", "count", 13, "visits_lacking_n"),
    ]
    rows: list[Sequence[Cell]] = [[one.name, one["visits_n"], one["visits_min_n"], one.lacking_n] for one in listed]
    return Table("การลงพื้นที่", "การลงพื้นที่ติดตาม", columns, rows, 1, "ตามทะเบียนการลงพื้นที่ (jpt register visits)")


def content(paper: Paper, release: Release, own: Standing, below: Sequence[Standing]) -> dict[str, Any]:
    """What the form says, beside head and foot."""
    return {
        "title": paper.text(TITLE_TH),
        "labels": paper.labels(),
        "own_form": paper.say("own_form"),
        "demand": _demand(paper, release, own),
        "result_head": paper.say("result_head", area=own.name),
        "result": _result(paper, own)
        if own.demand and (own.is_sampled or own.row["level"] == own.demand.level)
        else None,
        "area_heads": [paper.say(key) for key in _AREA_HEADS],
        "areas": [_area(paper, one) for one in (*below, own)],
        "how": [paper.say(f"how_{number}") for number in range(1, HOW_N + 1)],
    }


def _demand(paper: Paper, release: Release, own: Standing) -> list[list[str]]:
    rows = []
    if own.demand:
        level = words().levels[own.demand.level].name_th
        sure = 100 - own.demand.risk_percent
        share = paper.say("demand_share_value", percent=own.demand.percent_min, level=level)
        rows += [[paper.say("demand_share"), share]]
        rows += [[paper.say("demand_reading"), paper.say(f"reading_{own.demand.reading}", sure=sure)]]
    asked = release.round.quality.visits_min if release.round.quality else {}
    told = [paper.say("visits_of_level", level=words().levels[level].name_th, n=n) for level, n in asked.items()]
    return [*rows, *([[paper.say("demand_visits"), " · ".join(told)]] if told else [])]


def _result(paper: Paper, own: Standing) -> dict[str, Any]:
    """The four large figures, the verdict, and the counts below it."""
    bound, observed = (paper.digits(cell_text(cell, "percent")) for cell in (own.lower_bound, own.observed))
    counts = [(key, own[f"{key}_n"]) for key in ("examined", "agreed")]
    effect = decimal_text(Fraction(own.row["design_effect"])) if own.verdict else cell_text(None, "text")
    ids = " ".join(own.row["sample_ids"])
    rows = [[paper.say("samples"), ids or paper.say("none")], [paper.say("lot"), paper.count(own["households_n"])]]
    rows += [[paper.say(key), paper.count(own[f"{key}_n"])] for key in ("drawn", "not_reached", "outdated")]
    figures = [[paper.say(key), paper.count(n)] for key, n in counts]
    return {
        "figures": [*figures, [paper.say("observed"), observed], [paper.say("lower_bound"), bound]],
        "verdict": paper.text(own.told),
        "outcome": own.verdict.outcome if own.verdict else "open",
        "rows": [*rows, [paper.say("design_effect"), paper.digits(effect)]],
    }


def _visit_result(paper: Paper, one: Standing) -> str:
    if not one["visits_min_n"]:
        return paper.say("visits_not_asked")
    return paper.say("visits_short", n=one.lacking_n) if one.lacking_n else paper.say("visits_reached")


_AREA_HEADS = (
    "area_name",
    "examined",
    "agreed",
    "observed",
    "lower_bound",
    "visits_made",
    "visits_asked",
    "visits_result",
)


def _area(paper: Paper, one: Standing) -> list[str]:
    counts = [paper.count(one[name]) if one.is_sampled else "-" for name in ("examined_n", "agreed_n")]
    shares = [paper.digits(cell_text(cell, "percent")) for cell in (one.observed, one.lower_bound)]
    visits = [paper.count(one[name]) for name in ("visits_n", "visits_min_n")]
    return [paper.digits(one.name), *counts, *shares, *visits, _visit_result(paper, one)]
