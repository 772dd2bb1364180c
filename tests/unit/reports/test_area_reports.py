"""Population, economy, coverage: every figure worked out a second time from the villages; hidden figures; pictures."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from reports import coverage, economy, indicators, population
from reports.drawing import save, style
from reports.labels import labels
from reports.order import Order
from reports.page import Page
from reports.release import Release
from reports.tables import HIDDEN_CELL, Band, Cell, Table
from tests.unit.reports.invented import Frames, village_register, write_release

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "reports"
TOLERANCE = 4.0
DISTRICT = ("district", "3801")
LAO = ("lao", "L11")
VILLAGE = ("village", "38010101")


def villages(release: Release, table: str, district: str = "3801") -> pd.DataFrame:
    """Rows of the villages of a district, by a way of their own: the register of the invented country."""
    register = village_register()
    codes = register[register["district"] == district]["village"]
    rows = release.table(table)
    return rows[(rows["level"] == "village") & rows["area_code"].isin(codes)]


def row(table: Table, first: str) -> dict[str, Cell]:
    """The row that begins with a text, by field."""
    cells = next(cells for cells in table.cells() if cells[0] == first)
    return {column.field: cell for column, cell in zip(table.columns, cells, strict=True)}


def test_population_adds_up_from_the_villages(release: Release) -> None:
    people = villages(release, "rollups__population")
    age = people["age_band"].map(lambda band: int(band.rstrip("+").split("-")[0]))
    own, below = population.people(release, *DISTRICT), population.people_below(release, *DISTRICT)
    groups = {
        "วัยเด็ก (0-14 ปี)": age < 15,
        "วัยแรงงาน (15-59 ปี)": (age >= 15) & (age < 60),
        "ผู้สูงอายุ (60 ปีขึ้นไป)": age >= 60,
    }
    table = population.band_table(own)
    whole_n = int(people["persons_n"].sum())
    for name, inside in groups.items():
        n = int(people[inside]["persons_n"].sum())
        males_n = int(people[inside & (people["sex"] == "1")]["persons_n"].sum())
        found = row(table, name)
        assert (found["both_n"], found["sex_1_n"], found["both_percent"]) == (n, males_n, Fraction(100 * n, whole_n))
    assert row(table, "รวม")["both_n"] == whole_n == sum(int(area.all) for area in below)
    ratios = {cells[2]: cells[3:] for cells in population.ratio_table([own]).cells()}
    old_n, working_n = (int(people[groups[name]]["persons_n"].sum()) for name in list(groups)[:0:-1])
    assert ratios["อัตราพึ่งพิงวัยสูงอายุ"] == [old_n, working_n, Fraction(100 * old_n, working_n)]


def test_averages_are_sums_over_sums(release: Release, tmp_path: Path) -> None:
    rows = villages(release, "rollups__economy")
    income, expense, persons, households = (
        int(rows[name].sum()) for name in ("income_baht", "expense_baht", "persons_n", "households_n")
    )
    own = economy.economy(release, *DISTRICT)
    table = economy.own_table(own, None, None)
    assert row(table, "รายได้รวม")["per_person_baht"] == Fraction(income, persons)
    assert row(table, economy.REMAINS_TH)["per_household_baht"] == Fraction(income - expense, households)
    mean_of_means = sum(Fraction(int(one.income_baht), int(one.persons_n)) for one in rows.itertuples()) / len(rows)
    assert row(table, "รายได้รวม")["per_person_baht"] != mean_of_means
    shares = [row(table, name)["share_percent"] for name in economy.components("income").values()]
    assert sum(share for share in shares if isinstance(share, Fraction)) == 100
    beside = economy.area_table(own, economy.economies_below(release, *DISTRICT))
    assert [cells[0] for cells in beside.cells()] == ["L11", "L12", "3801"]
    assert row(beside, "3801")["income_per_person_baht"] == Fraction(income, persons)


def test_the_round_before_stands_beside_this_one(release: Release, tmp_path: Path) -> None:
    def poorer(tables: Frames) -> None:
        tables["rollups__economy"]["income_baht"] -= 3 * tables["rollups__economy"]["persons_n"]

    before = Release.open(write_release(tmp_path / "r", poorer))
    order = Order(release, *DISTRICT, tmp_path, before=before)
    table = economy.own_table(economy.economy(release, *DISTRICT), economy.economy_before(order), before)
    assert row(table, "รายได้รวม")["per_person_change_baht"] == 3
    assert economy.economy_before(Order(release, *DISTRICT, tmp_path)) is None


def test_every_percentage_of_coverage_names_its_denominator(tmp_path: Path) -> None:
    def short(tables: Frames) -> None:
        rows = tables["rollups__coverage"]
        at = (rows["area_code"] == "3801") | (rows["area_code"] == "L11")
        rows.loc[at, ["target_n", "quarantined_n", "photo_missing_n"]] += [20, 7, 5]

    release = Release.open(write_release(tmp_path / "r", short))
    rows = villages(release, "rollups__coverage")
    target, surveyed, empty = (int(rows[name].sum()) for name in ("target_n", "surveyed_n", "nonresponse_empty_n"))
    own = coverage.coverage(release, *DISTRICT)
    table = coverage.own_table(own)
    assert row(table, coverage.SURVEYED_TH)["percent"] == Fraction(100 * surveyed, target + 20)
    assert row(table, "จัดเก็บไม่ได้: บ้านว่าง")["count_n"] == empty
    assert row(table, coverage.UNACCOUNTED_TH)["count_n"] == target + 20 - surveyed - empty == 20
    assert row(table, "กักไว้ตรวจสอบ")["percent"] == Fraction(700, surveyed + 7)
    assert row(table, "ไม่มีภาพถ่าย")["denominator"] == coverage.SURVEYED_TH
    for cells in table.cells():
        assert (cells[2] is None) == (cells[3] == "")
        if isinstance(cells[2], Fraction) and isinstance(cells[1], int) and isinstance(cells[4], int):
            assert cells[2] == Fraction(100 * cells[1], cells[4])
    columns = coverage.area_table(own, []).columns
    assert all("ร้อยละของ" in column.title for column in columns if column.kind == "percent")


def test_more_than_the_target_is_told_and_never_drawn_below_zero(tmp_path: Path) -> None:
    def over(tables: Frames) -> None:
        rows = tables["rollups__coverage"]
        rows.loc[rows["area_code"] == "L11", "target_n"] = rows["surveyed_n"] - 3

    release = Release.open(write_release(tmp_path / "r", over))
    own = coverage.coverage(release, *LAO)
    assert own.unaccounted_n < 0
    with style():
        page = coverage.draw(labels(release, *LAO), own, [])
    texts = [text.get_text() for text in page.axes.texts]
    assert any(text.endswith(f"เกิน {-own.unaccounted_n}") for text in texts)
    widths = [patch.get_width() for patch in page.axes.patches if hasattr(patch, "get_width")]
    assert min(widths) >= 0


def hide(tables: Frames) -> None:
    """One cell of the LAO L11 of each table."""
    for name, column in (("rollups__economy", "income_main_baht"), ("rollups__coverage", "nonresponse_empty_n")):
        table = tables[name]
        table[column] = table[column].astype("Int64")
        table.loc[table["area_code"] == "L11", column] = pd.NA
    rows = tables["rollups__indicators"]
    rows[["surveyed_n", "passed_n", "failed_n"]] = rows[["surveyed_n", "passed_n", "failed_n"]].astype("Int64")
    at = (rows["area_code"] == "L11") & (rows["indicator_no"] == 5)
    rows.loc[at, ["surveyed_n", "passed_n", "failed_n"]] = pd.NA


@pytest.fixture(scope="module")
def partly(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return Release.open(write_release(tmp_path_factory.mktemp("partly") / "r", hide))


def test_a_hidden_figure_hides_every_sum_that_it_is_part_of(partly: Release) -> None:
    table = economy.own_table(economy.economy(partly, *LAO), None, None)
    main = row(table, "รายได้อาชีพหลัก")
    assert {main[name] for name in ("baht", "share_percent", "per_person_baht")} == {HIDDEN_CELL}
    assert isinstance(row(table, "รายได้รวม")["baht"], int)  # published by itself
    covered = coverage.own_table(coverage.coverage(partly, *LAO))
    for name in ("จัดเก็บไม่ได้: บ้านว่าง", f"{coverage.NONRESPONSE_TH} รวม", coverage.UNACCOUNTED_TH):
        assert row(covered, name)["count_n"] is HIDDEN_CELL
    bands = pd.DataFrame({"1": [3, pd.NA, 4], "2": [5, 6, 7]}, index=["0-4", "5-9", "60-64"], dtype="Int64")
    own = population.People("ก", "1", bands, pd.NA)
    assert [isinstance(own.of_sex(sex), int) for sex in ("1", "2")] == [False, True]
    found = {cells[0]: cells for cells in population.band_table(own).cells()}
    assert found["0-4 ปี"][1:3] == [3, HIDDEN_CELL]  # its share needs the hidden total
    assert found["ผู้สูงอายุ (60 ปีขึ้นไป)"][5] == 11
    assert found["รวม"][5] is HIDDEN_CELL


def test_a_hidden_indicator_is_starred_in_table_matrix_and_map(partly: Release) -> None:
    beside = indicators.compared(partly, *DISTRICT)
    cells = next(cells for cells in indicators.matrix(partly, beside).cells() if cells[0] == 5)
    assert cells[2] is HIDDEN_CELL and isinstance(cells[3], Fraction)
    own = indicators.own_table(partly, beside[0][2])
    assert [cells[3:] for cells in own.cells() if cells[0] == 5] == [[HIDDEN_CELL] * 5]
    assert sum(isinstance(one, Band) for one in own.rows) == 5


def drawn_population(release: Release) -> Page:
    return population.draw(
        labels(release, *LAO), population.people(release, *LAO), population.people_below(release, *LAO)
    )


def drawn_economy(release: Release) -> Page:
    order = Order(release, *DISTRICT, Path())
    below = economy.economies_below(release, *DISTRICT)
    return economy.draw(labels(release, *DISTRICT), economy.economy(release, *DISTRICT), below, None, order)


def drawn_coverage(release: Release) -> Page:
    below = coverage.coverages_below(release, *DISTRICT)
    return coverage.draw(labels(release, *DISTRICT), coverage.coverage(release, *DISTRICT), below)


@pytest.mark.parametrize(
    ("name", "draw"), [("population", drawn_population), ("economy", drawn_economy), ("coverage", drawn_coverage)]
)
def test_golden_pictures(release: Release, tmp_path: Path, name: str, draw: Callable[[Release], Page]) -> None:
    with style():
        page = draw(release)
        path = save(page.figure, tmp_path / "a.png", dpi=40)
        renderer = page.figure.canvas.get_renderer()  # type: ignore[attr-defined]
        paper = page.figure.bbox
        for text in page.axes.texts:
            box = text.get_window_extent(renderer)
            assert paper.x0 <= box.x0 and box.x1 <= paper.x1 and paper.y0 <= box.y0 and box.y1 <= paper.y1, text
    found, golden = (np.asarray(Image.open(at).convert("RGB"), dtype=np.int16) for at in (path, GOLDEN / f"{name}.png"))
    assert found.shape == golden.shape
    assert np.abs(found - golden).mean() < TOLERANCE


def test_hidden_parts_are_drawn_as_stars(partly: Release) -> None:
    with style():
        page = coverage.draw(labels(partly, *LAO), coverage.coverage(partly, *LAO), [])
    assert "*" in [text.get_text() for text in page.axes.texts]


def test_the_files_of_a_report_and_that_they_do_not_change(release: Release, tmp_path: Path) -> None:
    first, again = (coverage.make(Order(release, *VILLAGE, tmp_path / name)) for name in ("a", "b"))
    stem = "2561_village_38010101"
    assert [path.name for path in first] == [
        f"coverage_{stem}.xlsx", f"coverage_{stem}.csv", f"coverage-areas_{stem}.csv",
        f"coverage_{stem}.png", f"coverage_{stem}.svg",
    ]  # fmt: skip
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
