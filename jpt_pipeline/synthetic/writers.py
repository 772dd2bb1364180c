"""Delivery files: payload lines, CSV, XLSX and Parquet tables, each byte for byte the same for the same batches.

Put here: how a batch becomes bytes, the manifest, packing. Keep out: what is in a batch (population.py) and which batch
goes where (generate.py). Record numbers are physical records from 1, the header of a table being record 1.
"""

import csv
import gzip
import json
import zipfile
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from jpt_pipeline.store.files import sha256_file
from jpt_pipeline.synthetic.payload import payload_lines
from jpt_pipeline.synthetic.population import Batch
from jpt_pipeline.synthetic.spec import Spec

_EPOCH = (1980, 1, 1, 0, 0, 0)
_NUMBERS = {"survey_year", "revision", "satisfaction", "member_no"}
SHEET_ROWS_MAX = 1_048_576


class TooManyRows(ValueError):
    """A workbook cannot hold the rows of this many households."""


class Writer(Protocol):
    """A delivery being written: `path` is what will be handed in."""

    @property
    def format(self) -> str: ...

    @property
    def path(self) -> Path: ...

    def write(self, batch: Batch) -> int:
        """Append a batch; the record number of its first household."""

    def close(self) -> None:
        """Finish the files."""


def plain(table: pa.Table) -> pa.Table:
    """The contract's columns only, without dictionaries."""
    names = [name for name in table.column_names if not name.startswith("x_")]
    kinds = [pa.int64() if name in _NUMBERS else pa.string() for name in names]
    return table.select(names).cast(pa.schema(zip(names, kinds, strict=True)))


class PayloadWriter:
    """One household a line, gzipped when the name ends in .gz."""

    format = "payload"

    def __init__(self, path: Path, spec: Spec):
        self.path, self.spec, self.records_n = path, spec, 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")
        packed = path.suffix == ".gz"
        self._stream: Any = gzip.GzipFile("", "wb", 9, self._file, mtime=0) if packed else self._file

    def write(self, batch: Batch) -> int:
        first = self.records_n + 1
        for line in payload_lines(self.spec, batch):
            self._line(line)
        return first

    def write_broken(self, batch: Batch) -> int:
        """The first half of the first household's line, as a cut connection leaves it; its record number."""
        line = next(payload_lines(self.spec, batch))
        self._line(line[: len(line) // 2])
        return self.records_n

    def _line(self, text: str) -> None:
        self._stream.write(text.encode() + b"\n")
        self.records_n += 1

    def close(self) -> None:
        self._stream.close()
        self._file.close()


class TableWriter(ABC):
    """Households and members as two tables; `records` counts the physical records of each, headers included."""

    format = "tables"
    path: Path
    _header_n = 1

    def __init__(self) -> None:
        self.records = {"households": 0, "members": 0}

    def write(self, batch: Batch) -> int:
        first = max(self.records["households"], self._header_n) + 1
        for name, table in (("households", batch.households), ("members", batch.members)):
            rows = plain(table)
            self._append(name, rows)
            self.records[name] = max(self.records[name], self._header_n) + rows.num_rows
        return first

    @abstractmethod
    def _append(self, name: str, rows: pa.Table) -> None:
        """Append rows to a table, its header first when it has no records."""

    @abstractmethod
    def close(self) -> None: ...

    def _data_rows(self, suffix: str) -> dict[str, int]:
        return {f"{name}.{suffix}": records - self._header_n for name, records in self.records.items()}


class CsvWriter(TableWriter):
    """households.csv, members.csv and manifest.json in a folder (UTF-8 with BOM, comma), zipped when `packed`."""

    format = "csv"

    def __init__(self, folder: Path, manifest: dict[str, Any], packed: bool):
        super().__init__()
        self.folder, self.manifest, self.packed = folder, manifest, packed
        self.path = folder.with_suffix(".zip") if packed else folder
        folder.mkdir(parents=True, exist_ok=True)
        self._files = {name: (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="")
                       for name in self.records}  # fmt: skip

    def write_overlong(self, batch: Batch) -> int:
        """The first household's row with a stray comma that makes one cell too many; its record number."""
        row = plain(batch.households).slice(0, 1)
        cells = ["" if value is None else value for value in row.to_pylist()[0].values()]
        cells.insert(row.column_names.index("house_no") + 1, "ซอย 2")
        csv.writer(self._files["households"]).writerow(cells)
        self.records["households"] += 1
        return self.records["households"]

    def _append(self, name: str, rows: pa.Table) -> None:
        writer = csv.writer(self._files[name])
        if not self.records[name]:
            writer.writerow(rows.column_names)
        writer.writerows(zip(*(column.to_pylist() for column in rows.columns), strict=True))

    def close(self) -> None:
        for stream in self._files.values():
            stream.close()
        write_manifest(self.folder, self.manifest, self._data_rows("csv"))
        if self.packed:
            pack(self.folder, self.path)


class ParquetWriter(TableWriter):
    """households.parquet, members.parquet and manifest.json in a folder."""

    format = "parquet"
    _header_n = 0

    def __init__(self, folder: Path, manifest: dict[str, Any]):
        super().__init__()
        self.path, self.manifest = folder, manifest
        folder.mkdir(parents=True, exist_ok=True)
        self._writers: dict[str, pq.ParquetWriter] = {}

    def _append(self, name: str, rows: pa.Table) -> None:
        if name not in self._writers:
            target = self.path / f"{name}.parquet"
            self._writers[name] = pq.ParquetWriter(target, rows.schema, compression="zstd", store_schema=False)
        if rows.num_rows:
            self._writers[name].write_table(rows)

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        write_manifest(self.path, self.manifest, self._data_rows("parquet"))


class XlsxWriter(TableWriter):
    """One workbook with the sheets households and members; every code and id is text."""

    format = "xlsx"

    def __init__(self, path: Path):
        super().__init__()
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        as_text = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(str(path), as_text)
        self._book.set_properties({"created": datetime(*_EPOCH, tzinfo=UTC)})
        self._sheets = {name: self._book.add_worksheet(name) for name in self.records}

    def _append(self, name: str, rows: pa.Table) -> None:
        place, sheet = max(self.records[name], self._header_n), self._sheets[name]
        if place + rows.num_rows > SHEET_ROWS_MAX:
            raise TooManyRows(f"a sheet holds {SHEET_ROWS_MAX:,} rows; choose another format for so many households")
        if not self.records[name]:
            sheet.write_row(0, 0, rows.column_names)
        for number, row in enumerate(zip(*(column.to_pylist() for column in rows.columns), strict=True), start=place):
            for column, value in enumerate(row):
                if isinstance(value, int):
                    sheet.write_number(number, column, value)
                elif value:
                    sheet.write_string(number, column, value)

    def close(self) -> None:
        self._book.close()


def write_manifest(folder: Path, head: dict[str, Any], records: dict[str, int]) -> None:
    """manifest.json of a folder: head, and name, digest and records of each file."""
    files = [{"name": name, "sha256": sha256_file(folder / name), "records": n} for name, n in records.items()]
    text = json.dumps({**head, "files": files}, ensure_ascii=False, indent=1) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")


def pack(folder: Path, target: Path) -> None:
    """Put the files of a folder into a zip with fixed times, and remove the folder."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.iterdir()):
            entry = zipfile.ZipInfo(path.name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(entry, "w") as sink:
                while chunk := source.read(1 << 20):
                    sink.write(chunk)
            path.unlink()
    folder.rmdir()
