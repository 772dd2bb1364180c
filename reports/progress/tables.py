"""The tables of a progress report, one model for sheet and page: parts, forecasts, what is late, certificates, days.

Put here: which columns there are. Keep out: words (style/progress.yaml), sentences (words.py), figures.
"""

from collections.abc import Sequence
from fractions import Fraction

from jpt_pipeline.progress.models import AreaFacts
from jpt_pipeline.progress.report import Report
from reports.numbers import share
from reports.progress.words import area_text, outlook_text, progress_words, short_day, versus_due, whole
from reports.tables import Cell, Column, Table
from reports.words import words

# Of a page, where the other counts follow from these and the percentages; the workbook has all.
COUNTED_ON_PAGE = ("due_n", "collected_n", "missing_n", "quarantined_n")
PERCENTS = ("collected", "recorded", "checked", "certified")
COUNTED = (
    "target_n",
    "nonresponse_n",
    "due_n",
    "collected_n",
    "recorded_n",
    "checked_n",
    "certified_n",
    "quarantined_n",
)


def _text(name: str, width: float) -> Column:
    return Column(progress_words().columns[name], "text", width, name)


def _percent(part_n: int, whole_n: int) -> Fraction | None:
    ratio = share(part_n, whole_n)
    return None if ratio is None else 100 * ratio


def parts_table(level: str, parts: Sequence[AreaFacts], counted: Sequence[str] = COUNTED) -> Table:
    """Areas of a level: the counts that are asked for, and percentages of the households to be collected."""
    said = progress_words()
    columns = [
        _text("area_name", 26),
        _text("area_code", 11),
        *(Column(said.counts[name], "count", 11, name) for name in counted),
        *(Column(said.columns[f"{name}_pct"], "percent", 10, f"{name}_pct") for name in PERCENTS),
        _text("last_day", 14),
    ]
    rows: list[list[Cell]] = []
    for part in parts:
        counts = part.counts
        row: list[Cell] = [area_text(level, part.name), part.area.area_code]
        row += [getattr(counts, name) for name in counted]
        row += [_percent(getattr(counts, f"{name}_n"), counts.due_n) for name in PERCENTS]
        rows.append([*row, short_day(part.last_day)])
    name = words().levels[level].name_th
    return Table(_sheet(name), said.titles["parts"].format(level=name), columns, rows, fixed_columns=2)


def forecasts_table(report: Report) -> Table:
    """Tambons: households missing, when collecting and certificates are to be expected, and the due date."""
    said = progress_words()
    columns = [
        _text("area_name", 22),
        _text("area_code", 10),
        Column(said.counts["missing_n"], "count", 9, "missing_n"),
        Column(said.columns["collected_pct"], "percent", 10, "collected_pct"),
        _text("completion", 48),
        _text("certification", 48),
        _text("due_date", 16),
        _text("versus_due", 14),
    ]
    rows: list[list[Cell]] = []
    for one in report.tambons:
        counts, area = one.facts.counts, one.facts.area
        rows.append(
            [
                area_text(area.level, one.facts.name),
                area.area_code,
                counts.missing_n,
                _percent(counts.collected_n, counts.due_n),
                outlook_text(one.completion, "completion", report.spec),
                outlook_text(one.certification, "certification", report.spec),
                short_day(one.due_date),
                versus_due(one),
            ]
        )
    note = said.forecast_note.format(**report.spec.model_dump())
    return Table(said.sheets["forecasts"], said.titles["forecasts"], columns, rows, fixed_columns=2, note=note)


def overdue_table(report: Report, limit: int | None = None) -> Table:
    """Areas that are late, the first `limit` rows; the title says how many there are."""
    said = progress_words()
    columns = [
        _text("kind", 24),
        _text("area_name", 44),
        _text("area_code", 11),
        _text("since", 15),
        Column(said.columns["workdays"], "count", 10, "workdays"),
        Column(said.counts["missing_n"], "count", 10, "missing_n"),
    ]
    rows: list[list[Cell]] = [
        [
            said.overdue[late.kind],
            area_text(late.area.level, late.name),
            late.area.area_code,
            short_day(late.since),
            late.workdays,
            None if late.kind == "certificate" else late.missing_n,
        ]
        for late in report.overdue_areas[:limit]
        if late.area
    ]
    title = f"{said.sections['overdue']} ({len(report.overdue_areas):,})"
    return Table(said.sheets["overdue"], title, columns, rows, fixed_columns=2)


def duties_table(report: Report) -> Table:
    """Duties of the round whose day has passed."""
    said = progress_words()
    columns = [_text("kind", 70), _text("since", 18), Column(said.columns["workdays"], "count", 12, "workdays")]
    rows: list[list[Cell]] = [[late.name, short_day(late.since), late.workdays] for late in report.duties_passed]
    return Table(said.sheets["duties"], said.titles["duties"], columns, rows, fixed_columns=1, note=said.duty_note)


def certificates_table(report: Report) -> Table:
    """Levels of the chain: areas, how many are certified, the due date."""
    said = progress_words()
    columns = [
        _text("level", 30),
        Column(said.columns["areas_n"], "count", 12, "areas_n"),
        Column(said.columns["certified_areas_n"], "count", 12, "certified_areas_n"),
        Column(said.columns["certified_pct"], "percent", 12, "certified_pct"),
        _text("due_date", 18),
    ]
    rows: list[list[Cell]] = [
        [
            words().levels[one.level].name_th,
            one.areas_n,
            one.certified_n,
            _percent(one.certified_n, one.areas_n),
            short_day(one.due_date),
        ]
        for one in report.certificates
    ]
    return Table(said.sheets["certificates"], said.titles["certificates"], columns, rows, fixed_columns=1)


def days_table(report: Report) -> Table:
    """The curve as numbers, a row a day."""
    said = progress_words()
    due_n = report.facts.counts.due_n
    columns = [
        _text("day", 16),
        Column(said.columns["planned_n"], "count", 12, "planned_n"),
        Column(said.columns["collected_sum"], "count", 14, "collected_n"),
        Column(said.columns["recorded_sum"], "count", 14, "recorded_n"),
    ]
    rows: list[list[Cell]] = [
        [
            short_day(point.day),
            None if point.planned is None else whole(point.planned * due_n),
            point.collected_n,
            point.recorded_n,
        ]
        for point in report.curve
    ]
    return Table(said.sheets["curve"], said.titles["curve"], columns, rows, fixed_columns=1)


def _sheet(name: str) -> str:
    """A name that Excel takes for a sheet."""
    return name.replace("/", "-")[:31]
