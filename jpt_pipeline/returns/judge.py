"""Each correction against the households as they are now: does it still fit, and which broken rules does it answer?

Put here: the comparison. Keep out: the form of files and values (jpt_pipeline.corrections), writing (take.py).
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import duckdb
import pyarrow as pa

from jpt_pipeline.corrections.apply import cell_sql
from jpt_pipeline.corrections.columns import Column, Columns, columns_of
from jpt_pipeline.corrections.merge import Edit, Outcome, outcome
from jpt_pipeline.corrections.models import Correction, Household, Refusal
from jpt_pipeline.households.sources import open_home_provinces
from jpt_pipeline.households.stages import instrument_of
from jpt_pipeline.instruments import Instrument
from jpt_pipeline.returns.cells import UNDECIDED
from jpt_pipeline.returns.certified import certified_villages
from jpt_pipeline.returns.present import own_findings, present
from jpt_pipeline.returns.reads import Reads, own_reads, reads
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session


@dataclass(frozen=True)
class Judged:
    """A correction that fits (with its rules and the person that it is about), what it does, and the part to run."""

    correction: Correction
    outcome: Outcome
    part: tuple[int, str]


@dataclass(frozen=True)
class _Now:
    """What stands in the place of a correction: None where there is no such household; is_open: a correction of this
    cell waits for a decision."""

    intake_no: int | None
    has_member: bool
    person_token: str | None
    value: str | None
    is_open: bool


def hold_against_present(
    corrections: Sequence[Correction], settings: Settings, area_code: str | None = None
) -> tuple[list[Judged], list[Refusal]]:
    """What each correction does now, or why it is refused; province by province.

    Raises:
        NotSealed: no register of areas, or a file is not what was taken in.
    """
    judged: list[Judged] = []
    refusals: list[Refusal] = []
    by_part: dict[tuple[int, str], list[Correction]] = defaultdict(list)
    for one, province in _placed(corrections, settings):
        if province is None:
            refusals.append(Refusal("C-HOUSEHOLD", one.row_no))
        else:
            by_part[one.cell.household.survey_year, province].append(one)
    for place, rows in sorted(by_part.items()):
        for found in _of_part(rows, settings, Part(*place), area_code):
            if isinstance(found, Refusal):
                refusals.append(found)
            else:
                judged.append(found)
    return sorted(judged, key=lambda one: one.correction.row_no), refusals


def _placed(corrections: Sequence[Correction], settings: Settings) -> list[tuple[Correction, str | None]]:
    """Each correction with the province of its village by the register of its round."""
    provinces: dict[tuple[int, str], str] = {}
    with session(settings) as connection:
        for year in sorted({one.cell.household.survey_year for one in corrections}):
            open_home_provinces(connection, Lake(settings.lake), year)
            rows = connection.execute("SELECT village_code, province_code FROM home_provinces").fetchall()
            provinces |= {(year, village): province for village, province in rows}
    return [(one, provinces.get((one.cell.household[0], one.cell.household.village_code))) for one in corrections]


def _of_part(
    rows: Sequence[Correction], settings: Settings, part: Part, area_code: str | None
) -> list[Judged | Refusal]:
    instrument = instrument_of(settings, part)
    columns = columns_of(instrument, settings.definitions)
    keys = sorted({one.cell.household for one in rows})
    names = ("stream", "village_code", "household_id")
    wanted = pa.table({name: pa.array([getattr(key, name) for key in keys], pa.string()) for name in names})
    with present(settings, part, wanted) as connection:
        own_findings(connection, settings, part)
        inside = _inside(connection, area_code)
        certified = certified_villages(connection, settings, part)
        now = _present_values(connection, columns, rows)
        broken = _broken(connection)
    answering = _answering(instrument, columns)
    assert part.survey_year is not None and part.province_code is not None
    found: list[Judged | Refusal] = []
    for one in rows:
        place = (one.cell.household.stream, one.cell.household.village_code)
        here = now[one.row_no]
        column = columns.by_name[one.cell.column]
        if refusal := _refused(one, column, here, place in inside, place in certified):
            found.append(refusal)
            continue
        rules = [rule for rule in broken[here.intake_no] if answering(rule, column, here.value)]
        rules += [UNDECIDED] if here.is_open else []
        kept = replace(one, person_token=here.person_token, rule_ids=tuple(sorted(rules)))
        found.append(Judged(kept, outcome(here.value, Edit(one.old, one.new)), (part.survey_year, part.province_code)))
    return found


def _refused(one: Correction, column: Column, now: _Now, is_inside: bool, is_certified: bool) -> Refusal | None:
    """Why a correction is not taken, the first reason that holds. Values of persons are not told."""
    if not is_inside:
        return Refusal("C-SCOPE", one.row_no)
    if now.intake_no is None:
        return Refusal("C-HOUSEHOLD", one.row_no)
    if one.cell.member_no is not None and not now.has_member:
        return Refusal("C-MEMBER", one.row_no)
    if is_certified:
        return Refusal("C-AFTERCERT", one.row_no)
    if one.old == one.new and not now.is_open:
        return Refusal("C-UNCHANGED", one.row_no, column.name)
    if outcome(now.value, Edit(one.old, one.new)) == "conflict":
        told = f"{column.name}: {one.old or '-'} / {now.value or '-'}"
        return Refusal("C-CONFLICT", one.row_no, column.name if column.is_member else told)
    return None


def _inside(connection: duckdb.DuckDBPyConnection, area_code: str | None) -> set[tuple[str, str]]:
    """(stream, village) of the province, or of the area of it that is asked for."""
    rows = connection.execute(
        "SELECT DISTINCT stream, village_code FROM area_closure WHERE ?::VARCHAR IS NULL OR area_code = ?",
        [area_code, area_code],
    ).fetchall()
    return {(stream, village) for stream, village in rows}


def _present_values(
    connection: duckdb.DuckDBPyConnection, columns: Columns, rows: Sequence[Correction]
) -> dict[int, _Now]:
    """Row number -> what stands there now, with earlier corrections applied."""
    asked = {
        "row_no": pa.array([one.row_no for one in rows], pa.int64()),
        **{
            name: pa.array([getattr(one.cell.household, name) for one in rows], pa.string())
            for name in Household._fields[1:]
        },
        "member_no": pa.array([one.cell.member_no for one in rows], pa.int64()),
        "column_name": pa.array([one.cell.column for one in rows], pa.string()),
    }
    connection.register("asked", pa.table(asked))
    names = sorted({one.cell.column for one in rows})
    values = " ".join(f"WHEN '{name}' THEN {cell_sql(columns, name)}" for name in names)
    found = connection.execute(f"""
        SELECT a.row_no, f.intake_no, p.intake_no IS NOT NULL, p.person_token, CASE a.column_name {values} END,
            u.intake_no IS NOT NULL
        FROM asked a
        LEFT JOIN (SELECT * FROM records WHERE record_class = 'accepted') r USING (stream, village_code, household_id)
        LEFT JOIN forms f ON f.intake_no = r.intake_no
        LEFT JOIN persons p ON p.intake_no = r.intake_no AND p.member_no = a.member_no AND p.copy_no = 1
        LEFT JOIN unsettled u ON u.intake_no = r.intake_no AND u.column_name = a.column_name
            AND u.member_no IS NOT DISTINCT FROM a.member_no
    """).fetchall()
    return {row[0]: _Now(*row[1:]) for row in found}


def _broken(connection: duckdb.DuckDBPyConnection) -> dict[int | None, list[str]]:
    """Record of a household -> rules that it breaks: of the instrument as of now, of our own as of the last run."""
    rows = connection.execute(
        "SELECT intake_no, rule_id FROM violations JOIN counted USING (hh) UNION "
        "SELECT intake_no, rule_id FROM own_findings ORDER BY ALL"
    ).fetchall()
    found: dict[int | None, list[str]] = defaultdict(list)
    for intake_no, rule_id in rows:
        found[intake_no].append(rule_id)
    return found


def _answering(instrument: Instrument, columns: Columns) -> Callable[[str, Column, str | None], bool]:
    """Whether a rule (by id) is about a column; the rule on the form of answers is, where the value has not its form."""
    rules = {rule.id: rule for rule in instrument.rules}

    @cache
    def read_by(rule_id: str) -> Reads:
        return reads(instrument, columns, rules[rule_id]) if rule_id in rules else own_reads(columns, rule_id)

    def answering(rule_id: str, column: Column, value: str | None) -> bool:
        read = read_by(rule_id)
        if column.is_member:
            return column.name in read.member
        return column.name in read.household or (read.is_form and column.is_answer and not column.allows(value))

    return answering
