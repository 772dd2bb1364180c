"""What an analyst sees beside an asset: counts, digest, reasons, a small preview; never a row about one household."""

import base64
import io
from functools import lru_cache
from typing import Any

import dagster as dg
import duckdb

from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part, Seal
from jpt_pipeline.store.session import quoted

PREVIEW_ROWS = 40
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
        found["figure"] = dg.MetadataValue.md(f"![ไม่ผ่านเกณฑ์]({_failed_figure(source, seal.sha256)})")
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


@lru_cache(maxsize=8)
def _failed_figure(source: str, sha256: str) -> str:
    """Small bar chart, as a data URI: percent failed of each indicator at the highest level of the file.

    `sha256` is that of the file: runs that leave it as it is do not draw it again.
    """
    from matplotlib.figure import Figure

    rows = duckdb.execute(
        f"SELECT indicator_no, sum(failed_n), sum(surveyed_n) FROM {source} "
        "WHERE level IN ('province', 'nation') GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    figure = Figure(figsize=(7, 2.2), dpi=90, layout="constrained")
    axes = figure.subplots()
    axes.bar([str(row[0]) for row in rows], [100 * row[1] / row[2] if row[2] else 0 for row in rows], color="#1f6f8b")
    axes.set_xlabel("indicator")
    axes.set_ylabel("% failed")
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
