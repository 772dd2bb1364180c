"""Text that means the same, written otherwise: found in whole columns, mended row by row, and noted.

Only what cannot mean anything else is mended: Thai and full-width digits, spaces around, invisible characters, the two
ways to write ำ and แ, separators of thousands in an amount. What may be content is kept or refused, never guessed.
"""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jpt_pipeline.instruments import Instrument

BETWEEN = "\x1f"  # between the texts of a row, where they are looked at together
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
_AMOUNT = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.0+)?")


# Traits of texts: what a closer look is needed for.
CONTROL, FOREIGN_BYTES, THAI_FORM, SPACE, MANGLED_PAIRS = 1, 2, 4, 8, 16
_TRAITS = np.zeros(256, np.uint8)
_TRAITS[:32] = _TRAITS[127] = CONTROL
_TRAITS[0xC0:] = FOREIGN_BYTES
_TRAITS[0xE0] = 0  # Thai begins with it: looked at by its next bytes
_TRAITS[[9, 10, 13, 32]] = SPACE
_TRAITS[ord(BETWEEN)] = 0
_PAIRS = ("เธ".encode(), "เน".encode())


def traits(texts: pa.ChunkedArray, columns_n: int) -> int:
    """Traits of joined texts, from their bytes; a mark between them beyond those that `joined` made is CONTROL."""
    found, marks = 0, 0
    for chunk in texts.chunks:
        _, lengths, values = chunk.buffers()
        offsets, data = np.frombuffer(lengths, np.int32), np.frombuffer(values or b"", np.uint8)
        content = data[offsets[chunk.offset] : offsets[chunk.offset + len(chunk)]]
        found |= int(np.bitwise_or.reduce(_TRAITS[content], initial=0)) | _thai_traits(content)
        marks += int(np.count_nonzero(content == ord(BETWEEN)))
    return found | (CONTROL if marks != len(texts) * (columns_n - 1) else 0)


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
    return found | (MANGLED_PAIRS if sum(map(plain.count, _PAIRS)) > 3 else 0)


def joined(columns: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    """The texts of each row behind one another, NULL as nothing."""
    texts = pc.binary_join_element_wise(*columns, BETWEEN, null_handling="replace", null_replacement="")
    return texts if isinstance(texts, pa.ChunkedArray) else pa.chunked_array([texts])


def text_codes(texts: pa.ChunkedArray, columns_n: int, found: int) -> dict[int, str]:
    """Rows whose text cannot be taken as it is, by the `traits` of all: row -> E-NUL, E-CTRL or E-MOJI."""
    if found & (CONTROL | FOREIGN_BYTES):
        doubled = pc.not_equal(pc.count_substring(texts, BETWEEN), columns_n - 1)
        suspects = pc.or_(pc.match_substring_regex(texts, f"{FOREIGN}|{MANGLED}"), doubled)
    elif found & MANGLED_PAIRS:
        pairs = [pc.count_substring(texts, pair.decode()) for pair in _PAIRS]
        suspects = pc.greater(pc.add(*pairs), 3)
    else:
        return {}
    codes = {row: _code(texts[row].as_py(), columns_n) for row in pc.indices_nonzero(suspects).to_pylist()}
    return {row: code for row, code in codes.items() if code}


def _code(text: str, columns_n: int) -> str | None:
    if "\0" in text:
        return "E-NUL"
    if re.search(f"{MANGLED}|[\u0080-\u009f]", text):
        return "E-MOJI"
    return "E-CTRL" if text.count(BETWEEN) != columns_n - 1 or re.search(FOREIGN, text) else None


def is_odd(texts: pa.ChunkedArray, found: int) -> bool:
    """Whether any text holds what `ODD` looks for, by the `traits` of all."""
    if not found & (FOREIGN_BYTES | THAI_FORM | SPACE):
        return False
    return bool(pc.any(pc.match_substring_regex(texts, ODD)).as_py())


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

    def mend(self, table: pa.Table, names: list[str]) -> tuple[pa.Table, pa.ChunkedArray, dict[int, str], set[int]]:
        """The table with its answers mended, their joined texts, the codes of rows, the rows where something changed."""
        texts = joined([table.column(name) for name in names])
        found = traits(texts, len(names))
        codes = text_codes(texts, len(names), found)
        rows: list[int] = []
        if is_odd(texts, found):
            rows = pc.indices_nonzero(pc.match_substring_regex(texts, ODD)).to_pylist()
        changed: dict[str, dict[int, str | None]] = {}
        for row in rows:
            for name, text in zip(names, texts[row].as_py().split(BETWEEN), strict=True):
                if (new := self._mended(name, text)) != text:
                    changed.setdefault(name, {})[row] = new or None
        for name in self.amounts & set(names):
            for row in pc.indices_nonzero(pc.match_substring(table.column(name), ",")).to_pylist():
                text = table.column(name)[row].as_py()
                if _AMOUNT.fullmatch(text.translate(_MEND).strip()):
                    changed.setdefault(name, {})[row] = text.translate(_MEND).strip().split(".")[0].replace(",", "")
        for name, values in changed.items():
            column = table.column(name).to_pylist()
            for row, value in values.items():
                column[row] = value
            table = table.set_column(table.column_names.index(name), name, pa.array(column, pa.string()))
        if changed:
            texts = joined([table.column(name) for name in names])
        return table, texts, codes, {row for values in changed.values() for row in values}

    def _mended(self, name: str, text: str) -> str:
        return mended(text) if name in self.texts else text.translate(_MEND).strip()
