"""Every command: help with an example, one JSON object on request, and a refusal in Thai that ends 1."""

import gzip
import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from tests.conftest import SAMPLE, Demo, Terminal

COMMANDS = (
    *("init", "register", "intake", "run", "present", "certify", "return", "revoke", "status"),
    *("publish", "report", "verify", "explain", "synth", "demo", "bench", "ui"),
)
THAI = re.compile("[ก-๙]")
AN_ACT = ("--year", 2561, "--level", "lao", "--all")


@pytest.fixture
def empty(tmp_path: Path) -> Terminal:
    """A home that was made ready and holds nothing."""
    terminal = Terminal(tmp_path / "home")
    terminal.done("init")
    return terminal


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(command: str, tmp_path: Path) -> None:
    result = Terminal(tmp_path)(command, "--help")
    assert result.exit_code == 0
    assert re.search(r"Example|ตัวอย่าง", result.stdout), "no example"
    assert f"jpt {command}" in re.sub(r"\s+", " ", result.stdout)
    assert THAI.search(result.stdout)


def test_the_list_of_commands_is_whole(tmp_path: Path) -> None:
    shown = Terminal(tmp_path)("--help").stdout
    assert [command for command in COMMANDS if not re.search(rf"\b{command}\b", shown)] == []


REFUSED: list[tuple[object, ...]] = [
    # A round that is not defined.
    ("run", "--year", 2562),
    ("status", "--year", 2562),
    ("present", "--year", 2562, "--level", "lao", "--all"),
    ("certify", "--year", 2562, "--level", "lao", "--all"),
    ("revoke", "--year", 2562, "--level", "lao", "--area", "1", "--reason", "x"),
    ("publish", "--year", 2562),
    ("report", "indicators", "--year", 2562, "--level", "province", "--area", "38", "--out", "{out}"),
    ("explain", "--year", 2562, "--area", "38", "--indicator", 1),
    # A round without any data.
    ("status", "--year", 2561),
    ("present", *AN_ACT),
    ("publish", "--year", 2561),
    ("explain", "--year", 2561, "--area", "38", "--indicator", 1),
    ("report", "indicators", "--year", 2561, "--level", "province", "--area", "38", "--out", "{out}"),
    # What is not there, or not known.
    ("run", "--year", 2561, "--province", "99"),
    ("run", "--year", 2561, "--province", "38x"),
    ("explain", "--year", 2561, "--area", "38", "--indicator", 99),
    ("report", "nothing", "--year", 2561, "--level", "province", "--area", "38", "--out", "{out}"),
    ("report", "poster", "--year", 2561, "--level", "moon", "--area", "38", "--out", "{out}"),
    ("status", "--year", 2561, "--level", "moon"),
    ("intake", "{out}/nothing.ndjson"),
    ("register", "areas", "{out}/nothing.csv"),
    ("verify", "{out}/nothing"),
    ("synth", "--year", 2561, "--province", "99", "--households", 5, "--out", "{out}/synth"),
    ("return", *AN_ACT, "--reason", "x"),
    ("present", "--year", 2561, "--level", "lao"),
]


