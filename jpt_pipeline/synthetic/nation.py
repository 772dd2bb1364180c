"""An invented nation: a Parquet delivery per province and one set of registers, made by one process or more.

Put here: how households and villages are shared out over provinces, who makes what, how a stopped run goes on. Keep out:
what a province holds (generate.py). A province depends on the arguments alone, never on the workers or on the others.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import geothai
import numpy as np

from jpt_pipeline.store.files import read_json, replacing, write_json
from jpt_pipeline.synthetic.areas import REGISTER_FILES, UnknownProvince, shared_out
from jpt_pipeline.synthetic.generate import FolderNotEmpty, generate

BANGKOK = "10"  # จปฐ. does not cover it
HOUSEHOLDS, VILLAGES = 13_000_000, 75_000  # at full size; a smaller nation has fewer villages, of the same size
_WORK, _DONE = ".making", "nation.json"


@dataclass
class NationResult:
    """What was made: counts over all provinces, rows per register, bytes of the deliveries."""

    folder: str
    survey_year: int
    provinces_n: int = 0
    households_n: int = 0
    persons_n: int = 0
    villages_n: int = 0
    laos_n: int = 0
    districts_n: int = 0
    bytes_n: int = 0
    registers: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Order:
    """A province to be made, in a process of its own."""

    folder: Path
    survey_year: int
    seed: int
    province_code: str
    households_n: int
    villages_n: int


def provinces_of_survey() -> tuple[str, ...]:
    """The codes of the provinces that the survey covers: all but Bangkok."""
    return tuple(sorted(province.code for province in geothai.provinces() if province.code != BANGKOK))


def shares(provinces: tuple[str, ...], households_n: int) -> dict[str, tuple[int, int]]:
    """Households and villages per province, in proportion to its tambons (the official register has no villages).

    Raises:
        UnknownProvince: a code is not in the official list, or there are fewer households than provinces.
    """
    tambons = [_tambons_n(code) for code in provinces]
    if 0 in tambons or households_n < len(provinces):
        raise UnknownProvince(f"{households_n} households for the provinces {', '.join(provinces)}")
    weights = np.asarray(tambons, dtype=float)
    villages_n = max(round(households_n * VILLAGES / HOUSEHOLDS), len(provinces))
    pairs = zip(shared_out(weights, households_n), shared_out(weights, villages_n), strict=True)
    return {code: (households, min(villages, households)) for code, (households, villages) in
            zip(provinces, pairs, strict=True)}  # fmt: skip


def _tambons_n(province_code: str) -> int:
    districts = geothai.districts(province_code)
    return sum(len(geothai.subdistricts(district.code)) for district in districts)


def generate_nation(
    out: Path,
    *,
    survey_year: int,
    households_n: int,
    seed: int,
    workers: int,
    provinces: tuple[str, ...] = (),
    progress: Callable[[int], None] = lambda households_n: None,
) -> NationResult:
    """Write registers/, deliveries/ (a folder per province) and nation.json below `out`; no province: all of the survey.

    The same arguments give the same bytes whatever `workers`. A run that was stopped goes on: provinces that are there
    whole are kept. `progress` is told how many households each province has, those that were there first.

    Raises:
        FolderNotEmpty: `out` has content, and not of a nation with the same arguments.
        UnknownProvince: see shares.
    """
    chosen = provinces or provinces_of_survey()
    parts = shares(chosen, households_n)
    asked = {"survey_year": survey_year, "households_n": households_n, "seed": seed, "provinces": list(chosen)}
    out = out.expanduser().resolve()
    if (out / _DONE).exists():
        done = read_json(out / _DONE)
        if done["asked"] != asked:
            raise FolderNotEmpty(f"{out} holds a nation of other arguments")
        progress(households_n)
        return NationResult(**done["result"])
    _begin(out, asked)
    orders = [_Order(out, survey_year, seed, code, *sizes) for code, sizes in parts.items()]
    made = dict(_make(orders, workers, progress))
    result = NationResult(str(out), survey_year, provinces_n=len(chosen))
    for name in ("households_n", "persons_n", "villages_n", "laos_n", "districts_n", "bytes_n"):
        setattr(result, name, sum(counts[name] for counts in made.values()))
    for register in REGISTER_FILES:
        _join([out / _WORK / code / "registers" / f"{register}.csv" for code in chosen], out / "registers")
        result.registers[register] = sum(counts["registers"][register] for counts in made.values())
    write_json(out / _DONE, {"asked": asked, "result": asdict(result)})
    shutil.rmtree(out / _WORK)
    return result


def _begin(out: Path, asked: dict[str, Any]) -> None:
    request = out / _WORK / "asked.json"
    if out.exists() and (not out.is_dir() or any(out.iterdir())) and not request.exists():
        raise FolderNotEmpty(f"{out} is not an empty folder")
    if not request.exists():
        (out / _WORK).mkdir(parents=True)
        write_json(request, asked)
    if read_json(request) != asked:
        raise FolderNotEmpty(f"{out} holds the beginning of a nation of other arguments")
    (out / "deliveries").mkdir(exist_ok=True)


def _make(orders: list[_Order], workers: int, progress: Callable[[int], None]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(province, its counts), those that are there first, then as they are made, the largest begun first."""
    todo = []
    for order in orders:
        if (note := _note(order)).exists():
            progress(order.households_n)
            yield order.province_code, read_json(note)
        else:
            todo.append(order)
    todo.sort(key=lambda order: (-order.households_n, order.province_code))
    if workers == 1:
        for order in todo:
            yield order.province_code, _make_province(order)
            progress(order.households_n)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(_make_province, order): order for order in todo}
        try:
            for done in as_completed(waiting):
                progress(waiting[done].households_n)
                yield waiting[done].province_code, done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _note(order: _Order) -> Path:
    return order.folder / _WORK / f"{order.province_code}.json"


def _make_province(order: _Order) -> dict[str, Any]:
    """Make a province and say so in its note, last: without the note it is made anew."""
    own = order.folder / _WORK / order.province_code
    shutil.rmtree(own, ignore_errors=True)
    result = generate(
        own,
        survey_year=order.survey_year,
        province_code=order.province_code,
        households_n=order.households_n,
        seed=order.seed,
        file_format="parquet",
        villages_n=order.villages_n,
    )
    for delivery in (own / "deliveries").iterdir():
        target = order.folder / "deliveries" / delivery.name
        shutil.rmtree(target, ignore_errors=True)
        os.replace(delivery, target)
    counts = asdict(result) | {
        "bytes_n": sum(size for name, size in result.files.items() if name.startswith("deliveries/"))
    }
    write_json(_note(order), counts)
    return counts


def _join(files: list[Path], folder: Path) -> None:
    """The rows of register files with the same header, as one file of the same name."""
    with replacing(folder / files[0].name) as temporary, temporary.open("wb") as stream:
        for number, file in enumerate(files):
            header, rows = file.read_bytes().split(b"\r\n", 1)
            stream.write(rows if number else header + b"\r\n" + rows)
