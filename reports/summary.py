"""The frame that the quality expectations look at: one row per area and indicator of a level, with all it must agree with.

Put here: joins of published tables. Keep out: any verdict (quality.py), and repair: what is missing stays missing.
"""

import pandas as pd

from reports.release import CERTIFIED, Release
from reports.words import words

KEYS = ["area_code", "indicator_no"]


def summary(release: Release, level: str, coverage_limit_percent: int) -> pd.DataFrame:
    """Everything to be checked at one level.

    Returns:
        One row per area of the register and indicator of the instrument, and one for every published or certified row
        beside them; sorted by key. Counts are nullable integers: NULL where a table lacks the row.
    """
    areas = _at(release, "rollups__areas", level)[["area_code", "area_name"]]
    numbers = pd.DataFrame({"indicator_no": [one.number for one in release.instrument.indicators]})
    expected = areas.merge(numbers, how="cross").assign(is_registered=True)
    frame = expected.merge(_indicators(release, level), on=KEYS, how="outer")
    frame = frame.merge(_certified(release, level), on=KEYS, how="outer")
    frame["is_registered"] = frame["is_registered"].eq(True)
    frame["has_certified_row"] = frame["certified_passed_n"].notna()
    state = _at(release, "certification__state", level)
    frame["is_certified"] = frame["area_code"].isin(state[state["state"] == CERTIFIED]["area_code"])
    frame = frame.merge(_children(release, level), on=KEYS, how="left")
    frame = frame.merge(_households(release, level, coverage_limit_percent), on="area_code", how="left")
    counts = [name for name in frame.columns if name.endswith("_n")]
    return frame.astype(dict.fromkeys(counts, "Int64")).sort_values(KEYS).reset_index(drop=True)


def _at(release: Release, table: str, level: str) -> pd.DataFrame:
    rows = release.table(table)
    return rows[rows["level"] == level]


def _indicators(release: Release, level: str) -> pd.DataFrame:
    measures = ["surveyed_n", "passed_n", "failed_n", "households_applicable_n", "households_failed_n"]
    rows = _at(release, "rollups__indicators", level)[[*KEYS, *measures]]
    rows = rows.assign(passed_plus_failed_n=rows["passed_n"] + rows["failed_n"])
    return rows.assign(passed_percent=100 * rows["passed_n"] / rows["surveyed_n"].where(rows["surveyed_n"] > 0))


def _certified(release: Release, level: str) -> pd.DataFrame:
    rows = release.table(f"certified__{level}")[[*KEYS, "passed_n", "failed_n"]]
    return rows.rename(columns={"passed_n": "certified_passed_n", "failed_n": "certified_failed_n"})


def _children(release: Release, level: str) -> pd.DataFrame:
    """Counts of the level below, added up by parent."""
    below = str(words().levels[level].children)
    parents = _at(release, "rollups__areas", below)[["area_code", "parent_code"]]
    rows = _at(release, "rollups__indicators", below).merge(parents, on="area_code")
    added = rows.groupby(["parent_code", "indicator_no"])[["surveyed_n", "failed_n"]].sum().reset_index()
    return added.rename(
        columns={"parent_code": "area_code", "surveyed_n": "children_surveyed_n", "failed_n": "children_failed_n"}
    )


def _households(release: Release, level: str, limit_percent: int) -> pd.DataFrame:
    """Households and persons of an area by the tables of economy, coverage and population."""
    economy = _at(release, "rollups__economy", level)[["area_code", "households_n", "persons_n"]]
    coverage = _at(release, "rollups__coverage", level)[["area_code", "target_n", "surveyed_n"]]
    coverage = coverage.assign(coverage_limit_n=coverage["target_n"] * limit_percent // 100)
    coverage = coverage.rename(columns={"surveyed_n": "covered_n"})
    people = _at(release, "rollups__population", level).groupby("area_code")["persons_n"].sum()
    joined = economy.merge(coverage, on="area_code", how="outer")
    return joined.assign(population_n=joined["area_code"].map(people).fillna(0))
