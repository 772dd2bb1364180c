"""Thai names in comparable forms: what is the same name written otherwise, and what stays another name."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jpt_pipeline.identity.spec import load_spelling
from jpt_pipeline.identity.spelling import register_spelling

# The same name for `name_plain`.
PLAIN = [
    ("สมชาย", "นายสมชาย"),
    ("สมชาย", "นาย สมช่าย"),
    ("มาลี", "น.ส.มาลี"),
    ("แก้ว", "เเกว"),
    ("คำ", "คํา"),
    ("น้ำ", "น้ํา"),
    ("สมศักดิ์", "สมศักดิ"),
    ("กัญญา", "กัญา"),
    ("ฤทธิ์", "ริทธิ์"),
    ("Somchai", "somchai "),
]
# The same sound, another spelling.
SOUND = [("ศิริ", "สีริ"), ("พรรณ", "พัน"), ("วงศ์", "วงค์"), ("ณรงค์", "นรงค์"), ("ใจ", "ไจ"), ("สมศักดิ์", "สมสัก")]
# Names of their own.
OTHER = [("สมชาย", "สมชัย"), ("วิชัย", "วิชาญ"), ("มาลี", "มาลา"), ("บุญมี", "บุญมา"), ("ทองดี", "ทองใบ")]


@pytest.fixture(scope="module")
def form():
    with duckdb.connect() as connection:
        register_spelling(connection, load_spelling())
        yield lambda name, text: connection.execute(f"SELECT {name}(?)", [text]).fetchall()[0][0]


@pytest.mark.parametrize(("one", "other"), PLAIN)
def test_the_same_name_written_otherwise(form, one, other):
    assert form("name_plain", one) == form("name_plain", other)
    assert form("name_sound", one) or one.isascii()


@pytest.mark.parametrize(("one", "other"), SOUND)
def test_the_same_sound(form, one, other):
    assert form("name_plain", one) != form("name_plain", other)
    assert form("name_sound", one) == form("name_sound", other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_names_that_look_alike_stay_apart(form, one, other):
    assert form("name_plain", one) != form("name_plain", other)
    assert form("name_sound", one) != form("name_sound", other)


def test_a_title_alone_stays_a_name(form):
    """นางนวล begins with a title and is a name all the same; นาง alone is nothing else."""
    assert form("name_plain", "นาง") == "นาง"
    assert form("name_plain", "นางนวล") == form("name_plain", "นวล")


def test_nothing_has_an_empty_form(form):
    for text in (None, "", "-", "๑๒๓"):
        assert form("name_plain", text) == form("name_sound", text) == ""


@given(st.text(alphabet=[*map(chr, range(0x0E01, 0x0E3B)), *map(chr, range(0x0E40, 0x0E50)), *"azAZ '-.\\\u200b"]))
def test_forms_are_stable_and_codes_have_one_byte_a_letter(text):
    with duckdb.connect() as connection:
        register_spelling(connection, load_spelling())
        plain, again, code, size = connection.execute(
            "SELECT p, name_plain(p), name_code(p), strlen(name_code(p)) FROM (SELECT name_plain(?) AS p)", [text]
        ).fetchall()[0]
    assert len(plain) == len(code) == size
    assert len(again) <= len(plain)
