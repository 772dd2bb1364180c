"""Canaries: numbers, names, houses and positions that are delivered lie in landing/files (as delivered) and in the vault
(encrypted), and nowhere else: not in the home, not on the screen, not in logs or temporary files, whatever goes wrong.
"""

import errno
import io
import logging
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress

import duckdb
import pyarrow as pa
import pytest

from checks import GATES
from jpt_pipeline.certification.stage import make_certified
from jpt_pipeline.households.names import open_names
from jpt_pipeline.households.stages import make_households, make_records
from jpt_pipeline.results import build_warehouse, publish_round
from jpt_pipeline.store.discreet import Withheld
from jpt_pipeline.store.lake import GateFailed, NotSealed, Part, Verdict
from jpt_pipeline.store.release import current_release
from jpt_pipeline.store.session import session
from jpt_pipeline.store.stage import StageFailed
from jpt_pipeline.vault import VAULT_TABLE, KeyMissing, read_vault
from tests.canary import search, seen_in
from tests.unit.intake.country import (
    FORMATS,
    HERE,
    KEYS,
    YEAR,
    Home,
    citizen_id,
    deliver,
    household,
    ndjson,
    pair,
    person,
)

NUMBER, OTHER = citizen_id(71234567890), citizen_id(79876543210)
CANARIES = {
    "number": NUMBER,
    "other number": OTHER,
    "first name": "กนารีหนึ่ง",
    "last name": "นามสกุลนก",
    "house": "777/13กรง",
    "latitude": "18.0765432",
    "longitude": "103.7654321",
}
HOUSE_CODES = {"house 1": "38010000001", "house 2": "38010000002"}
BIRD = person(1, citizen_id=NUMBER, first_name=CANARIES["first name"], last_name=CANARIES["last name"])
HYPHENS = f"{OTHER[0]}-{OTHER[1:5]}-{OTHER[5:10]}-{OTHER[10:12]}-{OTHER[12]}"
WEARING = {"house_no": CANARIES["house"], "latitude": CANARIES["latitude"], "longitude": CANARIES["longitude"]}
HOMES = [
    household(1, people=[BIRD], **WEARING),
    household(2, people=[BIRD, {**BIRD, "citizen_id": HYPHENS}], a2911="x", **WEARING),
    household(3, village="38019999", people=[BIRD], **WEARING),
    household(4, people=[BIRD], survey_year=2599, **WEARING),
]


def revised(revision):
    return [dict(one, revision=revision) for one in HOMES]


# Other delimiters are other bytes of the same reader.
KINDS = [kind for kind in FORMATS if kind[:3] != "csv" or len(kind) != 4]


class Aviary:
    """A home, and beside it a folder of everything that was said in it: screen, logs, temporary files."""

    def __init__(self, home):
        self.home, self.settings, self.said = home, home.settings, home.folder / "said"
        self.said.mkdir()

    @contextmanager
    def listening(self):
        """Everything that the process writes to its screen, its logs and its temporary folder is kept."""
        before = os.dup(1), os.dup(2), tempfile.tempdir
        tempfile.tempdir = tempfile.mkdtemp(dir=self.said)
        handler = logging.FileHandler(self.said / "log.txt")
        logging.getLogger().addHandler(handler)
        with (self.said / "screen.txt").open("ab") as screen:
            text = io.TextIOWrapper(screen, encoding="utf-8", write_through=True)
            os.dup2(screen.fileno(), 1)
            os.dup2(screen.fileno(), 2)
            try:
                with redirect_stdout(text), redirect_stderr(text):
                    yield
            finally:
                os.dup2(before[0], 1)
                os.dup2(before[1], 2)
                os.close(before[0])
                os.close(before[1])
                text.detach()
                tempfile.tempdir = before[2]
                logging.getLogger().removeHandler(handler)
                handler.close()

    def jpt(self, *words):
        """A command through its entry point, Dagster's instance in the home; its exit code."""
        from jpt_pipeline.cli import main

        with pytest.MonkeyPatch.context() as patch, self.listening():
            patch.setenv("JPT_HOME", str(self.settings.root))
            patch.setenv("DAGSTER_HOME", str(self.settings.dagster_home))
            patch.setattr(sys, "argv", ["jpt", *(str(word) for word in words)])
            try:
                main()
            except SystemExit as end:
                return int(end.code or 0)
            return 0

    def escaped(self, canaries=CANARIES):
        """Canaries outside landing/files, in the home and in what was said."""
        kept = self.settings.landing / "files"
        return search(self.settings.root, canaries, leave_out=[kept]) + search(self.said, canaries)


