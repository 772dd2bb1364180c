"""What intake left for one partition, as relations of a DuckDB session.

`open_forms` gives the households and members of all deliveries in intake order, `open_refused` the records that intake
refused and that belong here. Every file is verified against its receipt first. Intake files records by the first two
digits of their village; a village whose old code begins with another province is found by the register.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from jpt_pipeline.areas.tree import REGISTER, UNDATED, VALID
from jpt_pipeline.intake.receipts import FORMS, MARKS, PERSONS, REFUSED, Receipt, parts_of
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import make_table, quoted, readable

_UNIT = 10**15  # more than the households of one unit
INTAKE_NO = f"unit_no * {_UNIT} + form"
_PLACE = {"file_no": "INTEGER", "record_no": "BIGINT", "byte_start": "BIGINT", "byte_end": "BIGINT"}
_KEY = {"survey_year": "BIGINT", "stream": "VARCHAR", "village_code": "VARCHAR", "household_id": "VARCHAR"}
_FLAGS = ("is_area_nested", "is_house_code_valid", "is_house_code_local", "is_land_valid", "is_gps_valid")
FORM_COLUMNS = (
    {"form": "BIGINT"}
    | _PLACE
    | _KEY
    | {"enumerator_id": "VARCHAR", "submitted_at": "TIMESTAMP", "survey_date": "DATE", "revision": "BIGINT"}
    | {"satisfaction": "BIGINT", "evidence_photo": "VARCHAR", "evidence_signature": "VARCHAR"}
    | dict.fromkeys((*_FLAGS, "has_signature_image"), "BOOLEAN")
    | {"unknown_keys_n": "BIGINT"}
)
PERSON_TEXTS = (
    *("prefix", "sex", "occupation", "education", "religion", "relation"),
    *("health", "ability", "informant", "welfare_card"),
)
PERSON_COLUMNS = (
    {"form": "BIGINT"}
    | _PLACE
    | {"is_record": "BOOLEAN", "copy_no": "BIGINT", "member_no": "BIGINT", "person_token": "VARCHAR"}
    | dict.fromkeys(("is_id_valid", "is_id_repeated", "is_birth_valid"), "BOOLEAN")
    | {"birth_date": "DATE", "age_years": "BIGINT", "age_months": "BIGINT"}
    | dict.fromkeys(PERSON_TEXTS, "VARCHAR")
)
MARK_COLUMNS = {
    "form": "BIGINT",
    "file_no": "INTEGER",
    "notes": "VARCHAR[]",
    "content_sha256": "VARCHAR",
    "answers_sha256": "VARCHAR",
}
_PLACES = pa.schema(
    dict.fromkeys(("unit_no", "file_no"), pa.int64())
    | dict.fromkeys(("delivery_id", "file_sha256"), pa.string())
    | {"source_no": pa.int64()}
)
REFUSED_COLUMNS = {"record_kind": "VARCHAR"} | _PLACE | _KEY | {"codes": "VARCHAR[]"}


def open_home_provinces(connection: duckdb.DuckDBPyConnection, lake: Lake, survey_year: int | None) -> None:
    """Make the TEMP TABLE `home_provinces` (village_code, province_code) of all villages of the round's register."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE home_provinces AS SELECT DISTINCT village_code, province_code "
        f"FROM read_parquet(?, hive_partitioning = false) WHERE {VALID}",
        [lake.sealed(REGISTER, UNDATED), survey_year, survey_year],
    )


def source_parts(connection: duckdb.DuckDBPyConnection, lake: Lake, part: Part) -> list[Part]:
    """Parts of the staged files that hold records of a province: its own, and those of its villages' old codes.

    Makes the table `home_provinces` too.
    """
    open_home_provinces(connection, lake, part.survey_year)
    old = connection.execute(
        "SELECT DISTINCT village_code[1:2] FROM home_provinces WHERE province_code = ?", [part.province_code]
    ).fetchall()
    return [Part(part.survey_year, code) for code in sorted({part.province_code or "", *(row[0] for row in old)})]


def open_forms(
    connection: duckdb.DuckDBPyConnection, settings: Settings, receipts: list[Receipt], part: Part, answers: list[str]
) -> list[Path]:
    """Make the views `forms`, `answers` and `persons` of a province part, and the relation `fulls` of its full deliveries.

    The views have intake_no: the number of the delivered unit times 10^15 + the household's number in it, so that lower means
    earlier in intake order; path_no and row_no: where the row lies, in which of the staged files and after how many rows.
    forms has delivery_id and file_sha256 of the record, persons the unit_no and file_no under which record_files has them.
    answers are the rows of forms as they lie in the files, without what forms joins to them and without its filter: whoever
    knows which households count reads them there.

    Returns the staged files of the households, in the order of path_no.

    Raises:
        NotSealed: a staged file is not what its receipt says.
    """
    parts = source_parts(connection, Lake(settings.lake), part)
    columns = FORM_COLUMNS | dict.fromkeys(answers, "VARCHAR")
    paths = _open(connection, settings, receipts, FORMS, parts, "forms", columns)
    _open(connection, settings, receipts, MARKS, parts, "marks", MARK_COLUMNS)
    _open(connection, settings, receipts, PERSONS, parts, "persons", PERSON_COLUMNS)
    number = f"{INTAKE_NO} AS intake_no"
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW forms AS SELECT f.*, m.notes, m.content_sha256, m.answers_sha256, "
        f"p.source_no, p.delivery_id, p.file_sha256, {number} FROM forms_rows f "
        "JOIN (SELECT unit_no, form, notes, content_sha256, answers_sha256 FROM marks_rows) m USING (unit_no, form) "
        "JOIN record_files p USING (unit_no, file_no) "
        f"WHERE {at_home(part)}"
    )
    for view, rows in (("answers", "forms_rows"), ("persons", "persons_rows")):
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT *, {number} FROM {rows}")
    connection.register("fulls", _fulls(receipts, part))
    return paths


