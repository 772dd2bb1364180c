"""`jpt sample take`: a filled form becomes a result in the ledger, whole or not at all.

Put here: the comparison with the certified answers and the order of writing. Keep out: the form's own rules
(sampling.form), the bounds (sampling.statistics). The certified answers are those of the drawn list: what was corrected
since does not mend a sample.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from fractions import Fraction
from pathlib import Path

from jpt_pipeline.certification.confidence import Standing, bound_text, observed_text, standings
from jpt_pipeline.certification.state import Area
from jpt_pipeline.clock import Clock
from jpt_pipeline.instruments import Instrument, load_instrument
from jpt_pipeline.ledger import Ledger, SampleDraw, SampleResult, only, read_entries, writing
from jpt_pipeline.reinterview.draw import asked_items, demand_of, known_lines
from jpt_pipeline.reinterview.stored import (
    AGREES,
    DIFFERS,
    NOT_REACHED,
    SAMPLES,
    UNUSED,
    examined_by_village,
    read_lines,
    write_lines,
)
from jpt_pipeline.rounds import Round, load_round
from jpt_pipeline.sampling.form import Visit, read_cells, read_visits
from jpt_pipeline.sampling.items import Item, load_questions
from jpt_pipeline.sampling.statistics import Agreement, agreement, cluster_size, design_effect
from jpt_pipeline.sampling.words import Refused, tell, verdict_words
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import private_folder, write_bytes
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session
from jpt_pipeline.vault import read_key


@dataclass(frozen=True)
class Taken:
    """The result of a form, where its area stands with it, how each item agrees; is_new: taken by this call."""

    result: SampleResult
    standing: Standing
    items: dict[str, Agreement]
    titles: dict[str, str]
    remarks: list[str]
    is_new: bool


def take_form(settings: Settings, path: Path, by: str | None, now: Clock) -> Taken:
    """Take a filled form; the same bytes again change nothing, a mended form of the same sample stands for it from then on.

    Raises:
        Refused: with all that stands against the form.
        OSError: it cannot be read. NotSealed, LedgerBroken, LedgerBusy, KeyMissing: see there.
    """
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    questions, key = load_questions(settings.definitions), read_key(settings, "token")
    sample_id = read_cells(content, questions).sample_id
    known = [one for one in only(read_entries(settings.ledger), SampleDraw) if one.sample_id == sample_id]
    if not known:
        raise Refused([tell("RI-SAMPLE", sample="-")])
    draw = known[0]
    round_, instrument = _definitions(settings, draw)
    items = asked_items(settings, instrument)
    lake = Lake(settings.lake)
    part = _part(lake, draw)
    cells = read_cells(content, questions, items)
    visits = read_visits(cells, known_lines(lake, part, draw, key), questions, items)
    measured = {item.key: agreement(_pairs(visits, item)) for item in items}
    titles = {item.key: item.th for item in items}
    with writing(settings.ledger) as ledger:
        before = [r for r in only(ledger.entries, SampleResult) if r.sample_id == sample_id]
        if before and before[-1].file_sha256 == digest:
            return Taken(before[-1], _standing(ledger, draw, round_), measured, titles, cells.remarks, is_new=False)
        _keep(settings, content, digest)
        _write_found(settings, part, draw, visits, items, key)
        result = _result(ledger, lake, part, draw, round_, visits, items, digest, by, now)
        (placed,) = ledger.append([result])
        return Taken(placed, _standing(ledger, draw, round_), measured, titles, cells.remarks, is_new=True)


def agrees(visit: Visit, items: Sequence[Item]) -> bool:
    """Whether every critical item that has a certified answer was answered the same again."""
    critical = [item.key for item in items if item.is_critical and item.key in visit.line.answers]
    return all(visit.answers.get(key) == visit.line.answers[key] for key in critical)


def _definitions(settings: Settings, draw: SampleDraw) -> tuple[Round, Instrument]:
    round_ = load_round(draw.survey_year, settings.definitions)
    return round_, load_instrument(round_.instrument, settings.definitions)


def _part(lake: Lake, draw: SampleDraw) -> Part:
    """The province in whose table the list lies. Raises Refused when none has it; NotSealed."""
    for part in lake.parts(SAMPLES, draw.survey_year):
        if read_lines(lake, part, draw.sample_id):
            return part
    raise Refused([tell("RI-LIST", sample=draw.sample_id)])


def _pairs(visits: Sequence[Visit], item: Item) -> list[tuple[int, int]]:
    """(certified, second) answers of an item of the households that have both."""
    return [
        (visit.line.answers[item.key], visit.answers[item.key])
        for visit in visits
        if item.key in visit.line.answers and item.key in visit.answers
    ]


def _keep(settings: Settings, content: bytes, digest: str) -> None:
    """The form as it came, under its digest, for its owner alone: it names houses."""
    folder = settings.landing / "samples"
    if not folder.exists():
        private_folder(folder)
    write_bytes(folder / digest, content)


def _write_found(
    settings: Settings, part: Part, draw: SampleDraw, visits: Sequence[Visit], items: Sequence[Item], key: bytes
) -> None:
    """Note in the lake what became of each household of the list."""
    lake = Lake(settings.lake)
    lines = known_lines(lake, part, draw, key)
    found = dict.fromkeys((line.draw_no for line in lines), UNUSED)
    for visit in visits:
        reached = AGREES if agrees(visit, items) else DIFFERS
        found[visit.line.draw_no] = reached if visit.is_reached else NOT_REACHED
    with session(settings) as connection:
        write_lines(connection, lake, part, draw.stream, draw.sample_id, lines, found)


def _standing(ledger: Ledger, draw: SampleDraw, round_: Round) -> Standing:
    """Where the area stands by all samples of the root that this one was drawn from."""
    area = Area(draw.stream, draw.level, draw.area_code)
    samples = [entry for entry in ledger.entries if isinstance(entry, SampleDraw | SampleResult)]
    return standings(samples, draw.survey_year, {area: draw.root_sha256}, demand_of(round_))[area]


def _result(
    ledger: Ledger,
    lake: Lake,
    part: Part,
    draw: SampleDraw,
    round_: Round,
    visits: Sequence[Visit],
    items: Sequence[Item],
    digest: str,
    by: str | None,
    now: Clock,
) -> SampleResult:
    """The entry: counts of this sample; design effect, readings and verdict over all samples of its root."""
    demand = demand_of(round_)
    reached = [visit for visit in visits if visit.is_reached]
    same_root = [one.sample_id for one in only(ledger.entries, SampleDraw) if one.root_sha256 == draw.root_sha256]
    clusters = examined_by_village(lake, part, same_root).values()
    entry = SampleResult(
        at=now().astimezone(UTC),
        action="sample-result",
        seq=len(ledger.entries) + 1,
        survey_year=draw.survey_year,
        stream=draw.stream,
        level=draw.level,
        area_code=draw.area_code,
        sample_id=draw.sample_id,
        root_sha256=draw.root_sha256,
        file_sha256=digest,
        examined_n=len(reached),
        agreed_n=sum(agrees(visit, items) for visit in reached),
        not_reached_n=len(visits) - len(reached),
        replaced_n=sum(visit.line.is_replacement for visit in visits),
        design_effect=str(design_effect(cluster_size(clusters), demand.icc_share)),
        observed="",
        lower_bound="",
        further_n=0,
        differing={item.key: sum(a != b for a, b in _pairs(reached, item)) for item in items},
        verdict="",
        by=by,
    )
    area = Area(draw.stream, draw.level, draw.area_code)
    samples = [one for one in ledger.entries if isinstance(one, SampleDraw | SampleResult)]
    standing = standings([*samples, entry], draw.survey_year, {area: draw.root_sha256}, demand)[area]
    verdict = standing.verdict
    return entry.model_copy(
        update={
            "observed": observed_text(verdict.observed if verdict else None),
            "lower_bound": bound_text(verdict.lower_bound if verdict else Fraction(0)),
            "further_n": verdict.more_n if verdict else 0,
            "verdict": verdict_words(verdict),
        }
    )
