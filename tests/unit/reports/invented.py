"""A small invented release, written as a publication lies on disk: Parquet files and a manifest with their digests.

Two districts of one province, two LAOs each, three villages in each LAO; a tambon crosses two LAOs. The figures of a
village come from a seeded generator, everything above is their sum. `plant` changes a table before it is written.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from jpt_pipeline.disclosure import CELLS, DOCUMENT, MANIFEST_KEY, hidden_cells, load_policy
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.store.files import dump_json, sha256_file

YEAR = 2561
LEVELS = ["village", "lao", "district", "province", "nation"]
BANDS = [f"{low}-{low + 4}" for low in range(0, 100, 5)] + ["100+"]
NAMES = ["บ้านโนนสว่าง", "บ้านท่าไคร้", "บ้านหนองเลิง", "บ้านน้ำซำ", "บ้านดงหมากยาง", "บ้านกำแพงเพชร"]
CERTIFICATE = "C-2561-{level}-{code}"
Frames = dict[str, pd.DataFrame]


def village_register() -> pd.DataFrame:
    """[village, lao, tambon, district, province, nation, name]; LAO 2 of a district takes a village of each tambon."""
    rows = []
    for district, district_no in (("3801", 1), ("3802", 2)):
        for number in range(6):
            tambon = f"{district}{1 + number // 4:02d}"
            lao = f"L{district_no}{1 + number // 3}"
            rows.append([f"{tambon}{1 + number:02d}", lao, tambon, district, "38", "TH", NAMES[number]])
    return pd.DataFrame(rows, columns=["village", "lao", "tambon", "district", "province", "nation", "area_name"])


AREA_NAMES = {
    "L11": "อบต.โนนสว่าง",
    "L12": "เทศบาลตำบลท่าไคร้",
    "L21": "อบต.พรเจริญ",
    "L22": "เทศบาลตำบลดอนหญ้านาง",
    "380101": "บึงกาฬ",
    "380102": "โนนสมบูรณ์",
    "380201": "พรเจริญ",
    "380202": "ดอนหญ้านาง",
    "3801": "เมืองบึงกาฬ",
    "3802": "พรเจริญ",
    "38": "บึงกาฬ",
    "TH": "ประเทศไทย",
}


def summed(villages: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Rows of every level: the villages' measures added up over the register."""
    register = village_register()
    joined = villages.merge(register.drop(columns="area_name"), left_on="area_code", right_on="village")
    parts = []
    for level in [*LEVELS, "tambon"]:
        added = joined.groupby([level, *keys], sort=True).sum(numeric_only=True).reset_index()
        parts.append(added.rename(columns={level: "area_code"}).assign(level=level))
    return pd.concat(parts, ignore_index=True).assign(survey_year=YEAR, stream="jpt")


def frames(seed: int = 38, certified: tuple[str, ...] = ("lao", "district")) -> Frames:
    """All tables of the release, before they are written."""
    random = np.random.default_rng(seed)
    register = village_register()
    households = random.integers(40, 160, len(register))
    persons = (households * random.uniform(2.6, 3.6, len(register))).astype(int)
    return {
        "rollups__areas": _areas(register),
        "rollups__indicators": (indicators := _indicators(random, register, households, persons)),
        "rollups__population": _population(random, register, persons),
        "rollups__economy": _economy(random, register, households, persons),
        "rollups__coverage": _coverage(random, register, households),
        "certification__state": _states(certified),
        **{f"certified__{level}": _certified(indicators, level, certified) for level in LEVELS},
    }


def _areas(register: pd.DataFrame) -> pd.DataFrame:
    rows = [("nation", "TH", AREA_NAMES["TH"], None)]
    for level, parent in (
        ("province", "nation"),
        ("district", "province"),
        ("lao", "district"),
        ("tambon", "district"),
    ):
        rows += [(level, *pair) for pair in _named(register, level, parent)]
    rows += [("village", row.village, row.area_name, row.lao) for row in register.itertuples()]
    areas = pd.DataFrame(rows, columns=["level", "area_code", "area_name", "parent_code"])
    return areas.assign(survey_year=YEAR, stream="jpt")


def _named(register: pd.DataFrame, level: str, parent: str) -> list[tuple[str, str, str]]:
    pairs = register[[level, parent]].drop_duplicates().itertuples(index=False)
    return [(code, AREA_NAMES[code], above) for code, above in pairs]


def _indicators(
    random: np.random.Generator, register: pd.DataFrame, households: np.ndarray, persons: np.ndarray
) -> pd.DataFrame:
    rows = []
    for indicator in load_instrument("plan12").indicators:
        rate = float(random.beta(1.2, 18)) if indicator.number % 4 else 0.0
        reach = float(random.uniform(0.02, 0.9))
        for code, household_n, person_n in zip(register["village"], households, persons, strict=True):
            applicable_n = int(household_n * reach) if indicator.unit == "persons" else int(household_n)
            surveyed_n = int(person_n * reach * 0.6) if indicator.unit == "persons" else applicable_n
            surveyed_n = max(surveyed_n, applicable_n)
            failed_n = int(random.binomial(surveyed_n, rate))
            failed_households_n = min(failed_n, applicable_n)
            counts = (surveyed_n, surveyed_n - failed_n, failed_n, applicable_n, failed_households_n, 0)
            rows.append((code, indicator.number, indicator.unit, *counts))
    measures = ["surveyed_n", "passed_n", "failed_n", "households_applicable_n", "households_failed_n", "incomplete_n"]
    return summed(
        pd.DataFrame(rows, columns=["area_code", "indicator_no", "unit", *measures]), ["indicator_no", "unit"]
    )


