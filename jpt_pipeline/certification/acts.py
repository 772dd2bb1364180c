"""Human acts on areas: present (เสนอ), certify (รับรอง), return (ส่งกลับ), revoke (เพิกถอน).

Put here: from which state an act may be done and what it must name. Keep out: how states come about (state.py).
All areas of a call are judged first and appended together, under the ledger's lock: one refusal, and nothing is
written. A run of the pipeline never comes through here; only people do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import duckdb

from jpt_pipeline.areas.committees import committee_of, registered_committees
from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.certificates import Bound, area_of, entry_of, numbered, signed
from jpt_pipeline.certification.committee import completed
from jpt_pipeline.certification.form_mark import FormMark
from jpt_pipeline.certification.gates import Rules
from jpt_pipeline.certification.kept import keep
from jpt_pipeline.certification.messages import level_th, load_words, say
from jpt_pipeline.certification.request import DONE, FROM, ActRefused, Outcome, Request, check_request, streams_of
from jpt_pipeline.certification.scan import FormRefused, check_form
from jpt_pipeline.certification.situation import NoFigures, Situation, counts_of, load_situation, provinces_of
from jpt_pipeline.certification.state import Area, AreaState, State, fresh_state
from jpt_pipeline.clock import Clock, thai_day, utc_now
from jpt_pipeline.identity.shared import uncompared
from jpt_pipeline.ledger import Act, Action, Committee, Entry, only, writing
from jpt_pipeline.settings import Settings
from jpt_pipeline.signing.statement import statement
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session

if TYPE_CHECKING:
    from jpt_pipeline.rounds import Round


def present(settings: Settings, round_: "Round", rules: Rules, request: Request, now: Clock = utc_now) -> Outcome:
    """Present areas to their committees; only with no gate against them. See `_act` for errors."""
    return _act("present", settings, round_, rules, request, now)


def certify(settings: Settings, round_: "Round", rules: Rules, request: Request, now: Clock = utc_now) -> Outcome:
    """Certify areas that were presented with exactly these figures; the gates are judged again. See `_act`."""
    return _act("certify", settings, round_, rules, request, now)


def return_(settings: Settings, round_: "Round", rules: Rules, request: Request, now: Clock = utc_now) -> Outcome:
    """Send areas back to the level below for correction, with a reason; the areas named in `to` are returned, too, as
    far as they were presented or certified. See `_act` for errors."""
    return _act("return", settings, round_, rules, request, now)


def revoke(settings: Settings, round_: "Round", rules: Rules, request: Request, now: Clock = utc_now) -> Outcome:
    """Revoke the certificates of areas, with a reason. See `_act` for errors."""
    return _act("revoke", settings, round_, rules, request, now)


def prepare(
    settings: Settings, round_: "Round", rules: Rules, request: Request, now: Clock = utc_now
) -> list[tuple[Act, bytes]]:
    """The certificates that `certify` would give, with the bytes that members may sign elsewhere; writes nothing.

    Raises:
        ActRefused: as certify, except for signatures that are still to come.
    """
    at = now()
    check_request("certify", round_, request, thai_day(at))
    with writing(settings.ledger) as ledger, session(settings) as connection:
        judged = _judge("certify", connection, settings, round_, rules, request, ledger.entries, at)
    return [(act, statement(act)) for act in judged.acts]


def _act(action: Action, settings: Settings, round_: "Round", rules: Rules, request: Request, now: Clock) -> Outcome:
    """Judge and append.

    Raises:
        ActRefused: the request lacks something, an area does not exist, or an act on it is not allowed.
        LedgerBroken, LedgerBusy: see ledger/book.py.
        KeyMissing: the home's keys are not there.
    """
    at = now()
    check_request(action, round_, request, thai_day(at))
    with writing(settings.ledger) as ledger, session(settings) as connection:
        judged = _judge(action, connection, settings, round_, rules, request, ledger.entries, at)
        acts = judged.acts
        if action == "certify" and acts:
            first, signed_acts = signed(settings, round_, request, acts, ledger.entries, at)
            acts = _kept(settings, round_, judged.situation, signed_acts)
            ledger.append(first)
        done = ledger.append(acts)
    return Outcome(
        acts=done,
        done_before=judged.done_before,
        left_out=judged.left_out,
        provinces=tuple(sorted({judged.situation.part_of[area_of(act)] for act in done} - {""})),
    )


def _kept(settings: Settings, round_: "Round", situation: Situation, acts: Sequence[Act]) -> list[Act]:
    """Certificates with the digests of the files whose figures they bind, which are kept from now on."""
    provinces = sorted({code for code in situation.part_of.values() if code})
    everything = [Part(round_.survey_year, code) for code in (*provinces, None)]
    codes = [situation.part_of[area_of(act)] for act in acts]
    figures = {
        code: keep(settings, [Part(round_.survey_year, code)] if code else everything) for code in sorted(set(codes))
    }
    return [act.model_copy(update={"figures": figures[code]}) for act, code in zip(acts, codes, strict=True)]


@dataclass(frozen=True)
class _Judged:
    """Acts that are allowed, numbered but unsigned; areas that need none; what is said of those left out."""

    situation: Situation
    acts: list[Act]
    done_before: list[Area]
    left_out: list[str]


def _judge(
    action: Action,
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    round_: "Round",
    rules: Rules,
    request: Request,
    entries: Sequence[Entry],
    at: datetime,
) -> _Judged:
    """Judge every area of a request. Raises ActRefused if one that was named may not have the act."""
    on = thai_day(at)
    situation = _situation(connection, settings, round_, rules, entries, request, on)
    chosen = _choose(action, round_, request, situation, on)
    states = situation.states | chosen.fresh
    verdicts = {area: objections(action, request, states[area]) for area in chosen.to_judge}
    for area, reason in _uncompared(action, settings, round_, situation, chosen.to_judge).items():
        verdicts[area].append(reason)
    committees = _committees(action, settings, round_, request, verdicts, on)
    refused = list(dict.fromkeys(reason for reasons in verdicts.values() for reason in reasons))
    if request.areas is not None and refused:
        raise ActRefused(refused)
    allowed = [area for area, reasons in verdicts.items() if not reasons]
    sent_down = _sent_down(round_, request, situation)
    committees |= dict.fromkeys(sent_down, request.committee)
    allowed += sent_down
    counts = counts_of(connection, situation.relations, allowed)
    unsealed = NoFigures(round_.survey_year, situation.unsealed).reasons if situation.unsealed else []
    form_sha256 = _form(round_, request, states, allowed)
    waived = situation.waived
    bound = {area: Bound(counts[area], committees[area], form_sha256, waived.get(area, ())) for area in allowed}
    acts = [entry_of(action, settings, round_, request, states[area], bound[area], at) for area in allowed]
    return _Judged(situation, numbered(acts, only(entries, Act)), chosen.done, [*refused, *unsealed])


def _form(round_: "Round", request: Request, states: Mapping[Area, AreaState], allowed: Sequence[Area]) -> str | None:
    """Digest of the signed paper form, whose mark must be that of the figures about to be certified."""
    if request.form is None:
        return None
    if len(allowed) != 1:
        raise ActRefused([say("C-ONE-AREA")])
    state = states[allowed[0]]
    mark = FormMark(round_.survey_year, *state.area, form_no=state.form_no, root_sha256=state.root_sha256)
    try:
        return check_form(request.form, mark)
    except FormRefused as error:
        raise ActRefused([str(error)]) from error


def _committees(
    action: Action,
    settings: Settings,
    round_: "Round",
    request: Request,
    verdicts: Mapping[Area, list[str]],
    on: date,
) -> dict[Area, Committee]:
    """The committee behind the act of each area; what is wrong with one is added to the area's verdict."""
    if action != "certify":
        return dict.fromkeys(verdicts, request.committee)
    orders = registered_committees(Lake(settings.lake), round_.survey_year)
    levels = {(str(s.key), level.level): level for s in round_.streams for level in round_.chain(s.key, on)}
    found = {}
    for area, reasons in verdicts.items():
        try:
            level = levels[area.stream, area.level]
            found[area] = completed(level, request.committee, committee_of(orders, *area), on)
        except ActRefused as error:
            reasons[:0] = error.reasons
    return found


