"""Raw text -> typed, normalised rows of one delivery, as SQL. Repairs nothing and guesses nothing: notes or codes.

Two passes. `stage_*` types one batch and writes it to a scratch file: identifiers become tokens, names, house numbers
and coordinates leave only their digest. `link` joins members to households over the whole delivery and gives each
household its content digest.
"""

from jpt_pipeline.intake.formats import MEMBER_TEXT, Declared

THAI_DIGITS = "๐๑๒๓๔๕๖๗๘๙"
MOMENT = (
    "(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?"
)
MACROS = f"""
CREATE OR REPLACE TEMP MACRO clean(x) AS
    nullif(trim(regexp_replace(x, '[\u200b\u200c\u200d\ufeff\u00a0]', '', 'g')), '');
CREATE OR REPLACE TEMP MACRO ascii_digits(x) AS translate(clean(x), '{THAI_DIGITS}', '0123456789');
CREATE OR REPLACE TEMP MACRO digits(x) AS CASE
    WHEN regexp_full_match(ascii_digits(x), '[0-9][0-9 -]*') THEN regexp_replace(ascii_digits(x), '[ -]', '', 'g')
    WHEN regexp_full_match(ascii_digits(x), '[0-9]+\\.0+') THEN split_part(ascii_digits(x), '.', 1)
    ELSE ascii_digits(x) END;
CREATE OR REPLACE TEMP MACRO is_person_number(x) AS coalesce(regexp_full_match(digits(x), '[0-9]{{13}}'), false);
CREATE OR REPLACE TEMP MACRO whole(x) AS
    CASE WHEN regexp_full_match(digits(x), '[0-9]{{1,9}}') THEN CAST(digits(x) AS BIGINT) END;
CREATE OR REPLACE TEMP MACRO is_scientific(x) AS coalesce(regexp_full_match(clean(x), '[0-9.,]+[eE][+]?[0-9]+'), false);
CREATE OR REPLACE TEMP MACRO utc_time(x) AS CASE
    WHEN NOT regexp_full_match(x, '{MOMENT}') THEN NULL
    WHEN regexp_full_match(x, '.{{10}}') THEN try_cast(x || ' 00:00:00+07:00' AS TIMESTAMPTZ)
    WHEN regexp_matches(x, '(Z|[+-][0-9]{{2}}:?[0-9]{{2}}|[+-][0-9]{{2}})$')
        THEN try_cast(regexp_replace(x, '([+-][0-9]{{2}})([0-9]{{2}})$', '\\1:\\2') AS TIMESTAMPTZ)
    ELSE try_cast(x || '+07:00' AS TIMESTAMPTZ) END;
CREATE OR REPLACE TEMP MACRO birth(x) AS CASE
    WHEN regexp_full_match(ascii_digits(x), '[0-9]{{1,2}}/[0-9]{{1,2}}/2[0-9]{{3}}') THEN try_cast(
        format('{{:04d}}-{{:02d}}-{{:02d}}', CAST(split_part(ascii_digits(x), '/', 3) AS INTEGER) - 543,
            CAST(split_part(ascii_digits(x), '/', 2) AS INTEGER), CAST(split_part(ascii_digits(x), '/', 1) AS INTEGER)
        ) AS DATE) END;
CREATE OR REPLACE TEMP MACRO is_id_checked(x) AS CASE WHEN regexp_full_match(x, '[1-9][0-9]{{12}}') THEN
    (11 - list_sum(list_transform(range(1, 13), lambda i: try_cast(x[i] AS INTEGER) * (14 - i))) % 11) % 10
        = try_cast(x[13] AS INTEGER) ELSE false END;
CREATE OR REPLACE TEMP MACRO house_code(x) AS
    CASE WHEN length(digits(x)) IN (4, 11) THEN digits(x) ELSE ascii_digits(x) END;
CREATE OR REPLACE TEMP MACRO is_land(x, kinds) AS regexp_full_match(x, '([' || kinds || '],[0-9]+,[0-9]*(,.*)?|5)')
    AND (x <> '5' OR contains(kinds, '5'));
CREATE OR REPLACE TEMP MACRO number_or_null(x) AS
    CASE WHEN regexp_full_match(clean(x), '-?[0-9]{{1,3}}([.][0-9]+)?') THEN CAST(clean(x) AS DOUBLE) END;
"""
# Survey years that can be (B.E.): a year in between without a round waits for it, as the record's own year says.
FIRST_YEAR, LAST_YEAR = 2540, 2640
# Codes that declare "no number": an infant, a foreigner, a refusal.
NO_ID = ("-", "ไม่มี", "9999999999999", "0000000000000")


