"""Faults of ours while records are in hand: told by their kind and their place in the code, never in their own words.

Libraries quote the value that they choke on; a message, a log or Dagster's events would keep it. Put here: nothing else.
What is expected to go wrong has exceptions of its own, which carry codes and places, and passes.
"""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from jpt_pipeline.settings import CHECKOUT

_FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


class Withheld(Exception):
    """Something failed that should not; says what was done, the kind of the error, and where in the code it arose."""


@contextmanager
def discreet(doing: str) -> Iterator[None]:
    """Faults inside come out as Withheld; `doing` says in words without records what was done."""
    try:
        yield
    except (*_FAULTS, duckdb.Error, pa.ArrowException) as error:
        raise Withheld(f"{doing}: {type(error).__name__} at {' < '.join(_places(error)[:4])}") from None


def _places(error: BaseException) -> list[str]:
    """File and line of each call within the checkout, the innermost first."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    paths = ((Path(frame.filename), frame.lineno) for frame in frames)
    own = ((path, line) for path, line in paths if path.is_relative_to(CHECKOUT) and ".venv" not in path.parts)
    return [f"{path.relative_to(CHECKOUT)}:{line}" for path, line in own]
