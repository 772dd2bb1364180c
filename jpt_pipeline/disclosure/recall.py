"""What earlier editions chose for the same inputs: taken over, not searched again.

Put here: the digest of all that a unit of hidden cells follows from (the code of this package among it), and how its
cells come out of an earlier release. The choice is a function of that alone: what is recalled is what would be found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

import duckdb
import numpy as np

from jpt_pipeline.disclosure.figures import CELLS, read_hidden
from jpt_pipeline.disclosure.geography import Geography
from jpt_pipeline.disclosure.task import REASONS, Task, Unit
from jpt_pipeline.store.files import known_sha256, read_json


@dataclass
class Recall:
    """Cells of a stream from the public editions of earlier releases; `made_from` gets the digests of all its units."""

    connection: duckdb.DuckDBPyConnection
    earlier: list[Path]
    stream: str
    made_from: dict[str, str] = field(repr=False)

    def __call__(self, task: Task, units: list[Unit]) -> list[Unit]:
        """Add the cells of units that an earlier release has from the same inputs; gives the others."""
        start = sha256(code_sha256().encode() + task.policy.model_dump_json().encode())
        start.update(_geography_bytes(task.geography))
        digests = {}
        for unit in units:
            digest = start.copy()
            digest.update(repr(task.figures.categories[unit.table]).encode() if unit.category is None else b"")
            for array in unit.inputs:
                digest.update(repr((array.dtype.str, array.shape)).encode())
                digest.update(np.ascontiguousarray(array).tobytes())
            digests[self._name(task, unit)] = digest.hexdigest()
        self.made_from |= digests
        left = {self._name(task, unit): unit for unit in units}
        for release in reversed(self.earlier):
            known = _made_from(release)
            same = [unit for name, unit in left.items() if known.get(name) == digests[name]]
            self._take(task, release, same)
            left = {name: unit for name, unit in left.items() if unit not in same}
        return list(left.values())

    def _name(self, task: Task, unit: Unit) -> str:
        category = "" if unit.category is None else task.figures.categories[unit.table][unit.category]
        return " ".join((self.stream, unit.table, unit.measure or "", category)).rstrip()

    def _take(self, task: Task, release: Path, units: list[Unit]) -> None:
        for of, shape in ((of, values.shape) for of, values in task.figures.values.items()):
            mine = [unit for unit in units if unit.table == of[0] and unit.measure in (None, of[1])]
            if mine:
                wanted = np.zeros(shape[0], bool)
                for unit in mine:
                    wanted[slice(None) if unit.category is None else unit.category] = True
                categories = task.figures.categories[of[0]]
                found = read_hidden(self.connection, release, self.stream, task.geography, categories, of)
                reasons = np.zeros(shape, np.int8)
                reasons[found[0], found[1]] = [_NUMBERS[reason] for reason in found[2]]
                kept = task.hidden.setdefault(of, np.zeros(shape, np.int8))
                kept[wanted] = reasons[wanted]


_NUMBERS = {reason: number for number, reason in enumerate(REASONS)}


@cache
def code_sha256() -> str:
    """Digest of the code of this package."""
    digest = sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _geography_bytes(geography: Geography) -> bytes:
    arrays = b"".join(array.tobytes() for array in (geography.parent, geography.left, geography.right))
    return repr((geography.shape, geography.level, geography.code)).encode() + arrays


def _made_from(release: Path) -> Mapping[str, str]:
    """Digests of the units of a release, if its cells are those that were published."""
    path = release / "manifest.json"
    entry = read_json(path)["tables"].get(CELLS, {}) if path.exists() else {}
    cells = release / f"{CELLS}.parquet"
    if "made_from" not in entry or not cells.exists() or known_sha256(cells) != entry["sha256"]:
        return {}
    made_from: Mapping[str, str] = entry["made_from"]
    return made_from
