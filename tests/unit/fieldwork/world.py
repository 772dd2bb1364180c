"""An invented province whose enumerators work as data/synthetic/cheating.yaml says, taken in and judged by the engine."""

import json
from dataclasses import dataclass
from pathlib import Path

from jpt_pipeline.areas.register import register
from jpt_pipeline.fieldwork import Evidence, find_evidence
from jpt_pipeline.home import prepare
from jpt_pipeline.households.stages import make_households, make_records
from jpt_pipeline.intake.delivery import take_in
from jpt_pipeline.rollup.areas import make_rollups
from jpt_pipeline.rollup.indicators import make_indicators
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Part
from jpt_pipeline.synthetic.generate import generate

YEAR, PROVINCE = 2561, "38"


@dataclass(frozen=True)
class World:
    """A home with a judged round, and the kind of each planted cheater by (tambon, enumerator)."""

    settings: Settings
    cheaters: dict[tuple[str, str], str]
    evidence: Evidence

    @property
    def kinds(self) -> list[str]:
        """Kind of each enumerator of the evidence, '' for an honest one."""
        return [self.cheaters.get(worker, "") for worker in self.evidence.visits.workers]


def make_world(root: Path, households_n: int, cheaters_n: int, seed: int) -> World:
    """Generate, register, take in, run the stages of the province, judge."""
    made = root / "made"
    generate(made, survey_year=YEAR, province_code=PROVINCE, households_n=households_n, seed=seed, file_format="parquet",
             cheaters=cheaters_n)  # fmt: skip
    settings = _settings(root)
    prepare(settings)
    for kind in ("areas", "targets", "enumerators"):
        assert register(kind, made / "registers" / f"{kind}.csv", settings).stored
    for folder in (made / "earlier", *(made / "deliveries").iterdir()):
        assert [report.status for report in take_in([folder], settings)] == ["taken"]
    for make in (make_records, make_households, make_indicators, make_rollups):
        make(settings, Part(YEAR, PROVINCE), {})
    return open_world(root)


def open_world(root: Path) -> World:
    """A world that was made before."""
    planted = json.loads((root / "made" / "cheaters.json").read_text(encoding="utf-8"))
    kinds = {(one["tambon_code"], one["enumerator_id"]): one["kind"] for one in planted}
    settings = _settings(root)
    return World(settings, kinds, find_evidence(settings, YEAR, PROVINCE, "jpt"))


def _settings(root: Path) -> Settings:
    return Settings(home=root / "home", keys=root / "keys")
