"""Grids of text -> sheets of figures: where the heading is, which year and province, what each cell says.

Put here: how a table is understood. Keep out: formats (sheets.py), headings and marks (data/history/sheets.yaml), and any
judgement of the figures (ties.py). Year and province come from the sheet or from the person who hands it over.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from jpt_pipeline.history.figures import Figure, Sheet
from jpt_pipeline.history.sheets import Book, Grid, Unreadable
from jpt_pipeline.history.spec import COUNTS, PERCENTS, Layout, SheetSpec
from jpt_pipeline.history.values import count, hundredths, plain_digits, squeezed, tidy

HEADING_ROWS = 3


@dataclass(frozen=True)
class Given:
    """What the person says who hands a file over."""

    survey_year: int | None = None
    province_code: str | None = None


@dataclass(frozen=True)
class Source:
    """The file that sheets come from, and the official provinces (name -> code)."""

    file_sha256: str
    file_name: str
    official: Mapping[str, str]


@dataclass
class Passed:
    """Places that were passed over: tables without a heading, rows that are no indicator (table, row)."""

    grids: list[str] = field(default_factory=list)
    rows: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True)
class _Found:
    """A grid whose heading was recognised: its layout, position of each column, and the first row below."""

    grid: Grid
    label: str
    layout: Layout
    places: dict[str, int]
    start: int

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Row number (from 1) and cells of the rows below the heading that are not blank."""
        for number, row in enumerate(self.grid.rows[self.start :], start=self.start + 1):
            cells = {name: tidy(row[at]) if at < len(row) else "" for name, at in self.places.items()}
            if any(cells.values()):
                yield number, cells


def read_sheets(book: Book, spec: SheetSpec, given: Given, source: Source) -> tuple[list[Sheet], Passed]:
    """Every sheet of a file, and what was passed over.

    Raises:
        Unreadable: no table of indicators, no or another survey year, another or an unclear province.
    """
    passed = Passed()
    sheets: list[Sheet] = []
    for number, grid in enumerate(book.grids, start=1):
        label = grid.sheet_name or str(number)
        found = _locate(grid, label, spec)
        if found is None:
            passed.grids.append(label)
            continue
        read = _read_list if "survey_year" in found.places else _read_report
        filled = [sheet for sheet in read(found, spec, given, source, passed) if sheet.figures]
        sheets += filled
        if book.is_choice:
            passed.grids.clear()
            break
        passed.grids += [] if filled else [label]
    if not sheets:
        raise Unreadable("H-PUBTABLE")
    if given.province_code and len(sheets) > 1:
        raise Unreadable("H-PUBPROVINCE", f"{len(sheets)} ตาราง")
    return [replace(sheet, sheet_no=number) for number, sheet in enumerate(sheets, start=1)], passed


def _locate(grid: Grid, label: str, spec: SheetSpec) -> _Found | None:
    """The first rows (one to three together) whose headings fit a layout."""
    for top in range(min(len(grid.rows), spec.limits.header_rows)):
        for depth in range(1, HEADING_ROWS + 1):
            headings = _headings([row[: spec.limits.columns] for row in grid.rows[top : top + depth]])
            for layout in spec.layouts:
                places = layout.places(headings)
                if places:
                    return _Found(grid, label, layout, places, top + depth)
    return None


