"""One person in two provinces, by commands: both are blocked after one run, both are free once one lets go."""

from pathlib import Path

import duckdb
import pytest

from tests.conftest import Terminal, copy_home, file_digests
from tests.unit.intake.country import Home, household, ndjson, person

YEAR = ("--year", 2561)
AREAS = {"38": "L1", "39": "L4"}


@pytest.fixture(scope="module")
def ran_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two provinces with a household each, and the same person in both, after one run. Read only."""
    made = Home(tmp_path_factory.mktemp("shared")).registers()
    twice = [household(1, people=[person(7), person(1)]), household(1, "39010101", [person(7), person(2)])]
    made.take_bytes("a.ndjson", ndjson(twice))
    assert Terminal(made.settings.root).done("run", *YEAR)["failed"] == []
    return made.settings.root


@pytest.fixture
def home(ran_once: Path, tmp_path: Path) -> Home:
    """That home, each test its own."""
    copy_home(ran_once, tmp_path / "home")
    return Home(tmp_path)


def test_both_provinces_are_blocked_and_both_are_freed(home: Home) -> None:
    terminal = Terminal(home.settings.root)
    assert told(terminal) == asked(terminal) == {"38": True, "39": True}
    assert rows(home, "SELECT village_code, rule_id FROM households__findings WHERE rule_id = 'J-PERSON'") == [
        ("38010101", "J-PERSON"),
        ("39010101", "J-PERSON"),
    ]
    assert rows(home, "SELECT group_no, province_code, member_no, provinces_n FROM households__shared_persons") == [
        (1, "38", 1, 2),
        (1, "39", 1, 2),
    ]
    refused = terminal("present", *YEAR, "--level", "lao", "--area", "L4")
    assert (refused.exit_code, "J-PERSON" in refused.output) == (1, True)

    home.take_bytes("b.ndjson", ndjson([household(1, "39010101", [person(2)], revision=2)]))
    tables = ("households__clean", "households__findings", "rollups__indicators")
    folders = [f"lake/{table}/survey_year=2561/province=38" for table in tables]
    before = file_digests(home.settings.root, *folders)
    assert terminal.done("run", *YEAR, "--province", "39")["failed"] == []
    assert told(terminal) == asked(terminal) == {"38": False, "39": False}, "38 was not named, its states moved"
    assert file_digests(home.settings.root, *folders) == before, "nothing else of 38 was made again"


def test_a_province_run_alone_waits_for_the_comparison(home: Home) -> None:
    """Stages of one province, started by themselves, do not open the way to a certificate."""
    terminal = Terminal(home.settings.root)
    home.take_bytes("b.ndjson", ndjson([household(2, people=[person(3)])]))
    home.run(nation=False)
    refused = terminal("present", *YEAR, "--level", "lao", "--area", "L1")
    assert (refused.exit_code, "C-UNCOMPARED" in refused.output) == (1, True)
    terminal.done("run", *YEAR, "--province", "38")
    again = terminal("present", *YEAR, "--level", "lao", "--area", "L1")
    assert "C-UNCOMPARED" not in again.output


def told(terminal: Terminal) -> dict[str, bool]:
    """Whether `jpt status` says that J-PERSON stands against the province's LAO."""
    areas = {area["area_code"]: area for area in terminal.done("status", *YEAR, "--level", "lao")["areas"]}
    return {code: any("J-PERSON" in why for why in areas[lao]["blocked_by"]) for code, lao in AREAS.items()}


def asked(terminal: Terminal) -> dict[str, bool]:
    """The same of the tables in the warehouse."""
    query = "SELECT area_code, blocked_by FROM certification__state WHERE level = 'lao'"
    with duckdb.connect(str(terminal.home / "warehouse" / "jpt.duckdb"), read_only=True) as connection:
        found = dict(connection.execute(query).fetchall())
    return {code: any("J-PERSON" in why for why in found[lao]) for code, lao in AREAS.items()}


def rows(home: Home, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.settings.warehouse), read_only=True) as connection:
        return connection.execute(f"{query} ORDER BY ALL").fetchall()
