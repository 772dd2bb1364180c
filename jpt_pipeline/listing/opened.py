"""The counted households of a piece in a session, with where their names lie in the vault.

Put here: opening sealed tables and the vault for the households that are wanted, and no others. Keep out: what a list
asks of them. The session spills encrypted; faults come out without the words of a record (store.discreet).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from jpt_pipeline.households.sources import open_forms
from jpt_pipeline.intake.receipts import Receipt, read_receipts
from jpt_pipeline.listing.places import Piece
from jpt_pipeline.listing.words import refusal
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.discreet import discreet
from jpt_pipeline.store.files import sha256_file
from jpt_pipeline.store.lake import Lake, NotSealed, Part
from jpt_pipeline.store.session import quoted, session
from jpt_pipeline.vault import VAULT_TABLE, Kind, read_key, read_vault

CLEAN, RESULTS, MEMBERS = "households__clean", "indicators__results", "households__members"
QUARANTINE, CORRECTIONS = "households__quarantine", "households__corrections"
INDICATORS, COVERAGE = "rollups__indicators", "rollups__coverage"
FILE_ROWS = 10**9  # as intake numbers what it stages: file_no * FILE_ROWS + record_no
# A title is printed where it is a word; a code of the field app's list is not one.
_NAME = (
    "nullif(trim(concat_ws(' ', CASE WHEN regexp_matches(prefix, '[0-9]') THEN NULL ELSE prefix END || first_name, "
    "CASE WHEN prefix IS NULL OR regexp_matches(prefix, '[0-9]') THEN first_name END, last_name)), '')"
)
_PLACE = "delivery_id, file_sha256, record_no, village_code, household_id"


@contextmanager
def opened(settings: Settings, piece: Piece, what: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A session with the tables of a piece's villages (of the piece's stream), as temporary tables:

    - households: rows of households__clean, ordered by hh; results: of indicators__results; roster: of households__members.
    - placed: hh, village_code, unit_no, form of each household: its place among what was delivered.
    - forms, persons: the views of households.sources, as delivered.

    Args:
        what: in words, for an error, what is being made.

    Raises:
        NotSealed: the province was not run, or a file is not the one that was sealed or taken in.
        NotListed: figures of other households (L-OLD), or a household whose record is not found (L-SOURCE).
        Withheld: a fault of ours.
    """
    lake, part = Lake(settings.lake), piece.part
    check_current(lake, part)
    with discreet(what), session(settings, holds_names=True) as connection:
        connection.register("listed", pa.table({"village_code": [village.code for village in piece.villages]}))
        for name, table in (("households", CLEAN), ("results", RESULTS), ("roster", MEMBERS)):
            connection.execute(
                f"CREATE TEMP TABLE {name} AS SELECT * FROM {_read(lake.sealed(table, part))} "
                f"SEMI JOIN listed USING (village_code) WHERE stream = '{piece.stream}' ORDER BY hh"
            )
        open_forms(connection, settings, read_receipts(settings.landing), part, [])
        connection.execute(
            "CREATE TEMP TABLE placed AS SELECT h.hh, h.village_code, f.unit_no, f.form "
            f"FROM households h JOIN forms f USING ({_PLACE})"
        )
        wanted_n, found_n, places_n = _row(
            connection, "SELECT (SELECT count(*) FROM households), count(DISTINCT hh), count(*) FROM placed"
        )
        if not wanted_n == found_n == places_n:
            raise refusal("L-SOURCE", found_n=found_n, wanted_n=wanted_n, province=part.province_code)
        yield connection


def check_current(lake: Lake, part: Part) -> None:
    """The figures of a province were added up from the households that lie in the lake now.

    Raises:
        NotListed: they were not (L-OLD). NotSealed: the province was not run.
    """
    for rollup in (COVERAGE, INDICATORS):
        made_from = lake.seal(rollup, part).inputs
        for table in (CLEAN, RESULTS, MEMBERS, QUARANTINE):
            if made_from.get(table) != lake.seal(table, part).sha256:
                raise refusal("L-OLD", province=part.province_code)


