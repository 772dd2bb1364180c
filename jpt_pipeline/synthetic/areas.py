"""Registers of an invented round: villages, local governments, targets, enumerators, non-response.

Province, district and tambon codes and names are the official ones (package geothai). Villages (หมู่), local governments
and their codes, enumerators and house numbers are invented: no package has them.
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geothai
import numpy as np

from jpt_pipeline.store.files import replacing
from jpt_pipeline.synthetic.draw import generator, one_of, weighted
from jpt_pipeline.synthetic.spec import Spec

_KEY = 1_000_001
_MOO_MAX = 99


class UnknownProvince(ValueError):
    """The province code is not in the official list."""


@dataclass(frozen=True)
class Village:
    """A village with its row of the register, its households and the number of its first enumerator."""

    row: dict[str, str]
    households_n: int
    nonresponse_n: int
    first_enumerator: int
    enumerators_n: int
    score: float

    @property
    def code(self) -> str:
        return self.row["village_code"]

    @property
    def district_code(self) -> str:
        return self.row["district_code"]


def make_villages(
    spec: Spec, survey_year: int, province_code: str, households_n: int, seed: int, villages_n: int | None = None
) -> list[Village]:
    """Villages of a province in order of code, with `households_n` households in all.

    villages_n: how many, over as many tambons as they reach; None: as many as the file says for so many households.

    Raises:
        UnknownProvince: no such province.
    """
    rng = generator(seed, survey_year, int(province_code), _KEY)
    rows = _rows(spec, survey_year, province_code, households_n, villages_n, rng)
    sizes = shared_out(rng.gamma(12.0, size=len(rows)), households_n)
    part = spec.wellbeing
    districts = {code: rng.standard_normal() for code in sorted({row["district_code"] for row in rows})}
    villages, enumerator = [], 1
    for row, size in zip(rows, sizes, strict=True):
        enumerators_n = math.ceil(size / spec.areas.households_per_enumerator)
        score = part.district**0.5 * districts[row["district_code"]] + part.village**0.5 * rng.standard_normal()
        missing_n = int(rng.binomial(size, spec.areas.nonresponse_share))
        villages.append(Village(row, size, missing_n, enumerator, enumerators_n, float(score)))
        enumerator += enumerators_n
    return villages


def shared_out(weights: Any, total: int) -> list[int]:
    """Whole numbers in proportion to weights, at least 1 each, that add up to `total`."""
    exact = weights / weights.sum() * (total - len(weights))
    whole = np.floor(exact).astype(int)
    rest = total - len(weights) - whole.sum()
    whole[np.argsort(-(exact - whole), kind="stable")[:rest]] += 1
    return [int(number) + 1 for number in whole]


def _rows(
    spec: Spec,
    survey_year: int,
    province_code: str,
    households_n: int,
    villages_n: int | None,
    rng: np.random.Generator,
) -> list[dict[str, str]]:
    province = next((item for item in geothai.provinces() if item.code == province_code), None)
    if province is None:
        raise UnknownProvince(f"no province has the code {province_code!r}")
    tambons = [(district, tambon) for district in geothai.districts(province_code)
               for tambon in geothai.subdistricts(district.code)]  # fmt: skip
    least = math.ceil(len(tambons) * spec.areas.villages_per_tambon_min)
    villages_n = villages_n or max(round(households_n / spec.areas.households_per_village), least)
    villages_n = min(villages_n, households_n, len(tambons) * _MOO_MAX)
    counts = [villages_n // len(tambons) + (place < villages_n % len(tambons)) for place in _spread(len(tambons))]
    towns = _towns(spec, tambons, counts)
    rows = []
    for (district, tambon), villages_here in zip(tambons, counts, strict=True):
        small_town = rng.random() < spec.areas.small_town_share
        for moo in range(1, villages_here + 1):
            town = towns.get(district.code) if (tambon.code, moo) in towns["villages"] else None
            lao = town or _rural_lao(spec, district.code, tambon, small_town)
            row = {
                "village_code": f"{tambon.code}{moo:02d}",
                "village_name": _village_name(spec, rng, town is not None),
                "tambon_code": tambon.code, "tambon_name": tambon.name_th,
                "district_code": district.code, "district_name": district.name_th,
                "province_code": province.code, "province_name": province.name_th,
                **lao, "valid_from": "", "valid_to": "",
                "stream": _stream(spec, survey_year, town is not None),
            }  # fmt: skip
            rows.append(row)
    return sorted(rows, key=lambda row: row["village_code"])


def _spread(size: int) -> list[int]:
    """A rank per place, so that what is short reaches places all over the province first."""
    order = sorted(range(size), key=lambda place: (place * 7919 % size, place))
    ranks = [0] * size
    for rank, place in enumerate(order):
        ranks[place] = rank
    return ranks


def _towns(spec: Spec, tambons: list[Any], counts: list[int]) -> dict[Any, Any]:
    """One municipality per district, and the last village of up to two of its tambons that it takes."""
    towns: dict[Any, Any] = {"villages": set()}
    for district in dict.fromkeys(district for district, _ in tambons):
        types = spec.areas.town_types
        lao_type = types["first_district"] if district.code.endswith("01") else types["other"]
        here = [(tambon.code, villages_n) for (owner, tambon), villages_n in zip(tambons, counts, strict=True)
                if owner.code == district.code and villages_n > 1]  # fmt: skip
        if not here:
            continue
        name = district.name_th.removeprefix("เมือง")
        towns[district.code] = {"lao_code": f"{district.code}9001", "lao_name": f"{lao_type}{name}",
                                "lao_type": lao_type}  # fmt: skip
        towns["villages"] |= set(here[:2])
    return towns


def _rural_lao(spec: Spec, district_code: str, tambon: Any, small_town: bool) -> dict[str, str]:
    lao_type = spec.areas.lao_type_small_town if small_town else spec.areas.lao_type_rural
    return {"lao_code": f"{district_code}00{tambon.code[-2:]}", "lao_name": f"{lao_type}{tambon.name_th}",
            "lao_type": lao_type}  # fmt: skip


def _village_name(spec: Spec, rng: np.random.Generator, town: bool) -> str:
    names = spec.areas
    if town:
        return one_of(rng, names.town_village_names)
    return one_of(rng, names.village_names["first"]) + one_of(rng, names.village_names["second"])


def _stream(spec: Spec, survey_year: int, town: bool) -> str:
    first, last = spec.areas.basic_stream_years
    return "basic" if town and first <= survey_year <= last else "jpt"


def enumerator_id(province_code: str, number: int) -> str:
    """Invented id of the n-th enumerator of a province."""
    return f"E{province_code}{number:05d}"


def write_registers(
    folder: Path, spec: Spec, villages: list[Village], survey_year: int, seed: int, enumerators_min: int = 0
) -> dict[str, int]:
    """Write areas, targets, enumerators (at least so many a tambon) and nonresponse as CSV (UTF-8 with BOM); rows per
    register."""
    rng = generator(seed, survey_year, int(villages[0].row["province_code"]), _KEY + 1)
    registers: dict[str, list[dict[str, Any]]] = {
        "areas": [village.row for village in villages],
        "targets": [
            {"survey_year": survey_year, "village_code": village.code,
             "target_households": village.households_n + village.nonresponse_n} for village in villages
        ],
        "enumerators": _enumerators(spec, villages, survey_year, enumerators_min, rng),
        "nonresponse": _nonresponse(spec, villages, survey_year, rng),
    }  # fmt: skip
    for name, rows in registers.items():
        _write_csv(folder / f"{name}.csv", REGISTER_FILES[name], rows)
    return {name: len(rows) for name, rows in registers.items()}


def _write_csv(path: Path, columns: list[str], rows: list[dict[str, Any]]) -> None:
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)


REGISTER_FILES = {
    "areas": ["village_code", "village_name", "tambon_code", "tambon_name", "district_code", "district_name",
              "province_code", "province_name", "lao_code", "lao_name", "lao_type", "stream", "valid_from",
              "valid_to"],
    "targets": ["survey_year", "village_code", "target_households"],
    "enumerators": ["survey_year", "enumerator_id", "name", "tambon_code", "order_no", "role"],
    "nonresponse": ["survey_year", "village_code", "house_no", "reason", "witness"],
}  # fmt: skip


def _person(spec: Spec, rng: np.random.Generator) -> str:
    names = spec.names
    given = one_of(rng, names.male + names.female)
    return f"{given} {one_of(rng, names.surname_first)}{one_of(rng, names.surname_second)}"


def _enumerators(
    spec: Spec, villages: list[Village], survey_year: int, least: int, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Enumerators and one recorder of every tambon, then those that bring a tambon to `least`; no name twice in one."""
    rows: list[dict[str, Any]] = []
    names: dict[str, set[str]] = {}
    counts: dict[str, int] = {}
    spare = max(village.first_enumerator + village.enumerators_n for village in villages)

    def add(village: Village, identifier: str, role: str) -> None:
        tambon = village.row["tambon_code"]
        taken = names.setdefault(tambon, set())
        while (name := _person(spec, rng)) in taken:
            pass
        taken.add(name)
        rows.append({"survey_year": survey_year, "enumerator_id": identifier, "name": name, "tambon_code": tambon,
                     "order_no": f"{int(tambon[2:4])}/{survey_year - 1}", "role": role})  # fmt: skip

    for village in villages:
        tambon, province = village.row["tambon_code"], village.row["province_code"]
        for number in range(village.enumerators_n):
            add(village, enumerator_id(province, village.first_enumerator + number), "enumerator")
        if tambon not in counts:
            add(village, f"R{province}{len(counts) + 1:05d}", "recorder")
        counts[tambon] = counts.get(tambon, 0) + village.enumerators_n
    first = {village.row["tambon_code"]: village for village in reversed(villages)}
    for tambon, village in sorted(first.items()):
        for _ in range(least - counts[tambon]):
            add(village, enumerator_id(village.row["province_code"], spare), "enumerator")
            spare += 1
    return rows


def _nonresponse(
    spec: Spec, villages: list[Village], survey_year: int, rng: np.random.Generator
) -> list[dict[str, Any]]:
    reasons = spec.areas.nonresponse_reasons
    rows = []
    for village in villages:
        for position, reason in enumerate(weighted(rng, list(reasons.values()), village.nonresponse_n)):
            rows.append({
                "survey_year": survey_year, "village_code": village.code, "house_no": f"{900 + position}",
                "reason": list(reasons)[int(reason)], "witness": _person(spec, rng),
            })  # fmt: skip
    return rows
