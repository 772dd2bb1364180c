"""DSSE envelopes (Dead Simple Signing Envelope, v1) with Ed25519: signing bytes, and telling whose signatures hold.

A signature is over the type and the payload together (pre-authentication encoding), so that a signed statement can
never be passed off as something else.
"""

import base64
from collections.abc import Iterable, Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from jpt_pipeline.ledger import Envelope, Signature
from jpt_pipeline.signing.keys import key_id

PAYLOAD_TYPE = "application/vnd.in-toto+json"


class BadEnvelope(Exception):
    """An envelope is not one of ours, or a signature on it does not hold; `key` is the id of that key."""

    def __init__(self, what: str, key: str | None = None):
        self.key = key
        super().__init__(what)


def encoding(payload_type: str, payload: bytes) -> bytes:
    """The bytes that are signed: `DSSEv1`, then length and value of the type and of the payload."""
    kind = payload_type.encode()
    return b" ".join([b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload])


def seal(payload: bytes, signers: Iterable[Ed25519PrivateKey]) -> Envelope:
    """An envelope of a payload with a signature of each key, by id of the key."""
    signatures = {key_id(key.public_key()): sign(payload, key) for key in signers}
    return Envelope(
        payload=base64.b64encode(payload).decode(),
        payloadType=PAYLOAD_TYPE,
        signatures=tuple(signatures[known] for known in sorted(signatures)),
    )


def sign(payload: bytes, key: Ed25519PrivateKey) -> Signature:
    """The signature of one key on a payload."""
    made = key.sign(encoding(PAYLOAD_TYPE, payload))
    return Signature(keyid=key_id(key.public_key()), sig=base64.b64encode(made).decode())


def added(envelope: Envelope, signatures: Iterable[Signature]) -> Envelope:
    """The envelope with more signatures; a key that signed already counts once."""
    known = {signature.keyid: signature for signature in (*envelope.signatures, *signatures)}
    return envelope.model_copy(update={"signatures": tuple(known[key] for key in sorted(known))})


def payload_of(envelope: Envelope) -> bytes:
    """The signed bytes. Raises BadEnvelope for another type or broken base64."""
    if envelope.payload_type != PAYLOAD_TYPE:
        raise BadEnvelope(f"payload type {envelope.payload_type}")
    return _bytes(envelope.payload)


def signers(envelope: Envelope, keys: Mapping[str, Ed25519PublicKey]) -> list[str]:
    """Ids of the keys whose signatures hold, in order.

    Raises:
        BadEnvelope: another type; a signature of an unknown key, two of one key, or one that does not hold. A
            signature is never skipped: an envelope is sound as a whole or not at all.
    """
    signed = encoding(PAYLOAD_TYPE, payload_of(envelope))
    found: list[str] = []
    for signature in envelope.signatures:
        if signature.keyid not in keys:
            raise BadEnvelope("signature of an unknown key", signature.keyid)
        if signature.keyid in found:
            raise BadEnvelope("two signatures of one key", signature.keyid)
        try:
            keys[signature.keyid].verify(_bytes(signature.sig), signed)
        except InvalidSignature:
            raise BadEnvelope("signature does not hold", signature.keyid) from None
        found.append(signature.keyid)
    return found


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise BadEnvelope("not base64") from None
