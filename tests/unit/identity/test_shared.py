"""One person in two provinces: found by the nation, stands as a finding in both, and blocks both until decided."""

from pathlib import Path

import duckdb
import pytest

from checks import GATES
from jpt_pipeline.certification import acts
from jpt_pipeline.certification.relations import nation_findings_sha256
from jpt_pipeline.certification.request import ActRefused, Request
from jpt_pipeline.certification.situation import load_situation
from jpt_pipeline.certification.tables import BETWEEN, inputs_of
from jpt_pipeline.identity import shared
from jpt_pipeline.identity.shared import FINDINGS, MEMBERS, SHARED, make_shared_persons, uncompared
from jpt_pipeline.store.lake import Part
from tests.unit.certification.world import NOON, RULES, STREAM, YEAR, World, clock, make_round, make_world

NATION = Part(YEAR)
ROUND = make_round()
# province, village, household, member, person
Member = tuple[str, str, str, int, str | None]
HERE = "38010101"
THERE = "39010101"


class Nation:
    """The small country of the tests of certification, with members of households in both provinces."""

    def __init__(self, home: Path):
        self.world: World = make_world(home)

    def members(self, *rows: Member) -> "Nation":
        """Seal households__members of both provinces."""
        self.world.sql(
            "CREATE OR REPLACE TABLE members (province VARCHAR, village_code VARCHAR, household_id VARCHAR, "
            "member_no BIGINT, person_token VARCHAR)"
        )
        for row in rows:
            self.world.sql("INSERT INTO members VALUES (?, ?, ?, ?, ?)", *row)
        for province in ("38", "39"):
            query = (
                f"SELECT {YEAR} AS survey_year, '{STREAM}' AS stream, village_code, household_id, "
                "dense_rank() OVER (ORDER BY village_code, household_id) AS hh, member_no, person_token, '1' AS sex, "
                f"40 AS age_years, 480 AS age_months FROM members WHERE province = '{province}' ORDER BY ALL"
            )
            lake, part = self.world.lake, Part(YEAR, province)
            lake.write(self.world.db, MEMBERS, part, query, fingerprint="test", inputs={})
        return self

    def compare(self) -> "Nation":
        make_shared_persons(self.world.settings, NATION, GATES)
        return self

    def rows(self, table: str, columns: str) -> list[tuple[object, ...]]:
        path = self.world.lake.sealed(table, NATION)
        return duckdb.execute(f"SELECT {columns} FROM read_parquet(?) ORDER BY ALL", [path]).fetchall()

    def blocked(self) -> set[tuple[str, str]]:
        with self.world.session() as connection:
            states = load_situation(connection, self.world.settings, ROUND, RULES, [], NOON.date()).states
        return {
            (area.level, area.area_code)
            for area, state in states.items()
            if any("J-PERSON" in reason for reason in state.blocked_by)
        }


@pytest.fixture
def nation(tmp_path: Path) -> Nation:
    return Nation(tmp_path)


def test_a_person_in_two_provinces_is_a_finding_in_both(nation: Nation) -> None:
    nation.members(
        ("38", HERE, "1", 1, "p"), ("38", HERE, "1", 2, "q"), ("39", THERE, "7", 3, "p"), ("39", THERE, "8", 1, "r")
    )
    nation.compare()
    columns = "group_no, province_code, village_code, household_id, member_no, provinces_n"
    assert nation.rows(SHARED, columns) == [(1, "38", HERE, "1", 1, 2), (1, "39", THERE, "7", 3, 2)]
    found = nation.rows(FINDINGS, "village_code, household_id, rule_id, severity, indicator_no")
    assert found == [(HERE, "1", "J-PERSON", "error", None), (THERE, "7", "J-PERSON", "error", None)]


def test_within_a_province_the_table_lists_them_and_the_province_has_the_finding(nation: Nation) -> None:
    nation.members(("38", HERE, "1", 1, "p"), ("38", "38020101", "2", 1, "p"), ("39", THERE, "7", 1, "r")).compare()
    assert nation.rows(SHARED, "province_code, household_id, provinces_n") == [("38", "1", 1), ("38", "2", 1)]
    assert nation.rows(FINDINGS, "*") == []


