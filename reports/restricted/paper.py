"""What every restricted page says of itself, its words and numbers, and tables as the layouts take them.

Put here: words of data/layouts/restricted.yaml, the lines of provenance, Table -> JSON for restricted-list.typ.
Keep out: any single report. Names of persons are never cut into words: the cut is remembered by the process.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from jpt_pipeline.clock import thai_day
from jpt_pipeline.instruments import Instrument, load_instrument
from jpt_pipeline.listing.places import Piece, Village
from jpt_pipeline.listing.situation import Situation, situation
from jpt_pipeline.rounds import Round, load_round
from jpt_pipeline.settings import Settings, definition_file
from jpt_pipeline.yamlfile import load_yaml
from reports.breaks import cut
from reports.numbers import count_text, decimal_text, percent_text, thai_date, thai_digits
from reports.order import RestrictedOrder
from reports.restricted.lay_out import restricted_pdf
from reports.tables import Band, Column, Table, cell_text
from reports.typeset import LAYOUTS
from reports.words import words

Line = tuple[str, str]
LINES = ("area", "round", "instrument", "as_of", "state", "denominator", "source", "asked_by")
# Columns that may hold a name or a number of a person or house: printed as they are, broken at spaces only.
PERSONAL_FIELDS = frozenset({"head", "house_no", "household_id"})


class PageWords(BaseModel):
    """The words of the restricted pages, by report."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    common: dict[str, str]
    income: dict[str, str]
    evidence: dict[str, str]
    enumerators: dict[str, str]
    summary: dict[str, str]
    fieldwork: dict[str, str]


@cache
def page_words(definitions: Path | None = None) -> PageWords:
    """Read layouts/restricted.yaml, the operator's own where there is one. Raises ValueError for an unknown key."""
    path = definition_file(definitions or Settings().definitions, LAYOUTS, "restricted.yaml")
    return PageWords.model_validate(load_yaml(path))


@dataclass(frozen=True)
class Paper:
    """One piece of an order as it is printed; `section` names the report's words."""

    order: RestrictedOrder
    section: str
    piece: Piece

    @cached_property
    def facts(self) -> Situation:
        return situation(self.order.settings, self.piece)

    @cached_property
    def round(self) -> Round:
        return load_round(self.order.survey_year, self.order.settings.definitions)

    @cached_property
    def instrument(self) -> Instrument:
        return load_instrument(self.round.instrument, self.order.settings.definitions)

    def say(self, key: str, **places: object) -> str:
        """A text of the report, else of all reports, with its places filled in. Raises KeyError."""
        known = page_words(self.order.settings.definitions)
        own: dict[str, str] = getattr(known, self.section)
        return (own[key] if key in own else known.common[key]).format(**places)

    def cut(self, text: str) -> str:
        """A text without names of persons, with the places marked where a line may break."""
        return cut(text)

    def stem(self, name: str) -> str:
        """Name of the piece's files without ending."""
        return f"{name}_{self.order.survey_year}_{self.piece.stream}_{self.piece.level}_{self.piece.area_code}"

    def digits(self, text: str) -> str:
        return thai_digits(text) if self.order.thai_digits else text

    def count(self, number: int) -> str:
        return self.digits(count_text(number))

    def baht(self, value: Fraction | None) -> str:
        return self.digits(decimal_text(value))

    def percent(self, part_n: int, whole_n: int) -> str:
        return self.digits(percent_text(part_n, whole_n))

    def day(self, day: date | None) -> str:
        return self.digits(thai_date(day)) if day else "-"

    @property
    def area(self) -> str:
        return words().full_name(self.piece.level, self.piece.area_name)

    @property
    def above(self) -> str:
        return " ".join(words().full_name(*place) for place in self.piece.above)

    def village(self, village: Village) -> str:
        """A village with its code and its LAO."""
        return self.say("village", name=village.name, code=self.digits(village.code), lao=village.lao_name)

    def above_of(self, village: Village) -> str:
        """Names of the tambon, district and province of a village."""
        places = (
            ("tambon", village.tambon_name),
            ("district", village.district_name),
            ("province", village.province_name),
        )
        return " ".join(words().full_name(*place) for place in places)

    def lines(self, keys: Sequence[str] = LINES) -> list[Line]:
        """Label and text of what the page is about, in order; only those of `keys`."""
        facts, stream = self.facts, self.round.stream(self.piece.stream)
        provisional = f" ({self.say('provisional')})" if self.instrument.provisional else ""
        counts = self.say(
            "counted_of",
            surveyed=self.count(facts.surveyed_n),
            persons=self.count(facts.persons_n),
            target=self.count(facts.target_n),
            percent=self.percent(facts.surveyed_n, facts.target_n),
        )
        said = {
            "area": f"{self.area} {self.above} ({self.digits(self.piece.area_code)})",
            "round": f"{self.digits(self.round.title_th)} ({stream.name_th})",
            "instrument": f"{self.digits(self.instrument.title_th)}{provisional}",
            "as_of": self.day(thai_day(facts.as_of) if facts.as_of else None),
            "state": self._state(),
            "denominator": counts,
            "source": self.say("source_of", sha256=facts.sha256[:12]),
            "asked_by": self.order.by,
        }
        return [(self.say(key), text) for key, text in said.items() if text and key in keys]

    def _state(self) -> str:
        if self.facts.certified is None:
            return self.say("uncertified")
        level, _, number = self.facts.certified
        if level == self.piece.level:
            return self.say("certified", certificate=number)
        return self.say("certified_above", level=words().levels[level].name_th, certificate=number)

    def sheet_lines(self, *more: str) -> list[str]:
        """The lines of a workbook."""
        return [self.say("mark"), *(f"{label}: {text}" for label, text in self.lines()), *more]

    def head(self) -> dict[str, Any]:
        """What the layouts print on top and at the foot of every page."""
        common = page_words(self.order.settings.definitions).common
        return {
            "title": cut(self.say("title")),
            "plain_title": f"{self.say('title')} {self.area} {self.order.survey_year}",
            "area": cut(f"{self.area} {self.above}"),
            "mark": cut(common["mark"]),
            "own_layout": cut(common["own_layout"]),
            "page_of": common["page_of"],
            "asked_by": f"{common['asked_by']} {self.order.by}" if self.order.by else "",
            "thai_digits": self.order.thai_digits,
            "lines": [[cut(label), cut(text)] for label, text in self.lines()],
        }

    def pdf(self, template: str, data: dict[str, Any]) -> bytes:
        """The pages of a layout. Raises TemplateBroken, without a word of the data."""
        return restricted_pdf(template, data, self.order.settings.definitions)

    def table(self, table: Table) -> dict[str, Any]:
        """A table for the layouts: columns with their share of the width, rows of texts or bands."""
        return {
            "columns": [_column(column) for column in table.columns],
            "rows": [
                {"band": cut(row.text)} if isinstance(row, Band) else {"cells": self._cells(row, table.columns)}
                for row in table.rows
            ],
        }

    def _cells(self, row: Sequence[Any], columns: Sequence[Column]) -> list[str]:
        return [
            cell_text(cell, column.kind, self.order.thai_digits)
            if column.kind != "text" or column.field in PERSONAL_FIELDS
            else cut(cell_text(cell, column.kind))
            for cell, column in zip(row, columns, strict=True)
        ]


def _column(column: Column) -> dict[str, Any]:
    align = "left" if column.kind == "text" else "right"
    return {
        "title": cut(column.title),
        "width": column.width,
        "align": align,
        "personal": column.field in PERSONAL_FIELDS,
    }
