"""Gates of stage 4: figures are whole, passed and failed make the surveyed, and every level adds up to the same."""

import pandera.pandas as pandera

from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.quality.rules import rule, schema
from jpt_pipeline.store.lake import Check

_PLACE = "level || ' ' || area_code"


def _levels_agree(table: str) -> Check:
    """The sum over all areas of a level is the same at every level, in every additive measure."""
    dictionary = load_dictionary()
    columns = dictionary.tables[table].columns
    measures = [c for c in columns if dictionary.fields[c].access == "aggregate" and c != "enumerators_n"]
    keys = [c for c in columns[4:] if c not in measures and c != "enumerators_n"]
    by = ", ".join(["stream", *keys])
    sums = ", ".join(f"sum({m}) AS {m}" for m in measures)
    differs = " OR ".join(f"min({m}) <> max({m})" for m in measures)
    return rule(
        "levels_agree",
        "ผลรวมของทุกระดับพื้นที่เท่ากัน",
        f"SELECT {by}, '*' AS level, stream AS area_code FROM (SELECT level, {by}, {sums} FROM {{source}} "
        f"GROUP BY level, {by}) GROUP BY {by} HAVING {differs} "
        f"OR count(*) <> (SELECT count(DISTINCT level) FROM {{source}})",
        _PLACE,
    )


GATES: dict[str, tuple[Check, ...]] = {
    "rollups__indicators": (
        schema("rollups__indicators", unit=pandera.Check.isin(("persons", "households"))),
        rule(
            "passed_and_failed_make_surveyed",
            "ผ่าน + ไม่ผ่าน = สำรวจ และครัวเรือนที่ไม่ผ่านไม่เกินครัวเรือนที่เข้าข่าย",
            "SELECT * FROM {source} WHERE surveyed_n <> passed_n + failed_n "
            "OR households_failed_n > households_applicable_n "
            "OR (unit = 'households' AND surveyed_n <> households_applicable_n)",
            _PLACE,
        ),
        _levels_agree("rollups__indicators"),
    ),
    "rollups__population": (
        schema("rollups__population", sex=pandera.Check.isin(("1", "2"))),
        _levels_agree("rollups__population"),
    ),
    "rollups__economy": (
        schema("rollups__economy"),
        rule(
            "parts_make_the_total",
            "รายได้และรายจ่ายแต่ละส่วนรวมกันเท่ากับยอดรวม",
            "SELECT * FROM {source} WHERE income_baht <> income_main_baht + income_second_baht + income_other_baht "
            "+ income_own_produce_baht OR expense_baht <> expense_production_baht + expense_necessary_baht "
            "+ expense_unnecessary_baht + expense_debt_baht",
            _PLACE,
        ),
        _levels_agree("rollups__economy"),
    ),
    "rollups__coverage": (schema("rollups__coverage"), _levels_agree("rollups__coverage")),
    "rollups__areas": (schema("rollups__areas"),),
}
