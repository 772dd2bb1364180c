"""Who watches how long the pieces of a run take: a benchmark, while `watching`; nobody else, and then nothing is done.

Put here: how a piece of work tells that it runs. Keep out: what is measured (benchmark/meter.py).
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

Watch = Callable[[str, str], AbstractContextManager[object]]
_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """Within this, `watch` (name of a piece, its partition) is entered around each piece of work of this context."""
    before = _WATCH.set(watch)
    try:
        yield
    finally:
        _WATCH.reset(before)


def watched(name: str, part: str) -> AbstractContextManager[object]:
    """Around a piece of work: entered and left as whoever watches it wants."""
    watch = _WATCH.get()
    return watch(name, part) if watch else nullcontext()