@pytest.fixture
def aviary(home):
    return Aviary(home)


@pytest.fixture(scope="module")
def flown(tmp_path_factory):
    """Canaries went the whole way: every format, broken ones, corrections, runs, acts, a release, its reports, an answer."""
    folder = tmp_path_factory.mktemp("aviary")
    home = Home(folder).registers()
    made = Aviary(home)
    made.jpt("init")
    paths = [deliver(folder / f"format{n}", kind, revised(n + 1)) for n, kind in enumerate(KINDS)]
    broken = pair(revised(50))
    broken["members.csv"] += b"one,cell,too,few," + NUMBER.encode() + b"\r\n" + b'"open ' + NUMBER.encode()
    others = {
        "cut.ndjson": ndjson(HOMES)[:-40],
        "members.csv": broken["members.csv"].split(b"\r\n", 1)[1],  # no header: refused
        "nothing.json": b'{"' + CANARIES["first name"].encode() + b'": ',
        "named.txt": NUMBER.encode(),
    }
    (folder / "broken").mkdir()
    for name, content in broken.items():
        (folder / "broken" / name).write_bytes(content)
    (folder / "others").mkdir()
    for name, content in others.items():
        (folder / "others" / name).write_bytes(content)
    assert made.jpt("intake", *paths, folder / "broken") == 0
    made.jpt("intake", *sorted((folder / "others").iterdir()))
    home.run()
    correction = deliver(folder / "correction", "ndjson", revised(60)[:2])
    assert made.jpt("intake", correction) == 0
    assert made.jpt("run", "--year", YEAR) == 0
    made.jpt("present", "--year", YEAR, "--level", "lao", "--all", "--by", "เลขานุการ")
    made.jpt("certify", "--year", YEAR, "--level", "lao", "--all", "--by", "เลขานุการ")
    made.jpt("status", "--year", YEAR, "--area", "38")
    publish_round(made.settings, YEAR)
    out = made.said / "reports"
    assert made.jpt("report", "indicators", "--year", YEAR, "--level", "lao", "--area", "L1", "--out", out) == 0
    for form in ([], ["--json"]):
        words = ("explain", "--year", YEAR, "--area", "38010101", "--level", "village", "--indicator", 9)
        assert made.jpt(*words, "--result", "all", *form) == 0
    return made


def test_no_canary_gets_out(flown):
    assert flown.escaped() == []


def test_the_search_sees_where_they_would_be(flown):
    """Events of Dagster, tables of the lake and what was said are read: words that must be there are found there."""
    places = {hit.file.split("/")[0] for hit in search(flown.settings.root, HOUSE_CODES)}
    assert {"lake", "warehouse"} <= places
    runs = {hit.file.split("/")[0] for hit in search(flown.settings.root, {"run": "38|2561"})}
    assert "dagster" in runs
    assert "screen.txt" in {hit.file for hit in search(flown.said, HOUSE_CODES)}


def test_what_was_delivered_is_kept_as_it_came(flown):
    kept = search(flown.settings.landing / "files", CANARIES)
    assert {hit.canary for hit in kept} == set(CANARIES)
    assert len({hit.file for hit in kept}) >= len(KINDS)


def test_the_vault_knows_them(flown):
    """The vault's files are in the lake; only the key opens them."""
    files = sorted((flown.settings.lake / VAULT_TABLE).rglob("*.vault"))
    rows = [
        row
        for path in files
        for kind in ("household", "member")
        for table in read_vault(path, KEYS["vault"], path.stem, kind)
        for row in table.to_pylist()
    ]
    assert {name for row in rows for name, _ in seen_in(repr(row).encode(), CANARIES)} == set(CANARIES)


def test_house_codes_are_tokens_in_a_release(flown):
    release = current_release(flown.settings.published, YEAR)
    assert search(release, HOUSE_CODES) == []
    assert search(flown.settings.lake, HOUSE_CODES) != []


