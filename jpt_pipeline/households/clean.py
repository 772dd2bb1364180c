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
    render,
    roster_columns,
    roster_step,
    rule_bits,
    rule_codes,
    rules_step,
    typed_step,
)
from jpt_pipeline.store.session import make_table

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
    """From the relations records, answers and persons (amended by corrections): the tables counted, judged and violations.

    - counted: intake_no, hh; hh runs in the order of stream, village and household.
    - judged: hh, is_quarantined.
    - violations: hh, rule_id, severity, action, indicator_no, message.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE counted AS SELECT intake_no, "
        "row_number() OVER (ORDER BY stream, village_code, household_id) AS hh "
        "FROM records WHERE record_class = 'accepted'"
    )
    # A row that does not count has no key, rather than being filtered out: DuckDB would take the few that it expects to
    # stay for the smaller side of the join.
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW members AS SELECT p.*, c.hh FROM persons p JOIN counted c ON c.intake_no = "
        "CASE WHEN p.copy_no = 1 AND p.residence <> 'elsewhere' THEN p.intake_no END"
    )
    rosters = roster_step(instrument, "members")
    counts = ", ".join(f"coalesce(r.{name}, 0) AS {name}" for name in roster_columns(instrument))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE rosters AS "
        + render([rosters], f"SELECT c.intake_no, c.hh, {counts} FROM counted c LEFT JOIN rosters r USING (hh)")
    )
    fields = ", ".join(f"f.{name} AS f_{name}" for name in _FIELDS)
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW accepted AS SELECT f.*, r.* EXCLUDE (intake_no), {fields} "
        "FROM answers f JOIN rosters r USING (intake_no)"
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


# hh runs in the order of stream, village and household.
MEMBERS_ORDER = "hh, member_no"
MEMBERS_QUERY = """
SELECT r.survey_year, r.stream, r.village_code, r.household_id, m.hh, m.member_no, m.person_token, m.sex, m.age_years,
    m.age_months
FROM members m
JOIN judged j ON j.hh = m.hh AND NOT j.is_quarantined
JOIN records r ON r.intake_no = m.intake_no
"""

# What the findings beside the rules come from, in two passes: over households and over members.
NOTED_SQL = """
CREATE OR REPLACE TEMP TABLE noted AS
SELECT * FROM (
    SELECT intake_no, notes, enumerator_id IS NULL OR enumerator_id NOT IN (SELECT enumerator_id FROM enumerators)
        AS is_stranger
    FROM forms
) WHERE len(notes) > 0 OR is_stranger;

CREATE OR REPLACE TEMP TABLE shared_tokens AS
SELECT hash(m.person_token) AS token_hash FROM members m JOIN judged j ON j.hh = m.hh AND NOT j.is_quarantined
WHERE m.person_token IS NOT NULL GROUP BY token_hash HAVING min(m.hh) <> max(m.hh)
"""
FINDINGS_QUERY = """
WITH kept AS (
    SELECT hh, intake_no FROM judged WHERE NOT is_quarantined
), suspects AS (
    SELECT hh, person_token FROM members JOIN kept USING (hh)
    WHERE hash(person_token) IN (SELECT token_hash FROM shared_tokens)
), shared_persons AS (
    SELECT person_token FROM suspects GROUP BY person_token HAVING min(hh) <> max(hh)
), found AS (
    SELECT hh, rule_id, severity, indicator_no FROM violations
    UNION ALL
    SELECT hh, code, NULL, NULL FROM (SELECT k.hh, unnest(n.notes) AS code FROM kept k JOIN noted n USING (intake_no))
    UNION ALL
    SELECT k.hh, 'J-ENUMERATOR', NULL, NULL FROM kept k JOIN noted n USING (intake_no) WHERE n.is_stranger
    UNION ALL
    SELECT hh, rule_id, NULL, NULL FROM known_elsewhere
    UNION ALL
    SELECT DISTINCT hh, 'J-PERSON', NULL, NULL FROM suspects JOIN shared_persons USING (person_token)
    UNION ALL
    SELECT DISTINCT k.hh, 'J-CORRECTION', NULL, NULL FROM kept k JOIN unsettled USING (intake_no)
)
SELECT r.survey_year, r.stream, r.village_code, r.household_id, f.rule_id,
    coalesce(f.severity, c.severity) AS severity, CAST(f.indicator_no AS BIGINT) AS indicator_no
FROM found f JOIN kept k USING (hh) JOIN records r USING (intake_no) LEFT JOIN own_codes c ON c.code = f.rule_id
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
    make_table(connection, name, pa.Table.from_arrays(columns, schema=schema))
