"""`jpt bench --nation` on two tiny provinces, stopped in the middle: the whole path, all ways equal, one journal."""

import json
from collections import Counter
from pathlib import Path

import pytest

from jpt_pipeline.benchmark.nation import measure_nation
from jpt_pipeline.benchmark.paper import STAGES, facts, markdown
from jpt_pipeline.store.files import read_json

pytestmark = pytest.mark.national


class Stopped(Exception):
    """A kill, as far as a test has one."""


def test_a_stopped_measurement_goes_on_and_measures_everything_once(tmp_path: Path) -> None:
    def stop(name: str, households_n: int) -> None:
        if name == "province_round 83|2561":
            raise Stopped

    with pytest.raises(Stopped):
        measure_nation(tmp_path, 60, stop, provinces=("38", "83"), workers=1)
    told: list[tuple[str, int]] = []
    found = measure_nation(tmp_path, 60, lambda *what: told.append(what), provinces=("38", "83"), workers=1)
    assert not found.is_resumed  # the same process went on
    assert sum(households_n for _, households_n in told) == 120  # taken in, and run
    assert set(STAGES) == set(found.stages)
    assert found.total.seconds == pytest.approx(sum(cost.seconds for cost in found.stages.values()))
    journal = (tmp_path / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    pieces = Counter((piece["stage"], piece["part"]) for piece in map(json.loads, journal))
    assert {pieces[stage, f"2561/{code}"] for stage in ("households", "rollups") for code in ("38", "83")} == {1}
    assert found.beside is not None and found.beside.rows_n > 3000
    assert {"take", "run", "publish", "households"} <= set(found.correction)
    releases = [read_json(path) for path in sorted((tmp_path / "home" / "published").rglob("manifest.json"))]
    assert len(releases) == 2
    known = facts(found)
    assert json.loads(json.dumps(known))["ratios"]["rollups_to_floor"] > 0
    text = markdown(found, {"0.01": known, "0.1": known})
    assert "| **all** |" in text and "0.01 to 0.1 | 1.0 | 1.0" in text
    again = measure_nation(tmp_path, 60, lambda *_: None, provinces=("38", "83"), workers=1)
    assert again.total == found.total
