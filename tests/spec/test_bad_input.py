"""The catalogue bad_input.yaml, line by line and format by format, through the production entry point.

All fixtures go into one home, whose stages then run once: a record's outcome is looked up where users would look it up.
"""

import csv
import gzip
import io
import json
import os
import pickle
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import filelock
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from checks import GATES
from jpt_pipeline.codes import load_codes
from jpt_pipeline.households.accounting import make_deliveries
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.intake.delivery import DeliveryReport, hold_codes, take_in
from jpt_pipeline.settings import CHECKOUT
from jpt_pipeline.store.lake import Part
from tests.conftest import shared_folder
from tests.spec.bad_files import Files, Given, named
from tests.spec.bad_records import (
    ALL,
    CATALOGUE,
    SAID_ELSEWHERE,
    VARIANTS,
    Key,
    Variant,
    is_record,
    number_of,
    table_of,
)
from tests.spec.bad_tables import FILES
from tests.unit.intake.country import YEAR, Home, citizen_id, household, ndjson, refused_n

PLACES = (Part(YEAR, "38"), Part(YEAR, "39"), Part(YEAR, "10"))
CASES = [(v, kind) for v in VARIANTS if v.kind not in SAID_ELSEWHERE for kind in v.formats]
AGAIN: Key = (21, "again")
Record = tuple[str, int]  # digest of the file, number of the record


@dataclass
class Told:
    """What became of one delivery."""

    status: str
    code: str | None
    notes: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)  # name -> digest
    good: str | None = None  # code of a household that must count
    physical: dict[str, int] = field(default_factory=dict)


@dataclass
class World:
    """All that can be looked up after the run."""

    told: dict[tuple[Key, str], Told]
    places: dict[tuple[Key, str], list[Record]]
    members: dict[tuple[Key, str], list[Record]]
    good: dict[tuple[Key, str], list[Record]]
    accounts: dict[str, dict[str, int]] = field(default_factory=dict)
    codes: dict[Record, list[str]] = field(default_factory=dict)
    classes: dict[Record, tuple[str, list[str]]] = field(default_factory=dict)
    counted: dict[Record, tuple[str, str]] = field(default_factory=dict)
    findings: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    said: str = ""


def physical_n(name: str, content: bytes) -> int:
    """Physical records of a file, counted without the engine."""
    if name.endswith(".parquet"):
        return int(pq.read_metadata(io.BytesIO(content)).num_rows)
    if name.endswith(".xlsx"):
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [n for n in book.sheet_names if n.strip().lower() in ("households", "members")]
        return sum(len(book.get_sheet_by_name(n).to_python(skip_empty_area=False)) for n in names or book.sheet_names)
    wide = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(content[:2])
    text = content.decode(wide).removeprefix("\ufeff") if wide else content.decode("latin-1")
    if name.endswith(".json"):
        return len(json.loads(content.decode("utf-8-sig", "replace") if not wide else text))
    if name.endswith(".csv"):
        return sum(1 for _ in csv.reader(io.StringIO(text, newline=""), delimiter=",")) if '"' in text else _lines(text)
    return _lines(text)


def _lines(text: str) -> int:
    lines = re.split("\r\n|\n|\r", text)
    return len(lines) - (not lines[-1])


