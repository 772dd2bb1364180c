"""The fuzzer for some seconds, in a process of its own; and its oracle on the seeds."""

import importlib.util
import subprocess
import sys

import pytest

from tests.conftest import CHECKOUT
from tests.fuzz.oracle import read_any, seeds, split_any_way


@pytest.mark.parametrize("name", seeds())
def test_seeds_are_read(name: str) -> None:
    assert read_any(name, seeds()[name]) is None
    split_any_way(seeds()[name])


@pytest.mark.soak
def test_the_fuzzer_finds_nothing(tmp_path) -> None:
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is not installed (no wheel for this platform)")
    command = [sys.executable, "-m", "tests.fuzz.fuzz_intake", "-max_total_time=20", f"-artifact_prefix={tmp_path}/"]
    run = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
