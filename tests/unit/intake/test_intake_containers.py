"""Deliveries as containers: manifests, archives that lie, the same file again, names of files; and what a refusal leaves."""

import gzip
import io
import json
import zipfile
from hashlib import sha256

import pytest

from jpt_pipeline.codes import load_codes
from jpt_pipeline.intake.formats import Declared
from tests.unit.intake.country import household, ndjson, pair, refused_n, zipped

TABLES = pair([household(1)])


def named(*entries):
    """Bytes of a zip with these (name, content), also names twice."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in entries:
            out.writestr(name, content)
    return packed.getvalue()


def encrypted():
    """A zip whose first entry says that it is encrypted."""
    content = bytearray(named(("households.csv", b"x,y\n1,2\n")))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


BOMB = b"0" * (20 << 20)
CUT = gzip.compress(ndjson([household(n) for n in range(1, 40)]))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("bomb.zip", named(("a.ndjson", BOMB)), "F-LIMIT"),
        ("bomb.ndjson.gz", gzip.compress(BOMB), "F-LIMIT"),
        ("slip.zip", named(("../households.csv", b"x")), "F-PATH"),
        ("slip.zip", named(("/etc/households.csv", b"x")), "F-PATH"),
        ("slip.zip", named(("C:/households.csv", b"x")), "F-PATH"),
        ("nested.zip", named(("inner.zip", named(("a.ndjson", b"{}")))), "F-LIMIT"),
        ("nested.zip", named(("inner.ndjson.gz", gzip.compress(b"{}"))), "F-LIMIT"),
        ("many.zip", named(*((f"{n}.ndjson", b"{}") for n in range(1001))), "F-LIMIT"),
        ("empty.zip", named(("a.ndjson", b"")), "F-EMPTY"),
        ("cut.zip", named(("a.ndjson", ndjson([household(1)])))[:-30], "F-PACKED"),
        ("locked.zip", encrypted(), "F-PACKED"),
        ("cut.ndjson.gz", CUT[:-9], "F-PACKED"),
        ("cut.ndjson.gz", CUT[: len(CUT) // 2], "F-PACKED"),
        ("cut.ndjson.gz", CUT[:-8] + b"\0\0\0\0" + CUT[-4:], "F-PACKED"),
        ("false.zip", b"{}", "F-TYPE"),
        ("false.gz", b"{}", "F-TYPE"),
        ("picture.png", b"\x89PNG", "F-TYPE"),
        ("false.xlsx", b"household_id,village_code\n", "F-TYPE"),
        ("false.xlsx", named(("a.txt", b"hello")), "F-TYPE"),
        ("false.parquet", b"PAR1 and no more", "F-TYPE"),
        ("empty.csv", b"", "F-EMPTY"),
        ("blank.ndjson", b"\n\n  \n", "F-NORECORDS"),
        ("none.json", b"[]", "F-NORECORDS"),
        ("none.zip", named(*((name, content.split(b"\r\n")[0]) for name, content in TABLES.items())), "F-NORECORDS"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_delivery_is_refused_whole(home, name, content, code):
    """Nothing is taken in; the bytes are kept and a note says why, in a code that people can look up."""
    report = home.take_bytes(name, content)
    assert (report.status, report.code) == ("refused", code)
    assert code in load_codes()
    assert home.receipts() == []
    if content:
        digest = sha256(content).hexdigest()
        assert (home.settings.landing / "files" / digest[:2] / digest).read_bytes() == content
    assert f'"code": "{code}"' in home.refusals()
    assert not (home.settings.scratch / "intake").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_differ_only_in_case_are_refused(home):
    for entries in ((("a.csv", b"x"), ("A.CSV", b"y")), (("a.csv", b"x"), ("a.csv", b"y"))):
        assert home.take_bytes("twice.zip", named(*entries)).code == "F-PATH"


def test_nothing_is_written_outside_the_home(home):
    before = {path.name for path in home.folder.iterdir()}
    home.take_bytes("slip.zip", named(("../../../slipped.csv", b"x")))
    assert {path.name for path in home.folder.iterdir()} == before | {"in1"}


@pytest.mark.parametrize(
    "name",
    [
        "it's; DROP TABLE forms --.ndjson", 'quote".ndjson', "ข้อมูล จปฐ.๒๕๖๑.ndjson", "50% [a-z]*?.ndjson", "$(echo x).ndjson",
        "a\nb.ndjson",
    ],
)  # fmt: skip
def test_any_file_name_is_a_name(home, name):
    assert refused_n(home.take_bytes(name, ndjson([household(1)]))) == {name: (1, 0)}
    inside = named((name.replace(":", ""), ndjson([household(2)])))
    assert home.take_bytes("packed.zip", inside).status == "taken"
    assert len(home.staged()) == 2


def test_the_same_file_again_changes_nothing(home):
    content = ndjson([household(1)])
    assert home.take_bytes("one.ndjson", content).status == "taken"
    receipts = home.receipts()
    assert home.take_bytes("other name.ndjson", content).status == "known"
    assert home.take_bytes("one.ndjson.gz", gzip.compress(content)).status == "known"
    assert home.take_bytes("one.zip", named(("a/b.ndjson", content))).status == "known"
    assert home.receipts() == receipts


def test_of_a_folder_only_the_new_files_are_taken_in(home):
    one, two = ndjson([household(1)]), ndjson([household(2)])
    home.take_files({"one.ndjson": one})
    assert refused_n(home.take_files({"one.ndjson": one, "two.ndjson": two})) == {"two.ndjson": (1, 0)}


def test_copies_of_a_file_in_one_delivery_are_that_file(home):
    """A folder with a backup of its tables inside: every household counts once, and the gates of the round hold."""
    report = home.take_files(TABLES | {f"backup/{name}": content for name, content in TABLES.items()})
    assert sum(records for records, _ in refused_n(report).values()) == 2
    home.run()
    assert [row[2] for row in home.classes()] == ["accepted"]


@pytest.mark.parametrize(
    ("manifest", "detail"),
    [
        ({"files": [{"name": "households.csv", "sha256": "0" * 64}, {"name": "members.csv", "sha256": "0" * 64}]}, "sha256"),
        ({"files": [{"name": "households.csv", "sha256": sha256(TABLES["households.csv"]).hexdigest()}]}, "members.csv"),
        ({"files": [*({"name": n, "sha256": sha256(c).hexdigest(), "records": 2} for n, c in TABLES.items())]}, "records 2 / 1"),
        ({"files": "no list"}, "manifest.json"),
        ({"files": [{"name": "households.csv"}]}, "manifest.json"),
        ({"survey_year": "soon"}, "manifest.json"),
        ({"sequence": "first"}, "manifest.json"),
        ({"province_code": 38}, "manifest.json"),
        ({"province_code": "38' OR true --"}, "manifest.json"),
        ({"stream": 1}, "manifest.json"),
        ({"stream": "urban"}, "manifest.json"),
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
    assert [codes for kind, _, codes in home.refused() if kind == "household"] == [["V-PROVINCE"], ["V-YEAR"]]


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


def test_households_and_members_of_one_folder_are_one_delivery_in_any_order(home):
    folder = home.folder / "loose"
    folder.mkdir()
    for name, content in TABLES.items():
        (folder / name).write_bytes(content)
    (report,) = home.take(folder / "members.csv", folder / "households.csv")
    assert refused_n(report) == {"households.csv": (1, 0), "members.csv": (1, 0)}


def test_a_refused_delivery_does_not_stop_the_others(home):
    good, bad = home.folder / "good.ndjson", home.folder / "bad.zip"
    good.write_bytes(ndjson([household(1)]))
    bad.write_bytes(b"no zip")
    reports = home.take(bad, home.folder / "nowhere.csv", good)
    assert [(report.status, report.code) for report in reports] == [
        ("refused", "F-TYPE"), ("refused", "F-MISSING"), ("taken", None),
    ]  # fmt: skip


def test_delivered_bytes_are_kept_unreadable_for_others(home):
    home.take_bytes("one.ndjson", ndjson([household(1)]))
    (kept,) = [path for path in (home.settings.landing / "files").rglob("*") if path.is_file()]
    assert kept.stat().st_mode & 0o077 == 0


def test_a_home_may_lie_anywhere(tmp_path):
    from tests.unit.intake.country import Home

    place = tmp_path / "it's a [place], ข้อมูล * 100%"
    place.mkdir()
    made = Home(place).registers()
    made.take_files(TABLES)
    made.run()
    assert [row[2] for row in made.classes()] == ["accepted"]


def test_a_delivery_says_what_it_was_made_of(home):
    (report,) = home.take(zipped(home.folder / "tables.zip", TABLES, {"sequence": 7}))
    receipt = json.loads(report.receipt.model_dump_json())
    assert (receipt["survey_year"], receipt["stream"], receipt["province_code"], receipt["sequence"]) == (
        2561,
        "jpt",
        "38",
        7,
    )
    container = sha256((home.folder / "tables.zip").read_bytes()).hexdigest()
    for file in receipt["units"][0]["files"]:
        assert file["file_sha256"] == sha256(TABLES[file["file_name"]]).hexdigest()
        assert file["container_sha256"] == container
