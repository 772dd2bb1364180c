"""Order of the failing-rank report: a table made by hand, and the published sheets where they are at hand."""

import csv
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.instruments.checks import problems
from jpt_pipeline.ranking import Counted, Ranked, rank_failing
from reports.counts import AreaIndicator
from reports.drawing import style
from reports.failing_rank import draw, make, rank_table, ranked
from reports.labels import labels
from reports.order import Order
from reports.release import Release
from reports.tables import HIDDEN_CELL, cell_text
from tests.unit.reports.invented import Frames, write_release

PUBLISHED = Path(__file__).resolve().parents[4] / "shared" / "reference" / "published_2552_2553.csv"

# number, passed, failed                 failed %
HAND = [
    Counted(1, 90, 10),  #               10
    Counted(2, 0, 0),  #                 -
    Counted(3, 899_080, 38),  #          0.0042, prints 0.00
    Counted(4, 9, 1),  #                 10, tie with 1
    Counted(5, 10, 0),  #                0
    Counted(6, 1, 1),  #                 50
    Counted(7, 899_079, 39),  #          0.0043, prints 0.00 too
]


def numbers(targets: dict[int, Fraction] | None = None) -> list[int]:
    return [one.counted.number for one in rank_failing(reversed(HAND), targets)]


def test_without_targets_nobody_counted_comes_last() -> None:
    assert numbers() == [6, 1, 4, 7, 3, 5, 2]
    assert [one.rank for one in rank_failing(HAND)] == [1, 2, 3, 4, 5, 6, 7]
    assert rank_failing(HAND)[-1].shortfall_pct is None


def test_with_targets_nobody_counted_lacks_the_whole_target() -> None:
    everybody = dict.fromkeys(range(1, 8), Fraction(100))
    assert numbers(everybody) == [2, 6, 1, 4, 7, 3, 5]
    low = everybody | {6: Fraction(40), 1: Fraction(95)}  # 6 is above its target by 10, 1 lacks 5
    assert numbers(low) == [2, 4, 1, 7, 3, 5, 6]


def test_a_missing_target_is_an_error() -> None:
    with pytest.raises(KeyError):
        rank_failing(HAND, {1: Fraction(100)})


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published sheets of 2552 and 2553 are not on this machine")
def test_published_sheets() -> None:
    """Every row of every sheet of plan 10 stands at our rank or at that of an equal one (ties have no order), and its
    percentages are ours, as the report prints them."""
    sheets = defaultdict(list)
    with PUBLISHED.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            sheets[row["year_be"], row["province"], row["sheet_name_raw"]].append(row)
    assert len(sheets) > 100
    compared_n = 0
    for rows in sheets.values():
        rows.sort(key=lambda row: int(row["rank_in_report"]))
        counted = [Counted(int(row["number"]), _count(row["pass_n"]), _count(row["must_fix_n"])) for row in rows]
        targets = {int(row["number"]): Fraction(row["target_pct"]) for row in rows}
        ours = rank_failing(counted, targets)
        lacking = {one.counted.number: _lacking(one.shortfall_pct, targets[one.counted.number]) for one in ours}
        table = rank_table([_indicator(one) for one in ours], targets)
        printed = {cells[1]: cells for cells in table.cells()}
        for place, (row, mine) in enumerate(zip(rows, ours, strict=True), start=1):
            number = int(row["number"])
            assert lacking[number] == lacking[mine.counted.number], (row, place)
            passed_text, below_text = (cell_text(printed[number][at], "percent") for at in (6, 10))
            assert _figure(passed_text) == _figure(row["pass_pct"]), row
            assert _figure(below_text) == (_figure(row["below_target_pct"]) or 0), row  # "-" stood for zero
            compared_n += 1
    assert compared_n == sum(map(len, sheets.values()))


def _indicator(one: Ranked) -> AreaIndicator:
    return AreaIndicator(one.counted, "ก", "คน", 1, one.rank, one.shortfall_pct)


def _lacking(shortfall: Fraction | None, target: Fraction) -> Fraction:
    return target if shortfall is None else shortfall


def _figure(text: str) -> Fraction | None:
    return None if text in ("", "-") else Fraction(text.replace(",", ""))


def _count(text: str) -> int:
    return 0 if text in ("", "-") else int(text)


def test_a_hidden_indicator_has_no_rank_and_stands_last(tmp_path: Path) -> None:
    """Also with targets, where nobody counted would stand first."""

    def hide(tables: Frames) -> None:
        rows = tables["rollups__indicators"]
        rows[["passed_n", "failed_n"]] = rows[["passed_n", "failed_n"]].astype("Int64")
        rows.loc[rows["indicator_no"] == 5, ["passed_n", "failed_n"]] = pd.NA

    release = Release.open(write_release(tmp_path / "r", hide))
    for targets in (None, dict.fromkeys(range(1, 32), Fraction(100))):
        listed = ranked(release, "district", "3801", targets)
        assert [one.rank for one in listed] == list(range(1, 32))
        assert (listed[-1].counted.number, listed[-1].is_hidden) == (5, True)
        cells = list(rank_table(listed, targets).cells())[-1]
        assert {cells[0], *cells[4:9]} == {HIDDEN_CELL}
        with style():
            page = draw(labels(release, "district", "3801"), listed, targets)
        assert [text.get_text() for text in page.axes.texts].count("*") == 3


def test_targets_are_the_instruments_all_or_none(folder: Path, tmp_path: Path) -> None:
    plan = load_instrument("plan12")
    assert plan.targets is None
    aimed = [one.model_copy(update={"target_percent": Decimal("97.5")}) for one in plan.indicators]
    assert plan.model_copy(update={"indicators": aimed}).targets == dict.fromkeys(range(1, 32), Fraction(195, 2))
    release = Release.open(folder, instrument=plan.model_copy(update={"indicators": aimed}))
    _, table, _ = make(Order(release, "lao", "L11", tmp_path))
    with table.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    below = [Fraction(row["below_target_percent"]) for row in rows]
    assert below == sorted(below, reverse=True) and {row["target_percent"] for row in rows} == {"97.50"}
    some = plan.model_copy(update={"indicators": [aimed[0], *plan.indicators[1:]]})
    assert any("target_percent" in problem for problem in problems(some))
