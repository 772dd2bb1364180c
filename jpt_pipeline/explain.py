"""Where a number comes from: the rule, the households behind it with their place in the delivered files, the releases.

Reads sealed files only, and adds the households up again: what is shown is what was counted, or an error.
"""

from dataclasses import dataclass
from typing import Any

import duckdb

from jpt_pipeline.areas.tree import villages
from jpt_pipeline.instruments import Indicator, Instrument, Result, load_instrument
from jpt_pipeline.rollup.areas import ROLLUPS
from jpt_pipeline.rollup.indicators import CLEAN, RESULTS
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import read_json
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import readable, session

FIGURES = ("surveyed_n", "passed_n", "failed_n", "households_applicable_n", "households_failed_n", "incomplete_n")


class NotExplained(Exception):
    """The area or indicator is not there, is ambiguous, or the households do not add up to the figure."""


@dataclass(frozen=True)
class Explanation:
    """A figure with its ground. `households` are keys and places, one dictionary a household."""

    instrument: Instrument
    indicator: Indicator
    level: str
    area_code: str
    area_name: str
    figures: list[dict[str, Any]]
    households: list[dict[str, Any]]
    releases: list[dict[str, Any]]


def explain(
    settings: Settings, survey_year: int, area_code: str, indicator_no: int, level: str | None = None
) -> Explanation:
    """Explain the figures of one indicator in one area.

    Raises:
        NotExplained: see there. NotSealed: the round was not run.
    """
    instrument = load_instrument(load_round(survey_year, settings.definitions).instrument, settings.definitions)
    if indicator_no not in {item.number for item in instrument.indicators}:
        raise NotExplained(f"X-INDICATOR ไม่มีตัวชี้วัดที่ {indicator_no} ใน {instrument.id}")
    indicator = instrument.indicator(indicator_no)
    lake = Lake(settings.lake)
    with session(settings) as connection:
        level, name, parts = _find(connection, lake, survey_year, area_code, level)
        figures = _figures(connection, lake, survey_year, level, area_code, indicator_no)
        households = [row for part in parts for row in _households(connection, lake, part, level, area_code, indicator)]
        _check(figures, households)
        releases = _releases(connection, settings, survey_year, level, area_code, indicator_no)
    return Explanation(instrument, indicator, level, area_code, name, figures, households, releases)


def _find(
    connection: duckdb.DuckDBPyConnection, lake: Lake, survey_year: int, area_code: str, level: str | None
) -> tuple[str, str, list[Part]]:
    """Level and name of the area, and the province parts in which it lies."""
    found: dict[str, tuple[str, list[Part]]] = {}
    provinces = lake.parts(ROLLUPS[-1], survey_year)
    for part in [*provinces, *_nation(lake, survey_year)]:
        rows = connection.execute(
            "SELECT DISTINCT level, area_name FROM read_parquet(?) WHERE area_code = ?",
            [lake.sealed(ROLLUPS[-1], part), area_code],
        ).fetchall()
        for row_level, name in rows:
            found.setdefault(row_level, (name, []))[1].extend([part] if part.province_code else provinces)
    if level is not None:
        found = {key: value for key, value in found.items() if key == level}
    if len(found) != 1:
        what = f"อยู่ในหลายระดับ ({', '.join(found)}) ระบุ --level" if found else "ไม่มีในผลของรอบนี้"
        raise NotExplained(f"X-AREA พื้นที่ {area_code} {what}")
    (only, (name, parts)) = next(iter(found.items()))
    return only, name, parts


def _nation(lake: Lake, survey_year: int) -> list[Part]:
    part = Part(survey_year)
    return [part] if lake.seal_path(ROLLUPS[-1], part).exists() else []


