"""States of areas in two homes beside each other: which certificates would be void.

Put here: the comparison of derived states. Keep out: how a state comes about (certification.state).
"""

from collections.abc import Sequence
from datetime import date

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.relations import level_names, nation_part
from jpt_pipeline.certification.situation import gate_rules, load_situation
from jpt_pipeline.certification.state import Area, AreaState
from jpt_pipeline.codes import load_codes
from jpt_pipeline.impact.models import Place, Standing
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.ledger import Act, only, read_entries
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session


def moved_standings(then: Settings, now: Settings, survey_year: int, parts: Sequence[Part], on: date) -> list[Standing]:
    """Areas of the round whose state differs, from the top.

    Looked at are the provinces of `parts`, and the whole round if anybody ever acted on the nation.

    Raises:
        NoFigures: a province's figures are not all sealed. LedgerBroken: see ledger.
    """
    before, after = (_states(settings, survey_year, parts, on) for settings in (then, now))
    changed = [area for area, state in before.items() if area in after and after[area].state is not state.state]
    order = level_names()
    return [
        Standing(
            place=Place(survey_year, *area),
            area_name=before[area].area_name,
            form_no=before[area].form_no,
            certificate_id=before[area].certificate_id,
            then=before[area].state,
            now=after[area].state,
        )
        for area in sorted(changed, key=lambda area: (area.stream, -order.index(area.level), area.area_code))
    ]


def _states(settings: Settings, survey_year: int, parts: Sequence[Part], on: date) -> dict[Area, AreaState]:
    round_ = load_round(survey_year, settings.definitions)
    instrument = load_instrument(round_.instrument, settings.definitions)
    rules = gate_rules(round_, instrument, load_codes(settings.definitions))
    entries = read_entries(settings.ledger)
    nation = load_levels()[-1].level
    acted = any(act.level == nation and act.survey_year == survey_year for act in only(entries, Act))
    is_whole = acted and nation_part(Lake(settings.lake), survey_year)
    provinces = None if is_whole else [part.province_code or "" for part in parts if part.survey_year == survey_year]
    with session(settings) as connection:
        return load_situation(connection, settings, round_, rules, entries, on, provinces=provinces, gated=()).states
