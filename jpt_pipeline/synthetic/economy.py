"""Income and expense of a year: log-normal, tied to the well-being score, divided into parts, rounded as people round.

The totals are the sums of the rounded parts; the average per member is rounded down, as the field app does.
"""

import numpy as np

from jpt_pipeline.synthetic.draw import Flags, Floats, Ints, rounded
from jpt_pipeline.synthetic.sheet import Sheet
from jpt_pipeline.synthetic.spec import Spec


def draw_economy(spec: Spec, sheet: Sheet, rng: np.random.Generator) -> None:
    """Fill the codes of `economy`; baht per household and year."""
    model = spec.economy
    members = sheet.numbers["members"]
    income = _parts(spec, rng, _income(spec, sheet, rng) * members, model.income_codes)
    total = _put(sheet, income)
    sheet.put_baht(model.income_total, total, sheet.everyone())
    sheet.put_baht(model.income_per_member, total // members, sheet.everyone())
    expense = _parts(spec, rng, total * _spent(spec, rng, sheet.n), model.expense_codes)
    expense = _within(expense, total)
    sheet.put_baht(model.expense_total, _put(sheet, expense), sheet.everyone())


def _income(spec: Spec, sheet: Sheet, rng: np.random.Generator) -> Floats:
    """Baht per person and year."""
    model, pull = spec.economy.income_per_person, spec.wellbeing.pull
    noise = rng.standard_normal(sheet.n) * (1 - pull * pull) ** 0.5
    return np.asarray(model.median * np.exp(model.sigma * (pull * sheet.score + noise)))


def _spent(spec: Spec, rng: np.random.Generator, size: int) -> Floats:
    """Expense as a share of income."""
    model = spec.economy.expense_of_income
    share = np.minimum(model.usual * np.exp(model.sigma * rng.standard_normal(size)), 0.97)
    over = rng.random(size) < model.above_income
    return np.where(over, rng.uniform(1.05, 1.3, size), share)


def _parts(
    spec: Spec, rng: np.random.Generator, totals: Floats, weights: dict[str, float]
) -> dict[str, tuple[Ints, Flags]]:
    """Rounded amount and whether it is given, per code; the first part is always given."""
    model = spec.economy
    drawn = np.stack([rng.gamma(model.spread * weight / 10, size=len(totals)) for weight in weights.values()])
    given = rng.random(drawn.shape) >= model.leave_out
    given[0] = True
    drawn = np.where(given, np.maximum(drawn, 1e-6), 0.0)
    amounts = drawn / drawn.sum(axis=0) * totals
    return {code: (np.where(given[place], rounded(amounts[place], model.round_to), 0), given[place])
            for place, code in enumerate(weights)}  # fmt: skip


def _within(parts: dict[str, tuple[Ints, Flags]], income: Ints) -> dict[str, tuple[Ints, Flags]]:
    """Undo what rounding added: outside the few that overspend, the largest part gives way until income covers all."""
    total = sum((amounts for amounts, _ in parts.values()), np.zeros_like(income))
    excess = np.where((total > income) & (total < income * 1.02), total - income, 0)
    largest = np.argmax(np.stack([amounts for amounts, _ in parts.values()]), axis=0)
    return {code: (np.maximum(amounts - np.where(largest == place, excess, 0), 0), given)
            for place, (code, (amounts, given)) in enumerate(parts.items())}  # fmt: skip


def _put(sheet: Sheet, parts: dict[str, tuple[Ints, Flags]]) -> Ints:
    total = np.zeros(sheet.n, dtype=np.int64)
    for code, (amounts, given) in parts.items():
        sheet.put_baht(code, amounts, given)
        total += amounts
    return total
