"""The table of issues of a province: when it is made, whose findings it has, and that its history is never lost."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from checks import GATES
from jpt_pipeline.issues import ISSUES, HistoryLost, is_behind, make_issues
from jpt_pipeline.store.files import sha256_file
from jpt_pipeline.store.lake import GateFailed, Verdict
from tests.unit.intake.country import Home
from tests.unit.issues.world import HERE, NATION, YEAR, Found, march, returned, waiver

A, B, C = ("38010101", "A", "J-PERSON"), ("38010102", "B", "J-PERSON"), ("38020101", "C", "REQ-4")


@pytest.fixture
def found(tmp_path: Path) -> Found:
    return Found(tmp_path)


def folder(found: Found) -> Path:
    return found.lake.path(ISSUES, HERE).parent


def test_a_finding_is_new_then_open_mended_and_reopened(found: Found) -> None:
    assert found.stand(A, B).make(march(1)) == {"A": "new", "B": "new"}
    ids = found.rows("household_id, issue_id")
    assert found.stand(B, C).make(march(3)) == {"A": "mended", "B": "open", "C": "new"}
    assert found.stand(A, B, C).make(march(5)) == {"A": "reopened", "B": "open", "C": "open"}
    assert found.rows("household_id, day(opened_at), day(changed_at), times_n") == [
        ("A", 1, 5, 1),
        ("B", 1, 1, 0),
        ("C", 3, 3, 0),
    ]
    assert set(ids) <= set(found.rows("household_id, issue_id")), "ids last"


def test_who_mends_it_and_by_when_comes_from_the_round(found: Found) -> None:
    found.stand(A, C).make(march(1))
    assert found.rows("household_id, owner_code, due_date") == [
        ("A", "L1", date(2018, 3, 20)),
        ("C", "L3", date(2018, 3, 20)),
    ]


def test_a_run_with_nothing_new_writes_nothing(found: Found) -> None:
    found.stand(A).make(march(1))
    before = [(path.name, sha256_file(path), path.stat().st_mtime_ns) for path in sorted(folder(found).iterdir())]
    assert found.make(datetime(2018, 11, 1, tzinfo=UTC)) == {"A": "new"}
    after = [(path.name, sha256_file(path), path.stat().st_mtime_ns) for path in sorted(folder(found).iterdir())]
    assert after == before, "the clock alone is no news"
    assert [name for name, *_ in after] == ["part.parquet", "seal.json"]


def test_moments_are_those_of_deliveries_and_not_of_the_run(counted: Home) -> None:
    """So the same history gives the same bytes."""
    digests = set()
    for day in (10, 20):
        make_issues(counted.settings, HERE, GATES, lambda day=day: march(day))  # type: ignore[misc]
        path = counted.settings.lake / ISSUES / HERE.folder
        digests.add(sha256_file(path / "part.parquet"))
        assert counted.rows(ISSUES, "DISTINCT opened_at, changed_at") == [(datetime(2018, 3, 1), datetime(2018, 3, 1))]
        for file in path.iterdir():
            file.unlink()
    assert len(digests) == 1


def test_a_return_of_any_area_around_it_marks_a_finding(found: Found) -> None:
    assert found.stand(A, B, C).make(march(1)) == {"A": "new", "B": "new", "C": "new"}
    found.enter([returned("lao", "L1", march(10))])
    assert found.make(march(10)) == {"A": "returned", "B": "open", "C": "open"}
    found.enter([returned("district", "3801", march(11), sent_to=("L2",))])
    assert found.make(march(11)) == {"A": "returned", "B": "returned", "C": "open"}, "sent to L2 alone"
    found.enter([returned("nation", "TH", march(12))])
    assert found.make(march(12)) == {"A": "returned", "B": "returned", "C": "returned"}


def test_a_waiver_holds_for_its_findings_until_its_last_day(found: Found) -> None:
    found.stand(A, ("38010101", "A2", "J-PERSON")).make(march(1))
    found.enter([waiver(found.id_of("A"), until=date(2018, 3, 20))])
    assert found.make(march(9)) == {"A": "waived", "A2": "open"}
    assert found.make(march(20, 16)) == {"A": "waived", "A2": "open"}, "23:00 of its last day in Thailand"
    assert found.make(march(20, 17)) == {"A": "reopened", "A2": "open"}
    assert found.rows("household_id, changed_at, times_n")[0] == ("A", datetime(2018, 3, 20, 17), 1)


def test_a_waiver_that_is_taken_back_ends_at_once(found: Found) -> None:
    found.stand(A).make(march(1))
    found.enter([waiver(found.id_of("A"))])
    assert found.make(march(9)) == {"A": "waived"}
    found.enter([waiver(found.id_of("A"), action="unwaive", at=march(10))])
    assert found.make(march(10)) == {"A": "reopened"}


def test_a_finding_between_provinces_belongs_to_the_province_of_its_village(found: Found) -> None:
    found.stand(C).make(march(1))
    assert not is_behind(found.lake, HERE)
    found.stand(A, ("39010101", "D", "J-PERSON"), part=NATION)
    assert is_behind(found.lake, HERE)
    assert found.make(march(2)) == {"A": "new", "C": "open"}
    assert not is_behind(found.lake, HERE)
    found.stand(A, part=NATION)
    assert not is_behind(found.lake, HERE), "another province's finding is no news here"


@pytest.mark.parametrize("spoil", ["a byte", "the file", "the seal", "the kept one"])
def test_a_history_that_cannot_be_read_stops_the_stage(found: Found, spoil: str) -> None:
    found.stand(A).make(march(1))
    path = found.lake.path(ISSUES, HERE)
    if spoil == "a byte":
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    elif spoil == "the kept one":
        fail(found.stand(B))
        path.with_name("before.parquet").write_bytes(b"x")
    else:
        (path if spoil == "the file" else found.lake.seal_path(ISSUES, HERE)).unlink()
    for _ in range(2):
        with pytest.raises(HistoryLost, match=f"households__issues {YEAR}/38"):
            found.make(march(3))


def fail(found: Found) -> None:
    def failing(*arguments: object) -> list[Verdict]:
        return [Verdict("failing", False, 1, "กฎทดสอบ", ("x",))]

    with pytest.raises(GateFailed):
        make_issues(found.settings, HERE, {ISSUES: [failing]}, lambda: march(3))


def test_a_failed_gate_loses_no_history(found: Found) -> None:
    found.stand(A).make(march(1))
    fail(found.stand(B))
    fail(found)
    assert found.make(march(4)) == {"A": "mended", "B": "new"}


def test_a_kill_before_the_seal_loses_no_history(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in the first run, which has none."""

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    for finding, after in ((A, {"A": "new"}), (B, {"A": "mended", "B": "new"})):
        found.stand(finding)
        with monkeypatch.context() as patch:
            patch.setattr("jpt_pipeline.store.lake.write_json", killed)
            with pytest.raises(KeyboardInterrupt):
                found.make(march(2))
        assert found.make(march(2)) == after
