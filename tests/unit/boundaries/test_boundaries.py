"""Boundary files: formats, the join to the register, repair and refusal, what is kept and what maps read."""

import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from jpt_pipeline.areas.register import register
from jpt_pipeline.boundaries.readfile import Unreadable, read_boundaries
from jpt_pipeline.boundaries.register import BoundaryReport, register_boundaries
from jpt_pipeline.boundaries.shapes import BadShape, shape_of, simplified
from jpt_pipeline.boundaries.spec import load_boundary_spec
from jpt_pipeline.boundaries.stored import Boundaries
from jpt_pipeline.boundaries.topojson import decode_arcs, geometry
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import NotSealed
from tests.conftest import SAMPLE, Terminal, file_digests
from tests.unit.boundaries.shapes_files import SIDE, collection, feature, ring, topology, write

TAMBONS = ["380101", "380102", "380103"]
Give = Callable[..., BoundaryReport]


@pytest.fixture(scope="module")
def with_areas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("areas") / "home"
    assert register("areas", SAMPLE / "registers" / "areas.csv", Settings(home=home)).stored
    return home


@pytest.fixture
def settings(with_areas: Path, tmp_path: Path) -> Settings:
    return Settings(home=Path(shutil.copytree(with_areas, tmp_path / "home")))


@pytest.fixture
def give(settings: Settings, tmp_path: Path) -> Give:
    def register_content(content: Any, level: str = "tambon", code: str | None = None) -> BoundaryReport:
        return register_boundaries(write(tmp_path / "b.json", content), level, settings, code)

    return register_content


def found(report: BoundaryReport) -> dict[str, int]:
    return {notice.code: notice.count for notice in (*report.errors, *report.findings)}


def areas_of(settings: Settings, codes: list[str], level: str = "tambon") -> dict[str, float]:
    """Area in squares of side SIDE by code, as maps read the shapes."""
    shapes = Boundaries(settings.lake).shapes(level, codes)
    assert shapes is not None
    return {code: round(shapely.from_wkb(wkb).area / SIDE**2, 3) for code, wkb in shapes.wkb.items()}


def test_a_file_is_joined_by_code_kept_and_read_back(give: Give, settings: Settings) -> None:
    report = give(collection(*(feature(code, place) for place, code in enumerate(TAMBONS))))
    assert report.stored and (report.format, report.code_name) == ("geojson", "TAM_CODE")
    assert (report.features_n, report.stored_n, report.unknown_n) == (3, 3, 0)
    assert report.missing_n == found(report)["R-MAP-13"] > 0  # other tambons of the province are in the register
    assert areas_of(settings, TAMBONS) == dict.fromkeys(TAMBONS, 1.0)
    assert (settings.landing / "registers" / str(report.file_sha256)).is_file()
    shapes = Boundaries(settings.lake).shapes("tambon", TAMBONS[:1])
    assert shapes is not None and shapes.sources == (("b.json", report.file_sha256),)
    assert Boundaries(settings.lake).shapes("tambon", ["999999"]) is None
    assert Boundaries(settings.lake).shapes("district", ["3801"]) is None


def test_topojson_gives_the_same_shapes_as_geojson(give: Give, settings: Settings) -> None:
    give(collection(*(feature(code, place) for place, code in enumerate(TAMBONS))))
    plain = Boundaries(settings.lake).shapes("tambon", TAMBONS)
    report = give(topology(TAMBONS))
    assert report.stored and (report.format, report.layer, report.code_name) == ("topojson", "tambons", "id")
    shared = Boundaries(settings.lake).shapes("tambon", TAMBONS)
    assert plain is not None and shared is not None
    assert {code: shapely.from_wkb(wkb) for code, wkb in plain.wkb.items()} == {
        code: shapely.from_wkb(wkb) for code, wkb in shared.wkb.items()
    }


def test_arcs_run_backwards_and_meet_once() -> None:
    whole = topology(TAMBONS[:2])
    second = whole["objects"]["tambons"]["geometries"][1]
    assert second["arcs"][0][0] < 0
    line = geometry(second, decode_arcs(whole))["coordinates"][0]
    np.testing.assert_allclose(line[[0, -1]], [ring(1)[0]] * 2)
    assert len(line) == 5
    del whole["transform"]
    assert decode_arcs(whole)[0].tolist() == [[0, 0], [0, 100]]  # as they stand


@pytest.mark.parametrize(
    "codes",
    [
        [380101, 380102],
        [380101.0, 380102.0],
        ["๓๘๐๑๐๑", " 380102 "],
        ["TH380101", "TH380102"],
    ],
)
def test_codes_are_read_as_they_are_typed(give: Give, codes: list[Any]) -> None:
    report = give(collection(*(feature(code, place) for place, code in enumerate(codes))))
    assert (report.stored_n, report.code_name) == (2, "TAM_CODE")


