"""Everything that a household's own summary says (แบบสรุปคุณภาพชีวิตของครัวเรือน), village by village.

Put here: members with their names, results with reasons, money, the same household in the round before. A village is held
in memory at a time; names come from the vault once for the whole piece. Keep out: layout, and what a family is advised.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb

from jpt_pipeline.instruments import (
    Instrument,
    Result,
    indicator_codes,
    measure_codes,
    measures_step,
    render,
    typed_step,
)
from jpt_pipeline.listing.earlier import Before, Then, of_village, open_earlier
from jpt_pipeline.listing.opened import CORRECTIONS, COVERAGE, INDICATORS, open_houses, open_names, opened, sealed
from jpt_pipeline.listing.places import Piece, Village
from jpt_pipeline.listing.reasons import Reason, reasons
from jpt_pipeline.listing.rule import instrument_of
from jpt_pipeline.listing.ties import check_ties
from jpt_pipeline.settings import Settings

_FIELDS = ("household_id", "house_no", "survey_date", "enumerator_id", "persons_n")


@dataclass(frozen=True)
class Member:
    """A person of the roster; `relation` is the stored code, None for the head or where nothing is stored."""

    member_no: int
    name: str | None
    sex: str
    age_years: int
    relation: str | None
    is_informant: bool


@dataclass(frozen=True)
class Household:
    """A household with what was counted of it. `failed_n`: persons that fail, by indicator of persons.

    amounts: the instrument's measures, baht a year. then: the same household in the earlier round, if it was counted.
    """

    household_id: str
    house_no: str | None
    survey_date: date
    enumerator_id: str | None
    persons_n: int
    members: tuple[Member, ...]
    results: dict[int, Result]
    failed_n: dict[int, int]
    reasons: dict[int, list[Reason]]
    amounts: dict[str, int]
    then: Then | None = None


@dataclass(frozen=True)
class VillageSummary:
    """The households of a village in order of house number, and the earlier round they are held beside."""

    village: Village
    before: Before
    households: tuple[Household, ...] = field(repr=False)


def summaries(settings: Settings, piece: Piece) -> Iterator[VillageSummary]:
    """The villages of a piece, one after the other.

    Raises:
        NotListed: see there; L-TIES before the first village where households or failures are not those of the figures.
        NotSealed, KeyMissing, VaultBroken: the home is not ready.
    """
    instrument = instrument_of(settings, piece.part.survey_year or 0)
    with opened(settings, piece, "household summaries") as connection:
        _check(connection, settings, piece, instrument)
        open_houses(connection, settings)
        open_names(connection, settings)
        _correct_people(connection, settings, piece)
        _type(connection, instrument)
        before = open_earlier(connection, settings, piece)
        for village in piece.villages:
            known = of_village(connection, settings, piece, before, village.code)
            yield VillageSummary(village, known, tuple(_households(connection, instrument, village.code, known)))


def _check(connection: duckdb.DuckDBPyConnection, settings: Settings, piece: Piece, instrument: Instrument) -> None:
    """As many households, and as many that fail each indicator, as the figures count."""
    counts = dict(connection.execute("SELECT village_code, count(*) FROM households GROUP BY ALL").fetchall())
    surveyed = {code: {"surveyed_n": number} for code, number in counts.items()}
    check_ties(connection, settings, piece, COVERAGE, surveyed, ["surveyed_n"])
    for item in instrument.indicators:
        rows = connection.execute(
            f"SELECT village_code, count(*) FROM results WHERE {item.prefix}_result = {Result.FAIL:d} GROUP BY ALL"
        ).fetchall()
        failed = {code: {"households_failed_n": number} for code, number in rows}
        where = f"indicator_no = {item.number}"
        check_ties(connection, settings, piece, INDICATORS, failed, ["households_failed_n"], where)


def _correct_people(connection: duckdb.DuckDBPyConnection, settings: Settings, piece: Piece) -> None:
    """Relation and informant as corrected in the last run; all else of a person is in the sealed roster."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE corrected AS SELECT h.hh, c.member_no, c.column_name, c.new_value "
        f"FROM {sealed(settings, CORRECTIONS, piece.part)} c JOIN households h "
        "USING (survey_year, stream, village_code, household_id) "
        "WHERE c.column_name IN ('relation', 'informant') AND c.outcome IN ('applied', 'already') "
        "QUALIFY row_number() OVER (PARTITION BY h.hh, c.member_no, c.column_name ORDER BY c.file_no DESC, c.row_no DESC) = 1"
    )
    for column in ("relation", "informant"):
        connection.execute(
            f"UPDATE people SET {column} = c.new_value FROM corrected c "
            f"WHERE c.hh = people.hh AND c.member_no = people.member_no AND c.column_name = '{column}'"
        )


