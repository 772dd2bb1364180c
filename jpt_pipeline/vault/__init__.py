"""The vault: identifiers, names, house numbers and positions, encrypted, and the keys of a home.

Put here: the format of the file and where keys lie. Keep out: what is read from a delivery, and who may ask for it.
"""

from jpt_pipeline.vault.file import SCHEMAS, VAULT_TABLE, Kind, VaultBroken, VaultWriter, read_vault
from jpt_pipeline.vault.keys import KeyMissing, key_folder, make_keys, read_key

__all__ = [
    "SCHEMAS",
    "VAULT_TABLE",
    "KeyMissing",
    "Kind",
    "VaultBroken",
    "VaultWriter",
    "key_folder",
    "make_keys",
    "read_key",
    "read_vault",
]
