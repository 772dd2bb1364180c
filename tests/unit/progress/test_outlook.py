"""When tambons will be done, and what is late: on a round of two tambons that can be read."""

from datetime import date, timedelta

from jpt_pipeline.progress.calendar import load_calendar
from jpt_pipeline.progress.models import Area, Facts, Outlook, Unit
from jpt_pipeline.progress.outlook import outlooks, recent_counts
from jpt_pipeline.progress.overdue import overdue
from jpt_pipeline.progress.spec import Spec, load_spec
from jpt_pipeline.rounds import load_round
from tests.unit.progress.world import facts, later, work

MONDAY = date(2018, 1, 15)
BOTH = {"380101": 200, "380102": 100}


def told(known: Facts, spec: Spec | None = None) -> dict[str, tuple[Outlook, Outlook]]:
    found = outlooks(known, load_calendar(), spec or load_spec())
    return {one.facts.area.area_code: (one.completion, one.certification) for one in found}


def late(known: Facts) -> list[tuple[str, str, int, int]]:
    found = overdue(known, load_round(2561), load_calendar(), load_spec())
    return [(one.kind, one.area.area_code, one.workdays, one.missing_n) for one in found if one.area]


def test_steady_work_is_done_when_the_rest_is() -> None:
    """Four a day on five days a week, 96 left on Tuesday 20 February: 24 working days on is 27 March (1 March is a
    holiday)."""
    weekdays = {MONDAY + timedelta(days=n): 4 for n in range(37) if (MONDAY + timedelta(days=n)).isoweekday() < 6}
    known = facts(date(2018, 2, 20), {"380101": weekdays}, {"380101": 204})
    done, _ = told(known)["380101"]
    assert (done.state, done.day) == ("known", date(2018, 3, 27))
    assert done.early and done.late
    assert date(2018, 3, 12) < done.early < date(2018, 3, 27) < done.late < date(2018, 4, 20)


def test_week_ends_go_to_the_working_day_before() -> None:
    days = work(MONDAY, 1, 2, 3, 4, 5, 6, 7, 8)  # Monday to Monday
    known = facts(date(2018, 1, 22), {"380101": days}, BOTH)
    (own,) = known.works.values()
    assert recent_counts(own, date(2018, 1, 22), load_calendar(), load_spec()) == [1, 2, 3, 4, 18, 8]
    narrow = load_spec().model_copy(update={"window_workdays": 2})
    assert recent_counts(own, date(2018, 1, 22), load_calendar(), narrow) == [18, 8]


def test_what_cannot_be_told_says_why() -> None:
    day = date(2018, 2, 20)
    works = {"380101": work(MONDAY, *[3] * 20), "380102": {}}
    said = told(facts(day, works, BOTH))
    assert said["380101"][0] == Outlook("unknown", why="stalled")
    assert said["380102"][0] == Outlook("unknown", why="not_started")
    assert said["380102"][1] == Outlook("unknown", why="not_complete")
    fresh = {"380101": work(date(2018, 2, 19), 9, 9), "380102": {}}
    said = told(facts(day, fresh, {"380101": 200, "380102": 0}))
    assert said["380101"][0].why == "too_little"
    assert said["380102"][0].why == "no_target"
    slow = {"380101": work(MONDAY, *[1] * 36), "380102": {}}
    assert told(facts(day, slow, {"380101": 900, "380102": 0}))["380101"][0].why == "too_slow"


def test_days_without_intake_are_not_days_without_work() -> None:
    """The last delivery came on 13 February: the week after it is unknown, so the rate is that of the days before."""
    days = work(MONDAY, *[5] * 30)  # to 13 February
    behind = facts(date(2018, 2, 15), {"380101": days}, {"380101": 250}, received_until=date(2018, 2, 13))
    naive = facts(date(2018, 2, 15), {"380101": days}, {"380101": 250}, received_until=date(2018, 2, 15))
    first, second = told(behind)["380101"][0], told(naive)["380101"][0]
    assert first.day and second.day and first.day < second.day


