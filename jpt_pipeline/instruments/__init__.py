"""Questionnaires as data: models and loader of data/instruments/*.yaml, and their compilation to named SQL steps.

A new plan is a new file, not new code. Only the names below are for the other parts of the engine.
"""

from jpt_pipeline.instruments.compiler import (
    WORD_BITS,
    Step,
    answer_columns,
    indicator_codes,
    indicators_step,
    measure_codes,
    measures_step,
    render,
    roster_columns,
    roster_step,
    rule_bits,
    rule_codes,
    rules_step,
    typed_step,
)
from jpt_pipeline.instruments.loader import InstrumentError, all_answer_columns, known_instruments, load_instrument
from jpt_pipeline.instruments.models import Answer, Dimension, Indicator, Instrument, Result, Roster, Rule, Setting

__all__ = [
    "WORD_BITS",
    "Answer",
    "Dimension",
    "Indicator",
    "Instrument",
    "InstrumentError",
    "Result",
    "Roster",
    "Rule",
    "Setting",
    "Step",
    "all_answer_columns",
    "answer_columns",
    "indicator_codes",
    "indicators_step",
    "known_instruments",
    "load_instrument",
    "measure_codes",
    "measures_step",
    "render",
    "roster_columns",
    "roster_step",
    "rule_bits",
    "rule_codes",
    "rules_step",
    "typed_step",
]
