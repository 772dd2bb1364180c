"""A small invented province with planted cheaters, from delivery to the restricted report."""

import re
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pypdfium2
import pytest
import python_calamine as calamine

from jpt_pipeline.fieldwork import find_evidence, load_evidence, propose
from jpt_pipeline.restricted import NotRestricted
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from reports.enumerator_evidence import make
from reports.order import RestrictedOrder
from tests.conftest import copy_home
from tests.unit.fieldwork.measure import Measured
from tests.unit.fieldwork.world import PROVINCE, YEAR, World

SPEC = load_evidence()
PART = Part(YEAR, PROVINCE)


def test_cheaters_of_the_plain_kinds_are_found_and_honest_ones_left_alone(world: World) -> None:
    measured = Measured()
    measured.add(world.evidence, world.kinds)
    assert set(world.kinds) == {"", "copy", "desk", "fast", "last_year", "round"}
    assert measured.recall("copy") == measured.recall("last_year") == 1
    assert measured.listed[""] <= 1
    assert measured.below(0.05) <= 0.05


def test_each_kind_shows_its_own_sign(world: World) -> None:
    own = {
        "copy": "twin",
        "last_year": "last_year",
        "fast": "short_gap",
        "round": "round_amounts",
        "desk": "all_passed",
    }
    for at, kind in enumerate(world.kinds):
        if kind:
            sign = world.evidence.signs[own[kind]]
            assert sign.k[at] / sign.n[at] > sign.share[at], kind


def test_the_order_of_rows_and_other_enumerators_ids_change_nothing(world: World, tmp_path: Path) -> None:
    home = copy_home(world.settings.root, tmp_path / "home")
    lake = Lake(home / "lake")
    with duckdb.connect() as connection:
        for table in ("households__clean", "households__members", "indicators__results"):
            query = f"SELECT * FROM read_parquet('{lake.path(table, PART)}') ORDER BY hash(hh)"
            lake.write(connection, table, PART, query, fingerprint="", inputs={})
    again = find_evidence(replace_home(world.settings, home), YEAR, PROVINCE, "jpt")
    for mine, theirs in ((world.evidence.p, again.p), (world.evidence.q, again.q)):
        np.testing.assert_array_equal(mine, theirs)
    assert propose(again, SPEC, YEAR) == propose(world.evidence, SPEC, YEAR)


def replace_home(settings: Settings, home: Path) -> Settings:
    return settings.model_copy(update={"home": home})


def test_lists_hold_a_few_households_of_each_and_as_many_for_comparison(world: World) -> None:
    revisits = propose(world.evidence, SPEC, YEAR)
    listed = {world.evidence.visits.workers[at] for at in np.flatnonzero(world.evidence.listed)}
    for revisit in revisits:
        proposed = [one for one in revisit.visits if not one.is_control]
        controls = [one for one in revisit.visits if one.is_control]
        assert len(controls) == max(len(proposed), SPEC.revisit.controls_least)
        assert {(one.tambon_code, one.enumerator_id) for one in proposed} == {
            worker for worker in listed if worker[0] == revisit.tambon_code
        }
        assert not {(one.tambon_code, one.enumerator_id) for one in controls} & listed
        assert len({one.household_id for one in revisit.visits}) == len(revisit.visits)
    assert len(revisits) == len({tambon for tambon, _ in world.evidence.visits.workers})
    most = max(sum(one.enumerator_id == name for one in r.visits) for r in revisits for _, name in listed)
    assert most == SPEC.revisit.households_most


def test_another_year_draws_other_households(world: World) -> None:
    now, later = (propose(world.evidence, SPEC, year) for year in (YEAR, YEAR + 1))
    assert [one for r in now for one in r.visits if one.is_control] != [
        one for r in later for one in r.visits if one.is_control
    ]


@pytest.fixture(scope="module")
def reported(world: World) -> tuple[RestrictedOrder, list[Path]]:
    tambon = world.evidence.visits.workers[int(np.flatnonzero(world.evidence.listed)[0])][0]
    out = world.settings.restricted / "evidence"
    order = RestrictedOrder(world.settings, YEAR, "jpt", "district", tambon[:4], out, by="สพอ.")
    made = make(order)
    assert made.households_n > 2 * SPEC.revisit.households_most
    return order, made.files


def cells(path: Path) -> dict[str, list[list[object]]]:
    book = calamine.load_workbook(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_the_list_of_visits_tells_neither_enumerators_nor_reasons(
    world: World, reported: tuple[RestrictedOrder, list[Path]]
) -> None:
    evidence, visits, _ = reported[1]
    sheets = cells(visits)
    blind = str(sheets)
    assert not re.search(r"E38\d{5}", blind)
    assert not [sign.title_th for sign in SPEC.signs.named().values() if sign.title_th in blind]
    listed = {str(row[2]) for sheet in sheets.values() for row in sheet if re.fullmatch(r"\d{11}.*", str(row[2]))}
    key = {str(row[1]) for row in cells(evidence)["เหตุของครัวเรือนที่เสนอ"] if re.fullmatch(r"\d{11}.*", str(row[1]))}
    assert listed == key
    assert len(listed) > 2 * SPEC.revisit.households_most


def test_the_workbook_names_everybody_and_says_too_few(reported: tuple[RestrictedOrder, list[Path]]) -> None:
    sheets = cells(reported[1][0])
    people = [row for row in sheets["ผู้จัดเก็บ"] if re.fullmatch(r"E38\d{5}", str(row[0]))]
    results = {str(row[-1]) for row in people}
    assert "ครัวเรือนน้อยเกินกว่าจะบอกได้" in results
    for row in people:
        if row[1] < SPEC.least_households:
            assert set(row[4:-1]) == {"-"}
    assert "ไม่ใช่คำตัดสิน" in str(sheets["ผู้จัดเก็บ"])


def test_the_pdf_has_a_page_for_each_tambon_and_the_same_bytes_again(
    world: World, reported: tuple[RestrictedOrder, list[Path]]
) -> None:
    order, files = reported
    pdf = files[2].read_bytes()
    assert len(pypdfium2.PdfDocument(pdf)) >= len(
        {t for t, _ in world.evidence.visits.workers if t[:4] == order.area_code}
    )
    assert [path.read_bytes() for path in make(order).files] == [path.read_bytes() for path in files]
    names = set(
        pq.read_table(next((world.settings.root.parent / "made").glob("deliveries/*/members.parquet")))["first_name"]
    )
    assert not {str(name) for name in names} & set(str(cells(files[0])).split())


def test_it_is_written_into_the_restricted_place_only(
    reported: tuple[RestrictedOrder, list[Path]], tmp_path: Path
) -> None:
    with pytest.raises(NotRestricted):
        make(replace(reported[0], out=tmp_path))
    assert list(tmp_path.iterdir()) == []
