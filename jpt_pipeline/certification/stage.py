"""Stage 5 of a part: states of all areas, and the rows that stand under a valid certificate.

Nothing here certifies: it reads the ledger that people write, and the figures as they are now.
"""

from collections.abc import Sequence

import duckdb

from jpt_pipeline.certification.confidence_table import CONFIDENCE
from jpt_pipeline.certification.relations import NODES
from jpt_pipeline.certification.situation import gate_rules
from jpt_pipeline.certification.tables import STATE, acts_sha256, inputs_of, state_tables
from jpt_pipeline.certification.waived import waived_sha256
from jpt_pipeline.clock import Clock, thai_day, utc_now
from jpt_pipeline.codes import load_codes
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.issues import valid_waivers
from jpt_pipeline.ledger import AreaEntry, Entry, only, read_entries
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part, Seal
from jpt_pipeline.store.stage import Gates, Output, run_stage

PROVINCE_TABLES = (
    *(NODES, STATE, CONFIDENCE),
    *("certified__village", "certified__lao", "certified__district", "certified__province"),
)
NATION_TABLES = (NODES, STATE, "certified__nation")


def tables_of(part: Part) -> tuple[str, ...]:
    """Tables of the stage that a part has."""
    return PROVINCE_TABLES if part.province_code else NATION_TABLES


def make_certified(settings: Settings, part: Part, gates: Gates, now: Clock = utc_now) -> dict[str, Seal]:
    """Make certification__nodes, __state, __confidence (provinces) and certified__<level> of a part.

    Raises:
        LedgerBroken: the ledger is not the unbroken chain that was written.
        NoFigures, NotSealed: the rollups are not there.
    """
    assert part.survey_year is not None
    round_ = load_round(part.survey_year, settings.definitions)
    instrument = load_instrument(round_.instrument, settings.definitions)
    rules = gate_rules(round_, instrument, load_codes(settings.definitions))
    entries = read_entries(settings.ledger)
    on = thai_day(now())
    lake = Lake(settings.lake)
    inputs = inputs_of(lake, round_, part)
    inputs["acts"] = acts_sha256(round_, entries, on, _areas(lake, part, entries))
    inputs["waivers"] = waived_sha256(lake, part, valid_waivers(entries, round_.survey_year, on))

    def compute(connection: duckdb.DuckDBPyConnection) -> Sequence[Output]:
        queries = state_tables(connection, settings, round_, rules, entries, on, part)
        return [Output(table, queries[table]) for table in tables_of(part)]

    return run_stage(settings, part, tables_of(part), inputs, gates, compute)


def _areas(lake: Lake, part: Part, entries: Sequence[Entry]) -> set[str]:
    """Areas whose acts may touch a part: a province's own, for the nation all."""
    if part.province_code is None:
        return {entry.area_code for entry in only(entries, AreaEntry)}
    path = lake.sealed("rollups__areas", part)
    return {row[0] for row in duckdb.execute("SELECT DISTINCT area_code FROM read_parquet(?)", [path]).fetchall()}
