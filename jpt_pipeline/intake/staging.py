"""Raw text -> typed, normalised rows of one batch. Repairs nothing and guesses nothing: notes or codes.

Rows that are written plainly are typed by columns (plain.py), all others by SQL (staging_sql.py), to the same result.
Identifiers become tokens; names, house numbers and coordinates leave only their digest here, and go to the vault.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jpt_pipeline.areas.official import province_codes
from jpt_pipeline.intake.formats import (
    HOUSEHOLD_TEXT,
    MEMBER_CODES,
    MEMBER_TEXT,
    PAYLOAD_TEXT,
    PLACE,
    SPREAD,
    Batch,
    Declared,
)
from jpt_pipeline.intake.limits import load_limits
from jpt_pipeline.intake.macros import macros
from jpt_pipeline.intake.normalise import look
from jpt_pipeline.intake.plain import plain_households, plain_members
from jpt_pipeline.intake.questions import Questions
from jpt_pipeline.intake.staging_sql import households_sql, members_sql
from jpt_pipeline.intake.texts import (
    BETWEEN,
    DICTIONARY,
    Mask,
    bytes_of,
    encoded,
    halves,
    hex_texts,
    joined_codes,
    one_chunk,
)
from jpt_pipeline.intake.tokens import TOKEN_BYTES, person_tokens

HOUSEHOLD_COLUMNS = (*HOUSEHOLD_TEXT, *PAYLOAD_TEXT)
MEMBER_COLUMNS = ("household_id", "village_code", *MEMBER_TEXT)
SECRETS = {
    "households": ("house_no", "latitude", "longitude"),
    "members": ("citizen_id", "prefix", "first_name", "last_name"),
}
FILE_FORMS = 1_000_000_000  # numbers of records that a file of a delivery may have
_CODES = pa.list_(pa.string())
_PLACES = [("form", pa.int64()), ("file_no", pa.int32()), *PLACE[:3]]
_FACTS = (
    "is_area_nested",
    "is_house_code_valid",
    "is_house_code_local",
    "is_land_valid",
    "is_gps_valid",
    "has_signature_image",
)
# Typed rows, whichever way they were typed.
TYPED: dict[str, list[tuple[str, pa.DataType]]] = {
    "households": [
        *_PLACES,
        ("survey_year", pa.int64()),
        *(("stream", DICTIONARY), ("village_code", DICTIONARY), ("household_id", pa.string())),
        *(("enumerator_id", DICTIONARY), ("submitted_at", pa.timestamp("us")), ("survey_date", pa.date32())),
        *(("revision", pa.int64()), ("satisfaction", pa.int64())),
        *(("evidence_photo", DICTIONARY), ("evidence_signature", DICTIONARY), ("codes", _CODES), ("notes", _CODES)),
        *((name, pa.bool_()) for name in _FACTS),
        *(("unknown_keys_n", pa.int64()), ("own_text", pa.string())),
        *((name, pa.string()) for name in SECRETS["households"]),
    ],
    "members": [
        *_PLACES,
        *(("is_record", pa.bool_()), ("household_id", pa.string()), ("village_code", DICTIONARY)),
        *(("member_no", pa.int64()), ("codes", _CODES), ("notes", _CODES), ("is_id_valid", pa.bool_())),
        ("birth_date", pa.date32()),
        *((name, DICTIONARY) for name in MEMBER_CODES),
        ("own_text", pa.string()),
        *(("citizen_id", pa.string()), ("prefix", DICTIONARY), ("first_name", pa.string()), ("last_name", pa.string())),
    ],
}


@dataclass(frozen=True)
class Staged:
    """A batch, typed. keys: what the join over the delivery needs. rows: household rows with their answers for the lake, or
    member rows without their place in a household. secret: what goes to the vault, by `form` (and `member_no`)."""

    kind: str
    keys: pa.Table
    rows: pa.Table
    secret: pa.Table


class Stager:
    """Types the batches of one delivered unit."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        questions: Questions,
        declared: Declared,
        received_at: datetime,
        token_key: bytes,
    ):
        self.connection, self.questions = connection, questions
        self.declared, self.received_at, self.provinces = declared, received_at, province_codes()
        self.queries = {"members": members_sql(), "households": households_sql(declared, self.provinces, received_at)}
        self.tokens = person_tokens(token_key)
        connection.execute(macros())

    def stage(self, batch: Batch, file_no: int) -> Staged:
        """One batch, typed, in its order; `form` numbers a record within its delivery."""
        size = batch.table.num_rows
        given = one_chunk(batch.table)
        names = MEMBER_COLUMNS if batch.kind == "members" else HOUSEHOLD_COLUMNS
        raw = {name: given.get(name, _nothing(name, size)) for name in names}
        found = look(list(raw.values()))
        codes, odd = found.codes, set(found.odd)
        raw |= {name: given[name] for name, _ in PLACE}
        raw["owner"] = given.get("form", pa.nulls(size, pa.int64()))
        answers: dict[str, pa.Array] = {}
        if batch.kind == "households":
            asked = {name: given.get(name, _nothing(name, size)) for name in self.questions.staged}
            answers, more, mended = self.questions.answers.mend(asked)
            codes = more | codes
            odd |= mended
            raw["is_answer_mended"] = pa.array([row in mended for row in range(size)], pa.bool_())
        if codes:
            raw["code"] = pa.array(
                [code or codes.get(row) for row, code in enumerate(raw["code"].to_pylist())], pa.string()
            )
        can_be = raw["code"].is_null().to_numpy(False)
        can_be[list(odd)] = False
        typed = self._typed(raw, batch.kind, file_no, can_be)
        return self._members(typed) if batch.kind == "members" else self._households(typed, answers)

    def empty(self, kind: str) -> pa.Table:
        """Keys without rows, of the columns that `stage` gives rows of a kind."""
        return self.stage(Batch(kind, pa.table({name: pa.array([], type_) for name, type_ in PLACE})), 0).keys

    def _typed(self, raw: dict[str, pa.Array], kind: str, file_no: int, can_be: Mask) -> dict[str, pa.Array]:
        """Columns of TYPED, in the order of the batch."""
        limits = load_limits()
        if kind == "members":
            is_plain, columns = plain_members(raw, can_be, limits.name_characters)
        else:
            is_plain, columns = plain_households(raw, can_be, self.declared, self.provinces, limits, self.received_at)
        plain = pa.table(_plainly(columns, kind, file_no))
        if is_plain.all():
            return one_chunk(plain)
        others = np.flatnonzero(~is_plain)
        self.connection.register(
            "raw", pa.table(raw | {"row": pa.array(np.arange(len(is_plain)))}).take(pa.array(others))
        )
        found = self.connection.execute(self.queries[kind], {"file_no": file_no}).to_arrow_table().sort_by("row")
        self.connection.unregister("raw")
        typed = pa.table({name: _cast(found.column(name), type_) for name, type_ in TYPED[kind]})
        order = np.empty(len(is_plain), np.int64)
        order[np.flatnonzero(is_plain)] = np.arange(int(is_plain.sum()))
        order[others] = np.arange(int(is_plain.sum()), len(is_plain))
        both = pa.concat_tables([plain.filter(pa.array(is_plain)), typed]).unify_dictionaries().combine_chunks()
        return one_chunk(both.take(pa.array(order)))

    def _members(self, typed: dict[str, pa.Array]) -> Staged:
        tokens = self.tokens(typed["citizen_id"])
        low, high = halves(_member_digests(typed["own_text"]))
        has_token = typed["citizen_id"].is_valid().to_numpy(False)
        token_low, token_high = (pa.array(half, mask=~has_token) for half in halves(tokens))
        keys = {name: typed[name] for name in (*_KEYS, "is_record", "member_no", "birth_date", "codes", "notes")}
        keys |= {"own_low": pa.array(low), "own_high": pa.array(high), "token_low": token_low, "token_high": token_high}
        person = pc.if_else(typed["is_id_valid"], hex_texts(tokens, TOKEN_BYTES), None)
        rows = {name: typed[name] for name in ("file_no", "record_no", "byte_start", "byte_end", "member_no")}
        rows |= {"person_token": person} | {
            name: typed[name] for name in ("is_id_valid", "birth_date", "prefix", *MEMBER_CODES)
        }
        secret = {name: typed[name] for name in ("form", "member_no", *SECRETS["members"])}
        return Staged("members", pa.table(keys), pa.table(rows), pa.table(secret))

    def _households(self, typed: dict[str, pa.Array], answers: dict[str, pa.Array]) -> Staged:
        own = hex_texts(_household_digests(typed["own_text"], joined_codes(list(answers.values()))), 32)
        others = ("survey_year", "stream", "enumerator_id", "submitted_at", "survey_date", "codes", "notes")
        keys = {name: typed[name] for name in (*_KEYS, *others)} | {"own_sha256": own}
        secret = {name: typed[name] for name in ("form", *SECRETS["households"])}
        typed["unknown_keys_n"] = self._with_strange(typed, answers)
        left_out = {"codes", "notes", "own_text", *SECRETS["households"]}
        rows = pa.table({name: column for name, column in typed.items() if name not in left_out} | answers)
        kept = pc.equal(pc.list_value_length(typed["codes"]), 0)
        return Staged(
            "households", pa.table(keys), rows if pc.all(kept).as_py() else rows.filter(kept), pa.table(secret)
        )

    def _with_strange(self, typed: dict[str, pa.Array], answers: dict[str, pa.Array]) -> pa.Array:
        """unknown_keys_n, 1 where a household answers what its round does not ask."""
        size = len(typed["survey_year"])
        found = np.zeros(size, dtype=bool)
        for year, names in self.questions.strange.items():
            given = [answers[name] for name in names if answers[name].null_count < size]
            of_year = pc.equal(typed["survey_year"], year).fill_null(False).to_numpy(False) if given else found
            for column in given:
                found |= of_year & column.is_valid().to_numpy(False)
        if not found.any():
            return typed["unknown_keys_n"]
        return pc.if_else(pa.array(found), pa.scalar(1, pa.int64()), typed["unknown_keys_n"])


