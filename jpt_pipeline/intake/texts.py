"""Columns of text as Arrow holds them: distinct texts once, bytes at fixed places, the texts of a row behind one another.

Put here: what works on whole columns and knows nothing of households. A column is one `pa.Array`: of strings, or (columns
in which few texts come again and again) a dictionary of them, so that each distinct text is looked at once.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

BETWEEN = "\x1f"  # between the texts of a row, where they are looked at together
DICTIONARY = pa.dictionary(pa.int32(), pa.string())
Mask = NDArray[np.bool_]


def encoded(column: pa.Array) -> pa.Array:
    """A column as a dictionary of its distinct texts."""
    if column.type == DICTIONARY:
        return column
    return pc.cast(column, pa.string()).dictionary_encode()


def decoded(column: pa.Array) -> pa.Array:
    """A column as plain strings."""
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def one_chunk(table: pa.Table) -> dict[str, pa.Array]:
    """The columns of a table by name, each in one piece."""
    whole = table.unify_dictionaries().combine_chunks()
    return {
        name: column.chunk(0) if column.num_chunks else pa.array([], column.type)
        for name, column in zip(whole.column_names, whole.columns, strict=True)
    }


def distinct(column: pa.Array) -> pa.Array:
    """The texts of a column that are to be looked at: each distinct one of a dictionary, else all."""
    return column.dictionary if pa.types.is_dictionary(column.type) else column


def by_row(column: pa.Array, found: NDArray[Any], of_null: int = 0) -> NDArray[Any]:
    """What was found of the `distinct` texts of a column (a flag or number each), for its rows."""
    if pa.types.is_dictionary(column.type):
        return np.append(found, found.dtype.type(of_null))[_places(column)]
    if not column.null_count:
        return found
    return np.where(column.is_valid().to_numpy(False), found, found.dtype.type(of_null))


def rows_where(column: pa.Array, test: Callable[[str], object], of_null: bool = False) -> Mask:
    """Rows whose text passes a test; NULL passes where `of_null`."""
    found = [text is not None and bool(test(text)) for text in distinct(column).to_pylist()]
    return by_row(column, np.array(found, bool), of_null)


def flags(found: pa.Array) -> Mask:
    """Truth by row; NULL is not true."""
    are: Mask = found.fill_null(False).to_numpy(False)
    return are


def _places(column: pa.DictionaryArray) -> NDArray[np.int64]:
    """Where the text of each row stands in the dictionary; NULL behind its end."""
    indices = column.indices
    if indices.null_count:
        indices = indices.fill_null(len(column.dictionary))
    places: NDArray[np.int64] = indices.to_numpy().astype(np.int64)
    return places


def bytes_of(column: pa.Array) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Offsets of the texts of a string column (one more than it has rows), and the bytes that they lead to."""
    _, lengths, values = column.buffers()
    if lengths is None or not len(column):
        return np.zeros(len(column) + 1, np.int32), np.zeros(0, np.uint8)
    offsets = np.frombuffer(lengths, np.int32)[column.offset : column.offset + len(column) + 1]
    return offsets, np.frombuffer(values, np.uint8) if values is not None else np.zeros(0, np.uint8)


def fixed_bytes(column: pa.Array, width: int) -> NDArray[np.uint8]:
    """The bytes of texts that have exactly `width` of them, shape (width, rows); zeros for all others."""
    offsets, data = bytes_of(column)
    has = np.diff(offsets) == width
    if column.null_count:
        has &= column.is_valid().to_numpy(False)
    found = np.zeros((width, len(column)), np.uint8)
    rows = np.flatnonzero(has)
    starts = offsets[rows].astype(np.int64)
    for place in range(width):
        found[place, rows] = data[starts + place]
    return found


def digits_of(found: NDArray[np.uint8]) -> tuple[NDArray[np.int64], Mask]:
    """Digits (as numbers) of bytes at fixed places, shape (width, rows), and the rows where all of them are digits."""
    digits = found - np.uint8(ord("0"))
    are_digits: Mask = np.all(digits <= 9, axis=0)
    return digits.astype(np.int64), are_digits


def number_of(digits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers of at most 18 digits, shape (digits, rows)."""
    number = np.zeros(digits.shape[1], np.int64)
    for digit in digits:
        number = number * 10 + digit
    return number


def joined(columns: Sequence[pa.Array]) -> pa.StringArray:
    """The texts of each row behind one another, NULL as nothing."""
    return pc.binary_join_element_wise(*map(decoded, columns), BETWEEN, null_handling="replace", null_replacement="")


def joined_codes(columns: Sequence[pa.Array]) -> pa.StringArray:
    """As `joined`, for many dictionaries: neighbours that hold few different combinations of texts are joined by
    combination before they are joined by row."""
    groups: list[pa.Array] = []
    waiting = _Group(len(columns[0]))
    for column in columns:
        texts = [*column.dictionary.to_pylist(), ""] if column.null_count < len(column) else [""]
        if waiting.texts and waiting.width * len(texts) > _COMBINATIONS:
            groups.append(waiting.joined())
            waiting = _Group(len(column))
        waiting.add(column, texts)
    return joined([*groups, waiting.joined()])


_COMBINATIONS = 1024


class _Group:
    """Columns side by side as one: each row's combination of texts is a number below `width`."""

    def __init__(self, size: int):
        self.codes, self.width = np.zeros(size, np.int64), 1
        self.texts: list[list[str]] = []

    def add(self, column: pa.DictionaryArray, texts: list[str]) -> None:
        """Add a column of these texts: those of its dictionary, then nothing."""
        if len(texts) > 1:
            self.codes = self.codes * len(texts) + _places(column)
        self.texts.append(texts)
        self.width *= len(texts)

    def joined(self) -> pa.DictionaryArray:
        """The joined texts, a dictionary of the combinations that there are."""
        used = np.flatnonzero(np.bincount(self.codes))
        cells: list[list[str]] = []
        rest = used
        for texts in reversed(self.texts):
            rest, at = np.divmod(rest, len(texts))
            cells.append([texts[place] for place in at.tolist()])
        joined_texts = [BETWEEN.join(parts) for parts in zip(*reversed(cells), strict=True)]
        numbers = np.zeros(int(used[-1]) + 1 if used.size else 0, np.int32)
        numbers[used] = np.arange(len(used), dtype=np.int32)
        return pa.DictionaryArray.from_arrays(pa.array(numbers[self.codes]), pa.array(joined_texts, pa.string()))


def hex_texts(digests: bytes, width: int) -> pa.StringArray:
    """Digests of `width` bytes each, behind one another, as a column of hexadecimal digits."""
    size = len(digests) // width
    offsets = np.arange(size + 1, dtype=np.int32) * np.int32(2 * width)
    return pa.StringArray.from_buffers(size, pa.py_buffer(offsets), pa.py_buffer(digests.hex().encode()))


def halves(digests: bytes) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Digests of 16 bytes each as two numbers, as md5_number_lower and md5_number_upper of DuckDB count them."""
    both = np.frombuffer(digests, "<u8").reshape(-1, 2)
    return both[:, 1].copy(), both[:, 0].copy()
