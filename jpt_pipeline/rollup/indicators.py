"""Stage 3: the results of every indicator of every counted household, wide, in one pass."""

import duckdb

from jpt_pipeline.households.stages import instrument_of
from jpt_pipeline.instruments import indicator_codes, indicators_step, render, typed_step
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part, Seal
from jpt_pipeline.store.session import quoted
from jpt_pipeline.store.stage import Gates, Output, run_stage

CLEAN, RESULTS = "households__clean", "indicators__results"


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
            indicators_step(instrument, "typed"),
        ]
        keys = "h.survey_year, h.stream, h.village_code, h.household_id"
        columns = [f"i.{item.prefix}_result" for item in instrument.indicators]
        persons = [item.prefix for item in instrument.indicators if item.counts_persons]
        columns += [f"i.{prefix}_{count}" for prefix in persons for count in ("surveyed", "failed")]
        listed = ", ".join(columns)
        final = f"SELECT {keys}, hh, {listed} FROM indicators i JOIN households h USING (hh) ORDER BY hh"
        return [Output(RESULTS, render(steps, final))]

    return run_stage(settings, part, [RESULTS], {CLEAN: lake.seal(CLEAN, part).sha256}, gates, compute)
