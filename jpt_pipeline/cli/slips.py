"""`jpt report return-slip`: the one report about single households. Put here: its due date, its refusals in words."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from jpt_pipeline.cli.screen import refuse
from jpt_pipeline.clock import thai_day, utc_now
from jpt_pipeline.corrections.columns import parse_date
from jpt_pipeline.returns.slip import NoSuchArea, NotPrivate, next_due
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings


def due_date(settings: Settings, survey_year: int, stream: str, text: str | None, as_json: bool) -> date | None:
    """The day of --due (dd/mm/yyyy B.E.), else the next due date of the round's chain as of today in Thailand."""
    round_ = load_round(survey_year, settings.definitions)
    if stream not in {known.key for known in round_.streams}:
        refuse(f"P-STREAM รอบ {survey_year} ไม่มีสายข้อมูล {stream}", as_json)
    if text is None:
        return next_due(settings, survey_year, stream, thai_day(utc_now()))
    try:
        return parse_date(text)
    except ValueError:
        refuse("P-DUE กำหนดส่งคืนต้องเป็น วัน/เดือน/ปี พ.ศ. เช่น 20/03/2561", as_json)


def restricted_files(make: Callable[[date | None], list[Path]], due: date | None, as_json: bool) -> list[Path]:
    """The files that `make` writes."""
    try:
        return make(due)
    except NotPrivate as error:
        refuse(
            f"P-PRIVATE ใบส่งกลับมีรหัสประจำบ้าน โฟลเดอร์ต้องเป็นของผู้ใช้คนเดียว - สั่ง chmod 700 {error} หรือระบุโฟลเดอร์ใหม่", as_json
        )
    except NoSuchArea as error:
        refuse(f"P-AREA ทะเบียนพื้นที่ของรอบไม่มี {error}", as_json)
