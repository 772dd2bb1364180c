"""Any sequence of acts and corrections: never a certificate over figures or children that it does not stand on."""

from datetime import UTC, date, datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from jpt_pipeline.certification.acts import objections
from jpt_pipeline.certification.request import ActRefused, Request, check_request
from jpt_pipeline.certification.state import Area, AreaState, Node, State, certificates, derive_states
from jpt_pipeline.ledger import Act, Action, Committee, Counts, Envelope
from jpt_pipeline.store.files import sha256_text
from tests.unit.certification.world import STREAM, YEAR, make_round

ROUND = make_round(("lao", "district", "province"))
AMENDMENT = {
    "effective": date(2018, 3, 25),
    "stream": STREAM,
    "th": "ยกเลิกระดับ อปท.",
    "basis": "letter",
    "changes": {"lao": {"required": False, "first_check": True}, "district": {"gates": ["totals_tie_out"]}},
}
AMENDED = make_round(("lao", "district", "province"), amendments=[AMENDMENT])
PARENT = {"L1": "3801", "L2": "3801", "L3": "3802", "3801": "38", "3802": "38"}
LEVEL = {"L": "lao", "3801": "district", "3802": "district", "38": "province"}
CODES = ["L1", "L2", "L3", "3801", "3802", "38"]
ENVELOPE = Envelope(payload="", payloadType="", signatures=())
ON = datetime(2018, 3, 20, 5, tzinfo=UTC)
CHANGED = datetime(2018, 3, 24, 17, tzinfo=UTC)


def area(code: str) -> Area:
    return Area(STREAM, LEVEL[code[0] if code.startswith("L") else code], code)


def path(code: str) -> list[str]:
    """The area and all above it."""
    return [code, *path(PARENT[code])] if code in PARENT else [code]


class Certification(RuleBasedStateMachine):
    """A province of three LAOs; a figure is a number per LAO, roots are made by hand."""

    round_ = ROUND

    def __init__(self) -> None:
        super().__init__()
        self.on = ON
        self.figures = {"L1": 0, "L2": 0, "L3": 0}
        self.shut: set[str] = set()
        self.events: list[Act] = []

    def root(self, code: str) -> str:
        children = [child for child, parent in PARENT.items() if parent == code]
        return sha256_text(f"{code} {self.figures.get(code)} {[self.root(child) for child in children]}")

    def states(self) -> dict[str, AreaState]:
        nodes = [
            Node(area(code), self.root(code), {area(above).level: above for above in path(code)[1:]}) for code in CODES
        ]
        blocked = {area(code): ["G-COVERAGE"] for code in self.shut}
        states = derive_states(self.round_, reversed(nodes), blocked, self.events, self.on.date())
        return {state.area.area_code: state for state in states}

    def is_asked(self, code: str) -> bool:
        """Whether a certificate is asked of the area today."""
        return any(level.level == area(code).level for level in self.round_.chain(STREAM, self.on.date()))

    @rule(lao=st.sampled_from(["L1", "L2", "L3"]), step=st.sampled_from([1, -1]))
    def correct(self, lao: str, step: int) -> None:
        before = self.states()
        self.figures[lao] += step
        after = self.states()
        for code in set(CODES) - set(path(lao)):
            assert after.get(code) == before.get(code), "a sibling moved"
        certified = [code for code in path(lao) if code in after and after[code].state is State.CERTIFIED]
        assert all(before[code].state is State.STALE for code in certified)

    @rule(code=st.sampled_from(CODES))
    def shut_or_open_a_gate(self, code: str) -> None:
        self.shut ^= {code}

    @rule(action=st.sampled_from(["present", "certify", "return", "revoke"]), code=st.sampled_from(CODES))
    def act(self, action: Action, code: str) -> None:
        state = self.states().get(code)
        request = Request(area(code).level, (code,), reason="ตรวจ")
        try:
            check_request(action, self.round_, request, self.on.date())
        except ActRefused:
            return
        if state is None or objections(action, request, state):
            return
        number = sum(event.action == "certify" and event.area_code == code for event in self.events) + 1
        self.events.append(
            Act(
                seq=len(self.events) + 1, previous_sha256=None, at=self.on, action=action, survey_year=YEAR, stream=STREAM,
                level=state.area.level, area_code=code, root_sha256=state.root_sha256, form_no=None,
                certificate_id=f"{code}-{number}" if action == "certify" else None, previous_certificate_id=None,
                counts=Counts(households=0, persons=0, target=0), reason="ตรวจ", committee=Committee(), software="",
                instrument="", envelope=ENVELOPE if action == "certify" else None,
            )
        )  # fmt: skip
        if action == "certify":
            assert code not in self.shut
            assert self.states()[code].state is State.CERTIFIED

    @rule(code=st.sampled_from(["L1", "L2", "L3"]))
    def certify_the_path(self, code: str) -> None:
        """The usual way, so that the machine gets to the top."""
        for step in path(code):
            self.act("present", step)
            self.act("certify", step)

    @invariant()
    def a_certificate_stands_on_its_figures_and_children(self) -> None:
        states = self.states()
        for code, state in states.items():
            if state.state is State.CERTIFIED:
                last = [event for event in self.events if event.area_code == code][-1]
                assert last.action == "certify" and last.root_sha256 == self.root(code)
                assert state.certificate_id == last.certificate_id
                children = [child for child, parent in PARENT.items() if parent == code and self.is_asked(child)]
                assert all(states[child].state is State.CERTIFIED for child in children)

    @invariant()
    def at_most_one_certificate_of_an_area_is_valid(self) -> None:
        states = self.states()
        valid = [
            known.act.area_code
            for known in certificates(YEAR, self.events, states.values())
            if known.state is State.CERTIFIED
        ]
        assert sorted(valid) == sorted(code for code, state in states.items() if state.state is State.CERTIFIED)


class Amended(Certification):
    """The same in a round whose amendment takes the LAOs' meetings away while the work goes on."""

    round_ = AMENDED

    @rule()
    def the_amendment_comes_into_force(self) -> None:
        before = self.states()
        self.on = datetime(2018, 3, 25, 5, tzinfo=UTC)
        after = self.states()
        certified = {code for code, state in before.items() if state.state is State.CERTIFIED}
        assert all(after[code].state is State.CERTIFIED for code in certified), "a certificate given before was lost"

    @invariant()
    def nothing_new_is_asked_of_a_level_taken_away(self) -> None:
        for state in self.states().values():
            if not self.is_asked(state.area.area_code):
                assert state.blocked_by == ()
                assert not [e for e in self.events if e.area_code == state.area.area_code and e.at >= CHANGED
                            and e.action == "certify"]  # fmt: skip


TestCertification = Certification.TestCase
TestAmended = Amended.TestCase
TestAmended.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestCertification.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
