"""Findings (ข้อค้นพบ) as things that last: one identity over all runs, their states, who mends them, what is waived.

Reads the tables of findings and the ledger, never changes a figure. What a waiver lets pass is decided in certification.
"""

from jpt_pipeline.issues.history import HistoryLost
from jpt_pipeline.issues.stage import ISSUES, is_behind, make_issues
from jpt_pipeline.issues.waivers import WaiverState, last_day, state_of, valid_waivers

__all__ = [
    "ISSUES",
    "HistoryLost",
    "WaiverState",
    "is_behind",
    "last_day",
    "make_issues",
    "state_of",
    "valid_waivers",
]
