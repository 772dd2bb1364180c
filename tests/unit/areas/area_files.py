"""Small register files for tests: rows as dictionaries, written as CSV or XLSX."""

import csv
from pathlib import Path
from typing import Any

import xlsxwriter

AREA = {
    "village_code": "38010101",
    "village_name": "บ้านหนึ่ง",
    "tambon_code": "380101",
    "tambon_name": "บึงกาฬ",
    "district_code": "3801",
    "district_name": "เมืองบึงกาฬ",
    "province_code": "38",
    "province_name": "บึงกาฬ",
    "lao_code": "L1",
    "lao_name": "อบต.หนึ่ง",
    "lao_type": "อบต.",
    "stream": "jpt",
    "valid_from": "",
    "valid_to": "",
}
TARGET = {"survey_year": "2561", "village_code": "38010101", "target_households": "100"}
ENUMERATOR = {
    "survey_year": "2561",
    "enumerator_id": "E1",
    "name": "สมมุติ",
    "tambon_code": "380101",
    "order_no": "1/2561",
    "role": "enumerator",
}
NONRESPONSE = {"survey_year": "2561", "village_code": "38010101", "house_no": "1", "reason": "empty", "witness": ""}
SAMPLE: dict[str, dict[str, str]] = {
    "areas": AREA,
    "targets": TARGET,
    "enumerators": ENUMERATOR,
    "nonresponse": NONRESPONSE,
}

# A village of another district (พรเจริญ) with a LAO of its own.
ELSEWHERE = {
    "village_code": "38020101",
    "tambon_code": "380201",
    "tambon_name": "ศรีชมภู",
    "district_code": "3802",
    "district_name": "พรเจริญ",
    "lao_code": "L2",
}


def rows(kind: str, *changes: dict[str, str]) -> list[dict[str, str]]:
    """The sample row of a register, once per set of changes."""
    return [SAMPLE[kind] | change for change in changes]


def write_csv(path: Path, content: list[dict[str, str]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, list(content[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(content)
    return path


def write_xlsx(path: Path, content: list[dict[str, Any]], sheet: str = "Sheet1") -> Path:
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet(sheet)
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        page.write_row(0, 0, list(content[0]))
        for number, row in enumerate(content, start=1):
            for at, value in enumerate(row.values()):
                style = [day] if hasattr(value, "year") else []
                page.write(number, at, value, *style)
    return path
