"""Invented figures of an area, as certification shows them to a form; every number can be checked by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from jpt_pipeline.certification.shown import AreaBelow, AreaFigures, IndicatorFigures, Place
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.ledger import Committee

ROOT = "0123456789abcdef" * 4
COMMITTEE = Committee(
    order_no="12/2560",
    members_n=20,
    present_n=5,
    quorum_n=10,
    meeting_date=date(2018, 3, 14),
    place="ศาลากลางจังหวัดบึงกาฬ",
)
COVERAGE = {
    **{"target_n": 12, "surveyed_n": 9, "quarantined_n": 1, "enumerators_n": 2},
    **{"nonresponse_empty_n": 2, "nonresponse_refused_n": 1, "nonresponse_under_6_months_n": 0},
    **{"nonresponse_counted_elsewhere_n": 0, "nonresponse_not_found_n": 0},
    **{"photo_missing_n": 0, "photo_refused_n": 3, "signature_missing_n": 0, "signature_refused_n": 4},
}
LONG = "เทศบาลตำบลบึงโขงหลงแห่งที่ราบลุ่มแม่น้ำสงครามตอนบนและพื้นที่ชุ่มน้ำนานาชาติ"


@cache
def indicators(count: int = 31) -> tuple[IndicatorFigures, ...]:
    """Plan 12's names, repeated up to `count`: number n has n surveyed of whom n // 8 failed; 18 has nobody."""
    instrument = load_instrument("plan12")
    dimensions = {dimension.key: dimension.name_th for dimension in instrument.dimensions}
    found = []
    for number in range(1, count + 1):
        known = instrument.indicator((number - 1) % 31 + 1)
        surveyed, failed = (0, 0) if number == 18 else (number, number // 8)
        found.append(
            IndicatorFigures(
                number, dimensions[known.dimension], known.name_th, known.unit, surveyed, surveyed - failed, failed, 0
            )
        )
    return tuple(found)


def below(count: int, name: str = "อบต.บึงกาฬ") -> tuple[AreaBelow, ...]:
    """LAOs below a district, certified."""
    return tuple(
        AreaBelow(Place("lao", f"3801{at:04d}", name), 9, 25, "CERTIFIED", f"2561-jpt-lao-3801{at:04d}-1", ROOT)
        for at in range(1, count + 1)
    )


def make_facts(**changes: Any) -> AreaFigures:
    """A district that is presented, with 9 households and 25 persons; `changes` replace fields."""
    facts = AreaFigures(
        survey_year=2561,
        round_th="การจัดเก็บข้อมูลความจำเป็นพื้นฐาน (จปฐ.) ปี 2561",
        stream="jpt",
        stream_th="ข้อมูล จปฐ.",
        instrument="plan12",
        instrument_th="แบบสอบถามข้อมูลความจำเป็นพื้นฐาน (จปฐ.)",
        is_provisional=False,
        place=Place("district", "3801", "เมืองบึงกาฬ"),
        above=(Place("province", "38", "บึงกาฬ"),),
        form_no=None,
        committee_th=None,
        due_date=date(2018, 3, 31),
        state="PRESENTED",
        blocked_by=(),
        certificate_id=None,
        certified_date=None,
        committee=Committee(),
        root_sha256=ROOT,
        as_of=datetime(2018, 3, 4, 2, 0, tzinfo=UTC),
        households_n=9,
        persons_n=25,
        coverage=COVERAGE,
        population=(("0-4", {"1": 5, "2": 7}), ("35-39", {"1": 6}), ("100+", {"2": 7})),
        indicators=indicators(),
        economy={"income_baht": 1000, "expense_baht": 400},
        below_level="lao",
        below=below(2),
        waivers_n=0,
    )
    return replace(facts, **changes)
