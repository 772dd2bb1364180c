"""A nation of three small provinces: shares, the same bytes whoever makes it, and a run that was stopped."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from jpt_pipeline.cli.synth import synth_command
from jpt_pipeline.store.files import write_json
from jpt_pipeline.synthetic.areas import UnknownProvince
from jpt_pipeline.synthetic.generate import FolderNotEmpty
from jpt_pipeline.synthetic.nation import HOUSEHOLDS, VILLAGES, generate_nation, provinces_of_survey, shares

ARGUMENTS: dict[str, Any] = {
    "survey_year": 2561,
    "households_n": 90,
    "seed": 4,
    "workers": 1,
    "provinces": ("38", "83", "95"),
}


class Stopped(Exception):
    """A kill, as far as a test has one."""


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nation") / "made"
    generate_nation(folder, **ARGUMENTS)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    """Every file but the one that names the folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "nation.json")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_the_survey_covers_all_provinces_but_bangkok_and_every_household_is_shared_out() -> None:
    provinces = provinces_of_survey()
    assert (len(provinces), "10" in provinces) == (76, False)
    for households_n in (HOUSEHOLDS, HOUSEHOLDS // 10, HOUSEHOLDS // 100):
        parts = shares(provinces, households_n)
        assert sum(households for households, _ in parts.values()) == households_n
        assert sum(villages for _, villages in parts.values()) == VILLAGES * households_n // HOUSEHOLDS
        per_village = [households / villages for households, villages in parts.values()]
        assert min(per_village) > 100 and max(per_village) < 350
    largest = max(parts, key=lambda code: parts[code])
    assert largest == "30"  # นครราชสีมา has the most tambons


def test_a_delivery_per_province_and_one_set_of_registers(nation: Path) -> None:
    deliveries = sorted(path.name for path in (nation / "deliveries").iterdir())
    assert deliveries == ["01_tables_2561_38", "01_tables_2561_83", "01_tables_2561_95"]
    households = {name[-2:]: pq.read_table(nation / "deliveries" / name / "households.parquet") for name in deliveries}
    assert sum(table.num_rows for table in households.values()) == 90
    with (nation / "registers" / "areas.csv").open(encoding="utf-8-sig", newline="") as stream:
        villages = [row["village_code"] for row in csv.DictReader(stream)]
    assert villages == sorted(set(villages))
    surveyed = {code for table in households.values() for code in table["village_code"].to_pylist()}
    assert surveyed == set(villages)
    assert not (nation / ".making").exists()


def test_no_person_and_no_enumerator_is_in_two_provinces(nation: Path) -> None:
    tables = [pq.read_table(path) for path in sorted(nation.glob("deliveries/*/members.parquet"))]
    persons = Counter(code for table in tables for code in table["citizen_id"].to_pylist())
    assert max(persons.values()) == 1
    with (nation / "registers" / "enumerators.csv").open(encoding="utf-8-sig", newline="") as stream:
        numbers = [row["enumerator_id"] for row in csv.DictReader(stream)]
    assert len(numbers) == len(set(numbers))


def test_the_same_bytes_whatever_the_workers_and_from_a_stopped_run(nation: Path, tmp_path: Path) -> None:
    seen: list[int] = []

    def stop(households_n: int) -> None:
        seen.append(households_n)
        raise Stopped

    folder = tmp_path / "stopped"
    with pytest.raises(Stopped):
        generate_nation(folder, **ARGUMENTS, progress=stop)
    assert not (folder / "nation.json").exists()
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("deliveries/*/*")}
    assert len(kept) == 3
    with pytest.raises(FolderNotEmpty):
        generate_nation(folder, **ARGUMENTS | {"seed": 5})
    result = generate_nation(folder, **ARGUMENTS | {"workers": 2})
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert content(folder) == content(nation)
    assert (result.provinces_n, result.households_n) == (3, 90)
    assert generate_nation(folder, **ARGUMENTS) == result


def test_a_folder_with_anything_else_is_refused(nation: Path, tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    for folder, more in ((tmp_path, {}), (nation, {"households_n": 91})):
        with pytest.raises(FolderNotEmpty):
            generate_nation(folder, **ARGUMENTS | more)
    with pytest.raises(UnknownProvince):
        generate_nation(tmp_path / "new", **ARGUMENTS | {"provinces": ("99",)})


def test_the_command_makes_a_province_or_a_nation(nation: Path, tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(synth_command)

    def run(*words: str) -> Any:
        return CliRunner().invoke(app, ["--year", "2561", "--households", "90", "--out", str(tmp_path / "o"), *words])

    for words, code in [
        ((), "SYN-WHERE"),
        (("--nation", "--province", "38"), "SYN-WHERE"),
        (("--nation", "--faults"), "SYN-NATION"),
        (("--nation", "--workers", "1", "--households", "75"), "SYN-PROVINCE"),
        (("--province", "38", "--households", "2000001"), "SYN-HOUSEHOLDS"),
    ]:
        done = run(*words)
        assert done.exit_code == 1 and code in done.output
    asked = {"survey_year": 2561, "households_n": 90, "seed": 1, "provinces": list(provinces_of_survey())}
    made = json.loads((nation / "nation.json").read_text(encoding="utf-8"))
    write_json(tmp_path / "o" / "nation.json", made | {"asked": asked})
    done = run("--nation", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["provinces_n"] == 3
    assert "90 ครัวเรือน" in run("--nation").output
