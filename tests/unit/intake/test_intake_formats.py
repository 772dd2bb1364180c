"""The same households in every format: the same content, every record accounted for, oddities of a file told apart."""

import json

import pytest

from jpt_pipeline.intake.formats import Declared
from tests.unit.intake.country import (
    FORMATS,
    MEMBER_COLUMNS,
    changed,
    csv_bytes,
    deliver,
    envelope,
    family,
    household,
    ndjson,
    pair,
    parquet,
    person,
    refused_n,
    tables,
    workbook,
)

HOMES = [
    household(1, people=[person(1), person(2, sex="2", birth_date="29/02/2559", citizen_id="")], a42211="120000"),
    household(2, village="38010102", evidence_photo="refused", a1411="0", a1421="1"),
    household(3, village="38010201", latitude="", longitude="", satisfaction=""),
]
CONTENT = "village_code, household_id, content_sha256"


def facts(report):
    """File name -> (records, headers, blanks, refused)."""
    files = [file for unit in report.receipt.units for file in unit.files]
    return {file.file_name: (file.records_n, file.header_n, file.blank_n, file.refused_n) for file in files}


def spoil(files, name, old, new):
    """The files with one piece of bytes replaced; the piece must be there."""
    assert old in files[name]
    return files | {name: files[name].replace(old, new, 1)}


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """Content digests of HOMES as payload lines."""
    from tests.unit.intake.country import Home

    made = Home(tmp_path_factory.mktemp("reference")).registers()
    made.take(deliver(made.folder / "in", "ndjson", HOMES))
    return made.staged(CONTENT)


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.replace("\t", "tab").replace("|", "bar"))
def test_a_household_has_the_same_digest_in_every_format(home, reference, kind):
    (report,) = home.take(deliver(home.folder / "in", kind, HOMES))
    assert sum(records for records, _ in refused_n(report).values()) in (3, 7)  # households, or with their 4 members
    assert not any(refused for _, refused in refused_n(report).values())
    assert home.staged(CONTENT) == reference
    assert home.refused() == []


def test_the_same_households_in_two_formats_are_duplicates(home):
    home.take(deliver(home.folder / "a", "xlsx", HOMES), deliver(home.folder / "b", "gz", HOMES))
    home.households()
    assert [row[2:] for row in home.classes()] == [("accepted", [])] * 3 + [("duplicate", ["K-HH-DUP"])] * 3


def test_a_bare_family_needs_year_stream_and_enumerator_from_outside(home):
    line = json.dumps(family(HOMES[0]), ensure_ascii=False).encode()
    told = Declared(survey_year=2561, stream="jpt", enumerator_id="E1")
    assert refused_n(home.take_bytes("bare.ndjson", line, told)) == {"bare.ndjson": (1, 0)}
    # `id` is the milliseconds of the interview: 1519871400000 is 1 March 2018, 09:30 in Thailand.
    assert home.staged("CAST(submitted_at AS VARCHAR), survey_year, stream, enumerator_id, revision") == [
        ("2018-03-01 02:30:00", 2561, "jpt", "E1", 1)
    ]


def test_a_bare_family_without_them_is_refused_as_a_record(home):
    home.take_bytes("bare.ndjson", json.dumps(family(HOMES[0])).encode())
    ((kind, number, codes),) = home.refused()
    assert (kind, number) == ("household", 1)
    assert {"V-YEAR", "V-STREAM"} <= set(codes)


def test_columns_stand_in_any_order(home, reference):
    rows, members = tables(HOMES)
    files = {
        "households.csv": csv_bytes(rows, list(reversed(rows[0]))),
        "members.csv": csv_bytes(members, list(reversed(MEMBER_COLUMNS))),
    }
    home.take_files(files)
    assert home.staged(CONTENT) == reference


