"""What is known of a province's households from elsewhere: likely duplicates of persons, and last year's content.

Put here: how the relations of a run are handed to jpt_pipeline.identity, and what of its answers becomes findings and
rows. Keep out: how persons and contents are compared (identity/). Names stay in the session (households.names).
"""

import duckdb

from jpt_pipeline.households.names import open_names
from jpt_pipeline.households.sources import source_parts
from jpt_pipeline.identity.last_year import FINDING as LAST_YEAR
from jpt_pipeline.identity.last_year import find_last_year, struck_query
from jpt_pipeline.identity.likely import FINDING as LIKELY
from jpt_pipeline.identity.likely import find_likely
from jpt_pipeline.identity.spec import load_last_year, load_likely, load_spelling
from jpt_pipeline.intake.receipts import Receipt
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, NotSealed, Part
from jpt_pipeline.vault import Kind


def find_doubles(
    connection: duckdb.DuckDBPyConnection, settings: Settings, receipts: list[Receipt], part: Part
) -> None:
    """Make the TEMP TABLE `known_elsewhere` (hh, rule_id) for the findings, and what LIKELY_QUERY reads.

    Reads judged, records, forms, members and villages of the session. The vault is opened only when a counted person has
    no valid number: nobody else is compared.

    Raises:
        KeyMissing, VaultBroken: the vault cannot be read. NotSealed: a staged file is not what its receipt says, or a
            counted person is not in the vault.
    """
    connection.execute(_KEPT)
    find_last_year(
        connection, "kept_contents", receipts, settings.lake, source_parts(connection, Lake(settings.lake), part)
    )
    _find_likely(connection, settings, receipts, part)
    struck = struck_query("kept_households", load_last_year(settings.definitions))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE known_elsewhere AS SELECT hh, '{LAST_YEAR}' AS rule_id FROM ({struck}) "
        f"UNION SELECT p.hh, '{LIKELY}' FROM (SELECT unnest([a, b]) AS person_no FROM likely) "
        "JOIN identity_people p USING (person_no)"
    )


def _find_likely(
    connection: duckdb.DuckDBPyConnection, settings: Settings, receipts: list[Receipt], part: Part
) -> None:
    row = connection.execute(
        "SELECT count(*) FROM members SEMI JOIN kept_households USING (hh) WHERE person_token IS NULL"
    ).fetchone()
    if row and row[0]:
        open_names(connection, settings, receipts, part, _PERSONS)
        connection.execute(_PEOPLE)
        unnamed = connection.execute("SELECT count(*) FROM identity_people WHERE NOT has_name").fetchone()
        if unnamed and unnamed[0]:
            raise NotSealed(f"the vault lacks {unnamed[0]} counted persons of {part}: jpt intake --again")
        find_likely(
            connection, "identity_people", load_likely(settings.definitions), load_spelling(settings.definitions)
        )
        for name in ("vault_households", "vault_members"):
            connection.execute(f"DROP TABLE {name}")
        for column in ("citizen_id", "first_name", "last_name"):
            connection.execute(f"ALTER TABLE identity_people DROP COLUMN {column}")
    else:
        connection.execute(_NOBODY)


_PERSONS: tuple[Kind, ...] = ("member",)
_KEPT = """
CREATE OR REPLACE TEMP VIEW kept_households AS
SELECT j.hh, j.intake_no, r.survey_year, r.stream, r.village_code, r.household_id, r.delivery_id, r.file_sha256
FROM judged j JOIN records r USING (intake_no) WHERE NOT j.is_quarantined;
CREATE OR REPLACE TEMP VIEW kept_contents AS
SELECT k.hh, k.village_code, k.household_id, f.answers_sha256 FROM kept_households k JOIN forms f USING (intake_no)
"""
# A member row that was delivered twice stands in the vault twice.
_PEOPLE = """
CREATE OR REPLACE TEMP TABLE identity_people AS
SELECT row_number() OVER (ORDER BY m.hh, m.member_no) AS person_no, m.hh, m.member_no, k.village_code, v.tambon_code,
    v.district_code, m.sex, m.birth_date, m.person_token IS NOT NULL AS has_number, n.citizen_id, n.first_name, n.last_name,
    n.form IS NOT NULL AS has_name
FROM members m JOIN kept_households k USING (hh)
JOIN villages v ON v.village_code = k.village_code AND v.stream = k.stream
LEFT JOIN (
    SELECT unit_no, form, member_no, min(citizen_id) AS citizen_id, min(first_name) AS first_name,
        min(last_name) AS last_name
    FROM vault_members GROUP BY unit_no, form, member_no
) n ON n.unit_no = m.unit_no AND n.form = m.form AND n.member_no = m.member_no
"""
_NOBODY = """
CREATE OR REPLACE TEMP TABLE identity_people AS SELECT 0 AS person_no, 0 AS hh, 0 AS member_no WHERE false;
CREATE OR REPLACE TEMP TABLE likely AS SELECT 0 AS a, 0 AS b, 0 AS score_n, CAST([] AS VARCHAR[]) AS basis WHERE false
"""
# Rows of households__likely_duplicates: both persons of each pair.
LIKELY_QUERY = """
WITH pairs AS (SELECT row_number() OVER (ORDER BY a, b) AS pair_no, a, b, score_n, basis FROM likely)
SELECT n.pair_no, k.survey_year, k.stream, k.village_code, k.household_id, p.member_no, n.score_n, n.basis
FROM (SELECT pair_no, score_n, basis, unnest([a, b]) AS person_no FROM pairs) n
JOIN identity_people p USING (person_no) JOIN kept_households k USING (hh)
"""
