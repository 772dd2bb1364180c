"""`jpt issues` and `jpt waive`: findings that last over runs, and what people decide about them.

Put here: options, words on the screen, exit codes. Keep out: what may be waived (certification/waive.py).
`issue_commands(refresh)` makes the commands: refresh runs the stage's assets again for the provinces touched. Shown are ids
of findings and village codes, never a house.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import typer

from jpt_pipeline.certification.messages import level_th, load_words, say
from jpt_pipeline.certification.relations import level_names
from jpt_pipeline.certification.request import ActRefused
from jpt_pipeline.certification.waive import Waived, WaiverRequest, unwaive, waive
from jpt_pipeline.cli.acting import TOLD_ACTS, day_of, reasons_of, refuse_act, round_and_rules
from jpt_pipeline.cli.screen import Json, Year, console, say_json
from jpt_pipeline.clock import date_text, thai_day, utc_now
from jpt_pipeline.issues.listing import Choice, Issue, Listing, ShownWaiver, areas_around, list_issues, list_waivers
from jpt_pipeline.issues.states import STANDING, STATUSES
from jpt_pipeline.ledger import Waiver, read_entries
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake
from jpt_pipeline.store.session import session

Refresh = Callable[[Settings, int, Sequence[str]], None]
"""(settings, survey year, province codes) -> None: make the tables of these parts, and the nation's, again."""

Level = Annotated[str | None, typer.Option("--level", help="ระดับ: village tambon lao district province nation")]
AreaCode = Annotated[str | None, typer.Option("--area", help="รหัสพื้นที่")]
Streams = Annotated[list[str] | None, typer.Option("--stream", help="สายข้อมูล jpt หรือ basic (ไม่ระบุ = ทุกสายของรอบ)")]


def issue_commands(refresh: Refresh) -> dict[str, Callable[..., None]]:
    """The commands by name, for typer. Each ends 0 only when all that was asked is done."""

    def waive_command(
        year: Annotated[int | None, typer.Option("--year", min=2500, max=2700, help="ปีสำรวจ (พ.ศ.)")] = None,
        level: Level = None,
        area: AreaCode = None,
        rule: Annotated[
            str | None, typer.Option("--rule", help="รหัสกฎของข้อค้นพบ หรือรหัสเหตุของด่าน เช่น G-EVIDENCE")
        ] = None,
        issue: Annotated[list[str] | None, typer.Option("--issue", help="เฉพาะรหัสข้อค้นพบนี้ ระบุซ้ำได้")] = None,
        stream: Streams = None,
        reason: Annotated[str, typer.Option("--reason", help="เหตุผล")] = "",
        by: Annotated[str, typer.Option("--by", help="ผู้ตัดสิน (ตำแหน่งหรือคณะทำงาน)")] = "",
        until: Annotated[str | None, typer.Option("--until", help="วันสุดท้าย (ไม่ระบุ = สิ้นปีของรอบ)")] = None,
        revoke: Annotated[str | None, typer.Option("--revoke", help="ยกเลิกการผ่อนผันเลขที่นี้")] = None,
        json: Json = False,
    ) -> None:
        """ผ่อนผันข้อค้นพบที่ค้างอยู่ หรือเหตุของด่าน ของพื้นที่หนึ่ง พร้อมเหตุผล (สิ่งที่เกิดภายหลังยังปิดกั้นอยู่)

        ตัวอย่าง: jpt waive --year 2561 --level lao --area 38010 --rule J-PERSON --reason "ตรวจแล้วเป็นคนละคน" --by "คณะทำงานตำบล"

        ตัวอย่าง: jpt waive --revoke 2561-jpt-lao-38010-W1 --reason "พบหลักฐานใหม่" --by "พัฒนาการอำเภอ"
        """
        settings = Settings()
        try:
            if revoke is not None:
                if year or level or area or rule or issue or until:
                    raise ActRefused([say("C-WAIVE-WHAT")])
                done = unwaive(settings, revoke, reason, by, utc_now)
            else:
                if year is None or level is None or area is None or rule is None:
                    raise ActRefused([say("C-WAIVE-WHAT")])
                last = day_of(until) if until else None
                request = WaiverRequest(
                    level, area, rule, reason, by, tuple(stream or ()), tuple(dict.fromkeys(issue or ())), last
                )
                done = waive(settings, *round_and_rules(year), request, utc_now)
            refresh(settings, done.entries[0].survey_year, done.provinces)
        except TOLD_ACTS as error:
            refuse_act(reasons_of(error, year or 0), json)
        _say_waived(done, json)

    return {"waive": waive_command, "issues": issues_command}