@pytest.mark.parametrize("column", ["household_id", "village_code"])
def test_a_citizen_number_in_the_place_of_a_code_does_not_get_in(aviary, column):
    files = pair([household(1, people=[BIRD])])
    old = b"38010000001" if column == "household_id" else b"38010101"
    files = {name: content.replace(old, OTHER.encode()) for name, content in files.items()}
    report = aviary.home.take_files(files)
    aviary.home.run()
    assert all(file.refused_n == 1 for file in report.receipt.units[0].files)
    assert aviary.escaped() == []


def test_tokens_need_the_key(home):
    """Another key gives other tokens: without it nobody can compute them from numbers."""
    home.take_bytes("a.ndjson", ndjson([household(1)]))
    first = home.staged("person_token", "persons")
    (home.folder / "other").mkdir()
    other = Home(home.folder / "other", keys={"token": b"k" * 32}).registers()
    other.take_bytes("a.ndjson", ndjson([household(1)]))
    assert other.staged("person_token", "persons") != first


def harmed(content, number):
    """A payload with something wrong in it: cut, a byte changed, a quote lost, other encodings, two records in one."""
    middle = len(content) // 2
    return [
        content[: middle + 7],
        content.replace(b'":', b'"', 3),
        content.replace('"หนึ่ง'.encode(), b'"\xff\xfe'),
        content.replace(CANARIES["last name"].encode(), CANARIES["last name"].encode()[:-1]),
        content.replace(b"\n", b" "),
        content.replace(CANARIES["house"].encode(), b'7"77/13' + b"\0"),
        content.decode().encode("utf-16"),
        content.decode().encode("cp874"),
        b"[" * 5000 + content,
        content.replace(NUMBER.encode(), f'{{"{NUMBER}": [{NUMBER}]}}'.encode())
        .replace(b'"{', b"{")
        .replace(b'}"', b"}"),
    ][number]


@pytest.mark.parametrize("number", range(10))
def test_a_broken_payload_tells_nobody(aviary, number):
    for name in ("a.ndjson", "a.json"):
        path = aviary.home.folder / name
        path.write_bytes(harmed(ndjson(HOMES), number))
        aviary.jpt("intake", path)
        aviary.jpt("intake", path, "--json")
    assert aviary.escaped() == []


@pytest.mark.parametrize("kind", ["xlsx", "parquet", "zip", "gz", "csv"])
@pytest.mark.parametrize("place", [0.3, 0.6, 0.97])
def test_a_cut_or_changed_file_tells_nobody(aviary, kind, place):
    delivered = deliver(aviary.home.folder / "in", kind, HOMES)
    for path in [delivered] if delivered.is_file() else sorted(delivered.iterdir()):
        content = path.read_bytes()
        at = int(len(content) * place)
        path.write_bytes(
            content[:at] if kind == "gz" else content[:at] + bytes([content[at] ^ 0x5A]) + content[at + 1 :]
        )
    aviary.jpt("intake", delivered)
    assert aviary.escaped() == []


@pytest.mark.parametrize("nth", [1, 4, 8])
def test_a_full_disk_tells_nobody(aviary, monkeypatch, nth):
    """The n-th file of intake, and then of a run, cannot be written."""
    delivered = deliver(aviary.home.folder / "in", "csv", HOMES)
    fsync, calls = os.fsync, []

    def full(handle):
        calls.append(handle)
        if len(calls) % 10 == nth:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", full)
    aviary.jpt("intake", delivered)
    with aviary.listening(), suppress(OSError, NotSealed):
        aviary.home.run()
    assert len(calls) >= nth
    assert aviary.escaped() == []


@pytest.mark.parametrize("name", ["token", "vault"])
def test_a_wrong_key_tells_nobody(aviary, name):
    (aviary.settings.root / "keys" / f"{name}.key").write_bytes(b"w" * 32)
    assert aviary.jpt("intake", deliver(aviary.home.folder / "in", "csv", HOMES)) == 1
    assert aviary.escaped() == []
    assert b"L-KEY" in (aviary.said / "screen.txt").read_bytes()


def test_names_do_not_open_with_a_wrong_key_and_tell_nobody(aviary):
    aviary.home.take_bytes("a.ndjson", ndjson(HOMES))
    (aviary.settings.root / "keys" / "vault.key").write_bytes(b"w" * 32)
    with session(aviary.settings, holds_names=True) as connection, pytest.raises(KeyMissing):
        open_names(connection, aviary.settings, aviary.home.receipts(), HERE)
    assert aviary.escaped() == []


