"""From deliveries to a published, certified release by commands alone; what revoking and returning undo."""

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import SAMPLE, Demo, Terminal, copy_home, file_digests

YEAR = ("--year", 2561)
COMMITTEE = ("--order-no", "12/2560", "--members", 20, "--present-n", 15, "--meeting-date", "15/03/2561")


def states(terminal: Terminal, level: str) -> dict[str, dict[str, Any]]:
    """State of each area of a level by code."""
    return {area["area_code"]: area for area in terminal.done("status", *YEAR, "--level", level)["areas"]}


def names(areas: dict[str, dict[str, Any]]) -> set[str]:
    return {area["state"] for area in areas.values()}


def test_blocked_areas_wait_for_their_corrections(taken_in: Path, tmp_path: Path) -> None:
    """The sample holds faults in three LAOs: the others go on, these wait until corrections come."""
    terminal = Terminal(copy_home(taken_in, tmp_path / "home"))
    assert terminal.done("run", *YEAR, "--province", "38")["failed"] == []
    blocked = {code for code, area in states(terminal, "lao").items() if area["blocked_by"]}
    assert blocked == {"38010001", "38020001", "38030001"}

    code, told = terminal.json("present", *YEAR, "--level", "lao", "--all")
    assert code == 1, "not the whole level was done"
    assert {event["area_code"] for event in told["done"]} & blocked == set()
    assert len(told["done"]) == 58
    assert {reason.split()[0] for reason in told["left_out"]} == {"C-BLOCKED"}
    refused = terminal("present", *YEAR, "--level", "lao", "--area", "38030001")
    assert (refused.exit_code, "G-COVERAGE" in refused.output) == (1, True)
    assert terminal("certify", *YEAR, "--level", "district", "--all", *COMMITTEE).exit_code == 1

    corrections = sorted((SAMPLE / "corrections").iterdir())
    assert terminal.done("intake", *corrections)["ok"]
    assert [d["status"] for d in terminal.done("intake", *corrections)["deliveries"]] == ["known"]
    terminal.done("run", *YEAR, "--province", "38")
    now = states(terminal, "lao")
    assert not [code for code, area in now.items() if area["blocked_by"]]
    assert {code: area["state"] for code, area in now.items() if code in blocked} == dict.fromkeys(blocked, "DRAFT")
    untouched = set(now) - blocked
    assert {now[code]["state"] for code in untouched} == {"PRESENTED"}, "a correction touches its own path only"
    assert terminal.done("present", *YEAR, "--level", "lao", "--all")["left_out"] == []


def test_revoking_makes_the_levels_above_stale_and_nothing_else(demo_copy: Terminal) -> None:
    revoke = ("revoke", *YEAR, "--level", "lao", "--area", "38030001")
    assert demo_copy(*revoke).exit_code == 1, "a reason is asked for"
    demo_copy.done(*revoke, "--reason", "ประชุมไม่ครบองค์")
    assert states(demo_copy, "lao")["38030001"]["state"] == "REVOKED"
    assert names({c: a for c, a in states(demo_copy, "lao").items() if c != "38030001"}) == {"CERTIFIED"}
    districts = states(demo_copy, "district")
    assert districts["3803"]["state"] == "STALE"
    assert names({c: a for c, a in districts.items() if c != "3803"}) == {"CERTIFIED"}, "siblings stand"
    assert states(demo_copy, "province")["38"]["state"] == "STALE"

    # The tables were made again by the act itself: nothing of the revoked path is certified any more.
    with duckdb.connect(str(demo_copy.home / "warehouse" / "jpt.duckdb"), read_only=True) as connection:
        gone = connection.execute(
            "SELECT count(*) FROM certified__lao WHERE area_code = '38030001' UNION ALL "
            "SELECT count(*) FROM certified__district WHERE area_code = '3803' UNION ALL "
            "SELECT count(*) FROM certified__province"
        ).fetchall()
        assert gone == [(0,), (0,), (0,)]

    # The way back: present and certify from the bottom, under new numbers.
    again = ("--level", "lao", "--area", "38030001")
    demo_copy.done("present", *YEAR, *again)
    (event,) = demo_copy.done("certify", *YEAR, *again, *COMMITTEE)["done"]
    assert (event["certificate_id"], event["previous_certificate_id"]) == (
        *("2561-jpt-lao-38030001-2", "2561-jpt-lao-38030001-1"),
    )


