"""Payload lines and arrays of the field app: one household a record -> raw text of households and members.

The key names of the app (`hid`, `hmember`, `idcard` ...) are known here and nowhere else.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from jpt_pipeline.intake.batches import Row, batches, filled
from jpt_pipeline.intake.formats import MAX_RECORD, FileFacts
from jpt_pipeline.intake.splitter import Record, json_records, line_records
from jpt_pipeline.store.files import dump_json

ENVELOPE = ("survey_year", "stream", "enumerator_id", "submitted_at", "revision")
FAMILY = (
    "id",
    "hid",
    "hnum",
    "hprovince",
    "hamphur",
    "htumbon",
    "community",
    "hlive",
    "hjob",
    "satisfaction",
    "latitude",
    "longitude",
    "photoSignature",
)
MEMBER_KEYS = {
    "prefix": "prefix",
    "first_name": "firstname",
    "last_name": "lastname",
    "citizen_id": "idcard",
    "sex": "gender",
    "birth_date": "birthdate",
    "occupation": "jobname",
    "education": "education",
    "religion": "religion",
    "relation": "relation",
    "health": "health",
    "ability": "ability",
    "informant": "informant",
    "welfare_card": "welfareCard",
}


def read_payload(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    is_lines: bool,
    answers: list[str],
    enumerator_id: str | None,
    facts: FileFacts,
) -> Iterator[None]:
    """Fill the temp tables raw_forms and raw_persons batch by batch; the caller stages each before the next.

    `answers`: column names a<code> of the instrument. `enumerator_id`: for records that name none. Broken records come
    with `code` set and everything else NULL.
    """
    connection.execute("CREATE OR REPLACE TEMP MACRO blank(x) AS nullif(nullif(x, ''), '-')")
    for batch in batches(_rows(line_records(path) if is_lines else json_records(path), facts)):
        connection.register("batch", batch)
        connection.execute(_parse_sql(answers))
        connection.unregister("batch")
        connection.execute(_forms_sql(answers), [enumerator_id])
        connection.execute(_persons_sql())
        connection.execute("DROP TABLE parsed")
        yield


def _rows(records: Iterator[Record], facts: FileFacts) -> Iterator[Row]:
    for record, data, start in filled(records, facts):
        facts.records_n += 1
        text, code = _decode(data, record.code)
        yield record.no, start, record.end, code, text


def _decode(data: bytes, code: str | None) -> tuple[str | None, str | None]:
    """Text of a record, or the code that keeps it out."""
    if code:
        return None, code
    if len(data) > MAX_RECORD:
        return None, "S-LONG"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None, "E-DECODE"
    return (None, "E-NUL") if "\0" in text or "\\u0000" in text else (text, None)


def _family_spec(answers: list[str]) -> dict[str, object]:
    spec: dict[str, object] = dict.fromkeys(FAMILY, "VARCHAR")
    spec["hmember"] = [dict.fromkeys(MEMBER_KEYS.values(), "VARCHAR")]
    spec["answer"] = {name[1:]: "VARCHAR" for name in answers}
    return spec


def _parse_sql(answers: list[str]) -> str:
    """One parse a record: the envelope's fields as columns, the household as the struct `family`."""
    spec = _family_spec(answers)
    envelope = dict.fromkeys(ENVELOPE, "VARCHAR") | {"evidence": {"photo": "VARCHAR", "signature": "VARCHAR"}}
    whole = dump_json(envelope | {"family": spec})
    bare = dump_json(spec)
    known = ", ".join(f"'{name[1:]}'" for name in [*answers, "asummary"])
    none = ", ".join(f"NULL AS {key}" for key in ENVELOPE)
    return f"""
    CREATE OR REPLACE TEMP TABLE parsed AS
    WITH valid AS (
        SELECT * REPLACE (CASE WHEN code IS NULL AND json_valid(text) THEN text END AS text) FROM batch
    ), shaped AS (
        SELECT *, coalesce(json_type(text) = 'OBJECT', false) AS is_object,
            coalesce(json_type(text, '$.family') = 'OBJECT', false) AS is_envelope
        FROM valid
    ), wrapped AS (
        SELECT record_no, byte_start, byte_end, code, json_keys(text, '$.family.answer') AS keys,
            json_transform(text, '{whole}') AS j
        FROM shaped WHERE is_envelope
    )
    SELECT record_no, byte_start, byte_end, code, {", ".join(f"j.{key}" for key in ENVELOPE)},
        j.evidence.photo AS evidence_photo, j.evidence.signature AS evidence_signature, j.family AS family,
        list_has_all([{known}], coalesce(keys, [])) AS is_known, false AS is_bare
    FROM wrapped
    UNION ALL
    SELECT record_no, byte_start, byte_end, code, {none}, NULL, NULL, json_transform(text, '{bare}'),
        list_has_all([{known}], coalesce(json_keys(text, '$.answer'), [])), true
    FROM shaped WHERE is_object AND NOT is_envelope
    UNION ALL
    SELECT record_no, byte_start, byte_end, coalesce(code, 'S-JSON'), {none}, NULL, NULL, NULL, NULL, NULL
    FROM shaped WHERE NOT is_object
    ORDER BY record_no
    """


def _forms_sql(answers: list[str]) -> str:
    answer_columns = ", ".join(f'blank(family.answer."{name[1:]}") AS {name}' for name in answers)
    return f"""
    CREATE OR REPLACE TEMP TABLE raw_forms AS
    SELECT record_no, byte_start, byte_end, code, survey_year, stream,
        CASE WHEN length(digits(family.hid)) = 11 THEN digits(family.hid)
             ELSE digits(family.hid) || '-' || coalesce(clean(enumerator_id), ?) || '-' || clean(family.id) END AS household_id,
        family.community AS village_code, family.hnum AS house_no, enumerator_id,
        CASE WHEN is_bare AND regexp_full_match(family.id, '[0-9]{{1,14}}')
             THEN strftime(make_timestamp(CAST(family.id AS BIGINT) * 1000), '%Y-%m-%dT%H:%M:%SZ')
             ELSE submitted_at END AS submitted_at,
        revision, evidence_photo, evidence_signature, family.latitude AS latitude, family.longitude AS longitude,
        family.satisfaction AS satisfaction, family.hid AS hid, family.hprovince AS province,
        family.hamphur AS district, family.htumbon AS tambon, family.hlive AS land_home, family.hjob AS land_work,
        CASE WHEN family IS NOT NULL THEN coalesce(family.photoSignature, '') END AS signature_image,
        CASE WHEN is_known THEN '0' ELSE '1' END AS unknown_keys, {answer_columns}
    FROM parsed
    """


def _persons_sql() -> str:
    columns = ", ".join(f'm."{key}" AS {name}' for name, key in MEMBER_KEYS.items())
    return f"""
    CREATE OR REPLACE TEMP TABLE raw_persons AS
    SELECT record_no, byte_start, byte_end, CAST(NULL AS VARCHAR) AS code, record_no AS form, CAST(NULL AS VARCHAR) AS household_id,
        CAST(NULL AS VARCHAR) AS village_code, CAST(position AS VARCHAR) AS member_no, {columns}
    FROM (
        SELECT record_no, byte_start, byte_end, unnest(family.hmember) AS m,
            generate_subscripts(family.hmember, 1) AS position
        FROM parsed WHERE family IS NOT NULL
    )
    """
