"""The counted households of a province in the order in which each enumerator sent them, read from the sealed tables.

Put here: the query, and where the answers of each household lie in the files. Keep out: what is made of them (signs.py).
No name, no number of a person, no place passes through here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from jpt_pipeline.fieldwork.chance import Flags, Ints
from jpt_pipeline.instruments import Instrument, Result
from jpt_pipeline.intake.receipts import FORMS, Receipt, parts_of
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import quoted, readable

CLEAN, MEMBERS, RESULTS = "households__clean", "households__members", "indicators__results"
NO_GAP, NOT_THERE = -1, -1
_THAILAND = "INTERVAL 7 HOUR"
_NUMBERS = (
    *("row", "earlier_row", "day", "minute", "gap_seconds", "persons_n"),
    *("applicable_n", "failed_n", "incomplete_n"),
)
Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Visits:
    """One element per household, by tambon, enumerator and moment.

    worker: position in `workers`, which are (tambon_code, enumerator_id) in order. row, earlier_row: where the answers lie
    in `files` and `earlier_files` taken one after the other (NOT_THERE: no answers of an earlier round). gap_seconds: since
    the same enumerator's household before it of that day (NO_GAP: the first). members: digest of sexes and ages.
    content_sha256: of the household as delivered.
    """

    workers: list[tuple[str, str]]
    worker: Ints
    village_code: Texts
    household_id: Texts
    content_sha256: Texts
    row: Ints
    earlier_row: Ints
    day: Ints
    minute: Ints
    gap_seconds: Ints
    persons_n: Ints
    members: npt.NDArray[np.uint64]
    evidence_missing: Flags
    applicable_n: Ints
    failed_n: Ints
    incomplete_n: Ints
    files: list[Path]
    earlier_files: list[Path]

    def __len__(self) -> int:
        return len(self.worker)


def read_visits(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    part: Part,
    stream: str,
    instrument: Instrument,
    receipts: list[Receipt],
    earlier: Sequence[Part] = (),
) -> Visits:
    """Households with an enumerator of a province and stream.

    Args:
        earlier: parts of the latest earlier round that was delivered (identity.last_year.earlier_parts).

    Raises:
        NotSealed: a table or a staged file is not what was sealed; StagedByOther: staged by another version.
    """
    for name, table in (("visited", CLEAN), ("visited_members", MEMBERS), ("visited_results", RESULTS)):
        path = quoted(lake.sealed(table, part))
        numbered = ", file_row_number AS place" if table == CLEAN else ""
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT *{numbered} "
            f"FROM read_parquet('{path}', hive_partitioning = false, file_row_number = true)"
        )
    earlier_files = _open_earlier(connection, lake, receipts, earlier)
    columns = connection.execute(_query(instrument), [stream]).fetchnumpy()
    pairs = list(zip(columns["tambon_code"].tolist(), columns["enumerator_id"].tolist(), strict=True))
    workers = sorted(set(pairs))
    number = {pair: at for at, pair in enumerate(workers)}
    found: dict[str, Any] = {name: np.asarray(columns[name], dtype=np.int64) for name in _NUMBERS}
    found |= {name: columns[name].astype(object) for name in ("village_code", "household_id", "content_sha256")}
    found |= {"evidence_missing": columns["evidence_missing"].astype(bool), "members": columns["members"]}
    return Visits(
        workers=workers,
        worker=np.array([number[pair] for pair in pairs], dtype=np.int64),
        **found,
        files=[lake.path(CLEAN, part)],
        earlier_files=earlier_files,
    )


def _open_earlier(
    connection: duckdb.DuckDBPyConnection, lake: Lake, receipts: list[Receipt], earlier: Sequence[Part]
) -> list[Path]:
    """The TEMP TABLE visited_earlier (stream, village_code, household_id, earlier_row): the last delivered record each."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE visited_earlier "
        "(stream VARCHAR, village_code VARCHAR, household_id VARCHAR, revision BIGINT, earlier_row BIGINT)"
    )
    files, before = [], 0
    for part in earlier:
        for _, _, _, path in parts_of(receipts, lake.root, FORMS, part):
            connection.execute(
                "INSERT INTO visited_earlier SELECT stream, village_code, household_id, revision, "
                f"file_row_number + {before} FROM read_parquet(?, hive_partitioning = false, file_row_number = true)",
                [readable(Path(path))],
            )
            row = connection.execute("SELECT count(*) FROM read_parquet(?)", [readable(Path(path))]).fetchone()
            assert row is not None
            before += int(row[0])
            files.append(Path(path))
    return files


def _query(instrument: Instrument) -> str:
    """Everything but the answers. Moments are stored in UTC, days and minutes are Thailand's."""

    def counted(*results: Result) -> str:
        listed = ", ".join(f"{result:d}" for result in results)
        return " + ".join(f"CAST({item.prefix}_result IN ({listed}) AS BIGINT)" for item in instrument.indicators)

    return f"""
    WITH structures AS (
        SELECT hh, hash(string_agg(coalesce(sex, '') || coalesce(CAST(age_years AS VARCHAR), ''), '|'
            ORDER BY sex, age_years)) AS members
        FROM visited_members GROUP BY hh
    ), scores AS (
        SELECT hh, {counted(Result.PASS, Result.FAIL)} AS applicable_n, {counted(Result.FAIL)} AS failed_n,
            {counted(Result.INCOMPLETE)} AS incomplete_n
        FROM visited_results
    ), earlier AS (
        SELECT stream, village_code, household_id, arg_max(earlier_row, (coalesce(revision, 0), earlier_row)) AS earlier_row
        FROM visited_earlier GROUP BY ALL
    )
    SELECT v.tambon_code, v.enumerator_id, v.village_code, v.household_id, v.content_sha256, v.place AS row,
        coalesce(e.earlier_row, {NOT_THERE}) AS earlier_row, datediff('day', DATE '1970-01-01', v.survey_date) AS day,
        coalesce(hour(v.submitted_at + {_THAILAND}) * 60 + minute(v.submitted_at + {_THAILAND}), 0) AS minute,
        coalesce(floor(epoch(v.submitted_at - lag(v.submitted_at) OVER same_day)), {NO_GAP}) AS gap_seconds,
        v.persons_n, m.members,
        coalesce(v.evidence_photo = 'missing' OR v.evidence_signature = 'missing', false) AS evidence_missing,
        s.applicable_n, s.failed_n, s.incomplete_n
    FROM visited v JOIN scores s USING (hh) JOIN structures m USING (hh)
    LEFT JOIN earlier e USING (stream, village_code, household_id)
    WHERE v.stream = ? AND v.enumerator_id IS NOT NULL AND v.submitted_at IS NOT NULL
    WINDOW same_day AS (
        PARTITION BY v.tambon_code, v.enumerator_id, v.survey_date
        ORDER BY v.submitted_at, v.village_code, v.household_id)
    ORDER BY v.tambon_code, v.enumerator_id, v.submitted_at, v.village_code, v.household_id"""
