"""The ledger (บัญชีการรับรอง): what people did, one entry per act, chained by digest, never changed.

`entries` has the shapes, `book` reads with verification and appends under a lock. What follows from an entry is decided
elsewhere: states in certification, identities of findings in issues, verdicts on samples in sampling.
"""

from jpt_pipeline.ledger.book import Ledger, LedgerBroken, LedgerBusy, read_entries, writing
from jpt_pipeline.ledger.entries import (
    Act,
    Action,
    AreaEntry,
    Committee,
    Counts,
    Entry,
    Envelope,
    KeyEntry,
    ProgressSnapshot,
    RestrictedReport,
    SampleDraw,
    SampleResult,
    Signature,
    Waiver,
    only,
)

__all__ = [
    "Act",
    "Action",
    "AreaEntry",
    "Committee",
    "Counts",
    "Entry",
    "Envelope",
    "KeyEntry",
    "Ledger",
    "LedgerBroken",
    "LedgerBusy",
    "ProgressSnapshot",
    "RestrictedReport",
    "SampleDraw",
    "SampleResult",
    "Signature",
    "Waiver",
    "only",
    "read_entries",
    "writing",
]
