"""Each gate about people in the field: a planted fault is seen and told with its figures, without it the gate is open."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jpt_pipeline.certification.confidence_table import ROWS, confidence_rows
from jpt_pipeline.certification.situation import load_situation
from jpt_pipeline.certification.state import Area
from jpt_pipeline.ledger import Entry, SampleDraw, SampleResult
from jpt_pipeline.rounds import Round
from jpt_pipeline.store.lake import Part
from tests.unit.certification.world import NOON, RULES, STREAM, VILLAGES, YEAR, World, make_round, make_world

AT = datetime(2018, 3, 19, tzinfo=UTC)
CONFIDENCE = {
    "level": "province", "percent_min": 95, "reading": "lower_bound", "risk_percent": 5, "misses_allowed": 2,
    "households_per_village_max": 5, "icc": Decimal("0.05"),
    "basis": {"demand": "letter", "reading": "project", "plan": "project"},
}  # fmt: skip
FIELD = ("confidence_reached", "visits_made", "enumerators_registered", "enumerators_enough", "one_signature_per_name")
TAMBONS = sorted({tambon for _, tambon, *_ in VILLAGES})


def field_round(*gates: str, levels: tuple[str, ...] = ("lao", "district", "province"), **quality: Any) -> Round:
    """The test round with these gates alone, at every level."""
    demands = {"visits_min": {"district": 1, "province": 2}, "enumerators_per_tambon_min": 2} | quality
    round_ = make_round(levels, quality=demands | {"basis": "letter"})
    raw = round_.model_dump()
    for number, level in enumerate(raw["streams"][0]["chain"]):
        level["gates"] = [*gates, *(["children_certified"] if number else [])]
    return Round.model_validate(raw)


class Field:
    """Registers and counted households of the small country: two enumerators a tambon, two visits of each area."""

    def __init__(self, world: World):
        self.world = world
        sql = world.sql
        sql("CREATE TABLE enumerators (survey_year BIGINT, enumerator_id VARCHAR, tambon_code VARCHAR, order_no VARCHAR, "
            "role VARCHAR, name_token VARCHAR)")  # fmt: skip
        sql("CREATE TABLE visits (survey_year BIGINT, level VARCHAR, area_code VARCHAR, visit_date DATE)")
        sql("CREATE TABLE clean (stream VARCHAR, village_code VARCHAR, enumerator_id VARCHAR)")
        for tambon in TAMBONS:
            for number in "12":
                sql("INSERT INTO enumerators VALUES (?, ?, ?, NULL, 'enumerator', ?)",
                    YEAR, f"E{tambon}{number}", tambon, f"token {tambon}{number}")  # fmt: skip
        for level, code in (("district", "3801"), ("district", "3802"), ("province", "38")) * 2:
            sql("INSERT INTO visits VALUES (?, ?, ?, DATE '2018-03-01')", YEAR, level, code)
        for village, tambon, *_ in VILLAGES:
            for number in range(9):
                sql("INSERT INTO clean VALUES ('jpt', ?, ?)", village, f"E{tambon}{number % 2 + 1}")

    def reasons(self, round_: Round, entries: list[Entry] | None = None) -> dict[tuple[str, str], list[str]]:
        """(level, code) -> reasons of the round's gates in province 38; areas without any are left out."""
        self.world.write(nation=False)
        self.world._seal("register__enumerators", Part(YEAR), "SELECT * FROM enumerators")
        self.world._seal("register__visits", Part(YEAR), "SELECT * FROM visits")
        for province in ("38", "39"):
            query = f"SELECT * FROM clean WHERE village_code LIKE '{province}%'"
            self.world._seal("households__clean", Part(YEAR, province), query)
        states = self.situation(round_, entries).states
        told = {
            (area.level, area.area_code): [reason for reason in state.blocked_by if "G-CHILDREN" not in reason]
            for area, state in states.items()
        }
        return {area: found for area, found in told.items() if found}

    def situation(self, round_: Round, entries: list[Entry] | None = None) -> Any:
        with self.world.session() as connection:
            settings = self.world.settings
            return load_situation(connection, settings, round_, RULES, entries or [], NOON.date(), provinces=["38"])


@pytest.fixture
def field(tmp_path: Path) -> Field:
    return Field(make_world(tmp_path, write=False))


def test_without_a_fault_no_gate_on_the_field_is_shut(field: Field) -> None:
    assert field.reasons(field_round(*FIELD)) == {}


def test_a_visit_too_few_blocks_its_own_area_alone(field: Field) -> None:
    field.world.sql("DELETE FROM visits WHERE area_code = '3802'")
    field.world.sql("DELETE FROM visits WHERE rowid = (SELECT min(rowid) FROM visits WHERE area_code = '38')")
    assert field.reasons(field_round("visits_made")) == {
        ("district", "3802"): ["G-VISITS ลงพื้นที่ติดตาม 0 ครั้ง ต้องไม่น้อยกว่า 1 ครั้ง"],
        ("province", "38"): ["G-VISITS ลงพื้นที่ติดตาม 1 ครั้ง ต้องไม่น้อยกว่า 2 ครั้ง"],
    }