def stage_forms_sql(answers: list[str], declared: Declared, file_no: int, provinces: tuple[str, ...]) -> str:
    """Typed households of one batch, from raw_forms. `form` numbers a household within its delivery."""
    year = f"coalesce(whole(survey_year), {declared.survey_year or 'NULL'})"
    stream = f"coalesce(lower(clean(stream)), {_text(declared.stream)})"
    enumerator = f"coalesce(clean(enumerator_id), {_text(declared.enumerator_id)})"
    wrong_year = f"OR survey_year <> {declared.survey_year}" if declared.survey_year else ""
    wrong_stream = f"OR stream <> {_text(declared.stream)}" if declared.stream else ""
    wrong_province = f"village_code[1:2] <> {_text(declared.province_code)}" if declared.province_code else "false"
    all_answers = ", ".join(f"coalesce({name}, '')" for name in answers)
    return f"""
    WITH shaped AS (
        SELECT record_no, byte_start, byte_end, code, {year} AS survey_year, {stream} AS stream,
            digits(village_code) AS village_code, house_code(household_id) AS household_id,
            CASE WHEN NOT is_person_number({enumerator}) THEN {enumerator} END AS enumerator_id,
            utc_time(clean(submitted_at)) AS submitted_tz,
            CASE WHEN clean(revision) IS NULL THEN 1 ELSE whole(revision) END AS revision,
            lower(clean(evidence_photo)) AS photo, lower(clean(evidence_signature)) AS signature,
            CASE WHEN clean(satisfaction) IS NULL THEN NULL ELSE coalesce(whole(satisfaction), -1) END AS satisfaction,
            is_scientific(household_id) OR is_scientific(village_code) AS is_scientific,
            house_code(household_id) IS DISTINCT FROM clean(household_id)
                OR digits(village_code) IS DISTINCT FROM clean(village_code)
                OR digits(hid) IS DISTINCT FROM clean(hid) AS is_normalised,
            clean(house_no) AS house_no, clean(latitude) AS latitude, clean(longitude) AS longitude,
            hid, province, district, tambon, land_home, land_work, signature_image, unknown_keys, {", ".join(answers)}
        FROM raw_forms
    )
    SELECT CAST({file_no} AS BIGINT) * 1000000000 + record_no AS form, {file_no} AS file_no,
        record_no, byte_start, byte_end, survey_year, stream, village_code, household_id, enumerator_id,
        make_timestamp(epoch_us(submitted_tz)) AS submitted_at,
        CAST(make_timestamp(epoch_us(submitted_tz)) + INTERVAL 7 HOUR AS DATE) AS survey_date, revision, satisfaction,
        CASE WHEN photo IN ('present', 'refused') THEN photo ELSE 'missing' END AS evidence_photo,
        CASE WHEN signature IN ('signed', 'refused', 'absent_witnessed') THEN signature ELSE 'missing' END
            AS evidence_signature,
        list_filter([
            CASE WHEN code IS NOT NULL THEN code END,
            CASE WHEN code IS NULL AND (survey_year IS NULL OR survey_year NOT BETWEEN {FIRST_YEAR} AND {LAST_YEAR} {wrong_year})
                THEN 'V-YEAR' END,
            CASE WHEN code IS NULL AND (stream IS NULL OR stream NOT IN ('jpt', 'basic') {wrong_stream})
                THEN 'V-STREAM' END,
            CASE WHEN code IS NULL AND is_scientific THEN 'V-SCI' END,
            CASE WHEN code IS NULL AND (village_code IS NULL OR NOT regexp_full_match(village_code, '[0-9]{{8}}')
                OR village_code[1:2] NOT IN ({", ".join(f"'{code}'" for code in provinces)})) THEN 'G-VILLAGE' END,
            CASE WHEN code IS NULL AND {wrong_province} THEN 'V-PROVINCE' END,
            CASE WHEN code IS NULL AND (household_id IS NULL
                OR NOT regexp_full_match(household_id, '[0-9A-Za-z][0-9A-Za-z._-]{{0,59}}')
                OR (regexp_full_match(household_id, '[0-9]+') AND length(household_id) NOT IN (4, 11)))
                THEN 'K-KEY' END,
            CASE WHEN code IS NULL AND revision IS NULL THEN 'V-REVISION' END,
            CASE WHEN code IS NULL AND submitted_tz IS NULL THEN 'V-TIME' END
        ], lambda c: c IS NOT NULL) AS codes,
        list_filter([
            CASE WHEN is_normalised THEN 'J-NORM' END,
            CASE WHEN photo NOT IN ('present', 'refused', 'missing')
                OR signature NOT IN ('signed', 'refused', 'absent_witnessed', 'missing') THEN 'J-EVIDENCE' END
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
        CASE WHEN signature_image IS NOT NULL THEN signature_image <> '' END AS has_signature_image,
        coalesce(try_cast(unknown_keys AS BIGINT), 0) AS unknown_keys_n,
        sha256(concat_ws(chr(31), coalesce(house_no, ''), coalesce(latitude, ''), coalesce(longitude, ''),
            coalesce(photo, 'missing'), coalesce(signature, 'missing'), coalesce(CAST(satisfaction AS VARCHAR), ''),
            {all_answers})) AS own_sha256,
        {", ".join(answers)}
    FROM shaped
    """


