"""Rows of a delivered unit on their way: typed batches into files of a scratch folder, as they come.

Household rows with their answers are already apart by round and province, as they will lie in the lake; member rows wait
in their order until it is known which household counts. In memory stay keys and digests.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jpt_pipeline.intake.staging import Staged
from jpt_pipeline.store.parquet import GROUP_ROWS

Place = tuple[int, str]


class PartWriter:
    """Writes one Parquet file from tables of any size, in groups of GROUP_ROWS: its bytes depend on the rows alone."""

    def __init__(self, path: Path):
        self.path = path
        self._waiting: list[pa.Table] = []
        self._waiting_n = 0
        self._writer: pq.ParquetWriter | None = None

    def add(self, table: pa.Table) -> None:
        """Append rows; at most GROUP_ROWS wait."""
        while table.num_rows:
            part = table.slice(0, GROUP_ROWS - self._waiting_n)
            table = table.slice(part.num_rows)
            self._waiting.append(part)
            self._waiting_n += part.num_rows
            if self._waiting_n == GROUP_ROWS:
                self._write()

    def close(self) -> None:
        """Finish the file, if there are rows."""
        if self._waiting_n:
            self._write()
        if self._writer:
            self._writer.close()

    def _write(self) -> None:
        group = pa.concat_tables(self._waiting).unify_dictionaries()
        self._waiting, self._waiting_n = [], 0
        if self._writer is None:
            coded = [field.name for field in group.schema if pa.types.is_dictionary(field.type)]
            self._writer = pq.ParquetWriter(
                self.path,
                group.schema,
                compression="zstd",
                use_dictionary=coded,
                write_statistics=[name for name in group.schema.names if name not in coded],
                store_schema=False,
            )
        self._writer.write_table(group, row_group_size=GROUP_ROWS)


class Scratch:
    """Files and keys of one unit; close it before they are read."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.wide: dict[Place, PartWriter] = {}
        self._keys: dict[str, list[pa.Table]] = {"households": [], "members": []}
        self._persons: pa.RecordBatchStreamWriter | None = None

    def add(self, staged: Staged) -> None:
        """Append one batch."""
        self._keys[staged.kind].append(staged.keys)
        if staged.kind == "members":
            self._add_persons(staged.rows)
            return
        for place, rows in _by_place(staged.rows):
            if place not in self.wide:
                self.wide[place] = PartWriter(self.folder / f"wide-{place[0]}-{place[1]}.parquet")
            self.wide[place].add(rows)

    def close(self) -> None:
        """Finish the files."""
        if self._persons:
            self._persons.close()
        for writer in self.wide.values():
            writer.close()

    def take_keys(self, kind: str, empty: pa.Table) -> pa.Table:
        """Keys and digests of all rows of a kind, which are not kept here any longer; `empty` where there are none."""
        found, self._keys[kind] = self._keys[kind], []
        return pa.concat_tables(found or [empty]).unify_dictionaries()

    def persons(self) -> Iterator[pa.Table]:
        """The member rows, batch by batch, in the order of their keys."""
        if self._persons is None:
            return
        with pa.OSFile(str(self._persons_path), "rb") as stream, pa.ipc.open_stream(stream) as reader:
            for batch in reader:
                yield pa.Table.from_batches([batch])

    @property
    def _persons_path(self) -> Path:
        return self.folder / "persons.arrows"

    def _add_persons(self, rows: pa.Table) -> None:
        if self._persons is None:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._persons = pa.ipc.new_stream(str(self._persons_path), rows.schema, options=options)
        self._persons.write_table(rows.combine_chunks())


def by_place(years: pa.ChunkedArray, provinces: pa.ChunkedArray) -> Iterator[tuple[Place, pa.ChunkedArray | None]]:
    """The places of rows in order, and which rows lie there; None where all do."""
    found = sorted(pc.unique(years).to_pylist()), sorted(pc.unique(provinces).to_pylist())
    is_one = all(len(values) == 1 for values in found)
    for place in product(*found):
        is_here = None if is_one else pc.and_(pc.equal(years, place[0]), pc.equal(provinces, place[1]))
        if is_here is None or pc.any(is_here).as_py():
            yield place, is_here


def _by_place(table: pa.Table) -> Iterator[tuple[Place, pa.Table]]:
    """Rows by round and province of their village, in order."""
    villages = table.column("village_code").combine_chunks()
    provinces = pc.utf8_slice_codeunits(villages.dictionary, 0, 2).take(villages.indices)
    for place, is_here in by_place(table.column("survey_year"), provinces):
        yield place, table if is_here is None else table.filter(is_here)
