"""What became of every record that intake staged: its last class, what is refused with words, the account of the files.

Put here: classes of households and of member rows of tables, which take the best class of the households that they belong
to. Keep out: which household counts (resolve.py), what the rules say (clean.py), the account of deliveries (accounting.py).
"""

from jpt_pipeline.households.sources import INTAKE_NO

# Classes from the best to the worst; their places in the list are the ranks of member rows.
_CLASSES = ("accepted", "quarantined", "superseded", "duplicate")
_RANK = "list_position([" + ", ".join(f"'{name}'" for name in _CLASSES) + "], {})"

# Needs records, judged and violations, and the rows of members as they were delivered. Makes classes (a view: households),
# member_ranks (source_no, record_no, rank) and refused_members.
CLASSES_SQL = f"""
CREATE OR REPLACE TEMP TABLE refusals AS
SELECT j.intake_no, list(x.rule_id ORDER BY x.rule_id) AS codes
FROM judged j JOIN violations x USING (hh) WHERE x.action = 'quarantine' GROUP BY j.intake_no;

CREATE OR REPLACE TEMP VIEW classes AS
SELECT r.* REPLACE (
    CASE WHEN q.intake_no IS NOT NULL THEN 'quarantined' ELSE r.record_class END AS record_class,
    CASE WHEN q.intake_no IS NOT NULL THEN q.codes ELSE r.codes END AS codes)
FROM records r LEFT JOIN refusals q USING (intake_no);

CREATE OR REPLACE TEMP TABLE member_ranks AS
SELECT source_no, record_no, min(rank) AS rank FROM (
    SELECT f.source_no, p.record_no, CASE WHEN p.copy_no > 1 THEN {len(_CLASSES)} ELSE c.rank END AS rank
    FROM persons_rows p JOIN record_files f USING (unit_no, file_no)
    JOIN (SELECT intake_no, {_RANK.format("record_class")} AS rank FROM classes) c ON c.intake_no = {INTAKE_NO}
    WHERE p.is_record
) GROUP BY source_no, record_no;

CREATE OR REPLACE TEMP TABLE refused_members AS
SELECT 'member' AS record_kind, delivery_id, file_sha256, record_no, arg_min(p.byte_start, intake_no) AS byte_start,
    arg_min(p.byte_end, intake_no) AS byte_end, arg_min(c.survey_year, intake_no) AS survey_year,
    arg_min(c.stream, intake_no) AS stream, arg_min(c.village_code, intake_no) AS village_code,
    arg_min(c.household_id, intake_no) AS household_id, list_sort(list_distinct(flatten(list(c.codes)))) AS codes
FROM (
    SELECT f.delivery_id, f.file_sha256, record_no, byte_start, byte_end, {INTAKE_NO} AS intake_no
    FROM persons_rows JOIN record_files f USING (unit_no, file_no)
    SEMI JOIN (SELECT * FROM member_ranks WHERE rank = {_CLASSES.index("quarantined") + 1}) USING (source_no, record_no)
    WHERE is_record
) p JOIN (SELECT intake_no, survey_year, stream, village_code, household_id, codes FROM classes) c USING (intake_no)
GROUP BY delivery_id, file_sha256, record_no
"""

_LISTED = """
    SELECT survey_year, stream, village_code, household_id, 'household' AS record_kind, delivery_id, file_sha256, record_no,
        byte_start, byte_end, codes
    FROM classes WHERE record_class = 'quarantined'
    UNION ALL
    SELECT survey_year, stream, village_code, household_id, record_kind, delivery_id, file_sha256, record_no,
        byte_start, byte_end, codes
    FROM refused_members
    UNION ALL
    SELECT survey_year, stream, village_code, household_id, record_kind, delivery_id, file_sha256, record_no,
        byte_start, byte_end, codes
    FROM refused
"""
# Rows of a quarantine with the Thai message of each code: place and rule, no value of the record.
MESSAGES_SQL = """
SELECT l.*, list_transform(l.codes, lambda code:
    code || ' ระเบียนที่ ' || l.record_no || ': ' || coalesce(texts[code], 'ขัดกับกฎของแบบสอบถาม')) AS messages
FROM ({listed}) l, (SELECT map(list(code ORDER BY code), list(th ORDER BY code)) AS texts FROM all_codes)
"""
QUARANTINE_QUERY = MESSAGES_SQL.format(listed=_LISTED)

_COUNTS = ", ".join(f"coalesce(sum(n) FILTER (rank = {rank}), 0) AS {name}_n" for rank, name in enumerate(_CLASSES, 1))
ACCOUNTING_QUERY = f"""
SELECT delivery_id, file_sha256, {_COUNTS}
FROM (
    SELECT delivery_id, file_sha256, {_RANK.format("record_class")} AS rank, count(*) AS n FROM classes
    GROUP BY delivery_id, file_sha256, record_class
    UNION ALL
    SELECT f.delivery_id, f.file_sha256, m.rank, m.n
    FROM (SELECT source_no, rank, count(*) AS n FROM member_ranks GROUP BY ALL) m
    JOIN (SELECT DISTINCT source_no, delivery_id, file_sha256 FROM record_files) f USING (source_no)
) GROUP BY delivery_id, file_sha256
"""
