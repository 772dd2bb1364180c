"""The sealed tables of one province as counts of its villages, in a DuckDB session: the one place that reads households.

Put here: SQL over households. Keep out: areas above the village (facts.py), judgement. Nothing but counts and days leaves.

Relations that `open_province` makes (replacing those of another province), beside those of areas.tree.villages:
- pg_days: stream, village_code, day, collected_n, recorded_n, of each day until the moment asked for.
- pg_counts: stream, village_code, the counts of models.Counts and last_day, of every village of the register.
- pg_outside: stream, records_n, quarantined_n of household records that lie in none of these villages.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import duckdb
import pyarrow as pa

from jpt_pipeline.areas.tree import villages
from jpt_pipeline.clock import THAI_TIME
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.intake.receipts import Receipt
from jpt_pipeline.progress.models import COUNTS
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import quoted

RECORDS, CLEAN, QUARANTINE = "submissions__records", "households__clean", "households__quarantine"
FINDINGS, ISSUES = "households__findings", "households__issues"
TARGETS, NONRESPONSE = "register__targets", "register__nonresponse"
_VIEWS = {"pg_records": RECORDS, "pg_clean": CLEAN, "pg_quarantine": QUARANTINE, "pg_issues": ISSUES}
_REGISTERS = {
    "pg_targets": (TARGETS, "SELECT NULL::VARCHAR AS village_code, NULL::BIGINT AS target_households WHERE false"),
    "pg_nonresponse": (NONRESPONSE, "SELECT NULL::VARCHAR AS village_code WHERE false"),
}


def open_arrivals(
    connection: duckdb.DuckDBPyConnection, receipts: Sequence[Receipt], streams: Sequence[str], at: datetime
) -> None:
    """Tables pg_arrivals (delivery_id, received_on, is_before: by the moment asked for) and pg_streams (stream, place)."""
    rows = {
        "delivery_id": [receipt.delivery_id for receipt in receipts],
        "received_on": [receipt.received_at.astimezone(THAI_TIME).date() for receipt in receipts],
        "is_before": [receipt.received_at <= at for receipt in receipts],
    }
    kinds = {"delivery_id": pa.string(), "received_on": pa.date32(), "is_before": pa.bool_()}
    _table(connection, "pg_arrivals", pa.table({name: pa.array(rows[name], kind) for name, kind in kinds.items()}))
    known = {"stream": pa.array(streams, pa.string()), "place": pa.array(range(len(streams)), pa.int64())}
    _table(connection, "pg_streams", pa.table(known))


def open_province(
    connection: duckdb.DuckDBPyConnection, lake: Lake, part: Part, day: date, certified: Iterable[tuple[str, str, str]]
) -> None:
    """The relations of a province as of the end of a day.

    Args:
        certified: (stream, level, area_code) of the areas of the chain's lowest level under a valid certificate.

    Raises:
        NotSealed: no register of areas, or a table is not the one that was sealed.
    """
    assert part.survey_year is not None
    villages(connection, lake, part.survey_year, part.province_code)
    for name, table in _VIEWS.items():
        _view(connection, lake, name, table, [part])
    _view(connection, lake, "pg_findings", FINDINGS, [part, Part(part.survey_year)])
    open_registers(connection, lake, part.survey_year)
    chosen = list(zip(*certified, strict=True)) or [(), (), ()]
    names = ("stream", "level", "area_code")
    rows = {name: pa.array(values, pa.string()) for name, values in zip(names, chosen, strict=True)}
    _table(connection, "pg_certified", pa.table(rows))
    for name, query in _STEPS.items():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}", {"day": day} if "$day" in query else {})


def open_registers(connection: duckdb.DuckDBPyConnection, lake: Lake, survey_year: int) -> None:
    """Views of the registers of targets and non-response; empty when they were never registered."""
    part = Part(survey_year)
    for name, (table, empty) in _REGISTERS.items():
        source = f"SELECT * FROM {_source(lake, table, [part])}" if lake.seal_path(table, part).exists() else empty
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {source}")


def nation_outside(connection: duckdb.DuckDBPyConnection, lake: Lake, survey_year: int) -> list[tuple[str, int, int]]:
    """(stream, records_n, quarantined_n) of the records of the nation's own part: those that lie in no province."""
    part = Part(survey_year)
    _view(connection, lake, "pg_quarantine", QUARANTINE, [part])
    return connection.execute(
        f"""SELECT {_STREAM}, count(*), count(*) FROM pg_quarantine q JOIN pg_arrivals a USING (delivery_id)
            WHERE q.record_kind = 'household' AND a.is_before GROUP BY ALL ORDER BY ALL"""
    ).fetchall()


def _view(connection: duckdb.DuckDBPyConnection, lake: Lake, name: str, table: str, parts: Sequence[Part]) -> None:
    """A view of the sealed ones of these parts; without any, of no row."""
    sealed = [part for part in parts if lake.seal_path(table, part).exists()]
    source = f"SELECT * FROM {_source(lake, table, sealed)}" if sealed else load_dictionary().empty(table)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {source}")


def _source(lake: Lake, table: str, parts: Sequence[Part]) -> str:
    listed = ", ".join(f"'{quoted(lake.sealed(table, part))}'" for part in parts)
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"


