"""Progress of the demonstration, from its sealed tables to page, snapshot, notice; and the morning's run as an asset."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.definitions import build_defs
from jpt_pipeline.ledger import ProgressSnapshot, only, read_entries
from jpt_pipeline.progress.calendar import end_of
from jpt_pipeline.progress.facts import collect_facts
from jpt_pipeline.progress.models import Area, Counts, Facts
from jpt_pipeline.progress.report import make_reports
from jpt_pipeline.progress.snapshots import changed_snapshots
from jpt_pipeline.resources import Home
from jpt_pipeline.settings import Settings
from reports.progress.notices import changed_notice
from tests.conftest import Demo, Terminal, copy_home

YEAR, NATION = 2561, Area("jpt", "nation", "TH")


@pytest.fixture(scope="module")
def done(demo: Demo) -> Facts:
    """Facts after all deliveries and certificates of the demonstration."""
    return collect_facts(Settings(home=demo.home), YEAR, end_of(date(2018, 4, 30)))


@pytest.fixture
def home(demo: Demo, tmp_path: Path) -> Settings:
    return Settings(home=copy_home(demo.home, tmp_path / "home"))


def table(home: Path, name: str, part: str = "province=38/") -> str:
    return f"read_parquet('{home}/lake/{name}/survey_year=2561/{part}part.parquet')"


def test_children_add_up_to_their_parent(done: Facts) -> None:
    by_name = {level.level: level for level in load_levels()}
    for level in by_name.values():
        for area, facts in done.areas.items():
            if area.level == level.level:
                parts = [p.counts for a, p in done.areas.items() if by_name[a.level].parent == level.level
                         and p.parent_code == area.area_code and a.level != "tambon"]  # fmt: skip
                assert not parts or sum(parts, Counts()) == facts.counts, area
    for level in ("village", "tambon", "lao", "district", "province"):
        parts = [facts.counts for area, facts in done.areas.items() if area.level == level]
        assert sum(parts, Counts()) == done.areas[NATION].counts, level


def test_the_facts_are_those_of_the_published_coverage(done: Facts, demo: Demo) -> None:
    rows = duckdb.execute(
        f"SELECT level, area_code, target_n, surveyed_n, quarantined_n, nonresponse_empty_n + nonresponse_refused_n + "
        "nonresponse_under_6_months_n + nonresponse_counted_elsewhere_n + nonresponse_not_found_n "
        f"FROM {table(demo.home, 'rollups__coverage')}"
    ).fetchall()
    assert len(rows) == len(done.areas) - 1
    for level, code, target_n, surveyed_n, quarantined_n, nonresponse_n in rows:
        counts = done.areas[Area("jpt", level, code)].counts
        assert (counts.target_n, counts.collected_n, counts.quarantined_n, counts.nonresponse_n) == (
            (target_n, surveyed_n, quarantined_n, nonresponse_n)
        ), code
    whole = done.areas[NATION].counts
    assert whole.certified_n == whole.checked_n == whole.collected_n == 3200


def test_no_record_is_lost(done: Facts, demo: Demo) -> None:
    """Household records of the villages and outside of them: those that were read, and those that could not be."""
    records = f"SELECT delivery_id, file_sha256, record_no FROM {table(demo.home, 'submissions__records')}"
    refused = " UNION ".join(
        f"SELECT delivery_id, file_sha256, record_no FROM {table(demo.home, 'households__quarantine', part)} "
        "WHERE record_kind = 'household'"
        for part in ("", "province=38/")
    )
    row = duckdb.execute(f"SELECT count(*) FROM ({records} UNION {refused})").fetchone()
    outside_n = sum(one.records_n for one in done.outside)
    assert row and done.areas[NATION].counts.records_n + outside_n == row[0]
    assert {one.province_code for one in done.outside} == {None, "38"}, "a broken line, and a village nobody registered"


def test_the_two_clocks(demo: Demo) -> None:
    """Before the first delivery much was collected in the field, and nothing was recorded; on its day about half was."""
    settings = Settings(home=demo.home)
    before = collect_facts(settings, YEAR, end_of(date(2018, 2, 20))).areas[NATION].counts
    assert (before.collected_n, before.recorded_n, before.checked_n) == (2154, 0, 0)
    noon = collect_facts(settings, YEAR, datetime(2018, 3, 1, 5, tzinfo=UTC)).areas[NATION].counts
    early = collect_facts(settings, YEAR, datetime(2018, 3, 1, 1, tzinfo=UTC)).areas[NATION].counts
    assert noon.recorded_n > 1500 > early.recorded_n == 0
    assert noon.collected_n == early.collected_n


def test_a_small_area_alone_is_as_within_the_nation(done: Facts, demo: Demo) -> None:
    alone = collect_facts(Settings(home=demo.home), YEAR, done.at, [("tambon", "380101")])
    assert alone.areas == {area: facts for area, facts in done.areas.items() if area != NATION}
    (report,) = make_reports(Settings(home=demo.home), alone, "tambon", "380101", done.at)
    assert list(report.parts) == ["village"] and [one.facts.area.area_code for one in report.tambons] == ["380101"]
    assert report.curve[-1].collected_n == report.facts.counts.collected_n


def test_what_waits_for_a_run_is_told(taken_in: Path) -> None:
    """Deliveries were taken in and nothing was run: targets are there, and the records that wait."""
    facts = collect_facts(Settings(home=taken_in), YEAR, datetime.now(UTC))
    counts = facts.areas[NATION].counts
    assert (counts.target_n, counts.collected_n, counts.records_n) == (3303, 0, 0)
    assert sum(one.waiting_n for one in facts.outside) == 3203 and facts.without_results == ("38",)


def test_the_command(home: Settings, tmp_path: Path) -> None:
    jpt = Terminal(home.root)
    told = jpt.done("progress", "--year", YEAR, "--as-of", "20/02/2561", "--area", "3801", "--out", tmp_path / "out")
    (report,) = told["reports"]
    assert (report["level"], report["counts"]["collected_n"]) == ("district", 488)
    assert [Path(path).suffix for path in told["files"]] == [".html", ".xlsx", ".txt"]
    shown = jpt("progress", "--year", YEAR, "--area", "3801", "--level", "tambon", "--as-of", "20/02/2561")
    assert "ตำบลบึงกาฬ" in shown.stdout and "คาดว่าเสร็จ" in shown.stdout and "งานหยุดนิ่ง" in shown.stdout
    text = jpt("progress", "--year", YEAR, "--text", "--as-of", "20/02/2561").stdout
    assert "จัดเก็บ 2,154/3,200 (67.31%)" in text and len(text) <= 1000
    for words, code in (
        (("--area", "99"), "PG-AREA"),
        (("--as-of", "31/02/2561"), "PG-DATE"),
        (("--as-of", "01/01/2642"), "PG-FUTURE"),
        (("--level", "street"), "PG-LEVEL"),
        (("--area", "38", "--snapshot"), "PG-WHOLE"),
    ):
        refused = jpt("progress", "--year", YEAR, *words)
        assert refused.exit_code == 1 and code in refused.stderr, words


def test_a_morning(home: Settings) -> None:
    """06:30 on 21 February 2561: the report of the day before is kept, a tambon that stands still is told."""
    defs = build_defs(home=Home(path=str(home.root)))
    with dg.DagsterInstance.ephemeral() as instance:
        run = defs.resolve_job_def("progress_round").execute_in_process(
            instance=instance,
            partition_key=str(YEAR),
            asset_selection=[dg.AssetKey("reports__progress")],
            run_config={
                "ops": {"reports__progress": {"config": {"at": "2018-02-21T06:30:00+07:00"}}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )
    assert run.success
    folder = home.root / "reports" / "progress" / str(YEAR)
    assert len(list((folder / "current").iterdir())) == 3
    (kept,) = only(read_entries(home.ledger), ProgressSnapshot)
    assert (kept.day, kept.stream, kept.made_later) == (date(2018, 2, 20), "jpt", True)
    snapshot = folder / "snapshots" / "2018-02-20_jpt"
    told = json.loads((snapshot / "progress.json").read_text(encoding="utf-8"))
    assert told["counts"]["collected_n"] == 2154 and told["forecasts"][0]["completion"]["state"] == "known"
    (notice,) = home.notices.glob("*.txt")
    assert "งานหยุดนิ่ง: ตำบล" in notice.read_text(encoding="utf-8")
    for path in [notice, *snapshot.glob("*.[tj]*")]:
        assert not re.search(r"\d{11}", path.read_text(encoding="utf-8")), f"{path.name} names a house or a person"
    page = snapshot / "progress_2561_nation_TH.html"
    page.chmod(0o644)
    page.write_text("", encoding="utf-8")
    changed = changed_notice(YEAR, changed_snapshots(home, YEAR))
    assert changed and changed.title.startswith("PG-CHANGED") and page.name in changed.text
