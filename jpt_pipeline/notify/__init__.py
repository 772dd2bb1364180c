"""Notices to people who run a round: a file in the home, or an e-mail. Told once a day, never with a person's data.

Put here: how a notice leaves the home. Keep out: what is worth telling (sensors, reports of progress).
"""

from jpt_pipeline.notify.notice import Notice, discreet
from jpt_pipeline.notify.send import NotSent, send

__all__ = ["NotSent", "Notice", "discreet", "send"]
