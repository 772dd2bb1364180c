"""The vault file: what goes in comes out, the same rows give the same bytes, and nothing in it can be changed unseen."""

import json
import os
import stat

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jpt_pipeline.vault import SCHEMAS, VaultBroken, VaultWriter, read_vault
from jpt_pipeline.vault import file as vault_file

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
TEXT = st.none() | st.text(max_size=12)
NUMBER = st.integers(0, 2**62)


def members(rows):
    return pa.Table.from_pylist(
        [dict(zip(SCHEMAS["member"].names, row, strict=True)) for row in rows], SCHEMAS["member"]
    )


def invented(count, start=0):
    return members(
        [(start + i, 1, f"{8_000_000_000_000 + i}", "003", f"ชื่อ{i}", None if i % 3 else "") for i in range(count)]
    )


HOUSES = pa.table(
    {
        "form": [1, 2],
        "house_no": ["77/1 ก", None],
        "latitude": ["18.07", ""],
        "longitude": ["๑๐๓.๗", None],
    },
    SCHEMAS["household"],
)

FIVE = (invented(5),)


def written(path, key=KEY, context="unit", houses=HOUSES, people=FIVE):
    with VaultWriter(path, key, context) as vault:
        vault.add("household", houses)
        for table in people:
            vault.add("member", table)
    return path


def rows(path, kind="member", key=KEY, context="unit", columns=None):
    return [row for table in read_vault(path, key, context, kind, columns) for row in table.to_pylist()]


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(vault_file, "CHUNK_ROWS", 2)


def test_what_goes_in_comes_out(tmp_path):
    path = written(tmp_path / "a.vault")
    assert rows(path, "household") == HOUSES.to_pylist()
    assert rows(path) == invented(5).to_pylist()
    assert rows(path, columns=["member_no", "first_name"])[0] == {"member_no": 1, "first_name": "ชื่อ0"}
    assert [path.name for path in tmp_path.iterdir()] == ["a.vault"]


def test_nothing_can_be_read_without_the_key(tmp_path):
    content = written(tmp_path / "a.vault", people=(invented(500),)).read_bytes()
    for secret in ("77/1 ก", "18.07", "8000000000003", "ชื่อ4"):
        for encoding in ("utf-8", "utf-16-le", "cp874"):
            assert secret.encode(encoding) not in content


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(NUMBER, NUMBER, TEXT, TEXT, TEXT, TEXT), max_size=9), st.lists(st.integers(1, 4), max_size=5))
def test_any_rows_in_any_batches_give_the_same_bytes(tmp_path_factory, content, cuts):
    folder = tmp_path_factory.mktemp("vault")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vault_file, "CHUNK_ROWS", 3)
        table = members(content)
        whole = written(folder / "whole", people=[table])
        batches, start = [], 0
        for size in [*cuts, len(content)]:
            batches.append(table.slice(start, size))
            start += size
        cut = written(folder / "cut", people=batches)
        assert whole.read_bytes() == cut.read_bytes()
        chunks = list(read_vault(cut, KEY, "unit", "member"))
    assert [row for chunk in chunks for row in chunk.to_pylist()] == table.to_pylist()
    assert all(chunk.num_rows <= 3 for chunk in chunks)


def test_kinds_may_come_in_turns(tmp_path, small_chunks):
    with VaultWriter(tmp_path / "a", KEY, "unit") as vault:
        for i in range(3):
            vault.add("member", invented(3, i * 3))
            vault.add("household", HOUSES)
    assert [row["form"] for row in rows(tmp_path / "a")] == list(range(9))
    assert len(rows(tmp_path / "a", "household")) == 6


def test_an_empty_vault_is_whole(tmp_path):
    with VaultWriter(tmp_path / "a", KEY, "unit"):
        pass
    assert rows(tmp_path / "a") == rows(tmp_path / "a", "household") == []
    with pytest.raises(VaultBroken):
        rows(tmp_path / "a", key=OTHER_KEY)


@pytest.mark.parametrize("changes", [{"key": OTHER_KEY}, {"context": "another"}])
def test_another_key_or_unit_opens_nothing(tmp_path, changes):
    path = written(tmp_path / "a.vault")
    with pytest.raises(VaultBroken, match=r"a\.vault"):
        rows(path, **changes)


def test_every_byte_counts(tmp_path, small_chunks):
    """Whatever byte is changed: the rows come out as they were written, or not at all, and never others."""
    path = written(tmp_path / "a", people=[invented(3)])
    content = path.read_bytes()
    before, said = [rows(path, kind) for kind in SCHEMAS], set()
    for place in [*range(100), *range(100, len(content), 37), len(content) - 1]:
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        broken = 0
        for kind, expected in zip(SCHEMAS, before, strict=True):
            try:
                assert rows(path, kind) == expected
            except VaultBroken as error:
                broken += 1
                said.add(str(error))
        assert broken, f"byte {place} is not protected"
    assert not [text for text in said if "ชื่อ" in text]


