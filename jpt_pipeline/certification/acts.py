"""Human acts on areas: present (เสนอ), certify (รับรอง), return (ส่งกลับ), revoke (เพิกถอน).

Put here: from which state an act may be done and what it must name. Keep out: how states come about (state.py).
All areas of a call are judged first and appended together, under the ledger's lock: one refusal, and nothing is
written. A run of the pipeline never comes through here; only people do.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import duckdb

import jpt_pipeline
from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.gates import Rules
from jpt_pipeline.certification.messages import level_th, load_words, say
from jpt_pipeline.certification.situation import NoFigures, Situation, counts_of, load_situation, provinces_of
from jpt_pipeline.certification.state import THAI_TIME, Area, AreaState, State
from jpt_pipeline.identity.shared import uncompared
from jpt_pipeline.ledger import Act, Action, Committee, Counts, Entry, only, writing
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake
from jpt_pipeline.store.session import session

if TYPE_CHECKING:
    from jpt_pipeline.rounds import Round

Clock = Callable[[], datetime]

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
    """What somebody asks for: areas of one level by code, or (areas None) the whole level, in some streams."""

    level: str
    areas: tuple[str, ...] | None = None
    streams: tuple[str, ...] = ()
    reason: str | None = None
    committee: Committee = field(default_factory=Committee)


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


def utc_now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def present(settings: Settings, round_: "Round", rules: Rules, request: Request, now: Clock = utc_now) -> Outcome:
    """Present areas to their committees; only with no gate against them. See `_act` for errors."""
    return _act("present", settings, round_, rules, request, now)


def certify(settings: Settings, round_: "Round", rules: Rules, request: Request, now: Clock = utc_now) -> Outcome:
    """Certify areas that were presented with exactly these figures; the gates are judged again. See `_act`."""
    return _act("certify", settings, round_, rules, request, now)


def return_(settings: Settings, round_: "Round", rules: Rules, request: Request, now: Clock = utc_now) -> Outcome:
    """Send areas back to the level below for correction, with a reason. See `_act` for errors."""
    return _act("return", settings, round_, rules, request, now)


def revoke(settings: Settings, round_: "Round", rules: Rules, request: Request, now: Clock = utc_now) -> Outcome:
    """Revoke the certificates of areas, with a reason. See `_act` for errors."""
    return _act("revoke", settings, round_, rules, request, now)


def _act(action: Action, settings: Settings, round_: "Round", rules: Rules, request: Request, now: Clock) -> Outcome:
    """Judge and append.

    Raises:
        ActRefused: the request lacks something, an area does not exist, or an act on it is not allowed.
        LedgerBroken, LedgerBusy: see ledger/book.py.
    """
    at = now()
    on = at.astimezone(THAI_TIME).date()
    _check_request(action, round_, request, on)
    with writing(settings.ledger) as ledger, session(settings) as connection:
        situation = _situation(connection, settings, round_, rules, ledger.entries, request, on)
        chosen = _choose(action, round_, request, situation, on)
        verdicts = {area: objections(action, request, situation.states[area]) for area in chosen.to_judge}
        for area, reason in _uncompared(action, settings, round_, situation, chosen.to_judge).items():
            verdicts[area].append(reason)
        refused = [reason for reasons in verdicts.values() for reason in reasons]
        if request.areas is not None and refused:
            raise ActRefused(refused)
        allowed = [area for area, reasons in verdicts.items() if not reasons]
        counts = counts_of(connection, situation.relations, allowed)
        unsealed = NoFigures(round_.survey_year, situation.unsealed).reasons if situation.unsealed else []
        acts = _numbered(
            [_entry(action, round_, request, situation.states[area], counts[area], at) for area in allowed],
            only(ledger.entries, Act),
        )
        done = ledger.append(acts)
    return Outcome(
        acts=done,
        done_before=chosen.done,
        left_out=[*refused, *unsealed],
        provinces=tuple(sorted({situation.part_of[area] for area in allowed} - {""})),
    )


@dataclass(frozen=True)
class _Chosen:
    to_judge: list[Area]
    done: list[Area]


def _check_request(action: Action, round_: "Round", request: Request, on: date) -> None:
    """What can be refused without looking at a figure."""
    if request.areas is None and action not in DONE:
        raise ActRefused([say("C-CHOICE-AREA")])
    if request.areas is not None and not request.areas:
        raise ActRefused([say("C-CHOICE")])
    if action in ("return", "revoke") and not request.reason:
        raise ActRefused([say("C-REASON")])
    streams = {stream.key: stream for stream in round_.streams}
    year = str(round_.survey_year)
    if unknown := [key for key in request.streams if key not in streams]:
        raise ActRefused([say("C-STREAM", year=year, stream=unknown[0])])
    if not _streams(action, round_, request, on):
        raise ActRefused([_level_not_asked(action, year, request)])
    if action == "certify":
        _check_committee(request.committee, on)


def _streams(action: Action, round_: "Round", request: Request, on: date) -> list[str]:
    """Streams of the request in which the act is possible on the level: asked on the date, or (to take back) ever."""
    wanted = [stream for stream in round_.streams if not request.streams or stream.key in request.streams]
    chains = {stream.key: round_.chain(stream.key, on) if action in DONE else stream.chain for stream in wanted}
    return [key for key, chain in chains.items() if any(level.level == request.level for level in chain)]


def _level_not_asked(action: Action, year: str, request: Request) -> str:
    known = {level.level for level in load_levels()}
    level = level_th(request.level) if request.level in known else request.level
    streams = " ".join(request.streams) or "-"
    return say("C-LEVEL", year=year, action=load_words().actions[action], level=level, stream=streams)


def _check_committee(committee: Committee, on: date) -> None:
    """A certificate names the committee's order, its members, those present and the meeting (letters 2557, 2567): all
    of them or none; one without says so wherever it is shown."""
    options = {
        "--order-no": committee.order_no,
        "--members": committee.members_n,
        "--present-n": committee.present_n,
        "--meeting-date": committee.meeting_date,
    }
    missing = [name for name, value in options.items() if value in (None, "")]
    if len(missing) == len(options):
        return
    if missing:
        raise ActRefused([say("C-COMMITTEE", missing=" ".join(missing))])
    members, attending, meeting = committee.members_n or 0, committee.present_n or 0, committee.meeting_date
    if not 1 <= attending <= members:
        raise ActRefused([say("C-PRESENT-N", present_n=attending, members_n=members)])
    if meeting is not None and meeting > on:
        raise ActRefused([say("C-MEETING", meeting_date=meeting.isoformat(), today=on.isoformat())])


def _situation(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    round_: "Round",
    rules: Rules,
    entries: Iterable[Entry],
    request: Request,
    on: date,
) -> Situation:
    """The parts that the request touches: some provinces, or everything for a whole level or the nation."""
    provinces = None
    try:
        if request.areas is not None and request.level != load_levels()[-1].level:
            provinces = provinces_of(Lake(settings.lake), connection, round_.survey_year, request.areas)
            if not provinces:
                raise ActRefused([_unknown_areas(round_, request, request.areas)])
        return load_situation(
            connection, settings, round_, rules, entries, on, provinces=provinces, gated={request.level}
        )
    except NoFigures as error:
        raise ActRefused(error.reasons) from error


def _unknown_areas(round_: "Round", request: Request, codes: Sequence[str]) -> str:
    return say("C-AREA", level=level_th(request.level), areas=" ".join(codes), year=str(round_.survey_year))


def _choose(action: Action, round_: "Round", request: Request, situation: Situation, on: date) -> _Chosen:
    """Areas with a state that the request means; an area that was named must be in at least one of its streams."""
    streams = _streams(action, round_, request, on)
    known = [area for area in situation.states if area.level == request.level and area.stream in streams]
    if request.areas is None:
        done = [area for area in known if situation.states[area].state in DONE[action]]
        return _Chosen(to_judge=[area for area in known if area not in set(done)], done=done)
    named = set(request.areas)
    if absent := sorted(named - {area.area_code for area in known}):
        raise ActRefused([_unknown_areas(round_, request, absent)])
    return _Chosen(to_judge=[area for area in known if area.area_code in named], done=[])


def objections(action: Action, request: Request, state: AreaState) -> list[str]:
    """Why an act on an area is not allowed, in Thai; empty if it is."""
    words = load_words()
    place = {
        "level": level_th(state.area.level), "area": state.area.area_code, "stream": state.area.stream,
        "action": words.actions[action],
    }  # fmt: skip
    if state.state not in FROM[action]:
        why = f" - {state.why}" if state.why else ""
        return [say("C-STATE", **place, state=f"{state.state} {words.states[state.state]}", why=why)]
    if action in ("present", "certify") and state.blocked_by:
        return [say("C-BLOCKED", **place, reasons="; ".join(state.blocked_by))]
    if action == "present" and state.state is State.RETURNED and not request.reason:
        return [say("C-SAME", level=place["level"], area=place["area"], stream=place["stream"])]
    return []


def _uncompared(
    action: Action, settings: Settings, round_: "Round", situation: Situation, areas: Sequence[Area]
) -> dict[Area, str]:
    """Areas in provinces whose persons were not compared with other provinces' since they changed (ruling 8 of the
    contract: a person counted twice blocks both areas), with what to do."""
    if action not in DONE:
        return {}
    codes = {situation.part_of[area] for area in areas} - {""}
    behind = set(uncompared(Lake(settings.lake), round_.survey_year, codes))
    found = {area: situation.part_of[area] for area in areas if situation.part_of[area] in behind}
    return {area: say("C-UNCOMPARED", year=str(round_.survey_year), province=code) for area, code in found.items()}


def _entry(action: Action, round_: "Round", request: Request, state: AreaState, counts: Counts, at: datetime) -> Act:
    """The act as it goes into the ledger, certificate numbers still missing."""
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
        counts=counts,
        reason=request.reason,
        committee=request.committee,
        software=f"jpt-pipeline {jpt_pipeline.__version__}",
        instrument=round_.instrument,
    )


def _numbered(acts: Iterable[Act], before: Iterable[Act]) -> list[Act]:
    """Acts with the previous certificate of their area, and the number of the one they give."""
    given: dict[tuple[int, str, str, str], list[str]] = {}
    for act in before:
        if act.certificate_id is not None:
            given.setdefault((act.survey_year, act.stream, act.level, act.area_code), []).append(act.certificate_id)
    numbered = []
    for act in acts:
        earlier = given.get((act.survey_year, act.stream, act.level, act.area_code), [])
        number = f"{act.survey_year}-{act.stream}-{act.level}-{act.area_code}-{len(earlier) + 1}"
        update = {"previous_certificate_id": earlier[-1] if earlier else None}
        if act.action == "certify":
            update["certificate_id"] = number
        numbered.append(act.model_copy(update=update))
    return numbered