def test_the_property_is_found_by_its_values_or_named(give: Give) -> None:
    features = [feature("x", place, รหัส=code) for place, code in enumerate(TAMBONS)]
    assert give(collection(*features)).code_name == "รหัส"
    assert found(give(collection(*features), code="TAM_CODE")) == {"R-MAP-04": 1}
    report = give(collection(*features), code="nothing")
    assert found(report) == {"R-MAP-10": 1} and "รหัส" in report.errors[0].places[0].text


def test_unknown_several_and_repaired_are_told(give: Give, settings: Settings) -> None:
    bow = feature(TAMBONS[1], 1)
    x, y = ring(1)[0]
    bow["geometry"]["coordinates"] = [[[x, y], [x + SIDE, y + SIDE], [x + SIDE, y], [x, y + SIDE], [x, y]]]
    island = feature(TAMBONS[0], 3)
    report = give(collection(feature(TAMBONS[0], 0), bow, island, feature("990101", 5), feature(None, 6)))
    assert report.stored and (report.unknown_n, report.repaired_n) == (2, 1)
    assert {code: n for code, n in found(report).items() if code != "R-MAP-13"} == {
        "R-MAP-12": 2,
        "R-MAP-14": 1,
        "R-MAP-15": 1,
    }
    assert areas_of(settings, TAMBONS) == {TAMBONS[0]: 2.0, TAMBONS[1]: 0.5}


def test_unclosed_rings_holes_and_third_numbers_are_taken(give: Give, settings: Settings) -> None:
    whole = feature(TAMBONS[0], 0)
    hole = [[x + SIDE / 4, y + SIDE / 4] for x, y in ring(0, SIDE / 2)]
    whole["geometry"]["coordinates"] = [[[x, y, 120.0] for x, y in ring(0)[:-1]], hole]
    assert give(collection(whole)).stored
    assert areas_of(settings, TAMBONS) == {TAMBONS[0]: 0.75}


