"""`jpt sample`: words, JSON and exit codes, from the draw to the status, and that no output names a household."""

import pytest

from tests.conftest import Terminal
from tests.unit.intake.country import YEAR
from tests.unit.sampling.world import Field


def test_draw_take_and_status(drawn: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPT_DEFINITIONS", str(drawn.settings.definitions))
    jpt = Terminal(drawn.settings.root)
    assert drawn.sample is not None
    out = drawn.folder / "form.xlsx"
    area = ("--level", "lao", "--area", "L1")
    again = jpt.done("sample", "draw", "--year", YEAR, *area, "--out", out)
    assert (again["is_new"], again["size_n"], again["sample_id"]) == (False, 18, f"{YEAR}-jpt-lao-L1-s1")
    assert out.exists()
    open_ = jpt.done("sample", "status", "--year", YEAR)["areas"]
    assert {one["area_code"]: one["verdict"] for one in open_} == dict.fromkeys(("L1", "L2", "L3"), "ยังไม่มีผล")
    filled = drawn.fill(drawn.sample, answers={4: {"roster": 8}})
    shown = jpt("sample", "take", filled)
    assert shown.exit_code == 0
    assert "ยังไม่พอยืนยัน: อีก" in shown.stdout
    (area_now,) = jpt.done("sample", "status", "--year", YEAR, "--area", "L1")["areas"]
    assert (area_now["examined_n"], area_now["agreed_n"], area_now["observed_percent"]) == (18, 17, "94.44")
    assert area_now["lower_bound_percent"] > area_now["clopper_pearson_percent"]
    table = jpt("sample", "status", "--year", YEAR)
    assert "94.44" in table.stdout and area_now["verdict"] in table.stdout
    houses = [line.household_id for line in drawn.sample.lines]
    assert not [house for house in houses if house in shown.output + table.output + str(again)]


def test_refusals_end_with_1_and_say_why(drawn_once: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPT_DEFINITIONS", str(drawn_once.settings.definitions))
    jpt = Terminal(drawn_once.settings.root)
    out = drawn_once.folder / "no.xlsx"
    code, told = jpt.json("sample", "draw", "--year", YEAR, "--level", "district", "--area", "3801", "--out", out)
    assert (code, told["ok"]) == (1, False)
    assert told["message"].startswith("RI-CHILDREN")
    assert not out.exists()
    code, told = jpt.json("sample", "take", drawn_once.folder / "missing.xlsx")
    assert code == 1
    monkeypatch.delenv("JPT_DEFINITIONS")
    code, told = jpt.json("sample", "status", "--year", YEAR)
    assert (code, told["message"].split()[0]) == (1, "RI-DEMAND")
