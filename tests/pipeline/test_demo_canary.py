"""Persons of the sample, after the whole demonstration: their numbers and positions lie in the delivered files alone."""

import gzip
import json

from tests.canary import search
from tests.conftest import SAMPLE, Demo


def persons(count: int) -> dict[str, str]:
    """Numbers and positions of the first households of the first delivery."""
    found: dict[str, str] = {}
    with gzip.open(SAMPLE / "deliveries" / "01_payload_2561_38.ndjson.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            family = json.loads(line)["family"]
            number = next((one["idcard"] for one in family["hmember"] if len(one["idcard"] or "") == 13), None)
            if number and len(str(family["latitude"] or "")) > 7:
                found |= {f"number {len(found)}": number, f"position {len(found)}": str(family["latitude"])}
            if len(found) >= count:
                break
    return found


def test_persons_of_the_sample_are_in_the_delivered_files_alone(demo: Demo) -> None:
    canaries = persons(6)
    assert len(canaries) == 6
    kept = demo.home / "landing" / "files"
    assert {hit.canary for hit in search(kept, canaries)} == set(canaries)
    assert search(demo.home, canaries, leave_out=[kept]) == []


def test_the_search_sees_tables_reports_and_events(demo: Demo) -> None:
    places = {hit.file.split("/")[0] for hit in search(demo.home, {"village": "38010101", "run": "38|2561"})}
    assert {"lake", "warehouse", "published", "reports", "dagster"} <= places


def test_the_demonstration_leaves_nothing_beside_its_home(demo: Demo) -> None:
    """Its keys lie inside; the user's folder is as empty as it was."""
    assert sorted(path.name for path in (demo.home / "keys").iterdir()) == ["office.key", "token.key", "vault.key"]
    own = demo.home.with_name(demo.home.name + "-user")
    assert [path for path in own.rglob("*") if path.is_file() and "jpt" in path.parts] == []
