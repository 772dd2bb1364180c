"""A household under a valid certificate is corrected only after its area was returned (bad input 105)."""

import pytest

from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.store.lake import Lake
from jpt_pipeline.store.session import session
from tests.unit.corrections.world import codes, correct, row
from tests.unit.intake.country import HERE


def say(home, *states):
    """Seal certification__state of the province with (level, area, state)."""
    with session(home.settings) as connection:
        connection.execute(load_dictionary().ddl("certification__state"))
        for level, area, state in states:
            connection.execute(
                "INSERT INTO certification__state (survey_year, stream, level, area_code, state) VALUES (2561, 'jpt', ?, ?, ?)",
                [level, area, state],
            )
        query = "SELECT * FROM certification__state"
        Lake(home.settings.lake).write(connection, "certification__state", HERE, query, fingerprint="x", inputs={})


@pytest.mark.parametrize(
    ("states", "refused"),
    [
        ([("lao", "L1", "CERTIFIED")], True),
        ([("lao", "L1", "DRAFT"), ("district", "3801", "DRAFT")], False),
        ([("lao", "L2", "CERTIFIED"), ("lao", "L1", "STALE")], False),
        ([("lao", "L1", "CERTIFIED"), ("district", "3801", "CERTIFIED")], True),
        ([("lao", "L1", "CERTIFIED"), ("district", "3801", "RETURNED")], False),
        ([("lao", "L1", "CERTIFIED"), ("district", "3801", "CORRECTING")], False),
        ([("lao", "L1", "CERTIFIED"), ("district", "3802", "RETURNED")], True),
    ],
)
def test_the_path_of_the_village_decides(counted, states, refused):
    say(counted, *states)
    report = correct(counted, row("a2911", "1", "0"), is_dry_run=True)
    assert codes(report) == ([(2, "C-AFTERCERT")] if refused else [])
