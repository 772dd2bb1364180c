"""Taken corrections: the file under its digest in landing/corrections, a receipt beside, its rows in the lake.

A file without receipt was not taken. Rows are filed by round and the province of their village's code, and read only
while their bytes are those of the receipt. Put here: storage. Keep out: what a correction does.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from jpt_pipeline.corrections.models import Correction
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import dump_json, private_folder, read_json, replacing, sha256_file, write_bytes
from jpt_pipeline.store.lake import NotSealed, Part
from jpt_pipeline.store.session import quoted, readable

TABLE = "submissions__corrections"
COLUMNS = {
    "file_no": (pa.int64(), "BIGINT"),
    "row_no": (pa.int64(), "BIGINT"),
    "survey_year": (pa.int64(), "BIGINT"),
    "stream": (pa.string(), "VARCHAR"),
    "village_code": (pa.string(), "VARCHAR"),
    "household_id": (pa.string(), "VARCHAR"),
    "member_no": (pa.int64(), "BIGINT"),
    "person_token": (pa.string(), "VARCHAR"),
    "column_name": (pa.string(), "VARCHAR"),
    "old_value": (pa.string(), "VARCHAR"),
    "new_value": (pa.string(), "VARCHAR"),
    "reason": (pa.string(), "VARCHAR"),
    "who": (pa.string(), "VARCHAR"),
    "rule_ids": (pa.list_(pa.string()), "VARCHAR[]"),
    "file_sha256": (pa.string(), "VARCHAR"),
}


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CorrectionPart(_Model):
    """A file of the lake: round, province of the villages' codes, digest, rows."""

    survey_year: int
    province_code: str
    path: str
    sha256: str
    rows_n: int


class CorrectionReceipt(_Model):
    """One taken file, in the order `file_no` in which corrections apply."""

    file_no: int
    file_sha256: str
    file_name: str
    kind: str
    received_at: datetime
    rows_n: int
    parts: list[CorrectionPart]


def folder(settings: Settings) -> Path:
    """Where the files and receipts lie."""
    return settings.landing / "corrections"


def read_receipts(settings: Settings) -> list[CorrectionReceipt]:
    """All receipts in the order in which the files were taken."""
    found = [CorrectionReceipt.model_validate(read_json(path)) for path in folder(settings).glob("receipts/*.json")]
    return sorted(found, key=lambda receipt: receipt.file_no)


def store(
    settings: Settings, content: bytes, digest: str, name: str, kind: str, at: datetime, rows: Sequence[Correction]
) -> CorrectionReceipt:
    """Keep the bytes, write the rows by round and province, then the receipt: whole or not at all."""
    private_folder(folder(settings))
    write_bytes(folder(settings) / digest, content)
    number = max((receipt.file_no for receipt in read_receipts(settings)), default=0) + 1
    places = sorted({(row.cell.household.survey_year, row.cell.household.village_code[:2]) for row in rows})
    parts = [_write(settings, number, digest, place, rows) for place in places]
    receipt = CorrectionReceipt(
        file_no=number, file_sha256=digest, file_name=name, kind=kind, received_at=at, rows_n=len(rows), parts=parts
    )
    with replacing(folder(settings) / "receipts" / f"{number:06d}-{digest[:16]}.json") as temporary:
        temporary.write_text(dump_json(receipt.model_dump(mode="json")), encoding="utf-8")
    return receipt


def _write(
    settings: Settings, number: int, digest: str, place: tuple[int, str], rows: Sequence[Correction]
) -> CorrectionPart:
    year, province = place
    mine = [row for row in rows if (row.cell.household.survey_year, row.cell.household.village_code[:2]) == place]
    relative = Path(TABLE) / f"survey_year={year}" / f"province={province}" / f"{digest[:32]}.parquet"
    with replacing(settings.lake / relative) as temporary:
        pq.write_table(as_table(mine, number, digest), temporary, compression="zstd")
    digest_now = sha256_file(settings.lake / relative)
    return CorrectionPart(
        survey_year=year, province_code=province, path=relative.as_posix(), sha256=digest_now, rows_n=len(mine)
    )


def as_table(rows: Sequence[Correction], file_no: int, digest: str) -> pa.Table:
    """Rows of one file as they lie in the lake."""
    listed = [
        {
            **row.cell.household._asdict(),
            **{name: getattr(row, name) for name in ("row_no", "person_token", "reason", "who")},
            "file_no": file_no,
            "member_no": row.cell.member_no,
            "column_name": row.cell.column,
            "old_value": row.old,
            "new_value": row.new,
            "rule_ids": list(row.rule_ids),
            "file_sha256": digest,
        }
        for row in rows
    ]
    arrays = {name: pa.array([row[name] for row in listed], kind) for name, (kind, _) in COLUMNS.items()}
    return pa.table(arrays)


def digests(receipts: Sequence[CorrectionReceipt], parts: Sequence[Part]) -> dict[str, str]:
    """Path -> number and digest of the files that belong to these parts; empty when nothing was corrected."""
    return {file.path: f"{receipt.file_no} {file.sha256}" for receipt, file in _files(receipts, parts)}


def open_stored(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    receipts: Sequence[CorrectionReceipt],
    parts: Sequence[Part],
    where: str = "true",
) -> None:
    """Make the TEMP TABLE stored_corrections (COLUMNS) of the rows of these parts for which `where` holds.

    Raises:
        NotSealed: a file is missing or its bytes are not those of its receipt.
    """
    paths = []
    for receipt, file in _files(receipts, parts):
        path = settings.lake / file.path
        if not path.exists() or sha256_file(path) != file.sha256:
            raise NotSealed(f"{TABLE}: the rows of correction file {receipt.file_no} are not what was taken")
        paths.append(f"'{quoted(readable(path))}'")
    listed = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, (_, kind) in COLUMNS.items())
    source = (
        f"read_parquet([{', '.join(paths)}], hive_partitioning = false)"
        if paths
        else "(SELECT " + ", ".join(f"NULL AS {name}" for name in COLUMNS) + " WHERE false)"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE stored_corrections AS SELECT {listed} FROM {source} WHERE {where} "
        "ORDER BY file_no, row_no"
    )


def _files(
    receipts: Sequence[CorrectionReceipt], parts: Sequence[Part]
) -> list[tuple[CorrectionReceipt, CorrectionPart]]:
    wanted = {(part.survey_year, part.province_code) for part in parts}
    return [
        (receipt, file)
        for receipt in receipts
        for file in receipt.parts
        if (file.survey_year, file.province_code) in wanted
    ]
