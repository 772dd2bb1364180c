"""The cells that broken rules read, with their values as of now: what a return slip asks people to look at.

Put here: from (household, broken rule) to (household, rule, member, column, value). Keep out: words and order of a slip.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from jpt_pipeline.codes import load_codes
from jpt_pipeline.corrections.apply import cell_sql
from jpt_pipeline.corrections.columns import Columns
from jpt_pipeline.instruments import Instrument
from jpt_pipeline.instruments.answers import well_formed_sql
from jpt_pipeline.returns.present import own_findings
from jpt_pipeline.returns.reads import Reads, own_reads, reads, roster_sql
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part

MEMBERS = "households__members"
UNDECIDED, TWO_HOUSEHOLDS = "J-CORRECTION", "J-PERSON"


@dataclass(frozen=True)
class ReadCell:
    """A cell that a broken rule reads."""

    village_code: str
    household_id: str
    rule_id: str
    member_no: int | None
    column: str
    value: str | None


@dataclass(frozen=True)
class Cells:
    """Cells in order of village, household, rule, member and column; rule -> its Thai words; (record, rule) that no
    correction can mend."""

    rows: list[ReadCell]
    rules: dict[str, str]
    unmended: list[tuple[int, str]]


def find_cells(
    connection: duckdb.DuckDBPyConnection, settings: Settings, part: Part, instrument: Instrument, columns: Columns
) -> Cells:
    """Cells of the households of `present` that errors of the instrument and our own findings read."""
    own_findings(connection, settings, part)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE broken AS SELECT intake_no, hh, rule_id FROM violations JOIN counted USING (hh) "
        "WHERE severity = 'error' UNION "
        "SELECT o.intake_no, c.hh, o.rule_id FROM own_findings o JOIN counted c USING (intake_no)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE cells (intake_no BIGINT, rule_id VARCHAR, member_no BIGINT, column_name VARCHAR)"
    )
    by_id = {rule.id: rule for rule in instrument.rules}
    codes = load_codes(settings.definitions)
    rules: dict[str, str] = {}
    for (rule_id,) in connection.execute("SELECT DISTINCT rule_id FROM broken ORDER BY 1").fetchall():
        if rule_id in by_id:
            read, rules[rule_id] = reads(instrument, columns, by_id[rule_id]), by_id[rule_id].text_th
            _add(connection, instrument, rule_id, read)
        elif rule_id == UNDECIDED or own_reads(columns, rule_id).can_mend:
            rules[rule_id] = f"{codes[rule_id].th} - {codes[rule_id].remedy}"
            _add_own(connection, settings, part, columns, rule_id)
        else:
            connection.execute("DELETE FROM broken WHERE rule_id = ?", [rule_id])
    _keep_blanks(connection, columns, [name for name in rules if name in by_id and by_id[name].action == "incomplete"])
    unmended = connection.execute(
        "SELECT DISTINCT intake_no, rule_id FROM broken ANTI JOIN cells USING (intake_no, rule_id) "
        "WHERE list_contains(?, rule_id) ORDER BY ALL",
        [list(by_id)],
    ).fetchall()
    return Cells(_with_values(connection, columns), rules, unmended)


def _add(connection: duckdb.DuckDBPyConnection, instrument: Instrument, rule_id: str, read: Reads) -> None:
    """Cells of one rule of the instrument."""
    _add_household(connection, rule_id, read.household)
    for roster, names in (read.rosters or {}).items():
        if names:
            _add_members(connection, rule_id, roster_sql(instrument, roster), names)
    if read.is_form:
        wrong = ", ".join(
            f"CASE WHEN NOT ({well_formed_sql(answer)}) THEN '{answer.column}' END"
            for answer in instrument.answers
            if answer.is_stored
        )
        connection.execute(
            "INSERT INTO cells SELECT intake_no, rule_id, NULL, column_name FROM ("
            f"SELECT b.intake_no, b.rule_id, unnest([{wrong}]) AS column_name FROM broken b "
            "JOIN accepted USING (hh) WHERE b.rule_id = ?) WHERE column_name IS NOT NULL",
            [rule_id],
        )


def _add_members(connection: duckdb.DuckDBPyConnection, rule_id: str, condition: str, names: Iterable[str]) -> None:
    """Cells of members: of those whom the rule counts, for they may be counted wrongly; of all when it counts nobody."""
    for name in names:
        connection.execute(
            "INSERT INTO cells SELECT intake_no, rule_id, member_no, ? FROM ("
            "SELECT *, bool_or(is_counted) OVER (PARTITION BY hh) AS is_any FROM ("
            f"SELECT b.intake_no, b.rule_id, m.hh, m.member_no, {condition} AS is_counted FROM broken b "
            "JOIN (SELECT * EXCLUDE (intake_no) FROM members) m USING (hh) WHERE b.rule_id = ?)) "
            "WHERE is_counted OR NOT is_any",
            [name, rule_id],
        )


def _add_own(
    connection: duckdb.DuckDBPyConnection, settings: Settings, part: Part, columns: Columns, rule_id: str
) -> None:
    """Cells of a code of our own, found in the last run; what was mended since is not among them any more."""
    if rule_id == UNDECIDED:
        connection.execute(
            "INSERT INTO cells SELECT intake_no, b.rule_id, u.member_no, u.column_name "
            "FROM broken b JOIN unsettled u USING (intake_no) WHERE b.rule_id = ?",
            [rule_id],
        )
        return
    read = own_reads(columns, rule_id)
    _add_household(connection, rule_id, read.household)
    condition = "true"
    if rule_id == TWO_HOUSEHOLDS and _open_shared(connection, settings, part):
        condition = "coalesce(m.person_token IN (SELECT person_token FROM shared_tokens), false)"
    _add_members(connection, rule_id, condition, sorted(read.member))


def _add_household(connection: duckdb.DuckDBPyConnection, rule_id: str, names: Iterable[str]) -> None:
    connection.execute(
        "INSERT INTO cells SELECT intake_no, rule_id, NULL, unnest(?::VARCHAR[]) FROM broken WHERE rule_id = ?",
        [list(names), rule_id],
    )


def _open_shared(connection: duckdb.DuckDBPyConnection, settings: Settings, part: Part) -> bool:
    """Make shared_tokens: persons in two households of the round as of the last run of each province."""
    lake = Lake(settings.lake)
    assert part.survey_year is not None
    paths = [lake.sealed(MEMBERS, other) for other in lake.parts(MEMBERS, part.survey_year)]
    if paths:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE shared_tokens AS SELECT person_token "
            "FROM read_parquet(?, hive_partitioning = false) WHERE person_token IS NOT NULL GROUP BY person_token "
            "HAVING count(DISTINCT (stream, village_code, household_id)) > 1",
            [paths],
        )
    return bool(paths)


def _keep_blanks(connection: duckdb.DuckDBPyConnection, columns: Columns, rule_ids: list[str]) -> None:
    """Of rules that ask for answers: the cells without one, if there is one."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE blanks AS SELECT rule_id, intake_no, column_name FROM "
        f"({_values_sql(connection, columns)}) WHERE list_contains(?::VARCHAR[], rule_id) AND value IS NULL",
        [rule_ids],
    )
    connection.execute(
        "DELETE FROM cells WHERE (rule_id, intake_no) IN (SELECT (rule_id, intake_no) FROM blanks) "
        "AND (rule_id, intake_no, column_name) NOT IN (SELECT (rule_id, intake_no, column_name) FROM blanks)"
    )


