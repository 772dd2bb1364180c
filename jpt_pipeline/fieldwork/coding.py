"""Answers as numbers, and how much of what two sheets of answers say is the same.

Put here: which questions are compared, their codes, the information of an answer. Keep out: which households are compared
(signs.py). The information of an answer is -log2 of its share among the given answers of the province: that two
households are not poor says little, that both earned 63,500 baht says much.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jpt_pipeline.fieldwork.chance import Flags, Floats, Ints
from jpt_pipeline.fieldwork.visits import NOT_THERE, Visits
from jpt_pipeline.instruments import Answer, Instrument

Codes = npt.NDArray[np.int32]
Bits = npt.NDArray[np.float32]
_KINDS_LEFT_OUT = ("computed", "text")
_ROLES_LEFT_OUT = ("target", "unused")


@dataclass(frozen=True)
class Question:
    """A compared question: code per household (0: not answered), and per code the information and the amount in baht."""

    answer: Answer
    codes: Codes
    bits: Bits
    baht: Ints

    @property
    def usual(self) -> int:
        """Code of the most frequent given answer."""
        return int(np.bincount(self.codes)[1:].argmax()) + 1


@dataclass(frozen=True)
class Answers:
    """The compared questions of all households, how much information each household's answers have, and how alike they are
    to its own earlier ones (share of information in common, NaN without an earlier round)."""

    questions: list[Question]
    information: Floats
    to_last_year: Floats

    def alike(self, distance: int) -> Floats:
        """Share of information in common of each household and the one `distance` places after it (0 past the end)."""
        shared = np.zeros(len(self.information))
        for question in self.questions:
            codes = question.codes[:-distance]
            same = question.codes[distance:] == codes
            shared[:-distance] += np.where(same, question.bits[codes], np.float32(0))
        both = self.information[:-distance] + self.information[distance:]
        shared[:-distance] = np.where(both > 0, 2 * shared[:-distance] / np.maximum(both, 1e-9), 0.0)
        return shared


def compared(instrument: Instrument) -> list[Answer]:
    """Questions that people answer: nothing that the field app computes from others, no free text."""
    return [
        answer
        for answer in instrument.answers
        if answer.is_stored and answer.kind not in _KINDS_LEFT_OUT and answer.role not in _ROLES_LEFT_OUT
    ]


def read_answers(visits: Visits, instrument: Instrument, telling_most_percent: float) -> Answers:
    """The answers of the visits. A question that fewer than 100 - `telling_most_percent` percent answer otherwise than
    the rest is left out: it tells nobody apart."""
    n = len(visits)
    there = visits.earlier_row != NOT_THERE
    rows = visits.earlier_row[there]
    asked = compared(instrument)
    files, earlier_files = _open(visits.files, asked), _open(visits.earlier_files, asked)
    questions, information, shared, total = [], np.zeros(n), np.zeros(n), np.zeros(n)
    for answer in asked:
        codes, vocabulary = _codes(files, answer.column, visits.row)
        counts = np.bincount(codes, minlength=len(vocabulary) + 1)
        if n == 0 or counts.max() * 100 >= telling_most_percent * n:
            continue
        given = counts[1:].astype(np.float64)
        bits = np.concatenate([[0.0], -np.log2(given / given.sum())]).astype(np.float32)
        questions.append(Question(answer, codes, bits, _baht(answer, vocabulary)))
        information += bits[codes]
        if len(rows) and all(answer.column in file.schema_arrow.names for file in earlier_files):
            now, rarest = codes[there], np.float32(bits.max())
            before, _ = _codes(earlier_files, answer.column, rows, vocabulary)
            was = np.where(before < 0, rarest, bits[before])
            total[there] += was + bits[now]
            shared[there] += np.where(now == before, 2 * bits[now], np.float32(0))
    likeness = np.where(there & (total > 0), shared / np.maximum(total, 1e-9), np.nan)
    return Answers(questions, information, likeness)


def _open(files: Sequence[Path], answers: Sequence[Answer]) -> list[pq.ParquetFile]:
    """Files whose answers are read as dictionaries."""
    return [pq.ParquetFile(path, read_dictionary=[answer.column for answer in answers]) for path in files]


def _codes(
    files: Sequence[pq.ParquetFile], column: str, rows: Ints, known: pa.Array | None = None
) -> tuple[Codes, pa.Array]:
    """Codes of a column at these rows of the files, and the vocabulary: 0 not answered, i + 1 its i-th text.

    With a vocabulary `known`, other texts are -1.
    """
    tables = [file.read(columns=[column])[column] for file in files]
    texts = pa.chunked_array([chunk for table in tables for chunk in table.chunks], tables[0].type)
    texts = texts.unify_dictionaries().combine_chunks()
    codes = texts.indices.fill_null(NOT_THERE).to_numpy(zero_copy_only=False)[rows].astype(np.int32) + 1
    if known is None:
        return codes, texts.dictionary
    place = pc.index_in(texts.dictionary, value_set=known).fill_null(-2).to_numpy(zero_copy_only=False)
    return np.concatenate([[0], place + 1])[codes].astype(np.int32), known


def _baht(answer: Answer, vocabulary: pa.Array) -> Ints:
    """Amount of each code of a plain amount; 0 for others."""
    amounts = np.zeros(len(vocabulary) + 1, dtype=np.int64)
    if answer.kind == "money_baht":
        texts: list[Any] = vocabulary.to_pylist()
        amounts[1:] = [int(text) if text.isdecimal() and len(text) < 16 else 0 for text in texts]
    return amounts


def classes_of(values: Ints) -> Iterator[Flags]:
    """Households of each value that occurs, in order of the values."""
    for value in np.unique(values):
        yield np.asarray(values == value)
