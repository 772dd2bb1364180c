"""The statement of a certificate: exactly what is signed, as bytes that follow from the ledger's entry alone.

An in-toto statement: the subject is the area with its root, the predicate says form, committee, meeting, counts, the
certificate before, and with which software and instrument. What the paper form prints is in it, and nothing that the
signers did not see: the moment of entry and who typed it stand in the ledger, outside.
"""

import json
from collections.abc import Iterable, Sequence

from jpt_pipeline.ledger import Act, Entry, KeyEntry, LedgerBroken, only
from jpt_pipeline.signing.dsse import BadEnvelope, payload_of, signers
from jpt_pipeline.signing.keys import OFFICE, KnownKey, known_keys

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://jpt.example/certification/v1"
_OUTSIDE = {"at", "action", "seq", "previous_sha256", "envelope", "root_sha256", "committee", "figures", "sent_to"}
_SUBJECT = ("survey_year", "stream", "level", "area_code")


def subject_of(act: Act) -> str:
    """Name of the subject, e.g. `jpt/2561/jpt/lao/38010101`."""
    return "/".join(["jpt", *(str(getattr(act, name)) for name in _SUBJECT)])


def statement(act: Act) -> bytes:
    """The bytes to be signed for a certificate: UTF-8 JSON, sorted keys, no spaces; the same act gives the same bytes."""
    predicate = act.model_dump(mode="json", exclude=_OUTSIDE)
    predicate["committee"] = act.committee.model_dump(mode="json", exclude={"by", "meeting_date", "place"})
    predicate["meeting"] = act.committee.model_dump(mode="json", include={"meeting_date", "place"})
    content = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": subject_of(act), "digest": {"sha256": act.root_sha256}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": predicate,
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sound_acts(entries: Sequence[Entry]) -> list[Act]:
    """The acts of the ledger, every signed certificate verified; certificates without signature are among them.

    Raises:
        LedgerBroken: a certificate's statement is not about what its entry says, or a signature does not hold, or is of
            a key that the ledger did not know, or had revoked, when it was used.
    """
    keys = known_keys(only(entries, KeyEntry))
    acts = only(entries, Act)
    for act in acts:
        if act.envelope is not None:
            try:
                signed_by(act, keys)
            except BadEnvelope as error:
                raise LedgerBroken(act.file_name, str(error)) from None
    return acts


def signed_by(act: Act, keys: dict[str, KnownKey]) -> list[KnownKey]:
    """The keys that signed a certificate, the office's first.

    Raises:
        BadEnvelope: see dsse.signers; or other bytes were signed, a key was not valid at the entry's place or is for
            another area, or the office did not sign.
    """
    envelope = act.envelope
    if envelope is None:
        raise BadEnvelope("not signed")
    if payload_of(envelope) != statement(act):
        raise BadEnvelope("the signed statement is not about what the entry says")
    valid = {name: key.public for name, key in keys.items() if key.is_valid_at(act.seq)}
    found = [keys[name] for name in signers(envelope, valid)]
    if strangers := [key for key in found if not key.is_for(act.level, act.area_code)]:
        raise BadEnvelope("signature of a key of another area", strangers[0].entry.keyid)
    if not any(key.entry.role == OFFICE for key in found):
        raise BadEnvelope("not signed by the office")
    return sorted(found, key=lambda key: (key.entry.role != OFFICE, key.entry.keyid))


def members_of(keys: Iterable[KnownKey]) -> list[KnownKey]:
    """Keys of the committee: all but the office's."""
    return [key for key in keys if key.entry.role != OFFICE]
