"""Keyed tokens in place of identifiers: the only form in which a 13-digit number or a house code leaves the home.

Put here: how a token is computed, one by one and in DuckDB. Keep out: the key; it comes from the vault's keys.
"""

import hashlib
from collections.abc import Callable

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType

TOKEN_BYTES = 16


def token(key: bytes, value: str, person: bytes) -> str:
    """Hex BLAKE2b-128 of a value, keyed; `person` keeps kinds of values apart (at most 16 bytes)."""
    return hashlib.blake2b(value.encode(), key=key, digest_size=TOKEN_BYTES, person=person).hexdigest()


def person_tokens(key: bytes) -> Callable[[pa.Array], bytes]:
    """A function from a column of 13-digit numbers to their tokens, TOKEN_BYTES each, zeros for NULL."""
    one = _hasher(key, b"jpt-person-v1")
    nobody = bytes(TOKEN_BYTES)

    def tokens(values: pa.Array) -> bytes:
        return b"".join([nobody if value is None else one(value) for value in values.to_pylist()])

    return tokens


def register_tokens(connection: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Give a DuckDB session the function household_token(text): text -> token, NULL -> NULL."""
    one = _hasher(key, b"jpt-house-v1")

    def tokens(values: pa.ChunkedArray) -> pa.Array:
        return pa.array([None if value is None else one(value).hex() for value in values.to_pylist()], pa.string())

    connection.create_function(
        "household_token",
        tokens,
        ["VARCHAR"],
        "VARCHAR",
        type=PythonUDFType.ARROW,
        null_handling=FunctionNullHandling.SPECIAL,
    )


def _hasher(key: bytes, person: bytes) -> Callable[[str], bytes]:
    """`token` as bytes, from a hash that has taken in the key already."""
    keyed = hashlib.blake2b(key=key, digest_size=TOKEN_BYTES, person=person)

    def one(value: str) -> bytes:
        hashed = keyed.copy()
        hashed.update(value.encode())
        return hashed.digest()

    return one
