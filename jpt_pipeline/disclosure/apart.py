"""Units of hidden cells solved in several processes: the same cells as one after another, sooner at national size.

Put here: how units are shared out and put together. Keep out: what a unit is (task.py), and which there are (layers.py).
A unit looks at nothing but its inputs and chooses its own cells only, so neither order nor number of processes matters.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from jpt_pipeline.disclosure.figures import Measure
from jpt_pipeline.disclosure.task import Reasons, Task, Unit

WORTH_AREAS = 20_000
"""Areas from which on processes are worth their start (about two seconds)."""
_units: list[Unit] = []  # of a process that solves
_task: list[Task] = []


def solve_apart(
    task: Task, list_units: Callable[[Task], list[Unit]], units: Sequence[Unit], chosen: Sequence[Unit], workers: int
) -> None:
    """Add the cells of the `chosen` of all `units` to the task.

    Args:
        list_units: a function of a module, which gives `units` again from a copy of the task.

    Raises:
        protect.NotProtected: as a unit does. BrokenProcessPool: a process was killed.
    """
    numbers = [number for number, unit in enumerate(units) if unit in chosen]
    # The longest first: that of a whole table.
    numbers.sort(key=lambda number: units[number].category is not None)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _open, (task, list_units)) as pool:
        for hidden in pool.map(_solve, numbers):
            for measure, reasons in hidden.items():
                kept = task.hidden.setdefault(measure, np.zeros_like(reasons))
                np.copyto(kept, reasons, where=reasons != 0)


def _open(task: Task, list_units: Callable[[Task], list[Unit]]) -> None:
    _task.append(task)
    _units.extend(list_units(task))


def _solve(number: int) -> dict[Measure, Reasons]:
    _task[0].hidden = {}
    _units[number].solve()
    return _task[0].hidden
