"""Full deliveries: does one hold enough of the households known before, to retire those that it lacks?

Only the question of intake is answered here, once, when the delivery comes. Which records are retired is decided by the
run, over all deliveries (households/resolve.py).
"""

from collections.abc import Iterable

import duckdb

from jpt_pipeline.intake.container import Holds
from jpt_pipeline.intake.limits import load_limits
from jpt_pipeline.intake.manifest import Manifest
from jpt_pipeline.intake.receipts import FORMS, MARKS, REFUSED, Receipt, UnitReceipt
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.session import readable, session


def check_full(
    manifest: Manifest, units: list[UnitReceipt], receipts: list[Receipt], settings: Settings, holds: Holds, name: str
) -> None:
    """Hold a full delivery (D-EMPTYPATCH) that lacks too many of the households known in its round, stream and province.

    Known are those of all deliveries from the last full one on: what that one lacked is retired already.
    """
    if manifest.mode != "full":
        return
    scope = [r for r in receipts if r.mode == "full" and (r.survey_year, r.stream, r.province_code) == manifest.scope]
    since = scope[-1].order_no if scope else 0
    before = [unit for receipt in receipts if receipt.order_no >= since for unit in receipt.units]
    with session(settings) as connection:
        _keys(connection, "known", before, manifest, settings)
        _keys(connection, "named", units, manifest, settings, with_refused=True)
        known_n, held_n = connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE (village_code, household_id) IN "
            "(SELECT (village_code, household_id) FROM named)) FROM (SELECT DISTINCT * FROM known)"
        ).fetchall()[0]
    if held_n * 100 < known_n * load_limits(settings.definitions).full_hold_percent:
        holds.stop("D-EMPTYPATCH", name, f"{held_n:,} / {known_n:,}")


def _keys(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    units: Iterable[UnitReceipt],
    manifest: Manifest,
    settings: Settings,
    with_refused: bool = False,
) -> None:
    """Table of the households of units in the manifest's scope: those that count, or all that are named."""
    connection.execute(f"CREATE TEMP TABLE {table} (village_code VARCHAR, household_id VARCHAR)")
    year, stream, province = manifest.scope
    for unit in units:
        here = [part for part in unit.parts if (part.survey_year, part.province_code) == (year, province)]
        paths = {part.table: readable(settings.lake / part.path) for part in here}
        keys = f"INSERT INTO {table} SELECT village_code, household_id FROM read_parquet(?, hive_partitioning = false) "
        if FORMS in paths and with_refused:
            connection.execute(keys + "WHERE stream = ?", [paths[FORMS], stream])
        elif FORMS in paths:
            counted = "JOIN (SELECT form FROM read_parquet(?, hive_partitioning = false)) USING (form) WHERE stream = ?"
            connection.execute(keys + counted, [paths[FORMS], paths[MARKS], stream])
        if REFUSED in paths and with_refused:
            named = "WHERE stream = ? AND village_code IS NOT NULL AND household_id IS NOT NULL"
            connection.execute(keys + named, [paths[REFUSED], stream])
