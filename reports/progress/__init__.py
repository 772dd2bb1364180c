"""Pages of progress: an HTML page, a workbook and a short text of a report that jpt_pipeline.progress put together.

Put here: layout and words; the names below are what the command line prints with. Keep out: anything that counts,
forecasts or judges.
"""

from reports.progress.chat import chat_text, late_line
from reports.progress.files import write_files
from reports.progress.page import caveats, outside_lines
from reports.progress.words import (
    area_text,
    count_places,
    late_text,
    outlook_text,
    progress_words,
    report_lines,
)

__all__ = [
    "area_text",
    "caveats",
    "chat_text",
    "count_places",
    "late_line",
    "late_text",
    "outlook_text",
    "outside_lines",
    "progress_words",
    "report_lines",
    "write_files",
]