@pytest.mark.parametrize("words", REFUSED, ids=lambda words: "-".join(str(w).strip("-{}/") for w in words[:7]))
def test_a_refusal_is_thai_and_ends_1(words: tuple[object, ...], empty: Terminal, tmp_path: Path) -> None:
    said = empty(*(str(word).replace("{out}", str(tmp_path)) for word in words))
    assert said.exit_code == 1
    assert THAI.search(said.output)


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--year", 2562),
        ("status", "--year", 2562),
        ("publish", "--year", 2562),
        ("explain", "--year", 2562, "--area", "38", "--indicator", 1),
        ("intake", "nothing.ndjson"),
        ("register", "areas", "nothing.csv"),
        ("verify", "nothing"),
        ("synth", "--year", 2561, "--province", "99", "--households", 5, "--out", "nothing"),
    ],
    ids=lambda words: str(words[0]),
)
def test_a_refusal_is_one_json_object_too(
    words: tuple[object, ...], empty: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, told = empty.json(*words)
    assert code == 1
    assert THAI.search(json.dumps(told, ensure_ascii=False))


def test_init_is_asked_again_without_harm(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "home")
    made = terminal.done("init")
    assert made["new_keys"] == ["token", "vault", "office"]
    keys = {path.name: path.read_bytes() for path in Path(made["keys"]).iterdir()}
    assert terminal.done("init")["new_keys"] == []
    assert {path.name: path.read_bytes() for path in Path(made["keys"]).iterdir()} == keys


def test_status_of_the_demonstration(demo: Demo) -> None:
    told = Terminal(demo.home).done("status", "--year", 2561, "--level", "district")
    assert {area["state"] for area in told["areas"]} == {"CERTIFIED"}
    assert len(told["areas"]) == 8
    nation = Terminal(demo.home).done("status", "--year", 2561, "--level", "nation")["areas"][0]
    assert nation["state"] == "DRAFT"
    assert nation["blocked_by"][0].startswith(("G-CHILDREN", "G-PROVINCES"))


@pytest.mark.parametrize(
    ("area", "level"), [("38", "province"), ("3801", "district"), ("38010001", "lao"), ("38010101", "village")]
)
def test_explained_households_add_up(demo: Demo, area: str, level: str) -> None:
    told = Terminal(demo.home).done("explain", "--year", 2561, "--area", area, "--indicator", 22, "--result", "all")
    assert told["level"] == level
    (figure,) = told["figures"]
    for name in ("surveyed_n", "failed_n"):
        assert sum(household[name] for household in told["households"]) == figure[name]
    assert sum(h["result"] == "fail" for h in told["households"]) == figure["households_failed_n"]
    assert figure["surveyed_n"] == figure["passed_n"] + figure["failed_n"]
    assert all(len(h["file_sha256"]) == 64 and h["record_no"] >= 1 for h in told["households"])
    assert told["releases"][-1]["figures"][0]["surveyed_n"] == figure["surveyed_n"]


def test_a_record_lies_where_the_explanation_says(demo: Demo) -> None:
    """The byte span of a household, cut out of the delivered file, is that household."""
    told = Terminal(demo.home).done("explain", "--year", 2561, "--area", "38", "--indicator", 22, "--result", "all")
    content = gzip.decompress((SAMPLE / "deliveries" / "01_payload_2561_38.ndjson.gz").read_bytes())
    digest = sha256(content).hexdigest()
    mine = [h for h in told["households"] if h["file_sha256"] == digest]
    assert mine
    for household in mine[:: max(1, len(mine) // 25)]:
        record = json.loads(content[household["byte_start"] : household["byte_end"]])
        assert record["survey_year"] == household["survey_year"]
        assert household["household_id"][:11] in json.dumps(record)
        assert content[: household["byte_start"]].count(b"\n") + 1 == household["record_no"]


@pytest.mark.parametrize("name", ["failing-rank", "indicators", "poster"])
def test_a_report_of_one_area_is_made_from_the_release(demo: Demo, tmp_path: Path, name: str) -> None:
    told = Terminal(demo.home).done(
        *("report", name, "--year", 2561, "--level", "district", "--area", "3803", "--out", tmp_path / "out")
    )
    assert told["files"]
    assert all(Path(path).is_relative_to(tmp_path / "out") and Path(path).stat().st_size for path in told["files"])


def test_a_report_of_an_unknown_area_is_refused(demo: Demo, tmp_path: Path) -> None:
    said = Terminal(demo.home)(
        "report", "poster", "--year", 2561, "--level", "district", "--area", "9999", "--out", tmp_path
    )
    assert said.exit_code == 1
    assert THAI.search(said.output)
