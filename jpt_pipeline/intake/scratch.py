"""Rows of a delivered unit on their way: typed batches into Parquet files of a scratch folder, as they come.

Household rows with their answers are already apart by round and province, as they will lie in the lake; what the join
needs of households and members stays together.
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jpt_pipeline.intake.staging import Staged

FORM_KEYS = (
    *("form", "file_no", "record_no", "byte_start", "byte_end", "survey_year", "stream", "village_code"),
    *("household_id", "enumerator_id", "submitted_at", "survey_date", "codes", "notes", "own_sha256"),
)
NOT_WIDE = ("codes", "notes", "own_sha256")
Place = tuple[int, str]


class Scratch:
    """Parquet writers of one unit; close it before the files are read."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._writers: dict[str, pq.ParquetWriter] = {}

    def add(self, staged: Staged) -> None:
        """Append one batch."""
        if staged.kind == "members":
            self._write("persons", staged.rows)
            return
        self._write("forms", staged.rows.select(list(FORM_KEYS)))
        assert staged.wide is not None
        for place, rows in _by_place(staged.wide):
            self._write(_name(place), rows)

    def close(self) -> None:
        """Finish the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def path(self, name: str) -> Path | None:
        """File of `forms` or `persons`; None where nothing was added."""
        path = self.folder / f"{name}.parquet"
        return path if path.exists() else None

    def wide(self, place: Place) -> Path:
        """File of the household rows of a round and province."""
        return self.folder / f"{_name(place)}.parquet"

    def _write(self, name: str, table: pa.Table) -> None:
        if name not in self._writers:
            self._writers[name] = pq.ParquetWriter(
                self.folder / f"{name}.parquet",
                table.schema,
                compression="lz4",
                use_dictionary=name.startswith("wide"),
                write_statistics=False,
            )
        self._writers[name].write_table(table)


def _name(place: Place) -> str:
    return f"wide-{place[0]}-{place[1]}"


def _by_place(table: pa.Table) -> Iterator[tuple[Place, pa.Table]]:
    """Rows by round and province of their village, in order; nothing but what the lake keeps."""
    table = table.drop_columns(list(NOT_WIDE))
    provinces = pc.utf8_slice_codeunits(table.column("village_code"), 0, 2)
    keys = pa.table({"year": table.column("survey_year"), "province": provinces})
    places = keys.group_by(["year", "province"]).aggregate([]).to_pylist()
    for place in sorted((p["year"], p["province"]) for p in places):
        if len(places) == 1:
            yield place, table
        else:
            is_here = pc.and_(pc.equal(keys.column("year"), place[0]), pc.equal(keys.column("province"), place[1]))
            yield place, table.filter(is_here)
