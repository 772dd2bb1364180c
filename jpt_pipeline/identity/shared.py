"""Persons counted in more than one household, over all provinces of a round: the same valid 13-digit number twice.

Put here: how the nation's persons are compared in bounded memory, and the findings for persons who are in two provinces
(one within a province is found by that province's own run). Keep out: who is right; people decide (contract, ruling 8).
Only sealed tables are read, and only their keyed tokens: no token, name or number is in what is written.
"""

from collections.abc import Iterable, Mapping, Sequence

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from jpt_pipeline.codes import load_codes
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part, Seal
from jpt_pipeline.store.session import make_table, quoted
from jpt_pipeline.store.stage import Gates, Output, run_stage

MEMBERS, SHARED, FINDINGS = "households__members", "households__shared_persons", "households__findings"
FINDING = "J-PERSON"


def make_shared_persons(settings: Settings, part: Part, gates: Gates) -> dict[str, Seal]:
    """households__shared_persons of a round, and the national part of households__findings.

    Read are the sealed households__members of all provinces; the seals' inputs name each with its digest.
    """
    assert part.survey_year is not None
    lake = Lake(settings.lake)
    provinces = lake.parts(MEMBERS, part.survey_year)
    inputs = {member_input(province): lake.seal(MEMBERS, province).sha256 for province in provinces}

    def compute(connection: duckdb.DuckDBPyConnection) -> list[Output]:
        find_shared(connection, {p.province_code or "": lake.sealed(MEMBERS, p) for p in provinces})
        select = load_dictionary().select
        severity = load_codes(settings.definitions)[FINDING].severity
        return [
            Output(SHARED, select(SHARED, "SELECT * FROM shared")),
            Output(FINDINGS, select(FINDINGS, _FINDINGS.format(finding=FINDING, severity=severity))),
        ]

    return run_stage(settings, part, [SHARED, FINDINGS], inputs, gates, compute)


def uncompared(lake: Lake, survey_year: int, provinces: Iterable[str]) -> list[str]:
    """Those of the provinces whose persons, as they are now, were not compared with other provinces' yet."""
    nation = Part(survey_year)
    compared = lake.seal(SHARED, nation).inputs if lake.seal_path(SHARED, nation).exists() else {}
    parts = [Part(survey_year, code) for code in sorted(set(provinces))]
    counted = [part for part in parts if lake.seal_path(MEMBERS, part).exists()]
    return [str(p.province_code) for p in counted if compared.get(member_input(p)) != lake.seal(MEMBERS, p).sha256]


def member_input(province: Part) -> str:
    """Name under which the stage's seal has the digest of a province's members."""
    return f"{MEMBERS} {province}"


def find_shared(connection: duckdb.DuckDBPyConnection, paths: Mapping[str, str]) -> None:
    """Make the TEMP TABLE `shared`: columns of households__shared_persons, from files of households__members by province code.

    The first pass sorts 64-bit digests of the tokens, 8 bytes a person, and keeps those that stand there twice; the second
    compares the tokens themselves, and their households, among these few.
    """
    columns = ", ".join(f"{name} {kind}" for name, kind in _ROW.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE shared_rows ({columns})")
    if paths:
        members = " UNION ALL ".join(_members(code, path) for code, path in sorted(paths.items()))
        connection.execute(f"CREATE OR REPLACE TEMP VIEW nation_members AS {members}")
        twice = _twice(connection, sorted(paths.values()))
        if len(twice):
            make_table(connection, "twice", pa.table({"digest": twice}))
            connection.execute(
                f"INSERT INTO shared_rows SELECT {', '.join(_ROW)} FROM nation_members WHERE {_IN_TWICE}"
            )
    connection.execute(_SHARED)


def _twice(connection: duckdb.DuckDBPyConnection, paths: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Digests of tokens that stand in these files more than once, in order."""
    digests = np.concatenate([connection.execute(_DIGESTS, [path]).fetchnumpy()["digest"] for path in paths])
    digests.sort()
    found: npt.NDArray[np.uint64] = np.unique(digests[1:][digests[1:] == digests[:-1]])
    return found


def _members(province_code: str, path: str) -> str:
    return (
        f"SELECT *, '{quoted(province_code)}' AS province_code FROM read_parquet('{quoted(path)}', "
        "hive_partitioning = false) WHERE person_token IS NOT NULL"
    )


_ROW = {
    "person_token": "VARCHAR",
    "province_code": "VARCHAR",
    "survey_year": "BIGINT",
    "stream": "VARCHAR",
    "village_code": "VARCHAR",
    "household_id": "VARCHAR",
    "member_no": "BIGINT",
}
_IN_TWICE = "hash(person_token) IN (SELECT digest FROM twice)"
_DIGESTS = """
SELECT hash(person_token) AS digest FROM read_parquet(?, hive_partitioning = false) WHERE person_token IS NOT NULL
"""
# A person's group is numbered by the place of its first member, so that the numbers say nothing of a token.
_SHARED = """
CREATE OR REPLACE TEMP TABLE shared AS
WITH persons AS (
    SELECT person_token, min((stream, village_code, household_id, member_no)) AS first_place,
        count(DISTINCT province_code) AS provinces_n
    FROM shared_rows GROUP BY person_token HAVING count(DISTINCT (stream, village_code, household_id)) > 1
)
SELECT dense_rank() OVER (ORDER BY p.first_place, p.person_token) AS group_no, r.survey_year, r.stream, r.province_code,
    r.village_code, r.household_id, r.member_no, p.provinces_n
FROM shared_rows r JOIN persons p USING (person_token)
"""
# A household that shares a person within its province has its finding there: keys are unique over all parts.
_FINDINGS = """
WITH places AS (
    SELECT *, min((stream, village_code, household_id)) OVER within < max((stream, village_code, household_id)) OVER within
        AS is_within
    FROM shared WINDOW within AS (PARTITION BY group_no, province_code)
)
SELECT survey_year, stream, village_code, household_id, '{finding}' AS rule_id, '{severity}' AS severity,
    NULL AS indicator_no
FROM places GROUP BY ALL HAVING bool_or(provinces_n > 1) AND NOT bool_or(is_within)
"""
