"""A round small enough to read: one district of two tambons, each with one LAO, and work by day.

Put here: invented facts. Keep out: homes and files.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from jpt_pipeline.progress.calendar import end_of
from jpt_pipeline.progress.models import Area, AreaFacts, Counts, Facts, Outside, Unit, Work
from jpt_pipeline.progress.report import Report, make_report
from jpt_pipeline.settings import Settings

YEAR = 2561
TAMBONS = {"380101": "บึงกาฬ", "380102": "โนนสมบูรณ์"}
NATION = Area("jpt", "nation", "TH")
Days = Mapping[date, int]


def work(first: date, *counts: int) -> dict[date, int]:
    """Households by day, from the first day on, week ends too."""
    return {first + timedelta(days=n): count for n, count in enumerate(counts) if count}


def facts(
    day: date,
    works: Mapping[str, Days],
    targets: Mapping[str, int],
    certified: Mapping[str, date] | None = None,
    received_until: date | None = None,
) -> Facts:
    """Facts at the end of a day. works, targets: by code of the tambon; certified: day of its LAO's certificate."""
    known = {code: {on: n for on, n in days.items() if on <= day} for code, days in works.items()}
    areas: dict[Area, AreaFacts] = {}
    for code, days in known.items():
        done_n = sum(days.values())
        on = (certified or {}).get(code)
        counts = Counts(targets[code], 0, done_n, done_n, done_n, done_n, 0, done_n if on else 0)
        last = max(days, default=None)
        for level, own, above in (("tambon", code, "3801"), ("lao", f"{code}01", "3801")):
            areas[Area("jpt", level, own)] = AreaFacts(Area("jpt", level, own), TAMBONS[code], above, counts, last)
    whole = sum((facts.counts for area, facts in areas.items() if area.level == "tambon"), Counts())
    above = (("district", "3801", "เมืองบึงกาฬ"), ("province", "38", "บึงกาฬ"), ("nation", "TH", "ทั้งประเทศ"))
    for level, own, name in above:
        areas[Area("jpt", level, own)] = AreaFacts(Area("jpt", level, own), name, None, whole, day)
    units = [
        Unit(
            Area("jpt", "lao", f"{code}01"), TAMBONS[code], {"district": "3801", "province": "38"}, (code,),
            date(2018, 3, 20), (certified or {}).get(code),
            max(days, default=None) if sum(days.values()) >= targets[code] else None,
        )
        for code, days in known.items()
    ]  # fmt: skip
    merged: dict[date, int] = {}
    for days in known.values():
        for on, n in days.items():
            merged[on] = merged.get(on, 0) + n
    return Facts(
        survey_year=YEAR,
        at=end_of(day),
        day=day,
        areas=areas,
        outside=[Outside("jpt", None, 2, 2, 0), Outside("jpt", "38", 1, 0, 5)],
        units=units,
        lowest={"jpt": "lao"},
        works={Area("jpt", "tambon", code): Work(days, received_until) for code, days in known.items()},
        curves={NATION: [(on, merged[on], merged[on]) for on in sorted(merged)]},
        inside={},
        without_results=(),
    )


def report(settings: Settings, known: Facts, made_at: datetime | None = None) -> Report:
    """The nation's report of the facts, made a minute after their moment unless told otherwise."""
    return make_report(settings, known, NATION, made_at or known.at + timedelta(minutes=1))


def small_report(home: Path, day: date = date(2018, 2, 20), made_at: datetime | None = None) -> Report:
    """A report with one tambon at work and one that stands still."""
    first = date(2018, 1, 15)
    works = {"380101": work(first, *[4] * 60), "380102": work(first, *[3] * 20)}
    return report(Settings(home=home), facts(day, works, {"380101": 200, "380102": 100}), made_at)


def later(known: Facts, **changes: object) -> Facts:
    """The facts with other values."""
    return replace(known, **changes)  # type: ignore[arg-type]
