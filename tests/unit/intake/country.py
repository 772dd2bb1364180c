"""A small country for tests of the engine: five villages, invented households, and every format to deliver them in.

Province 38: district 3801 has tambons 380101 (villages 38010101, 38010102) and 380102 (38010201), LAO L1 (38010101,
38010201) and L2 (38010102), so that LAO and tambon cross; district 3802 has tambon 380201, LAO L3 and village 38020101.
Province 39: district 3901, LAO L4, village 39010101. A household answers as little as a test needs: what it leaves out
is incomplete, not refused.
"""

import csv
import gzip
import io
import json
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from checks import GATES
from jpt_pipeline.areas.register import register
from jpt_pipeline.hashtree.stage import make_leaves
from jpt_pipeline.households.accounting import make_deliveries
from jpt_pipeline.households.sources import REFUSED, open_forms
from jpt_pipeline.households.stages import make_households, make_records
from jpt_pipeline.identity.shared import make_shared_persons
from jpt_pipeline.instruments import answer_columns, load_instrument
from jpt_pipeline.intake.delivery import DeliveryReport, take_in
from jpt_pipeline.intake.formats import Declared
from jpt_pipeline.intake.receipts import Receipt, read_receipts
from jpt_pipeline.rollup.areas import make_nation, make_rollups
from jpt_pipeline.rollup.indicators import make_indicators
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session
from jpt_pipeline.vault import make_keys

YEAR = 2561
HERE = Part(YEAR, "38")
ENUMERATOR = "E1"
KEYS: dict[Any, bytes] = {name: sha256(f"jpt_pipeline tests: {name}".encode()).digest() for name in ("token", "vault")}
AREA_NAMES = {"38": "บึงกาฬ", "39": "หนองบัวลำภู"}
VILLAGES = [
    # village, tambon, lao, district, province
    ("38010101", "380101", "L1", "3801", "38"),
    ("38010102", "380101", "L2", "3801", "38"),
    ("38010201", "380102", "L1", "3801", "38"),
    ("38020101", "380201", "L3", "3802", "38"),
    ("39010101", "390101", "L4", "3901", "39"),
]
HOUSEHOLD_COLUMNS = (
    *("survey_year", "stream", "household_id", "village_code", "house_no", "enumerator_id", "submitted_at", "revision"),
    *("evidence_photo", "evidence_signature", "latitude", "longitude", "satisfaction"),
)
MEMBER_COLUMNS = (
    *("household_id", "village_code", "member_no", "citizen_id", "prefix", "first_name", "last_name", "sex"),
    *("birth_date", "occupation", "education", "religion", "relation", "health", "ability", "informant"),
    "welfare_card",
)
APP_KEYS = {
    "prefix": "prefix", "first_name": "firstname", "last_name": "lastname", "citizen_id": "idcard", "sex": "gender",
    "birth_date": "birthdate", "occupation": "jobname", "education": "education", "religion": "religion",
    "relation": "relation", "health": "health", "ability": "ability", "informant": "informant",
    "welfare_card": "welfareCard",
}  # fmt: skip
PERSON = {
    "citizen_id": "", "prefix": "001", "first_name": "สมมุติ", "last_name": "ทดสอบ", "sex": "1",
    "birth_date": "01/01/2520", "occupation": "1110", "education": "02", "religion": "1", "relation": "",
    "health": "0", "ability": "1", "informant": "1", "welfare_card": "0",
}  # fmt: skip
FORMATS = (
    "ndjson",
    "json",
    "csv",
    "csv;",
    "csv\t",
    "csv|",
    "csv_bom",
    "csv_cp874",
    "xlsx",
    "parquet",
    "zip",
    "gz",
    "folder",
)

Household = dict[str, Any]


def citizen_id(number: int) -> str:
    """A 13-digit number with a right check digit; beginning with 8, so that it is nobody's."""
    body = f"8{number:011d}"
    total = sum(int(digit) * (13 - place) for place, digit in enumerate(body))
    return body + str((11 - total % 11) % 10)


def person(number: int = 1, **changes: str) -> dict[str, str]:
    return {**PERSON, "citizen_id": citizen_id(number), **changes}


