"""The join over one delivered unit: members to their households, the content of each household, what is refused.

Works on keys and digests only, those of the typed rows of all files of the unit. What is rare (a household delivered
twice, a member row twice) is looked for in whole columns and worked out only where it is.
"""

import duckdb
import pyarrow as pa

from jpt_pipeline.intake.ages import AGE_MACROS

# Of the digests of all members, whatever their order: the sums of both halves of each.
_CONTENT = "concat_ws('-', sum(own_low), sum(own_high), count(*))"
_TABLES = """
-- Households that the unit holds more than once: the round in whose account their member rows stand.
CREATE OR REPLACE TEMP TABLE doubled AS
SELECT village_code, household_id FROM forms WHERE village_code IS NOT NULL AND household_id IS NOT NULL
GROUP BY ALL HAVING count(*) > 1;

CREATE OR REPLACE TEMP TABLE linked AS
SELECT p.* EXCLUDE (form, of_village, of_household), CASE WHEN p.is_record THEN f.form ELSE p.form END AS linked_form
FROM (
    SELECT *, CASE WHEN is_record THEN village_code END AS of_village,
        CASE WHEN is_record THEN household_id END AS of_household FROM persons
) p LEFT JOIN forms f ON f.village_code = p.of_village AND f.household_id = p.of_household;

-- Of fixed size for each household, so that what does not fit into memory can be spilled.
CREATE OR REPLACE TEMP TABLE rosters AS
SELECT linked_form AS form,
    -- Each member number once: one bit each.
    coalesce(bit_count(bit_or(1::HUGEINT << CAST(least(member_no, 120) AS INTEGER))) = count(*)
        AND max(member_no) < 120, false) AS is_plain,
    coalesce(bit_count(bit_or(1::HUGEINT << CAST(token_low % 120 AS INTEGER))) < count(token_low), false)
        AS may_repeat,
    {content} AS content
FROM linked WHERE linked_form IS NOT NULL GROUP BY linked_form;

CREATE OR REPLACE TEMP TABLE copies AS
SELECT linked_form AS form, file_no, record_no, member_no, own_low, own_high,
    row_number() OVER (PARTITION BY linked_form, member_no, own_low, own_high ORDER BY file_no, record_no) AS copy_no
FROM linked WHERE linked_form IN (SELECT form FROM rosters WHERE NOT is_plain);

CREATE OR REPLACE TEMP TABLE repeated AS
SELECT l.linked_form AS form, l.token_low, l.token_high FROM linked l
LEFT JOIN copies c ON c.form = l.linked_form AND c.file_no = l.file_no AND c.record_no = l.record_no
    AND c.member_no = l.member_no
WHERE l.token_low IS NOT NULL AND coalesce(c.copy_no, 1) = 1
    AND l.linked_form IN (SELECT form FROM rosters WHERE may_repeat OR NOT is_plain)
GROUP BY ALL HAVING count(*) > 1;

CREATE OR REPLACE TEMP TABLE told AS
SELECT linked_form AS form, flatten(list(codes)) AS codes, flatten(list(notes)) AS notes
FROM linked WHERE linked_form IS NOT NULL AND (len(codes) > 0 OR len(notes) > 0) GROUP BY linked_form;

CREATE OR REPLACE TEMP TABLE marked AS
WITH mended AS (
    -- The same member twice is that member; a number with two contents is nobody knows whose.
    SELECT form, count(*) <> count(DISTINCT member_no) AS is_ambiguous, {content} AS content
    FROM copies WHERE copy_no = 1 GROUP BY form
), whole AS (
    SELECT f.*, coalesce(x.is_ambiguous, false) AS is_ambiguous, t.codes AS member_codes, t.notes AS member_notes,
        coalesce(x.content, r.content, '') AS roster
    FROM forms f LEFT JOIN rosters r USING (form) LEFT JOIN mended x USING (form) LEFT JOIN told t USING (form)
)
SELECT form, file_no, record_no, byte_start, byte_end, survey_year, stream, village_code, household_id, survey_date,
    list_distinct(codes || coalesce(member_codes, [])
        || CASE WHEN is_ambiguous THEN ['V-MEMBERNO'] ELSE [] END) AS codes,
    list_sort(list_distinct(notes || coalesce(member_notes, []))) AS notes,
    sha256(concat_ws(chr(31), 'jpt-household-v1', survey_year, stream, village_code, household_id,
        coalesce(enumerator_id, ''), submitted_at, own_sha256, roster)) AS content_sha256,
    -- The same answers and members in another year, whoever asked and whenever.
    sha256(concat_ws(chr(31), 'jpt-answers-v1', stream, village_code, household_id, own_sha256, roster))
        AS answers_sha256
FROM whole;

CREATE OR REPLACE TEMP TABLE shared_keys AS
SELECT d.village_code, d.household_id, min(m.survey_year) FILTER (WHERE len(m.codes) = 0) AS first_year
FROM doubled d JOIN marked m USING (village_code, household_id) GROUP BY ALL;

-- Refused records, each with the round and province whose quarantine lists it. A record whose own year cannot be read
-- or is not accepted belongs to the declared year of its delivery, else to that of most of its neighbours.
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
    FROM linked l LEFT JOIN marked m ON m.form = l.linked_form LEFT JOIN shared_keys s
        ON s.village_code = l.village_code AND s.household_id = l.household_id
    WHERE l.is_record AND s.first_year IS NULL AND (l.linked_form IS NULL OR len(m.codes) > 0)
    GROUP BY l.file_no, l.record_no
), context AS (
    SELECT coalesce($survey_year, mode(survey_year)) AS unit_year, coalesce($stream, mode(stream)) AS unit_stream
    FROM marked WHERE len(codes) = 0
)
SELECT r.* EXCLUDE (stream, household_id, village_code), coalesce(r.stream, c.unit_stream) AS stream,
    -- What is no code may be anything, a person's number too: it is not carried along.
    CASE WHEN regexp_full_match(r.household_id, '[0-9]{4}|[0-9]{11}|[0-9]{4}-[0-9A-Za-z._-]+-[0-9]+') THEN r.household_id END
        AS household_id,
    CASE WHEN regexp_full_match(r.village_code, '[0-9]{8}') THEN r.village_code END AS village_code,
    CASE WHEN r.survey_year IS NULL OR list_contains(r.codes, 'V-YEAR') THEN c.unit_year ELSE r.survey_year END
        AS part_year,
    CASE WHEN regexp_full_match(r.village_code, '[0-9]{8}') AND NOT list_contains(r.codes, 'G-UNKNOWN')
        AND part_year IS NOT NULL THEN r.village_code[1:2] END AS part_province
FROM records r CROSS JOIN context c;

-- What the households that count say of their member rows, by the number of the row within the unit.
CREATE OR REPLACE TEMP TABLE placed AS
SELECT l.row, l.file_no, l.record_no, l.member_no, m.form,
    -- A row of a members table stands in the account of one round, though its household may be in several.
    l.is_record AND (s.village_code IS NULL OR s.first_year = m.survey_year) AS is_record,
    coalesce(c.copy_no, 1) AS copy_no, r.form IS NOT NULL AS is_id_repeated,
    is_birth_possible(l.birth_date, m.survey_date) AS is_birth_valid,
    age_years(l.birth_date, m.survey_date) AS age_years, age_months(l.birth_date, m.survey_date) AS age_months,
    m.survey_year, m.village_code[1:2] AS province
FROM linked l JOIN marked m ON m.form = l.linked_form AND len(m.codes) = 0
LEFT JOIN shared_keys s ON s.village_code = m.village_code AND s.household_id = m.household_id
LEFT JOIN copies c ON c.form = m.form AND c.file_no = l.file_no AND c.record_no = l.record_no
    AND c.member_no = l.member_no
LEFT JOIN repeated r ON r.form = m.form AND r.token_low = l.token_low AND r.token_high = l.token_high;
""".replace("{content}", _CONTENT)

