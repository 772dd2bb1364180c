"""Words and sentences of the progress reports: style/progress.yaml, filled with days, counts and areas.

Put here: how a day, an outlook or something late is said. Keep out: layout, and the words themselves.
"""

from datetime import date, datetime
from fractions import Fraction
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict

from jpt_pipeline.clock import BUDDHIST_ERA, THAI_TIME, thai_day
from jpt_pipeline.progress.models import AreaFacts, Outlook, Overdue, TambonOutlook
from jpt_pipeline.progress.report import Report
from jpt_pipeline.yamlfile import load_yaml
from reports.numbers import NOTHING, count_text, half_up, percent_text, thai_date
from reports.words import STYLE, words


class ProgressWords(BaseModel):
    """The file's groups; places in braces are filled by the functions here."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str
    name: str
    months: tuple[str, ...]
    counts: dict[str, str]
    meanings: dict[str, str]
    lines: dict[str, str]
    bases: dict[str, str]
    outlook: dict[str, str]
    why: dict[str, str]
    overdue: dict[str, str]
    duty_note: str
    late_days: str
    forecast_note: str
    outside: str
    outside_nation: str
    outside_province: str
    not_counted: str
    outside_note: str
    without_results: str
    too_long: str
    titles: dict[str, str]
    sections: dict[str, str]
    columns: dict[str, str]
    versus_due: dict[str, str]
    plan_gap: dict[str, str]
    figures: dict[str, str]
    screen_note: str
    screen: dict[str, str]
    sheets: dict[str, str]
    curve: dict[str, str]
    chat: dict[str, str]
    alerts: dict[str, str]


@cache
def progress_words() -> ProgressWords:
    """The words of the checkout."""
    return ProgressWords.model_validate(load_yaml(STYLE / "progress.yaml"))


def short_day(day: date | None, with_year: bool = True) -> str:
    """date(2018, 3, 12) -> '12 มี.ค. 2561', or '12 มี.ค.'."""
    if day is None:
        return NOTHING
    text = f"{day.day} {progress_words().months[day.month - 1]}"
    return f"{text} {day.year + BUDDHIST_ERA}" if with_year else text


def span_text(early: date, late: date, near: date) -> str:
    """'9–20 มี.ค.', '28 ก.พ.–5 มี.ค.'; with years where they are not that of `near`."""
    with_year = {early.year, late.year} != {near.year}
    last = short_day(late, with_year)
    if early == late:
        return last
    if (early.year, early.month) == (late.year, late.month):
        return f"{early.day}–{last}"
    return f"{short_day(early, with_year and early.year != late.year)}–{last}"


def moment_text(at: datetime) -> str:
    """'20 กุมภาพันธ์ 2561 เวลา 23.59 น.' in Thailand's time."""
    local = at.astimezone(THAI_TIME)
    return f"{thai_date(local.date())} เวลา {local.hour:02d}.{local.minute:02d} น."


def outlook_text(outlook: Outlook, what: str, spec: Any) -> str:
    """An outlook of `what` (completion, certification) in words, e.g. 'คาดว่าเสร็จ 12 มี.ค. 2561 (ระหว่าง 9–20 มี.ค.)'."""
    said = progress_words().outlook
    if outlook.state == "done":
        is_certificate = what == "certification"
        if outlook.day is None:
            return said["done_undated"]
        return said["certified" if is_certificate else "done"].format(day=short_day(outlook.day))
    if outlook.state == "unknown" or outlook.day is None or outlook.early is None:
        return said[f"unknown_{what}"].format(why=progress_words().why[outlook.why or ""].format(**spec.model_dump()))
    if outlook.late is None:
        between = said["open_end"].format(early=short_day(outlook.early, outlook.early.year != outlook.day.year))
    else:
        listed = span_text(outlook.early, outlook.late, outlook.day)
        between = said["between"].format(early=listed, late="").rstrip("–")
    return said[what].format(day=short_day(outlook.day), between=between)


def versus_due(one: TambonOutlook) -> str:
    """Whether the interval of completion lies before the due date of the certificate, around it, or after it."""
    said, done = progress_words().versus_due, one.completion
    first = done.day if done.state == "done" else done.early
    if one.due_date is None or first is None or done.state == "unknown":
        return said["unknown"]
    last = done.day if done.state == "done" else done.late
    if first > one.due_date:
        return said["after"]
    return said["before" if last and last <= one.due_date else "around"]


def area_text(level: str, name: str) -> str:
    """Name with the word of its level, once."""
    return words().full_name(level, name)


def late_text(late: Overdue) -> str:
    """Something late in a line: area, since when, how long, how many households."""
    said = progress_words()
    name = area_text(late.area.level, late.name) if late.area else late.name
    days = said.late_days.format(days=count_text(late.workdays))
    missing = f" {said.counts['missing_n']} {count_text(late.missing_n)}" if late.missing_n else ""
    return f"{name} {said.columns['since']} {short_day(late.since)} ({days}){missing}"


def count_places(facts: AreaFacts) -> dict[str, str]:
    """The counts of an area, and their percentages of the households to be collected, as texts by name."""
    counts = facts.counts
    found = {name: count_text(getattr(counts, name)) for name in progress_words().counts}
    for name in ("collected", "recorded", "checked", "certified"):
        found[f"{name}_pct"] = percent_text(getattr(counts, f"{name}_n"), counts.due_n)
    return found


def plan_places(report: Report) -> dict[str, str]:
    """What the plan has by now, in households and percent, and how far the work is from it."""
    if report.planned is None or report.planned_n is None:
        return {}
    planned_n = whole(report.planned_n)
    gap = report.facts.counts.collected_n - planned_n
    said = progress_words().plan_gap["ahead" if gap > 0 else "behind" if gap < 0 else "even"]
    return {
        "planned_n": count_text(planned_n),
        "planned_pct": percent_text(report.planned.numerator, report.planned.denominator),
        "gap": said.format(n=count_text(abs(gap))),
    }


def whole(value: Fraction) -> int:
    """Rounded half up to whole households."""
    return int(half_up(value, 0))


def report_lines(report: Report) -> list[str]:
    """What every page says about itself: area, round, instrument, moment, state, base of the percentages, plan, source."""
    said = progress_words().lines
    area = report.facts.area
    instrument = said["instrument"].format(instrument=report.instrument)
    places = count_places(report.facts)
    as_of = [said["as_of"].format(at=moment_text(report.at))]
    if report.is_made_later:
        as_of.append(said["made_later"].format(made_at=thai_date(thai_day(report.made_at))))
    return [
        f"{area_text(area.level, report.facts.name)} ({area.area_code})",
        f"{report.round.title_th} ({report.stream_th}) · {instrument}"
        + (f" {said['provisional']}" if report.is_provisional else ""),
        " · ".join(as_of),
        said["state"],
        said["base"].format(**places),
        plan_line(report),
        said["source"],
    ]


def plan_line(report: Report) -> str:
    """From when to when collecting is planned, and who says so."""
    said = progress_words()
    if report.span is None:
        return said.lines["no_plan"]
    span = report.span
    return said.lines["plan"].format(
        first=short_day(span.first), last=short_day(span.last), basis=said.bases[span.basis], th=span.th
    )
