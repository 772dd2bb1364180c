"""Each sign on a handful of invented households, and what is expected of peers, counted by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from jpt_pipeline.fieldwork.coding import Answers, Question
from jpt_pipeline.fieldwork.peers import DISTRICT, NOBODY, PROVINCE, TAMBON, Standing, custom, expected
from jpt_pipeline.fieldwork.signs import MARKED, tally
from jpt_pipeline.fieldwork.spec import load_evidence
from jpt_pipeline.fieldwork.visits import NO_GAP, Visits
from jpt_pipeline.instruments import load_instrument

SIGNS = load_evidence().signs
QUESTION = load_instrument("plan12").answers_by_code


def visits(worker: list[int], **columns: Any) -> Visits:
    """Households of enumerators by number, all alike but for the columns given."""
    n = len(worker)
    usual: dict[str, Any] = {
        "workers": [("380101", f"E{number}") for number in range(max(worker) + 1)],
        "worker": np.array(worker),
        "village_code": np.array(["38010101"] * n, dtype=object),
        "household_id": np.array([f"{number:011d}" for number in range(n)], dtype=object),
        "content_sha256": np.array([f"{number:064d}" for number in range(n)], dtype=object),
        "members": np.arange(n, dtype=np.uint64),
        "evidence_missing": np.zeros(n, dtype=bool),
        "gap_seconds": np.full(n, NO_GAP),
        "applicable_n": np.full(n, 20),
        "files": [],
        "earlier_files": [],
    }
    names = ("row", "earlier_row", "day", "minute", "persons_n", "failed_n", "incomplete_n")
    usual |= {name: np.zeros(n, dtype=np.int64) for name in names}
    return Visits(**usual | {name: np.array(values) for name, values in columns.items()})


def question(code: str, codes: list[int], baht: list[int] | None = None) -> Question:
    given = np.bincount(np.array(codes))[1:]
    bits = np.concatenate([[0.0], -np.log2(np.maximum(given, 1) / given.sum())]).astype(np.float32)
    return Question(QUESTION[code], np.array(codes, dtype=np.int32), bits, np.array(baht or [0] * len(bits)))


def answers(*questions: Question, last_year: list[float] | None = None) -> Answers:
    n = len(questions[0].codes) if questions else len(last_year or [])
    information = np.sum([one.bits[one.codes] for one in questions], axis=0) if questions else np.zeros(n)
    return Answers(list(questions), information, np.array(last_year or [np.nan] * n))


def counted(name: str, seen: Visits, said: Answers) -> list[tuple[int, int]]:
    """(with the sign, all things) of each enumerator."""
    found = tally(seen, MARKED[name](seen, said, SIGNS))
    return list(zip(found.k.sum(axis=1).tolist(), found.n.sum(axis=1).tolist(), strict=True))


def test_a_short_gap_is_neither_the_first_of_a_day_nor_sent_in_one_go() -> None:
    seen = visits([0] * 6, gap_seconds=[NO_GAP, 0, 59, 60, 299, 300])
    assert counted("short_gap", seen, answers(last_year=[np.nan] * 6)) == [(2, 3)]


def test_night_goes_over_midnight() -> None:
    seen = visits([0] * 5, minute=[1319, 1320, 0, 299, 300])
    assert counted("night", seen, answers(last_year=[np.nan] * 5)) == [(3, 5)]


def test_twins_share_their_information_with_a_household_of_the_same_enumerator() -> None:
    """Households 0 and 2 are alike; 3 is like them, but another enumerator's; that all are passed says nothing."""
    said = answers(
        question("42211", [1, 2, 1, 1, 3, 4]), question("42222", [5, 6, 5, 5, 7, 8]), question("1641", [1] * 6)
    )
    assert counted("twin", visits([0, 0, 0, 1, 1, 1]), said) == [(2, 3), (0, 3)]
    assert said.alike(2)[0] == pytest.approx(1.0)
    assert said.alike(1)[0] == pytest.approx(0.0)


def test_members_alike_are_looked_for_in_larger_households_only() -> None:
    seen = visits([0] * 5 + [1], members=np.array([7, 7, 9, 9, 8, 7], dtype=np.uint64), persons_n=[4, 4, 2, 2, 3, 4])
    assert counted("same_members", seen, answers(last_year=[np.nan] * 6)) == [(2, 3), (0, 1)]


