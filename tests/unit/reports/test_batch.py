"""One report for many areas: the same files in one process or several, errors by area, progress."""

from pathlib import Path

from reports.batch import make_each
from reports.order import Order
from reports.release import Release

AREAS = [("village", code) for code in ("99999999", "38010101")]


def test_files_errors_and_progress_are_those_of_the_areas(release: Release, tmp_path: Path) -> None:
    """In this process and in two others, started anew: the same files, the same reasons."""
    told: list[tuple[int, int]] = []
    one, two = (
        make_each(
            Order(release, "province", "38", tmp_path / str(n)),
            "failing-rank",
            AREAS,
            n,
            lambda *done: told.append(done),
        )
        for n in (1, 2)
    )
    assert told == [(1, 2), (2, 2)] * 2
    assert [path.name.split("_")[-1] for path in two.files] == ["38010101.xlsx", "38010101.csv", "38010101.png"]
    assert [path.read_bytes() for path in one.files] == [path.read_bytes() for path in two.files]
    assert one.failed == two.failed and list(two.failed) == [("village", "99999999")]
    assert "99999999" in two.failed["village", "99999999"]