def _figures(
    connection: duckdb.DuckDBPyConnection, lake: Lake, survey_year: int, level: str, area_code: str, indicator_no: int
) -> list[dict[str, Any]]:
    """The published row of each stream."""
    parts = [*lake.parts("rollups__indicators", survey_year), *_nation(lake, survey_year)]
    paths = [lake.sealed("rollups__indicators", part) for part in parts]
    return _dicts(
        connection,
        f"SELECT stream, unit, {', '.join(FIGURES)} FROM read_parquet(?) "
        "WHERE level = ? AND area_code = ? AND indicator_no = ? ORDER BY stream",
        [paths, level, area_code, indicator_no],
    )


def _households(
    connection: duckdb.DuckDBPyConnection, lake: Lake, part: Part, level: str, area_code: str, indicator: Indicator
) -> list[dict[str, Any]]:
    """Households of a part inside the area: keys, place in the delivered file, result and counts."""
    assert part.survey_year is not None
    villages(connection, lake, part.survey_year, part.province_code)
    names = {result: result.name.lower() for result in Result}
    results = " ".join(f"WHEN {value:d} THEN '{name}'" for value, name in names.items())
    p = indicator.prefix
    counts = f"r.{p}_surveyed AS surveyed_n, r.{p}_failed AS failed_n"
    if not indicator.counts_persons:
        counted = f"r.{p}_result IN ({Result.PASS:d}, {Result.FAIL:d})"
        counts = (
            f"CAST({counted} AS INTEGER) AS surveyed_n, CAST(r.{p}_result = {Result.FAIL:d} AS INTEGER) AS failed_n"
        )
    inside = "" if level == "nation" else "AND c.level = ? AND c.area_code = ?"
    return _dicts(
        connection,
        f"SELECT h.survey_year, h.stream, h.village_code, h.household_id, CASE r.{p}_result {results} END AS result, "
        f"{counts}, h.file_sha256, h.record_no, h.byte_start, h.byte_end "
        "FROM read_parquet(?) h JOIN read_parquet(?) r USING (hh) "
        "JOIN area_closure c ON c.stream = h.stream AND c.village_code = h.village_code "
        f"{inside or 'AND c.level = ?'} ORDER BY h.hh",
        [lake.sealed(CLEAN, part), lake.sealed(RESULTS, part), *((level, area_code) if inside else ("province",))],
    )


def _check(figures: list[dict[str, Any]], households: list[dict[str, Any]]) -> None:
    """The households must add up to the figure that they explain."""
    for figure in figures:
        mine = [h for h in households if h["stream"] == figure["stream"]]
        again = {
            "surveyed_n": sum(h["surveyed_n"] for h in mine),
            "failed_n": sum(h["failed_n"] for h in mine),
            "households_failed_n": sum(h["result"] == "fail" for h in mine),
            "incomplete_n": sum(h["result"] == "incomplete" for h in mine),
        }
        if wrong := [name for name, value in again.items() if value != figure[name]]:
            raise NotExplained(f"X-SUM ครัวเรือนรวมกันไม่เท่ากับตัวเลข ({', '.join(wrong)}) - สั่ง jpt run ใหม่")


def _releases(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    survey_year: int,
    level: str,
    area_code: str,
    indicator_no: int,
) -> list[dict[str, Any]]:
    """Published releases of the round with the figure as each of them shows it, oldest data first."""
    found = []
    for manifest in settings.published.glob(f"{survey_year}-*/manifest.json"):
        content = read_json(manifest)
        rows = _dicts(
            connection,
            "SELECT stream, surveyed_n, passed_n, failed_n FROM read_parquet(?) "
            "WHERE level = ? AND area_code = ? AND indicator_no = ? ORDER BY stream",
            [readable(manifest.with_name("rollups__indicators.parquet")), level, area_code, indicator_no],
        )
        found.append({"release": content["release"], "as_of": content["as_of"], "figures": rows})
    return sorted(found, key=lambda entry: (entry["as_of"], entry["release"]))


def _dicts(connection: duckdb.DuckDBPyConnection, query: str, values: list[Any]) -> list[dict[str, Any]]:
    cursor = connection.execute(query.replace("read_parquet(?)", "read_parquet(?, hive_partitioning = false)"), values)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