def _fulls(receipts: list[Receipt], part: Part) -> pa.Table:
    """Full deliveries of a province part: stream, and the first and last intake_no that each can hold."""
    rows, number = [], 0
    for receipt in receipts:
        first, number = number, number + len(receipt.units)
        if receipt.mode == "full" and (receipt.survey_year, receipt.province_code) == (
            part.survey_year,
            part.province_code,
        ):
            rows.append({"stream": receipt.stream, "first_no": first * _UNIT, "last_no": number * _UNIT - 1})
    return pa.Table.from_pylist(rows, pa.schema({"stream": pa.string(), "first_no": pa.int64(), "last_no": pa.int64()}))


def open_refused(
    connection: duckdb.DuckDBPyConnection, settings: Settings, receipts: list[Receipt], part: Part
) -> None:
    """Make the view `refused`; the national part also lists the records whose round nobody knows."""
    where = "true"
    parts = [part, Part(None)]
    if part.province_code:
        parts, where = source_parts(connection, Lake(settings.lake), part), at_home(part)
    _open(connection, settings, receipts, REFUSED, parts, "refused", REFUSED_COLUMNS)
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW refused AS "
        f"SELECT * FROM refused_rows JOIN record_files USING (unit_no, file_no) WHERE {where}"
    )


def at_home(part: Part) -> str:
    """Condition that a row's village lies in a province: by the register, else by the first digits of its code."""
    elsewhere = f"SELECT village_code FROM home_provinces WHERE province_code <> '{part.province_code}'"
    here = f"SELECT village_code FROM home_provinces WHERE province_code = '{part.province_code}'"
    return (
        f"(village_code IN ({here}) OR (village_code[1:2] = '{part.province_code}' "
        f"AND village_code NOT IN ({elsewhere})))"
    )


def input_digests(receipts: list[Receipt], parts: Sequence[Part]) -> dict[str, str]:
    """Path -> digest of all files of deliveries that belong to these parts, and the place in the order of full ones;
    empty when nothing was delivered."""
    wanted = {(part.survey_year, part.province_code) for part in parts}
    files = (file for receipt in receipts for unit in receipt.units for file in unit.parts)
    fulls = (receipt for receipt in receipts if receipt.mode == "full")
    return {file.path: file.sha256 for file in files if (file.survey_year, file.province_code) in wanted} | {
        f"full/{receipt.order_no}": receipt.delivery_id
        for receipt in fulls
        if (receipt.survey_year, receipt.province_code) in wanted
    }


def staged_provinces(receipts: list[Receipt], survey_year: int) -> set[str]:
    """Provinces under which intake filed records of a round."""
    files = (file for receipt in receipts for unit in receipt.units for file in unit.parts)
    return {file.province_code for file in files if file.survey_year == survey_year and file.province_code}


def _open(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    receipts: list[Receipt],
    table: str,
    parts: list[Part],
    name: str,
    columns: dict[str, str],
) -> list[Path]:
    """View <name>_rows over the verified files of a table, with unit_no, path_no and row_no of each row; returns the
    files in the order of path_no. Table record_files: unit_no, file_no, delivery_id, file_sha256, source_no.

    No join stands between the rows and whoever reads them: DuckDB would lose sight of their number.
    """
    found = [entry for part in parts for entry in parts_of(receipts, settings.lake, table, part)]
    paths = [Path(path) for *_, path in found]
    make_table(connection, "record_files", _places(receipts))
    listed = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in columns.items())
    units = ", ".join(str(number) for number, *_ in found)
    number = f"CAST([{units}] AS BIGINT[])[CAST(file_index AS BIGINT) + 1] AS unit_no"
    if found:
        files = ", ".join(f"'{quoted(readable(path))}'" for path in paths)
        source = f"read_parquet([{files}], union_by_name = true, hive_partitioning = false)"
    else:
        nothing = ", ".join(f"NULL::{kind} AS {column}" for column, kind in columns.items())
        source = f"(SELECT {nothing}, 0 AS file_index, 0 AS file_row_number WHERE false)"
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {name}_rows AS "
        f"SELECT {listed}, {number}, CAST(file_index AS BIGINT) AS path_no, file_row_number AS row_no FROM {source}"
    )
    return paths


def _places(receipts: list[Receipt]) -> pa.Table:
    """unit_no, file_no -> delivery_id, file_sha256, and source_no, one for each pair of these two, in their order."""
    units = ((receipt, unit) for receipt in receipts for unit in receipt.units)
    rows = [
        (number, file.file_no, receipt.delivery_id, file.file_sha256)
        for number, (receipt, unit) in enumerate(units)
        for file in unit.files
    ]
    sources = {pair: number for number, pair in enumerate(sorted({row[2:] for row in rows}))}
    columns = zip(*((*row, sources[row[2:]]) for row in rows), strict=True) if rows else ((),) * len(_PLACES.names)
    return pa.table([pa.array(column, kind) for column, kind in zip(columns, _PLACES.types, strict=True)], _PLACES)
