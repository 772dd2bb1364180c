"""Certificates are signed, name their committee with a quorum, and go back down to the team that must mend something."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jpt_pipeline.certification import acts
from jpt_pipeline.certification.request import ActRefused, Outcome, Request
from jpt_pipeline.certification.situation import load_situation
from jpt_pipeline.ledger import Act, Committee, KeyEntry, LedgerBroken, only, read_entries, writing
from jpt_pipeline.rounds import Round
from jpt_pipeline.signing.dsse import seal
from jpt_pipeline.signing.keys import key_id, known_keys, public_text
from jpt_pipeline.signing.statement import signed_by
from jpt_pipeline.store.session import session
from jpt_pipeline.vault.keys import read_key, replace_key
from tests.unit.certification.world import COMMITTEE, NOON, RULES, YEAR, World, clock, make_round

CHAIR, MEMBER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.write()
    yield made
    made.db.close()


def round_with(**fields: Any) -> Round:
    """The usual round with other fields on its LAO level."""
    plain = make_round().model_dump()
    plain["streams"][0]["chain"][0] |= fields
    return Round.model_validate(plain)


def do(world: World, action: str, code: str, round_: Round | None = None, **more: Any) -> Outcome:
    level = {"L": "lao", "38": "province"}.get(code[:1] if code.startswith("L") else code, "district")
    request = Request(level, (code,), **({"committee": COMMITTEE} | more))
    act = {"present": acts.present, "certify": acts.certify, "return": acts.return_, "revoke": acts.revoke}[action]
    return act(world.settings, round_ or make_round(), RULES, request, clock())


def states(world: World, round_: Round | None = None) -> dict[str, str]:
    entries = read_entries(world.settings.ledger)
    with session(world.settings) as connection:
        found = load_situation(connection, world.settings, round_ or make_round(), RULES, entries, NOON.date())
    return {area.area_code: str(state.state) for area, state in found.states.items()}


def introduce(world: World, key: Ed25519PrivateKey, **scope: str) -> None:
    public = key.public_key()
    entry = KeyEntry(
        at=NOON, action="key-new", keyid=key_id(public), public_key=public_text(public), holder="คณะทำงาน", role="chair",
        **scope,
    )  # fmt: skip
    with writing(world.settings.ledger) as ledger:
        ledger.append([entry])


def certified(world: World, code: str, **more: Any) -> Act:
    do(world, "present", code, **{"round_": more["round_"]} if "round_" in more else {})
    return do(world, "certify", code, **more).acts[0]


def test_a_certificate_is_signed_by_the_office_whose_key_the_ledger_knows(world: World) -> None:
    act = certified(world, "L1")
    entries = read_entries(world.settings.ledger)
    assert [entry.action for entry in entries] == ["present", "key-new", "certify"]
    assert [key.entry.role for key in signed_by(act, known_keys(only(entries, KeyEntry)))] == ["office"]
    certified(world, "L2")
    assert [entry.action for entry in read_entries(world.settings.ledger)].count("key-new") == 1


def test_as_many_members_sign_as_the_round_asks(world: World) -> None:
    round_ = round_with(signatures_min=2)
    introduce(world, CHAIR)
    introduce(world, MEMBER, level="lao", area_code="L1")
    do(world, "present", "L1", round_)
    with pytest.raises(ActRefused, match=r"C-SIGNATURES .*1 .*2"):
        do(world, "certify", "L1", round_, signers=(CHAIR,))
    with pytest.raises(ActRefused, match="C-SIGNATURES"):  # one key twice is one signature
        do(world, "certify", "L1", round_, signers=(CHAIR, CHAIR))
    act = do(world, "certify", "L1", round_, signers=(CHAIR, MEMBER)).acts[0]
    assert act.envelope and len(act.envelope.signatures) == 3
    do(world, "present", "L2", round_)
    with pytest.raises(ActRefused, match=r"C-SIGNATURE .*another area"):
        do(world, "certify", "L2", round_, signers=(CHAIR, MEMBER))


def test_a_statement_is_signed_elsewhere_and_taken_back(world: World) -> None:
    introduce(world, CHAIR)
    do(world, "present", "L1")
    request = Request("lao", ("L1",), committee=COMMITTEE)
    [(act, content)] = acts.prepare(world.settings, make_round(), RULES, request, clock())
    assert act.certificate_id == "2561-jpt-lao-L1-1" and len(read_entries(world.settings.ledger)) == 2
    done = do(world, "certify", "L1", envelopes=(seal(content, [CHAIR]),)).acts[0]
    assert done.envelope and len(done.envelope.signatures) == 2


def test_a_statement_signed_for_other_figures_is_refused(world: World) -> None:
    introduce(world, CHAIR)
    do(world, "present", "L1")
    request = Request("lao", ("L1",), committee=COMMITTEE)
    [(_, content)] = acts.prepare(world.settings, make_round(), RULES, request, clock())
    bent = content.replace(b'"households":18', b'"households":19')
    assert bent != content
    with pytest.raises(ActRefused, match="C-STATEMENT"):
        do(world, "certify", "L1", envelopes=(seal(bent, [CHAIR]),))


def test_a_rewritten_certificate_breaks_the_ledger_even_if_the_chain_was_made_anew(world: World) -> None:
    """Who rewrites the whole folder cannot sign: the chain of digests alone would not notice."""
    certified(world, "L1")
    entries = read_entries(world.settings.ledger)
    for path in world.settings.ledger.glob("*.json"):
        path.unlink()
    forged = [
        entry.model_copy(update={"counts": entry.counts.model_copy(update={"households": 99})})
        if isinstance(entry, Act) and entry.action == "certify"
        else entry
        for entry in entries
    ]
    with writing(world.settings.ledger) as ledger:
        ledger.append(forged)
    assert len(read_entries(world.settings.ledger)) == 3  # the chain itself holds
    with pytest.raises(LedgerBroken, match="statement"):
        states(world)


def test_a_certificate_without_signature_is_not_valid(world: World) -> None:
    act = certified(world, "L1")
    with writing(world.settings.ledger) as ledger:
        ledger.append([act.model_copy(update={"envelope": None, "certificate_id": "2561-jpt-lao-L1-2"})])
    assert states(world)["L1"] == "STALE"


def test_a_revoked_office_key_signs_nothing_until_it_is_replaced(world: World) -> None:
    certified(world, "L1")
    office = only(read_entries(world.settings.ledger), KeyEntry)[0]
    with writing(world.settings.ledger) as ledger:
        ledger.append([office.model_copy(update={"action": "key-revoke", "reason": "หาย"})])
    do(world, "present", "L2")
    with pytest.raises(ActRefused, match="C-KEY-OFFICE"):
        do(world, "certify", "L2")
    old = read_key(world.settings, "office")
    kept = replace_key(world.settings, "office")
    assert kept.read_bytes() == old != read_key(world.settings, "office")
    assert do(world, "certify", "L2").acts and states(world)["L1"] == "CERTIFIED"


def committee(**fields: Any) -> Committee:
    return COMMITTEE.model_copy(update=fields)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (committee(present_n=9), "C-QUORUM"),  # of 20 members 10 make a quorum
        (committee(present_n=21), "C-PRESENT-N"),
        (committee(present_n=0), "C-PRESENT-N"),
        (committee(meeting_date=date(2018, 3, 21)), "C-MEETING"),
        (committee(order_no=None), "C-COMMITTEE"),
        (committee(meeting_date=None), "C-COMMITTEE"),
    ],
)
def test_a_committee_that_does_not_suffice(world: World, given: Committee, code: str) -> None:
    do(world, "present", "L1")
    with pytest.raises(ActRefused, match=code):
        do(world, "certify", "L1", committee=given)


def test_a_quorum_is_half_of_the_members_rounded_up(world: World) -> None:
    do(world, "present", "L1")
    with pytest.raises(ActRefused, match=r"C-QUORUM .*10"):
        do(world, "certify", "L1", committee=committee(members_n=19, present_n=9))
    act = do(world, "certify", "L1", committee=committee(members_n=19, present_n=10)).acts[0]
    assert act.committee.quorum_n == 10


def test_where_the_round_demands_a_committee_none_is_no_committee(world: World) -> None:
    do(world, "present", "L1")
    with pytest.raises(ActRefused, match="C-COMMITTEE"):
        do(world, "certify", "L1", round_with(committee_required=True), committee=Committee(by="พัฒนากร"))
    assert do(world, "certify", "L1", committee=Committee(by="พัฒนากร")).acts[0].committee.order_no is None


def test_a_return_goes_down_to_the_team_that_must_mend(world: World) -> None:
    for code in ("L1", "L2"):
        certified(world, code)
    do(world, "present", "3801")
    outcome = do(world, "return", "3801", to=("L1",), reason="รายได้ไม่ตรง")
    assert [(act.area_code, act.sent_to) for act in outcome.acts] == [("3801", ("L1",)), ("L1", ())]
    found = states(world)
    assert (found["3801"], found["L1"], found["L2"]) == ("RETURNED", "RETURNED", "CERTIFIED")
    with pytest.raises(ActRefused, match=r"C-TO .*L9"):
        do(world, "return", "L2", to=("L9",), reason="x")


def test_a_team_checks_first_where_no_certificate_is_asked_any_more(world: World) -> None:
    round_ = make_round(
        amendments=[
            {
                "effective": date(2018, 3, 10),
                "stream": "jpt",
                "th": "ยกเลิกการประชุมระดับ อปท.",
                "basis": "letter",
                "changes": {
                    "lao": {"required": False, "first_check": True},
                    "district": {"gates": ["totals_tie_out"]},
                },
            }
        ]
    )
    assert "L1" not in states(world, round_)
    assert do(world, "present", "L1", round_).acts[0].level == "lao"
    assert states(world, round_)["L1"] == "PRESENTED"
    with pytest.raises(ActRefused, match=r"C-AMENDED .*ยกเลิกการประชุมระดับ อปท."):
        do(world, "certify", "L1", round_)
    do(world, "present", "3801", round_)
    assert do(world, "certify", "3801", round_).acts


def test_the_certificate_says_which_definitions_it_was_made_with(world: World) -> None:
    act = certified(world, "L1")
    assert act.definitions_sha256 and len(act.definitions_sha256) == 64 and act.survey_year == YEAR
