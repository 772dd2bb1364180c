"""What is to be hidden of a stream's figures, and what is so far.

Put here: the task that all kinds of figures share, and the units in which cells are chosen. Keep out: which figures move
together (layers.py), and the search for moves (protect.py, network.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from jpt_pipeline.disclosure.figures import Figures, Measure
from jpt_pipeline.disclosure.geography import Bools, Geography, Ints
from jpt_pipeline.disclosure.network import Network
from jpt_pipeline.disclosure.policy import Policy
from jpt_pipeline.disclosure.protect import Layer, protect

# Why a cell is hidden, weakest first; a cell with several reasons has the strongest.
REASONS = ("", "complement", "difference", "whole", "small")
COMPLEMENT, DIFFERENCE, WHOLE, SMALL = range(1, len(REASONS))
Reasons = npt.NDArray[np.int8]


@dataclass
class Task:
    """The figures of a stream, what moved since earlier editions, and the cells hidden so far (reason by measure)."""

    policy: Policy
    geography: Geography
    figures: Figures
    moved: Mapping[Measure, Bools]
    hidden: dict[Measure, Reasons] = field(default_factory=dict)
    rows: Layer | None = None

    def values(self, table: str, measure: str) -> Ints:
        return self.figures.values[table, measure]

    def changed(self, table: str, measure: str) -> Bools:
        """Cells of a measure that moved by too little since an earlier edition."""
        moved = self.moved.get((table, measure))
        return np.zeros(self.values(table, measure).shape, bool) if moved is None else moved

    def small(self, values: Ints) -> Bools:
        return (values > 0) & (values < self.policy.threshold_n)

    def closed(self, levels: tuple[str, ...]) -> Bools:
        """Areas of levels at which a table is not printed: hidden for nothing, yet not to be computed either."""
        return ~self.geography.at(levels)

    def note(self, table: str, measure: str, category: int, hidden: Bools, whole: Bools | None = None) -> None:
        """Hidden cells of a category, each with its own reason."""
        values = self.values(table, measure)
        kept = self.hidden.setdefault((table, measure), np.zeros(values.shape, np.int8))
        reason = np.where(self.small(values[category]), SMALL, COMPLEMENT)
        if whole is not None:
            reason = np.where(whole & (reason != SMALL), WHOLE, reason)
        reason = np.where(self.changed(table, measure)[category] & (reason == COMPLEMENT), DIFFERENCE, reason)
        kept[category] = np.where(hidden, reason, kept[category])

    def protect(self, layer: Layer, slack: Callable[[int], Mapping[int, int]] | None = None) -> None:
        if layer.sensitive.any():
            protect(layer, self.policy.protection_n, slack)


@dataclass(frozen=True)
class Unit:
    """Cells that are chosen by themselves: `solve` adds them to the task, and looks at nothing but `inputs`.

    They are those of a table, of one measure and of one category of it, unless that is None: then of all.
    """

    table: str
    measure: str | None
    category: int | None
    inputs: tuple[Ints | Bools, ...] = field(repr=False)
    solve: Callable[[], None] = field(repr=False)


@dataclass
class Slack:
    """By how much further parts can rise in the move of a figure whose whole is hidden: as far as that whole rises."""

    layer: Layer
    width_n: int
    where: Bools

    @cached_property
    def network(self) -> Network:
        return self.layer.network()

    def __call__(self, area: int) -> Mapping[int, int]:
        if not self.where[area]:
            return {}
        move = self.network.move(area, 1, self.width_n, self.width_n) or {}
        return {place: moved for place, moved in move.items() if moved > 0}
