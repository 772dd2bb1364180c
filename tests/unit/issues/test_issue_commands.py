"""`jpt issues` and `jpt waive` as people type them: what is shown, what is refused, and that no house is named."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from jpt_pipeline.cli.issues import issue_commands
from jpt_pipeline.issues import make_issues
from jpt_pipeline.ledger import Waiver, only, read_entries
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Part
from tests.unit.certification.world import World
from tests.unit.issues.world import YEAR, march

HOUSES = ("38010000001", "38010000002", "38020000003")
WAIVE = ("waive", "--year", YEAR, "--level", "lao", "--area", "L1", "--rule", "J-PERSON")
WHO = ("--reason", "ตรวจแล้วเป็นคนละคน", "--by", "คณะทำงานตำบล")


@dataclass
class Terminal:
    """The two commands over one home; what they asked to be made again is noted instead of done."""

    world: World
    refreshed: list[tuple[str, ...]] = field(default_factory=list)

    def __call__(self, *words: object) -> Any:
        app = typer.Typer()
        for name, command in issue_commands(self._refresh).items():
            app.command(name)(command)
        result = CliRunner().invoke(app, [str(word) for word in words], env={"JPT_HOME": str(self.world.settings.root)})
        assert not [house for house in HOUSES if house in result.output]
        return result

    def json(self, *words: object, code: int = 0) -> dict[str, Any]:
        result = self(*words, "--json")
        assert result.exit_code == code, result.output
        content: dict[str, Any] = json.loads(result.stdout)
        return content

    def refused(self, *words: object) -> str:
        return str(self.json(*words, code=1)["refused"][0]["code"])

    def _refresh(self, settings: Settings, survey_year: int, provinces: Sequence[str]) -> None:
        self.refreshed.append(tuple(provinces))
        make_issues(settings, Part(survey_year, "38"), {})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two findings that block, one that does not, in three villages of province 38; made once, nothing waived."""
    world = World(tmp_path_factory.mktemp("world"), threads=1)
    for village, house, rule in zip(
        ("38010101", "38010202", "38020101"), HOUSES, ("J-PERSON", "J-PERSON", "J-NORM"), strict=True
    ):
        world.finding(village, house, rule)
    world.write()
    make_issues(world.settings, Part(YEAR, "38"), {}, lambda: march(1))
    return world


@pytest.fixture
def terminal(made: World) -> Iterator[Terminal]:
    yield Terminal(made)
    for path in made.settings.ledger.glob("*"):
        path.unlink()


def test_counts_come_first_then_findings_with_age_and_due_date(terminal: Terminal) -> None:
    told = terminal.json("issues", "--year", YEAR)
    assert [(t["rule_id"], t["status"], t["issues_n"], t["is_blocking"]) for t in told["counts"]] == [
        ("J-PERSON", "new", 2, True),
        ("J-NORM", "new", 1, False),
    ]
    assert told["issues_n"] == 3
    first = told["issues"][0]
    assert (first["due_date"], first["opened_at"], first["is_overdue"]) == (
        "2018-03-20",
        "2018-03-01T05:00:00+00:00",
        True,
    )
    assert first["age_days"] > 365
    assert "household_id" not in first
    shown = terminal("issues", "--year", YEAR, "--limit", 1).stdout.splitlines()
    assert shown[0] == ("J-PERSON (jpt) พบใหม่ 2  เก่าสุด 01/03/2561  กำหนดแรก 20/03/2561  เกินกำหนด 2  ปิดกั้นการรับรอง")
    assert "หมู่บ้าน 3801" in shown[2] and "ผู้แก้ไข L1" in shown[2]
    assert shown[3] == "แสดง 1 จาก 3 ข้อ (--limit)"


@pytest.mark.parametrize(
    ("words", "villages"),
    [
        (("--area", "L1"), ["38010101", "38010202"]),
        (("--area", "380101"), ["38010101"]),
        (("--area", "3802", "--level", "district"), ["38020101"]),
        (("--area", "TH"), ["38010101", "38010202", "38020101"]),
        (("--rule", "J-NORM"), ["38020101"]),
        (("--status", "mended"), []),
    ],
)
def test_findings_are_chosen_by_area_rule_and_status(
    terminal: Terminal, words: tuple[str, ...], villages: list[str]
) -> None:
    found = [issue["village_code"] for issue in terminal.json("issues", "--year", YEAR, *words)["issues"]]
    assert sorted(found) == villages


def test_waiving_listing_and_taking_back(terminal: Terminal) -> None:
    done = terminal(*WAIVE, *WHO, "--until", "31/12/2599")
    assert done.exit_code == 1 and "C-WAIVE-UNTIL" in done.output
    told = terminal(*WAIVE, *WHO)
    assert told.exit_code == 0, told.output
    assert "ผ่อนผัน 2561-jpt-lao-L1-W1" in told.stdout and "J-PERSON 2 ข้อ" in told.stdout
    assert [entry.by for entry in only(read_entries(terminal.world.settings.ledger), Waiver)] == ["คณะทำงานตำบล"]
    assert terminal.json("issues", "--year", YEAR, "--status", "waived")["issues_n"] == 2
    (waiver,) = terminal.json("issues", "--year", YEAR, "--waivers", "--area", "3801")["waivers"]
    assert (waiver["waiver_id"], waiver["state"], len(waiver["issues"])) == ("2561-jpt-lao-L1-W1", "valid", 2)
    assert terminal.json("issues", "--year", YEAR, "--waivers", "--area", "L3")["waivers"] == []
    back = ("waive", "--revoke", waiver["waiver_id"], *WHO)
    assert terminal.json(*back)["waivers"][0]["action"] == "unwaive"
    assert "2561-jpt-lao-L1-W1 ยกเลิกแล้ว" in terminal("issues", "--year", YEAR, "--waivers").stdout
    assert {row["status"] for row in terminal.json("issues", "--year", YEAR, "--rule", "J-PERSON")["issues"]} == {
        "reopened"
    }
    assert terminal.refused(*back) == "C-WAIVER-GONE"
    assert terminal.refreshed == [("38",), ("38",)]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("issues", "--year", 2599), "C-YEAR"),
        (("issues", "--year", 2563), "C-NOFIGURES"),
        (("issues", "--year", YEAR, "--area", "L9"), "C-AREA"),
        (("issues", "--year", YEAR, "--level", "moon"), "C-LEVEL-NAME"),
        (("issues", "--year", YEAR, "--status", "lost"), "C-STATUS-NAME"),
        (("waive", "--year", YEAR, *WHO), "C-WAIVE-WHAT"),
        ((*WAIVE, "--revoke", "W1", *WHO), "C-WAIVE-WHAT"),
        (("waive", "--revoke", "W1", *WHO), "C-WAIVER"),
        (("waive", "--revoke", "W1", "--by", "x"), "C-REASON"),
        ((*WAIVE, "--reason", "x"), "C-WAIVE-BY"),
        ((*WAIVE[:-1], "G-TOTALS", *WHO), "C-WAIVE-NEVER"),
        ((*WAIVE, *WHO, "--until", "soon"), "C-DATE"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_has_a_code(terminal: Terminal, words: tuple[object, ...], code: str) -> None:
    assert terminal.refused(*words) == code


@pytest.mark.parametrize("name", ["issues", "waive"])
def test_help_shows_an_example(terminal: Terminal, name: str) -> None:
    assert f"jpt {name} --year 2561" in terminal(name, "--help").stdout
