"""Findings by hand in the lake of a home: a register of four villages in two provinces, and what stands in them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from checks import GATES
from jpt_pipeline.issues import ISSUES, make_issues
from jpt_pipeline.ledger import Act, Committee, Counts, Waiver, writing
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.vault import make_keys

YEAR = 2561
HERE, THERE, NATION = Part(YEAR, "38"), Part(YEAR, "39"), Part(YEAR)
VILLAGES = [
    # village, tambon, lao, district, province
    ("38010101", "380101", "L1", "3801", "38"),
    ("38010102", "380101", "L2", "3801", "38"),
    ("38020101", "380201", "L3", "3802", "38"),
    ("39010101", "390101", "L4", "3901", "39"),
]
Finding = tuple[str, str, str]
"""Village, last digits of the household, rule."""


def march(day: int, hour: int = 5) -> datetime:
    return datetime(2018, 3, day, hour, tzinfo=UTC)


class Found:
    """A home whose findings are written by hand; without deliveries, moments are those of the clock and the ledger."""

    def __init__(self, root: Path):
        self.settings = Settings(home=root / "home", threads=1)
        self.lake = Lake(self.settings.lake)
        make_keys(self.settings, keys_inside=True)
        names = ("village", "tambon", "lao", "district", "province")
        columns = ", ".join(f"v[{i}] AS {name}_code, v[{i}] AS {name}_name" for i, name in enumerate(names, 1))
        rows = ", ".join(str(list(village)) for village in VILLAGES)
        self._seal(
            "register__areas", Part(0),
            f"SELECT {columns}, 'jpt' AS stream, NULL::BIGINT AS valid_from, NULL::BIGINT AS valid_to "
            f"FROM (SELECT unnest([{rows}]) AS v)",
        )  # fmt: skip

    def stand(self, *findings: Finding, part: Part = HERE) -> "Found":
        """Exactly these findings stand in a part; a rule REQ-<n> is of indicator n."""
        listed = ", ".join(f"('{village}', '{house}', '{rule}')" for village, house, rule in findings) or "('', '', '')"
        self._seal(
            "households__findings", part,
            f"SELECT CAST({YEAR} AS BIGINT) AS survey_year, 'jpt' AS stream, v AS village_code, h AS household_id, "
            "r AS rule_id, 'error' AS severity, TRY_CAST(replace(r, 'REQ-', '') AS BIGINT) AS indicator_no "
            f"FROM (VALUES {listed}) AS t(v, h, r) WHERE v <> ''",
        )  # fmt: skip
        return self

    def make(self, at: datetime, part: Part = HERE) -> dict[str, str]:
        """Make the table of issues; household -> status."""
        make_issues(self.settings, part, GATES, lambda: at)
        return {row[0]: row[1] for row in self.rows("household_id, status", part)}

    def rows(self, columns: str, part: Part = HERE) -> list[tuple[Any, ...]]:
        query = f"SELECT {columns} FROM read_parquet(?, hive_partitioning = false) ORDER BY ALL"
        return duckdb.execute(query, [self.lake.sealed(ISSUES, part)]).fetchall()

    def id_of(self, household: str) -> str:
        return str(dict(self.rows("household_id, issue_id"))[household])

    def enter(self, entries: Iterable[Any]) -> None:
        with writing(self.settings.ledger) as ledger:
            ledger.append(list(entries))

    def _seal(self, table: str, part: Part, query: str) -> None:
        with duckdb.connect() as connection:
            self.lake.write(connection, table, part, query, fingerprint="test", inputs={})


def returned(level: str, area: str, at: datetime, sent_to: tuple[str, ...] = ()) -> Act:
    return Act(
        at=at, action="return", survey_year=YEAR, stream="jpt", level=level, area_code=area, root_sha256="0" * 64,
        form_no=None, certificate_id=None, previous_certificate_id=None,
        counts=Counts(households=0, persons=0, target=0), reason="ตรวจ", committee=Committee(), software="",
        instrument="", sent_to=sent_to,
    )  # fmt: skip


def waiver(*issues: str, at: datetime | None = None, action: Any = "waive", **more: Any) -> Waiver:
    fields: dict[str, Any] = {
        "survey_year": YEAR, "stream": "jpt", "level": "lao", "area_code": "L1", "waiver_id": "W1", "rule_id": "J-PERSON",
        "issues": issues, "reason": "ตรวจแล้ว", "by": "คณะทำงาน", "until": None,
    }  # fmt: skip
    return Waiver(at=at or march(9), action=action, **(fields | more))
