"""Which columns a broken rule reads: what can be mended when it is broken, by the rule's own expression.

Put here: rules -> columns. Keep out: values of households.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from jpt_pipeline.corrections.columns import Columns
from jpt_pipeline.instruments import Instrument, Rule
from jpt_pipeline.instruments.expressions import Expr, parse, refs, resolve
from jpt_pipeline.instruments.sql import flag_of


@dataclass(frozen=True)
class Reads:
    """What a rule reads.

    household: columns of the household; rosters: name of a roster -> columns of members that decide who is in it;
    is_form: the rule is about the form of all answers.
    """

    household: tuple[str, ...] = ()
    rosters: Mapping[str, tuple[str, ...]] | None = None
    is_form: bool = False

    @property
    def member(self) -> set[str]:
        return {name for names in (self.rosters or {}).values() for name in names}

    @property
    def can_mend(self) -> bool:
        """Whether a correction file can mend what breaks the rule."""
        return self.is_form or bool(self.household) or bool(self.member)


def reads(instrument: Instrument, columns: Columns, rule: Rule) -> Reads:
    """Columns that may be corrected among those that a rule of the instrument reads."""
    household: list[str] = []
    rosters: dict[str, tuple[str, ...]] = {}
    is_form = False
    for ref in refs(_resolved(instrument, rule.holds_if)):
        if ref.kind == "well_formed":
            is_form = True
        elif ref.kind == "r":
            where = refs(_resolved(instrument, roster_where(instrument, ref.name)))
            rosters[ref.name] = _names(columns, [m.name for m in where if m.kind == "m"], is_member=True)
        else:
            household += _names(columns, [ref.name], is_member=False)
    return Reads(tuple(dict.fromkeys(household)), rosters, is_form)


def own_reads(columns: Columns, code: str) -> Reads:
    """Columns that answer a code of our own."""
    mine = [column for column in columns.by_name.values() if code in column.rules]
    return Reads(
        tuple(column.name for column in mine if not column.is_member),
        {"": tuple(column.name for column in mine if column.is_member)},
    )


def roster_where(instrument: Instrument, name: str) -> str:
    """The condition of a roster."""
    return next(roster.where for roster in instrument.rosters if roster.name == name)


def roster_sql(instrument: Instrument, name: str) -> str:
    """SQL of a roster's condition over a row of members."""
    return flag_of(_resolved(instrument, roster_where(instrument, name)))


def _resolved(instrument: Instrument, text: str) -> Expr:
    return resolve(parse(text), instrument.choices)


def _names(columns: Columns, fields: list[str], is_member: bool) -> tuple[str, ...]:
    found = [column.name for field in fields for column in columns.readers(field, is_member)]
    return tuple(dict.fromkeys(found))
