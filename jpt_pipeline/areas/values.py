"""A register file inside DuckDB: trimmed values, the check of every cell, and how findings are looked up.

Put here: what holds for every register. Keep out: rules of one register (area_rules.py, household_rules.py).
"""

from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa

from jpt_pipeline.areas.readfile import ROW
from jpt_pipeline.areas.report import PLACES_SHOWN, Notice, Spot, notice
from jpt_pipeline.areas.spec import ColumnSpec, RegisterSpec

THAI_DIGITS = "๐๑๒๓๔๕๖๗๘๙"
_SPACES = "\t\r\n\f\v\x85\xa0" + "".join(map(chr, range(0x2000, 0x200B))) + "\u202f\u3000"
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


def load_values(connection: duckdb.DuckDBPyConnection, cells: pa.Table, spec: RegisterSpec) -> None:
    """Make the TEMP TABLEs `file` (trimmed text, NULL for blank) and `good` (its rows whose every cell is in order)."""
    connection.register("cells", cells)
    columns = ", ".join(f"{_tidy(name, column.digits)} AS {name}" for name, column in spec.columns.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE file AS SELECT {ROW}, {columns} FROM cells")
    connection.unregister("cells")
    rules = [_in_order(name, column) for name, column in spec.columns.items()]
    values = [value for _, bound in rules for value in bound]
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE good AS SELECT * FROM file WHERE {' AND '.join(sql for sql, _ in rules)}", values
    )


def check_values(connection: duckdb.DuckDBPyConnection, spec: RegisterSpec) -> list[Notice]:
    """Blank cells and cells of the wrong form in `file`, column by column."""
    notices: list[Notice] = []
    for name, column in spec.columns.items():
        shown = name if column.shown else "NULL"
        if column.required:
            notices += look_up(connection, "R-VAL-01", f"SELECT {ROW}, NULL, NULL FROM file WHERE {name} IS NULL", name)
        code = "R-VAL-02" if column.pattern else "R-VAL-03"
        sql, bound = _matches(name, column)
        query = f"SELECT {ROW}, {shown}, NULL FROM file WHERE {name} IS NOT NULL AND NOT {sql}"
        notices += look_up(connection, code, query, name, column.words, bound)
    return notices


def look_up(
    connection: duckdb.DuckDBPyConnection,
    code: str,
    query: str,
    column: str | None = None,
    form: str = "",
    bound: Sequence[Any] = (),
) -> list[Notice]:
    """The notice of a rule, or nothing. `query` gives the offending places: row, value, other (text or NULL)."""
    found = connection.execute(
        f"SELECT row_no, value, other, count(*) OVER () FROM ({query}) AS places(row_no, value, other) "
        f"ORDER BY ALL LIMIT {PLACES_SHOWN}",
        list(bound),
    ).fetchall()
    if not found:
        return []
    spots = [Spot(row, *(None if text is None else str(text) for text in texts)) for row, *texts, _ in found]
    return [notice(code, spots, found[0][-1], column, form)]


def _tidy(name: str, digits: bool) -> str:
    """Step: every kind of space as one plain space, nothing invisible, Thai digits as digits where asked.

    Few cells need it and translate is slow, so a cheap look decides.
    """
    old, new = (THAI_DIGITS, "0123456789") if digits else ("", "")
    plain = f"translate({name}, '{old}{_SPACES}{_INVISIBLE}', '{new}{' ' * len(_SPACES)}')"
    tidied = f"trim(regexp_replace({plain}, ' +', ' ', 'g'))"
    untidy = f"regexp_matches({name}, '^ | $|  |[{old}{_SPACES}{_INVISIBLE}]')"
    return f"nullif(CASE WHEN {untidy} THEN {tidied} ELSE {name} END, '')"


def _matches(name: str, column: ColumnSpec) -> tuple[str, list[Any]]:
    if column.pattern is not None:
        return f"regexp_full_match({name}, ?)", [column.pattern]
    return f"list_contains(?::VARCHAR[], {name})", [column.one_of]


def _in_order(name: str, column: ColumnSpec) -> tuple[str, list[Any]]:
    sql, bound = _matches(name, column)
    blank = "FALSE" if column.required else "TRUE"
    return f"coalesce({sql}, {blank})", bound