def test_quotes_that_are_not_needed_change_nothing(home, reference):
    rows, members = tables(HOMES)
    quoted = {
        name: b"\n".join(b",".join(b'"' + cell + b'"' for cell in line.split(b",")) for line in content.splitlines())
        for name, content in {"households.csv": csv_bytes(rows), "members.csv": csv_bytes(members, MEMBER_COLUMNS)}.items()
    }  # fmt: skip
    home.take_files(quoted)
    assert home.staged(CONTENT) == reference


def test_a_workbook_of_two_books_is_one_delivery(home, reference):
    rows, members = tables(HOMES)
    one = workbook(home.folder / "households.xlsx", {"Sheet1": rows})
    two = workbook(home.folder / "members.xlsx", {"Sheet1": members})
    (report,) = home.take(one, two)
    assert facts(report) == {"households.xlsx": (3, 1, 0, 0), "members.xlsx": (4, 1, 0, 0)}
    assert home.staged(CONTENT) == reference


def test_number_cells_of_a_workbook_are_read_as_whole_numbers(home):
    rows, members = tables([household(1)])
    rows[0] |= {"household_id": 38010000001, "village_code": 38010101}
    members[0] |= {"household_id": 38010000001, "village_code": 38010101, "citizen_id": int(members[0]["citizen_id"])}
    home.take(workbook(home.folder / "numbers.xlsx", {"households": rows, "members": members}))
    assert home.staged("household_id, village_code") == [("38010000001", "38010101")]
    assert home.staged("is_id_valid", "persons") == [(True,)]


def test_columns_of_numbers_in_parquet_are_read_as_whole_numbers(home):
    rows, members = tables([household(1)])
    rows[0] |= {"household_id": 38010000001, "a2911": 1}
    members[0] |= {"household_id": 38010000001, "citizen_id": float(members[0]["citizen_id"])}
    folder = home.folder / "numbers"
    folder.mkdir()
    parquet(folder / "households.parquet", rows)
    parquet(folder / "members.parquet", members)
    home.take(folder)
    assert home.staged("household_id, a2911") == [("38010000001", "1")]
    assert len(home.staged("member_no", "persons")) == 1


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("households.csv", b"38010000001,", b"38010000001,,", ("S-MANY", (1, 2))),
        ("households.csv", b"38010000001,38010101,", b"38010000001", ("S-FEW", (1, 2))),
        ("households.csv", b",E1,", b',"E1,', ("S-QUOTE", (1, 2))),
        ("households.csv", b",E1,", b",E\x001,", ("E-NUL", (1, 2))),
        ("households.csv", b",E1,", b",E\x1f1,", ("E-CTRL", (1, 2))),
        ("households.csv", b",E1,", b",E\xff1,", ("E-BADBYTE", (1, 2))),
        ("households.csv", b"2561,jpt", b"2461,jpt", ("V-YEAR", (1, 2))),
        ("households.csv", b"2561,jpt", b"2561,xyz", ("V-STREAM", (1, 2))),
        ("households.csv", b",38010101,", b",3801010,", ("G-UNKNOWN", (1, 2))),
        ("households.csv", b"38010000001,", b"3.801E+10,", ("V-PID-SCI", (1, 2))),
        ("households.csv", b"38010000001,", b",", ("K-KEY", (1, 2))),
        ("households.csv", b"+07:00,1,", b"+07:00,1.5,", ("V-REVISION", (1, 2))),
        ("households.csv", b"2018-03-01T", b"2018-02-31T", ("V-TIME", (1, 2))),
        ("households.csv", b"2018-03-01T", b"01/03/2561 ", ("V-TIME", (1, 2))),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_one_broken_household_is_quarantined_with_its_members(home, name, old, new, expected):
    """The other household of the delivery counts."""
    files = pair([household(1), household(2, village="38010102")])
    files = {key: value.replace("สมมุติ".encode(), "ก".encode()) for key, value in files.items()}
    report = home.take_files(spoil(files, name, old, new))
    code, records = expected
    assert facts(report) == {"households.csv": (2, 1, 0, 1), "members.csv": (2, 1, 0, 1)}
    assert [row[0] for row in home.refused()] == ["household", "member"]
    household_row, member_row = home.refused()
    assert code in household_row[2]
    assert household_row[1] == records[1]
    assert member_row[2] in (["K-ORPHAN"], household_row[2])
    assert home.staged("household_id") == [("38010000002",)]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"38010101,1,", b"38010101,first,", "V-MEMBERNO"),
        (b"38010101,1,", b"38010101,0,", "V-MEMBERNO"),
        (b"38010101,2,", b"38010101,1,", "V-MEMBERNO"),
        (b"8000000000014", b"8.00000E+12", "V-PID-SCI"),
    ],
    ids=["not-a-number", "zero", "twice", "scientific"],
)
def test_a_member_that_cannot_be_read_takes_the_whole_household_along(home, old, new, code):
    """Half a household would count too few persons and nobody would see it."""
    files = pair([household(1, people=[person(1), person(2)]), household(3)])
    report = home.take_files(spoil(files, "members.csv", old, new))
    assert facts(report) == {"households.csv": (2, 1, 0, 1), "members.csv": (3, 1, 0, 2)}
    assert {kind: codes for kind, _, codes in home.refused()} == {"household": [code], "member": [code]}
    assert home.staged("household_id") == [("38010000003",)]


