"""Whether a household lies under a valid certificate: then its area is returned first, and corrected after (C-AFTERCERT).

Source: bad input 105 and the chain of the letters: a correction found above goes back down, and is certified again.
"""

import duckdb

from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part

STATES = "certification__state"
CERTIFIED, OPENED = "CERTIFIED", ("RETURNED", "CORRECTING")


def certified_villages(connection: duckdb.DuckDBPyConnection, settings: Settings, part: Part) -> set[tuple[str, str]]:
    """(stream, village) below an area that is certified, unless an area on the path was returned; as of the last run.

    Needs the table area_closure of the province.
    """
    lake = Lake(settings.lake)
    if not lake.seal_path(STATES, part).exists():
        return set()
    rows = connection.execute(
        "SELECT a.stream, a.village_code FROM read_parquet(?, hive_partitioning = false) s "
        "JOIN area_closure a ON a.stream = s.stream AND a.level = s.level AND a.area_code = s.area_code "
        "GROUP BY ALL HAVING bool_or(s.state = ?) AND NOT bool_or(list_contains(?, s.state))",
        [lake.sealed(STATES, part), CERTIFIED, list(OPENED)],
    ).fetchall()
    return {(stream, village) for stream, village in rows}
