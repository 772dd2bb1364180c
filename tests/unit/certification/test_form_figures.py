"""What a form shows of an area: the figures that its root binds, read for many areas at once; and `jpt form`."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from jpt_pipeline.certification import acts
from jpt_pipeline.certification.figures import Source, area_figures, last_delivery
from jpt_pipeline.certification.request import Request
from jpt_pipeline.certification.scan import load_limits
from jpt_pipeline.certification.scan_reader import marks_in
from jpt_pipeline.certification.shown import AreaFigures
from jpt_pipeline.certification.situation import load_situation
from jpt_pipeline.certification.state import Area
from jpt_pipeline.cli.form import form_command
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.ledger import Act, only, read_entries
from jpt_pipeline.rounds import Round
from jpt_pipeline.store.lake import Part
from tests.unit.certification.world import COMMITTEE, NOON, RULES, YEAR, World, clock, make_round, make_world


def do(world: World, round_: Round, action: str, level: str, *codes: str) -> None:
    act = {"present": acts.present, "certify": acts.certify}[action]
    act(world.settings, round_, RULES, Request(level, codes, committee=COMMITTEE), clock())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """LAOs L1 and L2 of district 3801 are certified, the district is presented. Read only."""
    made = make_world(tmp_path_factory.mktemp("forms") / "home")
    for action in ("present", "certify"):
        do(made, make_round(), action, "lao", "L1", "L2")
    do(made, make_round(), "present", "district", "3801")
    yield made
    made.db.close()


def figures(world: World, *areas: tuple[str, str], round_: Round | None = None) -> list[AreaFigures]:
    """What is shown of areas (level, code), from one situation."""
    round_, entries = round_ or make_round(), read_entries(world.settings.ledger)
    with world.session() as connection:
        situation = load_situation(connection, world.settings, round_, RULES, entries, NOON.date())
        instrument = load_instrument("plan12")
        source = Source(world.settings, connection, situation, round_, instrument, only(entries, Act), NOON.date())
        levels = {level: [Area("jpt", level, code) for of, code in areas if of == level] for level, _ in areas}
        return [shown for together in levels.values() for shown in area_figures(source, together)]


@pytest.fixture(scope="module")
def shown(world: World) -> list[AreaFigures]:
    """LAOs L2 and L1, district 3801, province 38."""
    return figures(world, ("lao", "L2"), ("lao", "L1"), ("district", "3801"), ("province", "38"))


def test_a_district_is_shown_with_all_that_it_certifies(shown: list[AreaFigures]) -> None:
    district = shown[2]
    assert (district.households_n, district.persons_n, district.coverage["target_n"]) == (27, 75, 30)
    assert district.coverage["nonresponse_refused_n"] == 3 and district.coverage["photo_refused_n"] == 3
    assert district.population == (("0-4", {"1": 36}), ("100+", {"2": 39}))
    first, second = district.indicators
    assert (first.number, first.unit, first.surveyed_n, first.passed_n, first.failed_n) == (1, "persons", 60, 54, 6)
    assert (second.unit, second.surveyed_n, second.failed_n, second.dimension_th) == ("households", 27, 3, "สุขภาพ")
    assert (district.economy["income_baht"], district.economy["expense_baht"]) == (3000, 1200)
    assert (district.state, district.is_draft, district.form_no, district.certificate_id) == (
        "PRESENTED",
        False,
        "2",
        None,
    )
    assert [place.area_code for place in district.above] == ["38"] and district.due_date == date(2018, 3, 21)


def test_areas_below_come_with_their_certificates(shown: list[AreaFigures]) -> None:
    two, one, district, province = shown
    assert (two.place.area_code, one.place.area_code) == ("L2", "L1"), "in the order that was asked"
    assert district.below_level == "lao"
    assert [(b.place.area_code, b.households_n, b.certificate_id) for b in district.below] == [
        ("L1", 18, "2561-jpt-lao-L1-1"),
        ("L2", 9, "2561-jpt-lao-L2-1"),
    ]
    assert [b.root_sha256 for b in district.below] == [one.root_sha256, two.root_sha256]
    assert (one.certificate_id, one.certified_date, one.since) == ("2561-jpt-lao-L1-1", date(2018, 3, 20), None)
    assert one.committee.order_no == COMMITTEE.order_no
    assert [(b.place.area_code, b.state) for b in one.below] == [("38010101", None), ("38010202", None)]
    assert province.is_draft and any("G-CHILDREN" in reason for reason in province.blocked_by)


def test_the_mark_binds_the_root_that_is_certified(world: World, shown: list[AreaFigures]) -> None:
    given = [act for act in only(read_entries(world.settings.ledger), Act) if act.action == "certify"]
    assert shown[1].mark.root_sha256 == {act.area_code: act.root_sha256 for act in given}["L1"]
    assert shown[1].mark.about == (YEAR, "jpt", "lao", "L1", "1")


def test_a_chain_of_tambons_lists_tambons(world: World) -> None:
    """2557: the tambon certifies, so a district is shown its tambons, though the roots rest on LAOs."""
    (shown,) = figures(world, ("district", "3801"), round_=make_round(("tambon", "district", "province", "nation")))
    assert [b.place.area_code for b in shown.below] == ["380101", "380102"]


def test_moved_figures_are_shown_to_who_certifies_again(tmp_path: Path) -> None:
    world = make_world(tmp_path / "home")
    for action in ("present", "certify"):
        do(world, make_round(), action, "lao", "L2")
    world.move("38010103")
    (shown,) = figures(world, ("lao", "L2"))
    assert shown.state == "STALE" and shown.is_draft and shown.since is not None and shown.since.figures is not None
    moved = [(one.key, one.measure, one.then, one.now) for one in shown.since.figures]
    assert ("2", "failed_n", 1, 0) in moved and shown.since.certificate.certificate_id == "2561-jpt-lao-L2-1"
    world.db.close()


def test_last_delivery_is_that_of_the_round(tmp_path: Path) -> None:
    world = make_world(tmp_path / "home", write=False)
    columns = load_dictionary().sql_columns("submissions__deliveries")
    rows = [f"{YEAR}, '2018-03-04 02:00:00'", f"{YEAR}, '2018-03-01 02:00:00'", "2557, '2019-01-01 00:00:00'"]
    chosen = {"survey_year": "y", "received_at": "moment"}
    listed = ", ".join(f"{chosen.get(name, 'NULL')}::{kind} AS {name}" for name, kind in columns.items())
    query = f"SELECT {listed} FROM (VALUES {', '.join(f'({row})' for row in rows)}) t(y, moment)"
    assert last_delivery(world.db, world.lake, YEAR) is None
    world.lake.write(world.db, "submissions__deliveries", Part(YEAR), query, fingerprint="test", inputs={})
    found = last_delivery(world.db, world.lake, YEAR)
    assert found is not None and found.isoformat() == "2018-03-04T02:00:00+00:00"
    world.db.close()


class Forms:
    """`jpt form` in the world's home, into a folder."""

    def __init__(self, out: Path):
        self.out, self.app = out, typer.Typer()
        self.app.command()(form_command)

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(self.app, ["--year", "2561", "--out", str(self.out), *words])

    def json(self, *words: str) -> tuple[int, Any]:
        result = self.run(*words, "--json")
        return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def forms(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Forms:
    monkeypatch.setenv("JPT_HOME", str(world.settings.root))
    monkeypatch.setenv("COLUMNS", "200")
    return Forms(tmp_path / "forms")


def test_forms_of_a_level_are_printed_and_carry_their_marks(forms: Forms) -> None:
    code, told = forms.json("--level", "lao", "--all", "--meeting-date", "15/03/2561", "--place", "ศาลากลาง")
    assert code == 0 and [form["area_code"] for form in told["forms"]] == ["L1", "L2", "L3", "L4"]
    assert [form["is_draft"] for form in told["forms"]] == [False, False, True, True]
    limits = load_limits().model_dump()
    for form in told["forms"]:
        marks = [mark.to_text() for mark in marks_in(Path(form["path"]).read_bytes(), limits)]
        assert marks == ([form["mark"]] if form["mark"] else [])
    assert sorted(path.name for path in forms.out.iterdir()) == [f"form_2561_jpt_lao_L{n}.pdf" for n in (1, 2, 3, 4)]
    before = {path: path.read_bytes() for path in forms.out.iterdir()}
    result = forms.run("--level", "lao", "--area", "L1", "--area", "L3")
    assert result.exit_code == 0 and "D-FORMS" in result.stdout and "ฉบับร่าง" in result.stdout
    assert (forms.out / "form_2561_jpt_lao_L1.pdf").read_bytes() == before[forms.out / "form_2561_jpt_lao_L1.pdf"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--level", "lao"], "C-CHOICE"),
        (["--level", "lao", "--all", "--area", "L1"], "C-CHOICE"),
        (["--level", "moon", "--all"], "C-LEVEL-NAME"),
        (["--level", "lao", "--area", "L9"], "C-AREA"),
        (["--level", "lao", "--area", "L1", "--stream", "basic"], "C-STREAM"),
        (["--level", "tambon", "--all"], "C-NOFORM"),
        (["--level", "lao", "--area", "L1", "--meeting-date", "31/02/2561"], "C-DATE"),
    ],
)
def test_what_cannot_be_printed_is_refused_in_words(forms: Forms, words: list[str], code: str) -> None:
    exit_code, told = forms.json(*words)
    assert exit_code == 1 and told["refused"][0]["code"] == code
    assert not forms.out.exists()
