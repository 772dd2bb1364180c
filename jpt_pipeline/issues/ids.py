"""The identity of a finding: a keyed token of what it is about, the same in every run and on every machine of the home.

Put here: how an id is computed, in DuckDB. Keep out: the key; it comes from the vault's keys.
An id stands in the ledger and on screens in place of the house code, and tells nobody without the key which house it is.
"""

import hashlib

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType

ID_BYTES = 8
KEY = ("survey_year", "stream", "village_code", "household_id", "rule_id", "indicator_no")
"""What a finding is about; an indicator that is not given counts as empty text."""

KEY_TEXT = "concat_ws('|', " + ", ".join(f"coalesce(CAST({name} AS VARCHAR), '')" for name in KEY) + ")"
"""SQL of the text that is hashed."""


def issue_id(key: bytes, text: str) -> str:
    """16 hex digits: BLAKE2b with 64 bits of the key's text, keyed."""
    return hashlib.blake2b(text.encode(), key=key, digest_size=ID_BYTES, person=b"jpt-issue-v1").hexdigest()


def register_issue_ids(connection: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Give a DuckDB session the function issue_id(text); text is KEY_TEXT, never NULL."""
    keyed = hashlib.blake2b(key=key, digest_size=ID_BYTES, person=b"jpt-issue-v1")

    def one(text: str) -> str:
        hashed = keyed.copy()
        hashed.update(text.encode())
        return hashed.hexdigest()

    def ids(texts: pa.ChunkedArray) -> pa.Array:
        return pa.array(map(one, texts.to_pylist()), pa.string())

    connection.create_function(
        "issue_id",
        ids,
        ["VARCHAR"],
        "VARCHAR",
        type=PythonUDFType.ARROW,
        null_handling=FunctionNullHandling.SPECIAL,
    )
