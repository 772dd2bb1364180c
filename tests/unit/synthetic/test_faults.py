"""Planted faults stand where the list says, and the corrections put every village right again."""

import csv
import gzip
import io
import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from stdnum.th import pin

from jpt_pipeline.synthetic.faults import FaultsDoNotFit
from jpt_pipeline.synthetic.generate import generate
from jpt_pipeline.synthetic.spec import load_spec

from .codebook import Book

SAMPLE = Path(__file__).parents[3] / "data" / "sample" / "2561"


@pytest.fixture(scope="module", params=["made", "sample"])
def folder(request, made):
    return made / "mixed" if request.param == "made" else SAMPLE


@pytest.fixture(scope="module")
def planted(folder):
    return json.loads((folder / "faults.json").read_text(encoding="utf-8"))


class Delivered:
    """All records of a mixed delivery: payload lines, and rows of CSV and XLSX with the header as record 1."""

    def __init__(self, folder):
        (payload,) = (folder / "deliveries").glob("*.gz")
        (tables,) = (folder / "deliveries").glob("*.zip")
        (workbook,) = (folder / "deliveries").glob("*.xlsx")
        self.lines = gzip.decompress(payload.read_bytes()).decode().splitlines()
        self.rows = {}
        with zipfile.ZipFile(tables) as packed:
            for name in ("households", "members"):
                text = packed.read(f"{name}.csv").decode("utf-8-sig")
                self.rows["csv", name] = list(csv.reader(io.StringIO(text)))
        book = CalamineWorkbook.from_path(str(workbook))
        for name in ("households", "members"):
            self.rows["xlsx", name] = book.get_sheet_by_name(name).to_python()
        self.corrections = [
            json.loads(line) for path in (folder / "corrections").iterdir() for line in path.read_text().splitlines()
        ]

    def dictionaries(self, kind, name):
        header, *rows = self.rows[kind, name]
        return [dict(zip(header, row, strict=True)) for row in rows if len(row) == len(header)]

    def record(self, item):
        """The record at a planted place, a dictionary where it can be read as one."""
        if item["format"] == "payload":
            return self.lines[item["record_no"] - 1]
        rows = self.rows[item["format"], item["records"]]
        return dict(zip(rows[0], rows[item["record_no"] - 1], strict=False))


@pytest.fixture(scope="module")
def delivered(folder):
    return Delivered(folder)


def by_fault(planted, fault):
    return [item for item in planted if item["fault"] == fault]


def test_every_fault_of_the_file_is_planted(planted):
    assert {item["fault"] for item in planted} == {fault.fault for fault in load_spec().faults}


def test_rule_faults_violate_the_rule_they_name(planted, delivered):
    """Payload records are judged by the code book; a rule fault in a table must differ from its correction."""
    book, rules = Book(), {rule.id for rule in Book().instrument.rules}
    judged = 0
    for item in planted:
        if item["code"] in rules - {"HH-BIRTH"} and item["format"] == "payload":
            violated, _ = book.read(delivered.record(item))
            assert item["code"] in {rule.id for rule in violated}, item["fault"]
            judged += 1
    assert judged >= 3


def test_corrections_break_no_rule(delivered):
    for record in delivered.corrections:
        violated, _ = Book().read(json.dumps(record))
        assert [rule.id for rule in violated if rule.severity == "error"] == []
        assert record["evidence"]["photo"] != "missing"


def test_each_mended_fault_has_one_correction_with_a_higher_revision(planted, delivered):
    mended = {item["household_id"] for item in planted if item["mended_by"] and item["record_no"]}
    late = {item["household_id"] for item in by_fault(planted, "late_household")}
    sent = {record["family"]["hid"]: record["revision"] for record in delivered.corrections}
    assert sent == {**dict.fromkeys(mended, 2), **dict.fromkeys(late, 1)}


def test_broken_line_is_not_json(planted, delivered):
    (item,) = by_fault(planted, "broken_line")
    with pytest.raises(json.JSONDecodeError):
        json.loads(delivered.record(item))


def test_overlong_row_has_one_cell_too_many(planted, delivered):
    (item,) = by_fault(planted, "too_many_cells")
    rows = delivered.rows["csv", "households"]
    assert [n for n, row in enumerate(rows, start=1) if len(row) != len(rows[0])] == [item["record_no"]]
    assert len(rows[item["record_no"] - 1]) == len(rows[0]) + 1


def test_conflicting_records_differ_under_one_key(planted, delivered):
    records = [delivered.record(item) for item in by_fault(planted, "conflict")]
    assert len(records) == 2 and records[0] != records[1]
    assert records[0]["household_id"] == records[1]["household_id"]
    assert records[0]["revision"] == records[1]["revision"]


