"""The registry: names, levels, and that listing reports imports neither matplotlib nor Great Expectations."""

import subprocess
import sys
from pathlib import Path

from reports.registry import REPORTS
from reports.words import words


def test_reports_are_named_and_made_for_known_levels() -> None:
    of_tables = {"failing-rank", "indicators", "population", "economy", "coverage", "edit-listing", "lao-budget"}
    assert set(REPORTS) >= of_tables | {"confidence", "awards", "poster", "quality"}
    for name, report in REPORTS.items():
        assert report.name == name
        assert report.title_th
        assert set(report.levels) <= set(words().levels)


def test_listing_is_light() -> None:
    code = "import sys, reports.registry; print({'matplotlib', 'great_expectations', 'scipy'} & set(sys.modules))"
    root = Path(__file__).resolve().parents[3]
    found = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
