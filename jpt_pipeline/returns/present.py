"""Households as they are now: delivered, resolved, corrected so far, judged by the rules; of a few, whatever was run.

Put here: the session that return slips and correction files look at. Keep out: what they ask it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from jpt_pipeline.corrections import stored
from jpt_pipeline.corrections.apply import amend
from jpt_pipeline.corrections.columns import columns_of
from jpt_pipeline.households.clean import judge
from jpt_pipeline.households.resolve import RECORDS_QUERY
from jpt_pipeline.households.sources import at_home, source_parts
from jpt_pipeline.households.stages import instrument_of, open_delivered
from jpt_pipeline.instruments import answer_columns
from jpt_pipeline.intake.receipts import read_receipts
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session

FINDINGS = "households__findings"


@contextmanager
def present(settings: Settings, part: Part, wanted: pa.Table) -> Iterator[duckdb.DuckDBPyConnection]:
    """A session with the households of a province that are wanted.

    Args:
        wanted: columns stream and village_code, and household_id unless all of a village are wanted.

    Yields a connection with forms and persons as corrected so far, records, stored_corrections, and what
    corrections.apply.amend and households.clean.judge make of them; areas of the province as areas.tree.villages.

    Raises:
        NotSealed: no register of areas, or a file is not what was taken in.
    """
    lake = Lake(settings.lake)
    instrument = instrument_of(settings, part)
    with session(settings) as connection:
        open_delivered(connection, settings, read_receipts(settings.landing), part, answer_columns(instrument))
        connection.register("wanted", wanted)
        connection.execute("ALTER VIEW forms RENAME TO forms_of_province")
        connection.execute(
            f"CREATE TEMP VIEW forms AS SELECT * FROM forms_of_province SEMI JOIN wanted USING ({', '.join(wanted.column_names)})"
        )
        connection.execute(f"CREATE TEMP TABLE records AS {RECORDS_QUERY}")
        connection.execute("ALTER VIEW persons RENAME TO persons_of_province")
        connection.execute(
            "CREATE TEMP VIEW persons AS SELECT * FROM persons_of_province SEMI JOIN records USING (intake_no)"
        )
        sources = source_parts(connection, lake, part)
        stored.open_stored(connection, settings, stored.read_receipts(settings), sources, at_home(part))
        amend(connection, columns_of(instrument, settings.definitions))
        judge(connection, instrument)
        yield connection


def own_findings(connection: duckdb.DuckDBPyConnection, settings: Settings, part: Part) -> None:
    """Make the TEMP TABLE own_findings (intake_no, rule_id): findings with our own codes, as of the last run."""
    lake = Lake(settings.lake)
    connection.execute("CREATE OR REPLACE TEMP TABLE own_findings (intake_no BIGINT, rule_id VARCHAR)")
    if lake.seal_path(FINDINGS, part).exists():
        connection.execute(
            "INSERT INTO own_findings SELECT DISTINCT r.intake_no, f.rule_id "
            "FROM read_parquet(?, hive_partitioning = false) f "
            "JOIN records r USING (survey_year, stream, village_code, household_id) "
            "WHERE r.record_class = 'accepted' AND f.rule_id LIKE 'J-%'",
            [lake.sealed(FINDINGS, part)],
        )
