"""Gates of stage 3: one row a household, and no result that contradicts its counts."""

from functools import partial

import duckdb

from jpt_pipeline.quality.rules import schema
from jpt_pipeline.store.lake import Verdict

_WORDS = {
    "results_are_known": ("ผลของตัวชี้วัดต้องเป็น 0-3", "{p}_result NOT BETWEEN 0 AND 3"),
    "failed_within_surveyed": ("ไม่ผ่านต้องไม่เกินที่สำรวจ", "{p}_failed < 0 OR {p}_failed > {p}_surveyed"),
    "counts_fit_results": (
        "นับเฉพาะครัวเรือนที่ผ่านหรือไม่ผ่าน และผู้ผ่านทุกคนไม่มีผู้ตก",
        "({p}_result NOT IN (1, 2) AND {p}_surveyed <> 0) OR ({p}_result = 1 AND {p}_failed <> 0)",
    ),
}


def _over_indicators(
    connection: duckdb.DuckDBPyConnection, source: str, name: str, words: str, condition: str
) -> list[Verdict]:
    """Rows in which the condition holds, over all indicators that have its columns; they are told apart only if it does
    for any of them, as a filter is several times as fast as counts."""
    columns = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    ending = "_failed" if "_failed" in condition else "_result"
    prefixes = sorted(column.removesuffix(ending) for column in columns if column.endswith(ending))
    conditions = [f"({condition.format(p=p)})" for p in prefixes]
    if not connection.execute(f"SELECT 1 FROM {source} WHERE {' OR '.join(conditions)} LIMIT 1").fetchall():
        return [Verdict(name, True, 0, words)]
    counts = ", ".join(f"count(*) FILTER {one}" for one in conditions)
    found = connection.execute(f"SELECT {counts} FROM {source}").fetchall()[0]
    places = tuple(prefix for prefix, count in zip(prefixes, found, strict=True) if count)
    return [Verdict(name, not places, sum(found), words, places)]


def _check(name: str, words: str, condition: str):  # type: ignore[no-untyped-def]
    check = partial(_over_indicators, name=name, words=words, condition=condition)
    check.__name__ = name  # type: ignore[attr-defined]
    return check


GATES = {
    "indicators__results": (
        schema("indicators__results"),
        *(_check(name, words, condition) for name, (words, condition) in _WORDS.items()),
    ),
}
