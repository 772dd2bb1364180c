"""Drawing the answers of a batch: one function per kind of step of data/synthetic/<questionnaire>.yaml.

Put here: how a kind of question is drawn. Keep out: codes, rates and texts (YAML), encodings (sheet.py).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from jpt_pipeline.synthetic import steps as s
from jpt_pipeline.synthetic.draw import Flags, Floats, Ints, baht, chance, weighted
from jpt_pipeline.synthetic.economy import draw_economy
from jpt_pipeline.synthetic.sheet import UNSET, Sheet
from jpt_pipeline.synthetic.spec import Spec

# Items of one indicator that fail with it, beside the one that surely does.
_ALSO_FAILS = 0.2


class Drawing:
    """What a step needs: the sheet, the random generator and the spec."""

    def __init__(self, spec: Spec, sheet: Sheet, rng: np.random.Generator):
        self.spec, self.sheet, self.rng = spec, sheet, rng

    def fails(self, percent: float, step: s.Step) -> Floats:
        """Chance per household or person; questions of an indicator follow the well-being score."""
        pull = self.spec.wellbeing.pull if step.indicator else 0.0
        return chance(percent, self.sheet.score, pull)

    def happens(self, percent: float, step: s.Step) -> Flags:
        return np.asarray(self.rng.random(self.sheet.n) < self.fails(percent, step))

    def some_of(self, counted: Ints, percent: float, step: s.Step) -> Ints:
        """How many of the counted persons, each with the household's chance."""
        return self.rng.binomial(counted, self.fails(percent, step)).astype(np.int64)

    def amounts(self, model: s.LogNormal) -> Ints:
        return baht(self.rng, model.median, model.sigma, self.sheet.n, self.spec.economy.round_to)

    def parted(self, counted: Ints, weights: list[float]) -> list[Ints]:
        """Counted persons divided among parts at random; the parts add up to the count."""
        left, total, parts = counted.copy(), sum(weights), []
        for weight in weights:
            part = self.rng.binomial(left, min(weight / total, 1.0)) if total > 0 else np.zeros_like(left)
            parts.append(part.astype(np.int64))
            left, total = left - part, total - weight
        return parts


def draw_answers(spec: Spec, sheet: Sheet, rng: np.random.Generator) -> None:
    """Fill the sheet, step by step in the order of the file."""
    drawing = Drawing(spec, sheet, rng)
    for step in spec.answers:
        _STEPS[step.step](drawing, step, sheet.asked(step.when, step.unless))


def _target(d: Drawing, step: s.Target, asked: Flags) -> None:
    d.sheet.put_number(step.code, asked, d.sheet.numbers[step.of], with_number=1, alone=0)


def _all_or_count(d: Drawing, step: s.AllOrCount, asked: Flags) -> None:
    counted = d.sheet.total(step.of)
    failing = d.some_of(counted, step.fail, step)
    d.sheet.put_number(step.code, asked & ((counted > 0) | step.always), failing, with_number=0, alone=1)


def _has_count(d: Drawing, step: s.HasCount, asked: Flags) -> None:
    d.sheet.put_number(step.code, asked, d.some_of(d.sheet.total(step.of), step.share, step), with_number=1, alone=0)


def _count(d: Drawing, step: s.Count, asked: Flags) -> None:
    numbers = d.some_of(d.sheet.total(step.of), step.share, step)
    d.sheet.put_number(step.code, asked, numbers, with_number=1, alone=None)


def _split(d: Drawing, step: s.Split, asked: Flags) -> None:
    counted = np.where(asked, d.sheet.total(step.of), 0)
    parts = d.parted(counted, [*step.parts.values(), step.nobody])
    for code, numbers in zip(step.parts, parts, strict=False):
        if code in step.texts:
            _text_and_count(d, code, step.texts[code], numbers)
        else:
            d.sheet.put_number(code, asked, numbers, with_number=1, alone=None)


def _text_and_count(d: Drawing, code: str, texts: list[str], numbers: Ints) -> None:
    """`1,text,N`."""
    most = max(int(numbers.max(initial=0)), 1)
    vocabulary = [f"1,{text},{count}" for text in texts for count in range(1, most + 1)]
    chosen = d.rng.integers(0, len(texts), d.sheet.n) * most + numbers - 1
    d.sheet.put_text(code, np.where(numbers > 0, chosen, UNSET), vocabulary, numbers)


def _all_or_split(d: Drawing, step: s.AllOrSplit, asked: Flags) -> None:
    counted = np.where(asked, d.sheet.total(step.of), 0)
    failing = d.some_of(counted, step.fail, step)
    d.sheet.put_plain(step.all, (counted > 0) & (failing == 0), np.ones(d.sheet.n, dtype=np.int64))
    for code, numbers in zip(step.parts, d.parted(failing, list(step.parts.values())), strict=True):
        d.sheet.put_number(code, asked, numbers, with_number=1, alone=None)


def _all_or_each(d: Drawing, step: s.AllOrEach, asked: Flags) -> None:
    total = np.zeros(d.sheet.n, dtype=np.int64)
    for code, (roster, percent) in step.parts.items():
        numbers = np.where(asked, d.some_of(d.sheet.numbers[roster], percent, step), 0)
        d.sheet.put_number(code, asked, numbers, with_number=1, alone=None)
        total += numbers
    d.sheet.put_plain(step.all, asked & (total == 0), np.ones(d.sheet.n, dtype=np.int64))


