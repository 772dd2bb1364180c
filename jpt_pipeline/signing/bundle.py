"""The certificates of a round as one file of a release, with the keys that signed them: checked without the home.

Entries keep their places in the ledger, so that a key that was revoked before it signed shows. What is outside of the
signed statement (who typed the entry, which files were kept) stays in the home.
"""

import json
from collections.abc import Iterable, Sequence

from pydantic import ValidationError

from jpt_pipeline.ledger import Act, Entry, KeyEntry, LedgerBroken, only
from jpt_pipeline.ledger.entries import parse_entry
from jpt_pipeline.signing.statement import sound_acts

FILE = "certificates.json"


class BadBundle(Exception):
    """A file of certificates cannot be read, or one of its signatures does not hold; `what` is the certificate."""

    def __init__(self, what: str):
        self.what = what
        super().__init__(what)


def bundle(entries: Sequence[Entry], survey_year: int) -> str:
    """The text of the file: keys and signed certificates of a round, in the order of the ledger."""
    acts = [act for act in only(entries, Act) if act.survey_year == survey_year and act.envelope]
    shown = [
        act.model_copy(update={"committee": act.committee.model_copy(update={"by": None}), "figures": {}})
        for act in acts
    ]
    listed: Iterable[Entry] = sorted([*only(entries, KeyEntry), *shown], key=lambda entry: entry.seq)
    content = [entry.model_dump(mode="json", by_alias=True) for entry in listed]
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def read_bundle(text: str) -> dict[str, str]:
    """Roots by certificate id, every signature verified.

    Raises:
        BadBundle: see there.
    """
    try:
        entries = [parse_entry(json.dumps(entry)) for entry in json.loads(text)]
    except (ValueError, ValidationError):
        raise BadBundle(FILE) from None
    try:
        acts = sound_acts(entries)
    except LedgerBroken as error:
        raise BadBundle(error.file) from None
    return {act.certificate_id: act.root_sha256 for act in acts if act.certificate_id and act.envelope}
