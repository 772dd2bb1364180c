"""Deliveries as containers: manifests, archives that lie, the same file again, names of files; and what a refusal leaves."""

import contextlib
import gzip
import io
import json
import os
import shutil
import stat
import zipfile
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jpt_pipeline.codes import load_codes
from jpt_pipeline.intake.container import Refused, SourceFile, land, open_landed
from jpt_pipeline.intake.delivery import take_in
from jpt_pipeline.intake.limits import load_limits
from jpt_pipeline.intake.recognise import Kind, kind_of
from jpt_pipeline.settings import CHECKOUT
from tests.unit.intake.country import envelope, household, ndjson, pair, refused_n, zipped

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


def special(mode):
    """A zip whose member is no plain file."""
    entry = zipfile.ZipInfo("households.csv")
    entry.external_attr = (mode | 0o644) << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr(entry, b"/etc/passwd")
    return packed.getvalue()


def broken():
    """A zip whose member is not what its check sum says."""
    content = bytearray(named(("a.ndjson", ndjson([household(1)]))))
    content[60] ^= 0xFF
    return bytes(content)


def parquet_of(rows):
    """A Parquet file of one constant column."""
    out = io.BytesIO()
    pq.write_table(pa.table({"household_id": pa.array(["1"]).take(pa.array([0] * rows))}), out, compression="none")
    return out.getvalue()


