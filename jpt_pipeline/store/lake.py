"""The lake: one Parquet file per table and partition, and beside it the seal that is the gate.

A stage writes, checks, then seals. `write` refuses to seal what a check fails: the data goes to `rejected/` beside its
place and the old seal is removed, so that no later run can read past the gate. `sealed` is the one way to read: it
demands a seal whose checks passed and whose digest is that of the bytes on disk.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from jpt_pipeline.store.files import known_sha256, make_folder, read_json, replacing, sync_dir, write_json
from jpt_pipeline.store.parquet import write_parquet
from jpt_pipeline.store.session import quoted, readable


@dataclass(frozen=True)
class Part:
    """Where one file of a table lies: a round (None: of no round), and a province unless the table is national."""

    survey_year: int | None
    province_code: str | None = None

    @property
    def folder(self) -> Path:
        path = Path(f"survey_year={self.survey_year}") if self.survey_year is not None else Path()
        return path / f"province={self.province_code}" if self.province_code else path

    def __str__(self) -> str:
        return "/".join(str(level) for level in (self.survey_year, self.province_code) if level is not None) or "all"


@dataclass(frozen=True)
class Verdict:
    """What one check found: `rows_n` offending rows, the rule in words, a few places (no personal data)."""

    check: str
    passed: bool
    rows_n: int = 0
    rule: str = ""
    sample: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seal:
    """The verdict on one file: it may be read downstream while digest and inputs are these."""

    table: str
    part: str
    sha256: str
    rows_n: int
    fingerprint: str
    inputs: dict[str, str]
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


class NotSealed(Exception):
    """A table is missing, failed its gate, or is not the file that was sealed."""


class GateFailed(Exception):
    """A check of a stage failed; the data was put aside and nothing downstream can read it."""

    def __init__(self, table: str, part: Part, verdicts: list[Verdict]):
        self.table, self.part = table, part
        self.failed = [verdict for verdict in verdicts if not verdict.passed]
        words = "; ".join(f"{v.check}: {v.rule} ({v.rows_n} rows, e.g. {', '.join(v.sample[:3])})" for v in self.failed)
        super().__init__(f"{table} {part} failed its gate: {words}")


Check = Callable[[duckdb.DuckDBPyConnection, str], Iterable[Verdict]]


class Lake:
    """Tables as sealed Parquet files below one folder."""

    def __init__(self, root: Path):
        self.root = root

    def path(self, table: str, part: Part) -> Path:
        return self.root / table / part.folder / "part.parquet"

    def seal_path(self, table: str, part: Part) -> Path:
        return self.path(table, part).with_name("seal.json")

    def seal(self, table: str, part: Part) -> Seal:
        """The seal of a file whose bytes are still those that were sealed.

        Raises:
            NotSealed: no seal, a failed verdict, or other bytes.
        """
        path, seal_path = self.path(table, part), self.seal_path(table, part)
        if not seal_path.exists() or not path.exists():
            raise NotSealed(f"{table} {part} has no seal: run its stage first, or mend what its gate found")
        seal = Seal(**read_json(seal_path))
        if not all(verdict["passed"] for verdict in seal.verdicts):
            raise NotSealed(f"{table} {part} did not pass its gate")
        if known_sha256(path) != seal.sha256:
            raise NotSealed(f"{table} {part} is not the file that was sealed: run its stage again")
        return seal

    def sealed(self, table: str, part: Part) -> str:
        """Path of a table's file as DuckDB's `read_parquet(?)` takes it; see `seal` for what is demanded."""
        self.seal(table, part)
        return readable(self.path(table, part))

    def parts(self, table: str, survey_year: int) -> list[Part]:
        """Partitions by province that have a seal, in order of code."""
        base = self.root / table / f"survey_year={survey_year}"
        codes = sorted(path.parent.name.removeprefix("province=") for path in base.glob("province=*/seal.json"))
        return [Part(survey_year, code) for code in codes]

    def is_current(self, table: str, part: Part, fingerprint: str) -> bool:
        """Whether the sealed file was made from exactly these inputs, so that nothing is to be done."""
        try:
            return self.seal(table, part).fingerprint == fingerprint
        except NotSealed:
            return False

    def unseal(self, tables: Iterable[str], part: Part) -> None:
        """Close the gate: without a seal nothing downstream can read these tables."""
        for table in tables:
            self.seal_path(table, part).unlink(missing_ok=True)

    def write(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: str,
        part: Part,
        rows: str | pa.RecordBatchReader,
        *,
        fingerprint: str,
        inputs: dict[str, str],
        checks: Iterable[Check] = (),
        facts: dict[str, Any] | None = None,
    ) -> Seal:
        """Write the rows of a query or reader (in their order, see store.parquet), check the written file, seal it.

        Raises:
            GateFailed: a check failed; the file lies in rejected/ and the table has no seal any more.
        """
        path, seal_path = self.path(table, part), self.seal_path(table, part)
        make_folder(path.parent)
        for left in path.parent.glob(".*.tmp"):  # of a process that was killed: one at a time writes a part
            left.unlink(missing_ok=True)
        staged = path.with_name(f".part.{os.getpid()}.tmp")
        try:
            rows_n = write_parquet(connection, rows, staged)
            source = f"read_parquet('{quoted(readable(staged))}', hive_partitioning = false)"
            verdicts = [verdict for check in checks for verdict in check(connection, source)]
            seal_path.unlink(missing_ok=True)
            if not all(verdict.passed for verdict in verdicts):
                with replacing(path.with_name("rejected.parquet")) as temporary:
                    os.replace(staged, temporary)
                path.unlink(missing_ok=True)
                raise GateFailed(table, part, verdicts)
            with replacing(path) as temporary:
                os.replace(staged, temporary)
            seal = Seal(
                table=table,
                part=str(part),
                sha256=known_sha256(path),
                rows_n=rows_n,
                fingerprint=fingerprint,
                inputs=dict(sorted(inputs.items())),
                verdicts=[{**asdict(verdict), "sample": list(verdict.sample)} for verdict in verdicts],
                facts=facts or {},
            )
            write_json(seal_path, asdict(seal))
            path.with_name("rejected.parquet").unlink(missing_ok=True)
            sync_dir(path.parent)
            return seal
        finally:
            staged.unlink(missing_ok=True)
