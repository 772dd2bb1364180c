"""The floor: the same rollups by one hand-written DuckDB script (data/bench/floor.sql), and whether two ways agree.

Put here: filling in the script, comparing its tables with those of the lake. Keep out: what is timed.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from jpt_pipeline.areas.tree import REGISTER, UNDATED
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.rollup.areas import MEMBERS, NONRESPONSE, QUARANTINE, ROLLUPS, TARGETS
from jpt_pipeline.rollup.indicators import CLEAN
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import quoted

TABLES = ROLLUPS[:4]
_KEYS = ("stream", "level", "area_code", "indicator_no", "sex", "age_band")


class Disagreement(Exception):
    """The pipeline and another way do not give the same figures."""


def sources(lake: Lake, parts: Sequence[Part]) -> dict[str, list[str]]:
    """Names of the inputs of the rollups -> their files, for provinces of one round.

    Raises:
        NotSealed: one of them has no seal.
    """
    year = Part(parts[0].survey_year)
    tables = {"clean": CLEAN, "members": MEMBERS, "quarantine": QUARANTINE}
    return {name: [lake.sealed(table, part) for part in parts] for name, table in tables.items()} | {
        "villages": [lake.sealed(REGISTER, UNDATED)],
        "targets": [lake.sealed(TARGETS, year)],
        "nonresponse": [lake.sealed(NONRESPONSE, year)],
    }


def floor_script(settings: Settings, files: Mapping[str, Sequence[str]], out: Path) -> str:
    """The hand-written SQL with the files filled in; it writes its four tables into the folder `out`."""
    text = (settings.definitions / "bench" / "floor.sql").read_text(encoding="utf-8")
    for name, paths in files.items():
        listed = ", ".join(f"'{quoted(path)}'" for path in paths)
        text = text.replace("{" + name + "}", f"read_parquet([{listed}], hive_partitioning = false)")
    return text.replace("{out}", quoted(out))


def compare(connection: duckdb.DuckDBPyConnection, lake: Lake, parts: Sequence[Part], theirs: Mapping[str, str]) -> int:
    """Hold every figure of some parts against other relations (`theirs`: name of a rollup -> its relation); rows compared.

    A figure that is missing is 0. Levels that these parts do not have are not looked at.

    Raises:
        Disagreement: a row differs. NotSealed: a part has no seal.
    """
    rows_n = 0
    for table in TABLES:
        listed = ", ".join(f"'{quoted(lake.sealed(table, part))}'" for part in parts)
        ours = f"read_parquet([{listed}], hive_partitioning = false)"
        keys, figures = _columns(table)
        differs = " OR ".join(f"coalesce(f.{name}, 0) <> coalesce(o.{name}, 0)" for name in figures)
        total, wrong = connection.execute(
            f"SELECT count(*), count(*) FILTER ({differs}) FROM {ours} o FULL JOIN "
            f"(SELECT * FROM {theirs[table]} WHERE level IN (SELECT DISTINCT level FROM {ours})) f USING ({keys})"
        ).fetchall()[0]
        if wrong:
            raise Disagreement(f"{table}: {wrong} of {total} rows differ")
        rows_n += total
    return rows_n


def _columns(table: str) -> tuple[str, list[str]]:
    """What names a row, as a list in SQL, and its figures."""
    dictionary = load_dictionary()
    columns = dictionary.tables[table].columns
    return ", ".join(name for name in columns if name in _KEYS), [
        name for name in columns if dictionary.fields[name].access == "aggregate"
    ]
