"""Fixtures of bad input, continued: files whose text, header, cells or manifest are not as they should be.

Adds to `FILES` of bad_files.py; the same rules hold.
"""

import datetime as dt

import pyarrow as pa

from jpt_pipeline.intake.formats import Declared
from tests.spec.bad_files import (
    FILES,
    Files,
    Fixture,
    Given,
    named,
    parquet_bytes,
    renamed,
    repacked,
    table_files,
    turned,
    two,
    with_manifest,
    written,
)
from tests.spec.bad_records import home, one
from tests.unit.intake.country import MEMBER_COLUMNS, Household, changed, household, pair, tables
from tests.unit.intake.test_workbooks import raw, row, sheet_of, text_cell
from tests.unit.intake.test_workbooks import written as written_book

NAME = "สมมุติ".encode()


def _recoded(encoding: str, mark: bytes = b"") -> Fixture:
    def change(content: bytes) -> bytes:
        return mark + content.decode().encode(encoding)

    return lambda kind, n: Given([repacked(kind, two(n), change)])


def _mixed(inner: str, outer: str) -> Fixture:
    """One line of a table in another encoding than the twelve around it."""

    def made(kind: str, number: int) -> Given:
        homes = [home(number), home(number + 1), *(home(number * 1000 + n) for n in range(11))]
        files = {name: content.decode().encode(outer) for name, content in pair(homes).items()}
        lines = files["members.csv"].split(b"\r\n")
        lines[1] = lines[1].decode(outer).encode(inner)
        return Given([files | {"members.csv": b"\r\n".join(lines)}])

    return made


FILES |= {
    (25, "marked"): _recoded("utf-8", b"\xef\xbb\xbf"),
    (26, "little end first"): _recoded("utf-16-le", b"\xff\xfe"),
    (26, "big end first"): _recoded("utf-16-be", b"\xfe\xff"),
    (26, "array"): _recoded("utf-16-le", b"\xff\xfe"),
    (27, "whole table"): _recoded("cp874"),
    (29, "a line in cp874"): _mixed("cp874", "utf-8"),
    (29, "a line in UTF-8"): _mixed("utf-8", "cp874"),
}


def _thai_payload(kind: str, number: int) -> Given:
    """The record without Thai letters counts; those in the other are no UTF-8."""
    plain = household(number + 1, people=[one(number + 1, first_name="", last_name="")])
    return Given([repacked(kind, [home(number), plain], lambda content: content.decode().encode("cp874"))])


def _delimited(mark: str) -> Fixture:
    def made(kind: str, number: int) -> Given:
        files = pair(two(number), delimiter=mark) if mark != "~" else pair(two(number))
        return Given([{n: c.replace(b",", b"~") if mark == "~" else c for n, c in files.items()}])

    return made


FILES |= {
    (27, "payload"): _thai_payload,
    (35, "semicolon"): _delimited(";"),
    (35, "tab"): _delimited("\t"),
    (35, "bar"): _delimited("|"),
    (35, "tilde"): _delimited("~"),
}


def _open_quote(kind: str, number: int) -> Given:
    files = pair(two(number))
    files["households.csv"] = files["households.csv"].replace(b",E1,", b',"E1,', 1)
    if kind == "csv":
        return Given([files], physical={"households.csv": 3})
    return Given([{"tables.zip": named(*files.items())}], physical={"households.csv": 3})


def _line_ends(kind: str, number: int) -> Given:
    def change(content: bytes) -> bytes:
        lines = content.splitlines()
        return b"".join(line + (b"\r\n", b"\n", b"\r")[n % 3] for n, line in enumerate(lines))

    return Given([repacked(kind, [*two(number), home(number + 2)], change)])


def _unnamed(kind: str, number: int) -> Given:
    """A column without a name in which a value stands."""
    return Given([renamed(kind, two(number), lambda names: [*names, ""])])


