"""Where a record begins and ends: spans tile the file, and well-formed files give what csv and json read."""

import csv
import io
import json
import tempfile
import time
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jpt_pipeline.intake.splitter import csv_spans, json_spans, line_spans, mapped

DELIMITERS = [",", ";", "\t", "|"]
# Bytes that decide where records end, and a few that do not.
TRICKY = st.lists(
    st.sampled_from([b'"', b",", b";", b"\n", b"\r", b"\r\n", b"a", b" ", b"\\", b"\0", b"\xe0\xb8\x81", b"{", b"}", b"[", b"]"]),
    min_size=1,
    max_size=40,
).map(b"".join)  # fmt: skip
ANY_BYTES = st.one_of(TRICKY, st.binary(min_size=1, max_size=60))
CELLS = st.text(st.sampled_from('ก1 ",;\n\r\t|x'), max_size=6)


class Record(NamedTuple):
    no: int
    start: int
    end: int
    data: bytes
    code: str | None


def split(reader, content, *more, **options):
    """Records of the bytes, read from a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        with mapped(path) as data:
            return [
                Record(spans.first + i, int(start), int(end), data[start:end], spans.codes.get(i))
                for spans in reader(data, *more, **options)
                for i, (start, end) in enumerate(zip(spans.starts, spans.ends, strict=True))
            ]


def mark_of(content):
    """Length of a byte order mark."""
    return 3 if content.startswith(b"\xef\xbb\xbf") else 0


def between(content, records):
    """The bytes that no record holds, in pieces: before, between and after the records."""
    edges = [0, *(edge for record in records for edge in (record.start, record.end)), len(content)]
    return [content[low:high] for low, high in zip(edges[::2], edges[1::2], strict=True)]


def assert_tiles(content, records):
    """Records stand in order, do not overlap, and hold exactly the bytes of their span."""
    assert [record.no for record in records] == list(range(1, len(records) + 1))
    last = 0
    for record in records:
        assert last <= record.start <= record.end <= len(content)
        assert record.data == content[record.start : record.end]
        last = record.end


@given(ANY_BYTES)
def test_lines_tile_the_file_and_only_line_ends_lie_between(content):
    records = split(line_spans, content)
    assert_tiles(content, records)
    assert all(not piece.strip(b"\r\n") for piece in between(content, records))
    assert all(not set(record.data) & set(b"\r\n") for record in records)


@given(
    st.lists(st.binary(max_size=8).map(lambda b: b.translate(None, b"\r\n")), min_size=1, max_size=8),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.booleans(),
)
def test_lines_of_every_kind_of_line_end_are_the_same_records(lines, end, is_last_ended):
    content = end.join(lines) + (end if is_last_ended else b"")
    if not content:
        return
    found = [record.data for record in split(line_spans, content)]
    assert found == (lines if is_last_ended or lines[-1] else lines[:-1])


@given(ANY_BYTES, st.sampled_from(DELIMITERS))
def test_csv_records_tile_any_file(content, delimiter):
    records = split(csv_spans, content, delimiter)
    assert_tiles(content, records)
    assert all(not piece.strip(b"\r\n") for piece in between(content, records))


@given(ANY_BYTES, st.sampled_from(DELIMITERS), st.integers(1, 20))
@example(b"\r\r\n", ",", 1)  # a block that ends between two CR does not end inside of the CRLF behind them
def test_the_size_of_a_block_changes_nothing(content, delimiter, block):
    assert split(csv_spans, content, delimiter, block=block) == split(csv_spans, content, delimiter)
    assert split(line_spans, content, block=block) == split(line_spans, content)


@given(ANY_BYTES, st.sampled_from(DELIMITERS))
def test_whole_columns_and_line_by_line_say_the_same(content, delimiter):
    """The walk alone is the slow oracle: no block is ever sound for it."""
    with mock.patch("jpt_pipeline.intake.splitter._sound_block", return_value=None):
        slow = split(csv_spans, content, delimiter)
    assert split(csv_spans, content, delimiter) == slow


@given(
    st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=6),
    st.sampled_from(DELIMITERS),
    st.sampled_from(["\r\n", "\n", "\r"]),
)
def test_csv_records_are_the_rows_of_pythons_csv(rows, delimiter, end):
    text = io.StringIO(newline="")
    quoting = csv.QUOTE_MINIMAL if end == "\r\n" else csv.QUOTE_ALL  # else the writer leaves the other line end bare
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    records = split(csv_spans, text.getvalue().encode(), delimiter)
    read = [next(csv.reader(io.StringIO(r.data.decode(), newline=""), delimiter=delimiter)) for r in records]
    assert read == rows
    assert {record.code for record in records} == {None}


@given(st.lists(st.text(st.sampled_from("ก1 ;x"), min_size=1, max_size=5), min_size=1, max_size=5), st.data())
def test_a_quote_open_at_the_end_costs_only_its_own_line(lines, data):
    at = data.draw(st.integers(0, len(lines)))
    spoilt = [*lines[:at], 'x,"never closed', *lines[at:]]
    records = split(csv_spans, "\n".join(spoilt).encode(), ",")
    assert [record.data.decode() for record in records] == spoilt
    assert [record.code for record in records] == [None] * at + ["S-QUOTE"] + [None] * (len(lines) - at)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'a,"b\nc",d\ne,f', [(b'a,"b\nc",d', None), (b"e,f", None)]),
        (b'a,"b ""x""\r\ny",d\r\n', [(b'a,"b ""x""\r\ny",d', None)]),
        (b'5" pipe,b\nc,d', [(b'5" pipe,b', "S-QUOTE2"), (b"c,d", None)]),
        (b'a,"b\nc,d\n"e,f', [(b'a,"b\nc,d\n"e,f', "S-QUOTE2")]),
        (b'a,b\n"c,d\n', [(b"a,b", None), (b'"c,d', "S-QUOTE")]),
        (b'"a\n"b\n"c', [(b'"a\n"b', "S-QUOTE2"), (b'"c', "S-QUOTE")]),
    ],
    ids=["line-end-inside", "doubled-quote", "inch-mark", "closes-later", "open-at-end", "odd-quotes"],
)
def test_quotes_by_example(content, expected):
    assert [(record.data, record.code) for record in split(csv_spans, content, ",")] == expected


def test_many_open_quotes_take_time_in_proportion_to_the_file():
    """Each line leaves a quote open; were each read to the end of the file, this would take 6,000 times as long."""
    began = time.monotonic()
    records = split(csv_spans, b'a"b,"c\n' * 6_000, ",")
    assert {record.code for record in records} == {"S-QUOTE"}
    assert len(records) == 6_000
    assert time.monotonic() - began < 3


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('ก"\\[]{},\n x'), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(JSON_VALUES, min_size=1, max_size=6), st.sampled_from([None, 1]), st.booleans(), st.booleans())
def test_elements_of_an_array_are_those_of_json(values, indent, is_ascii, has_mark):
    content = json.dumps(values, indent=indent, ensure_ascii=is_ascii).encode("utf-8-sig" if has_mark else "utf-8")
    records = split(json_spans, content, mark_of(content))
    assert [json.loads(record.data) for record in records] == values
    assert {record.code for record in records} == {None}
    assert_tiles(content, records)
    framing = b"".join(between(content, records)).removeprefix(b"\xef\xbb\xbf")
    assert framing.translate(None, b" \n\r\t") == b"[" + b"," * (len(values) - 1) + b"]"


@given(
    st.lists(st.dictionaries(st.text(max_size=3), JSON_VALUES, max_size=3), min_size=1, max_size=4),
    st.sampled_from(["", " ", "\n"]),
)
def test_objects_one_after_the_other_are_records(values, space):
    content = space.join(json.dumps(value, ensure_ascii=False) for value in values).encode()
    assert [json.loads(record.data) for record in split(json_spans, content, mark_of(content))] == values


@given(ANY_BYTES)
def test_json_records_tile_any_file_and_leave_only_framing_between(content):
    records = split(json_spans, content, mark_of(content))
    assert_tiles(content, records)
    left = b"".join(between(content, records)).removeprefix(b"\xef\xbb\xbf")
    assert not left.translate(None, b" \n\r\t\v\f[],}")


@given(st.lists(st.dictionaries(st.text(max_size=3), st.integers(), max_size=3), min_size=2, max_size=4), st.data())
@settings(max_examples=60)
def test_a_cut_array_keeps_its_whole_elements(values, data):
    content = json.dumps(values).encode()
    cut = content[: data.draw(st.integers(1, len(content) - 1))]
    records = split(json_spans, cut, mark_of(cut))
    assert_tiles(cut, records)
    whole = [json.loads(record.data) for record in records if record.code is None]
    assert whole == values[: len(whole)]
    assert all(record.code in (None, "S-JSON") for record in records)
    assert sum(record.code == "S-JSON" for record in records) <= 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'[{"a":1},{"b":2', [(b'{"a":1}', None), (b'{"b":2', "S-JSON")]),
        (b'[{"a":1}]]]garbage', [(b'{"a":1}', None), (b"]]garbage", "S-JSON")]),
        (b'[{"a":1}]{"b":2}', [(b'{"a":1}', None), (b'{"b":2}', "S-JSON")]),
        (b'[{"a":"]"},{"b":"},{"}]', [(b'{"a":"]"}', None), (b'{"b":"},{"}', None)]),
        (b'{"a":1}{"b":2}', [(b'{"a":1}', None), (b'{"b":2}', None)]),
        (b"[]", []),
    ],
    ids=["cut", "too-many-brackets", "object-after", "brackets-in-text", "no-array", "empty"],
)
def test_arrays_by_example(content, expected):
    assert [(record.data, record.code) for record in split(json_spans, content, mark_of(content))] == expected
