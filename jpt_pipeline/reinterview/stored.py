"""The drawn lists in the lake: table certification__samples of a province, sealed; house codes never leave it but by a form.

Put here: how lists are written, read back and known to be the drawn ones. Keep out: drawing and judging.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.sampling.form import Line
from jpt_pipeline.store.files import dump_json, sha256_text
from jpt_pipeline.store.lake import Lake, Part, Verdict
from jpt_pipeline.store.session import quoted

SAMPLES = "certification__samples"
AGREES, DIFFERS, NOT_REACHED, UNUSED = "agrees", "differs", "not_reached", "unused"
_SCHEMA = pa.schema(
    [
        ("survey_year", pa.int64()),
        ("stream", pa.string()),
        ("sample_id", pa.string()),
        ("draw_no", pa.int64()),
        ("is_replacement", pa.bool_()),
        ("district_code", pa.string()),
        ("village_code", pa.string()),
        ("household_id", pa.string()),
        ("enumerator_id", pa.string()),
        ("certified_answers", pa.list_(pa.string())),
        ("found", pa.string()),
    ]
)


def list_digest(key: bytes, sample_id: str, lines: Sequence[Line]) -> str:
    """Keyed digest of a list, for the ledger: who holds the home alone cannot put other households into it."""
    rows = [
        [line.draw_no, line.is_replacement, line.village_code, line.household_id, sorted(line.answers.items())]
        for line in sorted(lines, key=lambda line: line.draw_no)
    ]
    return hmac.digest(key, json.dumps([sample_id, rows]).encode(), "sha256").hex()


def read_lines(lake: Lake, part: Part, sample_id: str) -> list[Line]:
    """The list of a sample, by draw_no; empty when there is none.

    Raises:
        NotSealed: the table is not the file that was sealed.
    """
    rows = _rows(lake, part, "sample_id = ?", sample_id)
    return [
        Line(
            draw_no=row["draw_no"],
            is_replacement=row["is_replacement"],
            district_code=row["district_code"],
            village_code=row["village_code"],
            household_id=row["household_id"],
            enumerator_id=row["enumerator_id"],
            answers={name: int(value) for name, _, value in (text.partition("=") for text in row["certified_answers"])},
        )
        for row in rows
    ]


def examined_by_village(lake: Lake, part: Part, sample_ids: Sequence[str]) -> dict[str, int]:
    """Households of these samples that were reached, by village."""
    counts: dict[str, int] = {}
    for sample_id in sample_ids:
        for row in _rows(lake, part, "sample_id = ?", sample_id):
            if row["found"] in (AGREES, DIFFERS):
                counts[row["village_code"]] = counts.get(row["village_code"], 0) + 1
    return counts


def write_lines(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    part: Part,
    stream: str,
    sample_id: str,
    lines: Sequence[Line],
    found: Mapping[int, str] | None = None,
) -> None:
    """Write the list of a sample (again), with what became of each row; lists of other samples stay.

    Raises:
        NotSealed: the table is not the file that was sealed.
    """
    rows: list[dict[str, Any]] = [
        {
            "survey_year": part.survey_year,
            "stream": stream,
            "sample_id": sample_id,
            "draw_no": line.draw_no,
            "is_replacement": line.is_replacement,
            "district_code": line.district_code,
            "village_code": line.village_code,
            "household_id": line.household_id,
            "enumerator_id": line.enumerator_id,
            "certified_answers": [f"{name}={value}" for name, value in sorted(line.answers.items())],
            "found": found[line.draw_no] if found is not None else None,
        }
        for line in lines
    ]
    rows += _rows(lake, part, "sample_id <> ?", sample_id)
    connection.register("sample_rows", pa.Table.from_pylist(rows, _SCHEMA))
    lake.write(
        connection,
        SAMPLES,
        part,
        load_dictionary().select(SAMPLES, "SELECT * FROM sample_rows"),
        fingerprint=sha256_text(dump_json(rows)),
        inputs={},
        checks=[_each_once],
    )
    connection.unregister("sample_rows")


def _each_once(connection: duckdb.DuckDBPyConnection, source: str) -> list[Verdict]:
    repeated = connection.execute(
        f"SELECT count(*) - count(DISTINCT (sample_id, draw_no)) + count(*) "
        f"- count(DISTINCT (sample_id, village_code, household_id)) FROM {source}"
    ).fetchall()[0][0]
    return [Verdict("each_household_once", repeated == 0, repeated, "a household stands once in a sample")]


def _rows(lake: Lake, part: Part, condition: str, value: str) -> list[dict[str, Any]]:
    if not lake.path(SAMPLES, part).exists():
        return []
    source = f"read_parquet('{quoted(lake.sealed(SAMPLES, part))}', hive_partitioning = false)"
    query = f"SELECT * FROM {source} WHERE {condition} ORDER BY sample_id, draw_no"
    rows: list[dict[str, Any]] = duckdb.execute(query, [value]).to_arrow_table().to_pylist()
    return rows
