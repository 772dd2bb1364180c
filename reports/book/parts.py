"""Parts that the book and the summary share: figures, people, income, indicators, comparison, coverage, certificates.

Put here: one function a part, from an order to blocks. Keep out: the order of the parts.
"""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from itertools import pairwise

from jpt_pipeline.instruments import Dimension
from jpt_pipeline.yamlfile import load_yaml
from reports import coverage, economy, failing_rank, population
from reports.book import blocks
from reports.book.blocks import Block
from reports.book.messages import inside
from reports.cells import indicator_counts, indicator_shares
from reports.change import Change
from reports.charts import Bar, Size, bars, pyramid
from reports.counts import AreaIndicator, area_indicators
from reports.maps import map_style, map_svg, shown
from reports.numbers import HIDDEN, NOTHING, count_text, is_hidden, mean_text
from reports.order import Order
from reports.paper import Paper, PaperWords
from reports.tables import HIDDEN_CELL, Cell, Column, Hidden, Table, cell_text
from reports.words import STYLE, words

MAP_MM = 84.0
TEXT_PT = 9.0  # letters inside charts
HEAD_COLUMNS = 13  # areas that stand beside one another on a page, beside their own


class BookWords(PaperWords):
    """Texts of book and summary, and terms explained at the end: {term, meaning}."""

    glossary: list[dict[str, str]]


@cache
def book_words() -> BookWords:
    """The words of the checkout."""
    return BookWords.model_validate(load_yaml(STYLE / "book.yaml"))


def figures(paper: Paper, order: Order, both: Sequence[Change]) -> Block:
    """Households, persons, averages, indicators that everybody passes, each with what it is of."""
    at = (order.level, order.area_code)
    sums, target_n = order.release.economy(*at), order.release.coverage(*at)["target_n"]
    persons_n, households_n = sums["persons_n"], sums["households_n"]
    marks = Counter(one.now.mark for one in both)
    whole = HIDDEN if marks["hidden"] else count_text(marks["passed"])

    def tile(key: str, figure: str, **places: object) -> dict[str, str]:
        detail = paper.say(f"{key}_detail", **places)
        return {"figure": paper.digits(figure), "title": paper.say(key), "detail": detail}

    remaining = sums["income_baht"] - sums["expense_baht"]
    return blocks.tiles([
        tile("tile_households", count_text(households_n), target=count_text(target_n)),
        tile("tile_persons", count_text(persons_n)),
        tile("tile_income", mean_text(sums["income_baht"], persons_n), home=mean_text(sums["income_baht"], households_n)),
        tile("tile_expense", mean_text(sums["expense_baht"], persons_n), home=mean_text(sums["expense_baht"], households_n)),
        tile("tile_remaining", mean_text(remaining, persons_n), home=mean_text(remaining, households_n)),
        tile("tile_whole", whole, n=len(both)),
    ])  # fmt: skip


def caution(paper: Paper, order: Order) -> Block:
    """What differences do not say; of a public page, that hidden figures take no part."""
    return blocks.texts(paper.say("honest"), *([paper.say("honest_public")] if order.release.is_public else []))


def maps(paper: Paper, order: Order, chosen: Sequence[AreaIndicator]) -> list[Block]:
    """A map of the share passed for each indicator chosen, over the areas below; two side by side."""
    if not chosen:
        return []
    areas = shown(order.release, order.level, order.area_code)
    by_code = {code: area_indicators(order.release, areas.level, code) for code in areas.codes}
    drawn = []
    for one in chosen:
        place = one.counted.number
        shares = {code: indicator_shares(_numbered(listed, place))[0] for code, listed in by_code.items()}
        values = {code: share for code, share in shares.items() if isinstance(share, Fraction | Hidden)}
        svg = map_svg(order, areas, values, map_style().scale("passed"), width=MAP_MM)
        caption = paper.say("map_caption", no=place, name=one.name_th)
        drawn.append(blocks.chart(svg, paper.words.texts["map_alt"].format(no=place), caption, MAP_MM))
    return [blocks.beside(*drawn[at : at + 2]) for at in range(0, len(drawn), 2)]


def _numbered(listed: Sequence[AreaIndicator], number: int) -> AreaIndicator:
    return next(one for one in listed if one.counted.number == number)


def people(paper: Paper, order: Order, size: Size) -> Block:
    """The pyramid, or that its figures are hidden."""
    frame = order.release.population(order.level, order.area_code)
    if all(is_hidden(count_n) for count_n in frame.to_numpy().ravel()):
        return blocks.texts(paper.say("pyramid_hidden"))
    alt = paper.words.texts["pyramid_alt"]
    return blocks.chart(pyramid(frame, size, paper.thai), alt, paper.say("pyramid_caption"), size.width)


def people_below(paper: Paper, order: Order, level: str) -> Block:
    """Persons by sex and age group in the areas of a level."""
    own = population.people(order.release, order.level, order.area_code)
    below = [population.people(order.release, level, code) for code in inside(order, level)]
    told = population.area_table(own, below)
    counts = {column.field: 10.0 for column in told.columns if column.kind != "text"}
    told = blocks.pick(told, {"area": 26, **counts})
    return blocks.table(
        paper, told, paper.say("people_below", level=words().levels[level].name_th), paper.text(told.note)
    )


