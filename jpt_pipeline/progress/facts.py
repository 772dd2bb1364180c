"""The facts of a round at a moment: counts of every area, work by day, units that certify; province after province.

Put here: adding up, and what of a session is kept. Keep out: SQL over households (relations.py), judgement.
Children add up to their parent by construction: villages are counted once and summed by the tree of areas.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import duckdb

from jpt_pipeline.areas.levels import Level, load_levels
from jpt_pipeline.areas.tree import NoSuchArea, villages
from jpt_pipeline.clock import thai_day
from jpt_pipeline.intake.receipts import FORMS, Receipt, read_receipts
from jpt_pipeline.ledger import Act, only, read_entries
from jpt_pipeline.progress.models import COUNTS, Area, AreaFacts, Counts, Facts, Outside, Unit, Work
from jpt_pipeline.progress.relations import RECORDS, nation_outside, open_arrivals, open_province
from jpt_pipeline.rounds import Round, load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session

STATE, CERTIFIED = "certification__state", "CERTIFIED"
_LISTED = ", ".join(COUNTS)
_SUMMED = ", ".join(f"CAST(sum(p.{name}) AS BIGINT) AS {name}" for name in COUNTS)


@dataclass
class _Pool:
    """What is gathered over the provinces."""

    areas: dict[Area, AreaFacts] = field(default_factory=dict)
    outside: list[Outside] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    works: dict[Area, Work] = field(default_factory=dict)
    curves: dict[Area, list[tuple[date, int, int]]] = field(default_factory=dict)
    inside: dict[Area, frozenset[Area]] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)


def collect_facts(settings: Settings, survey_year: int, at: datetime, focus: Collection[tuple[str, str]] = ()) -> Facts:
    """Facts as of a moment: of the provinces in which the areas of `focus` (level, code) lie; of all, and of the nation,
    when there is no such area or the nation is among them.

    Counts by the day of the survey go to the end of the day of `at` in Thailand; those by intake to the moment itself.
    Registers, states of records and findings are those of now: the home keeps no earlier ones.

    Raises:
        NotSealed: there is no register of areas, or a table is not the one that was sealed.
        NoSuchArea: an area of `focus` is not in the round's register.
        LedgerBroken: see ledger/book.py.
    """
    lake, round_, day = Lake(settings.lake), load_round(survey_year, settings.definitions), thai_day(at)
    receipts = read_receipts(settings.landing)
    acts: dict[str | None, Act] = {
        act.certificate_id: act for act in only(read_entries(settings.ledger), Act) if act.certificate_id
    }
    lowest: dict[str, str] = {stream.key: round_.chain(stream.key, day)[0].level for stream in round_.streams}
    pool, nation = _Pool(), load_levels()[-1]
    is_whole = not focus or (nation.level, nation.code) in focus
    with session(settings) as connection:
        provinces = _provinces(connection, lake, survey_year, [] if is_whole else focus)
        if is_whole:
            files = (file for receipt in receipts for unit in receipt.units for file in unit.parts)
            provinces |= {f.province_code for f in files if f.survey_year == survey_year and f.province_code}
        open_arrivals(connection, receipts, list(lowest), at)
        for code in sorted(provinces):
            part = Part(survey_year, code)
            units = _units(connection, lake, round_, part, day, acts, at)
            valid = [u.area for u in units if u.certified_on and u.area.level == lowest[u.area.stream]]
            open_province(connection, lake, part, day, valid)
            _take(connection, pool, part, focus)
            pool.units += _completed(connection, units, pool.areas)
            pool.without += [] if lake.seal_path(RECORDS, part).exists() else [code]
        if is_whole:
            lost = nation_outside(connection, lake, survey_year)
            pool.outside += [
                Outside(stream, None, records_n, quarantined_n, 0) for stream, records_n, quarantined_n in lost
            ]
    pool.outside += _waiting(lake, round_, receipts, at, provinces)
    if is_whole:
        _add_nation(pool, round_, nation)
    return Facts(
        survey_year, at, day, pool.areas, _merged(pool.outside), pool.units, lowest, pool.works, pool.curves,
        pool.inside, tuple(pool.without),
    )  # fmt: skip


def _provinces(
    connection: duckdb.DuckDBPyConnection, lake: Lake, survey_year: int, focus: Collection[tuple[str, str]]
) -> set[str]:
    """Provinces of the register in which the areas (level, code) lie; all when none is named.

    Raises:
        NoSuchArea: one of them is not registered.
    """
    villages(connection, lake, survey_year)
    if not focus:
        return {row[0] for row in connection.execute("SELECT DISTINCT province_code FROM villages").fetchall()}
    found: set[str] = set()
    for level, code in focus:
        rows = connection.execute(
            "SELECT DISTINCT v.province_code FROM villages v JOIN area_closure c USING (stream, village_code) "
            "WHERE c.level = ? AND c.area_code = ?",
            [level, code],
        ).fetchall()
        if not rows:
            raise NoSuchArea(f"{level} {code}")
        found |= {row[0] for row in rows}
    return found


def _take(connection: duckdb.DuckDBPyConnection, pool: _Pool, part: Part, focus: Collection[tuple[str, str]]) -> None:
    """Counts, outside, work of the tambons and curves of a province that is open."""
    rows = connection.execute(
        f"""SELECT a.stream, a.level, a.area_code, a.area_name, a.parent_code, s.last_day, {_LISTED} FROM areas a JOIN (
            SELECT c.stream, c.level, c.area_code, max(p.last_day) AS last_day, {_SUMMED}
            FROM area_closure c JOIN pg_counts p USING (stream, village_code) GROUP BY c.stream, c.level, c.area_code
        ) s USING (stream, level, area_code)"""
    ).fetchall()
    for row in rows:
        area = Area(*row[:3])
        pool.areas[area] = AreaFacts(area, row[3], row[4], Counts(*row[6:]), row[5])
    for stream, records_n, quarantined_n in connection.execute("FROM pg_outside ORDER BY stream").fetchall():
        pool.outside.append(Outside(stream, part.province_code, records_n, quarantined_n, 0))
    tambon, province = _level("tambon_code"), _level("province_code")
    by_tambon: dict[Area, dict[date, int]] = defaultdict(dict)
    for stream, code, day, collected_n, _ in _days(connection, tambon):
        if collected_n:
            by_tambon[Area(stream, tambon, code)][day] = collected_n
    until = _received_until(connection, tambon)
    for area in [area for area in pool.areas if area.level == tambon and area not in pool.works]:
        pool.works[area] = Work(by_tambon.get(area, {}), until.get(area))
    wanted = {province} | {level for level, _ in focus}
    codes = {code for _, code in focus}
    for level in sorted(wanted - {load_levels()[-1].level}):
        for stream, code, day, collected_n, recorded_n in _days(connection, level):
            if level == province or code in codes:
                pool.curves.setdefault(Area(stream, level, code), []).append((day, collected_n, recorded_n))
    for level, code in focus:
        _take_inside(connection, pool, level, code)


def _take_inside(connection: duckdb.DuckDBPyConnection, pool: _Pool, level: str, code: str) -> None:
    """The areas that lie wholly in an area, by stream: those of levels that lie inside its level, and itself."""
    below = [known.level for known in load_levels() if level in known.inside]
    rows = connection.execute(
        "SELECT DISTINCT x.stream, x.level, x.area_code FROM area_closure x JOIN area_closure a "
        "USING (stream, village_code) WHERE a.level = $level AND a.area_code = $code "
        "AND (list_contains($below::VARCHAR[], x.level) OR (x.level = $level AND x.area_code = $code))",
        {"level": level, "code": code, "below": below},
    ).fetchall()
    found = {Area(*row) for row in rows}
    for stream in {area.stream for area in found}:
        pool.inside[Area(stream, level, code)] = frozenset(area for area in found if area.stream == stream)


def _level(column: str) -> str:
    """The level that has this column in the register of areas."""
    return next(level.level for level in load_levels() if level.column == column)


def _days(connection: duckdb.DuckDBPyConnection, level: str) -> list[tuple[str, str, date, int, int]]:
    return connection.execute(
        "SELECT c.stream, c.area_code, d.day, CAST(sum(d.collected_n) AS BIGINT), CAST(sum(d.recorded_n) AS BIGINT) "
        "FROM area_closure c JOIN pg_days d USING (stream, village_code) WHERE c.level = ? "
        "GROUP BY ALL ORDER BY c.stream, c.area_code, d.day",
        [level],
    ).fetchall()


def _received_until(connection: duckdb.DuckDBPyConnection, level: str) -> dict[Area, date]:
    """The last day on which anything of an area came in, also after the moment asked for."""
    rows = connection.execute(
        "SELECT c.stream, c.area_code, max(h.last_day) FROM area_closure c JOIN pg_houses h USING (stream, village_code) "
        "WHERE c.level = ? GROUP BY ALL",
        [level],
    ).fetchall()
    return {Area(stream, level, code): day for stream, code, day in rows}


def _units(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    round_: Round,
    part: Part,
    day: date,
    acts: Mapping[str | None, Act],
    at: datetime,
) -> list[Unit]:
    """The province's areas that the chain asks to certify on the day, with the day of a certificate that is valid now."""
    assert part.survey_year is not None
    villages(connection, lake, part.survey_year, part.province_code)
    given: dict[Area, date] = {}
    if lake.seal_path(STATE, part).exists():
        rows = connection.execute(
            "SELECT stream, level, area_code, certificate_id FROM read_parquet(?, hive_partitioning = false) "
            "WHERE state = ?",
            [lake.sealed(STATE, part), CERTIFIED],
        ).fetchall()
        for *key, certificate_id in rows:
            act = acts.get(certificate_id)
            if act and act.at <= at:
                given[Area(*key)] = thai_day(act.at)
    by_name = {level.level: level for level in load_levels()}
    found = []
    for stream in round_.streams:
        for asked in round_.chain(stream.key, day):
            level = by_name[asked.level]
            if level.column is None:
                continue
            for code, name, tambons, *codes in _inside(connection, stream.key, level):
                area = Area(stream.key, level.level, code)
                inside = dict(zip(_above(level), codes, strict=True))
                found.append(Unit(area, name, inside, tuple(tambons), asked.due_date, given.get(area), None))
    return found


