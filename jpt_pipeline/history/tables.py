"""Sheets of figures <-> sealed tables of the lake, one file a survey year: published__indicators, published__findings.

Put here: how sheets become rows and rows sheets. Keep out: which sheet replaces which (importer.py). The findings are made
anew from the figures whenever a year is written, so that the two tables always belong together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from itertools import groupby
from typing import Any

import duckdb
import pyarrow as pa

from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.history.figures import Figure, Sheet
from jpt_pipeline.history.spec import PERCENTS, SheetSpec
from jpt_pipeline.history.ties import judge
from jpt_pipeline.store.files import dump_json, sha256_text
from jpt_pipeline.store.lake import Check, Lake, Part, Verdict

INDICATORS, FINDINGS = "published__indicators", "published__findings"
RULES_VERSION = "published/1"  # raise it when the same file would give other rows
_SHEET = ("survey_year", "province_code", "province_name", "sheet_name", "sheet_no", "file_sha256", "file_name")
_FIGURE = (
    *("row_no", "rank_no", "indicator_no", "name_th", "unit", "passed_n", "failed_n"),
    *PERCENTS,
    "raw_cells",
)


def stored_years(lake: Lake) -> list[int]:
    """Survey years of which figures are stored."""
    folders = (lake.root / INDICATORS).glob("survey_year=*/part.parquet")
    return sorted(int(path.parent.name.removeprefix("survey_year=")) for path in folders)


def load(connection: duckdb.DuckDBPyConnection, lake: Lake, survey_year: int) -> list[Sheet]:
    """The stored sheets of a year. A file without a seal is whole: it was renamed into place before the seal was written.

    Raises:
        NotSealed: it is not the file that was sealed.
    """
    part = Part(survey_year)
    if lake.seal_path(INDICATORS, part).exists():
        lake.seal(INDICATORS, part)
    exact = {name: f"CAST({name} * 100 AS BIGINT)" for name in PERCENTS}
    columns = ", ".join(exact.get(name, name) for name in (*_SHEET, *_FIGURE))
    rows = connection.execute(
        f"SELECT {columns} FROM read_parquet(?, hive_partitioning = false) ORDER BY file_sha256, sheet_no, row_no",
        [str(lake.path(INDICATORS, part))],
    ).fetchall()
    sheets = []
    for head, lines in groupby(rows, key=lambda row: row[: len(_SHEET)]):
        named = (dict(zip(_FIGURE, line[len(_SHEET) :], strict=True)) for line in lines)
        figures = tuple(Figure(**{**cells, "raw_cells": tuple(cells["raw_cells"])}) for cells in named)
        sheets.append(Sheet(**dict(zip(_SHEET, head, strict=True)), figures=figures))
    return sheets


def store(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    survey_year: int,
    sheets: Iterable[Sheet],
    spec: SheetSpec,
    names: Mapping[str, str],
) -> None:
    """Write and seal both tables of a year, unless they hold exactly these sheets; names are the official ones by code.

    The seal of the findings goes first and comes last: they are never sealed beside figures that they were not made from.

    Raises:
        GateFailed: a column that may not be NULL is, or a key is there twice.
    """
    ordered = sorted(sheets, key=lambda sheet: (sheet.province_code or "", sheet.file_sha256, sheet.sheet_no))
    part = Part(survey_year)
    tables = {INDICATORS: [row for s in ordered for row in _rows(s)]}
    tables[FINDINGS] = [row for s in ordered for row in _findings(s, spec, names)]
    fingerprint = sha256_text(dump_json([RULES_VERSION, tables]))
    if all(lake.is_current(table, part, fingerprint) for table in tables):
        return
    lake.unseal([FINDINGS], part)
    for table, rows in tables.items():
        connection.register("published_rows", _arrow(table, rows))
        lake.write(
            connection,
            table,
            part,
            load_dictionary().select(table, "SELECT * FROM published_rows"),
            fingerprint=fingerprint,
            inputs={sheet.scope[1]: sheet.file_sha256 for sheet in ordered},
            checks=[_whole(table)],
        )
        connection.unregister("published_rows")


def _rows(sheet: Sheet) -> list[dict[str, Any]]:
    """Rows of published__indicators; percentages still in hundredths."""
    head = {name: getattr(sheet, name) for name in _SHEET}
    return [{**head, **asdict(figure), "surveyed_n": figure.surveyed_n} for figure in sheet.figures]


def _findings(sheet: Sheet, spec: SheetSpec, names: Mapping[str, str]) -> list[dict[str, Any]]:
    head = {name: getattr(sheet, name) for name in _SHEET}
    return [{**head, **asdict(finding)} for finding in judge(sheet, spec, names).findings]


def _arrow(table: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as Arrow, with types that hold each value exactly."""
    fields = load_dictionary().fields
    kinds = {"text": pa.string(), "int": pa.int64(), "list": pa.list_(pa.string()), "percent": pa.decimal128(9, 2)}
    arrays = {}
    for name in load_dictionary().tables[table].columns:
        kind = fields[name].type
        values = [row[name] for row in rows]
        if kind == "percent":
            values = [None if value is None else Decimal(value).scaleb(-2) for value in values]
        arrays[name] = pa.array(values, kinds[kind])
    return pa.table(arrays)


def _whole(table: str) -> Check:
    """What the dictionary promises: columns that are never NULL, and the key."""

    def check(connection: duckdb.DuckDBPyConnection, source: str) -> list[Verdict]:
        definition = load_dictionary().tables[table]
        null = " OR ".join(f"{name} IS NULL" for name in definition.columns if name not in definition.nullable)
        empty = connection.execute(f"SELECT count(*) FROM {source} WHERE {null}").fetchall()[0][0]
        keys = ", ".join(definition.keys)
        repeated = f"SELECT 1 FROM {source} GROUP BY {keys} HAVING count(*) > 1"
        twice = connection.execute(f"SELECT count(*) FROM ({repeated})").fetchall()[0][0]
        return [
            Verdict("no_nulls", empty == 0, empty, "columns are filled in as the dictionary says"),
            Verdict("unique_keys", twice == 0, twice, f"({keys}) is there once"),
        ]

    return check
