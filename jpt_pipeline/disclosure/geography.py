"""The areas of one stream as equations: which figures add up to which, in both hierarchies.

Put here: positions of areas and the graph that their equations make. Keep out: figures.

Two hierarchies cross below the district: a village lies in a tambon and in a LAO. Seen as a graph the equations of a
district are the nodes and its areas the edges: a tambon runs from the district's first root to its own node, a village
from the node of its tambon to that of its LAO, a LAO from its node to the district's second root. A figure can move by
t without moving a printed total exactly where its edge closes a cycle. Above the district the areas are a plain tree.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from jpt_pipeline.areas.levels import Level, load_levels

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
# (neighbour, area, sign): walking there raises (1) or lowers (-1) the area's figure
Step = tuple[int, int, int]


class BadGeography(ValueError):
    """An area lacks the one it lies in: the register is not the one of the results."""


@dataclass(frozen=True)
class Shape:
    """Levels by their part in the equations: `leaf` lies in one `left` and one `right`, both lie in one `joint`."""

    leaf: str
    left: str
    right: str
    joint: str
    above: tuple[str, ...]

    @property
    def downwards(self) -> tuple[str, ...]:
        """All levels from the top."""
        return (*reversed(self.above), self.joint, self.left, self.right, self.leaf)


def load_shape(levels: tuple[Level, ...] | None = None) -> Shape:
    """The shape of data/areas/levels.yaml.

    Raises:
        ValueError: not two hierarchies that cross between the lowest level and the second one above it.
    """
    by_name = {level.level: level for level in levels or load_levels()}
    chain = [next(iter(by_name))]
    while parent := by_name[chain[-1]].parent:
        chain.append(parent)
    side = [level for level in by_name.values() if level.level not in chain]
    if len(chain) < 3 or len(side) != 1 or side[0].parent != chain[2]:
        raise ValueError("disclosure needs two hierarchies that cross below one level: data/areas/levels.yaml")
    return Shape(chain[0], side[0].level, chain[1], chain[2], tuple(chain[3:]))


@dataclass
class Geography:
    """Areas from the top down, by level and code; all other arrays and lists run over these positions.

    `left` and `right` hold the positions of the two areas that a lowest area lies in, `parent` that of the area above
    (for a lowest area: its right one), -1 where there is none.
    """

    shape: Shape
    level: list[str]
    code: list[str]
    parent: Ints
    left: Ints
    right: Ints
    position: dict[tuple[str, str], int] = field(repr=False)

    def __len__(self) -> int:
        return len(self.code)

    def at(self, levels: Iterable[str]) -> Bools:
        """Which areas are of these levels."""
        wanted = set(levels)
        return np.fromiter((level in wanted for level in self.level), bool, len(self))

    @cached_property
    def leaves(self) -> Ints:
        """Positions of the lowest areas."""
        return np.flatnonzero(self.at([self.shape.leaf]))

    @cached_property
    def crossing(self) -> Ints:
        """Number of the (left, right) pair of each lowest area, in the order of `leaves`: those of a pair can trade."""
        keys = self.left[self.leaves] * len(self) + self.right[self.leaves]
        numbers: Ints = np.unique(keys, return_inverse=True)[1].astype(np.int64)
        return numbers

    @cached_property
    def children(self) -> list[list[int]]:
        """Areas right below an area above the crossing, by position."""
        found: list[list[int]] = [[] for _ in self.code]
        inner = {self.shape.leaf, self.shape.left, self.shape.right}
        for area, parent in enumerate(self.parent.tolist()):
            if parent >= 0 and self.level[area] not in inner:
                found[parent].append(area)
        return found

    def joint_of(self, area: int) -> int:
        """The area above the crossing that an area of the crossing lies in."""
        while self.level[area] != self.shape.joint:
            area = int(self.parent[area])
        return area

    def ends(self, area: int) -> tuple[int, int] | None:
        """Nodes between which an area of the crossing runs; None for the areas above it. Roots: joint, n + joint."""
        level = self.level[area]
        if level == self.shape.leaf:
            return int(self.left[area]), int(self.right[area])
        if level == self.shape.left:
            return int(self.parent[area]), area
        return (area, len(self) + int(self.parent[area])) if level == self.shape.right else None

    def roots(self, joint: int) -> tuple[int, int]:
        """First and second root of a joint area: its left areas begin at one, its right areas end at the other."""
        return joint, len(self) + joint

    @cached_property
    def steps(self) -> list[list[Step]]:
        """For each node the steps that lead on from it."""
        found: list[list[Step]] = [[] for _ in range(2 * len(self))]
        for area in range(len(self)):
            if ends := self.ends(area):
                found[ends[0]].append((ends[1], area, 1))
                found[ends[1]].append((ends[0], area, -1))
        return found


def make_geography(
    areas: Iterable[tuple[str, str, str | None]], lefts: dict[str, str], shape: Shape | None = None
) -> Geography:
    """The geography of a stream.

    Args:
        areas: (level, area_code, code of the area above) of every area, as rollups__areas has them.
        lefts: code of a lowest area -> code of the left area (tambon) that it lies in.

    Raises:
        BadGeography: an area names one above, or a lowest area a left one, that is not there.
    """
    shape = shape or load_shape()
    order = {level: place for place, level in enumerate(shape.downwards)}
    rows = sorted(areas, key=lambda row: (order[row[0]], row[1]))
    position = {(level, code): number for number, (level, code, _) in enumerate(rows)}
    chain = [shape.leaf, shape.right, shape.joint, *shape.above]
    above = dict(pairwise(chain)) | {shape.left: shape.joint}
    parent, left, right = (np.full(len(rows), -1, np.int64) for _ in range(3))
    for number, (level, code, parent_code) in enumerate(rows):
        try:
            if level in above:
                parent[number] = position[above[level], str(parent_code)]
            if level == shape.leaf:
                left[number], right[number] = position[shape.left, lefts[code]], parent[number]
        except KeyError as error:
            raise BadGeography(f"{level} {code} lies in no known area: {error}") from None
    return Geography(shape, [row[0] for row in rows], [row[1] for row in rows], parent, left, right, position)
