"""The answer sheet of a batch of households, filled step by step in the field app's value encodings.

Put here: how a kind of question is stored, and the state that later questions ask for (leading field and count).
Keep out: which question is of which kind (data/synthetic/*.yaml) and how it is drawn (answers.py).
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jpt_pipeline.synthetic.draw import Flags, Floats, Ints, labels
from jpt_pipeline.synthetic.steps import Conditions

UNSET = -1


class Sheet:
    """Answers of n households: a text column per code, with its leading field and its count (0 when there is none)."""

    def __init__(self, score: Floats, rosters: dict[str, Ints]):
        self.score = score
        self.n = len(score)
        self.numbers: dict[str, Ints] = dict(rosters)
        self.leads: dict[str, Ints] = {}
        self.columns: dict[str, pa.Array] = {}

    def everyone(self) -> Flags:
        return np.ones(self.n, dtype=bool)

    def asked(self, when: Conditions, unless: Conditions) -> Flags:
        """Households that a question is put to: any condition of `when` holds and none of `unless`."""
        mask = ~self._any(unless) if unless else self.everyone()
        return mask & self._any(when) if when else mask

    def _any(self, conditions: Conditions) -> Flags:
        mask = np.zeros(self.n, dtype=bool)
        for name, value in conditions.items():
            mask |= self.numbers[name] > 0 if value == "some" else self.leads[name] == int(value)
        return mask

    def total(self, names: Sequence[str]) -> Ints:
        """Sum of counts per household; a name with a leading minus is subtracted."""
        total = np.zeros(self.n, dtype=np.int64)
        for name in names:
            total += -self.numbers[name[1:]] if name.startswith("-") else self.numbers[name]
        return total

    def put(self, code: str, column: pa.Array, leads: Ints, numbers: Ints | None = None) -> None:
        """Store a column of texts with its leading fields (-1 unset) and counts."""
        self.columns[code] = column
        self.leads[code] = leads
        self.numbers[code] = np.zeros(self.n, dtype=np.int64) if numbers is None else numbers

    def put_plain(self, code: str, asked: Flags, leads: Ints) -> None:
        """A single digit."""
        leads = np.where(asked, leads, UNSET)
        self.put(code, labels(leads, [str(digit) for digit in range(10)]), leads)

    def put_number(self, code: str, asked: Flags, numbers: Ints, *, with_number: int, alone: int | None) -> None:
        """`with_number`,N where N > 0; else the digit `alone`, or nothing when there is no such digit."""
        numbers = np.where(asked, numbers, 0)
        rest = UNSET if alone is None else 0
        positions = np.where(asked, np.where(numbers > 0, numbers, rest), UNSET)
        vocabulary = [str(alone), *(f"{with_number},{count}" for count in range(1, int(numbers.max(initial=0)) + 1))]
        no_count = UNSET if alone is None else alone
        leads = np.where(asked, np.where(numbers > 0, with_number, no_count), UNSET)
        self.put(code, labels(positions, vocabulary), leads, numbers)

    def put_text(self, code: str, positions: Ints, vocabulary: list[str], numbers: Ints | None = None) -> None:
        """Texts by position (-1 unset); the leading field is their first character."""
        leads = np.array([int(text[0]) for text in vocabulary] + [UNSET])[positions]
        self.put(code, labels(positions, vocabulary), leads, numbers)

    def put_joined(self, code: str, asked: Flags, has: Flags, lead: int, parts: Sequence[Ints], rest: int) -> None:
        """`lead`,part,part … where `has`, elsewhere the digit `rest`; the count is the first part."""
        written = pc.binary_join_element_wise(
            pa.scalar(str(lead)), *(pa.array(part).cast(pa.string()) for part in parts), ","
        )
        column = pc.if_else(pa.array(has & asked), written, pa.scalar(str(rest)))
        column = pc.if_else(pa.array(asked), column, pa.scalar(None, pa.string()))
        leads = np.where(asked, np.where(has, lead, rest), UNSET)
        self.put(code, column, leads, np.where(has & asked, parts[0], 0))

    def put_baht(self, code: str, amounts: Ints, given: Flags) -> None:
        """A plain amount where given."""
        column = pc.if_else(pa.array(given), pa.array(amounts).cast(pa.string()), pa.scalar(None, pa.string()))
        self.put(code, column, np.where(given, 0, UNSET), np.where(given, amounts, 0))
