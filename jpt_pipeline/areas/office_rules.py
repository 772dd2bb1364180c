"""Rules of the registers of monitoring visits, committees (คณะทำงาน) and LAO budgets, each row about one area of a round.

Put here: what their rows must satisfy. Keep out: reading and storing, what a round asks of them (its gates do).
"""

import duckdb

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.areas.report import Notice
from jpt_pipeline.areas.spec import RegisterKind, RegisterSpec
from jpt_pipeline.areas.tree import REGISTER, UNDATED, VALID
from jpt_pipeline.areas.values import look_up
from jpt_pipeline.store.lake import Lake

# A day of the Buddhist Era as a date, NULL when the calendar does not have it.
_DAY = (
    "try_cast(lpad(CAST(CAST(split_part(visit_date, '/', 3) AS BIGINT) - 543 AS VARCHAR), 4, '0') || '-' || "
    "lpad(split_part(visit_date, '/', 2), 2, '0') || '-' || lpad(split_part(visit_date, '/', 1), 2, '0') AS DATE)"
)
# Baht with at most two decimals as satang, exactly.
_SATANG = "CAST(CAST(replace({baht}, ',', '') AS DECIMAL(18, 2)) * 100 AS BIGINT)"
OFFICE_KINDS: tuple[RegisterKind, ...] = ("visits", "committees", "lao_budget")
_NEW_ROWS = {
    "visits": f"""
        SELECT row_no, CAST(survey_year AS BIGINT) AS survey_year, level, area_code, {_DAY} AS visit_date,
            visitor_office, form_no
        FROM good""",
    "committees": """
        SELECT row_no, CAST(survey_year AS BIGINT) AS survey_year, level, area_code, stream, order_no,
            CAST(members_n AS BIGINT) AS members_n, CAST(quorum_n AS BIGINT) AS quorum_n
        FROM good""",
    "lao_budget": f"""
        SELECT row_no, CAST(survey_year AS BIGINT) AS survey_year, stream, lao_code, budget_item,
            {_SATANG.format(baht="planned_baht")} AS planned_satang, {_SATANG.format(baht="used_baht")} AS used_satang
        FROM good""",
}
_RULES = {
    "visits": (("R-DATE-01", "visit_date", f"SELECT row_no, visit_date, NULL FROM good WHERE {_DAY} IS NULL"),),
    "committees": (
        ("R-COMM-01", "quorum_n", "SELECT row_no, quorum_n, members_n FROM new_rows WHERE quorum_n > members_n"),
    ),
    "lao_budget": (),
}
_UNKNOWN = """
SELECT min(row_no), area_code, level FROM ({named}) n
WHERE NOT EXISTS (FROM office_areas a
    WHERE a.survey_year = n.survey_year AND a.level = n.level AND a.area_code = n.area_code)
GROUP BY survey_year, level, area_code
"""
_TWICE = """
SELECT row_no, NULL, first_row FROM (SELECT row_no, min(row_no) OVER (PARTITION BY {keys}) AS first_row FROM new_rows)
WHERE row_no > first_row
"""


def resolve_offices(
    connection: duckdb.DuckDBPyConnection, lake: Lake, kind: RegisterKind, spec: RegisterSpec
) -> list[Notice]:
    """Make `new_rows` from `good`; give what was found.

    Raises:
        NotSealed: the areas register is not the file that was sealed.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE new_rows AS {_NEW_ROWS[kind]}")
    _open_areas(connection, lake)
    notices = [found for code, column, query in _RULES[kind] for found in look_up(connection, code, query, column)]
    notices += look_up(connection, "R-DUP-01", _TWICE.format(keys=", ".join(spec.keys)), spec.place)
    return notices + look_up(connection, "R-AREA-03", _UNKNOWN.format(named=_named(spec)), spec.place)


def _named(spec: RegisterSpec) -> str:
    """The new rows with level and code of their area, of a register of one level by the column that holds its codes."""
    at = next((level.level for level in load_levels() if level.column == spec.place), None)
    return f"SELECT *, '{at}' AS level, {spec.place} AS area_code FROM new_rows" if at else "FROM new_rows"


def _open_areas(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Temporary table office_areas: survey_year, level, area_code of every area of the register in the file's years."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE office_areas (survey_year BIGINT, level VARCHAR, area_code VARCHAR)"
    )
    if not lake.path(REGISTER, UNDATED).exists():
        return
    source = lake.sealed(REGISTER, UNDATED)
    for (year,) in connection.execute("SELECT DISTINCT survey_year FROM new_rows ORDER BY 1").fetchall():
        for level in load_levels():
            connection.execute(
                f"INSERT INTO office_areas SELECT DISTINCT ?, ?, {level.column or '?'} "
                f"FROM read_parquet(?, hive_partitioning = false) WHERE {VALID}",
                [year, level.level, *([] if level.column else [level.code]), source, year, year],
            )
