"""What somebody asks of certification, and what can be refused without looking at a figure.

Put here: requests, their outcome, their refusal. Keep out: judging areas (acts.py), committees (committee.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.messages import level_th, load_words, say
from jpt_pipeline.certification.state import Area, State
from jpt_pipeline.ledger import Act, Action, Committee, Envelope

if TYPE_CHECKING:
    from jpt_pipeline.rounds import ChainLevel, Round

FROM: dict[Action, frozenset[State]] = {
    "present": frozenset({State.DRAFT, State.RETURNED, State.CORRECTING, State.STALE, State.REVOKED}),
    "certify": frozenset({State.PRESENTED}),
    "return": frozenset({State.PRESENTED, State.CERTIFIED, State.STALE}),
    "revoke": frozenset({State.CERTIFIED, State.STALE}),
}
"""States from which an act may be done."""

DONE: dict[Action, frozenset[State]] = {
    "present": frozenset({State.PRESENTED, State.CERTIFIED}),
    "certify": frozenset({State.CERTIFIED}),
}
"""States in which an area needs the act no more, for an act on a whole level."""


class ActRefused(Exception):
    """An act is not allowed; nothing was written. `code` is stable, `reasons` are Thai sentences with their codes."""

    def __init__(self, reasons: Sequence[str]):
        self.reasons = tuple(reasons)
        self.code = self.reasons[0].split(" ", 1)[0]
        super().__init__("\n".join(self.reasons))


@dataclass(frozen=True)
class Request:
    """What somebody asks for: areas of one level by code, or (areas None) the whole level, in some streams.

    To certify: signers are keys of committee members at hand, envelopes were signed by them elsewhere, form is the
    signed paper form as a scan. To return: `to` names the areas below whose teams must mend something.
    """

    level: str
    areas: tuple[str, ...] | None = None
    streams: tuple[str, ...] = ()
    reason: str | None = None
    committee: Committee = field(default_factory=Committee)
    to: tuple[str, ...] = ()
    signers: tuple[Ed25519PrivateKey, ...] = ()
    envelopes: tuple[Envelope, ...] = ()
    form: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What was done: acts appended, areas that needed nothing, and (whole level) Thai reasons of those left out."""

    acts: list[Act]
    done_before: list[Area]
    left_out: list[str]
    provinces: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return not self.left_out


def check_request(action: Action, round_: "Round", request: Request, on: date) -> None:
    """Raises ActRefused for a request that no figure could save."""
    if request.areas is None and action not in DONE:
        raise ActRefused([say("C-CHOICE-AREA")])
    if request.areas is not None and not request.areas:
        raise ActRefused([say("C-CHOICE")])
    if action in ("return", "revoke") and not request.reason:
        raise ActRefused([say("C-REASON")])
    if (request.form or request.envelopes or request.to) and (request.areas is None or len(request.areas) != 1):
        raise ActRefused([say("C-ONE-AREA")])
    year = str(round_.survey_year)
    known = {stream.key for stream in round_.streams}
    if unknown := [key for key in request.streams if key not in known]:
        raise ActRefused([say("C-STREAM", year=year, stream=unknown[0])])
    if not streams_of(action, round_, request, on):
        raise ActRefused([_level_not_asked(action, round_, request, on)])


def streams_of(action: Action, round_: "Round", request: Request, on: date) -> list[str]:
    """Streams of the request in which the act is possible on the level: asked on the date, or (to take back) ever."""
    wanted = [stream for stream in round_.streams if not request.streams or stream.key in request.streams]
    return [s.key for s in wanted if any(x.level == request.level for x in _levels(action, round_, s.key, on))]


def _levels(action: Action, round_: "Round", stream: str, on: date) -> list["ChainLevel"]:
    """Levels at which an act is possible: asked to certify; to be checked by the team first; ever asked (to take back)."""
    if action not in DONE:
        return round_.stream(stream).chain
    return [*round_.chain(stream, on), *(round_.first_checks(stream, on) if action == "present" else [])]


def _level_not_asked(action: Action, round_: "Round", request: Request, on: date) -> str:
    """The refusal, with the amendment's words if one took the level away."""
    known = {level.level for level in load_levels()}
    level = level_th(request.level) if request.level in known else request.level
    places = {"year": str(round_.survey_year), "action": load_words().actions[action], "level": level}
    told = say("C-LEVEL", **places, stream=" ".join(request.streams) or "-")
    taken = [
        amendment
        for amendment in round_.amendments
        if amendment.effective <= on
        and request.level in amendment.changes
        and amendment.changes[request.level].required is False
        and (not request.streams or amendment.stream in request.streams)
    ]
    return say("C-AMENDED", told=told.split(" ", 1)[1], th=taken[-1].th) if taken else told
