"""`jpt register published`: exit codes, the Thai summary, one JSON object."""

import json

import pytest
import typer
from published_files import as_biff, as_html, made, planted, province
from typer.testing import CliRunner

from jpt_pipeline.cli.register import register_command

SHEET = province()


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("JPT_HOME", str(tmp_path / "home"))
    app = typer.Typer()
    app.command()(register_command)
    return lambda *words: CliRunner().invoke(app, ["published", *map(str, words)])


def test_the_command_tells_places_and_counts_and_ends_0(run, tmp_path):
    path = tmp_path / "a.xls"
    path.write_bytes(as_biff([("กระบี่", planted(SHEET, 2, below="3.10"))]))
    result = run(path, "--year", 2553)
    assert result.exit_code == 0
    assert "รับแล้ว a.xls ปี 2553: 1 ตาราง 6 แถว" in result.stdout
    assert "J-PUBBELOW ไฟล์ a.xls ปี 2553 ตาราง กระบี่ แถว 6 ตัวชี้วัด 2 ตามไฟล์ 3.10 ควรเป็น 3.09" in result.stdout
    assert "ตรวจ 6 แถว ไม่ลงตัว 1 (J-PUBBELOW)" in result.stdout


def test_the_command_ends_1_when_a_file_is_refused(run, tmp_path):
    (tmp_path / "a.xls").write_bytes(as_html(SHEET))
    result = run(tmp_path / "a.xls")
    assert result.exit_code == 1
    assert "ไม่รับไฟล์ a.xls" in result.stdout and "H-PUBYEAR" in result.stdout


def test_json_is_one_object(run, tmp_path):
    (tmp_path / "a.xls").write_bytes(as_biff([("กระบี่", SHEET), ("ตรัง", [made(1, 1, 1)])]))
    told = json.loads(run(tmp_path / "a.xls", "--year", 2553, "--json").stdout)
    assert told["ok"] is True
    assert told["ties"]["J-PUBPCT"] == {"checked_n": 6, "failed_n": 0}
    assert [(file["status"], file["rows_n"]) for file in told["files"]] == [("stored", 7)]


def test_options_of_published_sheets_are_refused_for_registers(tmp_path, monkeypatch):
    monkeypatch.setenv("JPT_HOME", str(tmp_path / "home"))
    app = typer.Typer()
    app.command()(register_command)
    result = CliRunner().invoke(app, ["areas", str(tmp_path / "a.csv"), "--year", "2553", "--json"])
    assert result.exit_code == 1 and json.loads(result.stdout)["ok"] is False
