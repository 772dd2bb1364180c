"""The key of the office that keeps the home: it signs every certificate, and the ledger knows its public half.

Its secret lies with the home's other keys (vault/keys.py), outside of the home and in every backup of them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jpt_pipeline.ledger import Entry, KeyEntry, only
from jpt_pipeline.settings import Settings
from jpt_pipeline.signing.keys import OFFICE, key_id, known_keys, public_text
from jpt_pipeline.vault import key_folder, make_keys, read_key

HOLDER = "สำนักงานผู้ดูแลข้อมูลของ JPT_HOME นี้"


def office_key(settings: Settings) -> Ed25519PrivateKey:
    """The office's signing key; made where a home has none yet. Raises KeyMissing, also for a home never made ready."""
    key_folder(settings)
    make_keys(settings)
    return Ed25519PrivateKey.from_private_bytes(read_key(settings, "office"))


def introduction(key: Ed25519PrivateKey, entries: Sequence[Entry], at: datetime) -> list[KeyEntry]:
    """The entry that makes the office's key known, if the ledger does not know it."""
    public = key.public_key()
    if key_id(public) in known_keys(only(entries, KeyEntry)):
        return []
    return [
        KeyEntry(
            at=at, action="key-new", keyid=key_id(public), public_key=public_text(public), holder=HOLDER, role=OFFICE
        )
    ]


def is_revoked(key: Ed25519PrivateKey, entries: Iterable[Entry]) -> bool:
    """Whether the ledger says that nothing may be signed with the key any more."""
    known = known_keys(only(entries, KeyEntry)).get(key_id(key.public_key()))
    return known is not None and known.revoked is not None
