"""Poster of one area on A2 (โปสเตอร์สรุปผล จปฐ.), for a board that is read from two metres: what it says, as JSON.

Put here: which texts and figures there are. Keep out: where they stand (data/layouts/poster.typ) and every Thai word
(style/poster.yaml). Layout and words are this project's own, and the poster says so.
"""

from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jpt_pipeline.instruments import Dimension
from jpt_pipeline.store.files import write_bytes
from jpt_pipeline.yamlfile import load_yaml
from reports.change import Change, changes
from reports.charts import Size, pyramid
from reports.drawing import style
from reports.labels import labels
from reports.numbers import HIDDEN, count_text, is_hidden
from reports.order import Order
from reports.paper import Paper, PaperWords, change_row, counts_of, head, provenance
from reports.release import Release
from reports.typeset import pdf, png
from reports.words import STYLE, words

if TYPE_CHECKING:
    import pandas as pd

NAME = "poster"  # of the report, its layout and its words
SCREEN_PPI = 72.0
PYRAMID = {True: Size(116, 62, 16), False: Size(116, 50, 16)}  # roomy or not
Tile = dict[str, str]


class PosterWords(PaperWords):
    """Texts of the poster; what to do together, by the dimension's key; how many rows its lists have."""

    worst_rows: int
    together_rows: int
    roomy: int
    counts_below: int
    together: dict[str, str]
    otherwise: str


@cache
def poster_words() -> PosterWords:
    """The words of the checkout."""
    return PosterWords.model_validate(load_yaml(STYLE / f"{NAME}.yaml"))


def make(order: Order) -> list[Path]:
    """Write the poster as PDF, and as a picture for screens.

    Raises:
        reports.release.ReleaseError: the release lacks the area or was changed.
        reports.typeset.TemplateBroken: the layout is not right.
    """
    told = content(order)
    return [
        write_bytes(order.path(NAME, ".pdf"), pdf(NAME, told)),
        write_bytes(order.path(NAME, ".png"), png(NAME, told, SCREEN_PPI)[0]),
    ]


def content(order: Order) -> dict[str, Any]:
    """Everything on the poster, as JSON for its layout."""
    release, level, area_code = order.release, order.level, order.area_code
    paper = Paper(poster_words(), order.thai_digits)
    told = labels(release, level, area_code)
    both = changes(release, order.before, level, area_code)
    year, level_th = release.survey_year, words().levels[level].name_th
    return {
        "title": paper.digits(paper.words.texts["title"].format(area=told.area, year=year)),
        "eyebrow": paper.say("eyebrow", level=level_th, year=year),
        "eyebrow_short": paper.say("eyebrow_short", year=year),
        "labels": paper.labels(),
        "years": _years(paper, order, both),
        "has_before": has_before(both),
        "has_thai_digits": order.thai_digits,
        "is_roomy": is_roomy(both),
        **head(paper, told),
        "tiles": tiles(paper, order, both),
        "pyramid": _pyramid(paper, release.population(level, area_code), is_roomy(both)),
        "worst": worst(paper, both),
        "together": together(both, release, paper),
        "dimensions": [dimension(paper, one, both) for one in release.instrument.dimensions],
        "has_hidden": any(change.now.is_hidden for change in both),
        "provenance": provenance(paper, told),
    }


def is_roomy(both: list[Change]) -> bool:
    """Whether there are few enough indicators for high panels."""
    return len(both) <= poster_words().roomy


def has_before(both: list[Change]) -> bool:
    """Whether anything stands beside this year's figures."""
    return any(change.then for change in both)


def _years(paper: Paper, order: Order, both: list[Change]) -> str:
    """Which figures are of which year."""
    if order.before is None or not has_before(both):
        return paper.say("years_now", year=order.release.survey_year)
    return paper.say("years", year=order.release.survey_year, then=order.before.survey_year)


def tiles(paper: Paper, order: Order, both: list[Change]) -> list[Tile]:
    """Figure, what it is, detail. Averages are sum over sum, in whole baht a person and year."""
    release, at = order.release, (order.level, order.area_code)
    economy, coverage = release.economy(*at), release.coverage(*at)
    persons_n, income, expense = (economy[name] for name in ("persons_n", "income_baht", "expense_baht"))

    def tile(key: str, figure: str, detail: str) -> Tile:
        return {"figure": figure, "title": paper.say(f"tile_{key}"), "detail": detail}

    baht = paper.say("tile_mean_detail")
    target = paper.say("tile_households_detail", n=count_text(coverage["target_n"]))
    marks = Counter(change.now.mark for change in both)
    whole = HIDDEN if marks["hidden"] else paper.count(marks["passed"])
    return [
        tile("households", paper.count(economy["households_n"]), target),
        tile("persons", paper.count(persons_n), _sexes(paper, release.population(*at))),
        tile("income", paper.mean(income, persons_n), baht),
        tile("expense", paper.mean(expense, persons_n), baht),
        tile("remaining", paper.mean(income - expense, persons_n), baht),
        tile("whole", whole, paper.say("tile_whole_detail", n=len(both))),
        _moved(paper, order, both),
    ]


