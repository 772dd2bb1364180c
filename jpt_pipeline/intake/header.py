"""What the header of a table says: whose table it is, and where each known column stands. Columns are found by name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from jpt_pipeline.intake.container import Refused
from jpt_pipeline.intake.formats import HOUSEHOLD_REQUIRED, HOUSEHOLD_TEXT, MEMBER_REQUIRED, MEMBER_TEXT

TOTAL = "รวม"  # how a row of totals begins
NAME_COLUMNS = ("prefix", "first_name", "last_name", "house_no")
ANSWER = re.compile(r"a[0-9]+")


@dataclass(frozen=True)
class Names:
    """Columns that tables of a round may have: its answers a<code>, what was declared outside, other names of columns."""

    answers: list[str]
    declared: frozenset[str] = frozenset()
    aliases: dict[str, str] | None = None

    def plain(self, name: str) -> str:
        """A column's name as ours: without marks and spaces around, in small letters, an alias resolved."""
        bare = name.strip().strip("\ufeff\u200b").strip().lower()
        return (self.aliases or {}).get(bare, bare)

    def known(self, names: Iterable[str]) -> set[str]:
        """Names of ours among these."""
        return {self.plain(name) for name in names} & self._all

    @cached_property
    def _all(self) -> set[str]:
        return {*HOUSEHOLD_TEXT, *MEMBER_TEXT, *self.answers}


@dataclass(frozen=True)
class Layout:
    """What a header says: whose table it is, and at which position (from 1) each known column stands."""

    kind: str
    columns_n: int
    positions: dict[str, int]
    extra: tuple[str, ...]

    @property
    def may_total(self) -> bool:
        """Whether a word in the first column can begin a row of totals: it is no name of a person or house."""
        return 1 not in (self.positions.get(name) for name in NAME_COLUMNS)


def layout_of(header: list[str], names: Names, file_name: str) -> Layout:
    """Match a header by name.

    Raises:
        Refused: a name twice (H-DUP), a required column absent (H-MISSING), answers of another questionnaire
            (H-VERSION), no name that is known (H-NONE).
    """
    found = [names.plain(name) for name in header]
    kind = "members" if "member_no" in found else "households"
    known = set(HOUSEHOLD_TEXT) | set(names.answers)
    required = set(HOUSEHOLD_REQUIRED) - names.declared
    if kind == "members":
        known, required = {*MEMBER_TEXT, "household_id", "village_code"}, set(MEMBER_REQUIRED)
    if not known & set(found):
        raise Refused("H-NONE", file_name)
    if missing := sorted(required - set(found)):
        raise Refused("H-MISSING", file_name, ", ".join(missing))
    if kind == "households":
        _check_answers(found, names, file_name)
    doubled = {name for name in found if name and found.count(name) > 1}
    if doubled:  # a name that is no column of ours may be content: it is not repeated
        raise Refused("H-DUP", file_name, ", ".join(sorted(doubled & known)))
    positions = {name: index + 1 for index, name in enumerate(found) if name in known}
    # A strange name may be content of a broken file: only what looks like a name is repeated, else its position.
    extra = tuple(n if n.isidentifier() and n.isascii() else f"#{i}" for i, n in enumerate(found, 1) if n not in known)
    return Layout(kind, len(found), positions, extra)


def _check_answers(found: list[str], names: Names, file_name: str) -> None:
    """Raises Refused(H-VERSION) when most answer columns are not the questionnaire's, H-MISSING when there are none."""
    delivered = {name for name in found if ANSWER.fullmatch(name)}
    ours = delivered & set(names.answers)
    if len(delivered - ours) > len(ours):
        raise Refused("H-VERSION", file_name)
    if not ours:
        raise Refused("H-MISSING", file_name, f"{names.answers[0]} …")