def test_a_forecast_never_lies_in_the_past() -> None:
    days = work(MONDAY, *[20] * 10)
    known = facts(date(2018, 1, 26), {"380101": days}, {"380101": 201}, received_until=date(2018, 1, 25))
    done, _ = told(known)["380101"]
    assert done.day == done.early == date(2018, 1, 29), "the day is over, the next working day is a Monday"


def units(n: int, lag: int) -> list[Unit]:
    """Certified areas of the district, each so many working days after completion."""
    complete = date(2018, 2, 5)
    given = load_calendar().add(complete, lag)
    return [
        Unit(Area("jpt", "lao", f"9{i}"), "-", {"district": "3801", "province": "38"}, (), None, given, complete)
        for i in range(n)
    ]


def test_a_certificate_follows_as_others_did() -> None:
    weekdays = {MONDAY + timedelta(days=n): 4 for n in range(37) if (MONDAY + timedelta(days=n)).isoweekday() < 6}
    known = facts(date(2018, 2, 20), {"380101": weekdays}, {"380101": 204})
    assert told(known)["380101"][1].why == "no_lags", "nobody near has a certificate"
    done, certified = told(later(known, units=[*known.units, *units(2, 5)]))["380101"]
    assert certified.why == "no_lags", "two are too few"
    done, certified = told(later(known, units=[*known.units, *units(3, 5)]))["380101"]
    assert done.day and certified.day == load_calendar().add(done.day, 5)
    assert done.late and certified.late == load_calendar().add(done.late, 5)


def test_an_area_that_waits_longer_than_all_others_is_not_guessed() -> None:
    weekdays = work(MONDAY, *[10] * 10)
    done = facts(date(2018, 2, 20), {"380101": weekdays}, {"380101": 100})
    waiting = later(done, units=[*done.units, *units(4, 5)])
    assert told(waiting)["380101"] == (Outlook("done", day=date(2018, 1, 24)), Outlook("unknown", why="no_lags"))
    patient = told(later(done, units=[*done.units, *units(4, 30)]))["380101"][1]
    assert patient.day == load_calendar().add(date(2018, 1, 24), 30)


def test_a_certificate_that_is_there() -> None:
    known = facts(
        date(2018, 3, 15), {"380101": work(MONDAY, *[10] * 10)}, {"380101": 100}, {"380101": date(2018, 3, 14)}
    )
    assert told(known)["380101"][1] == Outlook("done", day=date(2018, 3, 14))


def test_what_is_late_and_for_how_long() -> None:
    works = {"380101": work(MONDAY, *[4] * 60), "380102": work(MONDAY, *[3] * 20)}
    assert late(facts(date(2018, 2, 9), works, BOTH)) == [("stalled", "380102", 5, 40)]
    assert late(facts(date(2018, 2, 8), works, BOTH)) == [], "four working days are not yet five"
    on_the_day = late(facts(date(2018, 3, 20), works, BOTH))
    assert [one[0] for one in on_the_day] == ["stalled"], "a due date is still in time"
    after = late(facts(date(2018, 3, 21), works, {"380101": 300, "380102": 60}, {"380102": date(2018, 3, 1)}))
    assert after == [("certificate", "38010101", 1, 0), ("collecting", "380101", 1, 60)]


def test_nobody_began() -> None:
    assert late(facts(date(2018, 1, 9), {"380101": {}}, BOTH)) == [("not_started", "380101", 5, 200)]
    assert late(facts(date(2018, 1, 5), {"380101": {}}, BOTH)) == [], "the year begins on 3 January"


def test_duties_of_the_round_are_told_without_an_area() -> None:
    found = overdue(facts(date(2017, 11, 13), {}, {}), load_round(2561), load_calendar(), load_spec())
    assert [(one.kind, one.workdays) for one in found] == [("duty", 1)] * 3