BOMB = b"0" * (20 << 20)
CUT = gzip.compress(ndjson([household(n) for n in range(1, 40)]))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
LOCKED = OLE + "EncryptionInfo".encode("utf-16-le") + b"\0" * 40 + "EncryptedPackage".encode("utf-16-le")
BIFF = OLE + "Workbook".encode("utf-16-le")
HTML = b"<html><body><table><tr><td>household_id</td></tr></table></body></html>"
SHEET = named(("xl/workbook.xml", b"<workbook/>"))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("bomb.zip", named(("a.ndjson", BOMB)), "F-ZIPBOMB"),
        ("bomb.ndjson.gz", gzip.compress(BOMB), "F-ZIPBOMB"),
        ("nested.zip", named(("inner.zip", named(("a.ndjson", b"{}")))), "F-ZIPBOMB"),
        ("nested.zip", named(("inner.ndjson.gz", gzip.compress(b"{}"))), "F-ZIPBOMB"),
        ("nested.zip.gz", gzip.compress(named(("a.ndjson", b"{}"))), "F-ZIPBOMB"),
        ("nested.csv.gz", gzip.compress(named(("a.ndjson", b"{}"))), "F-ZIPBOMB"),
        ("many.zip", named(*((f"{n}.ndjson", b"{}") for n in range(1001))), "F-ZIPBOMB"),
        ("42.parquet", parquet_of(20_000_000), "F-ZIPBOMB"),
        ("slip.zip", named(("../households.csv", b"x")), "F-ZIPSLIP"),
        ("slip.zip", named(("..\\households.csv", b"x")), "F-ZIPSLIP"),
        ("slip.zip", named(("/etc/households.csv", b"x")), "F-ZIPSLIP"),
        ("slip.zip", named(("\\\\server\\households.csv", b"x")), "F-ZIPSLIP"),
        ("slip.zip", named(("C:/households.csv", b"x")), "F-ZIPSLIP"),
        ("slip.zip", named(("c:households.csv", b"x")), "F-ZIPSLIP"),
        ("link.zip", special(stat.S_IFLNK), "F-ZIPSLIP"),
        ("pipe.zip", special(stat.S_IFIFO), "F-ZIPSLIP"),
        ("locked.zip", encrypted(), "F-ZIPPW"),
        ("locked.xlsx", LOCKED, "F-ZIPPW"),
        ("empty.zip", named(("a.ndjson", b"")), "F-EMPTY"),
        ("cut.zip", named(("a.ndjson", ndjson([household(1)])))[:-30], "F-ZIPCRC"),
        ("broken.zip", broken(), "F-ZIPCRC"),
        ("cut.xlsx", SHEET[:-30], "F-ZIPCRC"),
        ("false.parquet", b"PAR1 and no more", "F-ZIPCRC"),
        ("cut.ndjson.gz", CUT[:-9], "F-GZTRUNC"),
        ("cut.ndjson.gz", CUT[: len(CUT) // 2], "F-GZTRUNC"),
        ("cut.ndjson.gz", CUT[:-8] + b"\0\0\0\0" + CUT[-4:], "F-GZTRUNC"),
        ("cut.ndjson.gz", CUT + b"more", "F-GZTRUNC"),
        ("false.zip", b"{}", "F-TYPE"),
        ("false.gz", b"{}", "F-TYPE"),
        ("picture.png", b"\x89PNG", "F-TYPE"),
        ("picture.csv", b"\x89PNG", "F-TYPE"),
        ("letter.csv", b"%PDF-1.7", "F-TYPE"),
        ("page.csv", HTML, "F-TYPE"),
        ("page.xlsx", HTML, "F-TYPE"),
        ("old.xlsx", BIFF, "F-TYPE"),
        ("new.csv", SHEET, "F-TYPE"),
        ("new.parquet", SHEET, "F-TYPE"),
        ("lines.parquet", ndjson([household(1)]), "F-TYPE"),
        ("false.xlsx", b"household_id,village_code\n", "F-TYPE"),
        ("false.xlsx", named(("a.txt", b"hello")), "F-TYPE"),
        ("README.txt", "อ่านก่อน".encode(), "F-TYPE"),
        ("old.xls", BIFF, "F-XLSOLD"),
        ("older.xls", b"\x09\x08\x10\0" + b"\0" * 12, "F-XLSOLD"),
        ("page.xls", b"\xef\xbb\xbf \n" + HTML, "F-XLSOLD"),
        ("page.xls", b"<?xml version='1.0'?><Workbook/>", "F-XLSOLD"),
        ("binary.xlsb", named(("xl/workbook.bin", b"x")), "F-XLSOLD"),
        ("libre.ods", named(("mimetype", b"x"), ("content.xml", b"<a/>")), "F-XLSOLD"),
        ("empty.csv", b"", "F-EMPTY"),
        ("nothing.zip", named(), "F-HEADERONLY"),
        ("manifest.zip", named(("manifest.json", b"{}")), "F-HEADERONLY"),
        ("blank.ndjson", b"\n\n  \n", "F-HEADERONLY"),
        ("none.json", b"[]", "F-HEADERONLY"),
        ("none.zip", named(*((name, content.split(b"\r\n")[0]) for name, content in TABLES.items())), "F-HEADERONLY"),
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


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.ndjson", ndjson([household(1), household(2)]), "ndjson"),
        ("a.json", ndjson([household(1), household(2)]), "ndjson"),
        ("a.jsonl", b"[\n" + b",".join(ndjson([household(n)]) for n in (1, 2)) + b"]", "json"),
        ("a.csv", ndjson([household(1), household(2)]), "ndjson"),
        ("a.json", json.dumps([envelope(household(n)) for n in (1, 2)]).encode(), "json"),
        ("a.json", json.dumps(envelope(household(1)), indent=1).encode(), "json"),
        ("a.2561", ndjson([household(1), household(2)]), "ndjson"),
        ("lines", ndjson([household(1), household(2)]), "ndjson"),
        ("cut.ndjson", ndjson([household(1)])[3:], "ndjson"),
        ("households.csv", TABLES["households.csv"], "csv"),
        ("households.txt", TABLES["households.csv"], "csv"),
        ("households.tsv", TABLES["households.csv"], "csv"),
        ("households.json", TABLES["households.csv"], "csv"),
        ("households.csv", TABLES["households.csv"].decode().encode("utf-16"), "csv"),
        ("households.txt", b"\xff\xfe" + TABLES["households.csv"].decode().encode("utf-16-le"), "csv"),
        ("t.xlsx", SHEET, "xlsx"),
        ("t.xls", SHEET, "xlsx"),
        ("t.parquet", parquet_of(3), "parquet"),
        ("t", parquet_of(3), "parquet"),
    ],
)  # fmt: skip
def test_within_its_family_the_content_says_what_a_file_is(tmp_path, name, content, kind):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert kind_of(SourceFile(name, path, "0", len(content), "0")) == kind


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.json", "a.ndjson", "a.xlsx", "a.parquet", "a.txt", "a"]))
@example(b"PK\x03\x04", "a.xlsx")
@example(b"[", "a.json")
@example(b"{" * 300, "a.json")
def test_any_bytes_are_one_kind_or_refused(tmp_path_factory, content, name):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(content)
    with contextlib.suppress(Refused):
        assert kind_of(SourceFile(name, path, "0", len(content), "0")) in Kind


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_differ_only_in_case_are_refused(home):
    for entries in ((("a.csv", b"x"), ("A.CSV", b"y")), (("a.csv", b"x"), ("a.csv", b"y"))):
        assert home.take_bytes("twice.zip", named(*entries)).code == "F-ZIPDUP"


def test_thai_names_without_the_flag_are_read_as_thai(home):
    """Windows writes the bytes of cp874 and does not say so; Python takes them for cp437."""
    content = bytearray(named(("X" * 5 + ".ndjson", ndjson([household(1)]))))
    thai = "ข้อมู".encode("cp874")
    report = home.take_bytes("thai.zip", bytes(content).replace(b"XXXXX", thai))
    assert refused_n(report) == {"ข้อมู.ndjson": (1, 0)}
    assert report.receipt.notes == ["F-ZIPENC ข้อมู.ndjson"]
    assert home.take_bytes("utf8.zip", named(("ข้อมูล.ndjson", ndjson([household(2)])))).receipt.notes == []


