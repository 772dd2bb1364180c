"""`jpt present|certify|return|revoke`: acts of people, from the command line.

Put here: options, words on the screen, exit codes. Keep out: what is allowed (certification/acts.py).
`certify_commands(refresh)` makes the commands: refresh runs the stage's assets again for the provinces touched.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from jpt_pipeline.certification import acts
from jpt_pipeline.certification.messages import level_th, load_words, say
from jpt_pipeline.certification.request import ActRefused, Outcome, Request
from jpt_pipeline.cli.acting import TOLD_ACTS, Year, day_of, reasons_of, refuse_act, round_and_rules
from jpt_pipeline.cli.screen import Json, say_json
from jpt_pipeline.ledger import Action, Committee, Envelope
from jpt_pipeline.settings import Settings
from jpt_pipeline.signing.keys import read_private
from jpt_pipeline.store.files import write_bytes

Refresh = Callable[[Settings, int, Sequence[str]], None]
"""(settings, survey year, province codes) -> None: make certification__state and certified__* of these parts again."""

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
Keys = Annotated[list[Path] | None, typer.Option("--key", help="ไฟล์กุญแจของคณะทำงานที่ลงนามตอนนี้ ระบุซ้ำได้")]
Passphrase = Annotated[str | None, typer.Option("--passphrase", envvar="JPT_KEY_PASSPHRASE", help="รหัสผ่านของไฟล์กุญแจ")]
Envelopes = Annotated[list[Path] | None, typer.Option("--envelope", help="ซองที่ลงนามจากที่อื่น (.dsse.json) ระบุซ้ำได้")]
Form = Annotated[Path | None, typer.Option("--form", help="แบบคำรับรองที่ลงนามแล้ว (สแกน PDF)")]
Prepare = Annotated[Path | None, typer.Option("--prepare", help="เขียนข้อความที่จะลงนามลงโฟลเดอร์นี้ ยังไม่รับรอง")]
To = Annotated[list[str] | None, typer.Option("--to", help="พื้นที่ระดับล่างที่ต้องแก้ไข ระบุซ้ำได้")]

HELP: dict[Action, str] = {
    "present": """เสนอข้อมูลของพื้นที่ต่อคณะทำงาน (ต้องไม่มีเหตุติดขัด)

    ตัวอย่าง: jpt present --year 2561 --level district --area 3801 --by "พัฒนาการอำเภอ"
    """,
    "revoke": """เพิกถอนคำรับรองของพื้นที่ พร้อมเหตุผล (คำรับรองของระดับบนใช้ไม่ได้ตามไปด้วย)

    ตัวอย่าง: jpt revoke --year 2561 --level district --area 3801 --reason "ประชุมไม่ครบองค์"
    """,
}
ACTS = {"present": acts.present, "certify": acts.certify, "return": acts.return_, "revoke": acts.revoke}


def certify_commands(refresh: Refresh) -> dict[str, Callable[..., None]]:
    """The commands by name, for typer. Each ends 0 only when all that was asked is done."""
    return {
        "present": _plain("present", refresh),
        "certify": _certify(refresh),
        "return": _return(refresh),
        "revoke": _plain("revoke", refresh),
    }


def _plain(action: Action, refresh: Refresh) -> Callable[..., None]:
    """The command of an act that needs no more than areas and words."""

    def command(
        year: Year,
        level: Level,
        area: Areas = None,
        whole: Whole = False,
        stream: Streams = None,
        by: By = None,
        reason: Reason = None,
        json: Json = False,
    ) -> None:
        request = Request(level, _areas(area, whole), tuple(stream or ()), reason, Committee(by=by))
        _do(action, refresh, year, request, bool(area) == whole, json)

    command.__doc__ = HELP[action]
    return command


def _return(refresh: Refresh) -> Callable[..., None]:
    def command(
        year: Year,
        level: Level,
        area: Areas = None,
        whole: Whole = False,
        to: To = None,
        stream: Streams = None,
        by: By = None,
        reason: Reason = None,
        json: Json = False,
    ) -> None:
        """ส่งพื้นที่กลับไปยังระดับล่างเพื่อตรวจแก้ พร้อมเหตุผล

        ตัวอย่าง: jpt return --year 2561 --level district --area 3801 --to 06380101 --reason "รายได้หมู่ 3 ไม่ตรงกับแบบสอบถาม"
        """
        chosen = (level, _areas(area, whole), tuple(stream or ()), reason, Committee(by=by))
        _do("return", refresh, year, Request(*chosen, to=tuple(to or ())), bool(area) == whole, json)

    return command


def _certify(refresh: Refresh) -> Callable[..., None]:
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
        key: Keys = None,
        passphrase: Passphrase = None,
        envelope: Envelopes = None,
        form: Form = None,
        prepare: Prepare = None,
        json: Json = False,
    ) -> None:
        """บันทึกคำรับรองของคณะทำงาน สำหรับพื้นที่ที่เสนอแล้วและตัวเลขยังเหมือนเดิม ลงนามด้วยกุญแจของสำนักงานและของคณะทำงาน

        ตัวอย่าง:

        jpt certify --year 2561 --level lao --all --order-no 12/2560 --members 20 --present-n 15 --meeting-date 15/03/2561

        jpt certify --year 2561 --level district --area 3801 --order-no 7/2560 --members 20 --present-n 16
        --meeting-date 27/03/2561 --key chair.pem --key secretary.pem --form signed-3801.pdf

        ลงนามจากที่อื่น: สั่งแบบเดียวกันโดยเพิ่ม --prepare OUT แล้ว jpt sign แล้วสั่งอีกครั้งด้วย --envelope FILE
        """
        try:
            committee = Committee(
                order_no=order_no,
                members_n=members,
                present_n=present_n,
                meeting_date=day_of(meeting_date) if meeting_date else None,
                place=place,
                by=by,
            )
            request = Request(
                level,
                _areas(area, whole),
                tuple(stream or ()),
                reason,
                committee,
                signers=tuple(read_private(path, passphrase) for path in key or ()),
                envelopes=tuple(_envelope(path) for path in envelope or ()),
                form=form,
            )
        except TOLD_ACTS as error:
            refuse_act(reasons_of(error, year), json)
        if prepare is not None:
            _prepare(year, request, prepare, json)
        else:
            _do("certify", refresh, year, request, bool(area) == whole, json)

    return command


def _areas(area: list[str] | None, whole: bool) -> tuple[str, ...] | None:
    return None if whole else tuple(area or ())


def _envelope(path: Path) -> Envelope:
    try:
        return Envelope.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        raise ActRefused([say("C-ENVELOPE", file=path.name)]) from None


def _do(action: Action, refresh: Refresh, year: int, request: Request, is_unclear: bool, json: bool) -> None:
    """Do an act, make the tables of the provinces touched again, and say what was done."""
    try:
        if is_unclear:
            raise ActRefused([say("C-CHOICE")])
        settings = Settings()
        round_, rules = round_and_rules(year)
        outcome = ACTS[action](settings, round_, rules, request)
        if outcome.acts:
            refresh(settings, year, outcome.provinces)
    except TOLD_ACTS as error:
        refuse_act(reasons_of(error, year), json)
    say_json(_outcome_json(action, outcome)) if json else _print_outcome(action, outcome)
    if not outcome.is_complete:
        raise typer.Exit(1)


def _prepare(year: int, request: Request, folder: Path, json: bool) -> None:
    """Write the statements that `certify` would sign, one file a certificate."""
    try:
        round_, rules = round_and_rules(year)
        prepared = acts.prepare(Settings(), round_, rules, request)
    except TOLD_ACTS as error:
        refuse_act(reasons_of(error, year), json)
    files = [write_bytes(folder / f"{act.certificate_id}.json", content) for act, content in prepared]
    if json:
        say_json({"action": "prepare", "files": [str(path) for path in files]})
    for path in files if not json else ():
        Console(highlight=False).print(str(path), markup=False, soft_wrap=True)


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