def _table(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    connection.register("pg_given", rows)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM pg_given")
    connection.unregister("pg_given")


# A stream that the round knows, else the round's first.
_STREAM = (
    "coalesce((SELECT s.stream FROM pg_streams s WHERE s.stream = q.stream), "
    "(SELECT arg_min(s.stream, s.place) FROM pg_streams s)) AS stream"
)
_ERROR = "error"
_WAIVED = "waived"
_SUMS = ", ".join(f"CAST(coalesce({name}, 0) AS BIGINT) AS {name}" for name in COUNTS)

_STEPS = {
    # Every household record once, read or refused; of one without a house code nobody knows whether it came before.
    "pg_received": f"""
        SELECT {_STREAM}, q.* EXCLUDE (stream), a.received_on, a.is_before FROM (
            SELECT stream, village_code, household_id AS house, delivery_id FROM pg_records
            UNION ALL
            SELECT stream, village_code, coalesce(household_id, file_sha256 || ' ' || record_no), delivery_id
            FROM pg_quarantine q WHERE record_kind = 'household' AND NOT EXISTS (
                SELECT 1 FROM pg_records r
                WHERE (r.delivery_id, r.file_sha256, r.record_no) = (q.delivery_id, q.file_sha256, q.record_no))
        ) q JOIN pg_arrivals a USING (delivery_id)""",
    # A record whose stream is not the village's lies in the village all the same.
    "pg_homes": """
        SELECT village_code, stream AS named, stream FROM villages
        UNION ALL
        SELECT v.village_code, s.stream, v.stream FROM pg_streams s
        CROSS JOIN (SELECT village_code, min(stream) AS stream FROM villages GROUP BY ALL) v
        WHERE NOT EXISTS (FROM villages o WHERE o.village_code = v.village_code AND o.stream = s.stream)""",
    "pg_houses": """
        SELECT h.stream, r.village_code, r.house, min(r.received_on) AS day, bool_or(r.is_before) AS is_before,
            count(*) FILTER (r.is_before) AS records_n, max(r.received_on) AS last_day
        FROM pg_received r JOIN pg_homes h ON h.village_code = r.village_code AND h.named = r.stream GROUP BY ALL""",
    "pg_refused": f"""
        SELECT {_STREAM}, q.village_code FROM pg_quarantine q JOIN pg_arrivals a USING (delivery_id)
        WHERE q.record_kind = 'household' AND a.is_before""",
    "pg_open": f"""
        SELECT DISTINCT f.stream, f.village_code, f.household_id FROM pg_findings f WHERE f.severity = '{_ERROR}'
        AND NOT EXISTS (FROM pg_issues i WHERE i.status = '{_WAIVED}' AND i.stream = f.stream
            AND i.village_code = f.village_code AND i.household_id = f.household_id AND i.rule_id = f.rule_id
            AND i.indicator_no IS NOT DISTINCT FROM f.indicator_no)""",
    "pg_days": """
        SELECT stream, village_code, day, CAST(sum(collected_n) AS BIGINT) AS collected_n,
            CAST(sum(recorded_n) AS BIGINT) AS recorded_n
        FROM (
            SELECT stream, village_code, survey_date AS day, 1 AS collected_n, 0 AS recorded_n FROM pg_clean
            WHERE survey_date <= $day
            UNION ALL
            SELECT stream, village_code, day, 0, 1 FROM pg_houses WHERE is_before
        ) GROUP BY stream, village_code, day""",
    "pg_counts": f"""
        SELECT v.stream, v.village_code, {_SUMS}, d.last_day
        FROM villages v
        LEFT JOIN (SELECT village_code, sum(target_households) AS target_n FROM pg_targets GROUP BY ALL) t
            USING (village_code)
        LEFT JOIN (SELECT village_code, count(*) AS nonresponse_n FROM pg_nonresponse GROUP BY ALL) n
            USING (village_code)
        LEFT JOIN (SELECT stream, village_code, sum(collected_n) AS collected_n, sum(recorded_n) AS recorded_n,
                max(day) AS last_day FROM pg_days GROUP BY ALL) d USING (stream, village_code)
        LEFT JOIN (SELECT stream, village_code, sum(records_n) AS records_n FROM pg_houses GROUP BY ALL) h
            USING (stream, village_code)
        LEFT JOIN (SELECT c.stream, c.village_code, count(*) FILTER (NOT EXISTS (FROM pg_open o
                    WHERE o.stream = c.stream AND o.village_code = c.village_code
                    AND o.household_id = c.household_id)) AS checked_n
                FROM pg_clean c JOIN pg_arrivals a USING (delivery_id) WHERE a.is_before GROUP BY ALL) k
            USING (stream, village_code)
        LEFT JOIN (SELECT h.stream, r.village_code, count(*) AS quarantined_n FROM pg_refused r
                JOIN pg_homes h ON h.village_code = r.village_code AND h.named = r.stream GROUP BY ALL) q
            USING (stream, village_code)
        LEFT JOIN (SELECT c.stream, c.village_code, count(*) AS certified_n FROM pg_clean c
                JOIN pg_arrivals a USING (delivery_id)
                SEMI JOIN (SELECT l.stream, l.village_code FROM area_closure l
                    JOIN pg_certified p USING (stream, level, area_code)) u USING (stream, village_code)
                WHERE a.is_before GROUP BY ALL) e USING (stream, village_code)""",
    "pg_outside": """
        SELECT stream, CAST(sum(records_n) AS BIGINT) AS records_n, CAST(sum(quarantined_n) AS BIGINT) AS quarantined_n
        FROM (
            SELECT stream, village_code, 1 AS records_n, 0 AS quarantined_n FROM pg_received WHERE is_before
            UNION ALL SELECT stream, village_code, 0, 1 FROM pg_refused
        ) r WHERE village_code IS NULL OR village_code NOT IN (SELECT village_code FROM villages) GROUP BY stream""",
}