def household(
    number: int = 1, village: str = "38010101", people: Sequence[dict[str, str]] | None = None, **changes: Any
) -> Household:
    """A household with one man of 41 years who has drinking water (indicator 9) and nothing else answered.

    `changes` are columns of the contract, or answers named a<code>.
    """
    columns = {
        "survey_year": YEAR, "stream": "jpt", "household_id": f"{village[:4]}{number:07d}", "village_code": village,
        "house_no": f"{number}", "enumerator_id": ENUMERATOR, "submitted_at": "2018-03-01T09:30:00+07:00", "revision": 1,
        "evidence_photo": "present", "evidence_signature": "signed", "latitude": "18.07", "longitude": "103.77",
        "satisfaction": 8,
    }  # fmt: skip
    answers = {"a2911": "1"} | {name: value for name, value in changes.items() if name[0] == "a" and name[1:].isdigit()}
    fields = {name: value for name, value in changes.items() if name not in answers}
    members = [dict(one) for one in (people if people is not None else [person(number)])]
    for place, member in enumerate(members):
        member["relation"] = member["relation"] or ("" if place == 0 else "01")
    return {**columns, **fields, "answers": {k: v for k, v in answers.items() if v is not None}, "people": members}


def changed(home: Household, **changes: Any) -> Household:
    """A copy with other columns or answers."""
    copy = deepcopy(home)
    for name, value in changes.items():
        target = copy["answers"] if name[0] == "a" and name[1:].isdigit() else copy
        target[name] = value
    return copy


def envelope(home: Household) -> dict[str, Any]:
    """The household as the field app sends it."""
    return {
        "survey_year": home["survey_year"],
        "stream": home["stream"],
        "enumerator_id": home["enumerator_id"],
        "submitted_at": home["submitted_at"],
        "revision": home["revision"],
        "evidence": {"photo": home["evidence_photo"], "signature": home["evidence_signature"]},
        "family": family(home),
    }


def family(home: Household) -> dict[str, Any]:
    village = str(home["village_code"])
    return {
        "id": 1519871400000, "hid": home["household_id"], "hnum": home["house_no"], "htumbon": village[:6],
        "hamphur": village[:4], "hprovince": village[:2], "community": village, "hlive": "1,0,38,3", "hjob": "5",
        "satisfaction": home["satisfaction"], "latitude": home["latitude"], "longitude": home["longitude"],
        "photoSignature": "iVBORw0KGgo=",
        "hmember": [{key: one[name] or None for name, key in APP_KEYS.items()} for one in home["people"]],
        "answer": {name[1:]: value for name, value in home["answers"].items()},
    }  # fmt: skip