def income(paper: Paper, order: Order) -> Block:
    """Every component of income and expense; the round before where there is one."""
    own = economy.economy(order.release, order.level, order.area_code)
    told = economy.own_table(own, economy.economy_before(order), order.before)
    widths = {column.field: 30.0 if column.field == "item" else 14.0 for column in told.columns}
    return blocks.table(paper, blocks.pick(told, widths), note=paper.text(told.note))


def income_short(paper: Paper, order: Order) -> Block:
    """Every component a person and year, and its share."""
    own = economy.economy(order.release, order.level, order.area_code)
    told = economy.own_table(own, None, None)
    widths = {"item": 36.0, "share_percent": 20.0, "per_person_baht": 20.0}
    return blocks.table(paper, blocks.pick(told, widths), paper.say("income"))


def income_below(paper: Paper, order: Order, level: str) -> list[Block]:
    """Income, expense and what remains, a person and year, in the areas of a level: bars and table."""
    release = order.release
    own = economy.economy(release, order.level, order.area_code)
    below = [economy.economy(release, level, code) for code in inside(order, level)]
    told = economy.area_table(own, below)
    widths = {
        column.field: 14.0
        for column in told.columns
        if column.field.endswith(("_per_household_baht", "_per_person_baht"))
    }
    told = blocks.pick(told, {"area": 24, "households_n": 10, "persons_n": 10, **widths})
    name = words().levels[level].name_th
    rows = []
    for one in below:
        total, of_n = one.side(economy.INCOME), one.persons_n
        known = not is_hidden(total) and not is_hidden(of_n) and int(of_n) > 0
        mean = float(int(total) / int(of_n)) if known else None
        rows.append(Bar(paper.digits(one.name), mean, paper.digits(mean_text(total, of_n))))
    size = Size(174, 4.3 * len(rows) + 2, TEXT_PT)
    svg = bars(rows, size, 52)
    return [
        blocks.chart(svg, paper.words.texts["income_alt"], paper.say("income_caption", level=name)),
        blocks.table(paper, told, paper.say("income_below", level=name)),
    ]


def dimension(paper: Paper, order: Order, one: Dimension, both: Sequence[Change]) -> list[Block]:
    """Bars of the share passed, and the counts, of the indicators of a dimension."""
    mine = [change for change in both if change.now.dimension_no == one.number]
    return [dimension_bars(paper, order, mine), blocks.table(paper, changes_table(order, mine))]


def dimension_bars(paper: Paper, order: Order, mine: Sequence[Change]) -> Block:
    """Share passed as bars from 0 to 100; a stroke where the round before stood."""
    rows = []
    for change in mine:
        share = indicator_shares(change.now)[0]
        then = indicator_shares(change.then)[0] if change.then else None
        name = paper.digits(paper.words.texts["bar_name"].format(no=change.now.counted.number))
        rows.append(Bar(name, _length(share), cell_text(share, "percent", paper.thai), _length(then)))
    before = order.before if any(change.then for change in mine) else None
    key, year = ("bars_caption_before", before.survey_year) if before else ("bars_caption", order.release.survey_year)
    svg = bars(rows, Size(174, 5.6 * len(rows) + 2, TEXT_PT), 16, longest=100)
    return blocks.chart(svg, paper.words.texts["bars_alt"], paper.say(key, year=year))


def _length(cell: Cell) -> float | None:
    """An exact figure as the length of a bar; None where there is none to draw."""
    return float(cell) if isinstance(cell, Fraction) else None


def changes_table(order: Order, both: Sequence[Change]) -> Table:
    """Counts of indicators, and the share passed in the round before where something is to be compared."""
    columns = [
        Column("ข้อ", "count", 8, "indicator_no"),
        Column("ตัวชี้วัด", "text", 56, "indicator"),
        Column("หน่วย", "text", 15, "unit"),
        Column("สำรวจ", "count", 15, "surveyed_n"),
        Column("ผ่าน", "count", 15, "passed_n"),
        Column("ร้อยละที่ผ่าน", "percent", 14, "passed_percent"),
        Column("ไม่ผ่าน", "count", 14, "failed_n"),
        Column("ร้อยละที่ไม่ผ่าน", "percent", 14, "failed_percent"),
    ]
    has_before = order.before is not None and any(change.then for change in both)
    if has_before and order.before is not None:
        columns.append(Column(f"ผ่านปี {order.before.survey_year}", "percent", 14, "before_percent"))
        columns.append(Column("เทียบ", "text", 13, "change"))
    rows = [[*_counted(change.now), *(_compared(change) if has_before else [])] for change in both]
    return Table("ตัวชี้วัด", "ตัวชี้วัด", columns, rows)


def _counted(one: AreaIndicator) -> list[Cell]:
    surveyed, passed, failed = indicator_counts(one)
    passed_share, failed_share = indicator_shares(one)
    return [one.counted.number, one.name_th, one.unit_th, surveyed, passed, passed_share, failed, failed_share]


