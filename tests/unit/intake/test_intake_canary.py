"""Canaries: numbers, names, houses and positions that are delivered lie in landing/files, and nowhere else in a home."""

import logging

import duckdb
import pytest

from jpt_pipeline.results import build_warehouse, publish_round
from tests.unit.intake.country import YEAR, Home, citizen_id, deliver, household, ndjson, pair, person

NUMBER, OTHER = citizen_id(71234567890), citizen_id(79876543210)
CANARIES = [NUMBER, OTHER, "กนารีหนึ่ง", "นามสกุลนก", "777/13กรง", "18.0765432", "103.7654321"]
BIRD = person(1, citizen_id=NUMBER, first_name=CANARIES[2], last_name=CANARIES[3])
WEARING = {"house_no": CANARIES[4], "latitude": CANARIES[5], "longitude": CANARIES[6]}
HOMES = [
    household(1, people=[BIRD], **WEARING),
    household(2, people=[BIRD, {**BIRD, "citizen_id": OTHER}], a2911="x", **WEARING),
    household(3, village="38019999", people=[BIRD], **WEARING),
    household(4, people=[BIRD], survey_year=2599, **WEARING),
]


def texts_of(path):
    """A file's bytes, and every cell of a Parquet or database file as text."""
    yield path.read_bytes()
    if path.suffix == ".parquet":
        rows = duckdb.execute("SELECT * FROM read_parquet(?, hive_partitioning = false)", [str(path)]).fetchall()
        yield repr(rows).encode()
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                yield repr(connection.execute(f"SELECT * FROM {name}").fetchall()).encode()


def escaped(home, canaries=CANARIES):
    """(file, canary) of each canary outside landing/files."""
    kept = home.settings.landing / "files"
    return [
        (path.relative_to(home.settings.root).as_posix(), canary)
        for path in sorted(home.settings.root.rglob("*"))
        if path.is_file() and kept not in path.parents
        for content in texts_of(path)
        for canary in canaries
        if canary.encode() in content
    ]


@pytest.fixture(scope="module")
def aviary(tmp_path_factory):
    """A home that took canaries in, in several formats, some broken, and ran all stages, warehouse and a release."""
    made = Home(tmp_path_factory.mktemp("aviary")).registers()
    made.take_bytes("payload.ndjson", ndjson(HOMES) + ndjson(HOMES)[:-40])
    for number, kind in enumerate(("csv_cp874", "xlsx", "parquet", "zip", "json")):
        later = [dict(one, revision=number + 2) for one in HOMES]
        made.take(deliver(made.folder / kind, kind, later))
    broken = pair([dict(one, revision=9) for one in HOMES])
    broken["members.csv"] += b"one,cell,too,few," + NUMBER.encode() + b"\r\n" + b'"open ' + NUMBER.encode()
    made.take_files(broken)
    made.take_bytes("members.csv", broken["members.csv"].split(b"\r\n", 1)[1])  # no header: refused
    return made.run()


def test_no_canary_leaves_the_delivered_files(aviary):
    assert len([path for path in (aviary.settings.landing / "files").rglob("*") if path.is_file()]) >= 8
    assert escaped(aviary) == []


def test_no_canary_is_in_the_warehouse(aviary, caplog, capfd):
    with caplog.at_level(logging.DEBUG):
        build_warehouse(aviary.settings)
    assert escaped(aviary) == []
    said = caplog.text + "".join(capfd.readouterr())
    assert not [canary for canary in CANARIES if canary in said]


def test_the_search_would_find_one(aviary):
    """The canaries are there: the search finds them once it looks into the delivered files."""
    digest = [path for path in (aviary.settings.landing / "files").rglob("*") if path.is_file()]
    assert any(NUMBER.encode() in path.read_bytes() for path in digest)
    assert escaped(aviary, ["38010000001"]) != []  # house codes stay in the lake of the home


@pytest.mark.parametrize("column", ["household_id", "village_code"])
def test_a_citizen_number_in_the_place_of_a_code_does_not_get_in(home, column):
    files = pair([household(1, people=[BIRD])])
    old = b"38010000001" if column == "household_id" else b"38010101"
    files = {name: content.replace(old, OTHER.encode()) for name, content in files.items()}
    report = home.take_files(files)
    home.run()
    assert all(file.refused_n == 1 for file in report.receipt.units[0].files)
    assert escaped(home) == []


def test_tokens_need_the_key(home):
    """Another key gives other tokens: without it nobody can compute them from numbers."""
    home.take_bytes("a.ndjson", ndjson([household(1)]))
    first = home.staged("person_token", "persons")
    (home.folder / "other").mkdir()
    other = Home(home.folder / "other").registers()
    other.settings.token_key_file.write_bytes(b"k" * 32)
    other.take_bytes("a.ndjson", ndjson([household(1)]))
    assert other.staged("person_token", "persons") != first


def test_house_codes_are_tokens_in_a_release(home):
    home.take_bytes("a.ndjson", ndjson([household(1), household(2, a2911="x")]))
    home.run()
    from checks import GATES
    from jpt_pipeline.certification.stage import make_certified
    from jpt_pipeline.store.lake import Part

    for part in (Part(YEAR, "38"), Part(YEAR)):
        make_certified(home.settings, part, GATES)
    release = publish_round(home.settings, YEAR)
    for path in release.iterdir():
        for content in texts_of(path):
            assert b"38010000001" not in content
            assert b"38010000002" not in content
