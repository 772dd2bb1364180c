"""A signature is over exactly the bytes of the statement, by a known key, for the area; nothing else passes."""

import base64
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from jpt_pipeline.ledger import Act, Committee, Counts, Entry, Envelope, KeyEntry, LedgerBroken, Signature
from jpt_pipeline.signing.bundle import BadBundle, bundle, read_bundle
from jpt_pipeline.signing.dsse import PAYLOAD_TYPE, BadEnvelope, added, encoding, payload_of, seal, sign, signers
from jpt_pipeline.signing.keys import (
    OFFICE,
    BadKey,
    key_id,
    known_keys,
    public_text,
    read_private,
    read_public,
    write_key,
)
from jpt_pipeline.signing.statement import signed_by, sound_acts, statement

AT = datetime(2018, 3, 20, 5, tzinfo=UTC)
OFFICE_KEY, CHAIR, STRANGER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3))


def known(key: Ed25519PrivateKey, seq: int, role: str = "chair", **more: str) -> KeyEntry:
    public = key.public_key()
    return KeyEntry(
        at=AT, action="key-new", keyid=key_id(public), public_key=public_text(public), holder="คณะทำงาน", role=role,
        seq=seq, **more,
    )  # fmt: skip


ENTRIES: list[Entry] = [known(OFFICE_KEY, 1, OFFICE), known(CHAIR, 2, level="district", area_code="3801")]


def certificate(seq: int = 3, code: str = "3801") -> Act:
    return Act(
        at=AT, action="certify", survey_year=2561, stream="jpt", level="district", area_code=code, seq=seq,
        root_sha256="ab" * 32, form_no="2", certificate_id=f"2561-jpt-district-{code}-1", previous_certificate_id=None,
        counts=Counts(households=9, persons=25, target=10), reason=None, software="jpt-pipeline 0", instrument="plan12",
        committee=Committee(order_no="7/2560", members_n=20, present_n=16, quorum_n=10, meeting_date=date(2018, 3, 19),
                            place="ที่ว่าการอำเภอ", by="ผู้บันทึก"),
    )  # fmt: skip


def certified(*keys: Ed25519PrivateKey, act: Act | None = None) -> Act:
    act = act or certificate()
    return act.model_copy(update={"envelope": seal(statement(act), keys)})


def test_the_bytes_that_are_signed_are_those_of_the_dsse_specification() -> None:
    # Example of the DSSE protocol text: PAE("http://example.com/HelloWorld", "hello world").
    assert encoding("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@given(st.binary(max_size=40), st.binary(max_size=40), st.text(max_size=10), st.text(max_size=10))
def test_no_two_pairs_of_type_and_payload_are_signed_as_the_same_bytes(a: bytes, b: bytes, x: str, y: str) -> None:
    assert (encoding(x, a) == encoding(y, b)) == ((x, a) == (y, b))


def test_the_statement_says_what_the_committee_saw_and_not_who_typed_it() -> None:
    content = json.loads(statement(certificate()))
    assert content["subject"] == [{"name": "jpt/2561/jpt/district/3801", "digest": {"sha256": "ab" * 32}}]
    predicate = content["predicate"]
    assert predicate["committee"] == {"order_no": "7/2560", "members_n": 20, "present_n": 16, "quorum_n": 10}
    assert predicate["meeting"] == {"meeting_date": "2018-03-19", "place": "ที่ว่าการอำเภอ"}
    assert predicate["counts"] == {"households": 9, "persons": 25, "target": 10}
    assert predicate["form_no"] == "2" and predicate["certificate_id"] == "2561-jpt-district-3801-1"
    assert "ผู้บันทึก" not in statement(certificate()).decode()


def test_the_statement_does_not_depend_on_when_or_where_in_the_ledger_it_stands() -> None:
    later = certificate(seq=99).model_copy(update={"at": datetime(2019, 1, 1, tzinfo=UTC)})
    assert statement(later) == statement(certificate())


def test_the_office_and_the_chair_sign_and_both_are_told() -> None:
    found = signed_by(certified(CHAIR, OFFICE_KEY), known_keys(ENTRIES))
    assert [key.entry.role for key in found] == [OFFICE, "chair"]
    assert sound_acts([*ENTRIES, certified(OFFICE_KEY)]) == [certified(OFFICE_KEY)]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"root_sha256": "cd" * 32}, "statement"),
        ({"counts": Counts(households=10, persons=25, target=10)}, "statement"),
        ({"area_code": "3802"}, "statement"),
        ({"committee": Committee(order_no="8/2560")}, "statement"),
        ({"previous_certificate_id": "2561-jpt-district-3801-0"}, "statement"),
    ],
)
def test_an_entry_changed_after_signing_is_noticed(change: dict[str, object], what: str) -> None:
    with pytest.raises(LedgerBroken, match=what):
        sound_acts([*ENTRIES, certified(OFFICE_KEY).model_copy(update=change)])


