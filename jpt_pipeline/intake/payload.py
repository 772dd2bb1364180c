"""Payload lines and arrays of the field app: one household a record -> raw text of households and members.

The key names of the app (`hid`, `hmember`, `idcard` ...) are known here and nowhere else.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import orjson
import pyarrow as pa

from jpt_pipeline.intake.encoding import BLANK, Text
from jpt_pipeline.intake.formats import BATCH_BYTES, BATCH_RECORDS, PLACE, Batch, FileFacts, shaped
from jpt_pipeline.intake.limits import load_limits
from jpt_pipeline.intake.splitter import Spans

ENVELOPE = ("survey_year", "stream", "enumerator_id", "submitted_at", "revision")
EVIDENCE = {"evidence_photo": "photo", "evidence_signature": "signature"}
FAMILY_KEYS = {
    "village_code": "community",
    "house_no": "hnum",
    "satisfaction": "satisfaction",
    "app_id": "id",
    "hid": "hid",
    "province": "hprovince",
    "district": "hamphur",
    "tambon": "htumbon",
    "land_home": "hlive",
    "land_work": "hjob",
}
SUMMARY = "asummary"  # the app's own summary page, beside the answers
MEMBER_KEYS = {
    "prefix": "prefix",
    "first_name": "firstname",
    "last_name": "lastname",
    "citizen_id": "idcard",
    "sex": "gender",
    "birth_date": "birthdate",
    "occupation": "jobname",
    "education": "education",
    "religion": "religion",
    "relation": "relation",
    "health": "health",
    "ability": "ability",
    "informant": "informant",
    "welfare_card": "welfareCard",
}
Object = dict[str, Any]
Place = tuple[int, int, int, str | None]
COORDINATES = ("latitude", "longitude")  # the only places where a number has a fraction
COORDINATES_END = len(COORDINATES)
HOUSEHOLD_COLUMNS = (*COORDINATES, *ENVELOPE, "is_bare", *EVIDENCE, *FAMILY_KEYS, "signature_image", "unknown_keys")


def read_payload(text: Text, spans: Iterable[Spans], answers: list[str], facts: FileFacts) -> Iterator[Batch]:
    """Households and members of the records, batch by batch. `answers`: column names a<code> of the instrument.

    Broken records come with `code` set and everything else NULL.
    """
    batch = _Batch(answers)
    for block in spans:
        for index, (start, end) in enumerate(zip(block.starts.tolist(), block.ends.tolist(), strict=True)):
            start += text.mark_n if start == 0 else 0
            raw = text.raw(start, end)
            if not text.shape[start:end].strip(BLANK):
                facts.blank_n += 1
                continue
            facts.records_n += 1
            record, code = _record(text, start, end, raw, block.codes.get(index))
            batch.add((block.first + index, start * text.unit, end * text.unit, code), record, raw)
            if batch.is_full:
                yield from batch.tables()
                batch = _Batch(answers)
        text.passed(int(block.ends[-1]))
    yield from batch.tables()


def _record(text: Text, start: int, end: int, raw: bytes, code: str | None) -> tuple[Object | None, str | None]:
    """The object of a record, with `family` at least; or the code that keeps it out."""
    if code:
        return None, code
    if len(raw) > load_limits().record_bytes:
        return None, "S-LONG"
    try:
        raw = raw if text.encoding == "utf-8" else text.utf8(start, end)
        found = orjson.loads(raw)
    except UnicodeDecodeError:
        return None, "E-BADBYTE"
    except orjson.JSONDecodeError:
        return None, _broken(text, start, end)
    if not _has_shape(found):
        return None, "S-JSON"
    return _enveloped(found), None


def _enveloped(found: Object) -> Object:
    """A record with its household below `family`; a bare household is marked."""
    return found if isinstance(found.get("family"), dict) else {"family": found, "is_bare": "1"}


def _has_shape(found: Any) -> bool:
    """Whether a value is built as the app builds a household, with or without its envelope."""
    if not isinstance(found, dict):
        return False
    family = found["family"] if isinstance(found.get("family"), dict) else found
    members = family.get("hmember") or []
    parts = (family.get("answer") or {}, found.get("evidence") or {})
    is_list = isinstance(members, list) and all(isinstance(member, dict) for member in members)
    return is_list and all(isinstance(part, dict) for part in parts)


def _broken(text: Text, start: int, end: int) -> str:
    try:
        text.utf8(start, end)
    except UnicodeDecodeError:
        return "E-BADBYTE"
    return "F-TRUNC" if end == len(text.shape) else "S-JSON"


class _Batch:
    """Records as rows, taken apart one by one while they are at hand, until there are enough for a table."""

    def __init__(self, answers: list[str]):
        self.answers = answers
        self.codes = [name[1:] for name in answers]
        self.known = {*self.codes, SUMMARY}
        self.places: list[Place] = []
        self.rows: list[tuple[Any, ...]] = []
        self.member_places: list[Place] = []
        self.members: list[tuple[Any, ...]] = []
        self.size = 0

    @property
    def is_full(self) -> bool:
        return len(self.places) >= BATCH_RECORDS or self.size >= BATCH_BYTES

    def add(self, place: Place, record: Object | None, raw: bytes) -> None:
        """A record with its place; None where a code keeps it out."""
        self.places.append(place)
        self.size += place[2] - place[1]
        if record is None:
            self.rows.append((None,) * (len(HOUSEHOLD_COLUMNS) + len(self.answers)))
            return
        row, members = self._taken_apart(record)
        if float in {*map(type, row[COORDINATES_END:]), *map(type, chain.from_iterable(members))}:
            # A code keeps the digits that were sent, whatever number they make.
            row, members = self._taken_apart(_enveloped(json.loads(raw, parse_float=str, parse_int=str)))
        self.rows.append(row)
        self.members.extend(members)
        self.member_places.extend([place] * len(members))

    def _taken_apart(self, record: Object) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
        family, evidence = record["family"], record.get("evidence") or {}
        answer = family.get("answer") or {}
        row = (
            *map(family.get, COORDINATES),
            *map(record.get, ENVELOPE),
            record.get("is_bare"),
            *map(evidence.get, EVIDENCE.values()),
            *map(family.get, FAMILY_KEYS.values()),
            "1" if family.get("photoSignature") else "0",
            "0" if self.known >= answer.keys() else "1",
            *map(answer.get, self.codes),
        )
        members = [
            (str(position), *map(member.get, MEMBER_KEYS.values()))
            for position, member in enumerate(family.get("hmember") or [], 1)
        ]
        return row, members

    def tables(self) -> Iterator[Batch]:
        """The batch as one table of households and one of members."""
        if self.places:
            yield Batch("households", _table(self.places, [*HOUSEHOLD_COLUMNS, *self.answers], self.rows))
        if self.members:
            table = _table(self.member_places, ["member_no", *MEMBER_KEYS], self.members)
            yield Batch("members", table.append_column("form", table.column("record_no")))


def _table(places: list[Place], names: list[str], rows: list[tuple[Any, ...]]) -> pa.Table:
    placed = [pa.array(values, kind) for values, (_, kind) in zip(zip(*places, strict=True), PLACE, strict=True)]
    columns = [shaped(name, _column(values)) for name, values in zip(names, zip(*rows, strict=True), strict=True)]
    return pa.Table.from_arrays([*placed, *columns], names=[*(name for name, _ in PLACE), *names])


def _column(values: Sequence[Any]) -> pa.Array:
    """Text of a column; what is no text becomes what the record says for it."""
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array([v if v is None or isinstance(v, str) else _text(v) for v in values], pa.string())


def _text(value: Any) -> str:
    return str(value) if type(value) is int else json.dumps(value)
