"""Fixtures of bad input that are records: what each line of bad_input.yaml says, as households of the test country.

Put here: households, and changes of the bytes of one record. Keep out: whole files (bad_files.py), and what is expected.
"""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jpt_pipeline.yamlfile import load_yaml
from tests.unit.intake.country import (
    MEMBER_COLUMNS,
    Household,
    changed,
    citizen_id,
    envelope,
    household,
    parquet,
    person,
    tables,
    workbook,
)

CATALOGUE = load_yaml(Path(__file__).with_name("bad_input.yaml"))
ALL = ["lines", "array", "csv", "xlsx", "parquet", "zip", "gz"]
SETS = {
    "all": ALL,
    "tables": ["csv", "xlsx", "parquet"],
    "text": ["lines", "array", "csv"],
    "payload": ["lines", "array", "gz"],
}
SAID_ELSEWHERE = ("not_here", "later")
OUTCOMES = (
    *("refused", "held", "known", "quarantined", "finding", "noted", "normalised", "duplicate", "superseded"),
    *("accepted", "counted", *SAID_ELSEWHERE),
)
Key = tuple[int, str]
THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
FULL = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True)
class Variant:
    """One line of the catalogue: a case in one variant, and what must become of it in which formats."""

    key: Key
    formats: tuple[str, ...]
    kind: str
    wanted: str
    both: bool
    columns: dict[str, dict[str, str]] = field(hash=False)


def variants() -> list[Variant]:
    """All lines of the catalogue in its order."""
    found = []
    for case in CATALOGUE:
        for line in case["expected"]:
            (kind,) = set(line) & set(OUTCOMES)
            formats = line.get("formats", case["formats"])
            columns = {name: line[name] for name in ("household", "person") if name in line}
            key = (case["number"], line["of"])
            both = bool(line.get("both"))
            found.append(Variant(key, tuple(SETS.get(str(formats), formats)), kind, line[kind], both, columns))
    return found


def number_of(key: Key, kind: str) -> int:
    """The number of a fixture's first household and person; the next three are its own, too."""
    place = [variant.key for variant in VARIANTS if variant.key[0] == key[0]].index(key)
    return key[0] * 100 + place * 4 + ALL.index(kind) * 100_000


def one(number: int, **changes: str) -> dict[str, str]:
    """A person who is like no other."""
    day = f"{1 + number % 28:02d}/{1 + number // 28 % 12:02d}/{2500 + number // 336 % 40}"
    return person(number, **{"birth_date": day, **changes})


def home(number: int, **changes: Any) -> Household:
    """A household that is right, with a house number nobody may repeat."""
    return household(number, **{"house_no": f"ลับ{number}", "people": [one(number)], **changes})


def _filled(text: str, number: int) -> str:
    right = citizen_id(number)
    groups = [right[0], right[1:5], right[5:10], right[10:12], right[12]]
    known = {
        "id": right, "12": right[:12], "wrong": right[:12] + str((int(right[12]) + 1) % 10),
        "thai": right.translate(THAI), "full": right.translate(FULL), "hyphens": "-".join(groups), "spaces": " ".join(groups),
        "500": "ก" * 500,
    }  # fmt: skip
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _without_key(number: int) -> Household:
    row = dict.fromkeys(("stream", "household_id", "village_code", "house_no", "enumerator_id", "submitted_at"), "")
    blank = dict.fromkeys(("revision", "evidence_photo", "evidence_signature", "latitude", "longitude"), "")
    return home(number, people=[], survey_year="รวม", a2911=None, satisfaction="", **row, **blank)


def _two_heads(number: int) -> Household:
    made = home(number, people=[one(number), one(number + 1)])
    made["people"][1]["relation"] = ""
    return made


def _without_number(number: int) -> list[Household]:
    return [home(number + n, household_id=f"3801-E1-{number + n}") for n in range(2)]


GROUPS: dict[Key, Callable[[int], list[Household]]] = {
    (16, "row of totals"): lambda n: [_without_key(n)],
    (65, "household of 99"): lambda n: [home(n, people=[one(10**9 + n * 100 + i) for i in range(99)])],
    (83, "same content"): lambda n: [home(n), home(n)],
    (84, "other answers"): lambda n: [home(n), changed(home(n), a2911="0")],
    (85, "same number"): lambda n: [home(n), home(n + 1, people=[one(n)])],
    (86, "same number"): lambda n: [home(n, people=[one(n), one(n, first_name="อีกคน")])],
    (87, "household"): lambda n: [home(n, people=[])],
    (88, "two"): lambda n: [_two_heads(n)],
    (90, "two at one enumerator"): _without_number,
    (102, "revision"): lambda n: [home(n, revision=2), home(n, revision=1)],
}
NAME = "สมมุติ".encode()


def _whole_house(part: str, content: bytes, number: int) -> bytes:
    """In payloads the code of the district and the moment of the interview stand in place of a house code."""
    if part != "record":
        return content
    code = f'"hid": "3801-E1-{number}"'.encode()
    return content.replace(code, b'"hid": "3801"').replace(b'"id": 1519871400000', f'"id": {number}'.encode())