def stage_persons_sql(file_no: int) -> str:
    """Typed members of one batch, from raw_persons: tokens and digests instead of numbers and names."""
    typed = ("member_no", "citizen_id", "birth_date")
    texts = ", ".join(f"coalesce({name}, '')" for name in MEMBER_TEXT if name not in typed)
    missing = ", ".join(f"'{code}'" for code in NO_ID)
    coded = ("prefix", "sex", "occupation", "education", "religion", "relation", "health", "ability", "informant")
    columns = ", ".join(f"clean({name}) AS {name}" for name in (*coded, "welfare_card", "first_name", "last_name"))
    return f"""
    WITH shaped AS (
        SELECT record_no, byte_start, byte_end, code, form, house_code(household_id) AS household_id,
            digits(village_code) AS village_code, whole(member_no) AS member_no,
            CASE WHEN digits(citizen_id) IN ({missing}) THEN NULL ELSE digits(citizen_id) END AS citizen_id,
            is_scientific(citizen_id) OR is_scientific(household_id) OR is_scientific(village_code) AS is_scientific,
            digits(citizen_id) IS DISTINCT FROM clean(citizen_id) AS is_normalised,
            birth(birth_date) AS birth_date, ascii_digits(birth_date) AS birth_text, {columns}
        FROM raw_persons
    )
    SELECT {file_no} AS file_no, record_no, byte_start, byte_end,
        CAST({file_no} AS BIGINT) * 1000000000 + form AS form, household_id, village_code, member_no,
        list_filter([
            code,
            CASE WHEN code IS NULL AND is_scientific THEN 'V-SCI' END,
            CASE WHEN code IS NULL AND (member_no IS NULL OR member_no < 1) THEN 'V-MEMBERNO' END
        ], lambda c: c IS NOT NULL) AS codes,
        is_normalised, is_id_checked(citizen_id) AS is_id_valid, person_token(citizen_id) AS id_token,
        birth_date, prefix, sex, occupation, education, religion, relation, health, ability, informant, welfare_card,
        sha256(concat_ws(chr(31), member_no, coalesce(citizen_id, ''), coalesce(CAST(birth_date AS VARCHAR), birth_text, ''),
            {texts})) AS own_sha256
    FROM shaped
    """


LINK_SQL = """
CREATE OR REPLACE TEMP TABLE linked AS
SELECT p.* EXCLUDE (form, of_village, of_household), coalesce(p.form, f.form) AS linked_form, p.form IS NULL AS is_record,
    row_number() OVER (
        PARTITION BY coalesce(p.form, f.form), p.member_no, p.own_sha256 ORDER BY p.file_no, p.record_no
    ) AS copy_no
FROM (
    SELECT *, CASE WHEN form IS NULL THEN village_code END AS of_village,
        CASE WHEN form IS NULL THEN household_id END AS of_household FROM persons
) p LEFT JOIN forms f ON f.village_code = p.of_village AND f.household_id = p.of_household;

CREATE OR REPLACE TEMP TABLE rosters AS
SELECT linked_form AS form,
    flatten(list(codes)) AS member_codes,
    count(*) FILTER (WHERE copy_no = 1) <> count(DISTINCT member_no) AS is_ambiguous,
    bool_or(is_normalised) AS is_normalised,
    sha256(string_agg(member_no || ':' || own_sha256, ',' ORDER BY member_no, own_sha256)
        FILTER (WHERE copy_no = 1)) AS roster_sha256
FROM linked WHERE linked_form IS NOT NULL GROUP BY linked_form;

CREATE OR REPLACE TEMP TABLE marked AS
SELECT f.form, f.file_no, f.record_no, f.byte_start, f.byte_end, f.survey_year, f.stream, f.village_code,
    f.household_id,
    list_distinct(f.codes || coalesce(r.member_codes, [])
        || CASE WHEN r.is_ambiguous THEN ['V-MEMBERNO'] ELSE [] END) AS codes,
    list_distinct(f.notes || CASE WHEN r.is_normalised THEN ['J-NORM'] ELSE [] END) AS notes,
    sha256(concat_ws(chr(31), 'jpt-household-v1', f.survey_year, f.stream, f.village_code, f.household_id,
        coalesce(f.enumerator_id, ''), f.submitted_at, f.own_sha256, coalesce(r.roster_sha256, ''))) AS content_sha256
FROM forms f LEFT JOIN rosters r USING (form);
"""


