"""Deliveries: the same bytes from the same arguments, the same households in every format, counts as registered."""

import csv
import gzip
import hashlib
import io
import json
import zipfile
from collections import Counter

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from jpt_pipeline.synthetic.draw import scattered
from jpt_pipeline.synthetic.generate import FolderNotEmpty, generate

from .conftest import ARGUMENTS


def digests(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*") if path.is_file()}  # fmt: skip


def read_csv(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def read_xlsx(path, sheet):
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python()
    return [dict(zip(rows[0], [plain(cell) for cell in row], strict=True)) for row in rows[1:]]


def read_parquet(path):
    return [{name: plain(value) for name, value in row.items()} for row in pq.read_table(path).to_pylist()]


def plain(value):
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float | int) else str(value)


# column of the members table -> key of the field app
MEMBER = {
    "citizen_id": "idcard", "prefix": "prefix", "first_name": "firstname", "last_name": "lastname", "sex": "gender",
    "birth_date": "birthdate", "occupation": "jobname", "education": "education", "religion": "religion",
    "relation": "relation", "health": "health", "ability": "ability", "informant": "informant",
    "welfare_card": "welfareCard",
}  # fmt: skip


def flattened(line):
    """A payload line as the row of a table, keyed like one."""
    record = json.loads(line)
    family = record["family"]
    row = {
        "survey_year": record["survey_year"], "stream": record["stream"], "village_code": family["community"],
        "house_no": family["hnum"], "enumerator_id": record["enumerator_id"], "submitted_at": record["submitted_at"],
        "revision": record["revision"], "evidence_photo": record["evidence"]["photo"],
        "evidence_signature": record["evidence"]["signature"], "latitude": family["latitude"],
        "longitude": family["longitude"], "satisfaction": family["satisfaction"],
        **{f"a{code}": value for code, value in family["answer"].items()},
    }  # fmt: skip
    members = [tuple(member[key] or "" for key in MEMBER.values()) for member in family["hmember"]]
    return {name: str(value) for name, value in row.items() if value not in ("", None)}, members


def tables(made, name):
    folder = made / name / "deliveries"
    (place,) = folder.iterdir()
    if name == "csv":
        return read_csv(place / "households.csv"), read_csv(place / "members.csv")
    if name == "parquet":
        return read_parquet(place / "households.parquet"), read_parquet(place / "members.parquet")
    return read_xlsx(place, "households"), read_xlsx(place, "members")


def test_the_same_arguments_give_the_same_bytes(made, tmp_path):
    generate(tmp_path / "again", **ARGUMENTS, file_format="mixed", faults=True)
    assert digests(tmp_path / "again") == digests(made / "mixed")


def test_another_seed_gives_other_households(made, tmp_path):
    generate(tmp_path / "other", **{**ARGUMENTS, "seed": 6}, file_format="payload")
    assert not set(digests(tmp_path / "other").values()) & set(digests(made / "payload").values())


def test_a_folder_with_content_is_left_alone(tmp_path):
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(FolderNotEmpty):
        generate(tmp_path, **ARGUMENTS)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


@pytest.mark.parametrize("name", ["xlsx", "parquet"])
def test_tables_hold_the_same_cells_in_every_format(made, name):
    assert tables(made, name) == tables(made, "csv")


def test_payload_lines_hold_what_the_tables_hold(made, lines):
    households, members = tables(made, "csv")
    roster = {}
    for member in members:
        roster.setdefault(member["household_id"], []).append(tuple(member[name] for name in MEMBER))
    for line, row in zip(lines, households, strict=True):
        expected, people = flattened(line)
        key = row.pop("household_id")
        assert expected == {name: value for name, value in row.items() if value}
        assert people == roster[key]
        assert json.loads(line)["family"]["hid"] in (key, key[:4])


def test_only_touched_keys_are_in_a_payload(lines):
    for line in lines[:200]:
        answer = json.loads(line)["family"]["answer"]
        assert None not in answer.values() and "-" not in answer.values()
        assert len(answer) < 160


def test_counts_add_up_with_the_registers(made):
    registers = made / "csv" / "registers"
    surveyed = Counter(row["village_code"] for row in tables(made, "csv")[0])
    absent = Counter(row["village_code"] for row in read_csv(registers / "nonresponse.csv"))
    targets = {row["village_code"]: int(row["target_households"]) for row in read_csv(registers / "targets.csv")}
    assert sum(surveyed.values()) == ARGUMENTS["households_n"]
    assert {village: surveyed[village] + absent[village] for village in targets} == targets


def test_enumerators_are_registered_and_visit_about_twenty_households(made):
    known = {row["enumerator_id"]: row["tambon_code"] for row in read_csv(made / "csv/registers/enumerators.csv")}
    visits = Counter((row["enumerator_id"], row["village_code"][:6]) for row in tables(made, "csv")[0])
    assert all(known[enumerator] == tambon for enumerator, tambon in visits)
    assert max(visits.values()) <= 20


def test_areas_are_official_and_local_governments_cross_tambons(made):
    areas = read_csv(made / "csv/registers/areas.csv")
    assert len(areas) >= 40
    assert len({row["district_code"] for row in areas}) == 8
    assert all(row["village_code"].startswith(row["tambon_code"]) for row in areas)
    assert all(row["lao_code"].startswith(row["district_code"]) and len(row["lao_code"]) == 8 for row in areas)
    tambons_of, laos_of = {}, {}
    for row in areas:
        tambons_of.setdefault(row["lao_code"], set()).add(row["tambon_code"])
        laos_of.setdefault(row["tambon_code"], set()).add(row["lao_code"])
    assert any(len(tambons) > 1 for tambons in tambons_of.values())
    assert any(len(laos) > 1 for laos in laos_of.values())
    assert {row["stream"] for row in areas} == {"jpt"}


def test_towns_of_2557_are_in_the_other_stream(tmp_path):
    generate(tmp_path / "old", survey_year=2557, province_code="38", households_n=300, seed=1, file_format="parquet")
    areas = read_csv(tmp_path / "old/registers/areas.csv")
    assert {row["stream"] for row in areas} == {"jpt", "basic"}
    assert all((row["stream"] == "basic") == (row["lao_code"][4] == "9") for row in areas)


def test_manifests_name_the_files_with_digests_and_records(made):
    (archive,) = (made / "mixed" / "deliveries").glob("*.zip")
    with zipfile.ZipFile(archive) as packed:
        manifest = json.loads(packed.read("manifest.json"))
        for item in manifest["files"]:
            content = packed.read(item["name"])
            assert hashlib.sha256(content).hexdigest() == item["sha256"]
            assert len(list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))) - 1 == item["records"]
    assert (manifest["survey_year"], manifest["province_code"], manifest["mode"]) == (2561, "38", "patch")


def test_mixed_spreads_districts_over_formats(made):
    folder = made / "mixed" / "deliveries"
    assert sorted(path.suffix for path in folder.iterdir()) == [".gz", ".xlsx", ".zip"]
    (payload,) = folder.glob("*.gz")
    districts = set()
    for line in gzip.decompress(payload.read_bytes()).decode().splitlines():
        try:
            districts.add(json.loads(line)["family"]["hamphur"])
        except json.JSONDecodeError:
            continue
    assert districts == {"3801", "3804", "3807"}


@given(st.lists(st.integers(0, 10**7 - 1), min_size=2, max_size=50, unique=True), st.integers(0, 10_000))
def test_scattered_numbers_never_meet(positions, seed):
    import numpy as np

    numbers = scattered(np.array(positions), 10**7, seed)
    assert len(set(numbers.tolist())) == len(positions)
    assert numbers.min() >= 0 and numbers.max() < 10**7
