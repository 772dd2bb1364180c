"""The rows of households__clean: narrow columns from the session, wide ones by position from the staged files.

DuckDB decides which households stand in which order; the answers, which no query needs to see again, are taken from the
files in that order, with dictionaries instead of texts. Memory: one group of rows and a few groups of the files, whatever
the order of the deliveries. Corrected households come from the session and take the same way.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.households.sources import INTAKE_NO
from jpt_pipeline.instruments import Instrument, answer_columns, roster_columns
from jpt_pipeline.store.parquet import GROUP_ROWS

CLEAN = "households__clean"
_CODED = pa.dictionary(pa.int32(), pa.string())
# Columns of a visit that are read by position; those of texts as codes.
_VISIT = {
    "enumerator_id": _CODED,
    "submitted_at": pa.timestamp("us"),
    "survey_date": pa.date32(),
    "satisfaction": pa.int64(),
    "evidence_photo": _CODED,
    "evidence_signature": _CODED,
}
_SOURCE = ["delivery_id", "file_sha256"]  # from source_no: their texts are long and few
_CORRECTED = -1  # path_no of the households that corrections changed
# Needs what amend and judge made, records, record_files and villages. The position of a corrected row is its place in the
# order of intake_no among the corrected ones.
_NARROW = f"""
WITH changed AS (
    SELECT intake_no, row_number() OVER (ORDER BY intake_no) - 1 AS row_no FROM answers_amended
), placed AS (
    SELECT {INTAKE_NO} AS intake_no, path_no, row_no, source_no FROM forms_rows JOIN record_files USING (unit_no, file_no)
)
SELECT r.survey_year, r.stream, r.village_code, r.household_id, v.tambon_code, v.lao_code, v.district_code, v.province_code,
    j.hh, r.revision, CAST(o.r_members AS BIGINT) AS persons_n, p.source_no, r.record_no,
    r.byte_start, r.byte_end, r.content_sha256, c.intake_no IS NOT NULL AS is_corrected, {{counts}},
    CASE WHEN h.intake_no IS NULL THEN p.path_no ELSE {_CORRECTED} END AS path_no, coalesce(h.row_no, p.row_no) AS row_no
