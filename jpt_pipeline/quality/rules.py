"""How a gate looks at a written table: a Pandera schema from the dictionary, and rules as queries.

Put here: the two kinds of check. Keep out: which table has which rules (checks/).
"""

from collections.abc import Iterable, Iterator
from itertools import chain

import duckdb
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa

from jpt_pipeline.dictionary import FieldDef, TableDef, load_dictionary
from jpt_pipeline.store.lake import Check, Verdict
from jpt_pipeline.store.parquet import GROUP_ROWS

SAMPLE = 5
_ARROW = {
    "text": pa.string(),
    "int": pa.int64(),
    "small": pa.uint16(),
    "flag": pa.bool_(),
    "time": pa.timestamp("us"),
    "day": pa.date32(),
    "percent": pa.decimal128(9, 2),
}


def rule(name: str, words: str, offending: str, place: str) -> Check:
    """A rule as a query: `offending` is a SELECT over {source}; `place` an expression that names a row without personal
    data (areas, file and record number)."""

    def check(connection: duckdb.DuckDBPyConnection, source: str) -> Iterable[Verdict]:
        query = offending.format(source=source)
        rows_n = connection.execute(f"SELECT count(*) FROM ({query})").fetchall()[0][0]
        places: list[tuple[str]] = []
        if rows_n:
            places = connection.execute(f"SELECT {place} FROM ({query}) LIMIT {SAMPLE}").fetchall()
        yield Verdict(name, rows_n == 0, rows_n, words, tuple(str(row[0]) for row in places))

    check.__name__ = name
    return check


def schema(table: str, **checks: pandera.Check) -> Check:
    """The table's Pandera schema: columns, types, NULLs, unique keys, and extra checks by column.

    Pandera sees the table in batches of rows, so that memory does not grow with it; DuckDB sees to the keys. Columns that
    follow from the instrument are checked by its own rules, not here.
    """

    def check(connection: duckdb.DuckDBPyConnection, source: str) -> Iterable[Verdict]:
        dictionary = load_dictionary()
        definition = dictionary.tables[table]
        present = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
        strange = [name for name in present if not definition.allows(name)]
        shown = [name for name in definition.columns if name in present]
        made = pandera_schema(definition, checks)
        failures = [failure for frame in _frames(connection, source, shown) for failure in _failures(made, frame)]
        if set(definition.keys) <= set(present):
            repeated = f"{', '.join(definition.keys)}: multiple_fields_uniqueness"
            failures += [repeated] * _repeated_n(connection, source, definition.keys)
        count = len(failures) + len(strange)
        yield Verdict(
            check.__name__, count == 0, count, "ชนิด ค่าว่าง และกุญแจตามพจนานุกรมข้อมูล", (*failures[:SAMPLE], *strange)
        )

    check.__name__ = "schema"
    return check


def pandera_schema(definition: TableDef, checks: dict[str, pandera.Check]) -> pandera.DataFrameSchema:
    """Pandera schema of rows of a table of the dictionary (Arrow-backed pandas columns); it knows nothing of keys."""
    fields = load_dictionary().fields
    columns = {
        name: pandera.Column(
            None if fields[name].type == "list" else pd.ArrowDtype(_ARROW[fields[name].type]),
            checks=[*_checks_of(fields[name], name), *([checks[name]] if name in checks else [])],
            nullable=name in definition.nullable,
        )
        for name in definition.columns
    }
    return pandera.DataFrameSchema(columns, strict=True)


def _checks_of(field: FieldDef, name: str) -> list[pandera.Check]:
    """What a field's name promises: counts and amounts are not negative, digests have 64 digits."""
    if field.type == "int" and name.endswith(("_n", "_baht", "_no")):
        return [pandera.Check.ge(0)]
    if name.endswith("_sha256"):
        return [pandera.Check.str_length(64, 64)]
    return []


def _frames(connection: duckdb.DuckDBPyConnection, source: str, columns: list[str]) -> Iterator[pd.DataFrame]:
    """The rows in batches; a table without rows gives one without rows."""
    reader = connection.execute(f"SELECT {', '.join(columns)} FROM {source}").to_arrow_reader(GROUP_ROWS)
    batches = iter(reader)
    first = next(batches, None)
    for batch in chain([reader.schema.empty_table() if first is None else first], batches):
        yield batch.to_pandas(types_mapper=pd.ArrowDtype)


def _failures(schema_: pandera.DataFrameSchema, frame: pd.DataFrame) -> list[str]:
    """Column and what is wrong, of each failure; never a value."""
    try:
        schema_.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        return [f"{column}: {what}" for column, what in zip(cases["column"], cases["check"], strict=True)]
    return []


def _repeated_n(connection: duckdb.DuckDBPyConnection, source: str, keys: list[str]) -> int:
    """Rows whose key an other row has, too. Keys that rise from row to row, as they are written, need no grouping."""
    beside = ", ".join(f"{key}, lag({key}) OVER () AS before_{key}" for key in keys)
    rises = f"{keys[-1]} > before_{keys[-1]}"
    for key in reversed(keys[:-1]):
        rises = f"({key} > before_{key} OR ({key} = before_{key} AND {rises}))"
    row = connection.execute(
        f"SELECT count(*) FROM (SELECT {beside} FROM {source}) WHERE ({rises}) IS NOT TRUE"
    ).fetchone()
    if row and row[0] <= 1:  # before the first row stands none
        return 0
    grouped = f"SELECT count(*) AS n FROM {source} GROUP BY {', '.join(keys)} HAVING n > 1"
    row = connection.execute(f"SELECT coalesce(sum(n), 0)::BIGINT FROM ({grouped})").fetchone()
    return int(row[0]) if row else 0
