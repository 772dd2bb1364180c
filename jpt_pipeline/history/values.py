"""One cell of a sheet -> a number: counts as integers, percentages as hundredths (68.88 % is 6888), exactly.

Put here: the forms in which published sheets write numbers. Keep out: what a column means; nothing is guessed here.
"""

import re
import unicodedata

_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_NUMBER = re.compile(r"(-?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(?:\.([0-9]{1,20}))?(%?)")
DIGITS = 13  # more digits than a count of people or a percentage can have
LARGEST_PCT = 999_999_999  # hundredths, as DECIMAL(9, 2) holds them


def tidy(text: str) -> str:
    """Text with plain single spaces, nothing invisible, and sara am as one sign."""
    plain = unicodedata.normalize("NFC", text.translate(_INVISIBLE)).replace("\u0e4d\u0e32", "\u0e33")
    return " ".join(plain.split())


def squeezed(text: str) -> str:
    """Text without any space, Thai digits as digits: for comparing headings and years."""
    return "".join(tidy(text).split()).translate(_THAI_DIGITS)


def plain_digits(text: str) -> str:
    return text.translate(_THAI_DIGITS)


def count(text: str) -> int | None:
    """A count: digits, thousands separators in their places, perhaps `.0`; None for anything else."""
    parts = _parts(text)
    if parts is None:
        return None
    sign, whole, places, mark = parts
    is_whole = not places.strip("0")
    return int(whole) if is_whole and not mark and (not sign or not int(whole)) and len(whole) < DIGITS else None


def hundredths(text: str) -> tuple[int, bool] | None:
    """A percentage in hundredths, rounded half up from what stands there, and whether there were more than two decimals.

    None for anything that is no number.
    """
    parts = _parts(text)
    if parts is None:
        return None
    sign, whole, places, _ = parts
    padded = places.rstrip("0").ljust(2, "0")
    value = int(whole) * 100 + int(padded[:2])
    value += padded[2:3] >= "5"
    if value > LARGEST_PCT:
        return None
    return (-value if sign else value), len(padded) > 2


def _parts(text: str) -> tuple[str, str, str, str] | None:
    """Sign, digits without separators, decimals, percent sign."""
    found = _NUMBER.fullmatch(plain_digits(tidy(text)).replace("−", "-").replace(" %", "%"))
    if found is None:
        return None
    sign, whole, places, mark = found.groups()
    return sign, whole.replace(",", ""), places or "", mark


def printed(value: int | None) -> str:
    """Hundredths as a sheet prints them; - for none."""
    if value is None:
        return "-"
    return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02}"
