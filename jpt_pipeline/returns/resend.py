"""Records that no correction can mend: they are sent again, as a new revision or after what the code says was mended.

Put here: what is listed of them: file, record number, code, words. Keep out: identifiers of persons and houses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from jpt_pipeline.instruments import Instrument
from jpt_pipeline.intake.receipts import read_receipts
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part

QUARANTINE = "households__quarantine"


@dataclass(frozen=True, order=True)
class Resend:
    """One record and one reason."""

    village_code: str
    file_name: str
    record_no: int
    code: str
    message: str


def rows_to_resend(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    part: Part,
    instrument: Instrument,
    unmended: Sequence[tuple[int, str]],
) -> list[Resend]:
    """Quarantined records of the province as of the last run (what rules of the instrument quarantined is mended by
    cells), and the (record, rule) of `unmended`; in order of village, file and record."""
    names = {
        (receipt.delivery_id, file.file_sha256): file.file_name
        for receipt in read_receipts(settings.landing)
        for unit in receipt.units
        for file in unit.files
    }
    texts = {rule.id: rule.text_th for rule in instrument.rules}
    found = [
        Resend(village, names.get((delivery, digest), digest[:12]), number, code, message)
        for village, delivery, digest, number, codes, messages in _quarantined(connection, settings, part)
        for code, message in zip(codes, messages, strict=True)
        if code not in texts
    ]
    places = {row[0]: row[1:] for row in _places(connection)}
    for intake_no, rule_id in unmended:
        village, delivery, digest, number = places[intake_no]
        message = f"{rule_id} ระเบียนที่ {number}: {texts.get(rule_id, '')}"
        found.append(Resend(village, names.get((delivery, digest), digest[:12]), number, rule_id, message))
    return sorted(set(found))


def _quarantined(connection: duckdb.DuckDBPyConnection, settings: Settings, part: Part) -> list[tuple[Any, ...]]:
    lake = Lake(settings.lake)
    if not lake.seal_path(QUARANTINE, part).exists():
        return []
    return connection.execute(
        "SELECT village_code, delivery_id, file_sha256, record_no, codes, messages "
        "FROM read_parquet(?, hive_partitioning = false) WHERE village_code IS NOT NULL",
        [lake.sealed(QUARANTINE, part)],
    ).fetchall()


def _places(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT intake_no, village_code, delivery_id, file_sha256, record_no FROM records"
    ).fetchall()
