"""What the round's instrument says of income: which indicator, which threshold, of whom.

Put here: reading that from the instrument. Keep out: households.
"""

from dataclasses import dataclass

from jpt_pipeline.instruments import Indicator, Instrument, load_instrument
from jpt_pipeline.instruments.expressions import Arithmetic, Compare, Const, Ref, parse, resolve
from jpt_pipeline.listing.words import refusal
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings

_PREFIX, _TOTAL = "income_", "income_baht"


@dataclass(frozen=True)
class IncomeRule:
    """The income indicator: passes where answer `code` (baht a year) >= threshold_baht * members of the roster."""

    indicator: Indicator
    code: str
    roster: str
    threshold_baht: int


def instrument_of(settings: Settings, survey_year: int) -> Instrument:
    """The instrument of a round."""
    return load_instrument(load_round(survey_year, settings.definitions).instrument, settings.definitions)


def income_rule(instrument: Instrument) -> IncomeRule:
    """The rule of the indicator that says its topic is income.

    Raises:
        NotListed: the instrument names no such indicator (L-TOPIC), or its rule is of another kind (L-RULE).
    """
    indicator = instrument.of_topic("income")
    if indicator is None:
        raise refusal("L-TOPIC", instrument=instrument.id)
    match resolve(parse(indicator.pass_if), instrument.choices):
        case Compare(">=", Ref("baht", code), Arithmetic("*", Const(int(threshold)), Ref("r", roster))):
            return IncomeRule(indicator, code, roster, threshold)
    raise refusal("L-RULE", number=indicator.number)


def sources_of(instrument: Instrument) -> list[str]:
    """The instrument's measures that are a part of the income, in its order."""
    return [name for name in instrument.measures if name.startswith(_PREFIX) and name != _TOTAL]
