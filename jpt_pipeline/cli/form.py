"""`jpt form`: certification forms (แบบคำรับรอง) as paper for committees.

Put here: which areas are printed, where the files go, words on the screen. Keep out: what a form shows
(certification/figures.py), how it looks (reports/forms).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.figures import Source, area_figures
from jpt_pipeline.certification.kept import NotKept
from jpt_pipeline.certification.messages import level_th, say
from jpt_pipeline.certification.relations import level_names
from jpt_pipeline.certification.request import ActRefused
from jpt_pipeline.certification.shown import AreaFigures
from jpt_pipeline.certification.situation import load_situation, provinces_of
from jpt_pipeline.certification.state import Area
from jpt_pipeline.cli.acting import TOLD_ACTS, day_of, reasons_of, refuse_act, round_and_rules
from jpt_pipeline.cli.certify import Areas, Level, MeetingDate, Members, OrderNo, Place, PresentN, Streams, Whole
from jpt_pipeline.cli.screen import Json, Year, console, progress, say_json
from jpt_pipeline.clock import thai_day, utc_now
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.ledger import Act, Committee, only, read_entries
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import write_bytes
from jpt_pipeline.store.lake import Lake
from jpt_pipeline.store.session import session

TOGETHER = 200  # areas whose figures are read at a time
Out = Annotated[Path, typer.Option("--out", help="โฟลเดอร์ปลายทาง")]
Maker = Callable[[AreaFigures, Committee], bytes]


def form_command(
    year: Year,
    level: Level,
    out: Out,
    area: Areas = None,
    whole: Whole = False,
    stream: Streams = None,
    order_no: OrderNo = None,
    members: Members = None,
    present_n: PresentN = None,
    meeting_date: MeetingDate = None,
    place: Place = None,
    json_output: Json = False,
) -> None:
    """พิมพ์แบบคำรับรองให้คณะทำงานลงนาม / print the certification forms that committees sign, as PDF.

    A form shows the figures that are certified, and carries their mark: sign it on paper, scan it, and give the scan to
    `jpt certify --form`. What is not known of the meeting is left to be written in. An area that is not presented gives
    a draft without QR code.

    Examples:

        jpt form --year 2561 --level district --area 3801 --out forms

        jpt form --year 2561 --level lao --all --meeting-date 15/03/2561 --place "ที่ว่าการอำเภอ" --out forms
    """
    from jpt_pipeline.definitions import TemplateBroken, certification_form

    try:
        if whole == bool(area):
            raise ActRefused([say("C-CHOICE")])
        if level not in level_names():
            raise ActRefused([say("C-LEVEL-NAME", level=level, levels=" ".join(level_names()))])
        given = {
            "order_no": order_no,
            "members_n": members,
            "present_n": present_n,
            "meeting_date": day_of(meeting_date) if meeting_date else None,
            "place": place,
        }
        known = {name: value for name, value in given.items() if value is not None}
        with _asked(Settings(), year, level, area, stream) as (areas_n, figures), progress(quiet=json_output) as bar:
            task = bar.add_task("แบบคำรับรอง", total=areas_n)
            done = []
            for facts in figures:
                done.append(_write(certification_form, facts, known, out))
                bar.advance(task)
    except (NotKept, TemplateBroken) as error:
        told = error.reason if isinstance(error, NotKept) else say("C-TEMPLATE", what=str(error))
        refuse_act([told], json_output)
    except TOLD_ACTS as error:
        refuse_act(reasons_of(error, year), json_output)
    if json_output:
        say_json({"ok": True, "forms": done})
    else:
        _show(done)


@contextmanager
def _asked(
    settings: Settings, year: int, level: str, codes: list[str] | None, streams: list[str] | None
) -> Iterator[tuple[int, Iterator[AreaFigures]]]:
    """The number of areas that are asked for, and their figures one after another, while the session is open.

    Raises:
        ActRefused: an unknown stream; a named area, or all of the level, that the round does not certify.
        NoFigures, LedgerBroken: see load_situation and read_entries.
    """
    round_, rules = round_and_rules(year)
    keys = [stream.key for stream in round_.streams if not streams or stream.key in streams]
    if unknown := sorted(set(streams or ()) - set(keys)):
        raise ActRefused([say("C-STREAM", year=str(year), stream=unknown[0])])
    entries = read_entries(settings.ledger)
    on: date = thai_day(utc_now())
    with session(settings) as connection:
        provinces = None
        if codes and level != load_levels()[-1].level:
            provinces = provinces_of(Lake(settings.lake), connection, year, codes)
            if not provinces:
                raise ActRefused([say("C-AREA", level=level_th(level), areas=" ".join(codes), year=str(year))])
        situation = load_situation(connection, settings, round_, rules, entries, on, provinces=provinces, gated={level})
        chosen = [known for known in situation.states if known.level == level and known.stream in keys]
        chosen = [known for known in chosen if not codes or known.area_code in codes]
        if absent := sorted(set(codes or ()) - {known.area_code for known in chosen}):
            raise ActRefused([say("C-AREA", level=level_th(level), areas=" ".join(absent), year=str(year))])
        if not chosen:
            raise ActRefused([say("C-NOFORM", level=level_th(level), year=str(year))])
        instrument = load_instrument(round_.instrument, settings.definitions)
        source = Source(settings, connection, situation, round_, instrument, only(entries, Act), on)
        yield len(chosen), _figures(source, sorted(chosen))


def _figures(source: Source, areas: list[Area]) -> Iterator[AreaFigures]:
    """The figures of areas of one level, some at a time."""
    for _, group in groupby(areas, key=lambda area: area.stream):
        together = list(group)
        for start in range(0, len(together), TOGETHER):
            yield from area_figures(source, together[start : start + TOGETHER])


def _write(make: Maker, facts: AreaFigures, known: dict[str, Any], out: Path) -> dict[str, Any]:
    """One form into the folder, and what is said of it."""
    area = facts.place
    path = out / f"form_{facts.survey_year}_{facts.stream}_{area.level}_{area.area_code}.pdf"
    pdf = make(facts, facts.committee.model_copy(update=known))
    write_bytes(path, pdf)
    return {
        "path": str(path),
        "stream": facts.stream,
        "level": area.level,
        "area_code": area.area_code,
        "form_no": facts.form_no,
        "state": facts.state,
        "is_draft": facts.is_draft,
        "root_sha256": facts.root_sha256,
        "mark": None if facts.is_draft else facts.mark.to_text(),
    }


def _show(done: list[dict[str, Any]]) -> None:
    out = console()
    for form in done:
        draft = " [yellow](ฉบับร่าง)[/]" if form["is_draft"] else ""
        out.print(f"[green]ทำแล้ว[/] {form['path']}{draft}")
    drafts_n = sum(form["is_draft"] for form in done)
    out.print(say("D-FORMS", forms_n=len(done), drafts_n=drafts_n), markup=False)