class Taker:
    """Hands fixtures to one home, and keeps what was told of them."""

    def __init__(self, folder: Path):
        self.home = Home(folder).registers()
        self.world = World({}, {}, {}, {})
        self.numbered = 0

    def give(self, variant: Variant, kind: str, given: Given) -> None:
        for files in given.deliveries:
            report = self.take(files, given.declared)
        told = self.keep((variant.key, kind), report, files, given.physical)
        told.good = f"3801{number_of(variant.key, kind) + 1:07d}" if given.good else None

    def take(self, files: Files, declared: Any = None) -> DeliveryReport:
        self.numbered += 1
        folder = self.home.folder / f"given{self.numbered}"
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        path = folder if len(files) > 1 else folder / next(iter(files))
        (report,) = self.home.take(path, declared=declared)
        self.world.said += repr(report)
        return report

    def keep(self, key: tuple[Key, str], report: DeliveryReport, files: Files, physical: dict[str, int]) -> Told:
        told = Told(report.status, report.code)
        if report.receipt:
            told.notes = report.receipt.notes
            listed = [file for unit in report.receipt.units for file in unit.files]
            told.files = {file.file_name: file.file_sha256 for file in listed}
            plain = dict(_plain(files))
            told.physical = {n: physical.get(n) or physical_n(n, plain[n]) for n in told.files}
        self.world.told[key] = told
        return told

    def give_records(self, kind: str, chosen: list[Variant]) -> None:
        """Records of many variants in one delivery."""
        folder = self.home.folder / f"made{self.numbered}"
        folder.mkdir()
        made = table_of(kind, chosen, folder)
        files = _packed(kind, made.files)
        told = self.keep((chosen[0].key, kind), self.take(files), files, {})
        for variant in chosen:
            self.world.told[variant.key, kind] = told
            for found, kept in ((made.places, self.world.places), (made.members, self.world.members)):
                kept[variant.key, kind] = [(told.files[n], no) for n, no in found.get(variant.key, [])]
        for variant, (name, number) in zip(chosen, made.good, strict=True):
            self.world.good[variant.key, kind] = [(told.files[name], number)]
        if AGAIN not in self.world.told or len(chosen) > 1:
            other = {f"again {name}": content for name, content in files.items()}
            self.keep((AGAIN, kind), self.take(other), other, {})

    def run(self) -> World:
        """All stages up to the account of deliveries; then everything is read."""
        for part in PLACES:
            self.home.households(part)
        make_deliveries(self.home.settings, Part(YEAR), GATES)
        world, rows = self.world, self.home.rows
        names = ("header_n", "blank_n", "records_n", "accepted_n", "quarantined_n", "duplicate_n", "superseded_n")
        for digest, *counts in rows("submissions__deliveries", f"file_sha256, {', '.join(names)}", Part(YEAR)):
            world.accounts[digest] = dict(zip(names, counts, strict=True))
        for part in (*PLACES, Part(YEAR)):
            for digest, number, codes, said in rows(
                "households__quarantine", "file_sha256, record_no, codes, messages", part
            ):
                world.codes[digest, number] = codes
                world.said += "".join(said)
        for part in PLACES:
            for digest, number, kind, codes in rows(
                "submissions__records", "file_sha256, record_no, record_class, codes", part
            ):
                world.classes[digest, number] = (kind, codes)
            for digest, number, *key in rows(
                "households__clean", "file_sha256, record_no, village_code, household_id", part
            ):
                world.counted[digest, number] = (key[0], key[1])
            for village, house, rule in rows("households__findings", "village_code, household_id, rule_id", part):
                world.findings.setdefault((village, house), set()).add(rule)
        world.said += self.home.refusals() + "".join(receipt.model_dump_json() for receipt in self.home.receipts())
        return world


def _plain(files: Files) -> Iterator[tuple[str, bytes]]:
    """Files as they are when they are unpacked."""
    for name, content in files.items():
        if name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for entry in archive.infolist():
                    raw = entry.filename
                    shown = raw if raw.isascii() or entry.flag_bits & 0x800 else raw.encode("cp437").decode("cp874")
                    yield shown, archive.read(entry)
        else:
            yield (name[:-3], gzip.decompress(content)) if name.endswith(".gz") else (name, content)


def _packed(kind: str, files: Files) -> Files:
    if kind == "zip":
        return {"tables.zip": named(*files.items())}
    return {f"{n}.gz": gzip.compress(c, mtime=0) for n, c in files.items()} if kind == "gz" else files