def _instead(wanted: str, old: bytes, new: bytes) -> Callable[[str, bytes, int], bytes]:
    def edit(part: str, content: bytes, number: int) -> bytes:
        if part not in (wanted, "record"):
            return content
        assert content.count(old) >= 1, old
        return content.replace(old, new, 1)

    return edit


def _too_long(part: str, content: bytes, number: int) -> bytes:
    if part == "member":
        return content
    return content.replace(f"ลับ{number}".encode(), b"x" * (2 << 20))


def _cut(part: str, content: bytes, number: int) -> bytes:
    return content.rsplit(b",", 1)[0] + b"\n" if part == "household" else content


# Changes of the bytes of a fixture's own records: (household | member | record of a payload, bytes, number) -> bytes.
RAW: dict[Key, Callable[[str, bytes, int], bytes]] = {
    (30, "in a name"): _instead("member", NAME, b"\xe0\xb8"),
    (37, "inch mark"): _instead("household", b",E1,", b',E1" x,'),
    (37, "text behind the closing one"): _instead("household", b",E1,", b',"E1" x,'),
    (40, "too few"): _cut,
    (40, "comma in an amount"): _instead("household", b",E1,", b",E1,200,"),
    (42, "too long"): _too_long,
    (90, "two at one enumerator"): _whole_house,
}


def homes_of(variant: Variant, kind: str) -> list[Household]:
    """The households of a fixture; the last one is judged, or all of them."""
    number = number_of(variant.key, kind)
    if variant.key in GROUPS:
        return GROUPS[variant.key](number)
    columns = {n: _filled(v, number) for n, v in variant.columns.get("household", {}).items()}
    people = {n: _filled(v, number) for n, v in variant.columns.get("person", {}).items()}
    made = home(number, people=[one(number)], **columns)
    made["people"][0] |= people
    return [made]


def is_record(variant: Variant) -> bool:
    """Whether a fixture is a record among others, and not a file of its own."""
    return bool(variant.columns) or variant.key in GROUPS or variant.key in RAW


VARIANTS = variants()
Place = tuple[str, int]


@dataclass
class Table:
    """Files of one format in which every household is at a place that is known."""

    files: dict[str, bytes]
    places: dict[Key, list[Place]]
    members: dict[Key, list[Place]]
    good: list[Place]


def table_of(kind: str, chosen: list[Variant], folder: Path) -> Table:
    """The fixtures of these variants in one delivery, a good household behind each."""
    homes: list[tuple[Key | None, Household]] = []
    for variant in chosen:
        homes += [(variant.key, made) for made in homes_of(variant, kind)]
        homes.append((None, home(number_of(variant.key, kind) + 3)))
    edits = [RAW.get(key, _same) if key else _same for key, _ in homes]
    numbers = [_number(made) for _, made in homes]
    files, first, name = _written(kind, [made for _, made in homes], edits, numbers, folder)
    table = Table(files, {}, {}, [])
    member = 2
    for at, (key, made) in enumerate(homes):
        if key:
            table.places.setdefault(key, []).append((name, first + at))
            if name == "households.csv":
                table.members.setdefault(key, []).extend(
                    ("members.csv", member + n) for n in range(len(made["people"]))
                )
        else:
            table.good.append((name, first + at))
        member += len(made["people"])
    return table


def _same(part: str, content: bytes, number: int) -> bytes:
    return content


def _number(made: Household) -> int:
    return int("".join(c for c in str(made["house_no"]) if c in "0123456789") or 0)


def _written(
    kind: str, homes: list[Household], edits: list[Any], numbers: list[int], folder: Path
) -> tuple[dict[str, bytes], int, str]:
    """Files, the number of the first household's record, and the file that holds it."""
    if kind in SETS["payload"]:
        records = [
            edit("record", json.dumps(envelope(made), ensure_ascii=False).encode(), number)
            for made, edit, number in zip(homes, edits, numbers, strict=True)
        ]
        if kind == "array":
            return {"payload.json": b"[\n" + b",\n".join(records) + b"\n]"}, 1, "payload.json"
        return {"payload.ndjson": b"\n".join(records) + b"\n"}, 1, "payload.ndjson"
    rows, members = tables(homes)
    rows = [{name: str(value) for name, value in row.items()} for row in rows]
    members = [{name: str(value) for name, value in row.items()} for row in members]
    if kind == "xlsx":
        path = workbook(folder / "tables.xlsx", {"households": rows, "members": members})
        return {"tables.xlsx": path.read_bytes()}, 2, "tables.xlsx"
    if kind == "parquet":
        files = {"households.parquet": rows, "members.parquet": members}
        return {n: parquet(folder / n, r).read_bytes() for n, r in files.items()}, 1, "households.parquet"
    of_member = [at for at, made in enumerate(homes) for _ in made["people"]]
    lines = [_line(rows[0])] + [
        edit("household", _line(list(row.values())), number)
        for row, edit, number in zip(rows, edits, numbers, strict=True)
    ]
    below = [_line(MEMBER_COLUMNS)] + [
        edits[at]("member", _line([row[name] for name in MEMBER_COLUMNS]), numbers[at])
        for row, at in zip(members, of_member, strict=True)
    ]
    return {"households.csv": b"".join(lines), "members.csv": b"".join(below)}, 2, "households.csv"


def _line(cells: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