# Refused records, each with the round and province whose quarantine lists it. A record whose own year cannot be read or
# is not accepted belongs to the declared year of its delivery, else to that of most of its neighbours.
REFUSED_SQL = """
CREATE OR REPLACE TEMP TABLE refused AS
WITH records AS (
    SELECT 'household' AS record_kind, file_no, record_no, byte_start, byte_end, survey_year, stream, village_code,
        household_id, codes
    FROM marked WHERE len(codes) > 0
    UNION ALL
    SELECT 'member', l.file_no, l.record_no, any_value(l.byte_start), any_value(l.byte_end),
        any_value(m.survey_year), any_value(m.stream), any_value(coalesce(l.village_code, m.village_code)),
        any_value(coalesce(l.household_id, m.household_id)),
        list_sort(list_distinct(flatten(list(
            CASE WHEN l.linked_form IS NULL AND len(l.codes) = 0 THEN ['K-ORPHAN']
            ELSE l.codes || coalesce(m.codes, []) END))))
    FROM linked l LEFT JOIN marked m ON m.form = l.linked_form
    WHERE l.is_record
    GROUP BY l.file_no, l.record_no
    HAVING bool_and(l.linked_form IS NULL OR len(m.codes) > 0)
), context AS (
    SELECT coalesce(?, mode(survey_year)) AS unit_year, coalesce(?, mode(stream)) AS unit_stream
    FROM marked WHERE len(codes) = 0
)
SELECT r.* EXCLUDE (stream, household_id, village_code), coalesce(r.stream, c.unit_stream) AS stream,
    -- What is no code may be anything, a person's number too: it is not carried along.
    CASE WHEN regexp_full_match(r.household_id, '[0-9]{4}|[0-9]{11}|[0-9]{4}-[0-9A-Za-z._-]+-[0-9]+') THEN r.household_id END
        AS household_id,
    CASE WHEN regexp_full_match(r.village_code, '[0-9]{8}') THEN r.village_code END AS village_code,
    CASE WHEN r.survey_year IS NULL OR list_contains(r.codes, 'V-YEAR') THEN c.unit_year ELSE r.survey_year END
        AS part_year,
    CASE WHEN regexp_full_match(r.village_code, '[0-9]{8}') AND NOT list_contains(r.codes, 'G-VILLAGE')
        AND part_year IS NOT NULL THEN r.village_code[1:2] END AS part_province
FROM records r CROSS JOIN context c
"""

# Ages as ruling 9 of the contract: a birthday or a month is reached on its day number; 29 February is reached on 1 March.
AGES = """
CREATE OR REPLACE TEMP VIEW aged AS
WITH placed AS (
    SELECT l.* EXCLUDE (is_record), l.linked_form AS form, f.survey_date AS on_date,
        -- A row of a members table stands in the account of one round, though its household may be in several.
        l.is_record AND f.survey_year = min(CASE WHEN len(m.codes) = 0 THEN f.survey_year END)
            OVER (PARTITION BY l.file_no, l.record_no, l.is_record) AS is_record
    FROM linked l JOIN forms f ON f.form = l.linked_form JOIN marked m ON m.form = l.linked_form
), checked AS (
    SELECT *, coalesce(birth_date <= on_date AND birth_date >= make_date(year(on_date) - 120, 1, 1), false)
        AS is_birth_valid
    FROM placed
)
SELECT form, file_no, record_no, byte_start, byte_end, is_record, copy_no, member_no,
    CASE WHEN is_id_valid THEN id_token END AS person_token, is_id_valid,
    id_token IS NOT NULL AND count(*) FILTER (WHERE copy_no = 1) OVER (PARTITION BY form, id_token) > 1
        AS is_id_repeated,
    is_birth_valid,
    CASE WHEN is_birth_valid THEN year(on_date) - year(birth_date)
        - CASE WHEN month(on_date) * 100 + day(on_date) < month(birth_date) * 100 + day(birth_date)
            THEN 1 ELSE 0 END END AS age_years,
    CASE WHEN is_birth_valid THEN (year(on_date) - year(birth_date)) * 12 + month(on_date) - month(birth_date)
        - CASE WHEN day(on_date) < day(birth_date) THEN 1 ELSE 0 END END AS age_months,
    prefix, sex, occupation, education, religion, relation, health, ability, informant, welfare_card
FROM checked
"""


def _text(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"
