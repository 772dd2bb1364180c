"""A home with six counted households in four villages, run up to the figures of the nation; made once, read only."""

import shutil
from pathlib import Path

import pytest

from tests.unit.intake.country import Home, household, ndjson, person

HOUSEHOLDS = [
    household(1, people=[person(1), person(21, sex="2"), person(22, birth_date="05/02/2559")]),
    household(2, a2911="0"),
    household(3, satisfaction=None),
    household(4, "38010102"),
    household(5, "38010201", a1112="1,ข้าวเหนียว"),
    household(6, "38020101", evidence_photo="refused"),
]
HOUSE = str(HOUSEHOLDS[0]["household_id"])


@pytest.fixture(scope="session")
def six(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("six")).registers()
    home.take_bytes("a.ndjson", ndjson(HOUSEHOLDS))
    return home.run()


@pytest.fixture
def own_six(six: Home, tmp_path: Path) -> Home:
    """That home, each test its own."""
    shutil.copytree(six.settings.root, tmp_path / "home")
    return Home(tmp_path)
