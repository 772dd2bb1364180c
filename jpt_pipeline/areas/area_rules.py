"""Rules of the areas register: official codes and names, how areas nest, years that overlap.

Put here: what a village's place in the tree must satisfy. Keep out: reading and storing.
"""

import duckdb

from jpt_pipeline.areas.official import register_official
from jpt_pipeline.areas.report import Notice
from jpt_pipeline.areas.values import look_up

OFFICIAL_LEVELS = ("tambon", "district", "province")

# A tambon's successor is taken when the delivered district fits the old or the new code; district and province follow
# it. Whatever does not fit is left as delivered, so that the nesting rules report it.
_RESOLVE = """
CREATE OR REPLACE TEMP TABLE resolved AS
WITH tambons AS (
    SELECT good.*, CASE WHEN district_code IN (left(tambon_code, 4), left(gone.successor, 4))
                        THEN coalesce(gone.successor, tambon_code) ELSE tambon_code END AS tambon_now
    FROM good LEFT JOIN abolished AS gone ON gone.code = tambon_code
), districts AS (
    SELECT tambons.*, CASE WHEN tambon_now <> tambon_code THEN left(tambon_now, 4)
                           WHEN gone.successor = left(tambon_now, 4) THEN gone.successor
                           ELSE district_code END AS district_now
    FROM tambons LEFT JOIN abolished AS gone ON gone.code = district_code
)
SELECT *, CASE WHEN province_code IN (left(district_code, 2), left(district_now, 2)) THEN left(district_now, 2)
               ELSE province_code END AS province_now
FROM districts
"""

_NEW_ROWS = """
CREATE OR REPLACE TEMP TABLE new_rows AS
SELECT row_no, village_code, village_name, tambon_now AS tambon_code, coalesce(t.name_th, tambon_name) AS tambon_name,
    district_now AS district_code, coalesce(d.name_th, district_name) AS district_name,
    province_now AS province_code, coalesce(p.name_th, province_name) AS province_name,
    lao_code, lao_name, lao_type, stream, CAST(valid_from AS BIGINT) AS valid_from, CAST(valid_to AS BIGINT) AS valid_to
FROM resolved
LEFT JOIN official AS t ON t.code = tambon_now
LEFT JOIN official AS d ON d.code = district_now
LEFT JOIN official AS p ON p.code = province_now
"""


def resolve_areas(connection: duckdb.DuckDBPyConnection) -> list[Notice]:
    """Make `new_rows` from `good`, with official codes and names; give what was found."""
    register_official(connection)
    connection.execute(_RESOLVE)
    connection.execute(_NEW_ROWS)
    notices = [
        *look_up(
            connection,
            "G-NEST-01",
            "SELECT row_no, tambon_code, district_code FROM resolved WHERE left(tambon_now, 4) <> district_now",
            "tambon_code",
        ),
        *look_up(
            connection,
            "G-NEST-02",
            "SELECT row_no, district_code, province_code FROM resolved WHERE left(district_now, 2) <> province_now",
            "district_code",
        ),
        *look_up(
            connection,
            "G-YEAR-01",
            "SELECT row_no, valid_from, valid_to FROM new_rows WHERE valid_from > valid_to",
            "valid_from",
        ),
        *look_up(
            connection,
            "G-NEST-03",
            "SELECT row_no, village_code, tambon_code FROM resolved "
            "WHERE left(village_code, 6) NOT IN (tambon_code, tambon_now)",
            "village_code",
        ),
    ]
    return notices + [found for level in OFFICIAL_LEVELS for found in _official(connection, level)]


def _official(connection: duckdb.DuckDBPyConnection, level: str) -> list[Notice]:
    """What the state's register says of the codes and names of one level: one place per code, its first row."""
    code, now, name = f"{level}_code", f"{level}_now", f"{level}_name"
    first = "SELECT min(row_no), {value}, {other} FROM resolved WHERE {where} GROUP BY ALL"
    gone, known = "(SELECT code FROM abolished)", "(SELECT code FROM official)"
    renamed = (
        f"SELECT min(row_no), {name}, name_th FROM resolved JOIN official ON official.code = {now} "
        f"WHERE {name} <> name_th GROUP BY ALL"
    )
    return [
        *look_up(
            connection,
            "G-ABOL-01",
            first.format(value=code, other=now, where=f"{code} <> {now} AND {code} IN {gone}"),
            code,
        ),
        *look_up(connection, "G-ABOL-02", first.format(value=code, other="NULL", where=f"{now} IN {gone}"), code),
        *look_up(
            connection,
            "G-CODE-01",
            first.format(value=code, other="NULL", where=f"{now} NOT IN {gone} AND {now} NOT IN {known}"),
            code,
        ),
        *look_up(connection, "G-NAME-01", renamed, name),
    ]


# Years as closed ranges; rows that stay from earlier files have no row number.
_DATED = """
CREATE OR REPLACE TEMP VIEW dated AS
SELECT *, coalesce(row_no, 0) AS row_key, coalesce(valid_from, 0) AS first_year, coalesce(valid_to, 9999) AS last_year
FROM merged
"""

_OVERLAPS = """
SELECT CASE WHEN row_key = 0 THEN before ELSE row_key END, village_code,
    CASE WHEN row_key = 0 OR before = 0 THEN 'ทะเบียนเดิมของอำเภออื่น' ELSE concat('แถว ', before) END
FROM (
    SELECT *, max(last_year) OVER earlier AS latest, arg_max(row_key, last_year) OVER earlier AS before
    FROM dated
    WINDOW earlier AS (PARTITION BY village_code, stream ORDER BY first_year, last_year, row_key
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
) WHERE latest >= first_year
"""

_LAO_PAIRS = """
WITH sides AS (
    SELECT lao_code, {side} AS side, min(first_year) AS first_year, max(last_year) AS last_year, max(row_key) AS row_key
    FROM dated GROUP BY ALL
)
SELECT nullif(greatest(a.row_key, b.row_key), 0), lao_code, concat(a.side, ', ', b.side)
FROM sides AS a JOIN sides AS b USING (lao_code)
WHERE a.side < b.side AND a.first_year <= b.last_year AND b.first_year <= a.last_year
    AND (a.row_key > 0 OR b.row_key > 0)
"""


def check_merged_areas(connection: duckdb.DuckDBPyConnection) -> list[Notice]:
    """What is wrong in `merged`: the new rows beside the rows of districts that the file does not contain."""
    connection.execute(_DATED)
    lao_name = "concat(lao_name, ' (', lao_type, ')')"
    return [
        *look_up(connection, "G-OVERLAP-01", _OVERLAPS, "village_code"),
        *look_up(connection, "G-LAO-01", _LAO_PAIRS.format(side="district_code"), "lao_code"),
        *look_up(connection, "G-LAO-02", _LAO_PAIRS.format(side=lao_name), "lao_code"),
    ]
