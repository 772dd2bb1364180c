"""The commands: what they print, their exit codes, and that the stage is made again after an act."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner, Result

from jpt_pipeline.cli.certify import certify_commands
from jpt_pipeline.cli.key import key_app, sign_command
from jpt_pipeline.cli.status import status_command
from jpt_pipeline.settings import Settings
from jpt_pipeline.signing.keys import write_key
from tests.unit.certification.world import World, make_world

COMMITTEE = ["--order-no", "12/2560", "--members", "20", "--present-n", "15", "--meeting-date", "15/03/2561"]


class Terminal:
    """The commands of a home; `refreshed` is what was asked to be made again."""

    def __init__(self, world: World):
        self.world = world
        self.refreshed: list[tuple[int, list[str]]] = []
        self.app = typer.Typer()
        self.app.add_typer(key_app, name="key")
        for name, command in {
            **certify_commands(self._refresh),
            "status": status_command,
            "sign": sign_command,
        }.items():
            self.app.command(name)(command)

    def _refresh(self, settings: Settings, survey_year: int, provinces: Sequence[str]) -> None:
        assert settings.root == self.world.settings.root
        self.refreshed.append((survey_year, list(provinces)))

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(self.app, words)

    def json(self, *words: str) -> tuple[int, Any]:
        result = self.run(*words, "--json")
        return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("JPT_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return Terminal(make_world(tmp_path))


def test_a_level_is_presented_and_certified(terminal: Terminal) -> None:
    code, told = terminal.json("present", "--year", "2561", "--level", "lao", "--all")
    assert (code, len(told["done"]), told["left_out"]) == (0, 4, [])
    result = terminal.run("certify", "--year", "2561", "--level", "lao", "--all", *COMMITTEE)
    assert result.exit_code == 0
    assert "2561-jpt-lao-L1-1" in result.stdout
    assert "D-SUMMARY รับรองแล้ว 4 พื้นที่ ทำไว้ก่อนแล้ว 0 เหลือ 0" in result.stdout
    assert terminal.refreshed == [(2561, ["38", "39"]), (2561, ["38", "39"])]
    assert terminal.run("certify", "--year", "2561", "--level", "lao", "--all", *COMMITTEE).exit_code == 0
    assert len(terminal.refreshed) == 2, "nothing was done, nothing is made again"


def test_a_level_that_is_not_done_wholly_ends_1(terminal: Terminal) -> None:
    terminal.world.finding("38010101", "38010000001", "J-PERSON")
    terminal.world.write()
    code, told = terminal.json("present", "--year", "2561", "--level", "lao", "--all")
    assert (code, len(told["done"]), len(told["left_out"])) == (1, 3, 1)


def test_a_refusal_is_told_with_its_code_and_ends_1(terminal: Terminal) -> None:
    result = terminal.run("certify", "--year", "2561", "--level", "lao", "--area", "L1", *COMMITTEE)
    assert result.exit_code == 1 and "C-STATE" in result.stderr and result.stdout == ""
    code, told = terminal.json("present", "--year", "2561", "--level", "district", "--area", "3801")
    assert code == 1
    assert told["refused"][0]["code"] == "C-BLOCKED" and "G-CHILDREN" in told["refused"][0]["th"]
    assert terminal.refreshed == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["present", "--year", "2561", "--level", "lao"], "C-CHOICE"),
        (["present", "--year", "2561", "--level", "lao", "--area", "L1", "--all"], "C-CHOICE"),
        (["present", "--year", "2499", "--level", "lao", "--all"], "C-YEAR"),
        (["present", "--year", "2563", "--level", "district", "--all"], "C-NOFIGURES"),
        (["return", "--year", "2561", "--level", "lao", "--area", "L1"], "C-REASON"),
        (["certify", "--year", "2561", "--level", "lao", "--area", "L1", "--order-no", "1"], "C-COMMITTEE"),
        (["certify", "--year", "2561", "--level", "lao", "--all", "--meeting-date", "2561-03-15"], "C-DATE"),
        (["certify", "--year", "2561", "--level", "lao", "--all", "--meeting-date", "31/02/2561"], "C-DATE"),
        (["certify", "--year", "2561", "--level", "lao", "--all", "--meeting-date", "15/03/2018"], "C-DATE"),
        (["status", "--year", "2499"], "C-YEAR"),
        (["status", "--year", "2561", "--area", "9999"], "C-AREA"),
        (["status", "--year", "2561", "--level", "hamlet"], "C-LEVEL-NAME"),
    ],
)
def test_what_cannot_be_done_has_a_code(terminal: Terminal, words: list[str], code: str) -> None:
    ended, told = terminal.json(*words)
    assert (ended, told["refused"][0]["code"]) == (1, code)


def test_a_leap_day_of_the_buddhist_era_is_read(terminal: Terminal) -> None:
    terminal.run("present", "--year", "2561", "--level", "lao", "--all")
    words = [*COMMITTEE[:-1], "29/02/2563"]
    code, told = terminal.json("certify", "--year", "2561", "--level", "lao", "--area", "L1", *words)
    assert code == 0 and told["done"][0]["committee"]["meeting_date"] == "2020-02-29"


def test_a_broken_ledger_is_told(terminal: Terminal) -> None:
    terminal.run("present", "--year", "2561", "--level", "lao", "--all")
    (terminal.world.settings.ledger / "00000002-present.json").unlink()
    for words in (("status", "--year", "2561"), ("present", "--year", "2561", "--level", "lao", "--all")):
        code, told = terminal.json(*words)
        assert (code, told["refused"][0]["code"]) == (1, "C-LEDGER")


def test_status_shows_states_due_dates_and_reasons(terminal: Terminal) -> None:
    terminal.run("present", "--year", "2561", "--level", "lao", "--all")
    terminal.run("certify", "--year", "2561", "--level", "lao", "--area", "L3", *COMMITTEE)
    code, told = terminal.json("status", "--year", "2561", "--level", "lao")
    assert code == 0
    assert {area["area_code"]: area["state"] for area in told["areas"]} == {
        "L1": "PRESENTED", "L2": "PRESENTED", "L3": "CERTIFIED", "L4": "PRESENTED",
    }  # fmt: skip
    assert {(row["state"], row["areas_n"]) for row in told["counts"]} == {("PRESENTED", 3), ("CERTIFIED", 1)}
    result = terminal.run("status", "--year", "2561", "--area", "3801")
    assert result.exit_code == 0
    assert "G-CHILDREN" in result.stdout and "3802" not in result.stdout and "20/03/2561" in result.stdout
    codes = {area["area_code"] for area in terminal.json("status", "--year", "2561", "--area", "3801")[1]["areas"]}
    assert codes == {"3801", "L1", "L2"}


def test_help_shows_an_example(terminal: Terminal) -> None:
    for name in ("present", "certify", "return", "revoke", "status"):
        result = terminal.run(name, "--help")
        assert result.exit_code == 0 and f"jpt {name} --year 2561" in result.stdout


def test_members_sign_elsewhere_and_the_office_takes_their_signatures(terminal: Terminal, tmp_path: Path) -> None:
    keys = tmp_path / "stick"
    keys.mkdir()
    for role in ("chair", "secretary"):
        scope = ["--level", "lao", "--area", "L1"] if role == "chair" else []
        made = terminal.run("key", "new", "--holder", role, "--role", role, *scope, "--out", str(keys / f"{role}.pem"))
        assert made.exit_code == 0, made.output
    listed = terminal.json("key", "list")[1]["keys"]
    assert [key["role"] for key in listed] == ["office", "chair", "secretary"]
    words = ["certify", "--year", "2561", "--level", "lao", "--area", "L1", *COMMITTEE]
    assert terminal.run("present", *words[1:7]).exit_code == 0
    code, told = terminal.json(*words, "--prepare", str(keys))
    statement = told["files"][0]
    assert code == 0 and statement.endswith("2561-jpt-lao-L1-1.json")
    assert terminal.run("sign", statement, "--key", str(keys / "chair.pem")).exit_code == 0
    envelope = statement.replace(".json", ".dsse.json")
    assert terminal.run("sign", envelope, "--key", str(keys / "secretary.pem")).exit_code == 0
    code, told = terminal.json(*words, "--envelope", envelope)
    assert code == 0 and len(told["done"][0]["envelope"]["signatures"]) == 3


def test_a_revoked_key_signs_no_more(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "chair.pem"
    told = terminal.json("key", "new", "--holder", "ประธาน", "--role", "chair", "--out", str(path))[1]
    assert terminal.run("key", "revoke", told["keyid"], "--reason", "พ้นตำแหน่ง").exit_code == 0
    assert terminal.run("key", "revoke", told["keyid"], "--reason", "อีกครั้ง").exit_code == 1
    words = ["--year", "2561", "--level", "lao", "--area", "L1"]
    assert terminal.run("present", *words).exit_code == 0
    result = terminal.run("certify", *words, *COMMITTEE, "--key", str(path))
    assert result.exit_code == 1 and "C-SIGNATURE" in result.stderr
    assert terminal.run("key", "new", "--office").exit_code == 0
    assert terminal.run("certify", *words, *COMMITTEE).exit_code == 0


def test_keys_and_envelopes_that_cannot_be_read_are_told(terminal: Terminal, tmp_path: Path) -> None:
    words = ["certify", "--year", "2561", "--level", "lao", "--area", "L1", *COMMITTEE]
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("ไม่ใช่กุญแจ", encoding="utf-8")
    assert "C-KEY-FILE" in terminal.run(*words, "--key", str(wrong)).stderr
    assert "C-ENVELOPE" in terminal.run(*words, "--envelope", str(wrong)).stderr
    assert "KEY-STATEMENT" in terminal.run("sign", str(wrong), "--key", str(_key(tmp_path))).stderr
    assert "KEY-EXISTS" in terminal.run("key", "new", "--holder", "x", "--out", str(_key(tmp_path))).stderr


def _key(folder: Path) -> Path:
    path = folder / "chair.pem"
    if not path.exists():
        write_key(path, Ed25519PrivateKey.from_private_bytes(bytes(32)), None)
    return path