def _headings(rows: list[list[str]]) -> list[str]:
    """One heading a column: the texts from top to bottom, each once. A text over blank cells on its right spans those
    of them that have a text below, as merged cells of a workbook do."""
    width = max((len(row) for row in rows), default=0)
    texts = [[squeezed(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    for upper, lower in pairwise(texts):
        for at in range(1, width):
            if not upper[at] and lower[at]:
                upper[at] = upper[at - 1]
    return ["".join(dict.fromkeys(filter(None, column))) for column in zip(*texts, strict=True)]


def _read_report(found: _Found, spec: SheetSpec, given: Given, source: Source, passed: Passed) -> list[Sheet]:
    """The one sheet of a report; its rows are in order of rank unless a column says the rank."""
    title = tidy(" ".join([*found.grid.titles, *(cell for row in found.grid.rows[: found.start] for cell in row)]))
    year = _year_of_title(plain_digits(title), spec, given, found.label)
    named = [found.grid.sheet_name or "", *(m["province"] for m in spec.title.province.finditer(title))]
    code, name = _province(named, spec, given, source, found.label)
    figures: list[Figure] = []
    for number, cells in found.rows():
        parts = spec.indicator.fullmatch(plain_digits(cells["indicator"]))
        if parts is None or int(parts["number"]) == 0:
            passed.rows.append((found.label, number))
            continue
        cells |= {"indicator_no": parts["number"], "name_th": parts["name"], "unit": parts["unit"]}
        figures.append(_figure(number, cells, found.layout, spec, len(figures) + 1))
    return [Sheet(year, code, name, found.grid.sheet_name, 0, source.file_sha256, source.file_name, tuple(figures))]


def _read_list(found: _Found, spec: SheetSpec, given: Given, source: Source, passed: Passed) -> list[Sheet]:
    """Sheets of a list: its rows by year, province and sheet name, in the order in which they first appear."""
    groups: dict[tuple[int, str, str], list[Figure]] = {}
    for number, cells in found.rows():
        place = f"แถว {number}"
        year, indicator_no = count(cells["survey_year"]), count(cells["indicator_no"])
        if not indicator_no:
            passed.rows.append((found.label, number))
            continue
        if year is None or not 2500 <= year < 2700:
            raise Unreadable("H-PUBYEAR", place)
        if given.survey_year not in (None, year):
            raise Unreadable("H-PUBYEARS", f"{place} ปี {year}")
        key = (year, cells.get("province_name", ""), cells.get("sheet_name", ""))
        rows = groups.setdefault(key, [])
        rows.append(_figure(number, cells, found.layout, spec, len(rows) + 1))
    sheets = []
    for (year, province, sheet_name), figures in groups.items():
        code, name = _province([province or sheet_name], spec, given, source, province or sheet_name)
        whole = (year, code, name, sheet_name or None, 0, source.file_sha256, source.file_name, tuple(figures))
        sheets.append(Sheet(*whole))
    return sheets


def _year_of_title(title: str, spec: SheetSpec, given: Given, label: str) -> int:
    """The survey year that the text above the heading names, or the given one, which it may not contradict."""
    years = {int(found["year"]) for found in spec.title.year.finditer(title)}
    if given.survey_year is not None:
        if years and given.survey_year not in years:
            raise Unreadable("H-PUBYEARS", f"ตาราง {label} ปี {', '.join(map(str, sorted(years)))}")
        return given.survey_year
    if len(years) != 1:
        raise Unreadable("H-PUBYEAR", f"ตาราง {label}")
    return years.pop()


def _province(
    texts: list[str], spec: SheetSpec, given: Given, source: Source, label: str
) -> tuple[str | None, str | None]:
    """Code, and the text that told it: the given province, or the one that the sheet names; the first text if unknown."""
    known = {code: text for text in reversed(texts) if (code := spec.province_code(text, source.official))}
    if given.province_code is not None:
        if known and given.province_code not in known:
            raise Unreadable("H-PUBPROVINCE", f"ตาราง {label}")
        official = next(name for name, code in source.official.items() if code == given.province_code)
        return given.province_code, known.get(given.province_code, official)
    if len(known) > 1:
        raise Unreadable("H-PUBPROVINCE", f"ตาราง {label} บอกหลายจังหวัด")
    for code, text in known.items():
        return code, text
    return None, tidy(texts[0]) or None


def _figure(row_no: int, cells: dict[str, str], layout: Layout, spec: SheetSpec, order: int) -> Figure:
    """One row with its figures. A mark for nothing is zero, in a percentage without denominator nothing."""
    raw: list[str] = []
    values: dict[str, int | None] = {}
    marks = {*spec.zero_marks, *([""] if layout.blank == "zero" else [])}
    for name in COUNTS:
        values[name] = 0 if cells[name] in marks else _told(name, cells[name], count(cells[name]), raw)
    surveyed = None if None in values.values() else sum(value or 0 for value in values.values())
    for name in PERCENTS:
        if cells[name] in marks and name != "target_pct":
            values[name] = 0 if surveyed or name == "below_target_pct" else None
            continue
        number, is_longer = hundredths(cells[name]) or (None, False)
        values[name] = _told(name, cells[name], number, raw)
        raw += [f"{name}={cells[name]}"] if is_longer else []
    unit = spec.units.get(cells["unit"])
    raw += [] if unit else [f"unit={cells['unit']}"]
    rank_no: int | None = order
    if cells.get("rank_no"):
        rank_no = _told("rank_no", cells["rank_no"], count(cells["rank_no"]), raw)
    rest: dict[str, Any] = {**values, "unit": unit, "rank_no": rank_no, "raw_cells": tuple(raw)}
    return Figure(
        row_no=row_no, indicator_no=int(cells["indicator_no"].split(".")[0]), name_th=cells["name_th"], **rest
    )


def _told(name: str, text: str, value: int | None, raw: list[str]) -> int | None:
    """A cell's number; where it is none, its text is kept."""
    if value is None:
        raw.append(f"{name}={text}")
    return value