def _sexes(paper: Paper, people: "pd.DataFrame") -> str:
    """Persons by sex, unless a figure is hidden: a column with one has no sum."""
    if people.isna().any(axis=None):
        return paper.say("tile_persons_detail")
    return paper.text(" · ".join(f"{name} {count_text(int(people[sex].sum()))}" for sex, name in words().sexes.items()))


def _moved(paper: Paper, order: Order, both: list[Change]) -> Tile:
    """How many indicators became better, worse, or stayed."""
    if not has_before(both) or order.before is None:
        return {"figure": "", "title": paper.say("tile_no_before"), "detail": paper.say("no_before")}
    moved = Counter(change.direction for change in both)
    others = {name: paper.count(moved[name]) for name in ("worse", "same")}
    return {
        "figure": paper.count(moved["better"]),
        "title": paper.say("tile_better", year=order.before.survey_year),
        "detail": paper.say("tile_better_detail", **others),
    }


def _pyramid(paper: Paper, people: "pd.DataFrame", roomy: bool) -> dict[str, str | None]:
    """The drawing with its words for those who cannot see it; only words where there is nothing to draw."""
    counts = people.to_numpy().ravel()
    if all(is_hidden(count_n) for count_n in counts):
        return {"svg": None, "alt": paper.say("pyramid_hidden")}
    if not any(count_n for count_n in counts if not is_hidden(count_n)):
        return {"svg": None, "alt": paper.say("pyramid_nobody")}
    with style():
        drawing = pyramid(people, PYRAMID[roomy], paper.thai)
    return {"svg": drawing, "alt": f"{paper.words.texts['pyramid']} {_sexes(paper, people)}".replace("\u200b", "")}


def worst(paper: Paper, both: list[Change]) -> dict[str, Any]:
    """The indicators with the largest share of failures, none that everybody passes; `none` says why there are no rows."""
    found = worst_first(both)[: poster_words().worst_rows]
    rows = []
    for place, change in enumerate(found, start=1):
        one = change.now
        detail = paper.say("worst_detail", unit=one.unit_th, **counts_of(paper, one))
        rows.append({**change_row(paper, change), "place": paper.count(place), "detail": detail})
    marks = {change.now.mark for change in both}
    none = "nobody" if not marks & {"passed", "failed"} else "all_passed_shown" if "hidden" in marks else "all_passed"
    heading = paper.say("worst_shown" if "hidden" in marks else "worst", n=poster_words().worst_rows)
    return {"head": heading, "rows": rows, "none": None if rows else paper.say(none)}


def worst_first(both: list[Change]) -> list[Change]:
    """Those with failures, in the order of the failing-rank report."""
    return [change for change in sorted(both, key=lambda one: one.now.rank) if change.now.counted.failed_n]


def together(both: list[Change], release: Release, paper: Paper) -> list[dict[str, str]]:
    """What to do, for the dimensions of the worst indicators, the worst first."""
    names = {one.number: one for one in release.instrument.dimensions}
    numbers = list(dict.fromkeys(change.now.dimension_no for change in worst_first(both)[: poster_words().worst_rows]))
    proposals = poster_words().together
    rows_n = poster_words().together_rows if is_roomy(both) else 2
    return [
        {"head": paper.text(names[number].name_th), "text": paper.text(proposals.get(names[number].key, poster_words().otherwise))}
        for number in numbers[:rows_n]
    ]  # fmt: skip


def dimension(paper: Paper, one: Dimension, both: list[Change]) -> dict[str, Any]:
    """A dimension with its indicators; how many everybody passes is said only where none is hidden."""
    mine = [change for change in both if change.now.dimension_no == one.number]
    marks = Counter(change.now.mark for change in mine)
    whole = "" if marks["hidden"] else paper.say("dimension_whole", whole=marks["passed"], n=len(mine))
    rows = [{**change_row(paper, change), "counts": _counts(paper, change, both)} for change in mine]
    return {"name": paper.say("dimension", number=one.number, name=one.name_th), "whole": whole, "rows": rows}


def _counts(paper: Paper, change: Change, both: list[Change]) -> str:
    """'66/68 คน' where there is room for it: few indicators, few people."""
    counted = change.now.counted
    if not is_roomy(both) or not 0 < counted.surveyed_n < poster_words().counts_below:
        return ""
    return paper.digits(f"{counted.passed_n}/{counted.surveyed_n} {change.now.unit_th}")
