"""The account of a round's deliveries: every file, every record, what became of it as of the last run.

physical records = header_n + blank_n + records_n, and records_n = accepted_n + quarantined_n + duplicate_n +
superseded_n. The four are counted each on its own, never as a remainder: the gate on this table can fail.
"""

import duckdb
import pyarrow as pa

from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.households.classes import MESSAGES_SQL
from jpt_pipeline.households.clean import register_codes
from jpt_pipeline.households.sources import input_digests, open_home_provinces, open_refused
from jpt_pipeline.households.stages import instrument_of
from jpt_pipeline.intake.receipts import FORMS, MARKS, PERSONS, FileReceipt, Receipt, read_receipts
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part, Seal
from jpt_pipeline.store.session import readable
from jpt_pipeline.store.stage import Gates, Output, run_stage

DELIVERIES, QUARANTINE, ACCOUNTING = "submissions__deliveries", "households__quarantine", "households__accounting"


def make_deliveries(settings: Settings, part: Part, gates: Gates) -> dict[str, Seal]:
    """submissions__deliveries of a round, and the quarantined records that lie in no province."""
    lake = Lake(settings.lake)
    receipts = read_receipts(settings.landing)
    instrument = instrument_of(settings, part)
    sealed = _accounted_parts(settings, receipts)
    inputs = {f"{ACCOUNTING}/{p}": lake.seal(ACCOUNTING, p).sha256 for p in sealed}
    inputs |= {receipt.delivery_id: f"{receipt.order_no}" for receipt in receipts}
    inputs |= input_digests(receipts, [part, Part(None)])

    def compute(connection: duckdb.DuckDBPyConnection) -> list[Output]:
        register_codes(connection, instrument)
        open_refused(connection, settings, receipts, part)
        connection.execute(f"CREATE TEMP TABLE accounts AS {_NO_ACCOUNTS}")
        for p in sealed:
            source = "INSERT INTO accounts SELECT *, ? FROM read_parquet(?, hive_partitioning = false)"
            connection.execute(source, [str(p), lake.sealed(ACCOUNTING, p)])
        connection.register("files", _files(receipts, part))
        _provisional(connection, settings, receipts, part.survey_year or 0)
        select = load_dictionary().select
        refused = "SELECT * FROM refused"
        return [
            Output(DELIVERIES, select(DELIVERIES, _DELIVERIES_QUERY)),
            Output(QUARANTINE, select(QUARANTINE, MESSAGES_SQL.format(listed=refused))),
        ]

    return run_stage(settings, part, [DELIVERIES, QUARANTINE], inputs, gates, compute)


def _accounted_parts(settings: Settings, receipts: list[Receipt]) -> list[Part]:
    """Province parts of any round whose accounting is sealed."""
    lake = Lake(settings.lake)
    files = (file for receipt in receipts for unit in receipt.units for file in unit.parts)
    found = {(f.survey_year, f.province_code) for f in files if f.survey_year and f.province_code}
    parts = [Part(year, province) for year, province in sorted(found)]
    return [part for part in parts if lake.seal_path(ACCOUNTING, part).exists()]


def _files(receipts: list[Receipt], part: Part) -> pa.Table:
    """Facts of the files that belong to the round: declared for it, with rows of it, or of no round that is known."""
    rows = []
    for receipt in receipts:
        for unit in receipt.units:
            years = {
                file.survey_year for file in unit.parts if file.table != FORMS and file.rows_n and file.survey_year
            }
            if part.survey_year in {receipt.survey_year, *years} or not {receipt.survey_year, *years} - {None}:
                rows += [_file_row(receipt, unit.stream, file, part) for file in unit.files]
    names = [*load_dictionary().tables[DELIVERIES].columns[:11], "refused_n", "received_at"]
    return pa.table({n: pa.array([row[n] for row in rows], _ARROW.get(n, pa.string())) for n in names})


_ARROW = dict.fromkeys(("bytes_n", "records_n", "header_n", "blank_n", "refused_n", "survey_year"), pa.int64())
_ARROW["received_at"] = pa.timestamp("us")


