"""Salted leaves: a household's leaf tells nothing of the household to whoever has not its salt.

Rows have little entropy, so a bare digest could be guessed row by row. The salt is not stored: it is a keyed BLAKE2b-256
of the row, which begins with the household's key, under the key of the round, which is derived (HKDF-SHA256) from the
home's vault key. The same home gives the same leaves; nobody else can compute them. A round's key tells nothing of
another round's or of the vault's, so it can be given away or withheld by itself; once the vault key is destroyed, no
leaf can be tied to a household any more, while all signatures over the trees stay valid.
"""

from collections.abc import Callable
from hashlib import blake2b, sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from jpt_pipeline.hashtree.merkle import leaf_hash
from jpt_pipeline.hashtree.rows import VERSION
from jpt_pipeline.settings import Settings
from jpt_pipeline.vault import read_key

SALT_BYTES = 32
_PERSON = b"jpt-leaf-salt-v1"


def round_key(settings: Settings, survey_year: int) -> bytes:
    """Key of the salts of a round.

    Raises:
        KeyMissing: the home's vault key is not there.
    """
    about = f"jpt-leaf-salts-v1 {survey_year}".encode()
    return HKDF(SHA256(), SALT_BYTES, salt=None, info=about).derive(read_key(settings, "vault"))


def key_print(key: bytes) -> str:
    """16 hex digits that tell keys apart and give nothing of one away."""
    return blake2b(key, digest_size=8, person=b"jpt-salt-printv1").hexdigest()


def salt_of(key: bytes, row: bytes) -> bytes:
    """Salt of a household's row."""
    return blake2b(row, key=key, digest_size=SALT_BYTES, person=_PERSON).digest()


def leaf_of(salt: bytes, row: bytes) -> bytes:
    """Digest of a household's leaf."""
    return leaf_hash(VERSION + salt + row)


def hasher(key: bytes) -> Callable[[bytes | memoryview], bytes]:
    """Row -> leaf_of(salt_of(key, row), row), from hashes that have taken in the key and the prefix already."""
    keyed = blake2b(key=key, digest_size=SALT_BYTES, person=_PERSON)
    prefixed = sha256(b"\x00" + VERSION)

    def leaf(row: bytes | memoryview) -> bytes:
        salt, found = keyed.copy(), prefixed.copy()
        salt.update(row)
        found.update(salt.digest())
        found.update(row)
        return found.digest()

    return leaf
