"""Rules of the registers of targets, enumerators and non-response, each against the areas register of its year.

Put here: what their rows must satisfy. Keep out: reading and storing; names and house numbers, beyond comparing them.
"""

import duckdb

from jpt_pipeline.areas.official import register_official
from jpt_pipeline.areas.report import Notice
from jpt_pipeline.areas.spec import RegisterKind, RegisterSpec
from jpt_pipeline.areas.tree import REGISTER, UNDATED
from jpt_pipeline.areas.values import look_up
from jpt_pipeline.store.lake import Lake

_PLACES = """
CREATE OR REPLACE TEMP TABLE places AS
SELECT years.survey_year, {place} AS code, min(district_code) AS district_code
FROM {areas} AS areas, (SELECT DISTINCT CAST(survey_year AS BIGINT) AS survey_year FROM good) AS years
WHERE coalesce(valid_from, 0) <= years.survey_year AND years.survey_year <= coalesce(valid_to, 9999)
GROUP BY ALL
"""

_NO_AREAS = "(SELECT '' AS village_code, '' AS tambon_code, '' AS district_code, 0 AS valid_from, 0 AS valid_to)"

_UNKNOWN = """
SELECT min(row_no), {place}, NULL FROM new_rows
WHERE NOT EXISTS (FROM places WHERE places.survey_year = new_rows.survey_year AND places.code = new_rows.{place})
GROUP BY survey_year, {place}
"""

_TWICE = """
SELECT row_no, NULL, first_row FROM (SELECT row_no, min(row_no) OVER (PARTITION BY {keys}) AS first_row FROM new_rows)
WHERE row_no > first_row
"""

# Rows of the file that become rows of the table.
_NEW_ROWS = {
    "targets": """
        SELECT row_no, CAST(survey_year AS BIGINT) AS survey_year, village_code,
            CAST(target_households AS BIGINT) AS target_households
        FROM good""",
    "enumerators": """
        SELECT row_no, CAST(survey_year AS BIGINT) AS survey_year, enumerator_id,
            coalesce(gone.successor, tambon_code) AS tambon_code, order_no, role, name_token(name) AS name_token
        FROM good LEFT JOIN abolished AS gone ON gone.code = tambon_code""",
    "nonresponse": """
        SELECT row_no, CAST(survey_year AS BIGINT) AS survey_year, village_code, reason,
            witness IS NOT NULL AS is_witnessed
        FROM good ANTI JOIN repeated USING (row_no)""",
}

# The same house twice: same year, village and house number without spaces. No number, or "-", is never the same house.
_REPEATED = """
CREATE OR REPLACE TEMP TABLE repeated AS
SELECT row_no, first_row FROM (
    SELECT row_no, house_no, min(row_no) OVER (PARTITION BY survey_year, village_code, replace(house_no, ' ', ''))
        AS first_row
    FROM good
) WHERE row_no > first_row AND house_no IS NOT NULL AND house_no <> '-'
"""

# One value that stands with several others in a year; `other` lists the rows.
_SEVERAL = """
WITH several AS (
    SELECT survey_year, {one} FROM {rows} GROUP BY ALL HAVING min({many}) <> max({many})
)
SELECT min(row_no), NULL, string_agg(row_no, ', ' ORDER BY row_no)
FROM {rows} JOIN several USING (survey_year, {one})
GROUP BY survey_year, {one}
"""

_RULES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "targets": (),
    "enumerators": (
        (
            "R-ENUM-01",
            "enumerator_id",
            "SELECT row_no, NULL, NULL FROM good WHERE regexp_full_match(replace(enumerator_id, '-', ''), '[0-9]{13}')",
        ),
        ("R-ENUM-02", "enumerator_id", _SEVERAL.format(rows="new_rows", one="enumerator_id", many="tambon_code")),
        ("R-ENUM-03", "name", _SEVERAL.format(rows="good", one="tambon_code, name", many="enumerator_id")),
        (
            "G-ABOL-01",
            "tambon_code",
            (
                "SELECT min(row_no), tambon_code, successor FROM good JOIN abolished ON code = tambon_code "
                "WHERE successor IS NOT NULL GROUP BY ALL"
            ),
        ),
    ),
    "nonresponse": (("R-NONR-01", "house_no", "SELECT row_no, NULL, first_row FROM repeated"),),
}


def resolve_households(
    connection: duckdb.DuckDBPyConnection, lake: Lake, kind: RegisterKind, spec: RegisterSpec
) -> list[Notice]:
    """Make `new_rows` and `places` (survey_year, code, district_code) from `good`; give what was found.

    Raises:
        NotSealed: the areas register is not the file that was sealed.
    """
    register_official(connection)
    if kind == "nonresponse":
        connection.execute(_REPEATED)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE new_rows AS {_NEW_ROWS[kind]}")
    known = lake.path(REGISTER, UNDATED).exists()
    connection.execute(
        _PLACES.format(place=spec.place, areas="read_parquet(?, hive_partitioning = false)" if known else _NO_AREAS),
        [lake.sealed(REGISTER, UNDATED)] if known else [],
    )
    notices = [found for code, column, query in _RULES[kind] for found in look_up(connection, code, query, column)]
    if spec.unique:
        query = _TWICE.format(keys=", ".join(spec.keys))
        notices += look_up(connection, "R-DUP-01", query, spec.keys[1])
    code = "R-AREA-01" if spec.place == "village_code" else "R-AREA-02"
    return notices + look_up(connection, code, _UNKNOWN.format(place=spec.place), spec.place)