def issues_command(
    year: Year,
    level: Level = None,
    area: AreaCode = None,
    rule: Annotated[list[str] | None, typer.Option("--rule", help="เฉพาะกฎนี้ ระบุซ้ำได้")] = None,
    status: Annotated[list[str] | None, typer.Option("--status", help=f"เฉพาะสถานะ: {' '.join(STATUSES)}")] = None,
    waivers: Annotated[bool, typer.Option("--waivers", help="แสดงการผ่อนผันแทน")] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, help="แสดงทีละข้อไม่เกินจำนวนนี้")] = 50,
    json: Json = False,
) -> None:
    """แสดงข้อค้นพบ: จำนวนตามกฎและสถานะ แล้วทีละข้อ พร้อมอายุและกำหนดแก้ไข หรือการผ่อนผันทั้งหมด (--waivers)

    ตัวอย่าง: jpt issues --year 2561 --area 3801 --status open --status returned

    ตัวอย่าง: jpt issues --year 2561 --waivers
    """
    settings, on = Settings(), thai_day(utc_now())
    try:
        rules = round_and_rules(year)[1]
        if level is not None and level not in level_names():
            raise ActRefused([say("C-LEVEL-NAME", level=level, levels=" ".join(level_names()))])
        if unknown := [name for name in status or () if name not in STATUSES]:
            raise ActRefused([say("C-STATUS-NAME", status=unknown[0], statuses=" ".join(STATUSES))])
        with session(settings) as connection:
            lake = Lake(settings.lake)
            if waivers:
                areas = areas_around(connection, lake, year, level, area) if area else None
                _say_waivers(list_waivers(read_entries(settings.ledger), year, on, areas), year, json)
                return
            blocking = (*rules.incomplete, *rules.blocking)
            choice = Choice(level, area, tuple(rule or ()), tuple(status or ()), blocking)
            listing = list_issues(connection, lake, year, choice, on, limit)
        if listing is None:
            place = level_th(level) if level else load_words().columns["area"]
            code = (
                say("C-AREA", level=place, areas=area, year=str(year)) if area else say("C-NOFIGURES", year=str(year))
            )
            raise ActRefused([code])
    except TOLD_ACTS as error:
        refuse_act(reasons_of(error, year), json)
    _say_issues(listing, year, json)


def _say_waived(done: Waived, json: bool) -> None:
    if json:
        say_json({"waivers": [entry.model_dump(mode="json") for entry in done.entries]})
        return
    for entry in done.entries:
        console().print(f"{_verb(entry)} {entry.waiver_id}  {_what(entry)}", markup=False)


def _verb(entry: Waiver) -> str:
    words = load_words()
    return words.waivers["revoked"] if entry.action == "unwaive" else words.issues["waived"]


def _what(entry: Waiver) -> str:
    """What a waiver covers, in a line."""
    covered = entry.told or f"{entry.rule_id} {len(entry.issues):,} ข้อ"
    return f"{level_th(entry.level)} {entry.area_code} ({entry.stream}): {covered} - {entry.reason} ({entry.by})"


def _say_waivers(shown: Sequence[ShownWaiver], year: int, json: bool) -> None:
    if json:
        rows = [w.waiver.model_dump(mode="json") | {"state": str(w.state), "until": w.until.isoformat()} for w in shown]
        say_json({"survey_year": year, "waivers": rows})
        return
    words = load_words().waivers
    for one in shown:
        console().print(
            f"{one.waiver.waiver_id} {words[str(one.state)]} ถึง {_thai_day(one.until)}  {_what(one.waiver)}",
            markup=False,
        )
    console().print(f"การผ่อนผัน {len(shown):,} รายการ", markup=False)


def _say_issues(listing: Listing, year: int, json: bool) -> None:
    if json:
        tallies, issues = [_json(asdict(t)) for t in listing.tallies], [_json(asdict(i)) for i in listing.issues]
        say_json({"survey_year": year, "counts": tallies, "issues": issues, "issues_n": listing.issues_n})
        return
    out, words = console(), load_words()
    for tally in listing.tallies:
        facts = [f"เก่าสุด {_thai_day(thai_day(tally.opened_at))}", f"กำหนดแรก {_thai_day(tally.due_date)}"]
        facts += [f"เกินกำหนด {tally.overdue_n:,}"] if tally.overdue_n else []
        facts += ["ปิดกั้นการรับรอง"] if tally.is_blocking and tally.status in STANDING else []
        out.print(
            f"{tally.rule_id} ({tally.stream}) {words.issues[tally.status]} {tally.issues_n:,}  {'  '.join(facts)}",
            markup=False,
        )
    for issue in listing.issues:
        out.print(f"    {_line(issue)}", markup=False)
    if len(listing.issues) < listing.issues_n:
        out.print(f"แสดง {len(listing.issues):,} จาก {listing.issues_n:,} ข้อ (--limit)", markup=False)


def _line(issue: Issue) -> str:
    """One finding in a line."""
    facts = [f"อายุ {issue.age_days:,} วัน"] if issue.age_days is not None else []
    facts += [f"กำหนด {_thai_day(issue.due_date)}{' เกินกำหนด' if issue.is_overdue else ''}"] if issue.due_date else []
    facts += [f"กลับมา {issue.times_n:,} ครั้ง"] if issue.times_n else []
    place = f"{issue.rule_id} หมู่บ้าน {issue.village_code} ({issue.stream}) ผู้แก้ไข {issue.owner_code}"
    return "  ".join([issue.issue_id, load_words().issues[issue.status], place, *facts])


def _json(row: dict[str, Any]) -> dict[str, Any]:
    """Dates and times as ISO text."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def _thai_day(day: date | None) -> str:
    """dd/mm/yyyy in the Buddhist Era."""
    return date_text(day) if day else "-"
