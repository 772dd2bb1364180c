"""What a sender says of a delivery: manifests that do not fit, sequences, and full deliveries with what they retire."""

import json
from hashlib import sha256

import pytest
import typer
from typer.testing import CliRunner

from checks import GATES
from jpt_pipeline.cli.intake import init_command, intake_command
from jpt_pipeline.households.stages import make_records
from jpt_pipeline.intake.delivery import restage, take_in
from jpt_pipeline.intake.formats import Declared
from jpt_pipeline.store.lake import Part
from tests.unit.intake.country import HERE, YEAR, household, ndjson, pair, refused_n, zipped

TABLES = pair([household(1)])
OK = ("accepted", [])
DUP = ("duplicate", ["K-HH-DUP"])
OLD = ("superseded", ["D-OLDER"])
RETIRED = ("superseded", ["D-RETIRED"])


@pytest.mark.parametrize(
    ("manifest", "detail"),
    [
        ({"files": [{"name": "households.csv", "sha256": "0" * 64}, {"name": "members.csv", "sha256": "0" * 64}]}, "sha256"),
        ({"files": [{"name": "households.csv", "sha256": sha256(TABLES["households.csv"]).hexdigest()}]}, "members.csv"),
        ({"files": [*({"name": n, "sha256": sha256(c).hexdigest(), "records": 2} for n, c in TABLES.items())]}, "records 2 / 1"),
        ({"files": "no list"}, "manifest.json: files"),
        ({"files": [{"name": "households.csv"}]}, "manifest.json: files.0.sha256"),
        ({"files": [{"name": "households.csv", "sha256": "0", "records": -1}]}, "manifest.json: files.0.records"),
        ({"survey_year": "soon"}, "manifest.json: survey_year"),
        ({"sequence": "first"}, "manifest.json: sequence"),
        ({"province_code": 38}, "manifest.json: province_code"),
        ({"province_code": "38' OR true --"}, "manifest.json: province_code"),
        ({"stream": 1}, "manifest.json: stream"),
        ({"stream": "urban"}, "manifest.json: stream"),
        ({"mode": "partial"}, "manifest.json: mode"),
        ({"mode": None}, "manifest.json: mode"),
        ({"mode": "full", "province_code": None}, "mode full: survey_year, stream, province_code"),
    ],
)  # fmt: skip
def test_a_manifest_that_does_not_fit_refuses_the_delivery(home, manifest, detail):
    (report,) = home.take(zipped(home.folder / "tables.zip", TABLES, manifest))
    assert (report.status, report.code) == ("refused", "M-MANIFEST")
    assert detail in (report.detail or "")
    assert home.receipts() == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000], ids=str)
def test_a_manifest_that_is_none_refuses_the_delivery(home, content):
    report = home.take_files(TABLES | {"manifest.json": content})
    assert report.status == "refused"
    assert report.code in ("M-MANIFEST", "F-EMPTY")


@pytest.mark.parametrize("told", [Declared(survey_year=2563), Declared(stream="basic"), Declared(province_code="39")])
def test_a_manifest_against_the_command_line_refuses_the_delivery(home, told):
    (report,) = home.take(zipped(home.folder / "tables.zip", TABLES, {}), declared=told)
    assert (report.status, report.code) == ("refused", "M-MANIFEST")


def test_records_of_another_year_or_province_than_the_manifest_are_quarantined(home):
    files = pair([household(1), household(2, village="39010101"), household(3, survey_year=2563)])
    (report,) = home.take(zipped(home.folder / "tables.zip", files, {}))
    assert refused_n(report) == {"households.csv": (3, 2), "members.csv": (3, 2)}
    assert [codes for kind, _, codes in home.refused() if kind == "household"] == [["G-OUTSIDE"], ["V-YEAR"]]


def test_an_earlier_sequence_after_a_later_one_is_refused(home):
    def send(number, sequence):
        files = pair([household(number)])
        (report,) = home.take(zipped(home.folder / f"{number}.zip", files, {"sequence": sequence}))
        return report.status, report.code

    assert send(1, 2) == ("taken", None)
    assert send(2, 1) == ("refused", "M-MANIFEST")
    assert send(3, 2) == ("taken", None)
    assert send(4, 3) == ("taken", None)


def test_an_earlier_sequence_of_another_province_is_taken(home):
    home.take(zipped(home.folder / "a.zip", pair([household(1)]), {"sequence": 5}))
    there = pair([household(2, village="39010101")])
    (report,) = home.take(zipped(home.folder / "b.zip", there, {"sequence": 1, "province_code": "39"}))
    assert report.status == "taken"


