"""`jpt key new|add|list|revoke` and `jpt sign`: keys of committees, and signing a statement away from the home.

Put here: options and words. Keep out: what a signature means (signing/), when how many are asked (the round's file).
"""

from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from jpt_pipeline.cli.screen import Json, console, refuse, say_json
from jpt_pipeline.clock import utc_now
from jpt_pipeline.ledger import Envelope, KeyEntry, only, read_entries, writing
from jpt_pipeline.settings import Settings
from jpt_pipeline.signing.dsse import BadEnvelope, added, payload_of, seal, sign
from jpt_pipeline.signing.keys import (
    BadKey,
    KnownKey,
    key_id,
    known_keys,
    public_text,
    read_private,
    read_public,
    write_key,
)
from jpt_pipeline.signing.office import introduction, office_key
from jpt_pipeline.store.files import write_json
from jpt_pipeline.vault.keys import replace_key

key_app = typer.Typer(no_args_is_help=True, help="กุญแจลงนามของสำนักงานและคณะทำงาน / signing keys")

Holder = Annotated[str, typer.Option("--holder", help="ตำแหน่งผู้ถือกุญแจ ไม่ใช่ชื่อบุคคล เช่น เลขานุการคณะทำงานอำเภอ")]
Role = Annotated[str, typer.Option("--role", help="chair member หรือ secretary")]
Level = Annotated[str | None, typer.Option("--level", help="ใช้ลงนามได้เฉพาะระดับนี้ (คู่กับ --area)")]
AreaCode = Annotated[str | None, typer.Option("--area", help="ใช้ลงนามได้เฉพาะพื้นที่นี้ (คู่กับ --level)")]
Passphrase = Annotated[
    str | None, typer.Option("--passphrase", envvar="JPT_KEY_PASSPHRASE", help="รหัสผ่านของไฟล์กุญแจ", show_envvar=True)
]
ROLES = ("chair", "member", "secretary")


@key_app.command("new")
def new_command(
    holder: Holder = "",
    role: Role = "member",
    out: Annotated[Path | None, typer.Option("--out", help="ไฟล์กุญแจลับที่จะสร้าง (.pem)")] = None,
    level: Level = None,
    area: AreaCode = None,
    passphrase: Passphrase = None,
    office: Annotated[bool, typer.Option("--office", help="เปลี่ยนกุญแจของสำนักงาน")] = False,
    register: Annotated[bool, typer.Option("--register/--no-register", help="ลงทะเบียนกุญแจสาธารณะในบัญชีทันที")] = True,
    json_output: Json = False,
) -> None:
    """สร้างกุญแจลงนาม (Ed25519) และลงทะเบียนกุญแจสาธารณะ / make a signing key and make its public half known.

    The private file is its holder's: it never enters the home. On the holder's own machine use --no-register, and let
    the office take the .pub file with `jpt key add`.

    Examples:

        jpt key new --holder "เลขานุการคณะทำงานอำเภอ 3801" --role secretary --level district --area 3801 --out 3801.pem

        jpt key new --office
    """
    settings = Settings()
    if office:
        _replace_office(settings, json_output)
        return
    if out is None or not holder:
        refuse("KEY-OPTIONS ระบุ --holder และ --out", json_output)
    key = Ed25519PrivateKey.generate()
    try:
        public = write_key(out, key, passphrase)
    except FileExistsError as error:
        refuse(f"KEY-EXISTS มีไฟล์ {error.filename or error} อยู่แล้ว กุญแจไม่ถูกเขียนทับ", json_output)
    if register:
        _register(settings, key.public_key(), holder, role, level, area, json_output)
    _say({"keyid": key_id(key.public_key()), "private": str(out), "public": str(public)}, "สร้างกุญแจแล้ว", json_output)


@key_app.command("add")
def add_command(
    public: Annotated[Path, typer.Argument(help="ไฟล์ .pub ที่ผู้ถือกุญแจส่งมา")],
    holder: Holder,
    role: Role = "member",
    level: Level = None,
    area: AreaCode = None,
    json_output: Json = False,
) -> None:
    """ลงทะเบียนกุญแจสาธารณะที่สร้างจากที่อื่น / make a key known that was made elsewhere.

    Example:

        jpt key add 3801.pub --holder "ประธานคณะทำงานอำเภอ 3801" --role chair --level district --area 3801
    """
    try:
        key = read_public(public)
    except BadKey as error:
        refuse(f"KEY-FILE อ่านกุญแจ {public.name} ไม่ได้ ({error})", json_output)
    _register(Settings(), key, holder, role, level, area, json_output)
    _say({"keyid": key_id(key)}, "ลงทะเบียนกุญแจแล้ว", json_output)


@key_app.command("list")
def list_command(json_output: Json = False) -> None:
    """รายการกุญแจที่รู้จัก และที่ถูกเพิกถอน / keys known to the ledger."""
    keys = list(known_keys(only(read_entries(Settings().ledger), KeyEntry)).values())
    if json_output:
        say_json({"ok": True, "keys": [_key_json(key) for key in keys]})
        return
    for key in keys:
        scope = f"{key.entry.level} {key.entry.area_code}" if key.entry.level else "ทุกพื้นที่"
        state = f"เพิกถอน: {key.revoked.reason}" if key.revoked else "ใช้ได้"
        console().print(f"{key.entry.keyid}  {key.entry.role}  {key.entry.holder}  {scope}  {state}", markup=False)
    if not keys:
        console().print("ยังไม่มีกุญแจ - กุญแจของสำนักงานจะถูกบันทึกเมื่อรับรองครั้งแรก")


