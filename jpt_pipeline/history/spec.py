"""How published sheets look: data/history/sheets.yaml.

Put here: the models of that file, and what derives from it. Keep out: any heading, mark, pattern or name; they are data.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml

COUNTS = ("passed_n", "failed_n")
PERCENTS = ("passed_pct", "target_pct", "below_target_pct")
COLUMNS = (
    *("survey_year", "province_name", "sheet_name", "rank_no", "indicator", "indicator_no", "name_th", "unit"),
    *COUNTS,
    *PERCENTS,
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(_Strict):
    """What a published sheet can be at most: bytes and cells of a file, columns and rows where headings are looked for."""

    bytes: int
    cells: int
    columns: int
    header_rows: int


class Title(_Strict):
    """Patterns that find the survey year and the province in the text above a heading."""

    year: re.Pattern[str]
    province: re.Pattern[str]


class Layout(_Strict):
    """One form of sheet: the headings of its columns, those that must be there, and what a blank cell means."""

    name: str
    blank: Literal["missing", "zero"]
    required: list[str]
    columns: dict[str, list[re.Pattern[str]]]

    @model_validator(mode="after")
    def _known(self) -> "Layout":
        if strange := (set(self.columns) - set(COLUMNS)) | (set(self.required) - set(self.columns)):
            raise ValueError(f"unknown columns {sorted(strange)}")
        return self

    def places(self, headings: list[str]) -> dict[str, int] | None:
        """Column -> position among the headings (without spaces); None unless each required one is there once.

        The first pattern that finds a heading decides.
        """
        found: dict[str, int] = {}
        for name, patterns in self.columns.items():
            hits = next((h for p in patterns if (h := [at for at, t in enumerate(headings) if p.fullmatch(t)])), [])
            if len(hits) > 1 or (not hits and name in self.required):
                return None
            if hits:
                found[name] = hits[0]
        return found if len(set(found.values())) == len(found) else None


class SheetSpec(_Strict):
    """The whole file."""

    limits: Limits
    zero_marks: list[str]
    units: dict[str, str]
    indicator: re.Pattern[str]
    title: Title
    layouts: list[Layout]
    province_prefixes: list[str]
    provinces: dict[str, str]

    @model_validator(mode="after")
    def _groups(self) -> "SheetSpec":
        for pattern, groups in (
            (self.indicator, {"number", "name", "unit"}),
            (self.title.year, {"year"}),
            (self.title.province, {"province"}),
        ):
            if set(pattern.groupindex) != groups:
                raise ValueError(f"{pattern.pattern}: groups must be {sorted(groups)}")
        return self

    def bare_name(self, text: str) -> str:
        """A province's name without the words around it and without spaces."""
        name = "".join(text.split())
        for prefix in self.province_prefixes:
            name = name.removeprefix(prefix)
        return name

    def province_code(self, text: str, official: Mapping[str, str]) -> str | None:
        """Code of the province that a text names, officially or by a listed spelling; None for any other text.

        official: name -> code.
        """
        name = self.bare_name(text)
        return official.get(self.provinces.get(name, name))


@cache
def load_sheet_spec(definitions: Path | None = None) -> SheetSpec:
    """Read data/history/sheets.yaml.

    Raises:
        ValueError: a key twice, an unknown key or column, a pattern that is none.
    """
    return SheetSpec.model_validate(load_yaml((definitions or Settings().definitions) / "history" / "sheets.yaml"))
