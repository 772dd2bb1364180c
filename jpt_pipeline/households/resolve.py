"""Which delivered household counts: by area register, key, revision and content, over all deliveries of a part.

Classes: accepted, duplicate (same key, revision and content as an earlier record), superseded (a higher revision of
the key exists), quarantined (no such village, or same key and revision with other content). Source: contract, section 3
and rulings 5 and 7.
"""

RECORDS_QUERY = """
WITH placed AS (
    SELECT f.intake_no, f.delivery_id, f.file_sha256, f.record_no, f.byte_start, f.byte_end, f.survey_year, f.stream,
        f.village_code, f.household_id, f.revision, f.content_sha256,
        CASE WHEN v.village_code IS NOT NULL THEN NULL
            WHEN f.village_code IN (SELECT village_code FROM villages) THEN 'G-STREAM' ELSE 'G-VILLAGE' END AS code
    FROM forms f LEFT JOIN villages v ON v.village_code = f.village_code AND v.stream = f.stream
), ranked AS (
    SELECT *,
        row_number() OVER (
            PARTITION BY stream, village_code, household_id, revision, content_sha256 ORDER BY intake_no
        ) AS copy_no,
        max(revision) OVER household AS top_revision,
        min(content_sha256) OVER version <> max(content_sha256) OVER version AS is_conflict
    FROM placed
    WINDOW household AS (PARTITION BY stream, village_code, household_id),
        version AS (PARTITION BY stream, village_code, household_id, revision)
)
SELECT intake_no, delivery_id, file_sha256, record_no, byte_start, byte_end, survey_year, stream, village_code,
    household_id, revision, content_sha256, 'household' AS record_kind,
    CASE WHEN code IS NOT NULL THEN 'quarantined'
        WHEN copy_no > 1 THEN 'duplicate'
        WHEN revision < top_revision THEN 'superseded'
        WHEN is_conflict THEN 'quarantined'
        ELSE 'accepted' END AS record_class,
    CASE WHEN code IS NOT NULL THEN [code]
        WHEN copy_no > 1 THEN ['K-DUPLICATE']
        WHEN revision < top_revision THEN ['K-SUPERSEDED']
        WHEN is_conflict THEN ['K-CONFLICT']
        ELSE CAST([] AS VARCHAR[]) END AS codes
FROM ranked
"""
