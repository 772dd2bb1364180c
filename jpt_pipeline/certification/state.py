"""States of areas: a pure function of the round's chain, the present digests, the gates' reasons and the ledger.

Put here: what a state is and how it follows; which certificates are valid. Keep out: files, SQL, clocks.
Nothing is stored: a certificate is valid only while its root is the area's present root and every required area below
is valid itself, so a moved figure makes stale exactly the certificates on its path, and siblings stand.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from jpt_pipeline.certification.messages import level_th, say
from jpt_pipeline.certification.relations import level_names
from jpt_pipeline.clock import thai_day
from jpt_pipeline.ledger import Act

if TYPE_CHECKING:
    from jpt_pipeline.rounds import ChainLevel, Round, Stream


class State(StrEnum):
    """State of an area, or of a certificate (SUPERSEDED: the area has a newer one)."""

    DRAFT = "DRAFT"
    PRESENTED = "PRESENTED"
    CERTIFIED = "CERTIFIED"
    RETURNED = "RETURNED"
    CORRECTING = "CORRECTING"
    STALE = "STALE"
    REVOKED = "REVOKED"
    SUPERSEDED = "SUPERSEDED"


class Area(NamedTuple):
    """An area of a round; LAOs and districts may share a code, so the level belongs to the key."""

    stream: str
    level: str
    area_code: str


@dataclass(frozen=True)
class Node:
    """An area with its present root; `above` gives the code of each area it lies in, by level."""

    area: Area
    root_sha256: str
    above: Mapping[str, str]
    area_name: str = ""


@dataclass(frozen=True)
class AreaState:
    """One row of certification__state, and in `why` the Thai words for a state that needs an explanation."""

    area: Area
    area_name: str
    form_no: str | None
    state: State
    due_date: date | None
    certificate_id: str | None
    root_sha256: str
    blocked_by: tuple[str, ...]
    why: str | None = None


@dataclass(frozen=True)
class Certificate:
    """A certificate of the ledger with its state today."""

    act: Act
    state: State


def thai_date(act: Act) -> date:
    """Date of an act in Thailand."""
    return thai_day(act.at)


def derive_states(
    round_: "Round",
    nodes: Iterable[Node],
    blocked: Mapping[Area, Sequence[str]],
    acts: Iterable[Act],
    on: date,
) -> list[AreaState]:
    """States of all areas that the round asks to certify on a date, by stream, chain and code.

    `blocked` holds the reasons of the gates on figures; that a required area below is not certified is added here.
    An area of a level that is no longer asked appears while the ledger knows it: its certificates stand, nothing new
    is asked of it. States: DRAFT; PRESENTED on the present root; CERTIFIED; STALE (certified, then the root moved, a
    required area below lost its certificate, or the certificate has no signature: earlier versions gave such);
    RETURNED; CORRECTING (returned, and the figures moved since); REVOKED.
    """
    chosen = list(nodes)
    derivation = _Derivation(round_, on, blocked, _by_area(round_.survey_year, acts), _children(chosen))
    by_level: dict[tuple[str, str], list[Node]] = defaultdict(list)
    for node in sorted(chosen, key=lambda node: node.area):
        by_level[node.area.stream, node.area.level].append(node)
    return [
        state
        for stream in round_.streams
        for level in _known_levels(round_, stream, on)
        for node in by_level[stream.key, level.level]
        if (state := derivation.judge(level, node)) is not None
    ]


def fresh_state(node: Node, level: "ChainLevel") -> AreaState:
    """The state of an area that nobody has acted on, and of which no certificate is asked."""
    return AreaState(
        area=node.area,
        area_name=node.area_name,
        form_no=level.form_no,
        state=State.DRAFT,
        due_date=level.due_date,
        certificate_id=None,
        root_sha256=node.root_sha256,
        blocked_by=(),
    )


def certificates(survey_year: int, acts: Iterable[Act], states: Iterable[AreaState]) -> list[Certificate]:
    """All certificates of a round, in the order of the ledger, with their states today.

    The last certificate of an area is as its area, or STALE once the area was presented anew; an earlier one is
    SUPERSEDED; one that was revoked stays REVOKED. A certificate of an area that has no figures now is STALE.
    """
    today = {state.area: state.state for state in states}
    found = []
    for area, done in _by_area(survey_year, acts).items():
        last = max((act.seq for act in done if act.action == "certify"), default=0)
        for act, after in zip(done, [*done[1:], None], strict=True):
            if act.action == "certify":
                found.append(Certificate(act, _certificate_state(act, after, last, today.get(area))))
    return sorted(found, key=lambda certificate: certificate.act.seq)


def required_below(round_: "Round", stream: str, level: str, on: date, given: date | None = None) -> str | None:
    """The next lower level whose certificates a level needs; for a certificate given earlier, only if asked then too.

    None at the bottom of the chain and for a level that is not asked.
    """
    asked_then = {known.level for known in round_.chain(stream, given or on)}
    below = None
    for known in round_.chain(stream, on):
        if known.level == level:
            return below
        if known.level in asked_then:
            below = known.level
    return None


class _Derivation:
    """One pass bottom up: `valid` grows as areas are judged, and judging an area looks at those below it."""

    def __init__(
        self,
        round_: "Round",
        on: date,
        blocked: Mapping[Area, Sequence[str]],
        acts: Mapping[Area, list[Act]],
        children: Mapping[tuple[Area, str], list[Area]],
    ):
        self._round, self._on = round_, on
        self._blocked, self._acts, self._children = blocked, acts, children
        self._asked = {(stream.key, level.level) for stream in round_.streams for level in round_.chain(stream.key, on)}
        self._valid: set[Area] = set()
        self._below: dict[tuple[str, str, date], str | None] = {}

    def judge(self, level: "ChainLevel", node: Node) -> AreaState | None:
        """State of an area; None if its level is not asked and no certificate was ever given."""
        acts = self._acts.get(node.area, [])
        is_asked = (node.area.stream, level.level) in self._asked
        certified = [act for act in acts if act.action == "certify"]
        if not is_asked and not certified and not (acts and level.first_check):
            return None
        state, why = self._state(node, acts[-1] if acts else None)
        if state is State.CERTIFIED:
            self._valid.add(node.area)
        shows_certificate = state in (State.CERTIFIED, State.STALE, State.REVOKED)
        return AreaState(
            area=node.area,
            area_name=node.area_name,
            form_no=level.form_no,
            state=state,
            due_date=level.due_date,
            certificate_id=certified[-1].certificate_id if certified and shows_certificate else None,
            root_sha256=node.root_sha256,
            blocked_by=self._blocked_by(node.area) if is_asked else (),
            why=why,
        )

    def _state(self, node: Node, last: Act | None) -> tuple[State, str | None]:
        """State by the last act on an area, and why if it is not plain."""
        if last is None:
            return State.DRAFT, None
        same = last.root_sha256 == node.root_sha256
        if last.action == "present":
            return (State.PRESENTED, None) if same else (State.DRAFT, say("W-PRESENTED-MOVED"))
        if last.action == "return":
            return State.RETURNED if same else State.CORRECTING, say("W-RETURNED", reason=last.reason)
        if last.action == "revoke":
            return State.REVOKED, say("W-REVOKED", reason=last.reason)
        if last.envelope is None:
            return State.STALE, say("W-UNSIGNED")
        below = self._level_below(node.area, given=thai_date(last))
        missing = self._uncertified(node.area, below)
        if not missing:
            return (State.CERTIFIED, None) if same else (State.STALE, say("W-CERTIFIED-MOVED"))
        code = "W-CHILD" if same else "W-CERTIFIED-MOVED-BELOW"
        return State.STALE, say(code, areas_n=len(missing), level=level_th(below or ""), example=missing[0].area_code)

    def _blocked_by(self, area: Area) -> tuple[str, ...]:
        """The reasons of the gates on figures, then those of the areas below."""
        reasons = tuple(self._blocked.get(area, ()))
        below = self._level_below(area, given=self._on)
        if below is None or not (missing := self._uncertified(area, below)):
            return reasons
        children = len(self._children.get((area, below), ()))
        told = say(
            "G-CHILDREN", areas_n=len(missing), children_n=children, level=level_th(below), example=missing[0].area_code
        )
        return (*reasons, told)

    def _level_below(self, area: Area, given: date) -> str | None:
        """See required_below; asked for once per level and date, not once per area."""
        key = (area.stream, area.level, given)
        if key not in self._below:
            self._below[key] = required_below(self._round, area.stream, area.level, self._on, given)
        return self._below[key]

    def _uncertified(self, area: Area, below: str | None) -> list[Area]:
        """Areas of the level below without a valid certificate, by code."""
        return [child for child in self._children.get((area, below or ""), ()) if child not in self._valid]


def _known_levels(round_: "Round", stream: "Stream", on: date) -> list["ChainLevel"]:
    """Levels of a stream's chain, bottom up: as asked on the date; those not asked now as first written."""
    today = [*round_.chain(stream.key, on), *round_.first_checks(stream.key, on)]
    known = {level.level: level for level in stream.chain} | {level.level: level for level in today}
    return [known[name] for name in level_names() if name in known]


def _certificate_state(act: Act, after: Act | None, last: int, state: State | None) -> State:
    if after is not None and after.action == "revoke":
        return State.REVOKED
    if act.seq != last:
        return State.SUPERSEDED
    if after is not None:
        return State.RETURNED if after.action == "return" else State.STALE
    return state or State.STALE


def _by_area(survey_year: int, acts: Iterable[Act]) -> dict[Area, list[Act]]:
    """Events of a round by area, in the order of the ledger."""
    grouped: dict[Area, list[Act]] = defaultdict(list)
    for act in sorted(acts, key=lambda act: act.seq):
        if act.survey_year == survey_year:
            grouped[Area(act.stream, act.level, act.area_code)].append(act)
    return grouped


def _children(nodes: Sequence[Node]) -> dict[tuple[Area, str], list[Area]]:
    """Areas by (area above, own level), by code."""
    children: dict[tuple[Area, str], list[Area]] = defaultdict(list)
    for node in sorted(nodes, key=lambda node: node.area):
        for level, code in node.above.items():
            children[Area(node.area.stream, level, code), node.area.level].append(node.area)
    return children
