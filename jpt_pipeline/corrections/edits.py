"""The log of corrections, and the edit listing: how many edits by rule and column, and of how many.

CSPro's listing is the model: each edit has count, percent and denominator. Percentages are computed at the edge.
"""

import duckdb

from jpt_pipeline.corrections.apply import ABSENT
from jpt_pipeline.corrections.columns import Columns

# Needs stored_corrections and outcomes.
LOG_QUERY = f"""
SELECT s.*, coalesce(o.outcome, '{ABSENT}') AS outcome
FROM stored_corrections s LEFT JOIN outcomes o USING (file_no, row_no)
"""
# Edits of counted households by village; one that answers two rules stands at both. An empty list is no rule.
_EDITS = """
SELECT s.stream, s.village_code, s.household_id, s.member_no, s.column_name,
    unnest(CASE WHEN len(s.rule_ids) = 0 THEN ['-'] ELSE s.rule_ids END) AS rule_id, o.outcome, o.is_last
FROM stored_corrections s JOIN outcomes o USING (file_no, row_no)
JOIN judged j ON j.intake_no = o.intake_no AND NOT j.is_quarantined
"""


def edits_query(connection: duckdb.DuckDBPyConnection, columns: Columns) -> str:
    """Rows of households__edits: of each area of a province, rule and corrected column.

    Needs what amend and judge made, and area_closure. counted_n are the counted households (of a member's column:
    persons), answered_n those of them that have a value now.
    """
    used = connection.execute("SELECT DISTINCT column_name FROM stored_corrections ORDER BY 1").fetchall()
    names = [name for (name,) in used if name in columns.by_name]
    bases = [_base(columns, names, is_member) for is_member in (False, True)]
    bases = [base for base in bases if base] or [_NO_BASE]
    return f"""
    WITH edits AS ({_EDITS}), bases AS ({" UNION ALL ".join(bases)}), by_area AS (
        SELECT b.stream, a.level, a.area_code, b.column_name, sum(b.counted_n) AS counted_n,
            sum(b.answered_n) AS answered_n
        FROM bases b JOIN area_closure a ON a.stream = b.stream AND a.village_code = b.village_code GROUP BY ALL
    )
    SELECT (SELECT any_value(survey_year) FROM stored_corrections) AS survey_year, e.stream, a.level, a.area_code,
        e.column_name, e.rule_id, count(*) FILTER (e.outcome = 'applied') AS edits_n,
        count(DISTINCT (e.village_code, e.household_id, e.member_no)) FILTER (e.outcome = 'applied') AS edited_n,
        count(*) FILTER (e.is_last AND e.outcome NOT IN ('applied', 'already')) AS open_n,
        any_value(b.counted_n) AS counted_n, any_value(b.answered_n) AS answered_n
    FROM edits e JOIN area_closure a ON a.stream = e.stream AND a.village_code = e.village_code
    JOIN by_area b ON b.stream = e.stream AND b.level = a.level AND b.area_code = a.area_code
        AND b.column_name = e.column_name
    GROUP BY e.stream, a.level, a.area_code, e.column_name, e.rule_id
    """


_NO_BASE = (
    "SELECT NULL::VARCHAR AS stream, NULL::VARCHAR AS village_code, NULL::VARCHAR AS column_name, 0 AS counted_n, "
    "0 AS answered_n WHERE false"
)


def _base(columns: Columns, names: list[str], is_member: bool) -> str:
    """Counted units and those with a value, by village and column: one pass over households or members."""
    mine = [name for name in names if columns.by_name[name].is_member is is_member]
    if not mine:
        return ""
    source = "members m JOIN accepted x USING (hh)" if is_member else "accepted x"
    counts = ", ".join(f"count({'m' if is_member else 'x'}.{name}) AS {name}" for name in mine)
    return f"""
    SELECT stream, village_code, column_name, counted_n, answered_n FROM (
        SELECT x.stream, x.village_code, count(*) AS counted_n, {counts}
        FROM {source} JOIN judged j ON j.hh = x.hh AND NOT j.is_quarantined GROUP BY ALL
    ) UNPIVOT (answered_n FOR column_name IN ({", ".join(mine)}))
    """
