"""Order of the failing-rank report: a table made by hand, and the published sheets where they are at hand."""

import csv
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import pytest

from jpt_pipeline.ranking import Counted, rank_failing
from reports.numbers import percent_text

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
    """Every sheet of plan 10 stands in our order (its ties have none), and its percentages are ours."""
    sheets = defaultdict(list)
    with PUBLISHED.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            sheets[row["year_be"], row["province"], row["sheet_name_raw"]].append(row)
    assert len(sheets) > 100
    for name, rows in sheets.items():
        rows.sort(key=lambda row: int(row["rank_in_report"]))
        counted = [Counted(int(row["number"]), _count(row["pass_n"]), _count(row["must_fix_n"])) for row in rows]
        targets = {int(row["number"]): Fraction(row["target_pct"]) for row in rows}
        ranked = {one.counted.number: one for one in rank_failing(counted, targets)}
        lacking = [ranked[one.number].shortfall_pct for one in counted]
        order = [targets[one.number] if lack is None else lack for one, lack in zip(counted, lacking, strict=True)]
        assert order == sorted(order, reverse=True), name
        for one, row in zip(counted, rows, strict=True):
            if one.surveyed_n:
                assert float(percent_text(one.passed_n, one.surveyed_n)) == float(row["pass_pct"]), (name, row)


def _count(text: str) -> int:
    return 0 if text in ("", "-") else int(text)