def test_stray_member_has_no_household(planted, delivered):
    (item,) = by_fault(planted, "member_without_household")
    record = delivered.record(item)
    assert record["household_id"] == item["household_id"]
    households = {row["household_id"] for row in delivered.dictionaries(item["format"], "households")}
    assert item["household_id"] not in households


def test_wrong_check_digit_is_the_only_one(planted, delivered):
    (item,) = by_fault(planted, "invalid_check_digit")
    wrong = []
    for line in delivered.lines:
        if line.endswith("}"):
            family = json.loads(line)["family"]
            wrong += [family["hid"] for member in family["hmember"] if not pin.is_valid(member["idcard"])]
    for kind in ("csv", "xlsx"):
        wrong += [row["household_id"] for row in delivered.dictionaries(kind, "members")
                  if not pin.is_valid(str(row["citizen_id"]))]  # fmt: skip
    assert wrong == [item["household_id"]]


def counted(folder, delivered, with_corrections):
    """Households per village by hand: highest revision, no conflict, no planted quarantine; rosters by household."""
    planted = json.loads((folder / "faults.json").read_text(encoding="utf-8"))
    places = {(item["format"], item["records"], item["record_no"]) for item in planted
              if item["record_class"] in ("quarantined", "duplicate", "superseded")}  # fmt: skip
    best = {}
    for number, line in enumerate(delivered.lines, start=1):
        if ("payload", "households", number) not in places:
            record = json.loads(line)
            keep(best, record["family"]["community"], payload_id(record), record["revision"], people(record))
    for kind in ("csv", "xlsx"):
        roster = {}
        for member in delivered.dictionaries(kind, "members"):
            roster.setdefault(member["household_id"], {})[member["member_no"]] = member["citizen_id"]
        for number, row in enumerate(delivered.rows[kind, "households"][1:], start=2):
            if (kind, "households", number) not in places:
                found = dict(zip(delivered.rows[kind, "households"][0], row, strict=True))
                members = roster[found["household_id"]].values()
                keep(best, found["village_code"], found["household_id"], int(found["revision"]), members)
    for record in delivered.corrections if with_corrections else []:
        keep(best, record["family"]["community"], payload_id(record), record["revision"], people(record))
    return best


def keep(best, village, household, revision, members):
    if (village, household) not in best or best[village, household][0] < revision:
        best[village, household] = (revision, members)


def people(record):
    return [member["idcard"] for member in record["family"]["hmember"]]


def payload_id(record):
    family = record["family"]
    return family["hid"] if len(family["hid"]) == 11 else f"{family['hid']}-{record['enumerator_id']}-{family['id']}"


def expected(folder):
    """Target minus non-response per village."""
    wanted = Counter()
    with (folder / "registers/targets.csv").open(encoding="utf-8-sig", newline="") as stream:
        wanted.update({row["village_code"]: int(row["target_households"]) for row in csv.DictReader(stream)})
    with (folder / "registers/nonresponse.csv").open(encoding="utf-8-sig", newline="") as stream:
        wanted.subtract(row["village_code"] for row in csv.DictReader(stream))
    return wanted


def test_before_the_corrections_some_villages_are_short_and_most_districts_are_not(folder, delivered):
    have = Counter(village for village, _ in counted(folder, delivered, with_corrections=False))
    short = {village for village, n in expected(folder).items() if have[village] < n}
    assert short
    assert len({village[:4] for village in short}) <= 3


def test_after_the_corrections_every_village_is_complete(folder, delivered):
    best = counted(folder, delivered, with_corrections=True)
    assert Counter(village for village, _ in best) == expected(folder)
    persons = Counter(number for _, members in best.values() for number in members)
    assert max(persons.values()) == 1, "nobody lives in two households"


def test_too_few_households_for_all_faults_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(FaultsDoNotFit):
        generate(tmp_path / "small", survey_year=2561, province_code="38", households_n=20, seed=1, faults=True)
    assert list(tmp_path.iterdir()) == []


def test_the_sample_is_the_one_that_its_command_makes(tmp_path):
    generate(tmp_path / "again", survey_year=2561, province_code="38", households_n=3200, seed=38, faults=True)
    made = {path.relative_to(tmp_path / "again"): path.read_bytes()
            for path in (tmp_path / "again").rglob("*") if path.is_file()}  # fmt: skip
    assert made == {path.relative_to(SAMPLE): path.read_bytes() for path in SAMPLE.rglob("*") if path.is_file()}
    assert sum(len(content) for content in made.values()) < 6 * 2**20
