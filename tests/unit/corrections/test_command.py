"""`jpt correct` and `jpt report return-slip` as people type them."""

import json

from tests.conftest import Terminal
from tests.unit.corrections.world import code, row, write
from tests.unit.intake.country import household, ndjson


def test_correct_says_what_changed_and_ends_with_0_only_when_all_was_taken(counted):
    jpt = Terminal(counted.settings.root)
    good = write(counted, "good.csv", [row("a2911", "1", "0")])
    bad = write(counted, "bad.csv", [row("a2911", "1", "7")])
    end, said = jpt.json("correct", good, "--dry-run")
    assert (end, said["ok"], said["files"][0]["status"]) == (0, True, "checked")
    assert said["files"][0]["counts"] == [{"rule_id": "-", "column": "a2911", "n": 1}]
    assert said["impact"]["households"] == {"added_n": 0, "changed_n": 1, "removed_n": 0}
    assert {(one["key"], one["level"]) for one in said["impact"]["figures"]} == {
        ("9", level) for level in ("village", "tambon", "lao", "district", "province", "nation")
    }
    assert code(1) not in json.dumps(said)
    end, said = jpt.json("correct", good, bad)
    assert "impact" not in said
    assert (end, said["ok"]) == (1, False)
    assert [one["status"] for one in said["files"]] == ["taken", "refused"]
    assert said["files"][0]["parts"] == [{"survey_year": 2561, "province_code": "38"}]
    assert [(one["code"], one["row"]) for one in said["files"][1]["refusals"]] == [("C-VALUE", 2)]
    words = jpt("correct", good, bad)
    assert words.exit_code == 1
    assert "เคยรับแล้ว" in words.stdout and "C-VALUE แถว 2" in words.stdout
    assert code(1) not in words.output + json.dumps(said)


def test_help_has_examples(counted):
    assert "jpt correct corrections.csv" in Terminal(counted.settings.root)("correct", "--help").stdout


def test_slips_are_made_by_report_and_taken_by_correct(home):
    home.take_bytes("a.ndjson", ndjson([household(1, a2911="x")]))
    home.households()
    jpt = Terminal(home.settings.root)
    out = home.settings.restricted / "slips"
    wanted = ("report", "return-slip", "--year", 2561, "--level", "tambon", "--area", "380101", "--out", out)
    (path,) = jpt.done(*wanted, "--due", "20/03/2561")["files"]
    end, said = jpt.json("correct", path)
    assert (end, said["files"][0]["refusals"][0]["code"]) == (1, "C-NOROWS")
    for words, expected in (
        (("--due", "2018-03-20"), "P-DUE"),
        (("--stream", "basic"), "P-STREAM"),
        (("--area", "999999"), "P-AREA"),
        (("--level", "village"), "P-LEVEL"),
        (("--out", home.folder / "elsewhere"), "P-RESTRICTED"),
    ):
        end, said = jpt.json(*wanted, *words)
        assert (end, said["message"].split()[0]) == (1, expected)