def _type(connection: duckdb.DuckDBPyConnection, instrument: Instrument) -> None:
    """The table told: a household a row, with its results, what its rules read, and its measures."""
    codes = list(dict.fromkeys([*indicator_codes(instrument), *measure_codes(instrument)]))
    typed = [name for code in codes for name in (f"a{code}", f"v{code}")]
    for code in codes:
        answer = instrument.answers_by_code[code]
        typed += [f"n{code}"] if answer.has_count else []
        typed += [f"b{code}"] if answer.has_baht else []
    rosters = [f"r_{roster.name}" for roster in instrument.rosters]
    kept = ["hh", "village_code", "household_id", "survey_date", "enumerator_id", "persons_n", *rosters, *typed]
    steps = [typed_step(instrument, "households", codes), measures_step(instrument, "typed", kept)]
    scored = [f"r.{item.prefix}_result" for item in instrument.indicators]
    scored += [f"r.{item.prefix}_failed" for item in instrument.indicators if item.counts_persons]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE told AS "
        + render(
            steps,
            f"SELECT m.*, h.house_no, {', '.join(scored)} FROM measures m JOIN results r USING (hh) JOIN placed p USING (hh) "
            "LEFT JOIN houses h ON h.unit_no = p.unit_no AND h.form = p.form",
        )
    )


def _households(
    connection: duckdb.DuckDBPyConnection, instrument: Instrument, village_code: str, before: Before
) -> Iterator[Household]:
    members = _members(connection, village_code)
    cursor = connection.execute("SELECT * FROM told WHERE village_code = ?", [village_code])
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in sorted(rows, key=lambda one: (house_order(one["house_no"]), one["household_id"])):
        yield _household(instrument, row, tuple(members[row["hh"]]), before)


def _household(instrument: Instrument, row: dict[str, Any], members: tuple[Member, ...], before: Before) -> Household:
    results = {item.number: Result(row[f"{item.prefix}_result"]) for item in instrument.indicators}
    failing = [item for item in instrument.indicators if results[item.number] is Result.FAIL]
    return Household(
        **{name: row[name] for name in _FIELDS},
        members=members,
        results=results,
        failed_n={item.number: int(row[f"{item.prefix}_failed"]) for item in failing if item.counts_persons},
        reasons={item.number: reasons(instrument, item, row) for item in failing},
        amounts={name: int(row[name]) for name in instrument.measures},
        then=before.households.get(row["household_id"]),
    )


def _members(connection: duckdb.DuckDBPyConnection, village_code: str) -> dict[int, list[Member]]:
    found: dict[int, list[Member]] = defaultdict(list)
    rows = connection.execute(
        "SELECT m.hh, m.member_no, p.name, m.sex, m.age_years, p.relation, coalesce(p.informant, '') = '1' FROM roster m "
        "LEFT JOIN people p USING (hh, member_no) WHERE m.village_code = ? ORDER BY m.hh, m.member_no",
        [village_code],
    ).fetchall()
    for household, *member in rows:
        found[household].append(Member(*member))
    return found


def house_order(house_no: str | None) -> tuple[int, tuple[int, ...], str]:
    """House numbers as people order them: 9, 12, 12/1, 12/10; without number last."""
    text = house_no or ""
    numbers = tuple(int(part) for part in text.replace("/", " ").split() if part.isdecimal())
    return (0 if numbers else 1 if text else 2, numbers, text)
