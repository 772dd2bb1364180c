"""The whole path on the committed sample, as operators and committees would walk it: register, take in, run, certify.

Bueng Kan (province 38), round 2561. The clock of the demonstration stands in that round and a fresh home gets a known
key, so that the sample gives the same digests on any day and machine. All persons are invented; a home that holds
anything else is refused, and none that was made by the demonstration is for real data.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from jpt_pipeline.areas.register import register
from jpt_pipeline.areas.spec import load_registers
from jpt_pipeline.certification import acts
from jpt_pipeline.certification.request import Request
from jpt_pipeline.certification.situation import gate_rules
from jpt_pipeline.codes import load_codes
from jpt_pipeline.home import prepare
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.intake.delivery import take_in
from jpt_pipeline.intake.receipts import read_receipts
from jpt_pipeline.ledger import Committee
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.release import current_release
from jpt_pipeline.vault.keys import KeyName

YEAR, PROVINCE = 2561, "38"
# Level, day of the meeting, members of the committee, those present: invented, inside the round's due dates.
MEETINGS = (
    ("lao", date(2018, 3, 14), 15, 11),
    ("district", date(2018, 3, 27), 20, 16),
    ("province", date(2018, 4, 5), 20, 18),
)
KNOWN_KEYS: dict[KeyName, bytes] = {
    "token": sha256(b"jpt_pipeline demonstration: invented persons only").digest(),
    "vault": sha256(b"jpt_pipeline demonstration: vault of invented persons").digest(),
    "office": sha256(b"jpt_pipeline demonstration: office that signs").digest(),
}
Tell = Callable[[str], None]


class DemonstrationFailed(Exception):
    """A step did not do what the sample is made for; says which."""


@dataclass(frozen=True)
class Demonstration:
    """What was done: the tables of the warehouse in figures, where things lie, what was blocked before corrections."""

    facts: dict[str, Any]
    blocked_first: list[tuple[str, str, list[str]]]
    release: Path
    reports: list[Path]


def demonstrate(settings: Settings, sample: Path, tell: Tell) -> Demonstration:
    """Walk the path; done again it changes nothing.

    Raises:
        DemonstrationFailed: the home holds other data, or a step failed.
    """
    _ready(settings, sample, tell)
    for kind in load_registers():
        file = sample / "registers" / f"{kind}.csv"
        if not file.exists():  # visits and committees are of rounds that ask for them
            continue
        tell(f"ลงทะเบียน {kind}")
        if not register(kind, file, settings).stored:
            raise DemonstrationFailed(f"register {kind}")
    _take_in(settings, sample / "deliveries", tell)
    _run(settings, tell)
    blocked = _blocked(settings, "lao")
    if _take_in(settings, sample / "corrections", tell):
        _run(settings, tell)
    from jpt_pipeline.runs import publish, refresh_certified

    for level, day, members_n, present_n in MEETINGS:
        if _meet(settings, level, day, members_n, present_n, tell):
            refresh_certified(settings, YEAR, [PROVINCE])
    tell("เผยแพร่")
    if failed := publish(settings, YEAR, lambda *_: None, reports=False):
        raise DemonstrationFailed(f"{failed[0].job}: {failed[0].reason}")
    release = current_release(settings.published, YEAR)
    reports = _reports(settings, release, tell)
    return Demonstration(_facts(settings), blocked, release, reports)


def _ready(settings: Settings, sample: Path, tell: Tell) -> None:
    """Prepare the home. A fresh one keeps inside keys that everybody can know: its persons are invented."""
    made = prepare(settings, keys_inside=True, known_keys=KNOWN_KEYS)
    tell(f"กุญแจสาธิต / keys of the demonstration: {made.keys}")
    names = {path.name for folder in ("deliveries", "corrections") for path in (sample / folder).iterdir()}
    if strange := [r.name for r in read_receipts(settings.landing) if r.name not in names]:
        raise DemonstrationFailed(f"JPT_HOME {settings.root} มีข้อมูลอื่นอยู่แล้ว ({strange[0]}) - ใช้ JPT_HOME อื่น")


def _take_in(settings: Settings, folder: Path, tell: Tell) -> bool:
    """Deliveries of a folder in the order of their names, one a day of March 2018; returns whether any was new."""
    is_new = False
    for path in sorted(folder.iterdir()):
        day = int(path.name[:2])
        moment = datetime(2018, 3, day, 2, 0, tzinfo=UTC)
        tell(f"รับข้อมูล {path.name}")
        (report,) = take_in([path], settings, now=lambda moment=moment: moment)  # type: ignore[misc]
        if report.status == "refused":
            raise DemonstrationFailed(f"{report.name}: {report.code} {report.detail or ''}")
        is_new = is_new or report.status == "taken"
    return is_new


def _run(settings: Settings, tell: Tell) -> None:
    from jpt_pipeline.runs import run_round

    if failed := run_round(settings, YEAR, [PROVINCE], lambda step, *_: tell(f"ประมวลผล {step}") if step else None):
        raise DemonstrationFailed(f"{failed[0].job} {failed[0].key}: {failed[0].reason}")


def _meet(settings: Settings, level: str, day: date, members_n: int, present_n: int, tell: Tell) -> bool:
    """The level's committees meet: present what is ready, certify what was presented; returns whether anything was."""
    acted = False
    round_ = load_round(YEAR, settings.definitions)
    instrument = load_instrument(round_.instrument, settings.definitions)
    rules = gate_rules(round_, instrument, load_codes(settings.definitions))
    committee = Committee(
        order_no=f"สาธิต {level}/2561",
        members_n=members_n,
        present_n=present_n,
        meeting_date=day,
        place="ห้องประชุมสาธิต",
        by="เลขานุการคณะทำงาน (สาธิต)",
    )
    for hour, act in ((3, acts.present), (8, acts.certify)):
        moment = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        tell(f"{act.__name__} {level}")
        outcome = act(settings, round_, rules, Request(level, committee=committee), lambda moment=moment: moment)  # type: ignore[misc]
        if not outcome.is_complete:
            raise DemonstrationFailed(f"{act.__name__} {level}: {outcome.left_out[0]}")
        acted = acted or bool(outcome.acts)
    return acted


