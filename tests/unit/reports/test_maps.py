"""Maps: which areas, classes by exact figures, a golden tile map, outlines with their labels inside, what each map says."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import shapely
from PIL import Image

from jpt_pipeline.areas.register import register
from jpt_pipeline.boundaries.register import register_boundaries
from jpt_pipeline.boundaries.stored import Boundaries, Shapes
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import NotSealed
from reports import maps
from reports.drawing import save, style
from reports.map_shapes import place
from reports.order import Order
from reports.release import Release, ReleaseError
from reports.tables import HIDDEN_CELL
from tests.conftest import SAMPLE
from tests.unit.boundaries.shapes_files import collection, feature, write

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "reports" / "tiles.png"
TOLERANCE = 4.0  # mean difference per pixel of 255; another class of one square gives more
TAMBONS = ["380101", "380102"]
VALUES: dict[str, maps.Value] = {"380101": Fraction(100), "380102": HIDDEN_CELL}
SCALE = maps.map_style().scale("passed")


@pytest.fixture(scope="module")
def boundaries(tmp_path_factory: pytest.TempPathFactory) -> Boundaries:
    """Of one of the two tambons of district 3801 of the invented release."""
    base = tmp_path_factory.mktemp("maps")
    settings = Settings(home=base / "home")
    assert register("areas", SAMPLE / "registers" / "areas.csv", settings).stored
    path = write(base / "ตำบล.geojson", collection(feature("380101", 0)))
    assert register_boundaries(path, "tambon", settings).stored
    return Boundaries(settings.lake)


def texts(order: Order, values: dict[str, maps.Value], title: str = "") -> list[str]:
    areas = maps.shown(order.release, order.level, order.area_code)
    with style():
        figure = maps.draw(order, areas, values, SCALE, title)
    return [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize(
    ("at", "level", "codes", "own"),
    [
        (("nation", "TH"), "province", ("38",), None),
        (("province", "38"), "district", ("3801", "3802"), None),
        (("district", "3801"), "tambon", ("380101", "380102"), None),
        (("tambon", "380102"), "village", ("38010205", "38010206"), None),
        (("lao", "L11"), "village", ("38010101", "38010102", "38010103"), None),
        (("village", "38010102"), "village", ("38010101", "38010102", "38010103"), "38010102"),
    ],
)
def test_a_map_shows_the_areas_inside(
    release: Release, at: tuple[str, str], level: str, codes: tuple[str, ...], own: str | None
) -> None:
    assert maps.shown(release, *at) == maps.Shown(level, codes, own)


def test_an_unknown_area_has_no_map(release: Release) -> None:
    with pytest.raises(ReleaseError):
        maps.shown(release, "district", "9901")


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        (Fraction(100), "ผ่านครบ"),
        (Fraction(9999999, 100000), "99 ขึ้นไป"),  # prints 100.00
        (Fraction(95), "95 ขึ้นไป"),
        (Fraction(949999, 10000), "90 ขึ้นไป"),  # prints 95.00
        (Fraction(0), "ต่ำกว่า 80"),
    ],
)
def test_classes_look_at_the_exact_figure(value: Fraction, meaning: str) -> None:
    assert SCALE.of(value).th == meaning


def test_a_figure_in_words() -> None:
    state = maps.map_style().scale("certified")
    assert [maps.figure_text(value, state) for value in (Fraction(1), Fraction(0), HIDDEN_CELL, None)] == [
        "รับรองแล้ว",
        "ยังไม่รับรอง",
        "*",
        "ไม่มีข้อมูลให้นับ",
    ]
    assert maps.figure_text(Fraction(200, 3), SCALE) == "66.67"


def pixels(path: Path) -> "np.ndarray[tuple[int, ...], np.dtype[np.int16]]":
    return np.asarray(Image.open(path).convert("RGB"), dtype=np.int16)


def test_golden_tiles(release: Release, tmp_path: Path) -> None:
    order = Order(release, "province", "38", tmp_path)
    areas = maps.Shown("village", tuple(release.area_codes("village")[:7]), "38010102")
    values: dict[str, maps.Value] = dict.fromkeys(areas.codes, Fraction(96)) | {
        areas.codes[0]: Fraction(100),
        areas.codes[2]: HIDDEN_CELL,
        areas.codes[3]: None,
    }
    with style():
        drawn = save(maps.draw(order, areas, values, SCALE, "ร้อยละที่ผ่านเกณฑ์"), tmp_path / "a.png", dpi=60)
        other = save(
            maps.draw(order, areas, values | {areas.codes[1]: Fraction(3)}, SCALE, "ร้อยละที่ผ่านเกณฑ์"),
            tmp_path / "b.png",
            dpi=60,
        )
    golden = pixels(GOLDEN)
    assert pixels(drawn).shape == golden.shape
    assert np.abs(pixels(drawn) - golden).mean() < TOLERANCE
    assert np.abs(pixels(other) - golden).mean() > TOLERANCE


def test_without_boundaries_a_map_says_that_places_mean_nothing(release: Release, tmp_path: Path) -> None:
    said = texts(Order(release, "district", "3801", tmp_path), VALUES, "ชื่อภาพ")
    assert {maps.TILES_TH, "ชื่อภาพ", "บึงกาฬ", "100.00", "*", "* ไม่แสดงตามนโยบาย"} <= set(said)
    assert "ไม่มีข้อมูลให้นับ" not in said  # a pattern is explained where it is on the map


def test_with_boundaries_a_map_names_its_file_and_who_is_missing(
    release: Release, boundaries: Boundaries, tmp_path: Path
) -> None:
    order = Order(release, "district", "3801", tmp_path, boundaries=boundaries)
    said = texts(order, VALUES)
    digest = boundaries.shapes("tambon", TAMBONS)
    assert digest is not None
    assert any("ตำบล.geojson" in line and digest.sources[0][1][:12] in line for line in said)
    assert "ไม่มีเส้นเขต: โนนสมบูรณ์ *" in said and maps.TILES_TH not in said
    thai = texts(Order(release, "district", "3801", tmp_path, True, boundaries=boundaries), VALUES)
    assert "๑๐๐.๐๐" in thai and any(digest.sources[0][1][:12] in line for line in thai)


def test_the_same_map_gives_the_same_text(release: Release, boundaries: Boundaries, tmp_path: Path) -> None:
    order = Order(release, "district", "3801", tmp_path, boundaries=boundaries)
    areas = maps.shown(release, "district", "3801")
    with style():
        first, again = (maps.map_svg(order, areas, VALUES, SCALE) for _ in range(2))
    assert first == again and first.count("<svg") == 1 and "Date" not in first and "<text" not in first


def test_changed_boundaries_are_not_drawn(release: Release, boundaries: Boundaries, tmp_path: Path) -> None:
    folder = tmp_path / "register__boundaries_tambon"
    folder.mkdir()
    for path in (boundaries.root / folder.name).iterdir():
        (folder / path.name).write_bytes(path.read_bytes() + (b" " if path.suffix == ".parquet" else b""))
    with pytest.raises(NotSealed):
        texts(Order(release, "district", "3801", tmp_path, boundaries=Boundaries(tmp_path)), VALUES)


def test_labels_stand_inside_and_small_areas_get_numbers(release: Release, tmp_path: Path) -> None:
    """A ring-like area: its middle lies outside of it, its label does not. A speck gets a number, explained below."""
    bow = shapely.Point(103.5, 18).buffer(0.5).difference(shapely.Point(103.6, 18).buffer(0.42))
    speck = shapely.box(104.1, 18.3, 104.104, 18.304)
    placed = place(Shapes({"a": shapely.to_wkb(bow), "b": shapely.to_wkb(speck)}, ()), 114)
    one = placed.areas["a"]
    assert shapely.Polygon(one.rings[0]).buffer(0.1).contains(shapely.Point(one.x, one.y))
    assert not shapely.Polygon(one.rings[0]).centroid.within(shapely.Polygon(one.rings[0]))
    assert placed.areas["b"].room < 3
    west = min(x for area in placed.areas.values() for ring in area.rings for x, _ in ring)
    east = max(x for area in placed.areas.values() for ring in area.rings for x, _ in ring)
    assert (west, east) == (0, 114)

    class Given(Boundaries):
        def shapes(self, level: str, codes: object) -> Shapes:
            return Shapes({"380101": shapely.to_wkb(bow), "380102": shapely.to_wkb(speck)}, (("x", "0" * 64),))

    said = texts(Order(release, "district", "3801", tmp_path, boundaries=Given(tmp_path)), VALUES)
    assert {"บึงกาฬ", "2", "2 โนนสมบูรณ์"} <= set(said)