@dataclass(frozen=True)
class _Chosen:
    """Areas to judge, those that need the act no more, and states of areas that no certificate is asked of."""

    to_judge: list[Area]
    done: list[Area]
    fresh: dict[Area, AreaState]


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
    streams = streams_of(action, round_, request, on)
    known = [area for area in situation.states if area.level == request.level and area.stream in streams]
    fresh = {} if request.areas is None else _fresh(action, round_, request, situation, on)
    known += fresh
    if request.areas is None:
        done = [area for area in known if situation.states[area].state in DONE[action]]
        return _Chosen(to_judge=[area for area in known if area not in set(done)], done=done, fresh={})
    named = set(request.areas)
    if absent := sorted(named - {area.area_code for area in known}):
        raise ActRefused([_unknown_areas(round_, request, absent)])
    return _Chosen(to_judge=[area for area in known if area.area_code in named], done=[], fresh=fresh)


def _fresh(action: Action, round_: "Round", request: Request, situation: Situation, on: date) -> dict[Area, AreaState]:
    """Areas whose team only checks first (nothing is asked of them, so they have no state yet), to be presented."""
    if action != "present":
        return {}
    checked = {
        stream: level
        for stream in streams_of(action, round_, request, on)
        for level in round_.first_checks(stream, on)
        if level.level == request.level
    }
    return {
        area: fresh_state(node, checked[area.stream])
        for area, node in situation.nodes.items()
        if area.level == request.level and area.stream in checked and area not in situation.states
    }


def _sent_down(round_: "Round", request: Request, situation: Situation) -> list[Area]:
    """The areas below that a return names, as far as they stand presented or certified: they are returned with it.

    Raises:
        ActRefused: one does not lie in the area that is returned.
    """
    inside = [
        area
        for area, node in situation.nodes.items()
        if area.area_code in request.to and node.above.get(request.level) in (request.areas or ())
    ]
    if absent := sorted(set(request.to) - {area.area_code for area in inside}):
        raise ActRefused([say("C-TO", areas=" ".join(absent), level=level_th(request.level))])
    states = situation.states
    return [area for area in inside if area in states and states[area].state in FROM["return"]]


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
