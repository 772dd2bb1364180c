"""Where corrections show: the log in the warehouse of the home only, counts in what is published."""

import dagster as dg
import duckdb

from jpt_pipeline.definitions import defs
from jpt_pipeline.resources import Home
from jpt_pipeline.results import build_warehouse, publish_round
from tests.unit.corrections.world import code, correct, row


def test_the_log_stays_at_home_and_the_counts_are_published(counted):
    correct(counted, row("a2911", "1", "0", reason="เหตุผลเฉพาะราย"))
    counted.run()
    with duckdb.connect(str(build_warehouse(counted.settings)), read_only=True) as warehouse:
        log = (
            "SELECT household_id, column_name, old_value, new_value, reason, who, outcome FROM households__corrections"
        )
        assert warehouse.execute(log).fetchall() == [
            (code(1), "a2911", "1", "0", "เหตุผลเฉพาะราย", "พัฒนากร ก", "applied")
        ]
    release = publish_round(counted.settings, 2561)
    names = {path.stem for path in release.glob("*.parquet")}
    assert "households__edits" in names
    assert "households__corrections" not in names
    with duckdb.connect(str(release / "jpt.duckdb"), read_only=True) as published:
        tables = {name for (name,) in published.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        assert "households__corrections" not in tables
        assert published.execute("SELECT edits_n FROM households__edits WHERE level = 'village'").fetchall() == [(1,)]
    told = b"".join(path.read_bytes() for path in release.rglob("*") if path.is_file())
    assert code(1).encode() not in told
    assert "เหตุผลเฉพาะราย".encode() not in told


def test_a_taken_file_asks_for_a_run_of_its_province_once(counted):
    with dg.DagsterInstance.ephemeral() as instance:
        cursor = None

        def look():
            nonlocal cursor
            home = {"home": Home(path=str(counted.settings.root))}
            context = dg.build_sensor_context(instance=instance, cursor=cursor, resources=home, definitions=defs)
            found = defs.resolve_sensor_def("corrections_sensor").evaluate_tick(context)
            cursor = found.cursor
            return [request.partition_key for request in found.run_requests or ()]

        assert look() == []
        correct(counted, row("a2911", "1", "0"))
        assert look() == ["38|2561"]
        assert look() == []