@key_app.command("revoke")
def revoke_command(
    keyid: Annotated[str, typer.Argument(help="รหัสกุญแจ จาก jpt key list")],
    reason: Annotated[str, typer.Option("--reason", help="เหตุผล")],
    by: Annotated[str | None, typer.Option("--by", help="ผู้สั่ง")] = None,
    json_output: Json = False,
) -> None:
    """เพิกถอนกุญแจ: ลงนามเพิ่มไม่ได้อีก คำรับรองก่อนหน้ายังอยู่ / revoke a key; certificates given before stand.

    Example:

        jpt key revoke 0123456789abcdef0123456789abcdef --reason "ผู้ถือพ้นจากตำแหน่ง"
    """
    settings = Settings()
    with writing(settings.ledger) as ledger:
        known = known_keys(only(ledger.entries, KeyEntry)).get(keyid)
        if known is None or known.revoked:
            refuse(f"KEY-UNKNOWN ไม่มีกุญแจ {keyid} ที่ใช้ได้อยู่", json_output)
        ledger.append([_revocation(known, reason, by)])
    _say({"keyid": keyid}, "เพิกถอนกุญแจแล้ว", json_output)


def sign_command(
    file: Annotated[Path, typer.Argument(help="ข้อความจาก jpt certify --prepare หรือซองที่ลงนามไว้แล้ว")],
    key: Annotated[Path, typer.Option("--key", help="ไฟล์กุญแจลับของผู้ลงนาม")],
    out: Annotated[Path | None, typer.Option("--out", help="ซองที่ลงนามแล้ว (ไม่ระบุ = ข้างไฟล์เดิม)")] = None,
    passphrase: Passphrase = None,
    json_output: Json = False,
) -> None:
    """ลงนามข้อความคำรับรอง ทำได้ที่เครื่องของผู้ลงนาม / sign a certificate's statement, on any machine.

    Examples:

        jpt sign 2561-jpt-district-3801-1.json --key 3801.pem

        jpt certify --year 2561 --level district --area 3801 --envelope 2561-jpt-district-3801-1.dsse.json
    """
    try:
        secret = read_private(key, passphrase)
        content = file.read_bytes()
        envelope = _signed(content, secret)
    except BadKey as error:
        refuse(f"KEY-FILE อ่านกุญแจ {key.name} ไม่ได้ ({error})", json_output)
    except (OSError, ValueError, BadEnvelope):
        refuse(f"KEY-STATEMENT {file.name} ไม่ใช่ข้อความคำรับรองหรือซองที่ลงนาม", json_output)
    target = out or file.with_name(file.name.removesuffix(".json").removesuffix(".dsse") + ".dsse.json")
    write_json(target, envelope.model_dump(mode="json", by_alias=True))
    signed = {"file": str(target), "signatures": len(envelope.signatures), "keyid": key_id(secret.public_key())}
    _say(signed, "ลงนามแล้ว", json_output)


def _signed(content: bytes, secret: Ed25519PrivateKey) -> Envelope:
    """An envelope with one more signature, of a statement or of an envelope."""
    if b'"payloadType"' in content:
        envelope = Envelope.model_validate_json(content)
        return added(envelope, [sign(payload_of(envelope), secret)])
    if not content.startswith(b'{"_type"'):
        raise BadEnvelope("not a statement")
    return seal(content, [secret])


def _register(
    settings: Settings,
    key: Ed25519PublicKey,
    holder: str,
    role: str,
    level: str | None,
    area: str | None,
    json_output: bool,
) -> None:
    if role not in ROLES or (level is None) != (area is None):
        refuse(f"KEY-OPTIONS --role คือ {' '.join(ROLES)} และ --level กับ --area ต้องมาคู่กัน", json_output)
    at = utc_now()
    office = office_key(settings)
    with writing(settings.ledger) as ledger:
        if key_id(key) in known_keys(only(ledger.entries, KeyEntry)):
            refuse(f"KEY-KNOWN กุญแจ {key_id(key)} ลงทะเบียนไว้แล้ว", json_output)
        entry = KeyEntry(
            at=at,
            action="key-new",
            keyid=key_id(key),
            public_key=public_text(key),
            holder=holder,
            role=role,
            level=level,
            area_code=area,
        )
        ledger.append([*introduction(office, ledger.entries, at), entry])


def _replace_office(settings: Settings, json_output: bool) -> None:
    """A new key of the office; the old one is revoked, its certificates stand."""
    at = utc_now()
    old = key_id(office_key(settings).public_key())
    with writing(settings.ledger) as ledger:
        known = known_keys(only(ledger.entries, KeyEntry)).get(old)
        replace_key(settings, "office")
        fresh = introduction(office_key(settings), ledger.entries, at)
        gone = [_revocation(known, "เปลี่ยนกุญแจของสำนักงาน", None)] if known and not known.revoked else []
        ledger.append([*gone, *fresh])
    _say({"keyid": fresh[0].keyid}, "เปลี่ยนกุญแจของสำนักงานแล้ว", json_output)


def _revocation(known: KnownKey, reason: str, by: str | None) -> KeyEntry:
    return KeyEntry(
        at=utc_now(),
        action="key-revoke",
        keyid=known.entry.keyid,
        holder=known.entry.holder,
        role=known.entry.role,
        reason=reason,
        by=by,
    )


def _key_json(key: KnownKey) -> dict[str, Any]:
    return {
        **key.entry.model_dump(mode="json", include={"keyid", "public_key", "holder", "role", "level", "area_code"}),
        "revoked": key.revoked is not None,
    }


def _say(facts: dict[str, Any], words: str, json_output: bool) -> None:
    if json_output:
        say_json({"ok": True, **facts})
    else:
        console().print(f"{words} {' '.join(str(value) for value in facts.values())}", markup=False)