def _values_sql(connection: duckdb.DuckDBPyConnection, columns: Columns) -> str:
    """Cells with their values: intake_no, rule_id, member_no, column_name, value, village_code, household_id."""
    names = [name for (name,) in connection.execute("SELECT DISTINCT column_name FROM cells ORDER BY 1").fetchall()]
    values = " ".join(f"WHEN '{name}' THEN {cell_sql(columns, name)}" for name in names)
    value = f"CASE c.column_name {values} END" if names else "NULL"
    return (
        f"SELECT DISTINCT c.*, {value} AS value, f.village_code, f.household_id "
        "FROM cells c JOIN forms f USING (intake_no) "
        "LEFT JOIN persons p ON p.intake_no = c.intake_no AND p.member_no = c.member_no AND p.copy_no = 1"
    )


def _with_values(connection: duckdb.DuckDBPyConnection, columns: Columns) -> list[ReadCell]:
    place: Mapping[str, int] = {name: at for at, name in enumerate(columns.by_name)}
    rows = connection.execute(
        "SELECT village_code, household_id, rule_id, member_no, column_name, value "
        f"FROM ({_values_sql(connection, columns)})"
    ).fetchall()
    cells = [ReadCell(*row) for row in rows]
    return sorted(cells, key=lambda c: (c.village_code, c.household_id, c.rule_id, c.member_no or 0, place[c.column]))
