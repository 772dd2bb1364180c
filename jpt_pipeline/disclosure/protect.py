"""Complementary cells (การปกปิดเสริม): hide as few further figures as needed until every sensitive one can move enough.

Put here: the choice for one category over all areas. Keep out: which figures are sensitive, and why (layers.py).

A sensitive figure is protected when moves through hidden figures raise and lower it, together by at least the width
that is asked for: each move is a solution that an attacker cannot rule out. Moves stay valid when more is hidden.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from jpt_pipeline.disclosure.geography import Bools, Geography, Ints
from jpt_pipeline.disclosure.network import Move, Network

LEAST_COST = 16  # as much as a figure of one more digit


class NotProtected(ValueError):
    """A sensitive figure cannot be protected by hiding others: names category, level and area, no figure."""


@dataclass
class Layer:
    """One category: arrays over the areas of a geography.

    `down` and `up`: by how much each figure can fall and rise when it is hidden, as part of another one's move.
    `own_up`: by how much it can rise in its own move. `rises`: sensitive figures that must be able to rise by the whole
    width. `cost`: what hiding a figure costs readers. `hidden` is what `protect` adds to.
    """

    name: str
    geography: Geography
    down: Ints
    up: Ints
    own_up: Ints
    value: Ints
    cost: Ints
    hidden: Bools
    sensitive: Bools
    rises: Bools

    @property
    def inputs(self) -> tuple[Ints | Bools, ...]:
        """All that what is hidden follows from, beside the geography."""
        return (self.down, self.up, self.own_up, self.value, self.cost, self.hidden, self.sensitive, self.rises)

    def network(self) -> Network:
        """The search graph as things stand."""
        cost = np.where(self.hidden, 0, self.cost)
        return Network(self.geography, self.down.tolist(), self.up.tolist(), cost.tolist())


def cost_of(size: Ints, hidden: Bools) -> Ints:
    """What hiding a figure costs: more than nothing, and the square of the binary digits of what it counts, so that the
    figures of large areas are hidden last; nothing where it is hidden anyway."""
    digits = np.frexp(size.astype(np.float64))[1].astype(np.int64)
    return np.where(hidden, 0, LEAST_COST + digits**2)


def hide_partners(layer: Layer, width_n: int) -> Bools:
    """Let figures of lowest areas trade with others of the same crossing: all groups at once.

    Hides for each group at most one more figure, the cheapest that protects all of its sensitive ones.
    Returns which sensitive figures are protected now.
    """
    geography = layer.geography
    leaves, group = geography.leaves, geography.crossing
    protected = np.zeros(len(geography), bool)
    if not len(leaves) or not layer.sensitive[leaves].any():
        return protected
    groups_n = int(group.max()) + 1
    down, up, value, own_up = (a[leaves] for a in (layer.down, layer.up, layer.value, layer.own_up))
    sensitive, rises, cost = (a[leaves] for a in (layer.sensitive, layer.rises, layer.cost))

    def others(mass: Ints) -> Ints:
        """By how much the hidden figures of a group can move in all, without the figure itself."""
        own = np.where(layer.hidden[leaves], np.minimum(mass, width_n), 0)
        return np.bincount(group, own, groups_n).astype(np.int64)[group] - own

    def lacking(fall: Ints, rise: Ints) -> Bools:
        moves = np.minimum(own_up, fall) + np.where(rises, 0, np.minimum(value, rise))
        return np.logical_and(sensitive, moves < width_n)

    fall, rise = others(down), others(up)
    open_ = lacking(fall, rise)
    falls_by = np.where(rises, 0, np.minimum(value, width_n))
    need_down, need_up = np.zeros(groups_n, np.int64), np.zeros(groups_n, np.int64)
    np.maximum.at(need_down, group[open_], (width_n - falls_by - fall)[open_])
    np.maximum.at(need_up, group[open_], (falls_by - rise)[open_])
    wanted = np.bincount(group, open_, groups_n)[group] > 0
    fits = wanted & ~layer.hidden[leaves] & (down >= need_down[group]) & (up >= need_up[group])
    candidates = np.flatnonzero(fits)
    order = candidates[np.lexsort((candidates, cost[candidates], group[candidates]))]
    chosen = order[np.unique(group[order], return_index=True)[1]]
    layer.hidden[leaves[chosen]] = True
    protected[leaves] = sensitive & ~lacking(others(down), others(up))
    return protected


def protect(layer: Layer, width_n: int, slack: Callable[[int], Mapping[int, int]] | None = None) -> None:
    """Hide further figures until every sensitive one can move by `width_n` in all, or rise by it where it must.

    Args:
        layer: sensitive figures must be hidden in it.
        slack: by how much further figures can rise in the move of a given one that `rises`.

    Raises:
        NotProtected: a figure cannot move so far even with everything hidden.
    """
    protected = hide_partners(layer, width_n)
    left = np.flatnonzero(layer.sensitive & ~protected)
    if len(left):
        _Repair(layer, width_n, slack).run(left.tolist())


def search(
    layer: Layer, areas: list[int], width_n: int, slack: Callable[[int], Mapping[int, int]] | None = None
) -> list[int]:
    """Protect single figures by moves through the whole geography, as `protect`; returns those that could not be."""
    return _Repair(layer, width_n, slack).attempt(areas)


class _Repair:
    """Figure by figure from the top down: what one needs is hidden for the next."""

    def __init__(self, layer: Layer, width_n: int, slack: Callable[[int], Mapping[int, int]] | None) -> None:
        self.layer, self.width_n, self.slack = layer, width_n, slack
        self.network = layer.network()
        self.raised: dict[int, int] = {}
        self.lowered: dict[int, int] = {}

    def run(self, areas: list[int]) -> None:
        if failed := self.attempt(areas):
            at = self.layer.geography
            raise NotProtected(f"{self.layer.name}: {at.level[failed[0]]} {at.code[failed[0]]}")

    def attempt(self, areas: list[int]) -> list[int]:
        return [area for area in areas if not self._secure(area)]

    def _secure(self, area: int) -> bool:
        must_rise = bool(self.layer.rises[area])
        most = 0 if must_rise else min(int(self.layer.value[area]), self.width_n)
        more = self.slack(area) if self.slack else {}
        if max(self.raised.get(area, 0), 0) + self.lowered.get(area, 0) * (not must_rise) >= self.width_n:
            return True
        for fall_n in range(most, -1, -1):
            rise_n = self.width_n - fall_n
            moves = []
            if rise_n > self.raised.get(area, 0):
                moves.append(self.network.move(area, 1, rise_n, int(self.layer.own_up[area]), more))
            if fall_n > self.lowered.get(area, 0):
                moves.append(self.network.move(area, -1, fall_n, int(self.layer.value[area])))
            if None not in moves:
                for move in moves:
                    self._hide(move or {})
                return True
        return False

    def _hide(self, move: Move) -> None:
        for area, moved in move.items():
            if moved:
                self.layer.hidden[area] = True
                self.network.cost[area] = 0
                known = self.raised if moved > 0 else self.lowered
                known[area] = max(known.get(area, 0), abs(moved))
