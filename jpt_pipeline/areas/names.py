"""Names of enumerators as keyed tokens: whether two rows name the same person can be asked, who it is cannot.

Put here: how a name is made comparable, and its token. Keep out: any name; none is stored, returned or told.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b

import duckdb

from jpt_pipeline.settings import Settings
from jpt_pipeline.vault import read_key
from jpt_pipeline.yamlfile import load_yaml

TOKEN_BYTES = 16
PERSON = b"jpt-name-v1"


_NO_LETTER = re.compile(r"[^\w\u0e00-\u0e7f]")


def plain_name(name: str, titles: Sequence[str]) -> str:
    """Letters and marks only, composed the same way, small, without the title (คำนำหน้านาม) in front."""
    letters = _NO_LETTER.sub("", unicodedata.normalize("NFKC", name).casefold())
    for title in _longest_first(tuple(titles)):
        if letters.startswith(title) and len(letters) > len(title) + 1:
            return letters[len(title) :]
    return letters


@cache
def _longest_first(titles: tuple[str, ...]) -> list[str]:
    return sorted((re.sub(r"\W", "", title) for title in titles), key=len, reverse=True)


def register_name_token(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Give a session the function name_token(text): name -> hex BLAKE2b-128 of its plain form, NULL -> NULL.

    Raises:
        KeyMissing: the home's token key is not there or is another one.
    """
    key = read_key(settings, "token")
    titles = tuple(load_yaml(settings.definitions / "identity" / "names.yaml")["titles"])

    def name_token(name: str) -> str:
        return blake2b(plain_name(name, titles).encode(), key=key, digest_size=TOKEN_BYTES, person=PERSON).hexdigest()

    connection.create_function("name_token", name_token, ["VARCHAR"], "VARCHAR")
