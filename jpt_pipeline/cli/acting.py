"""What the commands of certification share: the round with its rules, dates, Thai reasons of a refusal."""

import re
from datetime import date
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from jpt_pipeline.certification.gates import Rules
from jpt_pipeline.certification.messages import say
from jpt_pipeline.certification.request import ActRefused
from jpt_pipeline.certification.situation import NoFigures, gate_rules
from jpt_pipeline.cli.screen import say_json
from jpt_pipeline.clock import BUDDHIST_ERA
from jpt_pipeline.codes import load_codes
from jpt_pipeline.instruments import InstrumentError, load_instrument
from jpt_pipeline.ledger import LedgerBroken, LedgerBusy
from jpt_pipeline.rounds import Round, UnknownRound, load_round
from jpt_pipeline.signing.keys import BadKey

Year = Annotated[int, typer.Option("--year", help="ปีสำรวจ (พ.ศ.)")]
FIRST_BE = 2400
"""A year from here on is of the Buddhist Era."""

TOLD_ACTS = (ActRefused, NoFigures, LedgerBroken, LedgerBusy, UnknownRound, BadKey)
"""What is told to the person in Thai; anything else is a fault of the program."""


def round_and_rules(year: int) -> tuple[Round, Rules]:
    """The round and what its gates need to know. Raises UnknownRound; ActRefused without a usable instrument."""
    round_ = load_round(year)
    try:
        instrument = load_instrument(round_.instrument)
    except InstrumentError as error:
        raise ActRefused([say("C-INSTRUMENT", year=str(year), instrument=round_.instrument)]) from error
    return round_, gate_rules(round_, instrument, load_codes())


def day_of(text: str) -> date:
    """A date as 2018-03-20, or as 20/03/2561 with the year in the Buddhist Era (CE + 543)."""
    iso, thai = re.fullmatch(r"(\d{4})-(\d\d?)-(\d\d?)", text), re.fullmatch(r"(\d\d?)/(\d\d?)/(\d{4})", text)
    try:
        if iso and int(iso[1]) < FIRST_BE:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if thai and int(thai[3]) >= FIRST_BE:
            return date(int(thai[3]) - BUDDHIST_ERA, int(thai[2]), int(thai[1]))
    except ValueError as error:
        raise ActRefused([say("C-DATE", text=text)]) from error
    raise ActRefused([say("C-DATE", text=text)])


def reasons_of(error: Exception, year: int) -> list[str]:
    """Thai sentences for an error, each with its code."""
    if isinstance(error, ActRefused | NoFigures):
        return list(error.reasons)
    if isinstance(error, LedgerBroken):
        return [say("C-LEDGER", file=error.file, what=error.what)]
    if isinstance(error, LedgerBusy):
        return [say("C-BUSY")]
    if isinstance(error, BadKey):
        return [say("C-KEY-FILE", what=str(error))]
    return [say("C-YEAR", year=str(year))]


def refuse_act(reasons: list[str], json: bool) -> NoReturn:
    """Tell why nothing was done, and end 1."""
    if json:
        refusals = [dict(zip(("code", "th"), reason.split(" ", 1), strict=False)) for reason in reasons]
        say_json({"refused": refusals})
    else:
        console = Console(stderr=True, highlight=False)
        for reason in reasons:
            console.print(reason, markup=False, soft_wrap=True)
    raise typer.Exit(1)