@pytest.mark.parametrize(
    ("coordinates", "code"),
    [
        ([[[x * 10_000, y * 100_000] for x, y in ring(0)]], "R-MAP-05"),  # metres
        ([[[y, x] for x, y in ring(0)]], "R-MAP-05"),  # latitude first
        ([[ring(0)[0]] * 4], "R-MAP-07"),
        ([[[103.5, 18.2], [103.6, 18.2], [103.7, 18.2], [103.5, 18.2]]], "R-MAP-07"),  # a line
        ([[["a", "b"]] * 4], "R-MAP-08"),
        ([[[103.5, 18.2], [103.6]]], "R-MAP-08"),
        ([], "R-MAP-06"),
    ],
)
def test_what_bounds_nothing_refuses_the_file(give: Give, settings: Settings, coordinates: Any, code: str) -> None:
    bad = feature(TAMBONS[1], 1)
    bad["geometry"]["coordinates"] = coordinates
    report = give(collection(feature(TAMBONS[0], 0), bad))
    assert not report.stored and {notice.code for notice in report.errors} == {code}
    assert "รูปที่ 2 รหัส 380102" in report.errors[0].places[0].text
    assert Boundaries(settings.lake).shapes("tambon", TAMBONS) is None
    assert (settings.landing / "registers" / str(report.file_sha256)).is_file()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "R-MAP-01"),
        (b"{", "R-MAP-01"),
        (b"[1]", "R-MAP-02"),
        (b'{"type": "Point", "coordinates": [1, 2]}', "R-MAP-02"),
        (b'{"type": "FeatureCollection", "features": []}', "R-MAP-04"),
        (b'{"type": "Topology", "objects": {"a": {"type": "Polygon", "arcs": [[7]]}}, "arcs": []}', "R-MAP-09"),
        (b'{"type": "Topology", "objects": {}}', "R-MAP-09"),
        (json.dumps(collection(feature("990101", 0))).encode(), "R-MAP-04"),
        (json.dumps(collection(crs={"properties": {"name": "urn:ogc:def:crs:EPSG::32647"}})).encode(), "R-MAP-05"),
    ],
)
def test_files_without_use_are_refused_and_kept(settings: Settings, tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "b.json"
    path.write_bytes(content)
    report = register_boundaries(path, "tambon", settings)
    assert not report.stored and found(report) == {code: 1}
    assert (settings.landing / "registers" / hashlib.sha256(content).hexdigest()).read_bytes() == content


def test_wgs84_by_name_is_fine_and_a_home_without_areas_is_told(give: Give, tmp_path: Path) -> None:
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    content = collection(feature(TAMBONS[0], 0), crs=named)
    assert give(content).stored
    empty = register_boundaries(tmp_path / "b.json", "tambon", Settings(home=tmp_path / "empty"))
    assert found(empty) == {"R-MAP-11": 1}
    assert found(register_boundaries(tmp_path / "none.json", "tambon", Settings(home=tmp_path / "e"))) == {
        "R-FILE-01": 1
    }


def test_the_same_file_gives_the_same_bytes_and_a_new_one_replaces_its_province(give: Give, settings: Settings) -> None:
    features = [feature(code, place) for place, code in enumerate(TAMBONS)]
    give(collection(*features))
    first, digest = file_digests(settings.lake, "register__boundaries_tambon"), Boundaries(settings.lake).digest()
    give(collection(*features))
    assert file_digests(settings.lake, "register__boundaries_tambon") == first
    give(collection(*reversed(features)))  # the order of the file shows in its digest only
    assert areas_of(settings, TAMBONS) == dict.fromkeys(TAMBONS, 1.0)
    give(collection(features[0]))
    assert list(areas_of(settings, TAMBONS)) == TAMBONS[:1]
    give(collection({**feature("3801", 0)}), "district")
    assert list(areas_of(settings, TAMBONS)) == TAMBONS[:1]
    assert Boundaries(settings.lake).digest() != digest


def test_stored_boundaries_that_were_changed_are_not_read(give: Give, settings: Settings) -> None:
    give(collection(feature(TAMBONS[0], 0)))
    path = settings.lake / "register__boundaries_tambon" / "part.parquet"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(NotSealed):
        Boundaries(settings.lake).shapes("tambon", TAMBONS)
    assert found(give(collection(feature(TAMBONS[0], 0))))["R-LAKE-01"] == 1


def test_neighbours_keep_their_line_when_simplified() -> None:
    """A wavy line between two squares is simplified once, for both; nothing opens and nothing overlaps."""
    wave = [(1 + 0.01 * (-1) ** n, n / 20) for n in range(1, 20)]
    left = shapely.Polygon([(0, 0), (1, 0), *wave, (1, 1), (0, 1)])
    right = shapely.Polygon([(2, 0), (2, 1), (1, 1), *reversed(wave), (1, 0)])
    simple = simplified([left, right], 0.1)
    assert sum(len(shapely.get_coordinates(one)) for one in simple) < 20
    assert simple[0].intersection(simple[1]).area == 0
    assert simple[0].union(simple[1]).area == pytest.approx(2)


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.recursive(st.none() | st.integers(-3, 3) | st.text(max_size=3), lambda inner: st.lists(inner, max_size=3)))
def test_any_arcs_and_features_are_read_or_refused(junk: Any) -> None:
    spec = load_boundary_spec()
    whole = topology(TAMBONS[:1])
    for content in (
        {**whole, "arcs": junk},
        {**whole, "transform": {"scale": junk, "translate": [0, 0]}},
        {**whole, "objects": {"a": {"type": "MultiPolygon", "arcs": junk}}},
        {"type": "FeatureCollection", "features": junk},
    ):
        with contextlib.suppress(Unreadable):
            read_boundaries(json.dumps(content).encode(), spec)


POINTS = st.lists(st.tuples(st.integers(100, 104), st.integers(10, 13)), max_size=9)


@hypothesis_settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(POINTS, max_size=3), max_size=3) | st.recursive(st.none() | st.just("x"), st.lists))
def test_any_rings_become_sound_areas_or_are_refused(coordinates: Any) -> None:
    with contextlib.suppress(BadShape):
        shape = shape_of(
            json.loads(json.dumps({"type": "MultiPolygon", "coordinates": coordinates})), load_boundary_spec()
        )
        assert shapely.is_valid(shape.area) and shape.area.area > 0
        assert shape.area.geom_type in ("Polygon", "MultiPolygon")
        assert shapely.is_valid(simplified([shape.area], 0.01)[0])


def test_the_command(give: Give, settings: Settings, tmp_path: Path) -> None:
    jpt = Terminal(settings.root)
    path = write(tmp_path / "t.json", collection(*(feature(code, place) for place, code in enumerate(TAMBONS))))
    said = jpt("register", "boundaries", path, "--level", "tambon")
    assert said.exit_code == 0 and "รับแล้ว" in said.stdout and "R-MAP-13" in said.stdout
    code, told = jpt.json("register", "boundaries", path, "--level", "tambon", "--code", "name")
    assert code == 1 and told["errors"][0]["code"] == "R-MAP-04"
    assert jpt("register", "boundaries", path).exit_code == 1
    assert jpt("register", "areas", path, "--level", "tambon").exit_code == 1
