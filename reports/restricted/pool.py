"""Villages laid out by several processes at once: the layout program keeps what it laid out, so a process is renewed often.

Put here: who lays out when, and how much waits. Keep out: what a page says.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from jpt_pipeline.settings import Settings
from reports.restricted.lay_out import lay_out

FEW = 2  # villages that are not worth the start of other processes
VILLAGES_A_PROCESS = 4  # a village of 100 households leaves about 300 MB behind


class Pages:
    """Lays villages out: in this process when they are few, else in one process a processor.

    Not more than two villages a process wait, so that memory does not grow with the area. Used as a context: at its end
    nothing runs any more.
    """

    def __init__(self, folder: Path, settings: Settings, villages_n: int):
        self._folder, self._definitions = folder, settings.definitions
        workers = min(settings.threads, villages_n)
        is_alone = villages_n <= FEW or workers < 2
        self._pool = None if is_alone else _pool(workers)
        self._waiting: list[Future[None]] = []
        self._most = 2 * workers
        self.done_n = 0

    def __enter__(self) -> "Pages":
        return self

    def __exit__(self, *error: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def add(self, name: str, data: dict[str, Any]) -> None:
        """Lay a village out, now or soon. Raises what the layout of an earlier one raised."""
        if self._pool is None:
            lay_out(self._folder / name, data, self._definitions)
            self.done_n += 1
            return
        while len(self._waiting) >= self._most:
            self._take()
        self._waiting.append(self._pool.submit(lay_out, self._folder / name, data, self._definitions))

    def finished(self) -> Iterator[int]:
        """How many are done, after each that was waited for."""
        while self._waiting:
            self._take()
            yield self.done_n

    def _take(self) -> None:
        self._waiting.pop(0).result()
        self.done_n += 1


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), max_tasks_per_child=VILLAGES_A_PROCESS)
