"""Notices about progress: what is late, and kept reports that were changed. Areas, days and counts only.

Put here: their words. Keep out: sending (jpt_pipeline.notify).
"""

from collections.abc import Sequence

from jpt_pipeline.notify import Notice
from jpt_pipeline.progress.report import Report
from reports.numbers import count_text
from reports.progress.chat import chat_text
from reports.progress.words import late_text, progress_words

LISTED = 30


def overdue_notice(report: Report) -> Notice | None:
    """What is late in a report; None when nothing is."""
    said, late = progress_words(), report.overdue_areas
    if not late:
        return None
    year = report.round.survey_year
    title = said.alerts["overdue_title"].format(year=year, stream=report.stream_th)
    lines = [f"{said.overdue[one.kind]}: {late_text(one)}" for one in late[:LISTED]]
    if len(late) > LISTED:
        lines.append(said.chat["more"].format(n=count_text(len(late) - LISTED)))
    return Notice(f"overdue-{year}-{report.stream}", title, "\n".join([chat_text(report), "", *lines]))


def changed_notice(survey_year: int, changed: Sequence[str]) -> Notice | None:
    """Kept reports that are not what was kept any more; None when all are."""
    if not changed:
        return None
    said = progress_words().alerts
    text = said["changed"].format(list=", ".join(changed))
    return Notice(f"changed-{survey_year}-{'|'.join(changed)}", said["changed_title"], text)
