"""Tables that only some rounds have, to plant into the invented release: budgets of LAOs, standings of second interviews."""

import pandas as pd

from tests.unit.reports.invented import YEAR, Frames

# lao, item, planned, used (satang); L22 registered nothing
BUDGETS = [
    ("L11", "interviews", 1_000_000, 950_050),
    ("L11", "materials", None, 20_000),
    ("L12", "interviews", 500_000, 600_000),
    ("L21", "training", None, 12_345),
]
# level, area, samples, households, drawn, examined, agreed, not reached, outdated, design effect, visits, asked
STANDINGS = [
    ("province", "38", ["S1", "S2"], 1200, 190, 186, 183, 4, 1, "6/5", 2, 2),
    ("district", "3801", [], 0, 0, 0, 0, 0, 0, None, 1, 1),
    ("district", "3802", [], 0, 0, 0, 0, 0, 0, None, 0, 1),
]


def budgets(tables: Frames) -> None:
    """Plant register__lao_budget."""
    columns = ["lao_code", "budget_item", "planned_satang", "used_satang"]
    rows = pd.DataFrame(BUDGETS, columns=columns).astype({"planned_satang": "Int64"})
    tables["register__lao_budget"] = rows.assign(survey_year=YEAR, stream="jpt")


def standings(tables: Frames) -> None:
    """Plant certification__confidence."""
    columns = ["level", "area_code", "sample_ids", "households_n", "drawn_n", "examined_n", "agreed_n", "not_reached_n"]
    columns += ["outdated_n", "design_effect", "visits_n", "visits_min_n"]
    rows = pd.DataFrame(STANDINGS, columns=columns)
    tables["certification__confidence"] = rows.assign(survey_year=YEAR, stream="jpt")


def both(tables: Frames) -> None:
    """Plant all of them."""
    budgets(tables)
    standings(tables)
