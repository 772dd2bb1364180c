"""Drawing a sample: from which figures, the same list every time, what the form shows, what the ledger may know."""

import hmac
import os
import stat
from collections import Counter
from hashlib import sha256

import pytest

from jpt_pipeline.certification import acts
from jpt_pipeline.certification.gates import Rules
from jpt_pipeline.certification.request import Request
from jpt_pipeline.certification.state import Area
from jpt_pipeline.ledger import SampleDraw
from jpt_pipeline.reinterview.stored import SAMPLES, read_lines, write_lines
from jpt_pipeline.rounds import Round
from jpt_pipeline.sampling.words import Refused, load_words
from jpt_pipeline.store.lake import Lake
from jpt_pipeline.store.session import session
from tests.unit.sampling.world import AT, L1, Field, cells


def test_the_plan_of_the_round_is_drawn(drawn: Field) -> None:
    """80 households, 90 % at risk 10 %: of 9 bad ones a sample of 18 misses all with 8.7 %, one of 17 with 10.2 %."""
    sample = drawn.sample
    entry = sample.entry
    assert (entry.households_n, entry.size_n, entry.allowed_n, entry.village_max_n) == (80, 18, 0, 15)
    assert entry.replacements_n == 9
    assert [line.draw_no for line in sample.lines] == list(range(1, 28))
    assert len({line.household_id for line in sample.lines}) == 27
    chosen = Counter(line.village_code for line in sample.lines if not line.is_replacement)
    assert max(chosen.values()) <= 15
    assert drawn.entries == [entry]


def test_an_independent_draw_of_a_few_lines_gives_the_same_list(drawn: Field) -> None:
    sample = drawn.sample
    seed = sha256(b"jpt-sample-v1" + bytes.fromhex(sample.entry.root_sha256) + b"lottery 123456").digest()
    houses = [("38010101" if n <= 60 else "38010201", f"3801{n:07d}") for n in range(1, 81)]
    order = sorted(houses, key=lambda h: hmac.new(seed, f"{h[0]}|{h[1]}".encode(), "sha256").digest())
    taken = []
    for house in order:
        if len(taken) < 18 and sum(t[0] == house[0] for t in taken) < 15:
            taken.append(house)
    spare = [house for house in order if house not in taken][:9]
    assert [(line.village_code, line.household_id) for line in sample.lines] == sorted(taken) + spare


def test_the_same_root_gives_the_same_list_again_and_no_second_entry(drawn: Field) -> None:
    first, again = drawn.sample, drawn.draw(beacon=None)
    assert (first.is_new, again.is_new) == (True, False)
    assert (again.entry, again.lines) == (first.entry, first.lines)
    assert len(drawn.entries) == 1
    assert drawn.form(first, "a.xlsx").read_bytes() == drawn.form(again, "b.xlsx").read_bytes()


def test_who_tries_another_beacon_is_refused(drawn: Field) -> None:
    with pytest.raises(Refused, match="RI-BEACON"):
        drawn.draw(beacon="lottery 654321")


def test_an_area_above_needs_its_areas_below_certified(field: Field) -> None:
    with pytest.raises(Refused, match="RI-CHILDREN") as refused:
        field.draw(Area("jpt", "district", "3801"))
    assert "2 พื้นที่ย่อย (เช่น L1)" in str(refused.value)
    assert field.entries == []


@pytest.mark.parametrize(
    ("area", "code"),
    [
        (Area("jpt", "lao", "L9"), "RI-AREA"),
        (Area("jpt", "village", "38010101"), "RI-LEVEL"),
        (Area("jpt", "nation", "TH"), "RI-LEVEL"),
        (Area("basic", "lao", "L1"), "RI-LEVEL"),
        (Area("jpt", "lao", "L2"), "RI-EMPTY"),
    ],
)
def test_where_no_sample_can_be_drawn(field: Field, area: Area, code: str) -> None:
    with pytest.raises(Refused, match=code):
        field.draw(area)


def test_a_round_that_asks_for_no_confidence_has_no_samples(field: Field) -> None:
    bare = Round.model_validate(field.round.model_dump() | {"quality": None})
    with pytest.raises(Refused, match="RI-DEMAND"):
        field.draw(round_=bare)


def test_the_form_is_blind_and_names_the_house(drawn: Field) -> None:
    sample = drawn.sample
    path = drawn.form(sample)
    words = load_words().form
    rows = cells(path, words.sheet)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    number = {name: at for at, name in enumerate(words.headings)}
    for line, row in zip(sample.lines, rows[4:], strict=True):
        house = f"{int(line.household_id[4:])}/9"
        assert (row[number["household_id"]], row[number["house"]]) == (line.household_id, house)
        assert set(row[len(number) :]) == {""}
    assert rows[4][number["kind"]] == words.sample
    assert rows[-1][number["kind"]] == words.replacement


def test_the_ledger_knows_no_household(drawn: Field) -> None:
    sample = drawn.sample
    text = "".join(path.read_text() for path in drawn.settings.ledger.glob("*.json"))
    assert not [line for line in sample.lines if line.household_id in text]
    assert not hasattr(SampleDraw, "households")


def test_another_list_in_the_lake_is_noticed(drawn: Field) -> None:
    sample = drawn.sample
    lake, lines = Lake(drawn.settings.lake), list(sample.lines)
    assert read_lines(lake, sample.part, sample.entry.sample_id) == lines
    lines[0] = lines[0].__class__(**{**vars(lines[0]), "household_id": "38010009999"})
    with session(drawn.settings) as connection:
        write_lines(connection, lake, sample.part, L1.stream, sample.entry.sample_id, lines)
    with pytest.raises(Refused, match="RI-LIST"):
        drawn.draw()
    assert lake.seal(SAMPLES, sample.part).rows_n == len(lines)


def test_households_newer_than_the_figures_are_not_drawn_from(drawn: Field) -> None:
    lake = Lake(drawn.settings.lake)
    part = drawn.sample.part
    with session(drawn.settings) as connection:
        source = lake.sealed("households__clean", part)
        connection.execute(
            "CREATE TABLE moved AS SELECT * REPLACE (revision + 1 AS revision) FROM read_parquet(?)", [source]
        )
        lake.write(connection, "households__clean", part, "SELECT * FROM moved", fingerprint="x", inputs={})
    with pytest.raises(Refused, match="RI-MOVED"):
        drawn.draw(Area("jpt", "lao", "L3"))


def test_from_certified_areas_below_a_district_is_drawn(field: Field) -> None:
    """LAOs L1 and L2 make up district 3801; L2 has no household, L1 has 80."""
    raw = field.round.model_dump()
    for level in raw["streams"][0]["chain"]:
        level["gates"] = ["children_certified"] if level["level"] != "lao" else []
    raw["quality"]["confidence"]["level"] = "district"
    round_, request = Round.model_validate(raw), Request("lao", ("L1", "L2"))
    for act in (acts.present, acts.certify):
        act(field.settings, round_, Rules(), request, lambda: AT)
    district = Area("jpt", "district", "3801")
    sample = field.draw(district, round_=round_)
    assert (sample.is_new, sample.entry.households_n) == (True, 80)
    assert sample.entry.sample_id == "2561-jpt-district-3801-s1"
    acts.revoke(field.settings, round_, Rules(), Request("lao", ("L1",), reason="ตรวจใหม่"), lambda: AT)
    with pytest.raises(Refused, match=r"RI-CHILDREN.* 1 พื้นที่ย่อย \(เช่น L1\)"):
        field.draw(district, round_=round_)
