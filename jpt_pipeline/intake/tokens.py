"""Keyed tokens in place of identifiers: the only form in which a 13-digit number leaves intake.

The key lies in a file of its own (0600). Without it no token can be computed, so nothing can be taken in.
"""

import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType

KEY_BYTES = 32
TOKEN_BYTES = 16


class KeyMissing(Exception):
    """The token key is not there or not readable; run `jpt init` or name it with JPT_TOKEN_KEY."""


def make_key(path: Path) -> bool:
    """Create the key file with mode 0600 unless it is there; returns whether it was made."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(secrets.token_bytes(KEY_BYTES))
    return True


def read_key(path: Path) -> bytes:
    """The key's bytes. Raises KeyMissing."""
    try:
        key = path.read_bytes()
    except OSError as error:
        raise KeyMissing(f"no token key at {path}: {error.strerror}") from None
    if len(key) != KEY_BYTES:
        raise KeyMissing(f"the token key at {path} has {len(key)} bytes, not {KEY_BYTES}")
    return key


def token(key: bytes, value: str, person: bytes) -> str:
    """Hex BLAKE2b-128 of a value, keyed; `person` keeps kinds of values apart (at most 16 bytes)."""
    return hashlib.blake2b(value.encode(), key=key, digest_size=TOKEN_BYTES, person=person).hexdigest()


def register_tokens(connection: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Give a DuckDB session the functions person_token(text) and household_token(text): text -> token, NULL -> NULL."""
    for name, person in (("person_token", b"jpt-person-v1"), ("household_token", b"jpt-house-v1")):
        connection.create_function(
            name,
            _tokens(key, person),
            ["VARCHAR"],
            "VARCHAR",
            type=PythonUDFType.ARROW,
            null_handling=FunctionNullHandling.SPECIAL,
        )


def _tokens(key: bytes, person: bytes) -> Callable[[pa.Array], pa.Array]:
    def tokens(values: pa.Array) -> pa.Array:
        return pa.array([None if v is None else token(key, v, person) for v in values.to_pylist()], pa.string())

    return tokens