def full(home, sequence, homes, accepted=(), **stated):
    """Deliver these households as everything that province 38 has."""
    home.sent = getattr(home, "sent", 0) + 1
    path = zipped(home.folder / f"full{home.sent}.zip", pair(homes), {"mode": "full", "sequence": sequence, **stated})
    (report,) = take_in([path], home.settings, accepted=accepted, because="ตรวจแล้ว" if accepted else None)
    return report


def patch(home, *homes):
    home.sent = getattr(home, "sent", 0) + 1
    report = home.take_bytes(f"patch{home.sent}.ndjson", ndjson(homes))
    assert report.status == "taken"


def fates(home, part=HERE, only=None):
    """Class and codes of every delivered household of a province, or of one, in the order of delivery."""
    make_records(home.settings, part, GATES)
    return [row[2:] for row in home.classes(part) if only is None or int(row[0][4:]) == only]


def many(*numbers, **changes):
    return [household(number, **changes) for number in numbers]


TEN = range(1, 11)


def test_a_full_delivery_retires_what_it_lacks(home):
    patch(home, *many(*TEN))
    report = full(home, 1, many(*range(1, 10)))
    assert (report.status, report.receipt.mode) == ("taken", "full")
    home.run()
    assert fates(home) == [OK] * 9 + [RETIRED] + [DUP] * 9
    assert home.rows("households__clean", "count(*)") == [(9,)]
    columns = "records_n, accepted_n, duplicate_n, superseded_n"
    assert home.rows("submissions__deliveries", columns, Part(YEAR)) == [
        (9, 0, 9, 0),
        (9, 0, 9, 0),
        (10, 9, 0, 1),
    ]


def test_a_retired_household_comes_back_with_a_new_record(home):
    """Whatever revision it had before, and also when nothing of it changed."""
    patch(home, *many(*TEN, revision=3))
    full(home, 1, many(*range(1, 10), revision=3))
    patch(home, *many(10, revision=3, enumerator_id="E2"))
    assert fates(home, only=10) == [RETIRED, OK]
    patch(home, *many(10, revision=4))
    assert fates(home, only=10) == [RETIRED, OLD, OK]


def test_each_full_delivery_retires_by_itself(home):
    """Lacking in the first and named in the second: what was before the first stays retired."""
    patch(home, *many(*TEN, revision=2))
    full(home, 1, many(*range(1, 10), revision=2))
    full(home, 2, many(*TEN, revision=1))
    assert fates(home, only=10) == [RETIRED, OK]


def test_only_its_round_stream_and_province_are_retired(home):
    patch(home, *many(*TEN), household(1, village="39010101"), household(2, survey_year=2563))
    full(home, 1, many(*TEN))
    assert fates(home, Part(YEAR, "39")) == [OK]
    assert fates(home, Part(2563, "38")) == [OK]


def test_a_household_whose_record_is_broken_is_not_lacking(home):
    """A good record is never lost beside a bad one."""
    patch(home, *many(*TEN))
    full(home, 1, [*many(*range(1, 10)), household(10, submitted_at="soon")])
    assert fates(home, only=10) == [OK]


def test_a_full_delivery_that_lacks_too_many_is_held_and_then_retires_when_accepted(home):
    patch(home, *many(*TEN))
    held = full(home, 1, many(*range(1, 9)))
    assert (held.status, held.code, held.detail) == ("refused", "D-EMPTYPATCH", "8 / 10")
    assert len(home.receipts()) == 1
    assert fates(home) == [OK] * 10
    taken = full(home, 1, many(*range(1, 9)), accepted={"D-EMPTYPATCH"})
    assert (taken.receipt.accepted, taken.receipt.because) == (["D-EMPTYPATCH"], "ตรวจแล้ว")
    assert fates(home) == [OK] * 8 + [RETIRED] * 2 + [DUP] * 8


def test_what_a_full_delivery_holds_is_measured_by_households_not_by_number(home):
    patch(home, *many(*TEN))
    assert full(home, 1, many(*range(11, 30))).code == "D-EMPTYPATCH"


def test_known_are_the_households_since_the_last_full_delivery(home):
    """Ten, then nine, then eight of nine (89 %): held; eight of the nine and nothing of the retired one counts."""
    patch(home, *many(*TEN))
    full(home, 1, many(*range(1, 10)))
    assert full(home, 2, many(*range(1, 9))).detail == "8 / 9"
    patch(home, household(11))
    assert full(home, 2, many(*range(1, 10), 12)).detail is None


def test_the_first_full_delivery_has_nothing_to_retire(home):
    assert full(home, 1, many(1)).status == "taken"
    assert fates(home) == [OK]


