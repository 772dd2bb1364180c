"""The measurement of docs/fieldwork.md on one province of 24,000 households (`make soak`)."""

from pathlib import Path

import pytest

from tests.unit.fieldwork.measure import Measured
from tests.unit.fieldwork.world import make_world


@pytest.mark.soak
@pytest.mark.parametrize("cheaters_n", [0, 75])
def test_power_and_honesty_on_a_whole_province(tmp_path: Path, cheaters_n: int) -> None:
    world = make_world(tmp_path, households_n=24_000, cheaters_n=cheaters_n, seed=11)
    measured = Measured()
    measured.add(world.evidence, world.kinds)
    assert measured.below(0.05) < 0.05
    assert measured.below(0.01) < 0.01
    assert measured.listed[""] <= 4
    if cheaters_n:
        assert measured.recall("copy") == measured.recall("last_year") == 1
        assert measured.recall("fast") > 0.6
        assert measured.precision > 0.9
