"""The public edition: frames without hidden figures, releases that stay the same, pages that say which policy they keep."""

from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.disclosure import (
    CELLS,
    DOCUMENT,
    MANIFEST_KEY,
    edition,
    layers,
    load_policy,
    mask,
    public_edition,
    recall,
)
from jpt_pipeline.disclosure.figures import Measure
from jpt_pipeline.disclosure.task import Reasons, Task, Unit
from jpt_pipeline.store.files import read_json
from jpt_pipeline.store.release import ReleaseTable, publish
from reports.release import Release, ReleaseError
from tests.unit.disclosure.attack import ECONOMY, INDICATORS, POPULATION
from tests.unit.disclosure.world import YEAR, World, indicator_world, random_world
from tests.unit.reports.invented import write_release

CROSSING = [("T1", "L1"), ("T1", "L2"), ("T2", "L1"), ("T2", "L2"), ("T2", "L2")]
COUNTS = [(60, 9), (34, 6), (33, 7), (32, 8), (60, 12)]
POLICY = load_policy()


def cells(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    """disclosure__cells with (level, area_code, table_name, measure, category)."""
    frame = pd.DataFrame(rows, columns=["level", "area_code", "table_name", "measure", "category"])
    return frame.assign(survey_year=YEAR, stream="jpt", reason="small")


def whole(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with all columns of the dictionary: text empty, figures 0."""
    kinds = load_dictionary().sql_columns(table)
    missing = {name: 0 if kind == "BIGINT" else "" for name, kind in kinds.items() if name not in frame}
    return frame.assign(**missing | {"survey_year": YEAR})[list(kinds)]


def put(published: Path, world: World) -> Path:
    """Publish a world as publish_round does."""
    dictionary, tables = load_dictionary(), []
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TEMP TABLE area_closure (stream VARCHAR, village_code VARCHAR, level VARCHAR, area_code VARCHAR)"
        )
        tambons = [("jpt", village, "tambon", tambon) for village, tambon in world.tambons.items()]
        connection.executemany("INSERT INTO area_closure VALUES (?, ?, ?, ?)", tambons)
        for name, frame in world.frames.items():
            connection.register(f"w_{name}", whole(name, frame))
            query = dictionary.select(name, f"SELECT * FROM w_{name}")
            tables.append(ReleaseTable(name, dictionary.ddl(name), query))
        late = public_edition(connection, published, YEAR, POLICY)
        facts, documents = {MANIFEST_KEY: POLICY.version}, {DOCUMENT: POLICY.model_dump_json()}
        return publish(connection, published, YEAR, tables, facts, {}, lambda name: None, documents, late)


def reasons(release: Path) -> Mapping[str, int]:
    return pd.read_parquet(release / f"{CELLS}.parquet")["reason"].value_counts().to_dict()


def test_hidden_figures_are_na_and_all_others_stay():
    frame = pd.DataFrame({"stream": "jpt", "level": "village", "area_code": ["v1", "v2"], "indicator_no": 8})
    frame = frame.assign(surveyed_n=[40, 41], passed_n=[39, 40], failed_n=[1, 1], households_failed_n=1, incomplete_n=2)
    shown = mask(frame, INDICATORS, cells(("village", "v1", INDICATORS, "failed_n", "8")), POLICY)
    assert shown["failed_n"].isna().tolist() == [True, False]
    assert (shown["failed_n"].dtype, shown["failed_n"][1]) == ("Int64", 1)
    assert shown["surveyed_n"].tolist() == [40, 41]
    assert shown["households_failed_n"].isna().all(), "the policy does not name it"
    assert shown["incomplete_n"].tolist() == [2, 2]
    assert frame["failed_n"].tolist() == [1, 1], "the frame that was given is left alone"


def test_a_certified_table_hides_what_the_table_it_repeats_hides():
    frame = pd.DataFrame({"stream": ["jpt"], "level": "village", "area_code": "v1", "indicator_no": 8, "failed_n": 1})
    shown = mask(frame, "certified__village", cells(("village", "v1", INDICATORS, "failed_n", "8")), POLICY)
    assert shown["failed_n"].isna().all()


def test_levels_that_are_not_printed_are_na_and_a_hidden_nobody_gets_a_row():
    rows = [("village", "v1", "1", "0-4", 30), ("tambon", "T", "1", "0-4", 30), ("tambon", "T", "2", "0-4", 9)]
    frame = pd.DataFrame(rows, columns=["level", "area_code", "sex", "age_band", "persons_n"])
    frame = frame.assign(survey_year=YEAR, stream="jpt")
    hidden = cells(("tambon", "T", POPULATION, "persons_n", "2|0-4"), ("tambon", "T", POPULATION, "persons_n", "2|5-9"))
    shown = mask(frame, POPULATION, hidden, POLICY)
    assert shown["persons_n"].isna().tolist() == [True, False, True, True]
    assert shown.iloc[3][["level", "area_code", "sex", "age_band"]].tolist() == ["tambon", "T", "2", "5-9"]


def test_of_tables_that_the_policy_does_not_name_nothing_is_left():
    frame = pd.DataFrame({"stream": ["jpt"], "level": "village", "area_code": "v1", "household_id": "x"})
    assert mask(frame, "households__findings", cells(), POLICY).empty
    assert len(mask(frame, "rollups__areas", cells(), POLICY)) == 1


def test_nothing_hidden_changes_no_figure():
    frame = indicator_world(CROSSING, COUNTS).table(ECONOMY)
    shown = mask(frame, ECONOMY, cells(), POLICY)
    assert (shown["income_baht"] == frame["income_baht"]).all()


def test_the_same_figures_are_the_same_release_whatever_came_between(tmp_path):
    """A, A again, B (one household of v2 corrected), A once more: two releases, the second without the step."""
    first = indicator_world(CROSSING, COUNTS)
    second = first.corrected(INDICATORS, "v2", passed_n=-1, failed_n=1)
    a, again, b, back = (put(tmp_path, world) for world in (first, first, second, first))
    assert a == again == back != b
    assert "difference" not in reasons(a)
    assert reasons(b)["difference"] >= 4
    assert read_json(b / "manifest.json")[MANIFEST_KEY] == POLICY.version


def counting(solved: list[int]) -> Callable[..., Mapping[Measure, Reasons]]:
    """edition.hide, which notes how many units were left to be chosen."""
    original = edition.hide

    def hide(task: Task, recalled: Callable[[Task, list[Unit]], list[Unit]], workers: int) -> Mapping[Measure, Reasons]:
        def noted(task: Task, units: list[Unit]) -> list[Unit]:
            left = recalled(task, units)
            solved.append(len(left))
            return left

        return original(task, noted, workers)

    return hide


def test_several_processes_choose_the_same_cells(tmp_path, monkeypatch):
    world = random_world(3)
    alone = world.cells(tmp_path / "alone", POLICY)
    monkeypatch.setattr(layers, "WORTH_AREAS", 0)
    assert len(alone) > 0
    pd.testing.assert_frame_equal(world.cells(tmp_path / "together", POLICY, workers=2), alone)


@pytest.mark.parametrize("seed", [3, 12])
def test_cells_of_figures_that_did_not_move_are_taken_over_and_are_those_from_scratch(tmp_path, monkeypatch, seed):
    """The same two releases, the second once with what the first one chose and once without: the same bytes."""
    first = random_world(seed)
    village = first.tables[INDICATORS].sort_values("passed_n").iloc[-1]["area_code"]
    second = first.corrected(INDICATORS, village, passed_n=-1, failed_n=1)
    solved: list[int] = []
    for name in ("taken", "scratch"):
        put(tmp_path / name, first)
        if name == "scratch":
            monkeypatch.setattr(recall, "_made_from", lambda release: {})
        with monkeypatch.context() as patched:
            patched.setattr(edition, "hide", counting(solved))
            put(tmp_path / name, second)
    taken, scratch = (
        [path.read_bytes() for path in sorted((tmp_path / name).glob(f"*/{CELLS}.parquet"))]
        for name in ("taken", "scratch")
    )
    assert taken == scratch
    assert solved == [3, 9], "of nine units the three categories of the table that moved are chosen again"


def test_a_release_without_a_public_edition_printed_nothing(tmp_path):
    first = indicator_world(CROSSING, COUNTS)
    old = put(tmp_path, first)
    manifest = (old / "manifest.json").read_text(encoding="utf-8")
    (old / "manifest.json").write_text(manifest.replace(MANIFEST_KEY, "note"), encoding="utf-8")
    b = put(tmp_path, first.corrected(INDICATORS, "v2", passed_n=-1, failed_n=1))
    assert "difference" not in reasons(b)


def test_pages_for_the_public_read_hidden_figures_as_na(tmp_path):
    folder = write_release(tmp_path / "r", public=True)
    public, committee = Release.open(folder, audience="public"), Release.open(folder)
    village = public.area_codes("village")[0]
    assert public.indicators("village", village)["failed_n"].isna().any()
    assert not committee.indicators("village", village)["failed_n"].isna().any()
    assert public.population("village", village).isna().all(axis=None)
    assert public.population("province", "38").notna().any(axis=None)
    assert committee.population("village", village).dtypes.tolist() == ["int64", "int64"]
    assert public.policy.version == POLICY.version


def test_a_release_that_was_never_checked_for_small_cells_has_no_public_pages(tmp_path):
    release = Release.open(write_release(tmp_path / "r"), audience="public")
    with pytest.raises(ReleaseError, match="public edition"):
        release.indicators("province", "38")


def test_a_policy_changed_after_publication_is_refused(tmp_path):
    folder = write_release(tmp_path / "r", public=True)
    document = folder / DOCUMENT
    document.write_text(
        document.read_text(encoding="utf-8").replace('"threshold_n": 3', '"threshold_n": 2'), encoding="utf-8"
    )
    with pytest.raises(ReleaseError, match="public edition"):
        Release.open(folder, audience="public").table(INDICATORS)