def test_round_amounts_are_judged_by_their_size() -> None:
    """Of 5,000: not looked at. 85,000 and 86,000: multiples of 5,000 are round. 120,000 and 125,000: of 10,000."""
    said = answers(question("42211", [0, 1, 2, 3, 4, 5], [0, 5_000, 85_000, 86_000, 120_000, 125_000]))
    assert counted("round_amounts", visits([0] * 6), said) == [(2, 4)]


def test_households_without_an_earlier_round_are_not_compared_with_it() -> None:
    said = answers(last_year=[np.nan, 0.84, 0.85, 1.0])
    assert counted("last_year", visits([0] * 4), said) == [(2, 3)]


def test_all_passed_is_counted_by_the_number_of_applicable_indicators() -> None:
    seen = visits([0] * 5, applicable_n=[20, 20, 25, 0, 25], failed_n=[0, 1, 0, 0, 0], incomplete_n=[0, 0, 0, 0, 1])
    found = tally(seen, MARKED["all_passed"](seen, answers(last_year=[np.nan] * 5), SIGNS))
    assert (found.k.tolist(), found.n.tolist()) == ([[0, 1, 1]], [[0, 2, 1]])


def test_usual_answers_are_those_of_most() -> None:
    said = answers(question("422310", [1, 1, 1, 2, 0]), question("42211", [1, 1, 1, 1, 1]))
    assert counted("usual_answers", visits([0] * 5), said) == [(3, 4)]


def standing(tambon: list[int], least: int = 1, **changes: Any) -> Standing:
    n = len(tambon)
    areas = {PROVINCE: np.zeros(n, dtype=int), DISTRICT: np.zeros(n, dtype=int), TAMBON: np.array(tambon)}
    usual = Standing(areas, np.ones(n, dtype=bool), np.ones(n), np.zeros(n, dtype=bool), least)
    return replace(usual, **changes)


def test_nobody_is_compared_with_the_own_work() -> None:
    """Two enumerators of a tambon; with next to no weight for the province each is expected what the other has."""
    k, n = np.array([[8], [2]]), np.array([[10], [10]])
    found = expected(k, n, standing([0, 0]), 1e-6)
    assert found.share == pytest.approx([0.2, 0.8], abs=1e-4)
    assert (found.peers_k.tolist(), found.peers_n.tolist()) == ([2, 8], [10, 10])
    assert found.basis.tolist() == [TAMBON, TAMBON]


def test_the_kinds_of_households_are_the_own_ones() -> None:
    """The peer has 0 of 10 in small households and 10 of 10 in large ones; who met 1 small and 9 large is expected 0.9."""
    k, n = np.array([[0, 0], [0, 10]]), np.array([[1, 9], [10, 10]])
    assert expected(k, n, standing([0, 0]), 1e-6).share[0] == pytest.approx(0.9, abs=1e-4)


def test_with_too_few_peers_the_next_wider_area_counts() -> None:
    k, n = np.array([[5], [1], [1], [1]]), np.full((4, 1), 10)
    found = expected(k, n, standing([0, 1, 1, 1], least=2), 1e-6)
    assert found.basis.tolist() == [DISTRICT, TAMBON, TAMBON, TAMBON]
    assert found.share[0] == pytest.approx(0.1, abs=1e-3)
    assert expected(k, n, standing([0, 1, 1, 1], least=4), 1.0).basis.tolist() == [NOBODY] * 4


def test_odd_ones_do_not_count_as_peers_and_customs_stay_at_home() -> None:
    k, n = np.array([[10], [0], [0], [9]]), np.full((4, 1), 10)
    aside = standing([0, 0, 0, 1], counts_as=np.array([0.0, 1, 1, 1]), is_apart=np.array([False, False, False, True]))
    assert expected(k, n, aside, 1e-6).share[1] == pytest.approx(0.0, abs=0.03)
    assert expected(k, n, aside, 1e-6).peers_k[1] == 10


def test_what_a_quarter_of_the_peers_do_is_the_custom_of_the_place() -> None:
    own = np.array([0.9, 0.9, 0.8, 0.0, 0.0, 0.0, 0.9, 0.1, 0.1])
    tambon = np.array([0] * 6 + [1] * 3)
    least = custom(own, tambon, np.ones(9, dtype=bool), alike_percent=75, custom_percent=25)
    assert least[:2].tolist() == [0.5, 0.5]  # 2 of 5 peers do the same: third of six
    assert least[6] == 0