def _blanks(kind: str, number: int) -> Given:
    if kind == "xlsx":
        rows, members = tables(two(number))
        lines = [dict.fromkeys(rows[0], "") if n == 1 else one for n, one in enumerate([rows[0], rows[0], rows[1]])]
        texts = [{name: str(value) for name, value in one.items()} for one in lines]
        people = [{name: str(value) for name, value in one.items()} for one in members]
        return Given([{"tables.xlsx": raw({"households": sheet_of(texts), "members": sheet_of(people)})}])
    return Given([repacked(kind, two(number), lambda content: content.replace(b"\n", b"\n \t\n\n", 1))])


def _header_again(kind: str, number: int) -> Given:
    rows, members = tables(two(number))
    lines = [rows[0], {name: name for name in rows[0]}, rows[1]]
    return Given([table_files(kind, lines, members)])


FILES |= {
    (36, "open to the end"): _open_quote,
    (39, "mixed"): _line_ends,
    (40, "a cell under no name"): _unnamed,
    (41, "between records"): _blanks,
    (43, "pasted files"): _header_again,
    (44, "behind the last line"): lambda kind, n: Given(
        [repacked(kind, two(n), lambda c: c + b"\x1a")], physical=_end(kind)
    ),
}


def _end(kind: str) -> dict[str, int]:
    return {"payload.json": 3} if kind == "array" else {}


def _capitals(names: list[str]) -> list[str]:
    return [f" {name.upper()} " for name in names]


def _in_thai(names: list[str]) -> list[str]:
    return ["รหัสบ้าน" if name == "household_id" else name for name in names]


def _reversed(kind: str, number: int) -> Given:
    turned_tables = [[dict(reversed(one.items())) for one in some] for some in tables(two(number))]
    return Given([table_files(kind, turned_tables[0], turned_tables[1])])


def _other_year(names: list[str]) -> list[str]:
    return [f"a9{name[1:]}" if name[0] == "a" and name[1:].isdigit() else name for name in names]


def _headless(kind: str, number: int) -> Given:
    files = pair(two(number))
    files["households.csv"] = files["households.csv"].split(b"\r\n", 1)[1]
    if kind == "xlsx":
        rows, members = tables(two(number))
        first = "".join(text_cell(f"{chr(65 + c)}1", str(value)) for c, value in enumerate(rows[0].values()))
        people = [{name: str(value) for name, value in one.items()} for one in members]
        return Given([{"tables.xlsx": raw({"households": row(1, first), "members": sheet_of(people)})}])
    return Given([files if kind == "csv" else {"tables.zip": named(*files.items())}])


FILES |= {
    (45, "village_code"): lambda kind, n: Given(
        [renamed(kind, two(n), lambda names: ["village" if name == "village_code" else name for name in names])]
    ),
    (46, "column"): lambda kind, n: Given([renamed(kind, two(n), lambda names: [*names, "note"])]),
    (47, "reversed"): _reversed,
    (48, "revision"): lambda kind, n: Given([renamed(kind, two(n), lambda names: [*names, "revision"])]),
    (49, "written otherwise"): lambda kind, n: Given([renamed(kind, two(n), _capitals)]),
    (49, "in Thai"): lambda kind, n: Given([renamed(kind, two(n), _in_thai)]),
    (50, "other codes"): lambda kind, n: Given([renamed(kind, two(n), _other_year)]),
    (51, "records only"): _headless,
    (51, "records only on a sheet"): _headless,
}


def _numbers(kind: str, number: int) -> Given:
    rows, members = tables(two(number))
    if kind == "parquet":
        numbers = [one | {"citizen_id": float(one["citizen_id"])} for one in members]
        texts = [{name: str(value) for name, value in one.items()} for one in rows]
        tables_ = {"households.parquet": texts, "members.parquet": numbers}
        return Given([{name: parquet_bytes(pa.Table.from_pylist(some)) for name, some in tables_.items()}])
    at = MEMBER_COLUMNS.index("citizen_id")
    fill = lambda _, __, sheet: sheet.write_number(1, at, int(members[0]["citizen_id"]))  # noqa: E731
    return Given([{"tables.xlsx": written_book(two(number), fill)}])


