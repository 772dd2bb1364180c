"""A dated snapshot is kept once and never changes; what changes it is noticed. Made in homes that hold a ledger alone."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from jpt_pipeline.ledger import AreaEntry, ProgressSnapshot, only, read_entries
from jpt_pipeline.progress import snapshots
from jpt_pipeline.progress.daily import wanted_snapshots
from jpt_pipeline.progress.report import Report
from jpt_pipeline.progress.snapshots import SnapshotChanged, changed_snapshots, keep_snapshot
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from reports.progress import write_files
from tests.conftest import file_digests
from tests.unit.progress.world import small_report

FILES = {"progress.json", *(f"progress_2561_nation_TH.{end}" for end in ("html", "xlsx", "txt"))}


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def text_only(report: Report, out: Path) -> Sequence[Path]:
    path = out / "told.txt"
    path.write_text(f"{report.facts.counts.collected_n}\n", encoding="utf-8")
    return [path]


def test_a_snapshot_is_whole_read_only_and_noted(home: Settings) -> None:
    kept = keep_snapshot(home, small_report(home.root), write_files)
    assert kept.is_new and kept.folder == home.root / "reports/progress/2561/snapshots/2018-02-20_jpt"
    assert {path.name for path in kept.folder.iterdir()} == FILES
    assert {path.stat().st_mode & 0o777 for path in kept.folder.iterdir()} == {0o444}
    (entry,) = read_entries(home.ledger)
    assert isinstance(entry, ProgressSnapshot) and not isinstance(entry, AreaEntry), "it moves no state and no release"
    assert (entry.file_name, entry.day, entry.made_later) == (
        "00000001-progress-snapshot.json",
        date(2018, 2, 20),
        False,
    )
    assert set(entry.files) == FILES and changed_snapshots(home, 2561) == []
    told = json.loads((kept.folder / "progress.json").read_text(encoding="utf-8"))
    assert (told["as_of"], told["counts"]["collected_n"]) == ("2018-02-20T16:59:59+00:00", 208)


def test_asked_for_again_it_stays_as_it_is(home: Settings) -> None:
    first = keep_snapshot(home, small_report(home.root), write_files)
    before = file_digests(home.root, "reports", "ledger")
    other = small_report(home.root, made_at=small_report(home.root).made_at + timedelta(days=30))
    again = keep_snapshot(home, other, write_files)
    assert not again.is_new and again.entry == first.entry
    assert file_digests(home.root, "reports", "ledger") == before


@pytest.mark.parametrize(("name", "how"), [("told.txt", "changed"), ("told.txt", "missing"), ("more.txt", "added")])
def test_a_changed_snapshot_is_noticed_and_not_mended(home: Settings, name: str, how: str) -> None:
    kept = keep_snapshot(home, small_report(home.root), text_only)
    path = kept.folder / name
    if how == "missing":
        path.unlink()
    else:
        path.unlink(missing_ok=True)
        path.write_text("999\n", encoding="utf-8")
    with pytest.raises(SnapshotChanged, match=name):
        keep_snapshot(home, small_report(home.root), text_only)
    assert [told.startswith(f"2018-02-20_jpt/{name}") for told in changed_snapshots(home, 2561)] == [True]


def test_made_later_it_says_so(home: Settings) -> None:
    """Made on the morning after, it is in time; a day later every page tells when it was made."""
    in_time = small_report(home.root, made_at=small_report(home.root).at + timedelta(hours=7))
    assert not in_time.is_made_later
    late = small_report(home.root, made_at=small_report(home.root).at + timedelta(days=3))
    kept = keep_snapshot(home, late, write_files)
    assert kept.entry.made_later
    text = (kept.folder / "progress_2561_nation_TH.txt").read_text(encoding="utf-8")
    page = (kept.folder / "progress_2561_nation_TH.html").read_text(encoding="utf-8")
    assert "จัดทำภายหลัง เมื่อ 23 ก.พ. 2561" in text and "จัดทำภายหลัง เมื่อ 23 กุมภาพันธ์ 2561" in page


def test_what_is_due_and_what_was_missed(home: Settings) -> None:
    """Two dated reports of one stream in 2557: on 28 March the one of the day before is due, that of February was missed."""
    round_ = load_round(2557)
    on = [date(2014, 2, 7), date(2014, 2, 8), date(2014, 3, 28)]
    asked = [list(wanted_snapshots(home, round_, day, None)) for day in on]
    february, march = (date(2014, 2, 7), {"basic"}), (date(2014, 3, 27), {"basic"})
    assert asked == [[], [february], [february, march]]
    keep_snapshot(home, small_report(home.root), text_only)
    assert list(wanted_snapshots(home, load_round(2561), date(2018, 2, 21), None)) == [], "that day is kept already"
    assert list(wanted_snapshots(home, load_round(2561), date(2018, 2, 22), None)) == [(date(2018, 2, 21), {"jpt"})]


def test_a_killed_one_is_made_anew(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files without an entry are no snapshot: the process died between the two."""
    report = small_report(home.root)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(snapshots, "ProgressSnapshot", killed)
        with pytest.raises(KeyboardInterrupt):
            keep_snapshot(home, report, text_only)
    assert only(read_entries(home.ledger), ProgressSnapshot) == []
    kept = keep_snapshot(home, report, text_only)
    assert kept.is_new and changed_snapshots(home, 2561) == []


def test_half_a_snapshot_is_never_seen(home: Settings) -> None:
    def fails(report: Report, out: Path) -> Sequence[Path]:
        text_only(report, out)
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        keep_snapshot(home, small_report(home.root), fails)
    assert not (home.root / "reports/progress/2561/snapshots/2018-02-20_jpt").exists()
    assert keep_snapshot(home, small_report(home.root), text_only).is_new
