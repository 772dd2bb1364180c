"""Last year's content in this year's round (bad input D-LASTYEAR): known by the content, whatever the files are called.

Put here: which households equal those of an earlier round, and which villages and files are struck. Keep out: the
thresholds (data/identity/last_year.yaml). The earlier round needs no run and no definition, only its deliveries.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from jpt_pipeline.identity.spec import LastYear, Share
from jpt_pipeline.intake.receipts import FORMS, MARKS, Receipt, parts_of
from jpt_pipeline.store.lake import Part
from jpt_pipeline.store.session import readable

FINDING = "J-LASTYEAR"


def earlier_parts(receipts: Sequence[Receipt], parts: Sequence[Part]) -> list[Part]:
    """The parts of the latest earlier survey year in which households of these provinces were delivered; or none."""
    files = [file for receipt in receipts for unit in receipt.units for file in unit.parts if file.table == MARKS]
    provinces = {part.province_code for part in parts}
    this_year = max((part.survey_year or 0 for part in parts), default=0)
    years = {
        file.survey_year
        for file in files
        if file.survey_year and file.survey_year < this_year and file.province_code in provinces and file.rows_n
    }
    return [Part(max(years), code) for code in sorted(filter(None, provinces))] if years else []


def earlier_digests(receipts: Sequence[Receipt], parts: Sequence[Part]) -> dict[str, str]:
    """Path -> digest of the earlier round's files that `find_last_year` reads: they are inputs of its stage."""
    wanted = {(part.survey_year, part.province_code) for part in earlier_parts(receipts, parts)}
    files = (file for receipt in receipts for unit in receipt.units for file in unit.parts)
    return {
        file.path: file.sha256
        for file in files
        if file.table in (FORMS, MARKS) and (file.survey_year, file.province_code) in wanted
    }


def find_last_year(
    connection: duckdb.DuckDBPyConnection, households: str, receipts: list[Receipt], lake: Path, parts: Sequence[Part]
) -> None:
    """Make the TEMP TABLE `equal_households` (hh): those of `households` whose content an earlier round has, too.

    Args:
        households: relation with hh, village_code, household_id, answers_sha256.
        parts: where the deliveries of this round lie; see `earlier_parts`.

    Raises:
        NotSealed, StagedByOther: a file of the earlier round is not what its receipt says, or of another version.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE equal_households (hh BIGINT)")
    for part in earlier_parts(receipts, parts):
        forms = {number: path for number, _, _, path in parts_of(receipts, lake, FORMS, part)}
        for number, _, _, marks in parts_of(receipts, lake, MARKS, part):
            connection.execute(
                f"""INSERT INTO equal_households
                SELECT h.hh FROM {households} h
                JOIN read_parquet(?, hive_partitioning = false) f USING (village_code, household_id)
                JOIN read_parquet(?, hive_partitioning = false) m ON m.form = f.form
                    AND m.answers_sha256 = h.answers_sha256""",
                [readable(Path(forms[number])), readable(Path(marks))],
            )


def struck_query(households: str, spec: LastYear) -> str:
    """SELECT of the hh that get the finding: equal ones of a village or a delivered file above its threshold.

    `households` has hh, stream, village_code, delivery_id and file_sha256; `equal_households` says which are equal.
    """
    groups = (("stream, village_code", spec.village), ("delivery_id, file_sha256", spec.file))
    struck = " UNION ".join(_struck(households, columns, share) for columns, share in groups)
    return f"""
    WITH equal_ones AS (
        SELECT * FROM {households} SEMI JOIN equal_households USING (hh)
    ) {struck}"""


def _struck(households: str, columns: str, share: Share) -> str:
    """Whole numbers only: 95 of 100 are not more than 95 percent. Groups without an equal household are not counted."""
    return f"""
    SELECT e.hh FROM equal_ones e
    JOIN (SELECT {columns}, count(*) AS n FROM equal_ones GROUP BY ALL) USING ({columns})
    JOIN (
        SELECT {columns}, count(*) AS peers_n FROM {households} SEMI JOIN equal_ones USING ({columns}) GROUP BY ALL
    ) USING ({columns})
    WHERE peers_n >= {share.least_n} AND n * 100 > peers_n * {share.percent}"""
