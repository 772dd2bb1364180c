"""Where a line of Thai may break: between words of the dictionary, marked by zero width spaces.

Thai is written without spaces between words, and the layout program breaks it badly. Put here: the marks. Keep out: texts.
PyThaiNLP is imported inside: it loads its dictionary, and without the two settings it would make a folder in HOME.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from reports.words import words

CUT = "\u200b"
_PLACE = re.compile(r"({[a-z_]+})")
# Nothing that begins, or follows what ends, with one of these starts a new line.
_STAYS_BEFORE = tuple(")]}”’,.;:!?%ๆฯ/-–")
_STAYS_AFTER = tuple("([{“‘/-–")
# A number stays on the line of the word before it.
_BEFORE_NUMBER = re.compile(f"{CUT} {CUT}(?=[0-9])")


@lru_cache(maxsize=4096)
def _segment(text: str) -> tuple[str, ...]:
    os.environ.pop("PYTHAINLP_READ_MODE", None)
    os.environ.update(PYTHAINLP_READ_ONLY="1", PYTHAINLP_OFFLINE="1")
    from pythainlp.tokenize.newmm import segment

    return tuple(segment(text))


def breakable(parts: Sequence[str], keep: Iterable[str], fixed: Iterable[str] = ()) -> str:
    """The parts as one text, with a zero width space wherever a line may break.

    Args:
        keep: words that are never broken inside, beside those of the dictionary.
        fixed: parts that stay whole.
    """
    whole = set(fixed)
    pieces = [word for part in parts for word in ([part] if part in whole else _words(part, tuple(keep)))]
    text = ""
    for word in filter(None, pieces):
        joined = not text or word.startswith(_STAYS_BEFORE) or text.endswith(_STAYS_AFTER)
        text += word if joined else CUT + word
    return _BEFORE_NUMBER.sub("\u00a0", text)


def fill(text: str, places: Mapping[str, object], whole: int = 0) -> str:
    """A text with its places ({name}) filled in and its possible line breaks marked.

    Args:
        whole: what is filled in stays whole when it has at most so many characters.

    Raises:
        KeyError: a place that is not given.
    """
    parts = _PLACE.split(text)
    filled = [str(places[part[1:-1]]) if at % 2 else part for at, part in enumerate(parts)]
    return breakable(filled, words().keep, [part for part in filled[1::2] if len(part) <= whole])


def cut(text: str) -> str:
    """One text with the places marked where a line may break; the words of style/words.yaml stay whole."""
    return breakable([text], words().keep)


@lru_cache(maxsize=4096)
def _words(text: str, keep: tuple[str, ...]) -> tuple[str, ...]:
    """Words and what stands between them, in order."""
    longest = sorted(keep, key=len, reverse=True)
    pieces = re.split(f"({'|'.join(map(re.escape, longest))})", text) if keep else [text]
    return tuple(word for at, piece in enumerate(pieces) for word in ([piece] if at % 2 else _segment(piece)))
