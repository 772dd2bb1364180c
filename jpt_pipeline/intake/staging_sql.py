"""SQL that types raw text, however it is written: normalised, with the codes that keep it out and the notes about it.

One query for each kind of record, over the relation `raw` and the macros of macros.py. Keep out: answers, tokens, digests.
"""

from datetime import datetime

from jpt_pipeline.intake.formats import MEMBER_CODES, Declared
from jpt_pipeline.intake.limits import load_limits

HOUSE_KEY = "[0-9A-Za-z][0-9A-Za-z._-]{0,59}"
# Codes that declare "no number": an infant, a foreigner, a refusal.
NO_ID = ("ไม่มี", "9999999999999", "0000000000000")


def households_sql(declared: Declared, provinces: tuple[str, ...], received_at: datetime) -> str:
    """Typed households from `raw`; parameter $file_no. own_text: what their digest is of, before their answers."""
    year = f"coalesce(whole(survey_year), {declared.survey_year or 'NULL'})"
    stream = f"coalesce(lower(clean(stream)), {_text(declared.stream)})"
    enumerator = f"coalesce(clean(enumerator_id), {_text(declared.enumerator_id)})"
    wrong_year = f"OR survey_year <> {declared.survey_year}" if declared.survey_year else ""
    wrong_stream = f"OR stream <> {_text(declared.stream)}" if declared.stream else ""
    wrong_province = f"village_code[1:2] <> {_text(declared.province_code)}" if declared.province_code else "false"
    limits = load_limits()
    return f"""
    WITH keyed AS (
        SELECT * REPLACE (
            CASE WHEN hid IS NULL THEN household_id WHEN strlen(digits(hid)) = 11 THEN digits(hid)
                ELSE digits(hid) || '-' || {enumerator} || '-' || clean(app_id) END AS household_id,
            CASE WHEN is_bare = '1' AND regexp_full_match(app_id, '[0-9]{{1,14}}')
                THEN strftime(make_timestamp(CAST(app_id AS BIGINT) * 1000), '%Y-%m-%dT%H:%M:%SZ')
                ELSE clean(submitted_at) END AS submitted_at)
        FROM raw
    ), shaped AS (
        SELECT row, record_no, byte_start, byte_end, code, is_answer_mended,
            {year} AS survey_year, {stream} AS stream,
            digits(village_code) AS village_code, house_code(household_id) AS household_id,
            CASE WHEN NOT is_person_number({enumerator}) THEN {enumerator} END AS enumerator_id,
            utc_time(submitted_at) AS submitted_tz,
            CASE WHEN clean(revision) IS NULL THEN 1 ELSE whole(revision) END AS revision,
            lower(clean(evidence_photo)) AS photo, lower(clean(evidence_signature)) AS signature,
            CASE WHEN clean(satisfaction) IS NULL THEN NULL ELSE coalesce(whole(satisfaction), -1) END AS satisfaction,
            is_scientific(household_id) OR is_scientific(village_code) OR is_scientific(hid) AS is_scientific,
            is_mended(household_id, house_code(household_id)) OR is_mended(village_code, digits(village_code))
                OR is_mended(hid, digits(hid)) OR is_answer_mended AS is_normalised,
            thai(house_no) AS house_no, clean(latitude) AS latitude, clean(longitude) AS longitude,
            hid, province, district, tambon, land_home, land_work, signature_image, unknown_keys
        FROM keyed
    )
    SELECT row, CAST($file_no AS BIGINT) * 1000000000 + record_no AS form, $file_no::INTEGER AS file_no,
        record_no, byte_start, byte_end, survey_year, stream, village_code, household_id, enumerator_id,
        make_timestamp(epoch_us(submitted_tz)) AS submitted_at,
        CAST(make_timestamp(epoch_us(submitted_tz)) + INTERVAL 7 HOUR AS DATE) AS survey_date, revision, satisfaction,
        CASE WHEN photo IN ('present', 'refused') THEN photo ELSE 'missing' END AS evidence_photo,
        CASE WHEN signature IN ('signed', 'refused', 'absent_witnessed') THEN signature ELSE 'missing' END
            AS evidence_signature,
        CASE WHEN code IS NOT NULL THEN [code] ELSE list_filter([
            CASE WHEN survey_year IS NULL OR survey_year NOT BETWEEN {limits.first_year} AND {limits.last_year} {wrong_year}
                THEN 'V-YEAR' END,
            CASE WHEN stream IS NULL OR stream NOT IN ('jpt', 'basic') {wrong_stream} THEN 'V-STREAM' END,
            CASE WHEN is_scientific THEN 'V-PID-SCI' END,
            CASE WHEN village_code IS NULL OR NOT regexp_full_match(village_code, '[0-9]{{8}}')
                OR village_code[1:2] NOT IN ({", ".join(f"'{code}'" for code in provinces)}) THEN 'G-UNKNOWN' END,
            CASE WHEN {wrong_province} THEN 'G-OUTSIDE' END,
            CASE WHEN household_id IS NULL OR NOT regexp_full_match(household_id, '{HOUSE_KEY}')
                OR (regexp_full_match(household_id, '[0-9]+') AND strlen(household_id) NOT IN (4, 11))
                THEN 'K-KEY' END,
            CASE WHEN revision IS NULL THEN 'V-REVISION' END,
            CASE WHEN submitted_tz IS NULL THEN 'V-TIME' END
        ], lambda c: c IS NOT NULL) END AS codes,
        list_filter([
            CASE WHEN is_normalised THEN 'J-NORM' END,
            CASE WHEN photo NOT IN ('present', 'refused', 'missing')
                OR signature NOT IN ('signed', 'refused', 'absent_witnessed', 'missing') THEN 'J-EVIDENCE' END,
            CASE WHEN submitted_tz > '{received_at.isoformat()}'::TIMESTAMPTZ + INTERVAL 1 DAY
                OR year(submitted_tz) < survey_year - 543 THEN 'J-TIME' END
        ], lambda c: c IS NOT NULL) AS notes,
        CASE WHEN province IS NOT NULL OR district IS NOT NULL OR tambon IS NOT NULL THEN
            coalesce(district[1:2] = province AND tambon[1:4] = district
                AND (village_code IS NULL OR village_code[1:6] = tambon), false) END AS is_area_nested,
        CASE WHEN hid IS NOT NULL THEN coalesce(regexp_full_match(digits(hid), '([0-9]{{4}}|[0-9]{{11}})'), false) END
            AS is_house_code_valid,
        CASE WHEN hid IS NOT NULL AND district IS NOT NULL THEN digits(hid)[1:4] = district END AS is_house_code_local,
        CASE WHEN clean(land_home) IS NOT NULL OR signature_image IS NOT NULL THEN
            coalesce(is_land(land_home, '1234'), false)
            AND (clean(land_work) IS NULL OR coalesce(is_land(land_work, '12345'), false)) END AS is_land_valid,
        CASE WHEN latitude IS NOT NULL OR longitude IS NOT NULL THEN
            coalesce(number_or_null(latitude) BETWEEN 5.6 AND 20.5
                AND number_or_null(longitude) BETWEEN 97.3 AND 105.7, false) END AS is_gps_valid,
        CASE WHEN signature_image IS NOT NULL THEN signature_image = '1' END AS has_signature_image,
        coalesce(try_cast(unknown_keys AS BIGINT), 0) AS unknown_keys_n,
        concat_ws(chr(31), coalesce(house_no, ''), position_text(latitude), position_text(longitude),
            coalesce(photo, 'missing'), coalesce(signature, 'missing'), coalesce(CAST(satisfaction AS VARCHAR), ''))
            AS own_text,
        house_no, latitude, longitude
    FROM shaped
    """


