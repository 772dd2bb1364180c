"""Key files of people (Ed25519, PKCS#8 PEM) and the public halves that the ledger knows.

Put here: making, reading and naming keys. Keep out: the home's secret keys (vault/keys.py has their files; the office's
signing key is one of them), what is signed. A private key never enters the home: its holder keeps the file.
"""

import base64
import os
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from jpt_pipeline.ledger import KeyEntry

KEY_ID_DIGITS = 32
OFFICE = "office"
"""Role of the key of the office that keeps the home; it signs every certificate beside the committee's keys."""


class BadKey(Exception):
    """A key file is missing, not an Ed25519 key in PEM, or its passphrase is wrong or missing."""


@dataclass(frozen=True)
class KnownKey:
    """A key of the ledger: whose it is, for which area (None: any), the entries by which it came and went."""

    entry: KeyEntry
    public: Ed25519PublicKey
    revoked: KeyEntry | None = None

    def is_valid_at(self, seq: int) -> bool:
        """Whether an entry at this place of the ledger may rest on the key (0: an entry still to come)."""
        place = seq or 1 << 62
        return self.entry.seq < place and (self.revoked is None or self.revoked.seq > place)

    def is_for(self, level: str, area_code: str) -> bool:
        """Whether the key may sign for an area."""
        return self.entry.level is None or (self.entry.level, self.entry.area_code) == (level, area_code)


def key_id(key: Ed25519PublicKey) -> str:
    """Id of a key: the first 32 hex digits of the SHA-256 of its 32 raw bytes."""
    return sha256(key.public_bytes_raw()).hexdigest()[:KEY_ID_DIGITS]


def public_text(key: Ed25519PublicKey) -> str:
    """A public key as the ledger writes it: 32 raw bytes in base64."""
    return base64.b64encode(key.public_bytes_raw()).decode()


def known_keys(entries: Iterable[KeyEntry]) -> dict[str, KnownKey]:
    """Keys of the ledger by id. An entry without a key of its id gives none."""
    keys: dict[str, KnownKey] = {}
    for entry in entries:
        if entry.action == "key-revoke" and entry.keyid in keys:
            known = keys[entry.keyid]
            keys[entry.keyid] = KnownKey(known.entry, known.public, known.revoked or entry)
        elif entry.action == "key-new" and entry.public_key and entry.keyid not in keys:
            public = _public(entry.public_key)
            if public is not None and key_id(public) == entry.keyid:
                keys[entry.keyid] = KnownKey(entry, public)
    return keys


def _public(text: str) -> Ed25519PublicKey | None:
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text))
    except ValueError:
        return None


def write_key(path: Path, key: Ed25519PrivateKey, passphrase: str | None) -> Path:
    """Write a private key (0600, encrypted when there is a passphrase) and beside it the public half, `<name>.pub`.

    Raises:
        FileExistsError: one of the files is there; a key is never overwritten.
    """
    guard = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, guard)
    shown = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    public = path.with_suffix(".pub")
    if public.exists():
        raise FileExistsError(public)
    _create(path, secret, 0o600)
    _create(public, shown, 0o644)
    return public


def read_private(path: Path, passphrase: str | None = None) -> Ed25519PrivateKey:
    """A private key from its file. Raises BadKey."""
    try:
        key = serialization.load_pem_private_key(_read(path), passphrase.encode() if passphrase else None)
    except TypeError:
        raise BadKey("passphrase" if passphrase is None else "not encrypted") from None
    except (ValueError, UnsupportedAlgorithm):
        raise BadKey("not a key, or another passphrase") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey("not an Ed25519 key")
    return key


def read_public(path: Path) -> Ed25519PublicKey:
    """A public key from a PEM file. Raises BadKey."""
    try:
        key = serialization.load_pem_public_key(_read(path))
    except (ValueError, UnsupportedAlgorithm):
        raise BadKey("not a public key") from None
    if not isinstance(key, Ed25519PublicKey):
        raise BadKey("not an Ed25519 key")
    return key


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadKey(error.strerror or "unreadable") from None


def _create(path: Path, content: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
