"""The rollups in pandas, whole columns at a time, as somebody at home in pandas would write them: twice.

`pandas_rollups` reads texts as pyarrow's own, as the manual of pandas says. `categories_rollups` reads them as
categories, since there are few different answers: each is taken apart once. Otherwise they are the same.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jpt_pipeline.benchmark.peers import rules as r

VILLAGE = ["stream", "village_code"]
AREA = ["stream", "level", "area_code"]
Flags = npt.NDArray[np.bool_]


def pandas_rollups(files: dict[str, list[str]], out: Path) -> None:
    """Read the files of provinces and write the four tables into `out`, for all levels up to the nation."""
    _rollups(files, out, {"dtype_backend": "pyarrow"})


def categories_rollups(files: dict[str, list[str]], out: Path) -> None:
    """The same, with every text a category."""
    _rollups(files, out, {})


def _rollups(files: dict[str, list[str]], out: Path, how: dict[str, Any]) -> None:
    closure = _closure(_read(files["villages"]))
    clean = _read_clean(files["clean"], how)
    areas = _over(closure, _by_village(clean))
    _indicators(areas).to_parquet(out / "indicators.parquet", index=False)
    persons = _persons(files["members"], how)
    _over(closure, persons, ["sex", "age_band"]).to_parquet(out / "population.parquet", index=False)
    _economy(areas).to_parquet(out / "economy.parquet", index=False)
    _coverage(files, closure, areas, clean).to_parquet(out / "coverage.parquet", index=False)


def _read(paths: list[str], columns: Sequence[str] | None = None, **how: Any) -> pd.DataFrame:
    """Columns of files; what their folders are called is no column."""
    read: Any = pd.read_parquet  # its stubs know no keyword of the reader below it
    table: pd.DataFrame = read(paths, columns=columns, partitioning=None, **how)
    return table


def _read_clean(paths: list[str], how: dict[str, Any]) -> pd.DataFrame:
    words = [*r.answers(), *VILLAGE, "enumerator_id", *dict.fromkeys(column for column, _ in r.EVIDENCE.values())]
    rosters = {name for rule in r.RULES for name in (rule.asked, rule.surveyed) if name and name.startswith("r_")}
    columns = [*words, *sorted(rosters), "persons_n", r.INCOME, *r.MONEY.values()]
    clean = _read(paths, columns, **(how or {"read_dictionary": words}))
    for name in (r.INCOME, *r.MONEY.values(), *rosters):
        clean[name] = pd.to_numeric(clean[name])
    return clean


def _closure(villages: pd.DataFrame) -> pd.DataFrame:
    """Each village once per level with the area it lies in."""
    return pd.concat(
        [
            villages[VILLAGE].assign(level=level, area_code=villages[code] if code else r.NATION)
            for level, code in r.LEVELS.items()
        ]
    )


def _over(closure: pd.DataFrame, rows: pd.DataFrame, keys: list[str] | None = None) -> pd.DataFrame:
    """Rows of villages summed to every area of every level."""
    by = [*AREA, *(keys or [])]
    return closure.merge(rows, on=VILLAGE).drop(columns="village_code").groupby(by, sort=False).sum().reset_index()


def _flags(found: Any) -> Flags:
    """What is not known is not so."""
    return np.asarray(found.fillna(False), dtype=bool)


def _is(column: "pd.Series[str]", value: str) -> Flags:
    return _flags(column == value)


def _number(clean: pd.DataFrame, name: str) -> npt.NDArray[np.int64]:
    """N of an answer written `1,N`; a roster is a number already."""
    if name.startswith("r_"):
        return clean[name].to_numpy(np.int64)
    if not isinstance(clean[name].dtype, pd.CategoricalDtype):
        return _second(clean[name])
    known = _second(pd.Series(clean[name].cat.categories, dtype="str"))
    return np.append(known, 0)[clean[name].cat.codes]  # the code of no answer is -1


def _second(texts: "pd.Series[str]") -> npt.NDArray[np.int64]:
    return pd.to_numeric(texts.str.extract("^[^,]*,([0-9]+)", expand=False)).fillna(0).to_numpy(np.int64)


def _result(clean: pd.DataFrame, rule: r.Rule) -> npt.NDArray[np.int8]:
    """0 not applicable, 1 passed, 2 failed, 3 incomplete."""
    missing: Flags
    passed: Flags
    if rule.number == 22:
        missing = _flags(clean[r.INCOME].isna())
        passed = _flags(clean[r.INCOME] >= r.POVERTY_LINE * clean["r_members"].astype(np.int64))
    elif rule.number == 23:
        other = _flags(clean[r.OTHER_SAVINGS].str.startswith("1"))
        passed = np.logical_or.reduce([other, *(_is(clean[name], "1") for name in r.SAVINGS)])
        missing = ~(passed | _is(clean[r.NO_SAVINGS], "1"))
    elif rule.number == 31:
        together = _is(clean[r.TOGETHER], "1")
        some_missing = _flags(clean[[*r.IF_TOGETHER]].isna().any(axis=1))
        none_of = _flags(clean[[*r.IF_ALONE]].isna().all(axis=1))
        missing = (together & some_missing) | (~together & none_of)
        all_of = np.logical_and.reduce([_is(clean[name], "1") for name in r.IF_TOGETHER])
        one_of = np.logical_or.reduce([_is(clean[name], "1") for name in r.IF_ALONE])
        passed = (together & all_of) | (~together & one_of)
    elif rule.all_of:
        missing = _flags(clean[[*rule.all_of]].isna().any(axis=1))
        passed = np.logical_and.reduce([_is(clean[name], good) for name, good in rule.all_of.items()])
    else:
        missing = _flags(clean[[*rule.answered]].isna().all(axis=1))
        passed = np.logical_or.reduce([_is(clean[name], good) for name, good in rule.any_of.items()])
    judged = np.select([missing, passed], [3, 1], 2).astype(np.int8)
    if rule.asked is None:
        return judged
    asked = clean[rule.asked]
    nobody = (asked == 0) if rule.asked.startswith("r_") else (asked.isna() | (asked == "0"))
    return np.where(_flags(nobody), 0, judged).astype(np.int8)


def _by_village(clean: pd.DataFrame) -> pd.DataFrame:
    """One row a village: counts of the indicators, sums of money, evidence."""
    figures = {"households_n": np.ones(len(clean), np.int64), "persons_n": clean["persons_n"].to_numpy(np.int64)}
    figures |= {name: clean[code].fillna(0).to_numpy(np.int64) for name, code in r.MONEY.items()}
    figures |= {name: _is(clean[column], value) for name, (column, value) in r.EVIDENCE.items()}
    for rule in r.RULES:
        result = _result(clean, rule)
        figures |= {f"{letter}{rule.number}": result == value for letter, value in (("p", 1), ("h", 2), ("i", 3))}
        if rule.surveyed:
            counts = (result == 1) | (result == 2)
            failed = sum(_number(clean, name) for name in rule.failed)
            figures[f"s{rule.number}"] = np.where(counts, _number(clean, rule.surveyed), 0)
            figures[f"f{rule.number}"] = np.where(counts, failed, 0)
    table = pd.DataFrame(figures | {name: clean[name] for name in VILLAGE})
    return table.groupby(VILLAGE, sort=False, observed=True).sum().reset_index()


def _indicators(areas: pd.DataFrame) -> pd.DataFrame:
    frames = []
    for rule in r.RULES:
        n = rule.number
        applicable = areas[f"p{n}"] + areas[f"h{n}"]
        surveyed, failed = (areas[f"s{n}"], areas[f"f{n}"]) if rule.surveyed else (applicable, areas[f"h{n}"])
        frames.append(
            areas[AREA].assign(
                indicator_no=n,
                surveyed_n=surveyed,
                passed_n=surveyed - failed,
                failed_n=failed,
                households_applicable_n=applicable,
                households_failed_n=areas[f"h{n}"],
                incomplete_n=areas[f"i{n}"],
            )
        )
    return pd.concat(frames)


def _persons(paths: list[str], how: dict[str, Any]) -> pd.DataFrame:
    """Persons of each village by sex and band of five years."""
    words = [*VILLAGE, "sex"]
    members = _read(paths, [*words, "age_years"], **(how or {"read_dictionary": words}))
    members["band"] = (members["age_years"] // 5).clip(upper=20)
    counts = members.groupby([*VILLAGE, "sex", "band"], observed=True, sort=False).size().reset_index(name="persons_n")
    first = counts["band"] * 5
    named = first.astype(str) + "-" + (first + 4).astype(str)
    return counts.assign(age_band=named.where(counts["band"] < 20, "100+")).drop(columns="band")


def _economy(areas: pd.DataFrame) -> pd.DataFrame:
    table = areas[[*AREA, "households_n", "persons_n", *r.MONEY]]
    income = [name for name in r.MONEY if name.startswith("income_")]
    expense = [name for name in r.MONEY if name.startswith("expense_")]
    return table.assign(income_baht=table[income].sum(axis=1), expense_baht=table[expense].sum(axis=1))


def _coverage(
    files: dict[str, list[str]], closure: pd.DataFrame, areas: pd.DataFrame, clean: pd.DataFrame
) -> pd.DataFrame:
    targets = _read(files["targets"]).groupby("village_code")["target_households"].sum().rename("target_n")
    missed = _read(files["nonresponse"], columns=["village_code", "reason"])
    reasons = {f"nonresponse_{name}_n": (missed["reason"] == name).astype(int) for name in r.REASONS}
    missed = pd.DataFrame(reasons).groupby(missed["village_code"]).sum()
    refused = _read(files["quarantine"], columns=["village_code", "record_kind"])
    refused_n = refused[refused["record_kind"] == "household"].groupby("village_code").size().rename("quarantined_n")
    villages = closure.loc[closure["level"] == "village", VILLAGE]
    for found in (targets, missed, refused_n):
        villages = villages.join(found, on="village_code")
    workers = clean[[*VILLAGE, "enumerator_id"]].drop_duplicates().astype("str")
    working = closure.merge(workers, on=VILLAGE).groupby(AREA)["enumerator_id"].nunique().rename("enumerators_n")
    surveyed = areas[[*AREA, "households_n", *r.EVIDENCE]].rename(columns={"households_n": "surveyed_n"})
    figures = _over(closure, villages.fillna(0)).merge(surveyed, on=AREA, how="left")
    return figures.join(working, on=AREA).fillna(0)
