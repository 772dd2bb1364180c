"""The boundaries of a home as maps read them: shapes by code of one level, from the sealed table of that level.

Put here: reading. Keep out: anything that changes what is stored (register.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from jpt_pipeline.store.files import sha256_text
from jpt_pipeline.store.lake import Lake, NotSealed, Part

TABLE = "register__boundaries"
COLUMNS = ("area_code", "province_code", "shape", "file_name", "file_sha256")
WHOLE = Part(None)


def table_of(level: str) -> str:
    """Name of the table with the boundaries of a level, one file for all provinces."""
    return f"{TABLE}_{level}"


@dataclass(frozen=True)
class Shapes:
    """Shapes as WKB by area code (degrees, WGS84), and the files they came from: (name, sha256), by name."""

    wkb: dict[str, bytes]
    sources: tuple[tuple[str, str], ...]


@dataclass
class Boundaries:
    """All boundaries of a home; a level is read, and its digest checked, when it is first asked for."""

    root: Path
    _levels: dict[str, pa.Table | None] = field(default_factory=dict, repr=False)
    _digest: str | None = field(default=None, repr=False)

    def shapes(self, level: str, codes: Iterable[str]) -> Shapes | None:
        """The shapes of these areas; None where not one of them has a boundary.

        Raises:
            NotSealed: the stored file is not the one that was sealed.
        """
        if level not in self._levels:
            self._levels[level] = self._read(level)
        table = self._levels[level]
        if table is None:
            return None
        rows = table.filter(pc.is_in(table["area_code"], pa.array(sorted(set(codes)), pa.string()))).to_pylist()
        if not rows:
            return None
        sources = {(row["file_name"], row["file_sha256"]) for row in rows}
        return Shapes({row["area_code"]: row["shape"] for row in rows}, tuple(sorted(sources)))

    def _read(self, level: str) -> pa.Table | None:
        lake = Lake(self.root)
        if not lake.path(table_of(level), WHOLE).exists():
            return None
        lake.seal(table_of(level), WHOLE)
        return parquet.ParquetFile(lake.path(table_of(level), WHOLE)).read(columns=list(COLUMNS))

    def digest(self) -> str:
        """Digest over the tables of all levels, as they were first found: '' where there are none."""
        if self._digest is None:
            self._digest = self._added_up()
        return self._digest

    def _added_up(self) -> str:
        lake, digests = Lake(self.root), []
        for folder in sorted(self.root.glob(f"{TABLE}_*")):
            try:
                digests.append(f"{folder.name}:{lake.seal(folder.name, WHOLE).sha256}")
            except NotSealed:
                digests.append(f"{folder.name}:broken")
        return sha256_text("|".join(digests)) if digests else ""
