"""Which answers a delivery may hold: those of the declared round, or of all; a file may hold several rounds."""

import pytest

from jpt_pipeline.households.sources import open_forms
from jpt_pipeline.instruments import answer_columns, load_instrument
from jpt_pipeline.intake.formats import Declared
from jpt_pipeline.intake.questions import questions_of
from jpt_pipeline.settings import CHECKOUT
from jpt_pipeline.store.lake import Part
from jpt_pipeline.store.session import session
from tests.unit.intake.country import Home, changed, household, ndjson, pair

NEXT = {"survey_year": 2567, "submitted_at": "2024-03-01T09:30:00+07:00"}
ELECTRICITY, ALCOHOL = "a9131901", "a52411"  # asked in plan 13 alone, and in plan 12 alone


def staged(home: Home, year: int, *columns: str) -> list[tuple]:
    names = sorted({*answer_columns(load_instrument("plan12")), *answer_columns(load_instrument("plan13"))})
    with session(home.settings) as connection:
        open_forms(connection, home.settings, home.receipts(), Part(year, "38"), names)
        return connection.execute(f"SELECT {', '.join(columns)} FROM forms ORDER BY ALL").fetchall()


@pytest.mark.parametrize("kind", ["ndjson", "folder"])
def test_a_file_of_two_rounds_keeps_the_answers_of_each(home, kind):
    both = [household(1, **{ALCOHOL: "1"}), household(2, **{ELECTRICITY: "1"}, **NEXT)]
    if kind == "ndjson":
        home.take_bytes("both.ndjson", ndjson(both))
    else:
        home.take_files(pair(both))
    assert staged(home, 2561, "a2911", ALCOHOL, ELECTRICITY, "unknown_keys_n") == [("1", "1", None, 0)]
    assert staged(home, 2567, "a2911", ALCOHOL, ELECTRICITY, "unknown_keys_n") == [("1", None, "1", 0)]


def test_what_the_round_does_not_ask_is_noted(home):
    home.take_bytes(
        "strange.ndjson", ndjson([household(1, **{ELECTRICITY: "1"}), household(2, **{ALCOHOL: "1"}, **NEXT)])
    )
    assert staged(home, 2561, "unknown_keys_n") == [(1,)]
    assert staged(home, 2567, "unknown_keys_n") == [(1,)]


def test_the_same_household_is_the_same_whether_its_round_was_declared_or_not(home):
    home.take_bytes("told.ndjson", ndjson([household(1)]), Declared(survey_year=2561))
    home.take_files(pair([household(1)]))
    home.take_bytes("other.ndjson", ndjson([changed(household(1), a2911="0")]), Declared(survey_year=2561))
    digests = [digest for (digest,) in staged(home, 2561, "content_sha256")]
    assert len(digests) == 3 and len(set(digests)) == 2


def test_questions_of_a_declared_round_are_its_own():
    told = questions_of(Declared(survey_year=2567), CHECKOUT / "data")
    assert told.asked == answer_columns(load_instrument("plan13"))
    assert set(told.staged) > set(told.asked), "but all are staged, so that digests do not depend on it"
    assert ALCOHOL in told.strange[2567] and ELECTRICITY in told.strange[2561]
    assert questions_of(Declared(), CHECKOUT / "data").asked == told.staged
