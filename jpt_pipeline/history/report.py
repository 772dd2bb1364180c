"""What became of published files: counts of the checks, and findings in Thai words with their places.

Put here: the shape for a screen and for JSON, and how a finding gets its words. Keep out: the words (data/codes/history.yaml).
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from jpt_pipeline.codes import load_codes, message
from jpt_pipeline.history.figures import Sheet
from jpt_pipeline.history.ties import Finding

PLACES_SHOWN = 20
_LONG_NUMBER = re.compile(r"(?:[0-9๐-๙][- ]?){13}")


@dataclass(frozen=True)
class Notice:
    """All places of one code: how many, and the first ones in words."""

    code: str
    count: int
    places: tuple[str, ...]


@dataclass(frozen=True)
class Tie:
    """One arithmetic check: to how many rows it applied, and how many of them do not tie out."""

    checked_n: int
    failed_n: int


@dataclass(frozen=True)
class FileReport:
    """What became of one file. sheets_n and rows_n are what it holds; stored_n the rows that are in the lake from it."""

    file_name: str
    status: Literal["stored", "unchanged", "refused"]
    file_sha256: str | None = None
    format: str | None = None
    encoding: str | None = None
    survey_years: tuple[int, ...] = ()
    sheets_n: int = 0
    rows_n: int = 0
    stored_n: int = 0
    ties: dict[str, Tie] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()


class Places:
    """Collects places by code, in order; the first ones of each keep their words."""

    def __init__(self, file_name: str):
        self.file_name = file_name
        self._counts: Counter[str] = Counter()
        self._shown: dict[str, list[str]] = {}

    def add(self, code: str, /, รายละเอียด: object = None, **where: object) -> None:
        """One more place of a code. Nothing that could be a 13-digit number of a person is quoted."""
        self._counts[code] += 1
        shown = self._shown.setdefault(code, [])
        if len(shown) < PLACES_SHOWN:
            places = {"ไฟล์": self.file_name, **where, "รายละเอียด": รายละเอียด}
            shown.append(message(code, **{k: v if v is None else _quotable(str(v)) for k, v in places.items()}))

    def finding(self, sheet: Sheet, found: Finding) -> None:
        places = where_is(sheet) | {"แถว": found.row_no, "ตัวชี้วัด": found.indicator_no}
        self.add(found.rule_id, **places, ตามไฟล์=found.printed, ควรเป็น=found.computed)

    def notices(self) -> tuple[Notice, ...]:
        """Notices in the order of the codes' file."""
        order = [code for code in load_codes() if code in self._counts]
        return tuple(Notice(code, self._counts[code], tuple(self._shown[code])) for code in order)


def where_is(sheet: Sheet) -> dict[str, object]:
    """The place of a sheet in words: year, and the name that tells it apart."""
    return {"ปี": sheet.survey_year, "ตาราง": sheet.sheet_name or sheet.province_name or sheet.sheet_no}


def added_up(reports: Iterable[FileReport]) -> dict[str, Tie]:
    """The arithmetic checks over several files."""
    total: dict[str, Tie] = {}
    for report in reports:
        for code, tie in report.ties.items():
            before = total.get(code, Tie(0, 0))
            total[code] = Tie(before.checked_n + tie.checked_n, before.failed_n + tie.failed_n)
    return total


def _quotable(text: str) -> str:
    shown = text if len(text) <= 60 else text[:60] + "…"
    return _LONG_NUMBER.sub("(ไม่แสดง)", shown)