def test_no_end_can_be_cut_off_and_none_added(tmp_path, small_chunks):
    path = written(tmp_path / "a", people=[invented(4)])
    content = path.read_bytes()
    for length in [*range(60), *range(60, len(content), 37), len(content) - 1]:
        path.write_bytes(content[:length])
        for kind in SCHEMAS:
            with pytest.raises(VaultBroken):
                rows(path, kind)
    path.write_bytes(content + b"x")
    with pytest.raises(VaultBroken):
        rows(path)


def chunks_of(content):
    """(head, sealed columns) of each chunk, and the end mark with its head."""
    at, found = len(vault_file.MAGIC) + 1, []
    while True:
        length = int.from_bytes(content[at : at + 4], "big")
        head = json.loads(content[at + 4 : at + 4 + length])
        at += 4 + length
        if "end" in head:
            return found, content[at - 4 - length :]
        size = sum(n for _, n in head["columns"])
        found.append((head, content[at : at + size]))
        at += size


def joined(chunks, end):
    said = b"".join(
        len(json.dumps(head)).to_bytes(4, "big") + json.dumps(head).encode() + body for head, body in chunks
    )
    return vault_file.MAGIC + bytes([vault_file.VERSION]) + said + end


def test_chunks_cannot_be_swapped_dropped_or_taken_from_another_file(tmp_path, small_chunks):
    path = written(tmp_path / "a", people=[invented(6)])
    foreign = written(tmp_path / "b", context="other", people=[invented(6, 100)])
    (chunks, end), (others, _) = chunks_of(path.read_bytes()), chunks_of(foreign.read_bytes())
    people = [i for i, (head, _) in enumerate(chunks) if head["kind"] == "member"]
    first, second, third = people
    path.write_bytes(joined(chunks, end))
    assert rows(path) == invented(6).to_pylist()
    head = chunks[first][0]
    swapped = [*chunks]
    swapped[first], swapped[second] = (head, chunks[second][1]), (chunks[second][0], chunks[first][1])
    dropped = [one for i, one in enumerate(chunks) if i != third]
    renumbered = [
        ({**one[0], "chunk": 1} if i == third else one[0], one[1]) for i, one in enumerate(chunks) if i != second
    ]
    taken = [*chunks]
    taken[first] = (head, others[first][1])
    renamed = [*chunks]
    columns = [
        [{"first_name": "last_name", "last_name": "first_name"}.get(name, name), n] for name, n in head["columns"]
    ]
    renamed[first] = ({**head, "columns": columns}, chunks[first][1])
    for arranged in (swapped, dropped, renumbered, taken, renamed):
        path.write_bytes(joined(arranged, end))
        with pytest.raises(VaultBroken):
            rows(path)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_refused_in_peace(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / f"any-{os.getpid()}"
    for start in (b"", vault_file.MAGIC + b"\x01", vault_file.MAGIC + b"\x01\x00\x00\x00"):
        path.write_bytes(start + content)
        with pytest.raises(VaultBroken):
            rows(path)


@pytest.mark.parametrize(
    "head",
    [
        b"[" * 60_000,
        b"5",
        b'{"kind": "nobody", "chunk": 0, "rows": 1, "columns": []}',
        b'{"kind": "member", "chunk": 0, "rows": 1, "columns": [["form", 99999999999999999999]]}',
        b'{"kind": "member", "chunk": 0, "rows": 1, "columns": [["form", -4]]}',
        b'{"kind": "member", "chunk": 0, "rows": 1, "columns": 7}',
    ],
)
def test_a_made_up_head_is_refused_in_peace(tmp_path, head):
    path = tmp_path / "a"
    path.write_bytes(vault_file.MAGIC + b"\x01" + len(head).to_bytes(4, "big") + head + b"x" * 40)
    with pytest.raises(VaultBroken):
        rows(path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(VaultBroken, match="missing"):
        rows(tmp_path / "none.vault")


def test_an_error_on_the_way_leaves_nothing(tmp_path):
    def fail():
        with VaultWriter(tmp_path / "a", KEY, "unit") as vault:
            vault.add("member", invented(3))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_file_that_was_there(tmp_path, monkeypatch):
    path = written(tmp_path / "a")
    before = path.read_bytes()

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        written(path, people=[invented(9)])
    assert [one.name for one in tmp_path.iterdir()] == ["a"]
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("table", "word"),
    [
        (pa.table({"form": [1]}), "columns"),
        (HOUSES.append_column("first_name", pa.array(["a", "b"])), "columns"),
        (HOUSES.set_column(0, "form", pa.array(["ก", "ข"])), "types"),
    ],
)
def test_a_table_of_another_shape_is_refused_without_its_content(tmp_path, table, word):
    with VaultWriter(tmp_path / "a", KEY, "unit") as vault, pytest.raises(ValueError, match=word) as told:
        vault.add("household", table)
    assert "ก" not in str(told.value)


def test_only_known_columns_can_be_asked_for(tmp_path):
    with pytest.raises(ValueError, match="house_no"):
        rows(written(tmp_path / "a"), columns=["house_no"])


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o277])
def test_the_file_is_its_owners_alone_whatever_the_umask(tmp_path, mask):
    tmp_path.chmod(0o755)
    before = os.umask(mask)
    try:
        path = written(tmp_path / "a")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