def open_houses(connection: duckdb.DuckDBPyConnection, settings: Settings, wanted: str = "placed") -> None:
    """Make the table houses: unit_no, form, house_no, of the forms of the relation `wanted` (unit_no, form).

    Raises:
        KeyMissing: the vault key is missing or another one. VaultBroken: a vault file cannot be opened.
        NotSealed: a vault file is not the one of its receipt.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE houses (unit_no BIGINT, form BIGINT, house_no VARCHAR)")
    for number, chunk in _opened_vaults(connection, settings, wanted, "household", ["form", "house_no"]):
        connection.register("chunk", chunk)
        connection.execute(
            f"INSERT INTO houses SELECT {number}, form, trim(house_no) FROM chunk "
            f"SEMI JOIN (SELECT form FROM {wanted} WHERE unit_no = {number}) USING (form)"
        )
        connection.unregister("chunk")


def open_names(
    connection: duckdb.DuckDBPyConnection, settings: Settings, wanted: str = "placed", *, only_heads: bool = False
) -> None:
    """Make the table people: hh, member_no, relation, informant (as delivered), name (title where it is a word).

    Args:
        wanted: a relation with the columns of `placed`.
        only_heads: the first person of each roster alone.

    Raises:
        As `open_houses`.
    """
    heads = "QUALIFY row_number() OVER (PARTITION BY w.hh ORDER BY m.member_no) = 1" if only_heads else ""
    # A member lies under the place of its own record: that of its household in payloads, its own in a table of members.
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE counted AS SELECT w.hh, m.member_no, w.unit_no, p.relation, p.informant, "
        f"p.file_no::BIGINT * {FILE_ROWS} + p.record_no AS form "
        f"FROM {wanted} w JOIN roster m USING (hh) "
        "JOIN persons p ON p.unit_no = w.unit_no AND p.form = w.form AND p.member_no = m.member_no AND p.copy_no = 1 "
        f"{heads}"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE names (unit_no BIGINT, form BIGINT, member_no BIGINT, name VARCHAR)"
    )
    columns = ["form", "member_no", "prefix", "first_name", "last_name"]
    for number, chunk in _opened_vaults(connection, settings, "counted", "member", columns):
        connection.register("chunk", chunk)
        connection.execute(
            f"INSERT INTO names SELECT DISTINCT {number}, form, member_no, {_NAME} FROM chunk "
            f"SEMI JOIN (SELECT form, member_no FROM counted WHERE unit_no = {number}) USING (form, member_no)"
        )
        connection.unregister("chunk")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE people AS SELECT c.hh, c.member_no, c.relation, c.informant, n.name "
        "FROM counted c LEFT JOIN names n USING (unit_no, form, member_no) ORDER BY c.hh, c.member_no"
    )
    connection.execute("DROP TABLE names; DROP TABLE counted")


def _opened_vaults(
    connection: duckdb.DuckDBPyConnection, settings: Settings, wanted: str, kind: Kind, columns: list[str]
) -> Iterator[tuple[int, pa.Table]]:
    """Chunks of the vault files of the units in the relation `wanted`, one at a time."""
    key = read_key(settings, "vault")
    units = connection.execute(f"SELECT DISTINCT unit_no FROM {wanted} WHERE unit_no IS NOT NULL").fetchall()
    used = {number for (number,) in units}
    for number, unit_id, path in _vault_files(settings, read_receipts(settings.landing), used):
        for chunk in read_vault(path, key, unit_id, kind, columns):
            yield number, chunk


def _vault_files(settings: Settings, receipts: list[Receipt], used: set[int]) -> Iterator[tuple[int, str, str]]:
    """Number of the unit, its id and the path of each of its verified vault files."""
    units = [unit for receipt in receipts for unit in receipt.units]
    for number in sorted(used):
        for file in units[number].parts:
            if file.table != VAULT_TABLE:
                continue
            path = settings.lake / file.path
            if not path.exists() or sha256_file(path) != file.sha256:
                raise NotSealed(f"{VAULT_TABLE} of delivered unit {number} is not what was taken in")
            yield number, units[number].unit_id, str(path)


def _read(path: str) -> str:
    return f"read_parquet('{quoted(path)}', hive_partitioning = false)"


def sealed(settings: Settings, table: str, part: Part) -> str:
    """A sealed table of a part as a source of SQL. Raises NotSealed."""
    return _read(Lake(settings.lake).sealed(table, part))


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row
