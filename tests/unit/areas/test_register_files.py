"""Files: encodings, delimiters, spreadsheets, headers, broken rows; what is kept and what is refused."""

import datetime
import hashlib
from pathlib import Path

import pytest
from area_files import AREA, ELSEWHERE, SAMPLE, rows, write_csv, write_xlsx
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from jpt_pipeline.areas.readfile import read_register
from jpt_pipeline.areas.register import register
from jpt_pipeline.settings import Settings

TARGET_COLUMNS = list(SAMPLE["targets"])


def codes(notices):
    return [notice.code for notice in notices]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp874"])
def test_encodings_and_delimiters_give_the_same_table(give, table, encoding, delimiter):
    assert give("areas", [AREA], encoding=encoding, delimiter=delimiter).stored
    assert table("areas", columns="village_name, lao_type") == [("บ้านหนึ่ง", "อบต.")]


def test_xlsx_gives_the_same_bytes_as_csv(give, settings, tmp_path):
    content = rows("targets", {}, {"village_code": "38010102", "target_households": "7"})
    give("targets", content)
    part = settings.lake / "register__targets/survey_year=2561/part.parquet"
    from_csv = part.read_bytes()
    numbers = [{**row, "target_households": int(row["target_households"])} for row in content]
    report = register("targets", write_xlsx(tmp_path / "t.xlsx", numbers), settings)
    assert report.stored and report.format == "xlsx"
    assert part.read_bytes() == from_csv


def test_xlsx_cell_that_became_a_date_is_refused_with_its_row(settings, tmp_path):
    content = [{**SAMPLE["enumerators"], "order_no": datetime.date(2018, 2, 1)}]
    report = register("enumerators", write_xlsx(tmp_path / "e.xlsx", content), settings)
    assert codes(report.errors) == ["R-VAL-04"]
    assert report.errors[0].places[0].row == 2


def test_column_order_is_free_and_unknown_columns_are_a_finding(give, table):
    content = [{"หมายเหตุ": "x", **dict(reversed(SAMPLE["targets"].items()))}]
    report = give("targets", content)
    assert report.stored
    assert "R-COL-03" in codes(report.findings)
    assert table("targets", 2561) == [(2561, "38010101", 100)]


def test_missing_and_repeated_columns_are_named(settings, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("survey_year,survey_year,village_code\n2561,2561,38010101\n", encoding="utf-8")
    report = register("targets", path, settings)
    assert [(error.code, error.column) for error in report.errors] == [
        ("R-COL-01", "target_households"),
        ("R-COL-02", "survey_year"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "R-FILE-04"),
        (b"survey_year,village_code,target_households\n", "R-FILE-04"),
        (b"\xff\xfe\x00", "R-FILE-03"),
        (b"PK\x03\x04broken", "R-FILE-02"),
        (b"\xd0\xcf\x11\xe0old", "R-FILE-02"),
        (b"survey_year,village_code,target_households\n2561,38010101\n", "R-ROW-01"),
        (b"survey_year,village_code,target_households\n2561,38010101,1,2\n", "R-ROW-01"),
        (b'survey_year,village_code,target_households\n2561,"38010101,1\n', "R-ROW-02"),
    ],
)
def test_files_that_cannot_be_read_are_refused_and_kept(settings, tmp_path, content, code):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    report = register("targets", path, settings)
    assert codes(report.errors) == [code]
    assert not report.stored and not settings.lake.exists()
    kept = settings.landing / "registers" / hashlib.sha256(content).hexdigest()
    assert kept.read_bytes() == content


def test_a_file_that_is_not_there(settings, tmp_path):
    assert codes(register("areas", tmp_path / "none.csv", settings).errors) == ["R-FILE-01"]


def test_a_workbook_with_two_filled_sheets_needs_one_named_as_the_register(settings, tmp_path):
    import xlsxwriter

    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("one", "two"):
            book.add_worksheet(name).write_row(0, 0, ["x"])
    assert codes(register("targets", path, settings).errors) == ["R-FILE-05"]


def test_thai_digits_and_spaces_are_read(give, table):
    report = give("targets", rows("targets", {"village_code": " ๓๘๐๑๐๑๐๑\u00a0", "target_households": "๑๐"}))
    assert report.stored
    assert table("targets", 2561) == [(2561, "38010101", 10)]


def test_blank_rows_are_skipped_but_counted_in_row_numbers(settings, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("survey_year,village_code,target_households\n\n2561,38010101,x\n", encoding="utf-8")
    assert register("targets", path, settings).errors[0].places[0].row == 3


@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300))
def test_any_bytes_give_a_table_or_an_error(content):
    raw = read_register(content, "targets", TARGET_COLUMNS)
    assert (raw.cells is None) == bool(raw.errors)