def members_sql() -> str:
    """Typed members from `raw`; parameter $file_no. own_text: what their digest is of."""
    columns = ", ".join(f"clean({name}) AS {name}" for name in MEMBER_CODES)
    texts = ", ".join(f"coalesce({name}, '')" for name in ("prefix", "first_name", "last_name", *MEMBER_CODES))
    missing = ", ".join(f"'{code}'" for code in NO_ID)
    longest = load_limits().name_characters
    return f"""
    WITH shaped AS (
        SELECT row, record_no, byte_start, byte_end, code, owner, house_code(household_id) AS household_id,
            digits(village_code) AS village_code, whole(member_no) AS member_no,
            CASE WHEN digits(citizen_id) IN ({missing}) THEN NULL ELSE digits(citizen_id) END AS citizen_id,
            is_scientific(citizen_id) OR is_scientific(household_id) OR is_scientific(village_code) AS is_scientific,
            person_no(digits(citizen_id)) AS person_no, is_mended(citizen_id, digits(citizen_id)) AS is_id_mended,
            dated(birth_date) AS birth_text, birth(dated(birth_date)) AS born,
            is_mended(birth_date, dated(birth_date)) AS is_date_mended,
            thai(prefix) AS prefix, thai(first_name) AS first_name, thai(last_name) AS last_name,
            is_mended(first_name, thai(first_name)) OR is_mended(last_name, thai(last_name)) AS is_name_mended,
            {columns}
        FROM raw
    )
    SELECT row, $file_no::INTEGER AS file_no, record_no, byte_start, byte_end,
        CAST($file_no AS BIGINT) * 1000000000 + record_no AS form, owner IS NULL AS is_record,
        household_id, village_code, member_no,
        CASE WHEN code IS NOT NULL THEN [code] ELSE list_filter([
            CASE WHEN is_scientific THEN 'V-PID-SCI' END,
            CASE WHEN member_no IS NULL OR member_no < 1 THEN 'V-MEMBERNO' END,
            CASE WHEN length(first_name) > {longest} OR length(last_name) > {longest} OR length(prefix) > {longest}
                THEN 'V-LEN' END
        ], lambda c: c IS NOT NULL) END AS codes,
        list_filter([
            CASE WHEN is_id_mended OR is_name_mended OR is_date_mended THEN 'J-NORM' END,
            CASE WHEN is_id_invented(citizen_id) THEN 'J-PID-FAKE' END,
            CASE WHEN regexp_matches(first_name || coalesce(last_name, ''), '[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]') THEN 'J-NAME' END,
            CASE WHEN contains(birth_text, '00/') OR birth_text[1:2] = '0/' OR contains(birth_text, '/0/')
                THEN 'J-BIRTH' END
        ], lambda c: c IS NOT NULL) AS notes,
        coalesce(is_id_checked(person_no) AND citizen_id IS NOT NULL, false) AS is_id_valid,
        born AS birth_date, {", ".join(MEMBER_CODES)},
        concat_ws(chr(31), member_no, coalesce(citizen_id, ''),
            coalesce(CAST(born AS VARCHAR), birth_text, ''), {texts}) AS own_text,
        citizen_id, prefix, first_name, last_name
    FROM shaped
    """


def _text(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"
