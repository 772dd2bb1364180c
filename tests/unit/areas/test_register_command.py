"""`jpt register`: exit codes, the Thai summary, one JSON object."""

import json

import pytest
import typer
from area_files import rows, write_csv
from typer.testing import CliRunner

from jpt_pipeline.cli.register import register_command


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("JPT_HOME", str(tmp_path / "home"))
    app = typer.Typer()
    app.command()(register_command)

    def register_rows(kind, content, *options):
        path = write_csv(tmp_path / "register.csv", content)
        return CliRunner().invoke(app, [kind, str(path), *options])

    return register_rows


def test_stored_ends_0_and_says_how_many(run):
    result = run("areas", rows("areas", {}))
    assert result.exit_code == 0
    assert "รับแล้ว" in result.stdout and "1 แถว" in result.stdout


def test_refused_ends_1_with_code_place_and_remedy(run):
    result = run("targets", rows("targets", {"target_households": "x"}))
    assert result.exit_code == 1
    assert "R-VAL-02 แถว 2 คอลัมน์ target_households" in result.stdout and "วิธีแก้" in result.stdout


def test_json_is_one_object(run):
    result = run("targets", rows("targets", {}), "--json")
    report = json.loads(result.stdout)
    assert report["stored"] is True
    assert report["findings"][0]["code"] == "R-AREA-01"