@pytest.mark.parametrize(
    "number",
    ["12345", "1", "abcdefghijklm", "กขคงจฉชซฌญฎฏฐ", "88888888888888", "0000000000000", "8000000000013", "-", ""],
)
def test_a_wrong_citizen_number_is_no_reason_to_refuse(home, number):
    """Missing, too short, letters, wrong check digit: accepted, a finding follows (ruling 7)."""
    report = home.take_files(pair([household(1, people=[person(1, citizen_id=number)])]))
    assert refused_n(report) == {"households.csv": (1, 0), "members.csv": (1, 0)}
    assert home.staged("person_token", "persons") == [(None,)]


def test_broken_lines_of_a_payload_are_quarantined_one_by_one(home):
    good = ndjson([household(1)]).rstrip(b"\n")
    lines = [
        good,
        good[:-20],
        b"",
        good.replace(b"jpt", b"j\\u0000pt"),
        good.replace("สมมุติ".encode(), b"\xff\xfe"),
        b"[1,2]",
        b"12",
        b"   ",
        b'{"family": "no"}',
        b"x" * (2 << 20) + b"x",
        good.replace(b'"hmember": [', b'"hmember": 5, "x": ['),
    ]
    report = home.take_bytes("payload.ndjson", b"\n".join(lines))
    assert facts(report) == {"payload.ndjson": (9, 0, 2, 8)}
    codes = {number: codes for _, number, codes in home.refused()}
    assert {number: codes[number] for number in (2, 4, 5, 6, 7, 10, 11)} == {
        2: ["S-JSON"], 4: ["E-NUL"], 5: ["E-BADBYTE"], 6: ["S-JSON"], 7: ["S-JSON"], 10: ["S-LONG"], 11: ["S-JSON"],
    }  # fmt: skip
    assert "V-YEAR" in codes[9]
    assert len(home.staged()) == 1


def test_the_spans_of_records_are_their_bytes_in_the_file(home):
    content = b"\xef\xbb\xbf" + ndjson([household(1), household(2)])
    home.take_bytes("payload.ndjson", content)
    spans = home.staged("record_no, byte_start, byte_end")
    lines = content.split(b"\n")
    assert spans[0][1] == 3  # the byte order mark belongs to no record
    assert [content[low:high] for _, low, high in spans] == [lines[0][3:], lines[1]]


