"""Households of an area as they were counted: who can be drawn, and the certified answers of those who were.

Put here: the queries. Keep out: which households are chosen (sampling.plan), what is done with answers (take.py).
"""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.relations import Relations
from jpt_pipeline.certification.state import Area
from jpt_pipeline.instruments import Instrument, Result, measure_codes, measures_step, render, typed_step
from jpt_pipeline.sampling.form import Line
from jpt_pipeline.sampling.items import EXISTS, INCOME, ROSTER, Item, Questions
from jpt_pipeline.sampling.plan import Drawn, Unit
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import quoted

CLEAN, RESULTS, ROLLUP = "households__clean", "indicators__results", "rollups__economy"


def is_current(lake: Lake, part: Part) -> bool:
    """Whether the figures were added up from the households and results that lie in the lake now."""
    made_from = lake.seal(ROLLUP, part).inputs
    return all(made_from.get(table) == lake.seal(table, part).sha256 for table in (CLEAN, RESULTS))


def open_households(connection: duckdb.DuckDBPyConnection, lake: Lake, part: Part) -> None:
    """Make the views counted and scored over the sealed households and results of a province."""
    for name, table in (("counted", CLEAN), ("scored", RESULTS)):
        source = quoted(lake.sealed(table, part))
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM read_parquet('{source}', hive_partitioning = false)"
        )


def units_of(connection: duckdb.DuckDBPyConnection, relations: Relations, area: Area) -> list[Unit]:
    """The counted households of an area, in order; the stratum is the district."""
    rows = connection.execute(
        f"SELECT c.district_code, c.village_code, c.household_id FROM counted c JOIN {relations.below} b "
        "ON b.stream = c.stream AND b.below_code = c.village_code "
        "WHERE c.stream = ? AND b.level = ? AND b.area_code = ? AND b.below_level = ? ORDER BY ALL",
        [*area, load_levels()[0].level],
    ).fetchall()
    return [Unit(*row) for row in rows]


def with_answers(
    connection: duckdb.DuckDBPyConnection,
    instrument: Instrument,
    questions: Questions,
    items: Sequence[Item],
    stream: str,
    drawn: Sequence[Drawn],
) -> list[Line]:
    """Drawn households with their enumerator and certified answers; an indicator without a result has none."""
    listed = pa.table(
        {
            "draw_no": pa.array([row.order for row in drawn], pa.int64()),
            "village_code": pa.array([row.unit.village_code for row in drawn], pa.string()),
            "household_id": pa.array([row.unit.household_id for row in drawn], pa.string()),
        }
    )
    connection.register("drawn", listed)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE drawn_households AS SELECT d.draw_no, c.* FROM counted c "
        "JOIN drawn d USING (village_code, household_id) WHERE c.stream = ?",
        [stream],
    )
    steps = [
        typed_step(instrument, "drawn_households", measure_codes(instrument)),
        measures_step(instrument, "typed", ["draw_no", "persons_n", "enumerator_id", "hh"]),
    ]
    asked = [item for item in items if item.indicator_no is not None]
    results = [f"s.{instrument.indicator(item.indicator_no or 0).prefix}_result" for item in asked]
    final = (
        f"SELECT {', '.join(['m.draw_no', 'm.persons_n', 'm.enumerator_id', f'm.{questions.income.measure}', *results])} "
        "FROM measures m JOIN scored s USING (hh)"
    )
    found = {row[0]: row[1:] for row in connection.execute(render(steps, final)).fetchall()}
    connection.unregister("drawn")
    lines = []
    for row in drawn:
        persons, enumerator, income, *scores = found[row.order]
        answers = {
            EXISTS: questions.exists.usual,
            ROSTER: persons,
            INCOME: questions.income.class_of(income or 0, persons),
        }
        answers |= {item.key: score for item, score in zip(asked, scores, strict=True) if score != Result.INCOMPLETE}
        unit = row.unit
        lines.append(
            Line(row.order, row.is_replacement, unit.stratum, unit.village_code, unit.household_id, enumerator, answers)
        )
    return lines