def _dates(*days: dt.date) -> Fixture:
    def made(kind: str, number: int) -> Given:
        rows, members = tables(two(number))
        if kind == "parquet":
            texts = [{name: str(value) for name, value in one.items()} for one in rows]
            dated = [one | {"birth_date": day} for one, day in zip(members, days, strict=True)]
            files = {"households.parquet": texts, "members.parquet": dated}
            return Given([{name: parquet_bytes(pa.Table.from_pylist(some)) for name, some in files.items()}])

        def fill(book, _, sheet):  # type: ignore[no-untyped-def]
            style = book.add_format({"num_format": "dd/mm/yyyy"})
            for at, day in enumerate(days, 1):
                sheet.write_datetime(at, MEMBER_COLUMNS.index("birth_date"), day, style)

        return Given([{"tables.xlsx": written_book(two(number), fill)}])

    return made


def _orphan(kind: str, number: int) -> Given:
    """A member of a household that is not delivered."""
    rows, members = tables([home(number), home(number + 1)])
    return Given([table_files(kind, [one for one in rows if one["household_id"] != f"3801{number:07d}"], members)])


def _outside(kind: str, number: int) -> Given:
    homes = [home(number, village="39010101"), home(number + 1)]
    return Given([written(kind, homes)], Declared(province_code="38"))


def _last_year(kind: str, number: int) -> Given:
    """The only household of its village answers as it did; nothing in this file is right."""
    now = home(number, village="38020101")
    before = changed(now, survey_year=2560, submitted_at="2017-03-01T09:30:00+07:00", enumerator_id="E7")
    return Given([written(kind, [before]), written(kind, [now])], good=False)


def _older_sequence(kind: str, number: int) -> Given:
    new, old = (pair([home(number + n, village="39010101")]) for n in range(2))
    given = [with_manifest(files, province_code="39", sequence=5 - n) for n, files in enumerate((new, old))]
    return Given([{"tables.zip": named(*files.items())} for files in given], good=False)


def _changes_only(kind: str, number: int) -> Given:
    first = pair([home(number + 1), home(number)])
    second = pair([changed(home(number), revision=2)])
    return Given([{"tables.zip": named(*files.items())} for files in (first, second)], good=False)


FILES |= {
    (55, "number"): _numbers,
    (70, "date"): _dates(dt.date(1980, 2, 29), dt.date(1977, 1, 1)),
    (70, "date in the Buddhist era"): _dates(dt.date(2523, 3, 1), dt.date(2520, 1, 1)),
    (87, "person"): _orphan,
    (97, "than declared"): _outside,
    (101, "same answers"): _last_year,
    (102, "sequence"): _older_sequence,
    (103, "no manifest"): _changes_only,
}


def _stated(homes: list[Household], **stated: object) -> Given:
    return Given([{"tables.zip": named(*with_manifest(pair(homes), **stated).items())}])


def _listed(files: Files, **changes: object) -> list[dict[str, object]]:
    """The list of a manifest with the first file described otherwise."""
    import json

    listed = json.loads(with_manifest(files)["manifest.json"])["files"]
    return [listed[0] | changes, *listed[1:]]


def _for_another(kind: str, number: int) -> Given:
    return _stated(two(number), files=_listed(pair(two(number)), name="other.csv"))


FILES |= {
    (104, "one of many"): lambda kind, n: _stated(turned(n)[:1], mode="full", sequence=1),
    (112, "other digest"): lambda kind, n: _stated(two(n), files=_listed(pair(two(n)), sha256="0" * 64)),
    (112, "other count"): lambda kind, n: _stated(two(n), files=_listed(pair(two(n)), records=3)),
    (112, "for another file"): _for_another,
    (112, "no JSON"): lambda kind, n: Given(
        [{"a.zip": named(*pair(two(n)).items(), ("manifest.json", b"{survey_year:"))}]
    ),
    (112, "other province than told"): lambda kind, n: Given(_stated(two(n)).deliveries, Declared(province_code="39")),
    (112, "other province than the records"): lambda kind, n: _stated([home(n, village="39010101"), home(n + 1)]),
    (112, "none at all"): lambda kind, n: Given([{"tables.zip": named(*pair(two(n)).items())}]),
}
