"""`jpt sample draw`: a sample of an area's households from its present root, when all required areas below are certified.

Put here: when a sample may be drawn, and the order of writing. Keep out: how many and which (sampling.plan), the form.
A root has one beacon: whoever could try several would choose the sample. While no form came back the same list is given
out again; an undecided result is followed by as many further households as it lacks, from the same order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date

import duckdb

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.confidence import Standing, standings
from jpt_pipeline.certification.messages import level_th
from jpt_pipeline.certification.offence import Rules
from jpt_pipeline.certification.situation import Situation, load_situation, provinces_of
from jpt_pipeline.certification.state import Area, State, required_below
from jpt_pipeline.clock import Clock, thai_day
from jpt_pipeline.instruments import Instrument
from jpt_pipeline.ledger import Entry, SampleDraw, SampleResult, only, writing
from jpt_pipeline.reinterview.households import is_current, open_households, units_of, with_answers
from jpt_pipeline.reinterview.stored import list_digest, read_lines, write_lines
from jpt_pipeline.rounds import Round
from jpt_pipeline.rounds.models import Confidence
from jpt_pipeline.sampling.form import Line
from jpt_pipeline.sampling.items import Item, items_of, load_questions
from jpt_pipeline.sampling.plan import Plan, Unit, draw, make_plan, seed_of
from jpt_pipeline.sampling.words import Refused, tell, verdict_words
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session
from jpt_pipeline.vault import read_key


@dataclass(frozen=True)
class Sample:
    """A drawn sample: its entry in the ledger, its province, its list, what is asked; is_new: drawn by this call."""

    entry: SampleDraw
    part: Part
    lines: list[Line]
    items: list[Item]
    is_new: bool


def demand_of(round_: Round) -> Confidence:
    """The confidence that a round asks for. Raises Refused when it asks for none."""
    if round_.quality is None or round_.quality.confidence is None:
        raise Refused([tell("RI-DEMAND", year=round_.survey_year)])
    return round_.quality.confidence


def asked_items(settings: Settings, instrument: Instrument) -> list[Item]:
    """What a form asks. Raises Refused when nothing is chosen for the instrument."""
    questions = load_questions(settings.definitions)
    if instrument.id not in questions.indicators:
        raise Refused([tell("RI-ITEMS", instrument=instrument.id)])
    return items_of(questions, instrument.id, {i.number: i.name_th for i in instrument.indicators})


def draw_sample(
    settings: Settings,
    round_: Round,
    instrument: Instrument,
    rules: Rules,
    area: Area,
    beacon: str | None,
    by: str | None,
    now: Clock,
) -> Sample:
    """Draw a sample of an area, or give the list that was drawn of its present root.

    Raises:
        Refused: the round does not ask for confidence, the area may not be sampled, the figures moved, another beacon, or
            the present root has its verdict.
        NoFigures, NotSealed, LedgerBroken, LedgerBusy, KeyMissing: see there.
    """
    demand, items, key = demand_of(round_), asked_items(settings, instrument), read_key(settings, "token")
    at, lake = now(), Lake(settings.lake)
    on = thai_day(at)
    _check_level(round_, area, on)
    with writing(settings.ledger) as ledger, session(settings) as connection:
        situation = _situation(connection, settings, round_, rules, ledger.entries, area, on)
        part, root = Part(round_.survey_year, situation.part_of[area]), situation.nodes[area].root_sha256
        mine = [one for one in only(ledger.entries, SampleDraw) if _is_of(one, round_, area)]
        before = [one for one in mine if one.root_sha256 == root]
        samples = [entry for entry in ledger.entries if isinstance(entry, SampleDraw | SampleResult)]
        standing = standings(samples, round_.survey_year, {area: root}, demand)[area]
        if (waiting := _waiting(samples, before, beacon, standing)) is not None:
            return Sample(waiting, part, known_lines(lake, part, waiting, key), items, is_new=False)
        chosen = before[0].beacon if before else beacon or ""
        units, taken = _units(connection, lake, part, situation, area), _taken(lake, part, before)
        plan = _plan(units, demand, standing)
        questions = load_questions(settings.definitions)
        left = [unit for unit in units if (unit.village_code, unit.household_id) not in taken]
        size = min(plan.size, len(left))
        drawn = draw(left, seed_of(root, chosen), size, plan.per_village, questions.replacements_percent)
        lines = with_answers(connection, instrument, questions, items, area.stream, drawn)
        sample_id = f"{round_.survey_year}-{area.stream}-{area.level}-{area.area_code}-s{len(mine) + 1}"
        write_lines(connection, lake, part, area.stream, sample_id, lines)
        entry = SampleDraw(
            at=at.astimezone(UTC),
            action="sample-draw",
            survey_year=round_.survey_year,
            **area._asdict(),
            sample_id=sample_id,
            root_sha256=root,
            beacon=chosen,
            households_n=plan.lot,
            size_n=size,
            allowed_n=plan.allowed,
            village_max_n=plan.per_village,
            replacements_n=len(lines) - size,
            list_sha256=list_digest(key, sample_id, lines),
            by=by,
        )
        (placed,) = ledger.append([entry])
    return Sample(placed, part, lines, items, is_new=True)


def _check_level(round_: Round, area: Area, on: date) -> None:
    """Raises Refused unless the level certifies in the stream on the date, and lies inside a province."""
    is_known = area.stream in {stream.key for stream in round_.streams}
    chain = [level.level for level in round_.chain(area.stream, on)] if is_known else []
    levels = [level.level for level in load_levels() if level.column and level.level in chain]
    if area.level not in levels:
        told = {"level": area.level, "year": round_.survey_year, "levels": " ".join(levels) or "-"}
        raise Refused([tell("RI-LEVEL", **told)])


def _situation(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    round_: Round,
    rules: Rules,
    entries: Sequence[Entry],
    area: Area,
    on: date,
) -> Situation:
    """The area's province now. Raises Refused: no such area, or a required area below is not certified."""
    provinces = provinces_of(Lake(settings.lake), connection, round_.survey_year, [area.area_code])
    place = {"level": level_th(area.level), "area": area.area_code, "stream": area.stream}
    unknown = Refused([tell("RI-AREA", **place, year=round_.survey_year)])
    if not provinces:
        raise unknown
    situation = load_situation(connection, settings, round_, rules, entries, on, provinces=provinces, gated=set())
    if area not in situation.nodes:
        raise unknown
    below = required_below(round_, area.stream, area.level, on)
    open_ = [
        node.area.area_code
        for node in situation.nodes.values()
        if (node.area.stream, node.area.level) == (area.stream, below)
        and node.above.get(area.level) == area.area_code
        and situation.states[node.area].state is not State.CERTIFIED
    ]
    if open_:
        raise Refused([tell("RI-CHILDREN", **place, areas_n=f"{len(open_):,}", example=min(open_))])
    return situation