def test_a_returned_area_waits_for_its_reason(demo_copy: Terminal) -> None:
    demo_copy.done("return", *YEAR, "--level", "district", "--area", "3801", "--reason", "ตรวจรายได้อีกครั้ง")
    assert states(demo_copy, "district")["3801"]["state"] == "RETURNED"
    same = demo_copy("present", *YEAR, "--level", "district", "--area", "3801")
    assert (same.exit_code, "C-SAME" in same.output) == (1, True)
    demo_copy.done("present", *YEAR, "--level", "district", "--area", "3801", "--reason", "ตรวจแล้วถูกต้อง")
    assert states(demo_copy, "district")["3801"]["state"] == "PRESENTED"


def test_the_same_results_are_the_same_release(demo: Demo, demo_copy: Terminal) -> None:
    before = file_digests(demo_copy.home, "published")
    told = demo_copy.done("publish", *YEAR, "--no-reports")
    assert told["release"] == demo.release.name
    assert file_digests(demo_copy.home, "published") == before
    assert told["reports"]


def test_a_release_is_verified_from_its_folder_alone(demo: Demo, tmp_path: Path) -> None:
    elsewhere = Terminal(tmp_path / "another-home")
    assert elsewhere.done("verify", demo.release) == {"ok": True, "problems": []}
    copy = tmp_path / "copy"
    shutil.copytree(demo.release, copy)

    flipped = bytearray((copy / "rollups__economy.parquet").read_bytes())
    flipped[len(flipped) // 2] ^= 1
    (copy / "rollups__economy.parquet").write_bytes(bytes(flipped))
    code, told = elsewhere.json("verify", copy)
    assert (code, [p.split(":")[0] for p in told["problems"]]) == (1, ["P-FILE rollups__economy.parquet"])

    shutil.copy(demo.release / "rollups__economy.parquet", copy)
    (copy / "notes.txt").write_text("x")
    assert "P-EXTRA notes.txt" in elsewhere.json("verify", copy)[1]["problems"][0]
    (copy / "notes.txt").unlink()
    (copy / "certified__lao.parquet").unlink()
    assert "P-FILE certified__lao.parquet" in elsewhere.json("verify", copy)[1]["problems"][0]


def rewrite(folder: Path, table: str, replace: str) -> None:
    """Change rows of a table, and the manifest with it, as somebody would who wants other figures."""
    from jpt_pipeline.store.files import read_json, sha256_file, write_json

    path = folder / f"{table}.parquet"
    changed = path.with_suffix(".new")
    duckdb.execute(f"COPY (SELECT * REPLACE ({replace}) FROM read_parquet('{path}')) TO '{changed}' (FORMAT parquet)")
    changed.replace(path)
    manifest = read_json(folder / "manifest.json")
    manifest["tables"][table]["sha256"] = sha256_file(path)
    write_json(folder / "manifest.json", manifest)


def test_a_changed_row_is_named_even_under_a_new_digest(demo: Demo, tmp_path: Path) -> None:
    lao = "level = 'lao' AND area_code = '38030001' AND indicator_no = 22"
    cases = [
        (
            "rollups__indicators",
            f"failed_n + CASE WHEN {lao} THEN 1 ELSE 0 END AS failed_n",
            "P-SUM",
            "lao 38030001 22",
        ),
        (
            "rollups__indicators",
            f"failed_n + CASE WHEN {lao} THEN 1 ELSE 0 END AS failed_n, "
            f"surveyed_n + CASE WHEN {lao} THEN 1 ELSE 0 END AS surveyed_n",
            "P-TIE",
            "district 3803 22",
        ),
        (
            "certified__lao",
            f"passed_n - CASE WHEN {lao} THEN 1 ELSE 0 END AS passed_n, "
            f"failed_n + CASE WHEN {lao} THEN 1 ELSE 0 END AS failed_n",
            "P-CERTIFIED",
            "lao 38030001 22",
        ),
        (
            "certification__state",
            "CASE WHEN area_code = '3803' THEN 'STALE' ELSE state END AS state",
            "P-STATE",
            "district 3803",
        ),
        (
            "certification__nodes",
            "CASE WHEN area_code = '3803' THEN repeat('0', 64) ELSE figures_sha256 END AS figures_sha256",
            "P-NODE",
            "district 3803",
        ),
        (
            "certification__nodes",
            "CASE WHEN area_code = '38030001' THEN 'TH' ELSE parent_code END AS parent_code",
            "P-NODE",
            "district 3803",
        ),
        ("submissions__deliveries", "accepted_n + 1 AS accepted_n", "P-RECORDS", "01_payload"),
    ]
    for number, (table, replace, code, place) in enumerate(cases):
        folder = tmp_path / str(number)
        shutil.copytree(demo.release, folder)
        rewrite(folder, table, replace)
        _, told = Terminal(tmp_path / "home").json("verify", folder)
        found = [problem for problem in told["problems"] if problem.startswith(code)]
        assert found, f"{code} expected of {table}: {told}"
        assert place in found[0]


@pytest.mark.soak
def test_an_invented_province_goes_through_without_a_fault(tmp_path: Path) -> None:
    """Synth, register, intake, run, present, certify, publish: nothing is quarantined, and one code has two levels."""
    terminal, made = Terminal(tmp_path / "home"), tmp_path / "synth"
    terminal.done("synth", *YEAR, "--province", "38", "--households", 120, "--seed", 5, "--out", made)
    areas = made / "registers" / "areas.csv"
    text = areas.read_text(encoding="utf-8-sig").replace("38010001", "38010101")  # a LAO under the code of a village
    areas.write_text(text, encoding="utf-8")
    terminal.done("init")
    for kind in ("areas", "targets", "enumerators", "nonresponse"):
        terminal.done("register", kind, made / "registers" / f"{kind}.csv")
    taken = terminal.done("intake", *sorted((made / "deliveries").iterdir()))
    assert {delivery["status"] for delivery in taken["deliveries"]} == {"taken"}
    assert terminal.done("run", *YEAR)["failed"] == []

    with duckdb.connect(str(terminal.home / "warehouse" / "jpt.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "SELECT sum(accepted_n), sum(records_n), sum(quarantined_n) FROM submissions__deliveries"
        ).fetchall()
        assert rows[0][0] == rows[0][1]
        assert rows[0][2] == 0
        assert connection.execute("SELECT count(*) FROM households__quarantine").fetchall() == [(0,)]
        assert connection.execute(
            "SELECT households_n FROM rollups__economy WHERE level = 'province' AND area_code = '38'"
        ).fetchall() == [(120,)]

    explain = ("explain", *YEAR, "--area", "38010101", "--indicator", 22)
    asked = terminal(*explain)
    assert (asked.exit_code, "--level" in asked.output) == (1, True)
    assert [terminal.done(*explain, "--level", level)["level"] for level in ("lao", "village")] == ["lao", "village"]

    terminal.done("present", *YEAR, "--level", "lao", "--all")
    certified = terminal.done("certify", *YEAR, "--level", "lao", "--all", *COMMITTEE)["done"]
    assert len({event["certificate_id"] for event in certified}) == len(certified) == 61
    release = Path(terminal.done("publish", *YEAR)["path"])
    assert terminal.done("verify", release)["ok"]
    rows = duckdb.execute(
        f"SELECT count(DISTINCT area_code) FROM read_parquet('{release}/certified__lao.parquet')"
    ).fetchall()
    assert rows == [(61,)]
