"""What holds single households is its owner's alone, whatever the umask; what is made to be read follows the umask."""

import os
import stat

import pytest

from checks import GATES
from jpt_pipeline.certification.stage import make_certified
from jpt_pipeline.home import furnish, prepare
from jpt_pipeline.results import build_warehouse, publish_round
from jpt_pipeline.store.files import private_folder, replacing
from jpt_pipeline.store.lake import GateFailed, Lake, Part, Verdict
from jpt_pipeline.store.session import session
from tests.unit.intake.country import HERE, YEAR, Home, deliver, household, ndjson

RESTRICTED = ("inbox", "landing", "lake", "warehouse", "scratch", "dagster", "keys")


@pytest.fixture(params=[0o000, 0o077])
def mask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def roof(tmp_path):
    """A folder that everybody may enter, so that nothing is hidden by what lies above it."""
    folder = tmp_path / "roof"
    folder.mkdir()
    folder.chmod(0o755)
    return folder


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def too_open(root, *names):
    """Paths in the named folders that others than the owner can reach, with their modes."""
    paths = [path for name in names for path in [root / name, *sorted((root / name).rglob("*"))] if path.exists()]
    assert len(paths) > len(names)
    return [(str(path), oct(mode(path))) for path in paths if mode(path) != (0o700 if path.is_dir() else 0o600)]


def test_single_households_are_for_the_owner_only(roof, mask):
    home = Home(roof)
    prepare(home.settings)
    home.registers()
    home.take_bytes("a.ndjson", ndjson([household(1), household(2, a2911="x")]) + b"{broken\n")
    home.take(deliver(home.folder / "zip", "zip", [household(3)]))
    home.take_bytes("b.csv", b"not,a,header\r\n1,2,3\r\n")
    home.run()
    for part in (HERE, Part(YEAR)):
        make_certified(home.settings, part, GATES)
    build_warehouse(home.settings)
    release = publish_round(home.settings, YEAR)
    assert too_open(home.settings.root, *RESTRICTED) == []
    assert mode(release) == 0o777 & ~mask
    assert mode(release / "jpt.duckdb") == mode(release / "manifest.json") == 0o666 & ~mask


def test_what_a_gate_rejects_is_for_the_owner_only(roof, mask):
    home = Home(roof)
    furnish(home.settings)

    def closed(connection, source):
        return [Verdict("closed", False)]

    with session(home.settings) as connection, pytest.raises(GateFailed):
        Lake(home.settings.lake).write(
            connection, "households__clean", HERE, "SELECT 1 AS a", fingerprint="", inputs={}, checks=[closed]
        )
    assert (home.settings.lake / "households__clean" / HERE.folder / "rejected.parquet").exists()
    assert too_open(home.settings.root, "lake") == []


def test_a_session_closes_the_folder_of_its_spill_files(roof, mask):
    home = Home(roof)
    with session(home.settings):
        assert mode(home.settings.scratch) == 0o700


def test_folders_and_files_below_a_private_folder_are_private(roof, mask):
    private_folder(roof / "a" / "b")
    with replacing(roof / "a" / "b" / "c" / "d" / "file") as temporary:
        temporary.write_bytes(b"x")
    assert too_open(roof / "a", "b") == []
    assert mode(roof / "a") == 0o777 & ~mask
    with replacing(roof / "a" / "open" / "file") as temporary:
        temporary.write_bytes(b"x")
    assert mode(roof / "a" / "open") == 0o777 & ~mask
    assert mode(roof / "a" / "open" / "file") == 0o666 & ~mask
