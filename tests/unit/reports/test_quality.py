"""Quality evidence: made once in a process of its own, for a sound release and for one with planted faults."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.reports.invented import Frames, write_release

ROOT = Path(__file__).resolve().parents[3]
MAKE = """
import sys
from pathlib import Path
from reports.order import Order
from reports.registry import REPORTS
from reports.release import Release
for folder, out in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
    release = Release.open(Path(folder))
    REPORTS["quality"].make(Order(release, "nation", "TH", Path(out)))
REPORTS["failing-rank"].make(Order(release, "nation", "TH", Path(out)))
"""


def plant(tables: Frames) -> None:
    """One district's count does not add up, one LAO has no row for an indicator, one area is unknown."""
    rows = tables["rollups__indicators"]
    at = (rows["area_code"] == "3802") & (rows["indicator_no"] == 13)
    rows.loc[at, "surveyed_n"] += 1
    tables["rollups__indicators"] = rows[(rows["area_code"] != "L21") | (rows["indicator_no"] != 5)]
    areas = tables["rollups__areas"]
    areas.loc[areas["area_code"] == "L12", "area_code"] = "L99"
    certified = tables["certified__district"]
    certified.loc[(certified["area_code"] == "3801") & (certified["indicator_no"] == 1), "passed_n"] -= 1
    coverage = tables["rollups__coverage"]
    coverage.loc[coverage["area_code"] == "38", "target_n"] = 100


@dataclass
class Evidence:
    home: Path
    sound: Path
    again: Path
    faulty: Path


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """Folders `quality/` of three runs, made with an empty home folder."""
    base = tmp_path_factory.mktemp("quality")
    sound, faulty = write_release(base / "sound"), write_release(base / "faulty", plant)
    made = Evidence(base / "home", base / "a", base / "b", base / "c")
    made.home.mkdir()
    arguments = [sound, made.sound, sound, made.again, faulty, made.faulty]
    environment = {**os.environ, "HOME": str(made.home), "JPT_HOME": str(base / "jpt"), "PYTHONPATH": str(ROOT)}
    environment.pop("MPLCONFIGDIR", None)
    subprocess.run([sys.executable, "-c", MAKE, *map(str, arguments)], cwd=base, env=environment, check=True)
    return made


def failed(folder: Path, level: str) -> set[str]:
    result = json.loads((folder / "quality" / f"{level}.json").read_text(encoding="utf-8"))
    return {one["expectation_config"]["meta"]["id"] for one in result["results"] if not one["success"]}


def test_a_sound_release_meets_every_expectation(evidence: Evidence) -> None:
    for level in ("lao", "district", "province", "nation"):
        assert failed(evidence.sound, level) == set()


def test_planted_faults_are_seen_at_their_level(evidence: Evidence) -> None:
    assert failed(evidence.faulty, "district") >= {"adds_up", "children_surveyed", "certified_passed"}
    assert failed(evidence.faulty, "lao") >= {"complete", "registered"}
    assert "coverage" in failed(evidence.faulty, "province")
    assert "adds_up" not in failed(evidence.faulty, "lao")


def test_the_page_says_so_in_thai(evidence: Evidence) -> None:
    page = (evidence.faulty / "quality" / "district.html").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if "จำนวนที่สำรวจ = ผ่านเกณฑ์ + ไม่ผ่านเกณฑ์" in line)
    assert ">ไม่ผ่าน<" in row and "3802 ตัวชี้วัดที่ 13" in row
    assert ">ไม่ผ่าน<" in (evidence.faulty / "quality" / "index.html").read_text(encoding="utf-8")
    sound = (evidence.sound / "quality" / "index.html").read_text(encoding="utf-8")
    assert ">ไม่ผ่าน<" not in sound and "ร้อยละ 110" in (evidence.sound / "quality" / "lao.html").read_text(
        encoding="utf-8"
    )


def test_pages_need_no_network(evidence: Evidence) -> None:
    pages = sorted((evidence.sound / "quality").glob("*.html"))
    assert len(pages) == 5
    for page in pages:
        text = re.sub(r"base64,[^)]*", "", page.read_text(encoding="utf-8"))
        assert not re.search(r"https?:|@import|<img|<script[^>]+src|url\((?!data:)", text)
        names = re.findall(r'href="([^"#][^"]*)"', text)
        assert all(name == "data:," or (page.parent / name).is_file() for name in names)


def test_the_same_release_gives_the_same_bytes(evidence: Evidence) -> None:
    for path in sorted((evidence.sound / "quality").iterdir()):
        assert path.read_bytes() == (evidence.again / "quality" / path.name).read_bytes(), path.name


def test_nothing_is_written_outside(evidence: Evidence) -> None:
    assert list(evidence.home.iterdir()) == []
    assert {path.name for path in evidence.home.parent.iterdir()} == {"home", "jpt", "sound", "faulty", "a", "b", "c"}