def test_the_same_files_as_patch_and_then_as_full_are_two_statements(home):
    patch(home, *many(*TEN))
    files = pair(many(*range(1, 10)))
    home.take_files(files)
    assert full(home, 1, many(*range(1, 10))).status == "taken"
    assert fates(home, only=10) == [RETIRED]
    again = full(home, 1, many(*range(1, 10)))
    assert (again.status, again.code) == ("known", "F-DUPFILE")


def test_a_full_delivery_of_nothing_retires_all_when_that_is_accepted(home):
    patch(home, household(1))
    empty = {name: content.split(b"\r\n")[0] + b"\r\n" for name, content in TABLES.items()}
    said = [{"name": name, "sha256": sha256(content).hexdigest(), "records": 0} for name, content in empty.items()]
    path = zipped(home.folder / "none.zip", empty, {"mode": "full", "files": said})
    assert home.take(path)[0].code == "D-EMPTYPATCH"
    (taken,) = take_in([path], home.settings, accepted={"D-EMPTYPATCH"}, because="ยุบทั้งจังหวัด")
    assert refused_n(taken) == {"households.csv": (0, 0), "members.csv": (0, 0)}
    assert fates(home) == [RETIRED]


def test_no_households_are_a_delivery_when_the_manifest_says_so(home):
    empty = {name: content.split(b"\r\n")[0] for name, content in TABLES.items()}
    path = zipped(home.folder / "none.zip", empty, {})
    assert home.take(path)[0].code == "F-HEADERONLY"
    said = [{"name": name, "sha256": sha256(content).hexdigest(), "records": 0} for name, content in empty.items()]
    assert home.take(zipped(home.folder / "said.zip", empty, {"files": said}))[0].status == "taken"


def test_a_run_after_a_full_delivery_computes_anew(home):
    """The full delivery has no file in the province; only its being full changes what counts."""
    patch(home, household(1))
    elsewhere = [household(1, village="39010101")]
    held = full(home, 1, elsewhere, accepted={"D-EMPTYPATCH"})
    assert held.status == "taken"
    assert fates(home) == [RETIRED]


def test_staged_again_nothing_changes(home):
    patch(home, *many(*TEN))
    full(home, 1, many(*range(1, 9)), accepted={"D-EMPTYPATCH"})
    before = home.receipts()
    restage(home.settings)
    assert home.receipts() == before
    assert fates(home) == [OK] * 8 + [RETIRED] * 2 + [DUP] * 8


@pytest.fixture
def command(home, monkeypatch):
    """`jpt intake` on the home."""
    monkeypatch.setenv("JPT_HOME", str(home.settings.root))
    app = typer.Typer()
    app.command("init")(init_command)
    app.command("intake")(intake_command)
    return lambda *words: CliRunner().invoke(app, ["intake", *map(str, words)])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--accept", "F-EMPTY", "--because", "x"], "F-ACCEPT"),
        (["--accept", "D-EMPTYPATCH"], "F-BECAUSE"),
        (["--accept", "D-EMPTYPATCH", "--because", " "], "F-BECAUSE"),
        (["--because", "x"], "F-BECAUSE"),
    ],
)
def test_only_holds_are_accepted_and_only_with_a_reason(command, options, said):
    result = command("nothing.ndjson", *options)
    assert (result.exit_code, said in result.stderr) == (1, True)


def test_a_hold_says_how_it_is_accepted_and_the_receipt_keeps_why(home, command):
    patch(home, *many(*TEN))
    path = zipped(home.folder / "full.zip", pair(many(1)), {"mode": "full"})
    held = command(path)
    assert held.exit_code == 1
    assert "พักไว้ D-EMPTYPATCH" in held.stdout
    assert "--accept D-EMPTYPATCH" in held.stdout
    taken = command(path, "--accept", "D-EMPTYPATCH", "--because", "ยุบหมู่บ้าน [1]", "--json")
    assert taken.exit_code == 0
    (said,) = json.loads(taken.stdout)["deliveries"]
    assert (said["mode"], said["accepted"], said["because"]) == ("full", ["D-EMPTYPATCH"], "ยุบหมู่บ้าน [1]")
    again = command(path)
    assert again.exit_code == 0
    assert "เคยรับแล้ว" in again.stdout


def test_notes_are_told_with_their_words(home, command):
    files = pair([household(1)])
    files["households.csv"] = files["households.csv"].replace(b"satisfaction", b"mood", 1)
    path = zipped(home.folder / "tables.zip", files)
    (said,) = json.loads(command(path, "--json").stdout)["deliveries"]
    (note,) = said["notes"]
    assert note["code"] == "H-EXTRA"
    assert "households.csv: mood" in note["message"]
