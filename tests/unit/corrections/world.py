"""Correction files as people write them, and what became of them, for the small country of the intake tests."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jpt_pipeline.corrections.models import FIELDS
from jpt_pipeline.returns.take import CorrectionReport, take_corrections
from tests.unit.intake.country import YEAR, Home, csv_bytes

AT = datetime(2018, 3, 5, tzinfo=UTC)
Row = dict[str, Any]


def code(number: int, village: str = "38010101") -> str:
    """House code of household `number` of the country."""
    return f"{village[:4]}{number:07d}"


def row(
    column: str, old: str, new: str, number: int = 1, member: int | str = "", village: str = "38010101", **more: Any
) -> Row:
    """One row of a correction file."""
    return {
        "survey_year": YEAR, "stream": "jpt", "village_code": village, "household_id": code(number, village),
        "member_no": member, "column": column, "old": old, "new": new, "reason": "ถามซ้ำแล้ว", "who": "พัฒนากร ก",
    } | more  # fmt: skip


def write(home: Home, name: str, rows: Sequence[Row], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    path = home.folder / name
    path.write_bytes(csv_bytes(list(rows), FIELDS, delimiter=delimiter, encoding=encoding))
    return path


def correct(home: Home, *rows: Row, name: str = "corrections.csv", **options: Any) -> CorrectionReport:
    """Hand in rows as a CSV file."""
    return take_corrections(write(home, name, rows), home.settings, now=lambda: AT, **options)


def codes(report: CorrectionReport) -> list[tuple[int | None, str]]:
    """(row, code) of each refusal."""
    return [(refusal.row_no, refusal.code) for refusal in report.refusals]
