"""A small home whose invented people have names and houses that nothing but restricted files may hold: made once, read only."""

from pathlib import Path

import pytest

from tests.unit.intake.country import Home
from tests.unit.listing.world import make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return make_world(tmp_path_factory.mktemp("listing"))


@pytest.fixture
def out(world: Home, request: pytest.FixtureRequest) -> Path:
    """A folder of the test's own in the restricted place."""
    return world.settings.restricted / request.node.name
