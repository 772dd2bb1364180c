"""Thai names in forms that can be compared, as SQL macros over one session.

Put here: how a spelling is made simple. Keep out: which letters and marks (data/identity/names.yaml), and what follows
from two names being alike (likely.py). The forms live in the session only and never reach a table.
"""

import duckdb

from jpt_pipeline.identity.spec import Spelling

_THAI = [chr(number) for number in (*range(0x0E01, 0x0E3B), *range(0x0E40, 0x0E4F))]
# One byte a letter: DuckDB's distances count bytes, and a Thai letter has three. Latin small letters stay themselves.
_CODES = [chr(number) for number in range(33, 127) if not chr(number).islower() and chr(number) not in "'\\"]


def register_spelling(connection: duckdb.DuckDBPyConnection, spelling: Spelling) -> None:
    """Give a session the macros that `likely` compares by; all take a name as typed and may give an empty text.

    - name_plain: without title, spaces, tone marks and doubled letters.
    - name_sound: name_plain with silent letters gone and one letter for each sound.
    - name_frame: the consonants of name_sound.
    - name_code: a plain name in one byte a letter, for distances.
    """
    macros = {
        "name_bare(x)": _bare(spelling),
        "name_single(x)": "coalesce(list_reduce(string_split(nullif(x, ''), ''), "
        "lambda done, c: CASE WHEN ends_with(done, c) THEN done ELSE done || c END), '')",
        "name_plain(x)": f"name_single(replace(name_bare(x), {_text(spelling.silencer)}, ''))",
        "name_sound(x)": f"name_single({_sound(spelling)})",
        "name_frame(x)": "regexp_replace(x, '[^ก-ฮa-z]', '', 'g')",
        "name_code(x)": _code(spelling),
    }
    for head, body in macros.items():
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {head} AS {body}")


def _bare(spelling: Spelling) -> str:
    """Letters only, without title and marks, sequences joined; the silencer stays."""
    titles = "|".join(sorted({_letters(title) for title in spelling.titles}, key=lambda title: (-len(title), title)))
    text = "lower(regexp_replace(coalesce(x, ''), '[^ก-ฺเ-๎a-zA-Z]', '', 'g'))"
    text = f"regexp_replace({text}, '^({titles})(..+)$', '\\2')"
    text = f"translate({text}, {_text(spelling.marks)}, '')"
    for old, new in spelling.joined:
        text = f"replace({text}, {_text(old)}, {_text(new)})"
    return text


def _sound(spelling: Spelling) -> str:
    text = f"regexp_replace(name_bare(x), '[ก-ฮ][ิุ]?{spelling.silencer}', '', 'g')"
    for old, new in spelling.sounds_joined:
        text = f"replace({text}, {_text(old)}, {_text(new)})"
    pairs = [(letter, row[0]) for row in spelling.sounds for letter in row[1:]]
    return f"translate({text}, {_text(''.join(old for old, _ in pairs))}, {_text(''.join(new for _, new in pairs))})"


def _code(spelling: Spelling) -> str:
    letters = [letter for letter in _THAI if letter not in spelling.marks + spelling.silencer]
    assert len(letters) <= len(_CODES), "more letters than one-byte codes"
    return f"translate(x, {_text(''.join(letters))}, {_text(''.join(_CODES[: len(letters)]))})"


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter in _THAI)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
