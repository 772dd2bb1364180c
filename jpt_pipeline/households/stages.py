"""Stages 1 and 2 of a province: submissions__records, then the tables of households.

Each function is what an asset calls: it names the tables, their inputs and the computation; store.stage does the rest.
"""

from pathlib import Path

import duckdb

from jpt_pipeline.areas.tree import REGISTER, UNDATED, villages
from jpt_pipeline.corrections import stored
from jpt_pipeline.corrections.apply import amend
from jpt_pipeline.corrections.columns import columns_of
from jpt_pipeline.corrections.edits import LOG_QUERY, edits_query
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.households.classes import ACCOUNTING_QUERY, CLASSES_SQL, QUARANTINE_QUERY
from jpt_pipeline.households.clean import FINDINGS_QUERY, MEMBERS_ORDER, MEMBERS_QUERY, NOTED_SQL, judge, register_codes
from jpt_pipeline.households.doubles import LIKELY_QUERY, find_doubles
from jpt_pipeline.households.resolve import RECORDS_ORDER, RECORDS_QUERY
from jpt_pipeline.households.sources import at_home, input_digests, open_forms, open_refused, source_parts
from jpt_pipeline.households.wide import wide_rows
from jpt_pipeline.identity.last_year import earlier_digests
from jpt_pipeline.instruments import Instrument, answer_columns, load_instrument
from jpt_pipeline.intake.receipts import Receipt, read_receipts
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part, Seal
from jpt_pipeline.store.session import quoted
from jpt_pipeline.store.stage import Gates, Output, run_stage

RECORDS = "submissions__records"
HOUSEHOLDS = (
    *("households__clean", "households__members", "households__quarantine"),
    *("households__findings", "households__accounting", "households__corrections", "households__edits"),
    "households__likely_duplicates",
)
ENUMERATORS = "register__enumerators"


def instrument_of(settings: Settings, part: Part) -> Instrument:
    """The instrument of a part's round."""
    assert part.survey_year is not None
    return load_instrument(load_round(part.survey_year, settings.definitions).instrument, settings.definitions)


def make_records(settings: Settings, part: Part, gates: Gates) -> dict[str, Seal]:
    """Stage 1: what becomes of each delivered household of the part."""
    receipts = read_receipts(settings.landing)
    inputs = _delivered(settings, receipts, part) | register_digest(settings, REGISTER, UNDATED)
    answers = answer_columns(instrument_of(settings, part))

    def compute(connection: duckdb.DuckDBPyConnection) -> list[Output]:
        open_delivered(connection, settings, receipts, part, answers)
        return [Output(RECORDS, load_dictionary().select(RECORDS, RECORDS_QUERY, RECORDS_ORDER))]

    return run_stage(settings, part, [RECORDS], inputs, gates, compute)


def make_households(settings: Settings, part: Part, gates: Gates) -> dict[str, Seal]:
    """Stage 2: clean households with members, findings, quarantine and the accounting of records."""
    lake = Lake(settings.lake)
    receipts = read_receipts(settings.landing)
    enumerators = Part(part.survey_year)
    inputs = _delivered(settings, receipts, part) | {RECORDS: lake.seal(RECORDS, part).sha256}
    inputs |= register_digest(settings, ENUMERATORS, enumerators) | register_digest(settings, REGISTER, UNDATED)
    instrument = instrument_of(settings, part)
    columns = columns_of(instrument, settings.definitions)
    corrections = stored.read_receipts(settings)
    inputs |= stored.digests(corrections, _sources(settings, part))
    inputs |= earlier_digests(receipts, _sources(settings, part))

    def compute(connection: duckdb.DuckDBPyConnection) -> list[Output]:
        paths = open_delivered(connection, settings, receipts, part, answer_columns(instrument))
        source = f"read_parquet('{quoted(lake.sealed(RECORDS, part))}', hive_partitioning = false)"
        connection.execute(f"CREATE TEMP VIEW records AS SELECT * FROM {source}")
        connection.execute("CREATE TEMP TABLE enumerators (enumerator_id VARCHAR)")
        if ENUMERATORS in inputs:
            source = lake.sealed(ENUMERATORS, enumerators)
            connection.execute("INSERT INTO enumerators SELECT DISTINCT enumerator_id FROM read_parquet(?)", [source])
        sources = source_parts(connection, lake, part)
        stored.open_stored(connection, settings, corrections, sources, at_home(part))
        amend(connection, columns)
        register_codes(connection, instrument)
        judge(connection, instrument)
        for statement in (*NOTED_SQL.split(";\n"), *CLASSES_SQL.split(";\n")):
            connection.execute(statement)
        find_doubles(connection, settings, receipts, part)
        queries = (
            *(MEMBERS_QUERY, QUARANTINE_QUERY, FINDINGS_QUERY, ACCOUNTING_QUERY),
            *(LOG_QUERY, edits_query(connection, columns), LIKELY_QUERY),
        )
        select = load_dictionary().select
        orders = {"households__members": MEMBERS_ORDER}
        outputs = [
            Output(t, select(t, query, orders.get(t, ""))) for t, query in zip(HOUSEHOLDS[1:], queries, strict=True)
        ]
        return [Output(HOUSEHOLDS[0], wide_rows(connection, instrument, paths)), *outputs]

    return run_stage(settings, part, HOUSEHOLDS, inputs, gates, compute, holds_names=True)


def _sources(settings: Settings, part: Part) -> list[Part]:
    with duckdb.connect() as connection:
        return source_parts(connection, Lake(settings.lake), part)


def _delivered(settings: Settings, receipts: list[Receipt], part: Part) -> dict[str, str]:
    return input_digests(receipts, _sources(settings, part))


def open_delivered(
    connection: duckdb.DuckDBPyConnection, settings: Settings, receipts: list[Receipt], part: Part, answers: list[str]
) -> list[Path]:
    """What was delivered for a province: areas.tree.villages, and the relations of households.sources.

    Returns the staged files of the households, as households.sources.open_forms.
    """
    assert part.survey_year is not None
    villages(connection, Lake(settings.lake), part.survey_year, part.province_code)
    paths = open_forms(connection, settings, receipts, part, answers)
    open_refused(connection, settings, receipts, part)
    return paths


def register_digest(settings: Settings, table: str, part: Part) -> dict[str, str]:
    """Digest of a register's file; nothing when it was never registered (its absence shows as findings or gates).

    Raises:
        NotSealed: it was registered, but is not the file that was sealed.
    """
    lake = Lake(settings.lake)
    return {table: lake.seal(table, part).sha256} if lake.seal_path(table, part).exists() else {}
