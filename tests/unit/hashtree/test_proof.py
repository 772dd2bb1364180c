"""Proofs for a household: made in the home, checked without it, and no change of any part of one passes."""

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jpt_pipeline.certification import acts
from jpt_pipeline.certification.prove import Unprovable, prove
from jpt_pipeline.certification.request import Request
from jpt_pipeline.certification.situation import load_situation
from jpt_pipeline.certification.state import Area
from jpt_pipeline.hashtree.proof import Proof, faults, household_of
from jpt_pipeline.ledger import read_entries
from jpt_pipeline.rounds import Round, load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.session import session
from jpt_pipeline.verify import problems
from tests.conftest import Terminal
from tests.unit.certification.world import COMMITTEE, RULES
from tests.unit.hashtree.conftest import HOUSE
from tests.unit.intake.country import HERE, YEAR, Home, household, ndjson

VILLAGE = Area("jpt", "village", "38010101")
NOON = datetime(2018, 3, 20, 5, tzinfo=UTC)


def ungated() -> Round:
    """The round, with no gate on figures: these households answer little."""
    round_ = load_round(YEAR)
    streams = [
        stream.model_copy(update={"chain": tuple(level.model_copy(update={"gates": ()}) for level in stream.chain)})
        for stream in round_.streams
    ]
    return round_.model_copy(update={"streams": tuple(streams)})


def proof_of(settings: Settings, house: str = HOUSE, village: Area = VILLAGE) -> Proof:
    entries = read_entries(settings.ledger)
    with session(settings) as connection:
        situation = load_situation(connection, settings, ungated(), RULES, entries, NOON.date(), gated=())
        return prove(connection, settings, situation, YEAR, village, house)


