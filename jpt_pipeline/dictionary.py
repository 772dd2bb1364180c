"""Fields and tables, as data/dictionary.yaml defines them: one field, one definition.

Put here: what derives from a definition (DuckDB types, Pandera schemas, empty tables, Thai and English texts).
Keep out: any column list of a table; it belongs in the YAML file.
"""

import re
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml

SQL_TYPES = {
    "text": "VARCHAR",
    "int": "BIGINT",
    "small": "USMALLINT",
    "flag": "BOOLEAN",
    "time": "TIMESTAMP",
    "day": "DATE",
    "list": "VARCHAR[]",
    "percent": "DECIMAL(9,2)",
}


class FieldDef(BaseModel):
    """A field: its type, who may see it, and what it means (Thai and English)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: Literal["text", "int", "small", "flag", "time", "day", "list", "percent"]
    access: Literal["direct", "sensitive", "quasi", "restricted", "aggregate", "technical"]
    th: str
    en: str


class TableDef(BaseModel):
    """A table: its stage, meaning, columns in order, keys; patterns name columns that follow from the instrument."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    stage: str
    en: str
    columns: list[str]
    keys: list[str]
    nullable: list[str] = []
    patterns: list[str] = []

    def allows(self, name: str) -> bool:
        """Whether a column belongs to this table, by name or by pattern."""
        return name in self.columns or any(re.match(pattern, name) for pattern in self.patterns)


class Dictionary(BaseModel):
    """All fields and tables."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    fields: dict[str, FieldDef]
    tables: dict[str, TableDef]

    def sql_columns(self, table: str) -> dict[str, str]:
        """Column name -> DuckDB type, in the order of the table."""
        return {name: SQL_TYPES[self.fields[name].type] for name in self.tables[table].columns}

    def ddl(self, table: str) -> str:
        """CREATE TABLE statement of a table without pattern columns."""
        columns = ", ".join(f"{name} {kind}" for name, kind in self.sql_columns(table).items())
        return f"CREATE TABLE {table} ({columns})"

    def empty(self, table: str) -> str:
        """SELECT of a table's columns without rows."""
        return f"SELECT {', '.join(f'NULL::{k} AS {n}' for n, k in self.sql_columns(table).items())} WHERE false"

    def select(self, table: str, query: str, order: str = "") -> str:
        """A query's rows with the columns, types and order (by keys) of a table; other columns are dropped.

        `order`: columns of the query that give the order of the keys and are cheaper to sort by.
        """
        columns = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in self.sql_columns(table).items())
        return f"SELECT {columns} FROM ({query}) ORDER BY {order or ', '.join(self.tables[table].keys)}"


@cache
def load_dictionary(definitions: Path | None = None) -> Dictionary:
    """Read data/dictionary.yaml.

    Raises:
        ValueError: a key twice, an unknown key, a column without a field.
    """
    path = (definitions or Settings().definitions) / "dictionary.yaml"
    raw = load_yaml(path)
    for field in raw["fields"].values():
        field["access"] = field.pop("class")  # the plain word in the file is a keyword in Python
    dictionary = Dictionary.model_validate(raw)
    for name, table in dictionary.tables.items():
        if missing := [column for column in [*table.columns, *table.keys] if column not in dictionary.fields]:
            raise ValueError(f"dictionary.yaml: table {name} names unknown fields {missing}")
    return dictionary
