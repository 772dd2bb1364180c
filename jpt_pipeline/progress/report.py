"""The progress of one area in one stream, put together: what every page, sheet, text and snapshot shows.

Put here: choosing and ordering facts, and the one canonical document that a snapshot keeps. Keep out: reading (facts.py),
layout and words (reports/progress).
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.clock import thai_day
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.progress.calendar import DAY, Calendar, load_calendar
from jpt_pipeline.progress.models import COUNTS, Area, AreaFacts, Facts, Outlook, Outside, Overdue, TambonOutlook
from jpt_pipeline.progress.outlook import outlooks
from jpt_pipeline.progress.overdue import overdue
from jpt_pipeline.progress.plan import Span, planned_share, planned_span
from jpt_pipeline.progress.spec import Spec, load_spec
from jpt_pipeline.rounds import Round, load_round
from jpt_pipeline.settings import Settings

FORMAT = "jpt-progress-1"


@dataclass(frozen=True)
class CurvePoint:
    """The end of a day: share of the target planned (None without a plan); households collected and recorded until then
    (None for days to come)."""

    day: date
    planned: Fraction | None
    collected_n: int | None
    recorded_n: int | None


@dataclass(frozen=True)
class Certificates:
    """Areas of a level of the chain within the area: how many there are, and how many have a valid certificate."""

    level: str
    areas_n: int
    certified_n: int
    due_date: date | None


@dataclass(frozen=True)
class Report:
    """Progress of an area at a moment. parts: areas inside it by level, top down. planned: share of the target by now."""

    round: Round
    instrument: str
    is_provisional: bool
    stream: str
    facts: AreaFacts
    at: datetime
    made_at: datetime
    parts: dict[str, list[AreaFacts]]
    tambons: list[TambonOutlook]
    span: Span | None
    planned: Fraction | None
    curve: list[CurvePoint]
    certificates: list[Certificates]
    overdue: list[Overdue]
    outside: list[Outside]
    without_results: tuple[str, ...]
    spec: Spec

    @property
    def day(self) -> date:
        return thai_day(self.at)

    @property
    def is_made_later(self) -> bool:
        """Whether it was made after the day that followed the one it speaks of: from what was known by then."""
        return thai_day(self.made_at) > self.day + DAY

    @property
    def planned_n(self) -> Fraction | None:
        """Households that should be collected by now."""
        return None if self.planned is None else self.planned * self.facts.counts.due_n

    @property
    def overdue_areas(self) -> list[Overdue]:
        """Areas that are late, in the order of urgency."""
        return [late for late in self.overdue if late.area]

    @property
    def duties_passed(self) -> list[Overdue]:
        """Duties of the round whose day has passed; whether they were done is not known here."""
        return [late for late in self.overdue if not late.area]

    @property
    def stream_th(self) -> str:
        return self.round.stream(self.stream).name_th


def make_reports(settings: Settings, facts: Facts, level: str, area_code: str, made_at: datetime) -> list[Report]:
    """The report of an area of the facts for each stream in which it has villages, in the round's order."""
    round_ = load_round(facts.survey_year, settings.definitions)
    areas = [Area(stream.key, level, area_code) for stream in round_.streams]
    return [make_report(settings, facts, area, made_at) for area in areas if area in facts.areas]


def make_report(settings: Settings, facts: Facts, area: Area, made_at: datetime) -> Report:
    """The report of one area. Raises KeyError: the facts do not hold it."""
    round_ = load_round(facts.survey_year, settings.definitions)
    instrument = load_instrument(round_.instrument, settings.definitions)
    calendar, spec = load_calendar(settings.definitions), load_spec(settings.definitions)
    span, inside = planned_span(round_), _inside(facts, area)
    return Report(
        round=round_,
        instrument=instrument.id,
        is_provisional=instrument.provisional,
        stream=area.stream,
        facts=facts.areas[area],
        at=facts.at,
        made_at=made_at,
        parts=_parts(facts, area, inside),
        tambons=[one for one in outlooks(facts, calendar, spec) if one.facts.area in inside],
        span=span,
        planned=planned_share(span, facts.day, calendar) if span else None,
        curve=_curve(facts, area, span, calendar),
        certificates=_certificates(facts, round_, area.stream, inside),
        overdue=[late for late in overdue(facts, round_, calendar, spec) if late.area is None or late.area in inside],
        outside=_outside(facts, area),
        without_results=facts.without_results,
        spec=spec,
    )


def done_on(facts: Facts, round_: Round) -> date | None:
    """The day on which the last certificate of the round was given; None while one is missing, or a province."""
    *_, province, _ = load_levels()
    present = {area.area_code for area in facts.areas if area.level == province.level}
    days = [unit.certified_on for unit in facts.units]
    if not days or not set(round_.provinces_expected) <= present or None in days:
        return None
    return max(day for day in days if day)