def _compared(change: Change) -> list[Cell]:
    if change.then is None:
        return ["", book_words().texts["not_same"]]
    share = indicator_shares(change.then)[0]
    return [share, book_words().texts[change.direction] if change.direction else NOTHING]


def by_dimension(paper: Paper, order: Order, both: Sequence[Change]) -> Block:
    """How many indicators of each dimension everybody passes, and how many became better or worse."""
    columns = [
        Column("หมวด", "text", 40, "dimension"),
        Column("ตัวชี้วัด", "count", 14, "indicators_n"),
        Column("ผ่านครบ", "count", 14, "whole_n"),
        Column("ดีขึ้น", "count", 12, "better_n"),
        Column("ลดลง", "count", 12, "worse_n"),
    ]
    rows: list[list[Cell]] = []
    for one in order.release.instrument.dimensions:
        mine = [change for change in both if change.now.dimension_no == one.number]
        moved = [change.direction for change in mine]
        marks = [change.now.mark for change in mine]
        compared = any(moved)
        whole: Cell = HIDDEN_CELL if "hidden" in marks else marks.count("passed")
        better, worse = (moved.count(name) if compared else None for name in ("better", "worse"))
        rows.append([f"{one.number} {one.name_th}", len(mine), whole, better, worse])
    return blocks.table(paper, Table("หมวด", "หมวด", columns, rows), paper.say("by_dimension"))


def comparison(paper: Paper, order: Order, level: str) -> list[Block]:
    """Share passed of every indicator (rows) in the areas of a level (columns), in tables as wide as a page."""
    release = order.release
    codes = inside(order, level)
    listed = {code: area_indicators(release, level, code) for code in codes}
    own = area_indicators(release, order.level, order.area_code)
    names = {code: release.area_name(level, code) for code in codes}
    found = []
    for chunk in evenly(codes, HEAD_COLUMNS):
        rows = [
            (f"{one.counted.number}. {one.name_th}",
             blocks.share_cells(paper, [one, *(listed[code][at] for code in chunk)]))
            for at, one in enumerate(own)
        ]  # fmt: skip
        heads = [release.area_name(order.level, order.area_code), *(names[code] for code in chunk)]
        found.append(blocks.matrix(paper, paper.say("matrix", level=words().levels[level].name_th), heads, rows))
    return found


def evenly(codes: Sequence[str], most: int) -> list[Sequence[str]]:
    """The codes in as few runs of at most `most` as can be, of about the same length."""
    runs = max(1, -(-len(codes) // most))
    edges = [round(at * len(codes) / runs) for at in range(runs + 1)]
    return [codes[start:end] for start, end in pairwise(edges)]


def failing(paper: Paper, order: Order) -> Block:
    """The failing-rank report as a table."""
    release = order.release
    targets = release.instrument.targets
    told = failing_rank.rank_table(failing_rank.ranked(release, order.level, order.area_code, targets), targets)
    widths = {"rank": 9, "indicator_no": 9, "indicator": 58, "unit": 15, "surveyed_n": 15, "failed_n": 14}
    extra = dict.fromkeys(("failed_percent", "target_percent", "below_target_percent"), 15.0)
    return blocks.table(paper, blocks.pick(told, {**widths, **extra}))


def covered(paper: Paper, order: Order, level: str) -> list[Block]:
    """Households against the target register, reasons of non-response, evidence; then the areas of a level."""
    release = order.release
    own = coverage.coverage(release, order.level, order.area_code)
    below = [coverage.coverage(release, level, code) for code in inside(order, level)]
    told = coverage.own_table(own)
    names = ("target_n", "surveyed_n", *coverage.reasons(), "unaccounted_n", "quarantined_n")
    widths = {"area": 30.0, **dict.fromkeys(names, 12.0), "surveyed_of_target_percent": 13.0}
    beside = blocks.pick(coverage.area_table(own, below), widths)
    caption = paper.say("covered_below", level=words().levels[level].name_th)
    widths = {"item": 46, "count_n": 15, "percent": 12, "denominator": 46, "denominator_n": 15}
    return [
        blocks.table(paper, blocks.pick(told, widths), note=paper.text(told.note)),
        blocks.table(paper, beside, caption),
    ]


def certificates(paper: Paper, order: Order, level: str) -> Block:
    """State and certificate of the area and of those of a level."""
    places = [(order.level, order.area_code), *((level, code) for code in inside(order, level))]
    rows: list[list[Cell]] = []
    for place in places:
        state = order.release.certification(*place)
        told = paper.words.texts["certified" if state.certified else "not_certified"]
        rows.append([place[1], order.release.area_name(*place), told, state.certificate_id or NOTHING])
    columns = [
        Column("รหัสพื้นที่", "text", 16, "area_code"),
        Column("พื้นที่", "text", 44, "area"),
        Column("สถานะ", "text", 20, "state"),
        Column("เลขที่คำรับรอง", "text", 44, "certificate"),
    ]
    return blocks.table(paper, Table("คำรับรอง", "คำรับรอง", columns, rows))