_KEYS = ("form", "file_no", "record_no", "byte_start", "byte_end", "village_code", "household_id")


def _nothing(name: str, size: int) -> pa.Array:
    if name in SPREAD:
        return pa.nulls(size, pa.string())
    return pa.DictionaryArray.from_arrays(pa.nulls(size, pa.int32()), pa.array([], pa.string()))


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    whole = column.combine_chunks()
    return encoded(whole) if kind == DICTIONARY else whole.cast(kind)


def _plainly(columns: dict[str, pa.Array], kind: str, file_no: int) -> dict[str, pa.Array]:
    """Columns of TYPED for plain rows: neither code nor note, and NULL for what only payload records say."""
    size = len(columns["record_no"])
    empty = pa.ListArray.from_arrays(pa.array(np.zeros(size + 1, np.int32)), pa.array([], pa.string()))
    said = {
        "form": pc.add(columns["record_no"], pa.scalar(file_no * FILE_FORMS, pa.int64())),
        "file_no": pa.array(np.full(size, file_no, np.int32)),
        **dict.fromkeys(("codes", "notes"), empty),
        "is_record": columns["owner"].is_null(),
        "unknown_keys_n": pa.array(np.zeros(size, np.int64)),
    }
    columns = columns | said
    return {name: columns[name] if name in columns else pa.nulls(size, type_) for name, type_ in TYPED[kind]}


def _member_digests(texts: pa.Array) -> bytes:
    """For each text the MD5 of its SHA-256 in hexadecimal digits: what the content of a household is summed from."""
    sha256, md5 = hashlib.sha256, hashlib.md5
    data, marks = _slices(texts)
    return b"".join([md5(sha256(data[a:b]).hexdigest().encode()).digest() for a, b in pairwise(marks)])


def _household_digests(texts: pa.Array, answers: pa.Array) -> bytes:
    """SHA-256 of each text and its answers; those at the end that were not given do not count."""
    sha256, mark = hashlib.sha256, BETWEEN.encode()
    (own, own_marks), (given, given_marks) = _slices(texts), _slices(answers)
    places = zip(pairwise(own_marks), pairwise(given_marks), strict=True)
    return b"".join([sha256(own[a:b] + mark + given[c:d].rstrip(mark)).digest() for (a, b), (c, d) in places])


def _slices(texts: pa.Array) -> tuple[bytes, list[int]]:
    """The bytes of texts, and where each begins and the last one ends."""
    offsets, content = bytes_of(texts)
    return content.tobytes(), offsets.tolist()
