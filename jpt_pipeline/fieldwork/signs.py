"""What carries a sign: for each sign of data/fieldwork/evidence.yaml, which things of a household are looked at.

Put here: one function per sign, from visits and answers to marks. Keep out: thresholds and words (the file), whether a
share is unusual (peers.py, chance.py). A sign looks one way only: passing more, rounding more, being faster; to find more
poor people than the neighbours is never a sign.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from jpt_pipeline.fieldwork.chance import Flags, Floats, Ints
from jpt_pipeline.fieldwork.coding import Answers, classes_of
from jpt_pipeline.fieldwork.spec import Signs
from jpt_pipeline.fieldwork.visits import Visits

Marks = Iterator[tuple[Flags, Flags]]
"""Per class of things: which households have such a thing, and in which of them it carries the sign."""


@dataclass(frozen=True)
class Tally:
    """Things counted: per enumerator and class (k with the sign of n), and the share with the sign per household."""

    k: Ints
    n: Ints
    households: Floats


def tally(visits: Visits, marks: Marks) -> Tally:
    """Count the marks of a sign. Shapes: (enumerators, classes), (households,)."""
    workers = len(visits.workers)
    k, n = [], []
    hits, asked_n = np.zeros(len(visits)), np.zeros(len(visits))
    for asked, hit in marks:
        hit = hit & asked
        n.append(np.bincount(visits.worker[asked], minlength=workers))
        k.append(np.bincount(visits.worker[hit], minlength=workers))
        hits += hit
        asked_n += asked
    empty = [np.zeros(workers, dtype=np.int64)]
    return Tally(np.stack(k or empty, axis=1), np.stack(n or empty, axis=1), hits / np.maximum(asked_n, 1))


def short_gap(visits: Visits, answers: Answers, signs: Signs) -> Marks:
    yield visits.gap_seconds >= signs.short_gap.at_once_seconds, visits.gap_seconds < signs.short_gap.seconds


def night(visits: Visits, answers: Answers, signs: Signs) -> Marks:
    late, early = visits.minute >= signs.night.from_minute, visits.minute < signs.night.to_minute
    yield _all(visits), late | early


def twin(visits: Visits, answers: Answers, signs: Signs) -> Marks:
    """Both households of a pair are marked; pairs are at most `neighbours` apart, so that much work is no disadvantage."""
    marked = np.zeros(len(visits), dtype=bool)
    for distance in range(1, min(signs.twin.neighbours, len(visits) - 1) + 1):
        same = visits.worker[distance:] == visits.worker[:-distance]
        if not same.any():
            break
        pairs = same & (answers.alike(distance)[:-distance] * 100 >= signs.twin.percent)
        marked[:-distance] |= pairs
        marked[distance:] |= pairs
    yield _all(visits), marked


def same_members(visits: Visits, answers: Answers, signs: Signs) -> Marks:
    """By number of persons: the larger a household, the less it is alike by chance."""
    order = np.lexsort((visits.members, visits.worker))
    worker, members = visits.worker[order], visits.members[order]
    equal = (worker[1:] == worker[:-1]) & (members[1:] == members[:-1])
    marked = np.zeros(len(visits), dtype=bool)
    marked[order[1:][equal]] = marked[order[:-1][equal]] = True
    for group in classes_of(np.minimum(visits.persons_n, 2 * signs.same_members.least_persons)):
        if visits.persons_n[group].min() >= signs.same_members.least_persons:
            yield group, marked


def round_amounts(visits: Visits, answers: Answers, signs: Signs) -> Marks:
    """By question and size of the amount: what is round depends on it."""
    for question in answers.questions:
        least = 1
        for below, step in signs.round_amounts.steps:
            of_size = (question.baht >= least) & (question.baht < below)
            if step and of_size.any():
                yield of_size[question.codes], (question.baht % step == 0)[question.codes]
            least = below


def last_year(visits: Visits, answers: Answers, signs: Signs) -> Marks:
    known = ~np.isnan(answers.to_last_year)
    yield known, np.nan_to_num(answers.to_last_year) * 100 >= signs.last_year.percent


def all_passed(visits: Visits, answers: Answers, signs: Signs) -> Marks:
    """By number of applicable indicators: a household with more of them passes all more rarely."""
    judged = (visits.applicable_n > 0) & (visits.incomplete_n == 0)
    for group in classes_of(visits.applicable_n):
        yield group & judged, visits.failed_n == 0


def usual_answers(visits: Visits, answers: Answers, signs: Signs) -> Marks:
    """By question: given answers, but amounts, that are the most frequent one."""
    for question in answers.questions:
        if question.answer.kind != "money_baht" and len(question.bits) > 2:
            yield question.codes > 0, question.codes == question.usual


def evidence_missing(visits: Visits, answers: Answers, signs: Signs) -> Marks:
    yield _all(visits), visits.evidence_missing


def incomplete(visits: Visits, answers: Answers, signs: Signs) -> Marks:
    yield _all(visits), visits.incomplete_n > 0


def _all(visits: Visits) -> Flags:
    return np.ones(len(visits), dtype=bool)


MARKED: dict[str, Callable[[Visits, Answers, Signs], Marks]] = {
    "short_gap": short_gap,
    "night": night,
    "twin": twin,
    "same_members": same_members,
    "round_amounts": round_amounts,
    "last_year": last_year,
    "all_passed": all_passed,
    "usual_answers": usual_answers,
    "evidence_missing": evidence_missing,
    "incomplete": incomplete,
}
