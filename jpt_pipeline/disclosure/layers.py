"""What the policy hides of one round's figures: sensitive cells first, then what protects them.

Put here: which figures move together, so that every sum that is printed stays true (proof in docs/disclosure.md).
Keep out: the search for such moves (protect.py, network.py), and reading or writing files.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from jpt_pipeline.disclosure.apart import WORTH_AREAS, solve_apart
from jpt_pipeline.disclosure.figures import Measure
from jpt_pipeline.disclosure.geography import Bools, Ints
from jpt_pipeline.disclosure.protect import Layer, NotProtected, cost_of, hide_partners, search
from jpt_pipeline.disclosure.task import COMPLEMENT, DIFFERENCE, SMALL, Reasons, Slack, Task, Unit

NOBODY_COST = 32**2  # more than a count of any size


def hide(
    task: Task, recall: Callable[[Task, list[Unit]], list[Unit]] | None = None, workers: int = 1
) -> dict[Measure, Reasons]:
    """All cells that a public page must not print, as reasons [category, area] by table and measure.

    Args:
        recall: adds the cells of those units to the task that were chosen from the same inputs before, and gives the others.
        workers: processes for the others, where there are many areas.

    Raises:
        protect.NotProtected: the policy cannot be kept for a figure.
    """
    _rows(task, _Bands(task))
    units = list_units(task)
    chosen = recall(task, units) if recall else units
    if workers > 1 and len(chosen) > 1 and len(task.geography) >= WORTH_AREAS:
        solve_apart(task, list_units, units, chosen, workers)
    else:
        for unit in chosen:
            unit.solve()
    return task.hidden


def list_units(task: Task) -> list[Unit]:
    """All units of a task whose rows are chosen."""
    return [*_parts(task), _Bands(task).unit(), *_counts(task)]


def _rows(task: Task, bands: "_Bands") -> None:
    """Rows of sums: the figures of an area with few households, as a whole.

    A row moves by taking households from one other row. That one must have enough of everything that moves with them.
    """
    policy, rule, width_n = task.policy, task.policy.tables.rows, task.policy.protection_n
    households, persons = (task.values(rule.table, name)[0] for name in (rule.count, rule.persons))
    changed = task.changed(rule.table, rule.count)[0] | task.changed(rule.table, rule.persons)[0]
    for table, measure in rule.same.items():
        changed = changed | task.changed(table, measure)[0]
    sums = [task.values(rule.table, name)[0] for name in rule.sums]
    gives = (households >= width_n) & (persons >= 2 * width_n) & bands.carries(2 * width_n)
    gives &= np.all([values >= policy.protection_baht for values in sums if values.any()], axis=0)
    sensitive = task.small(households) | task.small(persons) | changed | bands.needy()
    takes = np.where((households > 0) | changed, width_n, 0)
    closed = task.closed(rule.levels)
    layer = Layer(
        name=f"{rule.table} {rule.count}",
        geography=task.geography,
        down=np.where(gives, width_n, 0),
        up=takes,
        own_up=takes,
        value=np.zeros_like(takes),
        cost=cost_of(households, closed),
        hidden=sensitive | closed,
        sensitive=sensitive,
        rises=sensitive,
    )
    task.protect(layer)
    task.rows = layer
    reason = np.where(task.small(households) | task.small(persons), SMALL, np.where(changed, DIFFERENCE, COMPLEMENT))
    same = [(table, measure) for table, measure in rule.same.items()]
    for cell in [*((rule.table, name) for name in (rule.count, rule.persons, *rule.sums)), *same]:
        task.hidden[cell] = np.where(layer.hidden, reason, 0).astype(np.int8)[None, :]


def _parts(task: Task) -> list[Unit]:
    rule = task.policy.tables.parts
    names = (rule.whole, *rule.parts)
    return [
        Unit(
            rule.table,
            None,
            category,
            (
                *(task.values(rule.table, name)[category] for name in names),
                *(task.changed(rule.table, name)[category] for name in names),
            ),
            partial(_part, task, category),
        )
        for category in range(len(task.figures.categories[rule.table]))
    ]


def _part(task: Task, category: int) -> None:
    """One category of wholes and parts.

    First the wholes that are smaller than the width: their parts cannot hide behind a printed whole. They move with the
    first part. Then the parts: what the second rises the first falls, and the other way round.
    """
    rule, width_n = task.policy.tables.parts, task.policy.protection_n
    whole, first, second = (task.values(rule.table, name)[category] for name in (rule.whole, *rule.parts))
    changed = {name: task.changed(rule.table, name)[category] for name in (rule.whole, *rule.parts)}
    closed, there = task.closed(rule.levels), (whole > 0) | changed[rule.whole]
    name = f"{rule.table} {task.figures.categories[rule.table][category]}"
    tiny = there & (whole < width_n)
    wholes = Layer(
        name=name,
        geography=task.geography,
        down=np.maximum(first - width_n, 0),
        up=np.where(there, width_n, 0),
        own_up=np.where(there, width_n, 0),
        value=np.zeros_like(whole),
        cost=cost_of(whole, closed),
        hidden=tiny | changed[rule.whole] | closed,
        sensitive=tiny | changed[rule.whole],
        rises=tiny | changed[rule.whole],
    )
    task.protect(wholes)
    alike = {
        part: there & (values == whole) & (whole < task.policy.whole_group_n.get(part, 0))
        for part, values in zip(rule.parts, (first, second), strict=True)
    }
    sensitive = task.small(first) | task.small(second) | alike[rule.parts[0]] | alike[rule.parts[1]]
    sensitive |= changed[rule.parts[0]] | changed[rule.parts[1]]
    sensitive &= ~tiny | (second > 0)  # a first part of a tiny whole moves with it
    parts = Layer(
        name=name,
        geography=task.geography,
        down=second,
        up=first,
        own_up=first + np.where(tiny, width_n, 0),
        value=second,
        cost=cost_of(whole, closed | wholes.hidden),
        hidden=sensitive | wholes.hidden,
        sensitive=sensitive,
        rises=np.zeros_like(tiny),
    )
    task.protect(parts, Slack(wholes, width_n, tiny))
    task.note(rule.table, rule.whole, category, wholes.hidden)
    for part in rule.parts:
        task.note(rule.table, part, category, parts.hidden, alike[part])


class _Bands:
    """Counts over categories that add up to the persons of the row.

    What one category rises another one of the same rows falls, the carrier. Carriers are tried in order: those that
    are large enough in most areas first, of these the smallest.
    """

    def __init__(self, task: Task) -> None:
        self.task, self.rule = task, task.policy.tables.bands
        self.closed = task.closed(self.rule.levels)
        self.counts = task.values(self.rule.table, self.rule.count)
        width_n = task.policy.protection_n
        enough = (self.counts >= 2 * width_n)[:, ~self.closed].sum(axis=1)
        self.carriers = np.lexsort((np.arange(len(enough)), self.counts.sum(axis=1), -enough)).tolist()
        self.sensitive = task.small(self.counts) | task.changed(self.rule.table, self.rule.count)
        self.moved_with_row = np.zeros(self.counts.shape, bool)

    def carries(self, least_n: int) -> Bools:
        """Areas whose first carrier has at least so many: the persons of a hidden row move with it."""
        enough: Bools = np.all(self.counts[self.carriers[:1]] >= least_n, axis=0)
        return enough

    def needy(self) -> Bools:
        """Areas with a sensitive cell that no carrier of theirs can cover."""
        if not len(self.counts):
            return np.zeros(self.counts.shape[1], bool)
        largest = np.sort(self.counts, axis=0)[::-1][:2]
        second = largest[-1] if len(largest) > 1 else np.zeros_like(largest[0])
        other = np.where(self.counts == largest[0], second, largest[0])
        needy: Bools = np.any(self.sensitive & (self.counts + other < self.task.policy.protection_n), axis=0)
        return needy

    def unit(self) -> Unit:
        """All categories together: they cover for each other, and some move with the rows."""
        rows = self.task.rows
        assert rows is not None
        inputs = (self.counts, self.sensitive, rows.hidden, *rows.inputs)
        return Unit(self.rule.table, None, None, inputs, self.hide)

    def hide(self) -> None:
        hidden = self.sensitive | self.closed
        assert self.task.rows is not None
        for carrier in self.carriers[:1]:
            hidden[carrier] |= self.task.rows.hidden
            self.moved_with_row[carrier] = self.task.rows.sensitive
        for category in range(len(self.counts)):
            if self.sensitive[category].any():
                self._protect(category, hidden)
        for category in range(len(self.counts)):
            self.task.note(self.rule.table, self.rule.count, category, hidden[category])

    def _protect(self, category: int, hidden: Bools) -> None:
        task, width_n = self.task, self.task.policy.protection_n
        left = self._left_by_neighbours(category, hidden)
        for carrier in self.carriers:
            if not left:
                return
            if carrier != category:
                layer = self._layer(category, carrier, hidden)
                left = search(layer, left, width_n, self._slack(carrier))
                hidden[category] |= layer.hidden
                hidden[carrier] |= layer.hidden
        if left:
            at, name = task.geography, task.figures.categories[self.rule.table][category]
            raise NotProtected(f"{self.rule.table} {name}: {at.level[left[0]]} {at.code[left[0]]}")

    def _left_by_neighbours(self, category: int, hidden: Bools) -> list[int]:
        """Sensitive cells that neighbours do not protect: where a row is not printed, all its cells carry."""
        geography = self.task.geography
        open_ = self.sensitive[category] & ~self.moved_with_row[category]
        if not self.closed[geography.leaves].all():
            return np.flatnonzero(open_).tolist()
        layer = self._layer(category, category, hidden)
        layer.up = layer.own_up = self.counts.sum(axis=0) - self.counts[category]
        protected = hide_partners(layer, self.task.policy.protection_n)
        return np.flatnonzero(open_ & ~protected).tolist()

    def _layer(self, category: int, carrier: int, hidden: Bools) -> Layer:
        counts, other, width_n = self.counts[category], self.counts[carrier], self.task.policy.protection_n
        assert self.task.rows is not None
        further = np.where(self.task.rows.sensitive, width_n if carrier == self.carriers[0] else 0, 0)
        return Layer(
            name=self.rule.table,
            geography=self.task.geography,
            down=counts,
            up=other,
            own_up=other + further,
            value=counts,
            cost=self._cost(category, hidden) + self._cost(carrier, hidden),
            hidden=hidden[category] & hidden[carrier],
            sensitive=self.sensitive[category],
            rises=np.zeros(len(counts), bool),
        )

    def _cost(self, category: int, hidden: Bools) -> Ints:
        """A row that is not there says that nobody is: it is hidden last."""
        cost = cost_of(self.counts[category], hidden[category])
        return np.where((self.counts[category] == 0) & ~hidden[category], NOBODY_COST, cost)

    def _slack(self, carrier: int) -> Callable[[int], Mapping[int, int]] | None:
        rows = self.task.rows
        if rows is None or carrier != self.carriers[0]:
            return None
        return Slack(rows, self.task.policy.protection_n, rows.sensitive)


def _counts(task: Task) -> list[Unit]:
    rule = task.policy.tables.counts
    return [
        Unit(
            rule.table,
            name,
            None,
            (task.values(rule.table, name), task.changed(rule.table, name)),
            partial(_count, task, name),
        )
        for name in rule.counts
    ]


def _count(task: Task, name: str) -> None:
    """A count that stands by itself: one takes from the other."""
    rule, width_n = task.policy.tables.counts, task.policy.protection_n
    closed = task.closed(rule.levels)
    counts = task.values(rule.table, name)[0]
    sensitive = task.small(counts) | task.changed(rule.table, name)[0]
    layer = Layer(
        name=f"{rule.table} {name}",
        geography=task.geography,
        down=counts,
        up=np.full(len(counts), width_n),
        own_up=np.full(len(counts), width_n),
        value=counts,
        cost=cost_of(counts, closed),
        hidden=sensitive | closed,
        sensitive=sensitive,
        rises=np.zeros(len(counts), bool),
    )
    task.protect(layer)
    task.note(rule.table, name, 0, layer.hidden)
