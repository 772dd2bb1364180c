"""Text that means the same, written otherwise: found in whole columns, mended row by row, and noted.

Only what cannot mean anything else is mended: Thai and full-width digits, spaces around, invisible characters, the two
ways to write ำ and แ, separators of thousands in an amount. What may be content is kept or refused, never guessed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jpt_pipeline.instruments import Instrument
from jpt_pipeline.intake.texts import (
    BETWEEN,
    by_row,
    bytes_of,
    decoded,
    distinct,
    encoded,
    flags,
    joined,
    rows_where,
)

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
SPACES = "\u00a0\u2007\u202f\u3000"
_FULL_WIDTH = {chr(0xFF10 + digit): str(digit) for digit in range(10)}
DIGITS = {"๐๑๒๓๔๕๖๗๘๙"[digit]: str(digit) for digit in range(10)} | _FULL_WIDTH
_MEND = str.maketrans(dict.fromkeys(INVISIBLE, "") | dict.fromkeys(SPACES, " ") | DIGITS)
_HIDE = str.maketrans(dict.fromkeys(INVISIBLE, "") | dict.fromkeys(SPACES, " "))
# ำ written as two characters, with or without a tone mark between them; แ written as เ twice.
_TONES = ("", "\u0e48", "\u0e49", "\u0e4a", "\u0e4b")
THAI_FORMS = (*((f"\u0e4d{tone}\u0e32", f"{tone}\u0e33") for tone in _TONES), ("เเ", "แ"))
# Row by row only where this is found in the texts of a row.
ODD = f"[{INVISIBLE}{SPACES}{''.join(DIGITS)}\u0e4d]|เเ|(^|{BETWEEN})[ \t\r\n]|[ \t\r\n]($|{BETWEEN})"
# What no text of a record may hold: control characters, replacement characters, bidirectional overrides; and UTF-8 that
# was read as something else and saved so.
FOREIGN = "[\x00-\x08\x0b\x0c\x0e-\x1e\x7f\u0080-\u009f\ufffd\u202a-\u202e\u2066-\u2069]"
MANGLED = "à¸|à¹|Ã[\u0080-ÿ]|([เ][ธน][^เ]?){4}"
_AMOUNT_MARK = re.compile(",")
_AMOUNT = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.0+)?")


# Traits of texts: what a closer look is needed for.
CONTROL, FOREIGN_BYTES, THAI_FORM, SPACE, MANGLED_PAIRS = 1, 2, 4, 8, 16
_TRAITS = np.zeros(256, np.uint8)
_TRAITS[:32] = _TRAITS[127] = CONTROL
_TRAITS[0xC0:] = FOREIGN_BYTES
_TRAITS[0xE0] = 0  # Thai begins with it: looked at by its next bytes
_TRAITS[[9, 10, 13, 32]] = SPACE
_PAIR_TEXTS = ("เธ", "เน")
_PAIRS = tuple(pair.encode() for pair in _PAIR_TEXTS)


def traits(texts: pa.StringArray) -> int:
    """Traits of texts, from their bytes."""
    offsets, data = bytes_of(texts)
    content = data[offsets[0] : offsets[-1]]
    return int(np.bitwise_or.reduce(_TRAITS[content], initial=0)) | _thai_traits(content)


def _thai_traits(content: NDArray[np.uint8]) -> int:
    """Traits of three-byte characters: other than Thai, Thai digits, a split ำ, a doubled เ, pairs of mangled text."""
    leads = np.flatnonzero(content == 0xE0)
    if not leads.size:
        return 0
    second, third = content[leads + 1], content[leads + 2]
    found = 0 if np.isin(second, (0xB8, 0xB9)).all() else FOREIGN_BYTES
    is_digit_or_nikhahit = (second == 0xB9) & ((third == 0x8D) | ((third >= 0x90) & (third <= 0x99)))
    plain = content.tobytes()
    if is_digit_or_nikhahit.any() or "เเ".encode() in plain:
        found |= THAI_FORM
    return found | (MANGLED_PAIRS if any(pair in plain for pair in _PAIRS) else 0)


@dataclass(frozen=True)
class Look:
    """What a closer look at the texts of rows found. codes: row -> E-NUL, E-CTRL or E-MOJI, which keep it out. odd: rows
    that hold what `ODD` looks for."""

    codes: dict[int, str]
    odd: list[int]


def look(columns: Sequence[pa.Array]) -> Look:
    """Look at rows whose texts are not plainly what they say; the joined texts of all others are never made."""
    rows = _worth_a_look(columns)
    if not len(rows):
        return Look({}, [])
    texts = joined([column.take(rows) for column in columns])
    doubled = pc.not_equal(pc.count_substring(texts, BETWEEN), len(columns) - 1)
    suspects = pc.indices_nonzero(pc.or_(pc.match_substring_regex(texts, f"{FOREIGN}|{MANGLED}"), doubled))
    codes = {rows[at].as_py(): _code(texts[at].as_py(), len(columns)) for at in suspects.to_pylist()}
    odd = rows.take(pc.indices_nonzero(pc.match_substring_regex(texts, ODD)))
    return Look({row: code for row, code in codes.items() if code}, odd.to_pylist())


def _worth_a_look(columns: Sequence[pa.Array]) -> pa.Array:
    """Numbers of the rows with a text that holds anything `ODD` or foreign, or more pairs that may be mangled than a
    name does."""
    coded = [column.dictionary for column in columns if pa.types.is_dictionary(column.type)]
    is_coded_plain = not (coded and traits(pa.concat_arrays(coded)))
    found, pairs = np.zeros(len(columns[0]), bool), np.zeros(len(columns[0]), np.int64)
    for column in columns:
        if is_coded_plain and pa.types.is_dictionary(column.type):
            continue
        texts = distinct(column)
        has = traits(texts)
        if has & (CONTROL | FOREIGN_BYTES | THAI_FORM):
            found |= by_row(column, flags(pc.match_substring_regex(texts, f"{ODD}|{FOREIGN}|{BETWEEN}|[àÃ]")))
        elif has & SPACE:
            found |= by_row(column, flags(pc.not_equal(pc.ascii_trim(texts, characters=" \t\r\n"), texts)))
        if has & MANGLED_PAIRS:
            counts = pc.add(*(pc.count_substring(texts, pair) for pair in _PAIR_TEXTS))
            pairs += by_row(column, counts.fill_null(0).to_numpy(False))
    return pa.array(np.flatnonzero(found | (pairs > 3)))


def _code(text: str, columns_n: int) -> str | None:
    if "\0" in text:
        return "E-NUL"
    if re.search(f"{MANGLED}|[\u0080-\u009f]", text):
        return "E-MOJI"
    return "E-CTRL" if text.count(BETWEEN) != columns_n - 1 or re.search(FOREIGN, text) else None


def mended(text: str) -> str:
    """A text without invisible characters, odd spaces and doubled Thai forms."""
    plain = text.translate(_HIDE).strip()
    for old, new in THAI_FORMS:
        plain = plain.replace(old, new)
    return plain


class Answers:
    """Which answers of some instruments are amounts, which are free text; and how either is mended. An answer that
    instruments describe differently is as the first of them says."""

    def __init__(self, *instruments: Instrument):
        kinds = {answer.column: answer for found in reversed(instruments) for answer in found.answers}
        self.texts = {name for name, answer in kinds.items() if "text" in (answer.kind, *answer.parts)}
        patterns = {name: re.compile(answer.pattern) for name, answer in kinds.items() if name not in self.texts}
        self.amounts = {n for n, p in patterns.items() if p.fullmatch("1000") and not p.fullmatch("1,000")}

    def mend(self, columns: dict[str, pa.Array]) -> tuple[dict[str, pa.Array], dict[int, str], set[int]]:
        """Answers by name, mended; the codes of rows; the rows where something changed."""
        found = look(list(columns.values()))
        changed: dict[str, dict[int, str | None]] = {}
        odd = pa.array(found.odd, pa.int64())
        for name, column in columns.items() if found.odd else ():
            for row, text in zip(found.odd, decoded(column.take(odd)).to_pylist(), strict=True):
                if text and (new := self._mended(name, text)) != text:
                    changed.setdefault(name, {})[row] = new or None
        for name in self.amounts & columns.keys():
            for row in np.flatnonzero(rows_where(columns[name], _AMOUNT_MARK.search)).tolist():
                text = columns[name][row].as_py().translate(_MEND).strip()
                if _AMOUNT.fullmatch(text):
                    changed.setdefault(name, {})[row] = text.split(".")[0].replace(",", "")
        for name, values in changed.items():
            texts = columns[name].to_pylist()
            for row, value in values.items():
                texts[row] = value
            columns = columns | {name: encoded(pa.array(texts, pa.string()))}
        return columns, found.codes, {row for values in changed.values() for row in values}

    def _mended(self, name: str, text: str) -> str:
        return mended(text) if name in self.texts else text.translate(_MEND).strip()
