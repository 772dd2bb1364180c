"""Which waivers hold on a day: from the day they are given to their last, or until they are taken back."""

from datetime import UTC, date, datetime

import pytest

from jpt_pipeline.issues import WaiverState, last_day, state_of, valid_waivers
from tests.unit.issues.world import YEAR, march, waiver


@pytest.mark.parametrize(
    ("on", "state"),
    [
        (date(2018, 3, 8), WaiverState.ENDED),
        (date(2018, 3, 9), WaiverState.VALID),
        (date(2018, 12, 31), WaiverState.VALID),
        (date(2019, 1, 1), WaiverState.ENDED),
    ],
)
def test_without_a_last_day_it_ends_with_the_round(on: date, state: WaiverState) -> None:
    entries = [waiver("a")]
    assert state_of(entries[0], entries, on) is state
    assert valid_waivers(entries, YEAR, on) == (entries if state is WaiverState.VALID else [])


def test_its_last_day_is_never_after_the_rounds() -> None:
    late = waiver("a", until=date(2030, 1, 1))
    assert valid_waivers([late], YEAR, date(2018, 12, 31)) == [late]
    assert valid_waivers([late], YEAR, date(2019, 1, 1)) == []


def test_work_on_a_round_that_is_over_ends_with_its_own_year() -> None:
    assert last_day(2561, date(2018, 3, 1)) == date(2018, 12, 31)
    assert last_day(2561, date(2017, 11, 1)) == date(2018, 12, 31)
    assert last_day(2561, date(2026, 3, 1)) == date(2026, 12, 31)


def test_taken_back_it_ends_on_that_day_and_stands_before() -> None:
    entries = [waiver("a"), waiver("a", action="unwaive", at=march(12))]
    assert valid_waivers(entries, YEAR, date(2018, 3, 11)) == entries[:1]
    assert valid_waivers(entries, YEAR, date(2018, 3, 12)) == []
    assert state_of(entries[0], entries, date(2018, 3, 12)) is WaiverState.REVOKED


def test_a_day_is_one_of_thailand() -> None:
    late = waiver("a", at=datetime(2018, 3, 8, 17, tzinfo=UTC))
    assert valid_waivers([late], YEAR, date(2018, 3, 9)) == [late]
    assert valid_waivers([late], YEAR, date(2018, 3, 8)) == []
