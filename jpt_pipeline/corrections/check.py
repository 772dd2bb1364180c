"""Whether rows of a correction file make sense by themselves: round, key, column, value, reason, one row a cell.

Put here: what can be said without looking at a household. Keep out: the present values (returns.take).
"""

import re
from collections.abc import Callable, Iterable

from jpt_pipeline.corrections.columns import Columns, columns_of
from jpt_pipeline.corrections.files import CorrectionFile, RawCorrection
from jpt_pipeline.corrections.models import Cell, Correction, Household, Refusal
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.rounds import known_rounds, load_round
from jpt_pipeline.settings import Settings

REASON_CHARACTERS, WHO_CHARACTERS = 500, 100
HOUSE_CODE_DIGITS = (4, 11)
_PERSON_NUMBER = re.compile(r"(?:[0-9๐-๙][ -]?){13}")
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


def well_formed(file: CorrectionFile, settings: Settings) -> tuple[list[Correction], list[Refusal]]:
    """Corrections with typed keys and values, and what stands against the file; in order of rows.

    Rows of a slip that correct one cell alike (a cell stands there once for each rule that reads it) become one.
    """
    columns: dict[int, Columns] = {}

    def of_round(year: int) -> Columns:
        if year not in columns:
            instrument = load_instrument(load_round(year, settings.definitions).instrument, settings.definitions)
            columns[year] = columns_of(instrument, settings.definitions)
        return columns[year]

    streams: dict[int, set[str]] = {
        year: {str(stream.key) for stream in load_round(year, settings.definitions).streams}
        for year in known_rounds(settings.definitions)
    }
    found = [_typed(row, file.kind == "slip", streams, of_round) for row in file.rows]
    refusals = [one for one in found if isinstance(one, Refusal)]
    corrections, doubled = _once(one for one in found if isinstance(one, Correction))
    if not file.rows:
        refusals.append(Refusal("C-NOROWS"))
    return corrections, [*refusals, *doubled]


def _typed(
    row: RawCorrection, is_slip: bool, streams: dict[int, set[str]], of_round: Callable[[int], Columns]
) -> Correction | Refusal:
    texts, number = row.texts, row.row_no
    year = int(year_text) if (year_text := _digits(texts["survey_year"])).isascii() and year_text.isdigit() else 0
    stream = texts["stream"].lower()
    if stream not in streams.get(year, ()):
        return Refusal("C-ROUND", number)
    columns, name = of_round(year), texts["column"]
    if name in columns.identifiers:
        return Refusal("C-IDENTIFIER", number, name)
    column = columns.by_name.get(name)
    if column is None:
        return Refusal("C-COLUMN", number, name if re.fullmatch("[a-z0-9_]{1,40}", name) else None)
    member = _digits(texts["member_no"])
    if bool(member) is not column.is_member or (member and not re.fullmatch("[1-9][0-9]{0,3}", member)):
        return Refusal("C-MEMBER", number, name)
    reason, who = texts["reason"], texts["who"]
    if not 0 < len(reason) <= REASON_CHARACTERS or not 0 < len(who) <= WHO_CHARACTERS:
        return Refusal("C-WHO", number)
    if any(_PERSON_NUMBER.search(text) for text in (reason, who, texts["new"])):
        return Refusal("C-PERSONAL", number)
    blanks = ("", columns.blank)
    try:
        new = column.value(None if texts["new"] in blanks else texts["new"])
    except ValueError:
        return Refusal("C-VALUE", number, f"{name}: {column.form}")
    old = None if texts["old"] in blanks else texts["old"]
    if not is_slip and column.is_date and old is not None:
        try:
            old = column.value(old)
        except ValueError:
            return Refusal("C-VALUE", number, f"{name}: {column.form}")
    household = Household(year, stream, _digits(texts["village_code"]), _house_code(texts["household_id"]))
    return Correction(number, Cell(household, int(member) if member else None, name), old, new, reason, who)


def _once(corrections: Iterable[Correction]) -> tuple[list[Correction], list[Refusal]]:
    """Each cell once; a slip shows a cell once for each rule, and the same edit there is one edit."""
    by_cell: dict[Cell, Correction] = {}
    refusals = []
    for one in corrections:
        first = by_cell.setdefault(one.cell, one)
        if first is not one and (first.old, first.new) != (one.old, one.new):
            refusals.append(Refusal("C-TWICE", one.row_no, f"แถว {first.row_no}"))
    return list(by_cell.values()), refusals


def _digits(text: str) -> str:
    return text.translate(_THAI_DIGITS)


def _house_code(text: str) -> str:
    """The household's code as intake writes it: digits with hyphens or spaces are digits where the length is right."""
    plain = _digits(text)
    bare = re.sub("[ -]", "", plain)
    return bare if bare.isdigit() and len(bare) in HOUSE_CODE_DIGITS else plain
