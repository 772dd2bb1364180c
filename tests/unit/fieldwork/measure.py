"""How well planted cheaters are found, and how honest the chances are: the figures of docs/fieldwork.md.

`python -m tests.unit.fieldwork.measure --households 24000 --cheaters 75 --seeds 1 2 3` makes invented provinces, takes them
in and judges them. Recall: listed of those planted. Precision: planted of those listed. Honest enumerators: the share whose
chance is below 5 and 1 percent, which must be 5 and 1 percent at most.
"""

import argparse
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from jpt_pipeline.fieldwork import Evidence
from tests.unit.fieldwork.world import make_world


@dataclass
class Measured:
    """Counts over one or more provinces."""

    planted: Counter[str] = field(default_factory=Counter)
    listed: Counter[str] = field(default_factory=Counter)
    honest: list[float] = field(default_factory=list)
    by_sign: dict[str, list[float]] = field(default_factory=dict)

    def add(self, evidence: Evidence, kinds: list[str]) -> None:
        for at, kind in enumerate(kinds):
            if evidence.enough[at]:
                self.planted[kind] += 1
                self.listed[kind] += bool(evidence.listed[at])
        honest = np.array([kind == "" for kind in kinds])
        self.honest += evidence.p[honest & ~np.isnan(evidence.p)].tolist()
        for name, sign in evidence.signs.items():
            self.by_sign.setdefault(name, []).extend(sign.p[honest & ~np.isnan(sign.p)].tolist())

    @property
    def precision(self) -> float:
        right = sum(n for kind, n in self.listed.items() if kind)
        return right / max(sum(self.listed.values()), 1)

    def recall(self, kind: str) -> float:
        return self.listed[kind] / max(self.planted[kind], 1)

    def below(self, level: float, sign: str | None = None) -> float:
        """Share of honest enumerators with a chance below the level."""
        values = self.by_sign[sign] if sign else self.honest
        return float(np.mean(np.array(values) < level)) if values else 0.0

    def lines(self) -> list[str]:
        kinds = sorted(kind for kind in self.planted if kind)
        told = [f"{kind}: {self.listed[kind]} of {self.planted[kind]} ({self.recall(kind):.0%})" for kind in kinds]
        told.append(f"honest listed: {self.listed['']} of {self.planted['']}; precision {self.precision:.1%}")
        told.append(f"honest below 5 %: {self.below(0.05):.2%}, below 1 %: {self.below(0.01):.2%}")
        told += [
            f"  {n}: {self.below(0.05, n):.2%}, {self.below(0.01, n):.2%} of {len(p)}" for n, p in self.by_sign.items()
        ]
        return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=24_000)
    parser.add_argument("--cheaters", type=int, default=75)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    asked = parser.parse_args()
    total = Measured()
    for seed in asked.seeds:
        with tempfile.TemporaryDirectory() as folder:
            started = time.monotonic()
            world = make_world(Path(folder), asked.households, asked.cheaters, seed)
            one = Measured()
            for measured in (one, total):
                measured.add(world.evidence, world.kinds)
            print(f"seed {seed}, {time.monotonic() - started:.0f} s", *one.lines()[:-10], sep="\n", flush=True)
    print("all", *total.lines(), sep="\n")


if __name__ == "__main__":
    main()
