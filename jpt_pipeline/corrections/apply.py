"""Corrections on the households of a run: the delivered values stay as they are, what is judged and counted is amended.

`amend` stands between the choice of records and the rules. The wide rows stay in DuckDB; only the cells that somebody
corrected pass through the merge. Keep out: which corrections there are (stored.py).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import duckdb
import pyarrow as pa

from jpt_pipeline.corrections.columns import Columns
from jpt_pipeline.corrections.merge import Edit, merge
from jpt_pipeline.intake.ages import AGE_MACROS
from jpt_pipeline.store.session import make_table

ABSENT = "absent"
"""Outcome of a correction whose household (as a record that could count) or member is not there."""
HERE = "here"
MACROS = (
    AGE_MACROS
    + """
CREATE OR REPLACE TEMP MACRO be_date(text) AS make_date(CAST(split_part(text, '/', 3) AS INTEGER) - 543,
    CAST(split_part(text, '/', 2) AS INTEGER), CAST(split_part(text, '/', 1) AS INTEGER));
CREATE OR REPLACE TEMP MACRO be_text(born) AS
    CASE WHEN born IS NOT NULL THEN format('{:02d}/{:02d}/{:04d}', day(born), month(born), year(born) + 543) END;
"""
)


@dataclass(frozen=True)
class _Row:
    """One correction beside the value that was delivered for its cell."""

    file_no: int
    row_no: int
    intake_no: int | None
    member_no: int | None
    column: str
    old: str | None
    new: str | None
    is_found: bool
    is_same_person: bool
    delivered: str | None


def cell_sql(columns: Columns, name: str) -> str:
    """The present value of a column as files write it, over f (forms) or p (persons)."""
    column = columns.by_name[name]
    if column.is_date:
        return f"be_text(p.{name})"
    return f"nullif(trim(CAST({'p' if column.is_member else 'f'}.{name} AS VARCHAR)), '')"


def amend(connection: duckdb.DuckDBPyConnection, columns: Columns) -> None:
    """Amend the views forms, answers and persons of a province by the table stored_corrections.

    Needs the table `records` (which record of a household is accepted). persons gets the column residence. Makes:
    - outcomes: file_no, row_no, intake_no, outcome (applied, already, conflict, absent), is_last (of its cell).
    - corrected: intake_no of the households of which a value differs from the delivered one.
    - unsettled: intake_no, member_no, column_name, of cells whose last correction no longer fits.
    """
    for statement in MACROS.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    for view in ("forms", "answers", "persons"):
        connection.execute(f"ALTER VIEW {view} RENAME TO {view}_delivered")
    connection.execute(f"CREATE TEMP VIEW persons_placed AS SELECT *, '{HERE}' AS residence FROM persons_delivered")
    merged = _Merged()
    for _, group in groupby(_rows(connection, columns), key=lambda row: (row.intake_no, row.member_no, row.column)):
        merged.add(list(group))
    merged.register(connection)
    changed = connection.execute("SELECT DISTINCT column_name FROM amended ORDER BY 1").fetchall()
    names = [name for (name,) in changed]
    values = _form_values(columns, names)
    _amend_view(connection, "forms", "forms_delivered", values)
    _amend_view(connection, "answers", "answers_delivered", {name: values[name] for name in values if name != "notes"})
    _amend_view(connection, "persons", "persons_placed", _person_values(columns, names))


def _rows(connection: duckdb.DuckDBPyConnection, columns: Columns) -> Iterator[_Row]:
    """Stored corrections with the delivered value of their cell: cell by cell, each in the order of the files."""
    used = connection.execute("SELECT DISTINCT column_name FROM stored_corrections ORDER BY 1").fetchall()
    known = [name for (name,) in used if name in columns.by_name]
    if not known:
        return
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE placed_corrections AS SELECT c.*, r.intake_no FROM stored_corrections c "
        "LEFT JOIN (SELECT * FROM records WHERE record_class = 'accepted') r "
        "USING (survey_year, stream, village_code, household_id)"
    )
    values = " ".join(f"WHEN '{name}' THEN {cell_sql(columns, name)}" for name in known)
    cursor = connection.execute(f"""
        SELECT c.file_no, c.row_no, c.intake_no, c.member_no, c.column_name, c.old_value, c.new_value,
            f.intake_no IS NOT NULL AND (c.member_no IS NULL OR p.intake_no IS NOT NULL) AS is_found,
            c.member_no IS NULL OR c.person_token IS NOT DISTINCT FROM p.person_token AS is_same_person,
            CASE c.column_name {values} END AS delivered
        FROM placed_corrections c
        LEFT JOIN forms_delivered f ON f.intake_no = c.intake_no
        LEFT JOIN persons_placed p ON p.intake_no = c.intake_no AND p.member_no = c.member_no AND p.copy_no = 1
        ORDER BY c.intake_no, c.member_no NULLS FIRST, c.column_name, c.file_no, c.row_no
    """)
    while batch := cursor.fetchmany(10_000):
        yield from (_Row(*row) for row in batch)


class _Merged:
    """What the merge of all cells gives, as columns of small tables."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[int, int, int | None, str, bool]] = []
        self.amended: list[tuple[int, int | None, str, str | None]] = []
        self.unsettled: list[tuple[int, int | None, str]] = []

    def add(self, rows: Sequence[_Row]) -> None:
        """All corrections of one cell, in order."""
        first = rows[0]
        if first.intake_no is None or not first.is_found:
            self._note(rows, [ABSENT] * len(rows))
            if first.intake_no is not None:
                self.unsettled.append((first.intake_no, first.member_no, first.column))
            return
        merged = merge(first.delivered, (Edit(row.old, row.new, row.is_same_person) for row in rows))
        self._note(rows, merged.outcomes)
        if merged.value != first.delivered:
            self.amended.append((first.intake_no, first.member_no, first.column, merged.value))
        if not merged.is_settled:
            self.unsettled.append((first.intake_no, first.member_no, first.column))

    def _note(self, rows: Sequence[_Row], outcomes: Iterable[str]) -> None:
        for row, outcome in zip(rows, outcomes, strict=True):
            self.outcomes.append((row.file_no, row.row_no, row.intake_no, outcome, row is rows[-1]))

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the tables outcomes, amended, unsettled and corrected."""
        whole, text, flag = pa.int64(), pa.string(), pa.bool_()
        cell = {"intake_no": whole, "member_no": whole, "column_name": text}
        outcome = {"file_no": whole, "row_no": whole, "intake_no": whole, "outcome": text, "is_last": flag}
        _table(connection, "outcomes", outcome, self.outcomes)
        _table(connection, "amended", cell | {"value": text}, self.amended)
        _table(connection, "unsettled", cell, self.unsettled)
        connection.execute("CREATE OR REPLACE TEMP TABLE corrected AS SELECT DISTINCT intake_no FROM amended")


def _table(
    connection: duckdb.DuckDBPyConnection, name: str, kinds: dict[str, pa.DataType], rows: Sequence[tuple[object, ...]]
) -> None:
    columns = zip(*rows, strict=True) if rows else ((),) * len(kinds)
    arrays = {column: pa.array(values, kind) for (column, kind), values in zip(kinds.items(), columns, strict=True)}
    make_table(connection, name, pa.table(arrays))


def _form_values(columns: Columns, names: Sequence[str]) -> dict[str, str]:
    """Column of forms -> its amended value over x (forms) and c (changes of the household)."""
    mine = [name for name in names if not columns.by_name[name].is_member]
    values = {name: _amended(columns, name) for name in mine}
    settled = {rule for name in mine for rule in columns.by_name[name].rules}
    if settled:
        # A note of intake about a value that somebody has decided since says nothing any more.
        listed = {rule: [n for n in mine if rule in columns.by_name[n].rules] for rule in sorted(settled)}
        notes = "x.notes"
        for rule, deciding in listed.items():
            decided = " OR ".join(f"map_contains(c.changes, '{name}')" for name in deciding)
            notes = f"CASE WHEN {decided} THEN list_filter({notes}, lambda note: note <> '{rule}') ELSE {notes} END"
        values["notes"] = notes
    return values


def _person_values(columns: Columns, names: Sequence[str]) -> dict[str, str]:
    """Column of persons -> its amended value; ages follow from the birth date on the day of the interview."""
    mine = [name for name in names if columns.by_name[name].is_member]
    dates = [name for name in mine if columns.by_name[name].is_date]
    values = {name: _amended(columns, name) for name in mine if name not in dates}
    for name in dates:
        born = f"be_date(c.changes['{name}'])"
        values[name] = _chosen(name, born)
        values["is_birth_valid"] = _chosen(name, f"is_birth_possible({born}, c.survey_date)", "is_birth_valid")
        for age in ("age_years", "age_months"):
            values[age] = _chosen(name, f"{age}({born}, c.survey_date)", age)
    return values


def _amended(columns: Columns, name: str) -> str:
    value = f"c.changes['{name}']"
    return _chosen(name, f"CAST({value} AS BIGINT)" if columns.by_name[name].is_number else value)


def _chosen(name: str, value: str, column: str | None = None) -> str:
    """`value` where the cell was changed (to nothing, too), else what was delivered."""
    return f"CASE WHEN map_contains(c.changes, '{name}') THEN {value} ELSE x.{column or name} END"


def _amend_view(connection: duckdb.DuckDBPyConnection, view: str, source: str, values: dict[str, str]) -> None:
    """View over `source` with the amended values, and the table <view>_amended of the rows that have them; households
    without a change pass through untouched."""
    if not values:
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM {source}")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {view}_amended AS SELECT * FROM {source} LIMIT 0")
        return
    is_person = view == "persons"
    kept = f"member_no IS {'NOT ' if is_person else ''}NULL"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {view}_changes AS SELECT a.intake_no, a.member_no, any_value(f.survey_date) AS "
        "survey_date, map(list(a.column_name ORDER BY a.column_name), list(a.value ORDER BY a.column_name)) AS changes "
        f"FROM amended a JOIN forms_delivered f USING (intake_no) WHERE a.{kept} GROUP BY ALL"
    )
    same = f"c.intake_no = x.intake_no{' AND c.member_no = x.member_no' if is_person else ''}"
    listed = ", ".join(f"{value} AS {name}" for name, value in values.items())
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {view}_amended AS "
        f"SELECT x.* REPLACE ({listed}) FROM {source} x JOIN {view}_changes c ON {same}"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM {source} x WHERE NOT EXISTS "
        f"(SELECT 1 FROM {view}_changes c WHERE {same}) UNION ALL SELECT * FROM {view}_amended"
    )