def tables(homes: Sequence[Household]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of the two tables."""
    answers = sorted({name for home in homes for name in home["answers"]}) or ["a2911"]
    rows = [
        {name: home[name] for name in HOUSEHOLD_COLUMNS} | {name: home["answers"].get(name, "") for name in answers}
        for home in homes
    ]
    members = [
        {"household_id": home["household_id"], "village_code": home["village_code"], "member_no": place, **one}
        for home in homes
        for place, one in enumerate(home["people"], 1)
    ]
    return rows, members


def ndjson(homes: Iterable[Household]) -> bytes:
    return "".join(json.dumps(envelope(home), ensure_ascii=False) + "\n" for home in homes).encode()


def csv_bytes(
    rows: Sequence[dict[str, Any]], columns: Sequence[str] = (), delimiter: str = ",", encoding: str = "utf-8"
) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(columns or rows[0]), delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def pair(homes: Sequence[Household], **options: str) -> dict[str, bytes]:
    """households.csv and members.csv as name -> bytes."""
    rows, members = tables(homes)
    return {
        "households.csv": csv_bytes(rows, **options),  # type: ignore[arg-type]
        "members.csv": csv_bytes(members, MEMBER_COLUMNS, **options),  # type: ignore[arg-type]
    }


def zipped(path: Path, files: dict[str, bytes], manifest: dict[str, Any] | None = None) -> Path:
    """A .zip of these files, with a manifest that fits unless one is given in part."""
    stated = {
        "survey_year": YEAR, "stream": "jpt", "province_code": "38", "mode": "patch", "sequence": 1,
        "files": [{"name": name, "sha256": sha256(content).hexdigest()} for name, content in files.items()],
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        if manifest is not None:
            archive.writestr("manifest.json", json.dumps(stated | manifest))
    return path


def workbook(path: Path, sheets: dict[str, Sequence[dict[str, Any]]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, list(rows[0]))
            for number, row in enumerate(rows, 1):
                for at, value in enumerate(row.values()):
                    (sheet.write_string if isinstance(value, str) else sheet.write)(number, at, value)
    return path


def parquet(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    cells = [{name: None if value == "" else value for name, value in row.items()} for row in rows]
    pq.write_table(pa.Table.from_pylist(cells), path)
    return path


def deliver(folder: Path, kind: str, homes: Sequence[Household]) -> Path:
    """The households in one of FORMATS; what to hand in."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, members = tables(homes)
    if kind == "ndjson":
        return _file(folder / "payload.ndjson", ndjson(homes))
    if kind == "json":
        array = json.dumps([envelope(home) for home in homes], ensure_ascii=False, indent=1)
        return _file(folder / "payload.json", array.encode())
    if kind == "gz":
        return _file(folder / "payload.ndjson.gz", gzip.compress(ndjson(homes), mtime=0))
    if kind == "zip":
        return zipped(folder / "tables.zip", pair(homes), {})
    if kind == "xlsx":
        return workbook(folder / "tables.xlsx", {"households": rows, "members": members})
    place = folder / kind.translate({ord(mark): "_" for mark in ";\t|"})
    place.mkdir(exist_ok=True)
    if kind == "parquet":
        parquet(place / "households.parquet", rows)
        parquet(place / "members.parquet", members)
        return place
    options = {"csv_bom": {"encoding": "utf-8-sig"}, "csv_cp874": {"encoding": "cp874"}}.get(kind, {})
    if kind.startswith("csv") and len(kind) == 4:
        options = {"delimiter": kind[3]}
    for name, content in pair(homes, **options).items():
        _file(place / name, content)
    return place


def _file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


class Home:
    """A JPT_HOME of a test: registers, deliveries, stages, and the tables that they sealed."""

    def __init__(self, root: Path, threads: int = 1, keys: dict[Any, bytes] | None = None):
        self.settings = Settings(home=root / "home", threads=threads)
        self.folder = root
        make_keys(self.settings, keys_inside=True, known=keys or KEYS)
        self._files = 0

    def registers(
        self,
        targets: dict[str, int] | None = None,
        nonresponse: Sequence[tuple[str, str]] = (),
        villages: Sequence[tuple[str, ...]] = VILLAGES,
    ) -> "Home":
        """Register the areas and, where given, targets by village and non-response as (village, reason)."""
        areas = [_area(*village) for village in villages]
        self._register("areas", areas)
        tambons = sorted({village[1] for village in villages})
        people = [("E1", tambon) for tambon in tambons] + [("E2", tambon) for tambon in tambons]
        same = {"survey_year": YEAR, "name": "", "order_no": "1/2561", "role": "enumerator"}
        self._register("enumerators", [same | {"enumerator_id": who, "tambon_code": where} for who, where in people])
        if targets:
            rows = [{"survey_year": YEAR, "village_code": v, "target_households": n} for v, n in targets.items()]
            self._register("targets", rows)
        if nonresponse:
            rows = [
                {"survey_year": YEAR, "village_code": v, "house_no": f"9{i}", "reason": reason, "witness": ""}
                for i, (v, reason) in enumerate(nonresponse)
            ]
            self._register("nonresponse", rows)
        return self

    def _register(self, kind: Any, rows: list[dict[str, Any]]) -> None:
        path = _file(self.folder / f"register-{kind}.csv", csv_bytes(rows))
        report = register(kind, path, self.settings)
        assert report.stored, report.errors

    def take(
        self, *paths: Path, declared: Declared | None = None, at: datetime = datetime(2018, 3, 1, tzinfo=UTC)
    ) -> list[DeliveryReport]:
        return take_in(list(paths), self.settings, declared, now=lambda: at)

    def take_bytes(self, name: str, content: bytes, declared: Declared | None = None) -> DeliveryReport:
        """Deliver one file of this name; each in a folder of its own."""
        self._files += 1
        folder = self.folder / f"in{self._files}"
        folder.mkdir()
        (report,) = self.take(_file(folder / name, content), declared=declared)
        return report

    def take_files(self, files: dict[str, bytes], declared: Declared | None = None) -> DeliveryReport:
        """Deliver a folder of these files."""
        self._files += 1
        folder = self.folder / f"in{self._files}"
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            _file(folder / name, content)
        (report,) = self.take(folder, declared=declared)
        return report

    def run(self, *parts: Part, nation: bool = True) -> "Home":
        """All stages up to the rollups, with their gates, of province parts (default: 38) and then of the nation."""
        for part in parts or (HERE,):
            for stage in (make_records, make_households, make_indicators, make_rollups, make_leaves):
                stage(self.settings, part, GATES)
        if nation:
            make_shared_persons(self.settings, Part(YEAR), GATES)
            make_deliveries(self.settings, Part(YEAR), GATES)
            make_nation(self.settings, Part(YEAR), GATES)
        return self

    def households(self, part: Part = HERE) -> "Home":
        """The first two stages only."""
        make_records(self.settings, part, GATES)
        make_households(self.settings, part, GATES)
        return self

    def accounted(self) -> "Home":
        """The first two stages, and the account of all deliveries."""
        self.households()
        make_deliveries(self.settings, Part(YEAR), GATES)
        return self

    def rows(self, table: str, columns: str = "*", part: Part = HERE, order: str = "ALL") -> list[tuple[Any, ...]]:
        path = Lake(self.settings.lake).sealed(table, part)
        query = f"SELECT {columns} FROM read_parquet(?, hive_partitioning = false) ORDER BY {order}"
        return duckdb.execute(query, [path]).fetchall()

    def classes(self, part: Part = HERE) -> list[tuple[str, int, str, list[str]]]:
        """(household, revision, class, codes) of every delivered household, in the order of delivery."""
        columns = "household_id, revision, record_class, codes"
        path = Lake(self.settings.lake).sealed("submissions__records", part)
        query = f"SELECT {columns} FROM read_parquet(?, hive_partitioning = false) ORDER BY intake_no"
        return duckdb.execute(query, [path]).fetchall()

    def refused(self) -> list[tuple[str, int, list[str]]]:
        """(kind, record number, codes) of the records that intake refused, over all parts."""
        files = (file for receipt in self.receipts() for unit in receipt.units for file in unit.parts)
        paths = [str(self.settings.lake / file.path) for file in files if file.table == REFUSED]
        query = "SELECT record_kind, record_no, codes FROM read_parquet(?, hive_partitioning = false) ORDER BY ALL"
        return duckdb.execute(query, [paths]).fetchall() if paths else []

    def staged(self, columns: str = "household_id", view: str = "forms", part: Part = HERE) -> list[tuple[Any, ...]]:
        """Households that intake accepted (view forms) or their members (view persons), as the stages see them."""
        answers = answer_columns(load_instrument("plan12"))
        with session(self.settings) as connection:
            open_forms(connection, self.settings, self.receipts(), part, answers)
            return connection.execute(f"SELECT {columns} FROM {view} ORDER BY ALL").fetchall()

    def receipts(self) -> list[Receipt]:
        return read_receipts(self.settings.landing)

    def refusals(self) -> str:
        """Text of all notes about refused deliveries."""
        return "\n".join(path.read_text() for path in sorted((self.settings.landing / "refused").glob("*")))


def _area(village: str, tambon: str, lao: str, district: str, province: str) -> dict[str, str]:
    return {
        "village_code": village, "village_name": f"บ้าน {village}", "tambon_code": tambon, "tambon_name": tambon,
        "district_code": district, "district_name": district, "province_code": province,
        "province_name": AREA_NAMES[province], "lao_code": lao, "lao_name": f"อบต. {lao}", "lao_type": "อบต.",
        "stream": "jpt", "valid_from": "", "valid_to": "",
    }  # fmt: skip


_READY: dict[str, Path] = {}


@pytest.fixture
def home(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the registers of the country (no targets), copied from one that is made once per process."""
    if "home" not in _READY:
        _READY["home"] = Home(tmp_path_factory.mktemp("ready")).registers().settings.root
    shutil.copytree(_READY["home"], tmp_path / "home")
    return Home(tmp_path)


@pytest.fixture
def counted(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same home after two households of village 38010101 were delivered and all stages ran."""
    if "counted" not in _READY:
        made = Home(tmp_path_factory.mktemp("counted")).registers()
        made.take_bytes("a.ndjson", ndjson([household(1), household(2)]))
        _READY["counted"] = made.run().settings.root
    shutil.copytree(_READY["counted"], tmp_path / "home")
    return Home(tmp_path)


def refused_n(report: DeliveryReport) -> dict[str, tuple[int, int]]:
    """File name -> (records, refused at intake)."""
    assert report.receipt is not None, (report.code, report.detail)
    return {file.file_name: (file.records_n, file.refused_n) for unit in report.receipt.units for file in unit.files}
