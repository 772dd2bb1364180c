"""Rounds of the survey as data: data/rounds/<survey year>.yaml, one file a round.

Put here: models and loader. Keep out: any date, level, form number or threshold of a round; those are in the files.
"""

from jpt_pipeline.rounds.chain import Amendment, ChainLevel, Stream
from jpt_pipeline.rounds.loader import UnknownRound, known_rounds, load_round
from jpt_pipeline.rounds.models import Round

__all__ = ["Amendment", "ChainLevel", "Round", "Stream", "UnknownRound", "known_rounds", "load_round"]
