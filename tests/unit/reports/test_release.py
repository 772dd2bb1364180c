"""Reading a release: digests, streams, whose certificate covers an area."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from reports.labels import labels
from reports.release import Release, ReleaseError
from tests.unit.reports.invented import Frames, write_release

VILLAGE = ("village", "38010101")


def test_frames_of_an_area(release: Release) -> None:
    assert list(release.indicators(*VILLAGE)["indicator_no"]) == list(range(1, 32))
    assert release.population(*VILLAGE).to_numpy().sum() == release.economy(*VILLAGE)["persons_n"]
    assert list(release.children("district", "3801")["level"].unique()) == ["lao"]  # tambons stand beside them
    assert release.children(*VILLAGE).empty


def test_a_changed_file_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    path = copy / "rollups__economy.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    release = Release.open(copy)
    assert len(release.indicators(*VILLAGE)) == 31  # other files are still those that were published
    with pytest.raises(ReleaseError, match="is not the file that was published"):
        release.economy(*VILLAGE)


def test_other_streams_are_not_mixed_in(tmp_path: Path) -> None:
    def second_stream(tables: Frames) -> None:
        rows = tables["rollups__economy"]
        tables["rollups__economy"] = pd.concat([rows, rows.assign(stream="basic")])

    release = Release.open(write_release(tmp_path / "r", second_stream))
    assert release.economy(*VILLAGE)["households_n"] > 0
    with pytest.raises(ReleaseError, match="no stream 'basic'"):
        Release.open(release.folder, stream="basic")


def test_what_is_not_there(release: Release, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="no village"):
        labels(release, "village", "99999999")
    with pytest.raises(ReleaseError, match=r"no manifest\.json"):
        Release.open(tmp_path)


def test_an_area_that_lacks_an_indicator_is_refused(tmp_path: Path) -> None:
    def drop(tables: Frames) -> None:
        rows = tables["rollups__indicators"]
        tables["rollups__indicators"] = rows[(rows["area_code"] != VILLAGE[1]) | (rows["indicator_no"] != 7)]

    with pytest.raises(ReleaseError, match="lacks indicators"):
        Release.open(write_release(tmp_path / "r", drop)).indicators(*VILLAGE)


@pytest.mark.parametrize(
    ("level", "code", "status"),
    [
        ("village", "38010101", ("รับรองแล้ว", "ในชั้น อบต.โนนสว่าง", "เลขที่คำรับรอง C-2561-lao-L11")),
        ("lao", "L11", ("รับรองแล้ว", "เลขที่คำรับรอง C-2561-lao-L11")),
        ("tambon", "380101", ("รับรองแล้ว", "ในชั้น อำเภอเมืองบึงกาฬ", "เลขที่คำรับรอง C-2561-district-3801")),
        ("province", "38", ("ข้อมูลเบื้องต้น", "(ยังไม่รับรอง)")),
    ],
)
def test_status_is_that_of_the_nearest_level_in_the_chain(
    release: Release, level: str, code: str, status: tuple[str, ...]
) -> None:
    assert labels(release, level, code).status == status


def test_a_stale_certificate_above_does_not_count(tmp_path: Path) -> None:
    def stale(tables: Frames) -> None:
        state = tables["certification__state"]
        state.loc[state["area_code"] == "L11", "state"] = "STALE"

    release = Release.open(write_release(tmp_path / "r", stale))
    assert not labels(release, *VILLAGE).certified  # though the district above still holds a certificate


def test_labels_name_denominators_and_source(release: Release) -> None:
    text = "\n".join(labels(release, "district", "3801").lines())
    coverage = release.coverage("district", "3801")
    for part in (f"สำรวจ {coverage['surveyed_n']} ครัวเรือน", f"{coverage['target_n']} ครัวเรือน", "ที่มา", "2 เมษายน 2561"):
        assert part in text
    assert release.sha256[:12] in text


def test_what_lies_in_an_area(release: Release) -> None:
    villages = release.area_codes("village")
    assert release.inside("nation", "TH", "village") == villages
    assert release.inside("village", villages[0], "village") == villages[:1]
    assert release.inside("district", "3801", "village") == [code for code in villages if code.startswith("3801")]
    assert release.inside("tambon", villages[0][:6], "village") == [c for c in villages if c[:6] == villages[0][:6]]
    with pytest.raises(ReleaseError, match="no village in district 9999"):
        release.inside("district", "9999", "village")