def test_without_a_register_of_visits_none_was_made(field: Field) -> None:
    field.reasons(field_round())
    field.world.lake.path("register__visits", Part(YEAR)).unlink()
    blocked = field.situation(field_round("visits_made")).states[Area(STREAM, "district", "3801")].blocked_by
    assert blocked[0].startswith("G-VISITS ลงพื้นที่ติดตาม 0 ครั้ง")


@pytest.mark.parametrize("who", ["'STRANGER'", "NULL"])
def test_a_household_of_an_unregistered_enumerator_blocks_its_path(field: Field, who: str) -> None:
    field.world.sql(
        f"UPDATE clean SET enumerator_id = {who} WHERE rowid IN (SELECT rowid FROM clean WHERE village_code = '38010202' LIMIT 3)"
    )
    found = field.reasons(field_round("enumerators_registered"))
    assert list(found) == [("lao", "L1"), ("district", "3801"), ("province", "38")]
    people = 0 if who == "NULL" else 1
    assert found["lao", "L1"] == [
        f"G-UNREGISTERED ผู้จัดเก็บ {people} คนไม่อยู่ในทะเบียนของรอบ เก็บไว้ 3 ครัวเรือนใน 1 หมู่บ้าน (เช่น 38010202)"
    ]
    assert "STRANGER" not in str(found)


def test_too_few_enumerators_in_a_tambon_block_every_area_that_holds_a_part_of_it(field: Field) -> None:
    """Tambon 380101 lies in LAOs L1 and L2."""
    field.world.sql("DELETE FROM enumerators WHERE enumerator_id = 'E3801012'")
    found = field.reasons(field_round("enumerators_enough"))
    assert list(found) == [("lao", "L1"), ("lao", "L2"), ("district", "3801"), ("province", "38")]
    assert found["lao", "L2"] == ["G-FEW ผู้จัดเก็บไม่ถึง 2 คนใน 1 ตำบล (เช่น 380101 มี 1 คน)"]


def test_recorders_do_not_count_as_enumerators(field: Field) -> None:
    field.world.sql("UPDATE enumerators SET role = 'recorder' WHERE tambon_code = '380201'")
    found = field.reasons(field_round("enumerators_enough"))
    assert found["lao", "L3"] == ["G-FEW ผู้จัดเก็บไม่ถึง 2 คนใน 1 ตำบล (เช่น 380201 มี 0 คน)"]


def test_one_name_with_two_ids_in_a_tambon_blocks(field: Field) -> None:
    """Failure of 2563: the same enumerator's name under different signatures."""
    field.world.sql("UPDATE enumerators SET name_token = 'same' WHERE tambon_code = '380201'")
    found = field.reasons(field_round("one_signature_per_name"))
    assert list(found) == [("lao", "L3"), ("district", "3802"), ("province", "38")]
    assert found["lao", "L3"] == ["G-SIGNATURES ชื่อผู้จัดเก็บเดียวกันแต่ต่างรหัสในตำบลเดียวกัน 1 ชื่อ 2 รหัส (เช่น ตำบล 380201)"]


def test_the_same_name_in_two_tambons_is_two_people(field: Field) -> None:
    field.world.sql("UPDATE enumerators SET name_token = 'same' WHERE enumerator_id IN ('E3801011', 'E3802011')")
    assert field.reasons(field_round("one_signature_per_name")) == {}


def test_an_enumerator_without_a_name_does_not_slip_through(field: Field) -> None:
    field.world.sql("UPDATE enumerators SET name_token = NULL WHERE enumerator_id = 'E3801021'")
    found = field.reasons(field_round("one_signature_per_name"))
    assert found["lao", "L1"] == ["G-NAMELESS ผู้จัดเก็บ 1 คนในทะเบียนไม่มีชื่อ (เช่น ตำบล 380102)"]


def sample(root: str, agreed: int | None, examined: int, lot: int = 36, number: int = 1) -> list[Entry]:
    """A draw of province 38 and, unless agreed is None, its result."""
    place = {"at": AT, "survey_year": YEAR, "stream": STREAM, "level": "province", "area_code": "38"}
    name = f"{YEAR}-jpt-province-38-s{number}"
    draw = SampleDraw(
        **place, action="sample-draw", seq=2 * number, sample_id=name, root_sha256=root, beacon="", households_n=lot,
        size_n=examined, allowed_n=0, village_max_n=5, replacements_n=0, list_sha256="0" * 64,
    )  # fmt: skip
    if agreed is None:
        return [draw]
    result = SampleResult(
        **place, action="sample-result", seq=2 * number + 1, sample_id=name, root_sha256=root, file_sha256="1" * 64,
        examined_n=examined, agreed_n=agreed, not_reached_n=0, replaced_n=0, design_effect="1", observed="-",
        lower_bound="-", further_n=0, differing={}, verdict="-",
    )  # fmt: skip
    return [draw, result]


