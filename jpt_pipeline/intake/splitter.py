"""Bytes -> physical records. The only place that decides where a record begins and ends.

A record is a span [start, end) of the unpacked file without its line end. Spans, line ends and the framing of a JSON
array tile the file: nothing lies outside. Neither DuckDB's nor pandas' idea of a record is used.
"""

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LINE_ENDS = re.compile(rb"\r\n|\n|\r")
JSON_TOKENS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Record:
    """A physical record: number from 1, span, bytes, and the structural code that quarantines it (or None)."""

    no: int
    start: int
    end: int
    data: bytes
    code: str | None = None


def line_records(path: Path) -> Iterator[Record]:
    """Records of a file with one record a line (LF, CRLF or CR); the last line end may be missing."""
    offset = 0
    number = 0
    with path.open("rb") as stream:
        for line in stream:  # bytes split at LF only
            body = line.rstrip(b"\n")
            if body.endswith(b"\r"):
                body = body[:-1]
            at = offset
            for piece in body.split(b"\r") if b"\r" in body else (body,):
                number += 1
                yield Record(number, at, at + len(piece), piece)
                at += len(piece) + 1
            offset += len(line)


def json_records(path: Path) -> Iterator[Record]:
    """Elements of a JSON array, or the values of a file of concatenated JSON values.

    A part that cannot be told apart (unbalanced brackets at the end) is one record with code S-JSON.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        begin = _skip_space(data, 3 if data[:3] == b"\xef\xbb\xbf" else 0)
        in_array = begin < len(data) and data[begin : begin + 1] == b"["
        position = begin + 1 if in_array else begin
        number, depth, closed = 0, 0, False
        for token in JSON_TOKENS.finditer(data, position):
            mark = token.group()[:1]
            if mark in b"{[":
                depth += 1
            elif mark in b"}]":
                depth -= 1
                if depth < 0:
                    if (piece := _piece(data, position, token.start())) is not None:
                        number += 1
                        yield Record(number, *piece)
                    position, closed = token.end(), True
                    break
            if depth == 0 and (mark == b"," if in_array else mark == b"}"):
                end = token.start() if in_array else token.end()
                if (piece := _piece(data, position, end)) is not None:
                    number += 1
                    yield Record(number, *piece)
                position = token.end()
        if (piece := _piece(data, position, len(data))) is not None:
            broken = "S-JSON" if depth != 0 or closed or in_array else None
            yield Record(number + 1, *piece, broken)


def _skip_space(data: mmap.mmap, position: int) -> int:
    match = re.compile(rb"\s*").match(data, position)
    return match.end() if match else position


def _piece(data: mmap.mmap, start: int, end: int) -> tuple[int, int, bytes] | None:
    """Span and bytes without surrounding white space; None when there is nothing."""
    raw = data[start:end]
    body = raw.strip()
    if not body:
        return None
    lead = len(raw) - len(raw.lstrip())
    return start + lead, start + lead + len(body), body


def csv_records(path: Path, delimiter: bytes) -> Iterator[Record]:
    """RFC 4180 records: a quoted field may hold line ends.

    A quote still open at the end of the file ends at its own line's end: that line gets S-QUOTE, reading resumes on
    the next (contract, ruling 4).
    """
    lines = list(_spans(path)) if _has_quote(path) else None
    if lines is None:
        yield from line_records(path)
        return
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        number = index = 0
        closes = True  # whether an open quote may still be closed by a later line
        while index < len(lines):
            start, end = lines[index]
            number += 1
            is_open = _stays_open(data[start:end], delimiter, False)
            last = index
            while is_open and closes and last + 1 < len(lines):
                last += 1
                is_open = _stays_open(data[slice(*lines[last])], delimiter, True)
            if is_open:
                closes = False  # no line from here to the end closes one: each open line ends at its own end
                yield Record(number, start, end, data[start:end], "S-QUOTE")
                last = index
            else:
                yield Record(number, start, lines[last][1], data[start : lines[last][1]])
            index = last + 1


def _has_quote(path: Path) -> bool:
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.find(b'"') >= 0


def _spans(path: Path) -> Iterator[tuple[int, int]]:
    for record in line_records(path):
        yield record.start, record.end


def _stays_open(line: bytes, delimiter: bytes, in_quotes: bool) -> bool:
    """Whether a quoted field is still open at the end of the line; a quote opens only where a field begins."""
    position = 0
    while True:
        if in_quotes:
            close = line.find(b'"', position)
            if close < 0:
                return True
            if line[close + 1 : close + 2] == b'"':
                position = close + 2
                continue
            in_quotes, position = False, close + 1
        elif position == 0 and line.startswith(b'"'):
            in_quotes, position = True, 1
            continue
        opening = line.find(delimiter + b'"', position)
        if opening < 0:
            return False
        in_quotes, position = True, opening + len(delimiter) + 1