def _above(level: Level) -> list[str]:
    return [known.level for known in load_levels() if known.level in level.inside and known.column]


def _inside(connection: duckdb.DuckDBPyConnection, stream: str, level: Level) -> list[tuple[Any, ...]]:
    """(code, name, tambons of its villages, code of each level it lies in) of the areas of a level."""
    columns = {known.level: known.column for known in load_levels()}
    listed = "".join(f", arg_min({columns[name]}, village_code)" for name in _above(level))
    return connection.execute(
        f"SELECT {level.column}, arg_min({level.name_column}, village_code), "
        f"list_sort(list(DISTINCT tambon_code)){listed} FROM villages WHERE stream = ? "
        f"GROUP BY {level.column} ORDER BY {level.column}",
        [stream],
    ).fetchall()


def _completed(
    connection: duckdb.DuckDBPyConnection, units: Iterable[Unit], areas: Mapping[Area, AreaFacts]
) -> list[Unit]:
    """The units with the last day of a survey in those in which nothing is missing."""
    rows = connection.execute(
        "SELECT c.stream, c.level, c.area_code, max(d.day) FROM area_closure c "
        "JOIN pg_days d USING (stream, village_code) WHERE d.collected_n > 0 GROUP BY ALL"
    ).fetchall()
    last = {Area(*row[:3]): row[3] for row in rows}
    done = {area for area, facts in areas.items() if facts.counts.target_n and not facts.counts.missing_n}
    return [replace(unit, complete_on=last.get(unit.area) if unit.area in done else None) for unit in units]


