"""What waivers let pass: single findings and answers, by the ids of issues, and reasons of gates, word by word.

Put here: how waivers become relations that gates read, and how reasons are sorted out. Keep out: which waivers hold
(issues/waivers.py), what may be waived (waivable.py). What cannot be found is not waived: a table of issues without seal,
an id that stands for nothing, results that the rollups were not made from.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.offence import Offence
from jpt_pipeline.certification.relations import Relations, same_finding
from jpt_pipeline.certification.state import Area
from jpt_pipeline.certification.waivable import is_reason_waivable
from jpt_pipeline.instruments import Result
from jpt_pipeline.issues import ISSUES
from jpt_pipeline.ledger import Waiver
from jpt_pipeline.store.files import sha256_text
from jpt_pipeline.store.lake import Lake, NotSealed, Part

RESULTS, INDICATORS = "indicators__results", "rollups__indicators"
_RESULT_COLUMN = "^i[0-9]{2}_result$"


def open_waived(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    relations: Relations,
    parts: Sequence[Part],
    waivers: Sequence[Waiver],
    incomplete: Sequence[str],
) -> None:
    """Fill `relations.waived` with the standing findings that valid waivers name, and `relations.answers_waived` with the
    number of incomplete answers per village that they account for (`incomplete`: rules of the instrument).
    """
    named = _named(waivers)
    for part in parts if named.num_rows else ():
        path = _sealed(lake, ISSUES, part) if part.province_code else None
        if path is None:
            continue
        connection.register("named_issues", named)
        connection.execute(
            f"INSERT INTO {relations.waived} "
            "SELECT i.stream, i.village_code, i.household_id, i.rule_id, i.indicator_no, n.waiver_id "
            "FROM read_parquet(?, hive_partitioning = false) i JOIN named_issues n USING (issue_id, rule_id) "
            f"SEMI JOIN {relations.all_findings} f ON {same_finding('f', 'i')}",
            [path],
        )
        connection.unregister("named_issues")
        _count_answers(connection, lake, relations, part, incomplete)


def waived_sha256(lake: Lake, part: Part, waivers: Sequence[Waiver]) -> str:
    """Digest of what the valid waivers mean for a province's part: it moves when one begins, ends or is taken back, and
    not when other provinces are waived anything. For the nation all waivers count."""
    named = _named(waivers)
    reasons = [(w.stream, w.level, w.area_code, w.told, w.waiver_id) for w in waivers if w.told]
    if part.province_code is None:
        return sha256_text(repr((sorted(zip(*named.to_pydict().values(), strict=True)), reasons)))
    with duckdb.connect() as connection:
        query = "SELECT DISTINCT area_code FROM read_parquet(?)"
        areas = {row[0] for row in connection.execute(query, [lake.sealed("rollups__areas", part)]).fetchall()}
        found: list[tuple[str, ...]] = []
        if named.num_rows and (path := _sealed(lake, ISSUES, part)):
            connection.register("named_issues", named)
            found = connection.execute(
                "SELECT n.issue_id, n.waiver_id FROM read_parquet(?, hive_partitioning = false) i "
                "JOIN named_issues n USING (issue_id, rule_id) ORDER BY ALL",
                [path],
            ).fetchall()
    return sha256_text(repr((found, [reason for reason in reasons if reason[2] in areas])))


def sort_out(offences: Iterable[Offence], waivers: Sequence[Waiver]) -> tuple[list[Offence], dict[Area, set[str]]]:
    """Offences that stand, and the ids of the waivers under which the others pass, by area.

    A waiver of a reason covers it in its own area and level, as long as not a word of it changes.
    """
    told: dict[tuple[Area, str], list[str]] = defaultdict(list)
    for waiver in waivers:
        if waiver.told and is_reason_waivable(waiver.told):
            told[Area(waiver.stream, waiver.level, waiver.area_code), waiver.told].append(waiver.waiver_id)
    standing: list[Offence] = []
    passed: dict[Area, set[str]] = defaultdict(set)
    for offence in offences:
        area = Area(offence.stream, offence.level, offence.area_code)
        if ids := told.get((area, offence.reason)):
            passed[area].update(ids)
        else:
            standing.append(offence)
    return standing, passed


def waivers_by_area(connection: duckdb.DuckDBPyConnection, relations: Relations) -> dict[Area, set[str]]:
    """Ids of the waivers under which findings pass, by each area around the findings."""
    rows = connection.execute(
        f"SELECT DISTINCT b.stream, b.level, b.area_code, w.waiver_id FROM {relations.waived} w "
        f"JOIN {relations.below} b ON b.stream = w.stream AND b.below_level = ? AND b.below_code = w.village_code",
        [load_levels()[0].level],
    ).fetchall()
    found: dict[Area, set[str]] = defaultdict(set)
    for stream, level, code, waiver_id in rows:
        found[Area(stream, level, code)].add(waiver_id)
    return found


def _named(waivers: Sequence[Waiver]) -> pa.Table:
    """issue_id, rule_id, waiver_id of the findings that waivers name."""
    rows = [(issue, waiver.rule_id, waiver.waiver_id) for waiver in waivers for issue in waiver.issues]
    columns = [pa.array([row[i] for row in rows], pa.string()) for i in range(3)]
    return pa.table(columns, names=["issue_id", "rule_id", "waiver_id"])


def _count_answers(
    connection: duckdb.DuckDBPyConnection, lake: Lake, relations: Relations, part: Part, incomplete: Sequence[str]
) -> None:
    """Incomplete results of the households with a waived finding: of its indicator, or of any if it names none."""
    path = _results_of_rollups(lake, part)
    if path is None:
        return
    connection.execute(
        f"""
        INSERT INTO {relations.answers_waived}
        WITH w AS (
            SELECT stream, village_code, household_id, list(indicator_no) AS numbers, bool_or(indicator_no IS NULL) AS is_any
            FROM {relations.waived} WHERE list_contains(?::VARCHAR[], rule_id) GROUP BY ALL),
        results AS (
            UNPIVOT (
                SELECT stream, village_code, household_id, COLUMNS('{_RESULT_COLUMN}')
                FROM read_parquet(?, hive_partitioning = false) SEMI JOIN w USING (stream, village_code, household_id))
            ON COLUMNS('{_RESULT_COLUMN}') INTO NAME indicator VALUE result)
        SELECT stream, village_code, count(*) FROM results r JOIN w USING (stream, village_code, household_id)
        WHERE r.result = {int(Result.INCOMPLETE)} AND (is_any OR list_contains(numbers, CAST(r.indicator[2:3] AS BIGINT)))
        GROUP BY ALL""",
        [list(incomplete), path],
    )


def _results_of_rollups(lake: Lake, part: Part) -> str | None:
    """The results that the part's rollups were summed from; None if they are others, or not sealed."""
    path = _sealed(lake, RESULTS, part)
    if path is None or lake.seal(INDICATORS, part).inputs.get(RESULTS) != lake.seal(RESULTS, part).sha256:
        return None
    return path


def _sealed(lake: Lake, table: str, part: Part) -> str | None:
    try:
        return lake.sealed(table, part)
    except NotSealed:
        return None