def _inside(facts: Facts, area: Area) -> frozenset[Area]:
    """The areas inside an area and itself: of the nation all of its stream, of a province those of its tree."""
    if area in facts.inside:
        return facts.inside[area]
    nation = load_levels()[-1]
    if area.level == nation.level:
        return frozenset(known for known in facts.areas if known.stream == area.stream)
    raise KeyError(f"{area.level} {area.area_code}: its areas were not asked for")


def _parts(facts: Facts, area: Area, inside: Iterable[Area]) -> dict[str, list[AreaFacts]]:
    by_level: dict[str, list[AreaFacts]] = {level.level: [] for level in reversed(load_levels())}
    for part in sorted(inside):
        if part != area:
            by_level[part.level].append(facts.areas[part])
    return {level: parts for level, parts in by_level.items() if parts}


def _certificates(facts: Facts, round_: Round, stream: str, inside: frozenset[Area]) -> list[Certificates]:
    found = []
    for level in round_.chain(stream, facts.day):
        units = [unit for unit in facts.units if unit.area.level == level.level and unit.area in inside]
        if units:
            certified_n = sum(1 for unit in units if unit.certified_on)
            found.append(Certificates(level.level, len(units), certified_n, level.due_date))
    return found


def _curve(facts: Facts, area: Area, span: Span | None, calendar: Calendar) -> list[CurvePoint]:
    """Every day from the first of plan or work to the last of plan or moment; empty when there is neither."""
    worked = {day: (collected_n, recorded_n) for day, collected_n, recorded_n in facts.curves.get(area, ())}
    days = [*worked, *((span.first, span.last) if span else ())]
    if not days:
        return []
    # A date in the records far before the plan is a fault of a clock: it counts, but it does not stretch the picture.
    first = max(min(days), span.first - 60 * DAY) if span else min(days)
    last = max(span.last, min(facts.day, max(worked, default=span.last))) if span else facts.day
    collected_n = sum(counts[0] for day, counts in worked.items() if day < first)
    recorded_n = sum(counts[1] for day, counts in worked.items() if day < first)
    points, day = [], first
    while day <= last:
        collected_n += worked.get(day, (0, 0))[0]
        recorded_n += worked.get(day, (0, 0))[1]
        planned = planned_share(span, day, calendar) if span else None
        is_past = day <= facts.day
        points.append(CurvePoint(day, planned, collected_n if is_past else None, recorded_n if is_past else None))
        day += DAY
    return points


def _outside(facts: Facts, area: Area) -> list[Outside]:
    """What lies in no village: shown at the nation, and what is of a province's files at the province."""
    *_, province, nation = load_levels()
    wanted = {nation.level: True, province.level: False}
    if area.level not in wanted:
        return []
    rows = [row for row in facts.outside if row.stream == area.stream]
    return rows if wanted[area.level] else [row for row in rows if row.province_code == area.area_code]


def document(report: Report) -> dict[str, Any]:
    """The report as plain values with a fixed order: what `--json` prints and a snapshot keeps (days as ISO texts)."""
    return {
        "format": FORMAT,
        "survey_year": report.round.survey_year,
        "instrument": report.instrument,
        "instrument_provisional": report.is_provisional,
        **report.facts.area._asdict(),
        "area_name": report.facts.name,
        "as_of": report.at.isoformat(),
        # When it was made is no fact of the round: only that it was made later is told, and when.
        "made_later_on": thai_day(report.made_at).isoformat() if report.is_made_later else None,
        "counts": asdict(report.facts.counts),
        "plan": _plan(report),
        "columns": ["area_code", "area_name", *COUNTS, "last_day"],
        "areas": {level: [_row(part) for part in parts] for level, parts in report.parts.items()},
        "certificates": [_plain(asdict(one)) for one in report.certificates],
        "forecasts": [
            {"area_code": one.facts.area.area_code, "completion": _said(one.completion),
             "certification": _said(one.certification), "due_date": _plain(one.due_date)}
            for one in report.tambons
        ],
        "overdue": [_plain({**asdict(late), "area": list(late.area[1:]) if late.area else None}) for late in report.overdue],
        "outside": [_plain(asdict(row)) for row in report.outside],
        "provinces_without_results": list(report.without_results),
        "curve": [
            [point.day.isoformat(), None if point.planned is None else str(point.planned), point.collected_n,
             point.recorded_n]
            for point in report.curve
        ],
    }  # fmt: skip


def _plan(report: Report) -> dict[str, Any] | None:
    if report.span is None or report.planned is None:
        return None
    span = report.span
    return {
        "first": span.first.isoformat(),
        "last": span.last.isoformat(),
        "basis": span.basis,
        "th": span.th,
        "share": str(report.planned),
    }


def _row(part: AreaFacts) -> list[Any]:
    return [part.area.area_code, part.name, *astuple(part.counts), _plain(part.last_day)]


def _said(outlook: Outlook) -> dict[str, Any]:
    return {name: value for name, value in _plain(asdict(outlook)).items() if value is not None}


def _plain(value: Any) -> Any:
    """Dates as ISO texts, in lists and mappings too."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