def test_blank_lines_and_repeated_headers_are_counted_apart(home):
    files = pair([household(1), household(2)])
    header, one, two, _ = files["households.csv"].split(b"\r\n")
    files["households.csv"] = b"\r\n".join([b"", b"  ", header, one, b"", header, two, header, b"\t"])
    report = home.take_files(files)
    assert facts(report) == {"households.csv": (2, 3, 4, 0), "members.csv": (2, 1, 0, 0)}
    assert home.staged("record_no") == [(4,), (7,)]  # physical records: blanks and headers count


def test_a_row_of_delimiters_only_is_a_record(home):
    files = pair([household(1)])
    commas = files["households.csv"].split(b"\r\n")[0].count(b",")
    files["households.csv"] += b"," * commas + b"\r\n"
    assert facts(home.take_files(files))["households.csv"] == (2, 1, 0, 1)


def test_an_unknown_column_is_a_warning(home):
    rows, members = tables([household(1)])
    files = {
        "households.csv": csv_bytes([row | {"note": "ก, ข", "a2911b": "1"} for row in rows]),
        "members.csv": csv_bytes(members),
    }
    report = home.take_files(files)
    assert facts(report) == {"households.csv": (1, 1, 0, 0), "members.csv": (1, 1, 0, 0)}
    (file, _) = report.receipt.units[0].files
    assert file.extra_columns == ["a2911b", "note"]


@pytest.mark.parametrize(
    ("change", "code", "detail"),
    [
        (lambda names: [name for name in names if name != "village_code"], "H-MISSING", "village_code"),
        (lambda names: [name for name in names if not name.startswith("a2")], "H-MISSING", "a1111 …"),
        (lambda names: [*names, "revision"], "H-DUP", "revision"),
        (lambda names: [f"x{name}" for name in names], "H-NONE", None),
    ],
    ids=["missing", "no-answers", "twice", "strange"],
)
def test_a_header_that_does_not_fit_refuses_the_file_and_keeps_its_bytes(home, change, code, detail):
    rows, members = tables([household(1)])
    names = change(list(rows[0]))
    header = ",".join(names)
    cells = ",".join(str(rows[0].get(name.removeprefix("x"), "1")) for name in names)
    content = f"{header}\r\n{cells}\r\n".encode()
    report = home.take_files({"households.csv": content, "members.csv": csv_bytes(members)})
    assert (report.status, report.code, report.detail) == ("refused", code, detail)
    assert report.file_name == "households.csv"
    assert home.receipts() == []
    assert content in [path.read_bytes() for path in (home.settings.landing / "files").rglob("*") if path.is_file()]
    assert [path for path in home.settings.lake.rglob("*.parquet") if "submissions" in str(path)] == []


@pytest.mark.parametrize("extra", [b',"note" x', b",no\0te", b",no\x1fte"], ids=["quote", "nul", "control"])
def test_no_household_is_taken_for_a_header(home, extra):
    """A header that no record equals must not make the first household the header."""
    files = pair([household(1), household(2)])
    header, one, two, _ = files["households.csv"].split(b"\r\n")
    files["households.csv"] = b"\r\n".join([header + extra, one + b",x", two + b",x", b""])
    report = home.take_files(files)
    assert report.status == "refused" or facts(report)["households.csv"][1] == 0


def test_a_file_without_header_is_refused_without_a_word_of_its_content(home):
    _, members = tables([household(1, people=[person(1, first_name="ลับ", last_name="ลับ")])])
    body = csv_bytes(members, MEMBER_COLUMNS).split(b"\r\n", 1)[1]
    report = home.take_bytes("members.csv", body)
    assert report.status == "refused"
    assert "ลับ" not in f"{report.detail}{home.refusals()}"


@pytest.mark.parametrize("content", [b'x,"a\nb";c;d;e\n1;2;3;4\n', b'"' + b"x" * 200_000 + b'",survey_year\n1,2\n'])
def test_a_header_that_is_no_csv_is_refused(home, content):
    report = home.take_bytes("households.csv", content)
    assert report.status == "refused"


