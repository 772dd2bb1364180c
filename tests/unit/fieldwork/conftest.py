"""One small invented province with planted cheaters, made once for all workers. Read only: copy it."""

import filelock
import pytest

from tests.conftest import shared_folder
from tests.unit.fieldwork.world import World, make_world, open_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = shared_folder(tmp_path_factory) / "fieldwork"
    with filelock.FileLock(root.with_suffix(".lock")):
        if not (root / "done").exists():
            make_world(root, households_n=2000, cheaters_n=10, seed=3)
            (root / "done").touch()
    return open_world(root)