def test_no_household_has_the_same_finding_in_two_parts(nation: Nation) -> None:
    """Household 1 shares p within the province and q with another: its finding is the province's own."""
    nation.members(
        ("38", HERE, "1", 1, "p"), ("38", HERE, "2", 1, "p"), ("38", HERE, "1", 2, "q"), ("39", THERE, "7", 1, "q")
    ).compare()
    assert nation.rows(FINDINGS, "household_id") == [("7",)]
    assert nation.rows(SHARED, "group_no, household_id") == [(1, "1"), (1, "2"), (2, "1"), (2, "7")]


def test_persons_without_a_number_and_twice_in_one_household_are_nobodys(nation: Nation) -> None:
    nation.members(
        ("38", HERE, "1", 1, None), ("39", THERE, "7", 1, None), ("38", HERE, "2", 1, "p"), ("38", HERE, "2", 2, "p")
    ).compare()
    assert nation.rows(SHARED, "*") == nation.rows(FINDINGS, "*") == []


def test_without_any_province_the_tables_are_empty(nation: Nation) -> None:
    nation.compare()
    assert nation.rows(SHARED, "*") == nation.rows(FINDINGS, "*") == []


def test_digests_that_meet_are_told_apart_by_the_token(nation: Nation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first pass may take two persons for one; the second never does."""
    monkeypatch.setattr(
        shared, "_DIGESTS", shared._DIGESTS.replace("hash(person_token) AS digest", "1::UBIGINT AS digest")
    )
    monkeypatch.setattr(shared, "_IN_TWICE", "(SELECT count(*) FROM twice) > 0")
    nation.members(("38", HERE, "1", 1, "p"), ("39", THERE, "7", 1, "q"), ("39", THERE, "8", 1, "q")).compare()
    assert nation.rows(SHARED, "household_id") == [("7",), ("8",)]


def test_both_provinces_are_blocked_until_one_lets_go(nation: Nation) -> None:
    nation.members(("38", HERE, "1", 1, "p"), ("39", THERE, "7", 1, "p")).compare()
    here, there = {("lao", "L1"), ("district", "3801"), ("province", "38")}, {("lao", "L4"), ("district", "3901")}
    assert nation.blocked() == {*here, *there, ("province", "39"), ("nation", "TH")}
    nation.members(("38", HERE, "1", 1, "p"), ("39", THERE, "7", 1, None)).compare()
    assert nation.blocked() == set()


def test_only_the_states_of_the_provinces_concerned_are_made_again(nation: Nation) -> None:
    lake, parts = nation.world.lake, {code: Part(YEAR, code) for code in ("38", "39")}
    before = {code: inputs_of(lake, ROUND, part)[BETWEEN] for code, part in parts.items()}
    nation.members(("38", HERE, "1", 1, "p"), ("38", HERE, "2", 1, "p"), ("39", THERE, "7", 1, "q")).compare()
    assert {code: nation_findings_sha256(lake, part) for code, part in parts.items()} == before
    nation.members(("38", HERE, "1", 1, "p"), ("39", THERE, "7", 1, "p")).compare()
    after = {code: nation_findings_sha256(lake, part) for code, part in parts.items()}
    assert all(after[code] != before[code] for code in parts)
    nation.members(("38", HERE, "3", 1, "p"), ("39", THERE, "7", 1, "p")).compare()
    again = {code: nation_findings_sha256(lake, part) for code, part in parts.items()}
    assert (again["38"] == after["38"], again["39"] == after["39"]) == (False, True)


def test_what_was_not_compared_is_not_presented(nation: Nation) -> None:
    """A province that changed after the nation's comparison waits for the next one; returning and revoking do not."""
    ask = (nation.world.settings, ROUND, RULES, Request("lao", ("L1",)), clock())
    nation.members(("38", HERE, "1", 1, "p"), ("39", THERE, "7", 1, "q"))
    with pytest.raises(ActRefused, match=r"C-UNCOMPARED.*jpt run --year 2561 --province 38"):
        acts.present(*ask)
    nation.compare()
    assert uncompared(nation.world.lake, YEAR, ["38", "39"]) == []
    nation.members(("38", HERE, "1", 1, "p"), ("39", THERE, "7", 1, "r"))
    assert uncompared(nation.world.lake, YEAR, ["38", "39"]) == ["39"]
    assert [event.area_code for event in acts.present(*ask).acts] == ["L1"]


def test_nothing_but_keys_is_written(nation: Nation) -> None:
    nation.members(("38", HERE, "1", 1, "secret-token"), ("39", THERE, "7", 1, "secret-token")).compare()
    for table in (SHARED, FINDINGS):
        assert b"secret-token" not in Path(nation.world.lake.path(table, NATION)).read_bytes()
