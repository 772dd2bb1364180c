"""Accepted households against the instrument's rules: typed and counted, or quarantined whole with reasons.

The bulk stays in DuckDB: rosters in one pass over the members, all rules as bits in one pass over the households, and
only violating households are expanded into rows. Source of the rules: the instrument; what they lead to: its families.
"""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from jpt_pipeline.codes import load_codes
from jpt_pipeline.instruments import (
    Instrument,
    answer_columns,
    render,
    roster_step,
    rule_bits,
    rule_codes,
    rules_step,
    typed_step,
)

_FIELDS = (
    *("is_area_nested", "is_house_code_valid", "is_house_code_local", "is_land_valid", "is_gps_valid"),
    *("has_signature_image", "unknown_keys_n", "satisfaction"),
)


_TEXT = pa.string()
_RULES = pa.schema(
    {"word": pa.int32(), "bit": pa.uint64(), **dict.fromkeys(("rule_id", "severity", "action"), _TEXT)}
    | {"indicator_no": pa.int64(), "text_th": _TEXT}
)
_SEVERITIES = pa.schema([("code", _TEXT), ("severity", _TEXT)])
_TEXTS = pa.schema([("code", _TEXT), ("th", _TEXT)])


def judge(connection: duckdb.DuckDBPyConnection, instrument: Instrument) -> None:
    """From the relations records, forms and persons (amended by corrections): the tables counted, judged and violations.

    - counted: intake_no, hh; hh runs in the order of stream, village and household.
    - judged: hh, is_quarantined.
    - violations: hh, rule_id, severity, action, indicator_no, message.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE counted AS SELECT intake_no, "
        "row_number() OVER (ORDER BY stream, village_code, household_id) AS hh "
        "FROM records WHERE record_class = 'accepted'"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW members AS SELECT p.*, c.hh "
        "FROM persons p JOIN counted c USING (intake_no) WHERE p.copy_no = 1 AND p.residence <> 'elsewhere'"
    )
    rosters = roster_step(instrument, "members")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE rosters AS {rosters.sql}")
    counts = ", ".join(f"coalesce(r.r_{roster.name}, 0) AS r_{roster.name}" for roster in instrument.rosters)
    fields = ", ".join(f"f.{name} AS f_{name}" for name in _FIELDS)
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW accepted AS SELECT f.*, c.hh, {counts}, {fields} "
        "FROM forms f JOIN counted c USING (intake_no) LEFT JOIN rosters r ON r.hh = c.hh"
    )
    steps = [typed_step(instrument, "accepted", rule_codes(instrument)), rules_step(instrument, "typed")]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE masks AS {render(steps, 'SELECT * FROM rules')}")
    _expand(connection, instrument)


def _expand(connection: duckdb.DuckDBPyConnection, instrument: Instrument) -> None:
    bits = rule_bits(instrument)
    words = sorted({word for word, _, _ in bits})
    rows = [
        (word, 1 << bit, rule.id, rule.severity, rule.action, rule.indicator_no, rule.text_th)
        for word, bit, rule in bits
    ]
    _table(connection, "rules", _RULES, rows)
    chosen = " ".join(f"WHEN {word} THEN rules_{word}" for word in words)
    any_bit = " OR ".join(f"rules_{word} <> 0" for word in words)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE violations AS "
        "SELECT hh, rule_id, severity, action, indicator_no, text_th "
        f"FROM (SELECT * FROM masks WHERE {any_bit}) JOIN rules ON (CASE word {chosen} END) & bit <> 0"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE judged AS SELECT c.hh, c.intake_no, "
        "c.hh IN (SELECT hh FROM violations WHERE action = 'quarantine') AS is_quarantined FROM counted c"
    )


def clean_query(instrument: Instrument) -> str:
    """Rows of households__clean, in the order of hh."""
    answers = ", ".join(f"a.{name}" for name in answer_columns(instrument))
    counts = ", ".join(f"a.r_{roster.name}" for roster in instrument.rosters)
    return f"""
    SELECT a.survey_year, a.stream, a.village_code, a.household_id, v.tambon_code, v.lao_code, v.district_code,
        v.province_code, a.hh, a.enumerator_id, a.submitted_at, a.survey_date, a.revision, a.satisfaction,
        a.evidence_photo, a.evidence_signature, CAST(a.r_members AS BIGINT) AS persons_n, a.delivery_id,
        a.file_sha256, a.record_no, a.byte_start, a.byte_end, a.content_sha256,
        a.intake_no IN (SELECT intake_no FROM corrected) AS is_corrected, {counts}, {answers}
    FROM accepted a
    JOIN judged j ON j.hh = a.hh AND NOT j.is_quarantined
    JOIN villages v ON v.village_code = a.village_code AND v.stream = a.stream
    ORDER BY a.hh
    """


MEMBERS_QUERY = """
SELECT r.survey_year, r.stream, r.village_code, r.household_id, m.hh, m.member_no, m.person_token, m.sex, m.age_years,
    m.age_months
