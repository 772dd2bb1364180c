"""How a stage runs: skip when nothing changed, else compute, check and seal all its tables, or none.

Put here: what all stages share. Keep out: what any of them computes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
from filelock import FileLock

from jpt_pipeline.settings import CHECKOUT, OWN, Settings
from jpt_pipeline.store.files import dump_json, sha256_file, sha256_text
from jpt_pipeline.store.lake import Check, Lake, Part, Seal
from jpt_pipeline.store.session import session

Gates = Mapping[str, Sequence[Check]]
# What a result depends on besides its inputs: the code of engine and gates, and the definitions.
_CODE = ("jpt_pipeline/**/*.py", "checks/**/*.py")
_DEFINITIONS = (
    *("*.yaml", "instruments/*.yaml", "rounds/*.yaml", "codes/*.yaml", "areas/*.yaml", "certification/*.yaml"),
    *("corrections/*.yaml", "identity/*.yaml"),
)


class StageFailed(Exception):
    """DuckDB gave up on a stage. Its own text may quote a value of a record, so only harmless kinds are repeated."""

    def __init__(self, table: str, part: Part, error: duckdb.Error):
        said = f": {error}" if isinstance(error, (duckdb.IOException, duckdb.OutOfMemoryException)) else ""
        super().__init__(f"{table} {part}: {type(error).__name__}{said}")


class Outdated(Exception):
    """A stage is to be made again, and whoever asks only looks."""


_LOOKING: ContextVar[bool] = ContextVar("looking", default=False)


@contextmanager
def looking() -> Iterator[None]:
    """Within this no stage is made: one that is not current raises Outdated, all others are verified as ever."""
    before = _LOOKING.set(True)
    try:
        yield
    finally:
        _LOOKING.reset(before)


@dataclass(frozen=True)
class Output:
    """One table of a stage: its name and its rows, in order: a query, or a reader that is read when their turn comes."""

    table: str
    query: str | pa.RecordBatchReader


@cache
def version(definitions: Path) -> str:
    """Digest of code, gates and definitions: a result made by other ones is made again."""
    files = [path for pattern in _CODE for path in CHECKOUT.glob(pattern)]
    files += [
        path for pattern in _DEFINITIONS for path in (*definitions.glob(pattern), *(definitions / OWN).glob(pattern))
    ]
    return sha256_text("|".join(f"{path.name}:{sha256_file(path)}" for path in sorted(files)))


def run_stage(
    settings: Settings,
    part: Part,
    tables: Sequence[str],
    inputs: dict[str, str],
    gates: Gates,
    compute: Callable[[duckdb.DuckDBPyConnection], Sequence[Output]],
    *,
    holds_names: bool = False,
) -> dict[str, Seal]:
    """Seals of the stage's tables; computes them only if inputs, code or definitions changed.

    `compute` prepares a session and gives one Output per table; `holds_names` as in store.session.

    Raises:
        GateFailed: a check failed; none of the stage's tables has a seal any more.
        StageFailed: DuckDB failed (no space, no memory, a fault of ours); nothing is sealed.
        NotSealed: an input did not pass its own gate.
        Outdated: the stage is to be made, within `looking`.
    """
    lake = Lake(settings.lake)
    gate_names = {table: [getattr(check, "__name__", "check") for check in gates.get(table, ())] for table in tables}
    wanted = {"part": str(part), "inputs": inputs, "version": version(settings.definitions), "gates": gate_names}
    fingerprint = sha256_text(dump_json(wanted))
    if all(lake.is_current(table, part, fingerprint) for table in tables):
        return {table: lake.seal(table, part) for table in tables}
    if _LOOKING.get():
        raise Outdated(f"{tables[0]} {part}")
    lake.unseal(tables, part)
    try:
        with FileLock(_lock(settings, tables[0], part)), session(settings, holds_names=holds_names) as connection:
            return {
                output.table: lake.write(
                    connection,
                    output.table,
                    part,
                    output.query,
                    fingerprint=fingerprint,
                    inputs=inputs,
                    checks=gates.get(output.table, ()),
                )
                for output in compute(connection)
            }
    except duckdb.Error as error:
        lake.unseal(tables, part)
        raise StageFailed(tables[0], part, error) from None
    except BaseException:
        lake.unseal(tables, part)
        raise


def _lock(settings: Settings, table: str, part: Part) -> Path:
    """Two processes never make the same tables at once; the system frees the lock when a process dies."""
    folder = settings.root / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{table}-{str(part).replace('/', '-')}.lock"
