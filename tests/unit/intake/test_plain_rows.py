"""Rows that are typed by columns of bytes come out as SQL types them; joined texts and digests as their slow makers say."""

from datetime import UTC, datetime
from functools import cache
from hashlib import md5, sha256

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jpt_pipeline.instruments import all_answer_columns
from jpt_pipeline.intake import staging
from jpt_pipeline.intake.formats import HOUSEHOLD_TEXT, MEMBER_TEXT, PLACE, Batch, Declared, shaped
from jpt_pipeline.intake.questions import questions_of
from jpt_pipeline.intake.staging import Stager
from jpt_pipeline.intake.texts import halves, hex_texts, joined, joined_codes
from jpt_pipeline.intake.tokens import TOKEN_BYTES, person_tokens, token
from jpt_pipeline.settings import Settings

RECEIVED = datetime(2018, 3, 1, tzinfo=UTC)
KEY = bytes(range(32))
# What stands in a cell now and then: near misses of what is plain.
ODD = st.sampled_from(
    [
        "",
        "-",
        "0",
        "00",
        "๑๒",
        " 1",
        "1 ",
        "1.0",
        "1e5",
        "A",
        "เเดง",
        "x\x1fy",
        "\u200b7",
        "9" * 10,
        "9" * 13,
        "0" * 13,
        "ไม่มี",
        "à¸",
    ]
)
DIGITS = st.text("0123456789", min_size=1, max_size=14)
PERSON = st.one_of(
    st.integers(10**12, 10**13 - 1).map(str),
    st.integers(0, 10**12 - 1).map(lambda n: f"{n:012d}").map(lambda n: n + str((11 - _weighed(n) % 11) % 10)),
    st.sampled_from(["1234567890123", "0987654321098", "1111111111119", "9012345678901", "8765432109876"]),
)
DATE = st.builds("{:02d}/{:02d}/{:04d}".format, st.integers(0, 32), st.integers(0, 13), st.integers(1990, 2999))
MOMENT = st.builds(
    "{}-{:02d}-{:02d}{}{:02d}:{:02d}:{:02d}{}".format,
    *(st.sampled_from([1899, 1900, 2016, 2018, 2100]), st.integers(0, 13), st.integers(0, 32), st.sampled_from("T T")),
    *(
        st.integers(0, 24),
        st.integers(0, 60),
        st.integers(0, 60),
        st.sampled_from(["+07:00", "+07:00", "Z", "", "+0700"]),
    ),
)
NAMES = st.sampled_from(["สมชาย", "ณ อยุธยา", "เนตรเนียน", "เธเนเธเน", "Ann", "ใจ2", "ก" * 34, "ก" * 120, "Ａ"])
CODES = st.sampled_from(["1", "2", "01", "1110"])
MEMBERS = dict.fromkeys(MEMBER_TEXT, CODES) | {
    "household_id": st.one_of(st.sampled_from(["3801", "38010000001", "3801-E1-5", "38010000001.0"]), DIGITS),
    "village_code": st.sampled_from(["38010101", "3801010", "38010101 "]),
    "member_no": st.sampled_from(["1", "2", "01", "0", "1234567890"]),
    "citizen_id": PERSON,
    "birth_date": DATE,
    **dict.fromkeys(("first_name", "last_name", "prefix"), NAMES),
}
DEGREES = st.one_of(
    st.floats(-200, 200).map(lambda n: f"{n:.6f}"), st.sampled_from(["15", "015.50", "-0", "0.00001", "100.", "15,5"])
)
HOUSEHOLDS = {
    "survey_year": st.sampled_from(["2561", "2562", "256", "02561"]),
    "stream": st.sampled_from(["jpt", "basic", "JPT", "other"]),
    "household_id": MEMBERS["household_id"],
    "village_code": st.sampled_from(["38010101", "39010101", "00010101", "3801010"]),
    "house_no": st.sampled_from(["1", "12/3", "ก 1"]),
    "enumerator_id": st.sampled_from(["E1", "1", "1100100100101", "ก"]),
    "submitted_at": MOMENT,
    "revision": st.sampled_from(["1", "0", "02", "x"]),
    "evidence_photo": st.sampled_from(["present", "refused", "missing", "Present", "no"]),
    "evidence_signature": st.sampled_from(["signed", "refused", "absent_witnessed", "missing", "x"]),
    "latitude": DEGREES,
    "longitude": DEGREES,
    "satisfaction": st.sampled_from(["8", "08", "x", "-1"]),
}
DECLARED = st.sampled_from(
    [Declared(), Declared(2561, "jpt", "E9", "38"), Declared(2561, None, "1100100100101"), Declared(None, "basic", "7")]
)


