"""A country of two provinces that is certified up to the nation, for trials of corrections. Made once; copied to move."""

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from jpt_pipeline.certification import acts
from jpt_pipeline.certification.difference import FIGURES
from jpt_pipeline.certification.request import Request
from jpt_pipeline.certification.stage import make_certified
from jpt_pipeline.definitions import MAKERS
from jpt_pipeline.impact.models import Impact, Pipeline
from jpt_pipeline.impact.trial import try_corrections
from jpt_pipeline.ledger import Committee
from jpt_pipeline.returns.take import CorrectionReport, take_corrections
from jpt_pipeline.rounds import Round, load_round
from jpt_pipeline.store.lake import Lake, Part
from tests.unit.certification.world import COMMITTEE, RULES
from tests.unit.corrections.world import row, write
from tests.unit.intake.country import YEAR, Home, household, ndjson

PROVINCES = (Part(YEAR, "38"), Part(YEAR, "39"))
NATION = Part(YEAR)
PIPELINE = Pipeline(provinces=MAKERS[True], nation=MAKERS[False], gates={})
REPORTS = {"poster": ("village", "lao"), "quality": ("nation",)}
HOUSEHOLDS = {
    "38010101": (1, 2),
    "38010102": (3,),
    "38010201": (4,),
    "38020101": (5,),
    "39010101": (6, 7),
}
"""Villages -> households of one man each; every other one has drinking water (indicator 9)."""
Place = tuple[str, str]


@dataclass(frozen=True)
class Now:
    """Every figure that is not 0, by table, level, area, key and measure; areas under a valid certificate."""

    figures: dict[tuple[Any, ...], int]
    valid: frozenset[Place]


def day(hour: int) -> datetime:
    return datetime(2018, 3, 20, hour, tzinfo=UTC)


def ungated() -> Round:
    """The round of 2561, with no gate on figures: these households answer little."""
    round_ = load_round(YEAR)
    streams = [
        stream.model_copy(update={"chain": tuple(level.model_copy(update={"gates": ()}) for level in stream.chain)})
        for stream in round_.streams
    ]
    return round_.model_copy(update={"streams": tuple(streams)})


class Country(Home):
    """A home with the seven households, its runs without Dagster, its acts, and what lies in its tables."""

    def build(self) -> "Country":
        self.registers()
        homes = [
            household(number, village, a2911=str(number % 2)) for village, ns in HOUSEHOLDS.items() for number in ns
        ]
        self.take_bytes("a.ndjson", ndjson(homes))
        self.go()
        for level in ("lao", "district", "province", "nation"):
            self.act("present", level)
            self.act("certify", level)
        return self.certified()

    def go(self, *parts: Part) -> "Country":
        """What `jpt run` does."""
        for part in parts or PROVINCES:
            for make in PIPELINE.provinces:
                make(self.settings, part, {})
        for make in PIPELINE.nation:
            make(self.settings, NATION, {})
        return self

    def act(self, name: str, level: str, *areas: str) -> "Country":
        function: Any = getattr(acts, name)
        committee = COMMITTEE if name == "certify" else Committee()
        request = Request(level, areas or None, (), "ตรวจใหม่" if name == "return_" else None, committee)
        function(self.settings, ungated(), RULES, request, lambda: day(5))
        return self

    def certified(self) -> "Country":
        """The tables of states as of now."""
        for part in (*PROVINCES, NATION):
            make_certified(self.settings, part, {})
        return self

    def now(self) -> Now:
        """The situation by the tables of the lake."""
        found = [self.rows("certification__state", "level, area_code, state", part) for part in (*PROVINCES, NATION)]
        valid = {(level, code) for rows in found for level, code, state in rows if state == "CERTIFIED"}
        return Now(self._figures(), frozenset(valid))

    def _figures(self) -> dict[tuple[Any, ...], int]:
        """Read without the engine."""
        found = {}
        for table in FIGURES:
            paths = [Lake(self.settings.lake).sealed(table, part) for part in (*PROVINCES, NATION)]
            cursor = duckdb.execute("SELECT * FROM read_parquet(?, hive_partitioning = false)", [paths])
            names = [column[0] for column in cursor.description or []]
            keys = {"rollups__indicators": 2, "rollups__population": 2}.get(table, 0)
            for values in cursor.fetchall():
                key = " ".join(
                    str(value) for value, name in zip(values[4 : 4 + keys], names[4:], strict=False) if name != "unit"
                )
                for name, value in zip(names[4 + keys :], values[4 + keys :], strict=True):
                    if value:
                        found[table, values[2], values[3], key, name] = value
        return found

    def try_rows(self, *rows: dict[str, Any], **options: Any) -> tuple[CorrectionReport, Impact | None]:
        (report,), impact = try_corrections(
            [write(self, "c.csv", rows)], self.settings, PIPELINE, REPORTS, now=lambda: day(6), **options
        )
        return report, impact

    def take_rows(self, *rows: dict[str, Any]) -> CorrectionReport:
        return take_corrections(write(self, "c.csv", rows), self.settings, now=lambda: day(7))


def water(number: int, village: str, value: str | None = None) -> dict[str, Any]:
    """A correction of the answer to indicator 9: the other one, unless the value is given."""
    return row("a2911", str(number % 2), str(1 - number % 2) if value is None else value, number, village=village)


Values = dict[tuple[str, int], dict[str, str]]


def delivered() -> Values:
    """Village and number of each household -> its values that random_rows may correct."""
    return {
        (village, number): {
            "a2911": str(number % 2),
            "satisfaction": "8",
            "birth_date": "01/01/2520",
            "evidence_photo": "present",
        }
        for village, numbers in HOUSEHOLDS.items()
        for number in numbers
    }


def random_rows(draw: random.Random, values: Values, villages: Sequence[str]) -> list[dict[str, Any]]:
    """Corrections of a household of each of the villages, which are noted in `values`: of each the answer to indicator 9, and what
    may be in other figures or in none."""
    found = []
    for village in villages:
        number = draw.choice(HOUSEHOLDS[village])
        mine = values[village, number]
        more = {
            "satisfaction": str(draw.randint(0, 10)),
            "birth_date": f"01/01/25{draw.randint(10, 40)}",
            "evidence_photo": draw.choice(["present", "refused", "missing"]),
        }
        chosen = {name: more[name] for name in draw.sample(sorted(more), 2) if more[name] != mine[name]}
        for name, value in {"a2911": str(1 - int(mine["a2911"])), **chosen}.items():
            found.append(row(name, mine[name], value, number, 1 if name == "birth_date" else "", village))
            mine[name] = value
    return found


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Country:
    """Read only."""
    return Country(tmp_path_factory.mktemp("ready-country")).build()


@pytest.fixture
def country(ready: Country, tmp_path: Path) -> Country:
    """A copy to move."""
    shutil.copytree(ready.settings.root, tmp_path / "home")
    return Country(tmp_path)


def places(rows: Sequence[Any]) -> list[Place]:
    """(level, area) of rows with a place."""
    return [(one.place.level, one.place.area_code) for one in rows]