def _waiting(
    lake: Lake, round_: Round, receipts: Sequence[Receipt], at: datetime, provinces: Collection[str]
) -> list[Outside]:
    """Household records that were delivered by the moment, but are in no sealed run yet."""
    year = round_.survey_year
    used = {path for part in lake.parts(RECORDS, year) for path in lake.seal(RECORDS, part).inputs}
    streams = [stream.key for stream in round_.streams]
    found = []
    for receipt in receipts:
        for unit in receipt.units if receipt.received_at <= at else []:
            for file in unit.parts:
                is_ours = file.table == FORMS and file.survey_year == year and file.province_code in provinces
                if is_ours and file.path not in used:
                    stream = next((name for name in (receipt.stream, unit.stream) if name in streams), streams[0])
                    found.append(Outside(str(stream), file.province_code, 0, 0, file.rows_n))
    return found


def _merged(outside: Iterable[Outside]) -> list[Outside]:
    """One row per stream and province, the nation's own first; rows of nothing are left out."""
    sums: dict[tuple[str, str | None], tuple[int, int, int]] = {}
    for row in outside:
        key = (row.stream, row.province_code)
        before = sums.get(key, (0, 0, 0))
        sums[key] = (before[0] + row.records_n, before[1] + row.quarantined_n, before[2] + row.waiting_n)
    ordered = sorted(sums.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    return [Outside(*key, *counts) for key, counts in ordered if any(counts)]


def _add_nation(pool: _Pool, round_: Round, nation: Level) -> None:
    """The nation as the sum of its provinces, by stream."""
    province = _level("province_code")
    for stream in round_.streams:
        parts = [facts for area, facts in pool.areas.items() if area[:2] == (stream.key, province)]
        if not parts:
            continue
        area = Area(stream.key, nation.level, nation.code or "")
        counts = sum((facts.counts for facts in parts), Counts())
        days = [facts.last_day for facts in parts if facts.last_day]
        pool.areas[area] = AreaFacts(area, nation.name or "", None, counts, max(days, default=None))
        by_day: dict[date, list[int]] = defaultdict(lambda: [0, 0])
        for facts in parts:
            for worked, collected_n, recorded_n in pool.curves.get(facts.area, ()):
                by_day[worked][0] += collected_n
                by_day[worked][1] += recorded_n
        pool.curves[area] = [(worked, by_day[worked][0], by_day[worked][1]) for worked in sorted(by_day)]
