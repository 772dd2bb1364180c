"""The invented release, written once per run and only read by the tests."""

from pathlib import Path

import pytest

from reports.release import Release
from tests.unit.reports.invented import write_release


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_release(tmp_path_factory.mktemp("published") / "2561-r0001")


@pytest.fixture(scope="session")
def release(folder: Path) -> Release:
    return Release.open(folder)
