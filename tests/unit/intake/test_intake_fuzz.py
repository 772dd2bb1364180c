"""Spoilt deliveries: whatever happens to the bytes, intake ends without an exception and every record is accounted for."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.oracle import read_any, split_any_way
from tests.unit.intake.country import Home, deliver, household, ndjson, pair, person

SECRETS = ["8000000000014", "8000000000022", "ลับสุดยอด", "นามสกุลลับ", "999/77ลับ", "18.0712345"]
HOMES = [
    household(1, house_no=SECRETS[4], latitude=SECRETS[5], people=[person(1, first_name=SECRETS[2]), person(2)]),
    household(2, village="38010102", people=[person(2, first_name=SECRETS[2], last_name=SECRETS[3], relation="01")]),
    household(3),
]  # fmt: skip
FUZZ = settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


READERS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
SOAK = settings(READERS, max_examples=1000)


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """Bytes of a workbook, a Parquet file and a zip that are right."""
    folder = tmp_path_factory.mktemp("packed")
    return {kind: deliver(folder / kind, kind, HOMES) for kind in ("xlsx", "parquet", "zip", "gz")}


@st.composite
def spoilt(draw, content):
    """The bytes after one to three accidents: flipped bytes, a cut, a piece twice, pieces swapped, odd bytes put in."""
    for _ in range(draw(st.integers(1, 3))):
        if not content:
            break
        low = draw(st.integers(0, len(content) - 1))
        high = min(len(content), low + draw(st.integers(1, 200)))
        kind = draw(st.sampled_from(["flip", "cut", "twice", "away", "swap", "odd"]))
        if kind == "flip":
            content = content[:low] + bytes([content[low] ^ (1 << draw(st.integers(0, 7)))]) + content[low + 1 :]
        elif kind == "cut":
            content = content[:low]
        elif kind == "twice":
            content = content[:high] + content[low:high] + content[high:]
        elif kind == "away":
            content = content[:low] + content[high:]
        elif kind == "swap":
            middle = (low + high) // 2
            content = content[:low] + content[middle:high] + content[low:middle] + content[high:]
        else:
            odd = draw(
                st.sampled_from(
                    [b'"', b",", b"\n", b"\0", b"\xff", b"\r", b"\x1f", b"'", b"[", b"}", b"e5", "๓".encode()]
                )
            )
            content = content[:low] + odd + content[low:]
    return content


def take_spoilt(files):
    """Deliver the files to a fresh home, and say nothing of a person. Accounting is checked by intake and here."""
    folder = Path(tempfile.mkdtemp())
    try:
        made = Home(folder)
        report = made.take_files(files)
        said = repr(report) + made.refusals() + "".join(receipt.model_dump_json() for receipt in made.receipts())
        assert not [secret for secret in SECRETS if secret in said]
        if report.status == "refused":
            assert report.code
            assert made.receipts() == []
            return
        refused = made.refused()
        listed = [file for unit in report.receipt.units for file in unit.files]
        assert sum(file.refused_n for file in listed) == len(refused)
        assert all(codes for _, _, codes in refused)
        assert all(0 <= file.refused_n <= file.records_n for file in listed)
    finally:
        shutil.rmtree(folder)


@FUZZ
@given(st.data())
def test_spoilt_payload_lines(data):
    take_spoilt({"payload.ndjson": data.draw(spoilt(ndjson(HOMES)))})


@FUZZ
@given(st.data())
def test_spoilt_arrays(data):
    array = b"[" + b",".join(ndjson(HOMES).splitlines()) + b"]"
    take_spoilt({"payload.json": data.draw(spoilt(array))})


@FUZZ
@given(
    st.data(),
    st.sampled_from(["households.csv", "members.csv"]),
    st.sampled_from([",", ";"]),
    st.sampled_from(["utf-8", "cp874"]),
)
def test_spoilt_tables(data, name, delimiter, encoding):
    files = pair(HOMES, delimiter=delimiter, encoding=encoding)
    take_spoilt(files | {name: data.draw(spoilt(files[name]))})


@FUZZ
@given(st.sampled_from(["households.csv", "members.csv"]), st.randoms(use_true_random=False))
def test_columns_under_wrong_names(name, random):
    """A header whose names are shuffled: every value stands where another one belongs."""
    files = pair(HOMES)
    header, body = files[name].split(b"\r\n", 1)
    names = header.split(b",")
    random.shuffle(names)
    take_spoilt(files | {name: b",".join(names) + b"\r\n" + body})


@FUZZ
@given(st.data(), st.sampled_from(["xlsx", "zip", "gz"]))
def test_spoilt_archives(packed, data, kind):
    take_spoilt({packed[kind].name: data.draw(spoilt(packed[kind].read_bytes()))})


@FUZZ
@given(st.data(), st.sampled_from(["households.parquet", "members.parquet"]))
def test_spoilt_parquet(packed, data, name):
    files = {path.name: path.read_bytes() for path in packed["parquet"].iterdir()}
    take_spoilt(files | {name: data.draw(spoilt(files[name]))})


@FUZZ
@given(
    st.binary(min_size=1, max_size=300),
    st.sampled_from(["a.ndjson", "a.json", "a.csv", "a.xlsx", "a.parquet", "a.zip", "a.gz"]),
)
def test_any_bytes_under_any_name(content, name):
    take_spoilt({name: content})


LINE_ENDS = [b"\r\n", b"\n", b"\r", b"\n\r", b"\n\n", b" \n"]
MARKS = [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"]
ENCODINGS = ["utf-8", "cp874", "utf-16-le", "utf-16-be", "utf-16"]


@st.composite
def rewritten(draw, content):
    """The text in another shape, then spoilt or not: encoding, mark, line ends, quotes, columns, header, one long cell."""
    lines = content.splitlines()
    kind = draw(st.sampled_from(["plain", "ends", "quotes", "columns", "header", "long", "blank"]))
    at = draw(st.integers(0, len(lines) - 1))
    if kind == "quotes":
        cells = lines[at].split(b",")
        chosen = draw(st.integers(0, len(cells) - 1))
        cells[chosen] = (
            draw(st.sampled_from([b'"%b"', b'"%b', b'%b"', b'"a""%b"', b'"%b\n"', b'x"%b"'])) % cells[chosen]
        )
        lines[at] = b",".join(cells)
    elif kind == "columns":
        lines = [b",".join(reversed(line.split(b","))) if draw(st.booleans()) else line for line in lines]
    elif kind == "header":
        lines.insert(draw(st.integers(0, len(lines))), lines[0])
    elif kind == "long":
        lines[at] += b"x" * draw(st.sampled_from([1 << 16, (2 << 20) + 1]))
    elif kind == "blank":
        lines.insert(at, draw(st.sampled_from([b"", b" \t", b",,,", b"\x1a", b'""'])))
    ends = [draw(st.sampled_from(LINE_ENDS)) if kind == "ends" else b"\r\n" for _ in lines]
    text = b"".join(line + end for line, end in zip(lines, ends, strict=True)).decode()
    encoded = draw(st.sampled_from(MARKS)) + text.encode(draw(st.sampled_from(ENCODINGS)))
    return draw(spoilt(encoded)) if draw(st.booleans()) else encoded


TEXTS = {"a.ndjson": ndjson(HOMES), "a.json": b"[" + b",\n".join(ndjson(HOMES).splitlines()) + b"]"}
TEXTS |= {f"{name[0]}.csv": content for name, content in pair(HOMES).items()}


def read_rewritten(data):
    name = data.draw(st.sampled_from(sorted(TEXTS)))
    content = data.draw(rewritten(TEXTS[name]))
    if content:
        split_any_way(content)
        read_any(name, content)


@READERS
@given(st.data())
def test_readers_of_rewritten_text(data):
    """Spans tile the file, every physical record is counted once, and nothing is raised."""
    read_rewritten(data)


@pytest.mark.soak
@SOAK
@given(st.data())
def test_readers_of_rewritten_text_at_length(data):
    read_rewritten(data)


@READERS
@given(st.data(), st.sampled_from(["xlsx", "parquet"]))
def test_readers_of_spoilt_tables(packed, data, kind):
    path = packed[kind] if kind == "xlsx" else packed[kind] / "members.parquet"
    read_any(path.name, data.draw(spoilt(path.read_bytes())) or b"x")


@FUZZ
@given(st.data())
def test_rewritten_tables_are_taken_in(data):
    files = pair(HOMES)
    name = data.draw(st.sampled_from(sorted(files)))
    take_spoilt(files | {name: data.draw(rewritten(files[name]))})