PROVINCE = Area(STREAM, "province", "38")


@pytest.mark.parametrize(
    ("agreed", "examined", "told"),
    [
        (None, 30, "G-SAMPLE-OPEN สุ่มสัมภาษณ์ซ้ำไว้ 30 ครัวเรือน (2561-jpt-province-38-s1) ยังไม่มีผล"),
        (20, 20, "G-CONFIDENCE-MORE ความเชื่อมั่นยังไม่พอยืนยันร้อยละ 95 ตรงกัน 20 จาก 20 ครัวเรือน ร้อยละ 100.00"),
        (28, 30, "G-CONFIDENCE-LOW ความเชื่อมั่นต่ำกว่าเกณฑ์ร้อยละ 95 ตรงกัน 28 จาก 30 ครัวเรือน ร้อยละ 93.33"),
        (30, 30, None),
    ],
)
def test_the_confidence_gate_follows_the_sample(field: Field, agreed: int, examined: int, told: str | None) -> None:
    round_ = field_round("confidence_reached", confidence=CONFIDENCE)
    assert field.reasons(round_) == {("province", "38"): ["G-SAMPLE ยังไม่มีการสัมภาษณ์ซ้ำจากตัวเลขชุดนี้ - สั่ง jpt sample draw"]}
    root = field.situation(round_).states[PROVINCE].root_sha256
    found = field.reasons(round_, sample(root, agreed, examined)).get(("province", "38"), [])
    assert [reason[: len(told or "")] for reason in found] == ([told] if told else [])


def test_a_sample_of_other_figures_proves_nothing(field: Field) -> None:
    round_ = field_round("confidence_reached", confidence=CONFIDENCE)
    field.reasons(round_)
    root = field.situation(round_).states[PROVINCE].root_sha256
    entries = sample(root, 30, 30)
    assert field.reasons(round_, entries) == {}
    field.world.move("38010101")
    (told,) = field.reasons(round_, entries)["province", "38"]
    assert told.startswith("G-SAMPLE-OLD")


def test_the_reading_is_the_rounds_and_samples_of_one_root_add_up(field: Field) -> None:
    bound = field_round("confidence_reached", confidence=CONFIDENCE)
    observed = field_round("confidence_reached", confidence=CONFIDENCE | {"reading": "observed"})
    field.reasons(bound)
    root = field.situation(bound).states[PROVINCE].root_sha256
    first = sample(root, 20, 20)
    assert field.reasons(observed, first) == {}
    assert field.reasons(bound, first) != {}
    assert field.reasons(bound, [*first, *sample(root, 10, 10, number=2)]) == {}


def test_only_the_rounds_level_needs_a_sample(field: Field) -> None:
    round_ = field_round("confidence_reached", confidence=CONFIDENCE | {"level": "district"})
    assert list(field.reasons(round_)) == [("district", "3801"), ("district", "3802")]


def test_the_table_of_standings_counts_samples_and_visits_of_each_area(field: Field) -> None:
    """Of 3802 there was one visit less; the province's sample is of its present figures, an older draw is counted apart."""
    field.world.sql("DELETE FROM visits WHERE area_code = '3802'")
    round_ = field_round("confidence_reached", confidence=CONFIDENCE)
    field.reasons(round_)
    roots = {area: node.root_sha256 for area, node in field.situation(round_).nodes.items()}
    entries = [*sample(roots[PROVINCE], 28, 30), *sample("f" * 64, None, 10, number=2)]
    with field.world.session() as connection:
        confidence_rows(connection, field.world.lake, round_, entries, roots)
        rows = connection.execute(
            "SELECT level, area_code, len(sample_ids), drawn_n, examined_n, agreed_n, outdated_n, design_effect, visits_n, "
            f"visits_min_n FROM {ROWS} ORDER BY level, area_code"
        ).fetchall()
    assert rows == [
        ("district", "3801", 0, 0, 0, 0, 0, None, 2, 1),
        ("district", "3802", 0, 0, 0, 0, 0, None, 0, 1),
        ("province", "38", 1, 30, 30, 28, 1, "1", 2, 2),
    ]


def test_a_round_that_asks_nothing_has_no_standings(field: Field) -> None:
    round_ = make_round(("lao", "district", "province"))
    with field.world.session() as connection:
        confidence_rows(connection, field.world.lake, round_, [], {PROVINCE: "0" * 64})
        assert connection.execute(f"SELECT count(*) FROM {ROWS}").fetchall() == [(0,)]
