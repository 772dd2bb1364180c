"""The page of a progress report: one HTML file made of the kit's blocks.

Put here: which blocks, in which order. Keep out: markup (reports/html), figures, words.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from jpt_pipeline.progress.report import Report
from reports.html.blocks import Block, Chart, DataTable, Figures, Section, Text
from reports.html.page import Status, page, write_page
from reports.numbers import count_text
from reports.progress.curve import curve_svg
from reports.progress.tables import (
    COUNTED_ON_PAGE,
    certificates_table,
    duties_table,
    forecasts_table,
    overdue_table,
    parts_table,
)
from reports.progress.words import (
    area_text,
    count_places,
    plan_places,
    progress_words,
    report_lines,
    short_day,
)
from reports.tables import Table
from reports.words import words

Bar = Literal["good", "bad", "plain"]
NAMED = 20
BARS: dict[str, Bar] = {
    "collected_pct": "good",
    "recorded_pct": "plain",
    "checked_pct": "plain",
    "certified_pct": "good",
}


def page_html(report: Report) -> str:
    """The text of the page."""
    area = report.facts.area
    title = f"{progress_words().title} {area_text(area.level, report.facts.name)}"
    status = Status(progress_words().lines["as_of"].format(at=short_day(report.day)), False)
    return page(title, report_lines(report)[1:], list(_blocks(report)), status=status)


def write_html(report: Report, path: Path) -> Path:
    return write_page(path, page_html(report))


def _blocks(report: Report) -> Iterator[Block]:
    said = progress_words()
    yield Section(said.sections["summary"], "summary")
    if report.is_made_later:
        yield Text(report_lines(report)[2], "warning")
    yield _figures(report)
    yield from (Text(line, "warning") for line in caveats(report))
    if svg := curve_svg(report):
        yield Section(said.sections["curve"], "curve")
        yield Chart(svg, said.titles["curve"], _alt(report))
    if report.certificates:
        yield Section(said.sections["certificates"], "certificates")
        yield DataTable(certificates_table(report), bars={"certified_pct": "good"})
    if report.overdue_areas:
        yield Section(said.sections["overdue"], "overdue")
        yield DataTable(overdue_table(report, report.spec.overdue_listed), row_head=1)
    for level, parts in report.parts.items():
        yield Section(said.sections["parts"].format(level=words().levels[level].name_th), f"parts-{level}")
        yield _table(parts_table(level, parts, COUNTED_ON_PAGE), report.spec.page_rows, BARS)
    if report.tambons:
        yield Section(said.sections["forecasts"], "forecasts")
        yield _table(forecasts_table(report), report.spec.page_rows, {"collected_pct": "good"})
    if report.duties_passed:
        yield Section(said.overdue["duty"], "duties")
        yield DataTable(duties_table(report))
    if report.outside:
        yield Section(said.sections["outside"], "outside")
        yield from (Text(line) for line in outside_lines(report))
        yield Text(said.outside_note, "note")


def _table(table: Table, most: int, bars: dict[str, Bar]) -> Block:
    """The table, or where it is too long for a telephone, that the workbook has it."""
    if len(table.rows) > most:
        return Text(progress_words().too_long.format(n=count_text(len(table.rows))), "note")
    return DataTable(table, bars=bars)


def _figures(report: Report) -> Figures:
    said, places, planned = progress_words(), count_places(report.facts), plan_places(report)
    shown = [(places["due_n"], said.counts["due_n"], said.meanings["due_n"].format(**places))]
    for name in ("collected", "recorded", "checked", "certified"):
        detail = said.figures["percent"].format(percent=places[f"{name}_pct"])
        shown.append((places[f"{name}_n"], said.counts[f"{name}_n"], f"{detail} · {said.meanings[f'{name}_n']}"))
    if planned:
        percent = said.figures["percent"].format(percent=planned["planned_pct"])
        shown.insert(2, (planned["planned_n"], said.columns["planned_n"], f"{percent} · {planned['gap']}"))
    shown.append((places["quarantined_n"], said.counts["quarantined_n"], said.meanings["quarantined_n"]))
    return Figures(shown)


def _alt(report: Report) -> str:
    places = count_places(report.facts) | {"planned_n": "-"} | plan_places(report)
    return progress_words().curve["alt"].format(day=short_day(report.day), **places)


def caveats(report: Report) -> list[str]:
    """What a reader of the figures must know: households received but not counted yet, provinces that were never run."""
    said, counts = progress_words(), report.facts.counts
    found = []
    if counts.recorded_n > counts.collected_n:
        found.append(said.not_counted.format(n=count_text(counts.recorded_n - counts.collected_n)))
    if report.without_results:
        codes = " ".join(report.without_results[:NAMED])
        found.append(said.without_results.format(n=len(report.without_results), codes=codes))
    return found


def outside_lines(report: Report) -> list[str]:
    """What lies in no village of the register, a line for the nation's own records and for each province."""
    said = progress_words()
    found = []
    for row in report.outside:
        code = row.province_code
        place = said.outside_province.format(code=code) if code else said.outside_nation
        counts = {name: count_text(getattr(row, name)) for name in ("records_n", "quarantined_n", "waiting_n")}
        found.append(said.outside.format(place=place, **counts))
    return found
