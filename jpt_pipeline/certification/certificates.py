"""Acts as they go into the ledger: numbered, and certificates with their signed statement.

Put here: how an allowed act becomes an entry. Keep out: whether it is allowed (acts.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from jpt_pipeline import __version__
from jpt_pipeline.certification.messages import level_th, say
from jpt_pipeline.certification.request import ActRefused, Request
from jpt_pipeline.certification.state import Area, AreaState
from jpt_pipeline.clock import thai_day
from jpt_pipeline.ledger import Act, Action, Committee, Counts, Envelope, KeyEntry, only
from jpt_pipeline.ledger.entries import Entry
from jpt_pipeline.rounds import Round
from jpt_pipeline.settings import Settings
from jpt_pipeline.signing.dsse import BadEnvelope, added, payload_of, seal
from jpt_pipeline.signing.keys import key_id, known_keys
from jpt_pipeline.signing.office import introduction, is_revoked, office_key
from jpt_pipeline.signing.statement import members_of, signed_by, statement
from jpt_pipeline.store.stage import version


@dataclass(frozen=True)
class Bound:
    """What a certificate binds besides the area's root."""

    counts: Counts
    committee: Committee
    form_sha256: str | None = None
    waivers: Sequence[str] = ()


def entry_of(
    action: Action, settings: Settings, round_: Round, request: Request, state: AreaState, bound: Bound, at: datetime
) -> Act:
    """The act as it goes into the ledger, certificate numbers and signatures still missing."""
    is_certificate = action == "certify"
    return Act(
        at=at.astimezone(UTC),
        action=action,
        survey_year=round_.survey_year,
        stream=state.area.stream,
        level=state.area.level,
        area_code=state.area.area_code,
        root_sha256=state.root_sha256,
        form_no=state.form_no,
        certificate_id=None,
        previous_certificate_id=None,
        counts=bound.counts,
        reason=request.reason,
        committee=bound.committee,
        software=f"jpt-pipeline {__version__}",
        instrument=round_.instrument,
        form_sha256=bound.form_sha256,
        waivers=tuple(bound.waivers),
        sent_to=request.to if state.area.level == request.level else (),
        definitions_sha256=version(settings.definitions) if is_certificate else None,
    )


def numbered(acts: Iterable[Act], before: Iterable[Act]) -> list[Act]:
    """Acts with the previous certificate of their area, and the number of the one they give."""
    given: dict[tuple[int, str, str, str], list[str]] = {}
    for act in before:
        if act.certificate_id is not None:
            given.setdefault((act.survey_year, act.stream, act.level, act.area_code), []).append(act.certificate_id)
    result = []
    for act in acts:
        earlier = given.get((act.survey_year, act.stream, act.level, act.area_code), [])
        number = f"{act.survey_year}-{act.stream}-{act.level}-{act.area_code}-{len(earlier) + 1}"
        update = {"previous_certificate_id": earlier[-1] if earlier else None}
        if act.action == "certify":
            update["certificate_id"] = number
        result.append(act.model_copy(update=update))
    return result


def signed(
    settings: Settings, round_: Round, request: Request, acts: Sequence[Act], entries: Sequence[Entry], at: datetime
) -> tuple[list[KeyEntry], list[Act]]:
    """Certificates with their envelopes, and the entries that must come before them: the office's key, once.

    Raises:
        ActRefused: the office's key is revoked; a statement that was signed elsewhere is not this one; a signature does
            not hold, is of an unknown or revoked key or one of another area; too few members signed.
        KeyMissing: the office's key is not there.
    """
    office = office_key(settings)
    if is_revoked(office, entries):
        raise ActRefused([say("C-KEY-OFFICE", keyid=key_id(office.public_key()))])
    first = introduction(office, entries, at)
    keys = known_keys([*only(entries, KeyEntry), *first])
    done = []
    for act in acts:
        envelope = seal(statement(act), [office, *request.signers])
        for other in request.envelopes:
            envelope = _joined(act, envelope, other)
        certificate = act.model_copy(update={"envelope": envelope})
        try:
            members = members_of(signed_by(certificate, keys))
        except BadEnvelope as error:
            raise ActRefused(
                [say("C-SIGNATURE", area=act.area_code, keyid=error.key or "-", what=str(error))]
            ) from None
        chain = round_.chain(act.stream, thai_day(at))
        asked = next(level.signatures_min for level in chain if level.level == act.level)
        if len(members) < asked:
            place = {"level": level_th(act.level), "area": act.area_code}
            raise ActRefused([say("C-SIGNATURES", **place, signatures_n=len(members), asked_n=asked)])
        done.append(certificate)
    return first, done


def _joined(act: Act, envelope: Envelope, other: Envelope) -> Envelope:
    """The envelope with the signatures of one that was signed elsewhere."""
    try:
        is_same = payload_of(other) == statement(act)
    except BadEnvelope:
        is_same = False
    if not is_same:
        raise ActRefused([say("C-STATEMENT", level=level_th(act.level), area=act.area_code)])
    return added(envelope, other.signatures)


def area_of(act: Act) -> Area:
    """The area of an act."""
    return Area(act.stream, act.level, act.area_code)
