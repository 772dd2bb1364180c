"""A home with 80 counted households of LAO L1 in two villages, whose round asks for confidence per LAO; made once."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from jpt_pipeline.settings import CHECKOUT, Settings
from jpt_pipeline.yamlfile import load_yaml
from tests.unit.intake.country import YEAR, Home, household, ndjson
from tests.unit.sampling.world import Field

CONFIDENCE = {
    "level": "lao", "percent_min": 90, "reading": "lower_bound", "risk_percent": 10, "misses_allowed": 0,
    "households_per_village_max": 15, "icc": 0.0, "basis": {"demand": "project", "reading": "project", "plan": "project"},
}  # fmt: skip


@pytest.fixture(scope="session")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout's definitions, but that round 2561 asks for re-interviews of every LAO."""
    folder = tmp_path_factory.mktemp("definitions")
    for path in (CHECKOUT / "data").iterdir():
        if path.suffix == ".yaml" or (path.is_dir() and any(path.glob("*.yaml")) and path.name != "rounds"):
            (folder / path.name).symlink_to(path)
    (folder / "rounds").mkdir()
    round_ = load_yaml(CHECKOUT / "data" / "rounds" / f"{YEAR}.yaml")
    round_["quality"] = {"confidence": CONFIDENCE, "basis": "project"}
    (folder / "rounds" / f"{YEAR}.yaml").write_text(yaml.safe_dump(round_, allow_unicode=True), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def eighty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Home(tmp_path_factory.mktemp("eighty")).registers()
    villages = ["38010101"] * 60 + ["38010201"] * 20 + ["38020101"]
    homes = [household(n, village, house_no=f"{n}/9") for n, village in enumerate(villages, 1)]
    home.take_bytes("a.ndjson", ndjson(homes))
    return home.run().settings.root


@pytest.fixture
def field(eighty: Path, definitions: Path, tmp_path: Path) -> Field:
    """That home, each test its own."""
    shutil.copytree(eighty, tmp_path / "home")
    return Field(Settings(home=tmp_path / "home", definitions=definitions, threads=1), tmp_path)


@pytest.fixture(scope="session")
def drawn_once(eighty: Path, definitions: Path, tmp_path_factory: pytest.TempPathFactory) -> Field:
    """That home after a sample was drawn. Read only: who changes it takes `drawn`."""
    folder = tmp_path_factory.mktemp("drawn")
    shutil.copytree(eighty, folder / "home")
    field = Field(Settings(home=folder / "home", definitions=definitions, threads=1), folder)
    return replace(field, sample=field.draw())


@pytest.fixture
def drawn(drawn_once: Field, tmp_path: Path) -> Field:
    """The home with a sample, each test its own."""
    shutil.copytree(drawn_once.settings.root, tmp_path / "home")
    settings = Settings(home=tmp_path / "home", definitions=drawn_once.settings.definitions, threads=1)
    return replace(drawn_once, settings=settings, folder=tmp_path)
