"""Bytes -> physical records. The only place that decides where a record begins and ends.

A record is a span [start, end) of the unpacked file without its line end. Spans, line ends and the framing of a JSON
array tile the file: nothing lies outside. Neither DuckDB's nor pandas' idea of a record is used. Blocks of a file with
sound quotes are split in whole columns; where a quote stands wrong, line by line.
"""

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK = 8 << 20
JSON_BATCH = 10_000
LF, CR, QUOTE = 10, 13, 34
LINE = re.compile(rb"([^\r\n]*)(\r\n|\n|\r|\Z)")
JSON_TOKENS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],]', re.DOTALL)
Positions = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Spans:
    """Physical records that follow one another: number of the first (from 1), where each starts and ends.

    cells_n: cells of each CSV record (0 where a code stands). codes: index -> the structural code that keeps it out.
    has_line_ends: whether a quoted cell may hold a line end.
    """

    first: int
    starts: Positions
    ends: Positions
    cells_n: Positions | None = None
    codes: dict[int, str] = field(default_factory=dict)
    has_line_ends: bool = False


def mapped(path: Path) -> mmap.mmap:
    """The bytes of a file that is not empty, without reading them into memory."""
    with path.open("rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def line_spans(data: mmap.mmap | bytes, block: int = BLOCK) -> Iterator[Spans]:
    """Records of a file with one record a line (LF, CRLF or CR); the last line end may be missing."""
    position, number = 0, 1
    while position < len(data):
        size = block
        while True:
            part, is_last = _part(data, position, size)
            ends, following = _line_ends(part, is_last)
            if ends.size or is_last:
                break
            size *= 2
        starts = np.concatenate((np.zeros(1, np.int64), following[:-1]))
        yield Spans(number, position + starts, position + ends)
        number += len(ends)
        position += int(following[-1])


def csv_spans(data: mmap.mmap | bytes, delimiter: str, block: int = BLOCK) -> Iterator[Spans]:
    """RFC 4180 records: a quoted cell may hold line ends.

    A quote still open at the end of the file ends at its own line's end: that line gets S-QUOTE, reading resumes on
    the next (contract, ruling 4). A quote inside an unquoted cell, or text behind a closing one, gives S-QUOTE2.
    """
    walker = _Walker(data, delimiter)
    position, number = 0, 1
    while position < len(data):
        sound = _sound_block(data, position, number, delimiter, block)
        found, position = sound or walker.walk(position, min(position + block, len(data)), number)
        yield found
        number += len(found.starts)


def _part(data: mmap.mmap | bytes, position: int, size: int) -> tuple[NDArray[np.uint8], bool]:
    """Bytes of a block as numbers, and whether the file ends with it; a block does not end inside a CRLF."""
    stop = min(position + size, len(data))
    if stop < len(data) and data[stop - 1] == CR and data[stop] == LF:
        stop += 1
    return np.frombuffer(data[position:stop], np.uint8), stop >= len(data)


def _line_ends(part: NDArray[np.uint8], is_last: bool) -> tuple[Positions, Positions]:
    """Where each line of a block ends, and where the next begins; a last line without line end ends with the file."""
    feeds = np.flatnonzero(part == LF)
    returns = np.flatnonzero(part == CR)
    ends, following = feeds, feeds + 1
    if returns.size:
        after = np.minimum(returns + 1, part.size - 1)
        is_pair = (part[after] == LF) & (returns + 1 < part.size)
        before = np.maximum(feeds - 1, 0)
        ends = feeds - ((part[before] == CR) & (feeds > 0))
        lone = returns[~is_pair]
        if lone.size:
            ends = np.sort(np.concatenate((ends, lone)))
            following = np.sort(np.concatenate((following, lone + 1)))
    if is_last and (not following.size or following[-1] < part.size):
        ends = np.append(ends, part.size)
        following = np.append(following, part.size)
    return ends.astype(np.int64), following.astype(np.int64)


def _sound_block(
    data: mmap.mmap | bytes, position: int, number: int, delimiter: str, block: int
) -> tuple[Spans, int] | None:
    """The whole records of a block whose quotes all open at the beginning of a cell and close at its end; else None."""
    part, is_last = _part(data, position, block)
    ends, following = _line_ends(part, is_last)
    quotes = np.flatnonzero(part == QUOTE)
    is_mark = part == ord(delimiter)
    lines_n = ends.size
    if quotes.size:
        lengths = np.diff(np.concatenate(([0], quotes, [part.size])))
        is_inside = np.repeat((np.arange(lengths.size) & 1).astype(bool), lengths)
        is_mark &= ~is_inside
        outside = ~is_inside[np.minimum(ends, part.size - 1)] | (ends == part.size) & ~is_inside[-1]
        ends, following = ends[outside], following[outside]
    if not ends.size:
        return None
    stop = int(following[-1])
    quotes = quotes[quotes < stop]
    if quotes.size and not _are_sound(part, quotes, ord(delimiter)):
        return None
    starts = np.concatenate((np.zeros(1, np.int64), following[:-1]))
    marks = np.flatnonzero(is_mark)
    cells_n = np.searchsorted(marks, ends) - np.searchsorted(marks, starts) + 1
    has_line_ends = bool(quotes.size) and ends.size < lines_n
    spans = Spans(number, position + starts, position + ends, cells_n, has_line_ends=has_line_ends)
    return spans, position + stop


def _are_sound(part: NDArray[np.uint8], quotes: Positions, mark: int) -> bool:
    """Every odd quote stands at the beginning of a cell, every even one at its end, doubled ones aside."""
    edges = np.zeros(256, bool)
    edges[[LF, CR, mark]] = True
    opening, closing = quotes[0::2], quotes[1::2]
    if opening.size != closing.size:
        return False
    doubled = opening[1:] == closing[:-1] + 1
    begins = np.concatenate(([False], doubled)) | (opening == 0) | edges[part[np.maximum(opening - 1, 0)]]
    last = closing + 1 >= part.size
    finishes = np.concatenate((doubled, [False])) | last | edges[part[np.minimum(closing + 1, part.size - 1)]]
    return bool(begins.all() and finishes.all())


class _Walker:
    """Line by line, where quotes do not stand as they should."""

    def __init__(self, data: mmap.mmap | bytes, delimiter: str):
        mark = re.escape(delimiter.encode())
        cell = rb'(?:"(?:[^"]|"")*+"|[^"' + mark + rb"]*+)"
        self.data = data
        self.mark = delimiter.encode()
        self.record = re.compile(cell + rb"(?:" + mark + cell + rb")*+")
        self.cell = re.compile(rb'"(?:[^"]|"")*+"|' + mark)
        self.closes = True  # whether an open quote may still be closed by a later line

    def walk(self, position: int, stop: int, number: int) -> tuple[Spans, int]:
        """Records from `position` on, until one ends at or behind `stop`; and where the next begins."""
        starts: list[int] = []
        ends: list[int] = []
        cells: list[int] = []
        codes: dict[int, str] = {}
        while position < stop:
            end, following = self._line(position)
            is_open = self._stays_open(position, end, False)
            if is_open and self.closes:
                end_of_all, behind = end, following
                while is_open and behind < len(self.data):
                    at = behind
                    end_of_all, behind = self._line(at)
                    is_open = self._stays_open(at, end_of_all, True)
                if is_open:
                    self.closes = False
                else:
                    end, following = end_of_all, behind
            body = self.data[position:end]
            if is_open:
                codes[len(starts)] = "S-QUOTE"
            elif b'"' in body and not self.record.fullmatch(body):
                codes[len(starts)] = "S-QUOTE2"
            cells.append(0 if len(starts) in codes else self._cells(body))
            starts.append(position)
            ends.append(end)
            position = following
        array = [np.array(values, np.int64) for values in (starts, ends, cells)]
        return Spans(number, array[0], array[1], array[2], codes, has_line_ends=True), position

    def _line(self, position: int) -> tuple[int, int]:
        found = LINE.match(self.data, position)
        assert found is not None  # it matches anything
        return found.end(1), found.end()

    def _cells(self, body: bytes) -> int:
        return sum(1 for found in self.cell.finditer(body) if found.group() == self.mark) + 1

    def _stays_open(self, start: int, end: int, in_quotes: bool) -> bool:
        """Whether a quoted cell is still open at the end of the line; a quote opens only where a cell begins."""
        line = self.data[start:end]
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
            opening = line.find(self.mark + b'"', position)
            if opening < 0:
                return False
            in_quotes, position = True, opening + len(self.mark) + 1


def json_spans(data: mmap.mmap | bytes, mark_n: int = 0) -> Iterator[Spans]:
    """Elements of a JSON array, or the values of a file of concatenated JSON values, behind a byte order mark of mark_n.

    A part that cannot be told apart (unbalanced brackets at the end) is one record with code S-JSON.
    """
    batch: list[tuple[int, int]] = []
    number = 1
    code = None
    for start, end, code in _json_records(data, mark_n):
        batch.append((start, end))
        if len(batch) == JSON_BATCH:
            yield _json_batch(number, batch, code)
            number, batch = number + len(batch), []
    if batch:
        yield _json_batch(number, batch, code)


def _json_batch(number: int, batch: list[tuple[int, int]], last_code: str | None) -> Spans:
    starts, ends = np.array(batch, np.int64).T
    return Spans(number, starts, ends, codes={len(batch) - 1: last_code} if last_code else {})


def _json_records(data: mmap.mmap | bytes, mark_n: int) -> Iterator[tuple[int, int, str | None]]:
    begin = _skip_space(data, mark_n)
    in_array = begin < len(data) and data[begin : begin + 1] == b"["
    position = begin + 1 if in_array else begin
    depth, closed = 0, False
    for token in JSON_TOKENS.finditer(data, position):
        mark = token.group()[:1]
        if mark in b"{[":
            depth += 1
        elif mark in b"}]":
            depth -= 1
            if depth < 0:
                if piece := _piece(data, position, token.start()):
                    yield *piece, None
                position, closed = token.end(), True
                break
        if depth == 0 and (mark == b"," if in_array else mark == b"}"):
            end = token.start() if in_array else token.end()
            if piece := _piece(data, position, end):
                yield *piece, None
            position = token.end()
    if piece := _piece(data, position, len(data)):
        yield *piece, "S-JSON" if depth != 0 or closed or in_array else None


def _skip_space(data: mmap.mmap | bytes, position: int) -> int:
    match = re.compile(rb"\s*").match(data, position)
    return match.end() if match else position


def _piece(data: mmap.mmap | bytes, start: int, end: int) -> tuple[int, int] | None:
    """Span without surrounding white space; None when there is nothing."""
    raw = data[start:end]
    body = raw.strip()
    if not body:
        return None
    lead = len(raw) - len(raw.lstrip())
    return start + lead, start + lead + len(body)
