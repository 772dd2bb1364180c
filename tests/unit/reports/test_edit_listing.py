"""The edit listing: count, percent and denominator of each rule and column, in an area of a release."""

import csv
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from reports import edit_listing
from reports.order import Order
from reports.release import Release, ReleaseError
from tests.unit.reports.invented import YEAR, Frames, write_release

DISTRICT = ("district", "3801")
KEYS = ["level", "area_code", "column_name", "rule_id"]
ROWS = [
    ("district", "3801", "a2911", "FMT-01", 3, 3, 0, 800, 640),
    ("district", "3801", "health", "-", 12, 11, 1, 2400, 2400),
    ("district", "3801", "a1111", "-", 3, 2, 0, 800, 700),
    ("district", "3802", "a2911", "FMT-01", 9, 9, 0, 900, 900),
]


def plant(tables: Frames) -> None:
    columns = [*KEYS, *edit_listing.COUNTS]
    tables[edit_listing.TABLE] = pd.DataFrame(ROWS, columns=columns).assign(survey_year=YEAR, stream="jpt")


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return Release.open(write_release(tmp_path_factory.mktemp("edited") / "r", plant))


def test_rows_of_the_area_most_edited_first(edited: Release) -> None:
    found = [(row["rule_id"], row["column_name"], row["edits_n"]) for row in edit_listing.edits(edited, *DISTRICT)]
    assert found == [("-", "health", 12), ("-", "a1111", 3), ("FMT-01", "a2911", 3)]


def test_sheet_and_csv_say_the_same(edited: Release, tmp_path: Path) -> None:
    sheet, table = edit_listing.make(Order(edited, *DISTRICT, tmp_path))
    rows = CalamineWorkbook.from_path(str(sheet)).get_sheet_by_name(edit_listing.SHEET_TH).to_python()
    head = next(number for number, row in enumerate(rows) if row[0] == edit_listing.COLUMNS[0].title)
    assert rows[head + 1][:1] + rows[head + 1][2:3] + rows[head + 1][4:] == ["-", "health", 12, 11, 0.46, 2400, 2400, 1]
    assert rows[head + 3][1].startswith("คำตอบทุกข้อต้องมีรูปแบบ")
    assert table.read_bytes()[:3] == b"\xef\xbb\xbf"
    with table.open(encoding="utf-8-sig", newline="") as stream:
        listed = list(csv.DictReader(stream))
    assert [row["edited_percent"] for row in listed] == ["0.46", "0.25", "0.38"]
    assert edit_listing.make(Order(edited, *DISTRICT, tmp_path))[0].read_bytes() == sheet.read_bytes()


def test_an_area_without_corrections_has_an_empty_listing(edited: Release, tmp_path: Path) -> None:
    assert edit_listing.edits(edited, "lao", "L11") == []
    assert all(path.stat().st_size for path in edit_listing.make(Order(edited, "lao", "L11", tmp_path)))


def test_a_release_without_the_table_says_so(release: Release, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=edit_listing.TABLE):
        edit_listing.make(Order(release, *DISTRICT, tmp_path))