def python_chokes(value):
    raise ValueError(f"cannot take {value}")


def arrow_chokes(value):
    pa.array([value]).cast(pa.date32())


def duckdb_chokes(value):
    duckdb.execute("SELECT CAST(? AS INTEGER)", [value])


@pytest.mark.parametrize("choke", [python_chokes, arrow_chokes, duckdb_chokes])
def test_an_error_inside_of_intake_tells_nobody(aviary, monkeypatch, choke):
    """A library chokes on a value, and says so with the value in its words: on the command line and in Dagster."""
    with pytest.raises((ValueError, duckdb.Error), match=CANARIES["first name"]):
        choke(CANARIES["first name"])
    monkeypatch.setattr("jpt_pipeline.intake.unit.Stager.stage", lambda self, batch, no: choke(CANARIES["first name"]))
    delivered = deliver(aviary.home.folder / "in", "ndjson", HOMES)
    assert aviary.jpt("intake", delivered) == 1
    with aviary.listening(), pytest.raises(Withheld, match="intake") as told:
        aviary.home.take(delivered)
    assert "test_intake_canary.py" in str(told.value)
    assert aviary.escaped() == []
    assert aviary.home.receipts() == []
    assert b"L-FAULT" in (aviary.said / "screen.txt").read_bytes()


def test_an_error_inside_of_a_stage_tells_nobody(aviary, monkeypatch):
    """DuckDB quotes the value that it cannot cast; the event log of Dagster keeps what a step says."""
    aviary.home.take_bytes("a.ndjson", ndjson(HOMES))

    def choke(connection, *_):
        connection.execute("SELECT CAST(? AS INTEGER)", [CANARIES["first name"]])

    monkeypatch.setattr("jpt_pipeline.households.stages.open_forms", choke)
    assert aviary.jpt("run", "--year", YEAR, "--province", "38") == 1
    assert aviary.escaped() == []
    assert b"ConversionException" in (aviary.said / "screen.txt").read_bytes()
    with pytest.raises(StageFailed) as told:
        make_records(aviary.settings, HERE, GATES)
    assert CANARIES["first name"] not in str(told.value)


def test_an_error_of_a_session_keeps_its_kind_and_no_value(home):
    def cast():
        with session(home.settings) as connection:
            connection.execute("SELECT CAST(? AS INTEGER)", [NUMBER + "x"])

    with pytest.raises(duckdb.ConversionException) as told:
        cast()
    assert NUMBER not in str(told.value)
    assert told.value.__suppress_context__


@pytest.mark.parametrize("table", ["submissions__records", "households__clean", "households__members"])
def test_a_closed_gate_tells_nobody(aviary, table):
    aviary.home.take_bytes("a.ndjson", ndjson(HOMES))

    def closed(connection, source):
        return [Verdict("closed", False, 1, "ปิด")]

    gates = {**GATES, table: [closed]}

    def stages():
        make_records(aviary.settings, HERE, gates)
        make_households(aviary.settings, HERE, gates)

    with aviary.listening(), pytest.raises(GateFailed):
        stages()
    assert list(aviary.settings.lake.rglob("rejected.parquet"))
    assert aviary.escaped() == []


def test_a_release_that_cannot_be_written_tells_nobody(aviary, monkeypatch):
    aviary.home.take_bytes("a.ndjson", ndjson(HOMES))
    aviary.home.run()
    for part in (HERE, Part(YEAR)):
        make_certified(aviary.settings, part, GATES)

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    for make in (build_warehouse, lambda settings: publish_round(settings, YEAR)):
        with aviary.listening(), pytest.raises(OSError):
            make(aviary.settings)
    assert aviary.escaped() == []


def test_a_restored_copy_without_its_keys_tells_nobody(aviary):
    """What a thief gets who takes the home without landing/files and without the keys."""
    aviary.home.take_bytes("a.ndjson", ndjson(HOMES))
    aviary.home.run()
    stolen = aviary.home.folder / "stolen"
    ignored = shutil.ignore_patterns("files", "keys")
    shutil.copytree(aviary.settings.root, stolen, ignore=ignored)
    assert search(stolen, CANARIES) == []
    assert search(stolen, {"token key": KEYS["token"].hex(), "vault key": KEYS["vault"].hex()}) == []