def test_an_undecodable_byte_does_not_change_the_encoding_of_the_rest(home):
    files = pair([household(number) for number in range(1, 31)])
    report = home.take_files(spoil(files, "members.csv", "สมมุติ".encode(), b"\xe0\xb8"))
    assert {file.encoding for file in report.receipt.units[0].files} == {"utf-8"}
    assert facts(report)["members.csv"] == (30, 1, 0, 1)


def test_year_province_and_stream_told_from_outside_bind_every_record(home):
    homes = [household(1), household(2, village="39010101"), changed(household(3), survey_year=2563)]
    report = home.take_bytes("payload.ndjson", ndjson(homes), Declared(survey_year=2561, province_code="38"))
    assert facts(report) == {"payload.ndjson": (3, 0, 0, 2)}
    assert [(number, codes) for _, number, codes in home.refused()] == [(2, ["G-OUTSIDE"]), (3, ["V-YEAR"])]


def test_what_the_command_line_says_is_data_not_sql(home):
    told = Declared(stream="jpt' OR '1'='1", province_code="38' OR '1'='1", enumerator_id="E'1")
    report = home.take_bytes("payload.ndjson", ndjson([household(1)]), told)
    assert facts(report) == {"payload.ndjson": (1, 0, 0, 1)}
    ((_, _, codes),) = home.refused()
    assert set(codes) == {"V-STREAM", "G-OUTSIDE"}


def test_text_that_looks_like_a_formula_is_text(home):
    home.take_files(pair([household(1, house_no='=HYPERLINK("x")', people=[person(1, first_name="=1+1")])]))
    assert len(home.staged()) == 1


def test_the_app_keys_that_nobody_knows_are_counted(home):
    line = envelope(household(1))
    line["family"]["answer"]["999999"] = "1"
    home.take_bytes("payload.ndjson", json.dumps(line).encode())
    assert home.staged("unknown_keys_n") == [(1,)]


@pytest.mark.parametrize("text", ["๓๘๐๑๐๐๐๐๐๐๑", "3801-0000-001", "3801 0000 001", "38010000001.0"])
@pytest.mark.parametrize("kind", ["ndjson", "folder"])
def test_house_codes_are_normalised_with_a_finding(home, text, kind):
    home.take(deliver(home.folder / "in", kind, [household(1, household_id=text)]))
    assert home.staged("household_id, notes") == [("38010000001", ["J-NORM"])]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_one_bad_byte_does_not_turn_a_small_file_into_cp874(home, end):
    files = pair([household(number, house_no=f"บ้าน {number}") for number in range(1, 6)])
    files = {name: content.replace(b"\r\n", end) for name, content in files.items()}
    spoilt = files["households.csv"].replace("บ้าน 3".encode(), "บ้าน 3".encode()[:-3] + b"\xff 3")
    report = home.take_files(files | {"households.csv": spoilt})
    assert refused_n(report)["households.csv"] == (5, 1)
    assert [file.encoding for file in report.receipt.units[0].files] == ["utf-8", "utf-8"]


def test_a_member_row_that_is_cut_takes_its_whole_household_along(home):
    """The household of a member that cannot be read does not count with the rest of its members."""
    files = pair([household(1, people=[person(1), person(2)]), household(3)])
    header, first, second, *rest = files["members.csv"].split(b"\r\n")
    files["members.csv"] = b"\r\n".join([header, first, second.rpartition(b",")[0], *rest])
    assert refused_n(home.take_files(files)) == {"households.csv": (2, 1), "members.csv": (3, 2)}
    assert len(home.staged()) == 1


def test_a_position_is_the_same_as_number_and_as_text(home):
    text = deliver(home.folder / "a", "folder", [household(1, latitude="18.0700", longitude="103.770")])
    number = deliver(home.folder / "b", "folder", [household(1, latitude="18.07", longitude="103.77")])
    home.take(text, number)
    home.households()
    assert [row[2:] for row in home.classes()] == [("accepted", []), ("duplicate", ["K-HH-DUP"])]
