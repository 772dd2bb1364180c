"""What an analyst sees beside an asset: counts, digest, reasons, a small preview; never a row about one household."""

import base64
from typing import Any

import dagster as dg
import duckdb

from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part, Seal
from jpt_pipeline.store.session import quoted

PREVIEW_ROWS = 40
# The small bar chart: pixels.
_LEFT, _STEP, _HEIGHT, _FOOT = 4, 20, 130, 160
# Counts by a column that identifies nobody.
_TALLIES = {
    "submissions__records": "SELECT record_class AS class, count(*) AS records FROM {source} GROUP BY ALL ORDER BY ALL",
    "households__quarantine": "SELECT code, count(*) AS records FROM (SELECT unnest(codes) AS code FROM {source}) "
    "GROUP BY ALL ORDER BY 2 DESC, 1",
    "households__findings": "SELECT rule_id, severity, count(*) AS households FROM {source} GROUP BY ALL ORDER BY 3 DESC, 1",
    "households__issues": "SELECT rule_id, status, count(*) AS findings FROM {source} GROUP BY ALL ORDER BY ALL",
    "certification__state": "SELECT level, state, count(*) AS areas, count(*) FILTER (len(blocked_by) > 0) AS blocked "
    "FROM {source} GROUP BY ALL ORDER BY ALL",
    "submissions__deliveries": "SELECT file_name, format, records_n, accepted_n, quarantined_n, duplicate_n, "
    "superseded_n FROM {source} ORDER BY received_at, file_name",
}
_TOP = "SELECT * FROM {source} WHERE level IN ('district', 'province', 'nation') ORDER BY ALL"


def describe(settings: Settings, part: Part, seal: Seal) -> dict[str, Any]:
    """Metadata of one sealed table."""
    source = f"read_parquet('{quoted(Lake(settings.lake).sealed(seal.table, part))}', hive_partitioning = false)"
    found: dict[str, Any] = {
        "dagster/row_count": seal.rows_n,
        "sha256": seal.sha256,
        "fingerprint": seal.fingerprint[:16],
        "inputs": dg.MetadataValue.json({name: digest[:16] for name, digest in seal.inputs.items()}),
    }
    query = _TALLIES.get(seal.table) or (_TOP if seal.table.startswith(("rollups__", "certified__")) else None)
    if query:
        found["summary"] = _table(query.format(source=source))
    if seal.table == "rollups__indicators":
        found["figure"] = dg.MetadataValue.md(f"![ไม่ผ่านเกณฑ์]({_failed_figure(source)})")
    return found


def _table(query: str) -> dg.TableMetadataValue:
    cursor = duckdb.execute(query)
    names = [column[0] for column in cursor.description or []]
    rows = cursor.fetchmany(PREVIEW_ROWS)
    return dg.MetadataValue.table(
        [dg.TableRecord({n: _plain(v) for n, v in zip(names, row, strict=True)}) for row in rows],
        schema=dg.TableSchema([dg.TableColumn(name) for name in names]),
    )


def _plain(value: object) -> Any:
    return value if isinstance(value, (int, float, str, bool)) or value is None else str(value)


def _failed_figure(source: str) -> str:
    """Small bar chart, as a data URI: percent failed of each indicator at the highest level of the file.

    Written by hand: a figure by matplotlib takes as long as half a province's run does in Dagster.
    """
    rows = duckdb.execute(
        f"SELECT indicator_no, coalesce(100 * sum(failed_n) / nullif(sum(surveyed_n), 0), 0) FROM {source} "
        "WHERE level IN ('province', 'nation') GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    top = max([percent for _, percent in rows], default=0) or 1
    marks = [f'<text x="2" y="14">% failed, highest {top:.1f}</text>']
    for place, (number, percent) in enumerate(rows):
        left, high = _LEFT + place * _STEP, _HEIGHT * percent / top
        marks.append(
            f'<rect x="{left}" y="{_FOOT - high:.1f}" width="{_STEP - 4}" height="{high:.1f}" fill="#1f6f8b"/>'
            f'<text x="{left + _STEP // 2 - 2}" y="{_FOOT + 14}" text-anchor="middle">{number}</text>'
        )
    width = _LEFT * 2 + len(rows) * _STEP
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_FOOT + 20}" font-family="sans-serif" '
        f'font-size="10"><rect width="100%" height="100%" fill="#fff"/>{"".join(marks)}</svg>'
    )
    return "data:image/svg+xml;base64," + base64.b64encode(picture.encode()).decode()
