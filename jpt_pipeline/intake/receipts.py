"""Receipts: what was delivered, when, in which order, and where its rows lie. One JSON file a delivery, written last.

A delivery without receipt was not taken in: its half-written parts are overwritten when it comes again.
"""

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from jpt_pipeline.store.files import dump_json, known_sha256, read_json, replacing
from jpt_pipeline.store.lake import NotSealed, Part

# Of the staged files' layout and meaning. Files of another version are not read: they are staged again from landing.
STAGING_VERSION = 4


# Tables of staged files: wide rows, what counts among them, persons, refused records.
FORMS, MARKS = "submissions__forms", "submissions__marks"
PERSONS, REFUSED = "submissions__persons", "submissions__refused"


class StagedByOther(Exception):
    """Deliveries were staged by another version of this software: `jpt intake --again` stages them anew."""


class PartFile(BaseModel):
    """A Parquet file that intake wrote: table, partition (None = refused records), digest, rows."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    table: str
    survey_year: int | None
    province_code: str | None
    path: str
    sha256: str
    rows_n: int


class FileReceipt(BaseModel):
    """One delivered file with records. physical records = header_n + blank_n + records_n."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    file_no: int
    file_name: str
    file_sha256: str
    container_sha256: str
    bytes_n: int
    format: str
    encoding: str | None
    records_n: int
    header_n: int
    blank_n: int
    refused_n: int
    extra_columns: list[str]


class UnitReceipt(BaseModel):
    """Files that belong together: a payload file, or tables of households and members; their stream if it is one."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    unit_id: str
    staging_version: int
    stream: str | None
    files: list[FileReceipt]
    parts: list[PartFile]


class Container(BaseModel):
    """A delivered file as it came: its name, and the digest under which landing keeps it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    sha256: str


class Receipt(BaseModel):
    """One delivery, in intake order `order_no`; with its containers it can be staged again at any time.

    `accepted`: codes that would have held it, which somebody accepted `because` of something; `notes`: code and place of
    what was strange about its files, but stopped nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    order_no: int
    delivery_id: str
    name: str
    received_at: datetime
    survey_year: int | None
    stream: str | None
    province_code: str | None
    enumerator_id: str | None
    sequence: int | None
    mode: Literal["full", "patch"] = "patch"
    accepted: list[str] = []
    because: str | None = None
    notes: list[str] = []
    containers: list[Container]
    units: list[UnitReceipt]


def read_receipts(landing: Path) -> list[Receipt]:
    """All receipts in intake order."""
    paths = sorted((landing / "receipts").glob("*.json"))
    return sorted((Receipt.model_validate(read_json(path)) for path in paths), key=lambda receipt: receipt.order_no)


def write_receipt(landing: Path, receipt: Receipt) -> None:
    path = landing / "receipts" / f"{receipt.order_no:06d}-{receipt.delivery_id}.json"
    with replacing(path) as temporary:
        temporary.write_text(dump_json(receipt.model_dump(mode="json")), encoding="utf-8")


def parts_of(
    receipts: list[Receipt], lake: Path, table: str, part: Part
) -> list[tuple[int, Receipt, UnitReceipt, str]]:
    """Files of a table and partition, each verified: (number of the unit in intake order, receipt, unit, path).

    Raises:
        StagedByOther: a file was staged by another version.
        NotSealed: a file is missing or its bytes are not those of the receipt.
    """
    found = []
    units = ((receipt, unit) for receipt in receipts for unit in receipt.units)
    for number, (receipt, unit) in enumerate(units):
        for file in unit.parts:
            if (file.table, file.survey_year, file.province_code) != (table, part.survey_year, part.province_code):
                continue
            if unit.staging_version != STAGING_VERSION:
                raise StagedByOther(f"delivery {receipt.delivery_id} was staged by another version: jpt intake --again")
            path = lake / file.path
            if not path.exists() or known_sha256(path) != file.sha256:
                raise NotSealed(f"{table} {part}: the file of delivery {receipt.delivery_id} is not what was taken in")
            found.append((number, receipt, unit, str(path)))
    return found