def _items(d: Drawing, step: s.Items, asked: Flags) -> None:
    failing = d.happens(step.fail, step)
    surely = d.rng.integers(0, len(step.codes), d.sheet.n)
    for place, code in enumerate(step.codes):
        bad = failing & ((surely == place) | (d.rng.random(d.sheet.n) < _ALSO_FAILS))
        if code in step.bad:
            d.sheet.put_joined(code, asked, bad, 1, [d.amounts(step.bad[code])], 0)
        else:
            d.sheet.put_plain(code, asked, (bad if code in step.good_zero else ~bad).astype(np.int64))


def _yes_no(d: Drawing, step: s.YesNo, asked: Flags) -> None:
    d.sheet.put_plain(step.code, asked, d.happens(step.share, step).astype(np.int64))


def _ticks(d: Drawing, step: s.Ticks, asked: Flags) -> None:
    nothing = d.happens(step.fail, step) if step.none else np.zeros(d.sheet.n, dtype=bool)
    surely = weighted(d.rng, list(step.parts.values()), d.sheet.n)
    for place, (code, percent) in enumerate(step.parts.items()):
        ticked = d.rng.random(d.sheet.n) * 100 < percent
        ticked = asked & ~nothing & (ticked | ((surely == place) & (not step.optional)))
        _tick(d, step, code, ticked)
    if step.none:
        d.sheet.put_plain(step.none, asked & nothing, np.ones(d.sheet.n, dtype=np.int64))


def _tick(d: Drawing, step: s.Ticks, code: str, ticked: Flags) -> None:
    """`1`, `1,text`, or with amounts `1,baht` and for a refusal `0`."""
    if code in step.texts:
        vocabulary = [f"1,{text}" for text in step.texts[code]]
        chosen = d.rng.integers(0, len(vocabulary), d.sheet.n)
        d.sheet.put_text(code, np.where(ticked, chosen, UNSET), vocabulary)
    elif step.baht:
        given = d.rng.random(d.sheet.n) * 100 >= step.refused
        d.sheet.put_joined(code, ticked, given, 1, [d.amounts(step.baht)], 0)
    else:
        d.sheet.put_plain(code, ticked, np.ones(d.sheet.n, dtype=np.int64))


def _one_of(d: Drawing, step: s.OneOf, asked: Flags) -> None:
    good = ~d.happens(step.fail, step)
    chosen = weighted(d.rng, list(step.parts.values()), d.sheet.n)
    for place, code in enumerate(step.parts):
        d.sheet.put_plain(code, asked & (chosen == place), good.astype(np.int64))


def _choice(d: Drawing, step: s.Choice, asked: Flags) -> None:
    chosen = weighted(d.rng, list(step.values.values()), d.sheet.n)
    d.sheet.put_text(step.code, np.where(asked, chosen, UNSET), list(step.values))


def _number(d: Drawing, step: s.Number, asked: Flags) -> None:
    answered = asked & (d.rng.random(d.sheet.n) * 100 < step.share)
    numbers = d.rng.integers(step.range[0], step.range[1] + 1, d.sheet.n)
    d.sheet.put_number(step.code, answered, numbers, with_number=1, alone=None)


def _money(d: Drawing, step: s.Money, asked: Flags) -> None:
    d.sheet.put_baht(step.code, d.amounts(step.baht), asked)


def _has_baht(d: Drawing, step: s.HasBaht, asked: Flags) -> None:
    d.sheet.put_joined(step.code, asked, d.happens(step.share, step), 1, [d.amounts(step.baht)], 0)


def _enough(d: Drawing, step: s.Enough, asked: Flags) -> None:
    d.sheet.put_joined(step.code, asked, d.happens(step.fail, step), 0, [d.amounts(step.baht)], 1)


def _persons_baht(d: Drawing, step: s.PersonsBaht, asked: Flags) -> None:
    counted = d.sheet.total(step.of)
    has = d.happens(step.share, step) & (counted > 0)
    persons = 1 + d.rng.binomial(np.maximum(counted - 1, 0), 0.2)
    d.sheet.put_joined(step.code, asked, has, 1, [persons, d.amounts(step.baht)], 0)


def _together(d: Drawing, step: s.Together, asked: Flags) -> None:
    d.sheet.put_plain(step.code, asked, (d.sheet.numbers["members"] > 1).astype(np.int64))


def _economy(d: Drawing, step: s.EconomyStep, asked: Flags) -> None:
    draw_economy(d.spec, d.sheet, d.rng)


_STEPS: dict[str, Callable[[Drawing, Any, Flags], None]] = {
    "target": _target,
    "all_or_count": _all_or_count,
    "has_count": _has_count,
    "count": _count,
    "split": _split,
    "all_or_split": _all_or_split,
    "all_or_each": _all_or_each,
    "items": _items,
    "yes_no": _yes_no,
    "ticks": _ticks,
    "one_of": _one_of,
    "choice": _choice,
    "number": _number,
    "money": _money,
    "has_baht": _has_baht,
    "enough": _enough,
    "persons_baht": _persons_baht,
    "together": _together,
    "economy": _economy,
}
