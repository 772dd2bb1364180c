"""The tree: closure, areas with parents, years and provinces; a definition file that contradicts itself is refused."""

import shutil
from pathlib import Path

import duckdb
import pytest
from area_files import ELSEWHERE, rows

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.areas.tree import villages
from jpt_pipeline.settings import CHECKOUT
from jpt_pipeline.store.lake import Lake, NotSealed

OTHER_PROVINCE = {
    "village_code": "43010101",
    "tambon_code": "430101",
    "tambon_name": "ในเมือง",
    "district_code": "4301",
    "district_name": "เมืองหนองคาย",
    "province_code": "43",
    "province_name": "หนองคาย",
    "lao_code": "L3",
}


@pytest.fixture
def tree(give, settings):
    """A connection after villages(…) over three villages in two provinces, one of them closed after 2560."""
    give("areas", rows("areas", {}, {**ELSEWHERE, "valid_to": "2560"}, OTHER_PROVINCE))

    def connection(year, province=None):
        session = duckdb.connect()
        villages(session, Lake(settings.lake), year, province)
        return session

    return connection


def test_every_village_is_in_the_closure_once_per_level(tree):
    closure = tree(2560).execute("SELECT level, village_code, area_code FROM area_closure").fetchall()
    levels = [level.level for level in load_levels()]
    assert [level for level, _, _ in closure] == [level for level in levels for _ in range(3)]
    assert [area for level, _, area in closure if level == "lao"] == ["L1", "L2", "L3"]
    assert [area for level, _, area in closure if level == "nation"] == ["TH"] * 3


def test_parents_follow_the_levels_file(tree):
    areas = tree(2561).execute("SELECT level, area_code, area_name, parent_code FROM areas").fetchall()
    assert areas == [
        ("village", "38010101", "บ้านหนึ่ง", "L1"),
        ("village", "43010101", "บ้านหนึ่ง", "L3"),
        ("tambon", "380101", "บึงกาฬ", "3801"),
        ("tambon", "430101", "ในเมือง", "4301"),
        ("lao", "L1", "อบต.หนึ่ง", "3801"),
        ("lao", "L3", "อบต.หนึ่ง", "4301"),
        ("district", "3801", "เมืองบึงกาฬ", "38"),
        ("district", "4301", "เมืองหนองคาย", "43"),
        ("province", "38", "บึงกาฬ", "TH"),
        ("province", "43", "หนองคาย", "TH"),
        ("nation", "TH", "ทั้งประเทศ", None),
    ]


@pytest.mark.parametrize(("year", "number"), [(2560, 3), (2561, 2)])
def test_valid_to_is_inclusive(tree, year, number):
    assert tree(year).execute("SELECT count(*) FROM villages").fetchall() == [(number,)]


def test_one_province_has_no_nation(tree):
    session = tree(2560, "43")
    assert session.execute("SELECT village_code FROM villages").fetchall() == [("43010101",)]
    assert session.execute("SELECT count(*) FROM areas WHERE level = 'nation'").fetchall() == [(0,)]
    assert session.execute("SELECT DISTINCT level FROM area_closure WHERE level = 'nation'").fetchall() == []


def test_no_register_yet(settings):
    with pytest.raises(NotSealed):
        villages(duckdb.connect(), Lake(settings.lake), 2561)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("level: tambon", "level: village"),
        ("parent: lao", "parent: country"),
        ("inside: [nation]", "inside: [district]"),
        ("code: TH", "kind: TH"),
    ],
)
def test_a_levels_file_that_contradicts_itself_is_refused(tmp_path: Path, old, new):
    shutil.copytree(CHECKOUT / "data/areas", tmp_path / "areas")
    path = tmp_path / "areas/levels.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError):
        load_levels(tmp_path)