COUNTS_SQL = """
SELECT file_no, count(*) FILTER (WHERE NOT is_refused), count(*) FILTER (WHERE is_refused) FROM (
    SELECT file_no, record_no, false AS is_refused FROM marked WHERE len(codes) = 0
    UNION ALL
    SELECT file_no, record_no, false FROM placed WHERE is_record AND form NOT IN (
        SELECT form FROM marked JOIN shared_keys USING (village_code, household_id))
    UNION ALL
    SELECT DISTINCT file_no, record_no, false FROM placed WHERE is_record AND form IN (
        SELECT form FROM marked JOIN shared_keys USING (village_code, household_id))
    UNION ALL SELECT file_no, record_no, true FROM refused
) GROUP BY file_no
"""


def link(
    connection: duckdb.DuckDBPyConnection,
    forms: pa.Table,
    persons: pa.Table,
    survey_year: int | None,
    stream: str | None,
) -> None:
    """Make the tables marked, refused and placed; what is declared of the unit places what says nothing itself.

    Args:
        forms, persons: the keys of all typed rows, as `staging` gives them; `row` numbers those of persons.
    """
    connection.execute(AGE_MACROS)
    connection.register("forms", forms)
    connection.register("persons", persons)
    for statement in _TABLES.split(";\n"):
        if "$survey_year" in statement:
            connection.execute(statement, {"survey_year": survey_year, "stream": stream})
        elif statement.strip():
            connection.execute(statement)
    connection.unregister("forms")
    connection.unregister("persons")
