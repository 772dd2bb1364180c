"""How a stage runs: skipped when nothing changed, made again when inputs, definitions or gates change; all or none."""

import shutil

import pytest

from jpt_pipeline.households.stages import make_households, make_records
from jpt_pipeline.rollup.areas import make_rollups
from jpt_pipeline.rollup.indicators import make_indicators
from jpt_pipeline.settings import CHECKOUT, Settings
from jpt_pipeline.store import stage
from jpt_pipeline.store.lake import GateFailed, Lake, NotSealed, Part, Verdict
from jpt_pipeline.store.stage import Output, run_stage
from tests.unit.intake.country import HERE, household, ndjson

PART = Part(2561, "38")


class Stage:
    """A stage of two tables that counts how often it was computed."""

    def __init__(self, home, definitions=None):
        self.settings = Settings(home=home, **({"definitions": definitions} if definitions else {}))
        self.lake = Lake(self.settings.lake)
        self.times = 0

    def run(self, inputs=None, gates=None, part=PART):
        return run_stage(self.settings, part, ["s__one", "s__two"], inputs or {"in": "1"}, gates or {}, self.compute)

    def compute(self, connection):
        self.times += 1
        connection.execute("CREATE TABLE base AS SELECT unnest(range(3)) AS n")
        return [Output("s__one", "SELECT n FROM base ORDER BY n"), Output("s__two", "SELECT count(*) AS n FROM base")]


def good(connection, source):
    yield Verdict("good", True)


def bad(connection, source):
    yield Verdict("bad", False, 1)


def test_nothing_changed_nothing_done(tmp_path):
    one = Stage(tmp_path)
    first = one.run()
    assert one.run() == first
    assert one.times == 1
    assert [seal.rows_n for seal in first.values()] == [3, 1]


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": {"in": "2"}},
        {"inputs": {"in": "1", "more": "1"}},
        {"gates": {"s__one": (good,)}},
        {"part": Part(2561, "39")},
    ],
)
def test_another_input_gate_or_part_is_computed(tmp_path, change):
    one = Stage(tmp_path)
    one.run()
    one.run(**change)
    assert one.times == 2


def test_a_missing_seal_or_changed_bytes_are_computed_again(tmp_path):
    one = Stage(tmp_path)
    one.run()
    one.lake.seal_path("s__two", PART).unlink()
    one.run()
    with one.lake.path("s__one", PART).open("ab") as stream:
        stream.write(b"x")
    one.run()
    assert one.times == 3


def test_changed_definitions_are_computed_again(tmp_path):
    definitions = tmp_path / "definitions"
    for name in ("instruments", "rounds", "codes", "areas", "certification"):
        shutil.copytree(CHECKOUT / "data" / name, definitions / name)
    shutil.copy(CHECKOUT / "data" / "dictionary.yaml", definitions)
    one = Stage(tmp_path / "home", definitions)
    one.run()
    stage.version.cache_clear()
    one.run()
    assert one.times == 1
    for count, name in enumerate(
        ("instruments/plan12.yaml", "rounds/2561.yaml", "codes/intake.yaml", "dictionary.yaml"), 2
    ):
        with (definitions / name).open("a") as stream:
            stream.write("\n# changed\n")
        stage.version.cache_clear()
        one.run()
        assert one.times == count
    stage.version.cache_clear()


@pytest.mark.parametrize("table", ["s__one", "s__two"])
def test_a_failed_gate_unseals_all_tables_of_the_stage(tmp_path, table):
    one = Stage(tmp_path)
    one.run()
    with pytest.raises(GateFailed):
        one.run(gates={table: (bad,)})
    for name in ("s__one", "s__two"):
        with pytest.raises(NotSealed):
            one.lake.seal(name, PART)


def test_a_stage_that_dies_leaves_no_table_sealed(tmp_path, monkeypatch):
    one = Stage(tmp_path)
    one.run()

    def dies(connection):
        raise MemoryError

    monkeypatch.setattr(one, "compute", dies)
    with pytest.raises(MemoryError):
        one.run(inputs={"in": "2"})
    for name in ("s__one", "s__two"):
        assert not one.lake.seal_path(name, PART).exists()


def seals(home):
    lake = Lake(home.settings.lake)
    return {path: path.stat().st_mtime_ns for path in lake.root.rglob("seal.json")}


def test_the_stages_of_a_province_are_skipped_until_something_comes(home):
    home.take_bytes("a.ndjson", ndjson([household(1)]))
    home.run()
    before = seals(home)
    home.run()
    assert seals(home) == before
    home.take_bytes("b.ndjson", ndjson([household(2)]))
    home.run()
    assert all(seals(home)[path] > before[path] for path in before if "register" not in str(path))
    assert home.rows("rollups__economy", "households_n")[-1:] == [(2,)]


def test_a_delivery_for_one_province_leaves_the_other_alone(home):
    there = Part(2561, "39")
    home.take_bytes("a.ndjson", ndjson([household(1), household(2, village="39010101")]))
    home.run(HERE, there)
    before = seals(home)
    home.take_bytes("b.ndjson", ndjson([household(3)]))
    home.run(HERE, there)
    changed = {path.parent.name for path in before if seals(home)[path] > before[path]}
    assert changed == {"province=38", "survey_year=2561"}


def test_stages_without_their_input_say_what_is_missing(home):
    for make in (make_households, make_indicators, make_rollups):
        with pytest.raises(NotSealed, match="has no seal"):
            make(home.settings, HERE, {})
    for path in home.settings.lake.rglob("register__areas/**/seal.json"):
        path.unlink()
    with pytest.raises(NotSealed):
        make_records(home.settings, HERE, {})