def make_world(folder: Path, alone: bool = False) -> World:
    """All fixtures taken in. `alone`: every record in a delivery of its own."""
    taker = Taker(folder)
    for kind in ALL:
        chosen = [v for v in VARIANTS if is_record(v) and kind in v.formats]
        for group in [[v] for v in chosen] if alone else [chosen]:
            taker.give_records(kind, group)
    for variant, kind in CASES:
        if variant.key in FILES and not is_record(variant):
            taker.give(variant, kind, FILES[variant.key](kind, number_of(variant.key, kind)))
    return taker.run()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made once for all workers."""
    shared = shared_folder(tmp_path_factory)
    path = shared / "bad-input.pickle"
    with filelock.FileLock(shared / "bad-input.lock"):
        if not path.exists():
            path.write_bytes(pickle.dumps(make_world(tmp_path_factory.mktemp("bad-input"))))
    return pickle.loads(path.read_bytes())


def judged(variant: Variant, kind: str, world: World) -> None:
    """Raises AssertionError where a fixture did not become what the catalogue says."""
    told = world.told[variant.key, kind]
    if variant.kind in ("refused", "held", "known"):
        assert (told.status, told.code) == ("known" if variant.kind == "known" else "refused", variant.wanted)
        assert (variant.wanted in hold_codes()) == (variant.kind == "held")
        return
    assert told.status == "taken", told.code
    check_account(told, world)
    assert all(record in world.counted for record in world.good.get((variant.key, kind), []))
    digests = set(told.files.values())
    if told.good:
        assert told.good in {house for (digest, _), (_, house) in world.counted.items() if digest in digests}
    if records := world.places.get((variant.key, kind)):
        for record in records if variant.both else records[-1:]:
            beside = world.members.get((variant.key, kind), [])
            check_record(variant, record, [record, *beside], world)
    else:
        check_file(variant, told, digests, world)


def check_account(told: Told, world: World) -> None:
    """The identity of contract, section 5, for every file of a delivery."""
    for name, digest in told.files.items():
        n = world.accounts[digest]
        assert n["header_n"] + n["blank_n"] + n["records_n"] == told.physical[name], (name, n, told.physical)
        assert n["records_n"] == sum(n[f"{kind}_n"] for kind in ("accepted", "quarantined", "duplicate", "superseded"))


def check_record(variant: Variant, record: Record, beside: list[Record], world: World) -> None:
    """What became of one household; `beside` are its records, those of its members included."""
    if variant.kind == "quarantined":
        assert record not in world.counted, world.findings.get(world.counted[record])
        assert record in world.codes
        assert variant.wanted in {code for one in beside for code in world.codes.get(one, [])}, world.codes[record]
    elif variant.kind in ("duplicate", "superseded"):
        assert world.classes[record] == (variant.kind, [variant.wanted])
    else:
        assert record in world.counted, world.codes.get(record)
        found = world.findings.get(world.counted[record], set())
        if variant.kind == "accepted":
            assert not {rule for rule in found if rule.startswith(("J-", "HH-"))} - USUAL
        else:
            assert variant.wanted in found, found


def check_file(variant: Variant, told: Told, digests: set[str], world: World) -> None:
    """What became of the records of a file of its own: one is as expected, or all are as they should be."""
    counted = [record for record in world.counted if record[0] in digests]
    bad = {record: codes for record, codes in world.codes.items() if record[0] in digests}
    found = [world.findings.get(world.counted[record], set()) for record in counted]
    if variant.kind == "quarantined":
        assert any(variant.wanted in codes for codes in bad.values()), bad
        return
    assert not bad
    if variant.kind == "noted":
        assert variant.wanted in {note.split()[0] for note in told.notes}, told.notes
    elif variant.kind == "counted":
        first = world.accounts[next(iter(told.files.values()))]
        assert first[f"{variant.wanted}_n"] > (variant.wanted == "header")
    elif variant.kind == "accepted":
        rules = {rule for rules in found for rule in rules if rule.startswith(("J-", "HH-"))}
        assert not rules - USUAL
    else:
        assert any(variant.wanted in rules for rules in found), found


# Findings that the households of the test country have in any case, or for being alike.
USUAL = {"HH-SIGN", "J-ENUMERATOR", "J-LIKELY"}


# Cases that the engine gets wrong, with what would mend them; each turns red when it is mended.
LINES = [
    pytest.param(
        variant,
        id=f"{variant.key[0]:03d} {variant.key[1]}",
    )
    for variant in VARIANTS
    if variant.kind not in SAID_ELSEWHERE and variant.key[0] not in (22, 23, 24)
]


@pytest.mark.parametrize("variant", LINES)
def test_a_line_of_the_catalogue(variant: Variant, world: World) -> None:
    for kind in variant.formats:
        judged(variant, kind, world)


@pytest.mark.soak
def test_every_record_in_a_delivery_of_its_own(tmp_path: Path) -> None:
    world = make_world(tmp_path, alone=True)
    for variant, kind in CASES:
        if is_record(variant):
            judged(variant, kind, world)


def test_no_message_holds_personal_data(world: World) -> None:
    """Numbers of all invented persons, names, house numbers and places; in receipts, refusals and quarantine."""
    numbers = {citizen_id(number_of(v.key, kind) + n) for v, kind in CASES for n in range(4)}
    assert not numbers & set(re.findall("[0-9]{13}", world.said))
    assert not re.search("ลับ[0-9]", world.said)
    assert not [word for word in ("สมมุติ", "ทดสอบ", "103.77", "18.07", "รวมพร") if word in world.said]


def test_every_delivery_adds_up(world: World) -> None:
    taken = [told for told in world.told.values() if told.status == "taken"]
    assert len(taken) > 100
    for told in taken:
        for digest in told.files.values():
            n = world.accounts[digest]
            assert n["records_n"] == sum(
                n[f"{kind}_n"] for kind in ("accepted", "quarantined", "duplicate", "superseded")
            )


def test_the_catalogue_is_whole() -> None:
    """112 cases; every line has one outcome, a fixture, and codes that exist."""
    assert [case["number"] for case in CATALOGUE] == list(range(1, 113))
    known = set(load_codes()) | {rule.id for rule in load_instrument("plan12").rules}
    for variant in VARIANTS:
        if variant.kind in ("not_here", "later"):
            assert not variant.formats and variant.wanted
        elif variant.kind not in ("accepted", "counted"):
            assert variant.wanted in known, variant.key
        if variant.formats and variant.key[0] not in (21, 22, 23, 24):
            assert is_record(variant) != (variant.key in FILES), variant.key
    assert set(FILES) <= {variant.key for variant in VARIANTS}


@pytest.mark.parametrize("what", [v for v in VARIANTS if v.key[0] == 22], ids=lambda v: v.key[1])
def test_what_is_no_plain_file(home: Home, what: Variant) -> None:
    place = home.folder / "in.ndjson"
    make = {
        "nothing there": lambda: None, "empty folder": place.mkdir, "pipe": lambda: os.mkfifo(place),
        "link": lambda: place.symlink_to("/etc/passwd"), "device": lambda: None,
    }  # fmt: skip
    make[what.key[1]]()
    (report,) = home.take(Path("/dev/zero") if what.key[1] == "device" else place)
    assert (report.status, report.code) == ("refused", what.wanted)


def test_a_file_that_grows_is_refused_and_one_that_is_too_large_held(home: Home) -> None:
    growing, large = home.folder / "growing.ndjson", home.folder / "large.ndjson"
    growing.write_bytes(ndjson([household(1)]))
    large.write_bytes(ndjson([household(2)]))

    def append(_: int) -> None:
        if growing.stat().st_size < 5000:
            growing.write_bytes(growing.read_bytes() + b"\n" * 5000)

    (report,) = take_in([growing], home.settings, moved=append)
    assert report.code == "F-GROW"
    limits = (CHECKOUT / "data" / "intake" / "limits.yaml").read_text()
    definitions = home.folder / "definitions"
    shutil.copytree(CHECKOUT / "data" / "codes", definitions / "codes")
    for name in ("instruments", "rounds"):
        (definitions / name).symlink_to(CHECKOUT / "data" / name)
    (definitions / "intake").mkdir()
    (definitions / "intake" / "limits.yaml").write_text(
        limits.replace("big_file_bytes: 6442450944", "big_file_bytes: 100")
    )
    settings = home.settings.model_copy(update={"definitions": definitions})
    (held,) = take_in([large], settings)
    assert (held.status, held.code) == ("refused", "F-BIG") and held.code in hold_codes()
    (taken,) = take_in(
        [large], settings, accepted={"F-BIG"}, because="ตรวจแล้ว", now=lambda: datetime(2018, 3, 1, tzinfo=UTC)
    )
    assert refused_n(taken) == {"large.ndjson": (1, 0)}
