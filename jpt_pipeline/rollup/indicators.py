"""Stage 3: the results of every indicator of every counted household, wide, in one pass and in the order of the file."""

import duckdb

from jpt_pipeline.households.stages import instrument_of
from jpt_pipeline.instruments import indicator_codes, indicators_step, render, typed_step
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part, Seal
from jpt_pipeline.store.session import quoted
from jpt_pipeline.store.stage import Gates, Output, run_stage

CLEAN, RESULTS = "households__clean", "indicators__results"
KEYS = ("survey_year", "stream", "village_code", "household_id", "hh")


def make_indicators(settings: Settings, part: Part, gates: Gates) -> dict[str, Seal]:
    """indicators__results of a province part, from its clean households."""
    lake = Lake(settings.lake)
    instrument = instrument_of(settings, part)

    def compute(connection: duckdb.DuckDBPyConnection) -> list[Output]:
        connection.execute(
            "CREATE TEMP VIEW households AS SELECT * "
            f"FROM read_parquet('{quoted(lake.sealed(CLEAN, part))}', hive_partitioning = false)"
        )
        steps = [
            typed_step(instrument, "households", indicator_codes(instrument)),
            indicators_step(instrument, "typed", KEYS),
        ]
        columns = [f"{item.prefix}_result" for item in instrument.indicators]
        persons = [item.prefix for item in instrument.indicators if item.counts_persons]
        columns += [f"{prefix}_{count}" for prefix in persons for count in ("surveyed", "failed")]
        final = f"SELECT {', '.join([*KEYS, *columns])} FROM indicators"
        return [Output(RESULTS, render(steps, final))]

    return run_stage(settings, part, [RESULTS], {CLEAN: lake.seal(CLEAN, part).sha256}, gates, compute)