def _file_row(receipt: Receipt, stream: str | None, file: FileReceipt, part: Part) -> dict[str, object]:
    return {
        **file.model_dump(include=set(load_dictionary().tables[DELIVERIES].columns) | {"refused_n"}),
        "survey_year": part.survey_year,
        "stream": receipt.stream or stream,
        "delivery_id": receipt.delivery_id,
        "received_at": receipt.received_at.replace(tzinfo=None),
    }


def _provisional(
    connection: duckdb.DuckDBPyConnection, settings: Settings, receipts: list[Receipt], survey_year: int
) -> None:
    """Table pending: records whose province has not been run since they were delivered; they count as accepted until
    then. Only files whose accounts fall short are looked at."""
    connection.execute("CREATE TEMP TABLE pending (delivery_id VARCHAR, file_sha256 VARCHAR, accepted_n BIGINT)")
    totals = (
        "SELECT delivery_id, file_sha256, sum(accepted_n + quarantined_n + duplicate_n + superseded_n) FROM accounts"
    )
    known = {(row[0], row[1]): row[2] for row in connection.execute(f"{totals} GROUP BY ALL").fetchall()}
    short = [
        (receipt.delivery_id, unit, file)
        for receipt in receipts
        for unit in receipt.units
        for file in unit.files
        if known.get((receipt.delivery_id, file.file_sha256), 0) + file.refused_n != file.records_n
    ]
    if short:
        open_home_provinces(connection, Lake(settings.lake), survey_year)
    for delivery_id, unit, file in short:
        marks, persons = (
            [readable(settings.lake / part.path) for part in unit.parts if part.table == table]
            for table in (MARKS, PERSONS)
        )
        if marks:
            connection.execute(_PENDING_SQL, [delivery_id, file.file_sha256, marks, persons, file.file_no])


_PENDING_SQL = """
INSERT INTO pending
WITH homes AS (
    SELECT f.file_no, f.form, f.record_no, f.survey_year || '/' || coalesce(h.province_code, f.village_code[1:2]) AS part
    FROM read_parquet($3, hive_partitioning = false) f
    LEFT JOIN home_provinces h USING (village_code)
), records AS (
    SELECT file_no, record_no, part FROM homes
    UNION
    SELECT p.file_no, p.record_no, any_value(h.part) FROM read_parquet($4, hive_partitioning = false) p
    JOIN homes h USING (form) WHERE p.is_record GROUP BY p.file_no, p.record_no
)
SELECT $1, $2, count(*) FROM records
WHERE file_no = $5 AND part NOT IN (SELECT part FROM accounts WHERE delivery_id = $1 AND file_sha256 = $2)
"""
_NO_ACCOUNTS = (
    "SELECT NULL::VARCHAR AS delivery_id, NULL::VARCHAR AS file_sha256, 0 AS accepted_n, 0 AS quarantined_n, "
    "0 AS duplicate_n, 0 AS superseded_n, '' AS part WHERE false"
)
_DELIVERIES_QUERY = """
SELECT f.*, coalesce(a.accepted_n, 0) + coalesce(p.accepted_n, 0) AS accepted_n,
    coalesce(a.quarantined_n, 0) + f.refused_n AS quarantined_n,
    coalesce(a.duplicate_n, 0) AS duplicate_n, coalesce(a.superseded_n, 0) AS superseded_n
FROM files f
LEFT JOIN (
    SELECT delivery_id, file_sha256, sum(accepted_n) AS accepted_n, sum(quarantined_n) AS quarantined_n,
        sum(duplicate_n) AS duplicate_n, sum(superseded_n) AS superseded_n
    FROM accounts GROUP BY ALL
) a USING (delivery_id, file_sha256)
LEFT JOIN (SELECT delivery_id, file_sha256, sum(accepted_n) AS accepted_n FROM pending GROUP BY ALL) p
    USING (delivery_id, file_sha256)
"""