def test_what_a_file_manager_adds_to_an_archive_is_no_delivery(home):
    junk = (("__MACOSX/._a.ndjson", b"x"), (".DS_Store", b"y"), ("a/.hidden", b"z"))
    assert refused_n(home.take_bytes("mac.zip", named(*junk, ("a.ndjson", ndjson([household(1)]))))) == {
        "a.ndjson": (1, 0)
    }


def test_overlapping_members_are_counted_by_what_comes_out(tmp_path):
    """Each member within its own limit, all of them together not."""
    limits = load_limits().model_copy(update={"ratio_free_bytes": 1 << 20, "ratio": 2})
    packed = named(*((f"{n}.ndjson", bytes([65 + n]) * (900 << 10)) for n in range(3)))
    digest = sha256(packed).hexdigest()
    landed = tmp_path / "files" / digest[:2] / digest
    landed.parent.mkdir(parents=True)
    landed.write_bytes(packed)
    with pytest.raises(Refused, match="F-ZIPBOMB"):
        open_landed([("a.zip", digest)], tmp_path, tmp_path / "scratch", limits)


@pytest.mark.parametrize(
    "make", [os.mkfifo, lambda path: path.symlink_to("/etc/passwd"), Path.mkdir, lambda path: None]
)
def test_only_plain_files_are_taken(home, make):
    """A FIFO, a link, an empty folder, nothing at all: named in the inbox or lying in a delivered folder."""
    alone = home.folder / "alone.ndjson"
    make(alone)
    assert [(r.status, r.code) for r in home.take(alone)] == [("refused", "F-PERM")]
    folder = home.folder / "folder"
    folder.mkdir()
    make(folder / "inner.ndjson")
    assert home.take(folder)[0].code == "F-PERM"


def test_a_device_is_no_file(home):
    assert home.take(Path("/dev/zero"))[0].code == "F-PERM"


def test_a_file_that_changes_while_it_is_landed_is_refused(home):
    """Planted: the copy is read while somebody appends."""
    path = home.folder / "growing.ndjson"
    path.write_bytes(ndjson([household(1)]))

    def append(count):
        with path.open("ab") as stream:
            stream.write(ndjson([household(2)])) if path.stat().st_size < 5000 else None

    with pytest.raises(Refused, match="F-GROW"):
        land(path, home.settings.landing, "growing.ndjson", append)
    assert not (home.settings.landing / "files").exists()


def test_a_file_beyond_the_limit_is_held_until_somebody_accepts_it(home):
    definitions = home.folder / "definitions"
    shutil.copytree(CHECKOUT / "data", definitions, ignore=shutil.ignore_patterns("sample", "lake", "landing"))
    limits = definitions / "intake" / "limits.yaml"
    limits.write_text(limits.read_text().replace("big_file_bytes: 6442450944", "big_file_bytes: 100"))
    home.settings = home.settings.model_copy(update={"definitions": definitions})
    path = home.folder / "big.ndjson"
    path.write_bytes(ndjson([household(1)]))
    (held,) = home.take(path)
    assert (held.status, held.code) == ("refused", "F-BIG")
    (taken,) = take_in([path], home.settings, accepted={"F-BIG", "F-XLSXCAP"}, because="ตรวจแล้ว")
    assert (taken.receipt.accepted, taken.receipt.because) == (["F-BIG"], "ตรวจแล้ว")


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
    again = home.take_bytes("other name.ndjson", content)
    assert (again.status, again.code, again.detail) == ("known", "F-DUPFILE", "01/03/2561")
    assert home.take_bytes("one.ndjson.gz", gzip.compress(content)).status == "known"
    assert home.take_bytes("one.zip", named(("a/b.ndjson", content))).status == "known"
    assert home.receipts() == receipts


def test_of_a_folder_only_the_new_files_are_taken_in(home):
    one, two = ndjson([household(1)]), ndjson([household(2)])
    home.take_files({"one.ndjson": one})
    report = home.take_files({"one.ndjson": one, "two.ndjson": two})
    assert refused_n(report) == {"two.ndjson": (1, 0)}
    assert report.receipt.notes == ["F-DUPFILE one.ndjson: 01/03/2561"]


def test_copies_of_a_file_in_one_delivery_are_that_file(home):
    """A folder with a backup of its tables inside: every household counts once, and the gates of the round hold."""
    report = home.take_files(TABLES | {f"backup/{name}": content for name, content in TABLES.items()})
    assert sum(records for records, _ in refused_n(report).values()) == 2
    home.run()
    assert [row[2] for row in home.classes()] == ["accepted"]


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
        ("refused", "F-TYPE"), ("refused", "F-PERM"), ("taken", None),
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
