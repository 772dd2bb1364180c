"""The files of a progress report in a folder: page, workbook, text for a chat.

Put here: their names. Keep out: what stands in them.
"""

from pathlib import Path

from jpt_pipeline.progress.report import Report
from jpt_pipeline.store.files import replacing
from reports.progress.chat import chat_text
from reports.progress.page import caveats, outside_lines, write_html
from reports.progress.tables import (
    certificates_table,
    days_table,
    duties_table,
    forecasts_table,
    overdue_table,
    parts_table,
)
from reports.progress.words import progress_words, report_lines
from reports.tables import Table, write_xlsx


def stem(report: Report) -> str:
    """End of the file names: year, stream where it is not the round's main one, level, area."""
    area = report.facts.area
    stream = "" if area.stream == report.round.streams[0].key else f"_{area.stream}"
    return f"{progress_words().name}_{report.round.survey_year}{stream}_{area.level}_{area.area_code}"


def write_files(report: Report, out: Path) -> list[Path]:
    """Write page, workbook and text of a report; the same report gives the same bytes."""
    out.mkdir(parents=True, exist_ok=True)
    text = out / f"{stem(report)}.txt"
    with replacing(text) as temporary:
        temporary.write_text(chat_text(report) + "\n", encoding="utf-8")
    lines = [*report_lines(report), *caveats(report), *outside_lines(report)]
    book = write_xlsx(out / f"{stem(report)}.xlsx", lines, tables(report))
    return [write_html(report, out / f"{stem(report)}.html"), book, text]


def tables(report: Report) -> list[Table]:
    """The tables of the workbook: parts by level, forecasts, what is late, certificates, days."""
    found = [parts_table(report.facts.area.level, [report.facts])]
    most = report.spec.workbook_rows
    found += [parts_table(level, parts) for level, parts in report.parts.items() if len(parts) <= most]
    optional = [forecasts_table(report), overdue_table(report), certificates_table(report), duties_table(report)]
    return found + [table for table in (*optional, days_table(report)) if table.rows]
