"""What pieces of work take of this process, kept line by line in a file, so that a killed measurement can go on.

Put here: measuring and remembering. Keep out: what is measured. A piece within a piece is taken off the outer one, as a
profiler does. Seconds are those of the wall; memory and bytes are this process's own, threads included.
"""

import json
import os
import platform
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

_PROC = Path("/proc/self")


@dataclass
class Cost:
    """Seconds, CPU seconds, peak memory (MiB) and bytes written, of one piece or added up; pieces counted."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mib: int = 0
    bytes_n: int = 0
    pieces_n: int = 0

    def add(self, other: "Cost") -> None:
        """Memory is that of the greater one; all else is added."""
        self.seconds += other.seconds
        self.cpu_seconds += other.cpu_seconds
        self.bytes_n += other.bytes_n
        self.pieces_n += other.pieces_n
        self.peak_mib = max(self.peak_mib, other.peak_mib)


@dataclass
class _Open:
    """A piece that runs: what the clocks said at its begin, and what the pieces within it took."""

    began: Cost
    within: Cost = field(default_factory=Cost)
    peak_mib: int = 0


class Meter:
    """The pieces measured so far, those of earlier processes included."""

    def __init__(self, journal: Path):
        journal.parent.mkdir(parents=True, exist_ok=True)
        self._journal = journal
        self._open: list[_Open] = []
        self._processes: set[int] = set()
        self.pieces: dict[tuple[str, str], Cost] = {}
        self._read()

    @property
    def is_resumed(self) -> bool:
        """Whether more than one process measured."""
        return len(self._processes) > 1

    def _read(self) -> None:
        """A line that was cut off by a kill is no piece, and nothing may be written behind it."""
        if not self._journal.exists():
            return
        lines = self._journal.read_text(encoding="utf-8").split("\n")
        if lines[-1]:
            self._journal.write_text("".join(f"{line}\n" for line in lines[:-1]), encoding="utf-8")
        for line in lines[:-1]:
            found = json.loads(line)
            self._processes.add(found.pop("process"))
            self._note(found.pop("stage"), found.pop("part"), Cost(**found))

    def _note(self, stage: str, part: str, cost: Cost) -> None:
        self.pieces.setdefault((stage, part), Cost()).add(cost)

    def has(self, stage: str, part: str = "") -> bool:
        """Whether a piece was measured to its end."""
        return (stage, part) in self.pieces

    def parts(self, stage: str) -> set[str]:
        """The partitions of which a piece was measured to its end."""
        return {part for name, part in self.pieces if name == stage}

    def total(self, *stages: str) -> Cost:
        """All pieces of some stages, added up; without names: of all."""
        total = Cost()
        for (stage, _), cost in self.pieces.items():
            if not stages or stage in stages:
                total.add(cost)
        return total

    @contextmanager
    def piece(self, stage: str, part: str = "") -> Iterator[None]:
        """Measure what is done within. A piece that raises is not kept."""
        self.begin()
        try:
            yield
        except BaseException:
            self._open.pop()
            raise
        self.end(stage, part)

    def begin(self) -> None:
        """Begin a piece, within those that are open; `end` says later what it was."""
        self._rest()
        self._open.append(_Open(_now()))
        _forget_peak()

    def end(self, stage: str, part: str = "") -> Cost:
        """End the piece begun last, and keep it."""
        self._rest()
        piece, now = self._open.pop(), _now()
        whole = Cost(
            now.seconds - piece.began.seconds,
            now.cpu_seconds - piece.began.cpu_seconds,
            piece.peak_mib,
            now.bytes_n - piece.began.bytes_n,
        )
        if self._open:
            self._open[-1].within.add(whole)
        own = Cost(
            whole.seconds - piece.within.seconds,
            whole.cpu_seconds - piece.within.cpu_seconds,
            whole.peak_mib,
            max(whole.bytes_n - piece.within.bytes_n, 0),
            1,
        )
        self.add(stage, own, part)
        return own

    def add(self, stage: str, cost: Cost, part: str = "") -> None:
        """Keep a piece that was measured elsewhere, as in a process of its own."""
        self._note(stage, part, cost)
        self._processes.add(os.getpid())
        with self._journal.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"stage": stage, "part": part, "process": os.getpid(), **asdict(cost)}) + "\n")

    def _rest(self) -> None:
        """Note the peak since the last change for the innermost piece, and begin a new one."""
        if self._open:
            self._open[-1].peak_mib = max(self._open[-1].peak_mib, _peak_mib())
        _forget_peak()


def _now() -> Cost:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Cost(time.perf_counter(), used.ru_utime + used.ru_stime, 0, _written())


def _written() -> int:
    """Bytes that this process handed to the system to write; 0 where the system does not count them."""
    try:
        lines = (_PROC / "io").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("wchar:")), 0)


def _peak_mib() -> int:
    """Greatest memory since `_forget_peak`; where the system has no such number, since the process began."""
    try:
        lines = (_PROC / "status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return next((int(line.split()[1]) >> 10 for line in lines if line.startswith("VmHWM:")), 0)


def _forget_peak() -> None:
    with suppress(OSError):
        (_PROC / "clear_refs").write_text("5")


def machine() -> dict[str, str | int]:
    """What the measurement ran on: processors given to this process, memory, versions."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")), ""
    )
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": model or platform.machine(),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "pyarrow": pa.__version__,
    }


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
