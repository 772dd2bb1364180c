"""Who interviewed which households: every record of the piece's villages by enumerator, counted or quarantined.

Source: the letter of 2563 (at least so many enumerators a tambon, each with a list of households) and of 2557 (so many
households each). The register holds no name, so an enumerator is a number here. Keep out: judgement of anybody.
"""

from dataclasses import dataclass
from datetime import date

import duckdb

from jpt_pipeline.listing.opened import COVERAGE, QUARANTINE, open_houses, opened, sealed
from jpt_pipeline.listing.places import Piece
from jpt_pipeline.listing.summaries import house_order
from jpt_pipeline.listing.ties import check_ties, check_total
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part

REGISTER, ROLE = "register__enumerators", "enumerator"


@dataclass(frozen=True)
class Visit:
    """A household record: counted (no codes), or quarantined with the codes why. enumerator_id is None where unknown."""

    enumerator_id: str | None
    village_code: str
    household_id: str | None
    house_no: str | None
    survey_date: date | None
    codes: tuple[str, ...]

    @property
    def is_counted(self) -> bool:
        return not self.codes


@dataclass(frozen=True)
class Registered:
    """An enumerator of the register in a tambon of the piece."""

    enumerator_id: str
    tambon_code: str


@dataclass(frozen=True)
class Work:
    """Records of a piece by enumerator, village and house number; its tambons' registered enumerators; all known ids."""

    visits: tuple[Visit, ...]
    registered: tuple[Registered, ...]
    known: frozenset[str]


def work_of(settings: Settings, piece: Piece) -> Work:
    """Every household record of the piece.

    Raises:
        NotListed: see there; L-TIES where records or enumerators are not as many as rollups__coverage counts.
        NotSealed, KeyMissing, VaultBroken: the home is not ready.
    """
    with opened(settings, piece, "list of households by enumerator") as connection:
        _open_records(connection, settings, piece)
        open_houses(connection, settings, "records")
        rows = connection.execute(
            "SELECT r.enumerator_id, r.village_code, r.household_id, h.house_no, r.survey_date, r.codes FROM records r "
            "LEFT JOIN houses h USING (unit_no, form)"
        ).fetchall()
        visits = [Visit(who, village, key, house, day, tuple(codes)) for who, village, key, house, day, codes in rows]
        _check(connection, settings, piece, visits)
        registered, known = _register(connection, settings, piece)
    ordered = sorted(
        visits,
        key=lambda one: (one.enumerator_id or "", one.village_code, house_order(one.house_no), one.household_id or ""),
    )
    return Work(tuple(ordered), tuple(registered), frozenset(known))


def _open_records(connection: duckdb.DuckDBPyConnection, settings: Settings, piece: Piece) -> None:
    """The table records: counted households and quarantined records; these may have no form (refused at intake)."""
    place = "delivery_id, file_sha256, record_no"
    connection.execute(
        "CREATE TEMP TABLE records AS "
        "SELECT h.enumerator_id, h.village_code, h.household_id, h.survey_date, []::VARCHAR[] AS codes, p.unit_no, p.form "
        "FROM households h JOIN placed p USING (hh) UNION ALL "
        "SELECT f.enumerator_id, q.village_code, q.household_id, f.survey_date, q.codes, f.unit_no, f.form "
        f"FROM {sealed(settings, QUARANTINE, piece.part)} q JOIN listed USING (village_code) "
        f"LEFT JOIN (SELECT {place}, any_value(enumerator_id) AS enumerator_id, any_value(survey_date) AS survey_date, "
        f"min(unit_no) AS unit_no, min_by(form, unit_no) AS form FROM forms GROUP BY ALL) f USING ({place}) "
        "WHERE q.record_kind = 'household'"
    )


def _check(connection: duckdb.DuckDBPyConnection, settings: Settings, piece: Piece, visits: list[Visit]) -> None:
    counts: dict[str, dict[str, int]] = {}
    for one in visits:
        mine = counts.setdefault(one.village_code, {"surveyed_n": 0, "quarantined_n": 0})
        mine["surveyed_n" if one.is_counted else "quarantined_n"] += 1
    check_ties(connection, settings, piece, COVERAGE, counts, ["surveyed_n", "quarantined_n"])
    people = {one.enumerator_id for one in visits if one.is_counted and one.enumerator_id is not None}
    check_total(connection, settings, piece, COVERAGE, "enumerators_n", len(people))


def _register(
    connection: duckdb.DuckDBPyConnection, settings: Settings, piece: Piece
) -> tuple[list[Registered], set[str]]:
    """Registered enumerators of the piece's tambons, and all ids of the round's register; both empty without one."""
    part = Part(piece.part.survey_year)
    if not Lake(settings.lake).seal_path(REGISTER, part).exists():
        return [], set()
    rows = connection.execute(
        f"SELECT DISTINCT enumerator_id, tambon_code, role FROM {sealed(settings, REGISTER, part)} ORDER BY ALL"
    ).fetchall()
    tambons = {village.tambon_code for village in piece.villages}
    mine = [Registered(who, tambon) for who, tambon, role in rows if role == ROLE and tambon in tambons]
    return mine, {who for who, _, _ in rows}
