"""How a hidden figure can move while every printed one stays: the cheapest way round through the equations.

Put here: the search for one such move. Keep out: which figures must be able to move, and by how much (protect.py).
"""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass

from jpt_pipeline.disclosure.geography import Geography

# By how much each area's figure moves; a move keeps every equation of the geography.
Move = dict[int, int]
_HOP = 64  # costs are counted in 1/64, so that of two ways of the same cost the one with fewer figures is taken
_Way = tuple[int, list[tuple[int, int]]]  # cost, [(area, sign)]


@dataclass
class Network:
    """Figures of one category: by how much each can fall and rise by itself, and what it costs to hide it (0: hidden)."""

    geography: Geography
    down: list[int]
    up: list[int]
    cost: list[int]

    def move(self, area: int, sign: int, amount: int, own_n: int, more: Mapping[int, int] | None = None) -> Move | None:
        """A cheap move that raises (1) or lowers (-1) one figure by an amount; None where there is none.

        In one way for the whole amount, or one by one, whichever hides less. Costs are not changed.

        Args:
            own_n: by how much the figure itself can move that way.
            more: by how much further other figures can rise meanwhile.
        """
        if amount > own_n:
            return None
        whole = _Search(self, area, more or {}, {})
        found = whole.extend(area, sign, amount)
        if found and (amount == 1 or whole.cost < _HOP):
            return whole.moved
        single = _Search(self, area, more or {}, {})
        for _ in range(amount if amount > 1 else 0):
            if not single.extend(area, sign, 1) or (found and single.cost >= whole.cost):
                return whole.moved if found else None
        return single.moved if amount > 1 else None


@dataclass
class _Search:
    network: Network
    start: int
    more: Mapping[int, int]
    moved: Move
    cost: int = 0

    def extend(self, area: int, sign: int, amount: int) -> bool:
        """Add a way round of this amount to the move."""
        way = self._round(area, sign, amount)
        if way is None:
            return False
        self.cost += way[0]
        for step, direction in [(area, sign), *way[1]]:
            self.moved[step] = self.moved.get(step, 0) + direction * amount
        return True

    def _price(self, area: int, sign: int, amount: int) -> int | None:
        """Cost of moving a figure on; None where it cannot move so far, or is the one that the way is for."""
        if area == self.start:
            return None
        moved = self.moved.get(area, 0)
        if sign > 0:
            if moved + amount > self.network.up[area] + self.more.get(area, 0):
                return None
        elif amount - moved > self.network.down[area]:
            return None
        return 1 if moved else self.network.cost[area] * _HOP + 1

    def _round(self, area: int, sign: int, amount: int) -> _Way | None:
        """What else moves when an area moves: the rest of a cycle in the crossing, or a trade between areas above it."""
        geography = self.network.geography
        ends = geography.ends(area)
        if ends is None:
            below, beside = self._below(area, sign, amount), self._beside(area, sign, amount)
            return (below[0] + beside[0], below[1] + beside[1]) if below and beside else None
        source, target = (ends[1], ends[0]) if sign > 0 else ends
        if inner := self._path(source, target, amount):
            return inner
        return self._path(source, target, amount, self._outside(geography.joint_of(area), amount))

    def _outside(self, joint: int, amount: int) -> dict[int, tuple[int, int, _Way]]:
        """Steps from root to root outside the crossing: the joint area moves, and an area beside or above it."""
        first, second = self.network.geography.roots(joint)
        found = {}
        for sign, source, target in ((1, second, first), (-1, first, second)):
            price = self._price(joint, sign, amount)
            beside = self._beside(joint, sign, amount) if price is not None else None
            if price is not None and beside is not None:
                found[source] = (target, price + beside[0], (0, [(joint, sign), *beside[1]]))
        return found

    def _below(self, area: int, sign: int, amount: int) -> _Way | None:
        """The areas within an area that move with it."""
        geography = self.network.geography
        if geography.level[area] == geography.shape.joint:
            first, second = geography.roots(area)
            return self._path(first, second, amount) if sign > 0 else self._path(second, first, amount)
        return self._cheapest(geography.children[area], sign, amount)

    def _beside(self, area: int, sign: int, amount: int) -> _Way | None:
        """What keeps the sum above an area: another area in it moves the other way, else that sum moves as well."""
        geography = self.network.geography
        parent = int(geography.parent[area])
        if parent < 0:
            return 0, []
        others = [other for other in geography.children[parent] if other != area]
        if found := self._cheapest(others, -sign, amount):
            return found
        price = self._price(parent, sign, amount)
        beside = self._beside(parent, sign, amount) if price is not None else None
        return (price + beside[0], [(parent, sign), *beside[1]]) if price is not None and beside else None

    def _cheapest(self, areas: list[int], sign: int, amount: int) -> _Way | None:
        """The cheapest of these areas that can move with something below it."""
        priced = [(price, area) for area in areas if (price := self._price(area, sign, amount)) is not None]
        best: _Way | None = None
        for price, area in sorted(priced):
            if best and price >= best[0]:
                break
            below = self._below(area, sign, amount)
            if below and (best is None or price + below[0] < best[0]):
                best = price + below[0], [(area, sign), *below[1]]
        return best

    def _path(
        self, source: int, target: int, amount: int, outside: Mapping[int, tuple[int, int, _Way]] | None = None
    ) -> _Way | None:
        """The cheapest way between two nodes of a crossing (Dijkstra)."""
        steps = self.network.geography.steps
        settled: set[int] = set()
        reached: dict[int, tuple[int, int, list[tuple[int, int]]]] = {source: (0, source, [])}
        queue = [(0, source)]
        while queue:
            cost, node = heapq.heappop(queue)
            if node in settled:
                continue
            if node == target:
                return cost, _steps_back(reached, source, target)
            settled.add(node)
            onward: list[tuple[int, int, list[tuple[int, int]]]] = []
            for other, area, sign in steps[node]:
                price = None if other in settled else self._price(area, sign, amount)
                if price is not None:
                    onward.append((other, price, [(area, sign)]))
            if outside and node in outside:
                other, price, way = outside[node]
                onward.append((other, price, way[1]))
            for other, price, moved in onward:
                if other not in reached or cost + price < reached[other][0]:
                    reached[other] = (cost + price, node, moved)
                    heapq.heappush(queue, (cost + price, other))
        return None


def _steps_back(
    reached: Mapping[int, tuple[int, int, list[tuple[int, int]]]], source: int, target: int
) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    while target != source:
        _, target, moved = reached[target]
        found += moved
    return found