def test_every_changed_bit_of_a_signature_is_noticed() -> None:
    envelope = seal(b"payload", [OFFICE_KEY])
    raw = base64.b64decode(envelope.signatures[0].sig)
    keys = {key_id(OFFICE_KEY.public_key()): OFFICE_KEY.public_key()}
    for place in range(0, 512, 37):
        bent = bytearray(raw)
        bent[place // 8] ^= 1 << place % 8
        broken = Signature(keyid=envelope.signatures[0].keyid, sig=base64.b64encode(bytes(bent)).decode())
        with pytest.raises(BadEnvelope, match="does not hold"):
            signers(envelope.model_copy(update={"signatures": (broken,)}), keys)


def test_keys_that_may_not_sign() -> None:
    keys = known_keys(ENTRIES)
    with pytest.raises(BadEnvelope, match="unknown key"):
        signed_by(certified(OFFICE_KEY, STRANGER), keys)
    with pytest.raises(BadEnvelope, match="office"):
        signed_by(certified(CHAIR), keys)
    with pytest.raises(BadEnvelope, match="another area"):
        signed_by(certified(OFFICE_KEY, CHAIR, act=certificate(code="3802")), keys)
    with pytest.raises(BadEnvelope, match="not signed"):
        signed_by(certificate(), keys)


def test_a_revoked_key_signs_nothing_more_and_what_it_signed_before_stands() -> None:
    gone = known(CHAIR, 4).model_copy(update={"action": "key-revoke", "public_key": None})
    keys = known_keys([*ENTRIES, gone])
    assert len(signed_by(certified(OFFICE_KEY, CHAIR, act=certificate(seq=3)), keys)) == 2
    for seq in (5, 0):  # a later entry, and one that is still to be written
        with pytest.raises(BadEnvelope, match="unknown key"):
            signed_by(certified(OFFICE_KEY, CHAIR, act=certificate(seq=seq)), keys)


def test_a_key_does_not_sign_before_it_is_known() -> None:
    with pytest.raises(BadEnvelope, match="unknown key"):
        signed_by(certified(OFFICE_KEY, act=certificate(seq=1)), known_keys(ENTRIES))


def test_an_entry_that_names_another_keys_id_gives_no_key() -> None:
    false = known(STRANGER, 1).model_copy(update={"keyid": key_id(CHAIR.public_key())})
    assert known_keys([false]) == {}


def test_signatures_of_several_places_are_put_together_each_key_once() -> None:
    payload = b'{"_type":1}'
    here = seal(payload, [OFFICE_KEY])
    both = added(here, [sign(payload, CHAIR), sign(payload, OFFICE_KEY)])
    assert both == seal(payload, [CHAIR, OFFICE_KEY]) and payload_of(both) == payload
    doubled = both.model_copy(update={"signatures": both.signatures + both.signatures[:1]})
    with pytest.raises(BadEnvelope, match="two signatures"):
        signers(doubled, {key_id(k.public_key()): k.public_key() for k in (CHAIR, OFFICE_KEY)})


def test_an_envelope_of_another_type_or_without_base64_is_refused() -> None:
    with pytest.raises(BadEnvelope, match="type"):
        payload_of(Envelope(payload="", payloadType="text/plain", signatures=()))
    with pytest.raises(BadEnvelope, match="base64"):
        payload_of(Envelope(payload="ไทย", payloadType=PAYLOAD_TYPE, signatures=()))


@pytest.mark.parametrize("passphrase", [None, "รหัสผ่าน"])
def test_a_key_file_is_private_and_read_back(tmp_path: Path, passphrase: str | None) -> None:
    path = tmp_path / "chair.pem"
    public = write_key(path, CHAIR, passphrase)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_private(path, passphrase).private_bytes_raw() == CHAIR.private_bytes_raw()
    assert key_id(read_public(public)) == key_id(CHAIR.public_key())
    with pytest.raises(FileExistsError):
        write_key(path, STRANGER, None)
    with pytest.raises(BadKey):
        read_private(path, "อื่น")
    with pytest.raises(BadKey):
        read_private(public)


def test_certificates_are_checked_from_a_release_alone() -> None:
    signed = certified(OFFICE_KEY, CHAIR)
    text = bundle([*ENTRIES, signed], 2561)
    assert read_bundle(text) == {"2561-jpt-district-3801-1": "ab" * 32}
    assert "ผู้บันทึก" not in text
    assert read_bundle(bundle([*ENTRIES, signed], 2562)) == {}
    for old, new in (
        ('"households": 9', '"households": 8'),
        ('"level": "district"', '"level": "province"'),
        ("[", "{"),
    ):
        assert old in text
        with pytest.raises(BadBundle):
            read_bundle(text.replace(old, new))