def _weighed(digits):
    return sum(int(digit) * (13 - place) for place, digit in enumerate(digits[:12]))


@st.composite
def rows(draw, columns):
    """Rows of text, each cell now and then something else."""
    cell = {name: st.one_of(its, its, its, its, st.none(), ODD) for name, its in columns.items()}
    return draw(st.lists(st.fixed_dictionaries(cell), min_size=1, max_size=30))


def _batch(kind, records, more=()):
    numbers = pa.array(range(1, len(records) + 1), pa.int64())
    place = {name: pa.nulls(len(records), type_) for name, type_ in PLACE} | {"record_no": numbers}
    names = [*records[0], *more]
    return Batch(
        kind, pa.table(place | {n: shaped(n, pa.array([r.get(n) for r in records], pa.string())) for n in names})
    )


@cache
def _stager(declared):
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    return Stager(connection, questions_of(declared, Settings().definitions), declared, RECEIVED, KEY)


def _not_plain(typed):
    def nothing_is_plain(*given):
        is_plain, columns = typed(*given)
        return np.zeros_like(is_plain), columns

    return nothing_is_plain


def _same(declared, batch):
    plain = _stager(declared).stage(batch, 2)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("plain_members", "plain_households"):
            patch.setattr(staging, name, _not_plain(getattr(staging, name)))
        by_sql = _stager(declared).stage(batch, 2)
    for name in ("keys", "rows", "secret"):
        assert getattr(plain, name).schema == getattr(by_sql, name).schema
        assert getattr(plain, name).to_pylist() == getattr(by_sql, name).to_pylist()


HYPOTHESIS = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


@HYPOTHESIS
@given(rows(MEMBERS))
def test_plain_members_are_as_sql_types_them(records):
    _same(Declared(), _batch("members", records))


@HYPOTHESIS
@given(rows(HOUSEHOLDS), DECLARED)
def test_plain_households_are_as_sql_types_them(records, declared):
    _same(declared, _batch("households", records))


def test_a_plain_row_never_meets_sql():
    member = dict.fromkeys(MEMBER_TEXT, "1") | {"household_id": "38010000001", "village_code": "38010101"}
    member |= {"citizen_id": "1100100100108", "birth_date": "29/02/2539", "first_name": "สมชาย", "last_name": "ณ อยุธยา"}
    house = dict(
        zip(HOUSEHOLD_TEXT, ["2561", "jpt", "3801", "38010101", "1", "E1", "2018-02-01T08:00:00+07:00"], strict=False)
    )
    house |= {"latitude": "18.25", "longitude": "103.5"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_stager(Declared()), "queries", {})
        assert _stager(Declared()).stage(_batch("members", [member]), 0).rows.column("birth_date").null_count == 0
        found = _stager(Declared()).stage(_batch("households", [house], all_answer_columns()[:2]), 0).rows
    assert found.column("is_gps_valid").to_pylist() == [True]


@given(st.lists(st.lists(st.sampled_from([None, "1", "22", "ก", "1,2"]), min_size=9, max_size=9), max_size=30))
def test_joined_codes_are_joined_texts(table):
    columns = [pa.array([row[at] for row in table], pa.string()).dictionary_encode() for at in range(9)]
    assert joined_codes(columns).to_pylist() == ["\x1f".join(text or "" for text in row) for row in table]
    assert joined(columns).to_pylist() == joined_codes(columns).to_pylist()


def test_digests_as_duckdb_and_hashlib_make_them():
    texts = ["", "ก", "a\x1fb"]
    low, high = halves(b"".join(md5(sha256(text.encode()).hexdigest().encode()).digest() for text in texts))
    query = "SELECT md5_number_lower(sha256(x)), md5_number_upper(sha256(x)) FROM (SELECT unnest(?) AS x)"
    assert duckdb.execute(query, [texts]).fetchall() == list(zip(low.tolist(), high.tolist(), strict=True))
    tokens = person_tokens(KEY)(pa.array(["1100100100108", None]))
    assert hex_texts(tokens, TOKEN_BYTES).to_pylist() == [token(KEY, "1100100100108", b"jpt-person-v1"), "0" * 32]