def _units(
    connection: duckdb.DuckDBPyConnection, lake: Lake, part: Part, situation: Situation, area: Area
) -> list[Unit]:
    """The area's households. Raises Refused: it has none, or the figures were not added up from those in the lake."""
    if not is_current(lake, part):
        raise Refused([tell("RI-MOVED", year=part.survey_year, province=part.province_code)])
    open_households(connection, lake, part)
    units = units_of(connection, situation.relations, area)
    if not units:
        raise Refused([tell("RI-EMPTY", level=level_th(area.level), area=area.area_code, stream=area.stream)])
    return units


def _taken(lake: Lake, part: Part, before: Sequence[SampleDraw]) -> set[tuple[str, str]]:
    """Households of earlier samples, their replacements too."""
    lines = [line for one in before for line in read_lines(lake, part, one.sample_id)]
    return {(line.village_code, line.household_id) for line in lines}


def known_lines(lake: Lake, part: Part, entry: SampleDraw, key: bytes) -> list[Line]:
    """The list of a sample as it was drawn. Raises Refused when another one lies in the lake; NotSealed."""
    lines = read_lines(lake, part, entry.sample_id)
    if list_digest(key, entry.sample_id, lines) != entry.list_sha256:
        raise Refused([tell("RI-LIST", sample=entry.sample_id)])
    return lines


def _is_of(entry: SampleDraw, round_: Round, area: Area) -> bool:
    return (entry.survey_year, entry.stream, entry.level, entry.area_code) == (round_.survey_year, *area)


def _waiting(
    samples: Sequence[SampleDraw | SampleResult], before: Sequence[SampleDraw], beacon: str | None, standing: Standing
) -> SampleDraw | None:
    """The sample whose form has not come back; None when there is none and another may be drawn."""
    if not before:
        return None
    if beacon is not None and beacon != before[0].beacon:
        raise Refused([tell("RI-BEACON", sample=before[0].sample_id)])
    done = {result.sample_id for result in only(samples, SampleResult)}
    if open_ := [one for one in before if one.sample_id not in done]:
        return open_[-1]
    if standing.verdict is not None and standing.verdict.outcome != "undecided":
        raise Refused([tell("RI-DONE", verdict=verdict_words(standing.verdict))])
    return None


def _plan(units: Sequence[Unit], demand: Confidence, standing: Standing) -> Plan:
    """The round's plan; after an undecided result the further households that it lacks."""
    plan = make_plan(units, demand)
    if standing.verdict is None:
        return plan
    return Plan(standing.verdict.more_n, 0, plan.per_village, plan.lot)
