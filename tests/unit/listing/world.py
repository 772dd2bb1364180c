"""Households of the listing tests: who they are, what they answered, what became of them. All invented.

Village 38010101: 1 (payload, below the threshold, no photo), 2 (table, exactly at it), 3 (table, a baht below for two),
4 (payload, quarantined by a broken answer). 38010102: 5 (payload, refused to sign, enumerator not registered).
38010201: 6 (payload, no income answered). 39010101 lies in another province.
"""

from pathlib import Path
from typing import Any

from checks import GATES
from jpt_pipeline.rollup.indicators import make_indicators
from jpt_pipeline.store.lake import Part
from reports.order import RestrictedOrder
from tests.unit.intake.country import HERE, YEAR, Home, household, ndjson, pair, person

BEFORE = 2557
NAMES = {"head": "คานารีหัวหน้า", "wife": "คานารีภรรยา", "child": "คานารีบุตร", "last": "นามสกุลลับ", "table": "คานารีตาราง"}
HOUSES = {"one": "77/101", "two": "77/102", "three": "77/9", "five": "77/105"}
CANARIES = NAMES | HOUSES


def money(baht: int, **more: str) -> dict[str, str]:
    """The answers of an income that is all of one source."""
    return {"a42211": str(baht), "a42215": str(baht), **more}


def people(*first: str, at: int = 1, **changes: str) -> list[dict[str, str]]:
    return [
        person(at + number, first_name=name, last_name=NAMES["last"], prefix="นาย" if number == 0 else "003", **changes)
        for number, name in enumerate(first)
    ]


def households() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Those of the payload, and those of the tables."""
    one = household(
        1, people=people(NAMES["head"], NAMES["wife"], at=1), house_no=HOUSES["one"], evidence_photo="missing",
        **money(60_000, a42211="50000", a42213="10000"), a52511="1,1", a423112="1", a1411="1", a1421="0",
        a1431="1", a1441="1",
    )  # fmt: skip
    four = household(4, people=people(NAMES["child"], at=20), a2911="x", enumerator_id="E9")
    five = household(
        5, "38010102", people=people(NAMES["child"], at=30), house_no=HOUSES["five"], enumerator_id="E9",
        evidence_signature="refused", **money(90_000),
    )  # fmt: skip
    six = household(6, "38010201", people=people("ไม่มีรายได้", at=40))
    two = household(2, people=people(NAMES["table"], "คู่", at=50), house_no=HOUSES["two"], **money(76_000))
    three = household(3, people=people(NAMES["table"], "คู่", at=60), house_no=HOUSES["three"], **money(75_999))
    return [one, four, five, six], [two, three]


def make_world(folder: Path) -> Home:
    """The home with both deliveries and an earlier round, all stages run."""
    home = Home(folder).registers(targets={"38010101": 4, "38010102": 2, "38010201": 1})
    payload, table = households()
    before = household(
        1, people=people(NAMES["head"], at=1), survey_year=BEFORE, house_no=HOUSES["one"], **money(20_000)
    )
    before["submitted_at"] = "2014-02-01T09:30:00+07:00"
    assert home.take_bytes("a.ndjson", ndjson(payload)).status == "taken"
    assert home.take_files(pair(table)).status == "taken"
    assert home.take_bytes("b.ndjson", ndjson([before])).status == "taken"
    make_indicators(home.households(earlier := Part(BEFORE, HERE.province_code)).settings, earlier, GATES)
    return home.run(HERE)


def order(home: Home, level: str, area: str, out: Path, **choices: Any) -> RestrictedOrder:
    return RestrictedOrder(home.settings, YEAR, "jpt", level, area, out, **choices)
