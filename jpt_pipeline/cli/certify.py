"""`jpt present|certify|return|revoke` and `jpt status`: certification from the command line.

Put here: options, words on the screen, exit codes. Keep out: what is allowed (certification/acts.py).
`certify_commands(refresh)` makes the commands: refresh runs the stage's assets again for the provinces touched.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification import acts
from jpt_pipeline.certification.acts import ActRefused, Outcome, Request
from jpt_pipeline.certification.gates import Rules
from jpt_pipeline.certification.messages import level_th, load_words, say
from jpt_pipeline.certification.relations import level_names
from jpt_pipeline.certification.situation import NoFigures, gate_rules, load_situation, provinces_of
from jpt_pipeline.certification.state import THAI_TIME, AreaState, State
from jpt_pipeline.cli.screen import say_json
from jpt_pipeline.codes import load_codes
from jpt_pipeline.instruments import InstrumentError, load_instrument
from jpt_pipeline.ledger import Committee, LedgerBroken, LedgerBusy, read_entries
from jpt_pipeline.rounds import Round, UnknownRound, load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake
from jpt_pipeline.store.session import session

Refresh = Callable[[Settings, int, Sequence[str]], None]
"""(settings, survey year, province codes) -> None: make certification__state and certified__* of these parts again."""

FIRST_BE = 2400
"""A year from here on is of the Buddhist Era."""

_TOLD = (ActRefused, NoFigures, LedgerBroken, LedgerBusy, UnknownRound)
"""What is told to the person in Thai; anything else is a fault of the program."""

Year = Annotated[int, typer.Option("--year", help="ปีสำรวจ (พ.ศ.)")]
Level = Annotated[str, typer.Option("--level", help="ระดับ: village tambon lao district province nation")]
Areas = Annotated[list[str] | None, typer.Option("--area", help="รหัสพื้นที่ ระบุซ้ำได้")]
Whole = Annotated[bool, typer.Option("--all", help="ทุกพื้นที่ของระดับนี้ที่ทำได้")]
Streams = Annotated[list[str] | None, typer.Option("--stream", help="สายข้อมูล jpt หรือ basic (ไม่ระบุ = ทุกสายของรอบ)")]
OrderNo = Annotated[str | None, typer.Option("--order-no", help="เลขที่คำสั่งแต่งตั้งคณะทำงาน")]
Members = Annotated[int | None, typer.Option("--members", min=0, help="จำนวนคณะทำงานตามคำสั่ง")]
PresentN = Annotated[int | None, typer.Option("--present-n", min=0, help="จำนวนผู้เข้าประชุม")]
MeetingDate = Annotated[str | None, typer.Option("--meeting-date", help="วันประชุม 2018-03-20 หรือ 20/03/2561")]
Place = Annotated[str | None, typer.Option("--place", help="สถานที่ประชุม")]
By = Annotated[str | None, typer.Option("--by", help="ผู้บันทึกคำสั่งนี้")]
Reason = Annotated[str | None, typer.Option("--reason", help="เหตุผล")]
Json = Annotated[bool, typer.Option("--json", help="แสดงผลเป็น JSON")]


HELP = {
    "present": """เสนอข้อมูลของพื้นที่ต่อคณะทำงาน (ต้องไม่มีเหตุติดขัด)

    ตัวอย่าง: jpt present --year 2561 --level district --area 3801 --by "พัฒนาการอำเภอ"
    """,
    "certify": """บันทึกคำรับรองของคณะทำงาน สำหรับพื้นที่ที่เสนอแล้วและตัวเลขยังเหมือนเดิม

    ตัวอย่าง: jpt certify --year 2561 --level lao --all --order-no 12/2560 --members 20 --present-n 15
    --meeting-date 15/03/2561 --place "ที่ว่าการอำเภอ"
    """,
    "return": """ส่งพื้นที่กลับไปยังระดับล่างเพื่อตรวจแก้ พร้อมเหตุผล

    ตัวอย่าง: jpt return --year 2561 --level district --area 3801 --reason "รายได้หมู่ 3 ไม่ตรงกับแบบสอบถาม"
    """,
    "revoke": """เพิกถอนคำรับรองของพื้นที่ พร้อมเหตุผล (คำรับรองของระดับบนใช้ไม่ได้ตามไปด้วย)

    ตัวอย่าง: jpt revoke --year 2561 --level district --area 3801 --reason "ประชุมไม่ครบองค์"
    """,
}
ACTS = {"present": acts.present, "certify": acts.certify, "return": acts.return_, "revoke": acts.revoke}


def certify_commands(refresh: Refresh) -> dict[str, Callable[..., None]]:
    """The commands by name, for typer. Each ends 0 only when all that was asked is done."""
    return {**{action: _act_command(action, refresh) for action in ACTS}, "status": status_command}


def _act_command(action: str, refresh: Refresh) -> Callable[..., None]:
    """The command of one act; all four take the same options, acts.py says what each needs."""

    def command(
        year: Year,
        level: Level,
        area: Areas = None,
        whole: Whole = False,
        stream: Streams = None,
        order_no: OrderNo = None,
        members: Members = None,
        present_n: PresentN = None,
        meeting_date: MeetingDate = None,
        place: Place = None,
        by: By = None,
        reason: Reason = None,
        json: Json = False,
    ) -> None:
        try:
            if whole == bool(area):
                raise ActRefused([say("C-CHOICE")])
            committee = Committee(
                order_no=order_no,
                members_n=members,
                present_n=present_n,
                meeting_date=_date(meeting_date) if meeting_date else None,
                place=place,
                by=by,
            )
            request = Request(level, None if whole else tuple(area or ()), tuple(stream or ()), reason, committee)
            outcome = _act(action, refresh, year, request)
        except _TOLD as error:
            _refuse(_reasons(error, year), json)
        say_json(_outcome_json(action, outcome)) if json else _print_outcome(action, outcome)
        if not outcome.is_complete:
            raise typer.Exit(1)

    command.__doc__ = HELP[action]
    command.__name__ = f"{action}_command"
    return command


def _act(action: str, refresh: Refresh, year: int, request: Request) -> Outcome:
    """Do an act, then make the tables of the provinces touched again."""
    settings = Settings()
    round_, rules = _round(year)
    outcome = ACTS[action](settings, round_, rules, request)
    if outcome.acts:
        refresh(settings, year, outcome.provinces)
    return outcome


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
        states = _states(Settings(), year, level, area)
    except _TOLD as error:
        _refuse(_reasons(error, year), json)
    if json:
        say_json({"survey_year": year, "counts": _counts(states), "areas": [_state_json(state) for state in states]})
    else:
        _print_states(states, is_whole=level is None and area is None)


def _states(settings: Settings, year: int, level: str | None, area: str | None) -> list[AreaState]:
    """States to show, from the figures and the ledger as they are now."""
    if level is not None and level not in level_names():
        raise ActRefused([say("C-LEVEL-NAME", level=level, levels=" ".join(level_names()))])
    place = level_th(level) if level else load_words().columns["area"]
    round_, rules = _round(year)
    entries = read_entries(settings.ledger)
    on = acts.utc_now().astimezone(THAI_TIME).date()
    with session(settings) as connection:
        provinces = None
        if area and area != load_levels()[-1].code:
            provinces = provinces_of(Lake(settings.lake), connection, year, [area])
            if not provinces:
                raise ActRefused([say("C-AREA", level=place, areas=area, year=str(year))])
        situation = load_situation(connection, settings, round_, rules, entries, on, provinces=provinces)
    return [
        state
        for state in situation.states.values()
        if (level is None or state.area.level == level)
        and (area is None or area in (state.area.area_code, *situation.nodes[state.area].above.values()))
    ]


def _round(year: int) -> tuple[Round, Rules]:
    """The round and what its gates need to know. Raises UnknownRound; ActRefused without a usable instrument."""
    round_ = load_round(year)
    try:
        instrument = load_instrument(round_.instrument)
    except InstrumentError as error:
        raise ActRefused([say("C-INSTRUMENT", year=str(year), instrument=round_.instrument)]) from error
    return round_, gate_rules(round_, instrument, load_codes())


def _date(text: str) -> date:
    """A date as 2018-03-20, or as 20/03/2561 with the year in the Buddhist Era (CE + 543)."""
    iso, thai = re.fullmatch(r"(\d{4})-(\d\d?)-(\d\d?)", text), re.fullmatch(r"(\d\d?)/(\d\d?)/(\d{4})", text)
    try:
        if iso and int(iso[1]) < FIRST_BE:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if thai and int(thai[3]) >= FIRST_BE:
            return date(int(thai[3]) - 543, int(thai[2]), int(thai[1]))
    except ValueError as error:
        raise ActRefused([say("C-DATE", text=text)]) from error
    raise ActRefused([say("C-DATE", text=text)])


def _reasons(error: Exception, year: int) -> list[str]:
    """Thai sentences for an error, each with its code."""
    if isinstance(error, ActRefused | NoFigures):
        return list(error.reasons)
    if isinstance(error, LedgerBroken):
        return [say("C-LEDGER", file=error.file, what=error.what)]
    if isinstance(error, LedgerBusy):
        return [say("C-BUSY")]
    return [say("C-YEAR", year=str(year))]


def _refuse(reasons: list[str], json: bool) -> NoReturn:
    """Tell why nothing was done, and end 1."""
    if json:
        refusals = [dict(zip(("code", "th"), reason.split(" ", 1), strict=False)) for reason in reasons]
        say_json({"refused": refusals})
    else:
        console = Console(stderr=True, highlight=False)
        for reason in reasons:
            console.print(reason, markup=False, soft_wrap=True)
    raise typer.Exit(1)


def _outcome_json(action: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "action": action,
        "done": [act.model_dump(mode="json", by_alias=True) for act in outcome.acts],
        "done_before": [area._asdict() for area in outcome.done_before],
        "left_out": outcome.left_out,
    }


def _print_outcome(action: str, outcome: Outcome) -> None:
    console, words = Console(highlight=False), load_words()
    for act in outcome.acts:
        number = f" {act.certificate_id}" if act.certificate_id else ""
        place = f"{level_th(act.level)} {act.area_code} ({act.stream})"
        console.print(f"{words.actions[action]} {place}{number}", markup=False, soft_wrap=True)
    for reason in outcome.left_out:
        console.print(reason, markup=False, soft_wrap=True)
    console.print(
        say("D-SUMMARY", action=words.actions[action], done_n=len(outcome.acts), before_n=len(outcome.done_before),
            left_n=len(outcome.left_out)), markup=False, soft_wrap=True,
    )  # fmt: skip


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


def _print_states(states: Sequence[AreaState], is_whole: bool) -> None:
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
        for reason in [*([state.why] if state.why else []), *state.blocked_by]:
            console.print(f"    {reason}", markup=False)


def _thai_day(day: date | None) -> str:
    """dd/mm/yyyy in the Buddhist Era."""
    return f"{day.day:02d}/{day.month:02d}/{day.year + 543}" if day else "-"
