"""The keys of a home: where they lie, how they are made, and how a wrong or missing one is noticed.

`token` makes the tokens of persons and houses, `vault` seals the vault files, `office` is the Ed25519 secret with which
the office that keeps the home signs certificates. They lie outside the home, in JPT_KEYS or
in jpt/keys/<home_id> of the user's configuration, so that a copy of the home alone names nobody. home.json remembers
the home's random id and a fingerprint of each key: another key would split persons in two, so it is refused, and a key
that is gone is never replaced by a new one.
"""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import dump_json, private_folder, read_json, write_json
from jpt_pipeline.vault.file import VAULT_TABLE

KeyName = Literal["token", "vault", "office"]
KEY_NAMES: tuple[KeyName, ...] = ("token", "vault", "office")
KEY_BYTES = 32
# What a home holds as soon as a key was used in it.
_MADE_WITH: dict[KeyName, tuple[str, str]] = {
    "token": ("landing", "receipts/*.json"),
    "vault": (f"lake/{VAULT_TABLE}", "**/*.vault"),
    "office": ("ledger", "*-key-new.json"),
}


class KeyMissing(Exception):
    """A key is not there, not readable, or not the one of this home. The Thai text names the folder."""


class HomeRecord(BaseModel):
    """home.json: the home's id, whether its keys lie inside it (demonstrations and tests), the keys' fingerprints."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    home_id: str
    keys_inside: bool = False
    fingerprints: dict[KeyName, str] = {}


def key_folder(settings: Settings) -> Path:
    """Folder of the home's keys. Raises KeyMissing when the home was never made ready."""
    return _folder(settings, _record(settings))


def read_key(settings: Settings, name: KeyName) -> bytes:
    """One key of the home, known to be the one that the home was made with.

    Raises:
        KeyMissing: the home was never made ready; the file is missing, unreadable or of another length; or another key.
    """
    record = _record(settings)
    path = _file(_folder(settings, record), name)
    key = _read(path)
    if _fingerprint(key) != record.fingerprints.get(name):
        raise KeyMissing(f"{path.name} ใน {path.parent} ไม่ใช่กุญแจของ JPT_HOME นี้ - คืนกุญแจเดิมจากสำเนาสำรอง")
    return key


def make_keys(
    settings: Settings, *, keys_inside: bool = False, known: Mapping[KeyName, bytes] | None = None
) -> list[KeyName]:
    """Make what is missing of home.json and the keys; returns the names of the keys that are new.

    A key file that lies ready in the folder of a home without data is taken over: so a second machine gets the same
    tokens, and a restored home its keys.

    Args:
        keys_inside: a fresh home keeps its keys in its own folder `keys`, whatever JPT_KEYS says.
        known: bytes of new keys instead of random ones, where the persons are invented.

    Raises:
        KeyMissing: the home has data, and the key that made them is not there or is another one.
    """
    is_fresh = not _home_file(settings).exists()
    record = HomeRecord(home_id=secrets.token_hex(8), keys_inside=keys_inside) if is_fresh else _record(settings)
    for name in KEY_NAMES:
        path = _file(_folder(settings, record), name)
        if name not in record.fingerprints and not path.exists() and _is_used(settings, name):
            raise _missing(path, f"{settings.root} มีข้อมูลอยู่แล้ว จึงไม่สร้างกุญแจใหม่")
    if is_fresh:
        settings.root.mkdir(parents=True, exist_ok=True)
        _create(_home_file(settings), dump_json(record.model_dump()).encode())
        record = _record(settings)
    folder = _folder(settings, record)
    made: list[KeyName] = []
    fingerprints = dict(record.fingerprints)
    for name in KEY_NAMES:
        if name in fingerprints:
            read_key(settings, name)
            continue
        if not folder.exists():
            private_folder(folder)
        if _create(_file(folder, name), (known or {}).get(name) or secrets.token_bytes(KEY_BYTES)):
            made.append(name)
        fingerprints[name] = _fingerprint(_read(_file(folder, name)))
    if fingerprints != record.fingerprints:
        write_json(_home_file(settings), record.model_copy(update={"fingerprints": fingerprints}).model_dump())
    for name in KEY_NAMES:
        _file(folder, name).chmod(0o600)
    return made


def replace_key(settings: Settings, name: KeyName) -> Path:
    """Put a new random key in the place of one that may be known to others; the old file is kept under its fingerprint.

    Only for keys whose former work needs them no more: signatures stay verifiable, tokens and vault files would not.

    Raises:
        KeyMissing: the key that is to go is not there.
    """
    record = _record(settings)
    path = _file(_folder(settings, record), name)
    old = _fingerprint(read_key(settings, name))
    kept = path.with_suffix(f".{old}.key")
    os.replace(path, kept)
    new = secrets.token_bytes(KEY_BYTES)
    _create(path, new)
    fingerprints = record.fingerprints | {name: _fingerprint(new)}
    write_json(_home_file(settings), record.model_copy(update={"fingerprints": fingerprints}).model_dump())
    return kept


def _home_file(settings: Settings) -> Path:
    return settings.root / "home.json"


def _record(settings: Settings) -> HomeRecord:
    try:
        return HomeRecord.model_validate(read_json(_home_file(settings)))
    except FileNotFoundError:
        raise KeyMissing(f"ยังไม่ได้เตรียม {settings.root} (ไม่มี home.json) - สั่ง jpt init ก่อน") from None
    except ValueError:
        raise KeyMissing(f"{_home_file(settings)} เสียหาย - คืนจากสำเนาสำรอง") from None


def _folder(settings: Settings, record: HomeRecord) -> Path:
    if record.keys_inside:
        return settings.root / "keys"
    folder = settings.keys or settings.user_config / "jpt" / "keys" / record.home_id
    return folder.expanduser().resolve()


def _file(folder: Path, name: KeyName) -> Path:
    return folder / f"{name}.key"


def _read(path: Path) -> bytes:
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        raise _missing(path, "ไม่มีไฟล์") from None
    except OSError as error:
        raise _missing(path, error.strerror or "") from None
    if len(key) != KEY_BYTES:
        raise _missing(path, f"มี {len(key)} ไบต์ ต้องมี {KEY_BYTES}")
    return key


def _missing(path: Path, why: str) -> KeyMissing:
    return KeyMissing(f"ไม่พบ {path.name} ใน {path.parent} ({why}) - คืนกุญแจจากสำเนาสำรองไว้ที่นั่น หรือระบุโฟลเดอร์ด้วย JPT_KEYS")


def _fingerprint(key: bytes) -> str:
    """16 hex digits that tell keys apart and give nothing of a random key away."""
    return blake2b(key, digest_size=8, person=b"jpt-key-print-v1").hexdigest()


def _is_used(settings: Settings, name: KeyName) -> bool:
    folder, pattern = _MADE_WITH[name]
    return next((settings.root / folder).glob(pattern), None) is not None


def _create(path: Path, content: bytes) -> bool:
    """Make a file 0600, whole and only if it is not there (of two processes one wins); returns whether it was made."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            os.fchmod(stream.fileno(), 0o600)
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            os.link(temporary, path)
            return True
        return False
    finally:
        temporary.unlink(missing_ok=True)
