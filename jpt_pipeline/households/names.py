"""The persons behind the rows: names, numbers, houses and positions of a partition, opened from its vault files.

Put here: how they come into a session. Keep out: any copy of them beyond it; what is found with their help leaves as
keys and codes only.
"""

from collections.abc import Collection
from pathlib import Path

import duckdb

from jpt_pipeline.intake.receipts import Receipt
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import known_sha256
from jpt_pipeline.store.lake import NotSealed, Part
from jpt_pipeline.vault import VAULT_TABLE, Kind, read_key, read_vault

# Rows of the part, each with the place under which the vault knows it: file_no and record_no of its own record.
_PLACES = """
CREATE OR REPLACE TEMP TABLE vault_places AS
SELECT DISTINCT unit_no, form, CAST(file_no AS BIGINT) * 1000000000 + record_no AS place, member_no FROM persons_rows;
CREATE OR REPLACE TEMP TABLE vault_forms AS SELECT unit_no, form FROM marks_rows;
CREATE OR REPLACE TEMP TABLE vault_households (
    unit_no BIGINT, form BIGINT, house_no VARCHAR, latitude VARCHAR, longitude VARCHAR);
CREATE OR REPLACE TEMP TABLE vault_members (
    unit_no BIGINT, form BIGINT, member_no BIGINT, citizen_id VARCHAR, prefix VARCHAR, first_name VARCHAR,
    last_name VARCHAR)
"""
_TAKE: dict[Kind, str] = {
    "household": "INSERT INTO vault_households SELECT f.unit_no, c.* FROM vault_chunk c JOIN vault_forms f USING (form) "
    "WHERE f.unit_no = ?",
    "member": "INSERT INTO vault_members SELECT p.unit_no, p.form, c.* EXCLUDE (form) FROM vault_chunk c "
    "JOIN vault_places p ON p.place = c.form AND p.member_no = c.member_no WHERE p.unit_no = ?",
}
_DONE = "DROP TABLE vault_places; DROP TABLE vault_forms"


def open_names(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    receipts: list[Receipt],
    part: Part,
    kinds: Collection[Kind] = ("household", "member"),
) -> None:
    """Make the TEMP TABLEs `vault_households` and `vault_members` of a province part, after `open_forms` of it.

    vault_households: unit_no, form, house_no, latitude, longitude. vault_members: unit_no, form, member_no, citizen_id,
    prefix, first_name, last_name: text as intake normalised it. unit_no, form and member_no are those of `forms_rows` and
    `persons_rows`, which are read (households.sources); a member row that was delivered twice is there twice. Memory: one
    chunk of a vault file beside the tables. What is not among `kinds` stays closed, its table empty.

    Raises:
        ValueError: the session was not opened with `holds_names`, and would spill them as they are.
        KeyMissing: the vault key is missing or another one.
        NotSealed: a vault file is not the one of its receipt. VaultBroken: it cannot be opened.
    """
    if connection.execute("SELECT current_setting('temp_file_encryption')").fetchall() != [(True,)]:
        raise ValueError("names may be opened in a session(…, holds_names=True) only")
    key = read_key(settings, "vault")
    connection.execute(_PLACES)
    wanted = {row[0] for row in connection.execute("SELECT DISTINCT unit_no FROM vault_forms").fetchall()}
    units = ((receipt, unit) for receipt in receipts for unit in receipt.units)
    for number, (receipt, unit) in enumerate(units):
        for file in unit.parts if number in wanted else ():
            if file.table == VAULT_TABLE:
                path = settings.lake / file.path
                _verify(path, file.sha256, part, receipt)
                for kind in kinds:
                    for chunk in read_vault(path, key, unit.unit_id, kind):
                        connection.register("vault_chunk", chunk)
                        connection.execute(_TAKE[kind], [number])
                        connection.unregister("vault_chunk")
    connection.execute(_DONE)


def _verify(path: Path, digest: str, part: Part, receipt: Receipt) -> None:
    if not path.exists() or known_sha256(path) != digest:
        raise NotSealed(f"{VAULT_TABLE} {part}: the file of delivery {receipt.delivery_id} is not what was taken in")
