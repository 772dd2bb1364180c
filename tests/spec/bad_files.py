"""Fixtures of bad input that are whole files: each made by code, in every format in which it can occur.

`FILES` holds a function for each line of bad_input.yaml that is no plain record. In a file that is taken in, household
`number + 1` is right and must count. Put here: bytes of files. Keep out: what is expected, and fixtures that are records.
"""

import gzip
import io
import json
import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jpt_pipeline.intake.formats import Declared
from tests.spec.bad_records import Key, home, one
from tests.unit.intake.country import (
    MEMBER_COLUMNS,
    YEAR,
    Household,
    csv_bytes,
    envelope,
    ndjson,
    pair,
    tables,
)
from tests.unit.intake.test_workbooks import DTD, LAUGHS, MAIN, book, letters, raw, row, sheet_of, text_cell, with_cell
from tests.unit.intake.test_workbooks import changed as part_changed

Files = dict[str, bytes]


@dataclass(frozen=True)
class Given:
    """Deliveries of a fixture, one after the other (name -> bytes each); the last one is judged.

    physical: records of a file where they cannot be counted without a judgement about it. good: whether household
    number + 1 is among the delivered.
    """

    deliveries: list[Files]
    declared: Declared | None = None
    physical: dict[str, int] = field(default_factory=dict)
    good: bool = True


Fixture = Callable[[str, int], Given]
FILES: dict[Key, Fixture] = {}


def fixture(number: int, *names: str) -> Callable[[Fixture], Fixture]:
    """Under which lines of the catalogue a function stands."""

    def keep(made: Fixture) -> Fixture:
        FILES.update({(number, name): made for name in names})
        return made

    return keep


def two(number: int) -> list[Household]:
    return [home(number), home(number + 1)]


