"""The ledger notices every change of what was written, and appends whole entries or none."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jpt_pipeline.ledger import (
    Act,
    Committee,
    Counts,
    LedgerBroken,
    LedgerBusy,
    read_entries,
    writing,
)


def act(area: str = "L1", action: str = "present") -> Act:
    return Act(
        at=datetime(2018, 3, 20, 5, tzinfo=UTC), action=action, survey_year=2561, stream="jpt", level="lao",
        area_code=area, root_sha256="0" * 64, form_no="1", certificate_id=None, previous_certificate_id=None,
        counts=Counts(households=9, persons=25, target=10), reason=None, committee=Committee(by="สพอ."),
        software="jpt-pipeline 0", instrument="plan12",
    )  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    folder = tmp_path / "ledger"
    with writing(folder) as book:
        book.append([act("L1"), act("L2")])
    with writing(folder) as book:
        book.append([act("L1", "certify")])
    return folder


def test_an_empty_or_absent_ledger_has_no_events(tmp_path: Path) -> None:
    assert read_entries(tmp_path / "nothing") == []
    with writing(tmp_path / "new") as book:
        assert book.append([]) == []
    assert read_entries(tmp_path / "new") == []


def test_events_come_back_as_they_were_written(ledger: Path) -> None:
    events = read_entries(ledger)
    assert [event.seq for event in events] == [1, 2, 3]
    assert [path.name for path in sorted(ledger.glob("0*"))] == [
        "00000001-present.json", "00000002-present.json", "00000003-certify.json",
    ]  # fmt: skip
    assert Act.model_validate_json(events[1].text()) == events[1]
    assert events[0].previous_sha256 is None and events[1].previous_sha256 != events[2].previous_sha256


def test_a_changed_figure_is_noticed_at_the_next_entry_or_the_head(ledger: Path) -> None:
    for name, found in (("00000001-present.json", "00000002-present.json"), ("00000003-certify.json", "head.json")):
        path = ledger / name
        before = path.read_text()
        path.chmod(0o644)
        path.write_text(before.replace('"households": 9', '"households": 8'))
        with pytest.raises(LedgerBroken) as broken:
            read_entries(ledger)
        assert broken.value.file == found
        path.write_text(before)
    assert len(read_entries(ledger)) == 3


def test_a_lost_entry_is_noticed_wherever_it_was(ledger: Path) -> None:
    for name, found in (
        ("00000001-present.json", "00000002-present.json"),
        ("00000002-present.json", "00000003-certify.json"),
        ("00000003-certify.json", "00000003"),
    ):
        (ledger / name).rename(ledger / ".aside")
        with pytest.raises(LedgerBroken) as broken:
            read_entries(ledger)
        assert broken.value.file == found
        (ledger / ".aside").rename(ledger / name)


def test_reordered_entries_are_noticed(ledger: Path) -> None:
    one, two = ledger / "00000001-present.json", ledger / "00000002-present.json"
    one.rename(ledger / ".aside")
    two.rename(one)
    (ledger / ".aside").rename(two)
    with pytest.raises(LedgerBroken, match="00000001-present"):
        read_entries(ledger)


def test_a_lost_or_unreadable_head_is_noticed(ledger: Path) -> None:
    head = ledger / "head.json"
    for text in ("{}", "not json", '{"seq": 2, "sha256": "' + "1" * 64 + '"}'):
        head.write_text(text)
        with pytest.raises(LedgerBroken, match=r"head\.json"):
            read_entries(ledger)
    head.unlink()
    with pytest.raises(LedgerBroken, match=r"head\.json"):
        read_entries(ledger)


def test_a_file_that_is_no_entry_is_noticed(ledger: Path) -> None:
    (ledger / "00000004-approve.json").write_text("{}")
    with pytest.raises(LedgerBroken, match="00000004-approve"):
        read_entries(ledger)


def test_an_append_killed_before_the_head_was_written_is_taken_up(ledger: Path) -> None:
    behind = json.dumps({"seq": 2, "sha256": read_entries(ledger)[2].previous_sha256})
    (ledger / "head.json").write_text(behind)
    (ledger / ".00000004-present.json.1.tmp").write_text('{"half":')
    with writing(ledger) as book:
        book.append([act("L3")])
    assert [event.area_code for event in read_entries(ledger)] == ["L1", "L2", "L1", "L3"]


def test_an_entry_is_never_overwritten(ledger: Path) -> None:
    before = (ledger / "00000003-certify.json").read_bytes()
    with writing(ledger) as book:
        book.entries.pop()
        with pytest.raises(FileExistsError):
            book.append([act("L9", "certify")])
    assert (ledger / "00000003-certify.json").read_bytes() == before


def test_a_held_ledger_is_busy(ledger: Path) -> None:
    with writing(ledger), pytest.raises(LedgerBusy), writing(ledger, timeout=0):
        pass


def test_appends_from_many_threads_make_one_chain(tmp_path: Path) -> None:
    def one(number: int) -> None:
        with writing(tmp_path / "ledger") as book:
            book.append([act(f"L{number}")])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(12)))
    events = read_entries(tmp_path / "ledger")
    assert sorted(event.area_code for event in events) == sorted(f"L{number}" for number in range(12))


@given(at=st.integers(0, 10_000), flip=st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_no_changed_byte_goes_unnoticed(tmp_path_factory: pytest.TempPathFactory, at: int, flip: int) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    with writing(folder) as book:
        book.append([act("L1"), act("L2")])
    path = folder / "00000001-present.json"
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= flip
    path.chmod(0o644)
    path.write_bytes(content)
    with pytest.raises(LedgerBroken):
        read_entries(folder)


def test_an_act_is_strict() -> None:
    with pytest.raises(ValueError, match="root_sha256"):
        Act(**(dict(act()) | {"root_sha256": "abc"}))
    with pytest.raises(ValueError, match="timezone"):
        Act(**(dict(act()) | {"at": datetime(2018, 3, 20)}))
