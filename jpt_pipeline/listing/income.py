"""Households that fail the income indicator: who they are, what they live on, how far they are below the threshold.

Put here: the list, which must be what the figures count. Keep out: which indicator that is (rule.py), layout.
"""

from dataclasses import dataclass
from fractions import Fraction

import duckdb

from jpt_pipeline.instruments import Instrument, Result, measure_codes, measures_step, render, typed_step
from jpt_pipeline.listing.opened import INDICATORS, open_houses, open_names, opened, sealed
from jpt_pipeline.listing.places import Piece
from jpt_pipeline.listing.rule import IncomeRule, income_rule, instrument_of, sources_of
from jpt_pipeline.listing.ties import check_ties
from jpt_pipeline.settings import Settings


@dataclass(frozen=True)
class Failing:
    """A household below the threshold; `sources` are its incomes in the order of `sources_of`, baht a year."""

    village_code: str
    household_id: str
    house_no: str | None
    head: str | None
    persons_n: int
    income_baht: int
    sources: tuple[int, ...]

    @property
    def per_person(self) -> Fraction | None:
        """Baht a person and year; None for a household without persons."""
        return Fraction(self.income_baht, self.persons_n) if self.persons_n else None


@dataclass(frozen=True)
class FailingList:
    """Households of a piece that fail, by village, the least income a person first; of how many (passed + failed)."""

    households: tuple[Failing, ...]
    surveyed_n: int


def failing_households(settings: Settings, piece: Piece) -> FailingList:
    """The list of a piece.

    Raises:
        NotListed: see there; also L-TIES where the list is not what the figures count.
        NotSealed, KeyMissing, VaultBroken: the home is not ready.
    """
    assert piece.part.survey_year is not None
    instrument = instrument_of(settings, piece.part.survey_year)
    rule = income_rule(instrument)
    with opened(settings, piece, "list of households below the income threshold") as connection:
        connection.execute(
            "CREATE TEMP TABLE chosen AS SELECT p.* FROM placed p JOIN results r USING (hh) "
            f"WHERE r.{rule.indicator.prefix}_result = {Result.FAIL:d}"
        )
        open_houses(connection, settings, "chosen")
        open_names(connection, settings, "chosen", only_heads=True)
        found = _rows(connection, instrument, rule)
        counts: dict[str, dict[str, int]] = {}
        for one in found:
            mine = counts.setdefault(one.village_code, {"failed_n": 0})
            mine["failed_n"] += 1
        where = f"indicator_no = {rule.indicator.number}"
        check_ties(connection, settings, piece, INDICATORS, counts, ["failed_n"], where)
        row = connection.execute(
            f"SELECT surveyed_n FROM {sealed(settings, INDICATORS, piece.part)} "
            f"WHERE stream = ? AND level = ? AND area_code = ? AND {where}",
            [piece.stream, piece.level, piece.area_code],
        ).fetchone()
    return FailingList(tuple(found), row[0] if row else 0)


def _rows(connection: duckdb.DuckDBPyConnection, instrument: Instrument, rule: IncomeRule) -> list[Failing]:
    sources = sources_of(instrument)
    codes = list(dict.fromkeys([*measure_codes(instrument), rule.code]))
    kept = ["hh", "village_code", "household_id", f"r_{rule.roster} AS counted_n", f"b{rule.code} AS income"]
    steps = [typed_step(instrument, "households", codes), measures_step(instrument, "typed", kept)]
    final = (
        f"SELECT m.village_code, m.household_id, h.house_no, n.name, m.counted_n, m.income, {', '.join(sources)} "
        "FROM measures m JOIN chosen c ON c.hh = m.hh "
        "LEFT JOIN houses h ON h.unit_no = c.unit_no AND h.form = c.form LEFT JOIN people n ON n.hh = c.hh"
    )
    found = [
        Failing(village, key, house, head, int(persons), int(income), tuple(map(int, parts)))
        for village, key, house, head, persons, income, *parts in connection.execute(render(steps, final)).fetchall()
    ]
    return sorted(found, key=lambda one: (one.village_code, one.per_person or Fraction(0), one.household_id))