def _population(random: np.random.Generator, register: pd.DataFrame, persons: np.ndarray) -> pd.DataFrame:
    weights = np.array(
        [5, 5.5, 6, 6.5, 6.5, 6.5, 6.5, 7, 8, 8.5, 8.5, 7.5, 6, 4.5, 3.2, 2.2, 1.4, 0.7, 0.2, 0.05, 0.02]
    )
    rows = []
    for code, person_n in zip(register["village"], persons, strict=True):
        male_n = int(person_n * 0.492)
        for sex, count_n in (("1", male_n), ("2", int(person_n) - male_n)):
            drawn = random.multinomial(count_n, weights / weights.sum())
            rows += [(code, sex, band, int(n)) for band, n in zip(BANDS, drawn, strict=True) if n]
    return summed(pd.DataFrame(rows, columns=["area_code", "sex", "age_band", "persons_n"]), ["sex", "age_band"])


def _economy(
    random: np.random.Generator, register: pd.DataFrame, households: np.ndarray, persons: np.ndarray
) -> pd.DataFrame:
    table = pd.DataFrame({"area_code": register["village"], "households_n": households, "persons_n": persons})
    for kind, parts in (
        ("income", {"main": 62000, "second": 9000, "other": 6000, "own_produce": 4000}),
        ("expense", {"production": 14000, "necessary": 31000, "unnecessary": 6000, "debt": 9000}),
    ):
        for part, mean in parts.items():
            table[f"{kind}_{part}_baht"] = (persons * random.normal(mean, mean / 9, len(register))).astype("int64")
        table[f"{kind}_baht"] = table[[f"{kind}_{part}_baht" for part in parts]].sum(axis=1)
    return summed(table, [])


def _coverage(random: np.random.Generator, register: pd.DataFrame, households: np.ndarray) -> pd.DataFrame:
    empty = random.integers(0, 4, len(register))
    table = pd.DataFrame({"area_code": register["village"], "target_n": households + empty, "surveyed_n": households})
    table["nonresponse_empty_n"] = empty
    zero = "quarantined nonresponse_refused nonresponse_under_6_months nonresponse_counted_elsewhere"
    zero += " nonresponse_not_found photo_missing photo_refused signature_missing signature_refused"
    for name in zero.split():
        table[f"{name}_n"] = 0
    table["enumerators_n"] = 1 + households // 20
    return summed(table, [])


def _codes(level: str) -> list[str]:
    return sorted(village_register()[level].unique())


def _states(certified: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for form_no, level in enumerate(["lao", "district", "province", "nation"], start=1):
        is_certified = level in certified
        for code in _codes(level):
            number = CERTIFICATE.format(level=level, code=code) if is_certified else None
            blocked = [] if is_certified else ["G-CHILDREN ยังมีพื้นที่ระดับล่างที่ไม่ได้รับรอง"]
            rows.append(
                (level, code, str(form_no), "CERTIFIED" if is_certified else "DRAFT", None, number, "0" * 64, blocked)
            )
    columns = ["level", "area_code", "form_no", "state", "due_date", "certificate_id", "root_sha256", "blocked_by"]
    return pd.DataFrame(rows, columns=columns).assign(survey_year=YEAR, stream="jpt")


def _certified(indicators: pd.DataFrame, level: str, certified: tuple[str, ...]) -> pd.DataFrame:
    rows = indicators[(indicators["level"] == level) & (level in certified)].drop(columns="incomplete_n")
    numbers = [CERTIFICATE.format(level=level, code=code) for code in rows["area_code"]]
    return rows.assign(certificate_id=numbers, certified_at=pd.Timestamp("2018-04-01"), root_sha256="0" * 64)


def write_release(
    folder: Path, plant: Callable[[Frames], None] | None = None, public: bool = False, **choices: object
) -> Path:
    """Write the release into `folder` and return it; `public`: with the hidden cells of a public edition."""
    tables = frames(**choices)  # type: ignore[arg-type]
    if plant:
        plant(tables)
    folder.mkdir(parents=True, exist_ok=True)
    entries = {}
    for name, frame in tables.items():
        path = folder / f"{name}.parquet"
        parquet.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
        entries[name] = {"sha256": sha256_file(path), "rows": len(frame)}
    manifest = {
        "release": f"{YEAR}-r0001",
        "survey_year": YEAR,
        "instrument": "plan12",
        "instrument_provisional": False,
        "as_of": "2018-04-02T03:00:00+00:00",
        "tables": entries,
        "certified": {},
    }
    if public:
        _add_public_edition(folder, manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    return folder


def _add_public_edition(folder: Path, manifest: dict[str, Any]) -> None:
    policy, register = load_policy(), village_register()
    lefts = {"jpt": dict(zip(register["village"], register["tambon"], strict=True))}
    with duckdb.connect() as connection:
        cells = hidden_cells(connection, folder, YEAR, lefts, policy)
    parquet.write_table(cells, folder / f"{CELLS}.parquet")
    manifest["tables"][CELLS] = {"sha256": sha256_file(folder / f"{CELLS}.parquet"), "rows": cells.num_rows}
    (folder / DOCUMENT).write_text(dump_json(policy.model_dump()), encoding="utf-8")
    manifest["documents"] = {DOCUMENT: sha256_file(folder / DOCUMENT)}
    manifest[MANIFEST_KEY] = policy.version
