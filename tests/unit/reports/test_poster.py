"""The poster: what it says as data, that it fits on its page in letters of 24 pt, and its golden picture."""

import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pypdfium2
import pytest
from PIL import Image

from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.settings import Settings
from reports import poster, typeset
from reports.counts import area_indicators
from reports.order import Order
from reports.paper import Paper
from reports.release import Release
from tests.unit.reports.invented import Frames, write_release

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "reports" / "poster.png"
PPI = 12.0
TOLERANCE = 4.0  # mean difference per pixel of 255
VILLAGE = ("village", "38010101")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Other figures for the same villages, of the year before."""
    release = Release.open(write_release(tmp_path_factory.mktemp("before"), seed=7))
    return replace(release, manifest={**release.manifest, "survey_year": 2560})


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return Release.open(write_release(tmp_path_factory.mktemp("public"), public=True), audience="public")


def content(release: Release, before: Release | None = None, thai: bool = False) -> dict[str, Any]:
    return poster.content(Order(release, *VILLAGE, Path(), thai, before))


def said(told: Any) -> str:
    """All texts without their marks of line breaks."""
    return json.dumps(told, ensure_ascii=False).replace("\u200b", "").replace("\u00a0", " ")


def rows_of(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for one in told["dimensions"] for row in one["rows"]]


def pixels(content: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.int16]]":
    return np.asarray(Image.open(BytesIO(content)).convert("RGB"), dtype=np.int16)


@pytest.mark.parametrize("thai", [False, True])
def test_the_poster_says_what_it_must(release: Release, thai: bool) -> None:
    told = content(release, thai=thai)
    everything = said(told)
    paper = Paper(poster.poster_words(), thai)
    for indicator in area_indicators(release, *VILLAGE):
        assert paper.digits(indicator.name_th) in everything
    for part in ("บ้านโนนสว่าง", "รับรองแล้ว", "แบบของโครงการ มิใช่แบบราชการ", release.sha256[:12], release.name, "ตัวหาร"):
        assert part in everything
    assert ("๓๑" in everything) == thai
    assert len(told["dimensions"]) == 5 and len(rows_of(told)) == 31
    assert not told["has_before"] and "ไม่มีข้อมูลปีก่อน" in said(told["tiles"])


def test_last_year_stands_beside_this_year(release: Release, before: Release) -> None:
    told = content(release, before)
    then = {str(one.counted.number): one for one in area_indicators(before, *VILLAGE)}
    directions = []
    for row in rows_of(told):
        earlier = then[row["no"]].counted
        share = f"{100 * earlier.passed_n / earlier.surveyed_n:.2f}" if earlier.surveyed_n else "-"
        assert row["then"] == share
        directions.append(row["direction"])
    assert {"better", "worse", "same"} <= set(directions)
    assert "ปี 2560" in said(told["years"])
    assert told["tiles"][-1]["figure"] == str(directions.count("better"))


def test_the_worst_come_first_and_nobody_is_blamed_for_nothing(release: Release) -> None:
    worst = content(release)["worst"]["rows"]
    shares = [float(row["failed_percent"]) for row in worst]
    assert len(worst) == 5 and shares == sorted(shares, reverse=True) and shares[-1] > 0


def test_hidden_figures_are_stars(public: Release) -> None:
    told = content(public)
    hidden = [one.counted.number for one in area_indicators(public, *VILLAGE) if one.is_hidden]
    rows = {int(row["no"]): row for row in rows_of(told)}
    assert hidden and told["has_hidden"]
    for number in hidden:
        assert rows[number]["mark"] == "hidden" and rows[number]["now"] == "*" and not rows[number]["counts"]
    assert not {int(row["no"]) for row in told["worst"]["rows"]} & set(hidden)
    assert told["pyramid"]["svg"] is None
    assert public.policy.version in said(told["provenance"])


def test_an_area_without_households_is_not_called_perfect(tmp_path: Path) -> None:
    def empty(tables: Frames) -> None:
        for name in ("rollups__indicators", "rollups__economy", "rollups__coverage"):
            counts = [column for column in tables[name] if column.endswith(("_n", "_baht"))]
            tables[name].loc[tables[name]["area_code"] == VILLAGE[1], counts] = 0
        people = tables["rollups__population"]
        tables["rollups__population"] = people[people["area_code"] != VILLAGE[1]]

    told = content(Release.open(write_release(tmp_path / "r", empty)))
    assert told["worst"]["rows"] == [] and "ไม่มีข้อมูลให้นับ" in said(told["worst"]["none"])
    assert told["together"] == [] and told["pyramid"]["svg"] is None
    assert {row["now"] for row in rows_of(told)} == {"-"}


def with_plan(release: Release, plan: str) -> Release:
    """The release as if another instrument had asked."""
    instrument = load_instrument(plan)
    rows = release.table("rollups__indicators")
    numbered = rows.set_index("indicator_no", drop=False)
    taken = [numbered.loc[(one.number - 1) % 31 + 1].assign(indicator_no=one.number) for one in instrument.indicators]
    frames = {**release._frames, "rollups__indicators": pd.concat(taken)}
    return replace(release, instrument=instrument, _frames=frames, _by_area={})


@pytest.mark.parametrize("plan", ["plan11", "plan12", "plan13"])
def test_the_indicators_fit_in_letters_of_24_pt(release: Release, before: Release, plan: str) -> None:
    compiler = typeset._compiler(Settings().definitions)
    told = content(with_plan(release, plan), with_plan(before, plan))
    assert len(typeset.png("poster", told, 5)) == 1
    assert compiler.query("<letters>", field="value", one=True) == "24.0"


def test_files_of_the_poster(release: Release, before: Release, tmp_path: Path) -> None:
    document, picture = poster.make(Order(release, *VILLAGE, tmp_path / "a", before=before))
    assert picture.name == "poster_2561_village_38010101.png"
    made = document.read_bytes()
    with pypdfium2.PdfDocument(made) as opened:
        assert [round(mm * 25.4 / 72) for mm in opened[0].get_size()] == [420, 594] and len(opened) == 1
    assert b"Sarabun" in made and b"CreationDate" not in made
    again = poster.make(Order(release, *VILLAGE, tmp_path / "b", before=before))
    assert [path.read_bytes() for path in again] == [made, picture.read_bytes()]


def test_golden_poster(release: Release, before: Release) -> None:
    drawn, golden = pixels(typeset.png("poster", content(release, before), PPI)[0]), pixels(GOLDEN.read_bytes())
    assert drawn.shape == golden.shape
    assert np.abs(drawn - golden).mean() < TOLERANCE
    other = pixels(typeset.png("poster", content(release), PPI)[0])
    assert np.abs(other - golden).mean() > TOLERANCE / 2