@hypothesis_settings(max_examples=100, deadline=None)
@given(
    st.text(st.characters(codec="cp874", exclude_categories=["Cc"]), min_size=1), st.sampled_from(["utf-8", "cp874"])
)
def test_text_comes_out_as_it_went_in(text, encoding):
    header = "survey_year,village_code,target_households\r\n"
    quoted = '"' + text.replace('"', '""') + '"'
    raw = read_register(f"{header}2561,38010101,{quoted}\r\n".encode(encoding), "targets", TARGET_COLUMNS)
    assume(encoding == "utf-8" or text.isascii() or raw.encoding == "cp874")
    assert raw.cells["target_households"].to_pylist() == [text]


def test_same_file_again_gives_the_same_bytes_and_seal(give, settings):
    content = rows("areas", {}, ELSEWHERE)
    give("areas", content)
    part = settings.lake / "register__areas/survey_year=0"
    before = [(part / name).read_bytes() for name in ("part.parquet", "seal.json")]
    give("areas", rows("areas", ELSEWHERE))
    give("areas", content)
    assert [(part / name).read_bytes() for name in ("part.parquet", "seal.json")] == before


def test_an_error_leaves_the_lake_as_it_was(give, settings):
    give("areas", [AREA])
    before = {path: path.read_bytes() for path in settings.lake.rglob("*") if path.is_file()}
    report = give("areas", rows("areas", {"village_name": "ใหม่"}, {"village_code": "x"}))
    assert not report.stored
    assert {path: path.read_bytes() for path in settings.lake.rglob("*") if path.is_file()} == before


def test_an_altered_table_is_not_merged_into(give, settings):
    give("areas", [AREA])
    part = settings.lake / "register__areas/survey_year=0/part.parquet"
    damaged = bytearray(part.read_bytes())
    damaged[10] ^= 1
    part.write_bytes(damaged)
    assert codes(give("areas", rows("areas", ELSEWHERE)).errors) == ["R-LAKE-01"]
    assert "R-LAKE-01" in codes(give("targets", rows("targets", {})).errors)


def test_a_run_that_was_stopped_while_sealing_is_mended_by_the_next(give, settings, table):
    give("areas", [AREA])
    (settings.lake / "register__areas/survey_year=0/seal.json").unlink()
    assert give("areas", rows("areas", ELSEWHERE)).stored
    assert len(table("areas")) == 2


def test_first_twenty_places_and_the_count(give):
    content = rows("targets", *({"village_code": f"x{number}"} for number in range(50)))
    found = give("targets", content).errors[0]
    assert (found.count, len(found.places), found.places[0].row) == (50, 20, 2)


def test_what_could_name_a_person_is_never_in_a_message(give):
    secrets = ["1100100456781", "นายลับมาก", "บ้านเลขที่ลับ"]
    reports = [
        give("enumerators", rows("enumerators", {"enumerator_id": secrets[0], "name": secrets[1], "role": secrets[1]})),
        give("nonresponse", rows("nonresponse", {"house_no": secrets[2]}, {"house_no": secrets[2]})),
        give("areas", rows("areas", {"village_code": secrets[0]})),
        give("targets", [{**SAMPLE["targets"], secrets[1]: "1", "village_code": secrets[0]}]),
    ]
    assert all(report.errors or report.findings for report in reports)
    assert not any(secret in str(reports) for secret in secrets)


def test_seventy_five_thousand_villages_take_seconds(settings: Settings, tmp_path: Path):
    import time

    import geothai

    tambons = [
        tambon
        for province in geothai.provinces()
        for district in geothai.districts(province.code)
        for tambon in geothai.subdistricts(district.code)
    ]
    content = [
        AREA
        | {
            "village_code": f"{tambon.code}{moo:02}",
            "tambon_code": tambon.code,
            "tambon_name": tambon.name_th,
            "district_code": tambon.district_code,
            "district_name": geothai.district(tambon.district_code).name_th,
            "province_code": tambon.province_code,
            "province_name": geothai.province(tambon.province_code).name_th,
            "lao_code": f"L{tambon.code}",
            "lao_name": tambon.name_th,
        }
        for tambon in tambons
        for moo in range(1, 11)
    ]
    path = write_csv(tmp_path / "all.csv", content)
    start = time.perf_counter()
    report = register("areas", path, settings)
    assert report.stored and report.tables == {"0": len(tambons) * 10} and not report.findings
    assert time.perf_counter() - start < 20
