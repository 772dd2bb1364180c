"""The search for canaries finds each of them wherever it hides, and nothing where nothing is."""

import base64
import gzip
import json
import sqlite3
import zipfile
import zlib

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.canary import DIGITS, Found, search, seen_in

NUMBER, NAME, HOUSE, PLACE = "8123456789012", "กนารีหนึ่ง", "777/13กรง", "18.0765432"
CANARIES = {"number": NUMBER, "name": NAME, "house": HOUSE, "place": PLACE}
HYPHENS, SPACES = "8-1234-56789-01-2", "8 1234 56789 01 2"


def hits(root, **options):
    return {found.canary for found in search(root, CANARIES, **options)}


WRITTEN = {
    "plain": (NUMBER.encode(), {"number"}),
    "Thai digits": (NUMBER.translate(DIGITS).encode(), {"number"}),
    "hyphens": (HYPHENS.encode(), {"number"}),
    "spaces": (SPACES.encode(), {"number"}),
    "Thai digits with hyphens": (HYPHENS.translate(DIGITS).encode(), {"number"}),
    "UTF-16LE": (f"x{NAME}".encode("utf-16-le"), {"name"}),
    "UTF-16BE": (f"x{NAME}".encode("utf-16-be"), {"name"}),
    "UTF-16 number": (NUMBER.encode("utf-16"), {"number"}),
    "cp874": (f"ชื่อ {NAME} {HOUSE}".encode("cp874"), {"name", "house"}),
    "JSON escapes": (json.dumps({"a": NAME}).encode(), {"name"}),
    "bytes as Python shows them": (repr(NAME.encode()).encode(), {"name"}),
    "hex": (NUMBER.encode().hex().encode(), {"number"}),
    "entities": ("".join(f"&#{ord(c)};" for c in NAME).encode(), {"name"}),
    "plain digest": (__import__("hashlib").sha256(NUMBER.encode()).hexdigest().encode(), {"number"}),
    "gzip": (gzip.compress(NAME.encode()), {"name"}),
    "gzip in gzip": (gzip.compress(gzip.compress(NAME.encode())), {"name"}),
    "zstd": (pa.compress(NAME.encode() * 3, "zstd", asbytes=True), {"name"}),
    "flate stream of a PDF": (b"%PDF-1.7\nstream\n" + zlib.compress(HOUSE.encode()) + b"\nendstream", {"house"}),
    "another number": (b"8123456789021 81234567890 18.076543", set()),
}


@pytest.mark.parametrize("way", WRITTEN)
def test_it_is_found_however_it_is_written(tmp_path, way):
    content, expected = WRITTEN[way]
    (tmp_path / "file").write_bytes(content)
    assert hits(tmp_path) == expected


@given(st.binary(max_size=5), st.binary(max_size=5), st.sampled_from([*CANARIES]), st.booleans())
def test_it_is_found_in_base64_at_every_place(before, after, name, is_url):
    encode = base64.urlsafe_b64encode if is_url else base64.b64encode
    for encoding in ("utf-8", "utf-16-le", "cp874"):
        content = encode(before + CANARIES[name].encode(encoding) + after)
        assert name in {hit for hit, _ in seen_in(content, CANARIES)}


@given(st.binary(max_size=400))
def test_nothing_is_found_where_nothing_is(content):
    assert list(seen_in(base64.b64encode(content), CANARIES)) == []


def test_cells_of_parquet_and_databases_are_read(tmp_path):
    """In their files the values are compressed and cut: the bytes alone would not show them."""
    rows = {"a": [NAME + str(i % 7) for i in range(5000)], "n": [int(NUMBER)] * 5000, "l": [[HOUSE]] * 5000}
    pq.write_table(pa.table(rows), tmp_path / "data", compression="zstd")
    with duckdb.connect(str(tmp_path / "base")) as connection:
        connection.execute("CREATE TABLE t AS SELECT * FROM read_parquet(?)", [str(tmp_path / "data")])
    with sqlite3.connect(tmp_path / "events") as events:
        events.execute("PRAGMA journal_mode = WAL")
        events.execute("CREATE TABLE t (a TEXT)")
        events.execute("INSERT INTO t VALUES (?)", ["." * 5000 + json.dumps(NAME) + "." * 9000 + PLACE])
    events.close()
    found = {(hit.file, hit.canary) for hit in search(tmp_path, CANARIES)}
    tables = {(file, name) for file in ("data", "base") for name in ("name", "number", "house")}
    assert found == tables | {("events", "name"), ("events", "place")}


def test_members_of_a_zip_and_their_names_are_read(tmp_path):
    for name, member in (("a.xlsx", "xl/sharedStrings.xml"), ("b.zip", f"{NAME}.txt"), ("c.zip", "inner.gz")):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(member, gzip.compress(PLACE.encode()) if member.endswith(".gz") else HOUSE)
    found = {(hit.file, hit.canary) for hit in search(tmp_path, CANARIES)}
    assert found == {("a.xlsx", "house"), ("b.zip", "house"), ("b.zip", "name"), ("c.zip", "place")}


def test_names_of_files_and_folders_are_read(tmp_path):
    (tmp_path / HYPHENS).mkdir()
    assert search(tmp_path, CANARIES) == [Found(HYPHENS, "name", "number", "hyphens, utf-8")]


def test_broken_packages_are_their_bytes(tmp_path):
    for number, start in enumerate((b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PAR1", b"%PDF-stream\nx")):
        (tmp_path / str(number)).write_bytes(start + NAME.encode() + b"endstream")
    (tmp_path / "base").write_bytes(b"12345678DUCK" + NAME.encode())
    (tmp_path / "events").write_bytes(b"SQLite format 3\0" + NAME.encode())
    assert len(search(tmp_path, CANARIES)) == 7


def test_folders_can_be_left_out(tmp_path):
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "file").write_bytes(NAME.encode())
    assert hits(tmp_path) == {"name"}
    assert hits(tmp_path, leave_out=[tmp_path / "landing"]) == set()
