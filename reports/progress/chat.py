"""The short text for a chat (LINE): plain lines, never longer than the limit, nothing but areas, days and counts.

Put here: what fits into a message. Keep out: pages.
"""

from collections import Counter
from collections.abc import Sequence

from jpt_pipeline.clock import thai_day
from jpt_pipeline.progress.models import AreaFacts
from jpt_pipeline.progress.report import Report
from reports.numbers import NOTHING, count_text, percent_text
from reports.progress.words import area_text, count_places, plan_places, progress_words, short_day
from reports.words import words

NAMED = 3


def chat_text(report: Report) -> str:
    """At most `chat_characters` characters; whole lines only, the most important first."""
    limit, kept = report.spec.chat_characters, ""
    for line in _lines(report):
        longer = f"{kept}\n{line}" if kept else line
        if len(longer) > limit:
            break
        kept = longer
    return kept


def _lines(report: Report) -> list[str]:
    said, area = progress_words(), report.facts.area
    places = {name: _signed(name, text) for name, text in count_places(report.facts).items()}
    lines = [
        said.chat["head"].format(title=said.title, year=report.round.survey_year, stream=report.stream_th),
        f"{area_text(area.level, report.facts.name)} {said.lines['as_of'].format(at=short_day(report.day))}",
    ]
    if report.is_made_later:
        lines.append(said.lines["made_later"].format(made_at=short_day(thai_day(report.made_at))))
    lines.append(said.chat["counts"].format(**places))
    if planned := plan_places(report):
        lines.append(said.chat["plan"].format(**planned))
    if report.certificates:
        listed = " ".join(
            f"{words().levels[one.level].name_th} {count_text(one.certified_n)}/{count_text(one.areas_n)}"
            for one in report.certificates
        )
        lines.append(said.chat["certificates"].format(list=listed))
    lines.append(late_line(report))
    if behind := _lowest(report):
        lines.append(said.chat["lowest"].format(list=behind))
    lines.append(said.lines["state"])
    return lines


def _signed(name: str, text: str) -> str:
    """A percentage with its sign; '-' has none."""
    return f"{text}%" if name.endswith("_pct") and text != NOTHING else text


def late_line(report: Report) -> str:
    """How many areas are late, by what; duties are not counted, nobody knows whether they were done."""
    said = progress_words()
    counted = Counter(late.kind for late in report.overdue_areas)
    if not counted:
        return said.chat["nothing_overdue"]
    return said.chat["overdue"].format(
        list=", ".join(f"{said.overdue[kind]} {count_text(n)}" for kind, n in counted.items())
    )


def _lowest(report: Report) -> str:
    """The areas one level down of which the least is collected."""
    parts: Sequence[AreaFacts] = next(iter(report.parts.values()), [])
    open_ = [part for part in parts if part.counts.missing_n]
    ordered = sorted(open_, key=lambda part: (part.counts.collected_n / part.counts.due_n, part.area))
    return ", ".join(
        f"{area_text(part.area.level, part.name)} {percent_text(part.counts.collected_n, part.counts.due_n)}%"
        for part in ordered[:NAMED]
    )
