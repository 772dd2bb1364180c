"""Planted cheaters: what a list says of them is what the delivery holds, and honest work keeps its shape."""

import json
from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from jpt_pipeline.synthetic.cheating import own_groups
from jpt_pipeline.synthetic.field import load_field
from jpt_pipeline.synthetic.generate import generate
from jpt_pipeline.synthetic.spec import load_spec

Rows = dict[str, list[dict[str, object]]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cheating") / "made"
    generate(
        folder, survey_year=2561, province_code="39", households_n=1200, seed=5, file_format="parquet", cheaters=10
    )
    return folder


@pytest.fixture(scope="module")
def cheaters(made: Path) -> dict[str, dict[str, object]]:
    planted = json.loads((made / "cheaters.json").read_text(encoding="utf-8"))
    return {one["enumerator_id"]: one for one in planted}


def by_enumerator(path: Path) -> Rows:
    rows: Rows = defaultdict(list)
    for row in pq.read_table(path).to_pylist():
        rows[row["enumerator_id"]].append(row)
    return rows


@pytest.fixture(scope="module")
def now(made: Path) -> Rows:
    return by_enumerator(next(made.glob("deliveries/*/households.parquet")))


def test_every_kind_is_planted_twice_among_those_with_enough_households(
    cheaters: dict[str, dict[str, object]], now: Rows
) -> None:
    spec = load_field().cheaters
    kinds = [one["kind"] for one in cheaters.values()]
    assert {kind: kinds.count(kind) for kind in spec.kinds} == dict.fromkeys(spec.kinds, 2)
    for name, one in cheaters.items():
        assert one["households_n"] == len(now[name]) >= spec.least_households
        assert one["faked_n"] <= one["households_n"]


def test_a_copier_writes_the_same_amounts_again_and_again(cheaters: dict[str, dict[str, object]], now: Rows) -> None:
    main = next(iter(load_spec().economy.income_codes))
    for name, rows in now.items():
        amounts = [row[f"a{main}"] for row in rows]
        most = max(amounts.count(amount) for amount in amounts)
        is_copier = name in cheaters and cheaters[name]["kind"] == "copy"
        assert (most >= 0.6 * cheaters[name]["faked_n"]) if is_copier else most <= 6


def test_totals_are_still_the_sums(now: Rows) -> None:
    economy = load_spec().economy
    for rows in now.values():
        for row in rows:
            assert int(row[f"a{economy.income_total}"]) == sum(
                int(row[f"a{code}"] or 0) for code in economy.income_codes
            )


def test_honest_visits_are_in_order_and_minutes_apart(cheaters: dict[str, dict[str, object]], now: Rows) -> None:
    least = load_field().honest.paper_gap_minutes[0]
    for name, rows in now.items():
        moments = sorted(datetime.fromisoformat(str(row["submitted_at"])) for row in rows)
        gaps = [(b - a).total_seconds() / 60 for a, b in pairwise(moments) if a.date() == b.date()]
        is_fast = name in cheaters and cheaters[name]["kind"] == "fast"
        assert is_fast == any(0 < gap < least for gap in gaps)


def test_the_year_before_has_the_same_households_and_mostly_the_same_answers_of_a_cheater(
    made: Path, cheaters: dict[str, dict[str, object]], now: Rows
) -> None:
    before = by_enumerator(made / "earlier" / "households.parquet")
    codes = [*load_spec().economy.income_codes, *load_spec().economy.expense_codes]

    def unchanged(name: str) -> float:
        pairs = [(old[f"a{c}"], new[f"a{c}"]) for old, new in zip(before[name], now[name], strict=True) for c in codes]
        return sum(old == new for old, new in pairs) / len(pairs)

    assert {row["survey_year"] for rows in before.values() for row in rows} == {2560}
    for name, rows in now.items():
        assert [row["household_id"] for row in rows] == [row["household_id"] for row in before[name]]
        if name in cheaters and cheaters[name]["kind"] == "last_year":
            assert unchanged(name) > 0.65
    assert sum(unchanged(name) for name in now) / len(now) < 0.5


def test_groups_of_questions_hang_together_and_on_no_member() -> None:
    groups = own_groups(load_spec())
    codes = [code for group in groups for code in group]
    assert len(codes) == len(set(codes)) > 50
    members = {step.code for step in load_spec().answers if step.step == "target"}
    assert not members & set(codes)