FROM judged j
JOIN records r ON r.intake_no = j.intake_no
JOIN placed p ON p.intake_no = j.intake_no
JOIN villages v ON v.village_code = r.village_code AND v.stream = r.stream
JOIN rosters o ON o.hh = j.hh
LEFT JOIN corrected c ON c.intake_no = j.intake_no
LEFT JOIN changed h ON h.intake_no = j.intake_no
WHERE NOT j.is_quarantined
ORDER BY j.hh
"""


def wide_rows(connection: duckdb.DuckDBPyConnection, instrument: Instrument, paths: list[Path]) -> pa.RecordBatchReader:
    """Rows of households__clean in the order of hh, in batches of GROUP_ROWS; the same rows give the same batches.

    Needs what corrections.apply.amend and households.clean.judge made. The session is busy while it is read.

    Args:
        paths: the staged files of the households, as households.sources.open_forms returns them.
    """
    counts = ", ".join(f"o.{name}" for name in roster_columns(instrument))
    query = _NARROW.format(counts=counts)
    narrow = connection.execute(f"{query} LIMIT 0").to_arrow_table().schema
    answers = answer_columns(instrument)
    names = [*load_dictionary().tables[CLEAN].columns, *roster_columns(instrument), *answers]
    kinds = _VISIT | dict.fromkeys(answers, _CODED)
    own = dict.fromkeys(_SOURCE, pa.string()) | {field.name: field.type for field in narrow}
    schema = pa.schema([(name, kinds.get(name) or own[name]) for name in names])
    return pa.RecordBatchReader.from_batches(schema, _batches(connection, query, paths, schema, kinds))


def _batches(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    paths: list[Path],
    schema: pa.Schema,
    kinds: dict[str, pa.DataType],
) -> Iterator[pa.RecordBatch]:
    corrected = connection.execute(
        f"SELECT {', '.join(kinds)} FROM answers_amended ORDER BY intake_no"
    ).to_arrow_table()
    staged = _Staged(paths, kinds, corrected)
    listed = f"SELECT DISTINCT source_no, {', '.join(_SOURCE)} FROM record_files ORDER BY source_no"
    sources = connection.execute(listed).to_arrow_table().combine_chunks()
    for narrow in connection.execute(query).to_arrow_reader(GROUP_ROWS):
        wide = staged.rows(narrow["path_no"].to_numpy(), narrow["row_no"].to_numpy())
        source = sources.take(narrow["source_no"]).to_batches()[0]
        wide |= {name: source[name] for name in _SOURCE}
        columns = [wide[name] if name in wide else narrow[name] for name in schema.names]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


@dataclass(frozen=True)
class _Group:
    """Rows that are read at once: a column of texts as codes (-1: none) with their dictionary, another as it is."""

    rows_n: int
    coded: dict[str, tuple[np.ndarray, pa.Array]]
    plain: dict[str, pa.Array]


@dataclass(frozen=True)
class _Piece:
    """What is taken from a group: rows `local` of it, to stand at `places`."""

    group: _Group
    local: np.ndarray
    places: np.ndarray


class _Staged:
    """Rows of the staged files by position; the groups that were read last are kept, as many rows as two of ours."""

    def __init__(self, paths: list[Path], kinds: dict[str, pa.DataType], corrected: pa.Table):
        self._kinds, self._paths = kinds, paths
        self._metadata = [pq.read_metadata(path) for path in paths]
        self._starts = {number: _starts(metadata) for number, metadata in enumerate(self._metadata)}
        self._starts[_CORRECTED] = np.zeros(1, np.int64)
        self._corrected = _group(corrected, kinds)
        self._kept: dict[tuple[int, int], _Group] = {}

    def rows(self, path_no: np.ndarray, row_no: np.ndarray) -> dict[str, pa.Array]:
        """The columns of the rows at these positions, in this order."""
        pieces = list(self._pieces(path_no, row_no))
        order = np.argsort(np.concatenate([piece.places for piece in pieces]))
        return {
            name: (_gathered if kind == _CODED else _taken)(name, pieces, order) for name, kind in self._kinds.items()
        }

    def _pieces(self, path_no: np.ndarray, row_no: np.ndarray) -> Iterator[_Piece]:
        for path in np.unique(path_no).tolist():
            here = np.flatnonzero(path_no == path)
            starts = self._starts[path]
            groups = np.searchsorted(starts, row_no[here], side="right") - 1
            for group in np.unique(groups).tolist():
                places = here[groups == group]
                yield _Piece(self._read(path, group), row_no[places] - starts[group], places)

    def _read(self, path: int, group: int) -> _Group:
        if path == _CORRECTED:
            return self._corrected
        known = self._kept.pop((path, group), None)
        if known is None:
            metadata = self._metadata[path]
            present = set(metadata.schema.names)
            names = [name for name in self._kinds if name in present]
            coded = [name for name in names if self._kinds[name] == _CODED]
            with pq.ParquetFile(self._paths[path], metadata=metadata, read_dictionary=coded) as file:
                known = _group(file.read_row_group(group, columns=names), self._kinds)
        self._kept[path, group] = known  # the last one
        while len(self._kept) > 1 and sum(group.rows_n for group in self._kept.values()) > 2 * GROUP_ROWS:
            self._kept.pop(next(iter(self._kept)))
        return known


def _group(table: pa.Table, kinds: dict[str, pa.DataType]) -> _Group:
    """Columns by name in their types; one that a file does not have is empty."""
    coded: dict[str, tuple[np.ndarray, pa.Array]] = {}
    plain: dict[str, pa.Array] = {}
    for name, kind in kinds.items():
        column = table[name] if name in table.column_names else pa.chunked_array([pa.nulls(table.num_rows, kind)])
        if kind != _CODED:
            plain[name] = column.cast(kind).combine_chunks()
            continue
        column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        whole = column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()
        coded[name] = whole.indices.fill_null(-1).to_numpy(), whole.dictionary
    return _Group(table.num_rows, coded, plain)


def _taken(name: str, pieces: Sequence[_Piece], order: np.ndarray) -> pa.Array:
    return pa.concat_arrays([piece.group.plain[name].take(pa.array(piece.local)) for piece in pieces]).take(order)


def _gathered(name: str, pieces: Sequence[_Piece], order: np.ndarray) -> pa.Array:
    """A column of codes; its dictionary holds what occurs, sorted: it follows from the rows alone."""
    dictionaries = [piece.group.coded[name][1] for piece in pieces]
    joined = pa.concat_arrays(dictionaries).dictionary_encode()
    if not len(joined.dictionary):
        return pa.DictionaryArray.from_arrays(pa.nulls(len(order), pa.int32()), joined.dictionary)
    by_value = pc.sort_indices(joined.dictionary)
    ranks = np.empty(len(by_value), np.int32)
    ranks[by_value.to_numpy()] = np.arange(len(by_value), dtype=np.int32)
    parts, start = [], 0
    for piece, dictionary in zip(pieces, dictionaries, strict=True):
        own = ranks[joined.indices[start : start + len(dictionary)].to_numpy()]
        # The last place is that of -1, which stands for no text.
        parts.append(np.append(own, np.int32(-1)).take(piece.group.coded[name][0].take(piece.local), mode="wrap"))
        start += len(dictionary)
    codes = np.concatenate(parts).take(order)
    values = joined.dictionary.take(by_value)
    occurs = np.bincount(codes + 1, minlength=len(values) + 1)[1:] > 0
    if not occurs.all():
        codes = np.append(np.cumsum(occurs, dtype=np.int32) - 1, np.int32(-1)).take(codes, mode="wrap")
        values = values.filter(pa.array(occurs))
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), values)


def _starts(metadata: pq.FileMetaData) -> np.ndarray:
    """Position of the first row of each group of a file."""
    rows = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    return np.cumsum([0, *rows[:-1]])
