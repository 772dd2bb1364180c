"""`jpt synth` as a function: registers, deliveries and, with faults, their list and the corrections that mend them.

Put here: which district is delivered in which format, names of files, the order of writing. The folder is made under a
temporary name and renamed, so that it is whole or absent. Keep out: terminal output (cli/synth.py).
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from jpt_pipeline.rounds import Round, known_rounds, load_round
from jpt_pipeline.store.files import write_json
from jpt_pipeline.synthetic.areas import write_registers
from jpt_pipeline.synthetic.cheating import Cheating
from jpt_pipeline.synthetic.doubles import Doubles
from jpt_pipeline.synthetic.faults import Faults
from jpt_pipeline.synthetic.population import Population
from jpt_pipeline.synthetic.spec import Spec, load_spec
from jpt_pipeline.synthetic.writers import CsvWriter, ParquetWriter, PayloadWriter, Writer, XlsxWriter

Format = Literal["payload", "csv", "xlsx", "parquet", "mixed"]
MIXED: tuple[str, ...] = ("payload", "csv", "xlsx")


class FolderNotEmpty(ValueError):
    """The folder to write to has content already."""


@dataclass
class Result:
    """What was written: counts, rows per register, and files below the folder with their bytes."""

    folder: str
    survey_year: int
    province_code: str
    households_n: int = 0
    persons_n: int = 0
    villages_n: int = 0
    laos_n: int = 0
    districts_n: int = 0
    registers: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    faults_n: int = 0
    doubles_n: int = 0
    corrections_n: int = 0
    cheaters_n: int = 0


def generate(
    out: Path,
    *,
    survey_year: int,
    province_code: str,
    households_n: int,
    seed: int,
    file_format: Format = "mixed",
    faults: bool = False,
    doubles: int = 0,
    neighbour: str | None = None,
    cheaters: int | None = None,
    villages_n: int | None = None,
    spec: Spec | None = None,
    progress: Callable[[int], None] = lambda households_n: None,
) -> Result:
    """Write registers/ and deliveries/ below `out`, with `faults` also corrections/ and faults.json.

    The same arguments give the same bytes. `progress` is told how many households each step wrote. `doubles` pairs of
    persons are planted and listed in doubles.json, some with numbers of the population of the province `neighbour`. With
    `cheaters` (0 or more) enumerators work as data/synthetic/cheating.yaml says, that many cheat and are listed in
    cheaters.json, and earlier/ holds a delivery of the same households of the year before.
    `villages_n` as make_villages takes it.

    Raises:
        FolderNotEmpty: `out` has content.
        UnknownProvince, FaultsDoNotFit, TooManyRows, TooFewEnumerators: see there.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FolderNotEmpty(f"{out} is not an empty folder")
    known = load_round(survey_year) if survey_year in known_rounds() else None
    spec = spec or (load_spec(known.instrument) if known else load_spec())
    population = Population(
        spec, survey_year, province_code, households_n, seed, *_demands(known), cheaters, villages_n
    )
    target = out.expanduser().resolve()
    staging = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        pairs = Doubles(population, doubles, neighbour) if doubles else None
        result = _write(staging, population, file_format, faults, pairs, progress)
        os.replace(staging, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    result.folder = str(out)
    return result


def _demands(known: Round | None) -> tuple[tuple[date, date] | None, int]:
    """Days between which a round collects, and the enumerators that it asks of a tambon; None and 0 where not known."""
    if known is None:
        return None, 0
    first, last = known.collecting.first, known.collecting.last
    least = known.quality.enumerators_per_tambon_min if known.quality else None
    return (first, last) if first and last else None, least or 0


def _write(
    folder: Path,
    population: Population,
    file_format: Format,
    with_faults: bool,
    pairs: Doubles | None,
    progress: Callable[[int], None],
) -> Result:
    result = Result(str(folder), population.survey_year, population.province_code)
    villages = population.villages
    result.registers = write_registers(
        folder / "registers", population.spec, villages, population.survey_year, population.seed,
        population.enumerators_min,
    )  # fmt: skip
    formats = _formats(population, file_format)
    writers = _open(folder / "deliveries", population, formats, packed=file_format == "mixed")
    place = f"{population.survey_year}_{population.province_code}"
    correction = f"{len(writers) + 1:02d}_corrections_{place}.ndjson"
    planter = Faults(population, formats, correction) if with_faults else None
    cheating = Cheating(population.spec, population.field) if population.field else None
    earlier = ParquetWriter(folder / "earlier", _manifest(population, 1, years_ago=1)) if cheating else None
    for batch in population.batches():
        writer = writers[formats[batch.district_code]]
        result.households_n += len(batch)
        result.persons_n += int(batch.sizes.sum())
        if cheating and earlier:
            batch = cheating.plant(batch)
            earlier.write(cheating.before(batch))
        batch = pairs.plant(batch) if pairs else batch
        writer.write(planter.plant(batch, writer) if planter else batch)
        progress(len(batch))
    for writer in writers.values():
        writer.close()
    if pairs:
        write_json(folder / "doubles.json", pairs.report())
        result.doubles_n = len(pairs.pairs)
    if cheating and earlier:
        earlier.close()
        write_json(folder / "cheaters.json", cheating.report())
        result.cheaters_n = len(cheating.cheaters)
    if planter:
        _write_corrections(folder, planter, population, correction)
        result.faults_n, result.corrections_n = len(planter.planted), len(planter.corrections)
    result.villages_n = len(villages)
    result.laos_n = len({village.row["lao_code"] for village in villages})
    result.districts_n = len({village.district_code for village in villages})
    result.files = {str(path.relative_to(folder)): path.stat().st_size
                    for path in sorted(folder.rglob("*")) if path.is_file()}  # fmt: skip
    return result


def _formats(population: Population, file_format: Format) -> dict[str, str]:
    """Format per district; `mixed` deals the districts out in turn."""
    districts = list(dict.fromkeys(village.district_code for village in population.villages))
    kinds = MIXED if file_format == "mixed" else (file_format,)
    return {code: kinds[number % len(kinds)] for number, code in enumerate(districts)}


def _open(folder: Path, population: Population, formats: dict[str, str], packed: bool) -> dict[str, Writer]:
    """One writer per format in use, numbered in the order of delivery."""
    place = f"{population.survey_year}_{population.province_code}"
    writers: dict[str, Writer] = {}
    for number, kind in enumerate(dict.fromkeys(formats.values()), start=1):
        manifest = _manifest(population, number)
        match kind:
            case "payload":
                name = f"{number:02d}_payload_{place}.ndjson" + (".gz" if packed else "")
                writers[kind] = PayloadWriter(folder / name, population.spec)
            case "csv":
                writers[kind] = CsvWriter(folder / f"{number:02d}_tables_{place}", manifest, packed)
            case "xlsx":
                writers[kind] = XlsxWriter(folder / f"{number:02d}_workbook_{place}.xlsx")
            case _:
                writers[kind] = ParquetWriter(folder / f"{number:02d}_tables_{place}", manifest)
    return writers


def _manifest(population: Population, sequence: int, years_ago: int = 0) -> dict[str, Any]:
    """Head of a manifest; the stream is named when the province has one only."""
    streams = {village.row["stream"] for village in population.villages}
    head: dict[str, Any] = {
        "survey_year": population.survey_year - years_ago,
        "province_code": population.province_code,
    }
    if len(streams) == 1:
        head["stream"] = streams.pop()
    return {**head, "mode": "patch", "sequence": sequence}


def _write_corrections(folder: Path, planter: Faults, population: Population, name: str) -> None:
    writer = PayloadWriter(folder / "corrections" / name, population.spec)
    for batch in planter.corrections:
        writer.write(batch)
    writer.close()
    write_json(folder / "faults.json", planter.report())
