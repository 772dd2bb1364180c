"""`jpt status`: where the certification of a round stands, and what stands in its way."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

import typer
from rich.console import Console

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.messages import level_th, load_words, say
from jpt_pipeline.certification.relations import level_names
from jpt_pipeline.certification.request import ActRefused
from jpt_pipeline.certification.situation import load_situation, provinces_of
from jpt_pipeline.certification.state import Area, AreaState, State
from jpt_pipeline.cli.acting import TOLD_ACTS, Year, reasons_of, refuse_act, round_and_rules
from jpt_pipeline.cli.screen import Json, instrument_facts, say_json, say_provisional
from jpt_pipeline.clock import date_text, thai_day, utc_now
from jpt_pipeline.ledger import read_entries
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake
from jpt_pipeline.store.session import session


def status_command(
    year: Year,
    level: Annotated[str | None, typer.Option("--level", help="เฉพาะระดับนี้")] = None,
    area: Annotated[str | None, typer.Option("--area", help="เฉพาะพื้นที่นี้ (และพื้นที่ย่อย)")] = None,
    json: Json = False,
) -> None:
    """แสดงสถานะการรับรอง กำหนดส่ง และเหตุที่ยังรับรองไม่ได้

    ตัวอย่าง: jpt status --year 2561 --level district
    """
    try:
        states, waived = _states(Settings(), year, level, area)
    except TOLD_ACTS as error:
        refuse_act(reasons_of(error, year), json)
    if json:
        areas = [_state_json(state) | {"waivers": waived.get(state.area, ())} for state in states]
        of = {"survey_year": year, **instrument_facts(year)}
        say_json({**of, "counts": _counts(states), "areas": areas})
    else:
        say_provisional(year)
        _print_states(states, waived, is_whole=level is None and area is None)


Waived = Mapping[Area, Sequence[str]]
"""Ids of the waivers under which something passes, by area."""


def _states(settings: Settings, year: int, level: str | None, area: str | None) -> tuple[list[AreaState], Waived]:
    """States to show, from the figures and the ledger as they are now, and what is waived."""
    if level is not None and level not in level_names():
        raise ActRefused([say("C-LEVEL-NAME", level=level, levels=" ".join(level_names()))])
    place = level_th(level) if level else load_words().columns["area"]
    round_, rules = round_and_rules(year)
    entries = read_entries(settings.ledger)
    on = thai_day(utc_now())
    with session(settings) as connection:
        provinces = None
        if area and area != load_levels()[-1].code:
            provinces = provinces_of(Lake(settings.lake), connection, year, [area])
            if not provinces:
                raise ActRefused([say("C-AREA", level=place, areas=area, year=str(year))])
        situation = load_situation(connection, settings, round_, rules, entries, on, provinces=provinces)
    states = [
        state
        for state in situation.states.values()
        if (level is None or state.area.level == level)
        and (area is None or area in (state.area.area_code, *situation.nodes[state.area].above.values()))
    ]
    return states, situation.waived


def _state_json(state: AreaState) -> dict[str, Any]:
    return {
        **state.area._asdict(),
        "area_name": state.area_name,
        "form_no": state.form_no,
        "state": str(state.state),
        "why": state.why,
        "due_date": state.due_date.isoformat() if state.due_date else None,
        "certificate_id": state.certificate_id,
        "root_sha256": state.root_sha256,
        "blocked_by": list(state.blocked_by),
    }


def _counts(states: Sequence[AreaState]) -> list[dict[str, Any]]:
    """Areas per stream, level and state."""
    counted = Counter((state.area.stream, state.area.level, str(state.state)) for state in states)
    order = {level: place for place, level in enumerate(level_names())}
    rows = sorted(counted.items(), key=lambda row: (row[0][0], order[row[0][1]], row[0][2]))
    return [{"stream": key[0], "level": key[1], "state": key[2], "areas_n": n} for key, n in rows]


def _print_states(states: Sequence[AreaState], waived: Waived, is_whole: bool) -> None:
    """Counts first; then a line per area with its reasons below. Of a whole round only areas not yet certified."""
    console, words = Console(highlight=False, soft_wrap=True), load_words()
    for row in _counts(states):
        console.print(
            f"{level_th(row['level'])} ({row['stream']}) {words.states[row['state']]} {row['areas_n']:,}", markup=False
        )
    shown = [state for state in states if not (is_whole and state.state is State.CERTIFIED)]
    if shown:
        console.print()
    for state in shown:
        place = f"{level_th(state.area.level)} {state.area.area_code} {state.area_name} ({state.area.stream})"
        facts = [words.states[state.state], f"{words.columns['due_date']} {_thai_day(state.due_date)}"]
        facts += [state.certificate_id] if state.certificate_id else []
        console.print(f"{place}  {'  '.join(facts)}", markup=False)
        if ids := waived.get(state.area):
            console.print(f"    {say('W-WAIVED', waivers_n=len(ids), waivers=' '.join(ids))}", markup=False)
        for reason in [*([state.why] if state.why else []), *state.blocked_by]:
            console.print(f"    {reason}", markup=False)


def _thai_day(day: date | None) -> str:
    """dd/mm/yyyy in the Buddhist Era."""
    return date_text(day) if day else "-"