@pytest.fixture(scope="module")
def certified(six: Home, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The home with a certificate for LAO L1."""
    folder = tmp_path_factory.mktemp("certified")
    shutil.copytree(six.settings.root, folder / "home")
    home = Home(folder)
    for act in (acts.present, acts.certify):
        act(home.settings, ungated(), RULES, Request("lao", ("L1",), committee=COMMITTEE), lambda: NOON)
    return home.settings


@pytest.fixture(scope="module")
def proof(certified: Settings) -> Proof:
    return proof_of(certified)


def test_a_proof_leads_from_the_row_to_the_nation(proof: Proof) -> None:
    assert faults(proof) == []
    assert [(step.level, step.area_code, step.leaf_no, step.tree_size, len(step.path)) for step in proof.steps] == [
        ("village", "38010101", 0, 3, 2), ("lao", "L1", 0, 2, 1), ("district", "3801", 0, 2, 1),
        ("province", "38", 0, 2, 1), ("nation", "TH", 0, 1, 0),
    ]  # fmt: skip
    told = household_of(proof)
    assert (told.fields["household_id"], told.fields["a2911"], told.fields["satisfaction"]) == (HOUSE, "1", 8)
    assert [person["age_years"] for person in told.persons] == [41, 41, 2]


def test_it_names_the_certificates_that_stand_over_it(proof: Proof, certified: Settings) -> None:
    (act,) = [entry for entry in read_entries(certified.ledger) if entry.action == "certify"]
    (standing,) = proof.certificates
    assert standing.certificate_id == "2561-jpt-lao-L1-1"
    assert standing.root_sha256 == proof.steps[1].root_sha256 == act.root_sha256  # type: ignore[attr-defined]


def test_no_two_households_share_a_salt(proof: Proof, certified: Settings) -> None:
    others = [
        proof_of(certified, "38010000002"),
        proof_of(certified, "38020000006", Area("jpt", "village", "38020101")),
    ]
    assert [faults(other) for other in others] == [[], []]
    assert len({proof.salt, *(other.salt for other in others)}) == 3


HEX = {"a": "b", "b": "c", "c": "d", "d": "e", "e": "f", "f": "0", **{str(n): str((n + 1) % 10) for n in range(10)}}


def changes(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Each value of a JSON document with another of its kind: (where, value)."""
    if isinstance(content, Mapping):
        for name, value in content.items():
            yield from changes(value, (*path, name))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from changes(value, (*path, number))
        if content:
            yield path, content[:-1]
            yield path, [*content, content[-1]]
    elif isinstance(content, int):
        yield path, content + 1
    else:
        last = content[-2] if content.endswith("=") else content[-1]
        yield path, content.replace(last, HEX.get(last, "A" if last != "A" else "B"))


def test_any_change_of_the_file_is_told(proof: Proof, tmp_path: Path) -> None:
    file = tmp_path / "proof.json"
    whole = proof.model_dump(mode="json")
    file.write_text(json.dumps(whole))
    assert problems(file) == []
    tried = 0
    for where, value in changes(whole):
        if where[-1] in ("certificate_id", "certificates") or (
            where == ("steps",) and len(value) < len(whole["steps"])
        ):
            continue  # to say less is no lie, and a number is proved by the ledger alone
        changed = json.loads(json.dumps(whole))
        target = changed
        for name in where[:-1]:
            target = target[name]
        target[where[-1]] = value
        file.write_text(json.dumps(changed))
        assert problems(file), where
        tried += 1
    assert tried > 40


def test_names_of_columns_belong_to_the_row(proof: Proof) -> None:
    columns = proof.columns
    for other in (
        columns.model_copy(update={"answers": columns.answers[:-1]}),
        columns.model_copy(update={"answers": (*columns.answers[1:], columns.answers[0])}),
        columns.model_copy(update={"household": (*columns.household[1:], columns.household[0])}),
    ):
        assert [fault.what for fault in faults(proof.model_copy(update={"columns": other}))] == ["row"]


def test_the_first_thing_that_does_not_hold_is_named(proof: Proof, certified: Settings, tmp_path: Path) -> None:
    other = proof_of(certified, "38010000002")
    mixed = {
        "P-ROW": proof.model_copy(update={"row": proof_of(certified, "38010000004", Area("jpt", "village", "38010102")).row}),
        "P-PATH เส้นทางไม่ถึงรากของ village 38010101": proof.model_copy(update={"salt": other.salt}),
        "P-ROOT รากของ lao L1": proof.model_copy(
            update={"steps": (*proof.steps[:1], proof.steps[1].model_copy(update={"figures_sha256": "0" * 64}), *proof.steps[2:])}
        ),
        "P-CERTIFICATE คำรับรอง 2561-jpt-lao-L1-1": proof.model_copy(
            update={"certificates": (proof.certificates[0].model_copy(update={"level": "district"}),)}
        ),
    }  # fmt: skip
    for words, changed in mixed.items():
        file = tmp_path / "proof.json"
        file.write_text(changed.model_dump_json())
        assert problems(file)[0].startswith(words)
        assert HOUSE not in " ".join(problems(file))
    for content in (b"{}", b"\xff", b"[]", b""):
        file.write_bytes(content)
        assert problems(file) == ["P-PROOF proof.json: ไม่ใช่ไฟล์หลักฐานของครัวเรือน"]


@pytest.mark.parametrize(
    ("house", "village", "code"),
    [("38010000009", VILLAGE, "C-PROVE-NONE"), (HOUSE, Area("jpt", "village", "38010102"), "C-PROVE-NONE"),
     (HOUSE, Area("basic", "village", "38010101"), "C-AREA"), (HOUSE, Area("jpt", "village", "99010101"), "C-AREA")],
)  # fmt: skip
def test_what_is_not_counted_is_not_proved(certified: Settings, house: str, village: Area, code: str) -> None:
    with pytest.raises(Unprovable, match=code) as error:
        proof_of(certified, house, village)
    assert house not in str(error.value)


def test_households_that_changed_after_the_figures_are_not_proved(own_six: Home) -> None:
    own_six.take_bytes("b.ndjson", ndjson([household(1, revision=2)]))
    own_six.households(HERE)
    with pytest.raises(Unprovable, match="C-PROVE-OLD"):
        proof_of(own_six.settings)


def test_the_commands_make_and_check_a_proof(certified: Settings, tmp_path: Path) -> None:
    jpt, file = Terminal(certified.root), tmp_path / "proof.json"
    words = ("prove", "--year", YEAR, "--area", VILLAGE.area_code, "--household", HOUSE, "--out", file)
    told = jpt.done(*words)
    assert [area["level"] for area in told["areas"]] == ["village", "lao", "district", "province", "nation"]
    assert file.stat().st_mode & 0o077 == 0
    without_home = Terminal(tmp_path / "nowhere")
    checked = without_home.done("verify", file)
    assert (checked["problems"], checked["areas"]) == ([], told["areas"])
    shown = without_home("verify", file).stdout
    assert told["areas"][1]["root_sha256"][:16] in shown
    assert HOUSE not in shown + json.dumps(told)
    refused = jpt("prove", "--year", YEAR, "--area", VILLAGE.area_code, "--household", "38010000009", "--out", file)
    assert (refused.exit_code, "C-PROVE-NONE" in refused.stderr) == (1, True)
    file.write_text(file.read_text().replace('"leaf_no": 0', '"leaf_no": 1', 1))
    code, found = without_home.json("verify", file)
    assert (code, found["ok"], bool(found["problems"])) == (1, False, True)