def _reports(settings: Settings, release: Path, tell: Tell) -> list[Path]:
    """Every report once, of the widest area that it is made for, and a poster and a page of one village and one district."""
    from jpt_pipeline.definitions import REPORTS, NotAsked, Order, Release, make_once

    out = settings.root / "reports" / release.name
    wanted = [(name, "province" if "province" in one.levels else one.levels[-1]) for name, one in REPORTS.items()]
    wanted += [(name, level) for name in ("poster", "area-page") for level in ("village", "district")]
    for name, level in wanted:
        opened = Release.open(release, audience=REPORTS[name].audiences[0])
        code = opened.area_codes(level)[0]
        tell(f"รายงาน {name} {level} {code}")
        with suppress(NotAsked):  # the round has no such report
            make_once(REPORTS[name], Order(opened, level, code, out))
    return sorted(path for path in out.rglob("*") if path.is_file() and path.parent.name != ".made")


def _rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        return connection.execute(query).fetchall()


def _blocked(settings: Settings, level: str) -> list[tuple[str, str, list[str]]]:
    """Areas of a level that something blocks: code, name, reasons."""
    return _rows(
        settings,
        "SELECT s.area_code, a.area_name, s.blocked_by FROM certification__state s "
        "JOIN rollups__areas a USING (survey_year, stream, level, area_code) "
        f"WHERE s.survey_year = {YEAR} AND s.level = '{level}' AND len(s.blocked_by) > 0 ORDER BY 1",
    )


def _facts(settings: Settings) -> dict[str, Any]:
    """Figures of the summary, from the warehouse."""
    one = _rows(
        settings,
        "SELECT sum(records_n), sum(accepted_n), sum(quarantined_n), sum(duplicate_n), sum(superseded_n) "
        f"FROM submissions__deliveries WHERE survey_year = {YEAR}",
    )[0]
    economy = _rows(
        settings,
        "SELECT households_n, persons_n FROM rollups__economy "
        f"WHERE survey_year = {YEAR} AND level = 'province' AND area_code = '{PROVINCE}'",
    )[0]
    states = _rows(
        settings,
        "SELECT level, state, count(*), any_value(blocked_by) FROM certification__state "
        f"WHERE survey_year = {YEAR} GROUP BY level, state ORDER BY 3 DESC, level DESC, state",
    )
    reasons = _rows(
        settings,
        "SELECT code, count(*) FROM (SELECT unnest(codes) AS code FROM households__quarantine) GROUP BY ALL ORDER BY 2 DESC, 1",
    )
    root = _rows(
        settings,
        "SELECT root_sha256, certificate_id FROM certification__state "
        f"WHERE survey_year = {YEAR} AND level = 'province' AND area_code = '{PROVINCE}'",
    )[0]
    return {
        **dict(zip(("records", "accepted", "quarantined", "duplicate", "superseded"), one, strict=True)),
        **dict(zip(("households", "persons"), economy, strict=True)),
        "states": states,
        "reasons": reasons,
        "province_root_sha256": root[0],
        "province_certificate": root[1],
    }
