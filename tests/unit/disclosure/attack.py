"""The attacker: from all that a public edition prints, the interval of a hidden figure by linear programming.

Knows every equation of the tables and that no figure is negative; shares no code with what hides the cells.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

INDICATORS, POPULATION = "rollups__indicators", "rollups__population"
ECONOMY, COVERAGE = "rollups__economy", "rollups__coverage"
PARENTS = (("village", "tambon"), ("village", "lao"), ("tambon", "district"), ("lao", "district"))
PARENTS += (("district", "province"), ("province", "nation"))
INCOME = ("income_main_baht", "income_second_baht", "income_other_baht", "income_own_produce_baht")
EXPENSE = ("expense_production_baht", "expense_necessary_baht", "expense_unnecessary_baht", "expense_debt_baht")
# level, area, measure, category
Cell = tuple[str, str, str, str]
Equation = list[tuple[Cell, float]]


@dataclass
class Attack:
    """Equations between cells, and the cells that are printed; all others are unknown, at least 0."""

    equations: list[Equation]
    printed: dict[Cell, float]
    unknown: dict[Cell, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows, columns, factors, right = [], [], [], []
        for equation in self.equations:
            known = sum(factor * self.printed[cell] for cell, factor in equation if cell in self.printed)
            open_ = [(cell, factor) for cell, factor in equation if cell not in self.printed]
            if not open_:
                assert known == 0, "the printed figures contradict one another"
                continue
            for cell, factor in open_:
                rows.append(len(right))
                columns.append(self.unknown.setdefault(cell, len(self.unknown)))
                factors.append(factor)
            right.append(-known)
        self.left = csr_matrix((factors, (rows, columns)), (len(right), len(self.unknown)))
        self.right = np.array(right, float)
        # Unknowns that share no equation say nothing about one another.
        links = abs(self.left).T @ abs(self.left)
        self.part = connected_components(links, directed=False)[1] if len(self.unknown) else np.array([], int)

    def interval(self, cell: Cell) -> tuple[float, float]:
        """Least and greatest value that agree with all that is printed."""
        if cell not in self.unknown:
            return 0.0, np.inf
        mine = np.flatnonzero(self.part == self.part[self.unknown[cell]])
        rows = np.flatnonzero(np.diff(self.left[:, mine].indptr))
        left, target = self.left[rows][:, mine], np.zeros(len(mine))
        target[np.searchsorted(mine, self.unknown[cell])] = 1
        ends = []
        for sign in (1, -1):
            found = linprog(sign * target, A_eq=left, b_eq=self.right[rows], method="highs")
            assert found.status in (0, 3), found.message
            ends.append(sign * found.fun if found.status == 0 else np.inf)
        return ends[0], ends[1]


def cells(frame: pd.DataFrame, measures: Iterable[str], category: Iterable[str] = ()) -> dict[Cell, float]:
    """Figures of a frame by cell; hidden ones (NA) are left out."""
    found: dict[Cell, float] = {}
    columns = list(category)
    for row in frame.to_dict("records"):
        for measure in measures:
            if not pd.isna(row[measure]):
                name = "|".join(str(row[column]) for column in columns)
                found[row["level"], row["area_code"], measure, name] = float(row[measure])
    return found


def geography(areas: pd.DataFrame, tambons: dict[str, str]) -> dict[tuple[str, str, str], list[str]]:
    """(level below, level above, area above) -> areas below."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for row in areas.to_dict("records"):
        for below, above in PARENTS:
            if row["level"] == below:
                code = tambons[row["area_code"]] if above == "tambon" else row["parent_code"]
                found.setdefault((below, above, code), []).append(row["area_code"])
    return found


def sums(tree: dict[tuple[str, str, str], list[str]], measures: Iterable[str], names: Iterable[str]) -> list[Equation]:
    """Parent = sum of its children, for every measure and category."""
    found: list[Equation] = []
    for name in names:
        for measure in measures:
            for (below, above, code), children in tree.items():
                head: Equation = [((above, code, measure, name), -1.0)]
                found.append(head + [((below, child, measure, name), 1.0) for child in children])
    return found


def within(areas: pd.DataFrame, whole: tuple[str, str], parts: list[tuple[str, str]]) -> list[Equation]:
    """In every area: whole = sum of its parts, each (measure, category)."""
    return [
        [((level, code, *whole), -1.0), *(((level, code, *part), 1.0) for part in parts)]
        for level, code in zip(areas["level"], areas["area_code"], strict=True)
    ]
