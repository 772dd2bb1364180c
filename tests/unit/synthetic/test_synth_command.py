"""`jpt synth` on the terminal: what it says, how it ends."""

import json

import typer
from typer.testing import CliRunner

from jpt_pipeline.cli.synth import synth_command

app = typer.Typer()
app.command()(synth_command)
SMALL = ["--year", "2561", "--province", "38", "--households", "60", "--seed", "3"]


def run(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


def test_summary_is_thai_and_names_the_files(tmp_path):
    done = run(*SMALL, "--out", tmp_path / "a")
    assert done.exit_code == 0
    assert "60 ครัวเรือน" in done.output and "deliveries/" in done.output


def test_json_is_one_object(tmp_path):
    result = json.loads(run(*SMALL, "--out", tmp_path / "a", "--format", "csv", "--json").stdout)
    assert (result["households_n"], result["districts_n"]) == (60, 8)
    assert all((tmp_path / "a" / name).stat().st_size == size for name, size in result["files"].items())


def test_refusals_have_a_code_and_end_1(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    for arguments, code in [
        ((*SMALL, "--out", tmp_path / "full"), "SYN-FOLDER"),
        (("--year", 2561, "--province", "99", "--households", 60, "--out", tmp_path / "b"), "SYN-PROVINCE"),
        (("--year", 2561, "--province", "38", "--households", 12, "--faults", "--out", tmp_path / "c"), "SYN-FAULTS"),
        ((*SMALL, "--cheaters", 50, "--out", tmp_path / "d"), "SYN-CHEATERS"),
    ]:
        done = run(*arguments)
        assert done.exit_code == 1 and code in done.output
