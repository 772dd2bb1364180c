"""Which delivered household counts: by area register, key, revision and content, over all deliveries of a part.

Classes: accepted, duplicate (same key, revision and content as an earlier record), superseded (a higher revision of
the key exists, or a later full delivery lacks the household), quarantined (no such village, or same key and revision
with other content). What a full delivery retired is out of the count, whatever its revision; a later delivery brings the
household back with a new record. Source: contract, section 3 and rulings 5, 6 and 7.
"""

# Rows of submissions__records, and source_no: in the order of RECORDS_ORDER they stand in the order of the table's key.
# Only households with more than one record are ranked; they are found by a digest of their key, which can only find more.
RECORDS_ORDER = "source_no, record_no"
RECORDS_QUERY = """
WITH placed AS (
    SELECT f.intake_no, f.source_no, f.delivery_id, f.file_sha256, f.record_no, f.byte_start, f.byte_end, f.survey_year,
        f.stream, f.village_code, f.household_id, f.revision, f.content_sha256,
        CASE WHEN v.village_code IS NOT NULL THEN NULL
            WHEN f.village_code IN (SELECT village_code FROM villages) THEN 'G-STREAM' ELSE 'G-UNKNOWN' END AS code
    FROM forms f LEFT JOIN villages v ON v.village_code = f.village_code AND v.stream = f.stream
), named AS (
    -- Every household that a full delivery names, in whatever record: one that cannot be used is not lacking.
    SELECT DISTINCT u.first_no, k.village_code, k.household_id
    FROM fulls u JOIN (
        SELECT intake_no, stream, village_code, household_id FROM forms
        UNION ALL SELECT unit_no * 1000000000000000, stream, village_code, household_id FROM refused
    ) k ON k.stream = u.stream AND k.intake_no BETWEEN u.first_no AND u.last_no
), retired AS (
    SELECT DISTINCT p.intake_no FROM placed p JOIN fulls u ON u.stream = p.stream AND p.intake_no < u.first_no
    WHERE (u.first_no, p.village_code, p.household_id) NOT IN
        (SELECT (first_no, village_code, household_id) FROM named WHERE village_code IS NOT NULL AND household_id IS NOT NULL)
), standing AS (
    SELECT p.*, r.intake_no IS NOT NULL AS is_retired,
        hash(r.intake_no IS NOT NULL, p.stream, p.village_code, p.household_id) AS household
    FROM placed p LEFT JOIN retired r USING (intake_no)
), repeated AS (
    SELECT household FROM standing GROUP BY household HAVING count(*) > 1
), ranked AS (
    SELECT *, 1 AS copy_no, revision AS top_revision, false AS is_conflict FROM standing ANTI JOIN repeated USING (household)
    UNION ALL
    SELECT *,
        row_number() OVER (
            PARTITION BY is_retired, stream, village_code, household_id, revision, content_sha256 ORDER BY intake_no
        ) AS copy_no,
        max(revision) OVER household AS top_revision,
        min(content_sha256) OVER version <> max(content_sha256) OVER version AS is_conflict
    FROM standing SEMI JOIN repeated USING (household)
    WINDOW household AS (PARTITION BY is_retired, stream, village_code, household_id),
        version AS (PARTITION BY is_retired, stream, village_code, household_id, revision)
)
SELECT intake_no, source_no, delivery_id, file_sha256, record_no, byte_start, byte_end, survey_year, stream, village_code,
    household_id, revision, content_sha256, 'household' AS record_kind,
    CASE WHEN code IS NOT NULL THEN 'quarantined'
        WHEN copy_no > 1 THEN 'duplicate'
        WHEN is_retired OR revision < top_revision THEN 'superseded'
        WHEN is_conflict THEN 'quarantined'
        ELSE 'accepted' END AS record_class,
    CASE WHEN code IS NOT NULL THEN [code]
        WHEN copy_no > 1 THEN ['K-HH-DUP']
        WHEN is_retired THEN ['D-RETIRED']
        WHEN revision < top_revision THEN ['D-OLDER']
        WHEN is_conflict THEN ['K-HH-CONF']
        ELSE CAST([] AS VARCHAR[]) END AS codes
FROM ranked
"""
