"""Workbooks read back by another library: the same figures, text that stays text, the same bytes twice."""

import csv
import zipfile
from pathlib import Path

from python_calamine import CalamineWorkbook

from jpt_pipeline.ranking import rank_failing
from reports import failing_rank, indicators
from reports.counts import area_indicators
from reports.labels import labels
from reports.numbers import percent_text
from reports.order import Order
from reports.release import Release
from reports.sheets import Column, workbook
from tests.unit.reports.invented import Frames, write_release

DISTRICT = ("district", "3801")


def rows_below(path: Path, sheet: str, heading: str) -> list[list[object]]:
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python()
    head = next(number for number, row in enumerate(rows) if row[0] == heading)
    return rows[head + 1 :]


def rank_sheet(release: Release, out: Path) -> Path:
    return failing_rank.make(Order(release, *DISTRICT, out))[0]


def test_failing_rank_sheet_holds_the_ranked_counts(release: Release, tmp_path: Path) -> None:
    rows = rows_below(rank_sheet(release, tmp_path), failing_rank.SHEET_TH, "ลำดับ")
    expected = rank_failing(one.counted for one in area_indicators(release, *DISTRICT))
    assert [row[1] for row in rows] == [one.counted.number for one in expected]
    for row, one in zip(rows, expected, strict=True):
        assert row[4:6] + row[7:8] == [one.counted.surveyed_n, one.counted.passed_n, one.counted.failed_n]
        assert f"{row[8]:.2f}" == percent_text(one.counted.failed_n, one.counted.surveyed_n)


def test_head_says_what_it_is(release: Release, tmp_path: Path) -> None:
    book = CalamineWorkbook.from_path(str(rank_sheet(release, tmp_path)))
    head = [row[0] for row in book.get_sheet_by_index(0).to_python()]
    assert head[0] == failing_rank.TITLE_TH
    assert head[1:8] == labels(release, *DISTRICT).lines()


def test_nobody_counted_prints_a_dash_and_ranks_last(tmp_path: Path) -> None:
    def nobody(tables: Frames) -> None:
        rows = tables["rollups__indicators"]
        rows.loc[rows["indicator_no"] == 2, ["surveyed_n", "passed_n", "failed_n"]] = 0

    release = Release.open(write_release(tmp_path / "r", nobody))
    last = rows_below(rank_sheet(release, tmp_path), failing_rank.SHEET_TH, "ลำดับ")[-1]
    assert (last[1], last[4], last[6], last[8]) == (2, 0, "-", "-")


def test_indicator_table_and_matrix(release: Release, tmp_path: Path) -> None:
    own = area_indicators(release, *DISTRICT)
    assert [code for _, code, _ in indicators.compared(release, *DISTRICT)] == ["L11", "L12"]
    path, own_csv, matrix_csv, _ = indicators.make(Order(release, *DISTRICT, tmp_path))
    table = [row for row in rows_below(path, indicators.SHEET_TH, "ตัวชี้วัดที่") if isinstance(row[0], float)]
    assert [row[3] for row in table] == [one.counted.surveyed_n for one in own]
    matrix = rows_below(path, indicators.MATRIX_SHEET_TH, "ตัวชี้วัดที่")
    lao = release.indicators("lao", "L12")
    expected = [percent_text(row.passed_n, row.surveyed_n) for row in lao.itertuples()]
    assert [f"{row[3]:.2f}" for row in matrix] == expected
    with matrix_csv.open(encoding="utf-8-sig", newline="") as stream:
        assert [row["lao_L12_percent"] for row in csv.DictReader(stream)] == expected
    with own_csv.open(encoding="utf-8-sig", newline="") as stream:
        assert [row["failed_n"] for row in csv.DictReader(stream)] == [str(one.counted.failed_n) for one in own]


def test_a_village_stands_among_its_sisters(release: Release) -> None:
    beside = indicators.compared(release, "village", "38010102")
    assert [code for _, code, _ in beside] == ["38010101", "38010102", "38010103"]


def test_text_is_never_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with workbook(path) as book:
        sheet = book.sheet("แผ่น", "=1+1", ["=2+2"], [Column("=3+3", "text", 9)])
        for text in ("=HYPERLINK(1)", "+1", "@x", "0123"):
            sheet.add([text])
    cells = [row[0] for row in CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()]
    assert cells == ["=1+1", "=2+2", "=3+3", "=HYPERLINK(1)", "+1", "@x", "0123"]
    with zipfile.ZipFile(path) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")


def test_the_same_release_gives_the_same_bytes(release: Release, tmp_path: Path) -> None:
    first, again = (failing_rank.make(Order(release, *DISTRICT, tmp_path / name)) for name in ("a", "b"))
    assert [path.name for path in first] == [
        "failing-rank_2561_district_3801.xlsx",
        "failing-rank_2561_district_3801.csv",
        "failing-rank_2561_district_3801.png",
    ]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
