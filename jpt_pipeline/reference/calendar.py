"""The rounds as a page: chain, forms, due dates, gates, amendments; what no source gives stands as unknown."""

from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path

from jpt_pipeline.certification.gates import CHILDREN_CERTIFIED, GATES
from jpt_pipeline.reference.markdown import bullets, code, page, table
from jpt_pipeline.rounds import Amendment, ChainLevel, Round, Stream, known_rounds, load_round
from jpt_pipeline.rounds.chain import Window

UNKNOWN = "*unknown*"
_CHILDREN_TEXT = "Every area one level down in the chain is certified on its present figures."


def rounds_page(definitions: Path, available: Collection[str]) -> str:
    gates = [(code(name), (gate.__doc__ or "").splitlines()[0]) for name, gate in GATES.items()]
    rounds = [load_round(year, definitions) for year in known_rounds(definitions)]
    overview = [
        (
            f"[{r.survey_year}](#round-{r.survey_year})",
            _instrument_of(r, available),
            ", ".join(s.key for s in r.streams),
        )
        for r in rounds
    ]
    intro = [
        "Years are of the Buddhist Era (CE + 543), dates of the Common Era. Basis of a statement: *letter* (read in a "
        "letter of the round), *confirmed* (elsewhere), *inferred*, *project* (a rule of this project, not of an "
        f"office), *unknown*. What no source gives stands as {UNKNOWN}, and is never filled in.",
        table(["Round", "Instrument", "Streams"], overview),
        "## Gates",
        "What must hold before a committee may be presented with an area, and again before it may certify.",
        table(["Gate", "Meaning"], [*gates, (code(CHILDREN_CERTIFIED), _CHILDREN_TEXT)]),
    ]
    return page("Rounds (รอบสำรวจ)", "`data/rounds/*.yaml`", intro, *(_round(r, available) for r in rounds))


def _instrument_of(round_: Round, available: Collection[str]) -> str:
    name = round_.instrument
    if name in available:
        return f"[{name}](indicators_{name}.md) ({round_.instrument_basis})"
    return f"{name} ({round_.instrument_basis}); **no definition file yet: this round cannot be run**"


def _round(round_: Round, available: Collection[str]) -> Iterable[str]:
    yield f"## Round {round_.survey_year}"
    yield round_.title_th
    facts = [
        f"Instrument: {_instrument_of(round_, available)}",
        f"Collecting: {_window(round_.collecting)}",
        f"Provinces: {len(round_.provinces_expected)}; excluded: {', '.join(round_.excluded_provinces) or '-'}",
        f"Progress reports: {_progress(round_)}",
        *_plan(round_),
        *(f"Source: {s.no_th or '-'} {s.from_th}: {s.subject_th}" for s in round_.sources),
    ]
    yield bullets(facts)
    for stream in round_.streams:
        yield from _stream(stream)
    for amendment in round_.amendments:
        yield from _amendment(amendment)
    if round_.duties:
        yield "### Other dated duties"
        yield table(
            ["Duty", "By", "Stream", "When"], [(d.th, d.by, d.stream, _window(d.window)) for d in round_.duties]
        )
    yield "### Reports that the round asks for"
    yield table(["Report", "Stream", "Basis"], [(r.th, r.stream, r.basis) for r in round_.reports])


def _stream(stream: Stream) -> Iterable[str]:
    yield f"### Stream {stream.key} ({stream.name_th}), basis {stream.basis}"
    if stream.covers_th:
        yield stream.covers_th
    head = ["Level", "Form (แบบคำรับรองหมายเลข)", "Due", "Committee", "Quorum", "Gates"]
    yield table(head, [_chain_row(level) for level in stream.chain])


def _chain_row(level: ChainLevel) -> tuple[str, ...]:
    basis = level.basis
    return (
        f"{level.level} ({basis.level})",
        _known(level.form_no, basis.form_no),
        _known(_day(level.due_date, level.due_th), basis.due_date),
        _known(level.committee_th, basis.committee),
        f"{level.quorum_percent} % ({basis.quorum}){', the committee is named' if level.committee_required else ''}",
        f"{', '.join(level.gates)} ({basis.gates})",
    )


def _amendment(amendment: Amendment) -> Iterable[str]:
    yield f"### Amendment in force from {amendment.effective}, stream {amendment.stream} (basis {amendment.basis})"
    yield f"{amendment.th}. A certificate given before that day stays valid."
    if amendment.steps_th:
        yield bullets(amendment.steps_th)
    rows = [
        (
            level,
            {None: "", True: "certifies", False: "**does not certify any more**"}[change.required]
            + ("; its team still checks first" if change.first_check else ""),
            _window(change.window) if change.window else "",
            ", ".join(change.gates or []),
        )
        for level, change in amendment.changes.items()
    ]
    yield table(["Level", "Certifies", "Window", "Gates from then on"], rows)


def _progress(round_: Round) -> str:
    progress = round_.progress
    if progress.rhythm == "unknown":
        return UNKNOWN
    stream = f", stream {progress.stream}" if progress.stream else ""
    duties = f"; also by the last day of {', '.join(map(code, progress.duties))}" if progress.duties else ""
    return f"{progress.rhythm}{stream} ({progress.basis}): {progress.th or '-'}{duties}"


def _plan(round_: Round) -> Iterable[str]:
    """The plan's curve of progress where the round has one of its own beside the collecting window."""
    if plan := round_.progress.plan:
        yield f"Plan of collecting: {plan.first} to {plan.last} ({plan.basis}): {plan.th}"


def _window(window: Window) -> str:
    if window.first is None and window.last is None:
        return UNKNOWN
    return f"{window.first or '…'} to {window.last or '…'} ({window.basis}): {window.th or '-'}"


def _day(day: date | None, th: str | None) -> str | None:
    return f"{day.isoformat()} {th or ''}".strip() if day else None


def _known(value: str | None, basis: str) -> str:
    return UNKNOWN if value is None else f"{value} ({basis})"