FROM members m
JOIN judged j ON j.hh = m.hh AND NOT j.is_quarantined
JOIN records r ON r.intake_no = m.intake_no
"""

FINDINGS_QUERY = """
WITH kept AS (
    SELECT j.hh, j.intake_no, r.survey_year, r.stream, r.village_code, r.household_id
    FROM judged j JOIN records r USING (intake_no) WHERE NOT j.is_quarantined
), shared_persons AS (
    SELECT person_token FROM members JOIN kept USING (hh)
    WHERE person_token IS NOT NULL GROUP BY person_token HAVING count(DISTINCT hh) > 1
), found AS (
    SELECT hh, rule_id, severity, indicator_no FROM violations
    UNION ALL
    SELECT hh, code, NULL, NULL FROM (
        SELECT k.hh, unnest(f.notes) AS code FROM kept k JOIN forms f USING (intake_no) WHERE len(f.notes) > 0)
    UNION ALL
    SELECT k.hh, 'J-ENUMERATOR', NULL, NULL FROM kept k JOIN forms f USING (intake_no)
    WHERE f.enumerator_id IS NULL OR f.enumerator_id NOT IN (SELECT enumerator_id FROM enumerators)
    UNION ALL
    SELECT hh, rule_id, NULL, NULL FROM known_elsewhere
    UNION ALL
    SELECT DISTINCT m.hh, 'J-PERSON', NULL, NULL FROM members m JOIN shared_persons USING (person_token)
    UNION ALL
    SELECT DISTINCT k.hh, 'J-CORRECTION', NULL, NULL FROM kept k JOIN unsettled USING (intake_no)
)
SELECT k.survey_year, k.stream, k.village_code, k.household_id, f.rule_id,
    coalesce(f.severity, c.severity) AS severity, CAST(f.indicator_no AS BIGINT) AS indicator_no
FROM found f JOIN kept k USING (hh) LEFT JOIN own_codes c ON c.code = f.rule_id
"""

# Final class of every record that intake staged: households, and member rows of tables, which take the best class of
# the households that they belong to.
CLASSES_SQL = """
CREATE OR REPLACE TEMP TABLE classes AS
SELECT r.intake_no, 'household' AS record_kind, r.delivery_id, r.file_sha256, r.record_no, r.byte_start, r.byte_end,
    r.survey_year, r.stream, r.village_code, r.household_id,
    CASE WHEN j.is_quarantined THEN 'quarantined' ELSE r.record_class END AS record_class,
    CASE WHEN j.is_quarantined THEN
        (SELECT list(rule_id ORDER BY rule_id) FROM violations x WHERE x.hh = j.hh AND x.action = 'quarantine')
        ELSE r.codes END AS codes
FROM records r LEFT JOIN judged j USING (intake_no);

CREATE OR REPLACE TEMP TABLE member_classes AS
WITH linked AS (
    SELECT p.delivery_id, p.file_sha256, p.record_no, p.byte_start, p.byte_end, c.survey_year, c.stream,
        c.village_code, c.household_id, c.codes,
        CASE WHEN p.copy_no > 1 THEN 'duplicate' ELSE c.record_class END AS record_class
    FROM persons p JOIN classes c USING (intake_no) WHERE p.is_record
)
SELECT 'member' AS record_kind, delivery_id, file_sha256, record_no, any_value(byte_start) AS byte_start,
    any_value(byte_end) AS byte_end, any_value(survey_year) AS survey_year, any_value(stream) AS stream,
    any_value(village_code) AS village_code, any_value(household_id) AS household_id,
    CASE WHEN bool_or(record_class = 'accepted') THEN 'accepted'
        WHEN bool_or(record_class = 'quarantined') THEN 'quarantined'
        WHEN bool_or(record_class = 'superseded') THEN 'superseded' ELSE 'duplicate' END AS record_class,
    list_sort(list_distinct(flatten(list(codes)))) AS codes
FROM linked GROUP BY delivery_id, file_sha256, record_no;
"""

_LISTED = """
    SELECT survey_year, stream, village_code, household_id, record_kind, delivery_id, file_sha256, record_no,
        byte_start, byte_end, codes
    FROM classes WHERE record_class = 'quarantined'
    UNION ALL
    SELECT survey_year, stream, village_code, household_id, record_kind, delivery_id, file_sha256, record_no,
        byte_start, byte_end, codes
    FROM member_classes WHERE record_class = 'quarantined'
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

ACCOUNTING_QUERY = """
SELECT delivery_id, file_sha256,
    count(*) FILTER (WHERE record_class = 'accepted') AS accepted_n,
    count(*) FILTER (WHERE record_class = 'quarantined') AS quarantined_n,
    count(*) FILTER (WHERE record_class = 'duplicate') AS duplicate_n,
    count(*) FILTER (WHERE record_class = 'superseded') AS superseded_n
FROM (
    SELECT delivery_id, file_sha256, record_class FROM classes
    UNION ALL SELECT delivery_id, file_sha256, record_class FROM member_classes
) GROUP BY delivery_id, file_sha256
"""


def register_codes(connection: duckdb.DuckDBPyConnection, instrument: Instrument) -> None:
    """Tables own_codes (code, severity) and all_codes (code, th): our codes, and the instrument's rules beside them."""
    own = load_codes()
    _table(connection, "own_codes", _SEVERITIES, [(code, c.severity) for code, c in own.items()])
    texts = {code: f"{c.th} - {c.remedy}" for code, c in own.items()}
    texts |= {rule.id: rule.text_th for rule in instrument.rules}
    _table(connection, "all_codes", _TEXTS, list(texts.items()))


def _table(
    connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, rows: Sequence[tuple[object, ...]]
) -> None:
    """A small table from rows, at once."""
    columns = [pa.array(values, kind) for values, kind in zip(zip(*rows, strict=True), schema.types, strict=True)]
    connection.register("given_rows", pa.Table.from_arrays(columns, schema=schema))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM given_rows")
    connection.unregister("given_rows")
