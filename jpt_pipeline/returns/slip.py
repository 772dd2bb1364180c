"""What a return slip (ใบส่งกลับแก้ไข) holds: the cells that broken rules read, and what must be sent anew instead.

One slip a tambon. A cell stands once for each broken rule that reads it, with its value as of now. Errors only: a warning
is possible, and asks nobody for anything. Keep out: layout (reports.return_slip) and the seal (corrections.slips).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from jpt_pipeline.areas.tree import NoSuchArea, villages
from jpt_pipeline.corrections.columns import Column, Columns, columns_of
from jpt_pipeline.corrections.slips import SlipFacts, SlipRow
from jpt_pipeline.households.sources import open_home_provinces
from jpt_pipeline.households.stages import instrument_of
from jpt_pipeline.returns.cells import Cells, find_cells
from jpt_pipeline.returns.present import present
from jpt_pipeline.returns.resend import Resend, rows_to_resend
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session

LEVELS = ("tambon", "district", "province")


@dataclass(frozen=True)
class SlipLine:
    """One row: what the machine must get back, and what people read. `values` are the allowed codes where few."""

    machine: SlipRow
    village: str
    question: str
    allowed: str
    rule: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Slip:
    """One tambon's slip: cells to mend and records to send again, in order."""

    facts: SlipFacts
    tambon: str
    lines: tuple[SlipLine, ...]
    resend: tuple[Resend, ...]


@dataclass(frozen=True)
class _Village:
    code: str
    name: str
    tambon_code: str
    tambon_name: str


def make_slips(settings: Settings, survey_year: int, stream: str, level: str, area_code: str) -> list[Slip]:
    """The slips of an area, by tambon; a tambon without anything to mend has one without rows.

    Raises:
        NoSuchArea: the register of the round has no such area in this stream.
        NotSealed: no register of areas, or a file is not what was taken in.
    """
    part, found = _villages(settings, survey_year, stream, level, area_code)
    instrument = instrument_of(settings, part)
    columns = columns_of(instrument, settings.definitions)
    wanted = {"stream": [stream] * len(found), "village_code": [village.code for village in found]}
    with present(
        settings, part, pa.table({name: pa.array(v, pa.string()) for name, v in wanted.items()})
    ) as connection:
        cells = find_cells(connection, settings, part, instrument, columns)
        resend = rows_to_resend(connection, settings, part, instrument, cells.unmended)
    slips = []
    for tambon in sorted({village.tambon_code for village in found}):
        mine = {village.code: village for village in found if village.tambon_code == tambon}
        slips.append(_slip(columns, survey_year, stream, mine, cells, resend))
    return slips


def _villages(
    settings: Settings, survey_year: int, stream: str, level: str, area_code: str
) -> tuple[Part, list[_Village]]:
    """The province part that an area lies in, and its villages."""
    lake = Lake(settings.lake)
    with session(settings) as connection:
        open_home_provinces(connection, lake, survey_year)
        villages(connection, lake, survey_year)
        rows = connection.execute(
            "SELECT v.province_code, v.village_code, v.village_name, v.tambon_code, v.tambon_name FROM villages v "
            "JOIN area_closure a ON a.stream = v.stream AND a.village_code = v.village_code "
            "WHERE a.stream = ? AND a.level = ? AND a.area_code = ? ORDER BY v.village_code",
            [stream, level, area_code],
        ).fetchall()
    if level not in LEVELS or not rows:
        raise NoSuchArea(f"{level} {area_code}")
    return Part(survey_year, rows[0][0]), [_Village(*row[1:]) for row in rows]


def _slip(
    columns: Columns, survey_year: int, stream: str, mine: dict[str, _Village], cells: Cells, resend: Sequence[Resend]
) -> Slip:
    tambon = next(iter(mine.values()))
    lines: list[SlipLine] = []
    for cell in cells.rows:
        if cell.village_code not in mine:
            continue
        column = columns.by_name[cell.column]
        number = str(len(lines) + 1)
        member = "" if cell.member_no is None else str(cell.member_no)
        keys = (stream, cell.village_code, cell.household_id, member, cell.column, cell.value or "", cell.rule_id)
        village = f"{cell.village_code[-2:]} {mine[cell.village_code].name}"
        row = SlipRow(number, *keys)
        lines.append(SlipLine(row, village, column.th, column.form, cells.rules[cell.rule_id], _few(columns, column)))
    facts = SlipFacts(survey_year, "tambon", tambon.tambon_code, columns.blank)
    again = tuple(one for one in resend if one.village_code in mine)
    return Slip(facts, tambon.tambon_name, tuple(lines), again)


def _few(columns: Columns, column: Column) -> tuple[str, ...]:
    """The allowed codes as a list to choose from, with the word for no value; () where they are not a list."""
    if not column.values:
        return ()
    return (*column.values, *([columns.blank] if column.is_blank_allowed else []))


def next_due(settings: Settings, survey_year: int, stream: str, today: date) -> date | None:
    """The next due date of the round's chain of certification on or after a day; None where there is none."""
    chain = load_round(survey_year, settings.definitions).chain(stream, today)
    return min((level.due_date for level in chain if level.due_date and level.due_date >= today), default=None)
