"""Reports about single households: one place, its owner's alone, and a note of each in the ledger."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from jpt_pipeline.ledger import AreaEntry, RestrictedReport, only, read_entries
from jpt_pipeline.restricted import NotRestricted, note_report, restricted_folder
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import sha256_file

NOON = datetime(2018, 3, 1, 5, tzinfo=UTC)


def test_the_place_and_what_lies_below_it_is_its_owners_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    made = restricted_folder(settings, settings.restricted / "slips" / "3801")
    for folder in (made, made.parent, settings.restricted):
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("elsewhere", ["slips", "home", "home/restricted/../published", "home/restricted-too"])
def test_nothing_is_written_elsewhere(tmp_path: Path, elsewhere: str) -> None:
    settings = Settings(home=tmp_path / "home")
    with pytest.raises(NotRestricted, match="restricted"):
        restricted_folder(settings, tmp_path / elsewhere)
    assert not list(tmp_path.iterdir())


def test_a_link_out_of_the_place_is_no_way_out(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    settings.restricted.mkdir(parents=True)
    (tmp_path / "open").mkdir()
    (settings.restricted / "way").symlink_to(tmp_path / "open")
    with pytest.raises(NotRestricted):
        restricted_folder(settings, settings.restricted / "way")


def test_the_place_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPT_RESTRICTED", str(tmp_path / "vault"))
    settings = Settings(home=tmp_path / "home")
    assert restricted_folder(settings, tmp_path / "vault" / "a") == tmp_path / "vault" / "a"


def test_the_ledger_notes_who_made_what_and_names_nobody(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    file = restricted_folder(settings, settings.restricted) / "list.xlsx"
    file.write_text("บ้านเลขที่ 99", encoding="utf-8")
    note_report(settings, "income-failing", 2561, "jpt", "tambon", "380101", [file], 3, "พัฒนากร", lambda: NOON)
    (entry,) = only(read_entries(settings.ledger), RestrictedReport)
    assert (entry.by, entry.report, entry.households_n, entry.files) == (
        "พัฒนากร", "income-failing", 3, (sha256_file(file),),
    )  # fmt: skip
    assert only(read_entries(settings.ledger), AreaEntry) == [], "no act on an area: nothing is made again for it"
    assert "99" not in next(settings.ledger.glob("*restricted-report.json")).read_text(encoding="utf-8")