def named(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    """Bytes of a zip with these members, also names twice."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in entries:
            out.writestr(name, content)
    return packed.getvalue()


def parquet_bytes(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def array(homes: list[Household]) -> bytes:
    return json.dumps([envelope(one) for one in homes], ensure_ascii=False).encode()


def written(kind: str, homes: list[Household]) -> Files:
    """The households as the files of a format."""
    rows, members = tables(homes)
    if kind == "lines":
        return {"payload.ndjson": ndjson(homes)}
    if kind == "array":
        return {"payload.json": array(homes)}
    if kind == "gz":
        return {"payload.ndjson.gz": gzip.compress(ndjson(homes), mtime=0)}
    if kind == "zip":
        return {"tables.zip": named(*pair(homes).items())}
    return table_files(kind, rows, members) if kind != "csv" else pair(homes)


def table_files(kind: str, rows: list[dict[str, Any]], members: list[dict[str, Any]]) -> Files:
    """Rows of the two tables as the files of a format; names of columns are those of the first rows."""
    lines = {"households": rows, "members": members}
    as_csv = {f"{name}.csv": csv_bytes(some) for name, some in lines.items()}
    if kind == "zip":
        return {"tables.zip": named(*as_csv.items())}
    if kind == "csv":
        return as_csv
    texts = {name: [{n: str(v) for n, v in one.items()} for one in some] for name, some in lines.items()}
    if kind == "xlsx":
        return {"tables.xlsx": raw({name: sheet_of(some) for name, some in texts.items()})}
    return {f"{name}.parquet": parquet_bytes(pa.Table.from_pylist(some)) for name, some in texts.items()}


def renamed(kind: str, homes: list[Household], change: Callable[[list[str]], list[str]]) -> Files:
    """Tables whose households have other names of columns, the cells as they were."""
    rows, members = tables(homes)
    names = change(list(rows[0]))
    cells = [[str(value) for value in one.values()] + ["1"] * len(names) for one in rows]
    if kind == "parquet":
        columns = [pa.array([line[at] for line in cells]) for at in range(len(names))]
        other = {"households.parquet": parquet_bytes(pa.Table.from_arrays(columns, names=names))}
        return table_files(kind, rows, members) | other
    if kind == "xlsx":
        lines = [names, *(line[: len(names)] for line in cells)]
        sheet = "".join(
            row(n, *(text_cell(f"{letters(c)}{n}", value) for c, value in enumerate(line)))
            for n, line in enumerate(lines, 1)
        )
        return {"tables.xlsx": raw({"households": sheet, "members": sheet_of(_texts(members))})}
    head = ",".join(names).encode()
    body = b"\r\n".join(",".join(line[: len(names)]).encode() for line in cells)
    files = {"households.csv": head + b"\r\n" + body + b"\r\n", "members.csv": csv_bytes(members, MEMBER_COLUMNS)}
    return {"tables.zip": named(*files.items())} if kind == "zip" else files


def _texts(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{name: str(value) for name, value in one.items()} for one in rows]


def repacked(kind: str, homes: list[Household], change: Callable[[bytes], bytes]) -> Files:
    """The files of a text format with their bytes changed, before they are packed."""
    if kind == "zip":
        return {"tables.zip": named(*((name, change(content)) for name, content in pair(homes).items()))}
    if kind == "gz":
        return {"payload.ndjson.gz": gzip.compress(change(ndjson(homes)), mtime=0)}
    return {name: change(content) for name, content in written(kind, homes).items()}


EMPTY_NAMES = {"lines": "a.ndjson", "array": "a.json", "csv": "a.csv", "xlsx": "a.xlsx", "parquet": "a.parquet"}


@fixture(1, "nothing")
def _(kind: str, number: int) -> Given:
    whole = {"zip": {"a.zip": named(("a.ndjson", b""))}, "gz": {"a.ndjson.gz": gzip.compress(b"")}}
    return Given([whole.get(kind) or {EMPTY_NAMES[kind]: b""}])


def _no_records(kind: str) -> Files:
    rows, members = tables(two(1))
    heads = {name: content.split(b"\r\n")[0] + b"\r\n" for name, content in pair(two(1)).items()}
    if kind == "zip":
        return {"tables.zip": named(*heads.items())}
    if kind == "xlsx":
        sheets = {"households": rows, "members": members}
        return {"tables.xlsx": raw({n: sheet_of(_texts(some)).split('<row r="2">')[0] for n, some in sheets.items()})}
    if kind == "parquet":
        sheets = {"households.parquet": rows, "members.parquet": members}
        return {n: parquet_bytes(pa.Table.from_pylist(_texts(some)).slice(0, 0)) for n, some in sheets.items()}
    blank = {
        "lines": {"a.ndjson": b"\n \n"},
        "array": {"a.json": b"[ ]"},
        "gz": {"a.ndjson.gz": gzip.compress(b"\n\n")},
    }
    return blank.get(kind) or heads


@fixture(2, "no record")
def _(kind: str, number: int) -> Given:
    return Given([_no_records(kind)])


def with_manifest(files: Files, /, **stated: Any) -> Files:
    """The files with a manifest; what is stated of it in part takes the place of what would be right."""
    listed = [{"name": name, "sha256": sha256(content).hexdigest()} for name, content in files.items()]
    said = {"survey_year": YEAR, "stream": "jpt", "province_code": "38", "files": listed} | stated
    return files | {"manifest.json": json.dumps(said).encode()}


def _packed(kind: str, files: Files) -> Files:
    return {"tables.zip": named(*files.items())} if kind == "zip" else files


@fixture(2, "declared")
def _(kind: str, number: int) -> Given:
    files = {name: content + b"\r\n" * ALL_KINDS.index(kind) for name, content in _no_records("csv").items()}
    listed = [{"name": n, "sha256": sha256(c).hexdigest(), "records": 0} for n, c in files.items()]
    return Given([_packed(kind, with_manifest(files, files=listed))], good=False)


ALL_KINDS = ["lines", "array", "csv", "xlsx", "parquet", "zip", "gz"]


def turned(number: int) -> list[Household]:
    """The right household first, so that the spoilt one is the last record of its file."""
    return two(number)[::-1]


@fixture(3, "short last record", "cut array", "cut in a character", "other count than stated")
def _(kind: str, number: int) -> Given:
    files = written(kind, turned(number))
    name = next(iter(files))
    if kind == "csv":
        return Given([files | {name: files[name][:-40]}])
    return Given([{name: files[name][:-40]}], physical={name: 2})


def _cut_character(kind: str, number: int) -> Given:
    files = written(kind, turned(number))
    name = "members.csv" if kind == "csv" else next(iter(files))
    at = files[name].rindex("สมมุติ".encode()) + 4
    return Given([files | {name: files[name][:at]}])


def _other_count(kind: str, number: int) -> Given:
    files = pair(turned(number))
    files["households.csv"] = files["households.csv"].rstrip(b"\r\n").rsplit(b"\r\n", 1)[0]
    listed = [{"name": n, "sha256": sha256(c).hexdigest(), "records": 2} for n, c in files.items()]
    return Given([with_manifest(files, files=listed)])


FILES |= {
    (3, "cut in a character"): _cut_character,
    (3, "small table cut in a character"): _cut_character,
    (3, "other count than stated"): _other_count,
}


@fixture(4, "cut", "wrong check sum")
def _(kind: str, number: int) -> Given:
    whole = gzip.compress(ndjson(two(number)))
    return Given([{"a.ndjson.gz": whole[: len(whole) // 2]}])


FILES[4, "wrong check sum"] = lambda kind, n: Given(
    [{"a.ndjson.gz": gzip.compress(ndjson(two(n)))[:-8] + b"\0\0\0\0" + gzip.compress(ndjson(two(n)))[-4:]}]
)


@fixture(5, "damaged")
def _(kind: str, number: int) -> Given:
    files = written(kind, two(number))
    name, content = list(files.items())[-1]
    at = 60 if kind != "parquet" else len(content) - 60
    return Given([files | {name: content[:at] + bytes([content[at] ^ 0xFF] * 40) + content[at + 40 :]}])


BOMB = b"0" * (18 << 20)


@fixture(6, "very much", "archive in an archive", "too many files")
def _(kind: str, number: int) -> Given:
    if kind == "parquet":
        return Given([{"42.parquet": parquet_bytes(pa.table({"household_id": pa.nulls(18_000_000, pa.string())}))}])
    bomb = {
        "zip": {"a.zip": named(("a.ndjson", BOMB))}, "gz": {"a.ndjson.gz": gzip.compress(BOMB)},
        "xlsx": {"tables.xlsx": book(two(number), xl__media__image1__emf=BOMB.decode())},
    }  # fmt: skip
    return Given([bomb[kind]])


FILES[6, "archive in an archive"] = lambda kind, n: Given(
    [{"zip": {"a.zip": named(("b.zip", named(("a.ndjson", b"{}"))))}, "gz": {"a.zip.gz": gzip.compress(named())}}[kind]]
)
FILES[6, "too many files"] = lambda kind, n: Given([{"a.zip": named(*((f"{i}.ndjson", b"{}") for i in range(1001)))}])


def _inside(name: str) -> Fixture:
    def made(kind: str, number: int) -> Given:
        if kind == "xlsx":
            return Given([{"tables.xlsx": book(two(number), **{name.replace("/", "__"): "x"})}])
        return Given([{"a.zip": named((name, ndjson(two(number))))}])

    return made


def _link(kind: str, number: int) -> Given:
    entry = zipfile.ZipInfo("households.csv")
    entry.external_attr = (stat.S_IFLNK | 0o644) << 16
    return Given([{"a.zip": named((entry, b"/etc/passwd"))}])


FILES |= {
    (7, "two dots"): _inside("../a.ndjson"),
    (7, "absolute"): _inside("/etc/a.ndjson"),
    (7, "drive"): _inside("C:/a.ndjson"),
    (7, "link"): _link,
    (8, "same name"): lambda kind, n: Given([{"a.zip": named(("a.csv", b"x"), ("a.csv", b"y"))}]),
    (8, "only the case differs"): lambda kind, n: Given([{"a.zip": named(("a.csv", b"x"), ("A.CSV", b"y"))}]),
}


@fixture(9, "cp874")
def _(kind: str, number: int) -> Given:
    content = named(("XXXXX.ndjson", ndjson(two(number))))
    return Given([{"a.zip": content.replace(b"XXXXX", "ข้อมู".encode("cp874"))}])


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
BIFF = OLE + "Workbook".encode("utf-16-le")
HTML = b"<html><body><table><tr><td>household_id</td></tr></table></body></html>"


@fixture(10, "locked")
def _(kind: str, number: int) -> Given:
    if kind == "xlsx":
        return Given([{"a.xlsx": OLE + "EncryptedPackage".encode("utf-16-le")}])
    content = bytearray(named(("a.ndjson", ndjson(two(number)))))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return Given([{"a.zip": bytes(content)}])


def _under(content: bytes) -> Fixture:
    names = EMPTY_NAMES | {"zip": "a.zip", "gz": "a.ndjson.gz"}
    return lambda kind, n: Given([{names[kind]: content}])


FILES |= {
    (11, "text"): _under(ndjson(two(1))),
    (11, "PDF"): _under(b"%PDF-1.7"),
    (11, "web page"): _under(HTML),
    (11, "old workbook"): _under(BIFF),
    (12, "BIFF"): lambda kind, n: Given([{"a.xls": BIFF}]),
    (12, "xlsb"): lambda kind, n: Given([{"a.xlsb": named(("xl/workbook.bin", b"x"))}]),
    (12, "ods"): lambda kind, n: Given([{"a.ods": named(("mimetype", b"x"), ("content.xml", b"<a/>"))}]),
    (12, "web page"): lambda kind, n: Given([{"a.xls": HTML}]),
    (13, "external entity"): lambda kind, n: _book(n, xl__sharedStrings__xml=f"{DTD}<a/>"),
    (13, "entities of entities"): lambda kind, n: _book(n, docProps__app__xml=f"{LAUGHS}<a/>"),
    (14, "macro"): lambda kind, n: _book(n, xl__vbaProject__bin="x"),
    (14, "external link"): lambda kind, n: _book(n, xl__externalLinks__externalLink1__xml="<a/>"),
}


def _book(number: int, **parts: str) -> Given:
    """A workbook with further parts; the last two underscores stand for the dot of the name."""
    names = {f"{name.rpartition('__')[0]}.{name.rpartition('__')[2]}": text for name, text in parts.items()}
    return Given([{"tables.xlsx": book(two(number), **names)}])


def _sheets(number: int, *names: str, **more: str) -> bytes:
    rows, members = tables(two(number))
    return raw(dict(zip(names, (sheet_of(_texts(rows)), sheet_of(_texts(members))), strict=True)) | more)


@fixture(15, "two strange sheets", "a hidden one", "another beside the named ones")
def _(kind: str, number: int) -> Given:
    return Given([{"tables.xlsx": _sheets(number, "Sheet1", "Sheet2")}])


FILES[15, "a hidden one"] = lambda kind, n: Given(
    [
        {
            "t.xlsx": part_changed(
                _sheets(n, "a", "b"), "xl/workbook.xml", '<sheet name="b"', '<sheet state="hidden" name="b"'
            )
        }
    ]
)
FILES[15, "another beside the named ones"] = lambda kind, n: Given(
    [{"tables.xlsx": _sheets(n, "households", "members", notes=row(1, text_cell("A1", "x")))}]
)


def _below_a_title(kind: str, number: int) -> Given:
    rows, members = tables(two(number))
    lines = [["แบบสรุป"], list(rows[0]), *([str(v) for v in one.values()] for one in rows)]
    text = "".join(
        row(n, *(text_cell(f"{letters(c)}{n}", value) for c, value in enumerate(line)))
        for n, line in enumerate(lines, 1)
    )
    return Given([{"tables.xlsx": raw({"households": text, "members": sheet_of(_texts(members))})}])


def _merged(kind: str, number: int) -> Given:
    text = f"<sheetData>{sheet_of(_texts(tables(two(number))[0]))}</sheetData>"
    cells = '<mergeCells><mergeCell ref="A2:A3"/></mergeCells>'
    return Given([{"tables.xlsx": raw({"households": f"<worksheet {MAIN}>{text}{cells}</worksheet>"})}])


def _formatted(kind: str, number: int) -> Given:
    rows, members = tables(two(number))
    empty = "".join(f'<row r="{n}" s="1" customFormat="1"><c r="A{n}" s="1"/></row>' for n in range(4, 5000))
    sheets = {"households": sheet_of(_texts(rows)) + empty, "members": sheet_of(_texts(members))}
    return Given([{"tables.xlsx": raw(sheets)}])


def _named_total(kind: str, number: int) -> Given:
    """The column of first names comes first, and somebody is called as a row of totals begins."""
    rows, members = tables([home(number, people=[one(number, first_name="รวมพร")]), home(number + 1)])
    turned_members = [{"first_name": one["first_name"]} | one for one in members]
    return Given([table_files(kind, rows, turned_members)])


FILES |= {
    (16, "title above the header"): _below_a_title,
    (16, "merged cells"): _merged,
    (16, "cells far apart"): lambda kind, n: Given(
        [{"a.xlsx": raw({"households": row(1, text_cell("A1", "a")) + row(1048575, text_cell("XFD1048575", "b"))})}]
    ),
    (16, "thousands of formatted empty rows"): _formatted,
    (16, "a person called so"): _named_total,
    (16, "a person called so in CSV"): _named_total,
    (17, "65,536 rows"): lambda kind, n: Given(
        [
            {
                "a.xlsx": raw(
                    {"members": "".join(f'<row r="{i}"><c r="A{i}"><v>1</v></c></row>' for i in range(1, 65_537))}
                )
            }
        ]
    ),
    (18, "without value"): lambda kind, n: _cell(n, '<c r="M2"><f>1+1</f></c>'),
    (18, "with its value"): lambda kind, n: _cell(n, '<c r="M2"><f>4+4</f><v>8</v></c>'),
    (19, "error"): lambda kind, n: _cell(n, '<c r="M2" t="e"><v>#N/A</v></c>'),
}


def _cell(number: int, cell: str) -> Given:
    return Given([{"tables.xlsx": with_cell(book(two(number)), "M2", cell)}])


FILES |= {
    (20, "SQL"): lambda kind, n: Given([{"it's; DROP TABLE forms --.ndjson": ndjson(two(n))}]),
    (20, "Thai and spaces"): lambda kind, n: Given([{"ข้อมูล จปฐ. ๒๕๖๑.ndjson": ndjson(two(n))}]),
    (20, "line end"): lambda kind, n: Given([{'a\nb"c.ndjson': ndjson(two(n))}]),
    (20, "300 characters"): lambda kind, n: Given([{"a.zip": named(("ก" * 300 + ".ndjson", ndjson(two(n))))}]),
}
