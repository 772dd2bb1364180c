"""Ages: completed years and months on the Thai date of the interview, as rulings 8 and 9 of the contract say.

All persons of the table are members of one household per moment of submission. Dates of birth in the Buddhist Era.
"""

import pytest

from tests.unit.intake.country import Home, household, ndjson, person

NO_DATE = (None, None)
# (submitted_at, date of the survey in Thailand, [(birth date, (years, months))])
TABLE = [
    (
        "2018-03-01T09:30:00+07:00",
        "2018-03-01",
        [
            ("01/03/2561", (0, 0)),
            ("28/02/2561", (0, 0)),
            ("01/02/2561", (0, 1)),
            ("31/01/2561", (0, 1)),
            ("02/03/2560", (0, 11)),
            ("01/03/2560", (1, 12)),
            ("1/3/2560", (1, 12)),
            ("๐๑/๐๓/๒๕๖๐", (1, 12)),
            ("29/02/2559", (2, 24)),
            ("02/03/2548", (12, 155)),
            ("01/03/2548", (13, 156)),
            ("01/01/2441", (120, 1442)),
            ("31/12/2440", NO_DATE),
            ("02/03/2561", NO_DATE),
            ("30/02/2550", NO_DATE),
            ("29/02/2560", NO_DATE),
            ("31/04/2550", NO_DATE),
            ("00/00/2550", (11, 134)),
            ("01/03/2017", NO_DATE),
            ("2550-03-01", NO_DATE),
            ("", NO_DATE),
        ],
    ),
    (
        "2018-02-28T23:59:59+07:00",
        "2018-02-28",
        [("29/02/2559", (1, 23)), ("28/02/2559", (2, 24)), ("31/01/2561", (0, 0)), ("28/01/2561", (0, 1))],
    ),
    ("2020-02-29T12:00:00+07:00", "2020-02-29", [("29/02/2559", (4, 48)), ("01/03/2559", (3, 47)), ("28/02/2562", (1, 12))]),
    ("2018-01-14T17:00:00Z", "2018-01-15", [("15/01/2560", (1, 12)), ("16/01/2560", (0, 11)), ("15/01/2561", (0, 0))]),
    ("2018-01-14T16:59:59Z", "2018-01-14", [("15/01/2560", (0, 11)), ("14/01/2560", (1, 12)), ("15/01/2561", NO_DATE)]),
    ("2018-01-15T00:00:00", "2018-01-15", [("15/01/2560", (1, 12))]),
    ("2018-01-15", "2018-01-15", [("15/01/2560", (1, 12))]),
    ("2018-01-15 00:30:00+07", "2018-01-15", [("15/01/2560", (1, 12))]),
    ("2018-01-14T12:00:00-0500", "2018-01-15", [("15/01/2560", (1, 12))]),
]  # fmt: skip
ROWS = [
    (number, at, day, place, birth, expected)
    for number, (at, day, people) in enumerate(TABLE, 1)
    for place, (birth, expected) in enumerate(people, 1)
]


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    """(household number, member number) -> (years, months); household number -> date of the survey."""
    made = Home(tmp_path_factory.mktemp("ages")).registers()
    homes = [
        household(number, submitted_at=at, people=[person(1, birth_date=birth, citizen_id="") for birth, _ in people])
        for number, (at, _, people) in enumerate(TABLE, 1)
    ]
    made.take_bytes("all.ndjson", ndjson(homes))
    ages = {(row[0], row[1]): row[2:] for row in made.staged("record_no, member_no, age_years, age_months", "persons")}
    return ages, dict(made.staged("record_no, CAST(survey_date AS VARCHAR)"))


@pytest.mark.parametrize(
    ("number", "at", "day", "place", "birth", "expected"), ROWS, ids=[f"{r[4]} on {r[1]}" for r in ROWS]
)
def test_completed_years_and_months(staged, number, at, day, place, birth, expected):
    ages, days = staged
    assert days[number] == day
    assert ages[number, place] == expected
